"""What the benches share: the site as a tree of processes, load, and a ledger.

All traffic goes to 127.0.0.1. A ledger lies outside of what is killed or cut off: a line
is on the disk before the next paste is made, so it never claims what no client saw.
"""

import argparse
import contextlib
import hashlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ("sqlite", "postgresql")
# Below Linux' net.ipv4.ip_local_port_range: of that, any client on this machine may take
# the port of a site that is killed before it is back.
SERVER_PORTS = (20_000, 32_000)
# A first start compresses the static files: half a minute of a core that is free.
START_SECONDS = 180
STOP_SECONDS = 60
TIMEOUT_SECONDS = 30
# A bench is about the site under load, not about its limits.
UNLIMITED = dict.fromkeys(
    ("LIMIT_CREATE", "LIMIT_REPORT", "LIMIT_API", "LIMIT_LOGIN"), "off"
)
COLLECT = "from pastes.management.commands.serve import collect_static as c; c()"
# What a client of a site sees while that is killed or stopped.
CUT_OFF = (OSError, http.client.HTTPException)


def free_port() -> int:
    """Return a port of those that the kernel gives to no client of another server."""
    while True:
        port = random.SystemRandom().randrange(*SERVER_PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def served(command: list[str], port: int, **settings: str) -> Iterator[int]:
    """Run a server until the block ends; yield its port once it answers."""
    environment = os.environ | {"ENV_FILE": os.devnull} | settings
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(START_SECONDS * 20):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port)),
            ):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, method: str, path: str, body: bytes = b"") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"Content-Type": "text/plain"})
    answer = connection.getresponse().read()
    connection.close()
    return answer


class Site:
    """The real site in production mode, with all its processes in a group of its own.

    `database` is a DATABASE_URL, empty for SQLite in `folder`; `code` is where another
    release of the site lies; other settings follow.
    """

    def __init__(
        self, folder: Path, *, database: str = "", code: Path = ROOT, **settings: str
    ) -> None:
        self.folder = folder
        self.code = code
        self.port = int(settings.pop("PORT", 0)) or free_port()
        self.log = folder.with_name(f"{folder.name}.log")
        self.process: subprocess.Popen | None = None
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
        }
        self.environment = {
            **kept,
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "WORKERS": "2",
            "DATABASE_URL": database,
            **UNLIMITED,
            **settings,
        }

    def launch(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=self.code,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self) -> float:
        """Start the site; return the seconds until the first whole answer of 200.

        Raises RuntimeError with what the site wrote if it ends, or does not answer.
        """
        began = time.monotonic()
        self.launch()
        while time.monotonic() - began < START_SECONDS:
            if self.process.poll() is not None:
                break
            with (
                contextlib.suppress(*CUT_OFF),
                Visitor(self.port, timeout=5) as visitor,
            ):
                if visitor.ask("GET", "/readyz").status == 200:
                    return time.monotonic() - began
            time.sleep(0.02)
        raise RuntimeError(self.log.read_text()[-4000:])

    def collect(self) -> Path:
        """Collect the static files before a start does; return their folder.

        To compress them takes half a minute, and a site finds them if it is given them.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.manage("shell", "--command", COLLECT)
        return self.folder / "static"

    def kill(self) -> None:
        """Take all its processes at one moment, as the kernel's OOM killer may."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        wait_until(lambda: not self.pids(), "the site's processes to be gone")

    def stop(self) -> int:
        """Stop as an operator does; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def pids(self) -> list[int]:
        """Return the processes of its group that live."""
        pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
        return [pid for pid in pids if group_of(pid) == self.process.pid]

    def workers(self) -> set[int]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return set(map(int, children.split()))

    def memory(self) -> int:
        """Return the bytes that its processes take, shared pages divided among them."""
        return sum(proportional_set(pid) for pid in self.pids())

    def handles(self) -> int:
        """Return how many files and sockets its processes hold open."""
        count = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                count += sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        return count

    def manage(self, *words: str) -> str:
        """Run `manage.py <words>` with this site's settings; return what it prints."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=self.code,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@contextlib.contextmanager
def running(site: Site) -> Iterator[Site]:
    """Start a site, and leave none of its processes behind."""
    try:
        site.start()
        yield site
    finally:
        site.end()


def group_of(pid: int) -> int:
    """Return a living process' group, 0 for one that is gone or only to be buried."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if fields[0] not in "ZX":
            return int(fields[2])
    return 0


def proportional_set(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def wait_until(is_so: Callable[[], object], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds} s in vain for {what}.")
        time.sleep(0.02)


@contextlib.contextmanager
def database(
    engine: str, folder: Path | None = None, **settings: str
) -> Iterator[Cluster | None]:
    """Run a database as durable as in production; yield its cluster, None for SQLite."""
    if engine == "sqlite":
        yield None
        return
    cluster = Cluster(folder, durable=True, **settings)
    try:
        yield cluster.make().start()
    finally:
        cluster.remove()


# Clients


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Visitor:
    """A client with one connection, which it opens anew once that is broken.

    `source` is the address it comes from, another one of 127.0.0.0/8.
    """

    def __init__(
        self, port: int, timeout: float = TIMEOUT_SECONDS, source: str = "127.0.0.1"
    ) -> None:
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=timeout, source_address=(source, 0)
        )

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Answer:
        """Send a request and read all of its answer; raises one of CUT_OFF."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request(method, path, body, named)
            answer = self.connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except CUT_OFF:
            self.connection.close()
            raise

    def create(self, text: bytes, query: str = "") -> str:
        """Make a paste by the terminal's door; return its path.

        Raises one of CUT_OFF, or Refused with what the site said.
        """
        answer = self.ask("POST", f"/{query}", text, Content_Type="text/plain")
        if answer.status != 201:
            raise Refused(answer)
        return "/" + answer.body.decode().strip().rpartition("/")[2]


class Refused(Exception):
    """An answer that is not what was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status}: {answer.body[:200]!r}")
        self.status = answer.status
        # For a load's outcomes; who is to come again must hear when.
        is_told = answer.status not in (429, 503) or "Retry-After" in answer.headers
        self.outcome = self.status if is_told else f"{self.status} without Retry-After"


class Ledger:
    """What was acknowledged: a path and a SHA-256 a line, each on the disk at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lock = threading.Lock()
        self.descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)

    def note(self, path: str, text: bytes) -> None:
        line = f"{path} {hashlib.sha256(text).hexdigest()}\n".encode()
        with self.lock:
            os.write(self.descriptor, line)
            os.fsync(self.descriptor)

    def lines(self) -> list[tuple[str, str]]:
        return [tuple(line.split()) for line in self.file.read_text().splitlines()]

    def close(self) -> None:
        os.close(self.descriptor)


@dataclass(frozen=True)
class Verdict:
    """What a ledger's reading back found: paths, and what the site answered."""

    acknowledged: int
    lost: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.lost and not self.altered


def read_back(port: int, lines: list[tuple[str, str]]) -> Verdict:
    """Ask the site for every paste that was acknowledged, and compare each byte."""
    verdict = Verdict(len(lines))
    with Visitor(port) as visitor:
        for path, digest in lines:
            answer = visitor.ask("GET", f"{path}/raw")
            if answer.status != 200:
                verdict.lost.append(f"{path} {answer.status}")
            elif hashlib.sha256(answer.body).hexdigest() != digest:
                verdict.altered.append(path)
    return verdict


def random_text(largest: int = 20_000) -> bytes:
    """Return a text that no other is like, of any length, in lines."""
    size = int(largest ** random.uniform(0.4, 1))
    noise = random.randbytes(size // 2 + 1).hex()
    return "\n".join(noise[at : at + 79] for at in range(0, len(noise), 79)).encode()


def incompressible_text(size: int) -> bytes:
    """Return random lines of hexadecimal digits, about so many bytes."""
    noise = random.randbytes(size * 20 // 41 // 20 * 20).hex()
    return "\n".join(noise[at : at + 40] for at in range(0, len(noise), 40)).encode()


@dataclass
class Load:
    """Clients that go on until they are told to stop.

    `outcomes` counts what they met: a status, or the kind of error.
    """

    work: Callable[[Visitor], object]
    port: int
    clients: int = 8
    outcomes: Counter = field(default_factory=Counter)
    is_over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self.threads = [threading.Thread(target=self.run) for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def run(self) -> None:
        with Visitor(self.port) as visitor:
            while not self.is_over.is_set():
                try:
                    self.work(visitor)
                    self.outcomes["ok"] += 1
                except Refused as refused:
                    self.outcomes[refused.outcome] += 1
                except CUT_OFF as error:
                    self.outcomes[type(error).__name__] += 1
                    # A site that is away is asked again soon, not all the time.
                    self.is_over.wait(0.02)


def writer(ledger: Ledger) -> Callable[[Visitor], None]:
    """Return work that makes a paste and, once its link is read, notes it."""

    def write(visitor: Visitor) -> None:
        text = random_text()
        ledger.note(visitor.create(text), text)

    return write


class Pace:
    """Work for a Load: at most so many requests a second, each of them timed.

    `acts` are what is done, with their weights; `took` gets (name, began, seconds).
    """

    def __init__(
        self, rate: float, acts: dict[Callable[[Visitor], object], float]
    ) -> None:
        self.step = 1 / rate
        self.acts = acts
        self.next_at = time.monotonic()
        self.lock = threading.Lock()
        self.took: list[tuple[str, float, float]] = []

    def work(self, visitor: Visitor) -> None:
        with self.lock:
            self.next_at = due = max(self.next_at + self.step, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
        act = random.choices(list(self.acts), self.acts.values())[0]
        began = time.monotonic()
        try:
            act(visitor)
        finally:
            self.took.append((act.__name__, began, time.monotonic() - began))

    def between(self, began: float, ended: float) -> dict[str, list[float]]:
        """Return what was under way in a span: seconds by act, the quickest first."""
        found: dict[str, list[float]] = {act.__name__: [] for act in self.acts}
        for name, at, seconds in sorted(self.took, key=lambda one: one[2]):
            if at < ended and at + seconds > began:
                found[name].append(seconds)
        return found


def share(seconds: list[float], part: float) -> float:
    """Return the seconds that so large a part of them did not exceed."""
    return seconds[min(len(seconds) - 1, int(len(seconds) * part))] if seconds else 0.0


# Commands


def options(description: str, **counts: tuple[int, int]) -> argparse.Namespace:
    """Read a bench's words: its counts (usual, with --quick), and which engines.

    options(__doc__, kills=(50, 3)) has .kills and .engines.
    """
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the short form")
    parser.add_argument("--engine", choices=ENGINES, help="one database alone")
    for name, (usual, quick) in counts.items():
        said = f"{usual}, or {quick} with --quick"
        parser.add_argument(f"--{name}", type=int, help=said)
    words = parser.parse_args()
    for name, pair in counts.items():
        if getattr(words, name) is None:
            setattr(words, name, pair[words.quick])
    words.engines = [words.engine] if words.engine else ENGINES
    return words


def finish(faults: list[str]) -> None:
    """End with what went wrong, or with a word that nothing did."""
    sys.exit("\n".join(["FAILED", *faults]) if faults else print("All held."))
