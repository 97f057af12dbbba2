"""What the admin's lists share: how far they count, and how they write a moment."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import Promise, cached_property

COUNTED = 5_000
MOMENT = "Y-m-d H:i"


class BoundedPaginator(Paginator):
    """Counts no further than COUNTED rows, so that a large table lists as fast."""

    @cached_property
    def count(self) -> int:
        return self.object_list[:COUNTED].count()


class BoundedAdmin(admin.ModelAdmin):
    """A list that costs the same in a large table, and answers what is offered alone."""

    # Every lookup by a column that a filter or a link of ours makes.
    lookups: tuple[str, ...] = ()
    list_per_page = list_max_show_all = 50
    ordering = ("-pk",)
    sortable_by = ()
    paginator = BoundedPaginator
    # Either would count the whole table.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    def lookup_allowed(
        self, lookup: str, value: str, request: HttpRequest | None = None
    ) -> bool:
        return lookup in self.lookups


class ReadOnlyAdmin(BoundedAdmin):
    """A list that nobody changes by Django's own forms: acts and verbs do, if any."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def shortened(text: str, most: int = 80) -> str:
    """Return the beginning of a text as one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def shown_or_dash(value: Any) -> str:
    return str(value) if value else "–"


def say_count(words: Promise, count: int) -> str:
    """Return the plural that fits a count; `words` choose it by "number"."""
    return words % {"number": count, "count": grouped(count)}


def grouped(number: int) -> str:
    """Return a number with its thousands apart, as the reader's language has them."""
    return number_format(number, use_l10n=True, force_grouping=True)
