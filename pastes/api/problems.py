"""Errors as application/problem+json (RFC 9457), and how the document tells of them."""

import json
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from pastes import answers, logs
from pastes.services import (
    Blocked,
    Broken,
    Busy,
    ConsentRequired,
    Forbidden,
    Held,
    InsufficientStorage,
    Invalid,
    Malformed,
    NotFound,
    OwnerTokenRequired,
    PasswordRequired,
    PasteError,
    RateLimited,
    Removed,
    TooLarge,
    TooManyAttempts,
    Unavailable,
    UnsupportedMediaType,
    WrongPassword,
)

PREFIX = "/api/v1/"
PROBLEM = "application/problem+json"
# Not a scheme that browsers know: they would pop up a dialog for it.
CHALLENGES = {
    PasswordRequired.code: 'PastePassword realm="paste"',
    OwnerTokenRequired.code: 'Bearer realm="paste"',
}

RETRY_AFTER = {
    "description": "Seconds to wait.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
LIMITS = {
    "RateLimit-Policy": {
        "description": "Each limit that counted this call: q uses in w seconds.",
        "schema": {"type": "string"},
        "example": '"create";q=60;w=3600',
    },
    "RateLimit": {
        "description": "What is left: r uses; after t seconds there are more.",
        "schema": {"type": "string"},
        "example": '"create";r=0;t=60',
    },
}


def is_for(request: HttpRequest) -> bool:
    """Say whether a request's answer goes to a client of the API."""
    return request.path_info.startswith(PREFIX)


def error_answer(error: PasteError) -> HttpResponse:
    """Return the error as a problem document, with its status and headers."""
    response = HttpResponse(
        json.dumps(problem(error)), status=error.status, content_type=PROBLEM
    )
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = CHALLENGES[error.code]
    answers.add_error_headers(response, error)
    answers.keep_privately(response, may_revalidate=False)
    return response


def problem(error: PasteError) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.told,
        "code": error.code,
    }
    if isinstance(error, Invalid):
        document["errors"] = error.errors
    if isinstance(error, Removed) and error.category:
        document["reason"] = error.category
    number = logs.request_id.get()
    if isinstance(error, Broken) and number:
        # What the operator finds it by in the log.
        document["instance"] = f"urn:uuid:{UUID(number)}"
    return document


def examples() -> list[PasteError]:
    """Return one example of each error; two errors may share a status."""
    return [
        Malformed("This is not JSON: Expecting value, at line 1, column 1."),
        PasswordRequired(),
        OwnerTokenRequired(),
        WrongPassword(),
        Forbidden(),
        Blocked(),
        Held(),
        NotFound(),
        ConsentRequired(),
        Removed("spam or advertising", category="spam"),
        TooLarge(10 * 1024 * 1024),
        UnsupportedMediaType(),
        Invalid({"text": ["There is no text here to share."]}),
        TooManyAttempts(600),
        RateLimited(60),
        Busy(retry_after=5),
        Unavailable(retry_after=5),
        InsufficientStorage(),
    ]


def response_name(status: int) -> str:
    """Return the name of a status's response in the document's components."""
    return HTTPStatus(status).phrase.title().replace(" ", "")


def documented(*statuses: int) -> dict[int, Any]:
    """Return the responses of an operation that may fail in these ways."""
    return {
        status: {"$ref": f"#/components/responses/{response_name(status)}"}
        for status in (*statuses, 400)
    }


def components() -> dict[str, Any]:
    """Return each error's response, with an example of each code it may have."""
    found: dict[str, Any] = {}
    for error in examples():
        response = found.setdefault(
            response_name(error.status),
            {
                "description": f"{HTTPStatus(error.status).phrase}.",
                "content": {
                    PROBLEM: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        response["content"][PROBLEM]["examples"][error.code] = {"value": problem(error)}
        codes = response["content"][PROBLEM]["examples"]
        response["description"] = f"{', '.join(f'`{code}`' for code in codes)}."
        if error.retry_after is not None:
            response["headers"] = {"Retry-After": RETRY_AFTER}
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            response["headers"] |= LIMITS
        if error.status == HTTPStatus.UNAUTHORIZED:
            response["headers"] = {
                "WWW-Authenticate": {"required": True, "schema": {"type": "string"}}
            }
    return found
