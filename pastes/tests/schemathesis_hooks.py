"""What Schemathesis cannot read in the document: real languages, pastes and owners.

Loaded by `st run` in test_api_document.py (SCHEMATHESIS_HOOKS), not by the tests.
"""

import atexit
import json
import os
from pathlib import Path

import requests
import schemathesis
from hypothesis import strategies

from pastes import highlight

SITE = os.environ["SITE"]
WORDS = ["python", "PY", ".rs", "text", "c++", "cobol"]
LONG_ENOUGH = 600  # seconds
owner_tokens: dict[str, str] = {}
seen: set[str] = set()

schemathesis.openapi.format("language", strategies.sampled_from(WORDS))
schemathesis.openapi.format(
    "contact", strategies.sampled_from(["", "reader@example.org", "a+b@example.com"])
)


def make_paste(**values):
    """Store a paste, remember its owner token, and return its id."""
    answer = requests.post(
        f"{SITE}/api/v1/pastes", json={"text": "made for a test"} | values, timeout=30
    ).json()
    owner_tokens[answer["id"]] = answer["owner_token"]
    return answer["id"]


@schemathesis.hook
def filter_body(context, body):
    """Leave out a language's name that was made up as a wrong one and is a right one."""
    syntax = body.get("syntax") if isinstance(body, dict) else None
    if not isinstance(syntax, str) or syntax in WORDS:
        return True
    return syntax != "" and highlight.find_language(syntax) is None


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give each reading that burns a paste of its own, and no paste a few seconds.

    Otherwise the next call finds a paste gone that nobody deleted.
    """
    operation = case.operation.definition.raw.get("operationId")
    body = case.body if isinstance(case.body, dict) else {}
    lifetime = body.get("lifetime")
    if type(lifetime) in (int, float) and 1 <= lifetime < LONG_ENOUGH:
        body["lifetime"] = lifetime + LONG_ENOUGH
    if operation == "edit_paste" and body.get("burn") is False:
        # It is refused where it is true already, as the document says.
        del body["burn"]
    if operation == "open_paste" and body.get("consent") is True:
        case.path_parameters["id"] = make_paste(burn=True)


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.definition.raw.get("operationId")
    seen.add(f"{operation} {response.status_code}")
    if response.status_code == 201:
        paste = response.json()
        owner_tokens[paste["id"]] = paste["owner_token"]


@atexit.register
def tell():
    Path(os.environ["SEEN"]).write_text(json.dumps(sorted(seen)))


@schemathesis.auth(refresh_interval=None)
class OwnerToken:
    def get(self, case, context):
        slug = (case.path_parameters or {}).get("id")
        return owner_tokens.get(slug, "no owner's token")

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"
