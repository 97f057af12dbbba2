"""sprunge, ix.io and the like: texts in a form's fields, posted to /.

Sources: rupa/sprunge `sprunge.py`, and the help text of ix.io.
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pastes import answers, bodies, highlight
from pastes.dialects.base import DialectView, Route
from pastes.dialects.files import FilesView
from pastes.dialects.links import (
    OPTIONS,
    LinksView,
    named,
    parts_of,
)
from pastes.services import Malformed

View = Callable[..., HttpResponseBase]
routes: list[Route] = []

TEXTS = re.compile("sprunge|content|data")
NUMBERED = re.compile(r"(?:f|id):[0-9]{1,9}")
FILES = re.compile("oneshot|oneshot_url|url|shorten|remote|secret|expires")
# A short text may be "secret=x", so in a urlencoded form these say nothing.
PARTS_ONLY = ("file", "secret", "expires", "rm")
# What is another pastebin's form even where the site's own field stands beside it.
SHARP = re.compile(r"sprunge|(?:f|id):[0-9]{1,9}|oneshot|oneshot_url|secret|expires")
# Fields that a form with such a text may begin with.
FIRST = re.compile(
    r"text|title|syntax|lifetime|burn|password|poster|lang|lexer|(?:name|ext|read):[0-9]{1,9}"
)
# `curl -d 'sprunge=two words'` encodes nothing, and no honest text begins so. Others may
# begin like the other fields, but not with a secret further along the line.
HALF_FORM = re.compile(
    rb"(?:sprunge|oneshot|f(?::|%3[Aa])[0-9]{1,9})="
    rb"|(?:content|data|url|shorten|remote|text|title|syntax|lang|lexer|poster"
    rb"|(?:name|ext|read)(?::|%3[Aa])[0-9]{1,9})=.*"
    rb"&(?:password|burn|lifetime|expires?|expiry|expiry_days|secret"
    rb"|sprunge|(?:f|read)(?::|%3[Aa])[0-9]{1,9})=",
    re.DOTALL,
)


class TextView(LinksView):
    """POST / with the text in the field `sprunge`, `content` or `data`."""

    own = re.compile("sprunge|content|data|title|syntax")

    def read(self, form: bodies.Form) -> list[dict[str, Any]]:
        syntax = form.word("lang") or form.word("lexer") or form.word("syntax")
        title = form.word("title")
        parts = parts_of(form, TEXTS)
        return [named(part, title) | {"syntax": syntax} for part in parts]


class NumberedView(LinksView):
    """POST / as to ix.io: a paste for each `f:N`, with its `name:N`, `ext:N`, `read:N`."""

    own = re.compile(r"(?:f|id|read):[0-9]{1,9}|rm")

    def read(self, form: bodies.Form) -> list[dict[str, Any]]:
        if "Authorization" in self.request.headers:
            raise Malformed(_("There are no users here: send it without a login."))
        for name in form.fields:
            if name == "rm" or name.startswith("id:"):
                raise Malformed(
                    _(
                        "Only the page of a paste, or its owner token, changes or "
                        "deletes it."
                    )
                )
        parts = parts_of(form, re.compile(r"f:[0-9]{1,9}"))
        reads = {name for name in form.fields if name.startswith("read:")}
        if reads - {f"read:{part.field[2:]}" for part in parts}:
            raise Malformed(_("Each read:N needs its f:N."))
        parts.sort(key=lambda part: int(part.field[2:]))
        return [self.one(form, part, part.field[2:]) for part in parts]

    def one(self, form: bodies.Form, part: bodies.File, number: str) -> dict[str, Any]:
        reads = form.word(f"read:{number}")
        if reads not in ("", "1"):
            raise Malformed(
                _("A paste here can be read once or without limit: read:N=1.")
            )
        return {
            **named(part, form.word(f"name:{number}")),
            "syntax": form.word(f"ext:{number}"),
            "burn": reads == "1",
        }


class ColouredView(DialectView):
    """GET /<slug>?py, sprunge's coloured view: the page is at /<slug>.py."""

    http_method_names = ["get", "head"]

    def get(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        word = request.META["QUERY_STRING"]
        return redirect("pastes:syntax", slug=slug, extension=word)


text = TextView.as_view()
numbered = NumberedView.as_view()
files = FilesView.as_view()
coloured = ColouredView.as_view()


def at_root(request: HttpRequest) -> View | None:
    """Return the view of a form that is plainly another pastebin's, or None."""
    if request.method != "POST":
        return None
    names = sent_names(request)
    if "text" in names and not any(SHARP.fullmatch(name) for name in names):
        return None
    if any(NUMBERED.fullmatch(name) or name == "rm" for name in names):
        return numbered
    if any(TEXTS.fullmatch(name) for name in names):
        return text
    if any(FILES.fullmatch(name) for name in names):
        return files
    if "file" in names and not has_options(request, names):
        return files
    is_half = request.content_type == bodies.FORM and HALF_FORM.match(request.body)
    return text if is_half else None


def has_options(request: HttpRequest, names: list[str]) -> bool:
    """Say whether a form with a file is the site's own, by an option of it."""
    if "expire" in request.headers:
        return False
    is_locked = answers.given_lock(request) is not None
    return bool(request.GET) or is_locked or any(name in OPTIONS for name in names)


def sent_names(request: HttpRequest) -> list[str]:
    """Return the names of a form's fields and files; none where there is no such form."""
    form = bodies.read_form(request, begins=may_begin)
    if form is None:
        return []
    if request.content_type == bodies.MULTIPART:
        return [*form.fields, *(file.field for file in form.files)]
    return [name for name in form.fields if name not in PARTS_ONLY]


def may_begin(name: str) -> bool:
    kinds = (TEXTS, NUMBERED, FILES, FIRST)
    return name not in PARTS_ONLY and any(kind.fullmatch(name) for kind in kinds)


def at_paste(request: HttpRequest) -> View | None:
    """Return the view of sprunge's /<slug>?py, or None."""
    word = request.META.get("QUERY_STRING", "")
    is_word = re.fullmatch(r"[A-Za-z0-9+_-]{1,30}", word)
    if request.method not in ("GET", "HEAD") or not is_word:
        return None
    return coloured if highlight.find_language(word) else None
