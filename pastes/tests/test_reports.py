"""Reports open a case, count exactly, and hold a paste once enough clients agree."""

import threading

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from pastes import services
from pastes.models import Decision, Paste, Report
from pastes.services import Client, Held, Removed

pytestmark = pytest.mark.django_db


def report(slug, address="192.0.2.1", **values):
    client = Client(address) if address is not None else None
    services.report_paste(slug, **{"reason": "spam", "client": client} | values)


def row(slug):
    return Paste.objects.get(slug=slug)


def send(client, slug, **fields):
    return client.post(f"/{slug}/report", {"reason": "spam"} | fields, follow=True)


def test_first_report_opens_the_case_and_later_ones_count(make_paste):
    paste = make_paste().paste
    assert (paste.case_opened_at, paste.open_reports) == (None, 0)
    before = timezone.now()
    report(paste.slug)
    opened_at = row(paste.slug).case_opened_at
    assert before <= opened_at <= timezone.now()
    report(paste.slug, "192.0.2.2")
    assert row(paste.slug).open_reports == 2
    assert row(paste.slug).case_opened_at == opened_at
    assert list(Paste.objects.open_cases()) == [paste]


@pytest.mark.parametrize("contact", ["reader@example.org", " reader@example.org "])
def test_reader_may_leave_an_address_for_an_answer(
    client, make_paste, settings, contact
):
    settings.EMAIL_URL = "memory://"
    slug = make_paste().paste.slug
    page = client.get(f"/{slug}/report").content.decode()
    assert 'name="contact"' in page
    assert 'type="email"' in page
    assert send(client, slug, contact=contact).status_code == 200
    assert Report.objects.get().contact == "reader@example.org"


def test_site_that_sends_no_mail_asks_for_no_address(client, make_paste):
    slug = make_paste().paste.slug
    assert 'name="contact"' not in client.get(f"/{slug}/report").content.decode()
    assert send(client, slug, contact="reader@example.org").status_code == 200
    assert Report.objects.get().contact == ""


@pytest.mark.parametrize(
    "contact",
    ["me", "a@b", "a@example.org\nBcc: b@example.org", "a@" + "x" * 260 + ".org"],
)
def test_address_that_takes_no_mail_is_refused_and_nothing_typed_is_lost(
    client, make_paste, settings, contact
):
    settings.EMAIL_URL = "memory://"
    slug = make_paste().paste.slug
    answer = send(client, slug, contact=contact, details="typed words")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is no e-mail address" in page
    assert "typed words" in page
    assert contact.split("\n")[0] in page
    assert 'value="spam" required id="id_reason_0" checked' in page
    assert not Report.objects.exists()
    assert row(slug).open_reports == 0


def test_api_takes_and_checks_the_address(client, make_paste):
    path = f"/api/v1/pastes/{make_paste().paste.slug}/reports"
    fields = {"reason": "spam", "contact": "nobody"}
    answer = client.post(path, fields, content_type="application/json")
    assert answer.status_code == 422
    assert "e-mail" in answer.json()["errors"]["contact"][0]
    fields["contact"] = "reader@example.org"
    answer = client.post(path, fields, content_type="application/json")
    assert answer.status_code == 202
    assert Report.objects.get().contact == "reader@example.org"


def hold(slug):
    now = timezone.now()
    Paste.objects.filter(slug=slug).update(state="held", case_opened_at=now)


def test_what_is_held_is_not_reported(client, make_paste):
    slug = make_paste().paste.slug
    hold(slug)
    assert client.get(f"/{slug}/report").status_code == 403
    assert send(client, slug).status_code == 403
    answer = client.post(
        f"/api/v1/pastes/{slug}/reports", {"reason": "spam"}, "application/json"
    )
    assert answer.json()["code"] == "held"
    assert not Report.objects.exists()
    assert row(slug).open_reports == 0


def test_refused_report_leaves_no_case(make_paste, settings):
    settings.LIMIT_REPORT = "1/h"
    one, other = make_paste().paste, make_paste().paste
    report(one.slug)
    with pytest.raises(services.PasteError):
        report(other.slug)
    assert row(other.slug).case_opened_at is None


@pytest.mark.threat("S2")
def test_reports_hold_nothing_unless_the_operator_says_so(make_paste):
    slug = make_paste().paste.slug
    for number in range(20):
        report(slug, f"192.0.2.{number}")
    assert row(slug).state == "live"


def test_enough_different_clients_hold_a_paste(client, make_paste, settings):
    settings.REPORTS_HOLD_AT = 3
    slug = make_paste("canary").paste.slug
    report(slug, "192.0.2.1")
    report(slug, "192.0.2.2")
    assert client.get(f"/{slug}/raw").content == b"canary"
    report(slug, "192.0.2.3")
    paste = row(slug)
    assert (paste.state, paste.open_reports) == ("held", 3)
    assert paste.held_because == [["reports", 0, "3"]]
    answer = client.get(f"/{slug}/raw")
    assert answer.status_code == 403
    assert b"canary" not in answer.content
    with pytest.raises(Held):
        report(slug, "192.0.2.4")
    decision = Decision.objects.get(slug=slug)
    assert (decision.act, decision.was) == ("held", "live")
    user = LogEntry.objects.get().user
    assert (user.username, user.is_active) == ("site", False)


@pytest.mark.parametrize(
    "addresses",
    [
        ["192.0.2.1"] * 5,
        # One home's network.
        [f"2001:db8::{number}" for number in range(5)],
        # Trusted callers and forgotten addresses.
        [None, None, "", None],
    ],
    ids=["address", "network", "unknown"],
)
@pytest.mark.threat("S2")
def test_one_client_alone_holds_nothing(make_paste, settings, addresses):
    settings.REPORTS_HOLD_AT = 2
    slug = make_paste().paste.slug
    for address in addresses:
        report(slug, address)
    assert row(slug).state == "live"
    report(slug, "198.51.100.1")
    assert row(slug).state == "held"


def test_closed_reports_count_no_more(make_paste, settings):
    settings.REPORTS_HOLD_AT = 2
    slug = make_paste().paste.slug
    report(slug, "192.0.2.1")
    Report.objects.update(closed_at=timezone.now())
    Paste.objects.update(open_reports=0, case_opened_at=None)
    report(slug, "192.0.2.2")
    assert row(slug).state == "live"


@pytest.mark.threat("S1")
def test_what_a_moderator_kept_is_not_held_by_reports_again(make_paste, settings):
    settings.REPORTS_HOLD_AT = 2
    slug = make_paste().paste.slug
    Paste.objects.update(is_cleared=True)
    for number in range(9):
        report(slug, f"192.0.2.{number}")
    paste = row(slug)
    assert (paste.state, paste.open_reports) == ("live", 9)
    assert paste.case_opened_at is not None


READERS = 16


@pytest.mark.django_db(transaction=True)
def test_reports_at_one_moment_are_counted_and_hold_once(make_paste, settings):
    assert "mode=memory" not in connection.settings_dict["NAME"]
    settings.REPORTS_HOLD_AT = 5
    slug = make_paste().paste.slug
    barrier = threading.Barrier(READERS)
    outcomes = []

    def read(number):
        barrier.wait()
        try:
            report(slug, f"192.0.2.{number}")
            outcomes.append("reported")
        except Held:
            outcomes.append("held")
        finally:
            connection.close()

    threads = [threading.Thread(target=read, args=[n]) for n in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paste = row(slug)
    assert sorted(outcomes) == ["held"] * (READERS - 5) + ["reported"] * 5
    assert (paste.state, paste.open_reports) == ("held", 5)
    assert paste.held_because == [["reports", 0, "5"]]
    assert Report.objects.count() == 5
    assert Decision.objects.count() == 1


# The page in place of what was taken down


def taken_down(make_paste, moderator):
    slug = make_paste("canary").paste.slug
    services.hide_paste(slug, reason="malware", note="secret note", by=moderator[1])
    return slug


def test_page_of_what_was_taken_down_states_its_reasons(
    client, make_paste, moderator, settings
):
    settings.ABUSE_EMAIL = "abuse@example.org"
    slug = taken_down(make_paste, moderator)
    page = client.get(f"/{slug}")
    words = page.content.decode()
    assert page.status_code == 410
    for expected in (
        "malware or phishing.",
        "A moderator of this site, not a program",
        f"mailto:abuse@example.org?subject=Objection%3A%20http%3A%2F%2Ftestserver%2F{slug}",
    ):
        assert expected in words
    assert "secret note" not in words
    assert "canary" not in words


def test_page_says_whom_to_tell_where_there_is_no_address(
    client, make_paste, moderator
):
    page = client.get(f"/{taken_down(make_paste, moderator)}").content.decode()
    assert "Tell the people who run this site" in page
    assert "mailto:" not in page


def test_date_of_a_decision_is_told(client, make_paste, moderator):
    slug = taken_down(make_paste, moderator)
    if not Decision.objects.filter(slug=slug).exists():
        entry = LogEntry.objects.get()
        Decision.objects.create(
            entry=entry, act="hidden", reason="malware", slug=slug, batch="0" * 32
        )
    with pytest.raises(Removed) as caught:
        services.find_paste(slug)
    assert caught.value.at == LogEntry.objects.get().action_time
    assert f"{timezone.now():%Y}: malware" in client.get(f"/{slug}").content.decode()
    assert (
        f"{timezone.now():%Y}: malware" in client.get(f"/{slug}/raw").content.decode()
    )


def test_api_and_terminal_tell_the_category(client, make_paste, moderator, settings):
    settings.ABUSE_EMAIL = "abuse@example.org"
    slug = taken_down(make_paste, moderator)
    problem = client.get(f"/api/v1/pastes/{slug}").json()
    assert (problem["code"], problem["reason"]) == ("removed", "malware")
    line = client.get(f"/{slug}/raw").content.decode()
    assert "malware or phishing" in line
    assert "write to abuse@example.org and name the link" in line
    assert line.count("\n") == 1
