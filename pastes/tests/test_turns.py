"""One job of the child for each client at a time, so that none keeps all others waiting."""

import threading
import time

import pytest

from pastes import services
from pastes.highlight import Note
from pastes.services import turns
from pastes.services.client import Client

pytestmark = pytest.mark.django_db

SLOW = '"' + "\\" * 41


def test_second_job_of_a_client_waits_for_the_first_and_others_do_not(monkeypatch):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.05)
    client, other = Client("192.0.2.1"), Client("192.0.2.2")
    with turns.turn_of(client) as first, turns.turn_of(client) as second:
        assert (first, second) == (True, False)
        with turns.turn_of(other) as third, turns.turn_of(None) as trusted:
            assert third
            assert trusted
    with turns.turn_of(client) as again:
        assert again
    assert turns._turns == {}


def test_reader_is_served_while_another_clients_slow_texts_are_worked_on(make_paste):
    """Six slow ones at once were more than an honest reader's second of waiting."""
    slow = [
        services.open_paste(
            make_paste(SLOW + str(n), syntax="scala").paste.slug, client=None
        )
        for n in range(6)
    ]
    honest = services.open_paste(
        make_paste("import os\n", syntax="python").paste.slug, client=None
    )
    services.render_paste(honest, "ruby", client=None)
    hostile = Client("192.0.2.1")

    def ask(opened):
        services.render_paste(opened, client=hostile)

    threads = [threading.Thread(target=ask, args=[each]) for each in slow]
    for each in threads:
        each.start()
    before = time.monotonic()
    rendered = services.render_paste(honest, client=Client("192.0.2.2"))
    waited = time.monotonic() - before
    for each in threads:
        each.join()
    assert rendered.note is Note.NONE
    assert waited < 10
