"""Whether a paste is there at all: the one predicate behind every verb."""

from datetime import datetime
from functools import lru_cache

from django.utils import timezone

from pastes import tokens
from pastes.models import Decision, Paste
from pastes.rows import select
from pastes.services.errors import Held, NotFound, Removed


def find_paste(
    slug: str,
    *,
    with_hidden: bool = False,
    with_held: bool = False,
    with_text: bool = False,
) -> Paste:
    """Return the paste that a link names, if it is still there, without its text.

    Raises NotFound if it never was, has expired (pruned or not), was burned or deleted;
    Removed if a moderator hid it and Held while none has looked at it, unless
    `with_hidden`; `with_held` lets the latter alone pass, which its owner may delete.
    """
    if not tokens.is_slug(slug):
        raise NotFound()
    found = Paste.objects.raw(statement(with_text=with_text), [slug])
    paste = next(iter(found), None)
    if paste is None or paste.is_expired(timezone.now()) or paste.burned_at:
        raise NotFound()
    if paste.state == Paste.State.HIDDEN and not with_hidden:
        raise Removed(
            paste.get_hidden_reason_display(),
            category=paste.hidden_reason,
            at=hidden_at(slug),
        )
    if paste.state == Paste.State.HELD and not (with_hidden or with_held):
        raise Held()
    return paste


@lru_cache(maxsize=2)
def statement(*, with_text: bool) -> str:
    """Return the SQL that reads a paste by its slug, with or without its text.

    Every reader's request runs it; the ORM would take longest to write it anew.
    """
    columns = [
        field.column
        for field in Paste._meta.concrete_fields
        if with_text or field.name not in Paste.TEXT_FIELDS
    ]
    return select(", ".join(columns), "slug")


def find_parent(paste: Paste) -> Paste | None:
    """Return the paste that this one was forked from, while readers may know of it."""
    if paste.fork_of_id is None:
        return None
    parents = Paste.objects.unexpired().unburned().without_text()
    return parents.filter(pk=paste.fork_of_id, state=Paste.State.LIVE).first()


def hidden_at(slug: str) -> datetime | None:
    """Return when a moderator last took the paste down, if it is on the record."""
    hidden = Decision.objects.filter(slug=slug, act=Decision.Act.HIDDEN)
    return hidden.values_list("entry__action_time", flat=True).order_by("-pk").first()
