"""Log lines: one line each, as text or as JSON, and nobody's secrets in them.

A line has the number of the request that it belongs to. What an exception says may quote
what somebody sent, so a traceback has the places and the kind of error, and of its words
only those that are known to quote nothing.
"""

import ipaddress
import logging
import os
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any

from pythonjsonlogger import json

NO_ROUTE = "none"
# Hex, 32 digits; empty outside of requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")

ExcInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)


class JsonFormatter(json.JsonFormatter):
    """One JSON object a line: time, level, logger, message, request_id, and fields."""

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        # Not what else hangs on the record: Django hangs the whole request there.
        log_data |= {
            "time": time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        number = request_id.get()
        if number:
            log_data["request_id"] = number
        log_data |= fields_of(record)
        if record.exc_info:
            log_data["exception"] = self.formatException(record.exc_info)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (logging's name)
        return describe_exception(ei[1])


class TextFormatter(logging.Formatter):
    """A line for a person's eyes; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        words = [
            time_of(record),
            record.levelname,
            f"{record.name}:",
            message_of(record),
        ]
        words += [f"{name}={value}" for name, value in fields_of(record).items()]
        number = request_id.get()
        if number:
            words.append(f"request_id={number}")
        line = " ".join(words)
        if record.exc_info:
            line += "\n" + describe_exception(record.exc_info[1])
        return line


def time_of(record: logging.LogRecord) -> str:
    """Return when it was, in UTC, as RFC 3339 writes it."""
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_of(record: logging.LogRecord) -> str:
    """Return the record's sentence in one printable line.

    Django's sentences about a request have its path, which is a paste's key: here the
    name of its route stands instead.
    """
    request = getattr(record, "request", None)
    if request is None:
        return printable(record.getMessage())
    status = getattr(record, "status_code", 500)
    return f"{HTTPStatus(status).phrase} at {route_of(request)}"


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a caller gave in `extra={"fields": {...}}`: words and numbers."""
    given = getattr(record, "fields", {})
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in given.items()
    }


def route_of(request: Any) -> str:
    """Return the name of a request's route; NO_ROUTE where it came to none."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match else NO_ROUTE


def printable(text: str) -> str:
    r"""Return the text with whatever cannot be seen written out: a line break as \n.

    So no request begins a line of its own in the log, or colours a terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else escape(c) for c in text)


def escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def network_of(address: str) -> str:
    """Return the IPv4 address's /24 or the IPv6 address's /48; "" for no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, bits), strict=False))


def describe_exception(error: BaseException | None) -> str:
    """Return a traceback without what its exceptions say: places, and kinds of error."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        places = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"Traceback:\n{places}{describe_error(error)}")
        is_hidden = error.__suppress_context__
        error = error.__cause__ or (None if is_hidden else error.__context__)
    return "\nIt came from this:\n".join(reversed(parts)) if parts else ""


def describe_error(error: BaseException) -> str:
    """Return the kind of an error, and what of its words quotes nobody."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    details = printable(known_words(error))
    return f"{kind}: {details}" if details else kind


def known_words(error: BaseException) -> str:
    """Return what an error says as far as it cannot be somebody's: see describe_error.

    Of PostgreSQL the five characters of SQLSTATE and names of the schema, as its messages
    quote values and its details whole rows. SQLite's and libpq's own messages quote only
    between quotation marks.
    """
    if isinstance(error, (ImportError, NameError)):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    family = type(error).__module__.partition(".")[0]
    if family == "psycopg":
        state = getattr(error, "sqlstate", None)
        if not state:
            return without_quotes(str(error))
        place = error.diag  # type: ignore[attr-defined]
        names = (place.table_name, place.column_name, place.constraint_name)
        return " ".join([f"SQLSTATE {state}", *(name for name in names if name)])
    if family in ("sqlite3", "pysqlite3"):
        return without_quotes(str(error))
    return ""


def without_quotes(message: str) -> str:
    """Return the first line of a message, with nothing from its first quote to its last."""
    line = message.partition("\n")[0]
    for mark in ('"', "'"):
        before, found, rest = line.partition(mark)
        if found:
            line = f"{before}...{rest.rpartition(mark)[2]}"
    return line
