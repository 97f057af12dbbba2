"""The page that compares two pastes, and what stands before it."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import generic

from pastes import answers, highlight, services
from pastes.highlight import Comparison, Note
from pastes.services import ConsentRequired, Opened, PasteError
from pastes.views import cookies
from pastes.views.errors import PasteErrorMixin
from pastes.views.reading import LOCK_ERRORS

# Opens the second paste of a comparison, whose path its own cookie does not reach.
OTHER_GRANT_COOKIE = "unlock_other"
SIDE = "side"
NOTES = {
    Note.TOO_LARGE: gettext_lazy(
        "These texts are too large, or differ in too much, to be compared here."
    ),
    Note.TOO_SLOW: gettext_lazy("Comparing these texts took too long."),
    Note.BUSY: gettext_lazy(
        "These texts could not be compared just now: the site is busy. Reload the page "
        "later."
    ),
    Note.FAILED: gettext_lazy("These texts could not be compared."),
}
LINE_ENDS = {"lf": "LF", "crlf": "CRLF", "mixed": gettext_lazy("both CRLF and LF")}


class DiffView(PasteErrorMixin, generic.View):
    """What has to change in one paste to make the other. POST unlocks one of them."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, slug: str, other: str) -> HttpResponseBase:
        # What is not there is said before anybody types a password for the other.
        services.find_paste(slug)
        services.find_paste(other)
        opened = []
        for each, grant in ((slug, self.grant()), (other, self.other_grant())):
            try:
                opened.append(self.open(each, grant))
            except (*LOCK_ERRORS, ConsentRequired) as error:
                return self.closed_page(each, error)
        return self.diff_page(*opened)

    def post(self, request: HttpRequest, slug: str, other: str) -> HttpResponseBase:
        chosen = request.POST.get("paste", "")
        response = redirect(self.address(slug, other))
        if chosen not in (slug, other):
            return response
        password = request.POST.get("password", "")
        try:
            grant = services.unlock_paste(chosen, password=password, client=self.client)
        except LOCK_ERRORS as error:
            return self.closed_page(chosen, error)
        if grant:
            self.keep_grant(response, chosen, grant)
        return response

    @property
    def client(self) -> services.Client:
        """The caller; comparing is no view: most come from one of the two pages."""
        key = cookies.maker_key(self.request)
        return replace(answers.client_of(self.request, maker_key=key), counts=False)

    def open(self, slug: str, grant: str) -> Opened:
        return services.open_paste(slug, grant=grant, client=self.client)

    def grant(self) -> str:
        return self.request.COOKIES.get(answers.GRANT_COOKIE, "")

    def other_grant(self) -> str:
        return self.request.COOKIES.get(OTHER_GRANT_COOKIE, "")

    def keep_grant(self, response: HttpResponseBase, chosen: str, grant: str) -> None:
        """Open the paste on its own page, first here, and second when they are swapped.

        Each cookie goes to the addresses of this one paste alone.
        """
        slug, other = self.kwargs["slug"], self.kwargs["other"]
        first = other if chosen == slug else slug
        cookies.keep_grant(response, reverse("pastes:detail", args=[chosen]), grant)
        path = reverse("pastes:diff", args=[first, chosen])
        cookies.keep(response, OTHER_GRANT_COOKIE, grant, services.GRANT_SECONDS, path)

    def closed_page(self, slug: str, error: PasteError) -> HttpResponseBase:
        """Return the page that asks for a password, or says that it is read once only.

        It knows nothing of the two pastes but their links.
        """
        context = {
            "error": error,
            "slug": slug,
            "paste_url": reverse("pastes:detail", args=[slug]),
            "address": self.address(self.kwargs["slug"], self.kwargs["other"]),
            "is_burn": isinstance(error, ConsentRequired),
        }
        response = render(
            self.request, "pastes/diff_closed.html", context, status=error.status
        )
        if error.status == 401:
            # Not a scheme that browsers know: they would pop up a dialog for it.
            response["WWW-Authenticate"] = 'PastePassword realm="paste"'
        answers.add_error_headers(response, error)
        return answers.keep_privately(response, may_revalidate=False)

    @property
    def is_side(self) -> bool:
        return self.request.GET.get("view") == SIDE

    def address(self, slug: str, other: str, *, is_side: bool | None = None) -> str:
        """Return where two pastes are compared, in the view of this page or another."""
        is_side = self.is_side if is_side is None else is_side
        path = reverse("pastes:diff", args=[slug, other])
        return f"{path}?view={SIDE}" if is_side else path

    def diff_page(self, first: Opened, second: Opened) -> HttpResponseBase:
        slug, other = first.paste.slug, second.paste.slug
        comparison = services.compare_pastes(first, second, client=self.client)
        pair = [
            paste_context(each, lines)
            for each, lines in zip((first, second), comparison.lines, strict=True)
        ]
        context = {
            "pair": pair,
            "first": pair[0],
            "second": pair[1],
            "note": NOTES.get(comparison.note, ""),
            "sentences": say_differences(comparison, first.text, second.text),
            "hunks": self.hunks(comparison, first, second),
            "rest": comparison.rest,
            "odd": odd_badges(first.text, second.text),
            "is_side": self.is_side,
            # The longest number decides how wide the numbers' columns are.
            "digits": len(str(max(comparison.lines))),
            "below_url": self.address(slug, other, is_side=False),
            "beside_url": self.address(slug, other, is_side=True),
            "swapped_url": self.address(other, slug),
        }
        response = render(self.request, "pastes/diff.html", context)
        if first.paste.is_public and second.paste.is_public:
            return answers.revalidated(self.request, response)
        return answers.keep_privately(response, may_revalidate=False)

    def hunks(
        self, comparison: Comparison, first: Opened, second: Opened
    ) -> list[dict[str, Any]]:
        links = (lines_url(first), lines_url(second))
        return [
            {
                "skipped": each.skipped,
                "html": answers.trusted(
                    highlight.link_lines(
                        each.beside if self.is_side else each.below, *links
                    )
                ),
            }
            for each in comparison.hunks
        ]


def paste_context(opened: Opened, lines: int) -> dict[str, Any]:
    paste = opened.paste
    return {
        "slug": paste.slug,
        "title": paste.title or paste.slug,
        "url": paste.get_absolute_url(),
        "lines": lines,
        "size": services.say_size(paste.size),
        "changed_at": paste.edited_at or paste.created_at,
    }


def odd_badges(*texts: str) -> list[str]:
    """Return the short names of the odd characters in any of the texts, each once."""
    found = [each.badge for text in texts for each in highlight.find_odd(text)]
    return list(dict.fromkeys(found))


def lines_url(opened: Opened) -> str:
    """Return where a paste's numbered lines are: not in every view that it opens in."""
    url = opened.paste.get_absolute_url()
    usual = highlight.default_view(opened.text, opened.paste.syntax)
    return f"{url}?view=source" if usual is highlight.View.MARKDOWN else url


def say_differences(comparison: Comparison, first: str, second: str) -> list[str]:
    """Return in sentences how much differs, and what no row of the table can show."""
    if comparison.note is not Note.NONE:
        return []
    if first == second:
        return [_("The two texts are the same, byte for byte.")]
    removed, added = comparison.removed, comparison.added
    sentences = [_("Each line is the same in both texts.")]
    if removed or added:
        first_half = ngettext(
            "%(count)s line removed", "%(count)s lines removed", removed
        )
        second_half = ngettext("%(count)s line added", "%(count)s lines added", added)
        halves = {
            "removed": first_half % {"count": removed},
            "added": second_half % {"count": added},
        }
        sentences = [_("%(removed)s, %(added)s.") % halves]
    unseen = say_unseen(first, second)
    if not (unseen or removed or added):
        unseen = [_("They differ in which of the lines end with CRLF, which with LF.")]
    return sentences + unseen


def say_unseen(first: str, second: str) -> list[str]:
    sentences = []
    ends = [highlight.line_ends(text) for text in (first, second)]
    if all(ends) and ends[0] != ends[1]:
        words = {"first": LINE_ENDS[ends[0]], "second": LINE_ENDS[ends[1]]}
        sentences.append(
            _("The line ends differ: %(first)s in the first, %(second)s in the second.")
            % words
        )
    if first.endswith("\n") and not second.endswith("\n"):
        sentences.append(_("Only the first text ends with a line feed."))
    elif second.endswith("\n") and not first.endswith("\n"):
        sentences.append(_("Only the second text ends with a line feed."))
    return sentences
