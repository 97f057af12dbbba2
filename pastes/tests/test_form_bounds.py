"""Urlencoded forms of many megabytes: decoded as everywhere, at a bounded cost."""

import random
from urllib.parse import unquote_to_bytes

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.test import RequestFactory

from pastes import bodies, middleware
from pastes.services import Malformed

ODD = [
    *(
        b"%",
        b"%0A",
        b"%3D",
        b"=",
        b"%4",
        b"%zz",
        b"+",
        b"\n",
        b"\r\n",
        b" ",
        b"a",
        b"_",
    ),
    *(b"%ff", b"%C3%A9", b"\xff", b"%25", b"%2", b"=3D", b"== ", b"\t\n", b"%00", b"."),
]


def encoded(path: str, body: bytes):
    return RequestFactory().post(path, body, content_type=bodies.FORM)


def test_values_are_decoded_as_the_standard_library_does():
    chance = random.Random(7)
    for _ in range(20_000):
        value = b"".join(chance.choices(ODD, k=chance.randint(0, 7)))
        assert bodies.decoded(value) == unquote_to_bytes(value.replace(b"+", b" "))


@pytest.mark.parametrize(
    "body", [b"", b"a", b"a=", b"=b", b"&&a=1&&", b"a=1&a=2&b=%26", b"a=b=c", b"a;b=1"]
)
def test_form_has_the_fields_that_django_finds(body):
    found = bodies.urlencoded_form(encoded("/", body)).fields
    sent = QueryDict(body, encoding="latin-1")
    assert found == {name: bodies.as_bytes(values) for name, values in sent.lists()}


def test_large_encoded_text_is_decoded_at_once_and_not_piece_by_piece(monkeypatch):
    def piece_by_piece(value):
        assert b"%" not in value

    monkeypatch.setattr(bodies, "unquote_to_bytes", piece_by_piece)
    request = encoded("/", b"text=" + b"%0A" * 100_000)
    assert bodies.urlencoded_form(request).fields == {"text": [b"\n" * 100_000]}


def test_what_is_hardly_encoded_is_refused_beyond_a_bound(monkeypatch):
    monkeypatch.setattr(bodies, "MOST_LOOSE_ESCAPES", 10)
    assert bodies.decoded(b"%" * 10) == b"%" * 10
    with pytest.raises(Malformed):
        bodies.decoded(b"%" * 11)


def test_too_many_fields_are_refused_before_they_are_read(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    with pytest.raises(TooManyFieldsSent):
        bodies.urlencoded_form(encoded("/", b"a&b&c&d"))


@pytest.mark.parametrize("path", ["/new", "/guess", "/settings", "/aaaaaaaaaaaa"])
def test_pages_take_no_large_encoded_form(client, path, monkeypatch):
    monkeypatch.setattr(middleware, "PAGE_FORM_BYTES", 1000)
    body = b"text=" + b"%0A" * 1000
    assert client.post(path, body, content_type=bodies.FORM).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/", "text"),
        ("/api/", "content"),
        ("/api/api_post.php", "api_option=paste&api_dev_key=a&api_paste_code"),
    ],
)
def test_doors_for_programs_take_one(client, path, field, monkeypatch):
    monkeypatch.setattr(middleware, "PAGE_FORM_BYTES", 1000)
    body = f"{field}={'%41' * 1000}"
    answer = client.post(path, body, content_type=bodies.FORM)
    assert answer.status_code in (200, 201), answer.content
