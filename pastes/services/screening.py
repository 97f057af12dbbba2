"""Whether a new text is refused, or held until a moderator has looked at it."""

from copy import copy
from datetime import datetime
from typing import Any

from pastes.models import Block, Decision, Paste
from pastes.services.client import Client
from pastes.services.errors import Blocked
from pastes.services.matching import (
    Hit,
    Ruleset,
    blocked_client,
    count_hits,
    current_rules,
    find_hits,
)
from pastes.services.recording import record


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
) -> list[list[Any]]:
    """Return why a text is held, as Paste.held_because has it; empty if it is not.

    `data` is UTF-8; `rules` is what admit gave. Of a secret text, one that is locked or
    burns, nothing is quoted. Raises Blocked.
    """
    if client is None or rules is None:
        return []
    hits = find_hits(data, title, rules)
    network = blocked_client(client, rules)
    count_hits([network, *hits] if network else hits)
    if any(hit.block.effect == Block.Effect.REFUSE for hit in hits):
        raise Blocked()
    held_by = told([network, *hits] if network else hits)
    return [["block", 0, "" if is_secret else detail] for detail in held_by]


def told(hits: list[Hit]) -> tuple[str, ...]:
    """Return what of each block was met, for a network its number.

    Addresses are forgotten, and what a paste was held for is not.
    """
    return tuple(hit.detail or f"#{hit.block.id}" for hit in hits)


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
