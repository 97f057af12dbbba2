"""Guessing at links: what a client may miss, and what it costs."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from pastes import services
from pastes.services import missing

pytestmark = [pytest.mark.django_db, pytest.mark.threat("G3")]

GUESSER = {"REMOTE_ADDR": "203.0.113.7"}
OTHER = {"REMOTE_ADDR": "203.0.113.8"}
ABSENT = "1" * 12


@pytest.fixture(autouse=True)
def limited(settings):
    settings.LIMIT_MISS = "60/m"
    settings.WORKERS = 1
    missing.used_until.clear()
    yield
    missing.used_until.clear()


def test_guesses_past_the_limit_are_refused_without_asking_the_database(
    make_paste, monkeypatch
):
    monkeypatch.setattr(missing, "monotonic", lambda: 1000.0)
    slug = make_paste().paste.slug
    guesser = Browser(**GUESSER)
    statuses = [
        guesser.get(f"/{ABSENT[:9]}{n:03}/raw".replace("0", "z")).status_code
        for n in range(60)
    ]
    assert statuses == [404] * 60
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answers = [guesser.get(f"/{ABSENT}/raw") for _ in range(100)]
        hit = guesser.get(f"/{slug}/raw")
    assert {answer.status_code for answer in [*answers, hit]} == {429}
    assert {answer["Retry-After"] for answer in answers} == {"1"}
    assert len(asked) == 0
    assert Browser(**OTHER).get(f"/{slug}/raw").status_code == 200
    assert Browser(**OTHER).get(f"/{ABSENT}/raw").status_code == 404


DOORS = [
    ("get", f"/{ABSENT}"),
    ("get", f"/{ABSENT}.py"),
    ("post", f"/{ABSENT}"),
    ("get", f"/raw/{ABSENT}"),
    ("get", f"/{ABSENT}/download"),
    ("get", f"/{ABSENT}/edit"),
    ("post", f"/{ABSENT}/delete"),
    ("get", f"/{ABSENT}/qr.svg"),
    ("get", f"/{ABSENT}/diff/{ABSENT}"),
    ("get", f"/api/v1/pastes/{ABSENT}"),
    ("post", f"/api/v1/pastes/{ABSENT}/open"),
    ("delete", f"/api/v1/pastes/{ABSENT}"),
    ("get", f"/documents/{ABSENT}"),
    ("get", f"/api/v1/paste/{ABSENT}"),
    ("get", f"/show/{ABSENT}/"),
    ("get", f"/{ABSENT}/raw/"),
    ("get", f"/dl/{ABSENT}"),
    ("post", "/json/?method=pastes.getPaste"),
]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_every_door_refuses_who_has_missed_too_often(settings, method, path):
    settings.LIMIT_MISS = "1/h"
    guesser = Browser(**GUESSER)
    assert guesser.get(f"/{ABSENT}").status_code == 404
    body = {}
    if method == "post" and path.startswith(("/api", "/json")):
        body = {"data": {"paste_id": ABSENT}, "content_type": "application/json"}
    answer = getattr(guesser, method)(path, **body)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 3500


def test_who_missed_too_often_still_makes_pastes_and_opens_pages(settings):
    settings.LIMIT_MISS = "1/h"
    guesser = Browser(**GUESSER)
    guesser.get(f"/{ABSENT}")
    assert guesser.get("/").status_code == 200
    assert guesser.get("/mine").status_code == 200
    assert guesser.post("/", b"x", content_type="text/plain").status_code == 201
    assert guesser.put("/name", b"x").status_code == 201
    assert guesser.get("/healthz").status_code == 200


def test_the_machine_itself_and_clients_without_an_address_are_not_counted(settings):
    settings.LIMIT_MISS = "1/h"
    for address in ("127.0.0.1", "::1", ""):
        browser = Browser(REMOTE_ADDR=address)
        answers = {browser.get(f"/{ABSENT}").status_code for _ in range(3)}
        assert answers == {404}
    assert not missing.used_until


def test_an_ipv6_home_is_one_client(settings):
    settings.LIMIT_MISS = "1/h"
    assert Browser(REMOTE_ADDR="2001:db8::1").get(f"/{ABSENT}").status_code == 404
    assert Browser(REMOTE_ADDR="2001:db8::2").get(f"/{ABSENT}").status_code == 429


def test_misses_trickle_back(settings, monkeypatch):
    settings.LIMIT_MISS = "2/h"
    client = services.Client("203.0.113.7")
    now = 1000.0
    monkeypatch.setattr(missing, "monotonic", lambda: now)
    for _ in range(2):
        services.check_misses(client)
        services.note_miss(client)
    with pytest.raises(services.RateLimited) as refused:
        services.check_misses(client)
    assert refused.value.retry_after == 1800
    now += 1800
    services.check_misses(client)


def test_memory_of_misses_is_bounded(monkeypatch):
    monkeypatch.setattr(missing, "MOST_CLIENTS", 10)
    for number in range(50):
        services.note_miss(services.Client(f"203.0.113.{number}"))
    assert len(missing.used_until) == 10
    assert "203.0.113.49" in missing.used_until


def test_processes_share_the_limit_out(settings):
    settings.WORKERS = 4
    assert missing.share_of_process().uses == 15
    settings.LIMIT_MISS = "1/m"
    assert missing.share_of_process().uses == 1
