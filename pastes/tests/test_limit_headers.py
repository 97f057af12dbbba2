"""What each door tells of its limits: which they are, what is left, when to come back."""

import re

import pytest

from pastes import services
from pastes.models import Allowance

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_store")]

POLICY = re.compile(r'"[a-z-]+";q=[0-9]+;w=[0-9]+')
ITEM = re.compile(r'"[a-z-]+";r=[0-9]+;t=[0-9]+')
JSON = {"content_type": "application/json"}

# Each makes a paste by one door.
CREATING = {
    "form": lambda client: client.post("/new", {"text": "x"}),
    "script": lambda client: client.post(
        "/new", {"text": "x"}, headers={"Accept": "application/json"}
    ),
    "terminal": lambda client: client.post("/", b"x", content_type="text/plain"),
    "api": lambda client: client.post("/api/v1/pastes", {"text": "x"}, **JSON),
    "haste": lambda client: client.post("/documents", b"x", content_type="text/plain"),
}


def told(answer):
    """Return what the headers tell, as {policy: (quota, window, remaining, reset)}."""
    policies = answer.get("RateLimit-Policy", "")
    items = answer.get("RateLimit", "")
    found = {}
    for policy, item in zip(policies.split(", "), items.split(", "), strict=True):
        if policy:
            assert POLICY.fullmatch(policy), policy
            assert ITEM.fullmatch(item), item
            name = policy.split(";")[0]
            assert name == item.split(";")[0]
            numbers = [int(n) for n in re.findall(r"=([0-9]+)", f"{policy};{item}")]
            found[name.strip('"')] = tuple(numbers)
    return found


@pytest.mark.parametrize("door", CREATING)
def test_creating_tells_what_is_left(client, settings, door):
    settings.LIMIT_CREATE = "2/h"
    first = CREATING[door](client)
    assert first.status_code < 400
    assert told(first) == {"create": (2, 3600, 1, 1800)}
    # None is left: the next one comes before all are back.
    assert told(CREATING[door](client)) == {"create": (2, 3600, 0, 1800)}


@pytest.mark.parametrize("door", CREATING)
def test_refusal_tells_when_to_come_back(client, settings, door):
    settings.LIMIT_CREATE = "1/h"
    CREATING[door](client)
    refused = CREATING[door](client)
    assert refused.status_code == 429
    wait = int(refused["Retry-After"])
    assert 3590 < wait <= 3600
    assert told(refused) == {"create": (1, 3600, 0, wait)}


def test_reset_is_when_all_are_back(client, settings):
    settings.LIMIT_CREATE = "60/h"
    door = CREATING["terminal"]
    assert told(door(client)) == {"create": (60, 3600, 59, 60)}
    assert told(door(client)) == {"create": (60, 3600, 58, 120)}


def test_reading_and_limits_that_are_off_tell_nothing(client, make_paste):
    slug = make_paste().paste.slug
    for answer in (
        client.get("/"),
        client.get(f"/{slug}"),
        client.get(f"/{slug}/raw"),
        client.get(f"/api/v1/pastes/{slug}"),
        CREATING["terminal"](client),
    ):
        assert "RateLimit" not in answer
        assert "RateLimit-Policy" not in answer


def test_reports_tell_what_is_left(client, settings, make_paste):
    settings.LIMIT_REPORT = "5/h"
    slug = make_paste().paste.slug
    answer = client.post(f"/{slug}/report", {"reason": "spam"})
    assert told(answer) == {"report": (5, 3600, 4, 720)}


def test_wrong_guess_tells_what_is_left_and_not_what_others_did(
    client, settings, make_paste
):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "5/10m"
    settings.LIMIT_UNLOCK_PASTE = "20/10m"
    slug = make_paste(password="right").paste.slug
    guess = {"headers": {"X-Paste-Password": "wrong"}}
    answer = client.get(f"/{slug}/raw", **guess)
    assert answer.status_code == 403
    assert told(answer) == {"unlock": (5, 600, 4, 120)}


def test_used_up_guesses_of_everybody_tell_when_to_come_back(
    client, settings, make_paste
):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "5/10m"
    settings.LIMIT_UNLOCK_PASTE = "1/10m"
    slug = make_paste(password="right").paste.slug
    guess = {"headers": {"X-Paste-Password": "wrong"}}
    client.get(f"/{slug}/raw", REMOTE_ADDR="192.0.2.1", **guess)
    answer = client.get(f"/{slug}/raw", REMOTE_ADDR="192.0.2.2", **guess)
    assert answer.status_code == 429
    wait = int(answer["Retry-After"])
    assert told(answer) == {"unlock-all": (1, 600, 0, wait)}


def test_right_password_costs_nothing_and_tells_nothing(client, settings, make_paste):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "1/10m"
    settings.LIMIT_UNLOCK_PASTE = "1/10m"
    slug = make_paste(password="right").paste.slug
    for _ in range(3):
        answer = client.get(f"/{slug}/raw", headers={"X-Paste-Password": "right"})
        assert answer.status_code == 200
        assert "RateLimit" not in answer


def test_several_limits_stand_beside_each_other(client, settings):
    settings.LIMIT_CREATE = "60/h"
    settings.LIMIT_API = "600/m"
    answer = CREATING["api"](client)
    assert told(answer) == {"api": (600, 60, 599, 1), "create": (60, 3600, 59, 60)}


def test_of_several_uses_at_once_the_last_is_told(client, settings):
    settings.LIMIT_CREATE = "60/h"
    answer = client.post("/", {"f:1": "one", "f:2": "two"})
    assert len(answer.content.splitlines()) == 2
    assert told(answer) == {"create": (60, 3600, 58, 120)}


def test_scripts_of_other_sites_may_read_the_headers(client, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    answer = client.post(
        "/api/v1/pastes",
        {"text": "x"},
        headers={"Origin": "https://tool.example"},
        **JSON,
    )
    exposed = answer["Access-Control-Expose-Headers"].split(", ")
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed)


# The API's own limit


def test_calls_are_limited_and_reading_is_free(client, settings, make_paste):
    settings.LIMIT_API = "2/h"
    slug = make_paste().paste.slug
    path = f"/api/v1/pastes/{slug}"
    for _ in range(2):
        assert client.post(f"{path}/open", {}, **JSON).status_code == 200
    refused = client.post(f"{path}/open", {}, **JSON)
    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "rate_limited"
    assert "Too many calls" in refused.json()["detail"]
    wait = int(refused["Retry-After"])
    assert told(refused) == {"api": (2, 3600, 0, wait)}
    for _ in range(5):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert client.options(path).status_code == 204


def test_calls_that_fail_count_too(client, settings):
    settings.LIMIT_API = "2/h"
    for _ in range(2):
        client.post("/api/v1/pastes", {"text": ""}, **JSON)
    assert client.post("/api/v1/pastes", {"text": "x"}, **JSON).status_code == 429


def test_other_doors_do_not_count_as_calls(client, settings, make_paste):
    settings.LIMIT_API = "1/h"
    for name in ("form", "terminal", "haste"):
        for _ in range(2):
            assert CREATING[name](client).status_code < 400


def test_calls_are_counted_by_client(client, settings, make_paste):
    settings.LIMIT_API = "1/h"
    path = f"/api/v1/pastes/{make_paste().paste.slug}/open"

    def status(address):
        return client.post(path, {}, REMOTE_ADDR=address, **JSON).status_code

    assert status("2001:db8::1") == 200
    assert status("2001:db8::2") == 429
    assert status("2001:db8:0:1::1") == 200
    assert status("192.0.2.1") == 200


def test_nothing_is_spent_by_a_trusted_caller(settings, make_paste):
    settings.LIMIT_CREATE = settings.LIMIT_REPORT = "1/h"
    for _ in range(3):
        slug = make_paste().paste.slug
        services.report_paste(slug, reason="spam", client=None)
    assert not Allowance.objects.exists()
