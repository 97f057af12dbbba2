"""A backup of the whole site, taken while it runs."""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from pastes import zstd
from pastes.services.archiving import files, sessions, tables
from pastes.services.archiving.errors import ArchiveError
from pastes.services.archiving.files import Progress

SUFFIX = ".jsonl.zst"
NAMED = re.compile(r"pastebin-\d{8}T\d{6}Z\.jsonl\.zst")


@dataclass(frozen=True)
class Saved:
    """A backup that is there and was read back: how many rows of which table."""

    path: Path
    counts: dict[str, int]
    removed: list[Path]


def save_archive(
    target: Path,
    *,
    keep: int = 0,
    using: str = DEFAULT_DB_ALIAS,
    start: Progress = lambda total: None,
    progress: Progress = lambda count: None,
) -> Saved:
    """Write an archive of one moment of the site, and read it back before it counts.

    `target` is a file, or a folder in which it gets a name by the time. `keep` is how
    many of such a folder's are kept, this one included; 0 is all. The file is for its
    owner alone, and is whole or not there: a former one of its name stays until then.
    `start` hears how many rows will be written and read, `progress` each step. Raises
    ArchiveError.
    """
    path = target
    if target.is_dir():
        path = target / f"pastebin-{timezone.now():%Y%m%dT%H%M%SZ}{SUFFIX}"
    elif keep:
        raise ArchiveError("--keep goes with a folder, not with a file.")
    try:
        with draft(path) as (file, unfinished):
            write(file, using, start, progress)
            file.flush()
            os.fsync(file.fileno())
            counts = files.verify(unfinished, progress)
        removed = remove_older(path.parent, keep) if keep else []
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}.") from error
    return Saved(path, counts, removed)


@contextlib.contextmanager
def draft(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Give a file beside the path, which takes its place when the block is through."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            yield file, unfinished
        unfinished.rename(path)
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(file: IO[bytes], using: str, start: Progress, progress: Progress) -> None:
    with sessions.snapshot(using) as connection:
        alias = connection.alias
        state = tables.applied(connection)
        models = tables.tables_at(state)
        counts = {model: model._base_manager.using(alias).count() for model in models}
        # Written, then read back.
        start(2 * sum(counts.values()))
        header = {
            "started_at": timezone.now().isoformat(),
            "migrations": state,
            "counts": {tables.label(model): count for model, count in counts.items()},
            "sequences": {
                tables.label(model): tables.read_sequence(model, alias)
                for model in models
                if tables.has_sequence(model)
            },
        }
        with zstd.open_file(file, "wb") as packed:
            writer = files.Writer(packed, header)
            for model in models:
                writer.table(model)
                for number, row in enumerate(tables.read_rows(model, alias), 1):
                    writer.row(row)
                    if number % tables.ROWS == 0:
                        progress(tables.ROWS)
                progress(counts[model] % tables.ROWS)
            writer.finish()


def remove_older(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest of a folder's backups; return those that went."""
    named = sorted(path for path in folder.iterdir() if NAMED.fullmatch(path.name))
    old = named[:-keep]
    for path in old:
        path.unlink()
    return old
