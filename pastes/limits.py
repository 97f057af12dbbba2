"""Rate limits and lockouts: one atomic statement each, shared by all processes."""

import ipaddress
import math
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models import F

from pastes import metrics
from pastes.lifetimes import parse_span
from pastes.models import Allowance

OFF = "off"

# The generic cell rate algorithm (ITU-T I.371): each use moves "used until" on by one
# interval; a use that would move it further than a whole period ahead is refused and
# moves nothing. The condition stands inside the statement, so N racers cannot pass it
# together, on SQLite and on PostgreSQL.
SPEND = """
INSERT INTO {table} (key, used_until) VALUES (%(key)s, %(now)s + %(step)s)
ON CONFLICT (key) DO UPDATE SET used_until =
    CASE WHEN {table}.used_until > %(now)s THEN {table}.used_until ELSE %(now)s END
    + %(step)s
WHERE {table}.used_until <= %(now)s + %(period)s - %(step)s + %(slack)s
RETURNING used_until
"""


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


def client_key(address: str) -> str:
    """Return what one client is counted by: its IPv4 address, or its IPv6 /64.

    A provider gives each home a /64, so a single address says nothing there.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def spend(rule_text: str, key: str, *, now: float | None = None) -> Spent:
    """Take one use of an allowance, in one statement; say what is left of it.

    The key is the limit's name, a colon, and whose use it is: "create:192.0.2.7". `now`
    is in seconds since 1970.
    """
    rule = parse_rule(rule_text)
    if rule is None:
        return Spent(key, None)
    now = time.time() if now is None else now
    values = {
        "key": key,
        "now": now,
        "step": rule.step,
        "period": rule.period,
        "slack": rule.slack,
    }
    with connection.cursor() as cursor:
        cursor.execute(SPEND.format(table=Allowance._meta.db_table), values)
        row = cursor.fetchone()
    if row is None:
        # Gone, where somebody forgot it at this moment: then there is no wait.
        used_until = find_used(key) or now
        reset = used_until + rule.step - rule.period - now
        wait = max(1, math.ceil(reset - rule.slack))
        spent = Spent(key, rule, reset=wait, wait=wait)
        metrics.count_refusal(spent.policy)
        return spent
    used = row[0] - now
    remaining = max(0, math.floor((rule.period - used + rule.slack) / rule.step))
    reset = used if remaining else used + rule.step - rule.period
    return Spent(key, rule, remaining, max(1, math.ceil(reset - rule.slack)))


def find_used(key: str) -> float | None:
    return (
        Allowance.objects.filter(key=key).values_list("used_until", flat=True).first()
    )


def give_back(spent: Spent) -> None:
    """Return one use: of a guess that turned out to be right, or that nobody looked at."""
    if spent.rule and not spent.wait:
        uses = Allowance.objects.filter(key=spent.key)
        uses.update(used_until=F("used_until") - spent.rule.step)


def refill(key: str) -> bool:
    """Make an allowance whole again; say whether anything of it was used."""
    return Allowance.objects.filter(key=key).delete()[0] > 0


def forget(*, now: float | None = None) -> int:
    """Delete the allowances that are whole again; return how many there were."""
    now = time.time() if now is None else now
    return Allowance.objects.filter(used_until__lt=now).delete()[0]
