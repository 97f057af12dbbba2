"""The record, to be read and exported: what moderators did, when, to what, and why."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pastes import tokens
from pastes.admin.lists import MOMENT, ReadOnlyAdmin, grouped, shortened
from pastes.models import Decision
from pastes.services import recalling

COLUMNS = {
    "time": "entry__action_time",
    "user": "entry__user__username",
    "act": "act",
    "object": "entry__object_repr",
    "reason": "reason",
    "note": "note",
    "batch": "batch",
}
# A spreadsheet takes a cell that begins so for a formula, and runs it (OWASP, "CSV
# Injection").
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
ROWS = 2_000
UNDOING = ("pastes.view_paste", "pastes.moderate_paste")


class ActFilter(admin.SimpleListFilter):
    """Looks at texts are many, and left out until somebody asks for them."""

    title = gettext_lazy("act")
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Decision.Act.choices, ("all", _("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        usual, *others = super().choices(changelist)
        yield usual | {"display": _("All but looks")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset.exclude(act=Decision.Act.LOOKED)
        return queryset if self.value() == "all" else queryset.filter(act=self.value())


class WhoFilter(admin.SimpleListFilter):
    title = gettext_lazy("who")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in recalling.recorded_people()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if re.fullmatch("[0-9]{1,18}", self.value() or ""):
            return queryset.filter(entry__user_id=self.value())
        return queryset


class SinceFilter(admin.SimpleListFilter):
    title = gettext_lazy("age")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("1", _("last day")),
            ("7", _("last week")),
            ("30", _("last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in ("1", "7", "30"):
            since = timezone.now() - timedelta(days=int(self.value()))
            return queryset.filter(entry__action_time__gte=since)
        return queryset


class RecordList(ChangeList):
    """Knows of a page's decisions whose paste or block there is to link to."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        mark_links(self.result_list)


def mark_links(decisions: list[Decision]) -> None:
    there = recalling.still_there(decisions)
    for decision in decisions:
        decision.is_linked = decision.pk in there


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """Read-only for everybody: what is on the record stays there as it is."""

    lookups = ("act", "reason__exact", "who", "since", "batch")
    list_display = ("when", "who", "act", "on", "reason", "short_note")
    list_filter = (ActFilter, "reason", WhoFilter, SinceFilter)
    search_fields = ("slug",)
    search_help_text = gettext_lazy(
        "A paste’s link or its id, a block, somebody’s name, a word of a note"
    )
    actions = None
    fields = readonly_fields = (
        "when",
        "who",
        "act",
        "on",
        "reason",
        "note",
        "together",
    )
    change_list_template = "admin/pastes/decision/change_list.html"
    change_form_template = "admin/pastes/decision/change_form.html"

    # What may be asked for

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("entry__user")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()[:200]
        return (queryset.filter(search(term)) if term else queryset), False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Decision | None:
        decision = super().get_object(request, object_id, from_field)
        if decision is not None:
            mark_links([decision])
        return decision

    # What is shown

    @admin.display(description=gettext_lazy("when"))
    def when(self, decision: Decision) -> str:
        return date_format(decision.entry.action_time, MOMENT)

    @admin.display(description=gettext_lazy("who"))
    def who(self, decision: Decision) -> str:
        return decision.entry.user.get_username()

    @admin.display(description=gettext_lazy("on what"))
    def on(self, decision: Decision) -> str:
        name = decision.entry.object_repr
        if not decision.is_linked:
            return name
        model = "paste" if decision.slug else "block"
        url = reverse(f"admin:pastes_{model}_change", args=[decision.entry.object_id])
        return format_html('<a href="{}">{}</a>', url, name)

    @admin.display(description=gettext_lazy("note"))
    def short_note(self, decision: Decision) -> str:
        return shortened(decision.note) or "–"

    @admin.display(description=gettext_lazy("in one go with"))
    def together(self, decision: Decision) -> str:
        others = recalling.count_batch(decision) - 1
        if not others:
            return _("nothing else")
        words = ngettext("%(count)s other entry", "%(count)s other entries", others)
        query = urlencode({"batch": decision.batch, "act": "all"})
        url = f"{reverse('admin:pastes_decision_changelist')}?{query}"
        return format_html(
            '<a href="{}">{}</a>', url, words % {"count": grouped(others)}
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        decision = self.get_object(request, object_id)
        may_undo = request.user.has_perms(UNDOING)
        count = recalling.count_undoable(decision) if decision and may_undo else 0
        context = {"undoable": count, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        context = {"title": _("Record"), **(extra_context or {})}
        return super().changelist_view(request, context)

    # What is taken away

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.export)
        return [
            path("export/", view, name="pastes_decision_export"),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with what the list would show, all of it, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            listed = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            messages.error(request, _("The record cannot be narrowed down so."))
            return redirect("admin:pastes_decision_changelist")
        answer = StreamingHttpResponse(
            lines(listed), content_type="text/csv; charset=utf-8"
        )
        name = f"record-{timezone.now():%Y-%m-%d}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def search(term: str) -> Q:
    """Return what a moderator's word asks for: a paste, a block, a person, a note."""
    slug = re.search(rf"(?:^|/)({tokens.SLUG_PATTERN})(?:$|[/.?#])", term)
    if slug and "/" in term:
        return Q(slug=slug[1])
    return (
        Q(entry__object_repr__icontains=term)
        | Q(entry__user__username__icontains=term)
        | Q(note__icontains=term)
    )


class Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def lines(decisions: QuerySet) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    rows = decisions.values_list(*COLUMNS.values())
    for time, *words in rows.iterator(chunk_size=ROWS):
        moment = time.astimezone(UTC).isoformat(timespec="seconds")
        yield writer.writerow([moment, *(harmless(str(word)) for word in words)])


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
