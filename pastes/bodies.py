"""What the doors share of reading a body: forms byte for byte, JSON within bounds."""

import io
import json
import re
from binascii import a2b_qp
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote_to_bytes

import re2
from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes.services import Invalid, Malformed

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = ("application/json", "text/json")
# What `curl --data-binary` sends has the form's type too. A form has no bare line break,
# space or byte over 127, and begins with a field.
IN_FORM = bytes(range(ord("!"), ord("~") + 1))
# What stands in a JSON body, text by text and part by part. It reads each byte once, also
# where a string never ends.
JSON_PART = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[,:{\[]', re.DOTALL)
# Python takes some 25 times the size of a body that is all structure. The largest that
# any door understands has a few dozen parts.
MOST_PARTS = 2000
HALF_A_FORM = gettext_lazy(
    "This looks like a form that was not encoded. Send it with --data-urlencode or -F, "
    "or the bare text with -T."
)
# By RE2: of ten million escapes `re` looks at each by itself.
BYTES = re2.Options()
BYTES.encoding = re2.Options.Encoding.LATIN1
LOOSE_ESCAPE = re2.compile(
    rb"%(?:[^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?\z)", BYTES
)
TO_QP = bytes.maketrans(b"+%", b" =")
# What is no escape is decoded one by one, some million a second.
MOST_LOOSE_ESCAPES = 1_000_000
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
        """Return a field's value, or None. Raises Malformed where there are several."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            words = _("“%(name)s” was sent more than once; nothing is stored.")
            raise Malformed(words % {"name": name})
        return values[0] if values else None

    def word(self, name: str, default: str = "") -> str:
        """Return a field as text. Raises Invalid where it is not UTF-8."""
        value = self.data(name)
        if value is None:
            return default
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            sentence = _("The fields beside the text are not UTF-8.")
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
    if not first or not is_encoded(request.body):
        return None
    if not begins(unquote_to_bytes(first[1]).decode(errors="replace")):
        return None
    return urlencoded_form(request)


def decode_form(request: HttpRequest, *, fields: re.Pattern[str]) -> Form:
    """Return the form that a body holds, at an address where it is never a bare text.

    What was not encoded, such as spaces, line breaks and bytes over 127, is taken as it
    is; but where a field is then none of the `fields` known there, some & was the text's
    own, which would be cut. A body of another media type holds no field. Raises
    Malformed, and as read_form does.
    """
    if request.content_type == MULTIPART:
        return multipart_form(request)
    # A client that names no type means this one.
    if request.content_type not in (FORM, ""):
        return Form()
    form = urlencoded_form(request)
    is_known = all(fields.fullmatch(name) for name in form.fields)
    if not is_known and not is_encoded(request.body):
        raise Malformed(HALF_A_FORM)
    return form


def multipart_form(request: HttpRequest) -> Form:
    """Return a multipart form, and the same one when asked again: it is read once."""
    if not hasattr(request, "multipart"):
        check_end(request)
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


def forget(request: HttpRequest) -> None:
    """Let go of what was sent, once it is answered; files are closed by Django.

    A request lives on in cycles (its user and its messages know it) until Python looks
    for such, after a hundred texts of a megabyte maybe.
    """
    for name in ("_body", "_post", "multipart"):
        vars(request).pop(name, None)
    # Django keeps the body here too, for who wants to read it again.
    request._stream = io.BytesIO()


def check_end(request: HttpRequest) -> None:
    """Refuse a multipart body without its last boundary: it was cut off (RFC 2046)."""
    boundary = request.content_params.get("boundary", "").encode("latin-1", "replace")
    if boundary and b"--%b--" % boundary not in request.body[-1024:]:
        raise Malformed(_("The form was cut off; nothing is stored."))


def urlencoded_form(request: HttpRequest) -> Form:
    """Return a urlencoded form, read as Django reads one.

    But not by Python piece by piece, which takes seconds and two gigabytes for a text of
    ten megabytes. Raises TooManyFieldsSent, or Malformed where it is hardly encoded.
    """
    form = Form()
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if request.body.count(b"&") >= most:
        raise TooManyFieldsSent
    for pair in filter(None, request.body.split(b"&")):
        name, _equals, value = map(decoded, pair.partition(b"="))
        form.fields.setdefault(name.decode("latin-1"), []).append(value)
    return form


def is_encoded(body: bytes) -> bool:
    return not body.translate(None, IN_FORM)


def decoded(value: bytes) -> bytes:
    """Return the bytes that urlencoded ones stand for. Raises Malformed."""
    if not LOOSE_ESCAPE.search(value):
        # The same escapes but for their sign, and decoded by C.
        return a2b_qp(value.replace(b"=", b"=3D").translate(TO_QP))
    value = value.replace(b"+", b" ")
    if value.count(b"%") > MOST_LOOSE_ESCAPES:
        raise Malformed(HALF_A_FORM)
    return unquote_to_bytes(value)


def as_bytes(values: list[Any]) -> list[bytes]:
    return [value.encode("latin-1") for value in values]


def utf8_name(name: str) -> str:
    """Return a file's name that was decoded as Latin-1."""
    try:
        return name.encode("latin-1").decode()
    except ValueError:
        return name


def read_json(request: HttpRequest) -> Any:
    """Return the JSON of a body. Raises Malformed if it is none, or has too many parts."""
    if has_too_many_parts(request.body):
        words = _("This JSON is nested too deeply, or has more than %(count)s parts.")
        raise Malformed(words % {"count": MOST_PARTS})
    try:
        return json.loads(request.body.decode())
    except UnicodeDecodeError as error:
        raise Malformed(_("This is not JSON: it is not UTF-8.")) from error
    except json.JSONDecodeError as error:
        words = _("This is not JSON: %(fault)s, at line %(line)s, column %(column)s.")
        # Python's own words for the fault know no other language.
        found = {"fault": error.msg, "line": error.lineno, "column": error.colno}
        raise Malformed(words % found) from error
    except (ValueError, RecursionError) as error:
        raise Malformed(
            _("This JSON is nested too deeply, or a number is too long.")
        ) from error


def has_too_many_parts(body: bytes) -> bool:
    """Say whether a JSON body has more structure than a door can want, unread."""
    count = sum(1 for _ in islice(JSON_PART.finditer(body), MOST_PARTS + 1))
    return count > MOST_PARTS
