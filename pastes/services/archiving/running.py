"""Whether the site runs just now: what its rows are exchanged under must not write."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connections

from pastes.services.archiving.errors import ArchiveError

NAME = "running.lock"


@contextlib.contextmanager
def said_to_run(on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let other commands on this machine see that the site runs, until it ends.

    The lock belongs to the open file, which a server's workers inherit: it goes with the
    last of them, however they end. A restore or a move under way is waited for, after
    `on_wait` was called.
    """
    with (settings.DATA_DIR / NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def stopped(using: str) -> Iterator[None]:
    """Hold that the site does not run and does not start on this machine.

    Raises ArchiveError where it runs: here, or elsewhere on the same PostgreSQL. Other
    machines are known by their connections; one that has answered nothing since it
    started may have none.
    """
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.DATA_DIR / NAME).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError("The site is running: stop it first.") from error
        check_connections(using)
        yield


def check_connections(using: str) -> None:
    """Raise ArchiveError where other processes of the site use a PostgreSQL."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'pastebin' AND pid <> pg_backend_pid()"
        )
        others = cursor.fetchone()[0]
    if others:
        raise ArchiveError(
            f"The site is running somewhere: it has {others} connections to the "
            "database. Stop it first."
        )
