"""Figures of the whole site that one process found out and every other may tell."""

from collections.abc import Mapping

from django.utils import timezone

from pastes.models import Figure

# What this process read last, so that telling needs no database.
known: dict[str, float] = {}


def note_figures(values: Mapping[str, float]) -> None:
    """Keep the figures for all processes, in place of the earlier ones."""
    now = timezone.now()
    Figure.objects.bulk_create(
        [
            Figure(name=name, value=value, noted_at=now)
            for name, value in values.items()
        ],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value", "noted_at"],
    )


def read_figures() -> dict[str, float]:
    """Return what all processes noted, and remember it in this one."""
    global known
    known = dict(Figure.objects.values_list("name", "value"))
    return known


def known_figures() -> dict[str, float]:
    """Return what this process read last; asks nobody."""
    return known
