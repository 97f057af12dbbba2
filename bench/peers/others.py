"""Other pastebins: the seed, dpaste, pinnwand, from virtual environments of their own."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from urllib.parse import urlencode

from bench.loads import ROOT
from bench.peers.peer import HTML, JSON, PASSWORD, Doors, Peer, ask, clean_environment
from bench.wrk import NUMBER, Request

PEERS = ROOT / ".venv" / "peers"


class Seed(Peer):
    """The small FastAPI app, by uvicorn."""

    name = "seed"
    programs = PEERS / "seed" / "bin"

    def command(self) -> list[str]:
        words = [str(self.programs / "uvicorn"), "--app-dir", str(ROOT / "bench/peers")]
        words += ["seed:app", "--host", "127.0.0.1", "--port", str(self.port)]
        return [*words, "--workers", "2", "--no-access-log", "--log-level", "error"]

    def environment(self) -> dict[str, str]:
        return {"SEED_DATABASE": f"sqlite+aiosqlite:///{self.folder}/seed.sqlite3"}

    def version(self) -> str:
        return versions(self, "fastapi", "uvicorn")

    def doors(self, text: str) -> Doors:
        sent = {"text": NUMBER + text[len(NUMBER) :]}
        create = Request("POST", "/api/add", JSON, json.dumps(sent))
        sent["password"] = PASSWORD
        locked = Request("POST", "/api/add", JSON, json.dumps(sent))
        read = {"id": json.loads(ask(self, create).body)}
        unlock = {"id": json.loads(ask(self, locked).body), "password": PASSWORD}
        return {
            "api": Request("POST", "/api/get", JSON, json.dumps(read)),
            "create": create,
            "create, locked": locked,
            "unlock": Request("POST", "/api/get", JSON, json.dumps(unlock)),
        }


class Dpaste(Peer):
    """dpaste by uWSGI, as its container starts it, but with two processes."""

    name = "dpaste"
    # SIGTERM starts uWSGI anew.
    stops_by = signal.SIGINT
    programs = PEERS / "dpaste" / "bin"

    def prepare(self) -> None:
        for words in (["migrate"], ["collectstatic"]):
            subprocess.run(
                [str(self.programs / "django-admin"), *words, "--noinput"],
                cwd=self.folder,
                env=clean_environment() | self.environment(),
                check=True,
                capture_output=True,
            )

    def command(self) -> list[str]:
        words = [str(self.programs / "django-admin"), "pyuwsgi", "--processes", "2"]
        log = f"file:{self.folder}/uwsgi.log"
        return [*words, "--logger", log, f"--http=127.0.0.1:{self.port}"]

    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "dpaste.settings.base",
            "DATABASE_URL": f"sqlite:///{self.folder}/dpaste.sqlite3",
            "STATIC_ROOT": str(self.folder / "static"),
            "SECRET_KEY": "for the bench",
            "PORT": str(self.port),
        }

    def version(self) -> str:
        return versions(self, "dpaste", "Django", "pyuwsgi")

    def doors(self, text: str) -> Doors:
        create = self.new(NUMBER + text[len(NUMBER) :])
        path = self.made(create)
        return {
            "raw": Request(path=f"{path}/raw/"),
            "page": Request(path=path, headers=HTML),
            "create": create,
        }

    def new(self, text: str) -> Request:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = {"content": text, "lexer": "python", "format": "url"}
        return Request("POST", "/api/", form, urlencode(sent))

    def made(self, create: Request) -> str:
        return "/" + ask(self, create).body.decode().strip().rpartition("/")[2]

    def many(self, texts: Iterable[str]) -> Request:
        paths = tuple(self.made(self.new(text)) for text in texts)
        return Request(headers=HTML, paths=paths)


class Pinnwand(Peer):
    """pinnwand: one process; its limits off, and room for a megabyte (it has 256 KiB)."""

    name = "pinnwand"
    programs = PEERS / "pinnwand" / "bin"
    ROOM = 64 * 1024 * 1024

    def prepare(self) -> None:
        often = "{ capacity = 1000000000, consume = 1, refill = 1000000000 }"
        (self.folder / "pinnwand.toml").write_text(
            f'database_uri = "sqlite:///{self.folder}/pinnwand.sqlite3"\n'
            f"paste_size = {self.ROOM}\nspamscore = 101\n[ratelimit]\n"
            f"read = {often}\ncreate = {often}\ndelete = {often}\n"
        )

    def command(self) -> list[str]:
        words = [str(self.programs / "python"), str(ROOT / "bench/peers/loopback.py")]
        words += ["--configuration-path", str(self.folder / "pinnwand.toml")]
        return [*words, "http", "--port", str(self.port)]

    def version(self) -> str:
        return versions(self, "pinnwand", "tornado")

    def doors(self, text: str) -> Doors:
        create = self.new(NUMBER + text[len(NUMBER) :])
        path = self.made(create)
        return {
            "raw": Request(path=f"{path}/raw"),
            "page": Request(path=path, headers=HTML),
            "create": create,
        }

    def new(self, text: str) -> Request:
        sent = {"expiry": "1week", "files": [{"lexer": "python", "content": text}]}
        return Request("POST", "/api/v1/paste", JSON, json.dumps(sent))

    def made(self, create: Request) -> str:
        return "/" + json.loads(ask(self, create).body)["link"].rpartition("/")[2]

    def many(self, texts: Iterable[str]) -> Request:
        paths = tuple(self.made(self.new(text)) for text in texts)
        return Request(headers=HTML, paths=paths)


OTHERS = (Seed, Dpaste, Pinnwand)


def versions(peer: Peer, *packages: str) -> str:
    code = "import sys; from importlib.metadata import version as v\n"
    code += "print(', '.join(f'{p} {v(p)}' for p in sys.argv[1:]))"
    return subprocess.run(
        [str(peer.programs / "python"), "-c", code, *packages],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def check_installed() -> None:
    missing = [one.name for one in OTHERS if not (one.programs / "python").exists()]
    if missing:
        sys.exit(f"{', '.join(missing)}: not installed; `make peers` does it.")
