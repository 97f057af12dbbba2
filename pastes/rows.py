"""A paste's row, read past the ORM: what the answers to all of its readers depend on.

Reading it takes some four microseconds of SQLite, a tenth of what Django's cursor takes.
By its number it is found in one tree instead of two, the second of which is the index of
slugs. Whether anything at all was committed since is a look at 48 bytes of memory.
"""

import mmap
import os
import sqlite3
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

from pastes.models import Paste

# All that a public paste's readers are shown follows from these. None lies behind the
# text, which may be long.
COLUMNS = (
    "id",
    "slug",
    "state",
    "is_burn",
    "burned_at",
    "password_hash",
    "created_at",
    "edited_at",
    "expires_at",
    "title",
    "syntax",
    "size",
    "sha256",
    "views",
)
SELECT = "SELECT {columns} FROM {table} WHERE {by} = {mark}"
# Reading a row by its key takes one for 100 µs. They stay open, so that most of
# DATABASE_CONNECTIONS are to be left for what works longer.
MOST_CONNECTIONS = 4
HEALTH_SECONDS = 2.0
# Of SQLite's WAL-index: where it says who made it, and the part that each commit changes.
INDEX_FORMAT = (3_007_000).to_bytes(4, sys.byteorder)
INDEX_HEADER_BYTES = 48
# After a failure, so that no more readers than before wait for a server that is away.
REST_SECONDS = 1.0

Row = str


def select(columns: str, by: str, mark: str = "%s") -> str:
    """Return the statement for a paste's columns; `mark` stands for the value of `by`."""
    table = Paste._meta.db_table
    return SELECT.format(columns=columns, table=table, by=by, mark=mark)


class Rows(ABC):
    """Reads rows as they are at this moment; its threads may all ask at once.

    `made` is how the database makes one text of columns, which takes less time, and less to
    compare, than a tuple of them.
    """

    def __init__(self, made: str, mark: str) -> None:
        text = made.format(", ".join(COLUMNS))
        self.by_slug = select(text, "slug", mark)
        self.by_pk = select(text, "id", mark)

    def read(self, slug: str) -> Row | None:
        """Return the row's COLUMNS; None without one, or where the database fails.

        What is returned is only good for being compared.
        """
        return self.ask(self.by_slug, slug)

    def read_again(self, pk: int) -> Row | None:
        """Return the same by the row's number."""
        return self.ask(self.by_pk, pk)

    def version(self) -> bytes | None:
        """Return what each commit to the database changes; None where nothing tells.

        To be asked before a row is read: while the version stays, so does the row.
        """
        return None

    @abstractmethod
    def ask(self, statement: str, given: str | int) -> Row | None:
        """Return the one column of the one row that a statement finds, or None."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections that nobody uses at this moment."""


def open_rows() -> Rows | None:
    """Return what reads the site's rows; None for a database in memory."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        return PostgresqlRows()
    if connection.is_in_memory_db():
        return None
    return SqliteRows(Path(connection.settings_dict["NAME"]))


class SqliteRows(Rows):
    """By connections of its own, which cannot write."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.index: WalIndex | None = None
        self.rests_until = 0.0
        self.idle: deque[sqlite3.Cursor] = deque()
        super().__init__("json_array({})", "?")

    def version(self) -> bytes | None:
        if self.index is None and time.monotonic() < self.rests_until:
            return None
        try:
            if self.index is None:
                self.index = wal_index(self.path)
            return self.index.header()
        except (OSError, sqlite3.Error):
            self.rests_until = time.monotonic() + REST_SECONDS
            return None

    def ask(self, statement: str, given: str | int) -> Row | None:
        try:
            cursor = self.idle.pop() if self.idle else connect(self.path).cursor()
            # To the end, for a statement that has more to give holds its snapshot.
            rows = cursor.execute(statement, (given,)).fetchall()
        except (IndexError, sqlite3.Error):
            # Django's own connection finds out what is wrong, and says it.
            return None
        self.idle.append(cursor)
        return rows[0][0] if rows else None

    def close(self) -> None:
        while self.idle:
            self.idle.pop().connection.close()


# Mappings that stay when two threads were the first to ask, and one's was not taken.
never_closed: list[mmap.mmap] = []


class WalIndex:
    """The file in which SQLite writes down each commit: https://sqlite.org/walformat.html.

    It is never closed, whatever becomes of this: with that a process would lose all of
    its locks on the file (POSIX), and SQLite's are there. Nor is the connection: while
    that is open the file is neither removed, cut off nor made anew, and the database
    keeps its WAL. It lies in memory, as SQLite has it: a call that reads a file lets
    Python's lock go, and where many threads want that, each answer waits for it once more.

    Raises OSError for a database without one.
    """

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        # Where this is the first to read, SQLite makes the file now.
        self.connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        # By its own name for the database, which is not that of a link to it.
        [(_number, _schema, name)] = self.connection.execute("PRAGMA database_list")
        self.file = os.open(f"{name}-shm", os.O_RDONLY | os.O_CLOEXEC)
        [(mode,)] = self.connection.execute("PRAGMA journal_mode")
        self.first: mmap.mmap | None = None
        if mode == "wal" and os.pread(self.file, len(INDEX_FORMAT), 0) == INDEX_FORMAT:
            self.first = mmap.mmap(self.file, INDEX_HEADER_BYTES, prot=mmap.PROT_READ)
            # It has a descriptor of its own, which would be closed with it.
            never_closed.append(self.first)

    def header(self) -> bytes | None:
        """Return a count of commits, the length of the WAL, its salts, and checksums.

        It is the first of two copies, which SQLite writes last, and before a commit
        returns. None where the file is not in use, or has another format.
        """
        return self.first[:] if self.first else None


# One in a process for each database; to be asked for after a fork alone.
wal_index = cache(WalIndex)


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write, and waits for nobody."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=ro",
        uri=True,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute(f"PRAGMA cache_size=-{settings.SQLITE_CACHE_KIB}")
    return connection


class PostgresqlRows(Rows):
    """By a few connections of its own, which count among DATABASE_CONNECTIONS."""

    def __init__(self) -> None:
        self.free = threading.BoundedSemaphore(most_connections())
        self.idle: deque[Any] = deque()
        self.rests_until = 0.0
        super().__init__("row({})::text", "%s")

    def ask(self, statement: str, given: str | int) -> Row | None:
        if time.monotonic() < self.rests_until:
            return None
        with self.free:
            wrapper = self.idle.pop() if self.idle else self.wrapper()
            try:
                row = fetch(wrapper, statement, given)
            except (Error, wrapper.Database.Error):
                # Django's own connection finds out what is wrong, and says it.
                wrapper.close()
                self.rests_until = time.monotonic() + REST_SECONDS
                return None
            self.idle.append(wrapper)
        return row

    def close(self) -> None:
        while self.idle:
            self.idle.pop().close()

    def wrapper(self) -> Any:
        made = connections.create_connection(DEFAULT_DB_ALIAS)
        # Whichever thread takes it has it alone.
        made.inc_thread_sharing()
        return made


def most_connections() -> int:
    """Return how many of DATABASE_CONNECTIONS are for rows: a third, from one to four."""
    if not settings.DATABASE_CONNECTIONS:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, settings.DATABASE_CONNECTIONS // 3))


def fetch(wrapper: Any, statement: str, given: str | int) -> Row | None:
    wrapper.ensure_connection()
    wrapper.connection.patience = HEALTH_SECONDS
    row = wrapper.connection.execute(statement, (given,), prepare=True).fetchone()
    return row[0] if row else None
