"""What is remembered of pastes that were ended, and how copies of it are united."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import services
from pastes.models import Paste, Tombstone
from pastes.services import burying
from pastes.tests.conftest import MAKER_KEY
from pastes.tokens import digest

pytestmark = pytest.mark.django_db
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
LATE = EARLY + timedelta(hours=1)


def stone(slug):
    return Tombstone.objects.values_list("kind", "reason").get(pk=digest(slug))


def line(slug, kind, at=EARLY, reason=""):
    return json.dumps(
        {
            "digest": digest(slug),
            "kind": kind,
            "reason": reason,
            "made_at": at.isoformat(),
        }
    )


@pytest.mark.threat("B8")
def test_burning_leaves_a_tombstone(make_paste):
    slug = make_paste(burn=True).paste.slug
    assert not Tombstone.objects.exists()
    services.open_paste(slug, consent=True, client=None)
    assert stone(slug) == ("burned", "")


@pytest.mark.threat("B8")
def test_deleting_leaves_tombstones(make_mine):
    one, two, three = (make_mine() for _ in range(3))
    services.delete_paste(one.paste.slug, owner_token=one.owner_token)
    assert stone(one.paste.slug) == ("deleted", "")
    services.delete_made_pastes(maker_key=MAKER_KEY)
    assert stone(two.paste.slug) == stone(three.paste.slug) == ("deleted", "")


@pytest.mark.threat("B8")
@pytest.mark.parametrize("act", ["hide", "delete"])
def test_a_moderators_end_leaves_a_tombstone_with_its_reason(make_paste, act):
    slug = make_paste().paste.slug
    services.moderate([slug], act, reason="malware", by=None)
    kind = {"hide": "hidden", "delete": "deleted"}[act]
    assert stone(slug) == (kind, "malware")


def test_taking_a_hiding_back_lifts_its_tombstone(make_paste):
    one, two = make_paste().paste.slug, make_paste().paste.slug
    services.hide_paste(one, reason="spam", by=None)
    services.restore_paste(one, by=None)
    assert stone(one) == ("lifted", "")
    batch = services.moderate([two], "hide", reason="spam", by=None).batch
    services.undo_hiding(batch, by=None)
    assert stone(two) == ("lifted", "")


def test_pruning_leaves_none_and_forgets_old_ones(make_paste, settings):
    settings.TOMBSTONE_RETENTION = "30d"
    now = timezone.now()
    burying.bury(["old"], "deleted", now=now - timedelta(days=31))
    burying.bury(["new"], "deleted", now=now - timedelta(days=29))
    make_paste(lifetime="10m")
    services.prune_pastes(now=now + timedelta(hours=1))
    assert list(Tombstone.objects.values_list("pk", flat=True)) == [digest("new")]


def test_thousand_are_buried_in_few_statements():
    slugs = [f"{number:012}" for number in range(1000)]
    with CaptureQueriesContext(connection) as queries:
        burying.bury(slugs, "hidden", reason="spam")
    assert len([each for each in queries if "INSERT" in each["sql"]]) < 15
    assert Tombstone.objects.count() == 1000


def test_the_command_gives_what_unites_elsewhere():
    burying.bury(["one"], "hidden", reason="spam")
    burying.bury(["two"], "burned")
    output = io.StringIO()
    call_command("tombstones", stdout=output)
    rows = sorted(Tombstone.objects.values_list())
    assert "one" not in output.getvalue()
    Tombstone.objects.all().delete()
    assert burying.unite_tombstones(output.getvalue().splitlines()) == 2
    assert sorted(Tombstone.objects.values_list()) == rows


def test_the_command_gives_the_newest_alone():
    burying.bury(["old"], "burned", now=timezone.now() - timedelta(hours=3))
    burying.bury(["new"], "burned")
    output = io.StringIO()
    call_command("tombstones", "--since", "2h", stdout=output)
    assert json.loads(output.getvalue())["digest"] == digest("new")
    with pytest.raises(CommandError, match="span"):
        call_command("tombstones", "--since", "soon")


@pytest.mark.parametrize(
    ("sayings", "kind"),
    [
        ([("deleted", EARLY), ("lifted", LATE)], "deleted"),
        ([("hidden", EARLY), ("lifted", LATE)], "lifted"),
        ([("hidden", LATE), ("lifted", EARLY)], "hidden"),
        ([("hidden", LATE), ("burned", EARLY)], "burned"),
    ],
)
def test_of_two_sayings_the_right_one_counts(sayings, kind):
    lines = [
        line("one", kind, at, "spam" if kind == "hidden" else "")
        for kind, at in sayings
    ]
    # In one file, in files one after the other, and the other way round.
    burying.unite_tombstones(lines)
    assert stone("one")[0] == kind
    for order in (lines, lines[::-1]):
        Tombstone.objects.all().delete()
        for each in order:
            burying.unite_tombstones([each])
        assert stone("one")[0] == kind


@pytest.mark.parametrize(
    "bad",
    ["no json", "[]", "{}", line("x", "gone"), line("x", "hidden")],
)
def test_a_bad_line_is_refused_by_its_number(bad):
    with pytest.raises(burying.BadTombstone, match="line 2"):
        burying.unite_tombstones([line("one", "burned"), bad])


@pytest.mark.threat("B8")
def test_what_came_back_is_ended_again(make_paste):
    gone, hidden, kept = (make_paste().paste.slug for _ in range(3))
    services.report_paste(hidden, reason="spam", client=None)
    burying.bury([gone], "deleted")
    burying.bury([hidden], "hidden", reason="malware")
    burying.bury([kept], "lifted")
    assert burying.apply_tombstones() == (1, 1)
    assert burying.apply_tombstones() == (0, 0)
    with pytest.raises(services.NotFound):
        services.open_paste(gone, client=None)
    with pytest.raises(services.Removed) as raised:
        services.open_paste(hidden, client=None)
    assert raised.value.reason == "malware or phishing"
    assert services.open_paste(kept, client=None).text == "some text\n"
    paste = Paste.objects.get(slug=hidden)
    assert (paste.open_reports, paste.case_opened_at) == (0, None)
    assert not paste.reports.filter(closed_at=None).exists()
