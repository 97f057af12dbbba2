"""Views, counted in memory and written in batches: reading never waits for a write.

What a process counted since its last writing is lost when it is killed; harmless.
"""

import threading
from collections import Counter, deque
from collections.abc import Mapping

from django.db import Error, connection, transaction

from pastes.models import Paste

# The ORM would make a statement anew for each paste. Nothing in front of the site has to go
# for this one, as with all of Paste.UNSHOWN_FIELDS.
ADD = f"UPDATE {Paste._meta.db_table} SET views = views + %s WHERE id = %s"  # noqa: S608

# A paste's number for each of its views. It needs no lock, which would take a tenth of an
# answer from memory.
seen: deque[int] = deque()
# What was seen, by the paste's number, and is not written yet.
counted: Counter[int] = Counter()
lock = threading.Lock()
# Held by who writes: at a stop, a thread that is at it would end with the process.
writing = threading.Lock()
# As long as SQLite's own lock is waited for, and shorter than a worker's stop may take.
WAIT_SECONDS = 20.0


def count_view(pk: int) -> None:
    """Remember a view of the paste with this number."""
    seen.append(pk)


def count_views(views: Mapping[int, int]) -> None:
    """Remember so many views of each."""
    with lock:
        counted.update(views)


def write_views() -> int:
    """Add what was counted to the rows; return the number of views written.

    Where another thread is writing, it is waited for. A DatabaseError leaves the counts
    for the next time.
    """
    if not writing.acquire(timeout=WAIT_SECONDS):
        return 0
    try:
        return write_counted()
    finally:
        writing.release()


def write_counted() -> int:
    with lock:
        for _ in range(len(seen)):
            counted[seen.popleft()] += 1
        views = dict(counted)
        counted.clear()
    if not views:
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # In order, so that no two processes wait for each other's rows.
            cursor.executemany(ADD, [(views[pk], pk) for pk in sorted(views)])
    except Error:
        count_views(views)
        raise
    return sum(views.values())
