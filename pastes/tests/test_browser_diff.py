"""Two pastes compared, in Chromium: both views, on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from pastes.tests.browsing import PHONE, SOURCE, create, heading, press, send

pytestmark = pytest.mark.browser

OLD = SOURCE.read_text()
NEW = OLD.replace("GRANT_SECONDS = 60 * 60", "GRANT_SECONDS = 30 * 60").replace(
    '"""The only way to a paste\'s text."""\n\n', f"# {'a long remark ' * 20}\n\n"
)
WIDER = "document.documentElement.scrollWidth - innerWidth"
SELECT = """() => {
  getSelection().selectAllChildren(document.querySelector(".diff"));
  return getSelection().toString();
}"""

SCROLLED = """each => new Promise(done => {
  const look = () => each.scrollLeft > 0 ? done(true) : requestAnimationFrame(look);
  look();
})"""


def address_of(page, first=OLD, second=NEW):
    link, other = (send(page, text.encode()) for text in (first, second))
    return f"{link}/diff/{other.rpartition('/')[2]}"


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_both_views_fit_the_screen_and_axe_finds_nothing(open_page, screen):
    page = open_page(**screen)
    page.goto(address_of(page))
    assert heading(page).startswith("Changes from ")
    assert page.locator("tr:has(ins) mark").first.inner_text() == "30"
    for scheme, name in (("light", "Side by side"), ("dark", "Unified")):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(WIDER) <= 0
        assert not Axe().run(page).response["violations"]
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_selector(f"text={name} >> nth=0")
        assert page.evaluate(WIDER) <= 0
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(WIDER) <= 0


def test_side_by_side_scrolls_by_itself_on_a_phone(open_page):
    page = open_page(**PHONE)
    page.goto(address_of(page) + "?view=side")
    region = page.get_by_role("region", name="What changed")
    assert region.evaluate("each => each.scrollWidth > each.clientWidth")
    assert page.evaluate(WIDER) <= 0
    region.focus()
    page.keyboard.press("ArrowRight")
    assert region.evaluate(SCROLLED)


def test_copied_lines_have_no_numbers_and_no_signs(page):
    page.goto(address_of(page, "one\n\ntwo\n", "one\n\n2\n"))
    assert page.evaluate(SELECT).strip("\n") == "one\n\ntwo\n2"


def test_number_leads_to_its_line_by_mouse_and_by_keyboard(page):
    address = address_of(page)
    link, other = address.split("/diff/")
    page.goto(address)
    page.locator("tr.i a[data-n='1']").click()
    assert page.url == f"{link.rpartition('/')[0]}/{other}#L1"
    page.goto(address)
    page.get_by_role("link", name="Side by side").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{link}#L1")


def test_locked_pastes_are_unlocked_one_after_the_other_without_script(open_page):
    page = open_page()
    pair = [create(page, f"text {n}\n", password=f"secret{n}") for n in (1, 2)]
    slugs = [link.rpartition("/")[2] for link in pair]
    stranger = open_page(java_script_enabled=False)
    stranger.goto(f"/{slugs[0]}/diff/{slugs[1]}")
    for number, slug in enumerate(slugs, 1):
        assert heading(stranger) == f"The paste {slug} is locked"
        stranger.fill("#id_password", f"secret{number}")
        press(stranger, "Unlock")
    assert stranger.locator("del").inner_text() == "text 1"
    assert stranger.locator("ins").inner_text() == "text 2"
    stranger.get_by_role("link", name="Swap").click()
    assert stranger.locator("del").inner_text() == "text 2"
