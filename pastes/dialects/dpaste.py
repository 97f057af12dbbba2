"""What the clients of dpaste.org (POST /api/) and dpaste.com (/api/v2/) send.

As in dpaste's views.py and on dpaste.com/api/v2/. Unlike there, no answer is
text/html, in which a text or a word that somebody sent would run.
"""

import re
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.html import escape
from django.utils.http import http_date
from django.utils.translation import gettext as _

from pastes import answers, bodies, highlight, services
from pastes.dialects.base import DialectView, Route, text_answer, with_owner
from pastes.lifetimes import NEVER, parse_span
from pastes.services import Invalid, PasteError

OWN_LEXERS = {"_text": "text", "_code": "text", "_markdown": "markdown", "_rst": "rst"}
LEXERS = ", ".join((*OWN_LEXERS, *(each.key for each in highlight.MENU)))
ONETIME = "onetime"
MAX_DAYS = 365
DAY = 24 * 60 * 60
FIELDS = re.compile(
    "content|lexer|filename|expires|format|title|syntax|poster|expiry_days"
)


class ApiView(DialectView):
    """POST /api/ of dpaste.org. An error is a string without a line break."""

    heeded = ("expires",)
    http_method_names = ["post", "options"]

    def refuse(self, error: PasteError) -> HttpResponseBase:
        status = 400 if isinstance(error, Invalid) else error.status
        return text_answer(error.sentence, status=status)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = bodies.decode_form(request, fields=FIELDS)
        self.refuse_unheeded(form.fields)
        text = sent_text(form)
        lexer, expires = form.word("lexer").strip(), form.word("expires").strip()
        syntax = chosen_syntax(form, lexer)
        is_onetime = expires == ONETIME
        try:
            new = self.create(
                text=text,
                # Not dpaste's, whose page has the field but gives it no meaning.
                title=form.word("title"),
                lifetime="" if is_onetime else expires,
                burn=is_onetime,
                **syntax,
            )
        except Invalid as error:
            raise in_dpastes_words(error, lexer, expires) from error
        link = self.link_of(new.paste.slug)
        answer_format = form.word("format").strip()
        if answer_format == "json":
            fields = {
                "url": link,
                "content": text.decode(),
                "lexer": new.paste.syntax,
            }
            return with_owner(JsonResponse(fields), new)
        return with_owner(
            text_answer(f"{link}\n" if answer_format == "url" else f'"{link}"'), new
        )


def sent_text(form: bodies.Form) -> bytes:
    """Return the field `content`. Raises Invalid if it is absent or blank."""
    text = form.data("content") or b""
    if not text.decode(errors="replace").strip():
        raise Invalid({"text": ["No content given"]})
    return text


def chosen_syntax(form: bodies.Form, lexer: str) -> dict[str, Any]:
    """Return create_paste's syntax, and the file name that helps a guess.

    Without the field `lexer` the site guesses; an empty one leaves it to the file's
    name alone. Raises Invalid if there is neither.
    """
    file_name = form.word("filename").strip()
    if "lexer" not in form.fields:
        return {"syntax": "", "file_name": file_name}
    if lexer:
        return {"syntax": OWN_LEXERS.get(lexer, lexer)}
    if file_name:
        return {"syntax": highlight.guess_language("", file_name)}
    sentence = (
        "No lexer or filename given. Unable to determine a highlight. "
        f"Valid lexers are: {LEXERS}"
    )
    raise Invalid({"syntax": [sentence]})


def in_dpastes_words(error: Invalid, lexer: str, expires: str) -> Invalid:
    if "syntax" in error.errors:
        kind, given, valid = "lexer", lexer, LEXERS
    elif "lifetime" in error.errors:
        kind, given, valid = "expire", expires, ", ".join(expire_values())
    else:
        return error
    given = escape(services.shown(given))
    sentence = (
        f'Invalid {kind} choice "{given}" given. Valid {kind} values are: {valid}'
    )
    return Invalid({kind: [sentence]})


def expire_values() -> list[str]:
    """Return what `expires` may be, with the offered lifetimes in seconds."""
    offered = [key for key, _ in services.offered_lifetimes()]
    return [ONETIME] + [
        key if key == NEVER else str(int(parse_span(key).total_seconds()))
        for key in offered
    ]


class ItemsView(DialectView):
    """POST /api/v2/ of dpaste.com. Its `poster` has no place here."""

    heeded = ("expiry_days",)
    http_method_names = ["post", "options"]

    def refuse(self, error: PasteError) -> HttpResponseBase:
        status = 400 if isinstance(error, Invalid) else error.status
        return text_answer(f"{error.sentence}\n", status=status)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = bodies.decode_form(request, fields=FIELDS)
        self.refuse_unheeded(form.fields)
        new = self.create(
            text=form.data("content") or b"",
            title=form.word("title"),
            syntax=form.word("syntax"),
            lifetime=lifetime_of(form.word("expiry_days")),
        )
        link = self.link_of(new.paste.slug)
        response = text_answer(f"{link}\n", status=201)
        response["Location"] = link
        if new.paste.expires_at:
            response["Expires"] = http_date(new.paste.expires_at.timestamp())
        return with_owner(response, new)


def lifetime_of(days: str) -> str:
    """Return a number of days in seconds. Raises Invalid for anything else."""
    if not days:
        return ""
    if not re.fullmatch(r"[0-9]{1,3}", days) or not 1 <= int(days) <= MAX_DAYS:
        words = _("expiry_days is a number from 1 to %(most)s.")
        raise Invalid({"lifetime": [words % {"most": MAX_DAYS}]})
    return str(int(days) * DAY)


class RawView(DialectView):
    """GET /<id>/raw/, as dpaste writes the address; the same as /<id>/raw."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return answers.plain_text(request, self.open(slug))


routes: list[Route] = [
    ("api/", ApiView, "dpaste"),
    ("api/v2/", ItemsView, "dpaste-com"),
    ("<paste:slug>/raw/", RawView, "dpaste-raw"),
]
