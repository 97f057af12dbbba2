"""The site with views that break, for the answers that say so."""

import errno
import os

from django.http import HttpRequest, HttpResponse
from django.urls import path

from pastebin_site import urls


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary")


def unreadable_disk(request: HttpRequest) -> HttpResponse:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def full_disk(request: HttpRequest) -> HttpResponse:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


VIEWS = {"broken": broken, "unreadable": unreadable_disk, "full": full_disk}

urlpatterns = [
    path(f"{door}{name}", view)
    for door in ("", "api/v1/", "admin/")
    for name, view in VIEWS.items()
] + urls.urlpatterns
handler500 = "pastes.fallbacks.server_error"
