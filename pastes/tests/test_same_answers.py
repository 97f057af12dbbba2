"""The API and the web form give the same answer to the same input."""

import json

import pytest

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

GOOD = {
    "plain": {"text": "hello"},
    "line ends and NUL": {"text": "a\0b\n\tc  \n"},
    "any alphabet": {"text": "né 🧵 \u202e", "title": "Té 🧵"},
    "guessed": {"text": "#!/usr/bin/env python\nimport os\n"},
    "alias": {"text": "x", "syntax": "PY"},
    "extension": {"text": "x", "syntax": ".rs"},
    "off the menu": {"text": "x", "syntax": "cobol"},
    "lifetime": {"text": "x", "lifetime": "1w"},
    "for ever": {"text": "x", "lifetime": "never"},
    "seconds": {"text": "x", "lifetime": 90},
    "burn": {"text": "x", "burn": True},
    "locked": {"text": "x", "password": "pä🧵"},
    "all of it": {
        "text": "x",
        "title": " T ",
        "syntax": "sql",
        "lifetime": "1h",
        "burn": True,
        "password": "p",
    },
    "largest": {"text": "x" * 2000},
    "longest title": {"text": "x", "title": "t" * 200},
    "longest password": {"text": "x", "password": "p" * 1024},
}
BAD = {
    "empty": {"text": ""},
    "blank": {"text": " \n\t\u2003"},
    "too large": {"text": "x" * 2001},
    "too large in bytes": {"text": "é" * 1001},
    "long title": {"text": "x", "title": "t" * 201},
    "title of two lines": {"text": "x", "title": "a\nb"},
    "title with a control": {"text": "x", "title": "\x1b[31m"},
    "unknown language": {"text": "x", "syntax": "klingon"},
    "unknown lifetime": {"text": "x", "lifetime": "soon"},
    "no lifetime at all": {"text": "x", "lifetime": 0},
    "negative lifetime": {"text": "x", "lifetime": -5},
    "for too long": {"text": "x", "lifetime": 10**11},
    "long password": {"text": "x", "password": "p" * 1025},
    "NUL in the password": {"text": "x", "password": "a\0b"},
    "everything wrong": {
        "text": "",
        "title": "\0",
        "syntax": "no",
        "lifetime": "no",
        "password": "\0",
    },
}


@pytest.fixture(autouse=True)
def small_site(settings):
    settings.PASTE_MAX_BYTES = 2000


def by_api(client, values):
    return client.post(
        "/api/v1/pastes", json.dumps(values), content_type="application/json"
    )


def by_form(client, values):
    # A form has no booleans: a box that is not ticked is not sent.
    return client.post("/new", {k: v for k, v in values.items() if v is not False})


def stored(password):
    """Return all that was stored of the only paste, and forget it."""
    paste = Paste.objects.get()
    lifetime = paste.expires_at and paste.expires_at - paste.created_at
    fields = (paste.title, paste.syntax, lifetime, paste.is_burn, paste.is_locked)
    opened = services.open_paste(
        paste.slug, password=password, consent=True, client=None
    )
    Paste.objects.all().delete()
    return fields, opened.data, paste.size


@pytest.mark.parametrize("name", GOOD)
def test_good_input_stores_the_same(client, name):
    password = GOOD[name].get("password")
    assert by_api(client, GOOD[name]).status_code == 201
    by_the_api = stored(password)
    assert by_form(client, GOOD[name]).status_code == 302
    assert stored(password) == by_the_api


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_the_same_words(client, name):
    told = by_api(client, BAD[name])
    page = by_form(client, BAD[name])
    assert told.status_code == page.status_code
    problem = told.json()
    form = page.context["form"]
    if problem["code"] == "invalid":
        asked = {field: said for field, said in form.errors.items() if said}
        # The form asks for the password again, since the page does not hold it.
        asked["password"] = [
            each for each in asked.get("password", []) if "again" not in each
        ]
        assert {k: v for k, v in asked.items() if v} == problem["errors"]
    else:
        assert problem["detail"] in page.content.decode()
    assert not Paste.objects.exists()


def test_removed_limited_and_absent_are_told_alike(client, make_paste, settings):
    hidden = make_paste().paste.slug
    services.hide_paste(hidden, reason="spam", by=None)
    for slug in (hidden, "1" * 12):
        told, page = client.get(f"/api/v1/pastes/{slug}"), client.get(f"/{slug}")
        assert told.status_code == page.status_code
        assert told.json()["detail"] in page.content.decode()
    settings.LIMIT_CREATE = "1/h"
    by_api(client, GOOD["plain"])
    told, page = by_api(client, GOOD["plain"]), by_form(client, GOOD["plain"])
    assert told.status_code == page.status_code == 429
    assert told["Retry-After"] == page["Retry-After"]
    assert told.json()["detail"] in page.content.decode()
