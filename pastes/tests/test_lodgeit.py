"""LodgeIt's door: /json/ and /show/."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

NEW = "/json/?method=pastes.newPaste"
GET = "/json/?method=pastes.getPaste"
AWKWARD = "\ufeffa\r\n\tb\0  \n\u2028ünïcödé 🎉\r  no last newline"


def call(client, path, data, content_type="text/json", **headers):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(path, body, content_type=content_type, headers=headers)


def says(response, status, words):
    answer = response.json()
    assert response.status_code == status
    assert answer["data"] is None
    assert words in answer["error"], answer["error"]
    return True


def text_of(slug, **values):
    return services.open_paste(slug, client=None, **values).data


@pytest.mark.parametrize("content_type", ["text/json", "application/json", ""])
def test_answer_fits_the_regexp_of_pastebinits_profile(client, content_type):
    sent = {"code": "x = 1", "language": "python", "private": "yes"}
    response = call(client, NEW, sent, content_type)
    paste = Paste.objects.get()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    found = re.split('"data": "([^"]+)"', response.content.decode())
    assert found[1] == paste.slug
    assert response.json() == {"data": paste.slug, "error": None}
    assert (text_of(paste.slug), paste.syntax) == (b"x = 1", "python")
    assert paste.expires_at - paste.created_at == timedelta(days=30)
    services.delete_paste(paste.slug, owner_token=response["X-Owner-Token"])
    assert not response.cookies


@pytest.mark.parametrize("private", [True, False, 1, 0, "1", None])
def test_every_paste_is_as_private_as_lodgeit_can_make_it(client, private):
    sent = {"code": "x", "language": "text", "private": private}
    assert call(client, NEW, sent).status_code == 200
    assert Paste.objects.get().syntax == "text"


def test_password_in_the_header_locks_the_paste(client):
    headers = {"X-Paste-Password": "пароль".encode().decode("latin-1")}
    slug = call(client, NEW, code("x"), **headers).json()["data"]
    assert Paste.objects.get().is_locked
    assert text_of(slug, password="пароль") == b"x"


def test_awkward_text_makes_the_round_trip(client):
    slug = call(client, NEW, {"code": AWKWARD, "language": "text"}).json()["data"]
    assert text_of(slug) == AWKWARD.encode()
    paste = Paste.objects.get()
    assert call(client, GET, {"paste_id": slug}).json() == {
        "data": {
            "paste_id": slug,
            "code": AWKWARD,
            "language": "text",
            "pub_date": int(paste.created_at.timestamp()),
            "parent_id": None,
            "url": f"/show/{slug}/",
        },
        "error": None,
    }


def test_language_is_guessed_with_the_file_names_help_and_no_path_is_published(client):
    sent = {"code": "hello", "language": None, "filename": "/home/me/a.rb"}
    assert call(client, NEW, sent).status_code == 200
    paste = Paste.objects.get()
    assert (paste.syntax, paste.title) == ("ruby", "")


def test_arguments_come_in_a_list_too(client):
    slug = call(client, NEW, ["sql", "select 1", None, "", "", True]).json()["data"]
    assert Paste.objects.get().syntax == "sql"
    assert call(client, GET, [slug]).json()["data"]["code"] == "select 1"


def test_parent_is_what_it_was_forked_from(client, make_paste):
    parent = make_paste().paste
    for parent_id in (parent.slug, "1" * 12, "17", "a\0b"):
        sent = {"code": "x", "language": "text", "parent_id": parent_id}
        slug = call(client, NEW, sent).json()["data"]
        forked = Paste.objects.get(slug=slug).fork_of
        assert forked == (parent if parent_id == parent.slug else None)


def test_each_language_on_the_menu_is_taken(client):
    response = client.post("/json/?method=pastes.getLanguages")
    languages = response.json()["data"]
    assert languages["python"] == "Python"
    for language in ("text", "c", "html+django"):
        assert language in languages
        sent = {"code": "x", "language": language}
        assert call(client, NEW, sent).status_code == 200


def code(text="x", **values):
    return {"code": text, "language": "text"} | values


INVALID = {
    "empty": (code(""), 422, "no text"),
    "blank": (code(" \n"), 422, "no text"),
    "no code": ({"language": "text"}, 422, "no text"),
    "no body": (b"", 422, "no text"),
    "half a surrogate pair": (code("a\ud800"), 422, "surrogate"),
    "unknown language": (code(language="klingon"), 422, "klingon"),
    "code that is a number": (code(5), 400, "code"),
    "code that is an object": (code({}), 400, "code"),
    "language that is a list": (code(language=[]), 400, "language"),
    "file name that is true": (code(filename=True), 400, "filename"),
    "parent that is a number": (code(parent_id=7), 400, "parent_id"),
    "password": (code(password="x"), 400, "X-Paste-Password"),
    "burn": (code(burn=True), 400, "“burn” is not known"),
    "lifetime": (code(lifetime="1h"), 400, "“lifetime” is not known"),
    "text": (b"hello", 400, "not JSON"),
    "string": (b'"hello"', 400, "object"),
    "too many arguments": ([""] * 7, 400, "object"),
    "not UTF-8": (b'{"code": "\xff"}', 400, "UTF-8"),
    "deep": (b"[" * 100_000, 400, "deep"),
}


@pytest.mark.parametrize("fault", INVALID)
def test_bad_input_is_refused_in_lodgeits_shape(client, fault):
    sent, status, words = INVALID[fault]
    assert says(call(client, NEW, sent), status, words)
    assert not Paste.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "?method=", "?method=pastes.getRecent", "?method=__init__"]
)
def test_unknown_method_is_a_404(client, query):
    assert says(call(client, f"/json/{query}", code()), 404, "pastes.newPaste")
    assert not Paste.objects.exists()


@pytest.mark.parametrize("size", [101, 100_000])
def test_too_large_is_a_413(client, settings, size):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert says(call(client, NEW, code("x" * size)), 413, "up to 100 bytes")
    assert not Paste.objects.exists()


def test_limit_answers_429_with_retry_after(client, settings):
    settings.LIMIT_CREATE = "1/h"
    call(client, NEW, code())
    response = call(client, NEW, code())
    assert says(response, 429, "Try again in")
    assert 0 < int(response["Retry-After"]) <= 3600


def test_wrong_method_is_a_405(client):
    response = client.get(NEW)
    assert says(response, 405, "POST")
    assert response["Allow"] == "POST, OPTIONS"
    assert client.post("/show/" + "1" * 12).status_code == 405


# Reading


def test_locked_paste_needs_its_password(client, make_paste):
    slug = make_paste("secret", password="pw").paste.slug
    response = call(client, GET, {"paste_id": slug})
    assert says(response, 401, "locked")
    assert response["WWW-Authenticate"].startswith("Basic ")
    wrong = call(client, GET, {"paste_id": slug}, **{"X-Paste-Password": "no"})
    assert says(wrong, 403, "not the password")
    right = call(client, GET, {"paste_id": slug}, **{"X-Paste-Password": "pw"})
    assert right.json()["data"]["code"] == "secret"


def test_burn_paste_is_not_burned(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    response = call(client, GET, {"paste_id": slug})
    assert says(response, 409, f"http://testserver/{slug}")
    assert text_of(slug, consent=True) == b"once"


def test_removed_paste_says_why(client, make_paste):
    slug = make_paste().paste.slug
    services.hide_paste(slug, reason="malware", by=None)
    assert says(call(client, GET, {"paste_id": slug}), 410, "malware")


@pytest.mark.parametrize("paste_id", ["1" * 12, "17", "a\0b", "\ud800", "", None])
def test_absent_paste_is_a_404(client, db, paste_id):
    assert says(call(client, GET, {"paste_id": paste_id}), 404, "no paste here")


def test_id_that_is_a_number_is_a_400(client, db):
    assert says(call(client, GET, {"paste_id": 17}), 400, "paste_id")


def test_expired_paste_is_a_404(client, make_paste):
    slug = make_paste().paste.slug
    now = timezone.now()
    Paste.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    assert says(call(client, GET, {"paste_id": slug}), 404, "no paste here")


@pytest.mark.parametrize("slash", ["", "/"])
def test_link_that_lodgeits_clients_build_leads_to_the_page(client, make_paste, slash):
    slug = make_paste("some text").paste.slug
    response = client.get(f"/show/{slug}{slash}")
    assert response.status_code == 301
    assert response["Location"] == f"/{slug}"
