"""Many values at a time, and no more: SQLite takes so many in one statement only."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK = 500

Value = TypeVar("Value")


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Yield the values in their order, up to CHUNK at a time."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
