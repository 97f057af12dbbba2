"""A PostgreSQL server of one's own: in a folder, on a Unix socket, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

OWNERS = ("postgres", "nobody")
# What a throw-away database need not promise.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
WAIT_SECONDS = 60


class Cluster:
    """A cluster that is made, started, killed and started again as a test wants.

    `folder` is where it lives (a temporary one by default), `durable` whether it syncs
    to the disk as in production, `port` whether it listens on 127.0.0.1 as well.
    Raises RuntimeError, with the server's own words, where it does not start.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        durable: bool = False,
        port: int = 0,
        **settings: str,
    ) -> None:
        self.programs = find_programs()
        self.is_temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="postgres-"))
        self.data = self.folder / "data"
        self.port = port
        self.settings = {
            "listen_addresses": "127.0.0.1" if port else "",
            "port": str(port or 5432),
            "unix_socket_directories": str(self.folder),
            "max_connections": "300",
            "shared_buffers": "64MB",
        }
        self.settings |= ({} if durable else CARELESS) | settings
        self.owner = find_owner()
        self.process: subprocess.Popen | None = None
        self.folder.mkdir(parents=True, exist_ok=True)
        # Who runs the tests must reach the socket; the data's own folder stays shut.
        self.folder.chmod(0o755)
        if self.owner:
            shutil.chown(self.folder, self.owner["user"], self.owner["group"])

    def make(self) -> "Cluster":
        """Make the cluster's files, for a superuser named "pastebin" without password."""
        self.run(
            "initdb",
            "--pgdata",
            str(self.data),
            "--username=pastebin",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-sync",
        )
        return self

    def start(self) -> "Cluster":
        options = [
            word for item in self.settings.items() for word in ("-c", "=".join(item))
        ]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                **self.manner(),
            )
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(subprocess.CalledProcessError):
                self.run(
                    "pg_isready", "--quiet", "--host", str(self.folder), *self.at()
                )
                return
            # Asking is the only way to learn that another process is ready.
            time.sleep(0.02)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def at(self) -> tuple[str, str]:
        return ("--port", self.settings["port"])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server; SIGKILL takes all its processes, as a power cut would."""
        if self.process is None or self.process.poll() is not None:
            return
        if how == signal.SIGKILL:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.send_signal(how)
        self.process.wait(WAIT_SECONDS)

    def send(self, how: signal.Signals) -> None:
        """Send a signal to the server and to each of its processes."""
        parent = self.process.pid
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                number, _, rest = status.read_text().rpartition(") ")
                if int(rest.split()[1]) == parent:
                    os.kill(int(number.split()[0]), how)
        os.kill(parent, how)

    def remove(self) -> None:
        self.stop()
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, name: str) -> str:
        """Make an empty database unless there is one; return its DATABASE_URL."""
        if name not in self.sql("SELECT datname FROM pg_database").split():
            self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def url(self, name: str) -> str:
        if self.port:
            return f"postgres://pastebin@127.0.0.1:{self.port}/{name}"
        return f"postgres://pastebin@/{self.folder}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement by psql; return what it prints, a row a line."""
        words = ["--host", str(self.folder), *self.at(), "--username=pastebin"]
        words += ["--no-psqlrc", "--tuples-only", "--no-align"]
        return self.run("psql", *words, "--command", statement, database)

    def run(self, program: str, *words: str) -> str:
        return subprocess.run(
            [self.programs / program, *words],
            capture_output=True,
            text=True,
            check=True,
            **self.manner(),
        ).stdout

    def manner(self) -> dict[str, Any]:
        """Return how its programs run: a server refuses to be root."""
        environment = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
        }
        return {
            "env": environment,
            "cwd": "/",
            "start_new_session": True,
            **self.owner,
        }


def find_programs() -> Path:
    """Return the newest PostgreSQL's folder of programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise RuntimeError("PostgreSQL is missing: `make tools` installs it.")
    return (found[-1] if found else Path(on_path)).resolve().parent


def find_owner() -> dict[str, Any]:
    """Return whom its programs run as: oneself, or for root another user."""
    if os.geteuid() != 0:
        return {}
    for name in OWNERS:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {
                "user": user.pw_uid,
                "group": user.pw_gid,
                "extra_groups": [],
            }
    raise RuntimeError(f"Root needs one of these users to run PostgreSQL: {OWNERS}.")
