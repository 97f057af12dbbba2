"""New and changed texts are screened: refused, held for review, or let through."""

import random
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pastes import services
from pastes.models import Block, Decision, Paste
from pastes.services import Client, blocking
from pastes.tests import alike
from pastes.tests.plans import plan
from pastes.tests.spam import traps

pytestmark = pytest.mark.django_db

SPAM = (
    "Buy cheap viagra online without a prescription. Order cialis with overnight "
    "delivery at the best price: https://pills.example/now"
)
HONEST = "See https://a.example/ and tell me what you think of it.\n"
SOMEBODY = Client("203.0.113.9")


def create(text=HONEST, client=SOMEBODY, **values):
    return services.create_paste(text=text, client=client, **values)


def signs(new):
    return [name for name, _points, _detail in new.paste.held_because]


def block(kind, pattern, effect, **values):
    return blocking.add_block(
        kind=kind, pattern=pattern, effect=effect, reason="spam", by=None, **values
    )


# The score


def test_spam_is_stored_and_held_with_its_signs():
    new = create(SPAM)
    paste = Paste.objects.get(slug=new.paste.slug)
    assert new.is_held
    assert paste.state == "held"
    assert paste.case_opened_at == paste.created_at
    assert paste.held_because[0][0] == "words"
    assert sum(points for _name, points, _detail in paste.held_because) >= 10
    assert "cheap viagra" in paste.held_because[0][2]
    with pytest.raises(services.Held):
        services.open_paste(paste.slug, client=None)


def test_holding_is_on_the_record_as_an_act_of_the_site():
    slug = create(SPAM).paste.slug
    decision = Decision.objects.get(slug=slug)
    assert (decision.act, decision.was) == ("held", "live")
    assert decision.entry.user.username == "site"
    assert not decision.entry.user.is_active


def test_a_moderator_who_keeps_it_lets_everybody_read_it(moderator):
    slug = create(SPAM).paste.slug
    services.moderate([slug], "keep", by=moderator[1])
    assert services.open_paste(slug, client=None).text == SPAM


def test_honest_texts_are_live_with_nothing_said_of_them():
    paste = create().paste
    assert (paste.state, paste.held_because, paste.case_opened_at) == ("live", [], None)
    assert not Decision.objects.exists()


def test_a_trusted_caller_is_not_screened():
    block("words", "viagra", "refuse")
    assert not create(SPAM, client=None).is_held


def test_the_threshold_and_the_weights_are_the_operators(settings):
    settings.SPAM_HOLD_AT = 0
    assert not create(SPAM).is_held
    settings.SPAM_HOLD_AT = 10
    settings.SPAM_WEIGHTS = "words=9"
    assert not create(SPAM).is_held
    settings.SPAM_WEIGHTS = "hasty=10"
    assert create(HONEST, Client("203.0.113.9", signs=("hasty",))).is_held


def test_signs_of_the_form_add_up_and_haste_alone_holds_nothing():
    assert not create(HONEST, Client("203.0.113.9", signs=("hasty",))).is_held
    both = create(HONEST, Client("203.0.113.9", signs=("honeypot", "hasty")))
    assert signs(both) == ["honeypot", "hasty"]


def test_many_pastes_in_an_hour_are_a_sign_and_no_reason(settings):
    for _ in range(25):
        assert not create(traps.nginx_log(random.Random(1))).is_held
    held = create(SPAM)
    assert ["rate", 1, "25"] in held.paste.held_because
    assert "rate" not in signs(create(SPAM, Client("203.0.113.10")))


def test_many_addresses_of_one_ipv6_network_are_one_client():
    for number in range(25):
        create(HONEST, Client(f"2001:db8:0:7::{number:x}"))
    held = create(SPAM, Client("2001:db8:0:7:a:b:c:d"))
    assert ["rate", 1, "25"] in held.paste.held_because
    assert "rate" not in signs(create(SPAM, Client("2001:db8:0:8::1")))


def test_of_several_texts_each_is_screened_by_itself():
    some = services.create_pastes([{"text": HONEST}, {"text": SPAM}], client=SOMEBODY)
    assert [new.is_held for new in some] == [False, True]


# A wave: the same advertisement from many addresses


def advertisement(n):
    r = random.Random(f"advertisement{n}")
    return r, [
        f"The new collection of {r.choice(alike.WORDS)} lamps is here.",
        *r.sample(alike.PHRASES, 8),
        f"Have a look at https://{alike.host(r)}/",
    ]


def test_a_wave_from_many_addresses_is_held(record_property):
    """No sign of the text itself gives enough; the first few have to get through."""
    held = sent = 0
    for n in range(6):
        r, sentences = advertisement(n)
        for place, vary in enumerate(r.choices(list(alike.VARIATIONS.values()), k=12)):
            text = vary(r, sentences)
            new = create(text, Client(f"198.51.{n}.{place + 1}"))
            if place < 4:
                assert not new.is_held
            else:
                sent += 1
                held += new.is_held
    record_property("summary", f"spam: {held} of {sent} held once a wave has begun")
    assert held / sent >= 0.7


def test_one_client_that_sends_a_text_again_is_no_wave():
    _r, sentences = advertisement(1)
    for place in range(8):
        # The same /64 is the same client.
        new = create(alike.written(sentences), Client(f"2001:db8::{place + 1}"))
        assert not new.is_held


def test_a_text_that_a_moderator_kept_is_no_wave():
    _r, sentences = advertisement(2)
    text = alike.written(sentences)
    for place in range(5):
        create(text, Client(f"198.51.100.{place + 1}"))
    Paste.objects.update(is_cleared=True)
    assert not create(text).is_held
    Paste.objects.update(is_cleared=False)
    assert signs(create(text))[0] == "copies"


def test_a_log_from_many_addresses_is_no_wave():
    text = traps.ci_log(random.Random(5))
    for place in range(8):
        assert not create(text, Client(f"198.51.100.{place + 1}")).is_held


# Blocks


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("network", "203.0.113.0/24"),
        ("text", HONEST),
        ("host", "a.example"),
        ("words", "tell me what"),
    ],
)
def test_a_block_refuses_or_holds(kind, pattern, settings):
    # What moderators decided does not wait for points.
    settings.SPAM_HOLD_AT = 0
    row = block(kind, pattern, "refuse")
    with pytest.raises(services.Blocked):
        create()
    assert not Paste.objects.exists()
    row.refresh_from_db()
    assert row.hits == 1
    blocking.change_block(row.pk, effect="hold", by=None)
    new = create()
    assert signs(new)[0] == "block"
    assert new.is_held
    row.refresh_from_db()
    assert row.hits == 2
    blocking.remove_block(row.pk, by=None)
    assert not create().is_held


def test_what_a_paste_was_held_for_holds_no_address():
    block("network", "203.0.113.0/24", "hold")
    paste = create().paste
    assert "203" not in str(paste.held_because)


def test_a_blocked_network_uses_up_no_allowance(settings):
    settings.LIMIT_CREATE = "1/h"
    row = block("network", "203.0.113.9", "refuse")
    for _ in range(3):
        with pytest.raises(services.Blocked):
            create()
    Block.objects.filter(pk=row.pk).delete()
    create()
    with pytest.raises(services.RateLimited):
        create()


def test_where_one_of_several_texts_is_blocked_none_is_stored():
    block("words", "viagra", "refuse")
    with pytest.raises(services.Blocked):
        services.create_pastes([{"text": HONEST}, {"text": SPAM}], client=SOMEBODY)
    assert not Paste.objects.exists()


# Secret texts


@pytest.mark.parametrize("how", [{"password": "x"}, {"burn": True}])
def test_of_a_secret_text_only_the_names_of_its_signs_are_kept(how):
    block("host", "pills.example", "hold")
    new = create(SPAM, **how)
    assert signs(new)[:2] == ["block", "words"]
    assert {detail for _name, _points, detail in new.paste.held_because} == {""}


@pytest.mark.parametrize("how", [{"password": "x"}, {"burn": True}])
def test_a_block_refuses_secret_texts_too(how):
    block("host", "pills.example", "refuse")
    with pytest.raises(services.Blocked):
        create(SPAM, **how)


# Edits


def edit(new, client=SOMEBODY, **changes):
    return services.edit_paste(
        new.paste.slug, owner_token=new.owner_token, client=client, **changes
    )


def test_an_edit_that_makes_spam_of_a_text_is_held_with_its_record():
    new = create()
    assert edit(new, text=SPAM).state == "held"
    row = Paste.objects.get()
    assert (row.state, row.data.decode()) == ("held", SPAM)
    assert row.held_because[0][0] == "words"
    assert Decision.objects.get(slug=row.slug).act == "held"


def test_an_edit_that_is_blocked_changes_nothing():
    new = create()
    block("words", "viagra", "refuse")
    with pytest.raises(services.Blocked):
        edit(new, text=SPAM)
    with pytest.raises(services.Blocked):
        edit(new, title="viagra")
    row = Paste.objects.get()
    assert (row.data.decode(), row.title, row.edited_at) == (HONEST, "", None)


def test_a_title_alone_is_screened_and_other_changes_are_not(settings):
    new = create()
    settings.SPAM_HOLD_AT = 3
    assert edit(new, lifetime="1d", syntax="python").state == "live"
    assert edit(new, title="https://a.example").state == "held"


def test_a_text_that_is_unlocked_is_screened_as_everybody_sees_it():
    _r, sentences = advertisement(3)
    text = alike.written(sentences)
    new = create(text, password="x")
    for place in range(5):
        create(text, Client(f"198.51.100.{place + 1}"))
    assert edit(new, password="y").state == "live"
    assert edit(new, password="").state == "held"


def test_no_edit_is_held_for_how_many_there_were(settings):
    settings.SPAM_HOLD_AT = 1
    settings.SPAM_WEIGHTS = "rate=10,links=0,hosts=0"
    new = create()
    for _ in range(30):
        create("no link at all")
    assert edit(new, text=f"{HONEST} again").state == "live"
    assert create(HONEST).is_held


def test_a_held_paste_is_not_edited_and_its_owner_may_delete_it():
    new = create(SPAM)
    with pytest.raises(services.Held):
        edit(new, text=HONEST)
    services.delete_paste(new.paste.slug, owner_token=new.owner_token)
    assert not Paste.objects.exists()


def test_a_reported_paste_that_is_held_by_an_edit_waits_since_its_report():
    new = create()
    services.report_paste(new.paste.slug, reason="spam", client=SOMEBODY)
    since = Paste.objects.get().case_opened_at
    edit(new, text=SPAM)
    assert Paste.objects.get().case_opened_at == since


# The operator's checker

ASKED = []


def generous(text, title, address):
    ASKED.append((text, title, address))
    return 1000


def stingy(text, title, address):
    return -5


def broken(text, title, address):
    raise KeyError("what the checker does not know")


HANGING = threading.Event()


def hanging(text, title, address):
    HANGING.wait(20)
    return 1000


def check_with(settings, name):
    settings.SPAM_CHECKER = f"pastes.tests.test_spam_screening.{name}"


def test_a_checker_gives_points_up_to_its_weight(settings):
    ASKED.clear()
    check_with(settings, "generous")
    new = create(title="A title")
    assert new.paste.held_because == [["checker", 10, ""]]
    assert ASKED == [(HONEST, "A title", "203.0.113.9")]
    settings.SPAM_WEIGHTS = "checker=0"
    assert not create().is_held
    assert len(ASKED) == 1


def test_a_checker_never_gets_a_secret_text(settings):
    ASKED.clear()
    check_with(settings, "generous")
    new = create(password="x")
    create(burn=True)
    edit(new, text="another secret")
    assert ASKED == []
    assert not new.is_held


def test_a_checker_takes_no_points_away(settings):
    check_with(settings, "stingy")
    assert create(SPAM).is_held


@pytest.mark.parametrize("name", ["broken", "missing"])
def test_a_checker_that_fails_is_logged_and_the_paste_is_stored(settings, caplog, name):
    check_with(settings, name)
    assert not create().is_held
    assert "SPAM_CHECKER failed" in caplog.text


def test_a_checker_that_hangs_is_not_waited_for(settings, caplog, monkeypatch):
    check_with(settings, "hanging")
    monkeypatch.setattr("pastes.services.screening.CHECKER_SECONDS", 0.05)
    HANGING.clear()
    try:
        for _ in range(6):
            assert not create().is_held
    finally:
        HANGING.set()
    assert caplog.text.count("SPAM_CHECKER took over") == 4
    assert caplog.text.count("SPAM_CHECKER is busy") == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SPAM_WEIGHTS", "link=3", "“link” is no sign"),
        ("SPAM_CHECKER", "no.such.module", "names no function"),
        ("SPAM_CHECKER", "pastes.tests.test_spam_screening.ASKED", "names no function"),
        ("SPAM_CHECKER", "nodots", "names no function"),
    ],
)
def test_a_wrong_setting_keeps_the_site_from_starting(settings, name, value, sentence):
    setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=sentence):
        call_command("check")


# What it costs


def queries(text, client=SOMEBODY):
    with CaptureQueriesContext(connection) as seen:
        create(text, client)
    return [
        each["sql"] for each in seen if each["sql"].startswith(("SELECT", "UPDATE"))
    ]


def test_screening_asks_for_the_blocks_alone_where_there_is_no_link():
    create()
    asked = queries("some text\n")
    assert len([sql for sql in asked if "pastes_block" in sql]) == 1
    assert len(asked) == 1


def test_an_honest_link_takes_no_query_for_the_rate():
    create()
    assert not [sql for sql in queries(HONEST) if "COUNT(*) FROM (" in sql]
    assert [sql for sql in queries(SPAM) if "COUNT(*) FROM (" in sql]


def test_screening_of_an_advertisement_takes_few_queries():
    _r, sentences = advertisement(4)
    text = alike.written(sentences)
    for place in range(3):
        create(text, Client(f"198.51.100.{place + 1}"))
    # The blocks, the same text, and the four bands.
    assert len(queries(text)) == 6
    with CaptureQueriesContext(connection) as seen:
        create(text)
    for each in seen:
        if "likeness_1" in each["sql"] and each["sql"].startswith("SELECT"):
            found = plan(each["sql"])
            assert "SCAN " not in found
            assert "pastes_by_" in found


def test_every_sign_has_its_words():
    from pastes import spam

    assert set(services.SIGN_WORDS) == {*spam.SIGNS, "reports"}
