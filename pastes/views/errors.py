"""Pages for what went wrong, each with the next thing to do."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import answers, logs
from pastes.services import MethodNotAllowed, NotFound, PasteError, Removed
from pastes.views import sending

TITLES = {
    "not_found": gettext_lazy("Nothing here"),
    "removed": gettext_lazy("Taken down"),
    "held": gettext_lazy("Held for review"),
    "wrong_password": gettext_lazy("Wrong password"),
    "too_many_attempts": gettext_lazy("Too many attempts"),
    "rate_limited": gettext_lazy("Too many at once"),
    "busy": gettext_lazy("Busy"),
    "unavailable": gettext_lazy("Away for a moment"),
    "insufficient_storage": gettext_lazy("No room"),
    "too_large": gettext_lazy("Too large"),
    "invalid": gettext_lazy("That cannot be done"),
    "blocked": gettext_lazy("Refused"),
    "forbidden": gettext_lazy("Not yours"),
    "method_not_allowed": gettext_lazy("Not that way"),
}


def error_page(
    request: HttpRequest, error: PasteError, **context: Any
) -> HttpResponseBase:
    """Return the site's page for an error, with its status; its script gets JSON."""
    if sending.is_by_script(request):
        return sending.refused(error)
    context |= {
        "error": error,
        "title": TITLES.get(error.code) or _("That did not work"),
    }
    if isinstance(error, Removed):
        # An objection has to name the link; the mail's subject does it already.
        context["link"] = answers.full_link(request, request.path)
    response = render(request, "pastes/error.html", context, status=error.status)
    answers.add_error_headers(response, error)
    return answers.keep_privately(response, may_revalidate=False)


class PasteErrorMixin:
    """Turns the verbs' errors into pages."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except PasteError as error:
            return self.answer_error(error)

    def answer_error(self, error: PasteError) -> HttpResponseBase:
        return error_page(self.request, error)

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return self.answer_error(MethodNotAllowed(self._allowed_methods()))


def nothing_here(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer a path that is no page; the same as for a paste that is not there."""
    return error_page(request, NotFound())


def broken_page() -> HttpResponseBase:
    context = {"site_path": settings.SITE_PATH, "request_id": logs.request_id.get()}
    page = loader.get_template("500.html").render(context)
    return HttpResponse(page, status=500)
