"""wastebin's door: JSON in, a path out."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Paste

JSON = "application/json"
AWKWARD = "a\r\nb\t\n\n𝄞 é \0no last newline"
ABSENT = "1" * 12


@pytest.fixture(autouse=True)
def database(db):
    """Each test asks the database what was stored."""


def send(client, values, path="/", **headers):
    body = values if isinstance(values, (bytes, str)) else json.dumps(values)
    return client.post(path, body, content_type=JSON, headers=headers)


def stored(response):
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == JSON
    answer = response.json()
    assert set(answer) == {"path", "owner"}
    return Paste.objects.get(slug=answer["path"][1:13])


def message(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == JSON
    assert set(response.json()) == {"message"}
    return response.json()["message"]


def test_text_comes_back_byte_for_byte(client):
    response = send(client, {"text": AWKWARD})
    paste = stored(response)
    assert response.json()["path"] == f"/{paste.slug}"
    assert client.get(f"/raw/{paste.slug}").content == AWKWARD.encode()
    assert client.get(f"/dl/{paste.slug}").content == AWKWARD.encode()


def test_owner_token_is_in_the_answer(client):
    response = send(client, {"text": "x"})
    assert response["X-Owner-Token"] == response.json()["owner"]
    slug = stored(response).slug
    services.delete_paste(slug, owner_token=response.json()["owner"])


def test_every_option_is_heeded(client):
    values = {
        "text": "x",
        "extension": "rs",
        "title": "Té",
        "expires": 60,
        "burn_after_reading": True,
        "password": "geheim",
        "owner": "whoever",
        "unknown": [1],
    }
    response = send(client, values)
    paste = stored(response)
    assert response.json()["path"] == f"/{paste.slug}.rs"
    assert (paste.title, paste.syntax, paste.is_burn) == ("Té", "rust", True)
    assert paste.expires_at - paste.created_at == timedelta(seconds=60)
    opened = services.open_paste(
        paste.slug, password="geheim", consent=True, client=None
    )
    assert opened.data == b"x"


def test_null_is_the_same_as_leaving_it_out(client, settings):
    keys = ("extension", "title", "expires", "burn_after_reading", "password", "owner")
    paste = stored(send(client, {"text": "x"} | dict.fromkeys(keys)))
    assert not paste.is_burn
    assert not paste.is_locked
    assert paste.expires_at is not None


@pytest.mark.parametrize("extension", ["", "nope", "a/b", "x" * 99, "#", "ü", "\ud800"])
def test_unknown_extension_is_left_out_of_the_path(client, extension):
    response = send(client, {"text": "x", "extension": extension})
    assert response.json()["path"] == f"/{stored(response).slug}"


@pytest.mark.parametrize("extension", ["py", "PY", "c++", "html+django", "emacs-lisp"])
def test_path_with_an_extension_leads_to_the_page(client, extension):
    response = send(client, {"text": "x", "extension": extension})
    assert response.json()["path"] == f"/{stored(response).slug}.{extension}"
    assert client.get(response.json()["path"]).status_code == 200


BAD = {
    "no text": ({"text": ""}, "no text"),
    "blank text": ({"text": " \n"}, "no text"),
    "null text": ({"text": None}, "“text” is not a string"),
    "number for the text": ({"text": 1}, "“text” is not a string"),
    "list for the text": ({"text": ["x"]}, "“text” is not a string"),
    "half a surrogate pair": ({"text": "\ud800"}, "surrogate"),
    "number for the title": ({"text": "x", "title": 1}, "“title” is not a string"),
    "two lines in the title": ({"text": "x", "title": "a\nb"}, "title"),
    "surrogate in the password": ({"text": "x", "password": "\ud800"}, "surrogate"),
    "object for the password": ({"text": "x", "password": {}}, "“password”"),
    "number for the extension": ({"text": "x", "extension": 1}, "“extension”"),
    "string for expires": ({"text": "x", "expires": "60"}, "whole number of seconds"),
    "fraction for expires": ({"text": "x", "expires": 1.5}, "whole number of seconds"),
    "true for expires": ({"text": "x", "expires": True}, "whole number of seconds"),
    "false for expires": ({"text": "x", "expires": False}, "whole number of seconds"),
    "zero for expires": ({"text": "x", "expires": 0}, "is not a lifetime here"),
    "negative expires": ({"text": "x", "expires": -60}, "is not a lifetime here"),
    "endless expires": ({"text": "x", "expires": 10**30}, "is not a lifetime here"),
    "number for burn": ({"text": "x", "burn_after_reading": 1}, "true or false"),
    "string for burn": ({"text": "x", "burn_after_reading": "true"}, "true or false"),
    "cut off": (b'{"password": "hunter2", "text": "x', "This is not JSON"),
    "no quotes": (b"{text: 'x', password: 'hunter2'}", "This is not JSON"),
    "trailing comma": (b' \n{"text": "x",}', "This is not JSON"),
    "not UTF-8": (b'{"text": "caf\xe9"}', "not UTF-8"),
    "nested deeply": (b'{"text": "x", "a": ' + b"[" * 100_000, "nested"),
    "number without end": (b'{"text": "x", "a": ' + b"9" * 5000 + b"}", "number"),
    "byte order mark": (b'\xef\xbb\xbf{"text": "x"}', "This is not JSON"),
    "UTF-16": ('{"text": "x"}'.encode("utf-16-le"), "This is not JSON"),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_refused_in_wastebins_words(client, fault):
    values, words = BAD[fault]
    sentence = message(send(client, values), 422)
    assert words in sentence
    assert "hunter2" not in sentence
    assert not Paste.objects.exists()


def test_refusal_says_how_to_share_json_itself(client):
    assert "leave out the Content-Type" in message(send(client, b'{"text": 1}'), 422)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"a": {"text": "x"}}',
        b'[{"text": "x"}]',
        b'"text"',
        b"null",
        b"1",
        b'{"message": "the text is missing"}',
        b'{"broken": [1, 2',
        b"[" * 100_000,
        b"no JSON at all\n",
        b'log: {"text": 1}',
    ],
)
def test_other_json_is_a_text_of_its_own(client, body):
    response = send(client, body)
    assert response.status_code == 201
    assert Paste.objects.get().data == body


def test_json_with_a_text_is_a_text_under_any_other_type(client):
    body = b'{"text": "x"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert client.post("/", body, content_type=kind).status_code == 201
    assert client.put("/a.json", body, content_type=JSON).status_code == 201


@pytest.mark.parametrize("path", ["/?burn=1", "/?title=T", "/?x"])
def test_options_in_the_link_are_refused_and_not_ignored(client, path):
    assert "into the JSON" in message(send(client, {"text": "x"}, path), 422)
    assert not Paste.objects.exists()


def test_password_header_is_refused_and_not_ignored(client):
    headers = {"X-Paste-Password": "p"}
    assert "into the JSON" in message(send(client, {"text": "x"}, **headers), 422)


def test_too_large_is_refused(client, settings):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    for size in (101, 5000):
        response = send(client, {"text": "x" * size, "title": "y" * 20})
        assert "up to 100 bytes" in message(response, 413)
    assert not Paste.objects.exists()


def test_lifetime_that_the_operator_forbids_is_refused(client, settings):
    settings.PASTE_LIFETIMES = ["1h", "1d"]
    settings.PASTE_MAX_LIFETIME = "1d"
    sentence = message(send(client, {"text": "x", "expires": 86401}), 422)
    assert "1h, 1d" in sentence


def test_rate_limit_says_when_to_come_back(client, settings):
    settings.LIMIT_CREATE = "1/h"
    send(client, {"text": "x"})
    response = send(client, {"text": "x"})
    assert "Try again in" in message(response, 429)
    assert int(response["Retry-After"]) > 0


# Reading


def test_raw_takes_wastebins_password_header(client, make_paste):
    slug = make_paste(password="geheim").paste.slug
    assert client.get(f"/raw/{slug}").status_code == 401
    for password, status in (("geheim", 200), ("wrong", 403)):
        headers = {"wastebin-password": password}
        response = client.get(f"/raw/{slug}", headers=headers)
        assert response.status_code == status


def test_download_is_a_file_named_for_the_title(client, make_paste):
    slug = make_paste(title="my script.py").paste.slug
    for path in (f"/dl/{slug}", f"/dl/{slug}.py"):
        response = client.get(path)
        assert response.content == b"some text\n"
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        expected = 'attachment; filename="my-script.py"'
        assert response["Content-Disposition"] == expected
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b"")


def test_download_of_a_locked_paste(client, make_paste):
    slug = make_paste(password="geheim").paste.slug
    message(client.get(f"/dl/{slug}"), 401)
    message(client.get(f"/dl/{slug}", headers={"wastebin-password": "no"}), 403)
    headers = {"wastebin-password": "geheim"}
    assert client.get(f"/dl/{slug}", headers=headers).content == b"some text\n"


def test_download_does_not_burn_and_says_where_to_read(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    assert f"http://testserver/{slug}" in message(client.get(f"/dl/{slug}"), 409)
    assert client.head(f"/dl/{slug}").status_code == 409
    assert client.post(f"/raw/{slug}").content == b"once"


def test_download_of_what_is_not_there(client, make_paste):
    slug = make_paste().paste.slug
    assert "no paste here" in message(client.get(f"/dl/{ABSENT}"), 404)
    now = timezone.now()
    Paste.objects.update(created_at=now - timedelta(hours=1), expires_at=now)
    message(client.get(f"/dl/{slug}"), 404)
    Paste.objects.update(expires_at=None)
    services.hide_paste(slug, reason="spam", by=None)
    assert "moderator" in message(client.get(f"/dl/{slug}"), 410)


def test_download_by_another_method_is_a_405(client, make_paste):
    slug = make_paste().paste.slug
    for method in (client.post, client.put, client.delete):
        response = method(f"/dl/{slug}")
        message(response, 405)
        assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("key", ["burn", "lifetime", "expire", "onetime"])
def test_other_words_for_a_burn_or_a_lifetime_are_refused_and_not_ignored(client, key):
    body = json.dumps({"text": "x", key: True})
    response = client.post("/", body, content_type="application/json")
    assert response.status_code == 400
    assert key in response.json()["message"]
    assert not Paste.objects.exists()


def test_large_json_of_another_shape_is_a_text(client):
    body = json.dumps([{"text": "x"}] * 3000)
    response = client.post("/", body, content_type="application/json")
    assert response.status_code == 201
