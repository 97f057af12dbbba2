"""Pruning: what goes, what stays, and that any number of processes may do it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import limits, services
from pastes.models import Allowance, Lease, Paste
from pastes.tests.conftest import run_script

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MOMENT = timedelta(microseconds=1)


def prune(now=NOW, **values):
    return services.prune_pastes(now=now, **values)


def left():
    return set(Paste.objects.values_list("slug", flat=True))


def expire(paste, at):
    Paste.objects.filter(pk=paste.pk).update(
        created_at=at - timedelta(days=1), expires_at=at
    )


def test_expired_goes_at_its_very_moment_and_not_before(make_paste):
    ends_now, ends_later, stays = (make_paste().paste for _ in range(3))
    expire(ends_now, NOW)
    expire(ends_later, NOW + MOMENT)
    Paste.objects.filter(pk=stays.pk).update(expires_at=None)
    assert prune() == 1
    assert left() == {ends_later.slug, stays.slug}
    assert prune(NOW + MOMENT) == 1
    assert left() == {stays.slug}


@pytest.mark.threat("B6")
def test_paste_is_gone_for_readers_the_moment_it_may_be_pruned(make_paste):
    paste = make_paste().paste
    paste.expires_at = NOW
    assert paste.is_expired(NOW)
    assert not paste.is_expired(NOW - MOMENT)


def test_burned_goes_after_seven_days(make_paste):
    week, less = (make_paste(burn=True).paste for _ in range(2))
    for paste, burned_at in ((week, NOW), (less, NOW + MOMENT)):
        services.open_paste(paste.slug, consent=True, client=None)
        Paste.objects.filter(pk=paste.pk).update(
            burned_at=burned_at - timedelta(days=7), expires_at=None
        )
    assert prune() == 1
    assert left() == {less.slug}


def test_unburned_burn_paste_stays(make_paste):
    paste = make_paste(burn=True, lifetime="never").paste
    Paste.objects.update(created_at=NOW - timedelta(days=400))
    assert prune() == 0
    assert left() == {paste.slug}


def test_fork_outlives_its_expired_parent(make_paste):
    parent = make_paste().paste
    fork = make_paste(fork_of=parent.slug).paste
    expire(parent, NOW)
    assert prune() == 1
    fork.refresh_from_db()
    assert fork.fork_of is None


@pytest.mark.threat("T5")
def test_old_addresses_are_forgotten(make_paste, settings):
    settings.ADDRESS_RETENTION = "14d"
    reader = services.Client("192.0.2.1")
    old, young = (make_paste(client=reader, lifetime="never").paste for _ in range(2))
    Paste.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(days=14))
    Paste.objects.filter(pk=young.pk).update(
        created_at=NOW - timedelta(days=14) + MOMENT
    )
    assert prune() == 0
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.client_address, young.client_address) == (None, "192.0.2.1")


def test_only_whole_allowances_are_forgotten():
    limits.spend("2/m", "whole again", now=NOW.timestamp() - 31)
    limits.spend("2/m", "still used", now=NOW.timestamp() - 29)
    prune()
    assert Allowance.objects.get().key == "still used"


def test_dry_run_counts_and_changes_nothing(make_paste):
    expired, burned = make_paste().paste, make_paste(burn=True).paste
    expire(expired, NOW - timedelta(days=1))
    services.open_paste(burned.slug, consent=True, client=None)
    Paste.objects.filter(pk=burned.pk).update(burned_at=NOW - timedelta(days=8))
    address = make_paste(client=services.Client("192.0.2.1"), lifetime="never").paste
    Paste.objects.filter(pk=address.pk).update(created_at=NOW - timedelta(days=400))
    limits.spend("2/m", "whole again", now=NOW.timestamp() - 60)
    before = list(Paste.objects.values_list())
    assert prune(dry_run=True) == 2
    assert list(Paste.objects.values_list()) == before
    assert Allowance.objects.count() == 1
    assert prune() == 2


def test_paste_both_expired_and_burned_counts_once(make_paste):
    paste = make_paste(burn=True).paste
    services.open_paste(paste.slug, consent=True, client=None)
    expire(paste, NOW)
    Paste.objects.update(burned_at=NOW - timedelta(days=8))
    assert prune(dry_run=True) == prune() == 1


def test_twice_is_harmless(make_paste):
    expire(make_paste().paste, NOW)
    kept = make_paste().paste
    assert [prune(), prune()] == [1, 0]
    assert left() == {kept.slug}


def test_pruning_reads_no_text(make_paste):
    # Five hundred texts of ten megabytes each would not fit into a worker.
    expire(make_paste().paste, NOW)
    with CaptureQueriesContext(connection) as queries:
        assert prune() == 1
    assert not [each["sql"] for each in queries if "packed_text" in each["sql"]]


@pytest.mark.parametrize(
    ("count", "words", "sentence"),
    [
        (0, [], "0 pastes pruned.\n"),
        (1, [], "1 paste pruned.\n"),
        (2, ["--dry-run"], "2 pastes would be pruned.\n"),
    ],
)
def test_command_says_the_count(make_paste, count, words, sentence):
    for _ in range(count):
        expire(make_paste().paste, NOW)
    output = StringIO()
    call_command("prunepastes", *words, stdout=output)
    assert output.getvalue() == sentence
    assert Paste.objects.count() == (count if words else 0)


def test_lease_is_for_one_until_it_ends():
    later = NOW + timedelta(seconds=60)
    assert services.take_lease("job", 60, now=NOW)
    assert not services.take_lease("job", 60, now=NOW)
    assert not services.take_lease("job", 60, now=later - MOMENT)
    assert services.take_lease("other", 60, now=NOW)
    assert services.take_lease("job", 60, now=later)
    assert not services.take_lease("job", 60, now=later)
    assert Lease.objects.count() == 2


# Several processes on one real database

PRUNERS = """
import django; django.setup()
from datetime import timedelta
from io import StringIO
from django.core.management import call_command
from django.utils import timezone
from pastes import tokens, zstd
from pastes.models import Paste
from pastes.tests.forks import at_once

def prune():
    said = StringIO()
    call_command("prunepastes", stdout=said)
    return int(said.getvalue().split()[0])

call_command("migrate", verbosity=0)
now = timezone.now()
Paste.objects.bulk_create(
    Paste(
        slug=tokens.new_slug(), size=1, owner_digest="0" * 64, packed_text=zstd.pack(b"x"),
        created_at=now - timedelta(days=2),
        expires_at=now - timedelta(days=1) if number % 2 else None,
    )
    for number in range(4000)
)
print(sum(at_once(2, prune, warm_up=Paste.objects.exists)), prune(), Paste.objects.count())
"""
LEASERS = """
import django; django.setup()
from django.db import connection
from pastes import services
from pastes.models import Lease
from pastes.tests.forks import at_once

def take():
    return [services.take_lease(f"job{number}", 600) for number in range(15)]

with connection.schema_editor() as editor:
    editor.create_model(Lease)
taken = at_once(4, take, warm_up=lambda: services.take_lease("warm-up", 600))
print(*map(sum, zip(*taken)))
"""


def test_two_processes_may_prune_at_once(tmp_path):
    assert run_script(tmp_path, PRUNERS) == "2000 0 2000\n"


def test_four_processes_share_each_lease_out_to_exactly_one(tmp_path):
    assert run_script(tmp_path, LEASERS).split() == ["1"] * 15


def test_machine_whose_clock_is_ahead_deletes_nothing_that_lives(
    make_paste, monkeypatch
):
    slug = make_paste(lifetime="10m").paste.slug
    gone = make_paste(lifetime="10m").paste
    past = timezone.now() - timedelta(days=1)
    Paste.objects.filter(pk=gone.pk).update(
        created_at=past, expires_at=past + timedelta(minutes=10)
    )
    ahead = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    assert services.prune_pastes() == 1
    assert Paste.objects.get().slug == slug
