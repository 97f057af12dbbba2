"""Several web machines in small: three nodes, HAProxy, a primary and its standby.

Run with `.venv/bin/python bench/cluster.py`. Eight clients write through HAProxy all the
while. First one web node is killed; then, in each round, the primary is killed and the
standby promoted, and a new standby is made; last the old primary is left alone, without
its standby. Every paste that was acknowledged is read back at the end.
"""

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
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

    def promote(self) -> Cluster:
        """Make the standby the primary; return the old one, as it is."""
        self.standby.sql("SELECT pg_promote()")
        old, self.primary = self.primary, self.standby
        return old

    def fail_over(self) -> None:
        """Kill the primary with all its processes, and promote the standby."""
        kill(self.primary)
        self.promote()

    def renew(self) -> None:
        """Make a new standby where the old primary was."""
        used = self.primary.port
        self.standby = self.follow(1 - self.ports.index(used))

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"postgres://pastebin@{hosts}/{NAME}"

    def end(self) -> None:
        for server in (self.primary, self.standby):
            if server and server.process and server.process.poll() is None:
                kill(server)


def kill(server: Cluster) -> None:
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
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            **settings,
        }
        self.nodes = [Site(folder / f"node{n}", **common) for n in range(NODES)]
        self.proxy: subprocess.Popen | None = None

    def start(self) -> None:
        """Start all nodes at one moment, as machines that have power again do."""
        self.pair.start()
        for node in self.nodes:
            node.launch()
        self.proxy = subprocess.Popen(
            ["haproxy", "-db", "-f", str(self.configure())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for node in self.nodes:
            loads.wait_until(lambda node=node: is_ready(node.port), "a node", 90)
        loads.wait_until(lambda: is_ready(self.port), "HAProxy")

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


def is_ready(port: int) -> bool:
    with contextlib.suppress(*CUT_OFF), Visitor(port, timeout=5) as visitor:
        return visitor.ask("GET", "/readyz").status == 200
    return False


def wait_for_write(port: int, ledger: Ledger) -> float:
    """Return the seconds until a paste is made again."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        with contextlib.suppress(Refused, *CUT_OFF), Visitor(port, 10) as visitor:
            text = loads.random_text()
            ledger.note(visitor.create(text), text)
            return time.monotonic() - began
        time.sleep(0.02)
    raise TimeoutError("No paste was made for 60 s.")


def kill_node(farm: Farm, ledger: Ledger) -> dict[object, int]:
    """Kill a web node under load; return what the clients met."""
    with Load(loads.writer(ledger), farm.port) as load:
        loads.wait_until(lambda: load.outcomes["ok"] >= 40, "the load")
        farm.nodes[0].kill()
        done = load.outcomes["ok"]
        loads.wait_until(lambda: load.outcomes["ok"] >= done + 60, "the others")
    farm.nodes[0].start()
    return dict(load.outcomes)


def fail_over(farm: Farm, ledger: Ledger) -> tuple[float, dict[object, int]]:
    """Lose the primary under load; return the seconds without a write, and outcomes."""
    with Load(loads.writer(ledger), farm.port) as load:
        loads.wait_until(lambda: load.outcomes["ok"] >= 30, "the load")
        began = time.monotonic()
        farm.pair.fail_over()
        wait_for_write(farm.port, ledger)
        seconds = time.monotonic() - began
    return seconds, dict(load.outcomes)


def split(farm: Farm) -> int:
    """Promote the standby while the old primary lives; count what that acknowledges."""
    old = farm.pair.promote()
    try:
        acknowledged = 0
        for _ in range(5):
            # statement_timeout is the site's own; 2 s is what the client waits.
            words = ["--host", str(old.folder), *old.at(), "--username=pastebin"]
            statement = (
                "SET statement_timeout = 500; UPDATE pastes_lease SET name = name"
            )
            write = "INSERT INTO pastes_allowance VALUES (md5(random()::text), 0)"
            words += ["--command", statement, "--command", write, NAME]
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = subprocess.run(
                    [old.programs / "psql", *words],
                    capture_output=True,
                    timeout=2,
                    **old.manner(),
                )
                acknowledged += b"INSERT 0 1" in done.stdout
        return acknowledged
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
        print("a web node killed:", kill_node(farm, ledger))
        slowest = 0.0
        for number in range(1, words.rounds + 1):
            seconds, outcomes = fail_over(farm, ledger)
            slowest = max(slowest, seconds)
            print(f"failover {number}: {seconds:.1f} s without a write, {outcomes}")
            farm.pair.renew()
        acknowledged = split(farm)
        print(f"the old primary, cut off, acknowledged {acknowledged} writes")
        if acknowledged:
            faults.append(f"split brain: {acknowledged} writes")
        wait_for_write(farm.port, ledger)
        verdict = loads.read_back(farm.port, ledger.lines())
        print(
            f"{words.rounds} failovers, slowest {slowest:.1f} s: "
            f"{verdict.acknowledged} acknowledged, {len(verdict.lost)} lost, "
            f"{len(verdict.altered)} altered"
        )
        faults += verdict.lost + verdict.altered
    loads.finish(faults)


if __name__ == "__main__":
    main()
