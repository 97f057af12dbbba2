"""Counting the whole site for its metrics: seldom, and by one process for all."""

import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from pastes.models import Lease, Report
from pastes.services.noting import note_figures, read_figures
from pastes.services.removing import take_lease
from pastes.services.statistics import count_cases, count_storage

COUNT_SECONDS = 60
# Counting goes through all pastes. It may take no more than this part of the time.
SHARE = 0.01


def refresh_figures() -> bool:
    """Count the site if nobody has lately, and read what is known; say whether it counted.

    At most once in COUNT_SECONDS over all processes of all machines.
    """
    is_due = take_lease("figures", COUNT_SECONDS)
    if is_due:
        started = time.monotonic()
        note_figures(count_site())
        rest = (time.monotonic() - started) / SHARE
        if rest > COUNT_SECONDS:
            until = timezone.now() + timedelta(seconds=rest)
            Lease.objects.filter(name="figures").update(held_until=until)
    read_figures()
    return is_due


def count_site() -> dict[str, float]:
    """Return the figures by the names of metrics.GAUGES."""
    hidden, storage = count_storage()
    cases = count_cases()
    figures = {
        "pastes": storage.pastes,
        "pastes_held": cases.held,
        "pastes_hidden": hidden,
        "text_bytes": storage.text_bytes,
        "packed_bytes": storage.packed_bytes,
        "open_cases": cases.open,
        "open_reports": Report.objects.filter(closed_at__isnull=True).count(),
        "figures_timestamp_seconds": time.time(),
    }
    size = storage.file_bytes or server_bytes()
    return figures | ({"database_bytes": size} if size else {})


def server_bytes() -> int | None:
    """Return what the database takes on its server; None where that is no question."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return cursor.fetchone()[0]
