"""What a large text took does not wait for Python to look for cycles."""

import gc
import io
import json
import os
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.handlers.base import BaseHandler
from django.template.context import ContextDict
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from pastes import answers, edge, memory
from pastes.models import Paste
from pastes.tests.conftest import run_script
from pastes.views import reading

TEXT = "A line of the log.\n" * 20_000
# Not taken in as a whole.
SHORT = TEXT[: memory.LARGE_BYTES]
pytestmark = pytest.mark.django_db


class Stream(io.BytesIO):
    """A server's, that can be watched as it goes, and says what is asked of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.most = 0

    def read(self, size: int | None = -1) -> bytes:
        self.most = max(self.most, size or 0)
        return super().read(size)


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_bodys_stream_goes_with_its_last_byte(no_collection):
    stream = Stream(SHORT.encode())
    body = edge.WholeBody(stream, len(SHORT))
    watched = weakref.ref(stream)
    first = body.read(100_000)
    assert 0 < stream.most <= edge.READ_BYTES
    del stream
    assert watched()
    assert first + body.read() == SHORT.encode()
    assert watched() is None
    assert body.read(1) == b""


def test_body_that_is_read_by_lines_goes_too(no_collection):
    stream = Stream(b"one\ntwo")
    body = edge.WholeBody(stream, 7)
    watched = weakref.ref(stream)
    del stream
    assert [body.readline(), body.readline(), body.readline()] == [
        b"one\n",
        b"two",
        b"",
    ]
    assert watched() is None


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/", MULTIPART_CONTENT, encode_multipart(BOUNDARY, {"text": TEXT})),
        ("/", "application/x-www-form-urlencoded", f"text={TEXT}".replace(" ", "+")),
        ("/", "text/plain", TEXT),
        ("/api/v1/pastes", "application/json", json.dumps({"text": TEXT})),
    ],
)
def test_request_that_was_answered_holds_no_text(path, kind, body):
    response = Client().generic("POST", path, body, content_type=kind)
    assert response.status_code in (201, 302)
    assert Paste.objects.get().size >= len(TEXT) - 1
    held = vars(response.wsgi_request)
    assert held["META"]
    assert not {name for name, value in [*held.items()] if size_of(value) > 1000}


@pytest.mark.parametrize("path", ["/{}", "/{}/raw", "/api/v1/pastes/{}"])
def test_request_that_was_answered_holds_no_paste(make_paste, path):
    slug = make_paste(text=TEXT).paste.slug
    response = Client().get(path.format(slug))
    assert response.status_code == 200
    held = response.wsgi_request.META
    assert answers.SHARED in held
    assert not [value for value in held.values() if isinstance(value, Paste)]


def test_large_page_goes_with_its_answer(no_collection, make_paste):
    paste = make_paste(text="a\n" * reading.LARGE_BYTES).paste
    handler = BaseHandler()
    handler.load_middleware()
    # Django's test client keeps each context.
    answer = handler.get_response(
        RequestFactory(HTTP_HOST="localhost").get(f"/{paste.slug}")
    )
    assert len(answer.content) > reading.LARGE_BYTES
    contexts = [each for each in gc.get_objects() if isinstance(each, ContextDict)]
    shown = {each["paste"].slug for each in contexts if "paste" in each}
    assert paste.slug not in shown


def size_of(value: object) -> int:
    is_stream = isinstance(value, io.BytesIO)
    return value.getbuffer().nbytes if is_stream else len(repr(value))


def test_chunked_body_is_closed_once_it_is_answered(tmp_path):
    seen = []

    def answer(environ, start_response):
        seen.append(environ["wsgi.input"])
        start_response("200 OK", [])
        return [seen[0].read()]

    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Stream(TEXT.encode())}
    assert edge.with_length(answer)(environ, lambda *_: None) == [TEXT.encode()]
    assert seen[0].closed


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGESIZE"
    )


def test_what_lies_free_between_others_goes_back():
    # More than Python's own allocator takes.
    held = [bytes(1000) for _ in range(40_000)]
    kept = held[::100]
    del held
    before = resident_bytes()
    memory.give_back()
    assert before - resident_bytes() > 20_000_000
    assert len(kept) == 400


# What a site on SQLite has no use for, and what only the highlighting child has.
NOT_SERVED = {"psycopg", "pastes.highlight.lexer_child.votes"}
SERVED = """
import django
django.setup()
import sys
import pastes.management.commands.serve, pastes.urls, pastes.worker
print(*sys.modules)
"""


def test_server_loads_nothing_that_it_has_no_use_for(tmp_path):
    loaded = run_script(tmp_path, SERVED, DATABASE_URL="").split()
    assert "pastes.views" in loaded
    assert not NOT_SERVED.intersection(loaded)
