"""What the doors share of reading a body: forms byte for byte, JSON within bounds."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, QueryDict

from pastes.services import Invalid, Malformed

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# What `curl --data-binary` sends has the form's type too. A form has no bare line break,
# space or byte over 127, and begins with a field.
FORM_BODY = re.compile(rb"[!-~]*")
FIRST_FIELD = re.compile(rb"([!-%'-<>-~]{1,60})=")


@dataclass(frozen=True)
class File:
    """A file part: the field's name, the file's own name, its bytes."""

    field: str
    name: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """A form's fields and files in the order sent, each value as its very bytes."""

    fields: dict[str, list[bytes]] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    def data(self, name: str) -> bytes | None:
        """Return the last value of a field, or None."""
        return self.fields[name][-1] if self.fields.get(name) else None

    def word(self, name: str, default: str = "") -> str:
        """Return a field as text. Raises Invalid where it is not UTF-8."""
        value = self.data(name)
        if value is None:
            return default
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            sentence = "The fields beside the text are not UTF-8."
            raise Invalid({name: [sentence]}) from error


def read_form(request: HttpRequest, *, begins: Callable[[str], bool]) -> Form | None:
    """Return the form that a body holds, or None where it is a bare text.

    `begins` says whether a field's name is one that the door's forms begin with; only a
    urlencoded form is asked for it. Raises TooManyFieldsSent, TooManyFilesSent or
    MultiPartParserError, which Django answers with 400.
    """
    if request.content_type == MULTIPART:
        return multipart_form(request)
    if request.content_type != FORM:
        return None
    first = FIRST_FIELD.match(request.body)
    if not first or not FORM_BODY.fullmatch(request.body):
        return None
    if not begins(unquote_to_bytes(first[1]).decode(errors="replace")):
        return None
    return urlencoded_form(request)


def decode_form(request: HttpRequest) -> Form:
    """Return the form that a body holds, at an address where it is never a bare text.

    What was not encoded, such as spaces, line breaks and bytes over 127, is taken as it
    is. A body of another media type holds no field. Raises as read_form does.
    """
    if request.content_type == MULTIPART:
        return multipart_form(request)
    # A client that names no type means this one.
    return urlencoded_form(request) if request.content_type in (FORM, "") else Form()


def multipart_form(request: HttpRequest) -> Form:
    """Return a multipart form, and the same one when asked again: it is read once."""
    if not hasattr(request, "multipart"):
        query = request.GET
        # Django writes a replacement for each byte that is not UTF-8; as Latin-1 every
        # byte comes through, and the verb says what is wrong with it.
        request.encoding = "latin-1"
        request.multipart = Form(
            {name: as_bytes(values) for name, values in request.POST.lists()},
            [
                File(name, utf8_name(upload.name or ""), upload.read())
                for name, uploads in request.FILES.lists()
                for upload in uploads
            ],
        )
        request.GET = query
    return request.multipart


def urlencoded_form(request: HttpRequest) -> Form:
    sent = QueryDict(request.body, encoding="latin-1")
    return Form({name: as_bytes(values) for name, values in sent.lists()})


def as_bytes(values: list[Any]) -> list[bytes]:
    return [value.encode("latin-1") for value in values]


def utf8_name(name: str) -> str:
    """Return a file's name that was decoded as Latin-1."""
    try:
        return name.encode("latin-1").decode()
    except ValueError:
        return name


def read_json(request: HttpRequest) -> Any:
    """Return the JSON of a body. Raises Malformed if it is none, or nested too deeply."""
    try:
        return json.loads(request.body.decode())
    except UnicodeDecodeError as error:
        raise Malformed("This is not JSON: it is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise Malformed(
            f"This is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise Malformed(
            "This JSON is nested too deeply, or a number is too long."
        ) from error
