"""What the moderators' pages call things: signs of spam, reasons of reports."""

from collections import Counter
from typing import Any

from pastes.models import Paste
from pastes.services.screening import SIGN_WORDS


def explain(held_because: list[list[Any]]) -> list[dict[str, Any]]:
    """Return why a paste is held, as a table's rows: the sign, its points, its detail."""
    return [
        {"name": SIGN_WORDS.get(sign, sign), "points": points, "detail": detail}
        for sign, points, detail in held_because
    ]


def is_spam(held_because: list[list[Any]]) -> bool:
    """Say whether something else than reports held a paste."""
    return any(sign != "reports" for sign, _points, _detail in held_because)


def summarize(reasons: list[str]) -> str:
    """Return reasons in a line, the most frequent first: “spam or advertising (3)”."""
    counted = Counter(reasons).most_common()
    return ", ".join(f"{Paste.Reason(name).label} ({count})" for name, count in counted)
