"""What the clients of dpaste.org and dpaste.com send, and what they get back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
TEXT = "text/plain; charset=utf-8"
ABSENT = "1" * 12
MANY = "&".join(f"f{number}=" for number in range(2000))


def send(client, body, path="/api/", content_type=FORM):
    # client.post would change bytes by the type's charset.
    return client.generic("POST", path, body, content_type=content_type)


def part(name, data):
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
    return head + data + b"\r\n--x--\r\n"


def stored():
    return Paste.objects.get()


def stored_text():
    return services.open_paste(stored().slug, client=None).data


def lifetime():
    return stored().expires_at - stored().created_at


@pytest.mark.parametrize("choice", ["", "&format=", "&format=default", "&format=nope"])
def test_answer_is_the_link_in_quotes(client, choice):
    response = send(client, f"content=x{choice}")
    assert response.status_code == 200
    assert response["Content-Type"] == TEXT
    assert response.content.decode() == f'"http://testserver/{stored().slug}"'
    assert not response.cookies
    services.delete_paste(stored().slug, owner_token=response["X-Owner-Token"])


def test_format_url_is_the_link_and_a_line_break(client):
    response = send(client, "content=x&format=url")
    assert (response.status_code, response["Content-Type"]) == (200, TEXT)
    assert response.content.decode() == f"http://testserver/{stored().slug}\n"


def test_format_json_tells_link_text_and_lexer(client):
    response = send(client, "content=%3Cb%3E%C3%A9&lexer=py&format=json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["X-Owner-Token"]
    assert response.json() == {
        "url": f"http://testserver/{stored().slug}",
        "content": "<b>é",
        "lexer": "python",
    }


def test_absent_lexer_and_expires_are_the_sites_own(client):
    send(client, "content=%23!/bin/sh%0Aecho&poster=me&private=1")
    assert stored().syntax == "bash"
    assert lifetime() == timedelta(days=30)


def test_title_is_kept(client):
    send(client, "content=x&title=T%C3%A9")
    assert stored().title == "Té"


@pytest.mark.parametrize(
    ("fields", "syntax"),
    [
        ("lexer=rb", "ruby"),
        ("lexer=_text", "text"),
        ("lexer=_code", "text"),
        ("lexer=_markdown", "markdown"),
        ("lexer=_rst", "rst"),
        ("lexer=+python+", "python"),
        ("lexer=ruby&filename=x.py", "ruby"),
        ("lexer=&filename=x.py", "python"),
        ("lexer=&filename=Makefile", "make"),
        ("lexer=&filename=x.unknown", "text"),
        ("filename=x.py", "python"),
        ("filename=x.unknown", "bash"),
    ],
)
def test_lexer_or_filename_says_the_language(client, fields, syntax):
    assert send(client, f"content=%23!/bin/sh%0A&{fields}").status_code == 200
    assert stored().syntax == syntax


@pytest.mark.parametrize(
    "seconds", ["3600", "604800", "2592000", "60", "86400", " 3600 "]
)
def test_expires_is_whole_seconds(client, seconds):
    assert send(client, f"content=x&expires={seconds}").status_code == 200
    assert lifetime() == timedelta(seconds=int(seconds))
    assert not stored().is_burn


def test_expires_never(client):
    send(client, "content=x&expires=never")
    assert stored().expires_at is None


def test_expires_onetime_burns(client):
    send(client, "content=x&expires=onetime")
    assert stored().is_burn
    slug = stored().slug
    assert client.get(f"/{slug}/raw/").status_code == 409
    assert services.open_paste(slug, consent=True, client=None).data == b"x"


TEXTS = [
    b"a\r\nb\rc\n\t\0 d ",
    "é 🧵".encode(),
    b"a&b=c%41+d;e",
    b"\n no last line end",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_kept_byte_for_byte(client, text):
    encoded = "".join(f"%{byte:02x}" for byte in text)
    send(client, f"content={encoded}")
    assert stored_text() == text
    Paste.objects.all().delete()
    send(client, part("content", text), content_type=MULTIPART)
    assert stored_text() == text


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=latin-1", ""])
def test_form_that_was_not_encoded_is_a_form(client, content_type):
    body = "content=two words\nand é\r\n\0&expires=60".encode()
    send(client, body, content_type=content_type)
    assert stored_text() == "two words\nand é\r\n\0".encode()
    assert lifetime() == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "No content given"),
        ("content=", "No content given"),
        ("content=+%0A%09", "No content given"),
        ("content=%C2%A0", "No content given"),
        ("text=x", "No content given"),
        ("bare text", "not encoded"),
        ("content=&lexer=nope", "No content given"),
        ("content=x&lexer=", "No lexer or filename given. Unable to determine a "),
        ("content=x&lexer=+&filename=+", "highlight. Valid lexers are: _text, _code, "),
        ("content=x&lexer=nope", 'Invalid lexer choice "nope" given. Valid lexer valu'),
        ("content=x&lexer=%3Cb%3E", 'Invalid lexer choice "&lt;b&gt;" given. Valid '),
        ("content=x&lexer=" + "a" * 999, 'Invalid lexer choice "aaaaaa'),
        ("content=x&lexer=nope&expires=no", 'Invalid lexer choice "nope" given.'),
        (
            "content=x&expires=%22soon",
            'Invalid expire choice "&quot;soon" given. Valid expire values are: '
            "onetime, 600, 3600, 86400, 604800, 2592000, 31536000, never",
        ),
        ("content=x&expires=0", 'Invalid expire choice "0" given.'),
        ("content=x&expires=-1", 'Invalid expire choice "-1" given.'),
        ("content=x&expires=1.5", 'Invalid expire choice "1.5" given.'),
        ("content=x&expires=" + "9" * 12, "Invalid expire choice"),
        ("content=x&expires=" + "9" * 5000, "Invalid expire choice"),
        ("content=x&title=%00", "A title is one line"),
        ("content=caf%E9", "not UTF-8"),
        (b"content=caf\xe9", "not UTF-8"),
        (b"content=\xff", "not UTF-8"),
        ("content=x&lexer=%FF", "not UTF-8"),
        (f"content=x&{MANY}", "malformed"),
    ],
)
def test_bad_form_is_refused_in_dpastes_words(client, body, words):
    response = send(client, body)
    assert response.status_code == 400
    assert response["Content-Type"] == TEXT
    answer = response.content.decode()
    assert words in answer
    assert "\n" not in answer
    assert len(answer) < 1000
    assert not Paste.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"content": "x"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"content=x", "text/plain"),
        (b"x", "multipart/form-data"),
        (b"x", MULTIPART),
        (part("content", b"caf\xe9"), MULTIPART),
        (part("other", b"x"), MULTIPART),
    ],
)
@pytest.mark.parametrize("path", ["/api/", "/api/v2/"])
def test_what_is_no_form_is_a_400(client, body, content_type, path):
    response = send(client, body, path, content_type=content_type)
    assert response.status_code == 400
    assert response["Content-Type"] == TEXT
    assert not Paste.objects.exists()


def test_lifetime_that_the_operator_forbids_is_refused(client, settings):
    settings.PASTE_MAX_LIFETIME = "1d"
    settings.PASTE_DEFAULT_LIFETIME = "1h"
    for expires in ("never", "604800"):
        response = send(client, f"content=x&expires={expires}")
        assert response.status_code == 400
        assert response.content.decode() == (
            f'Invalid expire choice "{expires}" given. '
            "Valid expire values are: onetime, 600, 3600, 86400"
        )
    assert send(client, "content=x&expiry_days=2", "/api/v2/").status_code == 400
    assert not Paste.objects.exists()


@pytest.mark.parametrize("path", ["/api/", "/api/v2/"])
@pytest.mark.parametrize("size", [101, 10_000])
def test_too_large_is_a_413(client, settings, path, size):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = send(client, "content=" + "x" * size, path)
    assert response.status_code == 413
    assert response["Content-Type"] == TEXT
    assert b"too large" in response.content
    assert not Paste.objects.exists()


@pytest.mark.parametrize("path", ["/api/", "/api/v2/"])
def test_limit_answers_429_with_retry_after(client, settings, path):
    settings.LIMIT_CREATE = "1/h"
    send(client, "content=x", path)
    response = send(client, "content=x", path)
    assert response.status_code == 429
    assert response["Content-Type"] == TEXT
    assert 0 < int(response["Retry-After"]) <= 3600
    assert Paste.objects.count() == 1


def test_wrong_method_is_a_405(client, make_paste):
    slug = make_paste().paste.slug
    for response, allowed in (
        (client.get("/api/"), "POST, OPTIONS"),
        (client.put("/api/v2/"), "POST, OPTIONS"),
        (client.post(f"/{slug}/raw/"), "GET, HEAD, OPTIONS"),
    ):
        assert response.status_code == 405
        assert response["Allow"] == allowed
        assert response["Content-Type"] == TEXT


# dpaste.com


def test_dpastecom_answers_201_with_the_link(client):
    response = send(client, "content=x&poster=me", "/api/v2/")
    link = f"http://testserver/{stored().slug}"
    assert response.status_code == 201
    assert response["Content-Type"] == TEXT
    assert response.content.decode() == f"{link}\n"
    assert response["Location"] == link
    assert response["Expires"].endswith("GMT")
    assert lifetime() == timedelta(days=30)
    services.delete_paste(stored().slug, owner_token=response["X-Owner-Token"])


@pytest.mark.parametrize("days", [1, 10, 365])
def test_dpastecoms_fields_are_kept(client, days):
    body = f"content=a%0D%0Ab&title=T&syntax=js&expiry_days={days}"
    send(client, body, "/api/v2/")
    assert (stored().title, stored().syntax) == ("T", "javascript")
    assert lifetime() == timedelta(days=days)
    assert stored_text() == b"a\r\nb"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("content=", "no text"),
        ("content=+%0A", "no text"),
        ("content=caf%E9", "not UTF-8"),
        ("content=x&syntax=nope", "nope"),
        ("content=x&title=%00", "title"),
        ("content=x&expiry_days=0", "from 1 to 365"),
        ("content=x&expiry_days=366", "from 1 to 365"),
        ("content=x&expiry_days=-1", "from 1 to 365"),
        ("content=x&expiry_days=1.5", "from 1 to 365"),
        ("content=x&expiry_days=%D9%A1", "from 1 to 365"),
        ("content=x&expiry_days=" + "9" * 5000, "from 1 to 365"),
        (f"content=x&{MANY}", "malformed"),
    ],
)
def test_dpastecom_says_what_is_wrong_in_a_line(client, body, words):
    response = send(client, body, "/api/v2/")
    assert response.status_code == 400
    assert response["Content-Type"] == TEXT
    assert words in response.content.decode()
    assert response.content.count(b"\n") == 1
    assert not Paste.objects.exists()


# Reading


def test_raw_with_a_slash_gives_the_very_bytes(client, make_paste):
    text = "a\r\nb\rc\n\0\t é 🧵"
    slug = make_paste(text).paste.slug
    response = client.get(f"/{slug}/raw/")
    same = client.get(f"/{slug}/raw")
    assert response.content == same.content == text.encode()
    for header in ("Content-Type", "Content-Security-Policy", "Content-Disposition"):
        assert response[header] == same[header]
    assert client.head(f"/{slug}/raw/").content == b""


def test_raw_of_a_locked_paste_needs_its_password(client, make_paste):
    path = f"/{make_paste('secret', password='geheim').paste.slug}/raw/"
    response = client.get(path)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic")
    wrong = client.get(path, headers={"X-Paste-Password": "wrong"})
    assert wrong.status_code == 403
    right = client.get(path, headers={"X-Paste-Password": "geheim"})
    assert right.content == b"secret"


def test_raw_of_a_burn_paste_is_refused_with_its_link(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    response = client.get(f"/{slug}/raw/")
    assert response.status_code == 409
    assert response["Content-Type"] == TEXT
    assert f"http://testserver/{slug}\n" in response.content.decode()
    assert client.head(f"/{slug}/raw/").status_code == 409
    assert services.open_paste(slug, consent=True, client=None).data == b"once"


def test_raw_of_what_is_gone_is_a_line_of_text(client, make_paste):
    removed = make_paste().paste.slug
    services.hide_paste(removed, reason="spam", by=None)
    expired = make_paste().paste.slug
    Paste.objects.filter(slug=expired).update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(seconds=1),
    )
    for slug, status in ((removed, 410), (expired, 404), (ABSENT, 404)):
        response = client.get(f"/{slug}/raw/")
        assert response.status_code == status
        assert response["Content-Type"] == TEXT
        assert response.content.count(b"\n") == 1
