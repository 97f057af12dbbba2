"""The verb open_paste: the only way to a text, and what stands in its way."""

import threading
import unicodedata
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import hashers
from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from pastes import services
from pastes.models import Allowance, Paste
from pastes.services import (
    Client,
    ConsentRequired,
    NotFound,
    PasswordRequired,
    Removed,
    TooManyAttempts,
    WrongPassword,
    counting,
    opening,
)

pytestmark = pytest.mark.django_db

READER = Client("192.0.2.1")


def open_it(slug, **values):
    return services.open_paste(slug, **({"client": READER} | values))


@pytest.mark.threat("G2")
def test_absent_expired_burned_and_deleted_are_the_same(make_paste):
    expired, burned, deleted = (make_paste(burn=n == 1) for n in range(3))
    Paste.objects.filter(pk=expired.paste.pk).update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(days=1),
    )
    open_it(burned.paste.slug, consent=True)
    services.delete_paste(deleted.paste.slug, owner_token=deleted.owner_token)
    answers = set()
    for slug in ["1" * 12, *(each.paste.slug for each in (expired, burned, deleted))]:
        with pytest.raises(NotFound) as caught:
            open_it(slug, consent=True)
        answers.add((caught.value.code, caught.value.sentence))
    assert len(answers) == 1


@pytest.mark.threat("B6")
def test_expiry_is_decided_at_the_very_second(make_paste):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        slug = make_paste(lifetime=60).paste.slug
        clock.shift(59.9)
        open_it(slug)
        clock.shift(0.1)
        with pytest.raises(NotFound):
            open_it(slug)


def test_hidden_is_removed_with_its_reason_but_for_moderators(make_paste):
    slug = make_paste("evidence").paste.slug
    services.hide_paste(slug, reason="malware", by=None)
    with pytest.raises(Removed, match="malware or phishing"):
        open_it(slug, consent=True, password="x")
    assert open_it(slug, with_hidden=True, client=None).text == "evidence"


def test_locked_needs_its_password(make_paste):
    slug = make_paste(password="open sesame").paste.slug
    with pytest.raises(PasswordRequired):
        open_it(slug)
    with pytest.raises(PasswordRequired):
        open_it(slug, password="")
    with pytest.raises(WrongPassword):
        open_it(slug, password="open sesam")
    assert open_it(slug, password="open sesame").text == "some text\n"


def test_trusted_callers_and_moderators_need_the_password_too(make_paste):
    slug = make_paste(password="x").paste.slug
    with pytest.raises(PasswordRequired):
        open_it(slug, client=None, with_hidden=True)


@pytest.mark.parametrize(
    "password",
    [
        "a",
        "x" * 72,
        "x" * 73,
        "y" * 1024,
        "пароль",
        "🔑" * 72,
        " spaces ",
        "a" + "\x01",
    ],
)
@pytest.mark.threat("P3")
def test_every_password_opens_what_it_locked_and_its_likes_do_not(make_paste, password):
    slug = make_paste(password=password).paste.slug
    assert open_it(slug, password=password)
    for other in (password[:-1] + "~", password + "x", password[:-1] or "b"):
        with pytest.raises(WrongPassword):
            open_it(slug, password=other)


@pytest.mark.parametrize("password", ["x" * 10_240, "\ud800", "a\0b", "\0"])
def test_password_that_cannot_be_right_is_just_wrong(make_paste, password):
    slug = make_paste(password="a").paste.slug
    with pytest.raises(WrongPassword):
        open_it(slug, password=password)


@pytest.mark.parametrize("password", ["x" * 1025, "a\0b"])
@pytest.mark.threat("P3")
def test_password_that_cannot_be_kept_is_refused_at_creation(make_paste, password):
    with pytest.raises(services.Invalid) as caught:
        make_paste(password=password)
    assert list(caught.value.errors) == ["password"]


@pytest.mark.threat("P3")
def test_password_typed_in_either_unicode_form_opens(make_paste):
    composed = unicodedata.normalize("NFC", "café")
    decomposed = unicodedata.normalize("NFD", "café")
    assert open_it(make_paste(password=composed).paste.slug, password=decomposed)
    assert open_it(make_paste(password=decomposed).paste.slug, password=composed)


@pytest.mark.threat("P3")
def test_real_sites_hasher_is_bcrypt_sha256_at_full_cost():
    from pastebin_site import settings

    (path,) = settings.PASSWORD_HASHERS
    hasher = import_string(path)
    assert issubclass(hasher, hashers.BCryptSHA256PasswordHasher)
    assert (hasher.algorithm, hasher.rounds) == ("bcrypt_sha256", 12)


@pytest.mark.threat("P4")
def test_grant_opens_this_paste_alone_for_an_hour(make_paste):
    paste = make_paste(password="x").paste
    other = make_paste(password="x").paste
    # As if both had drawn the same salt: the grant names the paste by itself.
    Paste.objects.filter(pk=other.pk).update(password_hash=paste.password_hash)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        grant = open_it(paste.slug, password="x").grant
        assert open_it(paste.slug, grant=grant).text == "some text\n"
        with pytest.raises(PasswordRequired):
            open_it(other.slug, grant=grant)
        clock.shift(services.GRANT_SECONDS + 1)
        with pytest.raises(PasswordRequired):
            open_it(paste.slug, grant=grant)


@pytest.mark.threat("P4")
def test_grant_dies_when_the_password_changes(make_paste):
    new = make_paste(password="x")
    slug = new.paste.slug
    grant = open_it(slug, password="x").grant
    services.edit_paste(slug, owner_token=new.owner_token, client=None, password="x")
    with pytest.raises(PasswordRequired):
        open_it(slug, grant=grant)


@pytest.mark.parametrize("grant", ["x", "a:b:c", "\ud800", "é:é", ":" * 100, "\0"])
@pytest.mark.threat("P4")
def test_forged_grant_opens_nothing(make_paste, grant):
    with pytest.raises(PasswordRequired):
        open_it(make_paste(password="x").paste.slug, grant=grant)


@pytest.fixture
def lockout(settings):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "5/10m"
    settings.LIMIT_UNLOCK_PASTE = "20/10m"


def guess_wrong(slug, client, times):
    for _ in range(times):
        with pytest.raises(WrongPassword):
            open_it(slug, password="wrong", client=client)


@pytest.mark.threat("P1")
def test_sixth_guess_is_refused_before_any_hashing(make_paste, lockout, monkeypatch):
    slug = make_paste(password="x").paste.slug
    guess_wrong(slug, READER, 5)
    hashed = []
    real = hashers.BCryptSHA256PasswordHasher.verify
    monkeypatch.setattr(
        hashers.BCryptSHA256PasswordHasher,
        "verify",
        lambda *args: hashed.append(1) or real(*args),
    )
    with pytest.raises(TooManyAttempts) as caught:
        open_it(slug, password="x")
    assert 0 < caught.value.retry_after <= 120
    assert not hashed


@pytest.mark.threat("P1")
def test_other_readers_still_get_in_until_everybodys_guesses_are_used(
    make_paste, lockout
):
    slug = make_paste(password="x").paste.slug
    for n in range(4):
        assert open_it(slug, password="x", client=Client("198.51.100.9"))
        guess_wrong(slug, Client(f"192.0.2.{n}"), 5)
    with pytest.raises(TooManyAttempts):
        open_it(slug, password="x", client=Client("198.51.100.9"))


def test_right_password_costs_no_guess(make_paste, lockout):
    slug = make_paste(password="x").paste.slug
    for _ in range(30):
        open_it(slug, password="x")


@pytest.mark.threat("P1")
def test_one_readers_lockout_does_not_use_up_everybodys_guesses(make_paste, lockout):
    slug = make_paste(password="x").paste.slug
    guess_wrong(slug, READER, 5)
    for _ in range(50):
        with pytest.raises(TooManyAttempts):
            open_it(slug, password="wrong")
    guess_wrong(slug, Client("192.0.2.2"), 5)


def test_refusal_for_everybodys_guesses_costs_the_reader_none(
    make_paste, lockout, settings
):
    settings.LIMIT_UNLOCK_PASTE = "1/h"
    slug = make_paste(password="x").paste.slug
    guess_wrong(slug, Client("192.0.2.9"), 1)
    for _ in range(10):
        with pytest.raises(TooManyAttempts):
            open_it(slug, password="wrong")
    settings.LIMIT_UNLOCK_PASTE = "off"
    guess_wrong(slug, READER, 5)


@pytest.mark.threat("P1")
def test_lockout_ends_with_time(make_paste, lockout):
    slug = make_paste(password="x").paste.slug
    guess_wrong(slug, READER, 5)
    with pytest.raises(TooManyAttempts):
        open_it(slug, password="x")
    # The clock is the database's: so much of what was used is over.
    Allowance.objects.update(used_until=F("used_until") - 120)
    assert open_it(slug, password="x")


def test_burn_needs_consent_and_gives_the_text_once(make_paste):
    slug = make_paste("secret", burn=True).paste.slug
    with pytest.raises(ConsentRequired):
        open_it(slug)
    assert open_it(slug, consent=True).text == "secret"
    with pytest.raises(NotFound):
        open_it(slug, consent=True)
    row = Paste.objects.get(slug=slug)
    assert (bytes(row.packed_text), row.sha256) == (b"", "")


def test_burn_comes_too_late_for_what_was_hidden_or_locked_anew(make_paste):
    hidden = make_paste("secret", burn=True)
    locked = make_paste("secret", burn=True, password="old")
    looked_at = [services.find_paste(new.paste.slug) for new in (hidden, locked)]
    services.hide_paste(hidden.paste.slug, reason="spam", by=None)
    services.edit_paste(
        locked.paste.slug, owner_token=locked.owner_token, client=None, password="new"
    )
    for paste in looked_at:
        with pytest.raises(NotFound):
            opening.claim(paste)
        assert Paste.objects.get(pk=paste.pk).data == b"secret"


@pytest.mark.threat("B4")
def test_wrong_password_never_burns(make_paste):
    slug = make_paste("secret", burn=True, password="x").paste.slug
    for _ in range(3):
        with pytest.raises(WrongPassword):
            open_it(slug, password="wrong", consent=True)
    with pytest.raises(ConsentRequired):
        open_it(slug, password="x")
    assert open_it(slug, password="x", consent=True).text == "secret"


@pytest.mark.threat("B4")
def test_unlocking_a_burn_paste_does_not_burn_it(make_paste):
    slug = make_paste("secret", burn=True, password="x").paste.slug
    grant = services.unlock_paste(slug, password="x", client=READER)
    assert open_it(slug, grant=grant, consent=True).text == "secret"


def test_views_count_people_and_not_makers_or_robots(make_paste):
    key = "k" * 32
    paste = make_paste(maker_key=key).paste
    open_it(paste.slug)
    open_it(paste.slug, client=Client("192.0.2.1", counts=False))
    open_it(paste.slug, client=Client("192.0.2.1", maker_key=key))
    open_it(paste.slug, client=None)
    assert counting.write_views() == 1
    paste.refresh_from_db()
    assert paste.views == 1


def test_views_are_written_at_once_in_the_order_of_their_rows(make_paste):
    pastes = [make_paste(f"text {n}").paste for n in range(3)]
    for paste in (*reversed(pastes), pastes[0]):
        counting.count_view(paste.pk)
    asked = []

    def note(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            asked.append([pk for _count, pk in params])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert counting.write_views() == 4
    # Two processes that go by another order wait for each other on PostgreSQL.
    assert asked == [[paste.pk for paste in pastes]]
    for paste in pastes:
        paste.refresh_from_db()
    assert [paste.views for paste in pastes] == [2, 1, 1]
    with connection.execute_wrapper(note):
        assert counting.write_views() == 0
    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_who_writes_views_waits_for_a_thread_that_is_writing(make_paste):
    """At a stop that thread would end with the process, and its views with it."""
    paste = make_paste().paste
    counting.count_view(paste.pk)
    began, may_end = threading.Event(), threading.Event()
    written, found = {}, []

    def hold(execute, sql, params, many, context):
        began.set()
        assert may_end.wait(60)
        return execute(sql, params, many, context)

    def write_slowly():
        with connection.execute_wrapper(hold):
            written["slowly"] = counting.write_views()
        connection.close()

    def write_at_a_stop():
        written["at a stop"] = counting.write_views()
        found.append(Paste.objects.get().views)
        connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert began.wait(60)
    last = threading.Thread(target=write_at_a_stop)
    last.start()
    last.join(0.2)
    may_end.set()
    last.join()
    slow.join()
    assert written == {"slowly": 1, "at a stop": 0}
    assert found == [1]


def test_who_waits_in_vain_to_write_views_leaves_them(make_paste, monkeypatch):
    monkeypatch.setattr(counting, "WAIT_SECONDS", 0.01)
    counting.count_view(make_paste().paste.pk)
    with counting.writing:
        assert counting.write_views() == 0
    assert counting.write_views() == 1


def test_views_that_could_not_be_written_wait_for_the_next_time(make_paste):
    paste = make_paste().paste
    counting.count_view(paste.pk)

    def fail(execute, sql, params, many, context):
        raise OperationalError("away")

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        counting.write_views()
    counting.count_view(paste.pk)
    assert counting.write_views() == 2
    paste.refresh_from_db()
    assert paste.views == 2
