"""Rate limits and lockouts: one atomic statement each, shared by all processes."""

import ipaddress
import math
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models import F

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
WHERE {table}.used_until <= %(now)s + %(period)s - %(step)s + 0.000001
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


def spend(rule_text: str, key: str, *, now: float | None = None) -> int:
    """Take one use of an allowance; return 0, or the seconds to wait when it is used up.

    `now` is in seconds since 1970. A refused use costs nothing.
    """
    rule = parse_rule(rule_text)
    if rule is None:
        return 0
    now = time.time() if now is None else now
    values = {"key": key, "now": now, "step": rule.step, "period": rule.period}
    with connection.cursor() as cursor:
        cursor.execute(SPEND.format(table=Allowance._meta.db_table), values)
        if cursor.fetchone():
            return 0
    used_until = Allowance.objects.values_list("used_until", flat=True).get(key=key)
    return max(1, math.ceil(used_until + rule.step - rule.period - now))


def give_back(rule_text: str, key: str) -> None:
    """Return one use: what was reserved for a guess turned out to be right."""
    rule = parse_rule(rule_text)
    if rule is not None:
        Allowance.objects.filter(key=key).update(used_until=F("used_until") - rule.step)


def forget(*, now: float | None = None) -> int:
    """Delete the allowances that are whole again; return how many there were."""
    now = time.time() if now is None else now
    return Allowance.objects.filter(used_until__lt=now).delete()[0]
