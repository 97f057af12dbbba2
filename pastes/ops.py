"""For the operator's probes: is the process alive, is the site ready, how it is doing."""

import os
from collections.abc import Iterable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from pastes import metrics as meters
from pastes.services import check_readiness, known_figures

TEXT = "text/plain; charset=utf-8"


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """Say 200 when the site is ready, else 503; a line for each thing it needs."""
    checks = check_readiness()
    is_ready = not any(each.fault for each in checks)
    lines = ["ready" if is_ready else "not ready"]
    lines += [f"{each.name}: {each.fault or 'ok'}" for each in checks]
    response = HttpResponse(
        "\n".join(lines) + "\n", status=200 if is_ready else 503, content_type=TEXT
    )
    if not is_ready:
        response["Retry-After"] = "5"
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """Tell the metrics to whoever has METRICS_KEY and comes from METRICS_NETWORKS.

    With neither set there is nothing here. Asks no database, so that it answers while
    one is away.
    """
    refusal = refuse_metrics(request)
    if refusal is not None:
        return refusal
    figures = known_figures() | {"disk_free_bytes": free_bytes()}
    page, kind = meters.tell(request.headers.get("Accept", ""), figures)
    return HttpResponse(page, content_type=kind)


def refuse_metrics(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to whom the metrics are not for; None to whom they are."""
    key, networks = settings.METRICS_KEY, settings.METRICS_NETWORKS
    if not key and not networks:
        return HttpResponse("There is nothing here.\n", status=404, content_type=TEXT)
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    if networks and not is_from(request, networks):
        return HttpResponse("Not from your network.\n", status=403, content_type=TEXT)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if key and not (
        scheme.lower() == "bearer" and constant_time_compare(given.strip(), key)
    ):
        return HttpResponse(
            "This needs METRICS_KEY, in the header Authorization: Bearer <key>.\n",
            status=401,
            content_type=TEXT,
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    return None


def is_from(request: HttpRequest, networks: Iterable) -> bool:
    """Say whether a request comes from one of the networks.

    One that came through a proxy which nobody said to trust has the proxy's address, and
    is from nowhere.
    """
    if not settings.TRUSTED_PROXIES and "X-Forwarded-For" in request.headers:
        return False
    if not request.client_address:
        return False
    address = ip_address(request.client_address)
    return any(address in network for network in networks)


def free_bytes() -> int:
    """Return the bytes that the site may still write where DATA_DIR lies."""
    disk = os.statvfs(settings.DATA_DIR)
    return disk.f_bavail * disk.f_frsize
