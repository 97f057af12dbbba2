"""When more comes than the site can do: who waits, who is turned away, and what is kept."""

import io
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from bench.loads import wait_until
from pastes import crowding, edge, memory
from pastes.crowding import Places
from pastes.highlight import turns
from pastes.highlight.turns import turn_of

FORM = "application/x-www-form-urlencoded"
# The edge looks after this thread's connection, which an earlier test may have left.
pytestmark = pytest.mark.django_db


class Held:
    """An application of which one request is under way until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.asked: list[str] = []

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        self.asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/held":
            self.began.set()
            assert self.may_end.wait(60)
        if environ["REQUEST_METHOD"] == "POST":
            environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"done"]


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    monkeypatch.setattr(crowding, "WAIT_SECONDS", 0.01)


@pytest.fixture
def places():
    return Places(1)


@pytest.fixture
def held():
    return Held()


@pytest.fixture
def crowded(held, places):
    """One request holds the only place, until the test is over."""
    application = edge.with_length(edge.in_turn(held, places))
    thread = threading.Thread(target=ask, args=(application, "GET", "/held"))
    thread.start()
    assert held.began.wait(60)
    yield application
    held.may_end.set()
    thread.join()


def ask(
    application: edge.Application,
    method: str,
    path: str,
    body: bytes = b"",
    kind: str = "",
) -> tuple[str, dict[str, str], bytes]:
    told = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    answer = application(environ, lambda *words: told.append(words))
    status, headers = told[0]
    return status, dict(headers), b"".join(answer)


def test_reader_is_turned_away_in_a_line_of_text(crowded, held):
    status, headers, body = ask(crowded, "GET", "/aaaaaaaaaaaa")
    assert status == "503 Service Unavailable"
    assert headers["Retry-After"] == "5"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert body.startswith(b"The site is busy just now")
    assert held.asked == ["/held"]


def test_client_of_the_api_is_turned_away_in_its_form(crowded):
    status, headers, body = ask(crowded, "GET", "/api/v1/pastes/aaaaaaaaaaaa")
    assert (status[:3], headers["Content-Type"]) == ("503", "application/problem+json")
    assert b'"code": "busy"' in body


def test_text_of_a_program_is_read_to_its_end_before_the_refusal(crowded):
    body = io.BytesIO(b"text" * 100_000)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "400000",
        "wsgi.input": body,
    }
    crowded(environ, lambda *words: None)
    assert body.read() == b""


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probe_needs_no_place(crowded, path):
    assert ask(crowded, "GET", path)[0] == "200 OK"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/new", FORM), ("/new", "multipart/form-data; boundary=a"), ("/admin/", "")],
)
def test_form_and_moderator_wait_for_their_turn(crowded, held, places, path, kind):
    # Others were turned away meanwhile.
    assert ask(crowded, "GET", "/a")[0][:3] == "503"
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(ask(crowded, "POST", path, b"text=typed", kind))
    )
    waiting.start()
    wait_until(lambda: places.waiting, "the form to wait")
    held.may_end.set()
    waiting.join()
    assert answers[0][0] == "200 OK"


def test_nobody_waits_in_vain_twice_in_a_crowd(crowded, places, monkeypatch):
    ask(crowded, "GET", "/a")
    monkeypatch.setattr(crowding, "WAIT_SECONDS", 60)
    assert ask(crowded, "GET", "/b")[0][:3] == "503"


def test_place_is_free_again_after_an_answer_and_after_an_error(places):
    def broken(environ: dict, start_response: Callable) -> Iterable[bytes]:
        raise ValueError("broken")

    application = edge.in_turn(broken, places)
    with pytest.raises(ValueError, match="broken"):
        ask(application, "GET", "/")
    assert places.free == 1


@pytest.mark.parametrize("path", ["/", *edge.PROBES])
def test_answer_in_memory_goes_out_in_one_piece(places, path):
    made = HttpResponse("done")
    environ = {"PATH_INFO": path, "CONTENT_TYPE": "", "wsgi.input": io.BytesIO()}
    application = edge.in_turn(lambda *words: made, places)
    assert application(environ, lambda *words: None) == [b"done"]
    assert made.closed


def test_answer_that_is_a_stream_stays_one(places):
    made = StreamingHttpResponse([b"one", b"two"])
    environ = {"PATH_INFO": "/", "CONTENT_TYPE": "", "wsgi.input": io.BytesIO()}
    application = edge.in_turn(lambda *words: made, places)
    assert application(environ, lambda *words: None) is made
    assert not made.closed


def test_upload_that_stalls_takes_up_no_place(places):
    stalled, goes_on = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            stalled.set()
            assert goes_on.wait(60)
            return super().read(size)

    application = edge.with_length(edge.in_turn(Held(), places))
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4",
        "wsgi.input": Slow(b"text"),
    }
    upload = threading.Thread(target=application, args=(environ, lambda *words: None))
    upload.start()
    assert stalled.wait(60)
    assert ask(application, "GET", "/a")[0] == "200 OK"
    goes_on.set()
    upload.join()
    assert places.free == 1


def test_who_comes_back_from_a_body_goes_first(places):
    order, is_away, goes_on = [], threading.Event(), threading.Event()

    def upload() -> None:
        assert places.take(is_patient=True)
        with places.left():
            is_away.set()
            assert goes_on.wait(60)
        order.append("upload")
        places.leave()

    def read() -> None:
        assert places.take(is_patient=True)
        order.append("read")
        places.leave()

    threads = [threading.Thread(target=work) for work in (upload, read)]
    threads[0].start()
    assert is_away.wait(60)
    assert places.take(is_patient=True)
    threads[1].start()
    wait_until(lambda: len(places.waiting) == 1, "the reader to wait")
    goes_on.set()
    wait_until(lambda: len(places.waiting) == 2, "the upload to wait")
    places.leave()
    for thread in threads:
        thread.join()
    assert order == ["upload", "read"]
    assert places.free == 1


# Places given up


@pytest.fixture
def working():
    """The only place of its kind, which this thread has, and which it may give up."""
    places = Places(1, aside=1)
    assert places.take(is_patient=False)
    yield places
    places.leave()
    assert (places.free, places.aside) == (1, 1)


def test_place_is_given_up_for_a_wait_and_no_longer(working):
    with crowding.place_given_up():
        assert working.free == 1
    assert working.free == 0


def test_place_is_given_up_once_for_a_wait_within_a_wait_and_again_later(working):
    for _ in range(2):
        with working.left(), crowding.place_given_up():
            assert (working.free, working.aside) == (1, 1)
        with crowding.place_given_up():
            assert (working.free, working.aside) == (1, 0)
        assert working.free == 0


def test_one_too_many_of_those_who_wait_keeps_its_place(working):
    with working.stepped_aside():
        assert working.take(is_patient=False)
        with crowding.place_given_up():
            assert working.free == 0
        working.leave()


def test_place_comes_back_after_an_error(working):
    with pytest.raises(ValueError, match="broken"), crowding.place_given_up():
        raise ValueError("broken")
    assert working.free == 0


def test_who_waits_for_his_slow_text_keeps_nobody_from_a_place(working, monkeypatch):
    """One client's texts are coloured one at a time, and he may ask for many."""
    monkeypatch.setattr(turns, "meanwhile", turns.meanwhile)
    edge.in_turn(Held(), working)

    def render() -> None:
        assert working.take(is_patient=True)
        with turn_of("a client"):
            working.leave()

    thread = threading.Thread(target=render)
    with turn_of("a client"):
        thread.start()
        working.leave()
        wait_until(lambda: working.aside == 0, "the place to be given up")
        assert working.free == 1
    thread.join()
    assert working.take(is_patient=True)


def test_place_is_kept_for_a_short_wait(working):
    lock = threading.Lock()
    with lock:
        assert not turns.acquire(lock, 0)
    assert turns.acquire(lock, 0)
    assert working.free == 0


def test_thread_without_a_place_gives_up_none(working):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(crowding.place_given_up().__enter__).result()
    assert working.free == 0


def test_a_request_has_a_place_to_give_up_until_its_end(places):
    seen = []

    def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
        seen.append(crowding.mine.places)
        start_response("200 OK", [])
        return []

    ask(edge.in_turn(application, places), "GET", "/")
    assert seen == [places]
    assert crowding.mine.places is None


# Large bodies

LARGE = b"x" * (memory.LARGE_BYTES + 1)


class Readers:
    """An application that reads bodies, and holds those that were read until let go."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.read: list[int] = []

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        self.read.append(len(environ["wsgi.input"].read()))
        if environ["PATH_INFO"] == "/broken":
            raise ValueError("broken")
        assert self.may_end.wait(60)
        start_response("200 OK", [])
        return [b"done"]


@pytest.fixture
def readers():
    return Readers()


@pytest.fixture
def several(readers, monkeypatch):
    """The edge with many places, and two turns for large bodies."""
    monkeypatch.setattr(edge, "large_bodies", threading.BoundedSemaphore(2))
    return edge.with_length(edge.in_turn(readers, Places(9)))


def start(application, *words):
    thread = threading.Thread(target=ask, args=(application, "POST", *words))
    thread.start()
    return thread


def test_few_large_bodies_are_worked_on_at_once(several, readers):
    large = [start(several, "/", LARGE) for _ in range(5)]
    wait_until(lambda: len(readers.read) == 2, "two large bodies")
    # Small ones do not wait for them.
    small = [start(several, "/", b"x") for _ in range(3)]
    wait_until(lambda: readers.read.count(1) == 3, "the small ones")
    assert readers.read.count(len(LARGE)) == 2
    readers.may_end.set()
    for thread in large + small:
        thread.join()
    assert readers.read.count(len(LARGE)) == 5


def test_who_sends_slowly_has_no_turn_yet(several, readers):
    ends = [os.pipe() for _ in range(3)]
    sources = [os.fdopen(source, "rb") for source, _ in ends]
    slow = [threading.Thread(target=send, args=(several, each)) for each in sources]
    for thread in slow:
        thread.start()
    readers.may_end.set()
    assert ask(several, "POST", "/", LARGE)[0] == "200 OK"
    assert readers.read == [len(LARGE)]
    for _, target in ends:
        with os.fdopen(target, "wb") as file:
            file.write(LARGE)
    for thread in slow:
        thread.join()
    assert readers.read == [len(LARGE)] * 4


def send(application, source):
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": str(len(LARGE)),
        "wsgi.input": source,
    }
    with source:
        application(environ, lambda *words: None)


def test_turn_goes_on_after_an_error(several, readers):
    readers.may_end.set()
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            ask(several, "POST", "/broken", LARGE)
    assert ask(several, "POST", "/", LARGE)[0] == "200 OK"
