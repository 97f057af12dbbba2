"""Wiring around every request that observes it: its number, a metric, a line in the log."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from pastes import logs, metrics

GetResponse = Callable[[HttpRequest], HttpResponseBase]

UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")

logger = logging.getLogger("pastes.requests")


class ObserveMiddleware:
    """Numbers a request and tells of it when it is answered."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        number = number_of(request)
        before = logs.request_id.set(number)
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = number
            seconds = time.perf_counter() - started
            route = logs.route_of(request)
            metrics.count_request(
                request.method or "", route, response.status_code, seconds
            )
            if settings.LOG_REQUESTS:
                log_request(request, response, route, seconds)
        finally:
            logs.request_id.reset(before)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Error):
            metrics.count_database_error()


def number_of(request: HttpRequest) -> str:
    """Return a request's number, 32 hex digits: a trusted proxy's, or a new one.

    A proxy that is trusted has added to X-Forwarded-For; it sends X-Request-ID as a UUID,
    with or without dashes (nginx's $request_id, Caddy's {http.request.uuid}).
    """
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        given = request.headers.get("X-Request-ID", "")
        if len([hop for hop in hops if hop.strip()]) >= proxies and UUID.fullmatch(
            given
        ):
            return given.replace("-", "").lower()
    return uuid.uuid4().hex


def log_request(
    request: HttpRequest, response: HttpResponseBase, route: str, seconds: float
) -> None:
    """Write the request's line: no path, no query, nothing that somebody sent."""
    method = request.method if request.method in metrics.METHODS else metrics.OTHER
    fields = {
        "method": method,
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
    size = response.headers.get("Content-Length", "")
    if size.isdecimal():
        fields["bytes"] = int(size)
    network = logs.network_of(getattr(request, "client_address", ""))
    if network:
        fields["client"] = network
    match = request.resolver_match
    slug = match.kwargs.get("slug") if match else None
    if slug:
        fields["paste"] = paste_mark(slug)
    logger.info("request", extra={"fields": fields})


def paste_mark(slug: str) -> str:
    """Return what lines about one paste have in common, and no link follows from."""
    return salted_hmac("pastes.logs", slug, algorithm="sha256").hexdigest()[:8]
