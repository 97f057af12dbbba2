"""One job of the child for each client at a time, so that none keeps all others waiting."""

import pytest

from pastes import services
from pastes.highlight import Note, turns
from pastes.services.client import Client

pytestmark = pytest.mark.django_db


def test_second_job_of_a_client_waits_for_the_first_and_others_do_not(monkeypatch):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.05)
    client, other = "192.0.2.1", "192.0.2.2"
    with turns.turn_of(client) as first, turns.turn_of(client) as second:
        assert (first, second) == (True, False)
        with turns.turn_of(other) as third, turns.turn_of("") as trusted:
            assert third
            assert trusted
    with turns.turn_of(client) as again:
        assert again
    assert turns._turns._turns == {}


def test_text_of_a_client_that_is_served_already_is_plain_and_not_kept(
    make_paste, monkeypatch
):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.05)
    slug = make_paste("import os\n", syntax="python").paste.slug
    opened = services.open_paste(slug, client=None)
    hasty, other = Client("192.0.2.1"), Client("192.0.2.2")
    with turns.turn_of(hasty.key):
        rendered = services.render_paste(opened, client=hasty)
        assert rendered.note is Note.BUSY
        assert "import os" in rendered.html
        assert services.render_paste(opened, client=other).note is Note.NONE
        comparison = services.compare_pastes(opened, opened, client=hasty)
        assert comparison.note is Note.BUSY
    assert services.compare_pastes(opened, opened, client=hasty).note is Note.NONE
