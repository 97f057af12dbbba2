"""The calls, each a few lines around a verb."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    UnreadablePostError,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer

from pastes import answers, bodies, highlight, services, tokens
from pastes.api import extra, schemas
from pastes.api.problems import error_answer
from pastes.lifetimes import NEVER, parse_span
from pastes.models import Paste
from pastes.services import (
    CutOff,
    Forbidden,
    Invalid,
    Malformed,
    Opened,
    OwnerTokenRequired,
    PasteError,
    UnsupportedMediaType,
)

Call = Callable[..., Any]

MOST_ERRORS = 20
DESCRIPTION = """
Share text by a link that nobody can guess.

- **Make** a paste with `POST /pastes` and keep the `owner_token`: it edits and deletes the paste.
- **Read** it with `GET /pastes/{id}`; a locked one with the header `X-Paste-Password`.
- **Burn after reading**: no GET consumes anything. `POST /pastes/{id}/open` with `"consent": true` is the one reading.

No account, no key, no cookie. Every error is `application/problem+json` (RFC 9457), with a `code` for \
programs and a sentence for people. Nothing lists pastes: a link is the only way to one.
"""


class BodyParser(Parser):
    """Reads JSON in UTF-8 and nothing else, however it is broken."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise UnsupportedMediaType()
        return bodies.read_json(request)


class Renderer(JSONRenderer):
    # Most alphabets take a third of the bytes so.
    json_dumps_params = {"ensure_ascii": False}


class OwnerToken(HttpBearer):
    """The paste's owner token, shown when it was made."""

    def authenticate(self, request: HttpRequest, token: str) -> str:
        # Whose paste it is, the verb says; what is no token at all is nobody's.
        if not tokens.is_owner_token(token):
            raise Forbidden()
        return token


api = NinjaAPI(
    title="Pastebin API",
    version="1",
    description=DESCRIPTION.strip(),
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    parser=BodyParser(),
    renderer=Renderer(),
)


def described(request: HttpRequest, paste: Paste) -> dict[str, Any]:
    """Return the fields of a paste that its readers may see."""
    kwargs = {"slug": paste.slug}
    return {
        "id": paste.slug,
        "url": answers.full_link(request, paste.get_absolute_url()),
        "raw_url": answers.full_link(request, reverse("pastes:raw", kwargs=kwargs)),
        "title": paste.title,
        "syntax": paste.syntax,
        "created_at": paste.created_at,
        "expires_at": paste.expires_at,
        "burn": paste.is_burn,
        "locked": paste.is_locked,
        "size": paste.size,
    }


def described_to_owner(request: HttpRequest, paste: Paste) -> dict[str, Any]:
    return described(request, paste) | {"held": paste.state == Paste.State.HELD}


def reading(path: str, *, response: Any, **options: Any) -> Callable[[Call], Call]:
    """Register a call for GET, and for HEAD, of which the document says nothing."""

    def register(call: Call) -> Call:
        api.get(path, response=response, **options)(call)
        hidden = {"response": response, "include_in_schema": False}
        if "auth" in options:
            hidden["auth"] = options["auth"]
        return api.api_operation(["HEAD"], path, **hidden)(call)

    return register


def refuse_query(request: HttpRequest) -> None:
    """Refuse options in the address, where a password would not lock the paste."""
    for name in request.GET:
        raise Invalid({name: [_("Send this in the JSON, not in the address.")]})


def given(body: schemas.Body) -> dict[str, Any]:
    """Return what was sent, without what was left out."""
    return body.model_dump(exclude_unset=True)


@api.post(
    "/pastes",
    response={201: schemas.NewPasteAnswer},
    operation_id="create_paste",
    summary="Make a paste",
    tags=["Pastes"],
    openapi_extra=extra.CREATE,
)
def create(
    request: HttpRequest, sent: schemas.NewPasteBody, response: HttpResponse
) -> Status:
    """Store a text and answer with its link and its owner token."""
    refuse_query(request)
    if answers.given_lock(request) is not None:
        # Passed over, it would leave the text open to everybody.
        words = _("Send it in the JSON; the header is for reading.")
        raise Invalid({"password": [words]})
    new = services.create_paste(**given(sent), client=answers.client_of(request))
    response["Location"] = answers.full_link(
        request, reverse("api:read", kwargs={"id": new.paste.slug})
    )
    fields = described_to_owner(request, new.paste)
    fields["owner_token"] = new.owner_token
    return Status(HTTPStatus.CREATED, schemas.NewPasteAnswer(**fields))


@reading(
    "/pastes/{id}",
    response=schemas.OpenedAnswer,
    operation_id="read_paste",
    url_name="read",
    summary="Read a paste",
    tags=["Pastes"],
    openapi_extra=extra.READ,
)
def read(request: HttpRequest, id: schemas.PasteId) -> HttpResponseBase:
    """Answer with the paste and its text. Never burns: see `open`."""
    opened = services.open_paste(
        id,
        password=answers.given_password(request),
        client=answers.client_of(request),
    )
    if opened.paste.is_public:
        answers.share(request, opened.paste)
    return revalidated(request, opened_answer(request, opened), opened.paste.is_public)


@api.post(
    "/pastes/{id}/open",
    response=schemas.OpenedAnswer,
    operation_id="open_paste",
    summary="Open a locked or a burn paste",
    tags=["Pastes"],
    openapi_extra=extra.OPEN,
)
def open_paste(
    request: HttpRequest, sent: schemas.OpenBody, id: schemas.PasteId
) -> schemas.OpenedAnswer:
    """Answer with the text; with `consent`, also a burn paste's only reading."""
    refuse_query(request)
    opened = services.open_paste(id, **given(sent), client=answers.client_of(request))
    return opened_answer(request, opened)


@api.patch(
    "/pastes/{id}",
    response=schemas.OwnedAnswer,
    operation_id="edit_paste",
    summary="Edit a paste",
    tags=["Owners"],
    auth=OwnerToken(),
    openapi_extra=extra.EDIT,
)
def edit(
    request: HttpRequest, sent: schemas.EditBody, id: schemas.PasteId
) -> schemas.OwnedAnswer:
    """Change what is sent; a lifetime counts from now, an empty password unlocks.

    `burn` lets the paste be read once from now on, and cannot be taken back.
    """
    refuse_query(request)
    paste = services.edit_paste(
        id,
        owner_token=request.auth,
        **given(sent),
        client=answers.client_of(request),
    )
    return schemas.OwnedAnswer(**described_to_owner(request, paste))


@api.delete(
    "/pastes/{id}",
    response={204: None},
    operation_id="delete_paste",
    summary="Delete a paste",
    tags=["Owners"],
    auth=OwnerToken(),
    openapi_extra=extra.DELETE,
)
def delete(request: HttpRequest, id: schemas.PasteId) -> Status:
    """Delete the paste for good."""
    services.delete_paste(id, owner_token=request.auth)
    return Status(HTTPStatus.NO_CONTENT, None)


@reading(
    "/pastes/{id}/export",
    response=schemas.ExportAnswer,
    operation_id="export_paste",
    url_name="export",
    summary="Export what is kept about a paste",
    tags=["Owners"],
    auth=OwnerToken(),
    openapi_extra=extra.EXPORT,
)
def export(request: HttpRequest, id: schemas.PasteId) -> HttpResponseBase:
    """Answer with all of it; with a locked paste's text only if its password is sent."""
    kept = services.export_paste(
        id,
        owner_token=request.auth,
        password=answers.given_password(request),
        client=answers.client_of(request),
    )
    url = answers.full_link(request, reverse("pastes:detail", kwargs={"slug": id}))
    answer = schemas.ExportAnswer(url=url, **kept)
    return revalidated(request, answer, is_public=False)


@api.post(
    "/pastes/{id}/reports",
    response={202: None},
    operation_id="report_paste",
    summary="Report a paste",
    tags=["Moderation"],
    openapi_extra=extra.REPORT,
)
def report(
    request: HttpRequest, sent: schemas.ReportBody, id: schemas.PasteId
) -> Status:
    """Tell the moderators what is wrong with a paste; a locked one needs no password."""
    services.report_paste(id, **given(sent), client=answers.client_of(request))
    return Status(HTTPStatus.ACCEPTED, None)


@reading(
    "/languages",
    response=list[schemas.LanguageAnswer],
    operation_id="list_languages",
    summary="List the languages on the menu",
    tags=["Site"],
    openapi_extra=extra.SITE,
)
def languages(request: HttpRequest) -> HttpResponseBase:
    """List those that the form offers; `syntax` takes every other name that Pygments knows."""
    menu = [
        {
            "key": each.key,
            "name": services.say_language(each),
            "extension": each.extension,
        }
        for each in highlight.MENU
    ]
    return revalidated(request, menu)


@reading(
    "/limits",
    response=schemas.LimitsAnswer,
    operation_id="read_limits",
    summary="Read what a paste may be",
    tags=["Site"],
    openapi_extra=extra.SITE,
)
def limits(request: HttpRequest) -> HttpResponseBase:
    """Answer with sizes, lifetimes and how many pastes an address may make."""
    answer = schemas.LimitsAnswer(
        max_bytes=settings.PASTE_MAX_BYTES,
        max_title=services.MAX_TITLE,
        max_password=services.MAX_PASSWORD,
        lifetimes=[
            schemas.LifetimeAnswer(key=key, name=name, seconds=seconds_of(key))
            for key, name in services.offered_lifetimes()
        ],
        default_lifetime=services.default_lifetime(),
        max_lifetime_seconds=services.max_lifetime_seconds(),
        create=settings.LIMIT_CREATE,
    )
    return revalidated(request, answer)


def seconds_of(key: str) -> int | None:
    return None if key == NEVER else int(parse_span(key).total_seconds())


def opened_answer(request: HttpRequest, opened: Opened) -> schemas.OpenedAnswer:
    fields = described(request, opened.paste) | {"text": opened.text}
    return schemas.OpenedAnswer(**fields)


def revalidated(
    request: HttpRequest, answer: Any, is_public: bool = True
) -> HttpResponseBase:
    """Return the answer; with an ETag, and 304 to who has it, if everybody may read it."""
    data = answer.model_dump() if isinstance(answer, Schema) else answer
    response = api.create_response(request, data, status=HTTPStatus.OK)
    if is_public:
        return answers.revalidated(request, response)
    return answers.keep_privately(response, may_revalidate=False)


@api.exception_handler(PasteError)
def on_paste_error(request: HttpRequest, error: PasteError) -> HttpResponse:
    return error_answer(error)


@api.exception_handler(AuthenticationError)
def on_no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return error_answer(OwnerTokenRequired())


@api.exception_handler(UnreadablePostError)
def on_cut_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return error_answer(CutOff())


@api.exception_handler(HttpError)
def on_unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    # Ninja wraps what its parser raises.
    cause = error.__cause__
    return error_answer(cause if isinstance(cause, PasteError) else Malformed())


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    # A body may have a thousand unknown fields.
    for each in error.errors[:MOST_ERRORS]:
        errors.setdefault(field_of(each["loc"]), []).append(say(each))
    return error_answer(Invalid(errors))


def field_of(location: tuple[str | int, ...]) -> str:
    """Return the field that a fault is in: ("body", "sent", "burn") gives "burn"."""
    return str(location[2]) if len(location) > 2 else "body"


def say(fault: dict[str, Any]) -> str:
    """Return pydantic's finding as a sentence; a rare one in its own English."""
    sentences = {
        "missing": _("This is needed."),
        "extra_forbidden": _("There is no such field."),
        "model_attributes_type": _("Send a JSON object."),
        "dict_type": _("Send a JSON object."),
        "string_type": _("This has to be a string."),
        "int_type": _("This has to be a whole number."),
        "bool_type": _("This has to be true or false."),
        "lifetime": _("Give whole seconds as a number."),
        "string_unicode": _("This holds half of a surrogate pair, which is no text."),
    }
    return sentences.get(fault["type"]) or f"{fault['msg'].rstrip('.')}."
