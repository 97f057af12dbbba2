"""The moderators' pages in Chromium: no script of a paste's runs, a phone will do."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LIST = "/admin/pastes/paste/"
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
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
    assert page.locator(".paste-preview").inner_text() == ATTACK


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
def test_phone_hides_and_restores_with_one_tap_more_than_the_button(
    open_admin, new_paste, scheme
):
    slug, key = new_paste("seen on a phone")
    page = open_admin(**PHONE, color_scheme=scheme)
    for button, done, status in (("Hide", "hidden", 410), ("Restore", "restored", 200)):
        page.goto(f"{LIST}{key}/change/")
        act = page.get_by_role("link", name=f"{button}…")
        assert act.bounding_box()["height"] >= 44
        act.tap()
        submit = page.get_by_role("button", name=button, exact=True)
        assert submit.bounding_box()["height"] >= 44
        submit.tap()
        expect(page.locator(".messagelist")).to_contain_text(f"1 paste {done}.")
        assert page.request.get(f"/{slug}/raw").status == status


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
    page.get_by_role("link", name="Hide…").click()
    page.get_by_role("button", name="Hide").click()
    expect(page.locator(".messagelist")).to_contain_text("1 paste hidden.")
    assert page.request.get(f"/{slug}").status == 410
