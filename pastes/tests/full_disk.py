"""Runs in a process of its own: what the doors say while SQLite's disk is full.

Usage: full_disk.py FOLDER WAY. "mount" mounts a small file system in the name space that
it was started in; "pages" lets the database grow no more, which needs no rights.
Prints what it found as JSON.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

folder, way = Path(sys.argv[1]), sys.argv[2]
MIB = 1024 * 1024
if way == "mount":
    words = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(folder)]
    subprocess.run(words, check=True)
os.environ["DATA_DIR"] = str(folder)
os.environ["ENV_FILE"] = os.devnull
os.environ["PASTE_MIN_FREE_BYTES"] = str(2 * MIB if way == "mount" else 0)
os.environ["RESERVE_BYTES"] = str(4 * MIB if way == "mount" else 0)
os.environ |= dict.fromkeys(("LIMIT_CREATE", "LIMIT_API"), "off")
os.environ["DJANGO_SETTINGS_MODULE"] = "pastebin_site.settings"
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402 (needs the environment)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from pastes import housekeeping, services  # noqa: E402
from pastes.services.space import last_look, reserve_file  # noqa: E402

client = Client(raise_request_exception=False, SERVER_NAME="localhost")
kept: dict[str, str] = {}
tokens: dict[str, str] = {}


def create(size: int = 20_000, **fields: object) -> tuple[int, str]:
    """Store a text by the API; return the status, and the paste's id or the code."""
    # A second is long here: what it would find is looked up each time.
    last_look.at = float("-inf")
    text = os.urandom(size // 2).hex()
    sent = json.dumps({"text": text} | fields)
    answer = client.post("/api/v1/pastes", sent, content_type="application/json")
    told = answer.json()
    if answer.status_code != 201:
        return answer.status_code, told["code"]
    tokens[told["id"]] = told["owner_token"]
    if not fields:
        kept[told["id"]] = text
    return 201, told["id"]


def delete(slug: str) -> int:
    kept.pop(slug)
    headers = {"Authorization": f"Bearer {tokens[slug]}"}
    return client.delete(f"/api/v1/pastes/{slug}", headers=headers).status_code


def altered() -> int:
    reads = {s: client.get(f"/{s}/raw") for s in kept}
    return sum(reads[s].content.decode() != kept[s] for s in kept)


def run(statement: str) -> object:
    with connection.cursor() as cursor:
        return cursor.execute(statement).fetchone()[0]


def fill() -> None:
    """Leave no room at all."""
    if way == "pages":
        run(f"PRAGMA max_page_count={run('PRAGMA page_count')}")
        return
    with (folder / "filler").open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass


def make_room() -> None:
    if way == "pages":
        run(f"PRAGMA max_page_count={2**31}")
    else:
        (folder / "filler").unlink()


call_command("migrate", verbosity=0)
services.keep_reserve()
found: dict[str, object] = {"reserve": reserve_file().stat().st_size}
some = [create()[1] for _ in range(20)]
burn = create(burn=True)[1]
fill()
found["creates"] = sorted({create(200_000) for _ in range(5)})
found["burn"] = client.post(f"/{burn}/raw").status_code
found["burned"] = client.post(f"/{burn}/raw").status_code
found["reserve when needed"] = reserve_file().stat().st_size
found["deletes"] = sorted({delete(slug) for slug in some[:10]})
call_command("hidepastes", "--reason", "spam", some[10], verbosity=0)
kept.pop(some[10])
found["taken down"] = client.get(f"/{some[10]}/raw").status_code
found["pruned"] = services.prune_pastes()
found["altered"] = altered()
housekeeping.tick()
found["integrity"] = run("PRAGMA integrity_check")
found["rows"] = run("SELECT count(*) FROM pastes_paste") - len(kept)
make_room()
housekeeping.tick()
found["reserve again"] = reserve_file().stat().st_size
found["creates again"] = create()[0]
found["altered at last"] = altered()
connection.close()
sys.stdout.write(json.dumps(found) + "\n")
