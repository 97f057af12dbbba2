"""Write what changed between two texts as rows of a table, one below or beside another.

Words for people are left to the page: it says between the hunks how many lines are
alike. The links of the numbers begin with FIRST or SECOND, which stand for the
addresses of the two pastes; no text can look like them, for quotes are escaped.
"""

from collections.abc import Iterable, Iterator

from .aligning import (
    MARKING_STEPS,
    PAIRING_STEPS,
    Allowance,
    Pieces,
    Stretch,
    compare_words,
    find_changes,
    pair_lines,
)
from .markup import TooMuchOutputError, escape, join_lines

CONTEXT = 3
FIRST, SECOND = 'href="a#', 'href="b#'
# Makes a line out of nothing, so that an empty one is copied too.
BLANK = "\n"
NO_LINE = '<td class="v"></td><td class="v"></td>'
# A fold must hide more than the one line that it takes itself.
LEAST_FOLDED = 2


def compare(text: str, other: str, *, room: int) -> dict:
    """Return the hunks of a comparison as HTML, at most `room` characters long.

    The result has "hunks", a list of [lines alike before it, rows one below another,
    rows side by side]; "rest", the lines alike after the last; and how many lines were
    "removed" and "added". CR LF counts as a line feed, and a final line feed as none.

    Raises TooMuchOutputError beyond the room.
    """
    first, second = _lines(text), _lines(other)
    changes = find_changes(first, second)
    writer = Writer(first, second, room)
    hunks = []
    seen = 0
    for group in _groups(changes, len(first)):
        start, _, other_start, _ = group[0]
        lead = _context(start - seen, is_edge=not hunks)
        start, other_start = start - lead, other_start - lead
        end, other_end = group[-1][1], group[-1][3]
        tail = _context(len(first) - end, is_edge=group[-1] == changes[-1])
        bounds = (start, end + tail, other_start, other_end + tail)
        hunks.append([start - seen, *writer.write(group, bounds)])
        seen = end + tail
    return {
        "hunks": hunks,
        "rest": len(first) - seen,
        "removed": sum(end - start for start, end, _, _ in changes),
        "added": sum(end - start for _, _, start, end in changes),
    }


def _lines(text: str) -> list[str]:
    return join_lines(text).removesuffix("\n").split("\n")


def _context(alike: int, *, is_edge: bool) -> int:
    """Return how many of the lines alike beside a change are shown with it."""
    if is_edge and alike < CONTEXT + LEAST_FOLDED:
        return alike
    return min(alike, CONTEXT)


def _groups(changes: list[Stretch], lines: int) -> Iterator[list[Stretch]]:
    """Yield the changes that share a hunk: their contexts touch, or nearly so."""
    group: list[Stretch] = []
    for change in changes:
        if group and change[0] - group[-1][1] >= 2 * CONTEXT + LEAST_FOLDED:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


class Writer:
    """Writes hunks, and counts what they take of the room."""

    def __init__(self, first: list[str], second: list[str], room: int) -> None:
        self.first, self.second, self.room = first, second, room
        self.pairing = Allowance(PAIRING_STEPS)
        self.marking = Allowance(MARKING_STEPS)

    def write(self, changes: list[Stretch], bounds: Stretch) -> tuple[str, str]:
        """Return the rows of a hunk: one below another, and side by side."""
        below: list[str] = []
        beside: list[str] = []
        start, end, other, _ = bounds
        for change in changes:
            self._write_alike(start, change[0], other, below, beside)
            self._write_change(change, below, beside)
            start, other = change[1], change[3]
        self._write_alike(start, end, other, below, beside)
        return "".join(below), "".join(beside)

    def _write_alike(
        self, start: int, end: int, other: int, below: list[str], beside: list[str]
    ) -> None:
        for offset in range(end - start):
            old = _number(FIRST, start + offset, is_stop=not below)
            new = _number(SECOND, other + offset, is_stop=not below)
            html = escape(self.first[start + offset]) or BLANK
            self._add(below, f"<tr>{old}{new}<td>{html}</td></tr>")
            self._add(beside, f"<tr>{old}<td>{html}</td>{new}<td>{html}</td></tr>")

    def _write_change(
        self, change: Stretch, below: list[str], beside: list[str]
    ) -> None:
        start, end, other, other_end = change
        old_lines, new_lines = self.first[start:end], self.second[other:other_end]
        removed: list[str] = []
        added: list[str] = []
        for a, b in pair_lines(old_lines, new_lines, self.pairing):
            old: Pieces = [(False, old_lines[a])] if a is not None else []
            new: Pieces = [(False, new_lines[b])] if b is not None else []
            if a is not None and b is not None:
                old, new = compare_words(old_lines[a], new_lines[b], self.marking)
            row = other_row = NO_LINE
            if a is not None:
                is_stop = not (below or removed)
                number = _number(FIRST, start + a, is_stop=is_stop, kind="d")
                html = f'<td class="d"><del>{_marked(old)}</del></td>'
                self._add(removed, f'<tr class="d">{number}<td></td>{html}</tr>')
                row = number + html
            if b is not None:
                is_stop = not (below or removed or added)
                number = _number(SECOND, other + b, is_stop=is_stop, kind="i")
                html = f'<td class="i"><ins>{_marked(new)}</ins></td>'
                self._add(added, f'<tr class="i"><td></td>{number}{html}</tr>')
                other_row = number + html
            self._add(beside, f"<tr>{row}{other_row}</tr>")
        below += removed + added

    def _add(self, rows: list[str], row: str) -> None:
        self.room -= len(row)
        if self.room < 0:
            raise TooMuchOutputError
        rows.append(row)


def _number(paste: str, index: int, *, is_stop: bool, kind: str = "") -> str:
    """Write the number of a line: drawn by the stylesheet, so that it is not copied.

    One of each hunk is a stop for the keyboard; thousands would be too many.
    """
    stop = "" if is_stop else ' tabindex="-1"'
    kind = f' class="{kind}"' if kind else ""
    n = index + 1
    return f'<td{kind}><a {paste}L{n}" data-n="{n}" aria-label="{n}"{stop}></a></td>'


def _marked(pieces: Iterable[tuple[bool, str]]) -> str:
    html = "".join(
        f"<mark>{escape(text)}</mark>" if is_changed else escape(text)
        for is_changed, text in pieces
    )
    return html or BLANK
