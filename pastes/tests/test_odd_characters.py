"""Characters that cannot be seen or that reorder text are marked, and told of."""

import html
import re
import time

import pytest

from pastes.highlight import find_odd, render
from pastes.highlight.lexer_child import characters
from pastes.highlight.lexer_child.characters import MAX_PIECES, find_pieces
from pastes.highlight.lexer_child.markup import MAX_NAMED, escape, mark_html
from pastes.tests.browsing import send, shown_text

# "Trojan Source: Invisible Vulnerabilities", Boucher and Anderson, 2021.
TROJAN = (
    "#include <stdio.h>\n"
    "/*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin admins only */\n"
    "int a\u200bb;\n"
)


def text_of(page: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", page))


@pytest.mark.parametrize(
    ("character", "badge"),
    [
        *characters.BADGES.items(),
        ("\ufeff", "ZWNBSP"), ("\u2065", "U+2065"), ("\U000e0f00", "U+E0F00"),
        ("\ufe0f", "VS"), ("\U000e0041", "TAG A"), ("\U000e01ef", "VS"),
        ("\u180b", "VS"), ("\U0001d173", "U+1D173"), ("\u200b\u200b", "ZWSP×2"),
    ],
)  # fmt: skip
@pytest.mark.threat("X8")
def test_odd_character_is_named_and_kept(character, badge):
    page = escape(f"a{character}b")
    assert f'<bdi class="odd" data-c="{badge}" title="U+' in page
    assert page.endswith(f'">{character}</bdi>b')
    assert find_odd(f"a{character}b")[0].count == len(character)


@pytest.mark.parametrize(
    "text",
    [
        "plain ASCII\t<>&\n", "Ça coûte 5\u00a0€", "全角\u3000空白", "naïve café",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f\u200d\U0001f525",
        "1\ufe0f\u20e3 #\ufe0f\u20e3 \u2600\ufe0e", "\U0001f44d\U0001f3fd\u200d\u2642\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u845b\U000e0100", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200c\u0937", "\u0e44\u200b\u0e17",
        "\u05e9\u05dc\u05d5\u05dd!\u200f (x)", "\u0627\u200e-1", "\u1820\u180e\u1821",
        "\u1820\u180b", "\u115f\u1161", "\u28ff\u2800\u2800\u28ff",
    ],
)  # fmt: skip
@pytest.mark.threat("X8")
def test_what_scripts_need_is_left_alone(text):
    assert escape(text) == html.escape(text, quote=True)
    assert find_odd(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "x\U000e0067\U000e0062\U000e007f",
        "a\u200db", "a\u200cb", "\u0645\u200ca", "\U0001f600\u200da", "x\ufe0f",
        "\U0001f600\ufe0f\ufe01", "\U0001f3f4" + "\U000e0061" * 9 + "\U000e007f",
        "a\u200fb\n\u05d0", "\u05d0\u202eb", "a\u115fb", "caf\u00e9\u200b", " \ufe0f",
    ],
)  # fmt: skip
def test_the_same_characters_elsewhere_are_odd(text):
    assert '<bdi class="odd"' in escape(text)
    assert len(find_odd(text)) == 1


def test_mark_at_the_start_is_named_but_no_cause_for_a_warning():
    assert 'data-c="BOM"' in escape("\ufeffa")
    assert find_odd("\ufeffa") == ()
    assert find_odd("\ufeffa\ufeff")[0].count == 1


def test_neighbours_in_other_tokens_count():
    word = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert "<bdi" not in render(f"{word} = '{word}'\n", "python", seconds=5).html


@pytest.mark.parametrize("language", ["text", "c", "python"])
def test_text_is_the_same_without_the_marks(language):
    page = render(TROJAN, language, seconds=5).html
    assert text_of(page) == TROJAN
    assert page.count('<bdi class="odd"') == 5


def test_hidden_words_cannot_leave_the_attribute():
    words = '"><script>'
    page = escape("".join(chr(0xE0000 + ord(each)) for each in words))
    assert 'data-c="TAG &quot;&gt;&lt;script&gt;"' in page
    long = escape("\U000e0041" * 9000)
    assert len(long) < 9000 + 400


def test_html_made_elsewhere_is_marked_in_its_texts_alone():
    page = '<p title="a&gt; > \u202e">x\u202e&lt;<b>é</b></p>'
    marked = mark_html(page)
    assert marked.startswith('<p title="a&gt; > \u202e">x<bdi class="odd"')
    assert re.sub("</?bdi[^>]*>", "", marked) == page
    assert mark_html("<p>é</p>") == "<p>é</p>"


def test_very_many_are_marked_without_their_names():
    text = "a\u202e" * (MAX_NAMED + 100)
    page = escape(text)
    assert page.count("<bdi") == len(text) // 2
    assert page.count("data-c") < MAX_NAMED + 10
    assert text_of(page) == text


def test_found_kinds_have_lines_and_the_worst_is_first():
    found = find_odd("a\u200bb\n" * 7 + "\u202ex\n\U000e0068\U000e0069\n")
    assert [(each.kind, each.code, each.count, each.lines) for each in found] == [
        ("bidi", "U+202E", 1, (8,)),
        ("tag", "U+E0000–U+E007F", 2, (9,)),
        ("invisible", "U+200B", 7, (1, 2, 3, 4, 5)),
    ]
    assert (found[1].spelt, found[0].name) == ("hi", "RIGHT-TO-LEFT OVERRIDE")


def test_search_is_bounded():
    text = "a\u200b" * 2_000_000
    start = time.process_time()
    (odd,) = find_odd(text)
    assert time.process_time() - start < 2
    assert odd.is_cut
    assert odd.count == 10_000


@pytest.mark.django_db
@pytest.mark.threat("X8")
def test_page_says_what_was_found_and_links_to_the_lines(make_paste, client):
    page = client.get(f"/{make_paste(TROJAN, syntax='c').paste.slug}").content.decode()
    assert 'role="note"' in page
    for words in ("RLO", "right-to-left override", "different from what it runs"):
        assert words in page
    assert '<a href="#L2">2</a>' in page
    plain = client.get(f"/{make_paste('int a;').paste.slug}").content.decode()
    assert 'role="note"' not in plain


@pytest.mark.browser
@pytest.mark.threat("X8")
def test_visual_order_is_the_logical_order(page):
    page.goto(send(page, TROJAN.encode(), syntax="c"))
    assert shown_text(page) == TROJAN
    # Where each visible character is drawn, line by line, in the order of the text.
    places = page.evaluate(
        """() => {
          const found = [];
          const texts = document.createTreeWalker(
            document.getElementById("code"), NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const text = texts.currentNode;
            for (let n = 0; n < text.length; n += 1) {
              if (!/[!-~]/.test(text.data[n])) continue;
              const range = new Range();
              range.setStart(text, n);
              range.setEnd(text, n + 1);
              const box = range.getBoundingClientRect();
              found.push([Math.round(box.top / 12), box.left]);
            }
          }
          return found;
        }"""
    )
    assert len(places) > 50
    assert places == sorted(places)
    badge = "each => getComputedStyle(each, '::before').content"
    assert page.locator(".odd").first.evaluate(badge) == '"RLO"'
    copied = page.evaluate(
        """() => { getSelection().selectAllChildren(document.getElementById("code"));
                   return getSelection().toString(); }"""
    )
    assert "/*\u202e } \u2066if" in copied
    assert "RLO" not in copied


# Data that rides unseen on what looks needed
SMUGGLED = {
    "fillers": "if (a)\u115f\u1160\u115f {",
    "selectors_on_letters": "п\ufe00р\ufe0e\n",
    "tags_on_a_flag": "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "secret1"),
}


@pytest.mark.parametrize("text", SMUGGLED.values(), ids=SMUGGLED)
def test_data_is_seen_that_rides_on_what_looks_needed(text):
    assert find_odd(text)
    assert "<bdi" in escape(text)


@pytest.mark.parametrize("piece", ["\u115f\u1160", "a\u200b", "👩\u200d👧", "a\u202e"])
def test_texts_full_of_them_cost_little_and_are_called_cut(piece):
    """Judged are the first MAX_PIECES, be they odd or not: the rest costs a search."""
    text = piece * 200_000
    before = time.process_time()
    escape(text)
    odd = find_odd(text)
    assert time.process_time() - before < 1
    assert all(each.is_cut for each in odd)
    assert sum(each.count for each in odd) <= MAX_PIECES
    # Past that, what turns the direction is still kept inside a mark of its own.
    assert escape(text).count("\u202e") == escape(text).count("\u202e</bdi>")


def test_pieces_are_judged_up_to_a_bound():
    assert len(list(find_pieces("a\u200b" * 3 * MAX_PIECES))) == MAX_PIECES
    assert len(list(find_pieces("a\u200b" + "👩\u200d👧" * 2 * MAX_PIECES))) == 1
