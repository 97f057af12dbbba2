"""The tables of a site as rows of plain values, the same from either database.

A row is a tuple of its columns' values, as a line of JSON an array. Bytes are base64,
moments are written to the microsecond: Django's own JSON has milliseconds only.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from django.apps import apps as current_apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from pastes.services.archiving.errors import ArchiveError

# Sign-ins end with a move, a lease is a running process's, and figures are counted anew.
LEFT_OUT = ("sessions.session", "pastes.lease", "pastes.figure")
# A chunk ends with so many rows or bytes, whichever comes first.
ROWS = 500
BYTES = 8 * 1024 * 1024
# A paste may have megabytes: no more of them are fetched at a time.
FETCHED = 20

Model = type[models.Model]
Row = tuple[Any, ...]


def label(model: Model) -> str:
    return model._meta.label_lower


def columns(model: Model) -> list[models.Field]:
    return list(model._meta.concrete_fields)


def applied(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """Return the names of the migrations that a database has, by app."""
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


def tables_at(state: dict[str, list[str]], *, whole: bool = False) -> list[Model]:
    """Return the models of a database with these migrations, those referred to first.

    `whole`: with those that are left out of archives. Raises ArchiveError for a
    migration that this version does not have.
    """
    loader = MigrationLoader(None)
    names = {(app, name) for app, some in state.items() for name in some}
    unknown = sorted(names - set(loader.disk_migrations))
    if unknown:
        named = ", ".join(".".join(each) for each in unknown[:3])
        raise ArchiveError(
            f"It was made by a newer version of the site, which has {named}: "
            "install that version, or a later one, first."
        )
    apps = current_apps
    if names != set(loader.disk_migrations):
        apps = loader.project_state(last_of(state)).apps
    found = {
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and (whole or label(model) not in LEFT_OUT)
    }
    order = TopologicalSorter(
        {
            model: sorted(
                {
                    field.remote_field.model._meta.concrete_model
                    for field in columns(model)
                    if field.remote_field
                }
                & found - {model},
                key=label,
            )
            for model in sorted(found, key=label)
        }
    )
    return list(order.static_order())


def last_of(state: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return the migrations to ask for, so that all of a state are applied."""
    loader = MigrationLoader(None)
    names = {(app, name) for app, some in state.items() for name in some}
    needed = {
        parent.key
        for name in names
        for parent in loader.graph.node_map[name].parents
        if parent.key[0] == name[0]
    }
    return sorted(names - needed)


def read_rows(model: Model, using: str) -> Iterator[Row]:
    """Yield a table's rows in the order of their keys, a few in memory at a time."""
    rows = model._base_manager.using(using).order_by("pk")
    names = [field.attname for field in columns(model)]
    yield from plain(rows.values_list(*names).iterator(chunk_size=fetched(model)))


def read_some(model: Model, using: str, keys: Sequence[Any]) -> dict[Any, Row]:
    """Return the rows that have these keys, by key."""
    rows = model._base_manager.using(using).filter(pk__in=keys)
    names = [field.attname for field in columns(model)]
    place = names.index(model._meta.pk.attname)
    return {row[place]: row for row in plain(rows.values_list(*names))}


def fetched(model: Model) -> int:
    is_large = any(isinstance(field, models.BinaryField) for field in columns(model))
    return FETCHED if is_large else ROWS


def plain(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        yield tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)


def in_chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    size = 0
    for row in rows:
        some.append(row)
        size += sum(len(value) for value in row if isinstance(value, bytes | str))
        if len(some) >= ROWS or size >= BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def to_line(row: Row) -> bytes:
    """Return a row as JSON, the same whatever database it came from."""
    text = json.dumps(row, default=to_json, ensure_ascii=False, sort_keys=True)
    return text.encode()


def to_json(value: Any) -> str:
    """Return what JSON has no word for. Raises TypeError rather than lose something."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in an archive.")


def from_json(fields: Sequence[models.Field], values: Sequence[Any]) -> Row:
    """Return a row that to_line wrote. Raises ValueError or ValidationError."""
    if len(values) != len(fields):
        raise ValueError("a row has too many or too few columns")
    row = []
    for field, value in zip(fields, values, strict=True):
        is_text = isinstance(field, models.JSONField) or value is None
        value = value if is_text else field.to_python(value)
        row.append(bytes(value) if isinstance(value, memoryview) else value)
    return tuple(row)


class Tally:
    """How many rows there were, and a digest of them in whatever order."""

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0

    def add(self, line: bytes) -> None:
        self.count += 1
        # A sum, for databases sort text differently.
        self.sum += int.from_bytes(hashlib.sha256(line).digest())

    def said(self) -> list[Any]:
        return [self.count, f"{self.sum % (1 << 256):064x}"]


def tally_of(model: Model, using: str, progress: Callable[[int], object]) -> Tally:
    """Read a table from one end to the other; `progress` is told of rows."""
    tally = Tally()
    for row in read_rows(model, using):
        tally.add(to_line(row))
        if tally.count % ROWS == 0:
            progress(ROWS)
    progress(tally.count % ROWS)
    return tally


def insert(
    model: Model, fields: list[models.Field], rows: list[Row], using: str
) -> None:
    """Insert rows as they are: no default, no auto_now and no signal changes them."""
    connection = connections[using]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = quote(model._meta.db_table)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    values = [
        [
            field.get_db_prep_save(value, connection)
            for field, value in zip(fields, row, strict=True)
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def delete(model: Model, keys: Sequence[Any], using: str) -> None:
    """Delete these rows and nothing that hangs on them."""
    rows = model._base_manager.using(using).filter(pk__in=keys)
    rows._raw_delete(using)


def has_sequence(model: Model) -> bool:
    return isinstance(model._meta.pk, models.AutoField | models.BigAutoField)


def read_sequence(model: Model, using: str) -> int:
    """Return the last key that was given out, of a row that may be gone by now."""
    connection = connections[using]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            name = sequence_name(cursor, model)
            count = "CASE WHEN is_called THEN last_value ELSE 0 END"
            cursor.execute(f"SELECT {count} FROM {name}")  # noqa: S608
        row = cursor.fetchone()
    return row[0] if row else 0


def write_sequence(model: Model, last: int, using: str) -> None:
    """Let the next key be after the last one, and after what is in the table.

    A key that is given out twice would give one paste the other one's record.
    """
    connection = connections[using]
    table = model._meta.db_table
    highest = model._base_manager.using(using).aggregate(m=models.Max("pk"))["m"] or 0
    last = max(last, highest)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last]
            )
        else:
            name = sequence_name(cursor, model)
            cursor.execute("SELECT setval(%s, %s, %s)", [name, max(last, 1), last > 0])


def sequence_name(cursor: Any, model: Model) -> str:
    names = [f'"{model._meta.db_table}"', model._meta.pk.column]
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", names)
    return cursor.fetchone()[0]
