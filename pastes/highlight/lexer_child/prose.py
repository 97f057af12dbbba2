"""Write Markdown as HTML: what GitHub's dialect means, without what could harm.

The parser is told to take no raw HTML, and its tokens are then changed for a page that
has a heading of its own, loads nothing from elsewhere and trusts no link. The last word
is that of ``cleaning``: whatever the parser writes, only what is listed there leaves.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from pygments.lexers import get_all_lexers, get_lexer_by_name

from .cleaning import FIRST_LEVEL, LAST_LEVEL, clean
from .markup import TooMuchOutputError, escape, mark_html, write_tokens

# Of blocks in blocks; the parser leaves out, without a word, what is deeper.
MAX_NESTING = 100
MAX_NAME_LENGTH = 80
# Lines of code up to here fit on a phone; longer ones scroll, by keyboard too.
FITTING_LENGTH = 40

# As in ``markup``: HTML forbids these characters. Line ends are the parser's matter.
_PICTURES = {
    code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"
} | {0x7F: 0x2421}
_NO_SLUG = re.compile(r"[^\w\- ]")
_WORD = re.compile(r"[\w+#-][\w+#.-]*")
# Blocks that decide the direction of all that is in them, when they stand alone.
_DIRECTED = {
    "alert_open",
    "blockquote_open",
    "bullet_list_open",
    "heading_open",
    "ordered_list_open",
    "paragraph_open",
}


class TooDeepError(Exception):
    """Blocks are nested too deeply: some would be missing from the page."""


def write_markdown(text: str, *, room: int) -> str:
    """Return the HTML of Markdown, safe to stand in a page.

    ``room`` is the most characters; TooMuchOutputError is raised beyond that, and
    TooDeepError for blocks that the parser would leave out.
    """
    source = text.removeprefix("\ufeff").translate(_PICTURES)
    env: dict[str, Any] = {"room": room}
    tokens = _PARSER.parse(source, env)
    _settle(tokens, env)
    html = _PARSER.renderer.render(tokens, _PARSER.options, env)
    _spend(env, len(html) - (room - env["room"]))
    html = mark_html(clean(html))
    if len(html) > room:
        raise TooMuchOutputError
    return html


def _spend(env: dict[str, Any], size: int) -> None:
    """Take characters from the room that is left."""
    env["room"] -= size
    if env["room"] < 0:
        raise TooMuchOutputError


# Tokens: made fit for the page


def _settle(tokens: list[Token], env: dict[str, Any]) -> None:
    """Change the parser's tokens: headings, links, images, tasks, tables, direction."""
    targets = _name_headings(tokens)
    checked: bool | None = None
    for place, token in enumerate(tokens):
        if token.level >= MAX_NESTING - 1:
            raise TooDeepError
        if token.level == 0 and token.type in _DIRECTED:
            token.attrSet("dir", "auto")
        if token.type == "list_item_open":
            # The parser's own box has no label: it is written with the words, if the
            # item begins with any.
            checked = token.meta.pop("checked", None)
            token.attrs = {} if checked is None else {"class": "task"}
            if checked is not None and tokens[place + 2].type != "inline":
                token.meta["sign"] = "☑ " if checked else "☐ "
                checked = None
        elif token.type == "inline":
            token.children = list(_inline(token.children or [], targets, env))
            if checked is not None:
                token.children = _labelled(token.children, checked)
                checked = None
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            token.attrs.pop("class", None)
        elif token.type in ("th_open", "td_open"):
            _settle_cell(token, tokens[place + 1], tokens[place + 2])
        elif token.type == "front_matter":
            token.type, token.info = "fence", "yaml"
        elif token.type == "alert_open":
            token.attrSet("class", f"alert {token.info.lower()}")
        elif token.type == "alert_title_open":
            token.attrSet("class", "alert-title")


def _name_headings(tokens: list[Token]) -> dict[str, str]:
    """Give headings levels without gaps, and ids; return each fragment's id.

    A heading is one level below the nearest before it that was above it.
    """
    targets: dict[str, str] = {}
    counts: dict[str, int] = {}
    above: list[int] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        level = int(token.tag[1])
        while above and above[-1] >= level:
            above.pop()
        tag = f"h{min(FIRST_LEVEL + len(above), LAST_LEVEL)}"
        above.append(level)
        token.tag = tokens[place + 2].tag = tag
        base = slug = _slug(_plain_words(tokens[place + 1].children or []))
        while slug in targets:
            counts[base] = counts.get(base, 0) + 1
            slug = f"{base}-{counts[base]}"
        targets[slug] = f"prose-{slug}"
        token.attrSet("id", targets[slug])
    return targets


def _slug(words: str) -> str:
    """The fragment that GitHub gives to a heading, so that contents lists work."""
    return _NO_SLUG.sub("", words.strip().lower()).replace(" ", "-")


def _inline(
    tokens: list[Token], targets: dict[str, str], env: dict[str, Any]
) -> Iterator[Token]:
    """Yield the tokens with checked links, and with links in place of images."""
    in_link = False
    for place, token in enumerate(tokens):
        if token.type == "link_open":
            in_link = True
            href = _settle_link(token, targets, env)
            yield token
            if tokens[place + 1].type == "link_close":
                yield _text(_cut(href))
        elif token.type == "image":
            yield from _instead_of_image(token, in_link, targets, env)
        else:
            in_link = in_link and token.type != "link_close"
            yield token


def _settle_link(token: Token, targets: dict[str, str], env: dict[str, Any]) -> str:
    """Lead a link to a heading of this text there; return what the link said.

    Which others lead anywhere, ``clean`` decides. References let a short text repeat a
    long address, so each is paid for here, before anything is written.
    """
    href = str(token.attrs.pop("href", ""))
    _spend(env, len(href) + len(str(token.attrs.get("title", ""))))
    if href.startswith("#"):
        target = targets.get(unquote(href[1:]).lower())
        if target:
            token.attrs["href"] = f"#{target}"
    else:
        token.attrs["href"] = href
    return href


def _instead_of_image(
    token: Token, in_link: bool, targets: dict[str, str], env: dict[str, Any]
) -> Iterator[Token]:
    """A link with the words that stand for the image; nothing is loaded by itself.

    In a link, only the words: that link is what a click is meant for.
    """
    source = str(token.attrs.get("src", ""))
    words = _plain_words(token.children or []).strip() or _file_name(source)
    start, end = Token("link_open", "a", 1), Token("link_close", "a", -1)
    if in_link:
        start, end = Token("span_open", "span", 1), Token("span_close", "span", -1)
    else:
        start.attrs = {"href": source}
        _settle_link(start, targets, env)
    start.attrs["class"] = "image"
    yield from (start, _text(words), end)


def _file_name(address: str) -> str:
    """Return a name for what lies at an address: its file, else its host."""
    if address.startswith("data:"):
        return _cut(re.split("[;,]", address[5:], maxsplit=1)[0])
    try:
        parts = urlsplit(address)
    except ValueError:
        return _cut(address)
    return _cut(unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.netloc)


def _cut(words: str) -> str:
    if len(words) <= MAX_NAME_LENGTH:
        return words or "…"
    return words[: MAX_NAME_LENGTH - 1] + "…"


def _text(words: str) -> Token:
    token = Token("text", "", 0)
    token.content = words
    return token


def _plain_words(tokens: Sequence[Token]) -> str:
    return _PARSER.renderer.renderInlineAsText(tokens, _PARSER.options, {})


def _labelled(tokens: list[Token], is_checked: bool) -> list[Token]:
    """Put a task's words into a label, with a box that cannot be changed before them."""
    start, box = Token("label_open", "label", 1), Token("box", "input", 0)
    box.attrs = {"type": "checkbox", "disabled": ""}
    if is_checked:
        box.attrs["checked"] = ""
    return [start, box, _text(" "), *tokens, Token("label_close", "label", -1)]


def _settle_cell(start: Token, words: Token, end: Token) -> None:
    """Align a cell by class, for styles are forbidden; a heading without words is none."""
    style = str(start.attrs.get("style", ""))
    start.attrs = {"dir": "auto"}
    if style:
        start.attrs["class"] = style.removeprefix("text-align:")
    if start.type == "th_open" and words.content:
        start.attrs["scope"] = "col"
    start.tag = end.tag = "th" if "scope" in start.attrs else "td"


# Writing


def _write_code(
    _: Any, tokens: Sequence[Token], place: int, options: Any, env: dict[str, Any]
) -> str:
    """A block of code, in the colours of the language that its fence names."""
    token = tokens[place]
    code = token.content.removesuffix("\n") + "\n"
    word = _WORD.search(token.info.lower())
    html = _coloured(code, word[0] if word else "", env["room"])
    _spend(env, len(html))
    is_wide = any(len(line) > FITTING_LENGTH for line in code.split("\n"))
    focus = ' tabindex="0"' if is_wide else ""
    return f'<pre class="code"{focus}><code>{html}</code></pre>\n'


def _coloured(code: str, word: str, room: int) -> str:
    alias = _lexer_aliases().get(word)
    if not alias:
        return escape(code)
    try:
        lexer = get_lexer_by_name(alias, stripnl=False, ensurenl=False)
        return write_tokens(lexer.get_tokens_unprocessed(code), code, room=room)
    except TooMuchOutputError:
        raise
    except Exception:  # A lexer's fault takes the colours, and nothing else.
        return escape(code)


_aliases: dict[str, str] = {}


def _lexer_aliases() -> dict[str, str]:
    """Every lexer's names and file extensions, without asking for plug-ins each time."""
    if not _aliases:
        lexers = [each for each in get_all_lexers(plugins=False) if each[1]]
        for _, names, _, _ in lexers:
            _aliases.update((name.lower(), names[0]) for name in names)
        for _, names, patterns, _ in lexers:
            for pattern in patterns:
                _aliases.setdefault(pattern.lower().removeprefix("*."), names[0])
    return _aliases


def _write_item(
    renderer: Any,
    tokens: Sequence[Token],
    place: int,
    options: Any,
    env: dict[str, Any],
) -> str:
    html = renderer.renderToken(tokens, place, options, env)
    return html + tokens[place].meta.get("sign", "")


def _write_reference(_: Any, tokens: Sequence[Token], place: int, *__: Any) -> str:
    number, times = _numbers(tokens[place])
    return (
        f'<sup><a href="#footnote-{number}" id="footnote-{number}-{times}"'
        f' role="doc-noteref">[{number}]</a></sup>'
    )


def _write_way_back(_: Any, tokens: Sequence[Token], place: int, *__: Any) -> str:
    number, times = _numbers(tokens[place])
    # The sign after the arrow asks for text rather than a picture of it.
    return f' <a href="#footnote-{number}-{times}" role="doc-backlink">\u21a9\ufe0e</a>'


def _write_note(_: Any, tokens: Sequence[Token], place: int, *__: Any) -> str:
    return f'<li id="footnote-{_numbers(tokens[place])[0]}" dir="auto">'


def _numbers(token: Token) -> tuple[int, int]:
    """A footnote's number, and which of its references this is, both from one."""
    return token.meta["id"] + 1, max(token.meta.get("subId", 0), 0) + 1


def _fixed(html: str) -> Any:
    return lambda *_: html


def _parser() -> MarkdownIt:
    options = {
        "alerts": True,
        "html": False,
        "maxNesting": MAX_NESTING,
        "strikethrough_single_tilde": True,
        "tasklists": True,
    }
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.use(front_matter_plugin).use(gfm_autolink_plugin)
    parser.use(footnote_plugin, inline=False)
    # All links are links, so that their words are shown as such: clean decides which of
    # them lead anywhere.
    parser.validateLink = lambda _: True  # type: ignore[method-assign]
    for name, rule in (
        ("fence", _write_code),
        ("code_block", _write_code),
        ("list_item_open", _write_item),
        ("table_open", _fixed('<div class="wide" tabindex="0"><table>\n')),
        ("table_close", _fixed("</table></div>\n")),
        ("footnote_ref", _write_reference),
        ("footnote_anchor", _write_way_back),
        ("footnote_open", _write_note),
        (
            "footnote_block_open",
            _fixed('<section class="notes" role="doc-endnotes">\n<ol>\n'),
        ),
        ("footnote_block_close", _fixed("</ol>\n</section>\n")),
    ):
        parser.add_render_rule(name, rule)
    return parser


_PARSER = _parser()
