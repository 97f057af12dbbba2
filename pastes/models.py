"""Nouns: the paste, and what the site keeps beside it."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from pastes import tokens, zstd

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

    def without_text(self) -> Self:
        """Leave the text where it is: lists and forms have no business with it."""
        return self.defer("packed_text")


class Paste(models.Model):
    class State(models.TextChoices):
        LIVE = "live", gettext_lazy("live")
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
                condition=Q(state="live", hidden_reason="")
                | (Q(state="hidden") & ~Q(hidden_reason="")),
            ),
            models.CheckConstraint(
                name="owner_digest_is_sha256", condition=Q(owner_digest__length=64)
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


class Report(models.Model):
    """What a reader told the moderators about a paste."""

    paste = models.ForeignKey(Paste, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=20, choices=Paste.Reason)
    details = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    client_address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_lazy("report")
        verbose_name_plural = gettext_lazy("reports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.created_at:%Y-%m-%d %H:%M}"


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
