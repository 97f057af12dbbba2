"""The moderators' pages with 100,000 pastes and 10,000 reports: few queries, and quick ones.

How long each took is shown; what is asserted is what makes it so: the number of queries,
the index that each of them uses, and that no list reads a text.
"""

import re
import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pastes import services
from pastes.models import Decision, Paste, Report
from pastes.services import statistics
from pastes.tests.many import (
    HELD,
    HIDDEN,
    OPEN_CASES,
    PASTES,
    REPORTS,
    WAVE,
    WAVE_ADDRESS,
    WAVE_NETWORK,
    large_site,
)

START = "/admin/"
LIST = "/admin/pastes/paste/"
QUEUE = "/admin/pastes/case/"
RECORD = "/admin/pastes/decision/"
BLOCKS = "/admin/pastes/block/"
# What is read as a whole on purpose: once a minute for the start page.
IS_SQLITE = connection.vendor == "sqlite"
COUNTED_WHOLE = ('SUM("pastes_paste"."size")', "THEN 29 ELSE NULL")


@pytest.fixture(scope="module", autouse=True)
def large(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), large_site():
        yield


@pytest.fixture
def measure(db, record_property):
    """Call something; return the statements that it made, and show how long it took."""

    def measured(name, call):
        with CaptureQueriesContext(connection) as queries:
            start = time.perf_counter()
            answer = call()
            seconds = time.perf_counter() - start
        counted = f"{len(queries)} queries, {seconds * 1000:.0f} ms"
        record_property("summary", f"{PASTES:,} pastes, {name}: {counted}")
        return answer, [each["sql"] for each in queries]

    return measured


@pytest.fixture
def look(measure, moderator):
    """Get one of the moderators' pages twice; return the second and its statements."""

    def looked(name, url):
        # What a process learns at its first page is not learnt again.
        moderator[0].get(url)
        response, statements = measure(name, lambda: moderator[0].get(url))
        assert response.status_code == 200
        return response, statements

    return looked


def plans(statements):
    """Return how the database finds the rows of each reading statement."""
    explain = "EXPLAIN QUERY PLAN" if IS_SQLITE else "EXPLAIN"
    with connection.cursor() as cursor:
        for sql in statements:
            if sql.startswith("SELECT"):
                cursor.execute(f"{explain} {sql}")
                yield sql, "; ".join(row[-1] for row in cursor.fetchall())


def scans(statements):
    """Return the statements that read a large table from one end to the other.

    A list that is narrowed by what has no index reads on, newest first, and sorts
    nothing: it ends as soon as the page is full. PostgreSQL, which knows how few rows
    there will be, may find all of them first and sort those; and it rightly takes no
    index for a sixth of a table of thousands.
    """
    whole = r"SCAN pastes_(paste|report|decision)\b(?! USING)"
    scan = re.compile(whole if IS_SQLITE else r"Seq Scan on pastes_paste\b")
    return [
        (sql[:300], plan)
        for sql, plan in plans(statements)
        if scan.search(plan)
        and not any(words in sql for words in COUNTED_WHOLE)
        and ('_id" DESC' not in sql.replace('."id"', '_id"') or "B-TREE" in plan)
    ]


def use(index, statements, words):
    """Say whether an index serves each of the statements that have these words.

    PostgreSQL may find a page of a thousand rows by going back from the newest.
    """
    found = [plan for sql, plan in plans(statements) if words in sql]
    assert found, words
    ways = [f"INDEX {index}"]
    if not IS_SQLITE:
        ways = [f" using {index}", f"Index Scan on {index}"]
        ways += ["Index Scan Backward using pastes_paste_pkey"]
    return all(any(way in plan for way in ways) for plan in found)


def reads_text(sql):
    """Say whether a statement takes texts out of the table; their length is none."""
    return "packed_text" in sql.replace('LENGTH("pastes_paste"."packed_text")', "")


def check(statements, most):
    assert len(statements) <= most, statements
    assert not scans(statements)
    assert not [sql for sql in statements if reads_text(sql)]


def test_all_of_it_is_there(db):
    assert Paste.objects.count() == PASTES
    assert Report.objects.count() == REPORTS
    assert Paste.objects.filter(state="held").count() == HELD
    assert Paste.objects.filter(state="hidden").count() == HIDDEN
    assert Decision.objects.count() == HIDDEN
    # Of some the text was burned or is over since, and nobody need look at it.
    assert OPEN_CASES - 100 < Paste.objects.open_cases().count() <= OPEN_CASES
    for paste in Paste.objects.exclude(packed_text=b"")[:20]:
        assert len(paste.data) == paste.size
    families = {":" in (each or "") for each in addresses()}
    assert families == {True, False}


def addresses():
    return Paste.objects.values_list("client_address", flat=True)[: 3 * WAVE]


def test_start_page(look):
    response, statements = look("start page again", START)
    check(statements, 8)
    assert response.context["pictures"][0].most != "0"
    assert use("pastes_open_cases", statements, "case_opened_at")


def test_figures_of_the_start_page(measure):
    figures, statements = measure("figures", statistics.site_statistics)
    check(statements, 4 if IS_SQLITE else 5)
    assert use("pastes_by_address", statements, "client_address")
    # Half of the reports are of these days, for which PostgreSQL reads all of them.
    if IS_SQLITE:
        assert use("pastes_report_created_at_", statements, "pastes_report")
    assert figures.storage.pastes == PASTES
    assert sum(day.count for day in figures.pastes) > PASTES / 4
    assert WAVE in {maker.count for maker in figures.makers}
    cache.clear()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?p=3",
        "?state__exact=held",
        "?age=1h",
        "?kind=locked",
        "?bytes=huge",
        "?reported=yes",
    ],
)
def test_list_of_pastes(look, query):
    _response, statements = look(f"list {query}", LIST + query)
    check(statements, 9)


def test_search_by_address(look):
    response, statements = look("search by address", f"{LIST}?q={WAVE_ADDRESS}")
    check(statements, 9)
    assert use("pastes_by_address", statements, '"client_address" = ')
    assert response.context["cl"].result_count == WAVE


def test_search_by_sha256(look):
    sha256 = Paste.objects.exclude(sha256="").values_list("sha256", flat=True)[7]
    response, statements = look("search by SHA-256", f"{LIST}?q={sha256}")
    check(statements, 9)
    assert use("pastes_paste_sha256_", statements, '"sha256" = ')
    assert response.context["cl"].result_count == 1


@pytest.mark.parametrize("query", ["", "?p=2"])
def test_queue(look, query):
    _response, statements = look(f"queue {query}", QUEUE + query)
    check(statements, 10)
    assert use("pastes_open_cases", statements, '"case_opened_at" IS NOT NULL')


@pytest.mark.parametrize("kind", ["reported", "spam by IPv4", "spam by IPv6"])
def test_page_of_a_case(look, kind):
    paste = {
        "reported": Paste.objects.open_cases().exclude(likeness_1=None).first,
        "spam by IPv4": Paste.objects.filter(client_address=WAVE_ADDRESS).first,
        "spam by IPv6": Paste.objects.order_by("-pk").first,
    }[kind]()
    _response, statements = look(f"case, {kind}", f"{LIST}{paste.pk}/change/")
    assert len(statements) <= 40, len(statements)
    assert not scans(statements)
    # The text of this one alone, once.
    assert len([sql for sql in statements if reads_text(sql)]) <= 1
    assert use("pastes_by_likeness_1", statements, '"likeness_1" = ')
    if kind == "spam by IPv6":
        # By the index alone: going back from the newest would look at every row.
        words = f">= '{WAVE_NETWORK}"
        found = [plan for sql, plan in plans(statements) if words in sql]
        assert found
        assert all("pastes_by_address" in plan for plan in found)


@pytest.mark.parametrize("query", ["", "?p=2", "?act=hidden", "?who=1"])
def test_record(look, query):
    _response, statements = look(f"record {query}", RECORD + query)
    check(statements, 12)


@pytest.mark.parametrize("query", ["", "?kind__exact=network", "?q=spam7"])
def test_list_of_blocks(look, query):
    _response, statements = look(f"blocks {query}", BLOCKS + query)
    check(statements, 10)


def test_hiding_a_wave_and_bringing_it_back(measure, moderator):
    """A thousand at once: a few statements for each five hundred, none for each one."""
    user = moderator[1]
    wave = Paste.objects.filter(client_address=WAVE_ADDRESS)
    slugs = list(wave.values_list("slug", flat=True))
    before = dict(wave.values_list("slug", "state"))
    outcome, statements = measure(
        f"hide {len(slugs)}",
        lambda: services.moderate(slugs, "hide", reason="spam", by=user),
    )
    assert outcome.count == WAVE
    assert len(statements) <= 35, len(statements)
    assert not scans(statements)
    assert not [sql for sql in statements if reads_text(sql)]
    assert set(wave.values_list("state", flat=True)) == {"hidden"}
    undone, statements = measure(
        f"undo {len(slugs)}", lambda: services.undo_hiding(outcome.batch, by=user)
    )
    assert undone.count == WAVE
    assert len(statements) <= 40, len(statements)
    assert not scans(statements)
    assert dict(wave.values_list("slug", "state")) == before


@pytest.mark.parametrize("reach", ["address", "similar"])
def test_hiding_one_of_a_wave_takes_the_others_along(measure, moderator, reach):
    newest = Paste.objects.order_by("-pk").first()
    outcome, statements = measure(
        f"hide one and all by {reach}",
        lambda: services.moderate(
            [newest.slug], "hide", reason="spam", reach=[reach], by=moderator[1]
        ),
    )
    assert outcome.count >= WAVE - 1
    assert len(statements) <= 40, len(statements)
    assert not scans(statements)


def test_keeping_every_open_case(measure, moderator):
    slugs = list(Paste.objects.open_cases().values_list("slug", flat=True))
    outcome, statements = measure(
        f"keep {len(slugs)}",
        lambda: services.moderate(slugs, "keep", by=moderator[1]),
    )
    assert outcome.count == len(slugs)
    assert len(statements) <= 60, len(statements)
    assert not scans(statements)
    assert statistics.count_cases() == statistics.Cases(0, 0)
