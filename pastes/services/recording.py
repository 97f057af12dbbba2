"""The record: who did what to a paste or a block, when and why; never undone."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from pastes.models import Block, Decision, Paste
from pastes.services.checking import shown
from pastes.services.chunking import chunks
from pastes.services.errors import NotFound

# Who stands there where the site or a command acts. Nobody signs in by that name.
SITE = "site"
FLAGS = {Decision.Act.DELETED: DELETION, Decision.Act.BLOCKED: ADDITION}


def site_user() -> AbstractBaseUser:
    """Return the user that acts of the site itself are recorded under."""
    users = get_user_model().objects
    nobody = {"is_active": False, "password": make_password(None)}
    return users.get_or_create(username=SITE, defaults=nobody)[0]


def find_moderator(name: str, right: str) -> AbstractBaseUser:
    """Return the active member of staff of that name who has a right.

    `right` is such as "pastes.moderate_paste". Raises NotFound.
    """
    users = get_user_model().objects.filter(is_active=True, is_staff=True)
    user = users.filter(username=name).first()
    if user is None:
        words = _("No moderator is called “%(name)s”: it takes active staff.")
        raise NotFound(words % {"name": shown(name)})
    if not user.has_perm(right):
        raise NotFound(_("%(name)s may not do this.") % {"name": name})
    return user


def record(
    pastes: Iterable[Paste],
    act: str,
    *,
    reason: str = "",
    note: str = "",
    by: AbstractBaseUser | None,
    batch: UUID | None = None,
) -> UUID:
    """Write down an act on pastes, and return the batch that they share.

    `act` is a Decision.Act; the pastes are as they were before it. `by` is None for the
    site itself. Call it in the transaction of the act.
    """
    rows = [(paste.pk, paste.slug, paste.slug, paste.state) for paste in pastes]
    return write(Paste, rows, act, reason, note, by, batch)


def record_block(
    by: AbstractBaseUser | None,
    block: Block,
    act: str,
    reason: str,
    note: str,
    *,
    batch: UUID | None = None,
    is_new: bool = True,
) -> None:
    """Write down that a block was made, changed or removed.

    A network is named by its number alone: addresses are forgotten, the record is not.
    """
    is_network = block.kind == Block.Kind.NETWORK
    with translation.override(settings.LANGUAGE_CODE):
        name = f"#{block.pk}" if is_network else block.pattern[:100]
        name = f"{block.get_kind_display()} {name}"
    was = "" if is_new else "blocked"
    write(Block, [(block.pk, name, "", was)], act, reason, note, by, batch)


def write(
    model: type[models.Model],
    rows: list[tuple[int, str, str, str]],
    act: str,
    reason: str,
    note: str,
    by: AbstractBaseUser | None,
    batch: UUID | None,
) -> UUID:
    """Insert entry and decision for each row: its key, name, slug and former state."""
    batch = batch or uuid4()
    act = Decision.Act(act)
    shared: dict[str, Any] = {
        "user_id": (by or site_user()).pk,
        "content_type": ContentType.objects.get_for_model(model),
        "action_flag": FLAGS.get(act, CHANGE),
        # In the site's language, for every moderator reads it.
        "change_message": say(act, reason, note),
    }
    for some in chunks(rows):
        entries = LogEntry.objects.bulk_create(
            LogEntry(object_id=str(key), object_repr=name, **shared)
            for key, name, _slug, _was in some
        )
        Decision.objects.bulk_create(
            Decision(
                entry=entry,
                act=act,
                reason=reason,
                note=note,
                slug=slug,
                batch=batch,
                was=was,
            )
            for entry, (_key, _name, slug, was) in zip(entries, some, strict=True)
        )
    return batch


def say(act: Decision.Act, reason: str, note: str) -> str:
    """Return an act with why it was done, in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        said = str(act.label)
        if reason:
            said = f"{said}: {Paste.Reason(reason).label}"
        elif act in (Decision.Act.HIDDEN, Decision.Act.DELETED):
            said = f"{said}: {_('no reason given')}"
    return f"{said} ({note})" if note else said
