"""How well a likeness tells what was written otherwise from what only looks alike.

Run with `.venv/bin/python bench/likeness.py`. It compares MinHash in bands, as
pastes/likeness.py has it, with a 64-bit SimHash in four bands (Charikar 2002; Manku,
Jain, Das Sarma 2007), for shingles of one to four words: on spam and its variations, on
unrelated advertisements of one trade, on logs of different runs, on real snippets. The
numbers are chosen on the even half of the texts and reported on the odd one.
"""

import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pastes import likeness
from pastes.tests import alike

SPAMS, LOGS = 400, 60
Method = tuple[str, Callable[[str], object], Callable[[object, object], bool]]


def minhash(rows: int, bits: int, shingle: int, least: int, agreeing: int) -> Method:
    count = rows * likeness.BANDS

    def sign(text: str) -> tuple[int, ...] | None:
        features = shingles(text, shingle)
        if len(features) < least:
            return None
        hashes = [blake2b(each.encode()).digest() for each in features]
        return tuple(
            min(int.from_bytes(h[n * 4 : n * 4 + 4], "little") for h in hashes)
            % (1 << bits)
            for n in range(count)
        )

    def is_near(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        same = [x == y for x, y in zip(a, b, strict=True)]
        bands = (all(same[n : n + rows]) for n in range(0, count, rows))
        return sum(same) >= agreeing and any(bands)

    name = f"MinHash 4x{rows}, {shingle} words, from {least}, {agreeing} of {count}"
    return name, sign, is_near


def simhash(shingle: int, least: int, most: int) -> Method:
    def sign(text: str) -> int | None:
        features = shingles(text, shingle)
        if len(features) < least:
            return None
        lanes = [0] * 64
        for each in features:
            bits = int.from_bytes(blake2b(each.encode(), digest_size=8).digest())
            for n in range(64):
                lanes[n] += 1 if bits >> n & 1 else -1
        return sum(1 << n for n in range(64) if lanes[n] > 0)

    def is_near(a: int, b: int) -> bool:
        return (a ^ b).bit_count() <= most

    name = f"SimHash 64, {shingle} words, from {least}, {most} bits"
    return name, sign, is_near


def as_used() -> Method:
    name = (
        f"pastes.likeness ({likeness.SHINGLE} words, from {likeness.LEAST_SHINGLES}, "
        f"{likeness.AGREEING} of {likeness.HASHES})"
    )
    return name, likeness.likeness_of, likeness.is_near


def shingles(text: str, size: int) -> set[str]:
    words = likeness.words_of(likeness.sample(text))
    return {" ".join(words[n : n + size]) for n in range(len(words) - size + 1)}


class Texts:
    """One half of the texts: what must be found, and what must not."""

    def __init__(self, half: int) -> None:
        r = random.Random(half)
        spams = [alike.spam(r) for _ in range(SPAMS // 2)]
        self.same = {
            name: [(alike.written(s), vary(r, s)) for s in spams]
            for name, vary in alike.VARIATIONS.items()
        }
        self.apart = {"advertisements": [alike.written(s) for s in spams]}
        for name, make in alike.LOGS.items():
            self.apart[name] = [make(r) for _ in range(LOGS // 2)]
        self.apart["snippets"] = alike.snippets()[half::2]


def rates(method: Method, texts: Texts) -> Iterator[tuple[str, int, int]]:
    """Yield (what, how many were near, of how many pairs)."""
    _, sign, is_near = method

    def count(pairs: list[tuple[object, object]]) -> int:
        return sum(a is not None and b is not None and is_near(a, b) for a, b in pairs)

    for name, pairs in texts.same.items():
        signed = [(sign(a), sign(b)) for a, b in pairs]
        yield name, count(signed), len(signed)
    for name, some in texts.apart.items():
        pairs = list(itertools.combinations([sign(text) for text in some], 2))
        yield f"not: {name}", count(pairs), len(pairs)


def report(method: Method, texts: Texts) -> None:
    print(f"\n{method[0]}")
    for name, near, pairs in rates(method, texts):
        print(f"  {name:28} {near:6} of {pairs:6}  {near / pairs:8.3%}")


def line(method: Method, texts: Texts) -> None:
    found = list(rates(method, texts))
    caught = [near / pairs for name, near, pairs in found if "not:" not in name]
    false = [(near, pairs) for name, near, pairs in found if "not:" in name]
    worst = max(near / pairs for near, pairs in false)
    total = sum(near for near, _ in false)
    shown = " ".join(f"{share:4.0%}" for share in caught)
    print(f"{method[0]:52} {shown}   false {total:5}, worst {worst:.3%}")


def main() -> None:
    tuned, held = Texts(0), Texts(1)
    print("Caught:", ", ".join(alike.VARIATIONS), "(on the half for choosing)")
    methods = [simhash(n, 20, most) for n in (1, 2, 3) for most in (3, 6)] + [
        minhash(rows, bits, n, 20, agreeing)
        for rows, bits, shares in ((3, 10, (7, 8, 9)), (4, 7, (10, 11, 12, 13)))
        for n in (1, 2, 3, 4)
        for agreeing in shares
    ]
    for method in methods:
        line(method, tuned)
    print("\nOn the other half:")
    report(simhash(2, 20, 3), held)
    report(as_used(), held)
    for size in (1_000, 10_000, 1_000_000, 10_000_000):
        text = "".join(random.Random(1).choices("abcdefgh     ", k=size))
        start = time.perf_counter()
        likeness.likeness_of(text)
        print(f"{size:>11,} characters: {(time.perf_counter() - start) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
