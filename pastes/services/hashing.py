"""Password hashing with a bound: it may not take all the cores from those who read."""

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, make_password

from pastes.crowding import place_given_up
from pastes.services.client import Client
from pastes.services.errors import Busy

# Some eight hashes take so long: who waits longer is not served in time anyway.
WAIT_SECONDS = 2.0
# Each holds one of a worker's THREADS.
MOST_WAITING = 8
# Of them, and of those who hash, one client's.
MOST_OF_CLIENT = 2
RETRY_SECONDS = 5


class Places:
    """At most `most` hold a place at once; a few wait for one, shortly, in their order."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.taken = 0
        self.queue: deque[object] = deque()
        self.clients: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return len(self.queue)

    @contextmanager
    def take(self, most: int, client: str = "") -> Iterator[None]:
        """Hold a place while the block runs.

        Raises Busy where none came free in time, or the client, by its key, is here
        MOST_OF_CLIENT times already.
        """
        with self.changed:
            if client and self.clients[client] >= MOST_OF_CLIENT:
                raise Busy(retry_after=RETRY_SECONDS)
            self.clients[client] += 1
            try:
                if self.taken >= most or self.queue:
                    self.wait(most)
            except BaseException:
                self.leave(client)
                raise
            self.taken += 1
        try:
            yield
        finally:
            with self.changed:
                self.taken -= 1
                self.leave(client)
                self.changed.notify_all()

    def leave(self, client: str) -> None:
        self.clients[client] -= 1
        if not self.clients[client]:
            del self.clients[client]

    def wait(self, most: int) -> None:
        if len(self.queue) >= MOST_WAITING:
            raise Busy(retry_after=RETRY_SECONDS)
        ticket = object()
        self.queue.append(ticket)
        try:
            is_free = self.changed.wait_for(
                lambda: self.taken < most and self.queue[0] is ticket, WAIT_SECONDS
            )
        finally:
            self.queue.remove(ticket)
            self.changed.notify_all()
        if not is_free:
            raise Busy(retry_after=RETRY_SECONDS)


places = Places()
# Moderators sign in however many readers unlock pastes.
staff_places = Places()


@dataclass(frozen=True)
class Asker:
    """For whom a password is hashed: a client's key, and whether they sign in."""

    client: str = ""
    is_staff: bool = False


NOBODY = Asker()
# Django's hashers are given no more than the password.
asker: ContextVar[Asker] = ContextVar("asker", default=NOBODY)


@contextmanager
def hashing_for(client: Client | None, *, is_staff: bool = False) -> Iterator[None]:
    """Say whose password the block looks at, or makes a hash of."""
    before = asker.set(Asker(client.key if client else "", is_staff))
    try:
        yield
    finally:
        asker.reset(before)


class BoundedHasher(BCryptSHA256PasswordHasher):
    """Django's, at most HASHES_AT_ONCE at once in this process, and one for sign-ins.

    Checking, making and pretending to check all encode, whichever of Django's ways leads
    there. bcrypt lets go of the interpreter's lock, so that each takes a core.
    """

    def encode(self, password: str, salt: bytes) -> str:
        """Return the hash. Raises Busy."""
        who = asker.get()
        own = staff_places if who.is_staff else places
        most = 1 if who.is_staff else settings.HASHES_AT_ONCE
        # bcrypt and those who wait for it need no place to work.
        with place_given_up(), own.take(most, who.client):
            return super().encode(password, salt)


def hash_password(password: str, client: Client | None) -> str:
    """Return the password's hash.

    Raises Busy, which costs the client nothing: what the call has spent is given back.
    """
    try:
        with hashing_for(client):
            return make_password(password)
    except Busy:
        if client:
            client.give_back()
        raise
