"""A restored site has every byte of the backup, and nothing that was ended since."""

import io
import threading

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from pastes import services
from pastes.models import Figure, Lease, Paste, Tombstone
from pastes.services import archiving, burying
from pastes.services.archiving import files, running, saving, tables
from pastes.tests.keeping import (
    alias_for,
    everything,
    fill,
    make,
    other_database,
)

pytestmark = pytest.mark.usefixtures("any_database")


@pytest.fixture
def archive(any_database, tmp_path):
    fill(3)
    return archiving.save_archive(tmp_path / "site.jsonl.zst").path


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_every_byte_comes_back_in_either_database(archive, tmp_path, engine):
    with other_database(tmp_path, engine) as settings, alias_for(settings) as other:
        archiving.restore_archive(archive, using=other)
        assert everything(other) == everything()


def test_new_rows_get_keys_of_their_own(archive):
    newest = Paste.objects.latest("pk")
    services.moderate([newest.slug], "delete", reason="spam", by=None)
    again = archiving.save_archive(archive).path
    archiving.restore_archive(again, replace=True)
    assert Paste.objects.get(slug=make(text="new\n")).pk == newest.pk + 1


@pytest.mark.threat("B8")
def test_what_was_ended_since_is_not_revived(tmp_path):
    """B8: 100 burned and 100 taken down after the backup, none of 200 is readable."""
    burn = [make(text=f"burns {n}\n", burn=True) for n in range(100)]
    shown = [make(text=f"shown {n}\n") for n in range(100)]
    deleted = [make(text=f"deleted {n}\n") for n in range(10)]
    others = {make(text=f"other {n}\n"): f"other {n}\n" for n in range(50)}
    locked = make(text="locked\n", password="x")
    back = make(text="hidden and back\n")
    archive = archiving.save_archive(tmp_path / "site.zst").path
    for slug in burn:
        services.open_paste(slug, consent=True, client=None)
    services.moderate(shown, "hide", reason="malware", by=None)
    services.moderate(deleted, "delete", reason="spam", by=None)
    services.hide_paste(back, reason="spam", by=None)
    services.restore_paste(back, by=None)
    restored = archiving.restore_archive(archive, replace=True)
    assert (restored.deleted, restored.hidden) == (110, 100)
    for slug in burn + deleted:
        with pytest.raises(services.NotFound):
            services.open_paste(slug, consent=True, client=None)
    for slug in shown:
        with pytest.raises(services.Removed):
            services.open_paste(slug, client=None)
    for slug, text in others.items():
        assert services.open_paste(slug, client=None).text == text
    assert services.open_paste(locked, password="x", client=None).text == "locked\n"
    assert services.open_paste(back, client=None).text == "hidden and back\n"


def test_tombstones_of_files_count_on_another_machine(archive, tmp_path):
    gone, hidden = make(text="gone\n", burn=True), make(text="hidden\n")
    archive = archiving.save_archive(archive).path
    services.open_paste(gone, consent=True, client=None)
    services.hide_paste(hidden, reason="personal", by=None)
    copied = tmp_path / "tombstones"
    output = io.StringIO()
    call_command("tombstones", stdout=output)
    copied.write_text(output.getvalue())
    with other_database(tmp_path, "sqlite") as settings, alias_for(settings) as other:
        restored = archiving.restore_archive(archive, tombstones=[copied], using=other)
        assert (restored.deleted, restored.hidden) == (1, 1)
        pastes = Paste.objects.using(other)
        assert not pastes.filter(slug=gone).exists()
        assert pastes.get(slug=hidden).hidden_reason == "personal"
        assert Tombstone.objects.using(other).count() == Tombstone.objects.count()


def test_damaged_tombstones_stop_it_before_anything_changes(archive, tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("{}\n")
    make(text="newer\n")
    before = everything()
    with pytest.raises(archiving.ArchiveError, match="line 1"):
        archiving.restore_archive(archive, replace=True, tombstones=[bad])
    assert everything() == before


def test_a_site_is_replaced_only_on_request(archive):
    make(text="newer\n")
    before = everything()
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", archive)
    assert everything() == before


def test_replacing_is_asked_for_and_ends_sign_ins(archive, monkeypatch):
    Session.objects.create(session_key="x", expire_date=timezone.now())
    newer = make(text="newer\n")
    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", archive, replace=True)
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    output = io.StringIO()
    call_command("restore", archive, replace=True, stdout=output)
    assert "loaded and compared" in output.getvalue()
    assert not Paste.objects.filter(slug=newer).exists()
    assert not Session.objects.exists()


def test_damaged_archive_changes_nothing(archive):
    make(text="newer\n")
    before = everything()
    data = archive.read_bytes()
    archive.write_bytes(data[:-9])
    with pytest.raises(archiving.ArchiveError, match="cut off"):
        archiving.restore_archive(archive, replace=True)
    assert everything() == before


def test_a_row_that_arrives_otherwise_is_noticed(archive):
    make(text="newer\n")
    before = everything()
    trigger = "UPDATE pastes_paste SET views = 5 WHERE id = NEW.id"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE TRIGGER odd AFTER INSERT ON pastes_paste BEGIN {trigger}; END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$BEGIN {trigger}; RETURN NEW; END$$"
            )
            cursor.execute(
                "CREATE TRIGGER odd AFTER INSERT ON pastes_paste "
                "FOR EACH ROW EXECUTE FUNCTION odd()"
            )
    try:
        with pytest.raises(archiving.ArchiveError, match=r"pastes\.paste is not"):
            archiving.restore_archive(archive, replace=True)
    finally:
        with connection.cursor() as cursor:
            on = "" if connection.vendor == "sqlite" else " ON pastes_paste"
            cursor.execute(f"DROP TRIGGER odd{on}")
    assert everything() == before


def test_archive_of_a_newer_version_is_refused(archive, tmp_path):
    with files.Reader(archive) as reader:
        header = reader.header
    header["migrations"]["pastes"].append("0999_future")
    path = tmp_path / "newer.zst"
    with saving.draft(path) as (file, _), saving.zstd.open_file(file, "wb") as packed:
        files.Writer(packed, header).finish()
    with pytest.raises(archiving.ArchiveError, match=r"newer version.*0999_future"):
        archiving.restore_archive(path, replace=True)


@pytest.mark.parametrize("replace", [False, True])
def test_archive_of_an_older_version_is_migrated(tmp_path, replace):
    """Before 0006 there were no cases, before 0007 no tombstones."""
    with other_database(tmp_path, "sqlite") as settings, alias_for(settings) as other:
        executor = MigrationExecutor(connections[other])
        plan = [("pastes", "0005_moderation"), ("otp_totp", "0003_add_timestamps")]
        executor.migrate([*plan, ("sessions", "0001_initial")])
        old = executor.loader.project_state(plan).apps
        pastes = old.get_model("pastes", "Paste").objects.using(other)
        common = {"owner_digest": "d" * 64, "size": 4}
        common |= {"packed_text": saving.zstd.pack(b"text")}
        common |= {"sha256": saving.files.tokens.digest("text")}
        reported = pastes.create(slug="a" * 12, **common)
        pastes.create(slug="b" * 12, state="hidden", hidden_reason="spam", **common)
        reports = old.get_model("pastes", "Report").objects.using(other)
        reports.create(paste=reported, reason="spam")
        archive = archiving.save_archive(tmp_path / "old.zst", using=other).path
    if replace:
        fill(1)
        archiving.restore_archive(archive, replace=True)
        check_migrated("default")
        connection.close()
        return
    folder = tmp_path / "new"
    folder.mkdir()
    with other_database(folder, "sqlite") as settings, alias_for(settings) as other:
        archiving.restore_archive(archive, using=other)
        check_migrated(other)


def check_migrated(using):
    state = tables.applied(connections[using])
    assert "0007_tombstone" in state["pastes"]
    pastes = Paste.objects.using(using)
    assert pastes.get(slug="a" * 12).open_reports == 1
    stone = Tombstone.objects.using(using).get(pk=burying.digest_of("b" * 12))
    assert (stone.kind, stone.reason) == ("hidden", "spam")


def test_running_site_is_neither_restored_nor_started_meanwhile(archive):
    with archiving.said_to_run(), pytest.raises(CommandError, match="is running"):
        call_command("restore", archive, replace=True, interactive=False)
    waited = threading.Event()
    runs = threading.Event()

    def start():
        with archiving.said_to_run(waited.set):
            runs.set()

    with running.stopped("default"):
        starting = threading.Thread(target=start)
        starting.start()
        assert waited.wait(20)
        assert not runs.is_set()
    starting.join(20)
    assert runs.is_set()


def test_site_that_was_only_started_counts_as_empty(archive, tmp_path):
    now = timezone.now()
    with other_database(tmp_path, "sqlite") as settings, alias_for(settings) as other:
        call_command("migrate", database=other, verbosity=0)
        Lease.objects.using(other).create(name="prune", held_until=now)
        Figure.objects.using(other).create(name="pastes", value=0, noted_at=now)
        archiving.restore_archive(archive, using=other)
        assert Paste.objects.using(other).count() == Paste.objects.count()
        # What was counted before is not said of what is there now.
        assert not Figure.objects.using(other).exists()
