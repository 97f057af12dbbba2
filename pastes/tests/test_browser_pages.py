"""The form and the owner's pages in Chromium: what people do there, and what goes wrong."""

import re
import subprocess

import pytest
from playwright.sync_api import expect

from pastes.tests.browsing import (
    LINK,
    SOURCE,
    clipboard,
    create,
    heading,
    open_form,
    press,
    send,
    shown_text,
)
from pastes.tests.conftest import running_site, watch

pytestmark = pytest.mark.browser

DROP = """(area, [name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const event = { dataTransfer: data, bubbles: true, cancelable: true };
  area.dispatchEvent(new DragEvent("dragover", event));
  area.dispatchEvent(new DragEvent("drop", event));
}"""
FOCUSED = "document.activeElement.id"


def choose(page, name, data):
    chosen = {"name": name, "mimeType": "", "buffer": data}
    page.set_input_files("#id_file", files=[chosen])


def raw(page, link=""):
    return page.request.get(f"{link or page.url}/raw").body()


def create_and_wait(page):
    press(page, "Create link")
    page.wait_for_url(LINK)


# Keys


def test_text_area_has_the_focus_and_ctrl_enter_sends(page):
    open_form(page)
    page.keyboard.type("typed")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(LINK)
    assert shown_text(page) == "typed\n"


def test_tab_indents_and_undo_works(page):
    open_form(page)
    page.keyboard.type("a")
    page.keyboard.press("Tab")
    assert page.input_value("#id_text") == "a\t"
    page.keyboard.press("Control+z")
    assert page.input_value("#id_text") in ("a", "")
    assert page.evaluate(FOCUSED) == "id_text"


def test_escape_then_tab_moves_on(page):
    open_form(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "id_file"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.input_value("#id_text") == "\t"


def test_shift_tab_leaves(page):
    open_form(page)
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) != "id_text"
    assert page.input_value("#id_text") == ""


def test_two_clicks_send_once(page):
    page.goto("/")
    page.fill("#id_text", "once\n")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Create link").dblclick(delay=20)
    page.wait_for_url(LINK)
    assert len([url for url in sent if url.endswith("/new")]) == 1


# Files


@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_file_lands_in_the_box(page, way):
    page.goto("/")
    text = SOURCE.read_text()
    if way == "chosen":
        choose(page, "opening.py", text.encode())
    else:
        page.locator("#id_text").evaluate(DROP, ["opening.py", text])
    expect(page.locator("#id_text")).to_have_value(text)
    assert page.input_value("#id_title") == "opening.py"
    assert not page.locator("#attached").is_visible()
    create_and_wait(page)
    assert raw(page) == text.encode()
    assert "Python" in page.inner_text(".facts")


@pytest.mark.parametrize(
    "data", [b"a\r\nb\r\n", b"long\n" * 110_000], ids=["crlf", "long"]
)
@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_file_that_a_box_would_change_is_attached(page, way, data):
    page.goto("/")
    if way == "chosen":
        choose(page, "notes.txt", data)
    else:
        page.locator("#id_text").evaluate(DROP, ["notes.txt", data.decode()])
    page.wait_for_selector("#attached >> text=will be sent as it is")
    assert page.input_value("#id_text") == ""
    create_and_wait(page)
    assert raw(page) == data
    assert heading(page) == "notes.txt"


def test_attached_file_can_be_left_out(page):
    page.goto("/")
    choose(page, "notes.txt", b"a\r\nb\r\n")
    press(page, "Leave it out")
    assert not page.locator("#attached").is_visible()
    page.fill("#id_text", "typed instead\n")
    create_and_wait(page)
    assert raw(page) == b"typed instead\n"


def test_file_that_is_no_text_is_refused_with_a_sentence(page):
    page.goto("/")
    choose(page, "photo.raw", b"\xff\xd8\xff\xe0 no text")
    page.wait_for_selector("#attached >> text=will be sent as it is")
    press(page, "Create link")
    assert "not UTF-8" in page.inner_text("#id_file_error")
    assert page.input_value("#id_file").endswith("photo.raw")


def test_file_never_replaces_what_was_typed(page):
    page.goto("/")
    page.fill("#id_text", "typed\n")
    choose(page, "notes.txt", b"from a file\n")
    assert "holds a text already" in page.inner_text("#attached")
    assert page.input_value("#id_text") == "typed\n"
    assert page.input_value("#id_file") == ""


def test_text_beside_an_attached_file_is_not_sent(page):
    page.goto("/")
    choose(page, "notes.txt", b"a\r\nb\r\n")
    page.wait_for_selector("#attached >> text=will be sent as it is")
    page.fill("#id_text", "typed\n")
    press(page, "Create link")
    assert "not both" in page.inner_text("#id_file_error")
    assert page.evaluate(FOCUSED) == "id_file"
    assert page.input_value("#id_file").endswith("notes.txt")
    press(page, "Leave it out")
    page.fill("#id_text", "typed on\n")
    create_and_wait(page)


# Refusals


def test_too_large_text_is_not_sent_and_not_lost(page):
    def with_small_limit(route):
        answer = route.fetch()
        html = answer.text().replace('"10485760"', '"1024"')
        route.fulfill(response=answer, body=html)

    page.route("/", with_small_limit)
    page.goto("/")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.fill("#id_text", "x" * 1023 + "é")
    press(page, "Create link")
    fault = page.inner_text("#id_text_error")
    assert fault == "The text has 2 KiB; this site takes up to 1 KiB."
    assert page.evaluate(FOCUSED) == "id_text"
    assert "POST" not in sent
    assert page.input_value("#id_text") == "x" * 1023 + "é"
    page.fill("#id_text", "x" * 1024)
    create_and_wait(page)


def test_too_large_file_is_not_taken(page):
    page.goto("/")
    page.evaluate("""() => {
      const chosen = new DataTransfer();
      chosen.items.add(new File([new Uint8Array(11 * 1024 * 1024)], "big.log"));
      const input = document.getElementById("id_file");
      input.files = chosen.files;
      input.dispatchEvent(new Event("change"));
    }""")
    said = page.inner_text("#attached")
    assert said == "big.log has 11.0 MiB; this site takes up to 10.0 MiB."
    assert page.input_value("#id_file") == ""


REFUSED = {
    "text": (" \n\t\n ", "Title", "1h", "no text here"),
    "title": ("\n text \n", "x" * 201, "1h", "at most 200"),
    "lifetime": ("text\n\n", "Title", "bogus", "not a lifetime"),
}


@pytest.mark.parametrize("field", REFUSED)
def test_refused_form_keeps_everything(page, field):
    text, title, lifetime, words = REFUSED[field]
    page.goto("/")
    page.evaluate("""() => {
      document.getElementById("id_title").removeAttribute("maxlength");
      document.getElementById("id_lifetime").append(new Option("bogus", "bogus"));
    }""")
    page.fill("#id_text", text)
    page.fill("#id_title", title)
    page.select_option("#id_lifetime", lifetime)
    page.select_option("#id_syntax", "ruby")
    page.fill("#id_password", "secret")
    page.check("#id_burn")
    press(page, "Create link")
    error = page.locator(f"#id_{field}_error")
    expect(error).to_contain_text(words)
    wrong = page.locator(f"#id_{field}")
    assert f"id_{field}_error" in wrong.get_attribute("aria-describedby")
    assert wrong.get_attribute("aria-invalid") == "true"
    assert page.evaluate(FOCUSED) == f"id_{field}"
    assert page.input_value("#id_text") == text
    assert page.input_value("#id_title") == title
    assert page.input_value("#id_syntax") == "ruby"
    assert page.is_checked("#id_burn")
    assert page.input_value("#id_password") == "secret"
    if lifetime != "bogus":
        assert page.input_value("#id_lifetime") == lifetime


def test_form_without_its_cookie_is_sent_with_a_fresh_one(page):
    page.goto("/")
    page.fill("#id_text", "kept\n")
    page.fill("#id_title", "Kept too")
    page.context.clear_cookies()
    create_and_wait(page)
    assert raw(page) == b"kept\n"
    assert heading(page) == "Kept too"


def test_back_after_an_error_keeps_the_text(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.fill("#id_text", "typed\n")
    page.evaluate(
        "document.getElementById('id_lifetime').append(new Option('bogus', 'bogus'))"
    )
    page.select_option("#id_lifetime", "bogus")
    press(page, "Create link")
    page.wait_for_selector("#id_lifetime_error")
    page.go_back()
    assert page.input_value("#id_text") == "typed\n"
    page.select_option("#id_lifetime", "1d")
    create_and_wait(page)


def test_limits_answer_with_the_text_still_there(chromium, tmp_path):
    faults = []
    settings = {"LIMIT_CREATE": "1/h", "PASTE_MAX_BYTES": "1000"}
    with running_site(tmp_path / "data", **settings) as small:
        context = chromium.new_context(base_url=small.url, java_script_enabled=False)
        page = context.new_page()
        watch(page, small.url, faults)
        create(page, "the only one\n")
        page.goto("/")
        page.fill("#id_text", "one too many\n")
        press(page, "Create link")
        assert "Too many pastes" in page.inner_text("[role=alert]")
        assert page.input_value("#id_text") == "one too many\n"
        page.fill("#id_text", "x" * 1001)
        press(page, "Create link")
        assert "too large" in page.inner_text("#id_text_error")
        assert page.input_value("#id_text") == "x" * 1001
        page.goto("/")
        page.fill("#id_text", "x" * 90_000)
        press(page, "Create link")
        assert heading(page) == "Too large"
        page.go_back()
        assert page.input_value("#id_text") == "x" * 90_000
        context.close()
    assert not faults


# Just created


@pytest.mark.parametrize(
    "options",
    [{}, {"password": "secret"}, {"burn": True}],
    ids=["plain", "lock", "burn"],
)
def test_new_paste_shows_its_link_and_once_its_token(page, options):
    link = create(page, "text\n", **options)
    assert page.inner_text("#link") == link
    press(page, "Copy link")
    page.get_by_role("button", name="Copied").wait_for()
    assert clipboard(page) == link
    page.locator(".created summary").filter(has_text="Owner token").click()
    token = page.inner_text("#token")
    assert len(token) >= 32
    press(page, "Copy token")
    page.get_by_role("button", name="Copied").first.wait_for()
    page.reload()
    assert token not in page.content()
    assert page.locator("#link").count() == 0


# What this browser made


def test_mine_lists_edits_and_deletes(page, open_page):
    page.goto("/mine")
    assert "No paste was made" in page.inner_text("main")
    kept = create(page, "one\n", title="First")
    burned = create(page, "two\n", title="Second", burn=True)
    reader = open_page()
    reader.goto(burned)
    press(reader, "Read it now")
    page.goto("/mine")
    second, first = page.locator(".list li").all()
    assert "read and burned just now" in second.inner_text()
    first.get_by_role("link", name="Edit First").click()
    page.fill("#id_text", "one, changed\n")
    press(page, "Save")
    page.wait_for_url(kept)
    assert shown_text(page) == "one, changed\n"
    assert "edited just now" in page.inner_text(".facts")
    page.goto("/mine")
    page.get_by_role("link", name="Delete First").click()
    press(page, "Delete")
    assert "The paste is deleted." in page.inner_text(".said")
    assert page.request.get(kept).status == 404


def test_delete_all_needs_its_tick(page):
    link = create(page, "one\n")
    page.goto("/mine")
    press(page, "Delete all")
    assert "Nothing is deleted" in page.inner_text(".said")
    assert page.request.get(link).status == 200
    page.check("#sure")
    press(page, "Delete all")
    assert "1 paste is deleted." in page.inner_text(".said")
    assert page.request.get(link).status == 404


# Editing


def test_edit_leaves_untouched_line_ends_as_they_are(page):
    page.goto("/")
    choose(page, "dos.txt", b"a\r\nb\nc\r\n")
    page.wait_for_selector("#attached >> text=will be sent as it is")
    create_and_wait(page)
    link = page.url
    page.click(".tools >> text=Edit")
    page.fill("#id_title", "Renamed")
    press(page, "Save")
    page.wait_for_url(link)
    assert heading(page) == "Renamed"
    read = subprocess.run(
        ["curl", "--silent", f"{link}/raw"], capture_output=True, check=True
    )
    assert read.stdout == b"a\r\nb\nc\r\n"


def test_locked_text_is_not_in_the_edit_form_without_its_password(page):
    link = create(page, "the secret text\n", password="secret")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="unlock")
    assert len(page.context.cookies()) < len(cookies)
    page.goto(f"{link}/edit")
    assert "the secret text" not in page.content()
    assert "is not shown here" in page.inner_text("main")
    page.check("#id_unlock")
    press(page, "Save")
    page.wait_for_url(link)
    assert shown_text(page) == "the secret text\n"
    assert raw(page) == b"the secret text\n"


def test_owner_token_lets_another_browser_edit(page, open_page):
    link = create(page, "mine\n")
    token = page.text_content("#token")
    other = open_page()
    other.goto(f"{link}/edit")
    other.fill("#id_owner_token", "wrong")
    other.fill("#id_text", "ours, long typed\n")
    press(other, "Save")
    error = other.locator("#id_owner_token_error")
    expect(error).to_contain_text("not the owner token")
    assert other.evaluate(FOCUSED) == "id_owner_token"
    assert other.input_value("#id_text") == "ours, long typed\n"
    other.fill("#id_owner_token", token)
    press(other, "Save")
    other.wait_for_url(link)
    assert shown_text(other) == "ours, long typed\n"


def test_fork_names_its_parent(page):
    link = send(page, b"first\n", title="Origin")
    page.goto(link)
    page.click(".tools >> text=Fork")
    assert heading(page) == "Fork of Origin"
    assert page.input_value("#id_text") == "first\n"
    page.fill("#id_text", "second\n")
    create_and_wait(page)
    assert shown_text(page) == "second\n"
    assert f"forked from {link[-12:]}" in page.inner_text(".facts")


# What is sent


def test_pages_send_little_and_run_nothing_inline(page, open_page):
    link = create(page, SOURCE.read_text())
    for path in ("/", link, "/mine", "/about"):
        # A browser that has nothing of the site yet.
        page = open_page()
        sent = {"script": 0, "stylesheet": 0}
        answers = []
        page.on("response", lambda answer, kept=answers: kept.append(answer))
        answer = page.goto(path)
        for each in answers:
            if each.request.resource_type in sent:
                size = each.request.sizes()["responseBodySize"]
                sent[each.request.resource_type] += size
        assert 0 < sent["stylesheet"] < 15_000, path
        assert sent["script"] < 20_000, path
        policy = answer.headers["content-security-policy"]
        assert "trusted-types 'none'" in policy
        assert "unsafe" not in policy
        html = answer.text()
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html)
