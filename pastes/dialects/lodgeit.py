"""LodgeIt's door: its JSON API, as pastebinit's paste.opendev.org and its clients speak it.

Read from openstack-infra/lodgeit (lib/json.py, lib/webapi.py, database.py). Every paste
here is what LodgeIt calls private: only its link finds it. So nothing lists pastes.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import bodies, highlight
from pastes.dialects.base import DialectView, Route, with_owner
from pastes.services import Malformed, NotFound, PasteError

# The order of the arguments where they come as a list.
NEW = ("language", "code", "parent_id", "filename", "mimetype", "private")
GET = ("paste_id",)


class NoMethod(NotFound):
    code = "no_method"
    sentence = gettext_lazy(
        "There is no such method here: there are pastes.newPaste, pastes.getPaste and "
        "pastes.getLanguages."
    )


class JsonView(DialectView):
    """POST /json/?method=<name>, with the arguments as a JSON object or list."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        methods = {
            "pastes.newPaste": self.new_paste,
            "pastes.getPaste": self.get_paste,
            "pastes.getLanguages": self.get_languages,
        }
        method = methods.get(request.GET.get("method", ""))
        if method is None:
            raise NoMethod()
        return method()

    def refuse(self, error: PasteError) -> HttpResponseBase:
        answer = {"data": None, "error": self.say(error)}
        return JsonResponse(answer, status=error.status)

    def new_paste(self) -> HttpResponseBase:
        values = read_arguments(self.request, NEW)
        self.refuse_unheeded(values)
        # The name helps the guess alone: as a title it would publish a path.
        new = self.create(
            text=word(values, "code"),
            syntax=word(values, "language"),
            file_name=word(values, "filename"),
            fork_of=word(values, "parent_id"),
        )
        return with_owner(data_answer(new.paste.slug), new)

    def get_paste(self) -> HttpResponseBase:
        slug = word(read_arguments(self.request, GET), "paste_id")
        # For `say`, which tells the link of a burn paste.
        self.kwargs["slug"] = slug
        opened = self.open(slug)
        paste = opened.paste
        return data_answer(
            {
                "paste_id": slug,
                "code": opened.text,
                "language": paste.syntax,
                "pub_date": int(paste.created_at.timestamp()),
                "parent_id": None,
                "url": reverse("pastes:show-slash", args=[slug]),
            }
        )

    def get_languages(self) -> HttpResponseBase:
        return data_answer({each.key: each.name for each in highlight.MENU})


class ShowView(DialectView):
    """GET /show/<slug>, with and without a slash: on to the paste's page."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return redirect("pastes:detail", slug=slug, permanent=True)


def read_arguments(request: HttpRequest, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the arguments by name, from an object or from a list in their order."""
    sent = bodies.read_json(request) if request.body else {}
    if isinstance(sent, list) and len(sent) <= len(names):
        return dict(zip(names, sent, strict=False))
    if not isinstance(sent, dict):
        words = _("Send an object with %(names)s.")
        raise Malformed(words % {"names": ", ".join(names)})
    return sent


def word(values: dict[str, Any], name: str) -> str:
    """Return a value that has to be a string; one that is missing is empty."""
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(_("“%(name)s” has to be a string.") % {"name": name})
    return value


def data_answer(data: Any) -> JsonResponse:
    # pastebinit searches for `"data": "` with this very space.
    return JsonResponse({"data": data, "error": None})


routes: list[Route] = [
    ("json/", JsonView, "lodgeit"),
    ("show/<paste:slug>", ShowView, "show"),
    ("show/<paste:slug>/", ShowView, "show-slash"),
]
