"""The bare WSGI app to compare with: the site's own answers from memory, nothing else.

`python bench/peers/bare.py PORT` serves it by the server of `manage.py serve`, with the
same options and two workers. BARE_FOLDER has the answers: a file of each path, named
without its slash; `.type` beside it is its Content-Type.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ETAG = '"bare"'


def read_answers(folder: Path) -> dict[str, tuple[list[tuple[str, str]], bytes]]:
    found = {}
    for file in folder.glob("*.type"):
        body = file.with_suffix("").read_bytes()
        headers = [("Content-Type", file.read_text())]
        headers += [("Content-Length", str(len(body))), ("ETag", ETAG)]
        found[f"/{file.stem}"] = headers, body
    return found


ANSWERS = read_answers(Path(os.environ.get("BARE_FOLDER", os.devnull)))


def application(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
        start_response("201 Created", [("Content-Length", "0")])
        return []
    if environ.get("HTTP_IF_NONE_MATCH") == ETAG:
        start_response("304 Not Modified", [("ETag", ETAG)])
        return []
    headers, body = ANSWERS.get(environ["PATH_INFO"], ([], b""))
    start_response("200 OK" if body else "404 Not Found", headers)
    return [body]


def main(port: int) -> None:
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "pastebin_site.settings"
    import django

    django.setup()
    from pastes.management.commands.serve import run_granian

    place = {"address": "127.0.0.1", "port": port}
    run_granian(place, 2, application="bench.peers.bare:application")


if __name__ == "__main__":
    main(int(sys.argv[1]))
