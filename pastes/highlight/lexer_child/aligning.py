"""Find what changed between two lists of lines, and between two lines.

difflib is quadratic in its worst case and slow in many others, so it gets as little as
possible: common ends are cut off, lines that are there once in both texts split the
rest (as "patience diff" does), a few changes in lines that repeat without end are found
by Myers' way (doi:10.1007/BF01840446), and what is tried for nicety alone has an
allowance.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest

# With more equal pairs than this, difflib takes too long, or ignores lines that are
# everywhere; so many edits, and steps to find them, are tried before it may do that.
MAX_PAIRS = 100_000
MAX_EDITS = 300
EDIT_STEPS = 500_000
MAX_DEPTH = 8
# Lines that are less alike than this have nothing to do with each other.
LEAST_ALIKE = 0.4
# Only so much of a line is looked at to find its partner.
HEAD_LENGTH = 300
MAX_MARKED_LENGTH = 2_000
# Steps spent on pairing lines and on marking words, over all of a comparison.
PAIRING_STEPS = 40_000
MARKING_STEPS = 1_000_000

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_BLACK = re.compile(r"\w+|[^\w\s]")

# Where a stretch begins and ends in the first list, and in the second.
Stretch = tuple[int, int, int, int]
# Pieces of a line, each with whether it changed.
Pieces = list[tuple[bool, str]]


class Allowance:
    """Steps that may still be spent; what cannot pay takes the cheap way."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        if steps > self.left:
            return False
        self.left -= steps
        return True


def find_changes(first: list[str], second: list[str]) -> list[Stretch]:
    """Return the stretches in which two lists of lines differ, in order.

    No two of them touch: between them is at least one line that is the same.
    """
    return list(_changes(first, second, (0, len(first), 0, len(second)), 0))


def _changes(
    first: list[str], second: list[str], stretch: Stretch, depth: int
) -> Iterator[Stretch]:
    start, end, other, other_end = _cut(first, second, stretch)
    if start == end or other == other_end:
        if start != end or other != other_end:
            yield start, end, other, other_end
        return
    old, new = first[start:end], second[other:other_end]
    counts, other_counts = Counter(old), Counter(new)
    anchors = _anchors(old, new, counts, other_counts) if depth < MAX_DEPTH else []
    if anchors:
        places = [(-1, -1), *anchors, (len(old), len(new))]
        for (a, b), (c, d) in pairwise(places):
            part = (start + a + 1, start + c, other + b + 1, other + d)
            yield from _changes(first, second, part, depth + 1)
        return
    for a, b, c, d in _untangle(old, new, counts, other_counts):
        yield start + a, start + b, other + c, other + d


def _untangle(
    old: list[str], new: list[str], counts: Counter[str], other_counts: Counter[str]
) -> list[Stretch]:
    """Return what changed between lines that nothing splits."""
    pairs = sum(count * other_counts[line] for line, count in counts.items())
    is_tangled = pairs > MAX_PAIRS
    found = _few_edits(old, new) if is_tangled else None
    if found is not None:
        return found
    matcher = SequenceMatcher(None, old, new, autojunk=is_tangled)
    return [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]


def _few_edits(old: list[str], new: list[str]) -> list[Stretch] | None:
    """Return the least changes if they are few, or None."""
    height, width = len(old), len(new)
    reach = {1: 0}
    trace = []
    steps = 0
    for edits in range(MAX_EDITS + 1):
        trace.append(reach.copy())
        for k in range(-edits, edits + 1, 2):
            is_added = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            begin = row = reach[k + 1] if is_added else reach[k - 1] + 1
            while row < height and row - k < width and old[row] == new[row - k]:
                row += 1
            reach[k] = row
            if row >= height and row - k >= width:
                return _walk_back(trace, height, width)
            steps += row - begin + 1
        if steps > EDIT_STEPS:
            return None
    return None


def _walk_back(trace: list[dict[int, int]], row: int, column: int) -> list[Stretch]:
    """Return the changes that led to the end of both lists, joined where they touch."""
    changes: list[Stretch] = []
    for edits in range(len(trace) - 1, 0, -1):
        reach, k = trace[edits], row - column
        is_added = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        k += 1 if is_added else -1
        row, column = reach[k], reach[k] - k
        end, other_end = row + (not is_added), column + is_added
        if changes and changes[-1][0] == end and changes[-1][2] == other_end:
            _, end, _, other_end = changes.pop()
        changes.append((row, end, column, other_end))
    return changes[::-1]


def _cut(first: list[str], second: list[str], stretch: Stretch) -> Stretch:
    """Leave out what both have at the beginning and at the end."""
    start, end, other, other_end = stretch
    while start < end and other < other_end and first[start] == second[other]:
        start, other = start + 1, other + 1
    while start < end and other < other_end and first[end - 1] == second[other_end - 1]:
        end, other_end = end - 1, other_end - 1
    return start, end, other, other_end


def _anchors(
    old: list[str], new: list[str], counts: Counter[str], other_counts: Counter[str]
) -> list[tuple[int, int]]:
    """Return the places of lines that both have once, as many as keep their order."""
    places = {line: n for n, line in enumerate(new) if other_counts[line] == 1}
    common = [
        (n, places[line])
        for n, line in enumerate(old)
        if counts[line] == 1 and line in places
    ]
    # The longest increasing subsequence of the places in the second text.
    ends: list[int] = []
    rows: list[int] = []
    before: list[int] = []
    for row, (_, place) in enumerate(common):
        at = bisect_left(ends, place)
        before.append(rows[at - 1] if at else -1)
        ends[at : at + 1], rows[at : at + 1] = [place], [row]
    chain = []
    row = rows[-1] if rows else -1
    while row >= 0:
        chain.append(common[row])
        row = before[row]
    return chain[::-1]


def pair_lines(
    old: list[str], new: list[str], allowance: Allowance
) -> list[tuple[int | None, int | None]]:
    """Return which line of one stretch stands beside which of the other, in order.

    None is for a line without a neighbour. Lines that are alike meet if the allowance
    lasts; the others fill up from the top.
    """
    rows: list[tuple[int | None, int | None]] = []
    a = b = 0
    for c, d in [*_alike(old, new, allowance), (len(old), len(new))]:
        rows += zip_longest(range(a, c), range(b, d))
        if c < len(old):
            rows.append((c, d))
        a, b = c + 1, d + 1
    return rows


def _alike(
    old: list[str], new: list[str], allowance: Allowance
) -> list[tuple[int, int]]:
    """Return the pairs, in order in both, that are most alike together."""
    height, width = len(old), len(new)
    if not height or not width or height == width == 1:
        return []
    if not allowance.spend(height * width):
        return []
    words = [frozenset(_BLACK.findall(line[:HEAD_LENGTH])) for line in new]
    scores: list[list[float]] = []
    best = [[0.0] * (width + 1)]
    for line in old:
        own = frozenset(_BLACK.findall(line[:HEAD_LENGTH]))
        score = [_likeness(own, each) for each in words]
        row = [0.0]
        for n in range(width):
            row.append(max(best[-1][n] + score[n], best[-1][n + 1], row[n]))
        scores.append(score)
        best.append(row)
    pairs = []
    while height and width:
        if best[height][width] == best[height - 1][width]:
            height -= 1
        elif best[height][width] == best[height][width - 1]:
            width -= 1
        else:
            height, width = height - 1, width - 1
            pairs.append((height, width))
    return pairs[::-1]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the part of their words that both have, or 0 if it is too small."""
    share = 2 * len(one & other) / ((len(one) + len(other)) or 1)
    return share if share >= LEAST_ALIKE else 0.0


def compare_words(old: str, new: str, allowance: Allowance) -> tuple[Pieces, Pieces]:
    """Return both lines in pieces, each with whether it changed.

    Lines that have too little in common are one piece each, unchanged: a mark on all
    of a line says nothing.
    """
    if len(old) + len(new) > MAX_MARKED_LENGTH:
        return _compare_ends(old, new)
    one, other = _WORD.findall(old), _WORD.findall(new)
    start, end, begin, finish = _cut(one, other, (0, len(one), 0, len(other)))
    middle, other_middle = one[start:end], other[begin:finish]
    steps = len(middle) * len(other_middle)
    if steps and allowance.spend(steps):
        codes = SequenceMatcher(None, middle, other_middle, False).get_opcodes()
    else:
        codes = [("replace", 0, len(middle), 0, len(other_middle))]
    pieces: Pieces = [(False, "".join(one[:start]))]
    other_pieces: Pieces = [(False, "".join(other[:begin]))]
    for number, (tag, a, b, c, d) in enumerate(codes):
        text, other_text = "".join(middle[a:b]), "".join(other_middle[c:d])
        # The space between two changed words is part of one change.
        is_between = 0 < number < len(codes) - 1 and not text.strip()
        is_changed = tag != "equal" or is_between
        pieces.append((is_changed, text))
        other_pieces.append((is_changed, other_text))
    pieces.append((False, "".join(one[end:])))
    other_pieces.append((False, "".join(other[finish:])))
    return _joined(old, new, pieces, other_pieces)


def _compare_ends(old: str, new: str) -> tuple[Pieces, Pieces]:
    """Return long lines in three pieces: a common head, what changed, a common tail."""
    head = _common(old, new)
    rest, other_rest = old[head:], new[head:]
    tail = _common(rest[::-1], other_rest[::-1])
    pieces = [
        [(False, line[:head]), (True, line[head:end]), (False, line[end:])]
        for line, end in ((old, len(old) - tail), (new, len(new) - tail))
    ]
    return _joined(old, new, *pieces)


def _common(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((n for n, (a, b) in pairs if a != b), shorter)


def _joined(
    old: str, new: str, pieces: Pieces, other_pieces: Pieces
) -> tuple[Pieces, Pieces]:
    """Join neighbours of one kind, or leave the lines whole if they are not alike."""
    kept = sum(len(text.strip()) for is_changed, text in pieces if not is_changed)
    black = len(old.strip()) + len(new.strip())
    if 2 * kept < LEAST_ALIKE * black:
        return [(False, old)], [(False, new)]
    return _merge(pieces), _merge(other_pieces)


def _merge(pieces: Pieces) -> Pieces:
    merged: Pieces = []
    for is_changed, text in pieces:
        if not text:
            continue
        if merged and merged[-1][0] == is_changed:
            merged[-1] = (is_changed, merged[-1][1] + text)
        else:
            merged.append((is_changed, text))
    return merged
