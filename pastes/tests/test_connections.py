"""Connections to the database go from one thread to the next."""

import contextlib
import io
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.utils import ConnectionHandler

from bench.loads import wait_until
from pastebin_site import settings as site_settings
from pastes import edge, housekeeping, rows
from pastes.crowding import Places
from pastes.postgresql import base as postgresql
from pastes.sqlite import base as sqlite
from pastes.tests.conftest import own_database
from pastes.tests.settings import CLUSTER

pytestmark = pytest.mark.django_db(transaction=True)
ON_SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="its own settings")
ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite limits no connections"
)


@pytest.fixture(autouse=True)
def nothing_rests() -> None:
    """Begin without a connection at rest."""
    connection.close()
    postgresql.pool.forget()
    for connections in sqlite.idle.values():
        while connections:
            connections.pop().close()


def idle() -> list[Any]:
    """Return the connections that rest."""
    if connection.vendor == "sqlite":
        return [each for resting in sqlite.idle.values() for each in resting]
    return [*postgresql.pool.idle]


def use(wrapper: Any = connection) -> Any:
    """Answer a request, as it were; return the connection that it had."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
    used = wrapper.connection
    wrapper.close_if_unusable_or_obsolete()
    return used


def connected_to(url: str) -> Any:
    """Return Django's wrapper, not the tests' own, for a DATABASE_URL."""
    return ConnectionHandler({"default": site_settings.database(url)})["default"]


def in_threads(count: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(count):
        thread = threading.Thread(target=lambda: found.append(use()))
        thread.start()
        thread.join()
    return found


def test_threads_one_after_the_other_have_one_connection():
    assert len({*map(id, [use(), *in_threads(3)])}) == 1


@ON_SQLITE
def test_connection_that_comes_from_another_thread_keeps_its_settings():
    def read(name: str) -> Any:
        with connection.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    names = ("synchronous", "foreign_keys", "secure_delete", "journal_mode")
    before = [read(name) for name in names]
    in_threads(1)
    close_old_connections()
    assert [read(name) for name in names] == before
    with transaction.atomic():
        assert connection.connection.in_transaction


def test_threads_at_the_same_time_have_a_connection_each():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.connection not in in_threads(1)


def test_who_leaves_his_place_to_work_leaves_his_connection_too():
    def application(*_: Any) -> list[bytes]:
        connection.ensure_connection()
        return []

    environ = {"PATH_INFO": "/", "CONTENT_TYPE": "", "wsgi.input": io.BytesIO()}
    edge.in_turn(application, Places(1))(environ, lambda *_: None)
    assert connection.connection is None
    assert idle()


def test_place_is_left_where_a_connection_does_not_close(monkeypatch):
    def fail() -> None:
        raise OperationalError("broken")

    monkeypatch.setattr(edge, "close_old_connections", fail)
    places = Places(1)
    environ = {"PATH_INFO": "/", "CONTENT_TYPE": "", "wsgi.input": io.BytesIO()}
    with pytest.raises(OperationalError):
        edge.in_turn(lambda *_: [], places)(environ, lambda *_: None)
    assert places.free == 1


def test_connection_within_a_transaction_is_handed_to_nobody():
    with transaction.atomic():
        close_old_connections()
    assert not idle()


def test_connection_that_fails_is_handed_to_nobody(monkeypatch):
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT broken")
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    close_old_connections()
    assert not idle()


def ended_by_the_server(resting: Any) -> None:
    """End a connection's other side, as a server does that is started anew."""
    CLUSTER.sql(f"SELECT pg_terminate_backend({resting.info.backend_pid}, 5000)")


def rest_together(count: int) -> list[Any]:
    """Return so many connections, of which the last has rested least."""
    others = [connected_to(own_database()) for _ in range(count)]
    for other in others:
        other.ensure_connection()
    return [use(other) for other in others]


@ON_POSTGRESQL
def test_connection_that_broke_while_it_rested_is_replaced():
    [whole, broken] = rest_together(2)
    before = postgresql.pool.count
    ended_by_the_server(broken)
    assert use() not in (whole, broken)
    assert (whole.closed, broken.closed) == (False, True)
    assert postgresql.pool.count == before


@ON_POSTGRESQL
def test_connections_of_a_server_that_hangs_are_not_tried_one_by_one(monkeypatch):
    resting = rest_together(3)
    monkeypatch.setattr(postgresql, "HEALTH_SECONDS", 0.2)
    hung = resting[-1].info.backend_pid
    os.kill(hung, signal.SIGSTOP)
    try:
        used = use()
    finally:
        os.kill(hung, signal.SIGCONT)
    assert used not in resting
    assert all(each.closed for each in resting)


@ON_POSTGRESQL
@pytest.mark.parametrize("words", ["?application_name=other", "?options=-cjit%3Doff"])
def test_connection_is_handed_to_nobody_who_asks_for_another(words):
    here = use(connected_to(own_database()))
    other = connected_to(own_database() + words)
    assert use(other) is not here
    assert use(connected_to(own_database())) is here


@ON_POSTGRESQL
def test_database_may_be_a_service_of_libpq(tmp_path, monkeypatch):
    """As in DATABASE_URL=postgres:///?service=pastes, which names no database."""
    name = connection.settings_dict["NAME"]
    services = tmp_path / "services"
    place = f"host={CLUSTER.folder}\ndbname={name}\nuser=pastebin\n"
    services.write_text(f"[pastes]\n{place}")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    one, other = (connected_to("postgres:///?service=pastes") for _ in range(2))
    used = use(one)
    assert used.info.dbname == name
    assert use(other) is used


@ON_POSTGRESQL
def test_database_is_dropped_while_connections_to_it_rest():
    one = connected_to(CLUSTER.create_database("dropped"))
    used = use(one)
    one.creation.destroy_test_db(verbosity=0)
    assert used.closed
    assert "dropped" not in CLUSTER.sql("SELECT datname FROM pg_database").split()


@ON_POSTGRESQL
def test_connection_that_is_handed_on_gets_no_younger():
    use()
    [resting] = idle()
    resting.close_at = 1.0
    use()
    assert resting.closed
    assert not idle()


@ON_POSTGRESQL
@pytest.mark.parametrize(("seconds", "is_closed"), [(30.0, False), (0.0, True)])
def test_housekeeping_closes_what_nobody_wants(monkeypatch, seconds, is_closed):
    monkeypatch.setattr(postgresql, "REST_SECONDS", seconds)
    connection.ensure_connection()
    [resting] = in_threads(1)
    connection.close()
    assert not resting.closed
    housekeeping.close_rested()
    assert resting.closed is is_closed


@pytest.fixture
def all_in_use(settings: Any) -> Any:
    """The only connection that there may be, which the test has."""
    connection.ensure_connection()
    settings.DATABASE_CONNECTIONS = postgresql.pool.count
    return connection.connection


@contextlib.contextmanager
def waiting(ask: Callable[[], object]) -> Iterator[None]:
    """Let another thread wait for a connection until the block ends, and then work."""
    before = len(postgresql.pool.waiting)
    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: len(postgresql.pool.waiting) > before, "the thread to wait")
    yield
    thread.join()


@ON_POSTGRESQL
def test_who_waits_for_a_connection_gets_the_one_that_is_handed_on(all_in_use):
    found: list[Any] = []
    with waiting(lambda: found.append(use())):
        close_old_connections()
    assert found == [all_in_use]


@ON_POSTGRESQL
def test_who_waits_makes_a_connection_where_one_is_closed(all_in_use):
    before = postgresql.pool.count
    found: list[Any] = []
    with waiting(lambda: found.append(use())):
        connection.close()
    assert found != [all_in_use]
    assert postgresql.pool.count == before


@ON_POSTGRESQL
def test_who_has_waited_longest_has_the_next_connection(all_in_use):
    """Before who has handed it on, and asks again at once."""
    order: list[str] = []

    def ask(name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        order.append(name)
        close_old_connections()

    with waiting(lambda: ask("first")), waiting(lambda: ask("second")):
        close_old_connections()
        ask("who had it")
    assert order == ["first", "second", "who had it"]


@ON_POSTGRESQL
def test_connection_that_rests_for_others_makes_room(settings):
    resting = use(connected_to(f"{own_database()}?application_name=other"))
    settings.DATABASE_CONNECTIONS = postgresql.pool.count
    use()
    assert resting.closed
    assert postgresql.pool.count == settings.DATABASE_CONNECTIONS


@ON_POSTGRESQL
def test_connection_that_who_waits_cannot_use_makes_room(settings):
    other = connected_to(f"{own_database()}?application_name=other")
    other.ensure_connection()
    settings.DATABASE_CONNECTIONS = postgresql.pool.count
    found: list[Any] = []
    with waiting(lambda: found.append(use())):
        used = use(other)
    assert found != [used]
    assert used.closed


@ON_POSTGRESQL
def test_who_gets_no_connection_in_time_hears_of_it(all_in_use, monkeypatch):
    monkeypatch.setattr(postgresql, "WAIT_SECONDS", 0.01)
    heard: list[Exception] = []

    def ask() -> None:
        try:
            use()
        except OperationalError as error:
            heard.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert "all DATABASE_CONNECTIONS are in use" in str(heard)
    assert not postgresql.pool.waiting


@ON_POSTGRESQL
@pytest.mark.parametrize("most", [2, 3, 4])
def test_reading_rows_leaves_connections_to_what_works_longer(
    settings, monkeypatch, most
):
    settings.DATABASE_CONNECTIONS = postgresql.pool.count + most
    monkeypatch.setattr(postgresql, "WAIT_SECONDS", 0.5)
    paste_rows = rows.PostgresqlRows()
    slowly = "SELECT %s::text FROM pg_sleep(0.1)"
    readers = [
        threading.Thread(target=paste_rows.ask, args=(slowly, "x")) for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert use()
    paste_rows.close()
