"""What a large text took does not wait for Python to look for cycles."""

import gc
import io
import json
import weakref
from collections.abc import Iterator

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from pastes import edge, memory
from pastes.models import Paste

TEXT = "A line of the log.\n" * 20_000
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
    stream = Stream(TEXT.encode())
    body = edge.WholeBody(stream, len(TEXT))
    watched = weakref.ref(stream)
    first = body.read(100_000)
    assert 0 < stream.most <= edge.READ_BYTES
    del stream
    assert watched()
    assert first + body.read() == TEXT.encode()
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
    assert not {name for name, value in held.items() if len(repr(value)) > 1000}


def test_giving_back_harms_nobody():
    held = [bytes(300) for _ in range(1000)]
    memory.give_back()
    assert set(map(len, held)) == {300}
