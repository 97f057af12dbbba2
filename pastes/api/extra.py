"""What the document says beyond the types: headers, failures, examples, links."""

from typing import Any

from pastes.api.problems import documented

ETAG = {
    "ETag": {
        "description": "Of a public paste: send it in If-None-Match to read it again.",
        "schema": {"type": "string"},
    }
}
REVALIDATE = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have.",
    "required": False,
    "schema": {"type": "string"},
}
PASSWORD = {
    "name": "X-Paste-Password",
    "in": "header",
    "description": "Of a locked paste, as UTF-8.",
    "required": False,
    "schema": {"type": "string"},
}
NOT_MODIFIED = {304: {"description": "You have it.", "headers": ETAG}}

OPENED = {
    "id": "3vQB7B6MrGQZ",
    "url": "https://paste.example.org/3vQB7B6MrGQZ",
    "raw_url": "https://paste.example.org/3vQB7B6MrGQZ/raw",
    "title": "hello.py",
    "syntax": "python",
    "created_at": "2026-11-24T09:30:00Z",
    "expires_at": "2026-12-24T09:30:00Z",
    "burn": False,
    "locked": False,
    "size": 15,
    "text": 'print("hello")\n',
}
PASTE = {name: value for name, value in OPENED.items() if name != "text"}
OWNED = PASTE | {"held": False}
NEW = OWNED | {"owner_token": "bL0ZJ5Vd0nW4r0oC2mWmC5pP6kQ8sT1x"}


def example(value: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"example": value}}}


def link(operation: str, description: str) -> dict[str, Any]:
    """Return how a new paste's id goes into another call."""
    return {
        "operationId": operation,
        "parameters": {"id": "$response.body#/id"},
        "description": description,
    }


CREATE: dict[str, Any] = {
    "requestBody": example({"text": 'print("hello")\n', "lifetime": "1w"}),
    "responses": {
        201: {
            "description": "Stored.",
            "headers": {
                "Location": {
                    "description": "Where the API reads it.",
                    "required": True,
                    "schema": {"type": "string", "format": "uri"},
                }
            },
            "links": {
                "read": link("read_paste", "Read it."),
                "open": link("open_paste", "Open it."),
                "edit": link("edit_paste", "Edit it, with its owner token."),
                "delete": link("delete_paste", "Delete it, with its owner token."),
                "export": link("export_paste", "Export it, with its owner token."),
                "report": link("report_paste", "Report it."),
            },
            **example(NEW),
        },
        **documented(403, 413, 415, 422, 429, 503, 507),
    },
}
READ: dict[str, Any] = {
    "parameters": [PASSWORD, REVALIDATE],
    "responses": {
        200: {"headers": ETAG, **example(OPENED)},
        **NOT_MODIFIED,
        **documented(401, 403, 404, 409, 410, 429, 503),
    },
}
OPEN: dict[str, Any] = {
    "requestBody": example({"password": "correct horse", "consent": True}),
    "responses": {
        200: example(OPENED),
        **documented(401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    },
}
EDIT: dict[str, Any] = {
    "requestBody": example({"title": "hello.py", "lifetime": "1d"}),
    "responses": {
        200: example(OWNED),
        **documented(401, 403, 404, 410, 413, 415, 422, 429, 503, 507),
    },
}
DELETE: dict[str, Any] = {
    "responses": {
        204: {"description": "Gone."},
        **documented(401, 403, 404, 410, 429, 503),
    }
}
EXPORT: dict[str, Any] = {
    "parameters": [PASSWORD],
    "responses": {
        200: {"description": "All that is kept."},
        **documented(401, 403, 404, 429, 503),
    },
}
REPORT: dict[str, Any] = {
    "requestBody": example({"reason": "spam"}),
    "responses": {
        202: {"description": "Received; the moderators will see it."},
        **documented(403, 404, 410, 413, 415, 422, 429, 503),
    },
}
SITE: dict[str, Any] = {
    "parameters": [REVALIDATE],
    "responses": {200: {"headers": ETAG}, **NOT_MODIFIED, **documented()},
}
