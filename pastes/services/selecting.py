"""Which pastes a moderator means who names many of them at once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from pastes import tokens
from pastes.lifetimes import parse_span
from pastes.likeness import visible_form
from pastes.models import Paste
from pastes.services.blocking import pastes_from
from pastes.services.checking import shown
from pastes.services.chunking import chunks
from pastes.services.errors import Invalid
from pastes.services.relating import WAYS

IN_A_PATH = re.compile(rf"(?:^|/)({tokens.SLUG_PATTERN})(?=$|[/.?#])")


@dataclass(frozen=True)
class Selection:
    """The pastes that are meant, newest first, without their texts.

    `unknown` are the words that name no paste; `spared` counts what was left out because
    a moderator looked at it and kept it.
    """

    pastes: list[Paste]
    unknown: list[str]
    spared: int = 0


def select_pastes(
    links: Iterable[str] = (),
    *,
    network: str = "",
    like: str = "",
    same_browser: str = "",
    same_address: str = "",
    title: str = "",
    since: str = "",
    also_cleared: bool = False,
    now: datetime | None = None,
) -> Selection:
    """Return the pastes that are named, and those that fit each of the conditions.

    `links` are links or slugs. The conditions: an address in `network`, a text `like`
    that of a paste or nearly so, the `same_browser` or the `same_address` (an IPv6
    address's /64) as a paste's, words in the `title`, and created `since` a span such
    as 2h ago, which goes with another one. They find nothing that is hidden already, nor,
    unless `also_cleared`, what a moderator kept. Raises Invalid.
    """
    start = parse_since(since, now or timezone.now())
    found = find_ways({"like": like, "browser": same_browser, "address": same_address})
    if network:
        found.append(pastes_from(network))
    if title:
        found.append(titled(title))
    if since and not found:
        words = _("A span of time alone selects nothing: say what else they share.")
        raise Invalid({"since": [words]})
    named, unknown = find_named(links)
    fitting = [
        paste
        for paste in all_of(found)
        if paste.state != Paste.State.HIDDEN
        and paste.pk not in named
        and (start is None or paste.created_at >= start)
    ]
    taken = [paste for paste in fitting if also_cleared or not paste.is_cleared]
    pastes = sorted([*named.values(), *taken], key=lambda paste: -paste.pk)
    return Selection(pastes, unknown, len(fitting) - len(taken))


def slug_in(word: str) -> str:
    """Return the slug in a link to a paste or to one of its pages, or an empty one."""
    word = word.strip()
    if "://" in word:
        try:
            word = urlsplit(word).path
        except ValueError:
            return ""
    found = IN_A_PATH.search(word)
    return found[1] if found else ""


def find_named(words: Iterable[str]) -> tuple[dict[int, Paste], list[str]]:
    """Return the named pastes by key, and the words that name none."""
    slugs = {word: slug_in(word) for word in dict.fromkeys(words)}
    asked = sorted(set(slugs.values()) - {""})
    found: dict[str, Paste] = {}
    for some in chunks(asked):
        rows = Paste.objects.filter(slug__in=some)
        found |= {paste.slug: paste for paste in rows.without_text()}
    unknown = [word for word, slug in slugs.items() if slug not in found]
    return {paste.pk: paste for paste in found.values()}, unknown


def find_ways(asked: Mapping[str, str]) -> list[list[Paste]]:
    """Return what is related to each paste that is asked for, with that paste."""
    found = []
    for way, word in asked.items():
        if word:
            paste = find_example(way, word)
            related = WAYS["similar" if way == "like" else way]([paste])
            found.append([paste, *related])
    return found


def find_example(way: str, word: str) -> Paste:
    """Return the paste whose like is sought. Raises Invalid where it has none."""
    rows = Paste.objects.filter(slug=slug_in(word)).without_text()
    paste = rows.first()
    if paste is None:
        sentence = _("There is no paste “%(word)s”.") % {"word": shown(word)}
        raise Invalid({way: [sentence]})
    known, sentence = {
        "like": (
            paste.normal_sha256,
            _("The text of %(slug)s is locked or burns: nothing is compared with it."),
        ),
        "browser": (
            paste.maker_digest,
            _("No browser is known that made %(slug)s."),
        ),
        "address": (
            paste.client_address,
            _("The address that %(slug)s came from is not known, or forgotten."),
        ),
    }[way]
    if not known:
        raise Invalid({way: [sentence % {"slug": paste.slug}]})
    return paste


def titled(title: str) -> list[Paste]:
    """Return the pastes whose title holds some words, in any case and spacing."""
    words = plain(title)
    if not words:
        raise Invalid({"title": [_("These words are empty: every title has them.")]})
    rows = Paste.objects.exclude(title="").values_list("pk", "title").iterator()
    keys = [pk for pk, other in rows if words in plain(other)]
    found: list[Paste] = []
    for some in chunks(keys):
        found += Paste.objects.filter(pk__in=some).without_text()
    return found


def plain(title: str) -> str:
    return " ".join(visible_form(title).casefold().split())


def parse_since(span: str, now: datetime) -> datetime | None:
    if not span:
        return None
    try:
        return now - parse_span(span)
    except ValueError:
        words = _("“%(word)s” is no span of time such as 30m, 2h or 3d.")
        raise Invalid({"since": [words % {"word": shown(span)}]}) from None


def all_of(found: list[list[Paste]]) -> list[Paste]:
    """Return the pastes that are in every one of the lists."""
    if not found:
        return []
    shared = set.intersection(*({paste.pk for paste in some} for some in found))
    return [paste for paste in found[0] if paste.pk in shared]
