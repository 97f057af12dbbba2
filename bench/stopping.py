"""Whether SIGTERM under load, and workers that are replaced, drop a request.

Run with `.venv/bin/python bench/stopping.py`. Clients ask without a pause, some over
connections that they keep and some over a new one for each request. A request counts as
dropped when the site had taken its first byte in, and its answer did not come whole. On a
kept connection that is closed before it answers anything, no client can tell; HTTP lets it
send such a GET again, and it is counted apart.
"""

import contextlib
import http.client
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Ledger, Load, Site, Visitor

CLIENTS = 8


@dataclass
class Outcome:
    stops: int = 0
    answered: int = 0
    dropped: Counter = field(default_factory=Counter)
    closed_when_kept: int = 0
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        slowest = max(self.seconds, default=0)
        median = statistics.median(self.seconds or [0])
        return (
            f"{self.stops} stops; {self.answered} requests answered whole, "
            f"{sum(self.dropped.values())} dropped {dict(self.dropped) or ''}; "
            f"{self.closed_when_kept} kept connections closed before an answer; "
            f"median, slowest stop {median:.1f} s, {slowest:.1f} s; "
            f"faults: {len(self.faults)}"
        )


def asker(outcome: Outcome, ledger: Ledger, *, is_kept: bool) -> Callable:
    """Return work that makes a paste and reads it, and counts what was not answered."""

    def work(visitor: Visitor) -> None:
        if not is_kept:
            visitor.connection.close()
        was_open = visitor.connection.sock is not None
        text = loads.random_text(2_000)
        try:
            ledger.note(visitor.create(text), text)
            outcome.answered += 1
        except ConnectionRefusedError:
            raise
        except loads.Refused as refused:
            outcome.dropped[refused.status] += 1
            raise
        except http.client.RemoteDisconnected:
            # No byte of an answer.
            if was_open:
                outcome.closed_when_kept += 1
            else:
                outcome.dropped["no answer"] += 1
            raise
        except loads.CUT_OFF as error:
            kind = type(error).__name__
            if was_open and isinstance(error, ConnectionError):
                outcome.closed_when_kept += 1
            else:
                outcome.dropped[kind] += 1
            raise

    return work


@contextlib.contextmanager
def under_load(site: Site) -> Iterator[Outcome]:
    """Ask the site all the while, by fresh and kept connections; then read all back."""
    outcome = Outcome()
    ledger = Ledger(site.folder.with_name("ledger"))
    fresh = asker(outcome, ledger, is_kept=False)
    kept = asker(outcome, ledger, is_kept=True)
    with Load(fresh, site.port, CLIENTS // 2), Load(kept, site.port, CLIENTS // 2):
        yield outcome
    check(outcome, site, ledger)


def run(site: Site, stops: int, *, seconds: float = 1) -> Outcome:
    """Stop and start the site so often under load; it runs at the beginning and end."""
    with under_load(site) as outcome:
        for _ in range(stops):
            time.sleep(seconds)
            began = time.monotonic()
            code = site.stop()
            outcome.seconds.append(time.monotonic() - began)
            outcome.stops += 1
            if code:
                outcome.faults.append(f"ended with {code}")
            if site.pids():
                outcome.faults.append("left processes behind")
            site.start()
    return outcome


def recycle(site: Site, rounds: int, *, seconds: float = 1) -> Outcome:
    """Have each worker replaced so often, as granian does after some hours (SIGHUP)."""
    with under_load(site) as outcome:
        for _ in range(rounds):
            time.sleep(seconds)
            before = site.workers()
            began = time.monotonic()
            site.process.send_signal(signal.SIGHUP)
            loads.wait_until(
                lambda old=before: (
                    len(site.workers() - old) == len(old) and not site.workers() & old
                ),
                "new workers",
                60,
            )
            outcome.seconds.append(time.monotonic() - began)
            outcome.stops += 1
    return outcome


def check(outcome: Outcome, site: Site, ledger: Ledger) -> None:
    verdict = loads.read_back(site.port, ledger.lines())
    ledger.close()
    outcome.faults += [f"lost: {path}" for path in verdict.lost + verdict.altered]
    if outcome.dropped:
        outcome.faults.append(f"dropped: {dict(outcome.dropped)}")


def main() -> None:
    words = loads.options(__doc__, stops=(20, 2), rounds=(10, 1))
    faults = []
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            url = cluster.create_database("site") if cluster else ""
            folder = Path(name)
            with loads.running(Site(folder / "data", database=url)) as site:
                for said, outcome in (
                    ("SIGTERM", run(site, words.stops)),
                    ("new workers", recycle(site, words.rounds)),
                ):
                    print(f"{engine}, {said}: {outcome}", flush=True)
                    faults += outcome.faults
    loads.finish(faults)


if __name__ == "__main__":
    main()
