"""A paste's row, read past the ORM: what the answers to all of its readers depend on.

Reading it takes some five microseconds of SQLite, a tenth of what Django's cursor takes.
"""

import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, connections

from pastes.models import Paste

# All that a public paste's readers are shown follows from these.
COLUMNS = (
    "id",
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
    "fork_of_id",
    "views",
)
# As one text, which is made and compared in less time than a tuple.
SELECT = "SELECT {row} FROM {table} WHERE slug = {slug}"
# There are as many connections as threads have read at once. Less than this, and what is
# above the leaves of a million rows does not stay.
CACHE_KIB = 1000
# So many of DATABASE_CONNECTIONS; reading a row by its key takes one for 100 µs.
MOST_CONNECTIONS = 4
HEALTH_SECONDS = 2.0
# After a failure, so that no more readers than before wait for a server that is away.
REST_SECONDS = 1.0

Row = str


def select(row: str, slug: str) -> str:
    """Return the statement; `row` makes a text of columns, `slug` stands for the slug."""
    columns = ", ".join(COLUMNS)
    table = Paste._meta.db_table
    return SELECT.format(row=row.format(columns), table=table, slug=slug)


class Rows(Protocol):
    """Reads rows as they are at this moment; its threads may all ask at once."""

    def read(self, slug: str) -> Row | None:
        """Return the row's COLUMNS; None without one, or where the database fails.

        What is returned is only good for being compared.
        """

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


class SqliteRows:
    """By connections of its own, which cannot write."""

    def __init__(self, path: Path) -> None:
        self.uri = f"{path.absolute().as_uri()}?mode=ro"
        self.idle: deque[sqlite3.Cursor] = deque()
        self.select = select("json_array({})", "?")

    def read(self, slug: str) -> Row | None:
        try:
            cursor = self.idle.pop() if self.idle else self.connect().cursor()
            # To the end, for a statement that has more to give holds its snapshot.
            rows = cursor.execute(self.select, (slug,)).fetchall()
        except (IndexError, sqlite3.Error):
            # Django's own connection finds out what is wrong, and says it.
            return None
        self.idle.append(cursor)
        return rows[0][0] if rows else None

    def close(self) -> None:
        while self.idle:
            self.idle.pop().connection.close()

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False
        )
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        return connection


class PostgresqlRows:
    """By a few connections of its own, which count among DATABASE_CONNECTIONS."""

    def __init__(self) -> None:
        self.free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.idle: deque[Any] = deque()
        self.rests_until = 0.0
        self.select = select("row({})::text", "%s")

    def read(self, slug: str) -> Row | None:
        if time.monotonic() < self.rests_until:
            return None
        with self.free:
            wrapper = self.idle.pop() if self.idle else self.wrapper()
            try:
                row = self.ask(wrapper, slug)
            except (Error, psycopg.Error):
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

    def ask(self, wrapper: Any, slug: str) -> Row | None:
        wrapper.ensure_connection()
        wrapper.connection.patience = HEALTH_SECONDS
        rows = wrapper.connection.execute(self.select, (slug,), prepare=True)
        row = rows.fetchone()
        return row[0] if row else None
