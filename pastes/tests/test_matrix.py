"""Each state of a paste, by each route and each method: no text where none may be.

The routes come from the URLconf. A new one has to say here what it shows.
"""

import logging
import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import get_resolver
from django.utils import timezone

from pastes import services, tokens
from pastes.models import Paste

pytestmark = pytest.mark.django_db

TEXT = "canarytext5f2b"
TITLE = "canarytitle9c1d"
PASSWORD = "canarypassword77aa"

# Route -> the methods by which everybody gets a public paste's text.
SHOWS_PUBLIC_TEXT = {
    "detail": {"GET", "POST"},
    "syntax": {"GET", "POST"},
    "raw": {"GET", "POST"},
    "raw-alias": {"GET", "POST"},
    "raw-syntax": {"GET", "POST"},
    "download": {"GET", "POST"},
    "fork": {"GET"},
    "edit": {"GET"},
    "delete": set(),
    "report": set(),
    # Compared with itself: no line differs, so none is shown; see test_diff.py.
    "diff": set(),
    "lock": set(),
    "burn": set(),
    "qr": set(),
    # A form alone: what it downloads is for the owner, see test_exporting.py.
    "data": set(),
    "slash": set(),
    "create": set(),
    "new": set(),
    "guess": set(),
    "mine": set(),
    "about": set(),
    "clients": set(),
    "settings": set(),
    "docs": set(),
    "robots": set(),
    "security": set(),
    "upload": set(),
    "dl": {"GET"},
    "dl-syntax": {"GET"},
    "haste": set(),
    "haste-document": {"GET"},
    "haste-extension": {"GET"},
    "haste-share": set(),
    "haste-unknown": set(),
    "dpaste": set(),
    "dpaste-com": set(),
    "dpaste-raw": {"GET"},
    "pastebincom": set(),
    "pastebincom-login": set(),
    "pastebincom-raw": set(),
    "pinnwand-paste": set(),
    "pinnwand-detail": {"GET"},
    "pinnwand-lexer": set(),
    "pinnwand-expiry": set(),
    "pinnwand-curl": set(),
    "lodgeit": set(),
    "show": set(),
    "show-slash": set(),
    "pastebinit": set(),
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def routes() -> list[str]:
    """Return the name of each route of the pastes."""
    (included,) = [
        each
        for each in get_resolver().url_patterns
        if getattr(each, "namespace", None) == "pastes"
    ]
    return [pattern.name for pattern in included.url_patterns]


def path_of(route: str, slug: str) -> str:
    return {
        "detail": f"/{slug}",
        "slash": f"/{slug}/",
        "syntax": f"/{slug}.py",
        "raw-alias": f"/raw/{slug}",
        "raw-syntax": f"/raw/{slug}.py",
        "diff": f"/{slug}/diff/{slug}",
        "dl": f"/dl/{slug}",
        "dl-syntax": f"/dl/{slug}.py",
        "create": "/",
        "qr": f"/{slug}/qr.svg",
        "robots": "/robots.txt",
        "security": "/.well-known/security.txt",
        "upload": "/anything",
        "haste": "/documents",
        "haste-share": f"/share/{slug}",
        "haste-document": f"/documents/{slug}",
        "haste-extension": f"/documents/{slug}.py",
        "haste-unknown": "/documents/anything",
        "dpaste": "/api/",
        "dpaste-com": "/api/v2/",
        "dpaste-raw": f"/{slug}/raw/",
        "pastebincom": "/api/api_post.php",
        "pastebincom-login": "/api/api_login.php",
        "pastebincom-raw": "/api/api_raw.php",
        "pinnwand-paste": "/api/v1/paste",
        "pinnwand-detail": f"/api/v1/paste/{slug}",
        "pinnwand-lexer": "/api/v1/lexer",
        "pinnwand-expiry": "/api/v1/expiry",
        "pinnwand-curl": "/curl",
        "lodgeit": "/json/?method=pastes.getPaste",
        "show": f"/show/{slug}",
        "show-slash": f"/show/{slug}/",
        "pastebinit": "/pastebinit.conf",
        "new": "/new",
        "guess": "/guess",
        "mine": "/mine",
        "about": "/about",
        "docs": "/docs",
        "clients": "/clients",
        "settings": "/settings",
    }.get(route, f"/{slug}/{route}")


def make_state(make_paste, state: str) -> str:
    """Store a paste in that state; return its slug."""
    new = make_paste(
        TEXT,
        title=TITLE,
        password=PASSWORD if "locked" in state else "",
        burn="burn" in state,
    )
    slug = new.paste.slug
    if state == "burned":
        services.open_paste(slug, consent=True, client=None)
    elif state == "hidden":
        services.hide_paste(slug, reason="spam", by=None)
    elif state == "held":
        Paste.objects.filter(slug=slug).update(
            state="held",
            held_because=[["links", 10, ""]],
            case_opened_at=timezone.now(),
        )
    elif state == "deleted":
        services.delete_paste(slug, owner_token=new.owner_token)
    elif state == "expired":
        Paste.objects.filter(slug=slug).update(
            created_at=timezone.now() - timedelta(days=2),
            expires_at=timezone.now() - timedelta(seconds=1),
        )
    return slug


def leaks(response, word: str) -> bool:
    """Say whether a word is anywhere in an answer: body, headers, template contexts."""
    contexts = " ".join(
        repr(context.flatten()) for context in getattr(response, "context", None) or []
    )
    body = b"".join(response) if response.streaming else response.content
    return word in body.decode() or word in f"{response.headers}{contexts}"


def ask(browser: Browser, method: str, path: str, data: dict | None = None):
    if method == "POST":
        return browser.post(path, data or {})
    return browser.generic(method, path)


def test_every_route_has_a_row():
    assert set(routes()) == set(SHOWS_PUBLIC_TEXT)


@pytest.mark.parametrize("route", SHOWS_PUBLIC_TEXT)
def test_public_text_is_shown_where_it_should_be(make_paste, client, route):
    slug = make_state(make_paste, "public")
    for method in METHODS:
        response = ask(client, method, path_of(route, slug), {"consent": "1"})
        if method != "HEAD":
            expected = method in SHOWS_PUBLIC_TEXT[route]
            assert leaks(response, TEXT) == expected, (route, method)
        assert response.status_code < 500


CLOSED = ["locked", "locked burn", "burned", "expired", "held", "hidden", "deleted"]


@pytest.mark.parametrize("route", SHOWS_PUBLIC_TEXT)
@pytest.mark.parametrize("state", CLOSED)
@pytest.mark.threat("T3")
def test_closed_text_is_nowhere(make_paste, client, caplog, route, state):
    caplog.set_level(logging.DEBUG)
    slug = make_state(make_paste, state)
    other = make_paste("other", password=PASSWORD).paste.slug
    client.cookies["unlock"] = services.unlock_paste(
        other, password=PASSWORD, client=None
    )
    for method in METHODS:
        for data in ({}, {"consent": "1"}, {"password": "wrong", "consent": "1"}):
            if data and method != "POST":
                continue
            response = ask(client, method, path_of(route, slug), data)
            for word in (TEXT, TITLE, PASSWORD):
                assert not leaks(response, word), (route, method, data, word)
            assert response.status_code < 500
    for word in (TEXT, TITLE, PASSWORD):
        assert word not in caplog.text


@pytest.mark.parametrize("route", SHOWS_PUBLIC_TEXT)
@pytest.mark.threat("B2")
def test_burn_text_is_shown_by_consent_alone_and_nothing_else_burns(
    make_paste, client, route
):
    slug = make_state(make_paste, "burn")
    for method in METHODS:
        if method == "POST" and route in ("raw", "raw-alias", "raw-syntax", "download"):
            continue
        response = ask(client, method, path_of(route, slug))
        assert not leaks(response, TEXT), (route, method)
        assert not leaks(response, TITLE), (route, method)
    opened = services.open_paste(slug, consent=True, client=None)
    assert opened.text == TEXT


@pytest.mark.parametrize("route", ["detail", "syntax", "raw", "raw-alias", "download"])
@pytest.mark.threat("B5")
def test_consent_shows_a_burn_paste_once(make_paste, client, route):
    slug = make_state(make_paste, "burn")
    first = client.post(path_of(route, slug), {"consent": "1"})
    assert leaks(first, TEXT)
    assert first["Cache-Control"] == "private, no-store"
    second = client.post(path_of(route, slug), {"consent": "1"})
    assert second.status_code == 404
    assert not leaks(second, TEXT)


# Where a held paste says that it is, and with which status; of the others' addresses
# those that show a text.
SAYS_HELD = {
    "detail": {"GET": 403, "POST": 403},
    "syntax": {"GET": 403, "POST": 403},
    "raw": {"GET": 403, "POST": 403},
    "raw-alias": {"GET": 403, "POST": 403},
    "raw-syntax": {"GET": 403, "POST": 403},
    "download": {"GET": 403, "POST": 403},
    "fork": {"GET": 403},
    "edit": {"GET": 403, "POST": 403},
    "lock": {"GET": 403, "POST": 403},
    "burn": {"GET": 403, "POST": 403},
    "diff": {"GET": 403},
    "dl": {"GET": 403},
    "dl-syntax": {"GET": 403},
    "haste-document": {"GET": 403},
    "haste-extension": {"GET": 403},
    "dpaste-raw": {"GET": 403},
    "pinnwand-detail": {"GET": 403},
    # The owner's, who is told nothing new here.
    "delete": {"GET": 200},
    "data": {"GET": 200},
}


@pytest.mark.parametrize("route", SAYS_HELD)
def test_a_held_paste_says_so_at_each_door(make_paste, client, route):
    slug = make_state(make_paste, "held")
    for method, status in SAYS_HELD[route].items():
        response = ask(client, method, path_of(route, slug), {"consent": "1"})
        assert response.status_code == status, (route, method)
        if status == 403:
            assert "held for review" in response.content.decode(), (route, method)
            assert "no-store" in response["Cache-Control"], (route, method)


@pytest.mark.parametrize("state", ["burned", "expired", "deleted", "never"])
@pytest.mark.threat("G2")
def test_all_kinds_of_absence_have_one_answer(make_paste, client, state):
    absent = "1" * 12
    slug = absent if state == "never" else make_state(make_paste, state)
    for route in ("detail", "raw", "download", "fork", "edit", "delete"):
        expected = client.get(path_of(route, absent))
        answer = client.get(path_of(route, slug))
        assert answer.status_code == expected.status_code == 404
        assert answer.content == expected.content
        assert set(answer.headers) == set(expected.headers)


def test_no_fixed_word_can_be_a_slug():
    slug = re.compile(tokens.SLUG_PATTERN)
    words = {
        str(pattern.pattern).partition("/")[0]
        for resolver in (get_resolver(), *get_resolver().url_patterns)
        for pattern in getattr(resolver, "url_patterns", [])
    }
    assert {"admin", "raw", "new", "mine", "about", "healthz"} <= words
    for word in words | {"api", "docs", "static", "metrics", "documents"}:
        assert not slug.fullmatch(word)
