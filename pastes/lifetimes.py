"""Spans of time as people write them: 10m, 1h, 2w, 1M, 1y, never."""

import re
from datetime import timedelta

SECONDS = {
    "s": 1,
    "m": 60,
    "h": 60 * 60,
    "d": 24 * 60 * 60,
    "w": 7 * 24 * 60 * 60,
    "M": 30 * 24 * 60 * 60,
    "y": 365 * 24 * 60 * 60,
}
NEVER = "never"
# Far below what a timedelta or a date can hold, far above what anybody means.
LONGEST = timedelta(days=100 * 365)


def parse_span(word: str) -> timedelta:
    """Return the span that a word such as "10m" or "h" (one hour) names.

    A month has 30 days and a year 365. Raises ValueError for anything else, also for
    spans over a hundred years.
    """
    match = re.fullmatch(r"([0-9]{0,6})([smhdwMy])", word)
    if not match:
        raise ValueError(f"{word!r} is not a span of time such as 10m, 1h, 1d or 1M.")
    span = timedelta(seconds=int(match[1] or 1) * SECONDS[match[2]])
    if span > LONGEST:
        raise ValueError(f"{word!r} is longer than a hundred years.")
    return span


def split_span(word: str) -> tuple[int, str]:
    """Return the count and the unit's letter of a span that parse_span takes."""
    return int(word[:-1] or 1), word[-1]
