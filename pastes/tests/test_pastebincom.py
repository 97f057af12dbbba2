"""What the clients of pastebin.com send, and what they get back."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from pastes import highlight, services
from pastes.dialects import pastebincom
from pastes.models import Paste
from pastes.services import PasteError

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
TEXT = "text/plain; charset=utf-8"
POST = "/api/api_post.php"
MANY = "&".join(f"f{number}=" for number in range(2000))


def send(client, body, path=POST, content_type=FORM):
    return client.post(path, body, content_type=content_type)


def paste(client, **fields):
    """Send a paste as the documentation's example does, with api_<name> fields."""
    given = {"option": "paste", "dev_key": "d" * 32, "paste_code": "x"} | fields
    given = {f"api_{name}": value for name, value in given.items() if value is not None}
    return send(client, urlencode(given))


def stored():
    return Paste.objects.get()


def stored_text():
    return services.open_paste(stored().slug, client=None).data


def refused(response, words, status=422):
    """Check an error's whole answer, and that nothing was stored."""
    assert response.content.decode() == f"Bad API request, {words}"
    assert response.status_code == status
    assert response["Content-Type"] == TEXT
    assert not Paste.objects.exists()


def test_answer_is_the_bare_link(client):
    response = paste(client)
    assert response.status_code == 200
    assert response["Content-Type"] == TEXT
    assert response.content.decode() == f"http://testserver/{stored().slug}"
    assert not response.cookies
    services.delete_paste(stored().slug, owner_token=response["X-Owner-Token"])


def test_key_of_the_developer_is_not_needed(client):
    assert paste(client, dev_key=None).status_code == 200


def test_empty_options_are_no_options(client):
    response = paste(
        client,
        paste_code="#!/bin/sh\n",
        user_key="",
        folder_key="",
        paste_name="",
        paste_format="",
        paste_private="",
        paste_expire_date="",
    )
    assert response.status_code == 200
    assert (stored().title, stored().syntax) == ("", "bash")
    assert stored().expires_at - stored().created_at == timedelta(days=30)


@pytest.mark.parametrize("private", ["0", "1"])
def test_name_and_format_are_kept(client, private):
    paste(client, paste_name="Té", paste_format="php", paste_private=private)
    assert (stored().title, stored().syntax) == ("Té", "php")


@pytest.mark.parametrize(
    ("word", "syntax"),
    [
        ("text", "text"),
        ("html5", "html"),
        ("javascript", "javascript"),
        ("csharp", "csharp"),
        ("c_mac", "c"),
        ("cpp-qt", "cpp"),
        ("objc", "objective-c"),
        ("vbnet", "vbnet"),
        ("delphi", "delphi"),
        ("dos", "batch"),
        ("HTML4Strict", "html"),
        ("cobol", "cobol"),
        ("z80", "text"),
    ],
)
def test_pastebins_names_of_languages_are_known(client, word, syntax):
    assert paste(client, paste_format=word).status_code == 200
    assert stored().syntax == syntax


def test_table_of_names_holds_only_what_the_site_does_not_know():
    for name, key in pastebincom.SYNTAXES.items():
        assert highlight.find_language(name) is None, name
        assert highlight.find_language(key), key


@pytest.mark.parametrize(
    ("word", "span"),
    [
        ("10M", timedelta(minutes=10)),
        ("1H", timedelta(hours=1)),
        ("1D", timedelta(days=1)),
        ("1W", timedelta(weeks=1)),
        ("2W", timedelta(weeks=2)),
        ("1M", timedelta(days=30)),
        ("6M", timedelta(days=180)),
        ("1Y", timedelta(days=365)),
    ],
)
def test_expire_date_is_a_lifetime(client, word, span):
    assert paste(client, paste_expire_date=word).status_code == 200
    assert stored().expires_at - stored().created_at == span


def test_expire_date_n_is_never(client):
    paste(client, paste_expire_date="N")
    assert stored().expires_at is None


TEXTS = [
    b"a\r\nb\rc\n\t\0 d ",
    "é 🧵".encode(),
    b"a&b=c%41+d;e",
    b"\n no last line end",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_kept_byte_for_byte(client, text):
    paste(client, paste_code=text)
    assert stored_text() == text


@pytest.mark.parametrize("text", TEXTS)
def test_multipart_is_taken_as_well(client, text):
    parts = [(b"api_option", b"paste"), (b"api_paste_code", text)]
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % each
        for each in parts
    )
    assert send(client, body + b"--x--\r\n", content_type=MULTIPART).status_code == 200
    assert stored_text() == text


def test_form_that_was_not_encoded_is_a_form(client):
    body = "api_option=paste&api_paste_code=two words\nand é\r\n\0&api_paste_name=a b"
    assert send(client, body.encode()).status_code == 200
    assert stored_text() == "two words\nand é\r\n\0".encode()
    assert stored().title == "a b"


NOT_UTF8 = "This is not UTF-8 text: the byte at position 3 does not fit. "
BESIDE = "The fields beside the text are not UTF-8."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"option": None}, "invalid api_option"),
        ({"option": "nope"}, "invalid api_option"),
        ({"option": "list"}, "invalid api_user_key"),
        ({"option": "userdetails"}, "invalid api_user_key"),
        ({"option": "delete"}, "invalid api_user_key"),
        ({"option": b"\xff"}, BESIDE),
        ({"paste_code": None}, "api_paste_code was empty"),
        ({"paste_code": ""}, "api_paste_code was empty"),
        ({"paste_code": " \r\n\t"}, "api_paste_code was empty"),
        ({"paste_code": "\xa0"}, "api_paste_code was empty"),
        ({"paste_code": b"caf\xe9"}, f"{NOT_UTF8}Convert it to UTF-8 first."),
        (
            {"paste_code": b"\xff"},
            f"{NOT_UTF8}Convert it to UTF-8 first.".replace("3", "0"),
        ),
        ({"paste_format": "nope"}, "invalid api_paste_format"),
        ({"paste_format": "x" * 5000}, "invalid api_paste_format"),
        ({"paste_format": b"\xff"}, BESIDE),
        ({"paste_expire_date": "soon"}, "invalid api_paste_expire_date"),
        ({"paste_expire_date": "1h"}, "invalid api_paste_expire_date"),
        ({"paste_expire_date": "3600"}, "invalid api_paste_expire_date"),
        ({"paste_private": "2"}, "invalid api_user_key"),
        ({"paste_private": "3"}, "invalid api_paste_private"),
        ({"paste_private": "no"}, "invalid api_paste_private"),
        ({"user_key": "u" * 32}, "invalid api_user_key"),
        ({"user_key": b"\xff"}, "invalid api_user_key"),
        ({"folder_key": "f"}, "you can't add paste to folder as guest"),
        (
            {"paste_name": "a\nb"},
            "A title is one line of text, without control characters.",
        ),
        ({"paste_name": "x" * 201}, "A title has at most 200 characters."),
    ],
)
def test_bad_field_is_refused_in_pastebins_words(client, fields, words):
    refused(paste(client, **fields), words)


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", FORM, "invalid api_option"),
        (b"bare text", FORM, "invalid POST parameters"),
        (b'{"api_option": "paste"}', "application/json", "invalid api_option"),
        (b"[" * 100_000, "application/json", "invalid api_option"),
        (b"x", MULTIPART, "invalid POST parameters"),
        (b"x", "multipart/form-data", "invalid POST parameters"),
        (f"api_option=paste&{MANY}".encode(), FORM, "invalid POST parameters"),
        (
            b"api_option=paste&api_paste_code=a && rm -rf x",
            FORM,
            "invalid POST parameters",
        ),
    ],
)
def test_what_is_no_form_is_refused(client, body, content_type, words):
    refused(send(client, body, content_type=content_type), words)


def test_lifetime_that_the_operator_forbids_is_refused(client, settings):
    settings.PASTE_MAX_LIFETIME = "1d"
    settings.PASTE_DEFAULT_LIFETIME = "1h"
    for word in ("N", "1W", "1Y"):
        response = paste(client, paste_expire_date=word)
        refused(response, "invalid api_paste_expire_date")


@pytest.mark.parametrize("size", [101, 10_000])
def test_too_large_is_refused_in_pastebins_words(client, settings, size):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = paste(client, paste_code="x" * size)
    refused(response, "maximum paste file size exceeded")


def test_limit_answers_429_in_pastebins_words(client, settings):
    settings.LIMIT_CREATE = "1/h"
    paste(client)
    Paste.objects.all().delete()
    response = paste(client)
    refused(response, "Post limit, maximum pastes per 24h reached", 429)
    assert 0 < int(response["Retry-After"]) <= 3600


def test_refused_text_spends_nothing_of_the_limit(client, settings):
    settings.LIMIT_CREATE = "1/h"
    assert paste(client, paste_format="nope").status_code == 422
    assert paste(client).status_code == 200


def test_blocked_client_is_told_so():
    error = PasteError("Your network is blocked here.")
    error.code, error.status = "blocked", 403
    response = pastebincom.PostView().refuse(error)
    refused(response, "IP blocked", 403)


@pytest.mark.parametrize("name", ["api_post", "api_login", "api_raw"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_wrong_method_is_a_405(client, name, method):
    response = client.generic(method, f"/api/{name}.php?api_option=paste")
    assert response.status_code == 405
    assert response["Allow"] == "POST, OPTIONS"
    if method != "HEAD":
        refused(response, "use POST request, not GET", 405)


def test_nobody_can_sign_in_or_read_as_a_user(client, make_paste):
    slug = make_paste().paste.slug
    login = send(client, "api_user_name=a&api_user_password=b", "/api/api_login.php")
    body = f"api_option=show_paste&api_user_key=u&api_paste_key={slug}"
    raw = send(client, body, "/api/api_raw.php")
    Paste.objects.all().delete()
    refused(login, "invalid login")
    words = "invalid permission to view this paste or invalid api_paste_key"
    refused(raw, words)
