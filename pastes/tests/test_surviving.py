"""What the site survives: the short forms of the commands under bench/."""

import hashlib
import shutil

import pytest

from bench import burns, fuzzing, kills, loads, powercuts, soak, stalled, stopping, wal
from pastes.tests.conftest import CLUSTER


@pytest.fixture
def own_site(tmp_path, site):
    """A real site that may be killed, of the tests' database engine."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copytree(site.data_dir / "static", folder / "static")
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    database = CLUSTER.create_database(f"site_{name}") if CLUSTER else ""
    # Few threads have soon opened all that they hold open.
    settings = {"THREADS": "4"} | soak.UNLOCKING
    with loads.running(loads.Site(folder, database=database, **settings)) as running:
        yield running


# kill -9


def test_killed_site_starts_again_with_all_that_it_acknowledged(own_site):
    outcome = kills.run(own_site, None, kills=2)
    assert outcome.faults == []
    assert outcome.acknowledged >= outcome.kills


def test_reading_back_finds_what_is_lost_and_what_is_altered(site, tmp_path):
    port = int(site.url.rpartition(":")[2])
    ledger = loads.Ledger(tmp_path / "ledger")
    with loads.Visitor(port) as visitor:
        for noted in (b"one", b"another"):
            ledger.note(visitor.create(b"one"), noted)
    ledger.note("/111111111111", b"one")
    verdict = loads.read_back(port, ledger.lines())
    ledger.close()
    assert verdict.lost == ["/111111111111 404"]
    assert verdict.altered == [ledger.lines()[1][0]]


# Power cuts


def test_power_cut_leaves_all_that_was_acknowledged(site, request):
    # What root alone can do is done by a kill where it cannot be.
    if powercuts.can_cut():
        outcome = powercuts.run("sqlite", 1, static=site.data_dir / "static")
        assert outcome.lost == outcome.damage == []
    else:
        outcome = kills.run(request.getfixturevalue("own_site"), None, kills=1)
        assert outcome.faults == []
    assert outcome.acknowledged


# Traffic


def test_traffic_leaves_no_handle_open(own_site):
    outcome = soak.run(own_site, requests=150, warm_up=90)
    assert outcome.errors == {}
    first, last = outcome.thirds("handles")
    assert last <= first * soak.HANDLES_GROWTH


# Slow clients


def test_others_are_served_while_uploads_and_readers_stall(site):
    port = int(site.url.rpartition(":")[2])
    counts = {"uploads": 100, "readers": 100, "rounds": 3, "size": 1_000_000}
    outcome = stalled.run(lambda: 0, port, **counts)
    assert outcome.failures == []
    assert outcome.answered == 9


# Many at once


def test_of_hundreds_who_burn_at_once_one_reads(site):
    port = int(site.url.rpartition(":")[2])
    outcome = burns.run([port], rounds=2, readers=200)
    assert outcome.faults == []
    assert outcome.statuses == {"200": 2, "404": 398}


# Stopping


def test_stopping_under_load_drops_nothing(own_site):
    outcome = stopping.run(own_site, 1, seconds=0.5)
    assert outcome.faults == []
    assert outcome.answered


# Odd input


@pytest.mark.threat("I1")
def test_odd_requests_are_answered_and_break_nothing(site):
    port = int(site.url.rpartition(":")[2])
    outcome = fuzzing.ask_oddly(port, fuzzing.places(), requests=300)
    assert outcome.faults == []
    # Some get as far as to be carried out.
    assert outcome.statuses[200] > 10
    assert outcome.statuses[302] > 10


@pytest.mark.threat("I1")
def test_odd_texts_come_back_as_they_were(site):
    port = int(site.url.rpartition(":")[2])
    assert fuzzing.send_and_compare(port, texts=24) == []


# SQLite's log


def test_database_is_whole_after_writers_and_checkpoints(tmp_path):
    assert wal.hammer(tmp_path, seconds=0.5, writers=2) == []
