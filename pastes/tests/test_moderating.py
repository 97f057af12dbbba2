"""Decisions about pastes, one or many: what they change, take along, and take back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import services
from pastes.models import Block, Decision, Paste, Report
from pastes.services import Client, Invalid, NotFound

pytestmark = pytest.mark.django_db

AD = "Buy the finest watches of the whole web, cheap and quick, at our shop today. " * 9
READER = Client("198.51.100.7")


@pytest.fixture
def boss(db):
    return User.objects.create_user("boss")


@pytest.fixture
def decide(boss):
    """Decide as boss: decide([paste], "hide", reason="spam")."""

    def decide_it(pastes, act, **values):
        if act in ("hide", "delete"):
            values = {"reason": "spam"} | values
        return services.moderate([p.slug for p in pastes], act, by=boss, **values)

    return decide_it


def report(paste, count=1, **values):
    for number in range(count):
        services.report_paste(
            paste.slug,
            client=Client(f"198.51.100.{number + 1}"),
            **({"reason": "spam"} | values),
        )


def hold(paste):
    now = timezone.now()
    signs = [["links", 3, "12 links"]]
    Paste.objects.filter(pk=paste.pk).update(
        state="held", held_because=signs, case_opened_at=now
    )


def fresh(paste):
    return Paste.objects.get(pk=paste.pk)


def state_of(paste):
    row = fresh(paste)
    return (
        row.state,
        row.hidden_reason,
        row.open_reports,
        row.case_opened_at is not None,
    )


def acts():
    return list(Decision.objects.order_by("pk").values_list("act", "slug"))


# Each act


def test_keeping_closes_the_case_and_shields_from_reports(make_paste, decide, settings):
    settings.REPORTS_HOLD_AT = 2
    paste = make_paste().paste
    report(paste, 2)
    assert state_of(paste) == ("held", "", 2, True)
    assert decide([paste], "keep", note="fine").count == 1
    assert state_of(paste) == ("live", "", 0, False)
    assert fresh(paste).held_because == []
    assert not Report.objects.filter(closed_at=None).exists()
    report(paste, 2)
    assert state_of(paste) == ("live", "", 2, True)


def test_hiding_closes_the_case_and_says_which_decision_did(make_paste, decide):
    paste = make_paste().paste
    report(paste, 2)
    outcome = decide([paste], "hide", reason="malware")
    assert state_of(paste) == ("hidden", "malware", 0, False)
    batches = Report.objects.values_list("decision__batch", flat=True)
    assert set(batches) == {outcome.batch}


def test_closing_the_reports_changes_nothing_else(make_paste, decide):
    live, held = make_paste().paste, make_paste("held").paste
    report(live)
    report(held)
    hold(held)
    assert decide([live, held], "close").count == 2
    assert state_of(live) == ("live", "", 0, False)
    # Nobody has decided about it yet: it stays in the queue.
    assert state_of(held) == ("held", "", 0, True)
    assert not fresh(live).is_cleared


def test_restored_paste_counts_as_looked_at(make_paste, decide, settings):
    settings.REPORTS_HOLD_AT = 1
    paste = make_paste().paste
    decide([paste], "hide")
    decide([paste], "restore")
    report(paste)
    assert state_of(paste) == ("live", "", 1, True)


@pytest.mark.parametrize(
    ("first", "act"),
    [
        ("hide", "hide"),
        ("hide", "keep"),
        ("hide", "close"),
        (None, "restore"),
        (None, "close"),
    ],
)
def test_act_that_changes_nothing_is_skipped_and_not_recorded(
    make_paste, decide, first, act
):
    paste = make_paste().paste
    if first:
        decide([paste], first)
    before = (state_of(paste), acts())
    outcome = decide([paste], act)
    assert (outcome.count, outcome.skipped) == (0, 1)
    assert (state_of(paste), acts()) == before


def test_missing_pastes_are_counted(make_paste, decide):
    paste = make_paste().paste
    gone = Paste(slug="1" * 12)
    outcome = decide([paste, gone, paste], "hide")
    assert (outcome.count, outcome.skipped) == (1, 1)


def test_one_call_is_one_batch(make_paste, decide):
    pastes = [make_paste(f"text {n}").paste for n in range(3)]
    outcome = decide(pastes, "hide", note="all of them")
    decisions = Decision.objects.filter(batch=outcome.batch)
    assert {d.slug for d in decisions} == {p.slug for p in pastes}
    assert {(d.act, d.reason, d.note, d.was) for d in decisions} == {
        ("hidden", "spam", "all of them", "live")
    }


def test_decision_and_its_record_are_one(make_paste, decide, monkeypatch):
    paste = make_paste().paste
    report(paste)

    def broken(*args, **values):
        raise OSError("disk full")

    monkeypatch.setattr("pastes.services.moderating.answer_reports", broken)
    with pytest.raises(OSError, match="disk full"):
        decide([paste], "hide", blocks=["text"])
    assert state_of(paste) == ("live", "", 1, True)
    assert not LogEntry.objects.exists()
    assert not Block.objects.exists()


def test_command_stands_on_the_record_as_the_site(make_paste):
    paste = make_paste().paste
    services.moderate([paste.slug], "hide", reason="spam", by=None)
    user = LogEntry.objects.get().user
    assert (user.username, user.is_active) == ("site", False)
    assert not user.has_usable_password()


def test_reason_is_asked_where_it_is_told(make_paste, decide):
    paste = make_paste().paste
    for act in ("hide", "delete"):
        with pytest.raises(Invalid, match="Choose a reason"):
            decide([paste], act, reason="")
    assert state_of(paste)[0] == "live"


# What goes along


def test_hiding_takes_along_what_the_same_browser_made(make_paste, decide):
    first = make_paste(maker_key="a" * 32).paste
    second = make_paste("another", maker_key="a" * 32).paste
    other = make_paste("another", maker_key="b" * 32).paste
    without = make_paste("another").paste
    assert services.count_reach([first.slug])["browser"] == 1
    assert decide([first], "hide", reach=["browser"]).count == 2
    states = [state_of(p)[0] for p in (first, second, other, without)]
    assert states == ["hidden", "hidden", "live", "live"]


@pytest.mark.parametrize(
    ("mine", "near", "far"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8:0:1::1", "2001:db8:0:1:ff::2", "2001:db8:0:2::1"),
        ("2a02:810:99:1::5", "2a02:810:99:1:a:b:c:d", "2a02:810:991::5"),
        ("2001:db8::1", "2001:db8::2:0:0:1", "2001:db8:1::1"),
        ("::5:6:7:8", "::1:2:3:4", "1::5:6:7:8"),
    ],
)
def test_address_reaches_as_far_as_one_client(make_paste, decide, mine, near, far):
    first, second, other = (
        make_paste(f"from {address}", client=Client(address)).paste
        for address in (mine, near, far)
    )
    related = services.related_pastes(first)["address"]
    assert [p.slug for p in related] == [second.slug]
    assert decide([first], "hide", reach=["address"]).count == 2
    assert state_of(other)[0] == "live"


def test_hiding_takes_along_nearly_the_same_texts(make_paste, decide):
    first = make_paste(AD).paste
    near = make_paste(AD.replace("finest", "FINEST").replace(" ", "  ")).paste
    other = make_paste("Something else altogether, which nobody sells. " * 9).paste
    assert decide([first], "hide", reach=["similar"]).count == 2
    assert (state_of(near)[0], state_of(other)[0]) == ("hidden", "live")


def test_what_a_moderator_kept_is_not_taken_along(make_paste, decide):
    first = make_paste(maker_key="a" * 32).paste
    kept = make_paste("kept", maker_key="a" * 32).paste
    decide([kept], "keep")
    assert services.count_reach([first.slug])["browser"] == 0
    decide([first], "hide", reach=["browser"])
    assert state_of(kept)[0] == "live"
    # Who means it says so.
    decide([kept], "hide")
    assert state_of(kept)[0] == "hidden"


# Blocks


def test_hiding_blocks_text_and_network_once(make_paste, decide):
    pastes = [make_paste(AD, client=Client("192.0.2.9")).paste for _ in range(3)]
    outcome = decide(pastes, "hide", blocks=["text", "network"], expires_in="7d")
    assert (outcome.count, outcome.blocks, outcome.unblocked) == (3, 2, 0)
    kinds = Block.objects.order_by("kind").values_list("kind", "is_from_address")
    assert list(kinds) == [("network", True), ("text", False)]
    decisions = Decision.objects.filter(batch=outcome.batch, act="blocked")
    assert decisions.count() == 2


def test_one_block_catches_the_variations_of_a_wave(make_paste, decide):
    words = [f"word{n}" for n in range(120)]
    texts = [" ".join([*words, f"code{number}"]) for number in range(5)]
    pastes = [make_paste(text).paste for text in texts]
    outcome = decide(pastes, "hide", blocks=["text"])
    assert (outcome.count, outcome.blocks) == (5, 1)
    for text in texts:
        with pytest.raises(services.Blocked):
            services.create_paste(text=text, client=READER)


def test_record_holds_no_address(make_paste, decide):
    paste = make_paste(AD, client=Client("192.0.2.9")).paste
    decide([paste], "hide", blocks=["network"])
    record = LogEntry.objects.values_list("object_repr", "change_message")
    assert "192.0.2" not in str(list(record))


def test_what_cannot_be_blocked_is_told_and_the_rest_is_done(make_paste, decide):
    locked = make_paste(AD, password="x").paste
    public = make_paste(AD + "more").paste
    outcome = decide([locked, public], "hide", blocks=["text"])
    assert (outcome.count, outcome.blocks, outcome.unblocked) == (2, 1, 1)
    assert "locked" in outcome.sentence


def test_where_nothing_can_be_blocked_nothing_is_hidden(make_paste, decide):
    paste = make_paste(AD, password="x").paste
    with pytest.raises(Invalid, match="locked"):
        decide([paste], "hide", blocks=["text"])
    assert state_of(paste)[0] == "live"


def test_moderators_own_network_is_not_blocked(make_paste, decide):
    paste = make_paste(AD, client=Client("192.0.2.9")).paste
    with pytest.raises(Invalid, match="Your own address"):
        decide([paste], "hide", blocks=["network"], client=Client("192.0.2.9"))
    assert state_of(paste)[0] == "live"


# Undo


def test_undo_brings_back_state_reports_and_case(make_paste, decide, boss):
    reported, held, plain = (make_paste(f"text {n}").paste for n in range(3))
    report(reported, 2)
    hold(held)
    before = [state_of(p) for p in (reported, held, plain)]
    since = fresh(reported).case_opened_at
    outcome = decide([reported, held, plain], "hide")
    undone = services.undo_hiding(outcome.batch, by=boss)
    assert (undone.count, undone.skipped) == (3, 0)
    assert [state_of(p) for p in (reported, held, plain)] == before
    assert fresh(reported).case_opened_at == since
    assert fresh(held).held_because
    assert Report.objects.filter(closed_at=None, decision=None).count() == 2
    assert acts()[-1][0] == "restored"


def test_undo_leaves_what_was_decided_anew(make_paste, decide, boss):
    one, two, three = (make_paste(f"text {n}").paste for n in range(3))
    first = decide([one, two, three], "hide")
    decide([one], "restore")
    decide([one], "hide", reason="malware")
    decide([two], "delete")
    undone = services.undo_hiding(first.batch, by=boss)
    assert (undone.count, undone.skipped) == (1, 2)
    assert state_of(one)[:2] == ("hidden", "malware")
    assert state_of(three)[0] == "live"


def test_undo_removes_the_blocks_that_were_made_with_it(make_paste, decide, boss):
    first = make_paste(AD, client=Client("192.0.2.9")).paste
    second = make_paste("else", client=Client("192.0.2.8")).paste
    old = services.add_block(
        kind="network", pattern="192.0.2.8", reason="spam", by=boss
    )
    outcome = decide([first, second], "hide", blocks=["network", "text"])
    services.undo_hiding(outcome.batch, by=boss)
    # What was blocked before stays blocked.
    assert list(Block.objects.all()) == [old]


def test_undoing_twice_or_what_never_was_changes_nothing(make_paste, decide, boss):
    paste = make_paste().paste
    outcome = decide([paste], "hide")
    services.undo_hiding(outcome.batch, by=boss)
    again = services.undo_hiding(outcome.batch, by=boss)
    assert (again.count, again.skipped) == (0, 1)
    with pytest.raises(NotFound):
        services.undo_hiding(uuid4(), by=boss)
    kept = decide([paste], "keep")
    with pytest.raises(NotFound):
        services.undo_hiding(kept.batch, by=boss)


# Looking


@pytest.mark.threat("A2")
def test_look_is_on_the_record_once_in_a_while(make_paste, boss):
    paste = make_paste("the text").paste
    for _ in range(3):
        opened = services.look_at(paste.slug, by=boss, client=READER)
        assert opened.data == b"the text"
    assert acts() == [("looked", paste.slug)]
    LogEntry.objects.update(action_time=timezone.now() - timedelta(minutes=11))
    services.look_at(paste.slug, by=boss, client=READER)
    services.look_at(paste.slug, by=User.objects.create_user("second"), client=None)
    assert len(acts()) == 3
    assert services.write_views() == 0


@pytest.mark.threat("A2")
def test_locked_text_is_closed_to_moderators_without_its_password(make_paste, boss):
    slug = make_paste("secret", password="right").paste.slug
    for password, error in (
        (None, services.PasswordRequired),
        ("wrong", services.WrongPassword),
    ):
        with pytest.raises(error):
            services.look_at(slug, password=password, by=boss, client=READER)
    assert acts() == []
    opened = services.look_at(slug, password="right", by=boss, client=READER)
    assert opened.data == b"secret"
    assert acts() == [("looked", slug)]


def test_burn_paste_is_not_burned_by_a_look(make_paste, boss):
    slug = make_paste("once", burn=True).paste.slug
    with pytest.raises(services.ConsentRequired):
        services.look_at(slug, by=boss, client=READER)
    assert services.open_paste(slug, consent=True, client=None).data == b"once"


# The queue


def test_queue_is_most_reported_and_longest_waiting_first(make_paste):
    _calm, first, second, most, gone, burned = (
        make_paste(f"text {n}", burn=n == 5).paste for n in range(6)
    )
    for paste, count in ((second, 1), (most, 3), (first, 1), (gone, 9), (burned, 1)):
        report(paste, count)
    now = timezone.now()
    Paste.objects.filter(pk=first.pk).update(case_opened_at=now - timedelta(1))
    Paste.objects.filter(pk=gone.pk).update(
        created_at=now - timedelta(2), expires_at=now
    )
    services.open_paste(burned.slug, consent=True, client=None)
    assert list(Paste.objects.open_cases()) == [most, first, second]
    assert services.open_reasons([most, first]) == {
        most.pk: ["spam"] * 3,
        first.pk: ["spam"],
    }


def test_what_was_decided_before_is_found_for_related_pastes_too(make_paste, decide):
    first = make_paste(maker_key="a" * 32).paste
    second = make_paste("second", maker_key="a" * 32).paste
    decide([second], "hide", note="a wave")
    related = services.related_pastes(first)["browser"]
    [decision] = services.past_decisions(first, related)
    assert (decision.slug, decision.note) == (second.slug, "a wave")


# Many at once


@pytest.mark.parametrize("act", ["hide", "keep", "delete", "close"])
def test_thousand_pastes_cost_few_queries(make_paste, decide, act):
    columns = {
        f.attname: getattr(make_paste().paste, f.attname)
        for f in Paste._meta.concrete_fields
        if f.name not in ("id", "slug")
    }
    now = timezone.now()
    pastes = Paste.objects.bulk_create(
        Paste(slug=f"{n:012}", **columns | {"case_opened_at": now}) for n in range(1000)
    )
    with CaptureQueriesContext(connection) as queries:
        assert decide(pastes, act).count == 1000
    assert len(queries) < 60
    assert Decision.objects.count() == 1000


def test_undo_removes_many_blocks(make_paste, decide, boss):
    pastes = [make_paste(f"short text {number}").paste for number in range(5)]
    outcome = decide(pastes, "hide", blocks=["text"])
    assert outcome.blocks == 5
    assert services.undo_hiding(outcome.batch, by=boss).blocks == 5
    assert not Block.objects.exists()


def test_edit_takes_a_moderators_word_back(make_mine, decide, settings):
    settings.REPORTS_HOLD_AT = 1
    new = make_mine("harmless")
    decide([new.paste], "keep")
    token = {"owner_token": new.owner_token, "client": None}
    services.edit_paste(new.paste.slug, lifetime="1d", **token)
    assert fresh(new.paste).is_cleared
    services.edit_paste(new.paste.slug, text="phishing", **token)
    assert not fresh(new.paste).is_cleared
    report(new.paste)
    assert state_of(new.paste)[0] == "held"


def test_owner_does_not_delete_what_is_hidden_at_that_moment(
    make_mine, decide, monkeypatch
):
    new = make_mine("evidence")
    found = services.find_paste

    def find_and_hide(*args, **values):
        paste = found(*args, **values)
        decide([paste], "hide")
        return paste

    monkeypatch.setattr("pastes.services.removing.find_paste", find_and_hide)
    with pytest.raises(NotFound):
        services.delete_paste(new.paste.slug, owner_token=new.owner_token)
    assert fresh(new.paste).data == b"evidence"


def test_undo_leaves_a_block_that_somebody_changed(make_paste, decide, boss):
    paste = make_paste(AD).paste
    outcome = decide([paste], "hide", blocks=["text"])
    services.change_block(Block.objects.get().pk, note="stays", by=boss)
    services.undo_hiding(outcome.batch, by=boss)
    assert Block.objects.get().note == "stays"
