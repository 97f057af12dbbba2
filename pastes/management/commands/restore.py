"""manage.py restore: a backup becomes the site again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastes.management.progress import Bar
from pastes.services import archiving


class Command(BaseCommand):
    help = (
        "Load a backup into an empty database, all of it or nothing, and compare every "
        "row. What was burned, deleted or taken down since does not come back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="delete what is in the database, but for its tombstones",
        )
        parser.add_argument(
            "--tombstones",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="what manage.py tombstones printed; may be given more than once",
        )
        parser.add_argument(
            "--no-input",
            "--noinput",
            dest="interactive",
            action="store_false",
            help="do not ask before replacing",
        )

    def handle(
        self,
        *,
        file: Path,
        replace: bool,
        tombstones: list[Path],
        interactive: bool,
        **options: Any,
    ) -> None:
        if replace and interactive:
            answer = input("All that is in the database goes. Type yes to go on: ")
            if answer != "yes":
                raise CommandError("Nothing was changed.")
        bar = Bar("Restore")
        try:
            restored = archiving.restore_archive(
                file,
                replace=replace,
                tombstones=tombstones,
                start=bar.start,
                progress=bar.move,
            )
        except archiving.ArchiveError as error:
            words = f"{error} Nothing was changed."
            if "already" in str(error):
                words += " --replace deletes it first."
            raise CommandError(words) from error
        finally:
            bar.end()
        rows = sum(restored.counts.values())
        pastes = restored.counts.get("pastes.paste", 0)
        self.stdout.write(f"{pastes} pastes, {rows} rows in all, loaded and compared.")
        self.stdout.write(
            f"Not revived: {restored.deleted} burned or deleted since, "
            f"{restored.hidden} taken down."
        )
