"""Texts that a web server in front answers with by itself, as long as many ask for them."""

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pastes import front, metrics
from pastes.models import Paste
from pastes.services.chunking import chunks
from pastes.services.counting import count_views
from pastes.services.finding import find_paste

# Laying holds the write lock for as long as writing the files takes.
MOST_BYTES = 1 << 20
# nginx may see the next period somewhat later than it begins.
SHOWN_AT_MOST = timedelta(seconds=2 * front.PERIOD_SECONDS)
RAW_ROUTE = "pastes:raw"


def lay_text(slug: str) -> None:
    """Lay a public text where nginx finds it, for some seconds (pastes.front).

    One that is long, or soon over, is left to the site. Under a lock: who changes the
    paste did it before, which is seen here, or will do it, and take the text away.
    Raises NotFound, Removed, Held, or OSError.
    """
    if front.is_laid(settings.FRONT_DIR, slug, timezone.now()):
        return
    # Before the lock, for which many others may wait.
    if not may_be_laid(find_paste(slug)):
        return
    with transaction.atomic():
        # SQLite's transactions have the only write lock from their beginning.
        Paste.objects.select_for_update().filter(slug=slug).values("pk").first()
        paste = find_paste(slug, with_text=True)
        if may_be_laid(paste):
            forms = {"": paste.data, front.ZSTD: bytes(paste.packed_text)}
            front.lay(settings.FRONT_DIR, slug, forms, timezone.now())


def may_be_laid(paste: Paste) -> bool:
    is_soon_over = paste.is_expired(timezone.now() + SHOWN_AT_MOST)
    return paste.is_public and paste.size <= MOST_BYTES and not is_soon_over


def tend_front() -> None:
    """Sweep up, and count what nginx gave out by itself, as views and as requests.

    Views are taken once: where the database fails now, they are lost.
    """
    if settings.FRONT_DIR is None:
        return
    now = timezone.now()
    front.sweep(settings.FRONT_DIR, now)
    views: Counter[str] = Counter()
    for (status, slug), count in front.take_views(settings.FRONT_DIR, now).items():
        metrics.count_laid_answers(RAW_ROUTE, status, count)
        views[slug] += count
    for slugs in chunks(list(views)):
        rows = Paste.objects.filter(slug__in=slugs).values_list("pk", "slug")
        count_views({pk: views[slug] for pk, slug in rows})
