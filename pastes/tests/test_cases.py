"""The queue and a case's page: what a moderator sees there, and does from there."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import services
from pastes.models import Block, Decision, Paste, Report
from pastes.services import Client
from pastes.tests.conftest import staff_client

pytestmark = pytest.mark.django_db

QUEUE = "/admin/pastes/case/"
ACT = "/admin/pastes/paste/moderate/{}/"
AD = "Buy the finest watches of the whole web, cheap and quick, at our shop today. " * 9


def report(paste, count=1, **values):
    for number in range(count):
        services.report_paste(
            paste.slug,
            client=Client(f"198.51.100.{number + 1}"),
            **({"reason": "spam"} | values),
        )


def hold(paste, signs):
    Paste.objects.filter(pk=paste.pk).update(
        state="held", held_because=signs, case_opened_at=timezone.now()
    )


def case_url(paste):
    return f"/admin/pastes/paste/{paste.pk}/change/"


def queued(client, query=""):
    response = client.get(QUEUE + query)
    assert response.status_code == 200
    return [case.slug for case in response.context["cl"].result_list]


def act(client, name, *pastes, **values):
    pks = ",".join(str(paste.pk) for paste in pastes)
    return client.post(ACT.format(name), {"pks": pks} | values, follow=True)


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(words.split())


# The queue


def test_queue_lists_open_cases_with_why_in_its_order(moderator, make_paste):
    plain, reported, held, most = (make_paste(f"text {n}").paste for n in range(4))
    report(reported)
    report(most, 2, reason="malware")
    hold(held, [["words", 8, "casino"]])
    client, _ = moderator
    assert queued(client) == [most.slug, reported.slug, held.slug]
    assert queued(client, "?why=held") == [held.slug]
    assert queued(client, "?why=reported") == [most.slug, reported.slug]
    page = text_of(client.get(QUEUE))
    assert "malware or phishing (2)" in page
    assert "Words of an advertisement" in page
    assert plain.slug not in page


def test_queue_costs_the_same_with_many_cases_and_loads_no_text(moderator, make_paste):
    client, _ = moderator

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(QUEUE)
        assert "packed_text" not in str([each["sql"] for each in captured])
        return len(captured)

    report(make_paste().paste)
    few = queries()
    for number in range(20):
        report(make_paste(f"text {number}").paste, 2)
    assert queries() == few


def test_queue_is_for_who_may_see_pastes(make_paste):
    paste = make_paste().paste
    report(paste)
    assert queued(staff_client("view_paste")) == [paste.slug]
    User.objects.all().delete()
    assert staff_client("view_report").get(QUEUE).status_code == 403


@pytest.mark.parametrize("path", ["add/", "1/delete/", "1/history/"])
def test_case_is_no_row_to_be_changed(moderator, make_paste, path):
    report(make_paste().paste)
    assert moderator[0].get(QUEUE + path).status_code in (302, 403)
    assert moderator[0].post(QUEUE + path, {"post": "yes"}).status_code in (302, 403)
    assert Paste.objects.count() == 1


@pytest.mark.parametrize("lookup", ["title__startswith", "password_hash__startswith"])
def test_queue_answers_no_questions_by_other_columns(moderator, make_paste, lookup):
    report(make_paste(title="abc").paste)
    answers = {
        moderator[0].get(QUEUE, {lookup: guess}).status_code for guess in ("a", "z")
    }
    assert answers == {400}


# A case's page


def test_case_shows_reports_signs_relatives_and_what_was_decided(moderator, make_paste):
    client, user = moderator
    paste = make_paste(AD, title="Watches", client=Client("192.0.2.5")).paste
    near = make_paste(AD.replace(" ", "  "), maker_key="b" * 32).paste
    report(
        paste, reason="copyright", details="it is <b>mine</b>", contact="me@example.com"
    )
    hold(paste, [["links", 3, "12 / 40"]])
    services.hide_paste(near.slug, reason="spam", note="a wave", by=user)
    response = client.get(case_url(paste))
    page = text_of(response)
    assert "copyright 2" in page
    assert "&lt;b&gt;mine&lt;/b&gt;" in response.content.decode()
    assert "waits for an answer" in page
    assert "me@example.com" not in page
    assert "Many links for its words (links / words) 3 12 / 40" in page
    assert "With nearly the same text (1)" in page
    assert "Hidden : spam or advertising · mod" in page
    assert "a wave" in page


def test_case_proposes_what_most_reports_say(moderator, make_paste):
    paste = make_paste().paste
    report(paste, reason="personal")
    report(paste, 2, reason="malware")
    for url in (case_url(paste), ACT.format("hide") + f"?pks={paste.pk}"):
        page = moderator[0].get(url).content.decode()
        assert re.search(r'<option value="malware" selected>', page), url


def test_looking_is_on_the_record(moderator, make_paste):
    paste = make_paste("the text").paste
    client, user = moderator
    client.get(case_url(paste))
    client.get(case_url(paste))
    decision = Decision.objects.get()
    assert (decision.act, decision.slug) == ("looked", paste.slug)
    assert decision.entry.user == user


def test_locked_text_opens_with_its_password_alone(moderator, make_paste):
    paste = make_paste("needle", password="right").paste
    client, _ = moderator
    url = f"/admin/pastes/paste/{paste.pk}/text/"
    assert "needle" not in text_of(client.get(url))
    refused = text_of(client.post(url, {"password": "wrong"}))
    assert "That is not the password of this paste." in refused
    assert "needle" not in refused
    assert not Decision.objects.exists()
    assert "needle" in text_of(client.post(url, {"password": "right"}))
    assert Decision.objects.get().act == "looked"


def test_locked_text_is_for_who_may_see_pastes(make_paste):
    paste = make_paste("needle", password="right").paste
    url = f"/admin/pastes/paste/{paste.pk}/text/"
    answer = staff_client("moderate_paste").post(url, {"password": "right"})
    assert answer.status_code == 403


def test_missing_paste_is_not_found(moderator):
    assert moderator[0].get("/admin/pastes/paste/99/text/").status_code == 404


# Acts


def test_one_post_from_the_case_hides_and_leads_back_to_the_queue(
    moderator, make_paste
):
    paste, other = make_paste().paste, make_paste("other").paste
    report(paste)
    report(other)
    client, _ = moderator
    page = client.get(case_url(paste)).content.decode()
    assert 'name="next" value="queue"' in page
    done = act(client, "hide", paste, reason="spam", next="queue")
    assert done.redirect_chain == [(QUEUE, 302)]
    assert "1 paste hidden." in text_of(done)
    assert queued(client) == [other.slug]
    assert client.get(f"/{paste.slug}").status_code == 410


def test_undo_stands_beside_what_was_done(moderator, make_paste):
    paste = make_paste().paste
    report(paste)
    client, _ = moderator
    done = act(client, "hide", paste, reason="spam", next="queue").content.decode()
    batch = re.search(r'name="batch" value="([^"]+)"', done)[1]
    undone = client.post(
        "/admin/pastes/paste/undo/", {"batch": batch, "next": "queue"}, follow=True
    )
    assert "Undone: 1 paste is as it was." in text_of(undone)
    assert client.get(f"/{paste.slug}").status_code == 200
    assert queued(client) == [paste.slug]
    # A message is shown once, and so is its button.
    assert 'name="batch"' not in client.get(QUEUE).content.decode()


@pytest.mark.parametrize("batch", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_undo_of_nothing_says_so(moderator, batch):
    done = moderator[0].post("/admin/pastes/paste/undo/", {"batch": batch}, follow=True)
    assert "There is nothing to undo here." in text_of(done)


def test_undo_is_for_moderators_and_needs_a_token(moderator, make_paste):
    paste = make_paste().paste
    client, user = moderator
    services.hide_paste(paste.slug, reason="spam", by=user)
    batch = str(Decision.objects.get().batch)
    url = "/admin/pastes/paste/undo/"
    assert staff_client("view_paste").post(url, {"batch": batch}).status_code == 403
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(url, {"batch": batch}).status_code == 403
    client.get(url, {"batch": batch})
    assert Paste.objects.get().state == "hidden"


@pytest.mark.parametrize(
    ("name", "state", "reports"),
    [("keep", "live", 0), ("close", "live", 0), ("hide", "hidden", 0)],
)
def test_acts_decide_a_case(moderator, make_paste, name, state, reports):
    paste = make_paste().paste
    report(paste, 2)
    client, _ = moderator
    act(client, name, paste, reason="spam", next="queue")
    paste.refresh_from_db()
    assert (paste.state, paste.open_reports) == (state, reports)
    assert queued(client) == []


def test_hiding_a_maker_takes_all_of_it(moderator, make_paste):
    pastes = [make_paste(f"text {n}", maker_key="a" * 32).paste for n in range(3)]
    report(pastes[0])
    client, _ = moderator
    question = client.get(ACT.format("hide_maker") + f"?pks={pastes[0].pk}")
    page = question.content.decode()
    assert re.search(r'value="browser"[^>]* checked', page)
    assert "all from the same browser (2)" in page
    done = act(client, "hide_maker", pastes[0], reason="spam", reach=["browser"])
    assert "3 pastes hidden." in text_of(done)


def test_block_actions_block_and_hide(moderator, make_paste):
    paste = make_paste(AD, client=Client("192.0.2.5")).paste
    client, _ = moderator
    for name, kind in (("block_text", "text"), ("block_network", "network")):
        page = client.get(ACT.format(name) + f"?pks={paste.pk}").content.decode()
        assert re.search(rf'value="{kind}"[^>]* checked', page)
    values = {"reason": "spam", "blocks": ["text", "network"], "expires_in": "7d"}
    done = act(client, "block_text", paste, **values)
    assert "1 paste hidden. 2 blocks made." in text_of(done)
    assert Block.objects.count() == 2


def test_refused_block_keeps_what_was_typed_and_hides_nothing(moderator, make_paste):
    paste = make_paste(AD, client=Client("10.0.0.5")).paste
    client, _ = moderator
    values = {"reason": "spam", "note": "from inside", "blocks": ["network"]}
    refused = act(client, "hide", paste, **values)
    page = refused.content.decode()
    assert "is a private network" in page
    assert 'value="from inside"' in page
    assert re.search(r'value="network"[^>]* checked', page)
    assert Paste.objects.get().state == "live"
    assert 'name="confirmed"' in page
    act(client, "hide", paste, confirmed="on", **values)
    assert Block.objects.get().pattern == "10.0.0.5/32"


def test_delete_asks_before_it_is_gone(moderator, make_paste):
    paste = make_paste().paste
    client, _ = moderator
    values = {"reason": "malware", "note": "so far", "ask": "1"}
    asked = act(client, "delete", paste, **values).content.decode()
    assert "gone for good" in asked
    assert 'value="so far"' in asked
    assert '<option value="malware" selected>' in asked
    assert Paste.objects.exists()


def test_reporters_hear_of_it_unless_they_should_not(moderator, make_paste, settings):
    settings.EMAIL_URL = "memory://"
    client, _ = moderator
    for silent, answers in (({}, 1), ({"is_silent": "on"}, 0)):
        paste = make_paste().paste
        report(paste, contact="me@example.com")
        done = text_of(act(client, "keep", paste, **silent))
        assert ("1 reporter will hear of it." in done) == bool(answers)
        assert Report.objects.exclude(contact="").count() == answers
        Report.objects.all().delete()


def test_paste_that_somebody_else_decided_is_told(moderator, make_paste):
    paste = make_paste().paste
    services.hide_paste(paste.slug, reason="spam", by=None)
    done = text_of(act(moderator[0], "hide", paste, reason="malware"))
    assert "Nothing changed: somebody was quicker" in done


@pytest.mark.parametrize("home", ["https://evil.example/", "//evil", "x", "queue"])
def test_acts_lead_nowhere_else(moderator, make_paste, home):
    paste = make_paste().paste
    done = act(moderator[0], "keep", paste, next=home)
    assert done.redirect_chain[0][0] in (QUEUE, "/admin/pastes/paste/")


def test_what_was_edited_meanwhile_is_not_kept(moderator, make_mine):
    new = make_mine("harmless")
    paste = new.paste
    report(paste)
    client, _ = moderator
    page = client.get(case_url(paste)).content.decode()
    seen_at = re.search(r'name="seen_at" value="([^"]+)"', page)[1]
    services.edit_paste(
        paste.slug, owner_token=new.owner_token, client=None, text="phishing"
    )
    done = text_of(act(client, "keep", paste, seen_at=seen_at))
    assert "1 paste was edited since you saw it" in done
    paste.refresh_from_db()
    assert not paste.is_cleared
    assert queued(client) == [paste.slug]
    act(client, "keep", paste, seen_at=timezone.now().isoformat())
    assert queued(client) == []


@pytest.mark.parametrize("name", ["hide", "delete"])
def test_blocks_take_the_right_to_block(make_paste, name):
    paste = make_paste(AD, client=Client("192.0.2.5")).paste
    client = staff_client("view_paste", "moderate_paste", "delete_paste")
    assert 'name="blocks"' not in client.get(case_url(paste)).content.decode()
    act(client, name, paste, reason="spam", blocks=["text", "network"])
    assert not Block.objects.exists()
    assert not Paste.objects.filter(state="live").exists()
    page = client.get("/admin/pastes/paste/").content.decode()
    assert 'value="block_text"' not in page
    assert client.get(ACT.format("block_text")).status_code == 403


def test_undo_removes_blocks_for_who_may_remove_them(moderator, make_paste):
    paste = make_paste(AD).paste
    act(moderator[0], "hide", paste, reason="spam", blocks=["text"])
    batch = str(Decision.objects.first().batch)
    client = staff_client("view_paste", "moderate_paste")
    client.post("/admin/pastes/paste/undo/", {"batch": batch})
    assert Paste.objects.get().state == "live"
    assert Block.objects.count() == 1


def test_case_shows_reports_and_decisions_to_who_may_see_them(moderator, make_paste):
    paste = make_paste().paste
    report(paste, details="words of a reader")
    services.moderate([paste.slug], "keep", note="a note", by=moderator[1])
    report(paste, details="words of a reader")
    for rights, shown in (
        ([], (False, False)),
        (["view_report"], (True, False)),
        (["view_decision"], (False, True)),
    ):
        User.objects.filter(username="staff").update(username=f"staff-{rights}")
        page = text_of(staff_client("view_paste", *rights).get(case_url(paste)))
        assert ("words of a reader" in page, "a note" in page) == shown
