"""Guessing at a moderator's password: locked out by address, browser and user."""

import pytest
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from pastes.services import signing_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_store")]

PAGE = "/admin/login/"
RIGHT = "moderate!"
BY_USER = "Too many tries to sign in as this user."


@pytest.fixture(autouse=True)
def limited(moderator, settings):
    settings.LIMIT_LOGIN = "3/h"
    settings.LIMIT_LOGIN_ACCOUNT = "5/h"


@pytest.fixture
def own_browser():
    """A browser in which the moderator has signed in before."""
    browser = Browser()
    assert sign_in(browser, RIGHT).status_code == 302
    browser.cookies.pop("sessionid")
    return browser


def sign_in(browser, password, *, username="mod", address="192.0.2.1"):
    data = {"username": username, "password": password}
    return browser.post(PAGE, data, REMOTE_ADDR=address)


def attack(tries, *, username="mod"):
    """Try wrong passwords, each from an address of its own; return the last answer."""
    for number in range(tries):
        answer = sign_in(
            Browser(), "wrong", username=username, address=f"198.51.100.{number}"
        )
    return answer


def device_of(browser):
    return next(each for name, each in browser.cookies.items() if "device" in name)


@pytest.mark.threat("A1")
def test_a_user_is_tried_so_often_from_all_addresses_together():
    assert attack(5).status_code == 200
    refused = attack(6)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == 720
    assert f"{BY_USER} Try again in 12 minutes" in refused.content.decode()
    stranger = sign_in(Browser(), RIGHT, address="203.0.113.9")
    assert stranger.status_code == 429


@pytest.mark.threat("A1")
def test_the_moderators_own_browser_is_never_kept_out_by_others(own_browser):
    attack(50)
    assert sign_in(own_browser, RIGHT).status_code == 302


def test_nor_by_others_of_the_same_address(own_browser):
    for _ in range(5):
        sign_in(Browser(), "wrong", address="192.0.2.1")
    assert sign_in(Browser(), RIGHT, address="192.0.2.1").status_code == 429
    assert sign_in(own_browser, RIGHT, address="192.0.2.1").status_code == 302


def test_own_browsers_wrong_tries_are_limited_by_themselves(own_browser):
    for number in range(3):
        answer = sign_in(own_browser, "wrong", address=f"192.0.2.{number}")
        assert answer.status_code == 200
    refused = sign_in(own_browser, RIGHT, address="192.0.2.77")
    assert refused.status_code == 429
    assert "Too many tries to sign in from this browser" in refused.content.decode()
    assert sign_in(Browser(), RIGHT, address="192.0.2.77").status_code == 302


def test_name_that_nobody_has_is_locked_as_others_are():
    page = attack(6, username="nobody").content.decode()
    assert BY_USER in page


def test_another_users_lock_is_another():
    attack(6, username="other")
    assert sign_in(Browser(), RIGHT, address="203.0.113.9").status_code == 302


def test_right_tries_from_new_browsers_cost_nothing():
    for number in range(10):
        address = f"203.0.113.{number}"
        assert sign_in(Browser(), RIGHT, address=address).status_code == 302


def test_refused_try_costs_the_address_nothing():
    attack(5)
    for _ in range(5):
        assert BY_USER in sign_in(Browser(), "wrong").content.decode()
    for _ in range(3):
        answer = sign_in(Browser(), "wrong", username="other")
        assert answer.status_code == 200


def test_headers_tell_what_is_left_for_the_address():
    answer = sign_in(Browser(), "wrong")
    assert answer["RateLimit-Policy"] == '"login";q=3;w=3600'
    assert answer["RateLimit"] == '"login";r=2;t=1200'
    assert "RateLimit" not in sign_in(Browser(), RIGHT)


# The browser's cookie


def test_cookie_goes_to_the_sign_in_page_alone(own_browser):
    cookie = device_of(own_browser)
    assert cookie["path"] == PAGE
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["max-age"] == 180 * 24 * 60 * 60
    assert "mod" not in cookie.value


def test_cookie_is_secure_where_the_site_is(settings):
    settings.IS_HTTPS = True
    browser = Browser()
    sign_in(browser, RIGHT)
    assert device_of(browser)["secure"]


def test_wrong_password_earns_no_cookie():
    browser = Browser()
    sign_in(browser, "wrong")
    assert not [name for name in browser.cookies if "device" in name]


def test_cookie_of_another_user_counts_for_nothing(own_browser):
    attack(5, username="other")
    answer = sign_in(own_browser, "wrong", username="other")
    assert BY_USER in answer.content.decode()
    assert signing_in.read_device("mod", device_of(own_browser).value)
    assert not signing_in.read_device("other", device_of(own_browser).value)


def test_cookie_that_was_made_up_or_is_too_old_counts_for_nothing(clock_after):
    value = signing_in.new_device("mod")
    assert signing_in.read_device("mod", value)
    assert not signing_in.read_device("mod", value + "x")
    assert not signing_in.read_device("mod", "")
    forged = signing.TimestampSigner(salt="pastes.unlock").sign(value)
    assert not signing_in.read_device("mod", forged)
    clock_after(signing_in.DEVICE_SECONDS + 1)
    assert not signing_in.read_device("mod", value)


@pytest.fixture
def clock_after(monkeypatch):
    """Let signatures be so many seconds old: clock_after(60)."""

    def move(seconds):
        later = signing.time.time() + seconds
        monkeypatch.setattr(signing.time, "time", lambda: later)

    return move


def test_two_users_of_one_browser_are_both_known(own_browser, moderator):
    type(moderator[1]).objects.create_user("two", password=RIGHT, is_staff=True)
    assert sign_in(own_browser, RIGHT, username="two").status_code == 302
    attack(6)
    attack(6, username="two")
    for name in ("mod", "two"):
        assert sign_in(own_browser, RIGHT, username=name).status_code == 302


# The way back


def test_command_lets_a_user_be_tried_again(capsys):
    attack(6)
    stranger = {"address": "203.0.113.9"}
    assert sign_in(Browser(), RIGHT, **stranger).status_code == 429
    call_command("unlocksignin", "mod")
    assert "wrong passwords for mod are forgotten" in capsys.readouterr().out
    assert sign_in(Browser(), RIGHT, **stranger).status_code == 302
    call_command("unlocksignin", "mod")


def test_command_says_when_nothing_was_counted(capsys):
    call_command("unlocksignin", "mod")
    assert "No wrong passwords were counted for mod." in capsys.readouterr().out


def test_command_knows_no_stranger():
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("unlocksignin", "nobody")
