"""Bad input at each door: a clear sentence, the right status, nothing stored."""

from urllib.parse import urlencode

import pytest

from pastes.models import Paste

pytestmark = pytest.mark.django_db

GOOD = {"text": "some text"}
# What is sent, the status, and a word of the sentence.
BAD = {
    "no text at all": ({"text": ""}, 422, "no text"),
    "only white space": ({"text": " \n\t\u3000"}, 422, "no text"),
    "NUL in the title": (GOOD | {"title": "a\0b"}, 422, "title"),
    "two lines in the title": (GOOD | {"title": "a\nb"}, 422, "title"),
    "title too long": (GOOD | {"title": "x" * 201}, 422, "200"),
    "NUL in the password": (GOOD | {"password": "a\0b"}, 422, "NUL"),
    "password too long": (GOOD | {"password": "x" * 1025}, 422, "1024"),
    "unknown language": (GOOD | {"syntax": "klingon"}, 422, "klingon"),
    "NUL in the language": (GOOD | {"syntax": "\0"}, 422, "language"),
    "unknown lifetime": (GOOD | {"lifetime": "fortnight"}, 422, "fortnight"),
    "forbidden lifetime": (GOOD | {"lifetime": "never"}, 422, "never"),
    "endless lifetime": (GOOD | {"lifetime": "9" * 30}, 422, "lifetime"),
    "too large": ({"text": "x" * 1001}, 413, "1,000 bytes"),
}
DOORS = {
    "browser form": lambda client, fields: client.post("/new", fields),
    "terminal form": lambda client, fields: client.post(
        "/", urlencode(fields), content_type="application/x-www-form-urlencoded"
    ),
    "terminal multipart": lambda client, fields: client.post("/", fields),
}


@pytest.fixture(autouse=True)
def strict_site(settings):
    settings.PASTE_MAX_BYTES = 1000
    settings.PASTE_LIFETIMES = ["1h", "1d", "1M"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_refused_the_same_at_every_door(client, door, fault):
    fields, status, words = BAD[fault]
    response = DOORS[door](client, fields)
    assert response.status_code == status
    assert words.replace(",", "") in response.content.decode().replace(",", "")
    assert not Paste.objects.exists()


@pytest.mark.parametrize("door", DOORS)
def test_good_input_is_taken_at_every_door(client, door):
    fields = GOOD | {"title": "T", "lifetime": "1d", "password": "é", "syntax": "py"}
    assert DOORS[door](client, fields).status_code in (201, 302)
    paste = Paste.objects.get()
    assert (paste.title, paste.syntax, paste.size) == ("T", "python", 9)


@pytest.mark.parametrize(
    ("path", "method"), [("/", "post"), ("/name", "put"), ("/new", "post")]
)
@pytest.mark.threat("I1")
def test_bytes_that_are_not_utf8_are_never_a_500(client, path, method):
    for body in (b"\xff\xfe\x00a", b"text=\xff", b"text=%FF%FE", b"\xed\xa0\x80"):
        for content_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/plain; charset=latin-1",
            "text/plain; charset=nonsense",
            "\xff",
            "multipart/form-data; boundary=\xff",
        ):
            response = client.generic(
                method.upper(), path, body, content_type=content_type
            )
            assert response.status_code < 500, (body, content_type)


@pytest.mark.threat("I1")
def test_text_with_a_nul_is_kept(client):
    response = client.post("/", b"a\0b", content_type="text/plain")
    slug = response.content.decode().strip().rpartition("/")[2]
    assert client.get(f"/{slug}/raw").content == b"a\0b"
    assert "␀" in client.get(f"/{slug}").content.decode()


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "1e3", "٣"])
@pytest.mark.threat("W5")
def test_malformed_length_is_refused(client, length):
    response = client.generic("POST", "/", b"x", CONTENT_LENGTH=length)
    assert response.status_code in (400, 413)
    assert not Paste.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/" + "%F0%28%8C%BC",
        "/" + "1" * 11,
        "/" + "1" * 13,
        "/" + "0OIl" * 3,
        "/" + "1" * 12 + ".",
        "/" + "1" * 12 + "." + "x" * 31,
        "/" + "1" * 12 + "%0A",
        "/1%0d%0aX-Evil:1",
        "/../../etc/passwd",
        "/data/pastebin.sqlite3",
        "/.env",
        "/.git/config",
    ],
)
@pytest.mark.threat("I1")
def test_odd_paths_are_not_found_and_no_header_grows(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "X-Evil" not in response
