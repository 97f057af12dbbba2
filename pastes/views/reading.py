"""Pages for readers: the paste, its lock, its one reading, its download, a fork."""

import gc
import json
import re
import secrets
from threading import BoundedSemaphore
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views import generic

from pastes import answers, highlight, services
from pastes.forms import PasteForm, UnlockForm, kind_of
from pastes.highlight import Language, Note, Rendered, View
from pastes.models import Paste
from pastes.services import (
    Busy,
    ConsentRequired,
    Held,
    Opened,
    PasswordRequired,
    PasteError,
    TooManyAttempts,
    WrongPassword,
)
from pastes.views import cookies
from pastes.views.errors import PasteErrorMixin

LOCK_ERRORS = (PasswordRequired, WrongPassword, TooManyAttempts, Busy)
NOTES = {
    Note.TOO_LARGE: _("Shown as plain text: it is too large for colours and layout."),
    Note.TOO_SLOW: _("Shown as plain text: colours and layout took too long to make."),
    Note.BUSY: _(
        "Shown as plain text just now: the site is busy. Reload the page later."
    ),
    Note.FAILED: _("Shown as plain text: the site could make no sense of it."),
}
VIEWS = {
    View.SOURCE: _("Source"),
    View.MARKDOWN: _("Markdown"),
    View.TABLE: _("Table"),
    View.TERMINAL: _("Terminal"),
}
# What a link's preview in a chat shows of a public text, in characters.
PREVIEW_LENGTH = 200
# The page of a large text is in memory several times while it is made.
LARGE_BYTES = 256 * 1024
LARGE_PAGES = BoundedSemaphore(1)
# Stands for the text's HTML while its page is made; in no text, as nobody can guess it.
PLACE = secrets.token_hex(16)
# What a page shows as something else: control characters, and carriage returns.
NOT_SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def printable(text: str) -> str:
    """Return a text's beginning as one line, without escapes and what is not seen."""
    words = ESCAPES.sub("", text[: PREVIEW_LENGTH * 4]).split()
    return "".join(filter(str.isprintable, " ".join(words)))[:PREVIEW_LENGTH]


def exact_text(paste: Paste, text: str) -> dict[str, Any]:
    """Return what a burned text's page needs to give the very text back once more."""
    if not paste.is_burn:
        return {}
    is_shown = not NOT_SHOWN.search(text)
    return {
        "exact": "" if is_shown else json.dumps(text),
        "ends_with_feed": text.endswith("\n"),
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
        if isinstance(error, Held) and self.is_makers():
            return self.page("pastes/held.html", {}, error)
        return super().answer_error(error)

    def is_makers(self) -> bool:
        """Say whether this browser made the paste, which may be held."""
        paste = services.find_paste(self.kwargs["slug"], with_held=True)
        return bool(cookies.owner_token(self.request, paste))

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
        paste = services.find_paste(self.kwargs["slug"], with_held=True)
        context |= {"error": error, "paste_url": self.paste_url}
        context |= created_context(self.request, paste)
        response = render(self.request, template, context, status=error.status)
        answers.add_error_headers(response, error)
        answers.keep_privately(response, may_revalidate=False)
        return forget_created(response, context, self.paste_url)


def created_context(request: HttpRequest, paste: Paste) -> dict[str, Any]:
    """Return what the page shows to the paste's maker; once, also the owner token."""
    token = cookies.owner_token(request, paste)
    url = paste.get_absolute_url()
    is_new = bool(token and request.COOKIES.get(cookies.CREATED_COOKIE))
    return {
        "is_maker": bool(token),
        "new_owner_token": token if is_new else "",
        "link": answers.full_link(request, url),
        "paste_url": url,
        "is_locked": paste.is_locked,
        "is_burn": paste.is_burn,
        "is_held": paste.state == Paste.State.HELD,
    }


def forget_created(
    response: HttpResponseBase, context: dict[str, Any], paste_url: str
) -> HttpResponseBase:
    if context["new_owner_token"]:
        response.delete_cookie(cookies.CREATED_COOKIE, path=paste_url, samesite="Lax")
    return response


def put_in_place(response: HttpResponse, html: SafeString) -> None:
    """Put the text's HTML into its page, where PLACE is.

    A template would copy it once for each block and each condition around it.
    """
    before, place, after = response.content.partition(PLACE.encode())
    if not place:
        raise ValueError("The page has no place for its text.")
    response.content = b"".join((before, html.encode(), after))


class DetailView(ReaderMixin, generic.View):
    """The paste's page. POST unlocks it, or consents to its only reading."""

    http_method_names = ["get", "head", "post", "options"]

    def get(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        view = self.asked_view()
        opened = self.open()
        language = self.language(extension)
        if language and not extension and opened.paste.is_public:
            target = reverse("pastes:syntax", args=[slug, language.extension])
            return redirect(f"{target}?view={view.value}" if view else target)
        return self.text_page(opened, language, view)

    def post(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        # Before anything is claimed: a language that is none must not burn the text.
        language = self.language(extension)
        if "consent" in request.POST:
            return self.text_page(self.open(consent=True), language, View.SOURCE)
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

    def language(self, extension: str) -> Language | None:
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

    def asked_view(self) -> View | None:
        word = self.request.GET.get("view", "")
        try:
            return View(word) if word else None
        except ValueError:
            raise services.NotFound() from None

    def text_page(
        self, opened: Opened, language: Language | None, view: View | None
    ) -> HttpResponseBase:
        if opened.paste.size <= LARGE_BYTES:
            return self.make_page(opened, language, view)
        with LARGE_PAGES:
            response = self.make_page(opened, language, view)
            # The HTML is in the template's context, which is in a cycle.
            gc.collect(1)
            return response

    def make_page(
        self, opened: Opened, language: Language | None, view: View | None
    ) -> HttpResponseBase:
        paste, text = opened.paste, opened.text
        syntax = language.key if language else paste.syntax
        # Who asks for a language wants to see its colours.
        usual = View.SOURCE if language else highlight.default_view(text, syntax)
        rendered = services.render_paste(
            opened, syntax, view or usual, client=self.client
        )
        shown = highlight.find_language(syntax) or highlight.MENU[0]
        context = {
            "paste": paste,
            "html": PLACE,
            "lines": rendered.lines,
            "view": rendered.view.value,
            "views": self.views(text, syntax, usual, rendered),
            "note": NOTES.get(rendered.note, ""),
            "odd": highlight.find_odd(text),
            "hides": rendered.view is View.TERMINAL and highlight.hides_words(text),
            "language": shown,
            "language_name": services.say_language(shown),
            "size": services.say_size(paste.size),
            "parent": services.find_parent(paste),
            "preview": printable(text) if paste.is_public else "",
            "plain_title": printable(paste.title) or paste.slug,
        }
        context |= created_context(self.request, paste) | exact_text(paste, text)
        response = render(self.request, "pastes/detail.html", context)
        put_in_place(response, answers.trusted(rendered.html))
        if not paste.is_public or context["is_maker"]:
            answers.keep_privately(response, may_revalidate=False)
            return forget_created(response, context, self.paste_url)
        # A fork's page tells whether its parent is there, for now.
        if rendered.note is not Note.BUSY and paste.fork_of_id is None:
            answers.share(self.request, paste)
        return answers.revalidated(self.request, response)

    def views(
        self, text: str, syntax: str, usual: View, rendered: Rendered
    ) -> list[dict[str, Any]]:
        """Return the views to switch between, or none where there is no choice.

        A text that is burned is on this page alone, and as what it is.
        """
        offered = highlight.offered_views(text, syntax)
        if self.request.method == "POST" or len(offered) < 2:
            return []
        asked = QueryDict(mutable=True)
        if "syntax" in self.request.GET:
            asked["syntax"] = syntax
        links = []
        place = offered.index(rendered.view) if rendered.view in offered else -1
        following = offered[(place + 1) % len(offered)]
        for each in offered:
            query = asked.copy()
            if each is not usual:
                query["view"] = each.value
            links.append(
                {
                    "key": each.value,
                    "name": VIEWS[each],
                    "url": f"{self.request.path}?{query.urlencode()}".rstrip("?"),
                    "is_current": each is rendered.view,
                    "is_next": each is following,
                }
            )
        return links


class DownloadView(ReaderMixin, generic.View):
    """The bytes as a file. POST consents to a burn paste's only reading."""

    http_method_names = ["get", "head", "post", "options"]
    next_page = "download"

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return answers.plain_text(request, self.open(), download=True)

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return answers.plain_text(request, self.open(consent=True), download=True)


class ForkView(ReaderMixin, generic.View):
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
                "line_ends": kind_of(opened.text),
            }
        )
        context = {"form": form, "parent": opened.paste}
        response = render(request, "pastes/create.html", context)
        if opened.grant:
            cookies.keep_fork_grant(response, slug, opened.grant)
        return answers.keep_privately(response, may_revalidate=False)
