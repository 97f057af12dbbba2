"""WSGI before Django: static files, and bodies that come without a length."""

import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from whitenoise import WhiteNoise

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

READ_BYTES = 64 * 1024
MEMORY_BYTES = 1024 * 1024
STATIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def wrap(application: Application) -> Application:
    """Return Django's application with the edge around it."""
    return static_files(with_length(application))


def with_length(application: Application) -> Application:
    """Give a chunked body a length: Django reads nothing of a body without one.

    The body is kept on disk past a megabyte and read no further than the most that any
    request may send; over that, Django sees its length and none of its bytes, and
    refuses it.
    """

    def measured(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return application(environ, start_response)
        body = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115
        environ["CONTENT_LENGTH"] = str(copy_body(environ["wsgi.input"], body))
        environ["wsgi.input"] = body
        del environ["HTTP_TRANSFER_ENCODING"]
        return application(environ, start_response)

    return measured


def copy_body(source: Any, target: Any) -> int:
    """Copy a body, up to the first read past the limit; return the bytes counted."""
    count = 0
    while count <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        data = source.read(READ_BYTES)
        if not data:
            break
        count += len(data)
        target.write(data)
    target.seek(0)
    return count


def static_files(application: Application) -> Application:
    """Serve the collected static files: hashed names for ever, compressed ahead."""
    return WhiteNoise(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        immutable_file_test=r"\.[0-9a-f]{12}\.",
        allow_all_origins=False,
        add_headers_function=add_static_headers,
    )


def add_static_headers(headers: Any, path: str, url: str) -> None:
    for name, value in STATIC_HEADERS.items():
        headers[name] = value
