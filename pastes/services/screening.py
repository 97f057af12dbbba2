"""Whether a new text is refused, or held until a moderator has looked at it."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy

from pastes import likeness, limits, spam
from pastes.models import Block, Decision, Paste
from pastes.services.client import Client
from pastes.services.errors import Blocked
from pastes.services.likening import likeness_columns, likeness_in
from pastes.services.matching import (
    Hit,
    Ruleset,
    blocked_client,
    count_hits,
    current_rules,
    find_hits,
)
from pastes.services.recording import record
from pastes.services.relating import of_network

logger = logging.getLogger(__name__)

RECENT = timedelta(hours=1)
# Waves come within a day; the same question may come back next year.
ALIKE = timedelta(days=1)
# Rows with a band or a text in common that are looked at, the newest first.
MOST_ROWS = 200
# How many other addresses are enough to know, and how many recent pastes.
ENOUGH_OTHERS = 10
ENOUGH_RECENT = 100
CHECKER_SECONDS = 2.0
# Checks at a time in each process: a checker that hangs takes no more threads.
CHECKS = threading.BoundedSemaphore(4)

# What each sign says to a moderator; its detail follows.
SIGN_WORDS = {
    "block": gettext_lazy("Meets a block that holds"),
    "copies": gettext_lazy("Other addresses that sent nearly the same text"),
    "words": gettext_lazy("Words of an advertisement"),
    "checker": gettext_lazy("The site’s own checker"),
    "repeats": gettext_lazy("The same phrase again and again"),
    "honeypot": gettext_lazy("A field was filled that people do not see"),
    "anchors": gettext_lazy("The same words in most links"),
    "markup": gettext_lazy("Links written for a forum or a web page"),
    "title": gettext_lazy("A link in the title"),
    "links": gettext_lazy("Many links for its words (links / words)"),
    "hasty": gettext_lazy("Sent sooner than a person could"),
    "rate": gettext_lazy("Pastes from this address in the last hour"),
    "hosts": gettext_lazy("Many hosts, or the same one often"),
    "reports": gettext_lazy("Clients that reported it"),
}


def admit(client: Client | None) -> Ruleset | None:
    """Return the blocks as they are now; None for a trusted caller, whom none holds.

    Raises Blocked if one refuses the client's network.
    """
    if client is None:
        return None
    rules = current_rules()
    hit = blocked_client(client, rules)
    if hit and hit.block.effect == Block.Effect.REFUSE:
        count_hits([hit])
        raise Blocked()
    return rules


def screen(
    client: Client | None,
    data: bytes,
    title: str,
    *,
    rules: Ruleset | None,
    is_secret: bool,
    alike: Mapping[str, Any] | None = None,
    paste: Paste | None = None,
) -> list[list[Any]]:
    """Return why a text is held, as Paste.held_because has it; empty if it is not.

    `data` is UTF-8; `rules` is what admit gave. Of a secret text, one that is locked or
    burns, nothing is quoted, and the site's checker is not asked. `alike` are the
    columns of likening.describe_likeness, of a public text; `paste` is the one that an
    edit is about, which no rate counts against. Raises Blocked.
    """
    if client is None or rules is None:
        return []
    hits = find_hits(data, title, rules)
    network = blocked_client(client, rules)
    count_hits([network, *hits] if network else hits)
    if any(hit.block.effect == Block.Effect.REFUSE for hit in hits):
        raise Blocked()
    held_by = told([network, *hits] if network else hits)
    if not (held_by or settings.SPAM_HOLD_AT):
        return []
    text = data.decode()
    weights = spam.parse_weights(settings.SPAM_WEIGHTS)
    traits = spam.look(text, title)
    facts = spam.Facts(
        others=count_others(client, alike, paste)
        if alike and traits.may_advertise
        else 0,
        odd=client.signs,
        blocks=held_by,
        checked=0 if is_secret else ask_checker(text, title, client, weights),
    )
    signs = spam.weigh(traits, facts, weights)
    # A query that few texts need: without the rate most have far too few points.
    if not held_by and score(signs) + weights["rate"] < settings.SPAM_HOLD_AT:
        return []
    if traits.is_answerable and not paste:
        facts = replace(facts, recent=count_recent(client))
        signs = spam.weigh(traits, facts, weights)
    if not held_by and score(signs) < settings.SPAM_HOLD_AT:
        return []
    return [[s.name, s.points, "" if is_secret else s.detail] for s in signs]


def score(signs: list[spam.Sign]) -> int:
    return sum(sign.points for sign in signs)


def told(hits: list[Hit]) -> tuple[str, ...]:
    """Return what of each block was met, for a network its number.

    Addresses are forgotten, and what a paste was held for is not.
    """
    return tuple(hit.detail or f"#{hit.block.id}" for hit in hits)


def count_recent(client: Client) -> int:
    """Return how many pastes came from a client in the last hour, up to a bound."""
    made = Paste.objects.filter(created_at__gte=timezone.now() - RECENT)
    if "/" in client.key:
        return min(len(of_network(made, client.key)), ENOUGH_RECENT)
    return made.filter(client_address=client.address)[:ENOUGH_RECENT].count()


def count_others(
    client: Client, alike: Mapping[str, Any], paste: Paste | None = None
) -> int:
    """Return how many other clients sent the same or nearly the same text of late.

    What a moderator looked at and kept counts for nobody.
    """
    rows = Paste.objects.filter(
        created_at__gte=timezone.now() - ALIKE,
        client_address__isnull=False,
        is_cleared=False,
    ).order_by("-pk")
    if paste:
        rows = rows.exclude(pk=paste.pk)
    rows = rows.only("client_address", *likeness_columns((None,) * likeness.BANDS))
    found: set[str] = set()
    if alike["normal_sha256"]:
        # The index holds the rows that have one, which the query has to say.
        same = rows.exclude(normal_sha256="")
        same = same.filter(normal_sha256=alike["normal_sha256"])
        found = {limits.client_key(row.client_address) for row in same[:MOST_ROWS]}
    bands = tuple(alike[name] for name in likeness_columns((None,) * likeness.BANDS))
    for name, band in zip(likeness_columns(bands), bands, strict=True):
        if band is None or len(found) > ENOUGH_OTHERS:
            break
        near = rows.filter(**{name: band, f"{name}__isnull": False})
        for row in near[:MOST_ROWS]:
            if likeness.is_near(bands, likeness_in(row)):
                found.add(limits.client_key(row.client_address))
    return len(found - {client.key})


def spam_checker() -> Callable[[str, str, str], int]:
    """Return the operator's checker. Raises ImportError for a path that has none."""
    return import_string(settings.SPAM_CHECKER)


def ask_checker(
    text: str, title: str, client: Client, weights: Mapping[str, int]
) -> int:
    """Return the points that the operator's checker gives, if there is one.

    One that fails, hangs or is busy gives none, and the log says so.
    """
    if not settings.SPAM_CHECKER or not weights["checker"]:
        return 0
    if not CHECKS.acquire(blocking=False):
        logger.warning("SPAM_CHECKER is busy; a paste was not checked.")
        return 0
    points: list[int] = []

    def run() -> None:
        try:
            points.append(int(spam_checker()(text, title, client.address)))
        except Exception:
            # Whatever the operator's code raises, the paste is stored.
            logger.exception("SPAM_CHECKER failed; a paste was not checked.")
        finally:
            connections.close_all()
            CHECKS.release()

    started = time.monotonic()
    thread = threading.Thread(target=run, name="spam checker", daemon=True)
    thread.start()
    thread.join(CHECKER_SECONDS)
    if thread.is_alive():
        taken = time.monotonic() - started
        logger.warning("SPAM_CHECKER took over %.0f s; a paste was not checked.", taken)
        return 0
    return points[0] if points else 0


def held_columns(signs: list[list[Any]], now: datetime) -> dict[str, Any]:
    """Return what stands in the row of a paste that is held; nothing for no signs."""
    if not signs:
        return {}
    return {
        "state": Paste.State.HELD,
        "held_because": signs,
        "case_opened_at": now,
    }


def record_held(paste: Paste) -> None:
    """Write down that the site held a live paste, or one that it just stored."""
    before = copy(paste)
    before.state = Paste.State.LIVE
    record([before], Decision.Act.HELD, by=None)
