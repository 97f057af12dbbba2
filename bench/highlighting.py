"""Every lexer of Pygments against texts that keep lexers busy: how long a reader waits.

Run with `nice .venv/bin/python bench/highlighting.py`; whole, it takes hours, and
`--every 20` tries a twentieth of the pairs, other ones for each lexer. A text is a short
piece over and over, 20 kB of it, and ends as it goes on or in what may not follow.
"""

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pygments.lexers import get_all_lexers

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from pastes.highlight import Note, close, process, render

SIZE = 20_000
# What a reader may wait; on a busy machine the child's second of the processor takes longer.
WAIT_SECONDS = 2.0
PIECES = [
    *('"', "'", "(", "[", "{", "<", "\\", "/", "*", "#", "$", "0", "a", " ", "\t", "\n"),
    *(".", "-", "`", '\\"', "\\'", "/*", "<!--", "${", "{{", "a=", "a:", "a(", "\n ", "a "),
    *("(*", '"""', "<a ", "0.", "@a ", "a,"),
]  # fmt: skip
ENDS = ("", "\0!")


@dataclass
class Found:
    """What came of renderings: each one's seconds, language and piece, and its note.

    `worked` has the seconds that the child had of the processor.
    """

    took: list[tuple[float, str, str]] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    notes: Counter = field(default_factory=Counter)
    killed: int = 0

    def add(self, other: "Found") -> None:
        self.took += other.took
        self.worked += other.worked
        self.notes += other.notes
        self.killed += other.killed


def languages() -> list[str]:
    """Return a word for each lexer that Pygments has."""
    return sorted({aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases})


def texts(number: int, every: int) -> Iterator[tuple[str, str]]:
    """Yield the pieces that a language is tried with, each with its text."""
    pairs = [(piece, end) for end in ENDS for piece in PIECES]
    for piece, end in pairs[number % every :: every]:
        yield piece + end, (piece * SIZE)[: SIZE - len(end)] + end


def try_language(number: int, language: str, every: int) -> Found:
    found = Found()
    render("x", "python", seconds=5)
    for name, text in texts(number, every):
        before, worked = process._shared.pid, child_seconds()
        began = time.monotonic()
        rendered = render(text, language)
        found.took.append((time.monotonic() - began, language, name))
        found.notes[rendered.note.value] += 1
        # One that stops by itself in time lives on.
        is_same = before and process._shared.pid == before
        if is_same:
            found.worked.append(child_seconds() - worked)
        # Killed, where the machine is too busy for it to stop by itself.
        found.killed += rendered.note is Note.TOO_SLOW and not is_same
    close()
    return found


def child_seconds() -> float:
    """Return what this process's child has had of the processor."""
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{process._shared.pid}/schedstat").read_text()
        return int(told.split()[0]) / 1e9
    return 0.0


def run(every: int, workers: int) -> Found:
    found, words = Found(), languages()
    numbers = range(len(words))
    with ProcessPoolExecutor(workers) as pool:
        for each in pool.map(try_language, numbers, words, [every] * len(words)):
            found.add(each)
    found.took.sort()
    found.worked.sort()
    return found


def main() -> None:
    words = loads.options(__doc__, every=(1, 300), workers=(2, 2))
    found = run(words.every, words.workers)
    seconds = [each[0] for each in found.took]
    late = [each for each in found.took if each[0] > WAIT_SECONDS]
    print(f"{len(languages())} lexers, {len(seconds):,} texts: {dict(found.notes)}")
    for what, each in (("the child works", found.worked), ("a reader waits", seconds)):
        print(
            f"{what}: median {loads.share(each, 0.5):.3f} s, 99th percentile "
            f"{loads.share(each, 0.99):.2f} s, most {each[-1]:.2f} s"
        )
    print(
        f"waits over {WAIT_SECONDS:.0f} s: {len(late)}; children killed: {found.killed}"
    )
    print(
        "slowest:", *(f"{took:.2f} s {word} {text!r}" for took, word, text in late[-3:])
    )
    failed = found.notes[Note.FAILED.value]
    loads.finish([f"{failed} texts that a child died of"] if failed else [])


if __name__ == "__main__":
    main()
