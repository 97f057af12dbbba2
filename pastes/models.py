"""Nouns: the paste, and what the site keeps beside it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from pastes import front, tokens, zstd

models.BinaryField.register_lookup(Length)
models.CharField.register_lookup(Length)


class PasteQuerySet(models.QuerySet["Paste"]):
    def unexpired(self, now: datetime | None = None) -> Self:
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now or timezone.now())
        )

    def expired(self, now: datetime | None = None) -> Self:
        return self.filter(expires_at__lte=now or timezone.now())

    def unburned(self) -> Self:
        return self.filter(burned_at__isnull=True)

    def made_by(self, maker_digest: str) -> Self:
        return self.exclude(maker_digest="").filter(maker_digest=maker_digest)

    def reported(self) -> Self:
        return self.filter(Exists(Report.objects.filter(paste=OuterRef("pk"))))

    def open_cases(self) -> Self:
        """What waits for a moderator: most reported first, then longest waiting."""
        waiting = self.unburned().filter(case_opened_at__isnull=False)
        # Not unexpired(): for its OR, SQLite would choose the index of expires_at.
        waiting = waiting.exclude(expires_at__lte=timezone.now())
        return waiting.order_by("-open_reports", "case_opened_at", "pk")

    def without_text(self) -> Self:
        """Leave the text where it is: lists and forms have no business with it."""
        return self.defer(*Paste.TEXT_FIELDS)

    def update(self, **changes: Any) -> int:
        """Change the rows, and take away what lies in front of the site (pastes.front)."""
        if changes.keys() <= Paste.UNSHOWN_FIELDS:
            return super().update(**changes)
        with clearing_front(self.db):
            return super().update(**changes)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows, and take away the same."""
        with clearing_front(self.db):
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


@contextmanager
def clearing_front(using: str) -> Iterator[None]:
    """Take away what lies in front of the site in the transaction that changes pastes."""
    if settings.FRONT_DIR is None:
        yield
        return
    with transaction.atomic(using=using, savepoint=False):
        yield
        front.take_away(settings.FRONT_DIR)


class Paste(models.Model):
    TEXT_FIELDS = ("packed_text",)
    # They change by themselves, and nobody's text with them.
    UNSHOWN_FIELDS = frozenset(("views", "client_address"))

    class State(models.TextChoices):
        LIVE = "live", gettext_lazy("live")
        # Not shown until a moderator has looked at it, who then keeps or hides it.
        HELD = "held", gettext_lazy("held for review")
        HIDDEN = "hidden", gettext_lazy("hidden")

    class Reason(models.TextChoices):
        """Why a moderator took a paste down; the page that replaces it says so."""

        SPAM = "spam", gettext_lazy("spam or advertising")
        MALWARE = "malware", gettext_lazy("malware or phishing")
        PERSONAL = "personal", gettext_lazy("personal data or leaked secrets")
        COPYRIGHT = "copyright", gettext_lazy("copyright")
        ILLEGAL = "illegal", gettext_lazy("illegal content")
        RULES = "rules", gettext_lazy("against the rules of this site")

    slug = models.CharField(max_length=tokens.SLUG_LENGTH, unique=True)
    title = models.CharField(max_length=200, blank=True)
    syntax = models.CharField(gettext_lazy("language"), max_length=40, default="text")
    size = models.PositiveIntegerField(help_text="bytes of UTF-8")
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(gettext_lazy("edited"), null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)
    is_burn = models.BooleanField(gettext_lazy("burn after reading"), default=False)
    burned_at = models.DateTimeField(gettext_lazy("burned"), null=True, blank=True)
    password_hash = models.CharField(max_length=128, blank=True)
    owner_digest = models.CharField(max_length=64)
    maker_digest = models.CharField(max_length=64, blank=True)
    fork_of = models.ForeignKey(
        "self",
        verbose_name=gettext_lazy("forked from"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="forks",
    )
    state = models.CharField(
        gettext_lazy("state"), max_length=10, choices=State, default=State.LIVE
    )
    hidden_reason = models.CharField(
        gettext_lazy("why it is hidden"), max_length=20, choices=Reason, blank=True
    )
    client_address = models.GenericIPAddressField(
        gettext_lazy("address"), null=True, blank=True
    )
    # When it came before the moderators, for as long as none has decided.
    case_opened_at = models.DateTimeField(
        gettext_lazy("waiting since"), null=True, blank=True
    )
    open_reports = models.PositiveIntegerField(gettext_lazy("open reports"), default=0)
    # Why the site held it: a list of [sign, points, detail], the heaviest first.
    held_because = models.JSONField(default=list, blank=True)
    # A moderator looked and kept it: reports alone do not hold it again.
    is_cleared = models.BooleanField(gettext_lazy("looked at"), default=False)
    # What finds the same text written otherwise (pastes.likeness); empty and null where
    # the text is locked, burns, or is too short to have a likeness.
    normal_sha256 = models.CharField(max_length=64, blank=True)
    likeness_1 = models.PositiveIntegerField(null=True, blank=True)
    likeness_2 = models.PositiveIntegerField(null=True, blank=True)
    likeness_3 = models.PositiveIntegerField(null=True, blank=True)
    likeness_4 = models.PositiveIntegerField(null=True, blank=True)
    views = models.PositiveIntegerField(gettext_lazy("views"), default=0)
    # Last, so that SQLite reads the columns before it without the pages of the text.
    packed_text = models.BinaryField(help_text="UTF-8, compressed with zstd")

    objects = PasteQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("paste")
        verbose_name_plural = gettext_lazy("pastes")
        ordering = ["-pk"]
        permissions = [("moderate_paste", "Can hide and restore pastes")]
        indexes = [
            models.Index(
                fields=["maker_digest"],
                name="pastes_by_maker",
                condition=~Q(maker_digest=""),
            ),
            models.Index(
                fields=["client_address"],
                name="pastes_by_address",
                condition=Q(client_address__isnull=False),
            ),
            models.Index(
                fields=["burned_at"],
                name="pastes_burned",
                condition=Q(burned_at__isnull=False),
            ),
            models.Index(
                fields=["-open_reports", "case_opened_at"],
                name="pastes_open_cases",
                condition=Q(case_opened_at__isnull=False),
            ),
            models.Index(
                fields=["normal_sha256"],
                name="pastes_by_normal_text",
                condition=~Q(normal_sha256=""),
            ),
            *(
                models.Index(
                    fields=[f"likeness_{number}"],
                    name=f"pastes_by_likeness_{number}",
                    condition=Q(**{f"likeness_{number}__isnull": False}),
                )
                for number in (1, 2, 3, 4)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="slug_has_12_characters",
                condition=Q(slug__length=tokens.SLUG_LENGTH),
            ),
            models.CheckConstraint(name="size_is_positive", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="expires_after_creation",
                condition=Q(expires_at__isnull=True)
                | Q(expires_at__gt=models.F("created_at")),
            ),
            models.CheckConstraint(
                name="only_burn_pastes_burn",
                condition=Q(burned_at__isnull=True) | Q(is_burn=True),
            ),
            models.CheckConstraint(
                name="burned_has_no_text",
                condition=Q(burned_at__isnull=True, packed_text__length__gt=0)
                | Q(burned_at__isnull=False, packed_text__length=0, sha256=""),
            ),
            models.CheckConstraint(
                name="hidden_has_a_reason",
                condition=Q(state__in=["live", "held"], hidden_reason="")
                | (Q(state="hidden") & ~Q(hidden_reason="")),
            ),
            models.CheckConstraint(
                name="owner_digest_is_sha256", condition=Q(owner_digest__length=64)
            ),
            models.CheckConstraint(
                name="held_is_an_open_case",
                condition=~Q(state="held") | Q(case_opened_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("pastes:detail", kwargs={"slug": self.slug})

    @property
    def is_locked(self) -> bool:
        return self.password_hash != ""

    @property
    def is_public(self) -> bool:
        """Whether everybody with the link reads it, as often as they like."""
        return self.state == self.State.LIVE and not (self.is_locked or self.is_burn)

    @property
    def data(self) -> bytes:
        """The text as UTF-8, byte for byte as it came; empty once burned."""
        return zstd.unpack(bytes(self.packed_text)) if self.packed_text else b""

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Case(Paste):
    """A paste that waits for a moderator, as the admin's queue lists it."""

    class Meta:
        proxy = True
        # Who may look at pastes may look at their queue.
        default_permissions = ()
        verbose_name = gettext_lazy("case")
        verbose_name_plural = gettext_lazy("queue")


class Report(models.Model):
    """What a reader told the moderators about a paste."""

    paste = models.ForeignKey(Paste, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=20, choices=Paste.Reason)
    details = models.TextField(blank=True)
    contact = models.EmailField(gettext_lazy("address for an answer"), blank=True)
    created_at = models.DateTimeField(
        default=timezone.now, editable=False, db_index=True
    )
    client_address = models.GenericIPAddressField(null=True, blank=True)
    # When ABUSE_EMAIL was told of it.
    told_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # What closed it, so that an undo opens it again.
    decision = models.ForeignKey(
        "Decision",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
    )

    class Meta:
        verbose_name = gettext_lazy("report")
        verbose_name_plural = gettext_lazy("reports")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["told_at"],
                name="reports_untold",
                condition=Q(told_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.created_at:%Y-%m-%d %H:%M}"


class Decision(models.Model):
    """Why a moderator acted: what Django's LogEntry (who, when, on what) leaves out."""

    class Act(models.TextChoices):
        KEPT = "kept", gettext_lazy("Kept")
        HELD = "held", gettext_lazy("Held for review")
        HIDDEN = "hidden", gettext_lazy("Hidden")
        RESTORED = "restored", gettext_lazy("Restored")
        DELETED = "deleted", gettext_lazy("Deleted")
        CLOSED = "closed", gettext_lazy("Reports closed")
        LOOKED = "looked", gettext_lazy("Text looked at")
        BLOCKED = "blocked", gettext_lazy("Blocked")
        UNBLOCKED = "unblocked", gettext_lazy("Block changed or removed")

    entry = models.OneToOneField(
        LogEntry, on_delete=models.PROTECT, primary_key=True, related_name="decision"
    )
    act = models.CharField(gettext_lazy("act"), max_length=10, choices=Act)
    reason = models.CharField(
        gettext_lazy("reason"), max_length=20, choices=Paste.Reason, blank=True
    )
    note = models.TextField(gettext_lazy("note"), blank=True)
    # A paste's slug, which outlives its row; empty for a block.
    slug = models.CharField(max_length=tokens.SLUG_LENGTH, blank=True, db_index=True)
    # What was done in one go is undone in one go.
    batch = models.UUIDField(db_index=True)
    # The state before, which an undo brings back: a Paste.State, or "blocked" where a
    # block was there already.
    was = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = gettext_lazy("decision")
        verbose_name_plural = gettext_lazy("record")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.slug}".strip()


def new_revision() -> int:
    return secrets.randbelow(1 << 31)


class Block(models.Model):
    """What may not come in, or is held for review: a network, a text, a host, words."""

    class Kind(models.TextChoices):
        NETWORK = "network", gettext_lazy("network")
        TEXT = "text", gettext_lazy("text")
        HOST = "host", gettext_lazy("host of links")
        WORDS = "words", gettext_lazy("words")

    class Effect(models.TextChoices):
        REFUSE = "refuse", gettext_lazy("refuse")
        HOLD = "hold", gettext_lazy("hold for review")

    kind = models.CharField(gettext_lazy("kind"), max_length=10, choices=Kind)
    # In CIDR notation, the SHA-256 of a text's normal form, a host, or RE2's syntax.
    pattern = models.CharField(gettext_lazy("what is blocked"), max_length=500)
    effect = models.CharField(
        gettext_lazy("effect"), max_length=10, choices=Effect, default=Effect.REFUSE
    )
    reason = models.CharField(
        gettext_lazy("reason"), max_length=20, choices=Paste.Reason
    )
    note = models.TextField(gettext_lazy("note"), blank=True)
    # Of a text whose near-duplicates are caught too (pastes.likeness); else null.
    likeness_1 = models.PositiveIntegerField(null=True, blank=True)
    likeness_2 = models.PositiveIntegerField(null=True, blank=True)
    likeness_3 = models.PositiveIntegerField(null=True, blank=True)
    likeness_4 = models.PositiveIntegerField(null=True, blank=True)
    # The paste that it was made from, whose address or text it holds.
    paste = models.ForeignKey(
        Paste, on_delete=models.SET_NULL, null=True, blank=True, related_name="blocks"
    )
    # Made from a client's address, which it must forget after ADDRESS_RETENTION.
    is_from_address = models.BooleanField(default=False)
    created_at = models.DateTimeField(
        gettext_lazy("created"), default=timezone.now, editable=False
    )
    changed_at = models.DateTimeField(auto_now=True, db_index=True)
    # Drawn anew by any change, which tells the processes to read the blocks anew. Their
    # sum needs no clock that all machines share, and no order in which changes commit.
    revision = models.PositiveIntegerField(default=new_revision, db_default=0)
    expires_at = models.DateTimeField(gettext_lazy("expires"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("made by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    hits = models.PositiveIntegerField(gettext_lazy("hits"), default=0)

    class Meta:
        verbose_name = gettext_lazy("block")
        verbose_name_plural = gettext_lazy("blocks")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "pattern"], name="one_block_for_each_pattern"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.pattern[:60]}"


class Tombstone(models.Model):
    """That a paste was ended, so that no older backup brings it back.

    It outlives the paste's row, and knows it by a digest of its slug alone.
    """

    class Kind(models.TextChoices):
        BURNED = "burned", gettext_lazy("burned")
        DELETED = "deleted", gettext_lazy("deleted")
        HIDDEN = "hidden", gettext_lazy("hidden")
        # A hiding that was taken back: what copies still say of it is out of date.
        LIFTED = "lifted", gettext_lazy("lifted")

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=20, choices=Paste.Reason, blank=True)
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"


class Allowance(models.Model):
    """How much of a rate limit one client has used, as one moment in time.

    used_until is the generic cell rate algorithm's theoretical arrival time, in
    seconds since 1970: the moment at which the allowance is whole again.
    """

    key = models.CharField(max_length=150, primary_key=True)
    used_until = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Lease(models.Model):
    """Who does a periodic job just now, so that one of many processes does it."""

    name = models.CharField(max_length=40, primary_key=True)
    held_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Figure(models.Model):
    """A number about the whole site that one process found out for all of them."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.FloatField()
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
