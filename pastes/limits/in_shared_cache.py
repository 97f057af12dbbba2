"""Allowances in the shared cache: one script each, which the server runs as one step."""

from typing import Any

from pastes import shared_cache
from pastes.limits.rules import Rule

# The same algorithm as in the database, on the server's clock; `now` is empty but in
# tests. What is no moment in time (somebody else's, of any type) counts as nothing. A
# key goes by itself once its allowance is whole; a step may be too short for a moment's
# float to show, and no key is kept for no time at all. Numbers travel as text: a script's
# numbers lose their fractions on the way out.
START = """
local function read(key)
  local kept = redis.pcall('GET', key)
  local moment = type(kept) == 'string' and tonumber(kept)
  if moment and moment > -1e15 and moment < 1e15 then return moment end
end
local step = tonumber(ARGV[1])
"""
SPEND = (
    START
    + """
local period, slack, now = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local used_until = read(KEYS[1]) or now
if used_until > now + period - step + slack then
  return {'refused', string.format('%.17g', used_until - now)}
end
used_until = math.max(used_until, now) + step
local left = used_until - now
redis.call('SET', KEYS[1], string.format('%.17g', used_until),
  'PX', string.format('%.0f', math.max(1, math.ceil(left * 1000))))
return {'taken', string.format('%.17g', left)}
"""
)
GIVE_BACK = (
    START
    + """
local used_until = read(KEYS[1])
if used_until then
  redis.call('SET', KEYS[1], string.format('%.17g', used_until - step), 'KEEPTTL')
end
"""
)
# No limit's period is so long.
MOST_SECONDS = 1e11


def spend(rule: Rule, key: str, now: float | None) -> tuple[bool, float]:
    """Take one use; return whether there was one, and in how many seconds all are back.

    Raises shared_cache.Unavailable.
    """
    moment = "" if now is None else repr(now)
    numbers = [repr(rule.step), repr(rule.period), repr(rule.slack), moment]

    def work(client: Any) -> tuple[bool, float]:
        return read_answer(run(client, SPEND, key, numbers))

    return shared_cache.ask(work)


def read_answer(answer: Any) -> tuple[bool, float]:
    """Return what the script says. Raises ValueError where a server says anything else."""
    word, seconds = answer
    used = float(seconds)
    if word not in (b"taken", b"refused") or not abs(used) < MOST_SECONDS:
        raise ValueError("The server answered with something else.")
    return word == b"taken", used


def give_back(rule: Rule, key: str) -> None:
    """Raises shared_cache.Unavailable."""
    shared_cache.ask(lambda client: run(client, GIVE_BACK, key, [repr(rule.step)]))


def refill(key: str) -> bool:
    """Raises shared_cache.Unavailable."""
    return shared_cache.ask(lambda client: int(client.delete(key_of(key)))) > 0


def run(client: Any, script: str, key: str, numbers: list[str]) -> Any:
    return client.register_script(script)(keys=[key_of(key)], args=numbers)


def key_of(key: str) -> str:
    return shared_cache.key_of("limit", key)
