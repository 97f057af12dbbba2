"""What readers and writers notice while the database is migrated under them.

Run with `.venv/bin/python bench/migrating.py`. The code of an earlier release (of the
repository's history) serves fifty requests a second, reads and creates, while the present
code's `manage.py migrate` goes to the newest; then the old code does once all that soak.py
does, and the schema is migrated back under it. Last, the present code serves, and what
expired is pruned under the same load.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Load, Pace, Refused, Site, Visitor
from bench.soak import UNLOCKING, Traffic

# The earlier release is what was there before this one, which makes a tombstone of each
# paste that is hidden.
NEW_MIGRATION = "pastes/migrations/0007_tombstone.py"
OLD_MIGRATION = "0006"
RATE = 50
CLIENTS = 16
READS_PER_CREATE = 4
HIDDEN_ONE_IN = 10
# Runs in the site's own shell; every tenth is hidden, which 0007 makes a tombstone of.
FILL = """
from datetime import timedelta
from django.utils import timezone
from pastes import tokens, zstd
from pastes.models import Paste
now = timezone.now()
for begin in range(0, {count}, 500):
    rows = []
    for number in range(begin, min(begin + 500, {count})):
        data = b"paste %d\\n" % number * 40
        hidden = {{"state": "hidden", "hidden_reason": "spam"}}
        rows.append(Paste(
            slug=tokens.new_slug(), size=len(data), owner_digest="0" * 64,
            packed_text=zstd.pack(data), **(hidden if number % {one_in} == 0 else {{}}),
            created_at=now - timedelta(days=2),
            expires_at=now - timedelta(days=1) if {is_expired} else None,
        ))
    Paste.objects.bulk_create(rows)
    print(*("/" + row.slug for row in rows if row.state == "live"), sep="\\n")
"""
COUNT = """
from pastes.models import Paste, Tombstone
print(Paste.objects.count(), Tombstone.objects.filter(kind="hidden").count())
"""


@dataclass
class Outcome:
    what: str
    seconds: float = 0
    answered: int = 0
    before: dict[str, list[float]] = field(default_factory=dict)
    during: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        waits = "; ".join(
            f"{name}: p99 {loads.share(usual, 0.99) * 1000:.0f} ms before, "
            f"{loads.share(self.during[name], 0.99) * 1000:.0f} ms during, slowest "
            f"{loads.share(self.during[name], 1) * 1000:.0f} ms"
            for name, usual in self.before.items()
        )
        return (
            f"{self.what} took {self.seconds:.1f} s; {self.answered} answered; {waits}; "
            f"faults: {len(self.faults)}"
        )


def run(
    site: Site, paths: list[str], what: str, change: Callable[[], object], rest: float
) -> Outcome:
    """Change something while the site, which runs, is read and written to.

    `rest` is how many seconds the load goes on after a warm-up as long, and after it.
    """
    outcome = Outcome(what)
    lines: list[tuple[str, str]] = []
    pace = Pace(RATE, {reader(paths): READS_PER_CREATE, creator(lines): 1})
    with Load(pace.work, site.port, CLIENTS) as load:
        # What each process does for the first time is no measure.
        time.sleep(rest)
        first = time.monotonic()
        time.sleep(rest)
        began = time.monotonic()
        change()
        ended = time.monotonic()
        time.sleep(rest)
    verdict = loads.read_back(site.port, lines)
    outcome.seconds = ended - began
    outcome.answered = load.outcomes.pop("ok")
    outcome.before = pace.between(first, began)
    outcome.during = pace.between(began, ended)
    outcome.faults = [f"{what}: {n} x {met}" for met, n in load.outcomes.items()]
    outcome.faults += [f"{what}: lost {path}" for path in verdict.lost]
    outcome.faults += [f"{what}: altered {path}" for path in verdict.altered]
    return outcome


def reader(paths: list[str]) -> Callable[[Visitor], None]:
    """Return work that reads one paste after the other, as text."""
    turns = iter(range(sys.maxsize))

    def read(visitor: Visitor) -> None:
        answer = visitor.ask("GET", f"{paths[next(turns) % len(paths)]}/raw")
        if answer.status != 200 or not answer.body.startswith(b"paste "):
            raise Refused(answer)

    return read


def creator(lines: list[tuple[str, str]]) -> Callable[[Visitor], None]:
    """Return work that makes a paste and notes its path and digest.

    In memory: nothing is killed here, and a ledger's own waiting for the disk would count.
    """

    def create(visitor: Visitor) -> None:
        text = loads.random_text(4_000)
        path = visitor.create(text, "?syntax=text")
        lines.append((path, hashlib.sha256(text).hexdigest()))

    return create


def fill(site: Site, count: int, *, is_expired: bool = False) -> list[str]:
    """Store so many pastes beside the door; return the paths of those that are shown."""
    one_in = sys.maxsize if is_expired else HIDDEN_ONE_IN
    text = FILL.format(count=count, one_in=one_in, is_expired=is_expired)
    said = site.manage("shell", "--no-imports", "-c", text)
    return [line for line in said.split() if line.startswith("/")]


def counts(site: Site) -> tuple[int, int]:
    """Return how many pastes there are, and how many tombstones of hidden ones."""
    pastes, stones = site.manage("shell", "--no-imports", "-c", COUNT).split()
    return int(pastes), int(stones)


def unpack_old_code(folder: Path) -> Path:
    """Put the earlier release there; exits, with a word, where there is no history."""
    log = ["log", "--diff-filter=A", "--format=%H^", "--", NEW_MIGRATION]
    try:
        commit = git(*log).decode().split()[-1]
        packed = git("archive", commit)
    except (IndexError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The earlier release is not in this checkout's history: {error!r}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def git(*words: str) -> bytes:
    return subprocess.run(
        ["git", *words], cwd=loads.ROOT, check=True, capture_output=True
    ).stdout


def migrate_under_old_code(new: Site, pastes: int, rest: float) -> Iterator[Outcome]:
    """Let the earlier release serve while the present code migrates; yield each way."""
    database = new.environment["DATABASE_URL"]
    code = unpack_old_code(new.folder.with_name("old"))
    old = Site(new.folder, database=database, code=code, **UNLOCKING)
    with loads.running(old):
        paths = fill(old, pastes)
        what = f"the old code serves, from {OLD_MIGRATION} to the newest"
        outcome = run(old, paths, what, lambda: new.manage("migrate"), rest)
        found, stones = counts(new)
        hidden = len(range(0, pastes, HIDDEN_ONE_IN))
        if found < pastes or stones != hidden:
            fault = f"{found} of {pastes} pastes, {stones} of {hidden} tombstones"
            outcome.faults.append(fault)
        outcome.faults += do_each_act(old)
        yield outcome
        what = f"the old code serves, back to {OLD_MIGRATION}"
        back = ("migrate", "pastes", OLD_MIGRATION)
        yield run(old, paths, what, lambda: new.manage(*back), rest)


def do_each_act(old: Site) -> list[str]:
    """Let the old code do on the new schema what it can; return what it could not."""
    traffic, faults = Traffic(), []
    with Visitor(old.port) as visitor:
        for act, _ in traffic.acts:
            try:
                act(visitor)
            except Refused as refused:
                faults.append(f"old code, {act.__name__}: {refused}")
    return faults


def prune(site: Site, expired: int, rest: float) -> Outcome:
    """Prune so many under the present code."""
    with loads.running(site):
        paths = fill(site, 1_000)
        before, _ = counts(site)
        fill(site, expired, is_expired=True)
        what = f"pruning {expired}"
        outcome = run(site, paths, what, lambda: site.manage("prunepastes"), rest)
        # Those that the load made are more.
        if counts(site)[0] >= before + expired:
            outcome.faults.append("nothing was pruned")
    return outcome


def main() -> None:
    words = loads.options(
        __doc__, pastes=(30_000, 1_000), expired=(100_000, 2_000), rest=(10, 2)
    )
    faults = []
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            url = cluster.create_database("site") if cluster else ""
            site = Site(Path(name, "data"), database=url)
            counted = (words.pastes, words.rest)
            for outcome in migrate_under_old_code(site, *counted):
                print(f"{engine}: {outcome}", flush=True)
                faults += outcome.faults
            outcome = prune(site, words.expired, words.rest)
            print(f"{engine}: {outcome}", flush=True)
            faults += outcome.faults
    loads.finish(faults)


if __name__ == "__main__":
    main()
