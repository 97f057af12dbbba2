"""Write text and tokens as HTML: escaping, control pictures, spans.

The rules hold for plain and coloured text alike, so that removing the tags and
unescaping gives the text back:

- ``&``, ``<``, ``>`` and ``"`` become entities;
- the carriage return of a CR LF pair is dropped, any other is ``&#13;``;
- the other C0 controls, except tab and line feed, and DEL are shown as the
  pictures of Unicode (U+2400 and on), for HTML forbids the characters themselves;
- characters that cannot be seen or that reorder text (``characters``) stay in the
  text, each in a ``bdi`` that names it and keeps its effect inside;
- a span never crosses a line.
"""

import re
from collections.abc import Iterable, Iterator

from pygments.token import STANDARD_TYPES, _TokenType

from .characters import (
    BIDI,
    ODD_CLASS,
    badge_of,
    code_of,
    find_pieces,
    name_of,
    place_to_stop,
)

# Token classes that look like plain text: text, whitespace, names, punctuation.
BARE_CLASSES = frozenset({"", "w", "n", "nx", "p"})

# So many odd characters are marked with their names.
MAX_NAMED = 5000

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_SPECIAL = re.compile(f"[{_CONTROLS}{ODD_CLASS}]")
_ODD_RUN = re.compile(f"[{ODD_CLASS}][{ODD_CLASS}]*")
_PICTURES = {
    chr(code): chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"
} | {"\r": "&#13;", "\x7f": "\u2421"}
# What a serializer writes as a tag: every ">" in it stands inside quotes.
_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')


class TooMuchOutputError(Exception):
    """The HTML grew beyond the room given to it."""


class TokensDifferError(Exception):
    """The lexer lost or changed characters of the text."""


def join_lines(text: str) -> str:
    """Return the text with each CR LF pair replaced by a line feed."""
    return text.replace("\r\n", "\n")


def escape(text: str, start: int = 0, end: int | None = None) -> str:
    """Return HTML that shows text[start:end]; it must have no CR LF pairs left.

    What stands around that part decides with it which characters are odd.
    """
    part = text[start:end] if start or end is not None else text
    # One search answers for both kinds: it is most of what a long text costs.
    if not (_CONTROL if part.isascii() else _SPECIAL).search(part):
        return _write_entities(part)
    return mark(text, start, len(text) if end is None else end)


def mark(text: str, start: int, end: int) -> str:
    """Return the HTML of text[start:end] with its odd characters in marks.

    After MAX_NAMED of them, only those that turn the direction are marked, and without
    their names: what a hostile text costs stays near what any other does.
    """
    written: list[str] = []
    place, stop = start, place_to_stop(text, start, end)
    for first, last in find_pieces(text, start, stop):
        written += (_write_plain(text[place:first]), _write_mark(text, first, last))
        place = last
        if len(written) > 2 * MAX_NAMED:
            stop = place
            break
    written.append(_write_plain(text[place:stop]))
    rest = _write_plain(text[stop:end])
    for character in BIDI if stop < end else ():
        rest = rest.replace(character, f"<bdi>{character}</bdi>")
    written.append(rest)
    return "".join(written)


def mark_html(html: str) -> str:
    """Return a serializer's HTML with the odd characters of its texts in marks.

    For HTML that has been made elsewhere, cleaned and written with double quotes
    around all attributes. Attributes are left as they are.
    """
    if html.isascii() or not _ODD_RUN.search(html):
        return html
    parts = _TAG.split(html)
    for number in range(0, len(parts), 2):
        parts[number] = "".join(_marked(parts[number]))
    return "".join(parts)


def _marked(html: str) -> Iterator[str]:
    place = 0
    for first, last in find_pieces(html):
        yield html[place:first]
        yield _write_mark(html, first, last)
        place = last
    yield html[place:]


def _write_mark(text: str, start: int, end: int) -> str:
    """Put odd characters, all alike, into an element that shows what they are."""
    piece = text[start:end]
    is_bom = start == 0 and piece == "\ufeff"
    badge = "BOM" if is_bom else _write_entities(badge_of(piece))
    title = f"{code_of(piece[0])} {name_of(piece[0])}"
    return f'<bdi class="odd" data-c="{badge}" title="{title}">{piece}</bdi>'


def _write_plain(text: str) -> str:
    text = _write_entities(text)
    if _CONTROL.search(text):
        for character, picture in _PICTURES.items():
            text = text.replace(character, picture)
    return text


def _write_entities(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text.replace(">", "&gt;").replace('"', "&quot;")


def write_tokens(
    tokens: Iterable[tuple[int, _TokenType, str]], source: str, *, room: int
) -> str:
    """Return the HTML of a lexer's tokens, at most ``room`` characters long.

    Raises TooMuchOutputError beyond that, and TokensDifferError when the tokens together are
    not exactly ``source``.
    """
    written: list[str] = []
    place = size = 0
    for name, value in _merge(tokens):
        if not source.startswith(value, place):
            raise TokensDifferError
        html = escape(source, place, place + len(value))
        place += len(value)
        if name not in BARE_CLASSES:
            html = _wrap(name, html)
        size += len(html)
        if size > room:
            raise TooMuchOutputError
        written.append(html)
    if place != len(source):
        raise TokensDifferError
    return "".join(written)


def _merge(tokens: Iterable[tuple[int, _TokenType, str]]) -> Iterator[tuple[str, str]]:
    """Yield (class, text) with neighbours of one class, or all bare ones, joined."""
    last, values = "", []
    for _, kind, value in tokens:
        name = STANDARD_TYPES.get(kind)
        if name is None:
            name = _inherited_class(kind)
        if name in BARE_CLASSES:
            name = ""
        if name != last and values:
            yield last, "".join(values)
            values = []
        last = name
        values.append(value)
    if values:
        yield last, "".join(values)


def _inherited_class(kind: _TokenType) -> str:
    """The class of the nearest standard ancestor of a lexer's own token type."""
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return STANDARD_TYPES[kind]


def _wrap(name: str, html: str) -> str:
    """Put HTML into a span, closed and opened again at each line end."""
    if "\n" not in html:
        return f'<span class="{name}">{html}</span>'
    return "\n".join(
        f'<span class="{name}">{part}</span>' if part else ""
        for part in html.split("\n")
    )
