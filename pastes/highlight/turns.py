"""Turns: of those who come for the same thing at once, one at a time has it."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock

WAIT_SECONDS = 2.0
# With its end a place changes hands, which slows down all who wait a little.
SHORT_SECONDS = 0.5
# What a longer wait here is done in: a server may let others work meanwhile.
meanwhile: Callable[[], AbstractContextManager[None]] = nullcontext


def wait_in(context: Callable[[], AbstractContextManager[None]]) -> None:
    """Say what is around each wait of more than SHORT_SECONDS, in the thread that waits."""
    global meanwhile
    meanwhile = context


def acquire(lock: Lock, seconds: float) -> bool:
    """Acquire a lock; False if it took more than so many seconds."""
    if lock.acquire(timeout=min(seconds, SHORT_SECONDS)):
        return True
    with meanwhile():
        return lock.acquire(timeout=max(seconds - SHORT_SECONDS, 0))


class Turns:
    """A lock for each key that somebody has or waits for."""

    def __init__(self) -> None:
        self._guard = Lock()
        # And how many hold it or wait for it.
        self._turns: dict[Hashable, tuple[Lock, int]] = {}

    @contextmanager
    def take(self, key: Hashable, seconds: float) -> Iterator[bool]:
        """Wait, at most so many seconds, and say whether it is one's turn now."""
        lock = self._enter(key)
        has_turn = acquire(lock, seconds)
        try:
            yield has_turn
        finally:
            if has_turn:
                lock.release()
            self._leave(key)

    def _enter(self, key: Hashable) -> Lock:
        with self._guard:
            lock, count = self._turns.get(key, (Lock(), 0))
            self._turns[key] = (lock, count + 1)
        return lock

    def _leave(self, key: Hashable) -> None:
        with self._guard:
            lock, count = self._turns[key]
            if count == 1:
                del self._turns[key]
            else:
                self._turns[key] = (lock, count - 1)


_turns = Turns()


@contextmanager
def turn_of(client: str) -> Iterator[bool]:
    """Wait for the client's other jobs in this process; say whether it is its turn now.

    So that none keeps all others waiting. ``client`` is any word that is the same for the
    same client. Waits at most WAIT_SECONDS. A trusted caller ("") does not wait.
    """
    if not client:
        yield True
        return
    with _turns.take(client, WAIT_SECONDS) as has_turn:
        yield has_turn
