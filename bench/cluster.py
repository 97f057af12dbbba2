"""Several web machines in small: three nodes, HAProxy, a primary and its standby.

Run with `.venv/bin/python bench/cluster.py`. Eight clients write through HAProxy all the
while, and two burn. First one web node is killed; then, in each round, the primary is
killed and the standby promoted, and a new standby is made; last the old primary is left
alone, without its standby, with a node that writes to it. Every paste that was
acknowledged is read back at the end.
"""

import contextlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import CUT_OFF, Ledger, Load, Refused, Site, Visitor, free_port
from bench.postgres import Cluster

NODES = 3
NAME = "pastes"
PLACES = ("10.0.0.11:8000", "10.0.0.12:8000", "10.0.0.13:8000")
# The default of PostgreSQL, which the nodes together must not use up.
SERVER = {"max_connections": "100", "wal_level": "replica", "max_wal_senders": "5"}
SECRET_KEY = "a secret that all nodes of this bench know, and nobody else"


class Pair:
    """A primary and a standby that each write waits for; either can become the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = (free_port(), free_port())
        self.primary = self.place(0).make()
        self.standby: Cluster | None = None

    def start(self) -> None:
        self.primary.start()
        self.primary.create_database(NAME)
        self.renew()

    def place(self, number: int) -> Cluster:
        folder = self.folder / f"postgresql-{time.monotonic_ns()}"
        return Cluster(folder, durable=True, port=self.ports[number], **SERVER)

    def follow(self, number: int) -> Cluster:
        """Make a standby from the primary, and have writes wait for it from then on."""
        standby = self.place(number)
        words = ["--host", str(self.primary.folder), *self.primary.at()]
        words += ["--username=pastebin", "--pgdata", str(standby.data)]
        standby.run(
            "pg_basebackup", *words, "--write-recovery-conf", "--checkpoint=fast"
        )
        standby.start()
        self.set_synchronous("*")
        asked = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        loads.wait_until(
            lambda: self.primary.sql(asked).strip() == "1", "the standby to follow"
        )
        return standby

    def set_synchronous(self, names: str) -> None:
        self.primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.primary.sql("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Make the standby the primary; the old one stays as it is."""
        self.standby.sql("SELECT pg_promote()")
        self.primary = self.standby

    def fail_over(self) -> None:
        """Kill the primary with all its processes, and promote the standby."""
        old = self.primary
        kill(old)
        self.promote()
        shutil.rmtree(old.folder)

    def renew(self) -> None:
        """Make a new standby where the old primary was."""
        used = self.primary.port
        self.standby = self.follow(1 - self.ports.index(used))

    @property
    def url(self) -> str:
        # The first standby comes first: who took any server would write to that.
        hosts = ",".join(f"127.0.0.1:{port}" for port in reversed(self.ports))
        return f"postgres://pastebin@{hosts}/{NAME}"

    def end(self) -> None:
        for server in (self.primary, self.standby):
            if server and server.process:
                kill(server)


def kill(server: Cluster) -> None:
    if server.process.poll() is None:
        server.send(signal.SIGKILL)
        server.process.wait(60)


class Farm:
    """Three nodes behind HAProxy, on one pair of databases."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.pair = Pair(folder)
        self.port = free_port()
        common = {
            "database": self.pair.url,
            "SECRET_KEY": SECRET_KEY,
            "TRUSTED_PROXIES": "1",
            "LIMIT_MISS": "off",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            **settings,
        }
        self.nodes = [Site(folder / f"node{n}", **common) for n in range(NODES)]
        self.proxy: subprocess.Popen | None = None

    def start(self) -> None:
        """Start all nodes at one moment, as machines that have power again do."""
        self.pair.start()
        self.share_static_files()
        for node in self.nodes:
            node.launch()
        self.proxy = subprocess.Popen(
            ["haproxy", "-db", "-f", str(self.configure())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for node in self.nodes:
            loads.wait_until(lambda node=node: has_started(node), "a node", 180)
        loads.wait_until(lambda: is_ready(self.port), "HAProxy")

    def share_static_files(self) -> None:
        """Collect once, unless that was done."""
        collected = self.nodes[0].folder / "static"
        if not collected.exists():
            self.nodes[0].collect()
        for node in self.nodes[1:]:
            node.folder.mkdir(mode=0o700, exist_ok=True)
            (node.folder / "static").symlink_to(collected)

    def configure(self) -> Path:
        """Write the configuration that is shipped, with this bench's addresses."""
        text = (loads.ROOT / "deploy/haproxy/haproxy.cfg").read_text()
        for place, node in zip(PLACES, self.nodes, strict=True):
            text = text.replace(place, f"127.0.0.1:{node.port}")
        file = self.folder / "haproxy.cfg"
        file.write_text(text.replace("bind :80", f"bind 127.0.0.1:{self.port}"))
        return file

    def end(self) -> None:
        if self.proxy:
            self.proxy.terminate()
            self.proxy.wait(30)
        for node in self.nodes:
            if node.process:
                node.end()
        self.pair.end()


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[Farm]:
    farm = Farm(folder, **settings)
    try:
        farm.start()
        yield farm
    finally:
        farm.end()


def has_started(node: Site) -> bool:
    """Say whether a node is ready. Raises RuntimeError, with its log, if it ended."""
    if node.process.poll() is not None:
        raise RuntimeError(node.log.read_text()[-4000:])
    return is_ready(node.port)


def is_ready(port: int) -> bool:
    with contextlib.suppress(*CUT_OFF), Visitor(port, timeout=5) as visitor:
        return visitor.ask("GET", "/readyz").status == 200
    return False


def anybody(port: int, timeout: float = 10) -> Visitor:
    """Return a client of an address that nobody had before it, for the limits' sake."""
    low = ".".join(str(random.randrange(1, 255)) for _ in range(3))
    return Visitor(port, timeout, f"127.{low}")


def write(port: int, ledger: Ledger, timeout: float = 30) -> None:
    """Make a paste and note that it was acknowledged. Raises Refused or of CUT_OFF."""
    text = loads.random_text()
    with anybody(port, timeout) as visitor:
        ledger.note(visitor.create(text), text)


def writers(port: int, ledger: Ledger, clients: int = 8) -> Load:
    return Load(lambda _: write(port, ledger), port, clients)


def wait_for_write(port: int, ledger: Ledger) -> float:
    """Return the seconds until a paste is made again."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        with contextlib.suppress(Refused, *CUT_OFF):
            write(port, ledger, timeout=10)
            return time.monotonic() - began
        time.sleep(0.02)
    raise TimeoutError("No paste was made for 60 s.")


def kill_node(farm: Farm, ledger: Ledger, requests: int = 40) -> dict[object, int]:
    """Kill a web node under load; return what the clients met before and after."""
    with writers(farm.port, ledger) as load:
        loads.wait_until(lambda: load.outcomes["ok"] >= requests, "the load")
        farm.nodes[0].kill()
        enough = load.outcomes["ok"] + requests
        loads.wait_until(lambda: load.outcomes["ok"] >= enough, "the others")
    return dict(load.outcomes)


@dataclass
class Failover:
    """What a failover cost. `reads` counts how often each burn paste was read."""

    seconds: float
    outcomes: dict[object, int]
    reads: Counter

    @property
    def faults(self) -> list[str]:
        twice = [f"{path} burned {n} times" for path, n in self.reads.items() if n > 1]
        odd = set(self.outcomes) - {"ok", 503}
        return twice + [f"{each} during a failover" for each in odd]


def fail_over(farm: Farm, ledger: Ledger) -> Failover:
    """Lose the primary while texts are written and burned.

    The seconds are those from the primary's death to the next paste.
    """
    made: list[str] = []
    read: list[str] = []
    with (
        writers(farm.port, ledger) as load,
        Load(lambda _: burn(farm.port, made, read), farm.port, clients=2),
    ):
        loads.wait_until(lambda: load.outcomes["ok"] >= 20 and read, "the load")
        began = time.monotonic()
        farm.pair.fail_over()
        wait_for_write(farm.port, ledger)
        seconds = time.monotonic() - began
    with Visitor(farm.port) as visitor:
        for path in made:
            read_burning(visitor, path, read)
    return Failover(seconds, dict(load.outcomes), Counter(read))


def burn(port: int, made: list[str], read: list[str]) -> None:
    """Make a burn paste and read it twice; note in `read` each time it was shown."""
    with anybody(port) as visitor:
        path = visitor.create(b"burns", "?burn=1")
        made.append(path)
        for _ in range(2):
            read_burning(visitor, path, read)


def read_burning(visitor: Visitor, path: str, read: list[str]) -> None:
    answer = visitor.ask("POST", f"{path}/raw")
    if answer.status == 200:
        read.append(path)
    elif answer.status != 404:
        raise Refused(answer)


def split(farm: Farm, ledger: Ledger) -> dict[object, int]:
    """Promote the standby while the old primary lives, and write to that.

    A node that knows the old primary alone goes on serving it, as one does that is cut
    off together with it. Returns what its eight clients met until each of them was
    answered; no "ok" may be among it.
    """
    old = farm.pair.primary
    url = old.url(NAME)
    lone = Site(farm.folder / "lone", database=url, SECRET_KEY=SECRET_KEY)
    lone.folder.mkdir(mode=0o700)
    (lone.folder / "static").symlink_to(farm.nodes[0].folder / "static")
    with loads.running(lone):
        farm.pair.promote()
        try:
            with Load(lambda _: write(lone.port, ledger, 60), lone.port) as load:
                loads.wait_until(
                    lambda: sum(load.outcomes.values()) >= load.clients, "answers", 90
                )
                load.is_over.set()
                kill(old)
            return dict(load.outcomes)
        finally:
            kill(old)


def main() -> None:
    words = loads.options(__doc__, rounds=(20, 2))
    faults: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="cluster-") as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        ledger = Ledger(folder / "ledger")
        farm = stack.enter_context(running(folder))
        print("a web node killed:", kill_node(farm, ledger), flush=True)
        farm.nodes[0].start()
        seconds = []
        for number in range(1, words.rounds + 1):
            met = fail_over(farm, ledger)
            seconds.append(met.seconds)
            said = f"{met.seconds:.1f} s without a write, {met.outcomes}"
            print(f"failover {number}: {said}, {met.reads.total()} burned", flush=True)
            faults += met.faults
            farm.pair.renew()
        lone = Ledger(folder / "ledger-of-the-lone")
        print("the old primary, cut off:", split(farm, lone), flush=True)
        faults += [f"split brain: {path}" for path, _ in lone.lines()]
        wait_for_write(farm.port, ledger)
        verdict = loads.read_back(farm.port, ledger.lines())
        print(
            f"{words.rounds} failovers, median {statistics.median(seconds):.1f} s, "
            f"slowest {max(seconds):.1f} s: {verdict.acknowledged} acknowledged, "
            f"{len(verdict.lost)} lost, {len(verdict.altered)} altered"
        )
        faults += verdict.lost + verdict.altered
    loads.finish(faults)


if __name__ == "__main__":
    main()
