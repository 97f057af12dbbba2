"""Read comma-, semicolon- and tab-separated values, and write them as a table.

The parent asks ``is_table`` about the head of a text, so that it offers the table of
those texts only that make a good one; the child writes the whole.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from .markup import TooMuchOutputError, escape

HEAD_LENGTH = 4096
HEAD_ROWS = 20
# Empty cells that fill short rows up are counted too: they cost as much to lay out.
MAX_CELLS = 100_000
MAX_COLUMNS = 256
MAX_TITLE_LENGTH = 64

_DELIMITERS = "\t,;"
# Tab-separated values often know no quoting: there a stray quote is a character.
_READINGS = (
    ("\t", csv.QUOTE_MINIMAL),
    ("\t", csv.QUOTE_NONE),
    (",", csv.QUOTE_MINIMAL),
    (";", csv.QUOTE_MINIMAL),
)
_NUMBER = re.compile(
    r"[-+\u2212]?(?:[$€£¥] ?)?"
    r"(?:\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|\.\d+)"
    r"(?:[eE][-+]?\d{1,3})?(?: ?[%€$£¥])?"
)
# A title of a column begins like a name, and has no signs of code, of a log's line or
# of a sentence in it.
_TITLE_START = re.compile(r"[^\W\d]|[#%$€£@(]")
_NO_TITLE = re.compile(r"[{};=<>\\|\"`]|\d:\d\d|:(?: |$)|\s.*[.!?]$|[.!?] ")


class NotTableError(Exception):
    """The text has no delimiter that makes columns."""


def is_table(text: str) -> bool:
    """Whether the first lines are rows of as many fields each, under titles.

    Errs towards no: lines of a log, a program or a letter have commas too.
    """
    for delimiter, quoting in _READINGS:
        try:
            rows = _head_rows(text, delimiter, quoting=quoting)
        except csv.Error:
            continue
        if len(rows) > 1 and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            # "Roses are red, violets are blue" or "mov eax, ebx" is no table.
            is_text = len(rows[0]) == 2 and _is_spaced(text, delimiter)
            return not is_text and _are_titles([cell.strip() for cell in rows[0]])
    return False


def _are_titles(cells: list[str]) -> bool:
    """Whether a first row can stand over its columns.

    Its first cell may be empty: so do tables begin that give names to their rows.
    """
    titles = cells if cells[0] or len(cells) == 2 else cells[1:]
    return (
        _TITLE_START.match(titles[0]) is not None
        and all(map(_is_title, titles))
        and len({title.casefold() for title in titles}) == len(titles)
    )


def _is_title(title: str) -> bool:
    return (
        0 < len(title) <= MAX_TITLE_LENGTH
        and "\n" not in title
        and title.count("(") == title.count(")")
        and not _NO_TITLE.search(title)
    )


def _is_spaced(text: str, delimiter: str) -> bool:
    """Whether each delimiter of the head has a space after it, as in sentences."""
    head = text[:HEAD_LENGTH]
    return delimiter != "\t" and head.count(delimiter) == head.count(delimiter + " ")


def write_table(text: str, *, room: int) -> str:
    """Return the HTML of a table: the first row as titles, the others numbered.

    Short rows are filled up with empty cells; blank lines are left out. Raises
    NotTableError when no delimiter makes columns, and TooMuchOutputError beyond
    MAX_CELLS, MAX_COLUMNS or ``room`` characters.
    """
    rows = _read(text, _find_delimiter(text))
    columns = max(map(len, rows))
    if columns > MAX_COLUMNS or columns * len(rows) > MAX_CELLS:
        raise TooMuchOutputError
    for row in rows:
        row.extend([""] * (columns - len(row)))
    written: list[str] = []
    size = 0
    for html in _rows_of_html(rows):
        size += len(html)
        if size > room:
            raise TooMuchOutputError
        written.append(html)
    return "".join(written)


def _rows_of_html(rows: list[list[str]]) -> Iterator[str]:
    titles, *rest = rows
    starts = [
        '<td class="n">' if _is_numeric([row[place] for row in rest]) else "<td>"
        for place in range(len(titles))
    ]
    # A heading without words would be none, so an empty title is a cell.
    heads = "".join(
        f'<th scope="col"{start[3:]}{escape(_join_lines(title))}</th>'
        if title.strip()
        else "<td></td>"
        for start, title in zip(starts, titles, strict=True)
    )
    yield f"<table>\n<thead>\n<tr><td></td>{heads}</tr>\n</thead>\n<tbody>\n"
    for number, row in enumerate(rest, 1):
        cells = "".join(
            f"{start}{escape(_join_lines(value))}</td>"
            for start, value in zip(starts, row, strict=True)
        )
        yield f'<tr><th scope="row">{number}</th>{cells}</tr>\n'
    yield "</tbody>\n</table>\n"


def _is_numeric(values: list[str]) -> bool:
    """Whether a column holds numbers, and nothing else but gaps."""
    found = False
    for value in values:
        if value := value.strip():
            if not _NUMBER.fullmatch(value):
                return False
            found = True
    return found


def _find_delimiter(text: str) -> str:
    """Return the delimiter that makes the most rows of the head as wide as each other."""
    best, most = "", 0
    for delimiter in _DELIMITERS:
        widths = Counter(map(len, _head_rows(text, delimiter, strict=False)))
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        if width > 1 and count > most:
            best, most = delimiter, count
    if not best:
        raise NotTableError
    return best


def _head_rows(
    text: str, delimiter: str, *, quoting: int = csv.QUOTE_MINIMAL, strict: bool = True
) -> list[list[str]]:
    """Return the first rows, at least one; strictly, csv.Error when they break rules."""
    head = text[:HEAD_LENGTH]
    is_cut = len(head) < len(text)
    if is_cut:
        head = head.rpartition("\n")[0] or head
    rows: list[list[str]] = []
    try:
        for row in _reader(head, delimiter, quoting=quoting, strict=strict):
            rows.append(row)
            if len(rows) == HEAD_ROWS:
                break
    except csv.Error:
        # The cut may lie in a quoted field.
        if not is_cut or len(rows) < 2:
            raise
    return rows or [[]]


def _read(text: str, delimiter: str) -> list[list[str]]:
    """Return all rows: by the rules of quoting if the text keeps them."""
    try:
        return list(_reader(text, delimiter, strict=True))
    except csv.Error:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        return list(_reader(text, delimiter, quoting=quoting, strict=False))


def _reader(
    text: str, delimiter: str, *, quoting: int = csv.QUOTE_MINIMAL, strict: bool
) -> Iterator[list[str]]:
    reader = csv.reader(
        io.StringIO(text.removeprefix("\ufeff"), newline=""),
        delimiter=delimiter,
        quoting=quoting,
        skipinitialspace=delimiter != "\t",
        strict=strict,
    )
    return (row for row in reader if row)


def _join_lines(value: str) -> str:
    return value.replace("\r\n", "\n")
