"""The second factor of staff: codes of an app, recovery codes, and the ways back.

The app's clock is the test's: `clock` stands still until a test moves it on by a step.
"""

import re
import threading
from base64 import b32decode
from io import StringIO
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp import models as totp_models
from django_otp.plugins.otp_totp.models import TOTPDevice

from pastes.services import Client, second_factor
from pastes.tests.test_qr import modules_of, scan

pytestmark = pytest.mark.django_db

OWN = "/admin/second-factor/"
CODE = "/admin/second-factor/code/"
PASSWORD = "moderate!"
STEP = 30
RACERS = 8


@pytest.fixture
def clock(monkeypatch):
    """The time by which codes are checked, in seconds since 1970."""
    moved = SimpleNamespace(now=1_800_000_015)
    monkeypatch.setattr(totp_models, "time", SimpleNamespace(time=lambda: moved.now))
    return moved


def code_of(secret, clock, *, steps=0):
    """Return what the app shows, that many steps from now."""
    totp = TOTP(b32decode(secret.replace(" ", "")))
    totp.time = clock.now + steps * STEP
    return f"{totp.token():06}"


def forget_wrong_codes():
    """Let the waiting time after wrong codes have passed."""
    for model in (TOTPDevice, StaticDevice):
        model.objects.update(throttling_failure_timestamp=None)


def sign_in(name="mod", next_page="/admin/"):
    client = Browser()
    response = client.post(
        "/admin/login/",
        {"username": name, "password": PASSWORD, "next": next_page},
        follow=True,
    )
    assert response.status_code == 200
    return client, response


def start(client):
    """Begin to set one up; return the secret that the page shows."""
    assert client.post(OWN, {"act": "start"}).url == OWN
    page = client.get(OWN).content.decode()
    return re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1]


def codes_on(response):
    return re.findall(r"<li><code>([\d ]+)</code>", response.content.decode())


@pytest.fixture
def enrolled(moderator, clock):
    """Somebody with a second factor: client, user, secret and recovery codes."""
    client, user = moderator
    secret = start(client)
    answer = client.post(OWN, {"act": "confirm", "code": code_of(secret, clock)})
    clock.now += STEP
    return SimpleNamespace(
        client=client, user=user, secret=secret, codes=codes_on(answer)
    )


def is_in(client):
    return client.get("/admin/").status_code == 200


def record_of(user):
    entries = LogEntry.objects.filter(object_id=str(user.pk)).order_by("pk")
    return [entry.get_change_message() for entry in entries]


# Setting it up


def test_nothing_is_on_before_a_code_confirms_it(moderator, clock):
    client, user = moderator
    assert "Set it up" in client.get(OWN).content.decode()
    assert not TOTPDevice.objects.exists()
    secret = start(client)
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret)
    wrong = client.post(OWN, {"act": "confirm", "code": "000000"})
    assert "wrong or has been used" in wrong.content.decode()
    assert not second_factor.has_second_factor(user)
    assert is_in(sign_in()[0])
    forget_wrong_codes()
    done = client.post(OWN, {"act": "confirm", "code": code_of(secret, clock)})
    assert len(codes_on(done)) == len(set(codes_on(done))) == 10
    assert second_factor.has_second_factor(user)
    assert record_of(user) == ["Added second factor “mod”."]


def test_picture_and_link_tell_the_sites_and_the_users_name(moderator, settings):
    settings.OTP_TOTP_ISSUER = "Paste & Co"
    client, _ = moderator
    secret = start(client)
    response = client.get(OWN)
    link = response.context["setup"].link
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Paste & Co:mod"
    values = parse_qs(parts.query)
    assert values["issuer"] == ["Paste & Co"]
    assert values["secret"] == [secret.replace(" ", "")]
    picture = unquote(response.context["picture"]).replace("'", '"')
    assert scan(modules_of(picture)).text == link
    assert "no-store" in response.headers["Cache-Control"]


def test_issuer_is_the_sites_name(settings):
    assert settings.OTP_TOTP_ISSUER == settings.SITE_NAME


def test_secret_is_shown_to_the_session_that_began_alone(moderator):
    secret = start(moderator[0])
    other, _ = sign_in()
    page = other.get(OWN).content.decode()
    assert secret not in page
    assert "Set it up" in page
    assert other.post(OWN, {"act": "confirm", "code": "123456"}).status_code == 200
    assert not TOTPDevice.objects.filter(confirmed=True).exists()


def test_code_that_confirmed_does_not_sign_in(moderator, clock):
    client, _ = moderator
    code = code_of(start(client), clock)
    client.post(OWN, {"act": "confirm", "code": code})
    other, _ = sign_in()
    other.post(CODE, {"code": code})
    assert not is_in(other)


# Signing in


def test_signing_in_takes_a_code_and_leads_on(enrolled, clock):
    client, page = sign_in(next_page="/admin/pastes/paste/")
    assert page.request["PATH_INFO"] == CODE
    assert 'autocomplete="one-time-code"' in page.content.decode()
    half_way = client.session.session_key
    query = page.request["QUERY_STRING"]
    answer = client.post(f"{CODE}?{query}", {"code": code_of(enrolled.secret, clock)})
    assert answer.url == "/admin/pastes/paste/"
    assert client.get(answer.url).status_code == 200
    assert client.session.session_key != half_way


@pytest.mark.parametrize("way", ["{0}{1} {2}", " {0}{1}{2} ", "{0}-{1}{2}"])
def test_code_is_taken_as_people_type_it(enrolled, clock, way):
    digits = code_of(enrolled.secret, clock)
    client, _ = sign_in()
    client.post(CODE, {"code": way.format(digits[:1], digits[1:3], digits[3:])})
    assert is_in(client)


def test_person_without_a_second_factor_sees_no_further_step(moderator):
    client, page = sign_in()
    assert page.request["PATH_INFO"] == "/admin/"
    assert client.get(CODE).url == "/admin/"


def test_wrong_password_tells_nobody_who_has_a_second_factor(enrolled):
    User.objects.create_user("plain", password=PASSWORD, is_staff=True)
    pages = []
    for name in ("mod", "plain", "nobody"):
        wrong = {"username": name, "password": "wrong"}
        page = Browser().post("/admin/login/", wrong).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
        pages.append(page.replace(f'value="{name}"', ""))
    assert pages[0] == pages[1] == pages[2]


def test_code_is_not_taken_twice(enrolled, clock):
    code = code_of(enrolled.secret, clock)
    first, second = sign_in()[0], sign_in()[0]
    first.post(CODE, {"code": code})
    second.post(CODE, {"code": code})
    assert is_in(first)
    assert not is_in(second)


@pytest.mark.parametrize("steps", [-3, 3])
def test_code_of_another_time_is_refused(enrolled, clock, steps):
    clock.now += 10 * STEP
    client, _ = sign_in()
    client.post(CODE, {"code": code_of(enrolled.secret, clock, steps=steps)})
    assert not is_in(client)


@pytest.mark.parametrize(
    "code",
    ["", "0", "+12345", "１２", "abcdef", "9" * 12, "9" * 5000, "\0" * 6, "٣" * 6],
)
def test_odd_codes_are_refused_alike(enrolled, code):
    client, _ = sign_in()
    response = client.post(CODE, {"code": code})
    assert response.status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("way", ["+{}", "0{}", "{}.", "{}\u0665"])
def test_right_code_with_something_to_it_is_refused(enrolled, clock, way):
    client, _ = sign_in()
    client.post(CODE, {"code": way.format(code_of(enrolled.secret, clock))})
    assert not is_in(client)


def test_wrong_used_and_unknown_codes_get_one_answer(enrolled, clock):
    used, spent = code_of(enrolled.secret, clock), enrolled.codes[0]
    for code in (used, spent):
        sign_in()[0].post(CODE, {"code": code})
    said = set()
    for code in (used, spent, "000000", "0000 0000 0000", "words"):
        forget_wrong_codes()
        response = sign_in()[0].post(CODE, {"code": code})
        said.add(str(response.context["form"].errors["code"]))
    assert len(said) == 1


def test_wrong_codes_are_slowed_and_then_the_right_one_works(enrolled, clock):
    client, _ = sign_in()
    for _ in range(4):
        client.post(CODE, {"code": "000000"})
        device = TOTPDevice.objects.get()
        past = device.throttling_failure_timestamp - timezone.timedelta(seconds=600)
        TOTPDevice.objects.update(throttling_failure_timestamp=past)
    client.post(CODE, {"code": "000000"})
    right = {"code": code_of(enrolled.secret, clock)}
    assert "Try again in" in client.post(CODE, right).content.decode()
    assert not is_in(client)
    TOTPDevice.objects.update(throttling_failure_timestamp=past)
    client.post(CODE, right)
    assert is_in(client)
    assert TOTPDevice.objects.get().throttling_failure_count == 0


def test_wrong_codes_spend_the_limit_of_sign_ins(enrolled, clock, settings):
    client, _ = sign_in()
    settings.LIMIT_LOGIN = "2/h"
    for _ in range(2):
        client.post(CODE, {"code": "000000"})
        forget_wrong_codes()
    right = {"code": code_of(enrolled.secret, clock)}
    assert "Try again in" in client.post(CODE, right).content.decode()
    assert not is_in(client)


def test_right_codes_spend_nothing(enrolled, clock, settings):
    settings.LIMIT_LOGIN = "1/h"
    for _ in range(3):
        client, _ = sign_in()
        client.post(CODE, {"code": code_of(enrolled.secret, clock)})
        assert is_in(client)
        clock.now += STEP


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
@pytest.mark.threat("W2")
def test_code_page_leads_to_no_other_site(enrolled, clock, target):
    client, _ = sign_in()
    data = {"code": code_of(enrolled.secret, clock)}
    assert client.post(f"{CODE}?next={target}", data).url == "/admin/"


# Recovery codes


@pytest.mark.threat("A1")
def test_recovery_code_signs_in_once(enrolled):
    first, second = sign_in()[0], sign_in()[0]
    answer = first.post(CODE, {"code": enrolled.codes[3]}, follow=True)
    assert "9 recovery codes are left" in answer.content.decode()
    assert is_in(first)
    second.post(CODE, {"code": enrolled.codes[3]})
    assert not is_in(second)
    assert record_of(enrolled.user)[-1] == "Deleted recovery code “mod”."


def test_recovery_codes_are_stored_as_digests_and_shown_once(enrolled):
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(kept) == 10
    for code in enrolled.codes:
        assert not any(code.replace(" ", "") in token for token in kept)
        assert code not in enrolled.client.get(OWN).content.decode()
        assert code not in str(dict(enrolled.client.session))


def test_recovery_code_of_somebody_else_is_refused(enrolled):
    other = User.objects.create_user("other", password=PASSWORD, is_staff=True)
    device = TOTPDevice.objects.create(user=other, name="app")
    StaticDevice.objects.create(user=other, name="recovery")
    client, _ = sign_in("other")
    client.post(CODE, {"code": enrolled.codes[0]})
    assert not is_in(client)
    assert device.user == other
    assert StaticToken.objects.count() == 10


def race(*codes):
    """Send the codes at one moment, each in a session of its own; count who got in."""
    clients = [sign_in()[0] for _ in codes]
    barrier = threading.Barrier(len(codes))
    odd = []

    def send(client, code):
        try:
            barrier.wait()
            client.post(CODE, {"code": code})
        except BaseException as error:
            odd.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=send, args=pair)
        for pair in zip(clients, codes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not odd
    return sum(is_in(client) for client in clients)


@pytest.mark.django_db(transaction=True)
@pytest.mark.threat("A1")
def test_of_racers_with_one_code_exactly_one_gets_in(clock):
    assert "mode=memory" not in connection.settings_dict["NAME"]
    user = User.objects.create_user("mod", password=PASSWORD, is_staff=True)
    setup = second_factor.start_setup(user)
    secret = second_factor.find_setup(user, setup).secret
    _, codes = second_factor.finish_setup(
        user, setup, code_of(secret, clock), client=Client("192.0.2.1")
    )
    for code in codes[:5]:
        assert race(*[code] * RACERS) == 1
        forget_wrong_codes()
    clock.now += STEP
    assert race(*[code_of(secret, clock)] * RACERS) == 1


# Half-way


def admin_paths():
    """Return an address for every route of the admin, from the URLconf."""
    kinds = {"int": "1", "path": "1", "str": "hide"}

    def walk(patterns, prefix):
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLPattern):
                yield route
            else:
                yield from walk(each.url_patterns, route)

    for route in walk(get_resolver().url_patterns, ""):
        if route.startswith("admin"):
            plain = re.sub(r"\(\?P<url>\.\*\)\$$", "nothing/", route)
            yield "/" + re.sub(
                r"<(?:(\w+):)?\w+>", lambda m: kinds.get(m[1] or "str", "1"), plain
            )


@pytest.mark.threat("A1")
def test_half_way_session_reaches_no_page_of_the_admin(enrolled):
    client, _ = sign_in()
    paths = set(admin_paths())
    assert {"/admin/", "/admin/jsi18n/", "/admin/auth/user/", OWN} <= paths
    assert len(paths) > 25
    for path in paths - {"/admin", CODE, "/admin/logout/"}:
        for send in (client.get, client.post, client.head, client.put):
            response = send(path)
            assert response.status_code == 302, path
            assert urlsplit(response.url).path == CODE, path
    assert client.get(CODE).status_code == 200
    assert enrolled.user.has_perm("pastes.moderate_paste")


def test_half_way_session_can_sign_out(enrolled):
    client, _ = sign_in()
    assert client.post("/admin/logout/").status_code == 200
    assert "_auth_user_id" not in client.session


def test_half_way_session_reads_the_public_pages_as_anybody(enrolled, make_paste):
    client, _ = sign_in()
    slug = make_paste("for all\n").paste.slug
    for path in ("/", f"/{slug}", f"/{slug}/raw", f"/api/v1/pastes/{slug}"):
        assert client.get(path).status_code == Browser().get(path).status_code == 200


def test_other_sessions_are_half_way_once_it_is_on(moderator, clock):
    other, _ = sign_in()
    client, _ = moderator
    assert is_in(other)
    code = code_of(start(client), clock)
    client.post(OWN, {"act": "confirm", "code": code})
    assert is_in(client)
    assert not is_in(other)


# Changing it


def change(enrolled, act, code):
    return enrolled.client.post(OWN, {"act": act, "code": code})


@pytest.mark.parametrize("act", ["renew", "replace", "remove", "start"])
def test_changes_take_a_fresh_code(enrolled, clock, act):
    before = list(StaticToken.objects.values_list("token", flat=True))
    clock.now -= STEP
    used = code_of(enrolled.secret, clock)
    for code in ("", "000000", used):
        forget_wrong_codes()
        assert change(enrolled, act, code).status_code == 200
    assert TOTPDevice.objects.get().confirmed
    assert list(StaticToken.objects.values_list("token", flat=True)) == before
    assert len(record_of(enrolled.user)) == 1


def test_new_recovery_codes_end_the_old_ones(enrolled, clock):
    new = codes_on(change(enrolled, "renew", code_of(enrolled.secret, clock)))
    assert len(new) == 10
    assert not set(new) & set(enrolled.codes)
    client, _ = sign_in()
    client.post(CODE, {"code": enrolled.codes[0]})
    assert not is_in(client)
    forget_wrong_codes()
    client.post(CODE, {"code": new[0]})
    assert is_in(client)
    assert record_of(enrolled.user)[1] == "Changed recovery codes."


def test_turning_it_off_takes_app_and_codes_away(enrolled, clock):
    change(enrolled, "remove", code_of(enrolled.secret, clock))
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    assert is_in(sign_in()[0])
    assert record_of(enrolled.user)[-1] == "Deleted second factor “mod”."


def test_moving_to_another_phone_keeps_the_old_one_until_confirmed(enrolled, clock):
    change(enrolled, "replace", code_of(enrolled.secret, clock))
    page = enrolled.client.get(OWN).content.decode()
    new = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1]
    clock.now += STEP
    client, _ = sign_in()
    client.post(CODE, {"code": code_of(enrolled.secret, clock)})
    assert is_in(client)
    done = change(enrolled, "confirm", code_of(new, clock))
    assert len(codes_on(done)) == 10
    clock.now += STEP
    client, _ = sign_in()
    client.post(CODE, {"code": code_of(enrolled.secret, clock)})
    assert not is_in(client)
    forget_wrong_codes()
    client.post(CODE, {"code": code_of(new, clock)})
    assert is_in(client)


# Where the site requires it


def test_required_leads_to_setting_it_up_and_nowhere_else(moderator, clock, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    client, page = sign_in()
    assert page.request["PATH_INFO"] == OWN
    assert "requires a second factor" in page.content.decode()
    for path in set(admin_paths()) - {"/admin", OWN, "/admin/logout/"}:
        assert client.get(path).url == OWN, path
    secret = start(client)
    client.post(OWN, {"act": "confirm", "code": code_of(secret, clock)})
    assert is_in(client)


def test_required_cannot_be_turned_off(enrolled, clock, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    assert "Turn off" not in enrolled.client.get(OWN).content.decode()
    answer = change(enrolled, "remove", code_of(enrolled.secret, clock))
    assert answer.status_code == 403
    assert second_factor.has_second_factor(enrolled.user)


# The ways back


def test_command_lets_somebody_in_again(enrolled):
    out = StringIO()
    call_command("resetsecondfactor", "mod", stdout=out)
    assert out.getvalue() == "The second factor of mod is gone.\n"
    assert is_in(sign_in()[0])
    assert record_of(enrolled.user)[-1] == "Deleted second factor “mod”."
    call_command("resetsecondfactor", "mod", stdout=out)
    assert out.getvalue().endswith("mod had no second factor.\n")
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("resetsecondfactor", "nobody")


@pytest.fixture
def boss(db):
    user = User.objects.create_superuser("boss", password=PASSWORD)
    client = Browser()
    client.force_login(user)
    return client, user


def reset(client, *people, **more):
    keys = [person.pk for person in people]
    data = {"action": "reset_second_factor", "_selected_action": keys}
    return client.post("/admin/auth/user/", data | more)


def test_superuser_removes_somebodys_after_being_asked(enrolled, boss):
    client, user = boss
    asked = reset(client, enrolled.user)
    assert "Be sure that it is they who ask" in asked.content.decode()
    assert second_factor.has_second_factor(enrolled.user)
    assert reset(client, enrolled.user, sure="yes").status_code == 302
    assert not second_factor.has_second_factor(enrolled.user)
    assert LogEntry.objects.latest("pk").user == user


def test_own_second_factor_is_not_removed_without_a_code(boss, clock):
    client, user = boss
    code = code_of(start(client), clock)
    client.post(OWN, {"act": "confirm", "code": code})
    reset(client, user, sure="yes")
    assert second_factor.has_second_factor(user)


def test_staff_with_rights_on_users_cannot_remove_it(enrolled, moderator):
    from django.contrib.auth.models import Permission

    other = User.objects.create_user("helper", is_staff=True)
    rights = Permission.objects.filter(content_type__model="user")
    other.user_permissions.set(rights)
    client = Browser()
    client.force_login(other)
    reset(client, enrolled.user, sure="yes")
    assert second_factor.has_second_factor(enrolled.user)


# Secrets


def test_no_page_of_the_admin_shows_secrets(enrolled, boss):
    assert not admin.site.is_registered(TOTPDevice)
    assert not admin.site.is_registered(StaticDevice)
    client, _ = boss
    device, tokens = TOTPDevice.objects.get(), StaticToken.objects.all()
    hidden = [device.key, enrolled.secret, enrolled.secret.replace(" ", "")]
    hidden += [token.token for token in tokens]
    user = f"/admin/auth/user/{enrolled.user.pk}"
    for path in ("/admin/", f"{user}/change/", f"{user}/history/", f"{user}/delete/"):
        page = client.get(path)
        assert page.status_code == 200
        assert not any(word in page.content.decode() for word in hidden), path
    assert not any(word in str(LogEntry.objects.values()) for word in hidden)
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
