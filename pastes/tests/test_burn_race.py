"""Of many readers who burn at once, one gets the text."""

import threading

import pytest
from django.db import connection

from pastes import services
from pastes.services import NotFound

READERS = 32
ROUNDS = 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.threat("B1")
def test_exactly_one_of_32_readers_wins_each_of_20_rounds(make_paste):
    assert "mode=memory" not in connection.settings_dict["NAME"]
    for number in range(ROUNDS):
        slug = make_paste(f"secret {number}", burn=True).paste.slug
        assert race(slug) == [f"secret {number}"]


def race(slug: str) -> list[str]:
    """Let all readers burn the paste at one moment; return what they got."""
    barrier = threading.Barrier(READERS)
    won: list[str] = []
    odd: list[BaseException] = []

    def read() -> None:
        try:
            barrier.wait()
            won.append(services.open_paste(slug, consent=True, client=None).text)
        except NotFound:
            pass
        except BaseException as error:
            odd.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not odd
    return won
