"""The database backend: Django's, for a server that may hang or be away.

A server that hangs keeps its connections open and answers nothing, and its own timeouts
hang with it. Each thread that waited for it would be one less, until not even /healthz
is answered.
"""

import threading
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
# Of them, those that may rest with a thread between two requests.
KEPT_SHARE = 0.7


class PatientConnection(Connection):
    """psycopg's connection; one whose server is silent for too long is closed."""

    patience: float | None = None

    def wait(
        self, gen: Any, interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        limit = self.patience or Patience.seconds
        try:
            return super().wait(gen, interval, limit if timeout is None else timeout)
        except OperationalError:
            # What may still come would be taken for the answer to the next statement.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


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


class Slots:
    """How many connections the threads of a process have open at once.

    All threads of three nodes together would want more than a server's 100. A thread
    keeps its connection between requests only while few are open, so that those that
    serve never wait for those that have nothing to do.
    """

    def __init__(self) -> None:
        self.count = 0
        self.changed = threading.Condition()

    def take(self) -> None:
        """Count one more. Raises OperationalError if none is free for WAIT_SECONDS."""
        most = settings.DATABASE_CONNECTIONS
        with self.changed:
            if most and not self.changed.wait_for(
                lambda: self.count < most, WAIT_SECONDS
            ):
                raise OperationalError("all DATABASE_CONNECTIONS are in use")
            self.count += 1

    def give_back(self) -> None:
        with self.changed:
            self.count -= 1
            self.changed.notify()

    def are_scarce(self) -> bool:
        """Say whether a thread should give its connection back after a request."""
        most = settings.DATABASE_CONNECTIONS
        return bool(most) and self.count > most * KEPT_SHARE


slots = Slots()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> PatientConnection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        slots.take()
        try:
            with gate.passing():
                made = PatientConnection.connect(**conn_params)
        except BaseException:
            slots.give_back()
            raise
        # Also where a thread ends and closes nothing; it runs once.
        self.leave_slot = finalize(made, slots.give_back)
        return made

    def _close(self) -> None:
        super()._close()
        if self.connection is not None:
            self.leave_slot()

    def close_if_unusable_or_obsolete(self) -> None:
        super().close_if_unusable_or_obsolete()
        is_idle = self.connection is not None and not self.in_atomic_block
        if is_idle and slots.are_scarce():
            self.close()

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        self.connection.patience = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            if self.connection is not None:
                self.connection.patience = None
