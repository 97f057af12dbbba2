"""Whether memory and open files stay flat under an hour's traffic, sent in minutes.

Run with `.venv/bin/python bench/soak.py`. Eight clients make pastes by both doors, read
them raw, as pages and by the API, burn, unlock, report, delete and look at the sign-in of
the admin, as fast as they are answered. After a warm-up, samples of all the site's
processes are taken: the first third is compared with the last.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Load, Refused, Site, Visitor

CLIENTS = 8
SAMPLES = 30
# An hour at 20 requests a second.
HOUR = 72_000
MEMORY_GROWTH = 1.05
HANDLES_GROWTH = 1.05
LOG_BYTES = 64 * 1024 * 1024
UNLOCKING = {"LIMIT_UNLOCK_PASTE": "off", "LIMIT_UNLOCK_PASTE_CLIENT": "off"}


@dataclass
class Sample:
    memory: int
    handles: int
    log: int


@dataclass
class Outcome:
    requests: int = 0
    seconds: float = 0
    errors: dict = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def thirds(self, name: str) -> tuple[float, float]:
        """Return the medians of the first third and of the last."""
        values = [getattr(sample, name) for sample in self.samples]
        third = max(1, len(values) // 3)
        return statistics.median(values[:third]), statistics.median(values[-third:])

    def judge(self) -> None:
        for name, most in (("memory", MEMORY_GROWTH), ("handles", HANDLES_GROWTH)):
            first, last = self.thirds(name)
            if last > first * most:
                self.faults.append(f"{name} grew from {first:.0f} to {last:.0f}")
        largest = max(sample.log for sample in self.samples)
        if largest > LOG_BYTES:
            self.faults.append(f"the write-ahead log reached {largest} bytes")
        if self.errors:
            self.faults.append(f"errors: {self.errors}")

    def __str__(self) -> str:
        memory = " -> ".join(f"{size / 1e6:.0f}" for size in self.thirds("memory"))
        handles = " -> ".join(f"{count:.0f}" for count in self.thirds("handles"))
        log = max(sample.log for sample in self.samples) / 1e6
        return (
            f"{self.requests} requests in {self.seconds:.0f} s "
            f"({self.requests / HOUR:.1f} hours at 20 a second); first -> last third: "
            f"memory {memory} MB, handles {handles}; largest log {log:.0f} MB; "
            f"errors: {self.errors or 0}"
        )


class Traffic:
    """What readers and writers do, mixed as on a site; counts each request."""

    def __init__(self) -> None:
        self.paths: deque[str] = deque(maxlen=500)
        self.requests = 0
        self.acts = [
            (self.create, 4),
            (self.raw, 8),
            (self.page, 4),
            (self.api, 4),
            (self.form, 2),
            (self.burn, 1),
            (self.unlock, 0.3),
            (self.report, 0.5),
            (self.sign_in_page, 0.5),
            (self.make_and_delete, 1),
        ]

    def work(self, visitor: Visitor) -> None:
        acts, weights = zip(*self.acts, strict=True)
        act: Callable = random.choices(acts, weights)[0]
        act(visitor)

    def ask(self, visitor: Visitor, wanted: tuple, *words: object, **headers: str):  # noqa: ANN201
        answer = visitor.ask(*words, **headers)
        self.requests += 1
        if answer.status not in wanted:
            raise Refused(answer)
        return answer

    def send(self, visitor: Visitor, body: bytes, query: str = "", **headers: str):  # noqa: ANN201
        headers |= {"Content_Type": "text/plain"}
        return self.ask(visitor, (201,), "POST", f"/{query}", body, **headers)

    def any_path(self, visitor: Visitor) -> str:
        if not self.paths:
            self.create(visitor)
        return random.choice(self.paths)

    def create(self, visitor: Visitor) -> None:
        answer = self.send(visitor, loads.random_text(), "?syntax=python&lifetime=1d")
        self.paths.append(path_of(answer))

    def raw(self, visitor: Visitor) -> None:
        path = self.any_path(visitor)
        self.ask(visitor, (200,), "GET", f"{path}/raw")

    def page(self, visitor: Visitor) -> None:
        self.ask(visitor, (200,), "GET", self.any_path(visitor))

    def api(self, visitor: Visitor) -> None:
        path = f"/api/v1/pastes{self.any_path(visitor)}"
        self.ask(visitor, (200,), "GET", path)

    def form(self, visitor: Visitor) -> None:
        self.ask(visitor, (200,), "GET", "/")

    def burn(self, visitor: Visitor) -> None:
        path = path_of(self.send(visitor, b"once", "?burn=1"))
        self.ask(visitor, (200,), "POST", f"{path}/raw")
        self.ask(visitor, (404,), "POST", f"{path}/raw")

    def unlock(self, visitor: Visitor) -> None:
        # Hashing is bounded: a busy site says so with 503.
        key = {"X_Paste_Password": "secret"}
        headers = key | {"Content_Type": "text/plain"}
        made = self.ask(visitor, (201, 503), "POST", "/", b"locked", **headers)
        if made.status == 201:
            path = f"{path_of(made)}/raw"
            self.ask(visitor, (200, 503), "GET", path, **key)

    def report(self, visitor: Visitor) -> None:
        body = json.dumps({"reason": "spam", "details": "x"}).encode()
        path = f"/api/v1/pastes{self.any_path(visitor)}/reports"
        kind = {"Content_Type": "application/json"}
        self.ask(visitor, (202,), "POST", path, body, **kind)

    def sign_in_page(self, visitor: Visitor) -> None:
        self.ask(visitor, (200,), "GET", "/admin/login/")

    def make_and_delete(self, visitor: Visitor) -> None:
        made = self.send(visitor, b"not for long")
        path = f"/api/v1/pastes{path_of(made)}"
        bearer = {"Authorization": f"Bearer {made.headers['X-Owner-Token']}"}
        self.ask(visitor, (204,), "DELETE", path, **bearer)


def path_of(made: loads.Answer) -> str:
    return "/" + made.body.decode().strip().rpartition("/")[2]


def run(site: Site, *, requests: int, warm_up: int) -> Outcome:
    """Send so many requests after a warm-up, and take samples in even steps."""
    traffic, outcome = Traffic(), Outcome()
    with Load(traffic.work, site.port, CLIENTS) as load:
        loads.wait_until(lambda: traffic.requests >= warm_up, "the warm-up", 1200)
        began, first = time.monotonic(), traffic.requests
        for number in range(1, SAMPLES + 1):
            due = first + requests * number // SAMPLES
            loads.wait_until(lambda due=due: traffic.requests >= due, "traffic", 600)
            log = site.folder / "pastebin.sqlite3-wal"
            size = log.stat().st_size if log.exists() else 0
            outcome.samples.append(Sample(site.memory(), site.handles(), size))
        outcome.seconds = time.monotonic() - began
        outcome.requests = traffic.requests - first
    del load.outcomes["ok"]
    outcome.errors = dict(load.outcomes)
    outcome.judge()
    return outcome


def main() -> None:
    words = loads.options(__doc__, requests=(HOUR, 1500), warm_up=(20_000, 500))
    faults = []
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            url = cluster.create_database("site") if cluster else ""
            folder = Path(name)
            # As many as clients, so that all are soon in use: each new thread brings
            # its connection to the database, which would pass for a leak.
            settings = UNLOCKING | {"THREADS": str(CLIENTS)}
            site = Site(folder / "data", database=url, **settings)
            with loads.running(site):
                outcome = run(site, requests=words.requests, warm_up=words.warm_up)
        print(f"{engine}: {outcome}", flush=True)
        faults += [] if words.quick else outcome.faults
    loads.finish(faults)


if __name__ == "__main__":
    main()
