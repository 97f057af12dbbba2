"""Wiring around every request that observes it: its number, a metric, a line in the log."""

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from pastes import bodies, logs, metrics

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Where a request's environment keeps the name of the route that it took.
ROUTE = "pastes.route"
UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")

logger = logging.getLogger("pastes.requests")


class ObserveMiddleware:
    """Numbers a request and tells of it when it is answered."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        number = number_of(request.META)
        before = logs.request_id.set(number)
        try:
            response = self.get_response(request)
            bodies.forget(request)
            response.headers["X-Request-ID"] = number
            seconds = time.perf_counter() - started
            route = request.META[ROUTE] = logs.route_of(request)
            metrics.count_request(
                request.method or "", route, response.status_code, seconds
            )
            if settings.LOG_REQUESTS:
                match = request.resolver_match
                log_request(
                    request.method or "",
                    route,
                    response.status_code,
                    seconds,
                    size=response.headers.get("Content-Length", ""),
                    address=getattr(request, "client_address", ""),
                    slug=match.kwargs.get("slug", "") if match else "",
                )
        finally:
            logs.request_id.reset(before)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Error):
            metrics.count_database_error()


def number_of(meta: Mapping[str, Any]) -> str:
    """Return a request's number, 32 hex digits: a trusted proxy's, or a new one.

    `meta` are the request's CGI variables.

    A proxy that is trusted has added to X-Forwarded-For; it sends X-Request-ID as a UUID,
    with or without dashes (nginx's $request_id, Caddy's {http.request.uuid}).
    """
    given = meta.get("HTTP_X_REQUEST_ID", "")
    if given and UUID.fullmatch(given) and came_by_proxy(meta):
        return given.replace("-", "").lower()
    # No secret, and Mersenne's twister takes a fifth of the system's time.
    return random.randbytes(16).hex()  # noqa: S311


def came_by_proxy(meta: Mapping[str, Any]) -> bool:
    hops = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    return 0 < proxies <= len([hop for hop in hops if hop.strip()])


def log_request(
    method: str,
    route: str,
    status: int,
    seconds: float,
    *,
    size: str,
    address: str,
    slug: str,
) -> None:
    """Write the request's line: no path, no query, nothing that somebody sent.

    `size` is the answer's Content-Length; `slug` that of the paste it is about, if any.
    """
    fields = {
        "method": method if method in metrics.METHODS else metrics.OTHER,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
    if size.isdecimal():
        fields["bytes"] = int(size)
    network = logs.network_of(address)
    if network:
        fields["client"] = network
    if slug:
        fields["paste"] = paste_mark(slug)
    logger.info("request", extra={"fields": fields})


def paste_mark(slug: str) -> str:
    """Return what lines about one paste have in common, and no link follows from."""
    return salted_hmac("pastes.logs", slug, algorithm="sha256").hexdigest()[:8]
