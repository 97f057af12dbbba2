"""What `kill -9` of the whole site costs: nothing that a client was told is kept.

Run with `.venv/bin/python bench/kills.py`. Eight clients write all the while; every
fourth of their pastes burns after reading and is read at once. At random moments all of
the site's processes are killed (on PostgreSQL every fifth time the database's as well),
and the site is started again. At the end every acknowledged paste is read back through
the site, and every burn paste that was read once is asked for again.
"""

import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import CUT_OFF, Ledger, Load, Refused, Site, Visitor

WRITERS = 8
BURNS_ONE_IN = 4
DATABASE_TOO_ONE_IN = 5


@dataclass
class Burns:
    """Burn pastes by what became of their first reading."""

    read: list[str] = field(default_factory=list)
    # Asked for, and the answer never came whole: burned or not, both are right.
    unknown: list[tuple[str, bytes]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def make_and_read(self, visitor: Visitor) -> None:
        text = loads.random_text(2_000)
        path = visitor.create(text, "?burn=1")
        try:
            answer = visitor.ask("POST", f"{path}/raw")
        except CUT_OFF:
            self.unknown.append((path, text))
            raise
        if answer.status >= 500:
            # Refused for now: what it left behind is looked at like one cut off.
            self.unknown.append((path, text))
            raise Refused(answer)
        if answer.status != 200 or answer.body != text:
            self.faults.append(f"{path} burned with {answer.status}")
        self.read.append(path)

    def look_again(self, port: int) -> int:
        """Ask for each once more; return how many of the unknown were still there."""
        kept = 0
        with Visitor(port) as visitor:
            for path, text in self.unknown:
                answer = visitor.ask("POST", f"{path}/raw")
                kept += answer.status == 200
                if answer.status not in (200, 404):
                    self.faults.append(f"{path} answers {answer.status}")
                if answer.status == 200 and answer.body != text:
                    self.faults.append(f"{path} is not what was made")
            for path in [*self.read, *(path for path, _ in self.unknown)]:
                status = visitor.ask("POST", f"{path}/raw").status
                if status != 404:
                    self.faults.append(f"{path} burns twice: {status}")
        return kept


@dataclass
class Outcome:
    kills: int
    acknowledged: int
    burned: int
    unknown: int
    unburned: int
    restarts: list[float]
    faults: list[str]

    def __str__(self) -> str:
        slowest = (
            f"{statistics.median(self.restarts):.1f} s, {max(self.restarts):.1f} s"
        )
        return (
            f"{self.kills} kills; {self.acknowledged} pastes acknowledged, "
            f"{self.burned} burned, {self.unknown} burns cut off ({self.unburned} of "
            f"them unburned); start to first 200: median, slowest {slowest}; "
            f"faults: {len(self.faults)}"
        )


def run(site: Site, cluster: loads.Cluster | None, kills: int) -> Outcome:
    """Kill a site so often under load; the site runs when it begins and ends."""
    ledger = Ledger(site.folder.with_name("ledger"))
    burns = Burns()
    write = loads.writer(ledger)
    turn = threading.local()

    def work(visitor: Visitor) -> None:
        turn.number = getattr(turn, "number", 0) + 1
        is_burn = turn.number % BURNS_ONE_IN == 0
        burns.make_and_read(visitor) if is_burn else write(visitor)

    restarts = []
    with Load(work, site.port, WRITERS):
        for number in range(1, kills + 1):
            written = len(ledger.lines())
            loads.wait_until(lambda: len(ledger.lines()) > written, "a write")  # noqa: B023
            time.sleep(random.uniform(0, 1))
            takes_database = cluster and number % DATABASE_TOO_ONE_IN == 0
            if takes_database:
                cluster.stop(signal.SIGKILL)
            site.kill()
            if takes_database:
                cluster.start()
            restarts.append(site.start())
    lines = ledger.lines()
    ledger.close()
    verdict = loads.read_back(site.port, lines)
    unburned = burns.look_again(site.port)
    faults = [f"lost: {path}" for path in verdict.lost]
    faults += [f"altered: {path}" for path in verdict.altered]
    faults += burns.faults
    return Outcome(
        kills,
        verdict.acknowledged,
        len(burns.read),
        len(burns.unknown),
        unburned,
        restarts,
        faults,
    )


def main() -> None:
    words = loads.options(__doc__, kills=(50, 3))
    faults = []
    for engine in words.engines:
        with (
            tempfile.TemporaryDirectory() as folder,
            loads.database(engine) as cluster,
        ):
            url = cluster.create_database("site") if cluster else ""
            with loads.running(Site(Path(folder, "data"), database=url)) as site:
                outcome = run(site, cluster, words.kills)
        print(f"{engine}: {outcome}")
        faults += outcome.faults
    loads.finish(faults)


if __name__ == "__main__":
    main()
