"""What a failed database or disk is told as: the one place that knows their errors."""

import errno
import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection

from pastes import metrics
from pastes.services.errors import Busy, InsufficientStorage, PasteError, Unavailable
from pastes.services.space import release_reserve

RETRY_SECONDS = 5

# By SQLite's primary result codes; https://sqlite.org/rescode.html.
OF_SQLITE = {
    5: Busy,  # SQLITE_BUSY
    6: Busy,  # SQLITE_LOCKED
    8: Unavailable,  # SQLITE_READONLY
    10: Unavailable,  # SQLITE_IOERR
    11: Unavailable,  # SQLITE_CORRUPT: also what a disk that fails looks like
    13: InsufficientStorage,  # SQLITE_FULL
    14: Unavailable,  # SQLITE_CANTOPEN
    15: Busy,  # SQLITE_PROTOCOL
    26: Unavailable,  # SQLITE_NOTADB
}
# By what an SQLSTATE begins with, the longer ones first; PostgreSQL's appendix A.
OF_POSTGRESQL = {
    "53100": InsufficientStorage,  # disk_full
    "25006": Unavailable,  # read_only_sql_transaction: a primary that is none any more
    "25P03": Unavailable,  # idle_in_transaction_session_timeout
    "40001": Busy,  # serialization_failure
    "40P01": Busy,  # deadlock_detected
    "55P03": Busy,  # lock_not_available: lock_timeout
    "57014": Busy,  # query_canceled: statement_timeout
    "08": Unavailable,  # connection exceptions
    "53": Unavailable,  # too many connections, out of memory
    "57P": Unavailable,  # shutting down, or not up yet
    "58": Unavailable,  # errors of its system, such as an input or output error
}
OF_SYSTEM = {
    errno.ENOSPC: InsufficientStorage,
    errno.EDQUOT: InsufficientStorage,
    errno.EROFS: Unavailable,
    errno.EIO: Unavailable,
}

Given = ParamSpec("Given")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


def take_fault(exception: BaseException) -> PasteError | None:
    """Return what a person is told of an error of the database or the disk.

    None for all else, which is a fault of the site: a broken rule of the database too.
    Logs one line without any value of a statement. A connection that cannot be used, or
    leads to a server that takes no writes any more, is closed, so that the next request
    connects anew.
    """
    kind = kind_of(exception)
    if kind is None:
        return None
    metrics.count_database_error()
    said = describe(exception)
    is_damage = "CORRUPT" in said or "NOTADB" in said
    level = logging.ERROR if is_damage else logging.WARNING
    logger.log(level, "The database or the disk failed: %s.", said)
    if kind is Unavailable:
        connection.close()
    return kind(retry_after=None if kind is InsufficientStorage else RETRY_SECONDS)


def kind_of(exception: BaseException) -> type[PasteError] | None:
    if isinstance(exception, Error):
        cause = exception.__cause__ or exception
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None:
            return OF_SQLITE.get(code & 0xFF)
        state = getattr(cause, "sqlstate", None)
        if state is not None:
            starts = (start for start in OF_POSTGRESQL if state.startswith(start))
            return OF_POSTGRESQL.get(next(starts, ""))
        # Without a code it is the client's own word: no connection, or a lost one.
        lost = isinstance(exception, InterfaceError | OperationalError)
        return Unavailable if lost and connection.vendor == "postgresql" else None
    if isinstance(exception, OSError):
        return OF_SYSTEM.get(exception.errno)
    return None


def is_full(exception: BaseException) -> bool:
    """Say whether an error means that there is no room on the disk."""
    return kind_of(exception) is InsufficientStorage


def describe(exception: BaseException) -> str:
    """Return an error's name and code; its own words may hold what somebody sent."""
    cause = exception.__cause__ or exception
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    if isinstance(exception, OSError):
        code = errno.errorcode.get(exception.errno)
    name = type(cause).__name__
    if code:
        return f"{name} {code}"
    # A connection's failure: libpq names the host and the reason.
    words = " ".join(str(cause).split())[:300] if isinstance(exception, Error) else ""
    return f"{name}: {words}" if words else name


def with_reserve(verb: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a verb that takes away go on where the disk is full: try it once more.

    Its transaction has changed nothing by then. Inside another one it is for that one's
    beginner to try again.
    """

    @wraps(verb)
    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return verb(*args, **kwargs)
        except Error as error:
            if connection.in_atomic_block or not is_full(error):
                raise
        release_reserve()
        return verb(*args, **kwargs)

    return tried
