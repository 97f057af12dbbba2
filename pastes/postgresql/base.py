"""The database backend: Django's, for a server that may hang or be away.

A server that hangs keeps its connections open and answers nothing, and its own timeouts
hang with it. Each thread that waited for it would be one less, until not even /healthz
is answered.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, IsolationLevel, OperationalError
from psycopg.pq import TransactionStatus

from pastes.postgresql import Patience

# A healthy server answers SELECT 1 in a millisecond.
HEALTH_SECONDS = 2.0


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


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> PatientConnection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        with gate.passing():
            return PatientConnection.connect(**conn_params)

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        self.connection.patience = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            if self.connection is not None:
                self.connection.patience = None
