"""Render a text as blocks of numbered lines, coloured when that is affordable.

The result is always a whole page's worth of HTML: when the lexer is too slow, too
busy or broken, the text is shown plain, with the same lines and anchors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .languages import PLAIN, find_language
from .lexer_child.markup import escape, join_lines
from .process import ask

MAX_HIGHLIGHT_BYTES = 512 * 1024
MAX_NUMBERED_LINES = 50_000
MAX_NUMBERED_BYTES = 2 * 1024 * 1024
# A short text of many tiny tokens can grow more than thirtyfold.
MAX_HTML_LENGTH = 8 * 1024 * 1024
# Browsers skip the layout of blocks out of sight, so many small ones paint fast.
BLOCK_LINES = 200
BIG_BLOCK_LINES = 500

# Thousands of numbers must be no stops for the keyboard, nor links to be read out.
_ANCHOR = '<a id="L{0}" href="#L{0}" data-n="{0}" tabindex="-1" aria-hidden="true"></a>'
_ANCHOR_LENGTH = len(_ANCHOR.format(MAX_NUMBERED_LINES)) + 1


class Note(Enum):
    """Why a text is not in colour; NONE when nothing went wrong."""

    NONE = "none"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BUSY = "busy"  # Says nothing about the text: the result must not be kept.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of a text, its number of lines, and the language really used."""

    html: str
    lines: int
    language: str
    note: Note


def render(text: str, language: str, *, seconds: float = 1.0) -> Rendered:
    """Return the text as HTML lines, in colour if its language and size allow.

    ``language`` is any word that ``find_language`` knows; others mean plain text.
    ``seconds`` bounds the wait for a turn and the lexer's time, each. Never raises
    for a text or a lexer; the note tells what went wrong, and then
    ``Rendered.language`` is "text".
    """
    found = find_language(language) or PLAIN
    lines = count_lines(text)
    if found is PLAIN:
        return _plain(text, lines, Note.NONE)
    if lines > MAX_NUMBERED_LINES or _is_longer(text, MAX_HIGHLIGHT_BYTES):
        return _plain(text, lines, Note.TOO_LARGE)
    room = MAX_HTML_LENGTH - lines * _ANCHOR_LENGTH
    job = {"do": "render", "text": text, "language": found.key, "room": room}
    answer = ask(job, seconds=seconds)
    note = Note(answer["note"])
    if note is not Note.NONE:
        return _plain(text, lines, note)
    rows = answer["result"].split("\n")
    if len(rows) != lines:
        return _plain(text, lines, Note.FAILED)
    return Rendered("".join(_numbered(rows)), lines, found.key, Note.NONE)


def count_lines(text: str) -> int:
    """Return the number of lines; a final line feed ends one and begins none."""
    return max(1, text.count("\n") + (not text.endswith("\n")))


def _plain(text: str, lines: int, note: Note) -> Rendered:
    rows = escape(join_lines(text)).removesuffix("\n").split("\n")
    is_big = lines > MAX_NUMBERED_LINES or _is_longer(text, MAX_NUMBERED_BYTES)
    blocks = _unnumbered(rows) if is_big else _numbered(rows)
    return Rendered("".join(blocks), lines, PLAIN.key, note)


def _is_longer(text: str, limit: int) -> bool:
    """Whether the text takes more than ``limit`` bytes of UTF-8."""
    if len(text) > limit or len(text) * 4 <= limit:
        return len(text) > limit
    return len(text.encode("utf-8", "surrogatepass")) > limit


def _numbered(rows: list[str]) -> Iterator[str]:
    """Blocks with an anchor for each line; the number is not part of the text."""
    for start in range(0, len(rows), BLOCK_LINES):
        block = enumerate(rows[start : start + BLOCK_LINES], start + 1)
        lines = (f"{_ANCHOR.format(n)}{row}\n" for n, row in block)
        yield f'<pre class="block">{"".join(lines)}</pre>'


def _unnumbered(rows: list[str]) -> Iterator[str]:
    """Blocks with one anchor each, for texts with too many lines to number."""
    for start in range(0, len(rows), BIG_BLOCK_LINES):
        lines = "\n".join(rows[start : start + BIG_BLOCK_LINES])
        number = start + 1
        # An HTML parser drops one line feed right after the start tag.
        yield (
            f'<pre class="block big" id="L{number}" data-n="{number}">\n{lines}\n</pre>'
        )
