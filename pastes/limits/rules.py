"""What a limit is, and what one use of it leaves."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from pastes.lifetimes import parse_span

OFF = "off"


@dataclass(frozen=True)
class Rule:
    """So many uses in so many seconds; all may come at once, then they trickle."""

    uses: int
    period: float

    @property
    def step(self) -> float:
        """Seconds after which one more use is free again."""
        return self.period / self.uses

    @property
    def slack(self) -> float:
        """Seconds that sums of steps may be off: a moment's float is exact to 0.2 µs."""
        return min(self.step / 4, 0.001)


@dataclass(frozen=True)
class Spent:
    """What became of one use of an allowance, and what is left.

    `wait` is 0, or the seconds to wait where it was refused and cost nothing. `reset` is
    the seconds until all uses are free again; with none left, until the next one is.
    Where the limit is off, `rule` is None and the other numbers mean nothing.
    """

    key: str
    rule: Rule | None
    remaining: int = 0
    reset: int = 0
    wait: int = 0

    @property
    def policy(self) -> str:
        """What the limit is called, in lower case: the key up to its first colon."""
        return self.key.partition(":")[0]


@lru_cache(maxsize=100)
def parse_rule(text: str) -> Rule | None:
    """Return the rule that "60/h" or "5/10m" writes; None for "off".

    Raises ValueError for anything else.
    """
    if text == OFF:
        return None
    match = re.fullmatch(r"([0-9]{1,9})/(\w{1,9})", text)
    if not match or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a limit such as 60/h, 5/10m or off.")
    return Rule(int(match[1]), parse_span(match[2]).total_seconds())


def tell(key: str, rule: Rule, is_taken: bool, used: float) -> Spent:
    """Return what a use left, of an allowance that is whole again in `used` seconds."""
    until_next = max(1, math.ceil(used + rule.step - rule.period - rule.slack))
    if not is_taken:
        return Spent(key, rule, reset=until_next, wait=until_next)
    remaining = max(0, math.floor((rule.period - used + rule.slack) / rule.step))
    until_whole = max(1, math.ceil(used - rule.slack))
    return Spent(key, rule, remaining, until_whole if remaining else until_next)
