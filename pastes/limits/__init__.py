"""Rate limits and lockouts, shared by all processes: in the database, or the shared cache."""

import ipaddress
from types import ModuleType

from pastes import metrics, shared_cache
from pastes.limits import in_database, in_shared_cache
from pastes.limits.rules import OFF, Rule, Spent, parse_rule, tell

__all__ = [
    "OFF",
    "Rule",
    "Spent",
    "Unavailable",
    "client_key",
    "forget",
    "give_back",
    "parse_rule",
    "refill",
    "spend",
]

# Nobody can tell what is left of an allowance.
Unavailable = shared_cache.Unavailable


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


def spend(
    rule_text: str, key: str, *, fails_open: bool = False, now: float | None = None
) -> Spent:
    """Take one use of an allowance, in one step; say what is left of it.

    The key is the limit's name, a colon, and whose use it is: "create:192.0.2.7". `now`
    is in seconds since 1970; else the clock of who keeps the allowances counts. Where
    they cannot be reached, a limit that fails open is as if it was off for that use.
    Raises Unavailable for any other: a guess that nobody counts is none.
    """
    rule = parse_rule(rule_text)
    if rule is None:
        return Spent(key, None)
    try:
        is_taken, used = store().spend(rule, key, now)
    except Unavailable:
        if fails_open:
            return Spent(key, None)
        raise
    spent = tell(key, rule, is_taken, used)
    if spent.wait:
        metrics.count_refusal(spent.policy)
    return spent


def give_back(spent: Spent) -> None:
    """Return one use: of a guess that turned out to be right, or that nobody looked at.

    It is lost where the allowances cannot be reached; that costs its owner one use.
    """
    if spent.rule and not spent.wait:
        try:
            store().give_back(spent.rule, spent.key)
        except Unavailable:
            return


def refill(key: str) -> bool:
    """Make an allowance whole again; say whether anything of it was used.

    Raises Unavailable.
    """
    return store().refill(key)


def forget(*, now: float | None = None) -> int:
    """Delete the allowances of the database that are whole again; return how many.

    The shared cache forgets its own by itself.
    """
    return in_database.forget(now)


def store() -> ModuleType:
    return in_shared_cache if shared_cache.is_set() else in_database
