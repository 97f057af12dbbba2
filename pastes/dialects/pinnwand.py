"""pinnwand's door: its JSON API v1 and /curl, as steck, bpa.st's users and curl speak it.

Read from the source of pinnwand 1.5.0 and of its main branch (handler/api_v1.py,
handler/api_curl.py). A paste has one file here; a removal link carries the owner token
behind a #, where no server's log gets it.
"""

import re
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from pastes import answers, bodies, highlight, services
from pastes.dialects.base import DialectView, Route, text_answer, with_owner
from pastes.lifetimes import NEVER, SECONDS, parse_span, split_span
from pastes.services import (
    Invalid,
    Malformed,
    NewPaste,
    PasteError,
    RateLimited,
    TooLarge,
)

AUTODETECT = "autodetect"
FIELDS = ("raw", "lexer", "expiry")
# pinnwand's names for what the verbs' errors are about.
NAMES = {"text": "content", "lifetime": "expiry", "syntax": "lexer", "title": "name"}
EXPIRY = re.compile(r"([0-9]{1,6})(minute|hour|day|week|month|year)s?")
UNITS = {
    "minute": "m",
    "hour": "h",
    "day": "d",
    "week": "w",
    "month": "M",
    "year": "y",
}


class ApiView(DialectView):
    """An address of /api/v1/, whose errors are JSON in Tornado's words."""

    def refuse(self, error: PasteError) -> HttpResponseBase:
        status = 400 if isinstance(error, Invalid) else error.status
        phrase = HTTPStatus(status).phrase
        message = f"HTTP {status}: {phrase} ({self.reason(error)})"
        answer = {"state": "error", "code": status, "message": message}
        return JsonResponse(answer, status=status)

    def reason(self, error: PasteError) -> str:
        if isinstance(error, TooLarge):
            return "invalid content (exceeds size limit)"
        if isinstance(error, Invalid):
            field, sentences = next(iter(error.errors.items()))
            if field in ("lifetime", "syntax"):
                return f"invalid {NAMES[field]}"
            return f"invalid {NAMES.get(field, field)} ({sentences[0]})"
        return self.say(error)


class PasteView(ApiView):
    """POST /api/v1/paste: {"expiry", "files": [{"name", "lexer", "content"}]}.

    pastebinit's profile for bpa.st sends the same without "files", in one object.
    """

    http_method_names = ["post", "options"]
    heeded = ("expiry",)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        data = read_object(request)
        file = only_file(data)
        self.refuse_unheeded(data)
        if file is not data:
            self.refuse_unheeded(file, heeded=())
        name, content = word(file, "name"), word(file, "content")
        if not content or content.isspace():
            raise Malformed("invalid content (empty)")
        new = self.create(
            text=content,
            title=name[:200],
            file_name=name,
            syntax=language_of(word(file, "lexer")),
            lifetime=lifetime_of(data.get("expiry")),
        )
        links = {
            "link": self.link_of(new.paste.slug),
            "removal": removal_link(request, new),
        }
        return with_owner(JsonResponse(links), new)


class PasteDetailView(ApiView):
    """GET /api/v1/paste/<slug>: the paste's one file."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        opened = self.open(slug)
        file = {
            "name": opened.paste.title or None,
            "lexer": opened.paste.syntax,
            "content": opened.text,
        }
        return JsonResponse({"files": [file]})


class LexerView(ApiView):
    """GET /api/v1/lexer: key and name of each language on the menu."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        names = {each.key: each.name for each in highlight.MENU}
        return JsonResponse({AUTODETECT: "Autodetect"} | names)


class ExpiryView(ApiView):
    """GET /api/v1/expiry: each offered lifetime in pinnwand's word, and how long it is."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return JsonResponse(
            {
                expiry_of(key): NEVER if key == NEVER else str(parse_span(key))
                for key, _words in services.offered_lifetimes()
            }
        )


class CurlView(DialectView):
    """POST /curl: the fields raw, lexer and expiry in, three lines out."""

    http_method_names = ["post", "options"]
    heeded = ("expiry",)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = bodies.read_form(request, begins=FIELDS.__contains__)
        text = form.data("raw") if form else None
        if form is None or text is None:
            words = _("Send the text as a form's field, with -F or --data-urlencode.")
            raise Invalid({"text": [words]})
        self.refuse_unheeded(form.fields)
        new = self.create(
            text=text,
            syntax=language_of(form.word("lexer")),
            lifetime=lifetime_of(form.word("expiry")),
        )
        slug = new.paste.slug
        path = reverse("pastes:raw-alias", kwargs={"slug": slug})
        raw = answers.full_link(request, path)
        lines = (
            f"Paste URL:   {self.link_of(slug)}\n"
            f"Raw URL:     {raw}\n"
            f"Removal URL: {removal_link(request, new)}\n"
        )
        return with_owner(text_answer(lines), new)

    def refuse(self, error: PasteError) -> HttpResponseBase:
        if isinstance(error, RateLimited):
            words = "Enhance your calm, you have exceeded the ratelimit."
            return text_answer(words, status=error.status)
        if isinstance(error, Invalid):
            field = next(iter(error.errors))
            name = "raw" if field == "text" else NAMES.get(field, field)
            words = f"Invalid `{name}` supplied. {error.sentence}\n"
            return text_answer(words, status=400)
        return super().refuse(error)


def removal_link(request: HttpRequest, new: NewPaste) -> str:
    """Return the link that deletes a paste once its button is pressed."""
    path = reverse("pastes:delete", kwargs={"slug": new.paste.slug})
    return f"{answers.full_link(request, path)}#{new.owner_token}"


def read_object(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object of a body, whatever its type says."""
    try:
        data = bodies.read_json(request)
    except Malformed as error:
        raise Malformed("could not parse json body") from error
    if not isinstance(data, dict):
        raise Malformed("could not parse json body")
    return data


def only_file(data: dict[str, Any]) -> dict[str, Any]:
    files = data.get("files")
    if files is None and "content" in data:
        return data
    if not isinstance(files, list) or not files or not isinstance(files[0], dict):
        raise Malformed("no files provided")
    if len(files) > 1:
        raise Malformed(_("this site keeps one file per paste"))
    return files[0]


def word(data: dict[str, Any], name: str) -> str:
    """Return a value that has to be a string; one that is missing is empty."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"invalid {name}")
    return value


def language_of(lexer: str) -> str:
    return "" if lexer == AUTODETECT else lexer


def expiry_of(key: str) -> str:
    """Return a lifetime's key in pinnwand's word, in which clients ask: "2weeks".

    Of seconds, which pinnwand does not know, the key is the word.
    """
    if key == NEVER:
        return key
    count, letter = split_span(key)
    unit = next((word for word, each in UNITS.items() if each == letter), "")
    if not unit:
        return key
    return f"{count}{unit}" if count == 1 else f"{count}{unit}s"


def lifetime_of(expiry: Any) -> str | int:
    """Return a lifetime as the verbs know it, from the site's key or pinnwand's word.

    "1day" is as long as "1d", offered or not: so pinnwand's clients, which name a fixed
    one, work wherever a paste may live that long. A whole number is seconds.
    """
    if expiry is None:
        return ""
    if isinstance(expiry, int) and not isinstance(expiry, bool):
        return expiry
    if not isinstance(expiry, str):
        raise Malformed("invalid expiry")
    match = EXPIRY.fullmatch(expiry)
    return int(match[1]) * SECONDS[UNITS[match[2]]] if match else expiry


routes: list[Route] = [
    ("api/v1/paste", PasteView, "pinnwand-paste"),
    ("api/v1/paste/<str:slug>", PasteDetailView, "pinnwand-detail"),
    ("api/v1/lexer", LexerView, "pinnwand-lexer"),
    ("api/v1/expiry", ExpiryView, "pinnwand-expiry"),
    ("curl", CurlView, "pinnwand-curl"),
]
