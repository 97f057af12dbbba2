"""manage.py blocknetwork: keep a network from pasting."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastes import services
from pastes.services import blocking

# Of the pastes that a dry run finds, so many are named.
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Refuse what comes from a network, or hold it for review. A network that is "
        "blocked already gets the new terms."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "network", help="such as 203.0.113.0/24; one IPv6 address means its /64"
        )
        parser.add_argument(
            "--for",
            dest="span",
            default="",
            metavar="SPAN",
            help="how long, such as 14d; without it, for good",
        )
        parser.add_argument(
            "--reason", default="spam", help="spam (the default), malware, rules ..."
        )
        parser.add_argument("--note", default="", help="for the other moderators")
        parser.add_argument(
            "--hold", action="store_true", help="hold pastes for review, refuse none"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what came from there, and block nothing",
        )
        parser.add_argument(
            "--confirm",
            action="store_true",
            help="block a very wide or a private network as well",
        )
        parser.add_argument(
            "--by", default="", metavar="NAME", help="the moderator who asks for it"
        )

    def handle(self, *, network: str, **options: Any) -> None:
        terms = {
            "kind": "network",
            "pattern": network,
            "effect": "hold" if options["hold"] else "refuse",
            "reason": options["reason"],
            "note": options["note"],
            "expires_in": options["span"],
            "confirmed": options["confirm"],
        }
        try:
            terms["by"] = (
                services.find_moderator(options["by"], "pastes.add_block")
                if options["by"]
                else None
            )
            if options["dry_run"]:
                pattern = blocking.check_block(**terms)
                self.say_what_came(pattern)
            else:
                pattern = blocking.add_block(**terms).pattern
        except services.PasteError as error:
            raise CommandError(error.sentence) from error
        held = "held for review" if options["hold"] else "refused"
        what = f"would be {held}" if options["dry_run"] else f"is {held} from now on"
        end = f", for {options['span']}" if options["span"] else ""
        self.stdout.write(f"What comes from {pattern} {what}{end}.")

    def say_what_came(self, network: str) -> None:
        pastes = blocking.pastes_from(network)
        count = "1 paste" if len(pastes) == 1 else f"{len(pastes)} pastes"
        self.stdout.write(f"{count} from {network}, as far as addresses are kept:")
        for paste in pastes[:SHOWN]:
            created = f"{paste.created_at:%Y-%m-%d %H:%M}"
            state = "" if paste.state == "live" else f", {paste.get_state_display()}"
            self.stdout.write(f"  {paste.slug}  {created}  {paste.size} bytes{state}")
        if len(pastes) > SHOWN:
            self.stdout.write(f"  and {len(pastes) - SHOWN} more")
