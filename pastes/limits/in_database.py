"""Allowances in the database: one atomic statement each, shared by all who use it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import F

from pastes.limits.rules import Rule
from pastes.models import Allowance

# The generic cell rate algorithm (ITU-T I.371): each use moves "used until" on by one
# interval; a use that would move it further than a whole period ahead is refused and
# moves nothing. The condition stands inside the statement, so N racers cannot pass it
# together, on SQLite and on PostgreSQL.
SPEND = """
INSERT INTO {table} (key, used_until) VALUES (%(key)s, {now} + %(step)s)
ON CONFLICT (key) DO UPDATE SET used_until =
    CASE WHEN {table}.used_until > {now} THEN {table}.used_until ELSE {now} END
    + %(step)s
WHERE {table}.used_until <= {now} + %(period)s - %(step)s + %(slack)s
RETURNING used_until - {now}
"""
READ = "SELECT used_until - {now} FROM {table} WHERE key = %(key)s"
FORGET = "DELETE FROM {table} WHERE used_until < {now}"
# One clock for all machines. SQLite has one machine, whose own clock it is.
SERVERS_CLOCK = "extract(epoch FROM statement_timestamp())::float8"


def spend(rule: Rule, key: str, now: float | None) -> tuple[bool, float]:
    """Take one use; return whether there was one, and in how many seconds all are back."""
    values = {
        "key": key,
        "step": rule.step,
        "period": rule.period,
        "slack": rule.slack,
    }
    with no_sync(), connection.cursor() as cursor:
        cursor.execute(*with_clock(SPEND, values, now))
        row = cursor.fetchone()
        if row:
            return True, row[0]
        cursor.execute(*with_clock(READ, {"key": key}, now))
        row = cursor.fetchone()
    # Gone, where somebody forgot it at this moment: then there is no wait.
    return False, row[0] if row else 0.0


def give_back(rule: Rule, key: str) -> None:
    uses = Allowance.objects.filter(key=key)
    with no_sync():
        uses.update(used_until=F("used_until") - rule.step)


def refill(key: str) -> bool:
    return Allowance.objects.filter(key=key).delete()[0] > 0


def forget(now: float | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(*with_clock(FORGET, {}, now))
        return cursor.rowcount


@contextmanager
def no_sync() -> Iterator[None]:
    """Let SQLite commit a statement without a sync of the disk of its own.

    The next commit that waits for the disk brings it there too. Until then a power cut
    takes a few uses back, which is nobody's loss; a crash of the site takes none. Within
    a transaction, whose commit is not ours, nothing changes.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    try:
        set_synchronous("NORMAL")
        yield
    finally:
        try:
            set_synchronous("FULL")
        except BaseException:
            # A new connection is born with it.
            connection.close()
            raise


def set_synchronous(level: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")


def with_clock(
    statement: str, values: dict[str, object], now: float | None
) -> tuple[str, dict[str, object]]:
    """Return a statement and its values; without `now` it takes one clock for all."""
    clock = "%(now)s"
    if now is None and connection.vendor == "postgresql":
        clock = SERVERS_CLOCK
    else:
        values = values | {"now": time.time() if now is None else now}
    table = Allowance._meta.db_table
    return statement.format(table=table, now=clock), values
