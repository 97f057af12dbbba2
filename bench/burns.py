"""Of a thousand who burn a paste at once, exactly one reads it.

Run with `.venv/bin/python bench/burns.py`: on SQLite, on PostgreSQL, and on two sites
that share one PostgreSQL. A thousand connections are open before each round, and every
request is sent but for its last byte; then those bytes go out, one after the other.
Whom a busy site tells to come again (503 with Retry-After) comes again.
"""

import re
import secrets
import selectors
import socket
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Site, Visitor

READERS = 1000
ROUNDS = 20
ROUND_SECONDS = 60
TRIES = 10
BUSY = re.compile(rb"HTTP/1.1 503 (?s:.)*\r\nretry-after: \d", re.IGNORECASE)


@dataclass
class Outcome:
    rounds: int = 0
    readers: int = 0
    wins: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: float = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        statuses = ", ".join(f"{n} x {s}" for s, n in sorted(self.statuses.items()))
        return (
            f"{self.rounds} rounds of {self.readers} readers: {self.wins} read it; "
            f"answers {statuses}; slowest round {self.slowest:.1f} s; "
            f"faults: {len(self.faults)}"
        )


def run(ports: list[int], *, rounds: int, readers: int) -> Outcome:
    """Let so many burn each of so many pastes, asked for by all of the ports in turn."""
    outcome = Outcome(rounds, readers)
    odd: set[str] = set()
    for _ in range(rounds):
        text = loads.random_text(2_000)
        with Visitor(ports[0]) as visitor:
            path = visitor.create(text, "?burn=1")
        began = time.monotonic()
        answers, waiting = [], readers
        for _ in range(TRIES):
            answers += race(ports, path, waiting)
            waiting = readers - sum(not BUSY.match(answer) for answer in answers)
            if not waiting:
                break
        outcome.slowest = max(outcome.slowest, time.monotonic() - began)
        won = [answer for answer in answers if text in answer]
        outcome.wins += len(won)
        outcome.statuses.update(map(word, answers))
        if len(won) != 1 or not won[0].startswith(b"HTTP/1.1 200 "):
            outcome.faults.append(f"{path} was read {len(won)} times")
        outcome.faults += [f"{path}: a reader was always refused"] * waiting
        odd |= {word(each) for each in answers if not BUSY.match(each)}
    odd -= {"200", "404"}
    if odd:
        outcome.faults.append(f"other answers: {sorted(odd)}")
    return outcome


def word(answer: bytes) -> str:
    """Return an answer's status, or that there was none."""
    return answer[9:12].decode() or "none"


def race(ports: list[int], path: str, readers: int) -> list[bytes]:
    """Ask for the paste by so many connections at once; return each whole answer."""
    answers: dict[socket.socket, bytes] = {}
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for number in range(readers):
            port = ports[number % len(ports)]
            reader = socket.create_connection(("127.0.0.1", port), timeout=10)
            stack.enter_context(reader)
            head = f"POST {path}/raw HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            reader.sendall(f"{head}Connection: close\r\n\r".encode())
            answers[reader] = b""
        for reader in answers:
            reader.sendall(b"\n")
            reader.setblocking(False)
            selector.register(reader, selectors.EVENT_READ)
        deadline = time.monotonic() + ROUND_SECONDS
        while selector.get_map() and time.monotonic() < deadline:
            for key, _ in selector.select(1):
                try:
                    data = key.fileobj.recv(65536)
                except OSError:
                    data = b""
                answers[key.fileobj] += data
                if not data:
                    selector.unregister(key.fileobj)
    return list(answers.values())


def main() -> None:
    words = loads.options(__doc__, rounds=(ROUNDS, 2), readers=(READERS, READERS))
    counts = {"rounds": words.rounds, "readers": words.readers}
    shapes = [(engine, engine, 1) for engine in words.engines]
    if "postgresql" in words.engines:
        shapes.append(("two sites on one postgresql", "postgresql", 2))
    faults = []
    for name, engine, count in shapes:
        with (
            tempfile.TemporaryDirectory() as folder,
            loads.database(engine) as cluster,
            ExitStack() as stack,
        ):
            url = cluster.create_database("site") if cluster else ""
            key = {"SECRET_KEY": secrets.token_urlsafe(48)}
            sites = [
                stack.enter_context(
                    loads.running(Site(Path(folder, f"data{n}"), database=url, **key))
                )
                for n in range(count)
            ]
            outcome = run([site.port for site in sites], **counts)
        print(f"{name}: {outcome}", flush=True)
        faults += outcome.faults
    loads.finish(faults)


if __name__ == "__main__":
    main()
