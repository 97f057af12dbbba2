"""The reader's page to report a paste."""

import re

import pytest

from pastes import services
from pastes.models import Report

pytestmark = pytest.mark.django_db


def send(browser, slug, **fields):
    page = browser.get(f"/{slug}/report").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    return browser.post(
        f"/{slug}/report", {"csrfmiddlewaretoken": token} | fields, follow=True
    )


@pytest.mark.parametrize(
    "lock", [{}, {"password": "x"}, {"burn": True}], ids=["plain", "lock", "burn"]
)
def test_reader_reports_from_the_foot_of_the_page(browser_client, make_paste, lock):
    slug = make_paste("canary", title="canary", **lock).paste.slug
    foot = browser_client.get(f"/{slug}").content.decode()
    assert f'href="/{slug}/report"' in foot
    if lock:
        assert b"canary" not in browser_client.get(f"/{slug}/report").content
    answer = send(browser_client, slug, reason="malware", details="line 3")
    assert "The moderators have your report" in answer.content.decode()
    (report,) = Report.objects.all()
    assert (report.paste.slug, report.reason) == (slug, "malware")
    assert (report.details, report.client_address) == ("line 3", "127.0.0.1")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose one of"),
        ({"reason": "nonsense"}, "Choose one of"),
        ({"reason": "spam", "details": "x" * 2001}, "at most 2000 characters"),
        ({"reason": "spam", "details": "a\0b"}, "A NUL"),
    ],
)
def test_refused_report_keeps_what_was_typed(browser_client, make_paste, fields, words):
    slug = make_paste().paste.slug
    answer = send(browser_client, slug, **{"details": "typed"} | fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "typed" in page or "x" * 2001 in page or "a" in page
    assert not Report.objects.exists()


@pytest.mark.threat("S2")
def test_too_many_reports_are_refused(browser_client, make_paste, settings):
    settings.LIMIT_REPORT = "1/h"
    slug = make_paste().paste.slug
    assert send(browser_client, slug, reason="spam").status_code == 200
    answer = send(browser_client, slug, reason="spam", details="typed")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "typed" in answer.content.decode()
    assert Report.objects.count() == 1


def test_report_needs_the_csrf_token(browser_client, make_paste):
    slug = make_paste().paste.slug
    answer = browser_client.post(f"/{slug}/report", {"reason": "spam"})
    assert answer.status_code == 403
    assert not Report.objects.exists()


def test_what_is_gone_or_taken_down_is_not_reported(browser_client, make_paste):
    slug = make_paste().paste.slug
    services.hide_paste(slug, reason="spam", by=None)
    assert browser_client.get(f"/{slug}/report").status_code == 410
    assert browser_client.get("/nothinghere1/report").status_code == 404


def test_page_that_was_the_only_reading_has_no_link_to_report(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    page = client.post(f"/{slug}", {"consent": "1"}).content.decode()
    assert "/report" not in page
