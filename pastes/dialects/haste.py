"""What hastebin's clients send: POST /documents, and GET /documents/<id>.

As in haste-server's lib/document_handler.js. /raw/<id> is the terminal's door.
"""

from typing import Any

from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
    JsonResponse,
)

from pastes import bodies
from pastes.dialects.base import DialectView, Route, with_owner
from pastes.services import PasteError

# What haste says itself, by the error's code; the rest is said in the site's words.
WORDS = {
    "too_large": "Document exceeds maximum length.",
    "not_found": "Document not found.",
}


def compact(values: dict[str, str], *, status: int = 200) -> JsonResponse:
    """Return JSON without spaces: shell scripts cut the key out of {"key":"..."}."""
    params = {"separators": (",", ":")}
    return JsonResponse(values, status=status, json_dumps_params=params)


class HasteView(DialectView):
    """Tells an error as {"message": ...}; haste has no status 413 or 422."""

    def refuse(self, error: PasteError) -> HttpResponseBase:
        message = WORDS.get(error.code) or self.say(error)
        status = 400 if error.status in (413, 422) else error.status
        return compact({"message": message}, status=status)


class CreateView(HasteView):
    """POST /documents: the text as the body."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        new = self.create(**self.sent(request))
        # haste-client wants exactly 200.
        return with_owner(compact({"key": new.paste.slug}), new)

    def sent(self, request: HttpRequest) -> dict[str, Any]:
        """Return the text, with its file's name.

        Clients send the bare text under a form's type too, so only multipart is a form.
        """
        if request.content_type != bodies.MULTIPART:
            return {"text": request.body}
        form = bodies.multipart_form(request)
        self.refuse_unheeded(form.fields)
        for file in form.files:
            if file.field == "data":
                return {"text": file.data, "file_name": file.name}
        return {"text": form.data("data") or b""}


class DocumentView(HasteView):
    """GET /documents/<id>, where an extension, as in <id>.py, changes nothing."""

    http_method_names = ["get", "head", "options"]

    def get(
        self, request: HttpRequest, slug: str = "", rest: str = "", name: str = ""
    ) -> HttpResponseBase:
        # Without a slug this is some name that no paste has.
        opened = self.open(slug)
        return compact({"data": opened.text, "key": slug})


class ShareView(HasteView):
    """GET /share/<id>: what hastebin.com's clients print leads to the paste."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        return HttpResponsePermanentRedirect(self.link_of(slug))


routes: list[Route] = [
    ("documents", CreateView, "haste"),
    ("documents/<paste:slug>", DocumentView, "haste-document"),
    ("documents/<paste:slug>.<str:rest>", DocumentView, "haste-extension"),
    ("documents/<str:name>", DocumentView, "haste-unknown"),
    ("share/<paste:slug>", ShareView, "haste-share"),
]
