"""Compare two texts: what the page of a comparison is made of, within limits.

The comparing itself happens in the child process: difflib can be kept busy for hours.
"""

from dataclasses import dataclass

from .lexer_child.comparing import FIRST, SECOND
from .process import SECONDS, ask
from .rendering import Note, count_lines

MAX_COMPARED_BYTES = 512 * 1024
MAX_COMPARED_LINES = 20_000
# Some 10,000 rows, and as many once more side by side.
MAX_COMPARED_LENGTH = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changes and the lines around them, as rows of a table.

    `skipped` lines before it are alike and not shown. `below` has the lines one below
    another, `beside` those of the first text beside those of the second.
    """

    skipped: int
    below: str
    beside: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two texts differ; all but `lines` means something only if the note is NONE.

    `lines` has the number of lines of each, `rest` the lines alike after the last hunk.
    """

    note: Note
    lines: tuple[int, int]
    hunks: tuple[Hunk, ...] = ()
    rest: int = 0
    removed: int = 0
    added: int = 0


def compare(
    text: str, other: str, *, seconds: float = SECONDS, client: str = ""
) -> Comparison:
    """Return how the second text differs from the first, line by line.

    How lines end makes no difference here, nor whether the last one does; `line_ends`
    tells that. `seconds` bounds the wait for a turn and the work, each; `client` has one job at a time. Never raises
    for a text: the note tells what went wrong, and then there are no hunks.
    """
    lines = (count_lines(text), count_lines(other))
    if max(lines) > MAX_COMPARED_LINES or any(is_too_large(t) for t in (text, other)):
        return Comparison(Note.TOO_LARGE, lines)
    job = {"do": "compare", "text": text, "other": other, "room": MAX_COMPARED_LENGTH}
    answer = ask(job, seconds=seconds, client=client)
    note = Note(answer["note"])
    if note is not Note.NONE:
        return Comparison(note, lines)
    found = answer["result"]
    hunks = tuple(Hunk(*each) for each in found["hunks"])
    return Comparison(
        note, lines, hunks, found["rest"], found["removed"], found["added"]
    )


def is_too_large(text: str) -> bool:
    return len(text.encode("utf-8", "surrogatepass")) > MAX_COMPARED_BYTES


def link_lines(html: str, first: str, second: str) -> str:
    """Return a hunk's rows with the numbers leading to the lines at two addresses.

    The addresses must need no escaping in HTML.
    """
    html = html.replace(FIRST, f'href="{first}#')
    return html.replace(SECOND, f'href="{second}#')


def line_ends(text: str) -> str:
    """Return how the lines of a text end: "lf", "crlf", "mixed", or "" for no line."""
    pairs = text.count("\r\n")
    feeds = text.count("\n") - pairs
    if pairs and feeds:
        return "mixed"
    return "crlf" if pairs else "lf" if feeds else ""
