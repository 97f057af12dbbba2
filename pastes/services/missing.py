"""Links that lead nowhere: how many a client may try.

Counted in the memory of each process, each of which allows its share: a flood of guesses
must not become a flood of writes, and what a restart forgets costs 70 bits nothing.
"""

import ipaddress
import math
import threading
from collections import OrderedDict
from time import monotonic

from django.conf import settings

from pastes import limits
from pastes.services.client import Client
from pastes.services.errors import TooManyMisses

# Past them, who has not missed for longest is forgotten.
MOST_CLIENTS = 10_000

used_until: OrderedDict[str, float] = OrderedDict()
lock = threading.Lock()


def has_anybody_missed() -> bool:
    """Say whether this process knows of any client that has tried a wrong link."""
    return bool(used_until)


def check_misses(client: Client) -> None:
    """Let a client try one more link. Raises TooManyMisses; takes nothing by itself."""
    rule = share_of_process()
    if rule is None or is_this_machine(client):
        return
    with lock:
        used = used_until.get(client.key, 0.0)
    # The generic cell rate algorithm, as in limits.spend.
    wait = used + rule.step - rule.period - monotonic()
    if wait > rule.slack:
        raise TooManyMisses(max(1, math.ceil(wait)))


def note_miss(client: Client) -> None:
    """Count a link that led nowhere."""
    rule = share_of_process()
    if rule is None or is_this_machine(client):
        return
    now = monotonic()
    with lock:
        used = max(used_until.pop(client.key, 0.0), now) + rule.step
        used_until[client.key] = min(used, now + rule.period)
        while len(used_until) > MOST_CLIENTS:
            used_until.popitem(last=False)


def share_of_process() -> limits.Rule | None:
    """Return this process's part of LIMIT_MISS."""
    rule = limits.parse_rule(settings.LIMIT_MISS)
    if rule is None:
        return None
    return limits.Rule(math.ceil(rule.uses / settings.WORKERS), rule.period)


def is_this_machine(client: Client) -> bool:
    """Say whether nobody from outside is known to ask: a probe, or a hidden proxy's."""
    try:
        return ipaddress.ip_address(client.address).is_loopback
    except ValueError:
        return True
