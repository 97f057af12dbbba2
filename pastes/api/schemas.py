"""What the API takes and gives, as its document describes it.

The verbs decide what a paste may be; here stand the types, and for readers of the
document what the verbs will say. `test_api_document.py` and Schemathesis hold the two
together.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)
from pydantic_core import PydanticCustomError

from pastes import highlight, services, tokens
from pastes.services import MAX_PASSWORD, MAX_TITLE

Extra = Callable[[dict[str, Any]], None]


def described(**words: Any) -> Extra:
    """Return what puts these words into a field's schema."""
    return lambda schema: schema.update(words)


URI = described(format="uri")


def describe_lifetime(schema: dict[str, Any]) -> None:
    """Write the lifetimes that the operator offers and allows."""
    keys = [key for key, _ in services.offered_lifetimes()]
    schema["anyOf"] = [
        {"type": "string", "enum": keys},
        {"type": "integer", "minimum": 1, "maximum": services.max_lifetime_seconds()},
    ]
    schema["default"] = services.default_lifetime()


def key_or_seconds(value: Any) -> Any:
    """Refuse what is neither; whole seconds are a number in JSON."""
    if isinstance(value, str) and (not value or value.isdecimal()):
        raise PydanticCustomError("lifetime", "Give whole seconds as a number.")
    # JSON has one kind of number: 60.0 is whole.
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_whole else value


PasteId = Annotated[
    str,
    Field(
        description="What the paste's link ends with.",
        json_schema_extra={"pattern": f"^{tokens.SLUG_PATTERN}$"},
    ),
]
Text = Annotated[
    StrictStr,
    Field(
        description="The text, kept byte for byte. At most `max_bytes` of UTF-8 "
        "(see `/limits`), and more than white space.",
        json_schema_extra=described(minLength=1, pattern=r"\S"),
    ),
]
Title = Annotated[
    StrictStr,
    Field(
        description="One line. Readers of a locked paste see it once they opened it.",
        json_schema_extra=described(
            maxLength=MAX_TITLE,
            pattern=r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$",
        ),
    ),
]
Syntax = Annotated[
    StrictStr,
    Field(
        description="A language's key, name or file extension (see `/languages`). "
        "Empty: guessed from the text.",
        json_schema_extra=described(
            format="language", maxLength=highlight.MAX_WORD_LENGTH
        ),
    ),
]
Lifetime = Annotated[
    StrictStr | StrictInt,
    BeforeValidator(key_or_seconds),
    Field(
        description="How long the paste is kept: a key (see `/limits`) or seconds.",
        json_schema_extra=describe_lifetime,
    ),
]
Password = Annotated[
    StrictStr,
    Field(
        description="Locks the paste. Empty: no lock.",
        json_schema_extra=described(
            maxLength=MAX_PASSWORD, pattern=r"^[^\u0000]*$", format="password"
        ),
    ),
]


def tidy(schema: dict[str, Any]) -> None:
    """Leave out what pydantic adds and nobody needs: titles, and defaults of null."""
    for field in schema["properties"].values():
        field.pop("title", None)
        if "default" in field and field["default"] is None:
            del field["default"]


class Body(Schema):
    """A body that is refused when it has a field nobody knows: a slip of the pen.

    A field that is left out is None here and not in the verb's hands; null is no text.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=tidy)


class NewPasteBody(Body):
    text: Text
    title: Title = ""
    syntax: Syntax = ""
    lifetime: Lifetime = None
    burn: StrictBool = Field(
        False, description="The first reader gets the text, then it is gone."
    )
    password: Password = ""


class EditBody(Body):
    """What changes; what is left out stays as it is."""

    text: Text = None
    title: Title = None
    syntax: Syntax = None
    lifetime: Lifetime = None
    password: Password = None
    burn: StrictBool = Field(
        None,
        description="true: from now on the first reader gets the text, then it is "
        "gone. Never back: false is refused where it is true already.",
    )


class OpenBody(Body):
    password: StrictStr = Field(None, description="Of a locked paste.")
    consent: StrictBool = Field(
        False, description="Yes to a burn paste's only reading: it is gone afterwards."
    )


class ReportBody(Body):
    reason: StrictStr = Field(
        description="What is wrong with the paste.",
        json_schema_extra=lambda schema: schema.update(enum=services.report_reasons()),
    )
    details: StrictStr = Field(
        "",
        description="What a moderator should know.",
        json_schema_extra=described(
            maxLength=services.MAX_DETAILS, pattern=r"^[^\u0000]*$"
        ),
    )
    contact: StrictStr = Field(
        "",
        description="Your e-mail address, for an answer; forgotten with it.",
        json_schema_extra=described(format="contact", maxLength=services.MAX_CONTACT),
    )


class Answer(Schema):
    model_config = ConfigDict(json_schema_extra=tidy)


class PasteAnswer(Answer):
    """A paste as everybody sees it who may read it."""

    id: str = Field(json_schema_extra=described(pattern=f"^{tokens.SLUG_PATTERN}$"))
    url: str = Field(description="The page to share.", json_schema_extra=URI)
    raw_url: str = Field(description="The bare text.", json_schema_extra=URI)
    title: str
    syntax: str = Field(description="The language's key.")
    created_at: datetime
    expires_at: datetime | None = Field(description="null: never.")
    burn: bool = Field(description="It can be read once, by `open`.")
    locked: bool = Field(description="It needs a password.")
    size: int = Field(
        description="Bytes of UTF-8.", json_schema_extra=described(minimum=1)
    )


class OwnedAnswer(PasteAnswer):
    """A paste as its owner is told of it."""

    held: bool = Field(
        description="Nobody reads it until a moderator has looked at it."
    )


class NewPasteAnswer(OwnedAnswer):
    owner_token: str = Field(
        description="Edits and deletes the paste. Shown this once and not kept."
    )


class OpenedAnswer(PasteAnswer):
    text: str


class ReportsAnswer(Answer):
    """How often the paste was reported and for what, and not by whom."""

    count: int
    open: int = Field(description="Those that no moderator has decided on yet.")
    reasons: dict[str, int]


class DecisionAnswer(Answer):
    act: str
    reason: str | None
    at: datetime


class BlockAnswer(Answer):
    kind: str
    created_at: datetime
    expires_at: datetime | None
    forgotten_at: datetime | None = Field(
        description="When a block of the paste's network address is dropped."
    )


class ExportAnswer(Answer):
    """Everything that the site keeps about a paste."""

    exported_at: datetime
    id: str
    url: str = Field(json_schema_extra=URI)
    title: str
    syntax: str
    size: int = Field(description="Bytes of UTF-8.")
    created_at: datetime
    edited_at: datetime | None
    expires_at: datetime | None
    burn: bool
    locked: bool
    views: int
    fork_of: str | None = Field(description="The id of the paste it was made from.")
    state: str = Field(description="`live`, `held` for review, or `hidden`.")
    removed_because: str | None
    waiting_since: datetime | None = Field(description="For a moderator.")
    held_because: list[str]
    looked_at: bool
    client_address: str | None = Field(description="The network address it came from.")
    client_address_forgotten_at: datetime | None
    owner_token_sha256: str
    browser_key_sha256: str | None
    sha256: str | None
    normal_sha256: str | None
    likeness: list[int] | None
    text: str | None = Field(description="null where `notes` say why.")
    reports: ReportsAnswer
    decisions: list[DecisionAnswer]
    blocks: list[BlockAnswer]
    notes: list[str]


class LanguageAnswer(Answer):
    key: str
    name: str
    extension: str


class LifetimeAnswer(Answer):
    key: str
    name: str
    seconds: int | None = Field(description="null: for ever.")


class LimitsAnswer(Answer):
    max_bytes: int = Field(description="The largest text, in bytes of UTF-8.")
    max_title: int = Field(description="In characters.")
    max_password: int = Field(description="In characters.")
    lifetimes: list[LifetimeAnswer]
    default_lifetime: str
    max_lifetime_seconds: int = Field(description="The longest that may be asked for.")
    create: str = Field(description="How many pastes one address may make: `60/h`.")


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type: str
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="A sentence for a person.")
    code: str = Field(description="A word for a program.")
    errors: dict[str, list[str]] = Field(
        None, description="Of `invalid`: each field's sentences."
    )
    reason: str = Field(
        None,
        description="Of `removed`: why, as a report's reasons are called.",
        json_schema_extra=lambda schema: schema.update(enum=services.report_reasons()),
    )
