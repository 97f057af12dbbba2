"""The demonstration: the verbs with the past as their date, and how it is taken away.

Nowhere else are rows back-dated. What it made is known by its pastes' owner digest, a
keyed hash of the slug that belongs to no token: nobody owns them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Max, Model, Q
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext as _

from pastes.models import Block, Decision, Paste, Report
from pastes.services.blocking import add_block
from pastes.services.burying import unbury
from pastes.services.checking import max_lifetime_seconds, offered_lifetimes
from pastes.services.chunking import chunks
from pastes.services.creating import create_paste
from pastes.services.errors import Held, Invalid
from pastes.services.forgetting import forget_addresses
from pastes.services.moderating import moderate, undo_hiding
from pastes.services.opening import open_paste
from pastes.services.recording import record
from pastes.services.removing import delete_rows
from pastes.services.reporting import report_paste

MODERATOR = "moderator"
# By these its user and its blocks are known again.
EMAIL = "moderator@demonstration.invalid"
NOTE = "Demonstration: "


@dataclass(frozen=True)
class Cleared:
    """How much was taken away. `real` pastes stay, as does a moderator who decided
    about them, but signs in no more (`is_user_kept`)."""

    pastes: int
    blocks: int
    real: int
    is_user_kept: bool


def check_site() -> None:
    """Raise Invalid where there are pastes already, real ones or the demonstration's."""
    mine, real = split_pastes()
    if real:
        sentence = _("This site has real pastes; the demonstration fills an empty one.")
        raise Invalid({"site": [sentence]})
    if mine:
        sentence = _(
            "The demonstration is here already: demo --clear removes it first."
        )
        raise Invalid({"site": [sentence]})


def add_moderator() -> tuple[AbstractBaseUser, str]:
    """Return the demonstration's moderator and the password to sign in with.

    Raises Invalid where somebody else has that name.
    """
    users = get_user_model().objects
    with transaction.atomic():
        user = users.filter(username=MODERATOR).first()
        if user is None:
            user = users.create_user(MODERATOR, EMAIL)
        elif user.email != EMAIL:
            sentence = _("There is a user called %(name)s already: use --no-user.")
            raise Invalid({"user": [sentence % {"name": MODERATOR}]})
        password = get_random_string(16)
        user.set_password(password)
        user.is_staff = user.is_active = True
        user.save()
        user.groups.add(Group.objects.get(name="Moderators"))
    return user, password


def add_paste(at: datetime, *, address: str, views: int, **values: Any) -> str:
    """Store a paste of that time and return its slug; takes what create_paste does.

    The caller is a trusted one, whom neither limits nor blocks hold.
    """
    values["lifetime"] = allowed_lifetime(values.get("lifetime", ""))
    with transaction.atomic():
        paste = create_paste(client=None, **values).paste
        lives = paste.expires_at and paste.expires_at - paste.created_at
        Paste.objects.filter(pk=paste.pk).update(
            created_at=at,
            expires_at=lives and at + lives,
            client_address=address,
            owner_digest=owner_digest(paste.slug),
            views=views,
        )
    return paste.slug


def add_report(slug: str, at: datetime, *, address: str, **values: Any) -> None:
    """Report a paste at that time; takes what report_paste does.

    The moderators are not told by mail. What REPORTS_HOLD_AT holds takes no more.
    """
    try:
        with dated(at):
            report_paste(slug, client=None, **values)
            newest = Report.objects.filter(paste__slug=slug).latest("pk")
            Report.objects.filter(pk=newest.pk).update(client_address=address)
            since = Paste.objects.filter(slug=slug, case_opened_at__gt=at)
            since.update(case_opened_at=at)
    except Held:
        return


def hold(slug: str, at: datetime, *, because: list[list[Any]]) -> None:
    """Hold a paste for review as the screening of strangers' pastes would.

    It has no verb: nothing but a stranger's paste is screened, and a stranger would meet
    the limits and the blocks of this very site.
    """
    with dated(at):
        paste = Paste.objects.without_text().get(slug=slug)
        record([paste], Decision.Act.HELD, by=None)
        Paste.objects.filter(pk=paste.pk).update(
            state=Paste.State.HELD, case_opened_at=at, held_because=because
        )


def decide(slugs: list[str], act: str, at: datetime, **values: Any) -> UUID:
    """Carry out a decision of that time; takes what moderate does. Nobody is answered."""
    with dated(at):
        return moderate(slugs, act, answer=False, **values).batch


def undo(batch: UUID, at: datetime, *, by: AbstractBaseUser | None) -> None:
    with dated(at):
        undo_hiding(batch, by=by)


def block(at: datetime, **values: Any) -> None:
    """Add a block of that time; takes what add_block does."""
    with dated(at):
        add_block(**values)


def burn(slug: str, at: datetime) -> None:
    """Read a paste that is read once."""
    with transaction.atomic():
        open_paste(slug, consent=True, client=None)
        Paste.objects.filter(slug=slug).update(burned_at=at)


def finish(now: datetime) -> None:
    """Forget the addresses that are older than the site keeps any."""
    forget_addresses(now=now)


@contextmanager
def dated(at: datetime) -> Iterator[None]:
    """Let what is done inside have been done then: reports, the record, blocks."""
    now = timezone.now()
    with transaction.atomic():
        # The transaction has the only pen: what is new below is from inside.
        last = {model: last_key(model) for model in (LogEntry, Report, Block)}
        yield
        entries = LogEntry.objects.filter(pk__gt=last[LogEntry])
        closed = Report.objects.filter(decision__in=entries.values("pk"))
        closed.update(closed_at=at)
        entries.update(action_time=at)
        reports = Report.objects.filter(pk__gt=last[Report])
        reports.update(created_at=at, told_at=at)
        for made in Block.objects.filter(pk__gt=last[Block]):
            ends = made.expires_at and made.expires_at - (now - at)
            Block.objects.filter(pk=made.pk).update(
                created_at=at, expires_at=ends, note=NOTE + made.note
            )


def last_key(model: type[Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def clear_demonstration() -> Cleared:
    """Take away what the demonstration made, its record too, and nothing else."""
    mine, real = split_pastes()
    pastes = 0
    with transaction.atomic():
        blocks = clear_blocks(mine)
        for some in chunks(mine):
            forget_record(Paste, some)
            rows = Paste.objects.filter(pk__in=some)
            unbury(rows.values_list("slug", flat=True))
            pastes += delete_rows(rows)
        is_user_kept = clear_user()
    return Cleared(pastes, blocks, real, is_user_kept)


def clear_blocks(pastes: list[int]) -> int:
    """Delete the blocks that the demonstration made, or that were made of its pastes."""
    noted = Block.objects.filter(note__startswith=NOTE)
    keys = set(noted.values_list("pk", flat=True))
    for some in chunks(pastes):
        found = Block.objects.filter(paste__in=some)
        keys |= set(found.values_list("pk", flat=True))
    for some in chunks(sorted(keys)):
        forget_record(Block, some)
        Block.objects.filter(pk__in=some).delete()
    return len(keys)


def forget_record(model: type[Model], keys: list[int]) -> None:
    kind = ContentType.objects.get_for_model(model)
    about = Q(content_type=kind, object_id__in=[str(key) for key in keys])
    entries = LogEntry.objects.filter(about)
    # The record protects its entries from whatever else would delete them.
    Decision.objects.filter(entry__in=entries).delete()
    entries.delete()


def clear_user() -> bool:
    """Delete the moderator; keep and lock whoever is on the record of something else."""
    user = get_user_model().objects.filter(username=MODERATOR, email=EMAIL).first()
    if user is None:
        return False
    if not LogEntry.objects.filter(user_id=user.pk).exists():
        user.delete()
        return False
    user.set_unusable_password()
    user.is_active = False
    user.save()
    return True


def split_pastes() -> tuple[list[int], int]:
    """Return the keys of the demonstration's pastes, and how many others there are."""
    mine: list[int] = []
    real = 0
    rows = Paste.objects.order_by("pk").values_list("pk", "slug", "owner_digest")
    for pk, slug, digest in rows.iterator():
        if digest == owner_digest(slug):
            mine.append(pk)
        else:
            real += 1
    return mine, real


def owner_digest(slug: str) -> str:
    return salted_hmac("pastes.demonstration", slug, algorithm="sha256").hexdigest()


def allowed_lifetime(lifetime: str | int) -> str | int:
    """Return a lifetime that the operator lets everybody have, near to the one asked."""
    longest = max_lifetime_seconds()
    if lifetime in dict(offered_lifetimes()):
        return lifetime
    return min(lifetime, longest) if isinstance(lifetime, int) else longest
