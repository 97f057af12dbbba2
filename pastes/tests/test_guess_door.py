"""POST /guess: the language that a creation would choose, and nothing kept of the text."""

import json
import re

import pytest

from pastes import services
from pastes.models import Allowance, Paste

pytestmark = pytest.mark.django_db
PYTHON = "import os\n\n\ndef name(path):\n    return os.path.basename(path)\n"
TEXTS = {
    "python": (PYTHON, ""),
    "prose": ("Dear all,\nplease find the minutes below.\n", ""),
    "named": ("no clue\n", "main.rs"),
    "named more than said": (PYTHON, "notes.md"),
    "shebang": ("#!/bin/sh\necho\n", ""),
    "dos": ("[a]\r\nb = 1\r\n", "x.ini"),
    "long json": (json.dumps([{"id": n, "name": f"x {n}"} for n in range(900)]), ""),
    "long text": ("It was a dark and stormy night. " * 900, ""),
    "blank": (" \n", ""),
}


def ask(browser, text, file_name=""):
    response = browser.post("/guess", {"text": text, "file_name": file_name})
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize("name", TEXTS)
def test_guess_is_the_one_that_creation_makes(client, name):
    text, file_name = TEXTS[name]
    said = ask(client, text, file_name)
    if text.strip():
        new = services.create_paste(text=text, file_name=file_name, client=None)
        assert said["key"] == new.paste.syntax
    assert said["name"]


def test_language_is_called_as_on_the_menu(client):
    assert ask(client, PYTHON) == {"key": "python", "name": "Python"}
    assert ask(client, "words")["name"] == "Plain text"


def test_only_the_first_8_kib_are_read(client):
    assert ask(client, " " * 8192 + PYTHON)["key"] == "text"
    assert ask(client, '{"a": 1} and no JSON, ' * 500)["key"] == "text"
    assert ask(client, "[" + "1, " * 3000 + "and no JSON")["key"] == "json"


def test_nothing_is_stored_counted_or_logged(client, caplog, settings):
    caplog.set_level("DEBUG")
    settings.LIMIT_CREATE = "1/h"
    for _ in range(3):
        assert ask(client, "canarytext", "canaryname.py")["key"] == "python"
    assert not Paste.objects.exists()
    assert not Allowance.objects.exists()
    assert not client.cookies
    assert "canary" not in caplog.text


def test_answer_is_kept_nowhere(client):
    response = client.post("/guess", {"text": "x"})
    assert response["Cache-Control"] == "private, no-store"


def test_other_sites_page_cannot_ask(browser_client):
    assert browser_client.post("/guess", {"text": "x"}).status_code == 403
    page = browser_client.get("/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    asked = {"text": PYTHON, "csrfmiddlewaretoken": token}
    assert browser_client.post("/guess", asked).json()["key"] == "python"


def test_only_post_asks_and_put_is_an_upload(client):
    response = client.get("/guess")
    assert response.status_code == 405
    assert "POST" in response["Allow"]
    assert client.put("/guess", b"text", content_type="text/plain").status_code == 201
