"""Is the site ready: can the database be written to, is it migrated, is it pruned.

The answer comes in time also where the database does not: a thread of its own looks, and
who asks waits for it only so long.
"""

import secrets
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache

from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from pastes.models import Lease
from pastes.services.errors import InsufficientStorage
from pastes.services.noting import read_figures
from pastes.services.space import check_room

ANSWER_SECONDS = 2.5
# What many ask at once, or soon after each other, is looked up once.
KEPT_SECONDS = 1.0
STATEMENT_SECONDS = 2
PRUNE_OVERDUE = 24 * 60 * 60
UNKNOWN = "not known"

started_at = time.time()


@dataclass(frozen=True)
class Check:
    """One thing that a ready site needs; `fault` is empty where it has it."""

    name: str
    fault: str = ""


class Look:
    """One look at the database at a time, however many ask for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.future: Future[list[Check]] | None = None
        self.began_at = 0.0

    def ask(self) -> list[Check]:
        """Return what a look has found that is not older than KEPT_SECONDS."""
        with self.lock:
            if self.future is None or (
                self.future.done() and time.monotonic() - self.began_at > KEPT_SECONDS
            ):
                self.future = Future()
                self.began_at = time.monotonic()
                # A daemon: one that is stuck keeps no process from ending.
                threading.Thread(
                    target=self.run, args=[self.future], name="readiness", daemon=True
                ).start()
            future = self.future
        try:
            return future.result(ANSWER_SECONDS)
        except TimeoutError:
            return without_database(f"does not answer within {ANSWER_SECONDS} s")

    def run(self, future: Future[list[Check]]) -> None:
        try:
            future.set_result(look())
        except BaseException as error:
            future.set_exception(error)
        finally:
            connection.close()


the_look = Look()


def check_readiness() -> list[Check]:
    """Return all checks, in at most some ANSWER_SECONDS."""
    return [*the_look.ask(), check_space()]


def check_space() -> Check:
    """Complain where a new text would be refused for the want of room."""
    try:
        check_room()
    except InsufficientStorage:
        return Check("space", "too little is free for new texts")
    return Check("space")


def look() -> list[Check]:
    try:
        limit_waiting()
        migrations = check_migrations()
        if migrations.fault:
            # The tables may be missing.
            return [Check("database"), migrations, Check("pruning", UNKNOWN)]
        try_writing()
        return [Check("database"), migrations, check_pruning()]
    except Error:
        return without_database("does not answer, or takes no writes")


def without_database(fault: str) -> list[Check]:
    names = ("migrations", "pruning")
    return [Check("database", fault), *(Check(name, UNKNOWN) for name in names)]


def try_writing() -> None:
    """Write a row and take it back before anybody sees it. Raises Error."""
    with transaction.atomic():
        name = f"probe:{secrets.token_hex(8)}"
        Lease.objects.create(name=name, held_until=timezone.now())
        transaction.set_rollback(True)


def limit_waiting() -> None:
    """Let no statement of this connection, which is closed soon, wait for long."""
    milliseconds = STATEMENT_SECONDS * 1000
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
        else:
            cursor.execute(f"SET statement_timeout = {milliseconds}")


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations of this code, which stay the same while it runs."""
    return frozenset(MigrationLoader(None).graph.nodes)


def check_migrations() -> Check:
    applied = MigrationRecorder(connection).applied_migrations()
    missing = known_migrations() - set(applied)
    return Check("migrations", "some are not applied" if missing else "")


def check_pruning() -> Check:
    """Complain where expired texts have been lying here for a day, in spite of a site."""
    pruned_at = read_figures().get("last_prune_timestamp_seconds", 0)
    age = time.time() - max(pruned_at, started_at)
    fault = f"last done over {PRUNE_OVERDUE // 3600} hours ago"
    return Check("pruning", fault if age > PRUNE_OVERDUE else "")
