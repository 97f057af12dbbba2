"""This site, alone and behind nginx, and who gives its very answers: nginx, a bare app."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench import loads
from bench.loads import ROOT, free_port
from bench.peers.peer import HTML, JSON, PASSWORD, Doors, Peer, ask, tree
from bench.wrk import NUMBER, Request
from pastes.tests import proxies

# The site's limits are off: wrk is one client that does what thousands do.
UNLIMITED = loads.UNLIMITED | dict.fromkeys(
    ("LIMIT_UNLOCK_PASTE", "LIMIT_UNLOCK_PASTE_CLIENT", "LIMIT_MISS"), "off"
)


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
        # Several machines may share a PostgreSQL, and not the files in front.
        if not database:
            self.settings["FRONT_DIR"] = str(self.folder / "front")
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


def nginx_tree(folder: Path) -> list[int]:
    file = folder / "nginx.pid"
    return tree(int(file.read_text())) if file.exists() else []
