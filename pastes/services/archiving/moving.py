"""A site moves from one database to another, with nothing lost.

The target is brought level with the source, table by table and chunk by chunk: what
differs is replaced, what is missing is inserted, what is too much is deleted. So a move
that was killed goes on where it was, and one that is asked for again moves what has
changed since. At the end both are read through and compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    OperationalError,
    connections,
    transaction,
)
from django.utils import timezone

from pastes.models import Lease
from pastes.services.archiving import restoring, running, sessions, tables
from pastes.services.archiving.errors import ArchiveError
from pastes.services.archiving.files import Progress
from pastes.services.archiving.tables import Model, Row

SOURCE = "move-source"
TARGET = "move-target"
# Marks a database into which a move is under way, so that it may go on.
MARK = "move:"


@dataclass(frozen=True)
class Moved:
    """How many rows of which table are there now, and how many this call wrote."""

    counts: dict[str, int]
    written: int


def move_site(
    target: dict[str, Any],
    *,
    using: str = DEFAULT_DB_ALIAS,
    start: Progress = lambda total: None,
    progress: Progress = lambda count: None,
) -> Moved:
    """Copy the site into an empty database, or go on with a move into it.

    `target` is such as DATABASES has for one database; it is migrated first. Nobody can
    write to the source meanwhile, and the site must be stopped: what was pasted into the
    old database afterwards would be lost. Every column of every row is compared at the
    end. `start` hears how many rows will be gone through, `progress` each step. Raises
    ArchiveError; then the source is as it was, and another call goes on.
    """
    source = connections[using].settings_dict
    if place(source) == place(target):
        raise ArchiveError("The site is in this database already.")
    if not connections[using].in_atomic_block:
        connections[using].close()
    try:
        with (
            sessions.connected(SOURCE, source),
            sessions.connected(TARGET, target),
            running.stopped(SOURCE),
        ):
            moved = move(place(source), start, progress)
            running.check_connections(SOURCE)
    except OperationalError as error:
        raise ArchiveError(f"A database does not answer: {error}") from error
    except DatabaseError as error:
        raise ArchiveError(f"A database refused it: {error}") from error
    finally:
        ContentType.objects.clear_cache()
    return moved


def place(settings: dict[str, Any]) -> str:
    """Return what tells one database from others."""
    names = ("ENGINE", "HOST", "PORT", "NAME")
    return " ".join(str(settings.get(name, "")) for name in names)


def move(source_place: str, start: Progress, progress: Progress) -> Moved:
    state = tables.applied(connections[SOURCE])
    call_command("migrate", interactive=False, verbosity=0, database=TARGET)
    if state != tables.applied(connections[TARGET]):
        raise ArchiveError(
            "The site is not migrated to this version: run manage.py migrate first."
        )
    models = tables.tables_at(state)
    mark = MARK + sha256(source_place.encode()).hexdigest()[:16]
    claim(mark)
    with transaction.atomic(using=SOURCE):
        shut(models)
        counts = {model: model._base_manager.using(SOURCE).count() for model in models}
        # Copied, then read from both.
        start(3 * sum(counts.values()))
        for model in reversed(models):
            delete_surplus(model)
        written = sum(level(model, progress) for model in models)
        for model in models:
            if tables.has_sequence(model):
                last = tables.read_sequence(model, SOURCE)
                tables.write_sequence(model, last, TARGET)
        for model in models:
            compare(model, progress)
    connections[TARGET].check_constraints()
    Lease.objects.using(TARGET).filter(name=mark).delete()
    if connections[TARGET].vendor == "postgresql":
        with connections[TARGET].cursor() as cursor:
            cursor.execute("ANALYZE")
    return Moved({tables.label(m): count for m, count in counts.items()}, written)


def claim(mark: str) -> None:
    """See that the target is empty or half moved into, and mark it as the latter."""
    marks = Lease.objects.using(TARGET).filter(name__startswith=MARK)
    known = list(marks.values_list("name", flat=True))
    if known == [mark]:
        return
    if known:
        raise ArchiveError(
            "A move of another site into this database is under way: make an empty one."
        )
    if not restoring.is_empty(TARGET):
        raise ArchiveError("There is a site in the target already: make an empty one.")
    with transaction.atomic(using=TARGET):
        restoring.empty(TARGET)
        until = timezone.now() + timedelta(days=365)
        Lease.objects.using(TARGET).create(name=mark, held_until=until)


def shut(models: list[Model]) -> None:
    """Keep everybody from writing to the source until its transaction ends.

    SQLite's transactions are IMMEDIATE: the lock is taken with the first statement.
    """
    connection = connections[SOURCE]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            quote = connection.ops.quote_name
            names = ", ".join(quote(model._meta.db_table) for model in models)
            cursor.execute(f"LOCK TABLE {names} IN SHARE MODE")


def level(model: Model, progress: Progress) -> int:
    """Bring one table's rows level; return how many were written."""
    fields = tables.columns(model)
    written = 0
    for rows in tables.in_chunks(tables.read_rows(model, SOURCE)):
        keyed = by_key(model, rows)
        there = tables.read_some(model, TARGET, list(keyed))
        wanted = {key: row for key, row in keyed.items() if there.get(key) != row}
        if wanted:
            with transaction.atomic(using=TARGET):
                tables.delete(model, [key for key in wanted if key in there], TARGET)
                tables.insert(model, fields, list(wanted.values()), TARGET)
            written += len(wanted)
        progress(len(rows))
    return written


def by_key(model: Model, rows: list[Row]) -> dict[Any, Row]:
    names = [field.attname for field in tables.columns(model)]
    spot = names.index(model._meta.pk.attname)
    return {row[spot]: row for row in rows}


def delete_surplus(model: Model) -> None:
    """Delete what the target has and the source has not, those that refer first."""
    for keys in keys_of(model, TARGET):
        there = model._base_manager.using(SOURCE).filter(pk__in=keys)
        surplus = set(keys) - set(there.values_list("pk", flat=True))
        if surplus:
            tables.delete(model, sorted(surplus), TARGET)


def keys_of(model: Model, using: str) -> Iterator[Sequence[Any]]:
    rows = model._base_manager.using(using).order_by("pk").values_list("pk", flat=True)
    last: list[Any] = []
    while keys := list(
        rows.filter(pk__gt=last[-1])[: tables.ROWS] if last else rows[: tables.ROWS]
    ):
        yield keys
        last = keys


def compare(model: Model, progress: Progress) -> None:
    """Read a table from both; ArchiveError where they differ."""
    source, target = (
        tables.tally_of(model, using, progress) for using in (SOURCE, TARGET)
    )
    if source.said() != target.said():
        raise ArchiveError(
            f"The table {tables.label(model)} is not the same in both: "
            f"{source.count} rows, {target.count} in the target."
        )
