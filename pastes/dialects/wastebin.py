"""wastebin's JSON: POST / with a text and its options, and GET /dl/<id>.

Sources: matze/wastebin `handlers/insert/api.rs`, `errors.rs` and `download.rs`.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import answers, bodies, highlight
from pastes.dialects.base import DialectView, Route, with_owner
from pastes.services import Invalid, Malformed, PasteError

View = Callable[..., HttpResponseBase]

# What a key means, and which kind of value it has.
KINDS = {
    "text": str,
    "extension": str,
    "title": str,
    "expires": int,
    "burn_after_reading": bool,
    "password": str,
}
WORDS = {
    str: gettext_lazy("“%(key)s” is not a string."),
    int: gettext_lazy("“%(key)s” is not a whole number of seconds."),
    bool: gettext_lazy("“%(key)s” is not true or false."),
}
BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
TEXT_KEY = re.compile(rb"""["']?\btext["']?\s*:""")
EXTENSION = re.compile(r"[A-Za-z0-9+_-]{1,30}")
BARE = gettext_lazy(
    "To share JSON itself as a text, leave out the Content-Type “application/json”, or "
    "send the text with -T."
)


class WastebinView(DialectView):
    """Tells every error as {"message": ...}."""

    def refuse(self, error: PasteError) -> HttpResponseBase:
        return JsonResponse({"message": self.say(error)}, status=error.status)


class InsertView(WastebinView):
    """POST /: stores the text of an object; its answer is the path of the page."""

    http_method_names = ["post"]
    heeded = ("password", "expires", "burn_after_reading")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if request.GET or answers.given_lock(request) is not None:
            raise Invalid({"text": [_("Write the options into the JSON."), BARE]})
        sent = read_object(request)
        self.refuse_unheeded(sent)
        word = sent.get("extension") or ""
        is_known = EXTENSION.fullmatch(word) and highlight.find_language(word)
        seconds = sent.get("expires")
        new = self.create(
            text=sent["text"],
            title=sent.get("title") or "",
            syntax=word if is_known else "",
            file_name=f"x.{word}" if word else "",
            lifetime="" if seconds is None else seconds,
            burn=sent.get("burn_after_reading") or False,
            password=sent.get("password") or "",
        )
        path = reverse("pastes:detail", args=[new.paste.slug])
        if is_known:
            path = reverse("pastes:syntax", args=[new.paste.slug, word])
        answer = {"path": path, "owner": new.owner_token}
        return with_owner(JsonResponse(answer), new)


class DownloadView(WastebinView):
    """GET /dl/<id>: the bytes as a file; an extension changes nothing."""

    http_method_names = ["get", "head", "options"]

    def get(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        return answers.plain_text(request, self.open(slug), download=True)


def read_object(request: HttpRequest) -> dict[str, Any]:
    """Return the object that was sent, each value of its kind. Raises Invalid."""
    try:
        sent = bodies.read_json(request)
    except Malformed as error:
        raise Invalid({"text": [error.sentence, BARE]}) from error
    for key, kind in KINDS.items():
        value = sent.get(key)
        # To Python, true is a whole number too.
        is_kind = isinstance(value, kind) and (type(value) is bool) == (kind is bool)
        if not is_kind and (value is not None or key == "text"):
            raise Invalid({key: [WORDS[kind] % {"key": key}, BARE]})
    return sent


def is_json(request: HttpRequest) -> bool:
    """Say whether a POST to / is JSON; asked also before its body was read."""
    return request.method == "POST" and request.content_type in bodies.JSON


insert = InsertView.as_view()
routes: list[Route] = [
    ("dl/<paste:slug>", DownloadView, "dl"),
    ("dl/<paste:slug>.<extension:extension>", DownloadView, "dl-syntax"),
]


def at_root(request: HttpRequest) -> View | None:
    """Return the view of an object with a text; other JSON is itself a text."""
    return insert if is_json(request) and is_object(request.body) else None


def is_object(body: bytes) -> bool:
    """Say whether a body is an object with a key `text`, or was meant to be one.

    Stored as a text, what was meant to be one would publish the password in it.
    """
    if not BEGINS.match(body):
        return False
    if bodies.has_too_many_parts(body):
        return TEXT_KEY.search(body[:200]) is not None
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return TEXT_KEY.search(body) is not None
    return "text" in sent
