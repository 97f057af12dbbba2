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
# Of a thread: the places of which it has one, or None.
mine = threading.local()


@contextlib.contextmanager
def place_given_up() -> Iterator[None]:
    """Let another request have this thread's place while it waits; come back first.

    For what waits, or lets go of Python's lock for long: the disk, a hash, another
    process. A thread without a place, and one too many of those that wait, just goes on.
    """
    places = getattr(mine, "places", None)
    with places.stepped_aside() if places else contextlib.nullcontext():
        yield


class Places:
    """So many places to work, for any thread of this process.

    `aside` is how many may have given theirs up at one time, for each keeps a thread.
    """

    def __init__(self, count: int, aside: int = 0) -> None:
        self.free = count
        self.aside = aside
        self.waiting: deque[threading.Lock] = deque()
        self.lock = threading.Lock()
        self.crowded_until = 0.0

    def take(self, *, is_patient: bool) -> bool:
        """Take a place; False if there is none and this is no time to wait for one.

        Who is patient waits for as long as it takes, others for WAIT_SECONDS at most.
        """
        has_place = self.come(is_patient=is_patient)
        if has_place:
            mine.places = self
        return has_place

    def come(self, *, is_patient: bool) -> bool:
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
        mine.places = None
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
            mine.places = self

    @contextlib.contextmanager
    def stepped_aside(self) -> Iterator[None]:
        """Leave a place as `left` does, or keep it where enough others are away."""
        with self.lock:
            may_leave = self.aside > 0
            self.aside -= may_leave
        if not may_leave:
            yield
            return
        try:
            with self.left():
                yield
        finally:
            with self.lock:
                self.aside += 1

    def queue_up(self, *, first: bool = False) -> threading.Lock:
        """Return a lock that is released when the turn has come."""
        turn = threading.Lock()
        turn.acquire()
        if first:
            self.waiting.appendleft(turn)
        else:
            self.waiting.append(turn)
        return turn
