"""Find what a text holds that cannot be seen or that reorders it, for a warning.

What counts is told by ``lexer_child.characters``; the page marks the same places. A
byte order mark at the very start is named there, but is nothing to warn about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .lexer_child.characters import (
    badge_of,
    code_of,
    find_pieces,
    kind_of,
    name_of,
    place_to_stop,
    spell,
)

MAX_LINES = 5
# Beyond so many places a text is not searched: the warning says "at least".
MAX_PLACES = 10_000

_GROUPS = {
    "tag": ("U+E0000–U+E007F", "TAG", "TAG CHARACTERS"),
    "selector": ("U+FE00–U+FE0F, U+E0100–U+E01EF", "VS", "VARIATION SELECTORS"),
}
# The worst first.
_ORDER = ("bidi", "tag", "selector", "invisible", "break", "control")


@dataclass(frozen=True, slots=True)
class Odd:
    """A kind of character that was found, where, and how often.

    ``kind`` is "bidi" (changes the order of what is shown), "tag" and "selector" (can
    carry a text or data unseen), "invisible", "break" (some programs take it for a
    line end) or "control" (C1). Tags and selectors are one entry each: ``code`` and
    ``name`` then stand for all of them, and ``spelt`` is what the first tags spell.
    ``lines`` are the first lines with it, from 1. ``is_cut``: there may be more.
    """

    kind: str
    code: str
    badge: str
    name: str
    count: int
    lines: tuple[int, ...]
    spelt: str = ""
    is_cut: bool = False


def find_odd(text: str) -> tuple[Odd, ...]:
    """Return the kinds of odd characters in a text, the worst first; mostly none.

    Looks at the first MAX_PLACES places only, so the time is bounded by the length.
    """
    if text.isascii():
        return ()
    found: dict[str, list[tuple[str, int]]] = {}
    for piece, line in islice(_pieces(text), MAX_PLACES):
        kind = kind_of(piece[0])
        key = kind if kind in _GROUPS else piece[0]
        found.setdefault(key, []).append((piece, line))
    is_cut = sum(map(len, found.values())) == MAX_PLACES
    is_cut = is_cut or place_to_stop(text, 0, len(text)) < len(text)
    odd = [_sum_up(places, is_cut) for places in found.values()]
    return tuple(sorted(odd, key=lambda each: _ORDER.index(each.kind)))


def _sum_up(places: list[tuple[str, int]], is_cut: bool) -> Odd:
    """Make one entry of all the places of a kind, each a piece and its line."""
    first = places[0][0]
    kind = kind_of(first[0])
    own = (code_of(first[0]), badge_of(first[0]), name_of(first[0]))
    code, badge, name = _GROUPS.get(kind, own)
    return Odd(
        kind=kind,
        code=code,
        badge=badge,
        name=name,
        count=sum(len(piece) for piece, _ in places),
        lines=tuple(dict.fromkeys(line for _, line in places))[:MAX_LINES],
        spelt=spell(first) if kind == "tag" else "",
        is_cut=is_cut,
    )


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield each odd piece with the number of its line, from 1."""
    line, place = 1, 0
    for start, end in find_pieces(text, 1 if text.startswith("\ufeff") else 0):
        line += text.count("\n", place, start)
        place = start
        yield text[start:end], line
