"""Database connections for long work: of their own, without the limits on requests."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# By this name the site's own connections are told from these.
APPLICATION = "pastebin-archive"


@contextlib.contextmanager
def connected(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Connect to a database under an alias until the block ends.

    `settings` are such as DATABASES has for one database.
    """
    settings = copy.deepcopy(settings)
    if "postgresql" in settings["ENGINE"]:
        settings["OPTIONS"] = settings["OPTIONS"] | {"application_name": APPLICATION}
    default = connections.settings[DEFAULT_DB_ALIAS]
    known = connections.configure_settings({DEFAULT_DB_ALIAS: default, alias: settings})
    connections.settings[alias] = known[alias]
    try:
        lift_limits(connections[alias])
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias], connections.settings[alias]


def lift_limits(connection: BaseDatabaseWrapper) -> None:
    """Let this connection's statements take their time; a lock is still waited for."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")


@contextlib.contextmanager
def snapshot(using: str = DEFAULT_DB_ALIAS) -> Iterator[BaseDatabaseWrapper]:
    """Read one moment of a database, whoever writes meanwhile, and hinder nobody.

    On SQLite a read transaction, whose moment is its first reading. On PostgreSQL a
    repeatable read; DEFERRABLE would say something only about a serializable one.
    """
    settings = copy.deepcopy(connections.settings[using])
    if "sqlite" in settings["ENGINE"]:
        settings["OPTIONS"] = settings["OPTIONS"] | {"transaction_mode": "DEFERRED"}
    with (
        connected("snapshot", settings) as connection,
        transaction.atomic(using="snapshot"),
    ):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                )
        yield connection
