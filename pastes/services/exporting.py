"""Everything that the site keeps about one paste, for the person who made it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from pastes import tokens
from pastes.lifetimes import parse_span
from pastes.models import Decision, Paste
from pastes.services.client import Client
from pastes.services.errors import Forbidden, PasswordRequired
from pastes.services.finding import find_paste
from pastes.services.opening import open_paste


def export_paste(
    slug: str,
    *,
    owner_token: str,
    password: str | None = None,
    grant: str = "",
    client: Client | None,
) -> dict[str, Any]:
    """Return what is kept about a paste, as plain values and times, for its owner.

    A locked text needs its `password` too, or a grant, as at every door: without it all
    else is given. A burn text is not read. Of what a moderator hid the facts are given
    and not the text. Changes nothing and counts no view. Raises NotFound, Forbidden,
    WrongPassword or TooManyAttempts.
    """
    paste = find_paste(slug, with_hidden=True)
    if not tokens.is_match(owner_token, paste.owner_digest):
        raise Forbidden()
    reader = replace(client, counts=False) if client else None
    text, notes = text_of(paste, password, grant, reader)
    is_open = text is not None
    notes += address_notes()
    return {
        "exported_at": timezone.now(),
        "id": paste.slug,
        "title": paste.title,
        "syntax": paste.syntax,
        "size": paste.size,
        "created_at": paste.created_at,
        "edited_at": paste.edited_at,
        "expires_at": paste.expires_at,
        "burn": paste.is_burn,
        "locked": paste.is_locked,
        "views": paste.views,
        "fork_of": paste.fork_of.slug if paste.fork_of else None,
        "state": paste.state,
        "removed_because": paste.hidden_reason or None,
        "waiting_since": paste.case_opened_at,
        "held_because": [sign for sign, *_rest in paste.held_because],
        "looked_at": paste.is_cleared,
        "client_address": paste.client_address,
        "client_address_forgotten_at": forgotten_at(paste),
        "owner_token_sha256": paste.owner_digest,
        "browser_key_sha256": paste.maker_digest or None,
        # With these a guess at a locked text could be checked.
        "sha256": paste.sha256 if is_open else None,
        "normal_sha256": (paste.normal_sha256 or None) if is_open else None,
        "likeness": likeness(paste) if is_open else None,
        "text": text,
        "reports": count_reports(paste),
        "decisions": list_decisions(paste),
        "blocks": list_blocks(paste),
        "notes": notes,
    }


def text_of(
    paste: Paste, password: str | None, grant: str, client: Client | None
) -> tuple[str | None, list[str]]:
    """Return the text, or None and why it is not given."""
    if paste.state == Paste.State.HIDDEN:
        return None, [
            _(
                "A moderator took the paste down. Its text is kept as evidence until it "
                "expires; it is neither given out nor can it be deleted."
            )
        ]
    if paste.is_burn:
        return None, [_("The text burns after reading: to export it would burn it.")]
    is_held = paste.state == Paste.State.HELD
    try:
        opened = open_paste(
            paste.slug,
            password=password,
            grant=grant,
            client=client,
            with_hidden=is_held,
        )
    except PasswordRequired:
        return None, [
            _(
                "The text is locked: with its password, the export holds it as well. "
                "The password is kept as a bcrypt hash, which is not given out."
            )
        ]
    if is_held:
        return opened.text, [_("The paste is held until a moderator looks at it.")]
    return opened.text, []


def address_notes() -> list[str]:
    return [
        _(
            "Who reported the paste, and the names and notes of moderators, are about "
            "other people and are not part of this."
        ),
        _(
            "Deleting the paste deletes all of this but the moderators’ decisions, which "
            "hold no network address, and the blocks, which end by themselves."
        ),
    ]


def forgotten_at(paste: Paste) -> datetime | None:
    """Return when the paste's network address is dropped; None if there is none."""
    if paste.client_address is None:
        return None
    dropped = paste.created_at + parse_span(settings.ADDRESS_RETENTION)
    return min(dropped, paste.expires_at) if paste.expires_at else dropped


def likeness(paste: Paste) -> list[int] | None:
    """Return the four numbers by which near-duplicates are found, if it has them."""
    parts = [paste.likeness_1, paste.likeness_2, paste.likeness_3, paste.likeness_4]
    return None if None in parts else parts


def count_reports(paste: Paste) -> dict[str, Any]:
    """Return how often the paste was reported and for what, and nothing of by whom."""
    reasons = Counter(paste.reports.order_by().values_list("reason", flat=True))
    return {
        "count": reasons.total(),
        "open": paste.open_reports,
        "reasons": dict(reasons),
    }


def list_decisions(paste: Paste) -> list[dict[str, Any]]:
    """Return what moderators did, oldest first."""
    rows = Decision.objects.filter(slug=paste.slug).order_by("pk")
    return [
        {"act": act, "reason": reason or None, "at": at}
        for act, reason, at in rows.values_list("act", "reason", "entry__action_time")
    ]


def list_blocks(paste: Paste) -> list[dict[str, Any]]:
    """Return the blocks that were made from the paste, which outlive it."""
    span = parse_span(settings.ADDRESS_RETENTION)
    return [
        {
            "kind": block.kind,
            "created_at": block.created_at,
            "expires_at": block.expires_at,
            "forgotten_at": block.created_at + span if block.is_from_address else None,
        }
        for block in paste.blocks.order_by("pk")
    ]
