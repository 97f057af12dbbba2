"""Tombstones: what was burned, deleted or taken down, so that no restore revives it.

A paste is known by the SHA-256 of its slug, which needs no key that could be lost with
the machine. A slug has 70 random bits: the table alone gives none away, and the link
that somebody might find in years of guessing leads to nothing.

Copies of the tombstones are united one by one. What is burned or deleted stays so;
between a hiding and its undoing the later one counts.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from pastes.lifetimes import parse_span
from pastes.models import Paste, Report, Tombstone
from pastes.services.chunking import CHUNK, chunks
from pastes.tokens import digest as digest_of

ENDS = (Tombstone.Kind.BURNED, Tombstone.Kind.DELETED)


class BadTombstone(ValueError):
    """A line that is no tombstone; says which one and why."""


def bury(
    slugs: Iterable[str], kind: str, *, reason: str = "", now: datetime | None = None
) -> None:
    """Write down that pastes were ended, in the transaction that ends them.

    `kind` is a Tombstone.Kind, `reason` a Paste.Reason or empty. What is said anew of a
    slug replaces what was said before.
    """
    now = now or timezone.now()
    # In one order, so that two who bury the same ones do not wait for each other.
    digests = sorted({digest_of(slug) for slug in slugs})
    write([Tombstone(digest=d, kind=kind, reason=reason, made_at=now) for d in digests])


def unbury(slugs: Iterable[str]) -> None:
    """Take away the tombstones of pastes that were never anybody's."""
    digests = [digest_of(slug) for slug in slugs]
    Tombstone.objects.filter(digest__in=digests).delete()


def write(stones: list[Tombstone], using: str = DEFAULT_DB_ALIAS) -> None:
    for some in chunks(stones):
        Tombstone.objects.using(using).bulk_create(
            some,
            update_conflicts=True,
            unique_fields=["digest"],
            update_fields=["kind", "reason", "made_at"],
        )


def forget_tombstones(*, now: datetime) -> None:
    """Drop the tombstones that are older than any backup that is kept."""
    kept_since = now - parse_span(settings.TOMBSTONE_RETENTION)
    Tombstone.objects.filter(made_at__lte=kept_since).delete()


def list_tombstones(
    since: datetime | None = None, using: str = DEFAULT_DB_ALIAS
) -> Iterator[str]:
    """Yield the tombstones, oldest first, each as a line of JSON without its newline."""
    rows = Tombstone.objects.using(using).order_by("made_at", "digest")
    if since:
        rows = rows.filter(made_at__gte=since)
    for stone in rows.iterator(chunk_size=CHUNK):
        yield json.dumps(
            {
                "digest": stone.digest,
                "kind": stone.kind,
                "reason": stone.reason,
                "made_at": stone.made_at.isoformat(),
            }
        )


def unite_tombstones(lines: Iterable[str], using: str = DEFAULT_DB_ALIAS) -> int:
    """Take in what list_tombstones gave, here or elsewhere; return how many lines.

    Raises BadTombstone.
    """
    count = 0
    some: dict[str, Tombstone] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        stone = parse_tombstone(line, number)
        some[stone.digest] = stronger(some.get(stone.digest), stone)
        count += 1
        if len(some) == CHUNK:
            unite(some, using)
            some = {}
    unite(some, using)
    return count


def unite(stones: dict[str, Tombstone], using: str) -> None:
    known = Tombstone.objects.using(using).in_bulk(list(stones))
    united = [stronger(known.get(key), stone) for key, stone in stones.items()]
    write(united, using)


def stronger(one: Tombstone | None, other: Tombstone) -> Tombstone:
    """Return which of two sayings about one paste counts."""
    if one is None:
        return other
    if (one.kind in ENDS) != (other.kind in ENDS):
        return one if one.kind in ENDS else other
    return one if one.made_at >= other.made_at else other


def parse_tombstone(line: str, number: int) -> Tombstone:
    try:
        found: dict[str, Any] = json.loads(line)
        stone = Tombstone(
            digest=found["digest"],
            kind=Tombstone.Kind(found["kind"]),
            reason=found["reason"],
            made_at=datetime.fromisoformat(found["made_at"]),
        )
        is_sound = len(stone.digest) == 64 and stone.made_at.tzinfo is not None
        is_sound &= stone.reason in ("", *Paste.Reason.values)
        is_sound &= stone.kind != Tombstone.Kind.HIDDEN or stone.reason != ""
    except (KeyError, TypeError, ValueError):
        is_sound = False
    if not is_sound:
        raise BadTombstone(f"line {number} is no tombstone")
    return stone


def apply_tombstones(using: str = DEFAULT_DB_ALIAS) -> tuple[int, int]:
    """End what came back and was ended: return how many were deleted, and hidden.

    Burned and deleted pastes go, with their reports; hidden ones are hidden again, for
    their reason. What has burned in the table itself stays as it is.
    """
    pastes = Paste.objects.using(using)
    deleted = hidden = last = 0
    while True:
        rows = pastes.unburned().filter(pk__gt=last).order_by("pk")
        found = {
            digest_of(slug): key for key, slug in rows.values_list("pk", "slug")[:CHUNK]
        }
        if not found:
            return deleted, hidden
        last = max(found.values())
        stones = Tombstone.objects.using(using).filter(digest__in=list(found))
        by_reason: dict[str, list[int]] = {}
        ended = []
        for stone in stones:
            if stone.kind in ENDS:
                ended.append(found[stone.digest])
            elif stone.kind == Tombstone.Kind.HIDDEN:
                by_reason.setdefault(stone.reason, []).append(found[stone.digest])
        if ended:
            gone = pastes.filter(pk__in=ended).without_text()
            deleted += gone.delete()[1].get("pastes.Paste", 0)
        for reason, keys in by_reason.items():
            hidden += hide_again(keys, reason, using)


def hide_again(keys: list[int], reason: str, using: str) -> int:
    shown = Paste.objects.using(using).filter(pk__in=keys)
    shown = shown.exclude(state=Paste.State.HIDDEN)
    reports = Report.objects.using(using).filter(paste__in=keys, closed_at=None)
    reports.update(closed_at=timezone.now())
    return shown.update(
        state=Paste.State.HIDDEN,
        hidden_reason=reason,
        case_opened_at=None,
        open_reports=0,
    )
