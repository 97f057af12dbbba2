"""Collect what is to be translated, so that a diff shows changed messages alone."""

import re
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

CREATED = re.compile(r'^"POT-Creation-Date:.*\n', re.MULTILINE)


class Command(makemessages.Command):
    # A guess from a message that looks alike is worse than none: it would be shown.
    msgmerge_options = [
        *makemessages.Command.msgmerge_options,
        "--no-fuzzy-matching",
        "--sort-by-file",
    ]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(
            locale=["de", "fr"],
            ignore_patterns=["pastes/tests/*", "bench/*", "data/*"],
            no_wrap=True,
            no_obsolete=True,
            add_location="file",
        )

    def write_po_file(self, potfile: str, locale: str) -> Any:
        super().write_po_file(potfile, locale)
        catalog = Path(potfile).parent / locale / "LC_MESSAGES/django.po"
        catalog.write_text(CREATED.sub("", catalog.read_text()))
