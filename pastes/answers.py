"""What the doors share of HTTP: who asks, full links, a paste's bare text."""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    set_response_etag,
)
from django.utils.http import content_disposition_header, parse_etags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from pastes import highlight
from pastes.limits import Spent
from pastes.models import Paste
from pastes.services import Client, MethodNotAllowed, Opened, PasteError

# Opens one paste: its path is the paste's, so each link has its own.
GRANT_COOKIE = "unlock"
SHARED = "pastes.shared"
LOCK_HEADERS = ("X-Paste-Password", "Wastebin-Password")
RAW_CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"
ROBOT = re.compile(
    r"bot|crawl|spider|slurp|preview|scan|fetch|embed|facebookexternalhit|whatsapp"
    r"|telegram|slack|discord|skype|teams|mastodon|monitor|uptime|headless|validator",
    re.IGNORECASE,
)


def client_of(request: HttpRequest, *, maker_key: str = "") -> Client:
    """Return the caller as the verbs know it.

    Reading counts as a view for GET and POST by what looks like a person.
    """
    return Client(
        request.client_address,
        counts=counts_as_view(request.META),
        maker_key=maker_key,
        spent=request.spent,
    )


def counts_as_view(meta: Mapping[str, Any]) -> bool:
    """Say whether a request, of which these are the CGI variables, is a person's look."""
    if meta["REQUEST_METHOD"] == "HEAD" or is_robot(
        meta.get("HTTP_USER_AGENT", "")[:500]
    ):
        return False
    if "HTTP_SEC_PURPOSE" in meta or "HTTP_PURPOSE" in meta:
        return False
    # What a page's script fetches, to copy it, was counted when the page was opened.
    return meta.get("HTTP_SEC_FETCH_DEST") != "empty"


@lru_cache(maxsize=1000)
def is_robot(agent: str) -> bool:
    return ROBOT.search(agent) is not None


class Shared(NamedTuple):
    """Of a paste what an answer about it is kept by; not its text, which may be long."""

    pk: int
    slug: str
    expires_at: datetime | None


def share(request: HttpRequest, paste: Paste) -> None:
    """Let whoever asks the same have the same answer, while the paste's row is the same.

    For what nobody but the row has a part in: see pastes.shortcut.
    """
    request.META[SHARED] = Shared(paste.pk, paste.slug, paste.expires_at)


def full_link(request: HttpRequest, path: str) -> str:
    """Return the path as a whole link: from SITE_URL, or a host that is allowed."""
    if settings.SITE_URL:
        return urljoin(settings.SITE_URL, path)
    return request.build_absolute_uri(path)


def given_lock(request: HttpRequest) -> str | None:
    """Return the password that a header gives, ours or wastebin's."""
    for name in LOCK_HEADERS:
        if name in request.headers:
            return as_utf8(request.headers[name])
    return None


def given_password(request: HttpRequest) -> str | None:
    """Return the password of a header, or of HTTP Basic (any user name)."""
    header = given_lock(request)
    if header is not None:
        return header
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = b64decode(credentials.strip(), validate=True).decode()
    except ValueError:
        return None
    return decoded.partition(":")[2]


def as_utf8(header: str) -> str:
    """Return a header's text; WSGI hands its bytes over as if they were Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except ValueError:
        return header


def plain_text(
    request: HttpRequest, opened: Opened, *, download: bool = False
) -> HttpResponseBase:
    """Return the paste's very bytes as text/plain that no browser runs.

    A client that takes zstd gets them as they are stored. A public paste carries an
    ETag and is answered with 304 when the reader has it.
    """
    paste = opened.paste
    accepted = request.headers.get("Accept-Encoding", "")
    packed = opened.packed if takes_zstd(accepted) else b""
    etag = f'"{paste.sha256[:32]}{"-zstd" if packed else ""}"'
    if paste.is_public and is_known(request.headers.get("If-None-Match", ""), etag):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        body = packed or opened.data
        response = HttpResponse(body, content_type="text/plain; charset=utf-8")
        response["Content-Length"] = str(len(body))
        if packed:
            response["Content-Encoding"] = "zstd"
        name = file_name(paste) if download else f"{paste.slug}.txt"
        response["Content-Disposition"] = content_disposition_header(download, name)
    response["Content-Security-Policy"] = RAW_CSP
    patch_vary_headers(response, ["Accept-Encoding"])
    if paste.is_public:
        response["ETag"] = etag
        share(request, paste)
    return keep_privately(response, may_revalidate=paste.is_public)


def is_known(asked: str, etag: str) -> bool:
    """Say whether If-None-Match names an answer (RFC 9110 section 13.1.2)."""
    if asked == etag:
        return True
    known = {each.removeprefix("W/") for each in parse_etags(asked)}
    return etag.removeprefix("W/") in known or "*" in known


def takes_zstd(accepted: str) -> bool:
    """Say whether a client decodes zstd, by Accept-Encoding (RFC 9110 section 12.5.3)."""
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "zstd":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


def keep_privately(
    response: HttpResponseBase, *, may_revalidate: bool
) -> HttpResponseBase:
    """Say how the answer may be kept: asked about each time, or not at all."""
    if may_revalidate:
        patch_cache_control(response, private=True, no_cache=True)
    else:
        patch_cache_control(response, private=True, no_store=True)
    patch_vary_headers(response, ["Cookie"])
    return response


def revalidated(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Return an answer that everybody may read with its ETag, or 304 to who has it."""
    keep_privately(response, may_revalidate=True)
    set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response)


def options(allowed: list[str]) -> HttpResponse:
    """Return what OPTIONS is answered with: the methods, and no body of any type."""
    response = HttpResponse(status=204, headers={"Allow": ", ".join(allowed)})
    del response["Content-Type"]
    return response


def file_name(paste: Paste) -> str:
    """Return a safe name to download the paste as: from its title, or its slug."""
    language = highlight.find_language(paste.syntax)
    extension = language.extension if language else "txt"
    title = "".join(
        c for c in paste.title if unicodedata.category(c)[0] in "LMN" or c in " ._-+"
    )
    stem, dot, ending = title.strip(" .-").rpartition(".")
    if dot and stem and re.fullmatch(r"[A-Za-z0-9]{1,10}", ending):
        name, extension = stem, ending
    else:
        name = title
    return f"{slugify(name, allow_unicode=True)[:80] or paste.slug}.{extension}"


def add_error_headers(
    response: HttpResponseBase, error: PasteError
) -> HttpResponseBase:
    """Add what an error says in headers: Retry-After in seconds, or Allow."""
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        response["Allow"] = ", ".join(error.allowed)
    return response


def add_limit_headers(response: HttpResponseBase, spent: Iterable[Spent]) -> None:
    """Add which limits a request was counted against, and what it has left of them.

    By draft-ietf-httpapi-ratelimit-headers-10. Of several uses of one limit the last
    tells what is left.
    """
    last = {each.policy: each for each in spent}
    if not last:
        return
    response["RateLimit-Policy"] = ", ".join(
        f'"{name}";q={each.rule.uses};w={each.rule.period:.0f}'
        for name, each in last.items()
    )
    response["RateLimit"] = ", ".join(
        f'"{name}";r={each.remaining};t={each.reset}' for name, each in last.items()
    )


def trusted(html: str) -> SafeString:
    """Return HTML that the highlighter's child made; the one place that trusts any.

    It escapes all of the text, or has it cleaned by nh3.
    """
    return mark_safe(html)  # noqa: S308
