"""A backup is of one moment, whole, byte for byte, and for its owner alone."""

import io
import json
import os
import stat
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from pastes import services, tokens, zstd
from pastes.models import Paste
from pastes.services import archiving
from pastes.services.archiving import files
from pastes.tests.keeping import fill, make

pytestmark = pytest.mark.usefixtures("any_database")

TWIN = tokens.digest("twin\n")


@pytest.fixture
def archive(any_database, tmp_path):
    fill(3)
    return archiving.save_archive(tmp_path / "site.jsonl.zst").path


def lines_of(path):
    with zstd.open_file(path, "rb") as file:
        return file.read().splitlines(keepends=True)


def rows_of(path):
    found = {}
    with files.Reader(path) as reader:
        for chunk in reader.chunks():
            rows = found.setdefault(chunk.table, [])
            rows += [dict(zip(chunk.names, row, strict=True)) for row in chunk.rows]
    return found


def write(path, lines):
    with zstd.open_file(path, "wb") as file:
        file.write(b"".join(lines))


def test_backup_is_lines_of_json_for_its_owner_alone(archive, settings):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]
    header, *middle, trailer = map(json.loads, lines_of(archive))
    assert header["format"] == "pastebin-archive"
    assert header["counts"]["pastes.paste"] == Paste.objects.count()
    assert trailer["tables"]["pastes.paste"][0] == Paste.objects.count()
    assert settings.SECRET_KEY.encode() not in b"".join(lines_of(archive))
    named = {each["table"] for each in middle if isinstance(each, dict)}
    assert {"auth.user_groups", "otp_totp.totpdevice", "pastes.tombstone"} <= named
    assert not {"sessions.session", "pastes.lease"} & named


def test_backup_while_others_write_is_of_one_moment(tmp_path):
    """A paste and its fork are made together: no backup has one without the other."""
    fill(50)
    stop = threading.Event()

    def write_on():
        while not stop.is_set():
            with transaction.atomic():
                parent = make(text="twin\n")
                make(text="twin\n", fork_of=parent)
            burning = make(text="burns\n", burn=True)
            services.open_paste(burning, consent=True, client=None)
        connection.close()

    writers = [threading.Thread(target=write_on) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        before = Paste.objects.count()
        paths = [
            archiving.save_archive(tmp_path / f"{number}.zst").path
            for number in range(3)
        ]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert Paste.objects.count() > before
    for path in paths:
        found = rows_of(path)
        assert len(found["pastes.paste"]) >= before
        twins = [row for row in found["pastes.paste"] if row["sha256"] == TWIN]
        assert len(twins) % 2 == 0
        # Two tables that are written in one transaction.
        burned = {row["slug"] for row in found["pastes.paste"] if row["burned_at"]}
        stones = [row for row in found["pastes.tombstone"] if row["kind"] == "burned"]
        assert {tokens.digest(slug) for slug in burned} == {
            row["digest"] for row in stones
        }


@pytest.mark.parametrize("part", [0.2, 0.9, 0.999])
def test_backup_that_was_cut_is_refused(archive, part):
    os.truncate(archive, int(archive.stat().st_size * part))
    with pytest.raises(archiving.ArchiveError, match="cut off"):
        archiving.verify(archive)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_backup_with_another_byte_is_refused(archive, place):
    data = bytearray(archive.read_bytes())
    data[int(len(data) * place)] ^= 1
    archive.write_bytes(data)
    with pytest.raises(archiving.ArchiveError):
        archiving.verify(archive)


@pytest.mark.parametrize(
    "alter",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[:-5] + lines[-4:],
        lambda lines: [*lines, b"[]\n"],
        lambda lines: [*lines[:-1], lines[-1].replace(b'"sha256": "', b'"sha256": "0')],
        lambda lines: [line.replace(b"one of", b"two of") for line in lines],
        lambda lines: [b'{"format": "other"}\n', *lines[1:]],
    ],
)
def test_backup_with_other_lines_is_refused(archive, alter):
    fresh = lines_of(archive)
    altered = alter(fresh)
    if altered == fresh:
        altered = [line.replace(b"boss", b"bass") for line in fresh]
    write(archive, altered)
    with pytest.raises(archiving.ArchiveError):
        archiving.verify(archive)


def test_damaged_text_in_the_database_is_noticed(tmp_path):
    slug = make(text="good\n")
    Paste.objects.filter(slug=slug).update(packed_text=zstd.pack(b"other"))
    with pytest.raises(archiving.ArchiveError, match=slug):
        archiving.save_archive(tmp_path / "site.zst")
    assert list(tmp_path.iterdir()) == []


def test_command_keeps_the_newest_of_a_folder(tmp_path, monkeypatch):
    make(text="some\n")
    old = [tmp_path / f"pastebin-2026010{day}T000000Z.jsonl.zst" for day in (1, 2, 3)]
    for path in old:
        path.touch()
    other = tmp_path / "notes.txt"
    other.touch()
    output = io.StringIO()
    call_command("backup", str(tmp_path), "--keep", "2", stdout=output)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "notes.txt"
    assert names[1] == old[2].name
    assert len(names) == 3
    assert "1 pastes" in output.getvalue()
    call_command("backup", verify=tmp_path / names[2], stdout=output)


def test_command_says_what_is_wrong(tmp_path):
    with pytest.raises(CommandError, match="Give a file"):
        call_command("backup")
    with pytest.raises(CommandError, match="folder, not with a file"):
        call_command("backup", str(tmp_path / "x"), "--keep", "2")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "no" / "x"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("backup", verify=tmp_path / "none")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match="cut off or damaged"):
        call_command("backup", verify=tmp_path / "text")
