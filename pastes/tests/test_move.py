"""A site moves between SQLite and PostgreSQL with every column of every row."""

import itertools
import signal
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from pastes.models import Lease, Paste, Report
from pastes.services import archiving
from pastes.services.archiving import moving, tables
from pastes.tests.conftest import ROOT, site_environment
from pastes.tests.keeping import (
    alias_for,
    everything,
    fill,
    make,
    other_database,
)

pytestmark = pytest.mark.usefixtures("any_database")


def add_many(count):
    """Add rows that differ in each of their columns, in a moment."""
    fields = tables.columns(Paste)
    first = Paste.objects.order_by("pk").first()
    last = Paste.objects.latest("pk").pk
    base = {field.attname: getattr(first, field.attname) for field in fields}
    rows = []
    for number in range(1, count + 1):
        values = base | {
            "id": last + number,
            "slug": f"{number:012}",
            "title": f"№ {number}",
            "views": number,
            "normal_sha256": f"{number:064x}",
            "likeness_1": number,
            "fork_of_id": first.pk + number % 3,
        }
        rows.append(tuple(values[field.attname] for field in fields))
    tables.insert(Paste, fields, rows, "default")
    tables.write_sequence(Paste, last + count, "default")


def test_every_column_of_every_row_moves_there_and_back(tmp_path):
    here, there = "sqlite", "postgresql"
    if connection.vendor == there:
        here, there = there, here
    fill()
    add_many(2000)
    gone = make(text="the last one\n")
    Paste.objects.filter(slug=gone).delete()
    before = everything()
    with other_database(tmp_path, there) as settings:
        moved = archiving.move_site(settings)
        assert everything() == before
        assert moved.counts["pastes.paste"] == Paste.objects.count()
        folder = tmp_path / "back"
        folder.mkdir()
        with alias_for(settings) as other:
            assert everything(other) == before
            assert not Lease.objects.using(other).exists()
            # A key that was given out is not given out again.
            kept = Paste.objects.using(other).latest("pk").pk
            new = Paste(slug="n" * 12, owner_digest="d" * 64, size=1, packed_text=b"x")
            new.save(using=other)
            assert new.pk == kept + 2
            new.delete(using=other)
            with other_database(folder, here) as target:
                archiving.move_site(target, using=other)
                with alias_for(target, "third") as third:
                    said = everything(third)
    assert said.pop("pastes.paste next") == before.pop("pastes.paste next") + 1
    assert said == before


def test_move_that_was_killed_goes_on(tmp_path):
    fill()
    add_many(1000)
    with other_database(tmp_path, "sqlite") as settings:
        steps = itertools.count()

        def die(count):
            if next(steps) == 12:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            archiving.move_site(settings, progress=die)
        # Meanwhile the site ran on, and lost, changed and got some rows.
        Paste.objects.filter(slug="000000000007").update(views=77, title="new")
        make(text="newest\n")
        Report.objects.all().delete()
        Paste.objects.filter(slug="000000000009").delete()
        total = sum(
            len(rows) for name, rows in everything().items() if "next" not in name
        )
        moved = archiving.move_site(settings)
        assert 0 < moved.written < total - 500
        with alias_for(settings) as other:
            assert everything(other) == everything()


def test_move_that_is_killed_for_real_goes_on(tmp_path):
    """SIGKILL in the middle of the rows, as the target itself shows."""
    fill()
    add_many(1500)
    target = tmp_path / "other.sqlite3"
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        url = f"postgres://pastebin@/{connection.settings_dict['HOST']}/{name}"
    else:
        url = f"sqlite:///{name}"
    words = [sys.executable, "manage.py", "move", "--to", f"sqlite:///{target}"]
    environment = site_environment(tmp_path / "data", DATABASE_URL=url)
    command = {"cwd": ROOT, "env": environment, "text": True}
    connection.close()
    process = subprocess.Popen(words, stderr=subprocess.PIPE, **command)
    with alias_for(moving_settings(target)) as other:
        wait_for_rows(other, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        there = Paste.objects.using(other).count()
        connections[other].close()
    assert there >= 500
    done = subprocess.run(words, capture_output=True, check=False, **command)
    assert done.returncode == 0, done.stderr
    with alias_for(moving_settings(target)) as other:
        assert everything(other) == everything()


def moving_settings(path):
    from pastebin_site.settings import database

    return database(f"sqlite:///{path}")


def wait_for_rows(other, process):
    from django.db import DatabaseError

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if Paste.objects.using(other).count() >= 500:
                return
        except DatabaseError:
            connections[other].close()
        # Asking is the only way to learn how far another process is.
        time.sleep(0.005)
    raise AssertionError(process.communicate()[1])


def test_nobody_writes_to_the_source_meanwhile(tmp_path, settings):
    fill(2)
    before = Paste.objects.count()
    seen = []

    def write(count):
        if seen:
            return
        with alias_for(connection.settings_dict, "writer") as writer:
            with connections[writer].cursor() as cursor:
                if connection.vendor == "sqlite":
                    cursor.execute("PRAGMA busy_timeout = 10")
                else:
                    cursor.execute("SET lock_timeout = 10")
            try:
                Paste.objects.using(writer).update(views=9)
            except Exception as error:
                seen.append(str(error))
            # Readers are not kept out.
            assert Paste.objects.using(writer).count() == before

    with other_database(tmp_path, "sqlite") as target:
        archiving.move_site(target, progress=write)
    assert "lock" in seen[0]


def test_running_site_does_not_move(tmp_path):
    fill(1)
    with (
        archiving.said_to_run(),
        pytest.raises(CommandError, match="The site is running"),
    ):
        call_command("move", to=f"sqlite:///{tmp_path}/other.sqlite3")


def test_other_sites_are_not_moved_over(tmp_path):
    fill(1)
    with other_database(tmp_path, "sqlite") as settings:
        archiving.move_site(settings)
        with alias_for(settings) as other:
            before = everything(other)
        make(text="later\n")
        with pytest.raises(archiving.ArchiveError, match="a site in the target"):
            archiving.move_site(settings)
        with alias_for(settings) as other:
            assert everything(other) == before
            Lease.objects.using(other).create(
                name="move:other", held_until="2030-01-01T00:00Z"
            )
        with pytest.raises(archiving.ArchiveError, match="another site"):
            archiving.move_site(settings)
    with pytest.raises(archiving.ArchiveError, match="in this database already"):
        archiving.move_site(connection.settings_dict)


def test_difference_at_the_end_is_noticed(tmp_path):
    fill(1)
    with other_database(tmp_path, "sqlite") as settings:

        def alter(count):
            with connections[moving.TARGET].cursor() as cursor:
                cursor.execute("UPDATE pastes_paste SET views = 3")

        with pytest.raises(archiving.ArchiveError, match="not the same in both"):
            archiving.move_site(settings, progress=alter)


def test_a_mistaken_url_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="must be like"):
        call_command("move", to="mysql://x/y")
    with pytest.raises(CommandError, match="does not answer"):
        call_command("move", to=f"postgres://nobody@/{tmp_path}/none")
