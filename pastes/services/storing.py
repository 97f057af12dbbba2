"""Inserts of many requests in one transaction, so that they share one sync of the disk.

SQLite syncs the disk at each commit, which takes milliseconds, and has one writer at a
time. So what comes in while one request commits waits, and the first of those who wait
then inserts for all of them. Who comes alone waits for nobody, and nobody goes on before
the commit that holds its rows has returned. PostgreSQL shares its syncs itself.

The processes take turns too: SQLite would let those who wait for its lock sleep longer
and longer, up to a tenth of a second, while nobody holds it.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction

from pastes.crowding import place_given_up

Result = TypeVar("Result")

# Of texts in one transaction, once there are several: other processes wait for its end.
MOST_BYTES = 16 << 20
TURN_FILE = "{}-insert.lock"
# Who does not get the turn by then writes without it: SQLite's own lock is the one that
# counts, and has a time limit of its own.
TURN_SECONDS = 1.0
LOOK_SECONDS = 0.0005


def insert_together(insert: Callable[[], Result], size: int) -> Result:
    """Call `insert` in a transaction, maybe with those of other requests; return its result.

    It runs in any request's thread and must do nothing but insert; `size` is about how
    many bytes. Where a row of somebody's breaks a rule, all are undone and each is tried
    by itself: what `insert` raises then is raised here. An error of the database or the
    disk is everybody's who took part, and stores nothing.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            return insert()
    job = Job(insert, size)
    with place_given_up():
        if not queue.join(job):
            job.called.wait()
        if not job.is_done:
            write_next()
    if job.error:
        raise job.error
    return job.result


class Job:
    """What one request inserts, and what became of it."""

    def __init__(self, insert: Callable[[], Any], size: int) -> None:
        self.insert = insert
        self.size = size
        # Set once it is done, or is the one to write for those who wait.
        self.called = threading.Event()
        self.is_done = False
        self.result: Any = None
        self.error: BaseException | None = None


class Queue:
    """The jobs that wait; the first one's thread writes, unless one does already."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.jobs: deque[Job] = deque()
        self.has_writer = False

    def join(self, job: Job) -> bool:
        """Queue a job; say whether its thread is to write now."""
        with self.guard:
            self.jobs.append(job)
            is_first, self.has_writer = not self.has_writer, True
        return is_first

    def take(self) -> list[Job]:
        """Take the first job and those behind it, up to MOST_BYTES."""
        with self.guard:
            batch = [self.jobs.popleft()]
            room = MOST_BYTES - batch[0].size
            while self.jobs and self.jobs[0].size <= room:
                room -= self.jobs[0].size
                batch.append(self.jobs.popleft())
        return batch

    def leave(self) -> None:
        """Call who is to write next, if anybody waits."""
        with self.guard:
            self.has_writer = bool(self.jobs)
            if self.jobs:
                self.jobs[0].called.set()


queue = Queue()


def write_next() -> None:
    """Write what waits, in the first one's thread, and let its requests go on."""
    with turn():
        batch = queue.take()
        try:
            write(batch)
        finally:
            # Before the turn is over: the other processes shall have as good a chance
            # of the next one as who is called here.
            queue.leave()
            for job in batch:
                job.is_done = True
                job.called.set()


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Keep the other processes from inserting, or go on without after TURN_SECONDS."""
    with contextlib.ExitStack() as stack:
        # Of a full disk the insert finds out, and says it; where a file system knows no
        # locks, nobody waits.
        with contextlib.suppress(OSError):
            if not connection.is_in_memory_db():
                name = TURN_FILE.format(connection.settings_dict["NAME"])
                file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
                # Which ends the lock.
                stack.callback(os.close, file)
                wait_for_turn(file)
        yield


def wait_for_turn(file: int) -> None:
    """Lock an open file, or give up after TURN_SECONDS. Raises OSError but for waiting."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
        else:
            return


def write(batch: list[Job]) -> None:
    """Commit the jobs together, or each by itself; each knows then what became of it."""
    try:
        with transaction.atomic():
            for job in batch:
                job.result = job.insert()
            if transaction.get_rollback():
                # Django would undo it without a word, and the requests be told of success.
                raise transaction.TransactionManagementError()
    except OperationalError as error:
        # The disk is full or fails, or the database is locked: it is so for all.
        for job in batch:
            job.error = copy_of(error)
    except BaseException as error:
        # Of a row, which the commit does not name where what it refers to is gone.
        if len(batch) == 1:
            batch[0].error = error
            return
        for job in batch:
            write([job])


def copy_of(error: BaseException) -> BaseException:
    """Return an error to raise in another thread, with the cause that tells its code."""
    other = copy(error)
    other.__cause__ = error.__cause__
    return other
