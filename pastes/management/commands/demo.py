"""manage.py demo: fill an empty site with what a month brings, and clear it again."""

from argparse import ArgumentParser
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pastes import services, tokens
from pastes.management.demo.plan import Event, Plan
from pastes.services import demonstrating

SIZE = 400
# Below, not everything fits in; above, it is no demonstration.
SMALLEST, LARGEST = 100, 5000
SEED = 20


class Command(BaseCommand):
    help = (
        "Fill an empty site with pastes, reports, waves of spam and decisions, for a "
        "look at moderation. Refuses where real pastes are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--size",
            type=int,
            default=SIZE,
            help=f"how many pastes; {SIZE} if not said",
        )
        parser.add_argument(
            "--seed", type=int, default=SEED, help="another number, other texts"
        )
        parser.add_argument(
            "--no-user", action="store_true", help="make no user who moderates"
        )
        parser.add_argument(
            "--clear", action="store_true", help="remove what it made, and only that"
        )

    def handle(self, *, clear: bool, **options: Any) -> None:
        try:
            if clear:
                self.clear()
            else:
                self.fill(**options)
        except services.PasteError as error:
            raise CommandError(error.sentence) from error

    def fill(self, *, size: int, seed: int, no_user: bool, **options: Any) -> None:
        if not SMALLEST <= size <= LARGEST:
            raise CommandError(f"--size is a number from {SMALLEST} to {LARGEST}.")
        demonstrating.check_site()
        user, password = (None, "") if no_user else demonstrating.add_moderator()
        now = timezone.now()
        # Nothing that a moderator is to look at has expired before.
        longest = timedelta(seconds=services.max_lifetime_seconds() * 0.9)
        plan = Plan(
            size=size,
            seed=seed,
            now=now,
            span=longest,
            most_bytes=settings.PASTE_MAX_BYTES,
        )
        site = Site(user)
        for event in plan.events:
            site.happen(event)
        demonstrating.finish(now)
        self.stdout.write(f"{len(site.slugs)} pastes and what became of them are here.")
        for slug, word in site.passwords.items():
            self.stdout.write(f"  /{slug} is locked with the password {word}")
        if user:
            name = user.get_username()
            self.stdout.write(f"Moderate at /admin/ as {name}, password {password}")
        self.stdout.write("manage.py demo --clear removes all of it.")

    def clear(self) -> None:
        gone = demonstrating.clear_demonstration()
        pastes = "1 paste" if gone.pastes == 1 else f"{gone.pastes} pastes"
        blocks = "1 block" if gone.blocks == 1 else f"{gone.blocks} blocks"
        self.stdout.write(f"{pastes} and {blocks} of the demonstration removed.")
        if gone.real:
            real = "1 paste stays" if gone.real == 1 else f"{gone.real} pastes stay"
            self.stdout.write(f"{real}, which the demonstration did not make.")
        if gone.is_user_kept:
            name = demonstrating.MODERATOR
            words = "is on the record of other things: kept, but locked."
            self.stdout.write(f"The user {name} {words}")


class Site:
    """What has happened so far: the slugs of the plan's pastes by their names."""

    def __init__(self, by: AbstractBaseUser | None) -> None:
        self.by = by
        self.slugs: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.batches: dict[str, UUID] = {}
        # Random ones: whoever knew a browser's key could delete what it made.
        self.keys: defaultdict[int, str] = defaultdict(tokens.new_maker_key)

    def happen(self, event: Event) -> None:
        getattr(self, event.act)(event.names, event.at, **event.values)

    def paste(
        self,
        names: tuple[str, ...],
        at: datetime,
        *,
        maker: int | None,
        fork_of: str = "",
        **values: Any,
    ) -> None:
        slug = demonstrating.add_paste(
            at,
            maker_key="" if maker is None else self.keys[maker],
            fork_of=self.slugs.get(fork_of, ""),
            **values,
        )
        self.slugs[names[0]] = slug
        if values.get("password"):
            self.passwords[slug] = values["password"]

    def report(self, names: tuple[str, ...], at: datetime, **values: Any) -> None:
        demonstrating.add_report(self.slugs[names[0]], at, **values)

    def hold(self, names: tuple[str, ...], at: datetime, **values: Any) -> None:
        demonstrating.hold(self.slugs[names[0]], at, **values)

    def decide(
        self, names: tuple[str, ...], at: datetime, *, decision: str, **values: Any
    ) -> None:
        slugs = [self.slugs[name] for name in names]
        batch = demonstrating.decide(slugs, decision, at, by=self.by, **values)
        self.batches[names[0]] = batch

    def undo(self, names: tuple[str, ...], at: datetime) -> None:
        demonstrating.undo(self.batches[names[0]], at, by=self.by)

    def block(self, names: tuple[str, ...], at: datetime, **values: Any) -> None:
        paste_slug = self.slugs[names[0]]
        demonstrating.block(at, paste_slug=paste_slug, by=self.by, **values)

    def burn(self, names: tuple[str, ...], at: datetime) -> None:
        demonstrating.burn(self.slugs[names[0]], at)
