"""Who is measured, each in its documented production mode, and how each is asked.

Two workers each, where it has workers; all listen on 127.0.0.1 alone. A peer's doors are
the requests to it by name; a door that it does not have is not among them.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from bench import loads
from bench.loads import CUT_OFF, ROOT, free_port
from bench.wrk import NUMBER, Request
from pastes.tests import proxies

PEERS = ROOT / ".venv" / "peers"
PASSWORD = "a password of twenty"
START_SECONDS = 180
JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BROWSER_ENCODINGS = "gzip, deflate, br, zstd"
# The site's limits are off: wrk is one client that does what thousands do.
UNLIMITED = loads.UNLIMITED | dict.fromkeys(
    ("LIMIT_UNLOCK_PASTE", "LIMIT_UNLOCK_PASTE_CLIENT", "LIMIT_MISS"), "off"
)
Doors = dict[str, Request]


class Peer:
    """A server as a tree of processes, in a folder of its own."""

    name = ""
    health = "/"
    scheme = "http"
    host = ""
    # The folder of its programs, for one that has a virtual environment of its own.
    programs = Path()

    def __init__(self, folder: Path) -> None:
        self.folder = folder / type(self).__name__.lower()
        self.folder.mkdir()
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Make what must be there before the first start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def doors(self, text: str) -> Doors:
        """Make the pastes that are read, of this text; return what to ask, by door."""
        raise NotImplementedError

    def many(self, texts: Iterable[str]) -> Request:
        """Make many pastes; return the request that has the page of each in turn."""
        raise NotImplementedError

    def version(self) -> str:
        return ""

    def addressed(self, request: Request) -> Request:
        """Return the request as it is sent to this peer."""
        if not self.host:
            return request
        return replace(request, headers={"Host": self.host} | request.headers)

    def start(self) -> float:
        """Start it; return the seconds until its first answer."""
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=clean_environment() | self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.wait(began)

    def wait(self, began: float) -> float:
        """Raises RuntimeError, with what it wrote, where it does not answer."""
        while time.monotonic() - began < START_SECONDS:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(*CUT_OFF):
                if ask(self, Request(path=self.health)).status < 500:
                    return time.monotonic() - began
            time.sleep(0.01)
        log = self.folder / "log"
        said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise RuntimeError(f"{self.name} does not answer.\n{said}")

    def pids(self) -> list[int]:
        return tree(self.process.pid) if self.process else []

    def memory(self) -> int:
        """Return the bytes that all its processes take, shared pages divided."""
        return sum(map(loads.proportional_set, self.pids()))

    def processor_seconds(self) -> float:
        return sum(map(processor_seconds, self.pids()))

    def end(self) -> None:
        """Stop it, and leave none of its processes behind."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class Site(Peer):
    """This site: `manage.py serve`, its limits off, all else as it comes."""

    name = "this site"
    health = "/readyz"

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        super().__init__(folder)
        self.settings = {
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.port),
            "WORKERS": "2",
            "DATABASE_URL": database,
            **UNLIMITED,
            **settings,
        }

    def take_static(self, other: "Site") -> None:
        """Spare the first start what another site's first start has collected."""
        static = Path("data", "static")
        shutil.copytree(other.folder / static, self.folder / static)
        (self.folder / "data").chmod(0o700)

    def command(self) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), "serve"]

    def environment(self) -> dict[str, str]:
        return self.settings

    def doors(self, text: str) -> Doors:
        plain = {"Content-Type": "text/plain"}
        new = "/?syntax=python"
        create = Request("POST", new, plain, NUMBER + text[len(NUMBER) :], 201)
        locked = Request(
            "POST", new, plain | {"X-Paste-Password": PASSWORD}, create.body, 201
        )
        path = self.made(create)
        api = f"/api/v1/pastes{path}"
        etag = ask(self, Request(path=f"{path}/raw")).headers["ETag"]
        unlock = {"password": PASSWORD}
        return {
            "raw": Request(path=f"{path}/raw"),
            "page": Request(path=path, headers=HTML),
            "api": Request(path=api),
            "unchanged": Request(
                path=f"{path}/raw", headers={"If-None-Match": etag}, status=304
            ),
            "create": create,
            "create, locked": locked,
            "unlock": Request(
                "POST",
                f"/api/v1/pastes{self.made(locked)}/open",
                JSON,
                json.dumps(unlock),
            ),
        }

    def made(self, create: Request) -> str:
        return "/" + ask(self, create).body.decode().strip().rpartition("/")[2]


class Behind(Site):
    """The site behind nginx with the configuration that is shipped, over TLS."""

    name = "this site behind nginx"
    scheme = "https"

    def __init__(self, folder: Path, database: str = "") -> None:
        super().__init__(folder, database)
        http_port = free_port()
        self.upstream, self.port = self.port, free_port()
        self.host = f"localhost:{self.port}"
        self.settings |= {"SITE_URL": f"https://{self.host}", "TRUSTED_PROXIES": "1"}
        self.servers = proxies.whole_host(
            self.folder,
            f"127.0.0.1:{self.upstream}",
            http=http_port,
            https=self.port,
        )
        self.stack = contextlib.ExitStack()

    def prepare(self) -> None:
        proxies.make_certificate(self.folder)

    def start(self) -> float:
        self.stack.enter_context(
            proxies.running_nginx(self.folder, self.servers, self.port, workers="auto")
        )
        return super().start()

    def pids(self) -> list[int]:
        return super().pids() + nginx_tree(self.folder)

    def end(self) -> None:
        super().end()
        self.stack.close()

    def doors(self, text: str) -> Doors:
        found = super().doors(text)
        return {name: found[name] for name in ("raw", "page", "api", "unchanged")}


class Nginx(Peer):
    """nginx with the same bytes in files, by HTTP."""

    name = "nginx, a file"
    answers: Path

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.tls = NginxTls(self)
        self.stack = contextlib.ExitStack()

    def prepare(self) -> None:
        proxies.make_certificate(self.folder)

    def start(self) -> float:
        began = time.monotonic()
        tls = f"listen 127.0.0.1:{self.tls.port} ssl;"
        server = (
            f"server {{ listen 127.0.0.1:{self.port}; {tls} root {self.answers};\n"
            f"ssl_certificate {self.folder}/cert.pem;\n"
            f"ssl_certificate_key {self.folder}/key.pem;\n"
            "access_log off; default_type text/html; }\n"
        )
        self.stack.enter_context(
            proxies.running_nginx(self.folder, server, self.port, workers="auto")
        )
        return time.monotonic() - began

    def pids(self) -> list[int]:
        return nginx_tree(self.folder)

    def end(self) -> None:
        self.stack.close()

    def version(self) -> str:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        said = subprocess.run([program, "-v"], capture_output=True, text=True)
        return said.stderr.strip().rpartition(" ")[2]

    def doors(self, text: str) -> Doors:
        return kept_doors(self, self.answers, text)


class NginxTls(Peer):
    """The same nginx over TLS: what the site behind nginx is compared with."""

    name = "nginx, a file, TLS"
    scheme = "https"

    def __init__(self, nginx: Nginx) -> None:
        self.nginx = nginx
        self.folder = nginx.folder
        self.port = free_port()

    def start(self) -> float:
        return 0.0

    def end(self) -> None:
        pass

    def pids(self) -> list[int]:
        return self.nginx.pids()

    def doors(self, text: str) -> Doors:
        return kept_doors(self, self.nginx.answers, text)


class Bare(Peer):
    """A WSGI app that has the same bytes in memory, under the site's own server."""

    name = "bare WSGI app"
    answers: Path

    def command(self) -> list[str]:
        return [sys.executable, str(ROOT / "bench/peers/bare.py"), str(self.port)]

    def environment(self) -> dict[str, str]:
        kept = {"ENV_FILE": os.devnull, "DATA_DIR": str(self.folder / "data")}
        return kept | {"BARE_FOLDER": str(self.answers)}

    def doors(self, text: str) -> Doors:
        create = Request(
            "POST", "/", {"Content-Type": "text/plain"}, NUMBER + text[12:], 201
        )
        return kept_doors(self, self.answers, text) | {"create": create}


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


def kept_doors(peer: Peer, answers: Path, text: str) -> Doors:
    """Return the doors of one that gives the site's own answers to this text."""
    paths = {door: f"/{kept_name(door, text)}" for door in ("raw", "page", "api")}
    found = {
        door: Request(path=path)
        for door, path in paths.items()
        if (answers / path[1:]).exists()
    }
    etag = ask(peer, found["raw"]).headers["ETag"]
    unchanged = Request(
        path=found["raw"].path, headers={"If-None-Match": etag}, status=304
    )
    return found | {"unchanged": unchanged}


def keep(peer: Peer, doors: Doors, text: str, answers: Path) -> None:
    """Write the site's answers down, for those who give the same bytes."""
    for door in ("raw", "page", "api"):
        answer = ask(peer, doors[door])
        (answers / kept_name(door, text)).write_bytes(answer.body)
        kind = answer.headers["Content-Type"]
        (answers / f"{kept_name(door, text)}.type").write_text(kind)


def kept_name(door: str, text: str) -> str:
    return f"{door}-{len(text)}"


def ask(peer: Peer, request: Request) -> loads.Answer:
    """Ask once; raises one of CUT_OFF."""
    if peer.scheme == "https":
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(
            "127.0.0.1", peer.port, timeout=120, context=context
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=120)
    with contextlib.closing(connection):
        request = peer.addressed(request)
        path = request.paths[0] if request.paths else request.path
        body = request.numbered() or None
        connection.request(request.method, path, body, request.headers)
        answer = connection.getresponse()
        return loads.Answer(answer.status, answer.headers, answer.read())


def check_status(peer: Peer, request: Request) -> loads.Answer:
    """Ask once. Raises RuntimeError unless that is a good answer."""
    answer = ask(peer, request)
    if answer.status != request.status:
        raise RuntimeError(
            f"{peer.name}: {request.method} {request.path} is answered with "
            f"{answer.status}, not {request.status}: {answer.body[:300]!r}"
        )
    return answer


def bytes_on_the_wire(peer: Peer, request: Request, encodings: str = "") -> int:
    """Return how many bytes one answer is, with its headers and before any TLS."""
    lines = [f"{request.method} {request.path} HTTP/1.1", "Host: 127.0.0.1"]
    body = request.numbered()
    sent = request.headers | {"Connection": "close"}
    sent |= {"Content-Length": str(len(body))} if body else {}
    sent |= {"Accept-Encoding": encodings} if encodings else {}
    lines += [f"{name}: {value}" for name, value in sent.items()]
    with socket.create_connection(("127.0.0.1", peer.port), timeout=120) as link:
        link.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        size = 0
        while some := link.recv(1 << 20):
            size += len(some)
    return size


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}


def versions(peer: Peer, *packages: str) -> str:
    code = "import sys; from importlib.metadata import version as v\n"
    code += "print(', '.join(f'{p} {v(p)}' for p in sys.argv[1:]))"
    return subprocess.run(
        [str(peer.programs / "python"), "-c", code, *packages],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def tree(pid: int) -> list[int]:
    """Return a process and all that it started and that is still its own."""
    found = [pid]
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += tree(int(child))
    return found


def nginx_tree(folder: Path) -> list[int]:
    file = folder / "nginx.pid"
    return tree(int(file.read_text())) if file.exists() else []


def processor_seconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def check_installed() -> None:
    missing = [one.name for one in OTHERS if not (one.programs / "python").exists()]
    if missing:
        sys.exit(f"{', '.join(missing)}: not installed; `make peers` does it.")
