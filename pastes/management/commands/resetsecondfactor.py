"""manage.py resetsecondfactor: the way back for somebody who lost phone and codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastes.services import second_factor


class Command(BaseCommand):
    help = "Remove a person's second factor: the password alone signs in afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the user name")

    def handle(self, *, name: str, **options: Any) -> None:
        was_on = second_factor.reset_second_factor(name)
        if was_on is None:
            raise CommandError(f"There is no user {name!r}.")
        self.stdout.write(
            f"The second factor of {name} is gone."
            if was_on
            else f"{name} had no second factor."
        )
