"""Turns: of those who come for the same thing at once, one at a time has it."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Lock

WAIT_SECONDS = 2.0


class Turns:
    """A lock for each key that somebody has or waits for."""

    def __init__(self) -> None:
        self._guard = Lock()
        # And how many hold it or wait for it.
        self._turns: dict[Hashable, tuple[Lock, int]] = {}

    @contextmanager
    def take(self, key: Hashable, seconds: float = -1) -> Iterator[bool]:
        """Wait, at most so many seconds, if any, and say whether it is one's turn now."""
        lock = self._enter(key)
        has_turn = lock.acquire(timeout=seconds)
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
