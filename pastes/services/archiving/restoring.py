"""A backup becomes a site again, but for what was ended since."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from pastes.services import burying, removing
from pastes.services.archiving import files, running, sessions, tables
from pastes.services.archiving.errors import ArchiveError
from pastes.services.archiving.files import Progress, Reader
from pastes.services.archiving.tables import Model, Tally

# What the migrations themselves put into an empty site.
MADE_BY_MIGRATIONS = (
    "auth.group",
    "auth.group_permissions",
    "auth.permission",
    "contenttypes.contenttype",
)


@dataclass(frozen=True)
class Restored:
    """How many rows of which table were loaded and compared, and what was ended again:
    `deleted` pastes that had burned or been deleted, `hidden` ones taken down."""

    counts: dict[str, int]
    deleted: int
    hidden: int


def restore_archive(
    path: Path,
    *,
    replace: bool = False,
    tombstones: Sequence[Path] = (),
    using: str = DEFAULT_DB_ALIAS,
    start: Progress = lambda total: None,
    progress: Progress = lambda count: None,
) -> Restored:
    """Load an archive into a database, in one transaction: all of it or nothing.

    The database is migrated first. It is an empty one, unless `replace` says that all
    that is there goes. An archive of an older version is loaded into the tables as they
    were then, which are migrated afterwards. Every row is read back and compared.

    What burned, was deleted or taken down is not revived: the tombstones of the archive,
    of the database and of the files `tombstones` count. `start` hears how many rows will
    be loaded and compared, `progress` each step. Raises ArchiveError.
    """
    connection = connections[using]
    with (
        running.stopped(using),
        Reader(path) as reader,
        tempfile.TemporaryFile("w+") as stones,
    ):
        state = reader.header["migrations"]
        tables.tables_at(state)
        call_command("migrate", interactive=False, verbosity=0, database=using)
        if not replace and not is_empty(using):
            raise ArchiveError("There is a site in this database already.")
        is_same = state == tables.applied(connection)
        start(2 * sum(reader.header["counts"].values()))
        sessions.lift_limits(connection)
        try:
            with changing_schema(using, is_changed=not is_same):
                keep_tombstones(stones, tombstones, using)
                if is_same:
                    empty(using)
                else:
                    make_anew(state, using)
                models = tables.tables_at(state)
                load(reader, models, using, progress)
                compare(reader, models, using, progress)
                if not is_same:
                    finish_migrations(using)
                burying.unite_tombstones(stones, using)
                deleted, hidden = burying.apply_tombstones(using)
        except burying.BadTombstone as error:
            raise ArchiveError(f"The tombstones are damaged: {error}.") from error
        except DatabaseError as error:
            raise ArchiveError(f"The database refused it: {error}") from error
        finally:
            connection.close()
        # The keys of a site's kinds of rows are its own.
        ContentType.objects.clear_cache()
        leave_nothing(using)
        counts = {name: tally.count for name, tally in reader.tallies.items()}
    return Restored(counts, deleted, hidden)


def is_empty(using: str) -> bool:
    """Say whether a migrated database holds no more than the migrations put there."""
    state = tables.applied(connections[using])
    return not any(
        model._base_manager.using(using).exists()
        for model in tables.tables_at(state)
        if tables.label(model) not in MADE_BY_MIGRATIONS
    )


@contextlib.contextmanager
def changing_schema(using: str, *, is_changed: bool) -> Iterator[None]:
    """A transaction, in which the tables may be changed too, on SQLite as well.

    SQLite turns its checks of references off outside of transactions alone; what they
    would have found is looked for at the end.
    """
    connection = connections[using]
    if is_changed:
        connection.disable_constraint_checking()
    try:
        with transaction.atomic(using=using):
            yield
            connection.check_constraints()
    finally:
        if is_changed:
            connection.enable_constraint_checking()


def keep_tombstones(file: IO[str], paths: Sequence[Path], using: str) -> None:
    """Put the database's own tombstones and those of the files into one file."""
    for line in burying.list_tombstones(using=using):
        file.write(f"{line}\n")
    for path in paths:
        try:
            with path.open() as given:
                for number, line in enumerate(given, 1):
                    if line.strip():
                        burying.parse_tombstone(line, number)
                        file.write(line.rstrip("\n") + "\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ArchiveError(f"{path} cannot be read: {error}.") from error
        except burying.BadTombstone as error:
            raise ArchiveError(f"{path} holds no tombstones: {error}.") from error
    file.seek(0)


def empty(using: str) -> None:
    """Empty every table, sessions too: they name users who may be others by now."""
    connection = connections[using]
    models = tables.tables_at(tables.applied(connection), whole=True)
    names = [model._meta.db_table for model in reversed(models)]
    statements = connection.ops.sql_flush(no_style(), names, reset_sequences=True)
    # Without a savepoint, for which SQLite keeps all that is emptied in memory.
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def make_anew(state: dict[str, list[str]], using: str) -> None:
    """Drop all tables and make them as they were when these migrations were all."""
    connection = connections[using]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TABLE {quote(name)}{cascade}")
    MigrationExecutor(connection).migrate(tables.last_of(state))
    for model in reversed(tables.tables_at(state)):
        model._base_manager.using(using)._raw_delete(using)


def finish_migrations(using: str) -> None:
    """Migrate what was loaded, data too, to what this version has."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        # Postponed checks of what was loaded would be in the way of ALTER TABLE.
        connection.check_constraints()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    emit_post_migrate_signal(verbosity=0, interactive=False, db=using)


def load(reader: Reader, models: list[Model], using: str, progress: Progress) -> None:
    by_label = {tables.label(model): model for model in models}
    for chunk in reader.chunks():
        if chunk.table not in by_label:
            raise ArchiveError(f"No table is called {chunk.table} here.")
        model = by_label[chunk.table]
        fields = files.fields_of(reader.path, model, chunk)
        rows = [files.to_row(reader.path, fields, row) for row in chunk.rows]
        tables.insert(model, fields, rows, using)
        progress(len(rows))
    for name, last in reader.header["sequences"].items():
        tables.write_sequence(by_label[name], last, using)


def compare(
    reader: Reader, models: list[Model], using: str, progress: Progress
) -> None:
    """Read every row back; ArchiveError where one is not what the archive has."""
    for model in models:
        tally = tables.tally_of(model, using, progress)
        known = reader.tallies.get(tables.label(model), Tally())
        if tally.said() != known.said():
            raise ArchiveError(
                f"The table {tables.label(model)} is not what the archive has: "
                f"{tally.count} rows of {known.count}."
            )


def leave_nothing(using: str) -> None:
    """Leave no copy of what was ended in SQLite's log, nor in PostgreSQL's dead rows."""
    connection = connections[using]
    removing.empty_log(using)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        sessions.lift_limits(connection)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    connection.close()
