"""What the dialects share: no cookies, the verbs, and errors in a protocol's words."""

from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from pastes import answers, services
from pastes.services import (
    ConsentRequired,
    CutOff,
    Malformed,
    MethodNotAllowed,
    NewPaste,
    Opened,
    PasteError,
)

TEXT = "text/plain; charset=utf-8"
# The words of this site and of the others for who may read a text, and for how long.
UNHEEDED = {
    "password",
    "burn",
    "burn_after_reading",
    "onetime",
    "oneshot",
    "lifetime",
    "expire",
    "expires",
    "expiry",
    "expiry_days",
}


@method_decorator(csrf_exempt, name="dispatch")
class DialectView(View):
    """One address of one protocol. A subclass says in `refuse` how it tells an error.

    Words that clients look for, or that a protocol fixes, are not translated; the site's
    own sentences are.

    `heeded` are those of UNHEEDED that its protocol knows.
    """

    heeded: Collection[str] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except PasteError as error:
            response = self.error_answer(error)
        except UnreadablePostError:
            response = self.error_answer(CutOff())
        except (SuspiciousOperation, MultiPartParserError):
            response = self.error_answer(Malformed())
        return answers.keep_privately(response, may_revalidate=False)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return answers.options(self._allowed_methods())

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return self.error_answer(MethodNotAllowed(self._allowed_methods()))

    def error_answer(self, error: PasteError) -> HttpResponseBase:
        """Return the protocol's answer, with Retry-After, Allow or the like."""
        response = self.refuse(error)
        if response.status_code == 401:
            response["WWW-Authenticate"] = 'Basic realm="paste", charset="UTF-8"'
        answers.add_error_headers(response, error)
        return answers.keep_privately(response, may_revalidate=False)

    def refuse(self, error: PasteError) -> HttpResponseBase:
        """Return the error as the protocol's clients understand it: here, one line."""
        return text_answer(f"{self.say(error)}\n", status=error.status)

    def say(self, error: PasteError) -> str:
        """Return the error's sentence; of a burn paste, with the link to read it at."""
        slug = getattr(self, "kwargs", {}).get("slug", "")
        if isinstance(error, ConsentRequired) and slug:
            return f"{error.sentence} {self.link_of(slug)}"
        return error.sentence

    def create(self, **values: Any) -> NewPaste:
        """Store a paste as services.create_paste does, for this request's client.

        A password in a header locks it, as at the terminal's door.
        """
        self.refuse_unheeded(self.request.GET, heeded=())
        if "expire" in self.request.headers:
            self.refuse_unheeded(["expire"])
        lock = answers.given_lock(self.request)
        if lock is not None:
            values["password"] = lock
        return services.create_paste(**values, client=answers.client_of(self.request))

    def refuse_unheeded(
        self, names: Iterable[str], heeded: Collection[str] | None = None
    ) -> None:
        """Refuse what a protocol would ignore, where the text would be open to everybody.

        Raises Malformed if one of the names sent is some pastebin's word for that, and
        not among those heeded.
        """
        heeded = self.heeded if heeded is None else heeded
        for name in names:
            if name in UNHEEDED and name not in heeded:
                words = _(
                    "“%(name)s” is not known here, and nothing is stored: send a "
                    "password in the header X-Paste-Password, or use this site's own "
                    "form, POST /."
                )
                raise Malformed(words % {"name": name})

    def open(self, slug: str) -> Opened:
        """Return a paste's text, opened by a password in a header; never burns one."""
        return services.open_paste(
            slug,
            password=answers.given_password(self.request),
            client=answers.client_of(self.request),
        )

    def link_of(self, slug: str) -> str:
        path = reverse("pastes:detail", kwargs={"slug": slug})
        return answers.full_link(self.request, path)


# A path as Django writes it, the view's class, and the route's name.
Route = tuple[str, type[DialectView], str]


def text_answer(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type=TEXT)


def with_owner(response: HttpResponse, new: NewPaste) -> HttpResponse:
    """Add the owner token, for clients whose protocol has no place for it.

    And whether the paste is held for review, for which none has one.
    """
    response["X-Owner-Token"] = new.owner_token
    if new.is_held:
        response["X-Held"] = "yes"
    return response
