"""The second factor on a phone: set up, signed in with; and nothing for axe to find.

The site's clock is the real one. Codes of the step before, of this and of the next are
taken, so that a step that ends between computing and sending changes nothing; signing in
takes the next step's code, for the one that confirmed is used up.
"""

import time
from base64 import b32decode

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from pastes.tests.browsing import PHONE, check_screens, press

pytestmark = pytest.mark.browser

MAKE_USER = """
from django.contrib.auth.models import User
User.objects.create_user("phone", password="on-the-record-1", is_staff=True)
"""


def code_of(secret, step):
    totp = TOTP(b32decode(secret.replace(" ", "")))
    totp.time = step * totp.step
    return f"{totp.token():06}"


def sign_in(page):
    page.goto("/admin/")
    page.get_by_label("Username").fill("phone")
    page.get_by_label("Password").fill("on-the-record-1")
    press(page, "Log in")


def test_phone_sets_it_up_and_signs_in_with_it(open_page, site):
    site.run("shell", "-v0", "-c", MAKE_USER)
    page = open_page(**PHONE)
    sign_in(page)
    page.get_by_role("link", name="Second factor").click()
    check_screens(page, "off")
    press(page, "Set it up")
    secret = page.locator("code.secret").inner_text()
    check_screens(page, "being set up")
    step = int(time.time()) // 30
    page.get_by_label("Code", exact=True).fill(code_of(secret, step))
    press(page, "Turn on")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    check_screens(page, "recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Second factor").click()
    check_screens(page, "on")
    press(page, "Log out")
    sign_in(page)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    check_screens(page, "code")
    later = max(step + 1, int(time.time()) // 30)
    page.get_by_label("Code", exact=True).fill(code_of(secret, later))
    press(page, "Log in")
    expect(page.locator("#user-tools")).to_contain_text("phone")
    press(page, "Log out")
    sign_in(page)
    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Log in")
    expect(page.locator(".errorlist")).to_contain_text("wrong or has been used")
    check_screens(page, "wrong code")
