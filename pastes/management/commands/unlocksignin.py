"""manage.py unlocksignin: the way back for somebody whom guessing at their name kept out."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pastes.services import Busy, signing_in


class Command(BaseCommand):
    help = "Forget the wrong passwords that were tried for a person's sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the user name")

    def handle(self, *, name: str, **options: Any) -> None:
        try:
            were_counted = signing_in.unlock_sign_in(name)
        except Busy as error:
            raise CommandError(
                "The shared cache, which counts the tries, does not answer."
            ) from error
        if were_counted is None:
            raise CommandError(f"There is no user {name!r}.")
        self.stdout.write(
            f"The wrong passwords for {name} are forgotten. An address from which too "
            "many were tried waits as LIMIT_LOGIN says."
            if were_counted
            else f"No wrong passwords were counted for {name}."
        )
