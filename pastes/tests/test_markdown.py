"""Markdown as prose: what people write is shown, and nothing in it can do harm."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from pastes.highlight import (
    MAX_HIGHLIGHT_BYTES,
    Note,
    Rendered,
    View,
    close,
    default_view,
    offered_views,
    render_as,
)
from pastes.highlight.lexer_child.cleaning import clean

# Written out a second time: a change of the rules must be made in both places.
ALLOWED = {
    "a": {"href", "id", "title", "class", "role", "rel"},
    "blockquote": {"dir"},
    "br": set(),
    "code": set(),
    "div": {"class", "dir", "tabindex"},
    "em": set(),
    "h2": {"dir", "id"},
    "h3": {"dir", "id"},
    "h4": {"dir", "id"},
    "h5": {"dir", "id"},
    "h6": {"dir", "id"},
    "hr": set(),
    "input": {"type", "disabled", "checked"},
    "label": set(),
    "li": {"class", "dir", "id"},
    "ol": {"dir", "start"},
    "p": {"class", "dir"},
    "pre": {"class", "tabindex"},
    "s": set(),
    "section": {"class", "role"},
    "span": {"class"},
    "strong": set(),
    "sup": set(),
    "table": set(),
    "tbody": set(),
    "td": {"class", "dir"},
    "th": {"class", "dir", "scope"},
    "thead": set(),
    "tr": set(),
    "ul": {"dir"},
}
REL = "nofollow noopener noreferrer ugc"
HREF = re.compile(r"https?://|mailto:|#(prose|footnote)-", re.I)

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<b onclick="x" style="color:red" id="code">bold</b>',
    "<iframe src=https://example.org></iframe>\n\n<!-- hidden -->",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1)) [x](javascript&colon;alert(1)) <javascript:alert(1)>",
    "[x](data:text/html,<script>alert(1)</script>) [x](vbscript:x) [x](file:///etc)",
    "[x](//example.org/a) [x](/login) [x](?a) [x](..) [x](http:login) [x](http:///a)",
    "[x](\\\\example.org) [x](blob:https://example.org/a) [x](filesystem:http://a/b)",
    '[x](https://example.org "a\\" onclick=\\"alert(1)")',
    "[x](https://example.org/\"onclick='alert(1)')",
    '[x]: javascript:alert(1) "title"\n\n[x] [x][] [y][x]',
    "![x](javascript:alert(1)) ![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    '![" onerror="alert(1)](https://example.org/a.png)',
    "[![x](javascript:alert(1))](javascript:alert(1))",
    "```\"onclick='alert(1)'\n</code></pre><script>alert(1)</script>\n```",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "# <script>alert(1)</script>\n\n## code\n\n### id_text",
    "[^<img src=x>]: <script>\n\na[^<img src=x>]",
    "| <b> | a |\n|-|:-:|\n| <script> | [x](javascript:alert(1)) |",
    "- [x] <script>alert(1)</script>\n- [ ] <input type=text autofocus>",
    "> [!NOTE]\n> <script>alert(1)</script>",
    "---\n<script>: alert(1)\n---\n",
    "www.example.org/<script> javascript://example.org mailto:a@b.c?x=<script> xmpp:a@b.c",
    "<https://example.org/'\"><script>> <mailto:a@b.c>",
    "a\x00b\x1bc\x7f &#0; &#x1b; \ufffe",
    "[a [b](https://example.org) c](https://example.net) [![x](a) [y](b)](c)",
]


class Reader(HTMLParser):
    """What a parser finds in HTML: elements with attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("br", "hr", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


@pytest.fixture(autouse=True, scope="module")
def _no_child_left() -> Iterator[None]:
    yield
    close()


def show(text: str) -> str:
    """The HTML of a text that must be shown as Markdown."""
    rendered = render_as(text, View.MARKDOWN, seconds=10)
    assert (rendered.note, rendered.view) == (Note.NONE, View.MARKDOWN)
    return rendered.html


def read(text: str) -> Reader:
    return Reader(show(text))


def links(text: str) -> list[str | None]:
    return [link.get("href") for link in read(text).all("a")]


def assert_harmless(reader: Reader) -> None:
    for tag, attributes in reader.found:
        assert tag in ALLOWED
        assert attributes.keys() <= ALLOWED[tag], (tag, attributes)
        if tag == "a":
            assert attributes["rel"] == REL
            assert HREF.match(attributes.get("href", "#prose-"))
        if tag == "input":
            assert (attributes["type"], "disabled" in attributes) == ("checkbox", True)
        assert re.match(r"(prose|footnote)-", attributes.get("id") or "prose-")
    assert not reader.open


# Harm


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.threat("X3")
def test_nothing_outside_the_list_survives(text: str) -> None:
    assert_harmless(read(text))


def test_nothing_outside_the_list_survives_in_all_of_them_together() -> None:
    for mark in ("\n\n", "\n", " ", "\n> ", "\n- "):
        assert_harmless(read(mark.join(HOSTILE)))


def test_last_word_holds_whatever_the_parser_may_let_through() -> None:
    html = (
        '<h1 id="a">x</h1><h2 id="code" onclick="x">y</h2><input value="z" type="text">'
    )
    html += (
        '<a href="#L1" style="x" class="button">w</a><script>v</script><img src="u">'
    )
    reader = Reader(clean(html))
    assert_harmless(reader)
    assert [tag for tag, _ in reader.found] == ["h2", "input", "a"]
    assert reader.all("h2", "a") == [{}, {"class": "", "rel": REL}]


def test_raw_html_shows_as_text() -> None:
    reader = read('<b onclick="x">bold</b> &amp; <!-- note -->\n\n<div>\nblock\n</div>')
    assert {tag for tag, _ in reader.found} == {"p"}
    assert reader.words.split("\n")[0] == '<b onclick="x">bold</b> & <!-- note -->'
    assert "<div>\nblock\n</div>" in reader.words


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "docs/a.md",
        "/login",
        "//example.org",
        "http:login",
        "#nowhere",
    ],
)
@pytest.mark.threat("X3")
def test_link_to_anything_but_the_web_leads_nowhere_and_keeps_its_words(
    address: str,
) -> None:
    reader = read(f"See [the words]({address}).")
    assert reader.words.strip() == "See the words."
    assert "href" not in reader.all("a")[0]


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c&d#e", "http://a.b", "mailto:me@example.org"]
)
@pytest.mark.threat("X3")
def test_link_to_the_web_stays_and_vouches_for_nothing(address: str) -> None:
    assert read(f"[words]({address})").all("a") == [{"href": address, "rel": REL}]


@pytest.mark.threat("X10")
def test_bare_addresses_become_links() -> None:
    text = "https://example.org/a, www.example.org and me@example.org, <http://b.c>."
    assert links(text) == [
        "https://example.org/a",
        "http://www.example.org",
        "mailto:me@example.org",
        "http://b.c",
    ]


@pytest.mark.threat("X10")
def test_link_without_words_shows_its_address() -> None:
    assert read("[](https://example.org/a)").words.strip() == "https://example.org/a"


def test_same_text_makes_the_same_html_in_every_process() -> None:
    text = '- [x] [a](https://b.c "d") | e\n\n| f |\n|-|\n| ![g](https://b.c) |\n\n# h'
    first = show(text)
    for _ in range(4):
        close()
        assert show(text) == first


# Images


@pytest.mark.parametrize(
    ("text", "words", "href"),
    [
        (
            "![a *big* map](https://example.org/map.png)",
            "a big map",
            "https://example.org/map.png",
        ),
        (
            "![](https://example.org/a%20map.png?x=1)",
            "a map.png",
            "https://example.org/a%20map.png?x=1",
        ),
        ("![](https://example.org)", "example.org", "https://example.org"),
        ("![a map](img/map.png)", "a map", None),
        ("![](data:image/png;base64,AAAA)", "image/png", None),
    ],
)
@pytest.mark.threat("X3")
def test_image_is_a_link_that_says_what_it_is(
    text: str, words: str, href: str | None
) -> None:
    reader = read(text)
    assert reader.words.strip() == words
    assert [(link["class"], link.get("href")) for link in reader.all("a")] == [
        ("image", href)
    ]


def test_image_in_a_link_leaves_the_link_alone() -> None:
    reader = read("[![build](https://shields.example/b.svg)](https://ci.example)")
    assert [link["href"] for link in reader.all("a")] == ["https://ci.example"]
    assert reader.all("span") == [{"class": "image"}]
    assert reader.words.strip() == "build"


# Headings


def headings(text: str) -> list[tuple[str, str | None]]:
    return [
        (tag, attributes["id"])
        for tag, attributes in read(text).found
        if re.fullmatch(r"h\d", tag)
    ]


def test_headings_stand_below_the_pages_own_without_gaps() -> None:
    assert headings("# One\n\n### Three\n\n## Two\n\nAlso one\n===\n\n###### Six") == [
        ("h2", "prose-one"),
        ("h3", "prose-three"),
        ("h3", "prose-two"),
        ("h2", "prose-also-one"),
        ("h3", "prose-six"),
    ]


def test_text_that_begins_with_low_headings_begins_at_the_second_level() -> None:
    assert [tag for tag, _ in headings("### A\n\n#### B\n\n### C")] == [
        "h2",
        "h3",
        "h2",
    ]


def test_no_heading_is_below_the_sixth_level() -> None:
    text = "\n\n".join("#" * level + " x" for level in range(1, 7))
    assert [tag for tag, _ in headings(text)] == ["h2", "h3", "h4", "h5", "h6", "h6"]


def test_ids_are_never_used_twice() -> None:
    text = "# A\n# A\n# A-1\n# A\n# !\n# !\n\nx[^1] y[^1] z[^2]\n\n[^1]: 1\n[^2]: 2\n"
    ids = [each["id"] for _, each in read(text).found if "id" in each]
    assert len(ids) == 11
    assert len(set(ids)) == 11


def test_fragment_leads_to_the_heading_that_it_would_on_github() -> None:
    text = "[a](#what-is-new-in-v20) [b](#Über-uns) [c](#code)\n\n"
    text += "# What is *new* in `v2.0`?\n\n# Über uns"
    assert links(text) == ["#prose-what-is-new-in-v20", "#prose-über-uns", None]


# Code


def test_fence_is_coloured_in_its_language() -> None:
    html = show("```python title=x\nif x < 1:\n    pass\n```")
    assert '<pre class="code"><code><span class="k">if</span> x <span' in html
    assert Reader(html).words == "if x < 1:\n    pass\n\n"


@pytest.mark.parametrize("word", ["py", "YML", "{.rust}", "js,ignore", "c++", "sh"])
def test_fence_knows_names_and_extensions(word: str) -> None:
    assert read(f'```{word}\nif: "x" ; // 1\n```').all("span")


@pytest.mark.parametrize("word", ["", "mermaid", "no such language", "text", "\x00"])
def test_fence_in_no_known_language_is_plain(word: str) -> None:
    reader = read(f"~~~ {word}\nif x < 1:\r\n\tpass\n\n~~~")
    assert reader.all("pre", "span") == [{"class": "code"}]
    assert reader.words == "if x < 1:\n\tpass\n\n\n"


def test_code_that_may_not_fit_can_be_scrolled_by_keyboard() -> None:
    assert read("    " + "x" * 41).all("pre") == [{"class": "code", "tabindex": "0"}]


def test_front_matter_is_shown() -> None:
    reader = read("---\ntitle: x\n---\n# Text")
    assert reader.found[0] == ("pre", {"class": "code"})
    assert "title: x" in reader.words


# The other blocks


def test_task_is_a_named_box_that_nobody_can_change() -> None:
    html = show("- [ ] buy *milk*\n- [x] done\n- [ ] > quoted\n- none")
    assert '<label><input type="checkbox" disabled="">' in html
    reader = Reader(html)
    assert [("checked" in box) for box in reader.all("input")] == [False, True]
    assert len(reader.all("label")) == 2
    assert "☐" in reader.words  # Of the third: its words are a block of their own.


def test_footnotes_lead_there_and_back() -> None:
    text = "a[^x] b[^y] c[^x]\n\n[^x]: One\n[^y]: Two\n\n    Three"
    assert links(text) == [
        "#footnote-1", "#footnote-2", "#footnote-1",
        "#footnote-1-1", "#footnote-1-2", "#footnote-2-1",
    ]  # fmt: skip
    ids = {each["id"] for _, each in read(text).found if "id" in each}
    assert {link.removeprefix("#") for link in links(text) if link} == ids


def test_table_scrolls_by_itself_and_aligns_by_class() -> None:
    reader = read("| a | b | |\n|:-|-:|:-:|\n| 1 | 2 | 3 |")
    assert reader.found[0] == ("div", {"class": "wide", "tabindex": "0"})
    assert [each["class"] for each in reader.all("td")[1:]] == [
        "left",
        "right",
        "center",
    ]
    # A heading of a column has words; where there are none, there is no heading.
    assert [each["scope"] for each in reader.all("th")] == ["col", "col"]


def test_direction_follows_the_words() -> None:
    reader = read("שלום\n\n- a\n\n  b\n\n> c\n\n# d\n\n| e |\n|-|\n| f |")
    directed = [tag for tag, each in reader.found if each.get("dir") == "auto"]
    assert directed == ["p", "ul", "blockquote", "h2", "th", "td"]


def test_note_of_github_is_set_apart() -> None:
    reader = read("> [!WARNING]\n> Mind the gap.")
    assert reader.found[0] == ("div", {"class": "alert warning", "dir": "auto"})
    assert reader.words.split() == ["Warning", "Mind", "the", "gap."]


def test_strange_characters_show_as_pictures() -> None:
    assert read("a\x1bb `c\x07d`\x7f").words.strip() == "a␛b c␇d␡"


# Bounds

ATTACKS = {
    "quotations": ">" * 100_000,
    "lists": "\n".join("  " * depth + "- x" for depth in range(300)),
    "brackets": "[" * 100_000,
    "links": "[a" * 50_000 + "](b)",
    "images": "![" * 50_000,
    "images in images": "![" * 3_000 + "](b)" * 3_000,
    "emphasis": "*a_ " * 30_000,
    "strong": "**x*" * 30_000,
    "ticks": "".join("`" * length + " " for length in range(1, 700)),
    "comments": "<!--" * 30_000,
    "entities": "&" * 100_000,
    "references": "".join(f"[a{n}]: u\n" for n in range(20_000)) + "[a1] " * 20_000,
    "long reference": f"[a]: http://x/{'y' * 100_000}\n\n" + "[a] " * 40_000,
    "long image": f"[a]: http://x/{'y' * 100_000}\n\n" + "![a] " * 40_000,
    "footnotes": "[^a]: x\n\n" + "[^" * 100_000,
    "columns": "|".join("a" * 2000)
    + "\n"
    + "|".join("-" * 2000)
    + "\n"
    + "x\n" * 20_000,
    "headings": "# a\n" * 20_000,
    "colons": ":" * 100_000,
    "a slow lexer": '```scala\n"' + "\\" * 40 + "\n```",
}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.threat("D1")
def test_attack_ends_in_time_as_prose_or_as_the_text_itself(name: str) -> None:
    rendered = render_as(ATTACKS[name], View.MARKDOWN, seconds=0.3)
    assert rendered.note is not Note.BUSY
    if rendered.note is Note.NONE:
        assert_harmless(Reader(rendered.html))
    else:
        assert_plain(rendered, rendered.note, ATTACKS[name])
    # The child, or a new one, is there for the next.
    assert "<em>" in show("*next*")


def assert_plain(rendered: Rendered, note: Note, text: str) -> None:
    assert (rendered.note, rendered.view) == (note, View.SOURCE)
    assert Reader(rendered.html).words.strip() == text.strip()


@pytest.mark.parametrize("name", ["quotations", "lists"])
def test_blocks_too_deep_for_the_parser_are_not_left_out(name: str) -> None:
    text = ATTACKS[name]
    assert_plain(render_as(text, View.MARKDOWN, seconds=10), Note.FAILED, text)


def test_blocks_of_a_reasonable_depth_are_all_there() -> None:
    text = "\n".join("  " * depth + f"- item {depth}" for depth in range(40))
    assert "item 39" in read(text).words


@pytest.mark.parametrize("name", ["long reference", "long image"])
def test_reference_cannot_be_repeated_beyond_the_room(name: str) -> None:
    text = ATTACKS[name]
    assert_plain(render_as(text, View.MARKDOWN, seconds=10), Note.TOO_LARGE, text)


def test_slow_fence_makes_the_whole_text_plain() -> None:
    text = "# A\n\n" + ATTACKS["a slow lexer"]
    assert_plain(render_as(text, View.MARKDOWN, seconds=0.2), Note.TOO_SLOW, text)


def test_text_over_the_limit_is_plain() -> None:
    text = "# a\n" + "x" * MAX_HIGHLIGHT_BYTES
    assert_plain(render_as(text, View.MARKDOWN), Note.TOO_LARGE, text)


# Which texts


def test_markdown_is_read_as_prose_and_its_source_is_offered() -> None:
    assert default_view("# a", "markdown") is View.MARKDOWN
    assert offered_views("a", "markdown") == (View.SOURCE, View.MARKDOWN)


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n",
        "Read\n\n- this\n- that",
        "see [it](https://a.b)",
        "a **b** c",
        "1. x",
    ],
)
def test_plain_text_with_signs_of_markdown_offers_it(text: str) -> None:
    assert offered_views(text, "text") == (View.SOURCE, View.MARKDOWN)
    assert default_view(text, "text") is View.SOURCE


@pytest.mark.parametrize(
    "text", ["some words\n", "a\nb\n", "#!x\n", "12:00:01 a - b\n"]
)
def test_other_plain_text_offers_none(text: str) -> None:
    assert offered_views(text, "text") == (View.SOURCE,)


def test_code_is_never_offered_as_markdown() -> None:
    assert offered_views("# a comment\n- x\n", "yaml") == (View.SOURCE,)


def test_characters_that_cannot_be_seen_are_marked_in_prose_and_in_code():
    page = show(
        "see \u202eabc and &#x200b;\n\n`a\u202eb`\n\n```python\nx = 'a\u2066'\n```\n"
    )
    assert page.count('<bdi class="odd"') == 4
    assert 'data-c="RLO"' in page
