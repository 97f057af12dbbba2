"""One job of the child for each client at a time, so that none keeps all others waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

WAIT_SECONDS = 2.0

_guard = Lock()
# Client's key -> its lock, and how many hold it or wait for it.
_turns: dict[str, tuple[Lock, int]] = {}


@contextmanager
def turn_of(client: str) -> Iterator[bool]:
    """Wait for the client's other jobs in this process; say whether it is its turn now.

    ``client`` is any word that is the same for the same client. Waits at most
    WAIT_SECONDS. A trusted caller ("") does not wait.
    """
    if not client:
        yield True
        return
    lock = _enter(client)
    has_turn = lock.acquire(timeout=WAIT_SECONDS)
    try:
        yield has_turn
    finally:
        if has_turn:
            lock.release()
        _leave(client)


def _enter(key: str) -> Lock:
    with _guard:
        lock, count = _turns.get(key, (Lock(), 0))
        _turns[key] = (lock, count + 1)
    return lock


def _leave(key: str) -> None:
    with _guard:
        lock, count = _turns[key]
        if count == 1:
            del _turns[key]
        else:
            _turns[key] = (lock, count - 1)
