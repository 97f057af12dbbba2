"""What checking a new paste costs with ten thousand blocks of each kind.

Run with `.venv/bin/python bench/blocks.py`. Each figure is a ratio to what storing the
same text takes anyway, its compression and its SHA-256, in the same run.
"""

import hashlib
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "pastes.tests.settings"

import django

django.setup()

from pastes import zstd  # noqa: E402
from pastes.models import Block  # noqa: E402
from pastes.services.client import Client  # noqa: E402
from pastes.services.likening import describe_likeness  # noqa: E402
from pastes.services.matching import Ruleset, blocked_client, find_hits  # noqa: E402
from pastes.tests import alike  # noqa: E402

COUNT = 10_000


def blocks(kind: str) -> list[Block]:
    r = random.Random(kind)
    found = []
    for n in range(COUNT):
        block = Block(pk=n, kind=kind, effect="refuse", reason="spam")
        if kind == "network":
            prefix = r.choice((16, 20, 24, 32))
            number = r.getrandbits(prefix) << 32 - prefix
            block.pattern = f"{'.'.join(map(str, number.to_bytes(4)))}/{prefix}"
        elif kind == "text":
            block.pattern = hashlib.sha256(str(n).encode()).hexdigest()
            for band in range(1, 5):
                setattr(block, f"likeness_{band}", r.getrandbits(28))
        elif kind == "host":
            block.pattern = f"spam{n}.test"
        elif kind == "words":
            block.pattern = f"{r.choice(alike.WORDS)}{n} {r.choice(alike.WORDS)}"
        found.append(block)
    return found


def seconds(work: Callable[[], object]) -> float:
    best = 1e9
    for _ in range(5):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def log_of(size: int) -> str:
    r, lines, length = random.Random(1), [], 0
    while length < size:
        line = alike.access_log(r) + f"\nsee https://{alike.host(r)}/{length}\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)[:size]


def main() -> None:
    client = Client("203.0.113.7")
    texts = {size: log_of(size) for size in (1_000, 100_000, 10_000_000)}
    for kind in ("network", "text", "host", "words"):
        some = blocks(kind)
        start = time.perf_counter()
        rules = Ruleset(some)
        made = time.perf_counter() - start
        print(f"{COUNT} blocks of {kind}, read in {made * 1e3:.0f} ms")
        if kind == "network":
            spent = seconds(lambda rules=rules: blocked_client(client, rules))
            print(f"  an address: {spent * 1e6:.0f} microseconds")
            continue
        for size, text in texts.items():
            data = text.encode()
            report(
                size, data, lambda data=data, rules=rules: find_hits(data, "", rules)
            )
    print("the columns by which a text is found again")
    for size, text in texts.items():
        data = text.encode()
        report(size, data, lambda data=data: describe_likeness(data))


def report(size: int, data: bytes, work: Callable[[], object]) -> None:
    spent = seconds(work)
    base = seconds(lambda: (zstd.pack(data), hashlib.sha256(data).hexdigest()))
    print(f"  {size:>11,} bytes: {spent * 1e3:8.2f} ms, {spent / base:6.2f} of storing")


if __name__ == "__main__":
    main()
