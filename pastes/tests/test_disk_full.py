"""A disk that is full: no new texts, and all else goes on."""

import errno
import json
import os
import subprocess
import sys

import pytest

from pastes import services
from pastes.services import InsufficientStorage, space
from pastes.tests.conftest import ROOT
from pastes.tests.faulty import TYPED, WRITING, Answer

MIB = 1024 * 1024
NAMESPACE = ["unshare", "--mount", "--propagation", "private"]


def way_to_fill() -> tuple[str, list[str]]:
    """Return how a disk can be filled here: on a mount of one's own, or without."""
    for words in (NAMESPACE, [*NAMESPACE, "--map-root-user"]):
        mount = ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if subprocess.run([*words, *mount], capture_output=True).returncode == 0:
            return "mount", words
    return "pages", []


def fill(folder, way: str, words: list[str]) -> dict[str, object]:
    """Run full_disk.py; return what it found."""
    folder.mkdir(mode=0o700)
    script = [sys.executable, "-m", "pastes.tests.full_disk", str(folder), way]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [*words, *script], cwd=ROOT, env=kept, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_full_disk_takes_no_text_and_lets_texts_go(tmp_path):
    way, words = way_to_fill()
    found = fill(tmp_path / "disk", way, words)
    reserve = 4 * MIB if way == "mount" else 0
    assert found == {
        "reserve": reserve,
        "creates": [[507, "insufficient_storage"]],
        "burn": 200,
        "burned": 404,
        "reserve when needed": 0,
        "deletes": [204],
        "taken down": 410,
        "pruned": 0,
        "altered": 0,
        "integrity": "ok",
        # The burned and the taken down.
        "rows": 2,
        "reserve again": reserve,
        "creates again": 201,
        "altered at last": 0,
    }


def test_database_that_cannot_grow_takes_no_text(tmp_path):
    found = fill(tmp_path / "disk", "pages", [])
    assert found["creates"] == [[507, "insufficient_storage"]]
    assert found["creates again"] == 201
    assert (found["altered"], found["integrity"]) == (0, "ok")


@pytest.fixture
def no_room(settings):
    """A disk with less room than the operator wants free."""
    settings.PASTE_MIN_FREE_BYTES = 1 << 62
    space.last_look.at = float("-inf")
    yield
    space.last_look.at = float("-inf")


@pytest.mark.django_db
@pytest.mark.parametrize("door", WRITING, ids=lambda door: door.name)
def test_each_door_says_that_there_is_no_room(no_room, client, door):
    headers = dict(door.headers)
    kind = headers.pop("Content-Type", "text/plain")
    response = client.generic(
        door.method, door.path, door.body, content_type=kind, headers=headers
    )
    assert response.status_code == 507
    assert "Retry-After" not in response
    assert door.is_told(Answer(507, response.headers, response.content))


@pytest.mark.django_db
def test_form_keeps_what_was_typed_where_there_is_no_room(no_room, client):
    page = client.post("/new", {"text": TYPED, "lifetime": "1d"})
    assert page.status_code == 507
    assert TYPED in page.content.decode()
    assert "no room for new texts" in page.content.decode()


@pytest.mark.django_db
def test_paste_is_locked_and_deleted_where_there_is_no_room(make_paste, request):
    new = make_paste()
    request.getfixturevalue("no_room")
    owner = {"owner_token": new.owner_token}
    with pytest.raises(InsufficientStorage):
        services.edit_paste(new.paste.slug, text="other", client=None, **owner)
    services.edit_paste(new.paste.slug, password="x", client=None, **owner)
    services.delete_paste(new.paste.slug, **owner)


def test_upload_that_fills_the_disk_is_told_at_its_door(client):
    answer = client.put("/x", b"", **{"pastes.disk_error": OSError(errno.ENOSPC, "")})
    assert answer.status_code == 507
    assert answer.content.decode().count("\n") == 1
