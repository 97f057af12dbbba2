"""How fast the doors are: this site beside other pastebins, nginx and a bare app.

    .venv/bin/python bench/speed.py [--quick] [--write] [--database postgresql]
        [--door create] [--size "1 KB"] [--connections 64]

`make bench` installs what it needs and runs it; OPTIONS="--quick --write" goes along. All
run at once, two workers each, and are asked by wrk one after the other, A B C C B A, each
in its turn until it rests again; medians of the rounds are compared. A figure means
nothing without the others of its row. The site's limits are off, nothing else of it.
`--write` puts the figures into docs/performance.json, .svg and .md.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loading, report, texts, wrk
from bench.loads import ENGINES, database
from bench.measuring import Figure, measure
from bench.peers import disk, others, ours
from bench.peers.others import Dpaste, Pinnwand, Seed
from bench.peers.ours import Bare, Behind, Nginx, Site
from bench.peers.peer import (
    BROWSER_ENCODINGS,
    HTML,
    Doors,
    Peer,
    bytes_on_the_wire,
    check_status,
)
from bench.report import DOORS, SLOW_CREATES, Found, Row
from bench.wrk import Request

SIZES = {"1 KB": 1024, "100 KB": 100 * 1024, "1 MB": 1024 * 1024}
# More than any cache of pages holds; peers have none, and are slow to fill.
MANY, MANY_OF_PEERS = 20_000, 200
# The seed hashes for all who wait before it answers one of them: 64 times a quarter of a
# second, on two cores. What is asked is hashing, whatever the size.
SLOW_DOORS = ("create, locked", "unlock")
SLOW_SECONDS = 12
SLOW_WAIT, MOST_SECONDS = 0.2, 12
STARTS = 3


@dataclass(frozen=True)
class Part:
    """What is measured at one size and one number of connections."""

    size: str
    connections: int
    rounds: int
    seconds: float
    slow_rounds: int = 0
    is_proxied: bool = True
    # How much longer the disk takes to sync, in milliseconds, for creates once more.
    syncs: tuple[int, ...] = ()


QUICK = (
    Part("1 KB", 64, 3, 1, syncs=(4,)),
    Part("1 KB", 16, 1, 1, slow_rounds=1, is_proxied=False),
    Part("1 KB", 1, 1, 1, is_proxied=False),
    Part("100 KB", 16, 1, 1, is_proxied=False),
    Part("1 MB", 16, 1, 2, is_proxied=False),
)
FULL = tuple(
    Part(
        size,
        connections,
        5 if (size, connections) == ("1 KB", 64) else 3,
        4,
        int(size == "1 KB"),
        syncs=tuple(SLOW_CREATES) if (size, connections) == ("1 KB", 64) else (),
    )
    for size in SIZES
    for connections in (64, 16, 1)
)


class Field:
    """All who are measured, in a folder, and the requests to each by size and door."""

    def __init__(self, folder: Path, urls: tuple[str, str]) -> None:
        self.folder = folder
        self.answers = folder / "answers"
        self.answers.mkdir()
        self.site, self.behind = Site(folder, urls[0]), Behind(folder, urls[1])
        self.bare, self.nginx = Bare(folder), Nginx(folder)
        self.bare.answers = self.nginx.answers = self.answers
        self.others: list[Peer] = [Seed(folder), Dpaste(folder), Pinnwand(folder)]
        self.doors: dict[tuple[str, str], Doors] = {}
        # Seconds that one answer took, by peer, size and door.
        self.waits: dict[tuple[str, str, str], float] = {}

    @property
    def all(self) -> list[Peer]:
        nginx = [self.nginx, self.nginx.tls]
        return [self.site, self.behind, self.bare, *nginx, *self.others]

    def start(self, sizes: list[str]) -> None:
        """Start everybody; make what is read, and keep the site's answers for others."""
        seconds = loading.load(self.site, MANY)
        say(f"{MANY:,} pastes loaded in {seconds:.0f} s")
        say(f"the very first start: {self.site.start():.2f} s")
        for size in sizes:
            text = texts.python(SIZES[size])
            self.doors[self.site.name, size] = doors = self.site.doors(text)
            ours.keep(self.site, doors, text, self.answers)
        self.behind.take_static(self.site)
        for peer in (self.behind, self.bare, self.nginx, *self.others):
            peer.prepare()
            peer.start()
        for peer in self.all[1:]:
            for size in sizes:
                text = texts.python(SIZES[size])
                self.doors[peer.name, size] = peer.doors(text)
        self.add_many()
        for (name, size), doors in self.doors.items():
            peer = next(one for one in self.all if one.name == name)
            for door, request in doors.items():
                self.waits[name, size, door] = min(
                    timed(check_status, peer, request) for _ in range(2)
                )

    def add_many(self) -> None:
        """Let the pages of many pastes be asked for, each in its turn."""
        size = next(iter(SIZES))
        if (self.site.name, size) not in self.doors:
            return
        paths = tuple(loading.spread(MANY, MANY))
        self.doors[self.site.name, size]["page, uncached"] = Request(
            headers=HTML, paths=paths
        )
        for peer in self.others:
            if isinstance(peer, Dpaste | Pinnwand):
                some = (texts.python(SIZES[size], n) for n in range(MANY_OF_PEERS))
                self.doors[peer.name, size]["page, uncached"] = peer.many(some)

    def measure(self, part: Part, doors: Iterable[str]) -> Iterator[Row]:
        for door in doors:
            asked = [
                peer
                for peer in self.all
                if door in self.doors[peer.name, part.size]
                if part.is_proxied or peer.scheme == "http"
            ]
            for name, figures in self.ask(asked, door, part).items():
                yield row(name, door, part, figures)

    def measure_slow_disk(self, part: Part) -> Iterator[Row]:
        """Let who stores create where each sync of the disk takes longer."""
        library = disk.build(self.folder)
        stores = [self.site, *self.others]
        for milliseconds in part.syncs:
            for peer in stores:
                restart(peer, disk.slowed(library, milliseconds))
            # Nobody is asked first right after his start.
            self.ask(stores, "create", replace(part, rounds=1, seconds=1))
            for name, figures in self.ask(stores, "create", part).items():
                yield row(name, SLOW_CREATES[milliseconds], part, figures)

    def ask(self, peers: list[Peer], door: str, part: Part) -> dict[str, list[Figure]]:
        """Ask the peers in turn; return a figure of each round, by name."""
        rounds, seconds = part.rounds, part.seconds
        if door in SLOW_DOORS:
            rounds, seconds = part.slow_rounds, SLOW_SECONDS
        seen: dict[str, list[Figure]] = {}
        for turn in range(rounds):
            # Forth and back, so that nobody always comes after the same one.
            for peer in peers[:: -1 if turn % 2 else 1]:
                request = self.doors[peer.name, part.size][door]
                wait = self.waits[peer.name, part.size, door]
                lasting = max(seconds, enough(wait, part.connections))
                figure = measure(peer, request, part.connections, lasting, self.folder)
                seen.setdefault(peer.name, []).append(figure)
        return seen

    def weigh(self, sizes: list[str]) -> Found:
        """Return the bytes of an answer, plain and to a browser, by place and peer."""
        found: Found = {}
        for size in sizes:
            for door in ("raw", "page", "api", "create"):
                weights = found[f"{DOORS[door]}, {size}"] = {}
                for peer in self.all:
                    request = self.doors[peer.name, size].get(door)
                    if request and peer.scheme == "http":
                        weights[peer.name] = [
                            bytes_on_the_wire(peer, request, encodings)
                            for encodings in ("", BROWSER_ENCODINGS)
                        ]
        return found

    def start_again(self) -> Found:
        """Return the median seconds from start to first answer, by peer."""
        seen: dict[str, list[float]] = {}
        for _ in range(STARTS):
            for peer in (self.site, *self.others, self.bare):
                seen.setdefault(peer.name, []).append(restart(peer, {}))
        return {name: statistics.median(seconds) for name, seconds in seen.items()}

    def end(self) -> None:
        for peer in self.all:
            peer.end()


def restart(peer: Peer, added: dict[str, str]) -> float:
    """Start it anew, with this beside its own environment; return what start does."""
    peer.end()
    peer.added = added
    return peer.start()


def timed(work: Callable[..., object], *words: object) -> float:
    began = time.monotonic()
    work(*words)
    return time.monotonic() - began


def enough(wait: float, connections: int) -> float:
    """Return the seconds in which one that is slow alone has answered some of all."""
    return min(MOST_SECONDS, wait * connections) if wait > SLOW_WAIT else 0.0


def row(name: str, door: str, part: Part, figures: list[Figure]) -> Row:
    errors: Counter = Counter()
    for figure in figures:
        errors.update(figure.errors)
    found = {
        "who": name,
        "door": door,
        "size": part.size,
        "connections": part.connections,
        "rate": round(statistics.median(one.rate for one in figures), 2),
        "p50": round(statistics.median(one.p50 for one in figures), 3),
        "p99": round(statistics.median(one.p99 for one in figures), 3),
        "answers": sum(one.answers for one in figures),
        "errors": dict(errors),
        "memory": max(one.memory for one in figures),
        "rounds": [round(one.rate, 2) for one in figures],
    }
    rates = ", ".join(report.shown(rate) for rate in found["rounds"])
    say(f"{door:15} {part.size:>6} {part.connections:3} {name:23} {rates}")
    return found


def say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)


def run(engine: str, parts: list[Part], doors: Sequence[str], command: str) -> Found:
    """Measure these; return what was found, as in docs/performance.json."""
    speed = report.circumstances(command)
    sizes = list(dict.fromkeys(part.size for part in parts))
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-speed-"))
        cluster = stack.enter_context(database(engine))
        urls = [
            cluster.create_database(name) if cluster else "" for name in ("one", "two")
        ]
        field = Field(Path(name), tuple(urls))
        stack.callback(field.end)
        field.start(sizes)
        speed["sync"] = disk.sync_milliseconds(Path(name))
        speed["versions"] = {peer.name: peer.version() for peer in field.all}
        speed["rows"] = [row for part in parts for row in field.measure(part, doors)]
        # A PostgreSQL has its disk to itself.
        if "create" in doors and not cluster:
            speed["rows"] += [
                row
                for part in parts
                if part.syncs
                for row in field.measure_slow_disk(part)
            ]
        speed["wire"] = field.weigh(sizes)
        speed["starts"] = field.start_again()
    return speed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="in under ten minutes")
    parser.add_argument("--write", action="store_true", help="into docs/performance.*")
    parser.add_argument("--database", choices=ENGINES, default="sqlite")
    doors = [door for door in DOORS if door not in SLOW_CREATES.values()]
    parser.add_argument("--door", action="append", choices=doors, help="these alone")
    parser.add_argument("--size", action="append", choices=SIZES, help="these alone")
    parser.add_argument("--connections", action="append", type=int, help="these alone")
    words = parser.parse_args()
    if words.write and (words.door or words.size or words.connections):
        parser.error("--write would replace all that was measured by a part of it")
    parts = [
        part
        for part in (QUICK if words.quick else FULL)
        if part.size in (words.size or SIZES)
        if part.connections in (words.connections or [part.connections])
    ]
    if not parts:
        parser.error("nothing is measured at that size and those connections")
    wrk.check_installed()
    others.check_installed()
    began = time.monotonic()
    command = " ".join(["bench/speed.py", *sys.argv[1:]])
    speed = run(words.database, parts, words.door or doors, command)
    speed["seconds"] = round(time.monotonic() - began)
    print(report.document({"speed": speed}))
    if words.write:
        report.add_speed(speed)


if __name__ == "__main__":
    main()
