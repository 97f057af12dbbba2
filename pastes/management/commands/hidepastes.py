"""manage.py hidepastes: take down many pastes at once, and take that back."""

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError

from pastes import services
from pastes.services import Outcome, Selection

CONDITIONS = {
    "--from-network": ("network", "CIDR", "that came from a network"),
    "--like": ("like", "LINK", "whose text is that of a paste, or nearly"),
    "--same-browser": ("same_browser", "LINK", "that the browser of a paste made"),
    "--same-address": ("same_address", "LINK", "that came from a paste's address"),
    "--title": ("title", "WORDS", "with these words in their title"),
    "--since": ("since", "SPAN", "created since, such as 2h; goes with another one"),
}
# Of the words that name no paste, so many are shown.
SHOWN = 10


class Command(BaseCommand):
    help = (
        "Take down the pastes that are named, and those that fit all of the conditions "
        "that are given. One decision, which --undo takes back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        reasons = ", ".join(services.report_reasons())
        parser.add_argument(
            "links", nargs="*", help="links or slugs; - reads them, one in a line"
        )
        for option, (name, what, words) in CONDITIONS.items():
            parser.add_argument(option, dest=name, default="", metavar=what, help=words)
        parser.add_argument(
            "--also-cleared",
            action="store_true",
            help="the conditions take what a moderator looked at and kept as well",
        )
        parser.add_argument("--reason", default="", help=f"one of {reasons}")
        parser.add_argument("--note", default="", help="for the other moderators")
        parser.add_argument(
            "--block",
            dest="blocks",
            action="append",
            default=[],
            metavar="text|network",
            help="block their texts, or where they came from, as well",
        )
        parser.add_argument(
            "--by", default="", metavar="NAME", help="the moderator who asks for it"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="list them, and hide nothing"
        )
        parser.add_argument(
            "--undo", default="", metavar="BATCH", help="take an earlier call back"
        )

    def handle(self, **options: Any) -> None:
        by = find_moderator(options["by"])
        try:
            if options["undo"]:
                self.undo(options, by)
            else:
                self.hide(options, by)
        except services.PasteError as error:
            raise CommandError(error.sentence) from error

    def hide(self, options: dict[str, Any], by: AbstractBaseUser | None) -> None:
        check(options)
        selection = select(options)
        self.name_unknown(selection.unknown)
        if selection.spared:
            spared = many(selection.spared)
            words = "left out, which a moderator looked at and kept"
            self.stdout.write(f"{spared} {words} (--also-cleared takes them).")
        if not selection.pastes:
            raise CommandError("Nothing is selected, and nothing was hidden.")
        if options["dry_run"]:
            self.show(selection)
            return
        outcome = services.moderate(
            [paste.slug for paste in selection.pastes],
            "hide",
            reason=options["reason"],
            note=options["note"],
            blocks=list(dict.fromkeys(options["blocks"])),
            by=by,
        )
        self.say(outcome)

    def show(self, selection: Selection) -> None:
        for paste in selection.pastes:
            created = f"{paste.created_at:%Y-%m-%d %H:%M}"
            title = services.shown(paste.title)
            line = f"{paste.slug}  {paste.state:6}  {created}  {title}"
            self.stdout.write(line.rstrip())
        self.stdout.write(f"{many(len(selection.pastes))} would be hidden.")

    def name_unknown(self, words: list[str]) -> None:
        if not words:
            return
        named = ", ".join(services.shown(word) for word in words[:SHOWN])
        more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
        count = "1 word names" if len(words) == 1 else f"{len(words)} words name"
        self.stderr.write(f"{count} no paste: {named}{more}")

    def say(self, outcome: Outcome) -> None:
        done = f"{many(outcome.count)} hidden, {outcome.skipped} skipped."
        if outcome.count:
            done += f" Undo with: manage.py hidepastes --undo {outcome.batch}"
        self.stdout.write(done)
        if outcome.blocks:
            blocks = "1 block" if outcome.blocks == 1 else f"{outcome.blocks} blocks"
            self.stdout.write(f"{blocks} made.")
        if outcome.unblocked:
            pastes = many(outcome.unblocked)
            self.stdout.write(f"Not blocked for {pastes}: {outcome.sentence}")
        if outcome.answers:
            told = (
                "1 reporter" if outcome.answers == 1 else f"{outcome.answers} reporters"
            )
            self.stdout.write(f"{told} will be answered by mail.")

    def undo(self, options: dict[str, Any], by: AbstractBaseUser | None) -> None:
        alone = ["links", "blocks", "reason", "note", "dry_run", "also_cleared"]
        alone += [name for name, *_ in CONDITIONS.values()]
        if any(options[name] for name in alone):
            raise CommandError(
                "--undo takes a whole call back: only --by goes with it."
            )
        try:
            batch = UUID(options["undo"])
        except ValueError as error:
            word = services.shown(options["undo"])
            words = "is no batch, which hidepastes names at the end"
            raise CommandError(f"“{word}” {words}.") from error
        outcome = services.undo_hiding(batch, by=by)
        done = f"{many(outcome.count)} back as before, {outcome.skipped} skipped."
        if outcome.blocks:
            blocks = "1 block" if outcome.blocks == 1 else f"{outcome.blocks} blocks"
            done += f" {blocks} removed."
        self.stdout.write(done)


def check(options: dict[str, Any]) -> None:
    """Refuse what no selection would make right."""
    reasons = services.report_reasons()
    if options["reason"] not in reasons:
        raise CommandError(f"Give a --reason: one of {', '.join(reasons)}.")
    for kind in options["blocks"]:
        if kind not in ("text", "network"):
            word = services.shown(kind)
            raise CommandError(f"--block takes text or network, not “{word}”.")


def select(options: dict[str, Any]) -> Selection:
    links = list(options["links"])
    if "-" in links:
        lines = (line.strip() for line in sys.stdin)
        links = [word for word in links if word != "-"]
        links += [line for line in lines if line]
    conditions = {name: options[name] for name, *_ in CONDITIONS.values()}
    return services.select_pastes(
        links, also_cleared=options["also_cleared"], **conditions
    )


def find_moderator(name: str) -> AbstractBaseUser | None:
    if not name:
        return None
    try:
        return services.find_moderator(name, "pastes.moderate_paste")
    except services.NotFound as error:
        raise CommandError(error.sentence) from error


def many(count: int) -> str:
    return "1 paste" if count == 1 else f"{count} pastes"
