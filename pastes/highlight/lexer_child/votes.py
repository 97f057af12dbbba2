"""Guess a language by votes: patterns that speak for it, counted over the head.

Each pattern has a weight, below zero for what a language does not hold; further
matches of one pattern count less and less, so that no single habit decides. Prose and
logs are candidates too: a text is called plain unless a language wins and with more
than a stray word or two.

The input may be hostile. Lines are cut short before matching, no pattern crosses a
line, and none nests one repeat in another, so the work is linear in the text.

Few of the patterns match anything in a given text, and to look for each of them takes
``re`` ten milliseconds. So RE2 says first which do, all of a language's in one go, and
counts them where all letters are ASCII's, in a quarter of the time of ``re``. Its white
space is ASCII's too: what stands beside another is no sign of a language.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import groupby, islice
from typing import Any

import re2

from .compiled import COMPILED
from .formats import FORMATS
from .functional import FUNCTIONAL
from .scripted import SCRIPTED

LINE_LENGTH = 300
MAX_LINES = 100
MAX_MATCHES = 25
PLAIN = "text"
# Below the least score, or this near to the runner-up, the text stays plain.
LEAST_SCORE = 4.0
LEAST_LEAD = 1.04
# A long text needs more evidence: this much per line, for up to so many lines.
SCORE_PER_LINE = 0.12
COUNTED_LINES = 60

_STAMP = (
    r"[\[(<]?\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d|[\[(]?\d\d:\d\d:\d\d|"
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|<\d{1,3}>|\[ *\d+\.\d+\] |"
    r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3} \S+ \S+ \[|"
    r"\[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|TRACE)\b"
)
_LOG_LINE = re.compile(rf"^(?:{_STAMP})", re.M)
_REMARK = re.compile(
    r"[ \t]*(#(?= |$)|//|--(?= )|;|%(?=[ %])|\"(?= )|(?<=[ \t])\*(?= |$))"
)

# A language that contains another gets its votes on top, given enough of its own.
_PARENTS = {
    "cpp": "c",
    "objective-c": "c",
    "typescript": "javascript",
    "jsx": "javascript",
    "tsx": "typescript",
    "scss": "css",
    "less": "css",
    "html+django": "html",
    "emacs-lisp": "lisp",
    "crystal": "ruby",
    "d": "c",
    "elm": "haskell",
    "vue": "html",
    "php": "html",
}
LEAST_OWN_SCORE = 3.0

# Each language's set, and each pattern, has so many bytes for what it remembers of texts.
MEMORY = 1 << 20
# RE2 knows no look-around, and of letters and digits those of ASCII alone.
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_OTHER_LETTER = re.compile(r"[^\W\x00-\x7f]")

# A weight and a pattern, of re or re2.
Vote = tuple[float, Any]
_VOTES = FORMATS | COMPILED | SCRIPTED | FUNCTIONAL


def elect(text: str) -> str:
    """Return the language that a text's head is most likely in, "text" when unsure."""
    rows = [line[:LINE_LENGTH].rstrip() for line in text.split("\n")]
    rows = _without_remarks(row for row in rows if row)[:MAX_LINES]
    head = "\n".join(rows)
    if not rows or len(_LOG_LINE.findall(head)) * 3 > len(rows):
        return PLAIN
    own = _counts(head)
    scores = _with_parents(own)
    ranks = sorted(scores, key=scores.__getitem__, reverse=True)
    best, second = scores[ranks[0]], scores[ranks[1]]
    least = LEAST_SCORE + SCORE_PER_LINE * min(len(rows), COUNTED_LINES)
    return ranks[0] if best >= least and best >= second * LEAST_LEAD else PLAIN


def _counts(head: str) -> dict[str, float]:
    plain, others = _OTHER_LETTER.subn("x", head)
    sifted = plain.encode(errors="replace")
    return {
        key: sieve.count(head, sifted, is_same=not others)
        for key, sieve in _SIEVES.items()
    }


_OPTIONS = re2.Options()
_OPTIONS.max_mem = MEMORY
# Whatever RE2 has no memory for it does more slowly.
_OPTIONS.log_errors = False


class _Sieve:
    """A language's votes, and which of them have something to count in a text."""

    def __init__(self, rows: Iterable[tuple[float, str]]) -> None:
        self.always: list[Vote] = []
        self.others: list[Vote] = []
        self.set: Any = re2.Set.SearchSet(_OPTIONS)
        for weight, source in rows:
            if _LOOK_AROUND.search(source):
                self.always.append((weight, re.compile(source, re.M)))
                continue
            source = f"(?m){source}"
            self.set.Add(source)
            self.others.append((weight, re2.compile(source, _OPTIONS)))
        self.set.Compile()

    def count(self, head: str, sifted: bytes, *, is_same: bool) -> float:
        """Return the votes; ``sifted`` is the head with ASCII's letters alone."""
        found = [self.others[number] for number in self.set.Match(sifted) or ()]
        if is_same:
            counted = _count(sifted, found)
        else:
            counted = _count(head, ((weight, _in_re(each)) for weight, each in found))
        return counted + _count(head, self.always)


@cache
def _in_re(pattern: Any) -> re.Pattern[str]:
    return re.compile(pattern.pattern)


_SIEVES = {key: _Sieve(rows) for key, rows in _VOTES.items()}


def _without_remarks(rows: Iterable[str]) -> list[str]:
    """Drop comments of three lines or more: their prose speaks for no language."""
    kept: list[str] = []
    for mark, group in groupby(rows, _remark):
        lines = list(group)
        if not mark or len(lines) < 3:
            kept += lines
    return kept


def _remark(row: str) -> str:
    """The mark that makes a line a comment in some language, or nothing."""
    match = _REMARK.match(row)
    return match[1] if match else ""


def _count(head: str | bytes, votes: Iterable[Vote]) -> float:
    total = 0.0
    for weight, pattern in votes:
        matches = sum(1 for _ in islice(pattern.finditer(head), MAX_MATCHES))
        total += weight * matches**0.5
    return total


def _with_parents(own: dict[str, float]) -> dict[str, float]:
    """Add to each language with a voice of its own the votes of what it contains."""
    scores = dict(own)
    for key in _PARENTS:
        parent = _PARENTS[key]
        while parent and own[key] >= LEAST_OWN_SCORE:
            scores[key] += own[parent]
            parent = _PARENTS.get(parent)
    return scores
