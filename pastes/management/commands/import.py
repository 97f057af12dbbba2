# ruff: noqa: N999 (the word that the operator types)
"""manage.py import: make pastes of JSON Lines."""

import contextlib
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pastes.services import exchanging

# Of the refused lines, so many are named.
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Make a paste of each line, as manage.py export writes them. A line that was "
        "imported before makes no second one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a file, or - for standard input")
        parser.add_argument(
            "--skip-bad",
            action="store_true",
            help="go on after a bad line instead of stopping there",
        )

    def handle(self, *, file: str, skip_bad: bool, **options: Any) -> None:
        try:
            with contextlib.ExitStack() as stack:
                given = sys.stdin.buffer
                if file != "-":
                    given = stack.enter_context(Path(file).open("rb"))
                done = exchanging.import_pastes(lines_of(given), goes_on=skip_bad)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        self.stdout.write(
            f"{done.made} pastes made; {done.here} were here already, {done.expired} "
            f"have expired, {done.ended} were ended on this site."
        )
        for number, why in done.refused[:SHOWN]:
            self.stderr.write(f"Line {number}: {why}")
        if done.refused:
            lines = len(done.refused)
            said = "1 line was refused" if lines == 1 else f"{lines} lines were refused"
            stays = "what came before it is imported" if not skip_bad else "others are"
            raise CommandError(f"{said}; {stays}.")


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; one that is longer than any paste's comes in pieces, all bad."""
    longest = 6 * settings.PASTE_MAX_BYTES + 65536
    return iter(lambda: file.readline(longest), b"")
