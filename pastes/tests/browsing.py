"""What a person does on the pages, for the tests that drive Chromium."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
SOURCE = Path(__file__).parent.parent / "services" / "opening.py"
LINK = re.compile(r"/[1-9A-HJ-NP-Za-km-z]{12}$")


def create(
    page: Page, text: str, *, title: str = "", password: str = "", burn: bool = False
) -> str:
    """Fill the form in and send it; return the link that the browser then shows."""
    page.goto("/")
    page.fill("#id_text", text)
    page.fill("#id_title", title)
    page.fill("#id_password", password)
    page.set_checked("#id_burn", burn)
    press(page, "Create link")
    page.wait_for_url(LINK)
    return page.url


def open_form(page: Page) -> None:
    """Open the form and wait for its focus: it comes with the first frame drawn."""
    page.goto("/")
    expect(page.locator("#id_text")).to_be_focused()


def send(page: Page, data: bytes, **fields: str) -> str:
    """Store a text by the terminal's door, so that no browser is its maker."""
    answer = page.request.post("/", data=data, params=fields)
    assert answer.status == 201, answer.text()
    return answer.text().strip()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def shown_text(page: Page) -> str:
    """Return the text on the page: each of its lines ends with a line feed there."""
    return page.locator("#code").text_content()


def click_number(page: Page, line: int) -> None:
    """Click on a line's number; it is drawn beside its link, which is empty."""
    link = "each => each.getBoundingClientRect().toJSON()"
    box = page.locator(f"#L{line}").evaluate(link)
    page.mouse.click(box["x"] - 16, box["y"] + box["height"] / 2)


def clipboard(page: Page) -> str:
    """Read the clipboard; from a static file, for the site's pages are not let to."""
    other = page.context.new_page()
    other.goto("/static/pastes/icon.svg")
    other.bring_to_front()
    text = other.evaluate("navigator.clipboard.readText()")
    other.close()
    page.bring_to_front()
    return text
