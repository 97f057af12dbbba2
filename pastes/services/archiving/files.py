"""An archive: one file of JSON Lines, compressed with zstd, that knows when it is cut.

The first line is the header. Then each table has a line that names its columns, and a
line for each row. The trailer says how many rows of each table there were, with a digest
of them, and the SHA-256 of all lines before it. That tells accidents, not forgers: who
may write the file can write its digest.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError

from pastes import tokens, zstd
from pastes.services.archiving import tables
from pastes.services.archiving.errors import ArchiveError
from pastes.services.archiving.tables import Model, Row, Tally

FORMAT = "pastebin-archive"
VERSION = 1
# Far above the longest row: a text's bytes as base64, and a little.
LONGEST_LINE = 1 << 30

Progress = Callable[[int], None]


class Writer:
    """Writes an archive's lines; finish() gives it its trailer."""

    def __init__(self, file: IO[bytes], header: dict[str, Any]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()
        self.tallies: dict[str, Tally] = {}
        self.put(json.dumps({"format": FORMAT, "version": VERSION} | header).encode())

    def put(self, line: bytes) -> None:
        line += b"\n"
        self.sha256.update(line)
        self.file.write(line)

    def table(self, model: Model) -> None:
        names = [field.attname for field in tables.columns(model)]
        self.put(json.dumps({"table": tables.label(model), "columns": names}).encode())
        self.tally = self.tallies.setdefault(tables.label(model), Tally())

    def row(self, row: Row) -> None:
        line = tables.to_line(row)
        self.tally.add(line)
        self.put(line)

    def finish(self) -> None:
        said = {name: tally.said() for name, tally in self.tallies.items()}
        trailer = {"tables": said, "sha256": self.sha256.hexdigest()}
        self.file.write(json.dumps(trailer).encode() + b"\n")


@dataclass
class Chunk:
    """Some rows of one table, as they lie in the archive."""

    table: str
    names: list[str]
    rows: list[list[Any]]


class Reader:
    """Reads an archive; whoever has read it to its end knows that it is whole.

    Each step raises ArchiveError where the file is not what was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sha256 = hashlib.sha256()
        self.tallies: dict[str, Tally] = {}
        self.trailer: dict[str, Any] = {}
        try:
            self.file = zstd.open_file(path, "rb")
        except OSError as error:
            raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            self.header = self.check_header()
        except BaseException:
            self.file.close()
            raise

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.file.close()

    def check_header(self) -> dict[str, Any]:
        header = self.parse(self.line())
        is_ours = isinstance(header, dict) and header.get("format") == FORMAT
        if not is_ours:
            raise ArchiveError(f"{self.path} is no backup of this site.")
        if header.get("version") != VERSION:
            raise ArchiveError(f"{self.path} was made by a newer version of the site.")
        return header

    def line(self) -> bytes:
        """Return the next line; empty at the end of the file."""
        try:
            line = self.file.readline(LONGEST_LINE)
        except (EOFError, zstd.Error) as error:
            raise ArchiveError(f"{self.path} is cut off or damaged.") from error
        except OSError as error:
            raise ArchiveError(f"{self.path} cannot be read: {error}.") from error
        return line

    def parse(self, line: bytes) -> Any:
        self.sha256.update(line)
        try:
            return json.loads(line)
        except ValueError as error:
            raise ArchiveError(f"{self.path} is cut off or damaged.") from error

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, and see at the end that all of them were there."""
        chunk = Chunk("", [], [])
        size = 0
        while line := self.line():
            before = self.sha256.hexdigest() if line[:1] == b"{" else ""
            value = self.parse(line)
            if isinstance(value, list):
                self.tallies[chunk.table].add(line[:-1])
                chunk.rows.append(value)
                size += len(line)
                if len(chunk.rows) < tables.ROWS and size < tables.BYTES:
                    continue
            if chunk.rows:
                yield chunk
                chunk, size = Chunk(chunk.table, chunk.names, []), 0
            if isinstance(value, dict) and "table" in value:
                chunk = Chunk(value["table"], value["columns"], [])
                self.tallies[chunk.table] = Tally()
            elif isinstance(value, dict):
                self.trailer = value
                self.check_trailer(before)
                return
        raise ArchiveError(f"{self.path} is cut off: its last line is missing.")

    def check_trailer(self, sha256: str) -> None:
        said = {name: tally.said() for name, tally in self.tallies.items()}
        is_whole = self.trailer == {"tables": said, "sha256": sha256}
        if not is_whole or self.line():
            raise ArchiveError(f"{self.path} is damaged: its digest does not fit.")


def verify(path: Path, progress: Progress = lambda count: None) -> dict[str, int]:
    """Read an archive through, and each paste's text; return how many rows of what.

    Raises ArchiveError.
    """
    with Reader(path) as reader:
        models = {
            tables.label(model): model
            for model in tables.tables_at(reader.header["migrations"])
        }
        for chunk in reader.chunks():
            progress(len(chunk.rows))
            if chunk.table == "pastes.paste":
                check_texts(path, models[chunk.table], chunk)
        return {name: tally.count for name, tally in reader.tallies.items()}


def check_texts(path: Path, model: Model, chunk: Chunk) -> None:
    """See that each paste's text is what its digest says. Raises ArchiveError."""
    fields = fields_of(path, model, chunk)
    for values in chunk.rows:
        row = dict(zip(chunk.names, to_row(path, fields, values), strict=True))
        if row["burned_at"] is not None:
            continue
        try:
            data = zstd.unpack(row["packed_text"])
        except zstd.Error:
            data = b""
        if row["size"] != len(data) or row["sha256"] != tokens.digest_bytes(data):
            raise ArchiveError(
                f"{path} holds a damaged text: that of paste {row['slug']}."
            )


def fields_of(path: Path, model: Model, chunk: Chunk) -> list[Any]:
    """Return the columns of a chunk. Raises ArchiveError where the table has others."""
    fields = {field.attname: field for field in tables.columns(model)}
    if set(fields) != set(chunk.names):
        odd = ", ".join(sorted(set(fields) ^ set(chunk.names)))
        raise ArchiveError(f"{path} does not fit: {chunk.table} differs in {odd}.")
    return [fields[name] for name in chunk.names]


def to_row(path: Path, fields: list[Any], values: list[Any]) -> Row:
    try:
        return tables.from_json(fields, values)
    except (ValueError, TypeError, ValidationError) as error:
        raise ArchiveError(f"{path} is damaged: {error}") from error
