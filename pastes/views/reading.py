"""Pages for readers: the paste, its lock, its one reading, its download, a fork."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.generic import View

from pastes import answers, highlight, services
from pastes.forms import PasteForm, UnlockForm, line_ends_of
from pastes.highlight import Note
from pastes.models import Paste
from pastes.services import (
    ConsentRequired,
    Opened,
    PasswordRequired,
    PasteError,
    TooManyAttempts,
    WrongPassword,
)
from pastes.views import cookies
from pastes.views.errors import PasteErrorMixin

LOCK_ERRORS = (PasswordRequired, WrongPassword, TooManyAttempts)
NOTES = {
    Note.TOO_LARGE: "Shown without colours: it is too large to be highlighted.",
    Note.TOO_SLOW: "Shown without colours: highlighting this text took too long.",
    Note.BUSY: "Shown without colours just now: the highlighter is busy. Reload later.",
    Note.FAILED: "Shown without colours: the highlighter could not read this text.",
}


class ReaderMixin(PasteErrorMixin):
    """Opens a paste for a reader, or answers with the lock or the reveal page."""

    next_page = ""

    @property
    def paste_url(self) -> str:
        return reverse("pastes:detail", kwargs={"slug": self.kwargs["slug"]})

    def open(self, *, consent: bool = False) -> Opened:
        return services.open_paste(
            self.kwargs["slug"],
            grant=self.request.COOKIES.get(answers.GRANT_COOKIE, ""),
            consent=consent,
            client=self.client,
        )

    @property
    def client(self) -> services.Client:
        key = cookies.maker_key(self.request)
        return answers.client_of(self.request, maker_key=key)

    def answer_error(self, error: PasteError) -> HttpResponseBase:
        if isinstance(error, LOCK_ERRORS):
            return self.lock_page(error)
        if isinstance(error, ConsentRequired):
            return self.page("pastes/reveal.html", {}, error)
        return super().answer_error(error)

    def lock_page(self, error: PasteError) -> HttpResponseBase:
        next_page = self.request.POST.get("next", self.next_page)
        form = UnlockForm(initial={"next": next_page})
        context = {"form": form, "syntax": self.kwargs.get("extension", "")}
        response = self.page("pastes/unlock.html", context, error)
        if error.status == 401:
            # Not a scheme that browsers know: they would pop up a dialog for it.
            response["WWW-Authenticate"] = 'PastePassword realm="paste"'
        return response

    def page(
        self, template: str, context: dict[str, Any], error: PasteError
    ) -> HttpResponseBase:
        """Return a page that stands before the text and knows nothing of it."""
        paste = services.find_paste(self.kwargs["slug"])
        context |= {"error": error, "paste_url": self.paste_url}
        context |= created_context(self.request, paste)
        response = render(self.request, template, context, status=error.status)
        answers.add_error_headers(response, error)
        answers.keep_privately(response, may_revalidate=False)
        return forget_created(response, context, self.paste_url)


def created_context(request: HttpRequest, paste: Paste) -> dict[str, Any]:
    """Return what the page shows to the paste's maker; once, also the owner token."""
    token = cookies.owner_token(request, paste)
    is_new = bool(token and request.COOKIES.get(cookies.CREATED_COOKIE))
    return {
        "is_maker": bool(token),
        "new_owner_token": token if is_new else "",
        "link": answers.full_link(request, paste.get_absolute_url()),
    }


def forget_created(
    response: HttpResponseBase, context: dict[str, Any], paste_url: str
) -> HttpResponseBase:
    if context["new_owner_token"]:
        response.delete_cookie(cookies.CREATED_COOKIE, path=paste_url, samesite="Lax")
    return response


class DetailView(ReaderMixin, View):
    """The paste's page. POST unlocks it, or consents to its only reading."""

    http_method_names = ["get", "head", "post", "options"]

    def get(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        opened = self.open()
        language = self.language(extension)
        if language and not extension and opened.paste.is_public:
            return redirect("pastes:syntax", slug=slug, extension=language.extension)
        return self.text_page(opened, language)

    def post(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        # Before anything is claimed: a language that is none must not burn the text.
        language = self.language(extension)
        if "consent" in request.POST:
            return self.text_page(self.open(consent=True), language)
        password = request.POST.get("password", "")
        grant = services.unlock_paste(slug, password=password, client=self.client)
        form = UnlockForm(request.POST)
        page = form.cleaned_data["next"] if form.is_valid() else ""
        target = reverse(f"pastes:{page}", args=[slug]) if page else self.paste_url
        if extension and not page:
            target += f"?syntax={extension}"
        response = redirect(target)
        if grant:
            cookies.keep_grant(response, self.paste_url, grant)
        return response

    def language(self, extension: str) -> highlight.Language | None:
        """Return the language that the reader asked for, by either way.

        A link's extension that names none is a file's own, as haste's clients append
        it: the paste is shown in its own language.
        """
        word = extension or self.request.GET.get("syntax", "")
        if not word:
            return None
        language = highlight.find_language(word)
        if language is None and not extension:
            raise services.NotFound()
        return language

    def text_page(
        self, opened: Opened, language: highlight.Language | None
    ) -> HttpResponseBase:
        paste = opened.paste
        syntax = language.key if language else paste.syntax
        rendered = services.render_paste(opened, syntax)
        shown = highlight.find_language(syntax) or highlight.MENU[0]
        is_on_menu = shown in highlight.MENU
        context = {
            "paste": paste,
            "lines": rendered.lines,
            # The one place that trusts HTML: the highlighter escapes all of the text.
            "html": mark_safe(rendered.html),  # noqa: S308
            "note": NOTES.get(rendered.note, ""),
            "language": shown,
            "languages": highlight.MENU if is_on_menu else (shown, *highlight.MENU),
            "size": services.say_size(paste.size),
            "parent": services.find_parent(paste),
        }
        context |= created_context(self.request, paste)
        response = render(self.request, "pastes/detail.html", context)
        if not paste.is_public or context["is_maker"]:
            answers.keep_privately(response, may_revalidate=False)
            return forget_created(response, context, self.paste_url)
        return answers.revalidated(self.request, response)


class DownloadView(ReaderMixin, View):
    """The bytes as a file. POST consents to a burn paste's only reading."""

    http_method_names = ["get", "head", "post", "options"]
    next_page = "download"

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return answers.plain_text(request, self.open(), download=True)

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return answers.plain_text(request, self.open(consent=True), download=True)


class ForkView(ReaderMixin, View):
    """The form with a paste's text in it, to make a new paste from."""

    http_method_names = ["get", "head", "options"]
    next_page = "fork"

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        opened = self.open()
        form = PasteForm(
            initial={
                "text": opened.text,
                "title": opened.paste.title,
                "syntax": opened.paste.syntax,
                "fork_of": slug,
                "line_ends": line_ends_of(opened.text),
            }
        )
        context = {"form": form, "parent": opened.paste}
        response = render(request, "pastes/create.html", context)
        return answers.keep_privately(response, may_revalidate=False)
