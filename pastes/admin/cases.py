"""The queue: what waits for a moderator, most reported and longest waiting first."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import services
from pastes.admin.acts import ACTS, QUEUE, ActingAdmin, action_of
from pastes.admin.filters import WhyFilter
from pastes.admin.lists import ReadOnlyAdmin, shown_or_dash
from pastes.admin.wording import explain, summarize
from pastes.models import Case


class Queue(ChangeList):
    """A page of cases, each with the reasons of its open reports."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        reasons = services.open_reasons(self.result_list)
        for case in self.result_list:
            case.reasons = reasons.get(case.pk, [])

    def url_for_result(self, result: Case) -> str:
        return reverse("admin:pastes_paste_change", args=[result.pk])


@admin.register(Case)
class CaseAdmin(ActingAdmin, ReadOnlyAdmin):
    """The pastes whose case is open; each opens the paste's own page."""

    list_display = ("paste", "why", "reports", "waiting", "state", "size_and_kind")
    list_filter = (WhyFilter,)
    lookups = ("why",)
    # The queue has an order of its own, which the query brings along.
    ordering = ()
    actions = tuple(action_of(name) for name in ACTS if name != "restore")
    home = QUEUE

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).without_text().open_cases()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-open_reports", "case_opened_at", "pk")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        return super().changelist_view(request, {"title": _("Queue")})

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return redirect("admin:pastes_paste_change", object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return redirect("admin:pastes_paste_history", object_id)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pastes.view_paste")

    @admin.display(description=gettext_lazy("paste"))
    def paste(self, case: Case) -> str:
        return case.title or case.slug

    @admin.display(description=gettext_lazy("why"))
    def why(self, case: Case) -> str:
        said = [summarize(case.reasons)] if case.reasons else []
        names = [str(sign["name"]) for sign in explain(case.held_because)]
        if names:
            # The heaviest says enough here.
            more = f" (+{len(names) - 1})" if names[1:] else ""
            said.append(f"{names[0]}{more}")
        return shown_or_dash("; ".join(said))

    @admin.display(description=gettext_lazy("reports"))
    def reports(self, case: Case) -> int:
        return case.open_reports

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, case: Case) -> str:
        return timesince(case.case_opened_at, depth=1)

    @admin.display(description=gettext_lazy("size"))
    def size_and_kind(self, case: Case) -> str:
        size = services.say_size(case.size)
        kinds = [(_("locked"), case.is_locked), (_("burn"), case.is_burn)]
        return ", ".join([size, *(name for name, is_so in kinds if is_so)])
