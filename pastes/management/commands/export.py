"""manage.py export: the pastes as JSON Lines, for people and other tools."""

import contextlib
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastes.management.progress import Bar
from pastes.services import exchanging


class Command(BaseCommand):
    help = (
        "Write the pastes that everybody with their link reads, a line of JSON each. "
        "This is no backup: manage.py backup keeps everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a new file, or - for standard output")
        parser.add_argument(
            "--all",
            dest="everything",
            action="store_true",
            help="also what is locked or burns after reading, as plain text",
        )

    def handle(self, *, file: str, everything: bool, **options: Any) -> None:
        count = 0
        bar = Bar("Export")
        try:
            with contextlib.ExitStack() as stack:
                output = self.stdout._out
                if file != "-":
                    output = stack.enter_context(open_new(Path(file)))
                bar.start(exchanging.count_pastes(everything=everything))
                for line in exchanging.export_pastes(everything=everything):
                    output.write(f"{line}\n")
                    bar.move(1)
                    count += 1
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        finally:
            bar.end()
        sys.stdout.flush()
        self.stderr.write(f"{count} pastes exported.")


def open_new(path: Path) -> Any:
    """Open a file that is not there yet, for its owner alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="\n")
