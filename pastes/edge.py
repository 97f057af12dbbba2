"""WSGI before Django: static files, headers, crowds, and bodies that it does not expect."""

import contextlib
import errno
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpResponse
from django.utils import translation
from whitenoise import WhiteNoise

from pastes import api, bodies, highlight, memory, metrics, services, terminal
from pastes.crowding import Places, place_given_up

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# Also "name*=", of which Django decodes any charset that is named (RFC 8187).
CHARSET = re.compile(r";\s*(?:charset|[^;=]*\*[^;=]*)\s*=[^;]*", re.IGNORECASE)
DISK_ERROR = "pastes.disk_error"
READ_BYTES = 64 * 1024
RETRY_SECONDS = 5
# More threads at work make no more answers: Python runs one at a time, and who is to be
# turned away, or writes for all who wait for the disk, waits for it too.
MOST_PLACES = 8
MOST_ASIDE = 32
PROBES = ("/healthz", "/readyz", "/metrics")
MEMORY_BYTES = 1024 * 1024
# Of a process: two of them make about as many answers as more would.
large_bodies = BoundedSemaphore(2)
NOT_INDEXED = "noindex, nofollow, noarchive"
# What a 304 does not repeat, beside what it says of its content: whoever is sent one keeps
# these with the answer that he has (RFC 9110 section 15.4.5).
OF_CONTENT = (
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Type",
)
# Of what is no page: nothing in it may load or run anything.
DATA_CSP = "default-src 'none'; frame-ancestors 'none'"
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "clipboard-read",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "hid",
        "identity-credentials-get",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-create",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


def wrap(application: Application) -> Application:
    """Return Django's application with the edge around it."""
    # The other threads are for who waits, reads a body in or is turned away.
    places = Places(
        min(MOST_PLACES, (settings.THREADS + 1) // 2),
        aside=min(MOST_ASIDE, settings.THREADS // 4),
    )
    inner = static_files(with_length(in_turn(application, places)))
    return with_headers(below(settings.SITE_PATH, inner))


def with_headers(application: Application) -> Application:
    """Add the headers that Django's answers have to those that it never sees."""

    def dressed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *error: Any) -> Any:
            given = {name.lower() for name, _value in headers}
            added = [
                (name, value)
                for name, value in edge_headers(is_secure(environ)).items()
                if name.lower() not in given
            ]
            whole = [*headers, *added]
            is_short = status.startswith("304")
            return start_response(
                status, shortened(whole) if is_short else whole, *error
            )

        return application(environ, start)

    return dressed


def shortened(headers: Headers) -> Headers:
    """Return the headers of a 304 instead of the answer that has these."""
    known = {n.lower() for n in (*OF_CONTENT, *fixed_headers(), "X-Robots-Tag")}
    return [each for each in headers if each[0].lower() not in known]


def edge_headers(over_https: bool) -> dict[str, str]:
    """Return the headers of an answer that is neither a page nor a paste."""
    headers = fixed_headers() | {
        "Content-Security-Policy": DATA_CSP,
        "Cache-Control": "private, no-store",
    }
    if over_https and settings.IS_HTTPS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return headers


def fixed_headers() -> dict[str, str]:
    """Return the headers that are the same in every answer of the site."""
    return {
        "Permissions-Policy": PERMISSIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
    }


def is_secure(environ: Environ) -> bool:
    """Say whether a trusted proxy took the request over HTTPS, as Django would."""
    if environ["wsgi.url_scheme"] == "https":
        return True
    proxied = environ.get("HTTP_X_FORWARDED_PROTO") == "https"
    return proxied and bool(settings.TRUSTED_PROXIES)


def below(path: str, application: Application) -> Application:
    """Serve the site below a path of its host, "/paste"; "" is the whole host.

    The path comes with each request: a proxy in front keeps it. What lies outside is
    somebody else's.
    """
    if not path:
        return application

    def placed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["PATH_INFO"]
        if asked != path and not asked.startswith(f"{path}/"):
            body = f"This site is at {path}/.\n".encode()
            headers = {
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Length": str(len(body)),
                "X-Robots-Tag": NOT_INDEXED,
            }
            start_response("404 Not Found", [*headers.items()])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        environ["SCRIPT_NAME"] = path
        environ["PATH_INFO"] = asked.removeprefix(path) or "/"
        return application(environ, start_response)

    return placed


def with_length(application: Application) -> Application:
    """Give a chunked body a length: Django reads nothing of a body without one.

    The body is kept on disk past a megabyte and read no further than the most that any
    request may send; over that, Django sees its length and none of its bytes, and
    refuses it.
    """

    def measured(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # Texts are UTF-8 here; Django fails on a charset that is no text encoding.
        kind = environ.get("CONTENT_TYPE", "")
        environ["CONTENT_TYPE"] = CHARSET.sub("", kind)
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            length = environ.get("CONTENT_LENGTH") or ""
            if length.isdecimal():
                environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
            return application(environ, start_response)
        body = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115
        try:
            environ["CONTENT_LENGTH"] = str(copy_body(environ["wsgi.input"], body))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO):
                raise
            # For Django to tell, in the form of the request's door.
            environ |= {DISK_ERROR: error, "CONTENT_LENGTH": "0"}
            body = io.BytesIO()
        environ["wsgi.input"] = body
        del environ["HTTP_TRANSFER_ENCODING"]
        with body:
            return application(environ, start_response)

    return measured


class WholeBody:
    """A body's stream that ends with an error where it ends too soon.

    Otherwise an upload that was cut off would be stored as if it were all. `pause` is
    around each wait for bytes. The server's stream is let go of at its end, and read in
    pieces before: it keeps room for the most that was ever asked of it.

    Work on a large body takes several times its size of memory, so few are worked on at
    once. Others that are whole wait for their turn, and who sends slowly has none yet.
    """

    def __init__(self, source: Any, length: int) -> None:
        self.source = source
        self.missing = length
        self.pause: Callable[[], Any] = contextlib.nullcontext
        self.is_waited_for = length > memory.LARGE_BYTES
        self.stack = contextlib.ExitStack()

    def take_in(self) -> None:
        """Wait for all of a large body, and then for the turn to work on one."""
        self.is_waited_for = False
        with self.pause():
            body = self.copy(self.missing)
            self.stack.enter_context(large_bodies)
        self.source, self.pause = io.BytesIO(body), contextlib.nullcontext

    def close(self) -> None:
        """Let others have the turn."""
        self.stack.close()

    def copy(self, wanted: int) -> bytes:
        body = io.BytesIO()
        while wanted > 0 and (piece := self.source.read(min(wanted, READ_BYTES))):
            wanted -= body.write(piece)
        return body.getvalue()

    def read(self, size: int = -1) -> bytes:
        if self.is_waited_for:
            self.take_in()
        with self.pause():
            data = self.copy(self.missing if size < 0 else size)
        self.took(len(data), is_end=len(data) != size)
        return data

    def readline(self, size: int = -1) -> bytes:
        if self.is_waited_for:
            self.take_in()
        with self.pause():
            line = self.source.readline(size)
        self.took(len(line), is_end=not line)
        return line

    def took(self, count: int, *, is_end: bool) -> None:
        self.missing -= count
        if self.missing <= 0:
            self.source = io.BytesIO()
        elif is_end:
            raise ConnectionError("The body was cut off.")


def in_turn(application: Application, places: Places) -> Application:
    """Answer 503 early where too many requests are under way, before Django works.

    A form waits instead, for as long as it takes: what somebody typed is in it. So does
    a moderator. Who waits for the rest of a body takes up no place.
    """
    highlight.wait_in(place_given_up)

    def in_its_turn(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in PROBES:
            return at_once(application(environ, start_response))
        kind = environ["CONTENT_TYPE"].partition(";")[0].strip().lower()
        is_form = kind in (bodies.MULTIPART, bodies.FORM)
        if not places.take(is_patient=is_form or path.startswith("/admin/")):
            return turn_away(environ, start_response)
        body = environ["wsgi.input"]
        if isinstance(body, WholeBody):
            body.pause = places.left
        try:
            return at_once(application(environ, start_response))
        finally:
            try:
                # Django does it at a stream's end; who gets the place needs one now. A
                # transaction that is open here is a test's.
                if not connection.in_atomic_block:
                    close_old_connections()
            finally:
                places.leave()
                if isinstance(body, WholeBody):
                    body.close()

    return in_its_turn


def at_once(answer: Iterable[bytes]) -> Iterable[bytes]:
    """Return Django's answer as the server takes it in one go, and let go of the rest.

    Piece by piece it would pass from thread to thread, and each waits for Python's lock.
    """
    if not isinstance(answer, HttpResponse):
        return answer
    body = answer.content
    answer.close()
    return [body]


def turn_away(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    metrics.count_turned_away()
    # A proxy that is still sending takes an early answer for a broken connection.
    if environ.get("HTTP_EXPECT", "").lower() != "100-continue":
        with contextlib.suppress(OSError):
            for _ in read_pieces(environ["wsgi.input"]):
                pass
    door = api if environ["PATH_INFO"].startswith("/api/") else terminal
    answer = busy_answer(door, settings.LANGUAGE_CODE)
    start_response(f"{answer.status_code} {answer.reason_phrase}", [*answer.items()])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.content]


@lru_cache
def busy_answer(door: Any, language: str) -> HttpResponse:
    """Return what a door says, in the site's language: nobody has asked for another yet.

    Made once, for it is given when there is no time.
    """
    with translation.override(language):
        answer = door.error_answer(services.Busy(retry_after=RETRY_SECONDS))
    answer["X-Robots-Tag"] = NOT_INDEXED
    answer["Content-Length"] = str(len(answer.content))
    return answer


def copy_body(source: Any, target: Any) -> int:
    """Copy a body, up to the first read past the limit; return the bytes counted."""
    count = 0
    for data in read_pieces(source):
        count += len(data)
        target.write(data)
    target.seek(0)
    return count


def read_pieces(source: Any) -> Iterator[bytes]:
    """Yield a body piece by piece, up to the first one past the limit."""
    count = 0
    while count <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        data = source.read(READ_BYTES)
        if not data:
            return
        count += len(data)
        yield data


def static_files(application: Application) -> Application:
    """Serve the collected static files: hashed names for ever, compressed ahead."""
    return WhiteNoise(
        application,
        root=settings.STATIC_ROOT,
        prefix="/static/",
        immutable_file_test=r"\.[0-9a-f]{12}\.",
        allow_all_origins=False,
    )
