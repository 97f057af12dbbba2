"""Nothing for axe to find on any page and state: light, dark, forced colours, narrow, zoomed.

And what axe cannot see: the keyboard's way, the size of what a finger presses.
"""

import pytest
from django.template import loader

from pastes.tests.browsing import (
    PHONE,
    SCREENS,
    SOURCE,
    create,
    faults_of_axe,
    open_form,
    press,
    send,
)
from pastes.tests.conftest import running_site, watch

pytestmark = pytest.mark.browser

# axe takes the numbers' links for nameless: it does not read what CSS draws, though
# the rules for names do, and so do browsers.
# One block of a text is as good as the rest.
AXE = {"exclude": [[".block ~ .block"]]}
# The document's width and all that is too small for a finger among the main actions.
SMALL = """() => [
    ...document.querySelectorAll("button, .button, .top nav a, .views a, .panel a, select")
  ].filter(each => !each.closest("#swagger-ui, #header") && each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map(each => each.outerHTML)"""


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "data"
    with running_site(folder, LIMIT_CREATE="1/h", PASTE_MAX_BYTES="1000") as running:
        yield running


# Twice as large on the screen is half as wide for the page (WCAG 1.4.4 and 1.4.10).
def check(page, name, context=AXE, **options):
    """Look at the page as it is on each screen; return its title."""
    faults = []
    for screen, (size, media) in SCREENS.items():
        page.set_viewport_size(size)
        page.emulate_media(**{"forced_colors": "none"} | media)
        found = faults_of_axe(page, screen, media, context, options)
        faults += [(name, screen, rule, nodes) for rule, nodes in found]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append((name, screen, f"is {wide} pixels wider than the screen"))
    small = page.evaluate(SMALL)
    page.emulate_media(color_scheme="light", forced_colors="none")
    page.set_viewport_size({"width": 1280, "height": 844})
    assert not faults
    assert not small, (name, small)
    assert page.locator("h1").count() == 1, name
    assert page.title(), name
    return page.title()


def test_writers_pages(page):
    titles = []

    def see(name):
        titles.append(check(page, name))

    page.goto("/mine")
    check(page, "mine, empty")
    page.goto("/about")
    see("about")
    page.goto("/clients")
    see("clients")
    page.goto("/")
    see("front page")
    page.evaluate("document.getElementById('id_title').removeAttribute('maxlength')")
    page.fill("#id_text", " ")
    page.fill("#id_title", "x" * 201)
    press(page, "Create link")
    page.wait_for_selector("#id_title_error")
    check(page, "refused form")
    link = create(page, SOURCE.read_text(), title=SOURCE.name)
    page.click("summary")
    see("just created")
    page.goto(f"{link}#L3-L9")
    page.check("#wrap")
    check(page, "wrapped, with marked lines")
    for name in ("edit", "delete", "fork", "lock", "burn", "report", "data"):
        page.goto(f"{link}/{name}")
        see(name)
    create(page, "locked\n", password="secret")
    check(page, "just created, locked")
    create(page, "burning\n", burn=True)
    check(page, "just created, burn")
    page.goto("/mine")
    check(page, "mine, full")
    page.context.clear_cookies()
    press(page, "Delete all")
    see("403")
    assert len(set(titles)) == len(titles), titles


MARKDOWN = """# One

- [x] done
- [ ] open, with `code` and [a link](https://example.org/)

| a | b |
|---|--:|
| c | 1 |

```python
import os
```

> words of somebody[^1]

[^1]: a note
"""
TERMINAL = "".join(
    f"\x1b[{n}mcolour {n}\x1b[0m \x1b[38;5;{n}m{n}\x1b[0m \x1b[2;{n}mfaint\x1b[0m\n"
    for n in (*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108))
)
ODD = 'if a != "\u202e\u2066": # no\u2069\u2066\n\u200bx\U000e0041\n'


def test_ways_to_read(page):
    titles = []
    for name, text, query in (
        ("markdown", MARKDOWN, {"syntax": "markdown"}),
        ("terminal", TERMINAL, {}),
        ("odd characters", ODD, {"syntax": "python"}),
        ("patch", "--- a\n+++ b\n@@ -1 +1 @@\n-one\n+two\n", {"syntax": "diff"}),
    ):
        page.goto(send(page, text.encode(), title=name, **query))
        titles.append(check(page, name))
    page.goto(send(page, b"a,b\n1,2\n3,4\n", title="table") + "?view=table")
    titles.append(check(page, "table"))
    assert len(set(titles)) == len(titles)


def test_comparisons(page):
    one = send(page, SOURCE.read_bytes(), title="one")
    two = send(page, SOURCE.read_bytes().replace(b"grant", b"leave"), title="two")
    page.goto(f"{one}/diff/{two[-12:]}")
    check(page, "comparison")
    page.goto(f"{one}/diff/{two[-12:]}?view=side")
    check(page, "comparison, side by side")
    page.goto(f"{one}/diff/{one[-12:]}")
    check(page, "comparison of the same")
    lock = create(page, "locked\n", password="secret")
    page.context.clear_cookies()
    page.goto(f"{one}/diff/{lock[-12:]}")
    check(page, "comparison, locked")


def test_menus_and_keys(page):
    create(page, SOURCE.read_text())
    page.reload()
    for summary in page.locator("summary").all():
        summary.click()
        check(page, f"menu {summary.inner_text()}")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    check(page, "keys")


MODERATOR = """
from django.contrib.auth.models import Group, User
User.objects.create_user("eyes", password="on-the-record-1", is_staff=True).groups.add(
    Group.objects.get(name="Moderators"))
from pastes import services
from pastes.models import Block
Block.objects.create(kind="words", pattern="x" * 400, reason="spam", hits=3)
"""


def test_moderators_start_page(page, site):
    """Django's own header is left out: it is not ours to mend."""
    slug = send(page, b"reported\n", syntax="python")[-12:]
    act = f"services.report_paste({slug!r}, reason='spam', details='', client=None)"
    site.run("shell", "-v0", "-c", MODERATOR + act)
    page.goto("/admin/")
    page.get_by_label("Username").fill("eyes")
    page.get_by_label("Password").fill("on-the-record-1")
    press(page, "Log in")
    page.wait_for_selector(".glance")
    # axe would load the admin's imported styles once more, as the policy forbids.
    options = {"context": {"exclude": [["#header"]]}, "preload": False}
    check(page, "start page", **options)
    for summary in page.locator(".glance summary").all():
        summary.click()
    check(page, "start page, as tables", **options)
    page.set_viewport_size({"width": 390, "height": 844})
    low = page.locator(".glance a, .glance summary").evaluate_all(
        """all => all.filter(each => each.getBoundingClientRect().height < 44)
          .map(each => each.outerHTML)"""
    )
    assert not low
    assert page.locator(".glance svg .bar").count() > 60
    page.locator(".glance .urgent a").click()
    page.wait_for_url("**/admin/pastes/case/")


def test_page_of_the_calls(page):
    """Swagger's own markup is left out: it is not ours to mend."""
    page.goto("/docs")
    page.wait_for_selector(".swagger-ui .opblock")
    check(page, "docs", {"exclude": [["#swagger-ui"]]})


def test_readers_pages(open_page):
    page = open_page()
    page.goto(send(page, b"plain\n" * 60_000, title="big.log"))
    check(page, "large text")
    link = create(open_page(), "locked\n", password="secret", title="Locked")
    page.goto(link)
    check(page, "unlock")
    page.fill("#id_password", "wrong")
    press(page, "Unlock")
    check(page, "wrong password")
    page.goto(f"{link}/edit")
    check(page, "edit, for a stranger")
    page.goto(f"{link}/delete")
    check(page, "delete, for a stranger")
    page.goto(send(page, b"burning\n", burn="1"))
    check(page, "reveal")
    press(page, "Read it now")
    check(page, "burned")
    page.goto("/nothinghere")
    check(page, "404")


def test_pages_of_refusals(chromium, small_site):
    faults = []
    context = chromium.new_context(base_url=small_site.url)
    page = context.new_page()
    watch(page, small_site.url, faults)
    link = create(page, "the only one\n")
    page.goto("/")
    page.fill("#id_text", "one too many\n")
    press(page, "Create link")
    page.wait_for_selector("#problem:not(:empty)")
    check(page, "429")
    small_site.run(
        "shell", "-v", "0", "-c",
        "from pastes import services; from django.contrib.auth.models import User;"
        f"services.hide_paste('{link[-12:]}', reason='malware', note='',"
        " by=User.objects.create_user('mod'))",
    )  # fmt: skip
    page.goto(link)
    check(page, "410")
    # Without the script, which refuses it first.
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/")
    page.fill("#id_text", "x" * 90_000)
    press(page, "Create link")
    assert page.locator("h1").inner_text() == "Too large"
    check(page, "413")
    context.close()
    assert not [each for each in faults if "ERR_FAILED" not in each]


def test_page_of_a_broken_server_is_styled(page, site):
    html = loader.get_template("500.html").render()
    page.route("**/broken", lambda route: route.fulfill(body=html, status=200))
    page.goto("/broken")
    check(page, "500")
    font = page.locator("h1").evaluate("each => getComputedStyle(each).fontSize")
    assert font == "22px"


def walk(page, presses):
    """Return what has the focus after each press of Tab."""
    order = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate("""() => {
              const each = document.activeElement;
              return each.id || each.textContent.trim();
            }""")
        )
    return order


def test_form_is_walked_in_its_order(page):
    open_form(page)
    page.keyboard.press("Escape")
    fields = ["file", "title", "syntax", "lifetime", "password", "burn"]
    assert walk(page, 7) == [f"id_{name}" for name in fields] + ["Create link"]


def test_paste_is_walked_in_its_order(page):
    page.goto(send(page, SOURCE.read_bytes(), syntax="python"))
    assert walk(page, 14) == [
        "Skip to the content",
        "Pastebin",
        "New",
        "My pastes",
        "About",
        "Copy",
        "Share",
        "Raw",
        "Download",
        "Fork",
        "wrap",
        "line",
        "syntax",
        "code",
    ]
    # Past the text with one more press, not one for each line.
    assert walk(page, 1)[0] not in ("", "L1")


def test_skip_link_leads_past_the_header(page):
    page.goto(send(page, b"text\n"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert walk(page, 1) == ["Copy"]


def test_create_button_is_on_a_phones_first_screen(open_page):
    page = open_page(**PHONE)
    page.goto("/")
    box = page.get_by_role("button", name="Create link").bounding_box()
    assert box["y"] + box["height"] <= 844
    assert box["height"] >= 44
    assert page.evaluate("scrollY") == 0


def test_forced_colours_keep_what_is_marked_visible(page):
    page.emulate_media(forced_colors="active")
    page.goto(send(page, SOURCE.read_bytes()) + "#L3")
    bar = "each => getComputedStyle(each, '::after').borderInlineStart"
    assert page.locator("#L3").evaluate(bar).startswith("4px solid")
    page.goto("/")
    button = page.get_by_role("button", name="Create link")
    border = button.evaluate("each => getComputedStyle(each).borderTopStyle")
    assert border == "solid"
