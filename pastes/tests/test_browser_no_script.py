"""Every page does its work without JavaScript."""

import pytest

from pastes.tests.browsing import SOURCE, click_number, create, press, send, shown_text

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page):
    return open_page(java_script_enabled=False)


def test_buttons_that_need_a_script_are_not_shown(page):
    create(page, "text\n")
    assert page.locator("[data-copy], [data-copy-text]").count() == 4
    for button in page.locator("[data-copy], [data-copy-text]").all():
        assert not button.is_visible()
    page.goto("/")
    assert not page.locator("#keys").is_visible()


def test_file_is_sent_as_it_is(page):
    page.goto("/")
    crlf = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"a\r\nb\r\n"}
    page.set_input_files("#id_file", files=[crlf])
    press(page, "Create link")
    assert page.request.get(f"{page.url}/raw").body() == b"a\r\nb\r\n"


def test_refused_form_keeps_what_was_typed(page):
    page.goto("/")
    page.fill("#id_text", " \n\t\n ")
    page.fill("#id_title", "A title")
    page.select_option("#id_lifetime", "1d")
    page.fill("#id_password", "secret")
    press(page, "Create link")
    assert page.input_value("#id_text") == " \n\t\n "
    assert page.input_value("#id_title") == "A title"
    assert page.input_value("#id_lifetime") == "1d"
    assert page.input_value("#id_password") == ""
    assert "no text here" in page.inner_text("#id_text_error")


def test_lines_wrap(page):
    page.goto(send(page, b"word " * 1000))
    code = page.locator("#code")
    assert code.evaluate("each => each.scrollWidth > each.clientWidth")
    page.check("#wrap")
    assert code.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_language_is_chosen_with_a_button(page):
    link = send(page, b"x = 1\n")
    page.goto(link)
    page.select_option("#syntax", "ruby")
    press(page, "Show")
    assert page.url == f"{link}.rb"
    assert page.input_value("#syntax") == "ruby"


def test_line_numbers_are_links_that_mark(page):
    link = send(page, SOURCE.read_bytes())
    page.goto(link)
    click_number(page, 3)
    page.wait_for_url(f"{link}#L3")
    bar = page.locator("#L3").evaluate(
        "each => getComputedStyle(each, '::after').width"
    )
    assert bar != "auto"


def test_owner_edits_and_deletes(page):
    link = create(page, "one\n")
    page.click(".tools >> text=Edit")
    page.fill("#id_text", "two\n")
    press(page, "Save")
    assert shown_text(page) == "two\n"
    page.goto("/mine")
    page.click(f"[href='/{link[-12:]}/delete']")
    press(page, "Delete")
    assert "deleted" in page.inner_text(".said")
    assert page.goto(link).status == 404


def test_fork_carries_the_text_over(page):
    link = send(page, b"first\n", title="Origin")
    page.goto(f"{link}/fork")
    assert page.input_value("#id_text") == "first\n"
    press(page, "Create link")
    assert page.url != link
    assert link[-12:] in page.locator(".facts").inner_text()
