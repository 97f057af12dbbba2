"""Wiring for answers that no view gives: by which door a request would have come."""

import sys

from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from pastes import api, dialects, services, terminal, views
from pastes.services import (
    Broken,
    InsufficientStorage,
    Malformed,
    NotFound,
    PasteError,
)


def answer_error(request: HttpRequest, error: PasteError) -> HttpResponseBase:
    """Return the error as the request's door says it: a page, a line, or JSON."""
    return said_briefly(request, error) or views.error_page(request, error)


def answer_fault(
    request: HttpRequest, exception: BaseException | None
) -> HttpResponseBase | None:
    """Return the answer to a failed database or disk; None for any other exception.

    A form is given back with what was typed, or, where the form itself needs the
    database, a page with it.
    """
    error = services.take_fault(exception) if exception else None
    if error is None:
        return None
    if isinstance(error, InsufficientStorage) and is_of_admin(request):
        # Signing in, to take something down, writes too: the next try has room for it.
        services.release_reserve()
    said = said_briefly(request, error)
    if said is None:
        try:
            said = views.give_back(request, error)
        except (Error, PasteError):
            said = None
    return said or views.error_page(request, error, typed=views.typed_text(request))


def is_of_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")


def said_briefly(request: HttpRequest, error: PasteError) -> HttpResponseBase | None:
    """Return the error as a door for programs says it, or None where a page is due."""
    dialect = dialects.find(request)
    if dialect is not None:
        return dialect.error_answer(error)
    if api.is_for(request):
        return api.error_answer(error)
    if terminal.is_for(request):
        return terminal.error_answer(error)
    return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer_error(request, Malformed())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    error = PasteError(_("You may not see this page."))
    error.status = 403
    return answer_error(request, error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if api.is_for(request):
        error = NotFound(_("There is no such call; see /docs."))
        return answer_error(request, error)
    return answer_error(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer with what needs nothing that may be broken: no database, no context.

    A middleware's exception comes here too, and may be the database's.
    """
    answer = answer_fault(request, sys.exc_info()[1])
    if answer is not None:
        return answer
    return said_briefly(request, Broken()) or views.broken_page()
