"""What belongs together in a moderator's eyes: a maker's pastes, a text's variations."""

import ipaddress
from collections.abc import Callable, Iterable
from itertools import takewhile

from django.db import connection
from django.db.models import Q

from pastes import limits
from pastes.models import Decision, Paste, PasteQuerySet
from pastes.services.chunking import CHUNK, chunks
from pastes.services.likening import similar_pastes

# Of an IPv6 network, how many rows that may be of it are looked at.
MOST_OF_NETWORK = 10_000


def related_pastes(paste: Paste, *, most: int = 50) -> dict[str, list[Paste]]:
    """Return the other pastes of the same maker and with nearly the same text.

    By "browser" (the key that it sends), "address" (an IPv6 address's /64) and
    "similar"; newest first, up to `most` of each, without their texts.
    """
    return {name: find([paste], most=most) for name, find in WAYS.items()}


def widen(
    pastes: Iterable[Paste], reach: Iterable[str], *, most: int | None = None
) -> list[Paste]:
    """Return the pastes that are related to these in one of the ways, without these.

    Up to `most` of each way, the newest first. What a moderator looked at and kept, or
    hid already, is not among them.
    """
    pastes = list(pastes)
    given = {paste.pk for paste in pastes}
    found: dict[int, Paste] = {}
    for name in reach:
        for paste in WAYS[name](pastes, most=most):
            if paste.pk not in given and not is_decided(paste):
                found[paste.pk] = paste
    return list(found.values())


def is_decided(paste: Paste) -> bool:
    return paste.is_cleared or paste.state == Paste.State.HIDDEN


def past_decisions(
    paste: Paste, related: Iterable[Paste], *, most: int = 30
) -> list[Decision]:
    """Return what was decided about a paste and what is related to it, latest first.

    Of the related ones without looks, and without what the site held by itself.
    """
    slugs = [each.slug for each in related][:CHUNK]
    minor = (Decision.Act.HELD, Decision.Act.LOOKED)
    of_others = Q(slug__in=slugs) & ~Q(act__in=minor)
    rows = Decision.objects.filter(Q(slug=paste.slug) | of_others)
    return list(rows.select_related("entry__user").order_by("-pk")[:most])


def by_browser(pastes: list[Paste], *, most: int | None = None) -> list[Paste]:
    digests = sorted({paste.maker_digest for paste in pastes} - {""})
    # The index holds the rows that have one, which the query has to say.
    some = Paste.objects.exclude(maker_digest="")
    found = [
        row
        for chunk in chunks(digests)
        for row in newest(some.filter(maker_digest__in=chunk), pastes, most)
    ]
    return found[:most]


def by_address(pastes: list[Paste], *, most: int | None = None) -> list[Paste]:
    keys = {limits.client_key(p.client_address) for p in pastes if p.client_address}
    hosts = sorted(key for key in keys if "/" not in key)
    found = [
        row
        for chunk in chunks(hosts)
        for row in newest(Paste.objects.filter(client_address__in=chunk), pastes, most)
    ]
    given = {paste.pk for paste in pastes}
    for network in sorted(keys - set(hosts)):
        rows = of_network(Paste.objects.all(), network)
        found += [row for row in rows if row.pk not in given]
    return sorted(found, key=lambda row: -row.pk)[:most]


def of_network(rows: PasteQuerySet, network: str) -> list[Paste]:
    """Return those rows that came from an IPv6 /64.

    Of at most MOST_OF_NETWORK that may have, the newest; without their texts.
    """
    parsed = ipaddress.ip_network(network)
    near = may_be_of(rows, parsed)
    found = near.without_text().order_by("-pk")[:MOST_OF_NETWORK]
    return [row for row in found if ipaddress.ip_address(row.client_address) in parsed]


def may_be_of(rows: PasteQuerySet, parsed: ipaddress.IPv6Network) -> PasteQuerySet:
    """Narrow rows to a network, by the index of addresses.

    PostgreSQL orders addresses by their numbers. SQLite has them as text, which narrows
    less where the network has zeros.
    """
    if connection.vendor == "postgresql":
        first, last = str(parsed[0]), str(parsed[-1])
        return rows.filter(client_address__gte=first, client_address__lte=last)
    groups = parsed.network_address.exploded.split(":")[:4]
    # An address is written without its zeros: what is before them is sure.
    sure = takewhile(lambda group: group != "0000", groups)
    start = "".join(f"{group.lstrip('0')}:" for group in sure)
    if not start:
        return rows.filter(client_address__contains=":")
    # The character after the colon ends what begins so.
    return rows.filter(client_address__gte=start, client_address__lt=f"{start[:-1]};")


def by_likeness(pastes: list[Paste], *, most: int | None = None) -> list[Paste]:
    found: dict[int, Paste] = {}
    seen: set[str] = set()
    for paste in pastes:
        if paste.normal_sha256 and paste.normal_sha256 not in seen:
            seen.add(paste.normal_sha256)
            for row in similar_pastes(paste, limit=most or 10_000):
                found[row.pk] = row
    return sorted(found.values(), key=lambda row: -row.pk)


WAYS: dict[str, Callable[..., list[Paste]]] = {
    "browser": by_browser,
    "address": by_address,
    "similar": by_likeness,
}


def newest(rows: PasteQuerySet, but: list[Paste], most: int | None) -> list[Paste]:
    others = rows.without_text().order_by("-pk")
    if len(but) <= CHUNK:
        others = others.exclude(pk__in=[paste.pk for paste in but])
    return list(others[:most])
