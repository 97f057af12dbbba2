"""What hastebin's clients send, and what they get back."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
ABSENT = "1" * 12


def send(client, body, content_type="text/plain"):
    return client.post("/documents", body, content_type=content_type)


def part(disposition, data):
    head = f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
    return head + data + b"\r\n--x--\r\n"


def text_of(response):
    assert response.status_code == 200, response.content
    return services.open_paste(response.json()["key"], client=None).data


def refused(response, status, words):
    """Check an error's whole answer, and that nothing was stored."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["message"]
    assert words in response.json()["message"]


def test_answer_is_a_200_with_the_key_as_its_first_pair(client):
    response = send(client, b"hello\n")
    paste = Paste.objects.get()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.content == f'{{"key":"{paste.slug}"}}'.encode()
    assert response.content.decode().split('"')[3] == paste.slug
    assert not response.cookies
    services.delete_paste(paste.slug, owner_token=response["X-Owner-Token"])


def test_language_and_lifetime_are_the_sites_own(client):
    send(client, b"#!/bin/sh\necho\n")
    paste = Paste.objects.get()
    assert paste.syntax == "bash"
    assert paste.expires_at - paste.created_at == timedelta(days=30)


BODIES = [
    b"a\r\nb\rc\n\t\0 d",
    "é 🧵".encode(),
    b"data=looks like a form",
    b"data=a%20b&x=1",
    b"a+b%41&",
    b'{"data": 1',
    b"--x\r\n",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "content_type", ["text/plain", FORM, "application/json", "", "multipart/mixed", "?"]
)
def test_body_is_the_text_whatever_its_type(client, body, content_type):
    assert text_of(send(client, body, content_type)) == body


@pytest.mark.parametrize("body", BODIES)
def test_multipart_field_or_file_is_the_text(client, body):
    if body != b"--x\r\n":
        assert text_of(send(client, part('name="data"', body), MULTIPART)) == body
        file = 'name="data"; filename="a.rb"'
        assert text_of(send(client, part(file, body), MULTIPART)) == body


def test_files_name_helps_the_guess(client):
    send(client, part('name="data"; filename="a.rb"', b"x"), MULTIPART)
    assert Paste.objects.get().syntax == "ruby"


def test_multipart_needs_its_exact_type(client):
    body = part('name="data"', b"x")
    response = send(client, body, "multipart/form-data2; boundary=x")
    assert text_of(response) == body


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "text/plain", "no text"),
        (b" \r\n\t", "text/plain", "no text"),
        (b"caf\xe9", "text/plain", "not UTF-8"),
        (part('name="data"', b"caf\xe9"), MULTIPART, "not UTF-8"),
        (part('name="data"', b""), MULTIPART, "no text"),
        (part('name="text"', b"x"), MULTIPART, "no text"),
        (part('name="text"; filename="x"', b"x"), MULTIPART, "no text"),
        (b"x", "multipart/form-data", "malformed"),
        (b"x", MULTIPART, "cut off"),
        (b"--x\r\n" + part('name="a"', b"") * 2000, MULTIPART, "malformed"),
    ],
)
def test_bad_text_is_refused_with_a_message(client, body, content_type, words):
    refused(send(client, body, content_type), 400, words)
    assert not Paste.objects.exists()


def test_text_that_looks_like_json_is_a_text(client):
    assert text_of(send(client, b"[" * 100_000)) == b"[" * 100_000


@pytest.mark.parametrize("size", [101, 10_000])
@pytest.mark.parametrize("content_type", ["text/plain", FORM, MULTIPART])
def test_too_large_is_refused_in_hastes_words(client, settings, size, content_type):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = part('name="data"', b"x" * size) if "multi" in content_type else b"x" * size
    response = send(client, body, content_type)
    refused(response, 400, "Document exceeds maximum length.")
    assert not Paste.objects.exists()


def test_limit_answers_429_with_retry_after(client, settings):
    settings.LIMIT_CREATE = "1/h"
    send(client, b"x")
    response = send(client, b"x")
    refused(response, 429, "Try again in")
    assert 0 < int(response["Retry-After"]) <= 3600
    assert Paste.objects.count() == 1


def test_wrong_method_is_a_405(client, make_paste):
    slug = make_paste().paste.slug
    for response, allowed in (
        (client.get("/documents"), "POST, OPTIONS"),
        (client.delete("/documents"), "POST, OPTIONS"),
        (client.post(f"/documents/{slug}"), "GET, HEAD, OPTIONS"),
        (client.delete(f"/documents/{slug}.py"), "GET, HEAD, OPTIONS"),
        (client.post("/documents/nosuch"), "GET, HEAD, OPTIONS"),
    ):
        refused(response, 405, "only")
        assert response["Allow"] == allowed


# Reading


def test_document_is_its_text_and_key(client, make_paste):
    text = "a\r\nb\rc\0\t é 🧵"
    slug = make_paste(text).paste.slug
    for path in (slug, f"{slug}.py", f"{slug}.tar.gz"):
        response = client.get(f"/documents/{path}")
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        assert response.json() == {"data": text, "key": slug}
        assert "no-store" in response["Cache-Control"]
    response = client.head(f"/documents/{slug}")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("path", [ABSENT, f"{ABSENT}.py", "about", "a.b", "%00", "..."])
def test_absent_document_is_a_404_in_hastes_words(client, path):
    response = client.get(f"/documents/{path}")
    refused(response, 404, "Document not found.")
    assert client.head(f"/documents/{path}").status_code == 404


def test_expired_document_is_a_404(client, make_paste):
    slug = make_paste().paste.slug
    Paste.objects.update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(seconds=1),
    )
    refused(client.get(f"/documents/{slug}"), 404, "Document not found.")


def test_locked_document_needs_its_password(client, make_paste):
    slug = make_paste("secret", password="geheim").paste.slug
    path = f"/documents/{slug}"
    response = client.get(path)
    refused(response, 401, "locked")
    assert response["WWW-Authenticate"].startswith("Basic")
    wrong = client.get(path, headers={"X-Paste-Password": "wrong"})
    refused(wrong, 403, "not the password")
    for headers in (
        {"X-Paste-Password": "geheim"},
        {"Authorization": "Basic " + b64encode(b"any:geheim").decode()},
    ):
        assert client.get(path, headers=headers).json()["data"] == "secret"


def test_burn_paste_is_refused_with_its_link_and_still_there(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    for path in (f"/documents/{slug}", f"/documents/{slug}.py"):
        refused(client.get(path), 409, f"http://testserver/{slug}")
        assert client.head(path).status_code == 409
    assert services.open_paste(slug, consent=True, client=None).data == b"once"
    refused(client.get(f"/documents/{slug}"), 404, "Document not found.")


def test_removed_document_is_a_410(client, make_paste):
    slug = make_paste().paste.slug
    services.hide_paste(slug, reason="spam", by=None)
    refused(client.get(f"/documents/{slug}"), 410, "moderator")
