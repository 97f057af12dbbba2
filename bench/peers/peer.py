"""A server that is measured: its processes, and one request to it."""

import contextlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bench import loads
from bench.loads import CUT_OFF, free_port
from bench.wrk import Request

PASSWORD = "a password of twenty"
START_SECONDS = 180
JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BROWSER_ENCODINGS = "gzip, deflate, br, zstd"
Doors = dict[str, Request]


class Peer:
    """A server as a tree of processes, in a folder of its own."""

    name = ""
    health = "/"
    scheme = "http"
    host = ""
    stops_by = signal.SIGTERM
    # The folder of its programs, for one that has a virtual environment of its own.
    programs = Path()

    def __init__(self, folder: Path) -> None:
        self.folder = folder / type(self).__name__.lower()
        self.folder.mkdir()
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        # What it is started with beside its own environment.
        self.added: dict[str, str] = {}

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
                env=clean_environment() | self.environment() | self.added,
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
        self.process.send_signal(self.stops_by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


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


def tree(pid: int) -> list[int]:
    """Return a process and all that it started and that is still its own."""
    found = [pid]
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += tree(int(child))
    return found


def processor_seconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
