"""What a form's script gets instead of a page: where to go, or what is wrong, as JSON."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from pastes import answers
from pastes.services import PasteError

JSON = "application/json"


def is_by_script(request: HttpRequest) -> bool:
    """Say whether a page's own script sent this: it reads JSON, and would lose a page."""
    return (
        request.method == "POST"
        and request.get_preferred_type(["text/html", JSON]) == JSON
    )


def sent(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a redirect as its sender takes it: 201 and {"url"}, with the same cookies.

    A script that followed the redirect itself would use up what the page shows once.
    """
    if not is_by_script(request):
        return response
    answer = JsonResponse({"url": response.url}, status=201)
    answer.cookies = response.cookies
    return answers.keep_privately(answer, may_revalidate=False)


def refused_form(
    form: Form, *, status: int, fields: dict[str, str] | None = None
) -> HttpResponseBase:
    """Return what is wrong with a form; the page has all that was typed.

    `fields` are hidden ones that the page's next try has to send with these values.
    """
    errors = {
        field: [str(each) for each in form.errors[field]] for field in form.errors
    }
    sentences = errors.pop(NON_FIELD_ERRORS, [])
    data: dict[str, Any] = {"sentence": " ".join(sentences), "errors": errors}
    if fields:
        data["fields"] = fields
    return answer(data, status)


def refused(error: PasteError, *, csrf_token: str = "") -> HttpResponseBase:
    """Return an error that no field can mend. A token goes into the form's next try."""
    data: dict[str, Any] = {"sentence": error.sentence, "errors": {}}
    if csrf_token:
        data["csrf_token"] = csrf_token
    return answers.add_error_headers(answer(data, error.status), error)


def answer(data: dict[str, Any], status: int) -> HttpResponseBase:
    response = JsonResponse(data, status=status)
    return answers.keep_privately(response, may_revalidate=False)
