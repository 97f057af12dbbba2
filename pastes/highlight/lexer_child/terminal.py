r"""Write a terminal's log as HTML: its colours, and lines as they were last seen.

What of ECMA-48 and xterm's "ctlseqs" is followed:

- SGR (``ESC [ ... m``): colours of 16, 256 and, brought to the nearest of the 256,
  of 24 bits; bold, faint, italic, underline, reverse, strike. The style goes on over
  the line's end. Concealed text is shown, for a page must hide nothing.
- Within the line: carriage return, backspace, tab, the moves CUF, CUB, CHA and HPA
  (``C D G `` and a backquote) and the erasing of EL and ECH (``K X``). What was
  written over is not shown.

All else is dropped: other controls, moves between lines, titles, links (their text
stays), and the strings of OSC, DCS, APC, PM and SOS, which end at the line's end at
the latest. C1 controls are not obeyed but marked as odd, for in UTF-8 logs they are
mistakes or worse. Every character takes one column, also wide and combining ones.

Each line is painted from its last words back to its first, and a column that has been
painted is skipped from then on, so the work is linear in the text however often a
line is written over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .markup import TooMuchOutputError, escape
from .palette import nearest

# A move to the right of the text ends here; longer texts are shown whole.
MAX_COLUMN = 1000
TAB = 8

_TOKEN = re.compile(
    r"\x1b\[(?P<values>[0-?]*)(?P<middle>[ -/]*)(?P<final>[@-~])?"
    r"|\x1b[]PX^_][^\x07\x18\x1a\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b(?P<escape>[ -/]*[0-~]?)"
    r"|(?P<control>[\x00-\x08\x0a-\x1f\x7f])"
)
_MOVES = re.compile(r"[\r\b]|\x1b\[[0-9;]*[CDGKX`]")
_TABS = re.compile("(\t)")


@dataclass(frozen=True, slots=True)
class Style:
    """Colours by number, None for the page's own, and the SGR numbers in force."""

    text: int | None = None
    back: int | None = None
    marks: frozenset[int] = frozenset()

    def classes(self) -> str:
        """Return the classes in ansi.css: f and b with a colour, x with a mark."""
        text, back, marks = self.text, self.back, self.marks
        if 7 in marks and (text, back) != (None, None):
            # A grey that both themes have stands for the text's own colour.
            text, back, marks = back, 7 if text is None else text, marks - {7}
        names = [f"x{mark}" for mark in sorted(marks)]
        names += [f"f{text}"] if text is not None else []
        names += [f"b{back}"] if back is not None else []
        return " ".join(names)


PLAIN = Style()
Run = tuple[str, Style]
_MARKS = {1: 1, 2: 2, 3: 3, 4: 4, 7: 7, 9: 9, 21: 4}
_ENDS = {22: {1, 2}, 23: {3}, 24: {4}, 27: {7}, 29: {9}}


def write_terminal(text: str, *, room: int) -> str:
    r"""Return the HTML rows of a log, as many as it has lines, joined by "\n".

    The text has no CR LF pairs left. Raises TooMuchOutputError when the rows get longer than
    ``room`` characters.
    """
    rows: list[str] = []
    style = PLAIN
    size = 0
    for line in text.removesuffix("\n").split("\n"):
        row, style = _write_line(line, style)
        size += len(row) + 1
        if size > room:
            raise TooMuchOutputError
        rows.append(row)
    return "\n".join(rows)


def _write_line(line: str, style: Style) -> tuple[str, Style]:
    """Return the line's row, and the style that goes on after it."""
    if _MOVES.search(line):
        screen = _Line(style)
        screen.read(line)
        runs, style = screen.paint(), screen.style
    else:
        runs = []
        for text, token in _split(line):
            runs.append((text, style))
            if token and _is_style(token):
                style = restyle(style, token["values"])
            elif token and token["escape"] == "c":
                style = PLAIN
    return _write_runs(runs), style


def _split(line: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield what is printed and the control after it; None at the line's end."""
    place = 0
    for token in _TOKEN.finditer(line):
        yield line[place : token.start()], token
        place = token.end()
    yield line[place:], None


def _is_style(token: re.Match[str]) -> bool:
    # With "?" or ">" in front, or a sign in the middle, "m" means something else.
    return (
        token["final"] == "m"
        and not token["middle"]
        and not token["values"].startswith(("<", "=", ">", "?"))
    )


class _Line:
    """A line being written: a cursor, and all that was written or erased where."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.column = 0
        self.width = 0
        # (first column, end, text, style); an erasure has no text. In order of time.
        self.writes: list[tuple[int, int, str, Style]] = []

    def read(self, line: str) -> None:
        for text, token in _split(line):
            for part in _TABS.split(text) if "\t" in text else (text,):
                if part == "\t":
                    self.move(self.column + TAB - self.column % TAB)
                elif part:
                    self.write(part)
            if token and token["final"]:
                self.obey(token)
            elif token and token["control"] == "\r":
                self.column = 0
            elif token and token["control"] == "\b":
                self.move(self.column - 1)
            elif token and token["escape"] == "c":
                self.style = PLAIN

    def write(self, text: str) -> None:
        end = self.column + len(text)
        self.writes.append((self.column, end, text, self.style))
        self.column = end
        self.width = max(self.width, end)

    def erase(self, start: int, end: int) -> None:
        if start < end:
            self.writes.append((start, end, "", PLAIN))

    def move(self, column: int) -> None:
        self.column = min(max(0, column), max(self.width, MAX_COLUMN))

    def obey(self, token: re.Match[str]) -> None:
        if _is_style(token):
            self.style = restyle(self.style, token["values"])
            return
        values, final = token["values"], token["final"]
        if token["middle"] or not (values == "" or values[0] in "0123456789;:"):
            return
        count = _number(re.split("[;:]", values, maxsplit=1)[0])
        if final == "C":
            self.move(self.column + max(1, count))
        elif final == "D":
            self.move(self.column - max(1, count))
        elif final in "G`":
            self.move(max(1, count) - 1)
        elif final == "X":
            self.erase(self.column, min(self.width, self.column + max(1, count)))
        elif final == "K" and count == 0:
            self.erase(self.column, self.width)
        elif final == "K" and count == 1:
            self.erase(0, min(self.width, self.column + 1))
        elif final == "K" and count == 2:
            self.erase(0, self.width)

    def paint(self) -> list[Run]:
        """Return what is seen in the end. Each column is painted once, by the last."""
        cells: list[Run | None] = [None] * self.width
        # The first column from here on that is not painted; itself, if it is not.
        free = list(range(self.width + 1))

        def find(column: int) -> int:
            while free[column] != column:
                free[column] = free[free[column]]
                column = free[column]
            return column

        for start, end, text, style in reversed(self.writes):
            column = find(start)
            while column < end:
                if text:
                    cells[column] = (text[column - start], style)
                free[column] = column + 1
                column = find(column)
        while cells and cells[-1] is None:
            cells.pop()
        return [cell or (" ", PLAIN) for cell in cells]


def restyle(style: Style, values: str) -> Style:
    """Return the style after the values of an SGR sequence, in their order."""
    text, back, marks = style.text, style.back, style.marks
    groups = [
        [_number(part) for part in group.split(":")] for group in values.split(";")
    ]
    place = 0
    while place < len(groups):
        group = groups[place]
        number = group[0]
        place += 1
        if number in (38, 48, 58):
            if len(group) > 1:
                colour = _colour_in(group[1:])
            else:
                rest = [each[0] for each in groups[place : place + 4]]
                colour = _colour_in(rest)
                place += {5: 2, 2: 4}.get(rest[0] if rest else 0, 1)
            if colour is not None and number == 38:
                text = colour
            elif colour is not None and number == 48:
                back = colour
        elif number == 0:
            text, back, marks = None, None, frozenset()
        elif number == 4 and group[1:] == [0]:
            marks -= {4}
        elif number in _MARKS:
            marks |= {_MARKS[number]}
        elif number in _ENDS:
            marks -= _ENDS[number]
        elif 30 <= number <= 37 or 90 <= number <= 97:
            text = number - 30 if number < 90 else number - 82
        elif 40 <= number <= 47 or 100 <= number <= 107:
            back = number - 40 if number < 100 else number - 92
        elif number == 39:
            text = None
        elif number == 49:
            back = None
    return Style(text, back, marks)


def _colour_in(values: list[int]) -> int | None:
    """Return the colour that "5, number" or "2, red, green, blue" ask for.

    Between 2 and red, the form with colons may have the number of a colour space.
    """
    if len(values) >= 2 and values[0] == 5 and values[1] < 256:
        return values[1]
    if len(values) >= 4 and values[0] == 2:
        parts = values[2:5] if len(values) > 4 else values[1:4]
        if max(parts) < 256:
            return nearest(*parts)
    return None


def _number(digits: str) -> int:
    """Return the number; 0 for none, and a great one for what is too long or odd."""
    if not digits:
        return 0
    return int(digits) if len(digits) < 6 and digits.isdecimal() else 99_999


def _write_runs(runs: list[Run]) -> str:
    """Return the HTML of a row, with neighbours of one style in one span."""
    joined: list[tuple[list[str], Style]] = []
    for text, style in runs:
        if joined and joined[-1][1] == style:
            joined[-1][0].append(text)
        elif text:
            joined.append(([text], style))
    source = "".join("".join(texts) for texts, _ in joined)
    written: list[str] = []
    place = 0
    for texts, style in joined:
        end = place + sum(map(len, texts))
        html = escape(source, place, end)
        classes = style.classes()
        written.append(f'<span class="{classes}">{html}</span>' if classes else html)
        place = end
    return "".join(written)
