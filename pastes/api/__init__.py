"""The JSON API's door, /api/v1/: calls, errors, and the document that describes them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from pastes import answers
from pastes.api.calls import api
from pastes.api.document import DocsView, DocumentView
from pastes.api.problems import error_answer, is_for
from pastes.services import MethodNotAllowed, PasteError
from pastes.services.calling import spend_call

__all__ = ["error_answer", "is_for", "routes"]

View = Callable[..., HttpResponseBase]

# What is read is free, as on the pages and at /raw: to count it would take a write.
READING = ("GET", "HEAD", "OPTIONS")


def with_methods(view: View) -> View:
    """Answer OPTIONS, and other methods that a call does not know as the API does.

    What is more than reading counts against the client's limit of calls.
    """

    @csrf_exempt
    def answered(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        if request.method not in READING:
            try:
                spend_call(answers.client_of(request))
            except PasteError as error:
                return error_answer(error)
        response = view(request, **kwargs)
        if not response.content:
            # Of no body there is no type: a client would take it for JSON.
            response.headers.pop("Content-Type", None)
        if response.status_code != 405:
            return response
        known = [each.strip() for each in response["Allow"].split(",")]
        allowed = sorted({*known, "OPTIONS"})
        if request.method == "OPTIONS":
            return answers.options(allowed)
        return error_answer(MethodNotAllowed(allowed))

    return answered


def routes() -> list[URLPattern]:
    """Return the routes below /api/v1/."""
    calls = api.urls[0]
    for each in calls:
        each.callback = with_methods(each.callback)
    return [
        path("openapi.json", DocumentView.as_view(), name="openapi"),
        path("docs", DocsView.as_view(), name="docs"),
        *calls,
    ]
