"""The database backend: Django's, for a server that may hang or be away.

A server that hangs keeps its connections open and answers nothing, and its own timeouts
hang with it. Each thread that waited for it would be one less, until not even /healthz
is answered.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import finalize

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import Connection, IsolationLevel, OperationalError
from psycopg.pq import TransactionStatus

from pastes.postgresql import Patience

# A healthy server answers SELECT 1 in a millisecond.
HEALTH_SECONDS = 2.0
# So long a thread waits for one of DATABASE_CONNECTIONS; then its request hears 503.
WAIT_SECONDS = 5.0
# A connection that nobody wants for so long is closed by the housekeeping.
REST_SECONDS = 30.0

# What psycopg connects by: host, port, database, user, options ...
Parameters = dict[str, Any]


class PatientConnection(Connection):
    """psycopg's connection; one whose server is silent for too long is closed."""

    patience: float | None = None
    was_silent = False
    parameters: Parameters
    # By time.monotonic(): when it is too old, and when its thread handed it on.
    close_at: float | None = None
    rests_since = 0.0
    # Lets another one be made. It runs once, also where a thread ends and closes nothing.
    leave: finalize

    def wait(
        self, gen: Any, interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        limit = self.patience or Patience.seconds
        try:
            return super().wait(gen, interval, limit if timeout is None else timeout)
        except OperationalError:
            # What may still come would be taken for the answer to the next statement.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.was_silent = True
                self.close()
            raise

    def end(self) -> None:
        """Close it, and let another one be made by who has waited longest."""
        self.close()
        self.leave()

    def give_place(self) -> None:
        """Close it; its place among all is now that of who calls this."""
        self.close()
        self.leave.detach()


class Gate:
    """Lets everybody connect, or while the server is away one at a time, to find out."""

    def __init__(self) -> None:
        self.is_away = False
        self.trying = threading.Lock()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Connect in the block. Raises OperationalError for who need not wait to fail."""
        if not self.is_away:
            with self.told():
                yield
        elif self.trying.acquire(blocking=False):
            try:
                with self.told():
                    yield
            finally:
                self.trying.release()
        else:
            raise OperationalError("another connection is being tried just now")

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except OperationalError:
            self.is_away = True
            raise
        self.is_away = False


gate = Gate()


class Turn:
    """Of a thread that waits for a connection, or for the place to make one."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.given: PatientConnection | None = None
        # Released when the turn has come.
        self.lock = threading.Lock()
        self.lock.acquire()

    def give(self, connection: PatientConnection | None = None) -> None:
        self.given = connection
        self.lock.release()


class Pool:
    """A process' connections: so many are open at once, and threads hand them on.

    All threads of three nodes together would want more than a server's 100; and a thread
    that closed its own for others would have a new one made for its next request, which
    takes longer than what most requests ask. Who has waited longest is given the next
    one, before anybody who comes later could take it.
    """

    def __init__(self) -> None:
        self.count = 0
        # The next thread takes what was used last.
        self.idle: deque[PatientConnection] = deque()
        self.waiting: deque[Turn] = deque()
        # Reentrant: a connection that is garbage leaves in whichever thread finds it.
        self.lock = threading.RLock()

    def take(self, parameters: Parameters) -> PatientConnection | None:
        """Return such a connection that nobody uses; None for the place to make one.

        Raises OperationalError if there is neither for WAIT_SECONDS.
        """
        most = settings.DATABASE_CONNECTIONS
        turn = Turn(parameters)
        with self.lock:
            if found := self.find(parameters):
                self.idle.remove(found)
                return found
            if not most or self.count < most:
                self.count += 1
                return None
            self.waiting.append(turn)
            other = self.idle.popleft() if self.idle else None
        if other:
            # It rests for nobody who waits, and has one of the places.
            other.end()
        if not turn.lock.acquire(timeout=WAIT_SECONDS):
            with self.lock:
                # Else the turn came just now.
                if turn in self.waiting:
                    self.waiting.remove(turn)
                    raise OperationalError("all DATABASE_CONNECTIONS are in use")
        return turn.given

    def find(self, parameters: Parameters) -> PatientConnection | None:
        for connection in reversed(self.idle):
            if connection.parameters == parameters:
                return connection
        return None

    def hand_on(self, connection: PatientConnection) -> None:
        """Give it to who has waited longest, or let it rest."""
        connection.rests_since = time.monotonic()
        with self.lock:
            if not self.waiting:
                self.idle.append(connection)
                return
            if self.waiting[0].parameters == connection.parameters:
                self.waiting.popleft().give(connection)
                return
        connection.end()

    def leave(self) -> None:
        """Let who has waited longest make another connection, or whoever comes."""
        with self.lock:
            if self.waiting:
                self.waiting.popleft().give()
            else:
                self.count -= 1

    def forget(self, rested: float = 0.0) -> None:
        """Close the connections that have rested for so many seconds."""
        until = time.monotonic() - rested
        dropped = []
        with self.lock:
            while self.idle and self.idle[0].rests_since <= until:
                dropped.append(self.idle.popleft())
        for connection in dropped:
            connection.end()


pool = Pool()


class DatabaseWrapper(base.DatabaseWrapper):
    def connect(self) -> None:
        super().connect()
        # One that was handed on gets no younger.
        self.close_at = self.connection.close_at = (
            self.connection.close_at or self.close_at
        )

    def get_new_connection(self, conn_params: Parameters) -> PatientConnection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        if handed := pool.take(conn_params):
            self.connection = handed
            if self.is_usable():
                return handed
            self.connection = None
            handed.give_place()
            if handed.was_silent:
                # So are the others, most likely, and each takes as long to find out.
                pool.forget()
        try:
            with gate.passing():
                made = PatientConnection.connect(**conn_params)
        except BaseException:
            pool.leave()
            raise
        made.leave = finalize(made, pool.leave)
        made.parameters = conn_params
        return made

    def _close(self) -> None:
        super()._close()
        if self.connection is not None:
            self.connection.leave()

    def close_pool(self) -> None:
        """Let nothing rest: Django says it before it drops or copies a database."""
        super().close_pool()
        pool.forget()

    def close_if_unusable_or_obsolete(self) -> None:
        """Between two requests: close a connection that is no good, else hand it on."""
        super().close_if_unusable_or_obsolete()
        if self.connection is None or self.in_atomic_block:
            return
        pool.hand_on(self.connection)
        self.connection = None

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        self.connection.patience = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            if self.connection is not None:
                self.connection.patience = None
