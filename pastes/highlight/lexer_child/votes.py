"""Guess a language by votes: patterns that speak for it, counted over the head.

Each pattern has a weight, below zero for what a language does not hold; further
matches of one pattern count less and less, so that no single habit decides. Prose and
logs are candidates too: a text is called plain unless a language wins and with more
than a stray word or two.

The input may be hostile. Lines are cut short before matching, no pattern crosses a
line, and none nests one repeat in another, so the work is linear in the text.

Few of the patterns match anything in a given text, and to look for each of them takes
``re`` ten milliseconds. So RE2 says first which do, all of a language's in one go.
"""

import re
from collections.abc import Iterable
from itertools import groupby, islice
from typing import Any

import re2

from .compiled import COMPILED
from .formats import FORMATS
from .functional import FUNCTIONAL
from .scripted import SCRIPTED

HEAD_LENGTH = 8192
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

# Each language's set has so many bytes for what it remembers of texts.
SIEVE_MEMORY = 1 << 20
# RE2 knows no look-around, and of letters and digits those of ASCII alone.
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_OTHER_LETTER = re.compile(r"[^\W\x00-\x7f]")

Vote = tuple[float, re.Pattern[str]]
_VOTES: dict[str, list[Vote]] = {
    key: [(weight, re.compile(source, re.M)) for weight, source in rows]
    for key, rows in (FORMATS | COMPILED | SCRIPTED | FUNCTIONAL).items()
}


def elect(text: str) -> str:
    """Return the key of the language most likely used, "text" when unsure."""
    rows = [line[:LINE_LENGTH].rstrip() for line in text[:HEAD_LENGTH].split("\n")]
    rows = _without_remarks(row for row in rows if row)[:MAX_LINES]
    head = "\n".join(rows)
    if not rows or len(_LOG_LINE.findall(head)) * 3 > len(rows):
        return PLAIN
    sifted = _OTHER_LETTER.sub("x", head).encode(errors="replace")
    own = {key: _count(head, sieve.votes_in(sifted)) for key, sieve in _SIEVES.items()}
    scores = _with_parents(own)
    ranks = sorted(scores, key=scores.__getitem__, reverse=True)
    best, second = scores[ranks[0]], scores[ranks[1]]
    least = LEAST_SCORE + SCORE_PER_LINE * min(len(rows), COUNTED_LINES)
    return ranks[0] if best >= least and best >= second * LEAST_LEAD else PLAIN


class _Sieve:
    """A language's votes, and which of them have something to count in a text."""

    def __init__(self, votes: list[Vote]) -> None:
        options = re2.Options()
        options.max_mem = SIEVE_MEMORY
        self.always = [vote for vote in votes if _LOOK_AROUND.search(vote[1].pattern)]
        self.others = [vote for vote in votes if vote not in self.always]
        self.set: Any = re2.Set.SearchSet(options)
        for _, pattern in self.others:
            self.set.Add(f"(?m){pattern.pattern}")
        self.set.Compile()

    def votes_in(self, head: bytes) -> list[Vote]:
        """Return those that may match; ``head`` is in ASCII but for signs."""
        found = self.set.Match(head) or ()
        return self.always + [self.others[number] for number in found]


_SIEVES = {key: _Sieve(votes) for key, votes in _VOTES.items()}


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


def _count(head: str, votes: list[Vote]) -> float:
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
