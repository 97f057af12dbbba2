"""Verbs that take a paste away: delete, hide, restore, prune."""

from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, transaction
from django.utils import timezone

from pastes import limits, tokens
from pastes.models import Lease, Paste, PasteQuerySet, Tombstone
from pastes.services.burying import bury, forget_tombstones
from pastes.services.chunking import chunks
from pastes.services.errors import Forbidden, NotFound
from pastes.services.faults import is_full, with_reserve
from pastes.services.finding import find_paste
from pastes.services.forgetting import forget_addresses
from pastes.services.noting import note_figures
from pastes.services.space import release_reserve

# How long the maker of a burned paste still sees in "my pastes" that it was read.
BURNED_KEPT = timedelta(days=7)
BATCH = 500


@with_reserve
def delete_paste(slug: str, *, owner_token: str) -> None:
    """Delete a paste for good: its owner's act.

    Raises NotFound, Removed (owners cannot delete the evidence) or Forbidden.
    """
    paste = find_paste(slug, with_held=True)
    if not tokens.is_match(owner_token, paste.owner_digest):
        raise Forbidden()
    # What a moderator hid since the look above is evidence.
    if not delete_unless_hidden(Paste.objects.filter(pk=paste.pk)):
        raise NotFound()


@with_reserve
def delete_made_pastes(*, maker_key: str) -> int:
    """Delete every paste that a browser made; return how many there were.

    What a moderator hid stays for the moderator.
    """
    if not maker_key:
        return 0
    mine = Paste.objects.made_by(tokens.digest(maker_key))
    return delete_unless_hidden(mine)


def delete_unless_hidden(pastes: PasteQuerySet) -> int:
    """Delete what no moderator hid, nor hides at this moment; return how many."""
    count = 0
    with transaction.atomic():
        # The lock keeps a moderator from hiding between the reading and the deleting
        # (SQLite's transactions are IMMEDIATE and need none).
        rows = pastes.exclude(state=Paste.State.HIDDEN).select_for_update()
        found = list(rows.order_by("pk").values_list("pk", "slug"))
        for some in chunks(found):
            bury([slug for _, slug in some], Tombstone.Kind.DELETED)
            count += delete_rows(Paste.objects.filter(pk__in=[pk for pk, _ in some]))
    return count


def list_made_pastes(*, maker_key: str) -> list[Paste]:
    """Return the pastes that a browser made, newest first, without their texts."""
    if not maker_key:
        return []
    mine = Paste.objects.made_by(tokens.digest(maker_key)).unexpired()
    return list(mine.without_text()[:1000])


@with_reserve
def prune_pastes(*, now: datetime | None = None, dry_run: bool = False) -> int:
    """Delete what has expired or was burned a week ago; return how many pastes.

    Also forgets the addresses older than ADDRESS_RETENTION, the tombstones older than
    TOMBSTONE_RETENTION and the rate limits that are whole again. Reading decides about
    expiry, so this only frees space. Safe to run twice and on two machines at once: each
    batch is a statement of its own. `now` is by the database's clock: a machine whose
    own is ahead would delete what still lives.
    """
    forget_limits_at = now.timestamp() if now else None
    now = now or database_now()
    burned = Paste.objects.filter(burned_at__lte=now - BURNED_KEPT)
    if dry_run:
        return (Paste.objects.expired(now) | burned).count()
    pruned = delete_in_batches(Paste.objects.expired(now)) + delete_in_batches(burned)
    forget_addresses(now=now)
    forget_tombstones(now=now)
    limits.forget(now=forget_limits_at)
    note_figures({"last_prune_timestamp_seconds": now.timestamp()})
    empty_log()
    return pruned


def database_now() -> datetime:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
            return datetime.fromisoformat(cursor.fetchone()[0])
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def empty_log(using: str = DEFAULT_DB_ALIAS) -> None:
    """Let SQLite take its write-ahead log in: it still holds what was just deleted."""
    connection = connections[using]
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete_in_batches(pastes: PasteQuerySet) -> int:
    """Delete the rows some at a time, so that no writer waits long for the lock.

    On a full disk one at a time, which needs the least room in SQLite's log.
    """
    total, most = 0, BATCH
    while keys := list(pastes.order_by("pk").values_list("pk", flat=True)[:most]):
        try:
            total += delete_rows(Paste.objects.filter(pk__in=keys))
        except Error as error:
            if most == 1 or not is_full(error):
                raise
            most = 1
            release_reserve()
        if most == 1:
            empty_log()
    return total


def delete_rows(pastes: PasteQuerySet) -> int:
    """Delete the rows without reading their texts, as Django would for their forks."""
    return pastes.without_text().delete()[1].get("pastes.Paste", 0)


@with_reserve
def take_lease(name: str, seconds: int, *, now: datetime | None = None) -> bool:
    """Say whether this process may do a periodic job; others get False meanwhile."""
    now = now or timezone.now()
    until = now + timedelta(seconds=seconds)
    if Lease.objects.filter(name=name, held_until__lte=now).update(held_until=until):
        return True
    _, created = Lease.objects.get_or_create(name=name, defaults={"held_until": until})
    return created
