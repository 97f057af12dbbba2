"""The OpenAPI document: checked in, true to the calls, and tried on its page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pastes.tests.browsing import THOROUGH
from pastes.tests.conftest import ROOT

SNAPSHOT = ROOT / "docs/openapi.json"


def test_document_is_the_one_that_is_checked_in(client):
    document = client.get("/api/v1/openapi.json").json()
    found = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("WRITE_OPENAPI"):
        SNAPSHOT.write_text(found)
    assert found == SNAPSHOT.read_text(), (
        "The API's document changed. If that is meant: "
        "WRITE_OPENAPI=1 .venv/bin/python -m pytest pastes/tests/test_api_document.py"
    )


def test_document_tells_every_failure_with_an_example():
    document = json.loads(SNAPSHOT.read_text())
    assert document["openapi"].startswith("3.1")
    told = {
        int(status)
        for path in document["paths"].values()
        for call in path.values()
        for status in call["responses"]
    }
    assert told >= {401, 403, 404, 409, 410, 413, 415, 422, 429}
    for response in document["components"]["responses"].values():
        content = response["content"]["application/problem+json"]
        for code, example in content["examples"].items():
            assert example["value"]["code"] == code
            assert example["value"]["status"] >= 400
            assert example["value"]["detail"]


def test_document_follows_the_operators_settings(client, settings):
    from pastes.api import document

    settings.PASTE_LIFETIMES = ["1h", "1d"]
    settings.PASTE_DEFAULT_LIFETIME = "1h"
    document.described.cache_clear()
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    document.described.cache_clear()
    lifetime = schemas["NewPasteBody"]["properties"]["lifetime"]
    assert lifetime["anyOf"][0]["enum"] == ["1h", "1d"]


# The examples of each call by itself, then calls that follow each other.
EXAMPLES = int(os.environ.get("EXAMPLES") or (1000 if THOROUGH else 100))
RUNS = (
    ("--phases=examples,coverage,fuzzing", f"--max-examples={EXAMPLES}"),
    ("--phases=stateful", f"--max-examples={max(20, EXAMPLES // 10)}"),
)


def test_schemathesis_finds_nothing(site, tmp_path, record_property):
    seen, generated = set(), 0
    for options in RUNS:
        said = run_schemathesis(site, tmp_path, *options)
        generated += int(re.search(r"(\d+) generated", said)[1])
        seen.update(json.loads((tmp_path / "seen.json").read_text()))
    record_property("summary", f"Schemathesis: {generated:,} calls of the API")
    assert generated >= 4 * EXAMPLES
    # Each call was really reached, not only refused.
    assert seen >= {
        "create_paste 201",
        "read_paste 200",
        "open_paste 200",
        "edit_paste 200",
        "delete_paste 204",
        "export_paste 200",
        "report_paste 202",
        "list_languages 200",
        "read_limits 200",
    }


def run_schemathesis(site, folder, *options):
    """Run every check of Schemathesis against the site; return what it says."""
    run = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            "run",
            f"{site.url}/api/v1/openapi.json",
            "--checks=all",
            "--continue-on-failure",
            "--seed=1",
            "--no-color",
            *options,
        ],
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "pastes.tests.schemathesis_hooks",
            "SITE": site.url,
            "SEEN": str(folder / "seen.json"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


# The page


@pytest.mark.browser
def test_docs_page_sends_a_request_and_shows_the_answer(page, site):
    page.goto("/docs")
    assert page.url == f"{site.url}/api/v1/docs"
    call = page.locator("#operations-Pastes-create_paste")
    call.locator(".opblock-summary").click()
    body = call.locator("textarea")
    body.fill('{"text": "sent from the docs", "title": "T"}')
    with page.expect_response(f"{site.url}/api/v1/pastes") as sent:
        call.locator("button.execute").click()
    assert sent.value.status == 201
    status = call.locator(".live-responses-table .response .response-col_status")
    assert "201" in status.first.inner_text()
    slug = sent.value.json()["id"]
    assert slug in call.locator(".live-responses-table").inner_text()
    raw = page.request.get(f"/{slug}/raw")
    assert raw.text() == "sent from the docs"


@pytest.mark.browser
def test_docs_page_sends_the_owner_token(page, site):
    new = page.request.post(f"{site.url}/api/v1/pastes", data={"text": "x"}).json()
    page.goto("/api/v1/docs")
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".auth-container")
    dialog.locator("input").fill(new["owner_token"])
    dialog.get_by_role("button", name="Apply credentials").click()
    page.locator(".modal-ux").get_by_role("button", name="Close").last.click()
    call = page.locator("#operations-Owners-delete_paste")
    call.locator(".opblock-summary").click()
    call.locator("input").first.fill(new["id"])
    with page.expect_response(f"{site.url}/api/v1/pastes/{new['id']}") as sent:
        call.locator("button.execute").click()
    assert sent.value.status == 204


@pytest.mark.browser
def test_docs_page_without_javascript_leads_to_the_document(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/docs")
    page.get_by_role("link", name="openapi.json").click()
    assert page.url.endswith("/api/v1/openapi.json")
