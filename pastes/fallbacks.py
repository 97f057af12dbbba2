"""Wiring for answers that no view gives: by which door a request would have come."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from pastes import api, dialects, terminal, views
from pastes.services import Broken, Malformed, NotFound, PasteError


def answer_error(request: HttpRequest, error: PasteError) -> HttpResponseBase:
    """Return the error as the request's door says it: a page, a line, or JSON."""
    return said_briefly(request, error) or views.error_page(request, error)


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
    """Answer with what needs nothing that may be broken: no database, no context."""
    return said_briefly(request, Broken()) or views.broken_page()
