"""Verbs that take a paste away: delete, hide, restore, prune."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import limits, tokens
from pastes.lifetimes import parse_span
from pastes.models import Lease, Paste, PasteQuerySet, Report
from pastes.services.errors import Forbidden, NotFound
from pastes.services.finding import find_paste

# How long the maker of a burned paste still sees in "my pastes" that it was read.
BURNED_KEPT = timedelta(days=7)
BATCH = 500


def delete_paste(
    slug: str,
    *,
    owner_token: str = "",
    by: AbstractBaseUser | None = None,
    reason: str = "",
    note: str = "",
) -> None:
    """Delete a paste for good: its owner's act, or a moderator's (`by`).

    A moderator's act is on the record with its reason (a key of Paste.Reason) and note.
    Raises NotFound, Removed (owners cannot delete the evidence) or Forbidden.
    """
    if by is None:
        paste = find_paste(slug)
        if not tokens.is_match(owner_token, paste.owner_digest):
            raise Forbidden()
    with transaction.atomic():
        rows = Paste.objects.without_text().filter(slug=slug)
        if by is None:
            # What a moderator hid since the look above is evidence.
            rows = rows.filter(state=Paste.State.LIVE)
        row = rows.first()
        if row is None:
            raise NotFound()
        if by is not None:
            record(by, row, DELETION, gettext_lazy("Deleted"), reason, note)
        row.delete()


def delete_made_pastes(*, maker_key: str) -> int:
    """Delete every paste that a browser made; return how many there were.

    What a moderator hid stays for the moderator.
    """
    if not maker_key:
        return 0
    mine = Paste.objects.made_by(tokens.digest(maker_key))
    return delete_rows(mine.filter(state=Paste.State.LIVE))


def list_made_pastes(*, maker_key: str) -> list[Paste]:
    """Return the pastes that a browser made, newest first, without their texts."""
    if not maker_key:
        return []
    mine = Paste.objects.made_by(tokens.digest(maker_key)).unexpired()
    return list(mine.without_text()[:1000])


def hide_paste(
    slug: str, *, reason: str, note: str = "", by: AbstractBaseUser | None
) -> None:
    """Take a paste down and keep its row for the moderators.

    `reason` is a key of Paste.Reason, which the page that replaces the paste tells;
    `note` stays with the moderators. `by` is None for a command. Hiding what is hidden
    already changes nothing. Raises NotFound; ValueError for an unknown reason.
    """
    reason = Paste.Reason(reason)
    with transaction.atomic():
        live = Paste.objects.filter(slug=slug, state=Paste.State.LIVE)
        changed = live.update(state=Paste.State.HIDDEN, hidden_reason=reason)
        row = Paste.objects.without_text().filter(slug=slug).first()
        if row is None:
            raise NotFound()
        if changed and by is not None:
            record(by, row, CHANGE, gettext_lazy("Hidden"), reason, note)


def restore_paste(slug: str, *, note: str = "", by: AbstractBaseUser | None) -> None:
    """Bring a hidden paste back; a live one stays as it is. Raises NotFound."""
    with transaction.atomic():
        hidden = Paste.objects.filter(slug=slug, state=Paste.State.HIDDEN)
        changed = hidden.update(state=Paste.State.LIVE, hidden_reason="")
        row = Paste.objects.without_text().filter(slug=slug).first()
        if row is None:
            raise NotFound()
        if changed and by is not None:
            record(by, row, CHANGE, gettext_lazy("Restored"), None, note)


def record(
    by: AbstractBaseUser,
    paste: Paste,
    flag: int,
    act: Promise,
    reason: str | None,
    note: str,
) -> None:
    """Write an act down, in the site's language: every moderator reads the record."""
    with translation.override(settings.LANGUAGE_CODE):
        message = say(str(act), reason, note)
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(Paste),
        object_id=str(paste.pk),
        object_repr=paste.slug,
        action_flag=flag,
        change_message=message,
    )


def say(act: str, reason: str | None, note: str) -> str:
    """Return an act with why it was done; bringing a paste back needs no reason."""
    if reason is None:
        return f"{act}: {note}" if note else act
    words = Paste.Reason(reason).label if reason else _("no reason given")
    return f"{act}: {words} ({note})" if note else f"{act}: {words}"


def prune_pastes(*, now: datetime | None = None, dry_run: bool = False) -> int:
    """Delete what has expired or was burned a week ago; return how many pastes.

    Also forgets the client addresses older than ADDRESS_RETENTION and the rate limits
    that are whole again. Reading decides about expiry, so this only frees space. Safe to
    run twice and on two machines at once: each batch is a statement of its own.
    """
    now = now or timezone.now()
    burned = Paste.objects.filter(burned_at__lte=now - BURNED_KEPT)
    if dry_run:
        return (Paste.objects.expired(now) | burned).count()
    pruned = delete_in_batches(Paste.objects.expired(now)) + delete_in_batches(burned)
    kept_since = now - parse_span(settings.ADDRESS_RETENTION)
    Paste.objects.filter(
        client_address__isnull=False, created_at__lte=kept_since
    ).update(client_address=None)
    Report.objects.filter(
        client_address__isnull=False, created_at__lte=kept_since
    ).update(client_address=None)
    limits.forget(now=now.timestamp())
    empty_log()
    return pruned


def empty_log() -> None:
    """Let SQLite take its write-ahead log in: it still holds what was just deleted."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete_in_batches(pastes: PasteQuerySet) -> int:
    """Delete the rows some at a time, so that no writer waits long for the lock."""
    total = 0
    while keys := list(pastes.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        total += delete_rows(Paste.objects.filter(pk__in=keys))
    return total


def delete_rows(pastes: PasteQuerySet) -> int:
    """Delete the rows without reading their texts, as Django would for their forks."""
    return pastes.without_text().delete()[1].get("pastes.Paste", 0)


def take_lease(name: str, seconds: int, *, now: datetime | None = None) -> bool:
    """Say whether this process may do a periodic job; others get False meanwhile."""
    now = now or timezone.now()
    until = now + timedelta(seconds=seconds)
    if Lease.objects.filter(name=name, held_until__lte=now).update(held_until=until):
        return True
    _, created = Lease.objects.get_or_create(name=name, defaults={"held_until": until})
    return created
