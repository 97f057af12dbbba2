"""Password hashing with a bound: it may not take all the cores from those who read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, make_password

from pastes.services.client import Client
from pastes.services.errors import Busy

# Some eight hashes take so long: who waits longer is not served in time anyway.
WAIT_SECONDS = 2.0
# Each holds one of a worker's 32 threads (THREADS in the command serve).
MOST_WAITING = 8
RETRY_SECONDS = 5


class Places:
    """At most `most` hold a place at once; a few wait for one, shortly."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.taken = 0
        self.waiting = 0

    @contextmanager
    def take(self, most: int) -> Iterator[None]:
        """Hold a place while the block runs. Raises Busy where none came free in time."""
        with self.changed:
            if self.taken >= most:
                self.wait(most)
            self.taken += 1
        try:
            yield
        finally:
            with self.changed:
                self.taken -= 1
                self.changed.notify()

    def wait(self, most: int) -> None:
        if self.waiting >= MOST_WAITING:
            raise Busy(retry_after=RETRY_SECONDS)
        self.waiting += 1
        try:
            is_free = self.changed.wait_for(lambda: self.taken < most, WAIT_SECONDS)
        finally:
            self.waiting -= 1
        if not is_free:
            raise Busy(retry_after=RETRY_SECONDS)


places = Places()


class BoundedHasher(BCryptSHA256PasswordHasher):
    """Django's, at most HASHES_AT_ONCE at once in this process.

    Checking, making and pretending to check all encode, whichever of Django's ways leads
    there. bcrypt lets go of the interpreter's lock, so that each takes a core.
    """

    def encode(self, password: str, salt: bytes) -> str:
        """Return the hash. Raises Busy."""
        with places.take(settings.HASHES_AT_ONCE):
            return super().encode(password, salt)


def hash_password(password: str, client: Client | None) -> str:
    """Return the password's hash.

    Raises Busy, which costs the client nothing: what the call has spent is given back.
    """
    try:
        return make_password(password)
    except Busy:
        if client:
            client.give_back()
        raise
