"""What readers and writers get while the database is killed, hangs, or is locked.

Usage: bench/dbdown.py [--times 50] [--locks]. Starts the real site and a PostgreSQL of
its own, on 127.0.0.1; asks 20 times a second, for a text and to store one.
"""

import argparse
import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.postgres import Cluster  # noqa: E402 (needs the path)

POLLS_PER_SECOND = 20
OFF = ("LIMIT_CREATE", "LIMIT_API", "LIMIT_LOGIN", "LIMIT_REPORT")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """Serve the real site from the folder; give its address. Its log is in site.log."""
    port = free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | {
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "WORKERS": "2",
        **dict.fromkeys(OFF, "off"),
        "SPAM_HOLD_AT": "0",
        **settings,
    }
    with (folder.parent / "site.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        while status(f"{url}/readyz") != 200:
            if process.poll() is not None:
                raise RuntimeError((folder.parent / "site.log").read_text()[-2000:])
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def send(
    url: str,
    data: bytes | None = None,
    method: str = "",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """Ask once; return the status (0 for no answer) and the body."""
    sent = {"Content-Type": "text/plain"} | (headers or {})
    request = urllib.request.Request(url, data, sent)
    request.method = method or ("GET" if data is None else "POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def status(url: str) -> int:
    return send(url)[0]


@dataclass
class Watch:
    """Asks and stores, 20 times a second, and keeps what came back and when."""

    url: str
    raw: str
    found: list[tuple[float, str, int, float]] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self.pool = ThreadPoolExecutor(200)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self.thread.join()
        self.pool.shutdown()

    def run(self) -> None:
        kinds = (self.read, self.write, self.read, self.health)
        number = 0
        while not self.stop.wait(1 / POLLS_PER_SECOND):
            self.pool.submit(kinds[number % len(kinds)], number)
            number += 1

    def note(self, kind: str, code: int, started: float) -> None:
        now = time.monotonic()
        self.found.append((now, kind, code, now - started))

    def read(self, number: int) -> None:
        started = time.monotonic()
        self.note("read", status(self.raw), started)

    def health(self, number: int) -> None:
        started = time.monotonic()
        self.note("health", status(f"{self.url}/healthz"), started)

    def write(self, number: int) -> None:
        started = time.monotonic()
        text = f"text {number} {os.urandom(8).hex()}".encode()
        code, body = send(f"{self.url}/", text)
        if code == 201:
            self.stored[body.decode().strip()] = hashlib.sha256(text).hexdigest()
        self.note("write", code, started)

    def first(self, kind: str, code: int, since: float) -> float:
        """Return when the first such answer came since then, waiting for it for 60 s."""
        while time.monotonic() < since + 60:
            times = [at for at, k, c, _ in list(self.found) if (k, c) == (kind, code)]
            late = [at for at in times if at >= since]
            if late:
                return min(late)
            time.sleep(0.02)
        raise RuntimeError(f"no {code} for a {kind} within a minute")

    def counts(self) -> dict[str, dict[int, int]]:
        found: dict[str, Counter[int]] = {}
        for _, kind, code, _ in self.found:
            found.setdefault(kind, Counter())[code] += 1
        return {kind: dict(sorted(codes.items())) for kind, codes in found.items()}

    def longest(self, kind: str) -> float:
        return max(seconds for _, k, _, seconds in self.found if k == kind)

    def lost(self) -> int:
        """Return how many acknowledged texts do not come back byte for byte."""
        return sum(
            hashlib.sha256(send(f"{link}/raw")[1]).hexdigest() != digest
            for link, digest in self.stored.items()
        )


def report(title: str, watch: Watch, waits: list[float] | None = None) -> int:
    """Print the figures; return how many answers were 500 or none."""
    print(title)
    for kind, codes in watch.counts().items():
        print(f"  {kind}: {codes}, longest {watch.longest(kind):.2f} s")
    if waits:
        middle = sorted(waits)[len(waits) // 2]
        print(f"  back to first 200: median {middle:.2f} s, worst {max(waits):.2f} s")
    print(f"  acknowledged {len(watch.stored)}, lost or altered {watch.lost()}")
    return sum(code in (0, 500) for _, _, code, _ in watch.found)


def first_text(url: str) -> str:
    code, body = send(f"{url}/", b"the text that is asked for")
    if code != 201:
        raise RuntimeError(f"storing a text was answered {code}")
    return f"{body.decode().strip()}/raw"


def kill(cluster: Cluster, watch: Watch, times: int) -> list[float]:
    waits = []
    for _ in range(times):
        cluster.stop(signal.SIGKILL)
        watch.first("read", 503, time.monotonic())
        cluster.start()
        back = time.monotonic()
        waits.append(watch.first("read", 200, back) - back)
        watch.first("write", 201, back)
    return waits


def hang(cluster: Cluster, watch: Watch, seconds: float) -> list[float]:
    cluster.send(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        cluster.send(signal.SIGCONT)
    back = time.monotonic()
    waits = [watch.first("read", 200, back) - back]
    watch.first("write", 201, back)
    return waits


def on_postgresql(folder: Path, times: int, seconds: float) -> int:
    cluster = Cluster(durable=True).make().start()
    try:
        url = cluster.create_database("pastebin")
        with serving(folder / "data", DATABASE_URL=url) as site:
            raw = first_text(site)
            with Watch(site, raw) as watch:
                waits = kill(cluster, watch, times)
            faults = report(f"PostgreSQL killed {times} times", watch, waits)
            with Watch(site, raw) as watch:
                waits = hang(cluster, watch, seconds)
            faults += report(f"PostgreSQL hung for {seconds:.0f} s", watch, waits)
            return faults
    finally:
        cluster.remove()


LOCKER = """
import sys, time, pysqlite3.dbapi2 as sqlite3
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


def on_locked_sqlite(folder: Path, seconds: float, writers: int = 32) -> int:
    """Let writers meet a lock that another process holds."""
    with serving(folder / "data") as site:
        watch = Watch(site, first_text(site))
        file = folder / "data" / "pastebin.sqlite3"
        words = [sys.executable, "-c", LOCKER, str(file), str(seconds)]
        with (
            subprocess.Popen(words, stdout=subprocess.PIPE) as holder,
            ThreadPoolExecutor(writers + 1) as pool,
        ):
            holder.stdout.readline()
            for number in range(writers):
                pool.submit(watch.write, number)
            while holder.poll() is None:
                pool.submit(watch.read, 0)
                pool.submit(watch.health, 0).result()
                time.sleep(0.25)
        return report(f"SQLite locked for {seconds:.0f} s, {writers} writers", watch)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--hang", type=float, default=15)
    parser.add_argument("--locks", action="store_true", help="of SQLite, for 5 s")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dbdown-") as name:
        folder = Path(name)
        (folder / "data").mkdir(mode=0o700)
        if words.locks:
            return min(1, on_locked_sqlite(folder, 5))
        return min(1, on_postgresql(folder, words.times, words.hang))


if __name__ == "__main__":
    sys.exit(main())
