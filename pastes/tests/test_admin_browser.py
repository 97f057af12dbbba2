"""The moderators' pages in Chromium: no script of a paste's runs, a phone will do."""

import re

import pytest
from playwright.sync_api import expect

from pastes.tests.browsing import PHONE, check_screens

pytestmark = pytest.mark.browser

LIST = "/admin/pastes/paste/"
QUEUE = "/admin/pastes/case/"
ATTACK = """</pre></textarea><script>document.title = "owned"</script>
<img src=x onerror="document.title='owned'"><svg onload="document.title='owned'">"""
MAKE_USERS = """
from django.contrib.auth.models import Group, User
boss, _ = User.objects.get_or_create(username="boss")
boss.is_staff = boss.is_superuser = True
mod, _ = User.objects.get_or_create(username="mod")
mod.is_staff = True
mod.groups.add(Group.objects.get(name="Moderators"))
for user in (boss, mod):
    user.set_password("on-the-record-1")
    user.save()
"""
MAKE_PASTE = """
import sys
from pastes import services
made = services.create_paste(text={text!r}, title={title!r}, client=None)
print(made.paste.slug, made.paste.pk)
"""
MAKE_WAVE = """
from django.utils import timezone
from pastes import services
from pastes.models import Paste
for number in range(30):
    text = f"Buy pills number {number} without any prescription at our shop."
    slug = services.create_paste(text=text, client=None).paste.slug
    because = [["words", 8, "pills"]]
    now = timezone.now()
    row = Paste.objects.filter(slug=slug)
    row.update(state="held", held_because=because, case_opened_at=now)
    print(slug)
"""
MAKE_CASE = """
from pastes import services
client = services.Client("2001:db8:1c:e607:71d:a153:7196:88bf")
words = "w" * 300
services.report_paste({slug!r}, reason="personal", details=words, client=client)
"""


@pytest.fixture(scope="module")
def users(site):
    site.run("shell", "-v0", "-c", MAKE_USERS)


@pytest.fixture
def new_paste(site):
    """Store a paste on the real site; return its slug and its key."""

    def make(text="some text\n", title=""):
        code = MAKE_PASTE.format(text=text, title=title)
        return site.run("shell", "-v0", "-c", code).stdout.split()

    return make


@pytest.fixture
def open_admin(open_page, users):
    """Open a browser that is signed in: open_admin("mod", **PHONE)."""

    def open_one(name="mod", **options):
        page = open_page(**options)
        page.goto("/admin/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("on-the-record-1")
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#user-tools")).to_contain_text(name)
        return page

    return open_one


@pytest.mark.threat("A3")
def test_script_in_a_paste_runs_on_no_page(open_admin, new_paste):
    slug, key = new_paste(ATTACK, title="<script>document.title='owned'</script>")
    page = open_admin()
    for url in (
        f"{LIST}?q={slug}",
        f"{LIST}{key}/change/",
        f"{LIST}{key}/history/",
        f"{LIST}moderate/hide/?pks={key}",
    ):
        page.goto(url)
        expect(page.locator("body")).to_contain_text(slug)
        assert "owned" not in page.title()
    page.goto(f"{LIST}{key}/change/")
    assert page.locator(".paste-preview").inner_text() == f"{ATTACK}\n"


@pytest.mark.threat("A3")
def test_every_page_of_the_admin_works_under_the_policy(open_admin, new_paste):
    _, key = new_paste()
    page = open_admin("boss")
    for url in (
        "/admin/",
        LIST,
        f"{LIST}{key}/change/",
        f"{LIST}{key}/history/",
        f"{LIST}moderate/hide/?pks={key}",
        f"{LIST}moderate/delete/?pks={key}",
        "/admin/auth/user/",
        "/admin/auth/user/add/",
        "/admin/auth/user/1/change/",
        "/admin/auth/user/1/password/",
        "/admin/auth/user/1/history/",
        "/admin/auth/group/",
        "/admin/auth/group/1/change/",
        "/admin/password_change/",
    ):
        answer = page.goto(url, wait_until="networkidle")
        assert answer.status == 200, url
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("h1").last).to_have_text("Logged out")


def test_group_rights_can_be_moved_with_the_admins_own_script(open_admin):
    page = open_admin("boss")
    page.goto("/admin/auth/group/1/change/")
    chosen = page.locator("#id_permissions_to option")
    expect(chosen).to_have_count(9)
    page.locator("#id_permissions_from option").first.dblclick()
    expect(chosen).to_have_count(10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_hides_and_restores_with_one_tap(open_admin, new_paste, scheme):
    slug, key = new_paste("seen on a phone")
    page = open_admin(**PHONE, color_scheme=scheme)
    for button, done, status in (("Hide", "hidden", 410), ("Restore", "restored", 200)):
        page.goto(f"{LIST}{key}/change/")
        act = page.get_by_role("button", name=button, exact=True)
        assert act.bounding_box()["height"] >= 44
        act.tap()
        expect(page.locator(".messagelist")).to_contain_text(f"1 paste {done}.")
        assert page.request.get(f"/{slug}/raw").status == status


def test_moderators_day(open_page, open_admin, new_paste):
    slug, _key = new_paste("Type your PIN here", title="Your bank, really")
    reader = open_page()
    reader.goto(f"/{slug}")
    reader.get_by_role("link", name="Report this paste").click()
    reader.get_by_label("malware or phishing").check()
    reader.get_by_label("Details").fill("It asks for my PIN.")
    reader.get_by_role("button", name="Report").click()
    expect(reader.locator("body")).to_contain_text("moderator")

    # Two taps from the queue, and it is down.
    page = open_admin(**PHONE)
    page.goto(QUEUE)
    page.get_by_role("link", name="Your bank, really").first.tap()
    expect(page.locator(".reports")).to_contain_text("It asks for my PIN.")
    expect(page.locator(".paste-preview")).to_contain_text("Type your PIN here")
    expect(page.get_by_label("Reason")).to_have_value("malware")
    page.get_by_role("button", name="Hide", exact=True).tap()
    expect(page.locator(".messagelist")).to_contain_text("1 paste hidden.")
    assert page.url.endswith(QUEUE)
    expect(page.get_by_role("link", name="Your bank, really")).to_have_count(0)

    answer = reader.goto(f"/{slug}")
    assert answer.status == 410
    expect(reader.locator("main")).to_contain_text("malware or phishing")
    expect(reader.locator("main")).not_to_contain_text("PIN")

    page.get_by_role("button", name="Undo").tap()
    expect(page.locator(".messagelist")).to_contain_text("1 paste is as it was")
    expect(page.get_by_role("link", name="Your bank, really")).to_have_count(1)
    assert reader.goto(f"/{slug}").status == 200


def test_wave_of_spam_is_gone_from_the_queue_in_one_go(open_admin, site):
    made = site.run("shell", "-v0", "-c", MAKE_WAVE).stdout.split()
    page = open_admin()
    page.goto(f"{QUEUE}?why=held")
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option(label="Hide and block the text…")
    page.get_by_role("button", name="Go").click()
    expect(page.locator("h1").last).to_contain_text("Hide 30 pastes")
    expect(page.get_by_label("Reason")).to_have_value("spam")
    page.get_by_label("Note for the record").fill("the pill wave")
    page.get_by_role("button", name="Hide and block the text").click()
    expect(page.locator(".messagelist")).to_contain_text("30 pastes hidden.")
    assert {page.request.get(f"/{slug}").status for slug in made} == {410}
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".messagelist")).to_contain_text("30 pastes are as they were")
    page.goto(f"{QUEUE}?why=held")
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option(label="Delete…")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".messagelist")).to_contain_text("30 pastes deleted.")


def test_case_and_queue_are_for_everybody(open_admin, new_paste, site):
    slug, key = new_paste(f"# {'w' * 300}\n", title="t" * 200)
    site.run("shell", "-v0", "-c", MAKE_CASE.format(slug=slug))
    page = open_admin(**PHONE)
    for url in (
        QUEUE,
        f"{LIST}{key}/change/",
        f"{LIST}{key}/text/",
        f"{LIST}moderate/block_network/?pks={key}",
        f"{LIST}moderate/delete/?pks={key}",
        f"{LIST}moderate/keep/?pks={key}",
    ):
        page.goto(url)
        if page.locator("summary").count():
            page.locator("summary").first.click()
        check_screens(page, url)


def test_phone_pages_do_not_scroll_sideways(open_admin, new_paste):
    slug, key = new_paste("x" * 5000, title="t" * 200)
    page = open_admin(**PHONE)
    for url in (LIST, f"{LIST}{key}/change/", f"{LIST}moderate/hide/?pks={key}"):
        page.goto(url)
        expect(page.locator("body")).to_contain_text(slug)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == 390, url


def test_chosen_pastes_of_the_list_are_deleted_with_reason_and_note(
    open_admin, new_paste
):
    slugs = [new_paste(title="bulk for the bin")[0] for _ in range(3)]
    page = open_admin()
    page.goto(f"{LIST}?q=bulk+for+the+bin")
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option(label="Delete…")
    page.get_by_role("button", name="Go").click()
    for slug in slugs:
        expect(page.locator("form.moderate")).to_contain_text(slug)
    page.get_by_label("Reason").select_option(label="malware or phishing")
    page.get_by_label("Note for the record").fill("seen by three people")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".messagelist")).to_have_text(re.compile("3 pastes deleted."))
    for slug in slugs:
        assert page.request.get(f"/{slug}").status == 404


def test_moderation_works_without_javascript(open_admin, new_paste):
    slug, key = new_paste()
    page = open_admin(java_script_enabled=False)
    page.goto(f"{LIST}{key}/change/")
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("1 paste hidden.")
    assert page.request.get(f"/{slug}").status == 410
    page.get_by_role("button", name="Undo").click()
    assert page.request.get(f"/{slug}").status == 200
