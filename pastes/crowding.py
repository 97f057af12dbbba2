"""How many requests a process works on at once, and who waits or is turned away then.

A server that works on all that comes answers, once more comes than it can do, only those
whose clients have long given up. So there are places to work, handed on in turn. Who has
waited in vain shows that there is a crowd, and for some seconds nobody new may wait.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator

WAIT_SECONDS = 2.0
CROWDED_SECONDS = 5.0


class Places:
    """So many places to work, for any thread of this process."""

    def __init__(self, count: int) -> None:
        self.free = count
        self.waiting: deque[threading.Lock] = deque()
        self.lock = threading.Lock()
        self.crowded_until = 0.0

    def take(self, *, is_patient: bool) -> bool:
        """Take a place; False if there is none and this is no time to wait for one.

        Who is patient waits for as long as it takes, others for WAIT_SECONDS at most.
        """
        with self.lock:
            if self.free:
                self.free -= 1
                return True
            if not is_patient and time.monotonic() < self.crowded_until:
                return False
            turn = self.queue_up()
        if turn.acquire(timeout=-1 if is_patient else WAIT_SECONDS):
            return True
        with self.lock:
            if turn not in self.waiting:
                # Its turn came just now.
                return True
            self.waiting.remove(turn)
            self.crowded_until = time.monotonic() + CROWDED_SECONDS
            return False

    def leave(self) -> None:
        """Give a place to who has waited longest."""
        with self.lock:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self.free += 1

    @contextlib.contextmanager
    def left(self) -> Iterator[None]:
        """Leave a place for the block, which waits for something slow; come back first."""
        self.leave()
        try:
            yield
        finally:
            turn = None
            with self.lock:
                if self.free:
                    self.free -= 1
                else:
                    turn = self.queue_up(first=True)
            if turn:
                turn.acquire()

    def queue_up(self, *, first: bool = False) -> threading.Lock:
        """Return a lock that is released when the turn has come."""
        turn = threading.Lock()
        turn.acquire()
        if first:
            self.waiting.appendleft(turn)
        else:
            self.waiting.append(turn)
        return turn
