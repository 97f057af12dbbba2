"""Two pastes compared: what the rows say, what bounds the work, and who may see it."""

import html
import random
import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from pastes import highlight, services
from pastes.highlight import Note
from pastes.highlight.lexer_child import aligning
from pastes.services import counting
from pastes.tests.test_highlight_css import contrast
from pastes.views.comparing import NOTES

pytestmark = pytest.mark.django_db

STYLESHEET = Path(__file__).parents[1] / "static" / "pastes" / "diff.css"
OLD = "one\ntwo three four\nfive\n"
NEW = "one\ntwo 3 four\nfive\nsix\n"
SECRET = "canarytext5f2b"
TITLE = "canarytitle9c1d"
PASSWORD = "canarypassword77aa"


@pytest.fixture
def link(make_paste):
    """Store two texts; return the address that compares them."""

    def make(first, second, **values):
        slugs = [make_paste(text, **values).paste.slug for text in (first, second)]
        return "/{}/diff/{}".format(*slugs)

    return make


def lines(count, word="line"):
    return "".join(f"{word} {number}\n" for number in range(1, count + 1))


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def rows_of(page):
    """Return each row as (sign, old number, new number, text), in the unified view."""
    found = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page.partition("</thead>")[2], re.S):
        if "colspan" in row:
            text = html.unescape(re.sub("<[^>]+>", "", row))
            found.append(("fold", "", "", text))
            continue
        sign = "+" if "<ins>" in row else "-" if "<del>" in row else " "
        old, new, text = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        numbers = [re.search(r'data-n="(\d+)"|$', cell)[1] or "" for cell in (old, new)]
        text = html.unescape(re.sub("<[^>]+>", "", text)).removesuffix("\n")
        found.append((sign, *numbers, text))
    return found


def sides_of(page):
    """Return each row's two texts, in the view side by side."""
    found = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page.partition("</thead>")[2], re.S):
        if "colspan" not in row:
            cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
            texts = [html.unescape(re.sub("<[^>]+>", "", cells[n])) for n in (1, 3)]
            found.append(tuple(texts))
    return found


def kept_keys():
    """Return the keys of the comparisons that this process keeps."""
    return [key for key in cache._cache if ":diff:" in key]


def below(first, second):
    return "".join(each.below for each in highlight.compare(first, second).hunks)


# What the rows say


def test_changed_lines_are_shown_with_both_numbers(client, link):
    assert rows_of(page_of(client, link(OLD, NEW))) == [
        (" ", "1", "1", "one"),
        ("-", "2", "", "two three four"),
        ("+", "", "2", "two 3 four"),
        (" ", "3", "3", "five"),
        ("+", "", "4", "six"),
    ]


def test_changed_words_are_marked(client, link):
    page = page_of(client, link(OLD, NEW))
    assert "<del>two <mark>three</mark> four</del>" in page
    assert "<ins>two <mark>3</mark> four</ins>" in page


def test_lines_that_have_nothing_in_common_are_not_marked():
    assert "<mark>" not in below("alpha beta\n", "gamma, delta; x\n")


def test_a_space_between_changed_words_is_marked_with_them():
    written = below("keep all of this: red fox\n", "keep all of this: tan cat\n")
    assert "<mark>red fox</mark>" in written
    assert "<mark>tan cat</mark>" in written


def test_side_by_side_puts_lines_that_are_alike_in_one_row(client, link):
    first = "x = compute(one, two)\nlast\n"
    second = "# a remark\nx = compute(one, three)\nlast\n"
    page = page_of(client, link(first, second) + "?view=side")
    assert sides_of(page) == [
        ("", "# a remark"),
        ("x = compute(one, two)", "x = compute(one, three)"),
        ("last", "last"),
    ]


def test_three_lines_around_a_change_are_shown_and_the_rest_is_counted(client, link):
    first = lines(300)
    second = first.replace("line 100\n", "line one hundred\n")
    rows = rows_of(page_of(client, link(first, second)))
    assert rows[0] == ("fold", "", "", "… 96 lines alike")
    assert rows[-1] == ("fold", "", "", "… 197 lines alike")
    assert [row[1] or row[2] for row in rows[1:-1]] == [
        "97", "98", "99", "100", "100", "101", "102", "103",
    ]  # fmt: skip


def test_a_fold_never_hides_one_line_alone(client, link):
    first = lines(30)
    changed = {"line 5\n": "five\n", "line 13\n": "thirteen\n", "line 26\n": "x\n"}
    second = first
    for old, new in changed.items():
        second = second.replace(old, new)
    folds = [row[3] for row in rows_of(page_of(client, link(first, second)))]
    folds = [each for each in folds if each.startswith("…")]
    # Before line 5 is one line more than the context, and between 5 and 13 as well.
    assert folds == ["… 6 lines alike"]


@pytest.mark.parametrize("seed", range(40))
def test_rows_hold_both_texts_whole(seed, monkeypatch):
    dice = random.Random(seed)
    # Both ways through tangled lines are taken.
    monkeypatch.setattr(aligning, "MAX_PAIRS", seed % 2 * 100_000)
    first = [str(dice.randrange(dice.choice([2, 5, 40]))) for _ in range(60)]
    second = [each for each in first if dice.random() > 0.2]
    second[20:20] = [str(dice.randrange(9)) for _ in range(dice.randrange(9))]
    if seed % 5 == 0:
        dice.shuffle(second)
    before = other = 0
    for start, end, other_start, other_end in aligning.find_changes(first, second):
        assert first[before:start] == second[other:other_start]
        before, other = end, other_end
    assert first[before:] == second[other:]


def test_a_moved_end_and_a_repeated_beginning_are_found_short():
    comparison = highlight.compare("a\na\na\n", "a\na\n")
    assert (comparison.removed, comparison.added) == (1, 0)


def test_few_changes_in_lines_that_repeat_are_found():
    dice = random.Random(7)
    first = [str(dice.randrange(3)) for _ in range(5_000)]
    second = first.copy()
    second[100], second[4_900] = "new", "other"
    comparison = highlight.compare("\n".join(first), "\n".join(second))
    assert (comparison.removed, comparison.added) == (2, 2)


# What is said in words


def test_how_much_changed_is_said(client, link):
    assert "1 line removed, 2 lines added." in page_of(client, link(OLD, NEW))


def test_equal_texts_say_so(client, link):
    page = page_of(client, link(OLD, OLD))
    assert "The two texts are the same, byte for byte." in page
    assert "<table" not in page


UNSEEN = {
    "crlf": ("a\nb\n", "a\r\nb\r\n", "LF in the first, CRLF in the second."),
    "mixed": ("a\r\nb\n", "a\nb\n", "both CRLF and LF in the first, LF in the second"),
    "no last": ("a\nb\n", "a\nb", "Only the first text ends with a line feed."),
    "last": ("a\nb", "a\nb\n", "Only the second text ends with a line feed."),
    "other lines": ("a\r\nb\n", "a\nb\r\n", "which of the lines end with CRLF"),
}


@pytest.mark.parametrize(("first", "second", "words"), UNSEEN.values(), ids=UNSEEN)
def test_line_ends_are_told_in_words(client, link, first, second, words):
    page = page_of(client, link(first, second))
    assert "Each line is the same in both texts." in page
    assert words in page
    assert "<table" not in page


def test_line_ends_are_told_beside_changes_too(client, link):
    page = page_of(client, link("a\nb\n", "a\r\nc"))
    assert "1 line removed, 1 line added. The line ends differ" in page
    assert "Only the first text ends with a line feed." in page
    assert len(rows_of(page)) == 3


# The page


def test_heading_and_title_say_what_is_compared(client, make_paste):
    first = make_paste(OLD, title="<b>old</b>").paste.slug
    second = make_paste(NEW).paste.slug
    page = page_of(client, f"/{first}/diff/{second}")
    named = f'<a href="/{first}"><bdi>&lt;b&gt;old&lt;/b&gt;</bdi></a>'
    assert f"<h1>Changes from {named} to " in page
    assert f'<a href="/{second}"><bdi>{second}</bdi></a></h1>' in page
    title = f"<title>Changes from &lt;b&gt;old&lt;/b&gt; to {second} ·"
    assert title in page
    assert len(re.findall("<h1", page)) == 1


@pytest.mark.threat("X1")
def test_text_is_escaped_in_both_views(client, link):
    evil = '</td><script>alert("x")</script> &amp; <a href="a#L1">\x1b[0m\n'
    address = link(evil, evil.replace("alert", "prompt"))
    for view in ("", "?view=side"):
        page = page_of(client, address + view)
        table = page.partition("<tbody>")[2].partition("</table>")[0]
        assert "<script" not in table
        assert "&lt;/td&gt;&lt;script&gt;" in table
        assert "&amp;amp;" in table
        assert 'href="a#' not in table
        assert "\x1b" not in table


def test_what_changed_and_what_is_alike_is_escaped_too(client, link):
    address = link("<i>\nkeep all this: <a>\n", "<i>\nkeep all this: <b>\n")
    for view in ("", "?view=side"):
        page = page_of(client, address + view)
        assert "<td>&lt;i&gt;</td>" in page
        assert "&lt;<mark>b</mark>&gt;</ins>" in page
    page = page_of(client, link("keep this: &\n", "keep this: <\n"))
    assert "<mark>&amp;</mark>" in page
    assert "<mark>&lt;</mark>" in page


def test_numbers_lead_to_the_lines_of_each_paste(client, make_paste):
    first = make_paste(OLD).paste.slug
    second = make_paste(NEW).paste.slug
    for view in ("", "?view=side"):
        page = page_of(client, f"/{first}/diff/{second}{view}")
        assert f'href="/{first}#L2" data-n="2"' in page
        assert f'href="/{second}#L4" data-n="4"' in page


def test_numbers_lead_to_the_source_of_a_text_that_opens_as_prose(client, make_paste):
    first = make_paste("# one\n", syntax="markdown").paste.slug
    second = make_paste("# two\n").paste.slug
    page = page_of(client, f"/{first}/diff/{second}")
    assert f'href="/{first}?view=source#L1"' in page
    assert f'href="/{second}#L1"' in page


def test_one_number_of_each_hunk_is_a_stop_for_the_keyboard(client, link):
    first = lines(40)
    second = first.replace("line 2\n", "two\n").replace("line 30\n", "thirty\n")
    for view in ("", "?view=side"):
        page = page_of(client, link(first, second) + view)
        numbers = re.findall(r"<a [^>]*data-n=[^>]*>", page)
        stops = [each for each in numbers if "tabindex" not in each]
        numbers = [re.search(r'data-n="(\d+)"', each)[1] for each in stops]
        assert numbers == ["1", "1", "27", "27"]


def test_views_and_the_swap_lead_to_each_other(client, make_paste):
    first, second = (make_paste(text).paste.slug for text in (OLD, NEW))
    address = f"/{first}/diff/{second}"
    page = page_of(client, address)
    assert f'<a href="{address}" aria-current="page">Unified</a>' in page
    assert f'<a href="{address}?view=side" aria-keyshortcuts="v">' in page
    assert f'href="/{second}/diff/{first}" aria-keyshortcuts="s">' in page
    page = page_of(client, f"{address}?view=side")
    assert f'<a href="{address}?view=side" aria-current="page">' in page
    assert f'href="/{second}/diff/{first}?view=side" aria-keyshortcuts="s">' in page


def test_fork_is_compared_with_its_parent_from_its_page(client, make_paste):
    parent = make_paste(OLD).paste
    fork = make_paste(NEW, fork_of=parent.slug).paste
    assert f'href="/{parent.slug}/diff/{fork.slug}"' in page_of(client, f"/{fork.slug}")


def test_public_comparison_is_not_sent_again(client, link):
    address = link(OLD, NEW)
    first = client.get(address)
    assert first["Cache-Control"] == "private, no-cache"
    second = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 304
    side = client.get(f"{address}?view=side", headers={"If-None-Match": first["ETag"]})
    assert side.status_code == 200


def test_comparison_that_is_kept_shows_the_same(client, link):
    address = link(OLD, NEW)
    page = page_of(client, address)
    assert kept_keys()
    assert page_of(client, address) == page


def test_comparing_counts_no_view(client, link):
    page_of(client, link(OLD, NEW))
    assert not counting.seen


def test_other_methods_are_refused(client, link):
    address = link(OLD, NEW)
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.generic(method, address).status_code == 405
    assert client.head(address).status_code == 200


# Limits. Each text here has kept a difflib busy that was let loose on it.

MANY = highlight.comparison.MAX_COMPARED_LINES
LONG = "ab " * 166_000
BAD = {
    "equal lines": ("x\n" * MANY, "x\n" * (MANY - 1_000)),
    "two lines in turn": ("x\ny\n" * 9_000, "y\nx\n" * 9_000),
    "different lines": (lines(MANY), lines(MANY, "other")),
    "lines in reverse": (lines(MANY), "\n".join(lines(MANY).split("\n")[::-1])),
    "one long line": (LONG, LONG[:200_000] + "changed" + LONG[200_000:]),
    "long lines that differ": (LONG, "xy" * 250_000),
    "words in turn": ("a b " * 400 + "\n", "b a " * 400 + "c\n"),
    "many long lines": ("a b " * 100 + "\n", "b a " * 100 + "c\n"),
}
BAD["many long lines"] = tuple(text * 1_200 for text in BAD["many long lines"])


@pytest.mark.parametrize(("first", "second"), BAD.values(), ids=BAD)
def test_bad_input_is_answered_in_time(first, second):
    assert max(len(first), len(second)) <= highlight.comparison.MAX_COMPARED_BYTES
    comparison = highlight.compare(first, second, seconds=2)
    assert comparison.note in (Note.NONE, Note.TOO_LARGE, Note.TOO_SLOW)
    assert comparison.lines[0] == max(1, first.count("\n") or 1)
    # The child lives, and the next comparison is none the worse.
    assert highlight.compare("a\n", "b\n").removed == 1


def test_one_long_line_is_compared_and_what_changed_in_it_is_marked():
    comparison = highlight.compare(*BAD["one long line"], seconds=5)
    assert comparison.note is Note.NONE
    assert "<mark>changed</mark>" in comparison.hunks[0].below


def test_equal_lines_lose_only_what_is_gone():
    comparison = highlight.compare(*BAD["equal lines"], seconds=5)
    assert (comparison.removed, comparison.added) == (1_000, 0)


TOO_LARGE = {
    "bytes": ("x" * (512 * 1024 + 1), "y"),
    "bytes of UTF-8": ("y", "é" * (256 * 1024 + 1)),
    "lines": ("x\n" * (MANY + 1), "x\n" * MANY),
    "changes": (lines(MANY), lines(MANY, "other")),
}


@pytest.mark.parametrize(("first", "second"), TOO_LARGE.values(), ids=TOO_LARGE)
@pytest.mark.threat("D6")
def test_too_much_is_said_with_links_and_line_counts(client, make_paste, first, second):
    slug, other = (make_paste(text).paste.slug for text in (first, second))
    page = page_of(client, f"/{slug}/diff/{other}")
    assert "These texts are too large, or differ in too much" in page
    assert f'<a href="/{slug}">the first</a>' in page
    assert f'<a href="/{other}">the second</a>' in page
    count = highlight.compare(first, second).lines[0]
    assert f"<span>{count} line" in page
    assert "<table" not in page


@pytest.mark.threat("D6")
def test_comparison_that_takes_too_long_is_given_up():
    tangle = random.Random(1)
    first, second = (
        "\n".join(str(tangle.randrange(400)) for _ in range(MANY)) for _ in range(2)
    )
    comparison = highlight.compare(first, second, seconds=0.01)
    assert comparison.note is Note.TOO_SLOW
    assert comparison.lines == (MANY, MANY)
    assert comparison.hunks == ()


def test_every_way_to_fail_has_its_sentence():
    assert set(NOTES) == set(Note) - {Note.NONE}


# Locks

LOCKED = {"first": (True, False), "second": (False, True), "both": (True, True)}


class Reader:
    """A browser that sends a cookie to its own path alone, as Django's client does not."""

    def __init__(self):
        self.kept = {}

    def ask(self, address, data=None):
        browser = Browser()
        path = address.partition("?")[0]
        for (name, scope), value in sorted(self.kept.items()):
            if path == scope or path.startswith(f"{scope}/"):
                browser.cookies[name] = value
        answer = browser.get(address) if data is None else browser.post(address, data)
        for name, each in answer.cookies.items():
            self.kept[name, each["path"]] = each.value
        return answer

    def get(self, address):
        return self.ask(address)

    def post(self, address, data):
        return self.ask(address, data)


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def locked_pair(make_paste):
    def make(*is_locked):
        return [
            make_paste(
                f"{SECRET} {number}\n",
                title=TITLE,
                password=f"{PASSWORD}{number}" if each else "",
            ).paste.slug
            for number, each in enumerate(is_locked)
        ]

    return make


def unlock(client, address, slug, password):
    return client.post(address, {"paste": slug, "password": password})


@pytest.mark.parametrize("is_locked", LOCKED.values(), ids=LOCKED)
@pytest.mark.parametrize("view", ["", "?view=side"])
def test_nothing_of_either_is_shown_before_both_are_unlocked(
    reader, locked_pair, is_locked, view
):
    pair = locked_pair(*is_locked)
    address = "/{}/diff/{}{}".format(*pair, view)
    for number, slug in enumerate(pair):
        if not is_locked[number]:
            continue
        closed = reader.get(address)
        page = closed.content.decode()
        assert closed.status_code == 401
        assert closed["Cache-Control"] == "private, no-store"
        assert "ETag" not in closed
        assert SECRET not in page
        assert TITLE not in page
        assert f"The paste {slug} is locked" in page
        answer = unlock(reader, address, slug, f"{PASSWORD}{number}")
        assert (answer.status_code, answer["Location"]) == (302, address)
    opened = reader.get(address)
    assert opened.status_code == 200
    assert opened.content.decode().count(SECRET) == 2
    assert opened["Cache-Control"] == "private, no-store"
    assert "ETag" not in opened


def test_pastes_unlocked_to_be_compared_stay_so_swapped_and_alone(reader, locked_pair):
    first, second = locked_pair(True, True)
    address = f"/{first}/diff/{second}"
    unlock(reader, address, first, f"{PASSWORD}0")
    unlock(reader, address, second, f"{PASSWORD}1")
    for each in (address, f"/{second}/diff/{first}", f"/{first}", f"/{second}"):
        assert reader.get(each).status_code == 200
    third = locked_pair(True)[0]
    assert reader.get(f"/{first}/diff/{third}").status_code == 401


def test_paste_unlocked_on_its_page_is_so_where_it_comes_first(reader, locked_pair):
    first, second = locked_pair(True, False)
    reader.post(f"/{first}", {"password": f"{PASSWORD}0"})
    assert reader.get(f"/{first}/diff/{second}").status_code == 200
    assert reader.get(f"/{second}/diff/{first}").status_code == 401


def test_locked_paste_is_compared_with_itself(reader, locked_pair):
    slug = locked_pair(True)[0]
    unlock(reader, f"/{slug}/diff/{slug}", slug, f"{PASSWORD}0")
    assert reader.get(f"/{slug}/diff/{slug}").status_code == 200


def test_cookies_reach_the_one_paste_alone(client, locked_pair):
    first, second = locked_pair(True, True)
    address = f"/{first}/diff/{second}"
    answer = unlock(client, address, second, f"{PASSWORD}1")
    kept = {name: each["path"] for name, each in answer.cookies.items()}
    assert kept == {"unlock": f"/{second}", "unlock_other": address}
    answer = unlock(client, address, first, f"{PASSWORD}0")
    kept = {name: each["path"] for name, each in answer.cookies.items()}
    assert kept == {"unlock": f"/{first}", "unlock_other": f"/{second}/diff/{first}"}
    for each in answer.cookies.values():
        assert each["httponly"]
        assert each["samesite"] == "Lax"
        assert each["max-age"] == services.GRANT_SECONDS


@pytest.mark.threat("P4")
def test_grant_of_one_paste_opens_no_other(client, locked_pair):
    first, second = locked_pair(True, True)
    address = f"/{first}/diff/{second}"
    grant = services.unlock_paste(first, password=f"{PASSWORD}0", client=None)
    client.cookies["unlock"] = grant
    client.cookies["unlock_other"] = grant
    closed = client.get(address)
    assert closed.status_code == 401
    assert f"The paste {second} is locked" in closed.content.decode()
    assert SECRET not in closed.content.decode()


def test_wrong_password_opens_nothing_and_is_limited(client, locked_pair, settings):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "2/10m"
    first, second = locked_pair(False, True)
    address = f"/{first}/diff/{second}"
    for status in (403, 403, 429):
        answer = unlock(client, address, second, "wrong")
        assert answer.status_code == status
        assert not answer.cookies.get("unlock")
        assert not answer.cookies.get("unlock_other")
        page = answer.content.decode()
        assert SECRET not in page
        assert 'role="alert"' in page
        assert f'name="paste" value="{second}"' in page
    assert "Retry-After" in answer
    # The same allowance as on the paste's own page.
    assert client.post(f"/{second}", {"password": "wrong"}).status_code == 429


def test_password_is_sent_with_a_csrf_token_alone(browser_client, locked_pair):
    first, second = locked_pair(False, True)
    address = f"/{first}/diff/{second}"
    refused = unlock(browser_client, address, second, f"{PASSWORD}1")
    assert refused.status_code == 403
    assert "unlock_other" not in refused.cookies
    assert 'name="csrfmiddlewaretoken"' in browser_client.get(address).content.decode()


def test_password_for_a_third_paste_is_not_tried(client, locked_pair, make_paste):
    first, second = locked_pair(True, True)
    third = make_paste(SECRET, password="x").paste.slug
    answer = unlock(client, f"/{first}/diff/{second}", third, "x")
    assert answer.status_code == 302
    assert not answer.cookies


def test_comparison_of_a_locked_paste_is_kept_nowhere(reader, locked_pair):
    first, second = locked_pair(True, False)
    address = f"/{first}/diff/{second}"
    unlock(reader, address, first, f"{PASSWORD}0")
    assert reader.get(address).status_code == 200
    assert not kept_keys()


# What is not there, and what is read once


def test_burn_paste_is_not_compared_and_not_burned(client, make_paste):
    burn = make_paste(SECRET, title=TITLE, burn=True).paste.slug
    other = make_paste(OLD).paste.slug
    for address in (f"/{burn}/diff/{other}", f"/{other}/diff/{burn}"):
        for answer in (client.get(address), client.post(address, {"consent": "1"})):
            page = answer.content.decode()
            assert answer.status_code in (302, 409)
            assert SECRET not in page
            assert TITLE not in page
        page = client.get(address).content.decode()
        assert "can be read once, then it is gone" in page
        assert f'href="/{burn}"' in page
    assert services.open_paste(burn, consent=True, client=None).text == SECRET


def test_locked_burn_paste_says_so_only_once_unlocked(client, make_paste):
    burn = make_paste(SECRET, burn=True, password="x").paste.slug
    address = f"/{make_paste(OLD).paste.slug}/diff/{burn}"
    assert client.get(address).status_code == 401
    unlock(client, address, burn, "x")
    answer = client.get(address)
    assert answer.status_code == 409
    assert SECRET not in answer.content.decode()
    assert services.open_paste(burn, password="x", consent=True, client=None).text


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
def test_hidden_and_missing_pastes_are_as_everywhere(client, make_paste, is_first):
    other = make_paste(f"{SECRET}\n", password="x").paste.slug
    hidden = make_paste(f"{SECRET} hidden\n").paste.slug
    services.hide_paste(hidden, reason="spam", by=None)
    for slug, status in ((hidden, 410), ("1" * 12, 404)):
        pair = (slug, other) if is_first else (other, slug)
        answer = client.get("/{}/diff/{}".format(*pair))
        # Nobody types a password for a comparison that cannot be.
        assert answer.status_code == status
        assert SECRET not in answer.content.decode()


# The stylesheet


def test_every_background_of_a_text_can_be_read_on():
    source = STYLESHEET.read_text()
    site = (STYLESHEET.parent / "site.css").read_text()
    pair = r"light-dark\((#\w{6}), (#\w{6})\)"
    colours = {
        name: re.search(
            rf"--{name}: {pair}", source if f"--{name}:" in source else site
        )
        for name in ("gone", "gone-word", "come", "come-word", "shade", "ink", "soft")
    }
    for theme in (1, 2):
        for back in ("gone", "gone-word", "come", "come-word"):
            assert contrast(colours["ink"][theme], colours[back][theme]) >= 4.5
        for back in ("gone", "come", "shade"):
            assert contrast(colours["soft"][theme], colours[back][theme]) >= 4.5


def test_signs_are_in_the_stylesheet_and_kept_out_of_copies():
    source = STYLESHEET.read_text()
    assert '.diff ins::before { content: "+"; }' in source
    assert '.diff del::before { content: "−"; }' in source
    assert "forced-colors: active" in source


def test_characters_that_cannot_be_seen_are_named_above_a_comparison(
    browser_client, make_paste
):
    clean = make_paste("a\nb\n").paste.slug
    odd = make_paste("a\u202e\nb\u200b\n").paste.slug
    for path in (f"/{clean}/diff/{odd}", f"/{odd}/diff/{clean}"):
        page = browser_client.get(path).content.decode()
        assert "(RLO, ZWSP)" in page
        assert "highlight.css" in page
    page = browser_client.get(f"/{clean}/diff/{clean}").content.decode()
    assert "cannot be seen" not in page
