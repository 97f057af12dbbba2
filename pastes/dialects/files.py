"""0x0.st and rustypaste: files in a form, and their owners' requests afterwards.

Sources: mia-0/0x0 `fhost.py`, and orhun/rustypaste `server.rs` and `header.rs`.
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from pastes import answers, bodies, lifetimes, services
from pastes.dialects.base import DialectView, text_answer
from pastes.dialects.links import LinksView, named, parts_of
from pastes.services import Forbidden, Malformed, NotFound, PasteError

View = Callable[..., HttpResponseBase]

PARTS = re.compile("file|oneshot")
# 0x0.st takes a number from here on for milliseconds since 1970, below it for hours.
EPOCH_FROM = 1650460320000
SECOND = 1_000_000_000
# The units that humantime knows. Months and years are as long as everywhere here.
UNITS = {
    "ns nsec nanos nanoseconds": 1,
    "us usec micros microseconds": 1_000,
    "ms msec millis milliseconds": 1_000_000,
    "s sec secs second seconds": SECOND,
    "m min mins minute minutes": lifetimes.SECONDS["m"] * SECOND,
    "h hr hrs hour hours": lifetimes.SECONDS["h"] * SECOND,
    "d day days": lifetimes.SECONDS["d"] * SECOND,
    "w wk wks week weeks": lifetimes.SECONDS["w"] * SECOND,
    "M month months": lifetimes.SECONDS["M"] * SECOND,
    "y yr yrs year years": lifetimes.SECONDS["y"] * SECOND,
}
NANOSECONDS = {word: span for words, span in UNITS.items() for word in words.split()}
SPAN = re.compile(r"\s*([0-9]{1,12})\s*([A-Za-z]+)")


class FilesView(LinksView):
    """POST / with files: `file` is a paste, `oneshot` can be read once."""

    own = re.compile("file|oneshot|secret|expires")
    heeded = ("expire",)

    def read(self, form: bodies.Form) -> list[dict[str, Any]]:
        lifetime = self.lifetime(form)
        name = answers.as_utf8(self.request.headers.get("filename", ""))
        parts = parts_of(form, PARTS)
        if len({part.field for part in parts}) == 2:
            # Their order in the request is not known, so neither would the links' be.
            raise Malformed(_("Send “file” and “oneshot” in requests of their own."))
        return [
            {**named(part, name), "lifetime": lifetime, "burn": part.field == "oneshot"}
            for part in parts
        ]

    def lifetime(self, form: bodies.Form) -> str | int:
        """Return the lifetime asked for, by 0x0's field or by rustypaste's header."""
        header = self.request.headers.get("expire")
        if header is not None and "expires" in form.fields:
            raise Malformed(
                _("Send either the field “expires” or the header “expire”.")
            )
        if header is not None:
            return seconds_of(header)
        return seconds_until(form.word("expires")) if "expires" in form.fields else ""


class ManageView(DialectView):
    """POST to a paste's link as 0x0.st's owners do: `token`, and `delete` or `expires`."""

    http_method_names = ["post"]

    def post(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponseBase:
        token = request.POST["token"]
        if "delete" in request.POST:
            services.delete_paste(slug, owner_token=token)
            return text_answer("")
        services.edit_paste(
            slug,
            owner_token=token,
            lifetime=seconds_until(request.POST["expires"]),
            client=answers.client_of(request),
        )
        return text_answer("", status=202)

    def refuse(self, error: PasteError) -> HttpResponseBase:
        status = 401 if isinstance(error, Forbidden) else error.status
        return text_answer(f"{error.sentence}\n", status=status)


class DeleteView(DialectView):
    """DELETE of a paste's link as rustypaste's owners do, the token in a header."""

    http_method_names = ["delete"]

    def delete(
        self, request: HttpRequest, slug: str, extension: str = ""
    ) -> HttpResponse:
        words = request.headers.get("Authorization", "").split()
        services.delete_paste(slug, owner_token=words[-1] if words else "")
        return text_answer("file deleted\n")

    def refuse(self, error: PasteError) -> HttpResponseBase:
        if isinstance(error, Forbidden):
            return text_answer("unauthorized\n", status=401)
        if isinstance(error, NotFound):
            return text_answer("file is not found or expired :(\n", status=404)
        return super().refuse(error)


def seconds_until(expires: str) -> int:
    """Return the seconds that 0x0's field `expires` asks for. Raises Malformed."""
    if not re.fullmatch(r"[0-9]{1,16}", expires):
        raise Malformed(_("For expires, say whole hours, or milliseconds since 1970."))
    number = int(expires)
    if number < EPOCH_FROM:
        return number * lifetimes.SECONDS["h"]
    seconds = (number - int(timezone.now().timestamp() * 1000)) // 1000
    if seconds <= 0:
        raise Malformed(_("That time is over already."))
    return seconds


def seconds_of(span: str) -> int:
    """Return the seconds, rounded up, of a span as humantime writes it: "1h 30min".

    Raises Malformed.
    """
    parts = SPAN.findall(span) if len(span) <= 100 else []
    is_span = parts and not SPAN.sub("", span).strip()
    if not is_span or any(unit not in NANOSECONDS for count, unit in parts):
        raise Malformed(_("For expire, say a span of time such as 10min or 1h 30m."))
    total = sum(int(count) * NANOSECONDS[unit] for count, unit in parts)
    return -(-total // SECOND)


manage = ManageView.as_view()
delete = DeleteView.as_view()


def at_paste(request: HttpRequest) -> View | None:
    """Return the view of an owner's request to a paste's link, or None for the page."""
    if request.method == "DELETE":
        return delete
    if request.method != "POST" or "token" not in request.POST:
        return None
    sent = request.POST
    is_page = "csrfmiddlewaretoken" in sent
    return manage if not is_page and ("delete" in sent or "expires" in sent) else None
