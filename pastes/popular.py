"""What many ask for at this moment, counted by each process; it is laid in front of the site."""

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from pastes import front, services

# Of one process, in one period.
MANY = 20

logger = logging.getLogger(__name__)


class Popular:
    """Counts the askings of a period; of many threads', some may be missed."""

    def __init__(self) -> None:
        self.period = 0
        self.asked: Counter[str] = Counter()
        # Its thread waits for the write lock, so that no reader does.
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="laying")

    def note(self, slug: str) -> None:
        """Count one asking for a paste's bare text."""
        period = front.period_at(timezone.now())
        if period != self.period:
            self.period, self.asked = period, Counter()
        self.asked[slug] += 1
        rounds, rest = divmod(self.asked[slug], MANY)
        # Again and ever more rarely, for it may have been taken away.
        if not rest and rounds.bit_count() == 1:
            # At the end of the process, or where no thread can be had.
            with suppress(RuntimeError):
                self.executor.submit(lay, slug)


def watch() -> Popular | None:
    """Return what counts, or None where no web server in front looks for texts."""
    return Popular() if settings.FRONT_DIR else None


def lay(slug: str) -> None:
    """Lay a text. What fails is tried again while many ask for it."""
    try:
        services.lay_text(slug)
    except services.PasteError:
        # It is no longer there, or not for everybody.
        return
    except (Error, OSError):
        logger.exception("A text could not be laid in front of the site.")
    finally:
        connection.close()
