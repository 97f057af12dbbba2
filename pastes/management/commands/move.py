"""manage.py move: take the site from SQLite to PostgreSQL, or back."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastebin_site.settings import database
from pastes.management.progress import Bar
from pastes.services import archiving


class Command(BaseCommand):
    help = (
        "Copy the whole site into another, empty database and compare every row. The "
        "site must be stopped. A move that was broken off goes on when asked again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", required=True, metavar="URL", help="as DATABASE_URL would say it"
        )

    def handle(self, *, to: str, **options: Any) -> None:
        # A file that is made is for nobody else who has an account on this machine.
        os.umask(0o077)
        bar = Bar("Move")
        try:
            moved = archiving.move_site(
                database(to), start=bar.start, progress=bar.move
            )
        except archiving.ArchiveError as error:
            raise CommandError(str(error)) from error
        finally:
            bar.end()
        rows = sum(moved.counts.values())
        pastes = moved.counts.get("pastes.paste", 0)
        self.stdout.write(f"{pastes} pastes, {rows} rows in all, are in both.")
        self.stdout.write("Set DATABASE_URL to the new one before the site starts.")
