"""What the maker has right after sending, through Chromium."""

import base64

import pytest
import zxingcpp
from playwright.sync_api import expect

from pastes.tests.browsing import PHONE, clipboard, create, heading, press

pytestmark = pytest.mark.browser

# The image as it stands on the page, drawn on a canvas: one byte of light per pixel.
PIXELS = """async (image) => {
  await image.decode();
  const side = 296;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  const light = [];
  // What is see-through would show the dark page.
  for (let i = 0; i < data.length; i += 4) light.push(data[i + 3] ? data[i] : 0);
  return btoa(String.fromCharCode(...light));
}"""


def scan(image) -> str:
    """Return what a scanner reads off the image."""
    side = 296
    pixels = base64.b64decode(image.evaluate(PIXELS))
    (found,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (side, side)))
    return found.text


def part(page, summary):
    """Return the part of the panel under that summary, once opened."""
    found = page.locator(".created details").filter(has_text=summary)
    found.locator("summary").click()
    return found


def test_link_and_token_are_copied_and_it_is_said(page):
    link = create(page, "text\n")
    assert page.locator("#link").inner_text() == link
    press(page, "Copy link")
    expect(page.locator("#announced")).not_to_be_empty()
    assert page.locator("#announced").inner_text() == "Copied"
    assert page.locator("#announced").get_attribute("role") == "status"
    assert clipboard(page) == link
    token = part(page, "Owner token").locator("code").inner_text()
    press(page, "Copy token")
    page.get_by_role("button", name="Copied").last.wait_for()
    assert clipboard(page) == token
    page.goto(link)
    assert page.locator(".created").count() == 0
    assert token not in page.content()


def test_code_is_asked_for_when_opened_and_scans_on_a_dark_page(open_page):
    page = open_page(color_scheme="dark", **PHONE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    link = create(page, "text\n")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if url.endswith("/qr.svg")]
    image = part(page, "QR code").locator("img")
    assert scan(image) == link
    assert image.get_attribute("alt")
    assert f"{link}/qr.svg" in asked


def test_lock_is_two_clicks_and_a_password_away(page, open_page):
    link = create(page, "secret\n")
    form = part(page, "Lock with a password")
    form.get_by_label("Password").fill("pw")
    press(page, "Lock now")
    page.wait_for_selector("text=The paste is locked.")
    assert page.locator("#code").text_content() == "secret\n"
    reader = open_page()
    assert reader.goto(link).status == 401
    reader.fill("#id_password", "pw")
    press(reader, "Unlock")
    reader.wait_for_selector("#code")


def test_burn_asks_first(page, open_page):
    link = create(page, "secret\n")
    page.get_by_role("link", name="Burn after reading…").click()
    assert heading(page) == "Burn this paste after reading?"
    press(page, "Burn after reading")
    page.wait_for_selector("text=From now on the paste can be read once.")
    reader = open_page()
    assert reader.goto(link).status == 409
    press(reader, "Read it now")
    assert reader.locator("#code").text_content() == "secret\n"
    assert reader.goto(link).status == 404


def test_everything_works_without_a_script(open_page):
    page = open_page(java_script_enabled=False, **PHONE)
    link = create(page, "secret\n")
    assert page.locator("#link").inner_text() == link
    assert not page.get_by_role("button", name="Copy link").is_visible()
    assert part(page, "Owner token").locator("code").is_visible()
    assert part(page, "QR code").locator("img").is_visible()
    part(page, "Lock with a password").get_by_label("Password").fill("pw")
    press(page, "Lock now")
    page.goto(f"{link}/burn")
    press(page, "Burn after reading")
    assert heading(page) == "This text can be read once"
    press(page, "Read it now")
    assert page.locator("#code").text_content() == "secret\n"


def test_panel_fits_a_narrow_phone_and_a_thumb(open_page):
    page = open_page(**PHONE | {"viewport": {"width": 320, "height": 640}})
    create(page, "text\n")
    for summary in ("QR code", "Owner token", "Lock with a password"):
        part(page, summary)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for each in page.locator(".created :is(summary, button, .button, .danger)").all():
        assert each.bounding_box()["height"] >= 44, each.inner_text()
