"""Lines in Chromium: choosing several, by click and by keys, copying them and their link."""

import re

import pytest
from playwright.sync_api import expect

from pastes.tests.browsing import (
    PHONE,
    click_number,
    clipboard,
    create,
    open_form,
    press,
    send,
)

pytestmark = pytest.mark.browser

TEXT = "".join(f"line {n}\n" for n in range(1, 301))
LINES = "[...document.querySelectorAll('a.on')].map(each => Number(each.dataset.n))"


def chosen(page):
    return page.evaluate(LINES)


def go_to(page, words):
    page.keyboard.press("g")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_link_to_several_ranges_marks_them_all(page):
    page.goto(send(page, TEXT.encode()) + "#L3-L5,L9,L250")
    assert chosen(page) == [3, 4, 5, 9, 250]
    assert page.inner_text("#chosen-lines") == "Lines 3–5, 9, 250"


def test_clicks_with_control_add_lines_and_shift_makes_ranges(page):
    link = send(page, TEXT.encode())
    page.goto(link)
    click_number(page, 2)
    page.keyboard.down("Control")
    click_number(page, 6)
    page.keyboard.up("Control")
    page.keyboard.down("Shift")
    click_number(page, 8)
    page.keyboard.up("Shift")
    page.wait_for_url(f"{link}#L2,L6-L8")
    assert chosen(page) == [2, 6, 7, 8]
    # What touches becomes one.
    page.keyboard.down("Control")
    click_number(page, 5)
    page.keyboard.up("Control")
    page.wait_for_url(f"{link}#L2,L5-L8")


def test_second_click_on_the_chosen_line_lets_it_go(page):
    link = send(page, TEXT.encode())
    page.goto(link)
    click_number(page, 2)
    assert chosen(page) == [2]
    click_number(page, 2)
    assert chosen(page) == []
    page.wait_for_url(link)
    expect(page.locator("#chosen")).to_be_hidden()


def test_lines_are_chosen_by_keys_alone(page):
    link = send(page, TEXT.encode())
    page.goto(link)
    go_to(page, "200-203, 7")
    page.wait_for_url(f"{link}#L7,L200-L203")
    assert chosen(page) == [7, 200, 201, 202, 203]
    # The text has the focus again: arrows scroll it.
    assert page.evaluate("document.activeElement.id") == "code"
    page.keyboard.press("x")
    assert chosen(page) == []
    page.wait_for_url(link)


def test_what_names_no_line_stays_to_be_mended(page):
    page.goto(send(page, TEXT.encode()))
    go_to(page, "abc")
    assert page.input_value("#line") == "abc"
    assert chosen(page) == []


def test_chosen_lines_and_their_link_are_copied(page):
    link = send(page, TEXT.encode())
    page.goto(link)
    go_to(page, "3-4, 9")
    press(page, "Copy lines")
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == "line 3\nline 4\nline 9\n"
    page.keyboard.press("Shift+L")
    page.locator("#copy-lines-link").filter(has_text="Copied").wait_for()
    assert clipboard(page) == f"{link}#L3-L4,L9"


def test_lines_of_a_large_text_are_copied_without_numbers(page):
    text = "".join(f"entry {n}\n" for n in range(1, 60_001))
    page.goto(send(page, text.encode()))
    go_to(page, "59999-60000")
    assert page.inner_text("#chosen-lines") == "Lines 59999–60000"
    press(page, "Copy lines")
    page.locator("#copy-lines").filter(has_text="Copied").wait_for()
    assert clipboard(page) == "entry 59999\nentry 60000\n"


@pytest.mark.parametrize(
    "text", ["a\r\nb\r\nc", "\x1b[1mq\x1b[0m\n\0\nlast", "a\u202eb\n\tc\n"]
)
def test_copied_lines_are_those_of_the_very_text(page, text):
    page.goto(send(page, text.encode()))
    go_to(page, "1-9")
    press(page, "Copy lines")
    page.locator("#copy-lines").filter(has_text="Copied").wait_for()
    assert clipboard(page) == text


def test_line_that_is_none_is_said_and_can_be_mended(page):
    page.goto(send(page, TEXT.encode()))
    go_to(page, "9999")
    assert page.input_value("#line") == "9999"
    fault = page.locator("#line").evaluate("each => each.validationMessage")
    assert "There are 300 lines" in fault
    page.fill("#line", "3-4")
    page.keyboard.press("Enter")
    assert chosen(page) == [3, 4]
    expect(page.locator("#announced")).to_have_text("Lines 3–4")


@pytest.mark.parametrize("fragment", ["#100%", "#%zz", "#L1,%", "#,,,", "#L1-"])
def test_fragment_that_is_none_breaks_nothing(page, fragment):
    page.goto(send(page, TEXT.encode()) + fragment)
    assert chosen(page) == []
    go_to(page, "7")
    assert chosen(page) == [7]


def test_crafted_link_does_not_freeze_the_page(page):
    link = send(page, TEXT.encode())
    page.goto(f"{link}#{','.join(['L1-L20000'] * 2000)}")
    assert len(chosen(page)) == 300
    assert page.inner_text("#chosen-lines") == "Lines 1–20000"


def test_lines_of_a_large_text_are_numbered_and_chosen_by_click(page):
    text = "".join(f"entry {n}\n" for n in range(1, 60_001))
    link = send(page, text.encode())
    page.goto(f"{link}#L1000")
    block = page.locator("#L501")
    numbers = "each => each.dataset.numbers?.split('\\n') ?? []"
    expect(block).to_have_attribute("data-numbers", re.compile("^501\n"))
    assert block.evaluate(numbers) == [str(n) for n in range(501, 1001)]
    box = block.evaluate("each => each.getBoundingClientRect().toJSON()")
    height = float(
        block.evaluate("each => parseFloat(getComputedStyle(each).lineHeight)")
    )
    page.mouse.click(box["x"] + 10, box["y"] + height * 497.5)
    page.wait_for_url(f"{link}#L998")
    assert page.locator("#code").text_content() == text


def test_range_is_chosen_by_two_taps(open_page):
    page = open_page(**PHONE)
    link = send(page, TEXT.encode())
    page.goto(link)
    click_number(page, 2)
    press(page, "To …")
    click_number(page, 5)
    page.wait_for_url(f"{link}#L2-L5")
    click_number(page, 9)
    page.wait_for_url(f"{link}#L9")


def test_lines_of_a_locked_paste_are_kept_through_its_password(page, open_page):
    link = create(page, TEXT, password="secret")
    reader = open_page()
    reader.goto(f"{link}#L7")
    reader.fill("#id_password", "secret")
    press(reader, "Unlock")
    reader.wait_for_selector("#code")
    reader.wait_for_url(f"{link}#L7")
    assert chosen(reader) == [7]


def test_leaving_a_burned_text_asks_until_it_was_copied(page):
    page.goto(send(page, b"once\n", burn="1"))
    press(page, "Read it now")
    # The page that asked has a title to click on as well.
    expect(page.locator("#code")).to_have_text("once\n")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator("#code")).to_have_text("once\n")
    assert asked == ["beforeunload"]
    page.keyboard.press("c")
    expect(page.locator("#announced")).to_have_text("Copied")
    page.keyboard.press("n")
    page.wait_for_url("**/")
    assert asked == ["beforeunload"]


def test_link_to_a_heading_works_by_its_name(page):
    text = "# One\n" + "words\n\n" * 200 + "## Second part\n\nmore\n"
    page.goto(send(page, text.encode(), syntax="markdown") + "#second-part")
    top = page.locator("#prose-second-part").evaluate(
        "each => each.getBoundingClientRect().top"
    )
    assert 0 <= top < 800


def test_link_to_a_line_of_markdown_shows_the_source(page):
    link = send(page, b"# One\n\ntwo\n", syntax="markdown")
    page.goto(f"{link}#L3")
    page.wait_for_url(f"{link}?view=source#L3")
    assert chosen(page) == [3]


# Keys


def test_keys_are_listed_and_do_what_the_list_says(page):
    link = send(page, TEXT.encode())
    page.goto(link)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    listed = dialog.locator("dt").all_inner_texts()
    controls = page.locator("[aria-keyshortcuts]").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-keyshortcuts'))"
    )
    assert sorted(listed) == sorted(each.replace("+", " ") for each in controls)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("w")
    assert page.is_checked("#wrap")
    page.keyboard.press("c")
    page.locator("[data-copy-text]").filter(has_text="Copied").wait_for()
    assert clipboard(page) == TEXT
    page.keyboard.press("l")
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == link
    # The menu is open, so that what its button says is seen; its own key closes it.
    expect(page.locator(".share img")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator(".share img")).to_be_hidden()
    page.keyboard.press("t")
    page.wait_for_selector("html[data-theme=light]")
    page.keyboard.press("y")
    expect(page.locator("#syntax")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("f")
    page.wait_for_url(f"{link}/fork")


def test_views_follow_one_another_by_key(page):
    link = send(page, b"# One\n\n- two\n", syntax="markdown")
    page.goto(link)
    page.keyboard.press("v")
    page.wait_for_url(f"{link}?view=source")
    page.keyboard.press("v")
    page.wait_for_url(link)


def test_keys_with_control_are_the_browsers(page):
    page.goto(send(page, TEXT.encode()))
    page.keyboard.press("Control+w")
    page.keyboard.press("Alt+w")
    assert not page.is_checked("#wrap")


def test_keys_of_a_letter_are_text_in_a_field(page):
    open_form(page)
    page.keyboard.type("new? more")
    assert page.input_value("#id_text") == "new? more"
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_of_a_letter_can_be_turned_off(page):
    page.goto(send(page, TEXT.encode()))
    press(page, "Keys")
    page.get_by_role("checkbox", name="Keys of a single letter work").uncheck()
    press(page, "Close")
    page.reload()
    page.keyboard.press("w")
    assert not page.is_checked("#wrap")
    press(page, "Keys")
    assert not page.is_checked("#letter-keys")


# Menus and the theme


def test_menu_closes_by_escape_and_by_a_click_elsewhere(page):
    create(page, TEXT)
    share = page.locator(".tools .share")
    share.locator("summary").click()
    assert share.evaluate("each => each.open")
    page.keyboard.press("Escape")
    assert not share.evaluate("each => each.open")
    assert page.evaluate("document.activeElement.textContent") == "Share"
    share.locator("summary").click()
    page.locator(".tools summary").filter(has_text="Manage").click()
    assert not share.evaluate("each => each.open")
    page.locator("h1").click()
    assert page.locator(".tools .menu[open]").count() == 0


def test_code_of_the_link_is_fetched_when_it_is_asked_for(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    link = send(page, TEXT.encode())
    page.goto(link)
    page.wait_for_load_state("networkidle")
    assert f"{link}/qr.svg" not in asked
    with page.expect_response(f"{link}/qr.svg"):
        page.locator(".tools .share summary").click()
    width = page.locator(".share img").evaluate(
        "each => each.decode().then(() => each.naturalWidth)"
    )
    assert width > 0


PAPER = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_theme_is_chosen_and_kept(open_page, script):
    page = open_page(color_scheme="light", java_script_enabled=script)
    link = send(page, TEXT.encode())
    page.goto(link)
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"
    press(page, "Dark")
    page.wait_for_selector("html[data-theme=dark]")
    assert page.evaluate(PAPER) == "rgb(21, 24, 28)"
    page.wait_for_url(link)
    page.goto("/about")
    assert page.evaluate(PAPER) == "rgb(21, 24, 28)"
    pressed = page.get_by_role("button", name="Dark", pressed=True)
    assert pressed.count() == 1
    press(page, "Auto")
    page.wait_for_selector("html:not([data-theme])")
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"


def test_theme_is_changed_without_leaving_what_was_burned(page):
    page.goto(send(page, b"once\n", burn="1"))
    press(page, "Read it now")
    assert page.get_by_role("button", name="Dark").count() == 0
    assert page.locator("#code").text_content() == "once\n"


def test_wrapping_is_kept_without_a_jump(page):
    """The server draws the choice: no script has to correct it after the first frame."""
    page.goto(send(page, b"word " * 1000))
    page.keyboard.press("w")
    html = page.request.get(send(page, b"more " * 1000)).text()
    assert 'id="wrap" aria-keyshortcuts="w" checked' in html


def test_warm_page_is_one_request(page):
    link = send(page, TEXT[:1000].encode())
    page.goto(link)
    page.wait_for_load_state("networkidle")
    page.goto("/about")
    page.wait_for_load_state("networkidle")
    page.goto(link)
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').map(each => [each.name, each.transferSize])"
    )
    assert len(sizes) >= 5
    assert [name for name, size in sizes if size] == []
    # Nor in a year: each is asked for by the name that lasts for ever.
    names = [name for name, _ in sizes]
    assert all(
        re.search(r"/static/pastes/\w+\.[0-9a-f]{12}\.\w+$", each) for each in names
    )
    assert len(names) == len(set(names))


SHIFTS = """() => new Promise(resolve => {
  let sum = 0;
  const add = entries => entries.forEach(each => { sum += each.value; });
  const observer = new PerformanceObserver(list => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    add(observer.takeRecords());
    resolve(sum);
  })));
})"""


def test_nothing_moves_while_a_page_loads(page):
    link = send(page, TEXT.encode(), syntax="python")
    for path in (link, "/", "/about", "/mine", "/clients"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(SHIFTS) < 0.02, path


def test_right_to_left_text_reads_from_the_right(page):
    page.goto(send(page, "שלום עולם\nhello world\n".encode()))
    edges = page.evaluate("""() => {
      const texts = document.createTreeWalker(document.getElementById("code"), 4);
      const found = {};
      while (texts.nextNode()) {
        const range = new Range();
        range.selectNodeContents(texts.currentNode);
        const box = range.getClientRects()[0];
        found[texts.currentNode.data.trim()[0]] = [box.left, box.right];
      }
      return found;
    }""")
    assert edges["ש"][1] > edges["h"][1] + 100
    number = page.locator("#L1").evaluate(
        "each => getComputedStyle(each, '::before').left"
    )
    assert number == "0px"


def test_print_shows_the_paste_and_its_link_alone(page):
    link = send(page, b"word " * 1000 + b"\nlast\n", title="To print")
    page.goto(link)
    page.emulate_media(media="print", color_scheme="dark")
    shown = page.inner_text("body")
    assert shown.count(link) == 1
    for word in ("Raw", "About", "Wrap lines", "Keys"):
        assert word not in shown
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"
