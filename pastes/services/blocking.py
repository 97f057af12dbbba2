"""The moderators' verbs for blocks; services/matching.py finds which one is met."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pastes.lifetimes import parse_span
from pastes.models import Block, Decision, Paste, new_revision
from pastes.services.block_patterns import (
    check_host,
    check_network,
    check_words,
    describe_text,
    is_in,
    parse_network,
)
from pastes.services.checking import Checker, shown
from pastes.services.chunking import chunks
from pastes.services.client import Client
from pastes.services.errors import NotFound
from pastes.services.faults import with_reserve
from pastes.services.matching import (
    Hit,
    blocked_client,
    count_hits,
    current_rules,
    find_hits,
)
from pastes.services.recording import record_block

__all__ = [
    "Hit",
    "add_block",
    "add_network_block",
    "add_text_block",
    "blocked_client",
    "change_block",
    "check_block",
    "count_hits",
    "current_rules",
    "find_hits",
    "pastes_from",
    "remove_block",
]


@with_reserve
def add_block(
    *,
    kind: str,
    pattern: str,
    effect: str = Block.Effect.REFUSE,
    reason: str,
    note: str = "",
    expires_in: str = "",
    near: bool = True,
    paste_slug: str = "",
    confirmed: bool = False,
    client: Client | None = None,
    by: AbstractBaseUser | None,
) -> Block:
    """Block a network, a text, a host or words; what is blocked already is renewed.

    `pattern` is an address or a network in CIDR notation; a text, or the hex SHA-256 of
    its normal form; a host or a link; words as they are, or RE2's syntax. With
    `paste_slug` the block says which paste it was made from, whose text or network it
    takes where the pattern is empty. `expires_in` is a span such as 14d, empty for
    never. `near`: a text's near-duplicates too. `confirmed` lets a very wide or a
    private network pass; `client` is the moderator's own, whom no block locks out.
    Raises Invalid, or NotFound where the paste is gone.
    """
    paste = find_row(paste_slug) if paste_slug else None
    if paste and not pattern and kind in (Block.Kind.TEXT, Block.Kind.NETWORK):
        options = {"effect": effect, "reason": reason, "note": note}
        options |= {"expires_in": expires_in, "by": by}
        if kind == Block.Kind.TEXT:
            return add_text_block(paste, near=near, **options)
        return add_network_block(paste, client=client, confirmed=confirmed, **options)
    pattern, columns = check_new(
        kind, pattern, near, client, confirmed, effect, reason, note, expires_in
    )
    if paste:
        columns["paste"] = paste
    return store(kind, pattern, columns, by)


def check_block(
    *,
    kind: str,
    pattern: str,
    effect: str = Block.Effect.REFUSE,
    reason: str,
    note: str = "",
    expires_in: str = "",
    near: bool = True,
    confirmed: bool = False,
    client: Client | None = None,
    by: AbstractBaseUser | None = None,
) -> str:
    """Return the pattern as add_block would store it, and store nothing.

    Raises Invalid as add_block does.
    """
    return check_new(
        kind, pattern, near, client, confirmed, effect, reason, note, expires_in
    )[0]


def check_new(
    kind: str,
    pattern: str,
    near: bool,
    client: Client | None,
    confirmed: bool,
    *terms: str,
) -> tuple[str, dict[str, Any]]:
    """Return the pattern and the columns of a block that was typed. Raises Invalid."""
    check = Checker()
    columns: dict[str, Any] = {}
    if kind == Block.Kind.NETWORK:
        pattern = check_network(check, pattern, client, confirmed)
    elif kind == Block.Kind.TEXT:
        pattern, columns = describe_text(check, pattern, near)
    elif kind == Block.Kind.HOST:
        pattern = check_host(check, pattern)
    elif kind == Block.Kind.WORDS:
        pattern = check_words(check, pattern)
    else:
        words = _("“%(word)s” is no kind of block.")
        check.refuse("kind", words % {"word": shown(kind)})
    columns |= check_terms(check, *terms)
    check.finish()
    return pattern, columns


def add_text_block(
    paste: Paste,
    *,
    effect: str = Block.Effect.REFUSE,
    reason: str,
    note: str = "",
    expires_in: str = "",
    near: bool = True,
    by: AbstractBaseUser | None,
    batch: UUID | None = None,
) -> Block:
    """Block a paste's text, written otherwise too, and what is `near` to it.

    Raises Invalid for a locked or a burn paste: the next one who is refused would learn
    what is in it.
    """
    check = Checker()
    if paste.is_locked or paste.is_burn:
        sentence = _(
            "The text of a paste that is locked or burns after reading cannot be "
            "blocked: the block would tell what is in it."
        )
        check.refuse("pattern", sentence)
    columns = check_terms(check, effect, reason, note, expires_in)
    check.finish()
    pattern, bands = describe_text(check, paste.data.decode(), near)
    check.finish()
    columns |= bands | {"paste": paste}
    return store(Block.Kind.TEXT, pattern, columns, by, batch)


def add_network_block(
    paste: Paste,
    *,
    address: str = "",
    effect: str = Block.Effect.REFUSE,
    reason: str,
    note: str = "",
    expires_in: str = "",
    confirmed: bool = False,
    client: Client | None = None,
    by: AbstractBaseUser | None,
    batch: UUID | None = None,
) -> Block:
    """Block the address that a paste came from, or its IPv6 /64.

    `address` is another client's, who reported the paste. The block, and with it
    the address, is forgotten ADDRESS_RETENTION after it was made at the latest. Raises
    Invalid where the address is forgotten already, and as add_block does.
    """
    check = Checker()
    address = address or paste.client_address or ""
    pattern = ""
    if address:
        pattern = check_network(check, address, client, confirmed)
    else:
        check.refuse(
            "pattern", _("The address that this paste came from is forgotten already.")
        )
    columns = check_terms(check, effect, reason, note, expires_in)
    check.finish()
    last = timezone.now() + parse_span(settings.ADDRESS_RETENTION)
    ends = min(columns["expires_at"] or last, last)
    columns |= {"paste": paste, "is_from_address": True, "expires_at": ends}
    return store(Block.Kind.NETWORK, pattern, columns, by, batch)


def change_block(
    pk: int,
    *,
    effect: str | None = None,
    reason: str | None = None,
    note: str | None = None,
    expires_in: str | None = None,
    by: AbstractBaseUser | None,
) -> Block:
    """Change what is given of a block; None leaves a field as it is.

    `expires_in` counts from now, empty is never. What it blocks stays: remove it and add
    another. Raises NotFound or Invalid.
    """
    with transaction.atomic():
        block = Block.objects.select_for_update().filter(pk=pk).first()
        if block is None:
            raise NotFound(_("This block is gone."))
        check = Checker()
        columns = check_terms(
            check,
            block.effect if effect is None else effect,
            block.reason if reason is None else reason,
            block.note if note is None else note,
            expires_in or "",
        )
        check.finish()
        if expires_in is None:
            columns["expires_at"] = block.expires_at
        elif block.is_from_address:
            last = block.created_at + parse_span(settings.ADDRESS_RETENTION)
            columns["expires_at"] = min(columns["expires_at"] or last, last)
        columns["revision"] = new_revision()
        for name, value in columns.items():
            setattr(block, name, value)
        block.save(update_fields=[*columns, "changed_at"])
        record_block(by, block, Decision.Act.UNBLOCKED, block.reason, block.note)
    return block


@with_reserve
def remove_block(pk: int, *, by: AbstractBaseUser | None, note: str = "") -> None:
    """Remove a block, which holds nobody any more at once.

    Raises NotFound or Invalid.
    """
    check = Checker()
    check.words("note", note)
    check.finish()
    with transaction.atomic():
        block = Block.objects.select_for_update().filter(pk=pk).first()
        if block is None:
            raise NotFound(_("This block is gone."))
        record_block(by, block, Decision.Act.UNBLOCKED, block.reason, note)
        block.delete()


def pastes_from(network: str) -> list[Paste]:
    """Return the pastes whose address is still known and in a network, newest first.

    Without their texts. Raises Invalid for what is no network.
    """
    check = Checker()
    parsed = parse_network(check, network)
    check.finish()
    known = Paste.objects.filter(client_address__isnull=False)
    rows = known.values_list("pk", "client_address").iterator()
    keys = [pk for pk, address in rows if is_in(address, parsed)]
    found: list[Paste] = []
    for some in chunks(keys):
        found += Paste.objects.filter(pk__in=some).without_text()
    return sorted(found, key=lambda paste: -paste.pk)


def find_row(slug: str) -> Paste:
    paste = Paste.objects.filter(slug=slug).first()
    if paste is None:
        raise NotFound()
    return paste


def store(
    kind: str,
    pattern: str,
    columns: dict[str, Any],
    by: AbstractBaseUser | None,
    batch: UUID | None = None,
) -> Block:
    """Insert a block, or renew the one that there is; of any number at once, one."""
    with transaction.atomic():
        there = Block.objects.select_for_update().filter(kind=kind, pattern=pattern)
        block = there.first()
        if block is None:
            started = columns | {"by": by}
            block, is_new = Block.objects.get_or_create(
                kind=kind, pattern=pattern, defaults=started
            )
        else:
            is_new = False
        if not is_new:
            renew(block, columns, by)
        act = Decision.Act.BLOCKED
        note = columns["note"]
        record_block(by, block, act, block.reason, note, batch=batch, is_new=is_new)
    return block


def renew(block: Block, columns: dict[str, Any], by: AbstractBaseUser | None) -> None:
    """Give an old block the terms of a new one, and keep what those leave open."""
    is_from_address = columns.get("is_from_address", False)
    is_over = block.expires_at is not None and block.expires_at <= timezone.now()
    changes = columns | {"by": by, "note": columns["note"] or block.note}
    changes["revision"] = new_revision()
    if is_from_address and not block.is_from_address and not is_over:
        # A moderator typed it, and for as long as they meant.
        del changes["is_from_address"], changes["expires_at"]
    else:
        changes |= {"is_from_address": is_from_address, "created_at": timezone.now()}
    for name, value in changes.items():
        setattr(block, name, value)
    block.save(update_fields=[*changes, "changed_at"])


def check_terms(
    check: Checker, effect: str, reason: str, note: str, expires_in: str
) -> dict[str, Any]:
    """Return what every kind of block has."""
    if effect not in Block.Effect.values:
        words = _("“%(word)s” is no effect of a block.")
        check.refuse("effect", words % {"word": shown(effect)})
    if reason not in Paste.Reason.values:
        check.refuse("reason", _("Choose why it is blocked."))
    check.words("note", note)
    return {
        "effect": effect,
        "reason": reason,
        "note": note,
        "expires_at": check_span(check, expires_in),
    }


def check_span(check: Checker, span: str) -> datetime | None:
    if not span:
        return None
    try:
        length = parse_span(span)
        if not length:
            raise ValueError(span)
        expires_at = timezone.now() + length
    except ValueError:
        words = _("“%(word)s” is no span of time such as 12h, 14d or 3M.")
        check.refuse("expires_in", words % {"word": shown(span)})
        return None
    return expires_at
