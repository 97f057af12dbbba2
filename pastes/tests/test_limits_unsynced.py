"""SQLite: an allowance is spent without a sync of the disk, a paste never stored so."""

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction

from pastes import limits, services
from pastes.limits import in_database
from pastes.models import Allowance

FULL = 2
NOW = 1_800_000_000.0
pytestmark = pytest.mark.django_db(transaction=True)


def is_full() -> bool:
    """Say whether this connection's commits wait for the disk; PostgreSQL's always do."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0] == FULL


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What SQLite is asked meanwhile; nothing on PostgreSQL."""
    found: list[str] = []
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.set_trace_callback(found.append)
    yield found
    connection.close()


def words(statements: list[str]) -> list[str]:
    """Return each statement's first words, or all of a PRAGMA's."""
    found = [each.split() for each in statements]
    return [" ".join(each[: 2 if each[0] == "PRAGMA" else 1]) for each in found]


def test_spending_and_giving_back_wait_for_no_disk(statements):
    spent = limits.spend("2/m", "key", now=NOW)
    limits.give_back(spent)
    assert limits.spend("2/m", "key", now=NOW).remaining == 1
    if connection.vendor == "sqlite":
        one = ["PRAGMA synchronous=NORMAL", "INSERT", "PRAGMA synchronous=FULL"]
        back = [one[0], "UPDATE", one[2]]
        assert words(statements) == one + back + one
    assert is_full()


def test_paste_waits_for_the_disk_after_its_use_was_spent(statements, settings):
    settings.LIMIT_CREATE = "9/m"
    client = services.Client("192.0.2.7")
    services.create_paste(text="x", client=client)
    if connection.vendor == "sqlite":
        found = words(statements)
        syncs = [n for n, each in enumerate(found) if each.startswith("PRAGMA sync")]
        assert found[syncs[-1]] == "PRAGMA synchronous=FULL"
        assert syncs[-1] < found.index("COMMIT")
    assert is_full()


def test_refused_use_leaves_the_connection_as_it_was():
    assert [limits.spend("1/m", "key", now=NOW).wait > 0 for _ in "12"] == [False, True]
    assert is_full()


def test_failed_use_leaves_the_connection_as_it_was():
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout=1")
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        with contextlib.closing(other):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError):
                limits.spend("1/m", "key", now=NOW)
    assert is_full()
    connection.close()
    assert not Allowance.objects.exists()


def test_connection_that_cannot_be_set_back_is_closed(statements):
    """A transaction that somebody left open is such a case: SQLite refuses then."""
    if connection.vendor == "sqlite":
        with pytest.raises(OperationalError), in_database.no_sync():
            connection.connection.execute("BEGIN")
        assert connection.connection is None
    assert is_full()


def test_within_a_transaction_its_commit_waits(statements):
    with transaction.atomic():
        limits.spend("2/m", "key", now=NOW)
    assert not any(each.startswith("PRAGMA") for each in statements)
    assert Allowance.objects.count() == 1
    assert is_full()
