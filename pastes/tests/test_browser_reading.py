"""The paste's page in Chromium: copying, lines, wrapping, languages, large texts."""

import pytest

from pastes.tests.browsing import (
    PHONE,
    SOURCE,
    click_number,
    clipboard,
    create,
    heading,
    press,
    send,
    shown_text,
)

pytestmark = pytest.mark.browser

# Over one block of lines, with blank lines, tabs, and markup that must stay text.
TEXT = SOURCE.read_text() * 2 + "\n\n\n\t<b>tab</b> &amp;\t\n  \n\nlast\n"
SELECT = """() => {
  getSelection().selectAllChildren(document.getElementById("code"));
  return getSelection().toString();
}"""
LINES = "[...document.querySelectorAll('a.on')].map(each => Number(each.dataset.n))"


def is_in_view(page, line):
    top = page.locator(f"#L{line}").evaluate("each => each.getBoundingClientRect().top")
    return 0 <= top <= page.viewport_size["height"]


def copied(page):
    page.click("[data-copy-text]")
    page.wait_for_selector("text=Copied")
    return clipboard(page)


@pytest.mark.parametrize("syntax", ["python", "text"])
@pytest.mark.threat("X9")
def test_line_numbers_are_not_in_selected_text(page, syntax):
    page.goto(send(page, TEXT.encode(), syntax=syntax))
    # A browser never selects the last line feed of a block.
    assert page.evaluate(SELECT) == TEXT.removesuffix("\n")
    page.keyboard.press("Control+c")
    assert clipboard(page) == TEXT.removesuffix("\n")


TEXTS = {
    "lf": "one\n\n\ttwo  \n",
    "no_last_line_feed": "one\ntwo",
    "crlf": "one\r\n\r\ntwo\r\n",
    "crlf_no_last": "one\r\n\r\ntwo",
    "first_line_empty": "\n\none\n",
    "two_lines": "user: a\npassword: b\n",
    "mixed": "a\r\nb\nc\r\nd",
    "lone_cr": "a\rb\n",
    "escapes": "x\n\x1b[1mq\x1b[0m\nz",
    "nul": "a\0b\n\n",
    "only_line_feeds_at_the_end": "a\n\n\n",
    "odd": "a\u202eb\u200b\u00ad\ufeff\n",
    "quotes": "\"<b>&amp;'\x7f\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.threat("X9")
def test_copy_button_gives_the_very_text(page, text):
    page.goto(send(page, text.encode()))
    assert copied(page) == text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_copy_button_gives_the_very_text_of_a_burned_paste(page, text):
    page.goto(send(page, text.encode(), burn="1"))
    press(page, "Read it now")
    assert copied(page) == text


def test_link_to_a_line_marks_it_and_scrolls_there(page):
    link = send(page, TEXT.encode())
    page.goto(f"{link}#L150")
    assert page.evaluate(LINES) == [150]
    assert is_in_view(page, 150)


def test_link_to_lines_marks_all_of_them(page):
    link = send(page, TEXT.encode())
    page.goto(f"{link}#L203-L198")
    assert page.evaluate(LINES) == [198, 199, 200, 201, 202, 203]
    assert is_in_view(page, 198)
    page.evaluate("location.hash = 'L3-L9'")
    page.wait_for_selector("#L3.on", state="attached")
    assert page.evaluate(LINES) == [3, 4, 5, 6, 7, 8, 9]
    assert is_in_view(page, 3)


@pytest.mark.parametrize("fragment", ["#L0", "#L99999", "#L3-", "#nothing", "#L9e9"])
def test_link_to_no_line_marks_nothing(page, fragment):
    page.goto(send(page, TEXT.encode()) + fragment)
    assert page.evaluate(LINES) == []


def test_clicks_on_numbers_set_the_fragment_and_back_leaves_the_paste(page):
    page.goto("/about")
    link = send(page, TEXT.encode())
    page.goto(f"{link}#L2")
    click_number(page, 5)
    page.wait_for_url(f"{link}#L5")
    assert page.evaluate(LINES) == [5]
    page.keyboard.down("Shift")
    click_number(page, 9)
    page.keyboard.up("Shift")
    page.wait_for_url(f"{link}#L5-L9")
    assert page.evaluate(LINES) == [5, 6, 7, 8, 9]
    assert page.evaluate("getSelection().toString()") == ""
    # The line of the first address is no longer marked.
    bar = "each => getComputedStyle(each, '::after').content"
    assert page.locator("#L2").evaluate(bar) == "none"
    page.go_back()
    assert page.url.endswith("/about")


def test_wrapping_is_remembered(page):
    page.goto(send(page, b"word " * 1000))
    code = page.locator("#code")
    assert code.evaluate("each => each.scrollWidth > each.clientWidth")
    page.check("#wrap")
    assert code.evaluate("each => each.scrollWidth <= each.clientWidth")
    page.goto(send(page, b"more words " * 1000))
    assert page.is_checked("#wrap")
    assert code.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_language_menu_leads_to_the_languages_link(page):
    link = send(page, b"x = 1\n")
    page.goto(link)
    assert not page.get_by_role("button", name="Show").is_visible()
    page.select_option("#syntax", "ruby")
    page.wait_for_url(f"{link}.rb")
    assert page.input_value("#syntax") == "ruby"


def test_language_of_a_locked_paste_can_be_changed(page):
    link = create(page, "x = 1\n", password="secret")
    page.select_option("#syntax", "ruby")
    page.wait_for_url(f"{link}?syntax=ruby")
    assert shown_text(page) == "x = 1\n"


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_line_is_found_in_a_log_of_10_megabytes(open_page, screen):
    page = open_page(**screen)
    log = "".join(
        f"2026-01-01T00:00:{n % 60:02}Z worker[{n:06}]: GET /path/{n:06} 200 OK 9 ms\n"
        for n in range(1, 150_001)
    )
    assert 9_900_000 <= len(log) <= 10 * 1024 * 1024
    page.goto(send(page, log.encode()) + "#L120000-L120001")
    marked = page.evaluate_handle("[...CSS.highlights.get('lines')][0]")
    text = marked.evaluate("range => range.toString()")
    assert [line[28:34] for line in text.splitlines()] == ["120000", "120001"]
    place = marked.evaluate("range => range.getBoundingClientRect().top")
    assert 0 < place < page.viewport_size["height"]
    # The browser's own search sees what is far out of sight too.
    assert page.evaluate("window.find('worker[000017]', false, true)")
    assert page.evaluate("window.find('worker[149999]')")
    assert not page.evaluate("window.find('worker[150001]')")


def test_very_long_line_is_shown(page):
    line = "x = [" + "1, " * 33_331 + "1]\n"
    assert len(line) > 99_990
    page.goto(send(page, line.encode(), syntax="python"))
    assert shown_text(page) == line
    page.check("#wrap")
    assert page.locator("#code").evaluate(
        "each => each.scrollWidth <= each.clientWidth"
    )


ODD = {
    "escapes": "\\x1b[31m not \\0 \\u202e\n",
    "marks": "a" + "\u0300" * 5000 + "\u202eback\u2066\ufeff\u200b\n",
    "nearly_empty": ".\n",
    "blank_lines": "\n" * 5000 + "end\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_shown_as_it_is(page, text):
    page.goto(send(page, text.encode()))
    assert shown_text(page) == text
    assert heading(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


@pytest.mark.threat("X9")
def test_control_characters_are_seen_and_copied(page):
    text = "".join(map(chr, range(1, 32))) * 50 + "\n"
    page.goto(send(page, text.encode()))
    assert "\N{SYMBOL FOR ESCAPE}" in shown_text(page)
    assert copied(page) == text


@pytest.mark.threat("X1")
def test_script_in_a_paste_is_text(page):
    text = "<script>document.title = 'run'</script><img src=x onerror=alert(1)>\n"
    page.goto(send(page, text.encode(), title="<b>bold</b>", syntax="html"))
    assert shown_text(page) == text
    assert heading(page) == "<b>bold</b>"
    assert page.title().startswith("<b>bold</b>")


def test_unchanged_page_is_not_sent_again(page):
    link = send(page, TEXT.encode())
    page.goto(link)
    tag = page.request.get(link).headers["etag"]
    assert page.request.get(link, headers={"If-None-Match": tag}).status == 304
