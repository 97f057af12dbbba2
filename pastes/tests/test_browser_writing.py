"""Writing, in Chromium: drafts, the guess, files, and sends that go wrong."""

import json
import re

import pytest
from playwright.sync_api import expect

from pastes.tests.browsing import LINK, create, heading, open_form, press, shown_text

pytestmark = pytest.mark.browser
FOCUSED = "document.activeElement.id"
PYTHON = "import os\n\n\ndef name(path):\n    return os.path.basename(path)\n"
LONG = ("a line of the long text " * 160 + "\n") * 125
PASTE_FILE = """(text, [name, type, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(content)], name, { type }));
  text.dispatchEvent(new ClipboardEvent("paste", {
    clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def rough_page(chromium, site):
    """A page whose network fails: the console may tell so, but no script may break."""
    context = chromium.new_context(base_url=site.url, locale="en-US")
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert not faults


def drafts(page):
    """Return what is kept in the browser, by the name of what is written."""
    return json.loads(
        page.evaluate("""() => JSON.stringify(Object.fromEntries(
          Object.entries(localStorage).filter(([key]) => key.startsWith("draft:"))
            .map(([key, value]) => [key.split(":").slice(1, -1).join(":"),
              JSON.parse(value).text])))""")
    )


def wait_for_draft(page, text, name="new"):
    """Wait until the text is kept; each tab keeps its own under its name and an id."""
    kept = """([name, text]) => Object.entries(localStorage).some(([key, value]) =>
      key.startsWith(`draft:${name}:`) && JSON.parse(value).text === text)"""
    page.wait_for_function(kept, arg=[name, text])


def write(page, text):
    """Type into the form, and wait until it is kept."""
    page.goto("/")
    page.fill("#id_text", text)
    wait_for_draft(page, text)


def reopen(page, path="/"):
    """Close the tab and open the address in another one of the same browser."""
    other = page.context.new_page()
    page.close()
    other.goto(path)
    settle(other)
    return other


def settle(page):
    """Wait until the form has looked for drafts: it holds its own key from then on."""
    page.wait_for_function(
        """() => !document.getElementById("paste-form")
          || Object.keys(sessionStorage).some((key) => key.startsWith("draft:"))"""
    )


def asks_before_leaving(page):
    """Return whether the page asks for leave to go, as a browser finds out."""
    return not page.evaluate(
        "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )


def said(page):
    return page.locator("#said")


# The guess


def test_guess_is_shown_and_is_the_one_that_is_stored(page):
    page.goto("/")
    page.fill("#id_text", PYTHON)
    expect(page.locator("#guess")).to_have_text("Guess: Python")
    page.select_option("#id_syntax", "ruby")
    expect(page.locator("#guess")).to_have_text("")
    page.select_option("#id_syntax", "")
    expect(page.locator("#guess")).to_have_text("Guess: Python")
    press(page, "Create link")
    page.wait_for_url(LINK)
    assert "Python" in page.inner_text(".facts")


def test_files_name_counts_for_the_guess_of_an_attached_file_too(page):
    page.goto("/")
    file = {"name": "a.rs", "mimeType": "text/plain", "buffer": b"no clue\r\n"}
    page.set_input_files("#id_file", files=[file])
    expect(page.locator("#guess")).to_have_text("Guess: Rust")


@pytest.mark.parametrize("way", ["password", "burn"])
def test_secret_text_is_neither_guessed_nor_kept(page, way):
    page.goto("/")
    page.fill("#id_text", "one more thing\n")
    wait_for_draft(page, "one more thing\n")
    expect(page.locator("#guess")).to_have_text("Guess: Plain text")
    if way == "password":
        page.type("#id_password", "x")
    else:
        page.check("#id_burn")
    assert drafts(page) == {}
    expect(page.locator("#guess")).to_have_text("")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("#id_text", PYTHON)
    page.clock.install()
    page.clock.run_for(5000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert drafts(page) == {}
    assert not asked
    other = reopen(page)
    assert other.input_value("#id_text") == ""


def test_nothing_moves_when_the_guess_and_the_progress_come(page):
    page.goto("/")
    button = page.get_by_role("button", name="Create link")
    before = button.bounding_box()
    page.fill("#id_text", PYTHON)
    expect(page.locator("#guess")).to_have_text("Guess: Python")
    page.evaluate("document.getElementById('sending').hidden = false")
    assert button.bounding_box() == before


# Drafts


def test_unsent_text_outlives_its_tab_and_is_gone_when_sent(page):
    page.goto("/")
    page.fill("#id_title", "A title")
    page.fill("#id_text", "precious\n")
    wait_for_draft(page, "precious\n")
    other = reopen(page)
    expect(other.locator("#id_text")).to_have_value("precious\n")
    assert other.input_value("#id_title") == "A title"
    assert "is back in the box" in other.inner_text("#draft")
    expect(said(other)).to_have_text(other.inner_text("#draft-words"))
    press(other, "Create link")
    other.wait_for_url(LINK)
    assert drafts(other) == {}
    assert heading(other) == "A title"
    last = reopen(other)
    assert last.input_value("#id_text") == ""
    assert not last.locator("#draft").is_visible()


def test_last_letters_are_kept_when_the_tab_closes_at_once(page):
    write(page, "one")
    page.fill("#id_text", "one, two")
    page.goto("/about")
    assert drafts(page) == {"new": "one, two"}


def test_draft_is_discarded_and_the_discarding_undone(page):
    write(page, "precious\n")
    other = reopen(page)
    press(other, "Discard")
    assert other.input_value("#id_text") == ""
    assert drafts(other) == {}
    assert other.evaluate(FOCUSED) == "id_text"
    expect(said(other)).to_have_text("Discarded.")
    other.keyboard.press("Control+z")
    assert other.input_value("#id_text") == "precious\n"


def test_drafts_of_a_new_paste_a_fork_and_an_edit_stay_apart(page):
    link = create(page, "stored\n")
    slug = link[-12:]
    write(page, "new\n")
    for way in ("fork", "edit"):
        page.goto(f"{link}/{way}")
        assert page.input_value("#id_text") == "stored\n"
        assert not page.locator("#draft").is_visible()
        page.fill("#id_text", f"{way}ed\n")
        wait_for_draft(page, f"{way}ed\n", f"{way}:{slug}")
    assert drafts(page)["new"] == "new\n"
    page.goto("/about")
    other = reopen(page, f"{link}/edit")
    assert other.input_value("#id_text") == "stored\n"
    press(other, "Bring it back")
    assert other.input_value("#id_text") == "edited\n"
    press(other, "Save")
    other.wait_for_url(link)
    assert shown_text(other) == "edited\n"
    assert drafts(other) == {"new": "new\n", f"fork:{slug}": "forked\n"}


def test_storage_that_is_full_or_off_is_no_fault(page):
    page.add_init_script("""
      Storage.prototype.setItem = () => { throw new DOMException("full"); };
      Storage.prototype.getItem = () => { throw new DOMException("off"); };
    """)
    link = create(page, "all the same\n")
    assert page.url == link


def test_very_long_text_is_no_draft(page):
    write(page, "short\n")
    page.evaluate(
        """() => {
          const text = document.getElementById("id_text");
          text.value = "x".repeat(600000);
          text.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    page.wait_for_function("() => localStorage.length === 0")
    assert asks_before_leaving(page)


def test_draft_on_offer_outlives_what_is_typed_beside_it(page):
    link = create(page, "stored\n")
    name = f"edit:{link[-12:]}"
    page.goto(f"{link}/edit")
    page.fill("#id_text", "first\n")
    wait_for_draft(page, "first\n", name)
    page.goto("/about")
    other = reopen(page, f"{link}/edit")
    expect(other.locator("#draft")).to_contain_text("not sent it")
    other.fill("#id_text", "second\n")
    wait_for_draft(other, "second\n", name)
    other.reload()
    other.goto("/about")
    other.goto(f"{link}/edit")
    expect(other.locator("#draft")).to_be_visible()
    press(other, "Discard")
    assert other.input_value("#id_text") == "stored\n"
    press(other, "Bring it back")
    assert other.input_value("#id_text") == "first\n"
    expect(other.locator("#draft")).to_be_hidden()
    press(other, "Save")
    other.wait_for_url(link)
    assert drafts(other) == {}


def test_two_tabs_keep_two_drafts(page):
    write(page, "of the one\n")
    other = page.context.new_page()
    other.goto("/")
    settle(other)
    assert other.input_value("#id_text") == ""
    other.fill("#id_text", "of the other\n")
    wait_for_draft(other, "of the other\n")
    wait_for_draft(page, "of the one\n")
    press(other, "Create link")
    other.wait_for_url(LINK)
    assert drafts(page) == {"new": "of the one\n"}
    last = reopen(page)
    expect(last.locator("#id_text")).to_have_value("of the one\n")


def test_only_the_newest_ten_drafts_are_kept(page):
    page.goto("/about")
    page.evaluate("""() => { for (let n = 0; n < 12; n += 1) {
      const draft = { at: Date.now() - n * 1000, text: `text ${n}` };
      localStorage.setItem(`draft:new:${n}`, JSON.stringify(draft));
    } localStorage.setItem("draft:new:old", JSON.stringify({ at: 1, text: "old" })); }""")
    other = reopen(page)
    expect(other.locator("#id_text")).to_have_value("text 0")
    kept = other.evaluate("Object.keys(localStorage).sort()")
    assert kept == [f"draft:new:{n}" for n in range(10)]


def test_draft_remembers_its_lifetime_and_language(page):
    page.goto("/")
    default = page.input_value("#id_lifetime")
    chosen = page.locator("#id_lifetime option").evaluate_all(
        "all => all.find((each) => !each.selected).value"
    )
    page.select_option("#id_lifetime", chosen)
    page.select_option("#id_syntax", "ruby")
    page.fill("#id_text", "precious\n")
    wait_for_draft(page, "precious\n")
    other = reopen(page)
    expect(other.locator("#id_text")).to_have_value("precious\n")
    assert other.input_value("#id_lifetime") == chosen
    assert other.input_value("#id_syntax") == "ruby"
    press(other, "Discard")
    assert other.input_value("#id_lifetime") == default
    assert other.input_value("#id_syntax") == ""


def test_page_asks_before_a_text_that_nothing_keeps_is_left(page):
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    write(page, "kept\n")
    assert not asks_before_leaving(page)
    page.type("#id_password", "x")
    assert asks_before_leaving(page)
    page.once("dialog", stay)
    page.locator("header a").first.evaluate("each => { each.href = '/about'; }")
    page.locator("header a").first.click(no_wait_after=True)
    expect(page.locator("#id_text")).to_have_value("kept\n")
    assert asked == ["beforeunload"]
    page.on("dialog", stay)
    press(page, "Create link")
    page.wait_for_url(LINK)
    assert asked == ["beforeunload"]


# Files from the clipboard


def test_file_is_pasted_into_the_box(page):
    open_form(page)
    content = list(b"fn main() {}\n")
    page.locator("#id_text").evaluate(PASTE_FILE, ["main.rs", "", content])
    expect(page.locator("#id_text")).to_have_value("fn main() {}\n")
    assert page.input_value("#id_title") == "main.rs"
    expect(said(page)).to_have_text("The text of main.rs is in the box.")
    expect(page.locator("#guess")).to_have_text("Guess: Rust")


def test_pasted_picture_is_refused_at_once(page):
    open_form(page)
    content = [0x89, 0x50, 0x4E, 0x47, 0xFF]
    page.locator("#id_text").evaluate(PASTE_FILE, ["shot.png", "image/png", content])
    expect(page.locator("#attached")).to_contain_text("shot.png is a picture.")
    press(page, "Create link")
    assert "Only text" in page.inner_text("#id_file_error")


def test_title_and_errors_go_with_their_file(page):
    page.goto("/")
    file = {"name": "a.rs", "mimeType": "text/plain", "buffer": b"one\r\n"}
    page.set_input_files("#id_file", files=[file])
    expect(page.locator("#id_title")).to_have_value("a.rs")
    page.fill("#id_text", "and a text")
    press(page, "Create link")
    expect(page.locator("#id_file_error")).to_contain_text("not both")
    press(page, "Leave it out")
    assert page.input_value("#id_title") == ""
    assert page.locator("#id_file_error").inner_text() == ""
    assert page.get_attribute("#id_file", "aria-invalid") is None
    page.fill("#id_text", "")
    page.set_input_files("#id_file", files=[file])
    expect(page.locator("#id_title")).to_have_value("a.rs")
    page.set_input_files("#id_file", files=[file | {"name": "b.rs"}])
    expect(page.locator("#id_title")).to_have_value("b.rs")


DROP_FILE = """(each) => {
  const data = new DataTransfer();
  data.items.add(new File(["dropped\\n"], "a.txt"));
  const event = (type) => new DragEvent(type, {
    dataTransfer: data, bubbles: true, cancelable: true });
  return ["dragover", "drop"].map((type) => each.dispatchEvent(event(type)));
}"""


def test_file_dropped_beside_the_box_is_taken(page):
    page.goto("/")
    # False: the browser is kept from opening the file.
    assert page.locator("main").evaluate(DROP_FILE) == [False, False]
    expect(page.locator("#id_text")).to_have_value("dropped\n")
    assert page.input_value("#id_title") == "a.txt"


# Sends that go wrong


def test_offline_form_keeps_all_and_is_sent_later(rough_page):
    page = rough_page
    page.goto("/")
    page.fill("#id_text", "kept\n")
    page.fill("#id_password", "secret")
    page.context.set_offline(True)
    press(page, "Create link")
    expect(page.locator("#problem")).to_contain_text("You are offline.")
    assert page.input_value("#id_text") == "kept\n"
    assert page.input_value("#id_password") == "secret"
    page.context.set_offline(False)
    press(page, "Create link")
    page.wait_for_url(LINK)
    assert page.request.get(page.url).status in (200, 401)
    assert page.locator(".created").is_visible()


ANSWERS = {
    "unreachable": (0, {}, "", "The site did not answer"),
    "proxy's 413": (413, {}, "<h1>413</h1>", "too large"),
    "proxy's 429": (429, {"Retry-After": "90"}, "", "Try again in 2 minutes."),
    "proxy's 502": (502, {}, "<h1>Bad Gateway</h1>", "in trouble"),
    "proxy's 503": (503, {"Retry-After": "30"}, "", "Try again in 30 seconds."),
    "nothing": (200, {}, "", "not understood (status 200)"),
    "a foreign page": (200, {}, "<h1>Sign in to this Wi-Fi</h1>", "not understood"),
    "the site's sentence": (
        429,
        {"Content-Type": "application/json"},
        '{"sentence": "Too many pastes.", "errors": {}}',
        "Too many pastes.",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_that_is_no_paste_is_worded_and_tried_again(rough_page, name):
    status, headers, body, words = ANSWERS[name]
    page = rough_page

    def answer(route):
        if not status:
            return route.abort()
        return route.fulfill(status=status, headers=headers, body=body)

    page.goto("/")
    page.fill("#id_text", "kept\n")
    page.route("**/new", answer)
    press(page, "Create link")
    expect(page.locator("#problem")).to_contain_text(words)
    assert page.input_value("#id_text") == "kept\n"
    assert page.url.endswith("/")
    page.unroute("**/new")
    press(page, "Create link")
    page.wait_for_url(LINK)


def test_form_that_never_gets_its_cookie_stops_after_one_more_try(page):
    page.goto("/")
    page.fill("#id_text", "kept\n")
    tries = []

    # As the site answers a browser that keeps no cookies, whatever its form holds.
    def without_cookie(route):
        tries.append(route.request.method)
        answer = {"sentence": "Please send it again.", "csrf_token": "x" * 64}
        route.fulfill(status=403, json=answer)

    page.route("**/new", without_cookie)
    press(page, "Create link")
    expect(page.locator("#problem")).to_contain_text("Please send it again")
    assert len(tries) == 2
    assert page.input_value("#id_text") == "kept\n"


def test_errors_leave_their_fields_when_the_form_is_sent_again(page):
    page.goto("/")
    page.fill("#id_text", " ")
    press(page, "Create link")
    expect(page.locator("#id_text_error")).to_contain_text("no text here")
    assert page.evaluate(FOCUSED) == "id_text"
    assert page.get_attribute("#id_text", "aria-invalid") == "true"
    assert "id_text_error" in page.get_attribute("#id_text", "aria-describedby")
    page.context.set_offline(True)
    page.route("**/new", lambda route: route.fulfill(status=413, body=""))
    page.fill("#id_text", "words")
    press(page, "Create link")
    expect(page.locator("#problem")).to_contain_text("too large")
    assert page.locator("#id_text_error").inner_text() == ""
    assert page.get_attribute("#id_text", "aria-invalid") is None


def throttle(page, bytes_a_second):
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_a_second,
        },
    )


def test_nothing_can_be_typed_into_a_form_that_is_being_sent(rough_page):
    page = rough_page
    page.goto("/")
    page.fill("#id_text", "sent\n")
    held = []
    page.route("**/new", lambda route: held.append(route))
    with page.expect_request("**/new"):
        press(page, "Create link")
    for field in ("#id_text", "#id_title"):
        page.focus(field)
        page.keyboard.type("more")
    assert page.input_value("#id_text") == "sent\n"
    assert page.input_value("#id_title") == ""
    held[0].fulfill(status=413, body="")
    expect(page.locator("#problem")).to_contain_text("too large")
    page.focus("#id_text")
    page.keyboard.press("Control+End")
    page.keyboard.type("more")
    assert page.input_value("#id_text") == "sent\nmore"


def test_slow_upload_shows_its_progress_and_can_be_stopped(rough_page):
    page = rough_page
    page.goto("/")
    page.evaluate("text => { document.getElementById('id_text').value = text; }", LONG)
    page.fill("#id_password", "secret")
    throttle(page, 60_000)
    tries = []
    page.on("request", lambda request: tries.append(request.url))
    press(page, "Create link")
    expect(page.locator("#progress-words")).to_have_text(re.compile(r"\d+% sent"))
    assert 0 < page.locator("#progress").evaluate("each => each.value") < 1
    assert page.get_attribute("[type=submit].primary", "aria-disabled") == "true"
    expect(said(page)).to_have_text(re.compile("Sending…|sent"))
    page.focus("#id_text")
    page.keyboard.press("Control+Enter")
    press(page, "Stop sending")
    expect(said(page)).to_contain_text("Stopped.")
    expect(page.locator("#stopped")).to_contain_text("Stopped.")
    assert page.locator("#stopped").is_visible()
    assert page.locator("#problem").inner_text() == ""
    assert not page.locator("#sending").is_visible()
    assert len([url for url in tries if url.endswith("/new")]) == 1
    assert page.input_value("#id_text") == LONG
    assert page.input_value("#id_password") == "secret"
    throttle(page, -1)
    press(page, "Create link")
    page.wait_for_url(LINK)


# Keys


def test_way_out_of_the_box_is_told(page):
    open_form(page)
    assert "keys" in page.get_attribute("#id_text", "aria-describedby").split()
    assert "Esc, then Tab, moves on" in page.inner_text("#keys")
    page.keyboard.press("Escape")
    expect(said(page)).to_have_text("Tab now moves on.")
    page.keyboard.type("a")
    expect(said(page)).to_have_text("")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "id_file"


def test_keys_send_from_any_field(page):
    page.goto("/")
    page.fill("#id_text", "text\n")
    page.focus("#id_lifetime")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(LINK)


def test_right_to_left_text_begins_at_the_right(page):
    page.goto("/")
    page.fill("#id_title", "שלום")
    direction = "each => getComputedStyle(each).direction"
    assert page.locator("#id_title").evaluate(direction) == "rtl"
    bidi = "each => getComputedStyle(each).unicodeBidi"
    assert page.locator("#id_text").evaluate(bidi) == "plaintext"
