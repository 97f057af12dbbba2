"""The record and the blocks in Chromium: on a phone, and nothing for axe to find."""

import pytest
from playwright.sync_api import expect

from pastes.tests.browsing import PHONE, check_screens, follow, press, send

pytestmark = pytest.mark.browser

RECORD = "/admin/pastes/decision/"
BLOCKS = "/admin/pastes/block/"
MAKE_USER = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("keeper", password="on-the-record-1", is_staff=True)
user.groups.add(Group.objects.get(name="Moderators"))
"""
# A long word, so that whatever does not break it is too wide.
HIDE = """
from django.contrib.auth.models import User
from pastes import services
user = User.objects.get(username="keeper")
services.moderate({slugs!r}, "hide", reason="spam", note="w" * 300, by=user)
"""


@pytest.fixture(scope="module")
def keeper(site):
    site.run("shell", "-v0", "-c", MAKE_USER)


@pytest.fixture
def phone(open_page, keeper):
    page = open_page(**PHONE)
    page.goto("/admin/")
    page.get_by_label("Username").fill("keeper")
    page.get_by_label("Password").fill("on-the-record-1")
    press(page, "Log in")
    return page


def test_phone_adds_tries_changes_and_removes_a_block(phone):
    phone.goto(BLOCKS)
    follow(phone, phone.get_by_role("link", name="Add block"))
    phone.get_by_label("Kind").select_option(label="network")
    phone.get_by_label("What is blocked").fill("11.0.0.0/7")
    phone.get_by_label("Ends in").fill("soon")
    phone.get_by_label("Note for the record").fill("w" * 200)
    press(phone, "Block")
    expect(phone.locator(".errorlist")).to_have_count(2)
    check_screens(phone, "faults")
    phone.get_by_label("Ends in").fill("14d")
    phone.get_by_label("Yes, all of them are meant").check()
    press(phone, "Block")
    expect(phone.locator(".messagelist")).to_contain_text(
        "Blocked: network: 10.0.0.0/7"
    )
    check_screens(phone, "list of blocks")
    follow(phone, phone.get_by_role("link", name="Try the blocks"))
    phone.get_by_label("From the address").fill("11.1.2.3")
    press(phone, "Try")
    expect(phone.locator(".hits")).to_contain_text("network: 10.0.0.0/7")
    check_screens(phone, "trying")
    follow(phone, phone.locator(".hits a"))
    check_screens(phone, "one block")
    phone.get_by_label("Effect").select_option(label="hold for review")
    press(phone, "Change")
    row = phone.locator("tr", has_text="10.0.0.0/7")
    expect(row.locator(".field-effect")).to_have_text("hold for review")
    follow(phone, phone.get_by_role("link", name="10.0.0.0/7"))
    follow(phone, phone.get_by_role("link", name="Remove…"))
    check_screens(phone, "removing")
    press(phone, "Remove")
    expect(phone.locator(".messagelist")).to_contain_text("1 block removed.")


def test_phone_reads_the_record_exports_it_and_undoes(phone, site):
    link = send(phone, b"hidden by mistake")
    slug = link.rsplit("/", 1)[1]
    site.run("shell", "-v0", "-c", HIDE.format(slugs=[slug]))
    phone.goto(f"{RECORD}?q={slug}")
    expect(phone.locator("#result_list tbody tr")).to_have_count(1)
    check_screens(phone, "record")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Export as CSV").tap()
    lines = download.value.path().read_text().splitlines()
    assert [slug in line for line in lines] == [False, True]
    follow(phone, phone.locator(".field-when a"))
    check_screens(phone, "entry of the record")
    press(phone, "Undo")
    expect(phone.locator(".messagelist")).to_contain_text("Undone: 1 paste")
    assert phone.request.get(link).status == 200
