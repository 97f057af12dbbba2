"""Wiring around every request: the client's address, a body's size, the headers."""

import contextlib
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError

from pastes import answers, bodies, dialects, fallbacks, services, terminal
from pastes.edge import DATA_CSP, DISK_ERROR, NOT_INDEXED, fixed_headers
from pastes.services import PasteError, TooLarge

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The admin's own scripts write innerHTML, Swagger's too; the site's do not.
WRITING_HTML = ("/admin/", "/api/v1/docs")
TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types 'none'"
DISCARD_BYTES = 64 * 1024
# Django decodes a form of the pages piece by piece: 30 MB would take it two gigabytes.
# The pages send texts as multipart.
PAGE_FORM_BYTES = 1024 * 1024
INDEXED = ("/", "/about", "/clients", "/robots.txt")


class SecurityHeadersMiddleware:
    """The headers of every answer; a view that set its own keeps it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in security_headers(request, response).items():
            response.headers.setdefault(name, value)
        return response


def security_headers(
    request: HttpRequest, response: HttpResponseBase
) -> dict[str, str]:
    headers = fixed_headers() | {
        "Content-Security-Policy": policy_of(request, response),
        "Cache-Control": "private, no-store",
    }
    if response.status_code != 200 or request.path_info not in INDEXED:
        headers["X-Robots-Tag"] = NOT_INDEXED
    return headers


def policy_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """Return the policy of an answer that has none: a page's, or that of bare data.

    An answer without a type may be a 304, whose headers become those of what is kept.
    """
    usual = "application/json" if request.path_info.startswith("/api/") else "text/html"
    if not response.headers.get("Content-Type", usual).startswith("text/html"):
        return DATA_CSP
    writes_html = request.path_info.startswith(WRITING_HTML)
    policy = CSP if writes_html else CSP + TRUSTED_TYPES
    return f"{policy}; upgrade-insecure-requests" if settings.IS_HTTPS else policy


class ClientAddressMiddleware:
    """Sets request.client_address, the one answer to where a request comes from."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.client_address = address_of(request.META)
        return self.get_response(request)


class LimitHeadersMiddleware:
    """Keeps what a request spends of its client's allowances, and tells it in the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.spent = []
        response = self.get_response(request)
        answers.add_limit_headers(response, request.spent)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer with a verb's error where Django's own pages do not: Busy in the admin.

        And with what is told of a database or a disk that failed.
        """
        if isinstance(exception, PasteError):
            return fallbacks.answer_error(request, exception)
        return fallbacks.answer_fault(request, exception)


class MissLimitMiddleware:
    """Refuses who has tried too many links that lead nowhere, and counts those."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.names_a_paste = False
        response = self.get_response(request)
        if request.names_a_paste and response.status_code == 404:
            services.note_miss(answers.client_of(request))
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: tuple, kwargs: dict
    ) -> HttpResponseBase | None:
        """Refuse before a view looks anything up."""
        if not names_a_paste(request, kwargs):
            return None
        try:
            services.check_misses(answers.client_of(request))
        except PasteError as error:
            return fallbacks.answer_error(request, error)
        request.names_a_paste = True
        return None


def names_a_paste(request: HttpRequest, kwargs: dict) -> bool:
    """Say whether a request may find out if a link is one; an upload names itself.

    Lodgeit's clients name a paste in the body.
    """
    if request.path_info.startswith("/admin/") or request.method == "PUT":
        return False
    return bool(kwargs) or request.path_info == "/json/"


def address_of(meta: Mapping[str, Any]) -> str:
    """Return where a request comes from, of which these are the CGI variables."""
    return client_address(
        meta.get("REMOTE_ADDR", ""),
        meta.get("HTTP_X_FORWARDED_FOR", ""),
        settings.TRUSTED_PROXIES,
    )


def client_address(peer: str, forwarded_for: str, proxies: int) -> str:
    """Return the address that the outermost trusted proxy saw.

    Each of the `proxies` in front adds one entry at the right of X-Forwarded-For, so
    that many from the right are true and all before them is what the client claims. A
    header with fewer entries did not come through them all and is not believed.
    Returns "" where there is no address (a Unix socket).
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    if proxies and len(hops) >= proxies:
        claimed = parse_address(hops[-proxies])
        if claimed:
            return claimed
    return parse_address(peer)


def parse_address(text: str) -> str:
    """Return an address in its plain form, IPv4 where IPv6 only wraps it; or ""."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


class BodyLimitMiddleware:
    """Refuses a body that is too large, and never holds it in memory."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if DISK_ERROR in request.META:
            return fallbacks.answer_fault(request, request.META[DISK_ERROR])
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_number = length.isascii() and length.isdecimal()
        limit = body_limit(request)
        if is_number and int(length) <= limit:
            return self.get_response(request)
        if is_number and int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            throw_away_body(request)
        most = min(limit, settings.PASTE_MAX_BYTES)
        return fallbacks.answer_error(request, TooLarge(most))


def throw_away_body(request: HttpRequest) -> None:
    """Read a body that is only somewhat too large, and keep nothing of it.

    A proxy that is still sending takes an early answer for a broken connection, and
    hides it. A client that waits for leave to send needs none.
    """
    if request.headers.get("Expect", "").lower() == "100-continue":
        return
    with contextlib.suppress(UnreadablePostError):
        while request.read(DISCARD_BYTES):
            pass


def body_limit(request: HttpRequest) -> int:
    """Return the most bytes that a request's body may have.

    The bare text is the text; a form or JSON wraps it and writes some of it longer.
    """
    kind = request.content_type
    if kind == bodies.FORM and not takes_texts(request):
        return min(PAGE_FORM_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if kind in (bodies.MULTIPART, bodies.FORM, *bodies.JSON):
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return settings.PASTE_MAX_BYTES


def takes_texts(request: HttpRequest) -> bool:
    """Say whether a urlencoded form may hold a text here, and bodies reads it."""
    return terminal.is_for(request) or dialects.find(request) is not None
