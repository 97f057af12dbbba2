"""What the list of pastes can be narrowed to."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class AgeFilter(admin.SimpleListFilter):
    title = gettext_lazy("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("1h", _("last hour")),
            ("1d", _("last day")),
            ("1w", _("last week")),
            ("expired", _("expired, not pruned yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        hours = {"1h": 1, "1d": 24, "1w": 7 * 24}.get(self.value())
        if hours:
            since = timezone.now() - timedelta(hours=hours)
            return queryset.filter(created_at__gte=since)
        return queryset.expired() if self.value() == "expired" else queryset


class SizeFilter(admin.SimpleListFilter):
    title = gettext_lazy("size")
    parameter_name = "bytes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("small", _("under 1 KiB")),
            ("large", _("over 100 KiB")),
            ("huge", _("over 1 MiB")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        bounds = {
            "small": Q(size__lt=1024),
            "large": Q(size__gt=100 * 1024),
            "huge": Q(size__gt=1024 * 1024),
        }
        return queryset.filter(bounds.get(self.value(), Q()))


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("public", _("public")),
            ("locked", _("locked")),
            ("burn", _("burn after reading")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        kinds = {
            "public": Q(password_hash="", is_burn=False),
            "locked": ~Q(password_hash=""),
            "burn": Q(is_burn=True),
        }
        return queryset.filter(kinds.get(self.value(), Q()))


class ReportedFilter(admin.SimpleListFilter):
    title = gettext_lazy("reports")
    parameter_name = "reported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("reported"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.reported() if self.value() == "yes" else queryset


class WhyFilter(admin.SimpleListFilter):
    title = gettext_lazy("why")
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("reported", _("reported")), ("held", _("held for review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = {"reported": Q(open_reports__gt=0), "held": Q(state="held")}
        return queryset.filter(chosen.get(self.value(), Q()))
