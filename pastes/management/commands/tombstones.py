"""manage.py tombstones: what no restored backup may bring back, a line each."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pastes.lifetimes import parse_span
from pastes.services import burying


class Command(BaseCommand):
    help = (
        "Print what was burned, deleted or taken down, a line of JSON each, for a copy "
        "on another machine. restore --tombstones takes such files."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", default="", metavar="SPAN", help="the newest alone, such as 2h"
        )

    def handle(self, *, since: str, **options: Any) -> None:
        try:
            moment = timezone.now() - parse_span(since) if since else None
        except ValueError as error:
            raise CommandError(f"--since: {error}") from error
        for line in burying.list_tombstones(moment):
            self.stdout.write(line)
