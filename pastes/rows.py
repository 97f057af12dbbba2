"""A paste's row, read past the ORM: what the answers to all of its readers depend on.

Reading it takes some four microseconds of SQLite, a tenth of what Django's cursor takes.
By its number it is found in one tree instead of two, the second of which is the index of
slugs.
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
# As one text, which is made and compared in less time than a tuple.
SELECT = "SELECT {row} FROM {table} WHERE {by} = {mark}"
# There are as many connections as threads have read at once, so no more than this; less,
# and what is above the leaves of a million rows does not stay.
CACHE_KIB = 1000
# So many of DATABASE_CONNECTIONS; reading a row by its key takes one for 100 µs.
MOST_CONNECTIONS = 4
HEALTH_SECONDS = 2.0
# After a failure, so that no more readers than before wait for a server that is away.
REST_SECONDS = 1.0

Row = str


def select(row: str, by: str, mark: str) -> str:
    """Return the statement; `row` makes a text of columns, `mark` stands for what is given.

    `by` is the column that finds the row.
    """
    made = row.format(", ".join(COLUMNS))
    return SELECT.format(row=made, table=Paste._meta.db_table, by=by, mark=mark)


class Rows(Protocol):
    """Reads rows as they are at this moment; its threads may all ask at once."""

    def read(self, slug: str) -> Row | None:
        """Return the row's COLUMNS; None without one, or where the database fails.

        What is returned is only good for being compared.
        """

    def read_again(self, pk: int) -> Row | None:
        """Return the same by the row's number."""

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
        self.by_slug = select("json_array({})", "slug", "?")
        self.by_pk = select("json_array({})", "id", "?")

    def read(self, slug: str) -> Row | None:
        return self.ask(self.by_slug, slug)

    def read_again(self, pk: int) -> Row | None:
        return self.ask(self.by_pk, pk)

    def ask(self, statement: str, given: str | int) -> Row | None:
        try:
            cursor = self.idle.pop() if self.idle else self.connect().cursor()
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
        self.by_slug = select("row({})::text", "slug", "%s")
        self.by_pk = select("row({})::text", "id", "%s")

    def read(self, slug: str) -> Row | None:
        return self.ask(self.by_slug, slug)

    def read_again(self, pk: int) -> Row | None:
        return self.ask(self.by_pk, pk)

    def ask(self, statement: str, given: str | int) -> Row | None:
        if time.monotonic() < self.rests_until:
            return None
        with self.free:
            wrapper = self.idle.pop() if self.idle else self.wrapper()
            try:
                row = fetch(wrapper, statement, given)
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


def fetch(wrapper: Any, statement: str, given: str | int) -> Row | None:
    wrapper.ensure_connection()
    wrapper.connection.patience = HEALTH_SECONDS
    row = wrapper.connection.execute(statement, (given,), prepare=True).fetchone()
    return row[0] if row else None
