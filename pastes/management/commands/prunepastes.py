"""manage.py prunepastes: free the space of what has expired or burned."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from pastes import services


class Command(BaseCommand):
    help = (
        "Delete pastes that have expired or burned, and forget old client addresses. "
        "The running site does this by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="count, and delete nothing"
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        count = services.prune_pastes(dry_run=dry_run)
        pastes = "1 paste" if count == 1 else f"{count} pastes"
        done = "would be pruned" if dry_run else "pruned"
        self.stdout.write(f"{pastes} {done}.")
