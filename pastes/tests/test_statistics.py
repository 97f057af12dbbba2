"""The figures of the start page: right to the day, the byte and the network."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from pastes import services
from pastes.models import Block, Paste, Report
from pastes.services import Client, statistics

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 30, 10, 0, tzinfo=ZoneInfo("UTC"))


def made(make_paste, moment, **values):
    """Store a paste that was made at a moment."""
    paste = make_paste(**values).paste
    Paste.objects.filter(pk=paste.pk).update(created_at=moment, expires_at=None)
    return paste


def counts(days):
    """Return the days that have any."""
    return {day.date: day.count for day in days if day.count}


def test_days_are_thirty_with_today_last_and_empty_ones_zero(make_paste):
    made(make_paste, NOW)
    made(make_paste, NOW - timedelta(days=29))
    made(make_paste, NOW - timedelta(days=30))
    days = statistics.count_all(NOW).pastes
    assert [day.date for day in days] == [
        date(2026, 3, 30) - timedelta(days=ago) for ago in range(29, -1, -1)
    ]
    assert counts(days) == {date(2026, 3, 1): 1, date(2026, 3, 30): 1}


@override_settings(TIME_ZONE="Europe/Berlin")
def test_day_begins_at_midnight_in_the_sites_time_zone(make_paste):
    """In Berlin summer time began on 29 March: midnight was at 23:00, then 22:00."""
    utc = ZoneInfo("UTC")
    made(make_paste, datetime(2026, 3, 28, 22, 59, tzinfo=utc))
    made(make_paste, datetime(2026, 3, 28, 23, 0, tzinfo=utc))
    made(make_paste, datetime(2026, 3, 29, 21, 59, tzinfo=utc))
    made(make_paste, datetime(2026, 3, 29, 22, 0, tzinfo=utc))
    assert counts(statistics.count_all(NOW).pastes) == {
        date(2026, 3, 28): 1,
        date(2026, 3, 29): 2,
        date(2026, 3, 30): 1,
    }


def test_reports_are_counted_by_their_own_day(make_paste):
    paste = made(make_paste, NOW - timedelta(days=20))
    for ago in (0, 1, 1, 40):
        moment = NOW - timedelta(days=ago)
        Report.objects.create(paste=paste, reason="spam", created_at=moment)
    assert counts(statistics.count_all(NOW).reports) == {
        date(2026, 3, 29): 2,
        date(2026, 3, 30): 1,
    }


def test_languages_are_the_ten_most_used_of_these_days(make_paste):
    for syntax in ("python", "python", "rust"):
        made(make_paste, NOW - timedelta(days=3), syntax=syntax)
    for _ in range(3):
        made(make_paste, NOW - timedelta(days=31), syntax="go")
    languages = statistics.count_all(NOW).languages
    assert [(each.name, each.count) for each in languages] == [
        ("python", 2),
        ("rust", 1),
    ]


def test_no_more_than_ten_are_named():
    shares = statistics.top({f"name {number:02}": 5 for number in range(12)})
    assert [share.name for share in shares] == [f"name {n:02}" for n in range(10)]


def test_makers_of_one_ipv6_network_are_one(make_paste):
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "192.0.2.7"):
        made(make_paste, NOW, client=Client(address))
    made(make_paste, NOW)
    makers = statistics.count_all(NOW).makers
    assert [(each.name, each.count) for each in makers] == [
        ("2001:db8::/64", 2),
        ("192.0.2.7", 1),
        ("2001:db8:0:1::/64", 1),
    ]


def test_storage_is_the_texts_as_sent_and_as_kept(make_paste):
    for text in ("a" * 10_000, "äöü"):
        made(make_paste, NOW, text=text)
    packed = sum(len(paste.packed_text) for paste in Paste.objects.all())
    storage = statistics.count_all(NOW).storage
    assert (storage.pastes, storage.text_bytes) == (2, 10_006)
    assert storage.packed_bytes == packed
    # A database has a page at least for each of its tables.
    assert storage.file_bytes > 4096 * len(connection.introspection.table_names())


def test_empty_site_has_figures_too():
    empty = statistics.count_all(NOW)
    assert (empty.hidden, empty.languages, empty.makers) == (0, (), ())
    assert empty.storage.text_bytes == empty.storage.packed_bytes == 0
    assert statistics.count_cases() == statistics.Cases(0, 0)
    assert statistics.busiest_blocks() == []


def test_cases_are_what_the_queue_holds_at_this_moment(make_paste):
    held, reported, gone, hidden = [make_paste().paste for _ in range(4)]
    for paste in (reported, gone, hidden):
        services.report_paste(paste.slug, reason="spam", details="", client=None)
    Paste.objects.filter(pk=held.pk).update(state="held", case_opened_at=NOW)
    past = timezone.now() - timedelta(days=1)
    Paste.objects.filter(pk=gone.pk).update(
        created_at=past, expires_at=past + timedelta(hours=1)
    )
    services.hide_paste(hidden.slug, reason="spam", by=None)
    assert statistics.count_cases() == statistics.Cases(open=2, held=1)
    assert statistics.site_statistics().hidden == 1
    services.hide_paste(reported.slug, reason="spam", by=None)
    assert statistics.count_cases().open == 1


def test_figures_are_kept_and_asked_for_no_second_time(
    make_paste, django_assert_num_queries
):
    make_paste()
    with django_assert_num_queries(4 + (connection.vendor == "postgresql")):
        first = statistics.site_statistics()
    make_paste()
    with django_assert_num_queries(0):
        assert statistics.site_statistics() == first


def test_another_sites_figures_are_not_shown(make_paste):
    make_paste()
    assert statistics.site_statistics().storage.pastes == 1
    make_paste()
    with override_settings(SECRET_KEY="another site's secret, in the same cache"):
        assert statistics.site_statistics().storage.pastes == 2


def test_busiest_blocks_come_first_and_unmet_ones_not():
    for number, hits in enumerate([3, 0, 7]):
        Block.objects.create(
            kind="host", pattern=f"{number}.example", reason="spam", hits=hits
        )
    patterns = [block.pattern for block in statistics.busiest_blocks()]
    assert patterns == ["2.example", "0.example"]
