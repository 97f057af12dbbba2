"""The admin's start page: how the site is doing, at a glance and in pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pastes.admin.lists import grouped, shortened
from pastes.highlight import find_language
from pastes.models import Block
from pastes.services import say_language, say_size, statistics
from pastes.services.statistics import Cases, Day, Share, Statistics

django_index = admin.site.index

DAY = "j M"
# The pictures' height and the bars' length, in their own units; a day is ten wide.
FULL = 1_000
# What is there is seen, however little it is.
LEAST = 12
# Characters of a text's digest, and of what else is blocked.
DIGEST, NAME = 12, 40


@dataclass(frozen=True)
class Figure:
    """One large number with its name, a line below it, and where it leads to."""

    value: str
    name: str
    note: str = ""
    url: str = ""
    is_urgent: bool = False


@dataclass(frozen=True)
class Bar:
    """One day of a picture, from the bottom up."""

    date: date
    count: str
    x: int
    y: int
    height: int
    is_today: bool


@dataclass(frozen=True)
class Picture:
    """Bars by day, with what they say in words."""

    key: str
    title: str
    words: str
    counted: str
    bars: list[Bar]
    most: str

    @property
    def width(self) -> int:
        return 10 * len(self.bars)


@dataclass(frozen=True)
class Row:
    """A name with a number, a bar as long as it, and where it leads to."""

    name: str
    count: str
    length: int
    url: str = ""


def show_start(
    request: HttpRequest, extra_context: dict[str, Any] | None = None
) -> HttpResponseBase:
    """Answer with Django's index; the figures are for those who may see pastes."""
    context = dict(extra_context or {})
    if request.user.has_perm("pastes.view_paste"):
        context |= glance(may_see_blocks=request.user.has_perm("pastes.view_block"))
    return django_index(request, context)


def glance(*, may_see_blocks: bool) -> dict[str, Any]:
    """Return what the page shows of the site."""
    figures = statistics.site_statistics()
    groups = [
        (_("Languages"), _("pastes of the last 30 days"), languages(figures.languages)),
        (_("Makers"), _("pastes whose address is known"), makers(figures.makers)),
    ]
    if may_see_blocks:
        met = blocks(statistics.busiest_blocks())
        groups.append((_("Blocks"), _("how often each was met"), met))
    return {
        "counted_at": figures.at,
        "figures": large_figures(statistics.count_cases(), figures),
        "pictures": [
            picture("pastes", _("Pastes by day"), _("Pastes"), figures.pastes),
            picture("reports", _("Reports by day"), _("Reports"), figures.reports),
        ],
        "groups": groups,
    }


def large_figures(cases: Cases, figures: Statistics) -> list[Figure]:
    pastes = reverse("admin:pastes_paste_changelist")
    storage = figures.storage
    kept = storage.packed_bytes if storage.file_bytes is None else storage.file_bytes
    return [
        Figure(
            grouped(cases.open),
            ngettext("open case", "open cases", cases.open),
            _("nothing waits") if not cases.open else _("to the queue"),
            reverse("admin:pastes_case_changelist"),
            is_urgent=cases.open > 0,
        ),
        Figure(
            grouped(cases.held),
            _("held for review"),
            _("of the open cases"),
            f"{pastes}?state__exact=held",
        ),
        Figure(
            grouped(figures.hidden),
            _("hidden"),
            _("of %(count)s pastes") % {"count": grouped(storage.pastes)},
            f"{pastes}?state__exact=hidden",
        ),
        Figure(
            grouped(figures.pastes[-1].count),
            ngettext("paste today", "pastes today", figures.pastes[-1].count),
            yesterday(figures.pastes),
        ),
        Figure(
            grouped(figures.reports[-1].count),
            ngettext("report today", "reports today", figures.reports[-1].count),
            yesterday(figures.reports),
        ),
        Figure(
            say_size(kept),
            _("storage"),
            _("texts: %(sent)s, stored as %(packed)s")
            % {
                "sent": say_size(storage.text_bytes),
                "packed": say_size(storage.packed_bytes),
            },
        ),
    ]


def yesterday(days: Sequence[Day]) -> str:
    return _("%(count)s yesterday") % {"count": grouped(days[-2].count)}


def picture(key: str, title: str, counted: str, days: Sequence[Day]) -> Picture:
    """Draw the days side by side, the fullest one as high as the picture."""
    busiest = max(days, key=lambda day: day.count)
    bars = []
    for place, day in enumerate(days):
        height = scale(day.count, busiest.count)
        is_today = place == len(days) - 1
        count = grouped(day.count)
        bars.append(
            Bar(day.date, count, 10 * place + 1, FULL - height, height, is_today)
        )
    words = _(
        "%(all)s in %(days)s days; at most %(most)s, on %(day)s; %(today)s today."
    )
    said = words % {
        "all": grouped(sum(day.count for day in days)),
        "days": len(days),
        "most": grouped(busiest.count),
        "day": date_format(busiest.date, DAY),
        "today": grouped(days[-1].count),
    }
    if not busiest.count:
        said = _("None in %(days)s days.") % {"days": len(days)}
    return Picture(key, title, said, counted, bars, grouped(busiest.count))


def scale(count: int, most: int) -> int:
    return max(LEAST, round(FULL * count / most)) if count else 0


def languages(shares: Sequence[Share]) -> list[Row]:
    return rows([(name_language(share.name), share.count, "") for share in shares])


def name_language(key: str) -> str:
    language = find_language(key)
    return say_language(language) if language else key


def makers(shares: Sequence[Share]) -> list[Row]:
    pastes = reverse("admin:pastes_paste_changelist")
    found = [
        (share.name, share.count, f"{pastes}?{urlencode({'q': share.name})}")
        for share in shares
    ]
    return rows(found)


def blocks(met: Sequence[Block]) -> list[Row]:
    found = [
        (
            name_block(block),
            block.hits,
            reverse("admin:pastes_block_change", args=[block.pk]),
        )
        for block in met
    ]
    return rows(found)


def name_block(block: Block) -> str:
    most = DIGEST if block.kind == Block.Kind.TEXT else NAME
    kind = capfirst(block.get_kind_display())
    return f"{kind}: {shortened(block.pattern, most)}"


def rows(found: Sequence[tuple[str, int, str]]) -> list[Row]:
    """Give each (name, count, url) its bar; the first one has the most."""
    most = found[0][1] if found else 0
    return [
        Row(name, grouped(count), scale(count, most), url) for name, count, url in found
    ]
