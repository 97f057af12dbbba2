"""The terminal's door: text in, a link out; no cookies, no forms, one line of text."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    UnreadablePostError,
)
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from pastes import answers, bodies, services
from pastes.services import CutOff, Invalid, MethodNotAllowed, PasteError

YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off")
OPTIONS = ("title", "syntax", "lifetime", "burn")
FIELDS = ("text", "title", "syntax", "lifetime", "burn", "password")
# `curl -d` sends what it is given with a form's type, encoded or not.
HALF_FORM = re.compile(
    rb"(?:%s)=.*&(?:password|burn|lifetime)=" % "|".join(FIELDS).encode(), re.DOTALL
)


def is_for(request: HttpRequest) -> bool:
    """Say whether the answer to a request goes to a terminal, not to a browser."""
    path = request.path_info
    return (
        request.method == "PUT"
        or (request.method == "POST" and path == "/")
        or path.endswith("/raw")
        or path.startswith("/raw/")
    )


def error_answer(error: PasteError) -> HttpResponseBase:
    """Return the error as one line of text, with its status."""
    response = HttpResponse(
        f"{error.told}\n",
        status=error.status,
        content_type="text/plain; charset=utf-8",
    )
    if error.code == "password_required":
        response["WWW-Authenticate"] = 'Basic realm="paste", charset="UTF-8"'
    answers.add_error_headers(response, error)
    return answers.keep_privately(response, may_revalidate=False)


def cut_off() -> HttpResponseBase:
    return error_answer(CutOff())


@method_decorator(csrf_exempt, name="dispatch")
class TerminalView(View):
    """Turns every error into a line of text."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except PasteError as error:
            return error_answer(error)
        except UnreadablePostError:
            return cut_off()

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return error_answer(MethodNotAllowed(self._allowed_methods()))


class UploadView(TerminalView):
    """POST / and PUT /<any name>: the text as the body, or as a form's field or file."""

    http_method_names = ["post", "put"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(request, "")

    def put(self, request: HttpRequest, name: str = "") -> HttpResponseBase:
        return self.answer(request, name)

    def answer(self, request: HttpRequest, name: str) -> HttpResponseBase:
        fields = sent_fields(request)
        if name not in ("", "-"):
            fields.setdefault("file_name", name)
            fields.setdefault("title", name[:200])
        lock = answers.given_lock(request)
        if lock is not None:
            fields["password"] = lock
        new = services.create_paste(**fields, client=answers.client_of(request))
        link = answers.full_link(request, new.paste.get_absolute_url())
        response = HttpResponse(
            f"{link}\n",
            status=201,
            content_type="text/plain; charset=utf-8",
            headers={"Location": link, "X-Owner-Token": new.owner_token},
        )
        if new.is_held:
            response["X-Held"] = "yes"
        return response


def sent_fields(request: HttpRequest) -> dict[str, Any]:
    """Return what create_paste takes, from the query, a form, or the bare body."""
    fields: dict[str, Any] = {"text": b""}
    if "password" in request.GET:
        raise Invalid(
            {
                "password": [
                    _(
                        "Never put a password into a link: send it in the header "
                        "X-Paste-Password."
                    )
                ]
            }
        )
    for name in request.GET:
        if name not in OPTIONS:
            words = _("There is no option “%(name)s” here; there are %(options)s.")
            quoted = {"name": services.shown(name), "options": ", ".join(OPTIONS)}
            raise Invalid({name: [words % quoted]})
    read_options(fields, request.GET)
    if request.method == "PUT" and request.content_type == bodies.MULTIPART:
        words = _("Send a form with POST, or the bare text with PUT.")
        raise Invalid({"text": [words]})
    form = bodies.read_form(request, begins=FIELDS.__contains__)
    if form is not None and request.content_type == bodies.MULTIPART:
        read_fields(fields, form)
        for file in form.files[:1]:
            fields["text"] = file.data
            fields["file_name"] = file.name
            fields.setdefault("title", file.name[:200])
    elif form is not None and "text" in form.fields:
        read_fields(fields, form)
    elif looks_like_a_form(request):
        raise Invalid({"text": [bodies.HALF_A_FORM]})
    else:
        fields["text"] = request.body
    return fields


def looks_like_a_form(request: HttpRequest) -> bool:
    """Say whether a body was meant as a form, so that as a text it would tell a secret.

    `curl -d 'text=two words' -d password=x` encodes nothing: it is no form, and stored
    as a text it would be open to everybody, with the password in it.
    """
    if request.content_type != bodies.FORM:
        return False
    return HALF_FORM.match(request.body) is not None


def read_fields(fields: dict[str, Any], form: bodies.Form) -> None:
    text = form.data("text")
    if text is not None:
        fields["text"] = text
    read_options(
        fields, {name: form.word(name) for name in OPTIONS if name in form.fields}
    )
    if "password" in form.fields:
        fields["password"] = form.word("password")


def read_options(fields: dict[str, Any], values: Mapping[str, str]) -> None:
    for name in ("title", "syntax", "lifetime"):
        if name in values:
            fields[name] = values[name]
    if "burn" in values:
        word = values["burn"].lower()
        if word not in (*YES, *NO):
            raise Invalid({"burn": [_("For burn, say 1 or 0.")]})
        fields["burn"] = word in YES


class RawView(TerminalView):
    """GET /<slug>/raw: the very bytes. POST: the same, and consent to burn.

    An extension, as haste writes it in /raw/<slug>.py, changes nothing. POST takes
    nothing from cookies, so no other site can use a reader's browser for it.
    """

    http_method_names = ["get", "head", "post", "options"]

    def get(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        opened = services.open_paste(
            slug,
            password=answers.given_password(request),
            grant=request.COOKIES.get(answers.GRANT_COOKIE, ""),
            client=answers.client_of(request),
        )
        return answers.plain_text(request, opened)

    def post(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        opened = services.open_paste(
            slug,
            password=answers.given_password(request),
            consent=True,
            client=answers.client_of(request),
        )
        return answers.plain_text(request, opened)
