"""Render a text for its page: as numbered lines, or as what the text means.

The result is always a whole page's worth of HTML: when the child is too slow, too
busy or broken, the text is shown plain, in numbered lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .languages import PLAIN, find_language
from .lexer_child.markup import escape, join_lines
from .lexer_child.tables import is_table
from .process import SECONDS, ask

MAX_HIGHLIGHT_BYTES = 512 * 1024
MAX_NUMBERED_LINES = 50_000
MAX_NUMBERED_BYTES = 2 * 1024 * 1024
# A short text of many tiny tokens can grow more than thirtyfold.
MAX_HTML_LENGTH = 8 * 1024 * 1024
# Browsers skip the layout of blocks out of sight, so many small ones paint fast.
BLOCK_LINES = 200
BIG_BLOCK_LINES = 500
# Languages whose texts show ANSI escapes as a terminal would, when they hold any.
ESCAPED = ("text", "console")
HEAD_LENGTH = 8192

# A heading, an item, a quotation, a fence, a table's rule; strong words, code, a link.
# What a terminal lets one text hide: carriage returns within a line, back spaces,
# sequences that are no colours (CSI but m), and strings (OSC, DCS, SOS, PM, APC).
_HIDING = re.compile(r"\r(?!\n|\Z)|\x08|\x1b\[[0-?]*[ -/]*[@-ln-~]|\x1b[\]PX^_]|\x9d")
_MARKED = re.compile(
    r"^(?:#{1,6} +\S|[-*+] +\S|\d{1,3}[.)] +\S|> ?\S|```|~~~|\|? ?:?-{3,}:? ?\|)|"
    r"\*\*\w|`\w|\]\((?:https?:|mailto:|#)",
    re.M,
)

_BIG_BLOCK = re.compile(rf"(?:[^\n]*+\n){{1,{BIG_BLOCK_LINES}}}+")

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


class View(Enum):
    """How a text is shown. All but SOURCE are ways to read it, not the text itself."""

    SOURCE = "source"  # numbered lines, in the colours of a language
    MARKDOWN = "markdown"  # prose with headings, lists, links
    TABLE = "table"  # rows and columns of CSV or TSV
    TERMINAL = "terminal"  # numbered lines, in the colours that ANSI escapes ask for


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of a text, its number of lines, and the language and view really used."""

    html: str
    lines: int
    language: str
    note: Note
    view: View = View.SOURCE


def default_view(text: str, language: str) -> View:
    """Return how a text is shown to a reader who asked for no view and no language."""
    if language == "markdown":
        return View.MARKDOWN
    if language in ESCAPED and "\x1b[" in text:
        return View.TERMINAL
    return View.SOURCE


def offered_views(text: str, language: str) -> tuple[View, ...]:
    """Return the views that make sense of a text; the source always does."""
    views = [View.SOURCE]
    if language == PLAIN.key and is_table(text):
        views.append(View.TABLE)
    elif language == "markdown" or (language == PLAIN.key and is_marked(text)):
        views.append(View.MARKDOWN)
    if "\x1b[" in text:
        views.append(View.TERMINAL)
    return tuple(views)


def hides_words(text: str) -> bool:
    """Whether a terminal would not show all of a text: what is written over or erased.

    Also words in control strings, such as window titles and the addresses of links.
    """
    return _HIDING.search(text) is not None


def is_marked(text: str) -> bool:
    """Whether the head of a plain text has signs of Markdown in it."""
    return _MARKED.search(text[:HEAD_LENGTH]) is not None


def render_as(
    text: str, view: View, *, seconds: float = SECONDS, client: str = ""
) -> Rendered:
    """Return the text as a view other than its source shows it.

    As with ``render``: never raises, and falls back to plain numbered lines with a note.
    """
    lines = count_lines(text)
    if lines > MAX_NUMBERED_LINES or _is_longer(text, MAX_HIGHLIGHT_BYTES):
        return _plain(text, lines, Note.TOO_LARGE)
    answer = ask(
        {"do": view.value, "text": text, "room": MAX_HTML_LENGTH},
        seconds=seconds,
        client=client,
    )
    note = Note(answer["note"])
    if note is not Note.NONE:
        return _plain(text, lines, note)
    html = answer["result"]
    if view is View.TERMINAL:
        rows = html.split("\n")
        if len(rows) != lines:
            return _plain(text, lines, Note.FAILED)
        html = "".join(_numbered(rows))
    return Rendered(html, lines, PLAIN.key, Note.NONE, view)


def render(
    text: str, language: str, *, seconds: float = SECONDS, client: str = ""
) -> Rendered:
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
    answer = ask(job, seconds=seconds, client=client)
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
    html = escape(join_lines(text)).removesuffix("\n")
    is_big = lines > MAX_NUMBERED_LINES or _is_longer(text, MAX_NUMBERED_BYTES)
    blocks = _unnumbered(html) if is_big else _numbered(html.split("\n"))
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


def _unnumbered(html: str) -> Iterator[str]:
    """Blocks with one anchor each, for texts with too many lines to number.

    They are cut out whole: millions of lines one by one take hundreds of megabytes.
    """
    for place, block in enumerate(_BIG_BLOCK.finditer(html + "\n")):
        number = place * BIG_BLOCK_LINES + 1
        # An HTML parser drops one line feed right after the start tag.
        yield (
            f'<pre class="block big" id="L{number}" data-n="{number}">\n{block[0]}</pre>'
        )
