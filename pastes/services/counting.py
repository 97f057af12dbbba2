"""Views, counted in memory and written in batches: reading never waits for a write.

What a process counted since its last writing is lost when it is killed; harmless.
"""

import threading
from collections import Counter

from django.db import transaction
from django.db.models import F

from pastes.models import Paste

counted: Counter[int] = Counter()
lock = threading.Lock()


def count_view(pk: int, count: int = 1) -> None:
    """Remember a view of the paste, or so many."""
    with lock:
        counted[pk] += count


def write_views() -> int:
    """Add what was counted to the rows; return the number of views written.

    A DatabaseError leaves the counts for the next time.
    """
    with lock:
        views = dict(counted)
    with transaction.atomic():
        for pk, count in views.items():
            Paste.objects.filter(pk=pk).update(views=F("views") + count)
    with lock:
        counted.subtract(views)
        for pk in views:
            if not counted[pk]:
                del counted[pk]
    return sum(views.values())
