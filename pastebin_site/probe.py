"""python -m pastebin_site.probe: ask the site on this machine whether it is well.

For a container's health check and for scripts: needs no curl, and finds the site by its
own settings, also at a Unix socket or below a path. Prints the answer, and ends with 0
if it is well. `readyz` as a word asks for the database too.
"""

import http.client
import os
import socket
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pastebin_site.settings")

from django.conf import settings

SECONDS = 5
# Whoever listens everywhere is asked here.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self.path)


def connection() -> http.client.HTTPConnection:
    if settings.HOST.startswith("unix:"):
        return SocketConnection(settings.HOST.removeprefix("unix:"))
    host = EVERYWHERE.get(settings.HOST, settings.HOST)
    return http.client.HTTPConnection(host, settings.PORT, timeout=SECONDS)


def ask(word: str) -> tuple[int, str]:
    """Return the status and the answer of /healthz or /readyz; OSError if there is none."""
    asked = connection()
    try:
        # A name that the site answers to, which is not always the one it listens at.
        name = settings.ALLOWED_HOSTS[-1].lstrip(".").replace("*", "localhost")
        asked.request("GET", f"{settings.SITE_PATH}/{word}", headers={"Host": name})
        answer = asked.getresponse()
        return answer.status, answer.read().decode(errors="replace").strip()
    finally:
        asked.close()


def main() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else "healthz"
    try:
        status, said = ask(word)
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"The site does not answer: {error}.")
    if status != 200:
        sys.exit(f"{status} {said}")
    sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main()
