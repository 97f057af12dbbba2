"""Which pastes hold the same text, or nearly the same, written otherwise."""

from typing import Any

from django.db.models import Q

from pastes import likeness
from pastes.models import Paste

# What a text that is locked or read once has: its fingerprints would confirm a guess.
NO_LIKENESS: dict[str, Any] = {"normal_sha256": ""} | dict.fromkeys(
    ("likeness_1", "likeness_2", "likeness_3", "likeness_4")
)
# Rows that share a band and are looked at, the newest first.
MOST_CANDIDATES = 1_000


def describe_likeness(data: bytes) -> dict[str, Any]:
    """Return the columns by which a public text is found again."""
    text = data.decode()
    bands = likeness.likeness_of(text) or (None,) * likeness.BANDS
    return {"normal_sha256": likeness.normal_sha256(text)} | likeness_columns(bands)


def write_likeness(paste: Paste, columns: dict[str, Any]) -> None:
    """Write what describe_likeness() said of a paste's text, if it is public still.

    The row decides: who locks it at this moment takes the description out of it.
    """
    public = Paste.objects.filter(pk=paste.pk, password_hash="", is_burn=False)
    if public.filter(sha256=paste.sha256).update(**columns):
        for name, value in columns.items():
            setattr(paste, name, value)


def likeness_columns(bands: tuple[int | None, ...]) -> dict[str, int | None]:
    return {f"likeness_{number}": band for number, band in enumerate(bands, 1)}


def likeness_in(row: Any) -> likeness.Likeness | None:
    """Return the likeness in a row's columns, or None where it has none."""
    bands = (row.likeness_1, row.likeness_2, row.likeness_3, row.likeness_4)
    return None if None in bands else bands


def similar_pastes(paste: Paste, limit: int = 100) -> list[Paste]:
    """Return the other pastes with the same or nearly the same text, newest first.

    Without their texts. Expired ones count: they are there until they are pruned.
    Locked and burn pastes are never among them.
    """
    others = Paste.objects.exclude(pk=paste.pk).order_by("-pk")
    others = others.without_text()
    found: dict[int, Paste] = {}
    if paste.normal_sha256:
        # The index holds the rows that have one, which the query has to say.
        same = others.exclude(normal_sha256="")
        for other in same.filter(normal_sha256=paste.normal_sha256)[:limit]:
            found[other.pk] = other
    bands = likeness_in(paste)
    if bands:
        for name, band in likeness_columns(bands).items():
            near = others.filter(Q(**{name: band}) & Q(**{f"{name}__isnull": False}))
            for other in near[:MOST_CANDIDATES]:
                if likeness.is_near(bands, likeness_in(other)):
                    found[other.pk] = other
    return sorted(found.values(), key=lambda other: -other.pk)[:limit]
