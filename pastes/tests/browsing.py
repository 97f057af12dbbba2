"""What a person does on the pages, for the tests that drive Chromium."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
# `make thorough`: what there is no time for in every run.
THOROUGH = bool(os.environ.get("THOROUGH"))
SCREENS = {
    "light": ({"width": 1280, "height": 844}, {"color_scheme": "light"}),
    "dark, 200 % of 1280": ({"width": 640, "height": 422}, {"color_scheme": "dark"}),
    "forced colours, 320": (
        {"width": 320, "height": 640},
        {"color_scheme": "dark", "forced_colors": "active"},
    ),
}
# Django's links fade from one colour to the other.
FADED = "document.getAnimations().forEach(each => each.finish())"
ADMIN_AXE = {
    # axe would load the admin's imported styles once more, as the policy forbids.
    "preload": False,
    # The label of Django's search box is a picture with a text of its own.
    "rules": {"label-title-only": {"enabled": False}},
}
# What a finger presses on the admin's pages of ours, and is too low for one.
ADMIN_SMALL = """() => [...document.querySelectorAll(
    "main :is(.acts, .undo, .undo-row, .object-tools, .block-form, .second-factor) :is(button, select, textarea, a, input:not([type=hidden], [type=checkbox]))")]
  .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map(each => each.outerHTML)"""
SOURCE = Path(__file__).parent.parent / "services" / "opening.py"
LINK = re.compile(r"/[1-9A-HJ-NP-Za-km-z]{12}$")


@contextlib.contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Debian's Chromium by Playwright; without its window, where that is there.

    Raises RuntimeError where there is none.
    """
    names = ("chromium-headless-shell", "chromium")
    found = filter(None, map(shutil.which, names))
    path = os.environ.get("CHROMIUM") or next(found, None)
    if not path:
        raise RuntimeError("Chromium is missing: `make tools` installs it.")
    args = [
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
    ]
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


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


def follow(page: Page, link: Locator) -> None:
    """Tap a link and wait for the page behind it: a tap itself waits for none."""
    with page.expect_navigation():
        link.tap()


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
    """Read the clipboard; from a page made up here, for the site's are not let to."""
    other = page.context.new_page()
    other.route("**/made-up", lambda route: route.fulfill(body="."))
    other.goto("/made-up")
    other.bring_to_front()
    text = other.evaluate("navigator.clipboard.readText()")
    other.close()
    page.bring_to_front()
    return text


def faults_of_axe(
    page: Page, screen: str, media: dict[str, str], context: Any, options: Any = None
) -> list[tuple[str, list[str]]]:
    """Return what axe finds, as (rule, elements); in each run on the first screen alone."""
    if not THOROUGH and screen != next(iter(SCREENS)):
        return []
    options = options or {}
    if "forced_colors" in media:
        # The system has the colours there, and contrast is its affair.
        rules = options.get("rules", {}) | {"color-contrast": {"enabled": False}}
        options = options | {"rules": rules}
    page.evaluate(FADED)
    found = Axe().run(page, context=context, options=options or None)
    return [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found.response["violations"]
    ]


def check_screens(page: Page, name: str) -> None:
    """Look at a page of the admin on each screen: axe, its width, what a finger presses."""
    page.wait_for_load_state()
    for screen, (size, media) in SCREENS.items():
        page.set_viewport_size(size)
        page.emulate_media(**{"forced_colors": "none"} | media)
        faults = faults_of_axe(page, screen, media, "#content", ADMIN_AXE)
        assert not faults, (name, screen, faults)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (name, screen, wide)
    page.emulate_media(color_scheme="light", forced_colors="none")
    page.set_viewport_size(PHONE["viewport"])
    assert page.evaluate(ADMIN_SMALL) == [], name
    assert page.locator("h1").count() == 1, name
