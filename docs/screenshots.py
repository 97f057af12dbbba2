"""Pictures of the real pages: `make screenshots`, or with a folder for all of them.

Starts the site in production mode on a database of its own, makes pastes through its
doors, and looks at each page in Chromium: phone and desktop, light and dark. Without a
folder, only those that the documents show are taken, into docs/.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "pastes.tests.settings"
django.setup()

from playwright.sync_api import Browser, Page  # noqa: E402

from pastes.tests.browsing import (  # noqa: E402
    PHONE,
    create,
    press,
    running_chromium,
    send,
)
from pastes.tests.conftest import running_site  # noqa: E402

DESKTOP = {"viewport": {"width": 1120, "height": 700}}
OFF = dict.fromkeys(("LIMIT_API", "LIMIT_CREATE", "LIMIT_LOGIN", "LIMIT_REPORT"), "off")
# Those that the documents show: picture -> (page, screen, scheme).
KEPT = {
    "paste": ("source", "desktop", "light"),
    "paste-phone": ("source", "phone", "dark"),
    "write": ("write", "desktop", "light"),
    "terminal": ("terminal", "desktop", "dark"),
    "compare": ("compare-side", "desktop", "light"),
}

CODE = '''\
"""Which of the backups are older than their newest neighbour by a week."""

from datetime import datetime, timedelta
from pathlib import Path

WEEK = timedelta(days=7)


def stale_backups(folder: Path, *, now: datetime) -> list[Path]:
    """Return the files that nothing newer replaces, oldest first."""
    files = sorted(folder.glob("*.tar.zst"), key=lambda each: each.stat().st_mtime)
    if not files:
        return []
    newest = datetime.fromtimestamp(files[-1].stat().st_mtime, tz=now.tzinfo)
    limit = min(newest, now) - WEEK
    return [each for each in files if modified(each, now) < limit]


def modified(file: Path, now: datetime) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, tz=now.tzinfo)


if __name__ == "__main__":
    for each in stale_backups(Path("/var/backups"), now=datetime.now().astimezone()):
        print(f"{each.name:40} {each.stat().st_size / 2**20:8.1f} MiB")
'''
CHANGED = CODE.replace(
    "WEEK = timedelta(days=7)", "LIMIT = timedelta(days=10)"
).replace("- WEEK", "- LIMIT")
MARKDOWN = """\
# Moving the mail server

What has to happen on **Saturday**, and who does it. The old host keeps
running until Monday, so nothing is lost if we stop half-way.

- [x] lower the TTL of `mx1` to five minutes
- [ ] copy the mailboxes: `rsync -aHAX --delete`
- [ ] switch the DNS records

| step | who | takes |
|---|---|---|
| copy | Ada | 2 h |
| switch | Alan | 10 min |

> Do not restart the queue before the copy has ended.

```python
for box in mailboxes:
    print(box.name, box.size // 2**20, "MiB")
```
"""
TERMINAL = (
    "$ make test\n"
    "\x1b[1mcollecting\x1b[0m ... \x1b[32m412 items\x1b[0m\n"
    "tests/test_copy.py \x1b[32m..........\x1b[0m\x1b[31mF\x1b[0m\x1b[32m....\x1b[0m\n"
    "downloading  10%\rdownloading  55%\rdownloading \x1b[32m100%\x1b[0m\n"
    "\x1b[31m\x1b[1mFAILED\x1b[0m tests/test_copy.py::test_links - \x1b[33mAssertionError\x1b[0m\n"
    "\x1b[38;5;208m2 warnings\x1b[0m, \x1b[38;2;120;160;255mdetails in report.html\x1b[0m\n"
    "\x1b[41;97m 1 failed \x1b[0m \x1b[42;30m 411 passed \x1b[0m in 3.21s\n"
)
TABLE = "city,country,inhabitants\nOslo,Norway,717710\nGraz,Austria,302749\nLyon,France,522250\n"
TROJAN = 'access = "user"\nif access != "none\u202e\u2066": # check\u2069\u2066\n    grant()\n'


def pages_of(page: Page, browser: Browser, url: str) -> dict[str, Any]:
    """Make what is to be seen; return name -> a link, or what leads there."""
    other = browser.new_context(base_url=url).new_page()
    code = create(page, CODE, title="stale_backups.py")
    locked = create(page, "secret words\n", password="open", title="A locked one")
    changed = send(other, CHANGED.encode(), title="stale_backups.py")
    burn = send(other, b"the code is 4711\n", burn="1")
    links = {
        "write": "/",
        "source": f"{send(other, CODE.encode(), title='stale_backups.py')}#L8-L16",
        "markdown": send(
            other, MARKDOWN.encode(), title="Moving the mail server", syntax="md"
        ),
        "terminal": send(other, TERMINAL.encode(), title="make test"),
        "table": send(other, TABLE.encode(), title="cities.csv") + "?view=table",
        "odd": send(other, TROJAN.encode(), title="trojan.py", syntax="python"),
        "compare": f"{code}/diff/{changed[-12:]}",
        "compare-side": f"{code}/diff/{changed[-12:]}?view=side",
        "fork": f"{changed}/fork",
        "edit": f"{code}/edit",
        "lock": f"{code}/lock",
        "burn": f"{code}/burn",
        "delete": f"{code}/delete",
        "reveal": burn,
        "mine": "/mine",
        "about": "/about",
        "clients": "/clients",
        "docs": "/docs",
        "not-found": "/nothinghere",
    }
    page.context.clear_cookies(name="unlock")
    return links | {"unlock": locked}


def picture(page: Page, folder: Path, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{name}.png")


def take_all(browser: Browser, url: str, folder: Path) -> None:
    for screen, options in (("desktop", DESKTOP), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            context = browser.new_context(base_url=url, color_scheme=scheme, **options)
            page = context.new_page()
            ending = f"{screen}-{scheme}"
            for name, link in pages_of(page, browser, url).items():
                page.goto(link)
                picture(page, folder, f"{name}-{ending}")
            create(page, CODE, title="stale_backups.py")
            picture(page, folder, f"created-{ending}")
            for each in page.locator(".created summary, .share summary").all():
                each.click()
            picture(page, folder, f"created-open-{ending}")
            page.goto("/")
            page.fill("#id_text", " ")
            page.fill("#id_title", "Nothing in it")
            page.keyboard.press("Escape")
            press(page, "Create link")
            picture(page, folder, f"refused-{ending}")
            page.goto(send(page, b"once\n", burn="1"))
            press(page, "Read it now")
            picture(page, folder, f"burned-{ending}")
            page.goto("/about")
            page.keyboard.press("?")
            picture(page, folder, f"keys-{ending}")
            context.close()


def take_kept(browser: Browser, url: str, folder: Path) -> None:
    for name, (what, screen, scheme) in KEPT.items():
        options = PHONE | {"device_scale_factor": 1} if screen == "phone" else DESKTOP
        context = browser.new_context(base_url=url, color_scheme=scheme, **options)
        page = context.new_page()
        page.goto(pages_of(page, browser, url)[what])
        picture(page, folder, name)
        context.close()


def main() -> None:
    all_of_them = len(sys.argv) > 1
    folder = Path(sys.argv[1]) if all_of_them else ROOT / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_site(Path(scratch) / "data", **OFF) as site,
        running_chromium() as browser,
    ):
        take = take_all if all_of_them else take_kept
        take(browser, site.url, folder)


if __name__ == "__main__":
    main()
