"""Wiring for answers that no view gives: by which door a request would have come."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from pastes import terminal, views
from pastes.services import NotFound, PasteError


def answer_error(request: HttpRequest, error: PasteError) -> HttpResponseBase:
    """Return the error as the request's door says it: a page, or a line of text."""
    if terminal.is_for(request):
        return terminal.error_answer(error)
    return views.error_page(request, error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    error = PasteError("This request was malformed, and nothing was stored.")
    return answer_error(request, error)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    error = PasteError("You may not see this page.")
    error.status = 403
    return answer_error(request, error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer_error(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer with what needs nothing that may be broken: no database, no context."""
    if terminal.is_for(request):
        return HttpResponse(
            "Something broke on our side. Try again in a minute.\n",
            status=500,
            content_type="text/plain; charset=utf-8",
        )
    return views.broken_page()
