"""The dialects' door: what the clients of other pastebins send, and expect back.

One module for each protocol. Each offers `routes`, the addresses that are its own. Some
share an address with the site's own doors: those offer a function that says which of
their views a request is for, or None.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve
from django.urls.exceptions import Resolver404

from pastes.dialects import (
    dpaste,
    files,
    haste,
    lodgeit,
    oneliners,
    pastebincom,
    pastebinit,
    pinnwand,
    wastebin,
)
from pastes.dialects.base import DialectView, Route

View = Callable[..., HttpResponseBase]

routes: list[Route] = [
    *haste.routes,
    *dpaste.routes,
    *pastebincom.routes,
    *wastebin.routes,
    *pinnwand.routes,
    *lodgeit.routes,
    *oneliners.routes,
    *pastebinit.routes,
]


def at_root(request: HttpRequest) -> View | None:
    """Return the view of a POST to / that is in another pastebin's form, or None."""
    return wastebin.at_root(request) or oneliners.at_root(request)


def at_paste(request: HttpRequest) -> View | None:
    """Return the view of a request to a paste's link in another's form, or None."""
    return files.at_paste(request) or oneliners.at_paste(request)


def find(request: HttpRequest) -> DialectView | None:
    """Return the view that a request was for, or whose address it has.

    To tell an error that came before the view, or that it did not foresee.
    """
    view_class = find_class(request)
    if view_class is None or not issubclass(view_class, DialectView):
        return None
    view = view_class()
    view.setup(request)
    return view


def find_class(request: HttpRequest) -> type | None:
    found = getattr(request, "dialect", None)
    if found is not None:
        return found.view_class
    if request.method == "PUT":
        # Uploads are the terminal's; no dialect has them.
        return None
    if request.path_info == "/":
        return wastebin.InsertView if wastebin.is_json(request) else None
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    return getattr(match.func, "view_class", None)
