"""WSGI before Django: static files, headers, and bodies that Django does not expect."""

import errno
import io
import re
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from whitenoise import WhiteNoise

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# Also "name*=", of which Django decodes any charset that is named (RFC 8187).
CHARSET = re.compile(r";\s*(?:charset|[^;=]*\*[^;=]*)\s*=[^;]*", re.IGNORECASE)
DISK_ERROR = "pastes.disk_error"
READ_BYTES = 64 * 1024
MEMORY_BYTES = 1024 * 1024
NOT_INDEXED = "noindex, nofollow, noarchive"
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
    inner = static_files(with_length(application))
    return with_headers(below(settings.SITE_PATH, inner))


def with_headers(application: Application) -> Application:
    """Add the headers that Django's answers have to those that it never sees."""

    def dressed(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            given = {name.lower() for name, _value in headers}
            added = [
                (name, value)
                for name, value in edge_headers(is_secure(environ)).items()
                if name.lower() not in given
            ]
            return start_response(status, [*headers, *added], *error)

        return application(environ, start)

    return dressed


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
    proxied = environ.get("HTTP_X_FORWARDED_PROTO") == "https"
    return environ["wsgi.url_scheme"] == "https" or (
        bool(settings.TRUSTED_PROXIES) and proxied
    )


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
        return application(environ, start_response)

    return measured


class WholeBody:
    """A body's stream that ends with an error where it ends too soon.

    Otherwise an upload that was cut off would be stored as if it were all.
    """

    def __init__(self, source: Any, length: int) -> None:
        self.source = source
        self.missing = length

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.missing -= len(data)
        # A server's stream gives less than was asked for only at its end.
        if self.missing > 0 and len(data) != size:
            raise ConnectionError("The body was cut off.")
        return data

    def readline(self, size: int = -1) -> bytes:
        line = self.source.readline(size)
        self.missing -= len(line)
        if self.missing > 0 and not line:
            raise ConnectionError("The body was cut off.")
        return line


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
        prefix="/static/",
        immutable_file_test=r"\.[0-9a-f]{12}\.",
        allow_all_origins=False,
    )
