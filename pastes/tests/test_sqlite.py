"""SQLite's connections go from one thread to the next."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection, transaction

from pastes import edge
from pastes.crowding import Places
from pastes.sqlite.base import idle

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="another database"),
]


@pytest.fixture(autouse=True)
def own_idle() -> Iterator[None]:
    """Begin and end without a connection at rest."""
    connection.close()
    forget_idle()
    yield
    forget_idle()


def forget_idle() -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


def use() -> Any:
    """Answer a request, as it were; return the connection that it had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    used = connection.connection
    close_old_connections()
    return used


def in_threads(count: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(count):
        thread = threading.Thread(target=lambda: found.append(use()))
        thread.start()
        thread.join()
    return found


def test_threads_one_after_the_other_have_one_connection():
    assert len({*map(id, [use(), *in_threads(3)])}) == 1


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
    assert any(idle.values())


def test_connection_within_a_transaction_is_handed_to_nobody():
    with transaction.atomic():
        close_old_connections()
    assert not any(idle.values())


def test_connection_that_fails_is_handed_to_nobody(monkeypatch):
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT broken")
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    close_old_connections()
    assert not any(idle.values())
