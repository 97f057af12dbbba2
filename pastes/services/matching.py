"""Which blocks a text or a client's address meets."""

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pastes import hosts, likeness
from pastes.models import Block
from pastes.patterns import Words
from pastes.services.client import Client
from pastes.services.likening import likeness_in

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Seconds after which the blocks are read anew even if nothing seems to have changed.
MAX_AGE = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """A block as the check of a new paste needs it."""

    id: int
    kind: str
    pattern: str
    effect: str
    reason: str
    expires_at: datetime | None

    def is_over(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Hit:
    """A block that something meets. `detail` says what of it, in the site's language.

    The host or the words as the moderators blocked them, never the text's own words;
    empty for a network.
    """

    block: Rule
    detail: str = ""


class Ruleset:
    """The blocks at one moment, in the shapes in which they are looked up."""

    def __init__(self, blocks: list[Block]) -> None:
        # By version, then by the prefix's length, then by the network's number.
        self.networks: dict[int, dict[int, dict[int, Rule]]] = {4: {}, 6: {}}
        self.texts: dict[str, Rule] = {}
        self.bands: list[dict[int, list[tuple[likeness.Likeness, Rule]]]]
        self.bands = [{} for _ in range(likeness.BANDS)]
        self.hosts: dict[str, Rule] = {}
        words: dict[str, list[tuple[str, Rule]]] = {}
        for block in blocks:
            rule = Rule(
                block.pk,
                block.kind,
                block.pattern,
                block.effect,
                block.reason,
                block.expires_at,
            )
            if block.kind == Block.Kind.NETWORK:
                self.add_network(rule)
            elif block.kind == Block.Kind.TEXT:
                self.add_text(rule, likeness_in(block))
            elif block.kind == Block.Kind.HOST:
                self.hosts |= dict.fromkeys(hosts.spellings(rule.pattern), rule)
            else:
                words.setdefault(rule.effect, []).append((rule.pattern, rule))
        # By effect: of each group of patterns only the first find counts.
        self.words = {effect: Words(some) for effect, some in words.items()}

    def add_network(self, rule: Rule) -> None:
        network = ipaddress.ip_network(rule.pattern)
        by_number = self.networks[network.version].setdefault(network.prefixlen, {})
        by_number[int(network.network_address)] = rule

    def add_text(self, rule: Rule, bands: likeness.Likeness | None) -> None:
        self.texts[rule.pattern] = rule
        for rules, band in zip(self.bands, bands or (), strict=False):
            rules.setdefault(band, []).append((bands, rule))

    def networks_of(self, address: Address) -> Iterator[Rule]:
        number = int(address)
        for length, rules in self.networks[address.version].items():
            shift = address.max_prefixlen - length
            rule = rules.get(number >> shift << shift)
            if rule:
                yield rule

    def near(self, text: str) -> Iterator[Rule]:
        bands = likeness.likeness_of(text)
        if bands is None:
            return
        for rules, band in zip(self.bands, bands, strict=True):
            for other, rule in rules.get(band, ()):
                if likeness.is_near(bands, other):
                    yield rule

    def hosts_in(self, text: str) -> Iterator[Rule]:
        for host in hosts.hosts_in(text):
            for domain in hosts.parents(host):
                rule = self.hosts.get(domain)
                if rule:
                    yield rule


kept: tuple[Any, float, Ruleset] | None = None


def current_rules() -> Ruleset:
    """Return the blocks as they are now, for one small query where none has changed.

    What any process adds, changes or removes changes how many there are or the sum of
    their revisions, whatever its clock says; counting hits does neither.
    """
    global kept
    with connection.cursor() as cursor:
        # In plain words: each new paste asks, and Django's take five times as long.
        cursor.execute(f"SELECT COUNT(*), SUM(revision) FROM {Block._meta.db_table}")  # noqa: S608
        stamp = cursor.fetchone()
    there, now = kept, time.monotonic()
    if there and there[0] == stamp and now - there[1] < MAX_AGE:
        return there[2]
    lasting = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    rules = Ruleset(list(Block.objects.filter(lasting).defer("note").order_by("pk")))
    kept = (stamp, now, rules)
    return rules


def blocked_client(client: Client | None, rules: Ruleset | None = None) -> Hit | None:
    """Return the block of the client's network, one that refuses before one that holds.

    None where there is none, or for a trusted caller. `rules` saves the query.
    """
    if client is None:
        return None
    rules = rules or current_rules()
    if not any(rules.networks.values()):
        return None
    try:
        met = rules.networks_of(plain_address(client.address))
    except ValueError:
        return None
    return next(iter(hits_of((rule, "") for rule in met)), None)


def plain_address(address: str) -> Address:
    """Return a parsed address; one of IPv4 that is written in IPv6 as IPv4."""
    parsed = ipaddress.ip_address(address)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def find_hits(data: bytes, title: str, rules: Ruleset | None = None) -> list[Hit]:
    """Return each block that a text or its title meets, those that refuse first.

    `data` is UTF-8. Takes time that grows with its length and has a bound for patterns
    (patterns.MAX_SECONDS). `rules` saves the query.
    """
    rules = rules or current_rules()
    return hits_of(meetings(data, title, rules))


def meetings(data: bytes, title: str, rules: Ruleset) -> Iterator[tuple[Rule, str]]:
    now = timezone.now()
    text = data.decode()
    if rules.texts:
        yield from alike(text, rules)
    if not (rules.hosts or rules.words):
        return
    shown = likeness.visible_form(f"{title}\n{text}")
    if rules.hosts:
        yield from ((rule, rule.pattern) for rule in rules.hosts_in(shown))
    if rules.words:
        packed = shown.encode()
        for words in rules.words.values():
            found = words.find(packed, lambda rule: not rule.is_over(now))
            yield from ((rule, rule.pattern) for rule in found)


def alike(text: str, rules: Ruleset) -> Iterator[tuple[Rule, str]]:
    # Read by moderators, not by whoever sent the text.
    with translation.override(settings.LANGUAGE_CODE):
        same, nearly = _("the same text"), _("nearly the same text")
    rule = rules.texts.get(likeness.normal_sha256(text))
    if rule:
        yield rule, same
    if any(rules.bands):
        yield from ((rule, nearly) for rule in rules.near(text))


def hits_of(met: Iterator[tuple[Rule, str]]) -> list[Hit]:
    """Return each rule that is not over once, those that refuse first."""
    now = timezone.now()
    hits: dict[int, Hit] = {}
    for rule, detail in met:
        if rule.id not in hits and not rule.is_over(now):
            hits[rule.id] = Hit(rule, detail)
    refuse = Block.Effect.REFUSE
    return sorted(hits.values(), key=lambda hit: hit.block.effect != refuse)


def count_hits(hits: list[Hit]) -> None:
    """Add one to each block that was hit; the blocks are not read anew for it."""
    if hits:
        met = Block.objects.filter(pk__in=[hit.block.id for hit in hits])
        met.update(hits=F("hits") + 1)
