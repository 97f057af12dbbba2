"""A corpus of spam and of what only looks like it, each text made from a seed."""

import random
from collections.abc import Callable, Iterator

from pastes import spam

Make = Callable[[random.Random], str]
EACH = 20
# What may come together by chance: somebody quick, who sends one log after the other.
BUSY = spam.Facts(recent=100, odd=("hasty",))


def points(text: str, title: str = "", facts: spam.Facts | None = None) -> int:
    signs = spam.weigh(spam.look(text, title), facts or spam.Facts())
    return sum(sign.points for sign in signs)


def texts(kinds: dict[str, Make]) -> Iterator[tuple[str, str]]:
    """Yield EACH texts of each kind, with the kind's name."""
    for name, make in kinds.items():
        for seed in range(EACH):
            yield name, make(random.Random(f"{name}{seed}"))


def held(
    kinds: dict[str, Make], threshold: int, facts: spam.Facts | None = None
) -> dict[str, int]:
    """Return how many of each kind's EACH texts are held."""
    counts = dict.fromkeys(kinds, 0)
    for name, text in texts(kinds):
        counts[name] += points(text, facts=facts) >= threshold
    return counts
