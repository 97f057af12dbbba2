"""Moderation, in Django's own admin: look, hide, restore, delete; all on the record."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from pastes import services, tokens
from pastes.admin.filters import AgeFilter, KindFilter, ReportedFilter, SizeFilter
from pastes.admin.signing import sign_in
from pastes.forms import ModerationForm, SignInForm
from pastes.models import Paste, Report
from pastes.services import ConsentRequired, NotFound, PasswordRequired

admin.site.login_form = SignInForm
admin.site.login = sign_in
admin.site.site_header = gettext_lazy("Moderation")
admin.site.site_title = gettext_lazy("Moderation")
admin.site.index_title = gettext_lazy("What people pasted")
admin.site.enable_nav_sidebar = False

PREVIEW_CHARACTERS = 20_000
COUNTED = 5_000
SHOWN = 20
MOMENT = "Y-m-d H:i"
GONE = gettext_lazy("None of these pastes is there any more.")
FILTERS = ("state__exact", "reported", "age", "bytes", "kind")


@dataclass(frozen=True)
class Act:
    """What a moderator may do: its name, its page's heading, what is said afterwards."""

    name: Promise
    asking: Promise
    done: Promise
    permission: str


ACTS = {
    "keep": Act(
        gettext_lazy("Keep"),
        ngettext_lazy("Keep %(count)s paste", "Keep %(count)s pastes", "number"),
        ngettext_lazy("%(count)s paste kept.", "%(count)s pastes kept.", "number"),
        "moderate_paste",
    ),
    "hide": Act(
        gettext_lazy("Hide"),
        ngettext_lazy("Hide %(count)s paste", "Hide %(count)s pastes", "number"),
        ngettext_lazy("%(count)s paste hidden.", "%(count)s pastes hidden.", "number"),
        "moderate_paste",
    ),
    "restore": Act(
        gettext_lazy("Restore"),
        ngettext_lazy("Restore %(count)s paste", "Restore %(count)s pastes", "number"),
        ngettext_lazy(
            "%(count)s paste restored.", "%(count)s pastes restored.", "number"
        ),
        "moderate_paste",
    ),
    "delete": Act(
        gettext_lazy("Delete"),
        ngettext_lazy("Delete %(count)s paste", "Delete %(count)s pastes", "number"),
        ngettext_lazy(
            "%(count)s paste deleted.", "%(count)s pastes deleted.", "number"
        ),
        "delete_paste",
    ),
}


class BoundedPaginator(Paginator):
    """Counts no further than COUNTED rows, so that a large table lists as fast."""

    @cached_property
    def count(self) -> int:
        return self.object_list[:COUNTED].count()


@admin.register(Paste)
class PasteAdmin(admin.ModelAdmin):
    """Read-only but for the acts, which call the verbs with who and why."""

    list_display = (
        "slug",
        "shown_title",
        "state",
        "kind",
        "shown_size",
        "created",
        "expires",
        "client_address",
        "views",
    )
    list_filter = ("state", ReportedFilter, AgeFilter, SizeFilter, KindFilter)
    list_per_page = list_max_show_all = 50
    ordering = ("-pk",)
    sortable_by = ()
    paginator = BoundedPaginator
    # Either would count the whole table.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("slug", "title")
    search_help_text = gettext_lazy(
        "A link or its id, a part of a title, an address, a SHA-256"
    )
    actions = ("keep", "hide", "restore", "delete")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "link",
                    "shown_title",
                    "state",
                    "hidden_reason",
                    "reports",
                    "preview",
                )
            },
        ),
        (
            gettext_lazy("About it"),
            {
                "fields": (
                    "kind",
                    "syntax",
                    "shown_size",
                    "digest",
                    "created",
                    "edited_at",
                    "expires",
                    "burned_at",
                    "views",
                    "client_address",
                    "fork_of",
                )
            },
        ),
    )
    readonly_fields = (
        "digest",
        "link",
        "shown_title",
        "kind",
        "shown_size",
        "created",
        "expires",
        "reports",
        "preview",
    )
    view_on_site = False
    change_form_template = "admin/pastes/paste/change_form.html"

    # What may be asked for

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).without_text()

    def lookup_allowed(
        self, lookup: str, value: str, request: HttpRequest | None = None
    ) -> bool:
        # The admin answers ?password_hash__startswith=... for any column otherwise, one
        # guess at a time.
        return lookup in FILTERS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(search(term)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Deleting is one of the acts below, with its reason on the record.
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pastes.moderate_paste")

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pastes.delete_paste")

    # What is shown

    @admin.display(description=gettext_lazy("title"))
    def shown_title(self, paste: Paste) -> str:
        return paste.title or "–"

    @admin.display(description=gettext_lazy("size"))
    def shown_size(self, paste: Paste) -> str:
        return services.say_size(paste.size)

    @admin.display(description=gettext_lazy("created"))
    def created(self, paste: Paste) -> str:
        return date_format(paste.created_at, MOMENT)

    @admin.display(description=gettext_lazy("expires"))
    def expires(self, paste: Paste) -> str:
        return date_format(paste.expires_at, MOMENT) if paste.expires_at else _("never")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, paste: Paste) -> str:
        kinds = [(_("locked"), paste.is_locked), (_("burn"), paste.is_burn)]
        return ", ".join(name for name, is_so in kinds if is_so) or _("public")

    @admin.display(description="SHA-256")
    def digest(self, paste: Paste) -> str:
        is_secret = paste.is_locked or paste.is_burn
        return "–" if is_secret else paste.sha256

    @admin.display(description=gettext_lazy("link"))
    def link(self, paste: Paste) -> str:
        return format_html('<a href="{0}">{0}</a>', paste.get_absolute_url())

    @admin.display(description=gettext_lazy("reports"))
    def reports(self, paste: Paste) -> str:
        lines = [
            (
                date_format(each.created_at, MOMENT),
                said(each),
                each.client_address or "",
            )
            for each in paste.reports.all()[:SHOWN]
        ]
        return format_html_join("", "<div>{} · {} {}</div>", lines) or _("none")

    @admin.display(description=gettext_lazy("text"))
    def preview(self, paste: Paste) -> str:
        try:
            opened = services.open_paste(paste.slug, client=None, with_hidden=True)
        except PasswordRequired:
            return _("Locked: only its readers have the password.")
        except ConsentRequired:
            return _("Burns after reading: looking at it here would be that reading.")
        except NotFound:
            return _("Expired or burned.")
        text = opened.text
        rest = len(text) - PREVIEW_CHARACTERS
        more = ngettext(
            "… and %(count)s character more", "… and %(count)s characters more", rest
        )
        return format_html(
            '<pre class="paste-preview" tabindex="0">{}{}</pre>',
            text[:PREVIEW_CHARACTERS],
            "\n" + more % {"count": grouped(rest)} if rest > 0 else "",
        )

    # What is done

    @admin.action(description=gettext_lazy("Keep"), permissions=["moderate"])
    def keep(self, request: HttpRequest, queryset: QuerySet) -> HttpResponseBase:
        return self.ask(request, "keep", queryset)

    @admin.action(description=gettext_lazy("Hide…"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet) -> HttpResponseBase:
        return self.ask(request, "hide", queryset)

    @admin.action(description=gettext_lazy("Restore…"), permissions=["moderate"])
    def restore(self, request: HttpRequest, queryset: QuerySet) -> HttpResponseBase:
        return self.ask(request, "restore", queryset)

    @admin.action(description=gettext_lazy("Delete…"), permissions=["remove"])
    def delete(self, request: HttpRequest, queryset: QuerySet) -> HttpResponseBase:
        return self.ask(request, "delete", queryset)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.moderate)
        own = [path("moderate/<str:act>/", view, name="pastes_paste_moderate")]
        return own + super().get_urls()

    def moderate(self, request: HttpRequest, act: str) -> HttpResponseBase:
        """GET asks why; POST does it. `pks` are the pastes, joined with commas."""
        if act not in ACTS:
            raise Http404
        may_act = request.user.has_perm(f"pastes.{ACTS[act].permission}")
        if not (may_act and self.has_view_permission(request)):
            raise PermissionDenied
        values = request.POST if request.method == "POST" else request.GET
        keys = re.findall(r"[0-9]{1,18}", values.get("pks", ""))[:COUNTED]
        pastes = self.get_queryset(request).filter(pk__in=keys)
        form = moderation_form(act, request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self.ask(request, act, pastes, form)
        count = self.carry_out(request, act, pastes, form.cleaned_data)
        if count:
            messages.success(request, say_count(ACTS[act].done, count))
        else:
            messages.warning(request, GONE)
        return redirect("admin:pastes_paste_changelist")

    def carry_out(
        self,
        request: HttpRequest,
        act: str,
        pastes: QuerySet,
        why: dict[str, str],
    ) -> int:
        slugs = list(pastes.values_list("slug", flat=True))
        return services.moderate(slugs, act, by=request.user, **why).count

    def ask(
        self,
        request: HttpRequest,
        act: str,
        pastes: QuerySet,
        form: ModerationForm | None = None,
    ) -> HttpResponseBase:
        chosen = list(pastes[:COUNTED])
        if not chosen:
            messages.warning(request, GONE)
            return redirect("admin:pastes_paste_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": say_count(ACTS[act].asking, len(chosen)),
            "opts": self.opts,
            "act": ACTS[act].name,
            "action": reverse("admin:pastes_paste_moderate", args=[act]),
            "pastes": chosen[:SHOWN],
            "more": max(0, len(chosen) - SHOWN),
            "pks": ",".join(str(paste.pk) for paste in chosen),
            "form": form or moderation_form(act),
        }
        return TemplateResponse(request, "admin/pastes/paste/moderate.html", context)


def moderation_form(act: str, data: Any = None) -> ModerationForm:
    """Return the form that asks why; bringing a paste back needs no reason."""
    form = ModerationForm(data, label_suffix="")
    if act in ("keep", "restore"):
        del form.fields["reason"]
    return form


def said(report: Report) -> str:
    reason = report.get_reason_display()
    return f"{reason}: {report.details}" if report.details else reason


def say_count(words: Promise, count: int) -> str:
    """Return the plural that fits a count; `words` choose it by "number"."""
    return words % {"number": count, "count": grouped(count)}


def grouped(number: int) -> str:
    """Return a number with its thousands apart, as the reader's language has them."""
    return number_format(number, use_l10n=True, force_grouping=True)


def search(term: str) -> Q:
    """Return what a moderator's word asks for: a link, a hash, an address, a title."""
    slug = re.search(rf"(?:^|/)({tokens.SLUG_PATTERN})(?:$|[/.?#])", term)
    if slug:
        return Q(slug=slug[1])
    if re.fullmatch(r"[0-9a-fA-F]{64}", term):
        # Of a secret text the digest would confirm a guess.
        return Q(sha256=term.lower(), password_hash="", is_burn=False)
    try:
        return Q(client_address=str(ipaddress.ip_address(term)))
    except ValueError:
        return Q(title__icontains=term[:200])
