"""Write text and tokens as HTML: escaping, control pictures, spans.

The rules hold for plain and coloured text alike, so that removing the tags and
unescaping gives the text back:

- ``&``, ``<``, ``>`` and ``"`` become entities;
- the carriage return of a CR LF pair is dropped, any other is ``&#13;``;
- the other C0 controls, except tab and line feed, and DEL are shown as the
  pictures of Unicode (U+2400 and on), for HTML forbids the characters themselves;
- a span never crosses a line.
"""

import re
from collections.abc import Iterable, Iterator

from pygments.token import STANDARD_TYPES, _TokenType

# Token classes that look like plain text: text, whitespace, names, punctuation.
BARE_CLASSES = frozenset({"", "w", "n", "nx", "p"})

_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_PICTURES = {
    chr(code): chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"
} | {"\r": "&#13;", "\x7f": "\u2421"}


class TooMuchOutputError(Exception):
    """The HTML grew beyond the room given to it."""


class TokensDifferError(Exception):
    """The lexer lost or changed characters of the text."""


def join_lines(text: str) -> str:
    """Return the text with each CR LF pair replaced by a line feed."""
    return text.replace("\r\n", "\n")


def escape(text: str) -> str:
    """Return HTML that shows the text; it must have no CR LF pairs left."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = text.replace(">", "&gt;").replace('"', "&quot;")
    if _ODD.search(text):
        for character, picture in _PICTURES.items():
            text = text.replace(character, picture)
    return text


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
        place += len(value)
        html = escape(value)
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
