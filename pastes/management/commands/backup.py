"""manage.py backup: the whole site in one file, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastes.management.progress import Bar
from pastes.services import archiving


class Command(BaseCommand):
    help = (
        "Write the whole site into one file, as it is at one moment, and read it back. "
        "The site may run meanwhile. SECRET_KEY is not in it: keep that elsewhere."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            type=Path,
            nargs="?",
            metavar="FILE|DIR",
            help="a file, or a folder in which it is named by the time",
        )
        parser.add_argument(
            "--keep",
            type=int,
            default=0,
            metavar="N",
            help="of the folder's backups, keep the newest N only",
        )
        parser.add_argument(
            "--verify", type=Path, metavar="FILE", help="only read a backup through"
        )

    def handle(
        self, *, target: Path | None, keep: int, verify: Path | None, **options: Any
    ) -> None:
        if (target is None) == (verify is None):
            raise CommandError("Give a file or a folder, or --verify FILE.")
        if keep < 0:
            raise CommandError("--keep is a number of backups.")
        bar = Bar("Backup")
        try:
            if verify:
                counts = archiving.verify(verify)
                path, removed = verify, []
            else:
                saved = archiving.save_archive(
                    target, keep=keep, start=bar.start, progress=bar.move
                )
                path, counts, removed = saved.path, saved.counts, saved.removed
        except archiving.ArchiveError as error:
            raise CommandError(str(error)) from error
        finally:
            bar.end()
        rows = sum(counts.values())
        pastes = counts.get("pastes.paste", 0)
        self.stdout.write(f"{path}: {pastes} pastes, {rows} rows in all, read back.")
        for old in removed:
            self.stdout.write(f"{old} removed.")
