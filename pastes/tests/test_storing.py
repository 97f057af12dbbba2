"""New pastes that wait for the disk at the same time share one commit."""

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from pastes import services
from pastes.crowding import Places
from pastes.models import Paste
from pastes.services import storing
from pastes.services.creating import store
from pastes.services.storing import insert_together

CREATORS = 12
pytestmark = pytest.mark.django_db(transaction=True)


class Crowd:
    """Threads that do something on a connection of their own each."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.statements: list[str] = []
        self.results: list[object] = []

    def add(self, act: Callable[[], object]) -> None:
        def run() -> None:
            connection.ensure_connection()
            if connection.vendor == "sqlite":
                connection.connection.set_trace_callback(self.statements.append)
            try:
                self.results.append(act())
            except Exception as error:
                self.results.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        self.threads.append(thread)
        thread.start()

    def wait(self) -> list[object]:
        for thread in self.threads:
            thread.join()
        return self.results

    @property
    def commits(self) -> int:
        return self.statements.count("COMMIT")


@contextlib.contextmanager
def busy_disk(crowd: Crowd, *acts: Callable[[], object]) -> Iterator[None]:
    """Let the acts begin while somebody else writes, and come to a stop.

    On SQLite all but the first, which has begun its transaction, wait in the queue.
    """
    if connection.vendor != "sqlite":
        for act in acts:
            crowd.add(act)
        yield
        return
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        crowd.add(acts[0])
        wait_until(lambda: storing.queue.has_writer and not storing.queue.jobs)
        for act in acts[1:]:
            crowd.add(act)
        wait_until(lambda: len(storing.queue.jobs) == len(acts) - 1)
        yield
        other.execute("ROLLBACK")


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def create(text: str) -> Callable[[], object]:
    return lambda: services.create_paste(text=text, client=None).paste.slug


def row(**fields: object) -> dict[str, object]:
    """Return columns of a paste that is stored as it is."""
    return {"packed_text": b"x", "size": 1, "sha256": "", **fields}


def texts() -> set[str]:
    return {paste.data.decode() for paste in Paste.objects.all()}


def test_those_who_wait_for_the_disk_share_a_commit() -> None:
    crowd = Crowd()
    written = {f"text {number}" for number in range(CREATORS)}
    with busy_disk(crowd, *map(create, written)):
        # PostgreSQL has nobody wait.
        assert connection.vendor != "sqlite" or not Paste.objects.exists()
    slugs = crowd.wait()
    assert texts() == written
    assert set(Paste.objects.values_list("slug", flat=True)) == set(slugs)
    if connection.vendor == "sqlite":
        assert crowd.commits == 2


def test_everybody_at_once_is_stored() -> None:
    crowd = Crowd()
    for number in range(3 * CREATORS):
        crowd.add(create(f"text {number}"))
    assert len(set(crowd.wait())) == 3 * CREATORS
    assert len(texts()) == 3 * CREATORS
    assert not storing.queue.has_writer


def test_who_is_alone_waits_for_nobody() -> None:
    crowd = Crowd()
    crowd.add(create("alone"))
    crowd.wait()
    if connection.vendor == "sqlite":
        assert crowd.commits == 1
    assert texts() == {"alone"}


def test_row_that_breaks_a_rule_fails_alone() -> None:
    crowd = Crowd()
    taken = services.create_paste(text="first", client=None).paste.slug
    bad = [
        lambda: store(row(), "", slug=taken),
        lambda: store(row(size=-1), ""),
    ]
    with busy_disk(crowd, create("a"), bad[0], create("b"), bad[1], create("c")):
        pass
    errors = [each for each in crowd.wait() if isinstance(each, Exception)]
    assert [type(each) for each in errors] == [IntegrityError] * 2
    assert texts() == {"first", "a", "b", "c"}


def test_value_of_no_use_waits_for_nobody() -> None:
    crowd = Crowd()
    with busy_disk(crowd, create("a")):
        crowd.add(lambda: store(row(size="many"), ""))
        wait_until(lambda: any(isinstance(each, ValueError) for each in crowd.results))
    crowd.wait()
    assert texts() == {"a"}


def test_row_whose_parent_is_gone_fails_alone() -> None:
    """Only the commit finds that; those who share it are stored by another."""
    crowd = Crowd()
    orphan = lambda: store(row(fork_of_id=999), "")  # noqa: E731
    with busy_disk(crowd, create("a"), create("b"), orphan, create("c")):
        pass
    errors = [each for each in crowd.wait() if isinstance(each, Exception)]
    assert [type(each) for each in errors] == [IntegrityError]
    assert texts() == {"a", "b", "c"}


def test_several_pastes_are_stored_all_or_none() -> None:
    def several(*rows: dict[str, object]) -> Callable[[], object]:
        every = [partial(store, each, "") for each in rows]
        return lambda: insert_together(lambda: [each() for each in every], len(rows))

    half, both = several(row(), row(size=-1)), several(row(), row())
    crowd = Crowd()
    with busy_disk(crowd, create("a"), half, both, create("b")):
        pass
    kinds = {type(each) for each in crowd.wait()}
    assert kinds == {str, list, IntegrityError}
    assert Paste.objects.count() == 4


def test_full_disk_fails_all_who_share_the_commit() -> None:
    if connection.vendor != "sqlite":
        limit = "SELECT 1"
    else:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            limit = f"PRAGMA max_page_count={cursor.fetchone()[0] + 20}"

    def create_in_little_room() -> object:
        with connection.cursor() as cursor:
            cursor.execute(limit)
        return create(os.urandom(40_000).hex())()

    crowd = Crowd()
    with busy_disk(crowd, *[create_in_little_room] * CREATORS):
        pass
    found = crowd.wait()
    if connection.vendor != "sqlite":
        assert Paste.objects.count() == CREATORS
        return
    # The first was alone and had room; of those after it none had for all.
    errors = [each for each in found if isinstance(each, Exception)]
    assert {type(each) for each in errors} == {OperationalError}
    codes = {each.__cause__.sqlite_errorname for each in errors}
    assert codes == {"SQLITE_FULL"}
    assert Paste.objects.count() == len(found) - len(errors) == 1
    assert create("there is room for this one")()


def test_locked_database_fails_those_who_wait() -> None:
    def create_impatiently() -> object:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout=1")
        return create("x")()

    crowd = Crowd()
    if connection.vendor != "sqlite":
        crowd.add(create_impatiently)
        assert len(crowd.wait()) == Paste.objects.count()
        return
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        for _ in range(CREATORS):
            crowd.add(create_impatiently)
        found = crowd.wait()
    assert {type(each) for each in found} == {OperationalError}
    assert len({id(each) for each in found}) == CREATORS
    assert {each.__cause__.sqlite_errorname for each in found} == {"SQLITE_BUSY"}
    assert not Paste.objects.exists()
    assert not storing.queue.has_writer


@contextlib.contextmanager
def turn_of_another() -> Iterator[None]:
    """Hold the turn as another process does; PostgreSQL has none, and many writers."""
    if connection.vendor != "sqlite":
        yield
        return
    name = storing.TURN_FILE.format(connection.settings_dict["NAME"])
    with Path(name).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_who_waits_for_the_turn_writes_for_those_who_came_later(monkeypatch) -> None:
    monkeypatch.setattr(storing, "TURN_SECONDS", 20.0)
    crowd = Crowd()
    with turn_of_another():
        for number in range(CREATORS):
            crowd.add(create(f"text {number}"))
        if connection.vendor == "sqlite":
            wait_until(lambda: len(storing.queue.jobs) == CREATORS)
            assert not Paste.objects.exists()
    assert len(set(crowd.wait())) == len(texts()) == CREATORS
    if connection.vendor == "sqlite":
        assert crowd.commits == 1


def test_who_waits_for_the_disk_gives_up_his_place() -> None:
    places = Places(1, aside=1)

    def create_in_a_place() -> object:
        assert places.take(is_patient=True)
        try:
            return create("mine")()
        finally:
            places.leave()

    crowd = Crowd()
    with busy_disk(crowd, create("a"), create_in_a_place):
        # PostgreSQL has nobody wait, and is soon done.
        wait_until(lambda: places.free == 1)
    crowd.wait()
    assert texts() == {"a", "mine"}
    assert (places.free, places.aside) == (1, 1)


def test_turn_that_does_not_come_is_not_waited_for_long(monkeypatch) -> None:
    monkeypatch.setattr(storing, "TURN_SECONDS", 0.01)
    with turn_of_another():
        assert create("without it")()


def test_turn_that_cannot_be_had_is_done_without(monkeypatch) -> None:
    monkeypatch.setattr(storing, "TURN_FILE", "{}/not there")
    assert create("without it")()


def test_large_texts_do_not_share_a_commit() -> None:
    crowd = Crowd()
    sizes = [1, 10 << 20, 10 << 20, 1]
    acts = [
        lambda size=size: insert_together(create(f"{size}"), size) for size in sizes
    ]
    with busy_disk(crowd, *acts):
        pass
    assert len(crowd.wait()) == Paste.objects.count() == len(sizes)
    if connection.vendor == "sqlite":
        assert crowd.commits == 3


def test_within_a_transaction_it_is_part_of_that() -> None:
    with transaction.atomic():
        create("undone")()
        transaction.set_rollback(True)
    assert not Paste.objects.exists()


def test_what_was_given_up_is_no_success() -> None:
    def give_up() -> None:
        create("undone")()
        transaction.set_rollback(True)

    crowd = Crowd()
    with busy_disk(
        crowd, create("a"), lambda: insert_together(give_up, 1), create("b")
    ):
        pass
    crowd.wait()
    assert texts() == {"a", "b"}
    if connection.vendor == "sqlite":
        kinds = [type(each) for each in crowd.results]
        assert kinds.count(transaction.TransactionManagementError) == 1


def test_on_postgresql_nobody_waits_for_another() -> None:
    crowd = Crowd()
    began, go_on = threading.Event(), threading.Event()

    def insert_slowly() -> object:
        began.set()
        assert go_on.wait(20)
        return create("slow")()

    crowd.add(lambda: insert_together(insert_slowly, 1))
    assert began.wait(20)
    crowd.add(create("quick"))
    if connection.vendor == "postgresql":
        wait_until(Paste.objects.exists)
    else:
        wait_until(lambda: len(storing.queue.jobs) == 1)
        assert not Paste.objects.exists()
    go_on.set()
    crowd.wait()
    assert texts() == {"slow", "quick"}
