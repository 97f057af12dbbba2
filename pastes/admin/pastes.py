"""The list of pastes, and the page on which one of them is decided."""

import ipaddress
import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pastes import answers, services
from pastes.admin.acts import (
    ACTS,
    ActingAdmin,
    action_of,
    acts_for,
    form_of,
    may,
    usual_reason,
)
from pastes.admin.filters import AgeFilter, KindFilter, ReportedFilter, SizeFilter
from pastes.admin.lists import COUNTED, MOMENT, ReadOnlyAdmin, grouped
from pastes.admin.wording import explain, summarize
from pastes.forms import UnlockForm
from pastes.models import Paste
from pastes.services import (
    ConsentRequired,
    NotFound,
    Opened,
    PasswordRequired,
    PasteError,
)

PREVIEW_CHARACTERS = 20_000
# Of each group of related pastes, so many are named.
NAMED = 10
REPORTS = 50


@admin.register(Paste)
class PasteAdmin(ActingAdmin, ReadOnlyAdmin):
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
    lookups = ("state__exact", "reported", "age", "bytes", "kind")
    search_fields = ("slug", "title")
    search_help_text = gettext_lazy(
        "A link or its id, a part of a title, an address, a SHA-256"
    )
    actions = tuple(action_of(name) for name in ACTS)
    fields = (
        "link",
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
    readonly_fields = (
        "digest",
        "link",
        "kind",
        "shown_size",
        "created",
        "expires",
    )
    change_form_template = "admin/pastes/paste/case.html"

    # What may be asked for

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).without_text()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(search(term)), False

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

    # The page of one paste

    def get_urls(self) -> list[Any]:
        look = self.admin_site.admin_view(self.look)
        own = [path("<int:pk>/text/", look, name="pastes_paste_text")]
        return own + self.act_routes() + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        paste = self.get_object(request, unquote(object_id))
        context = {}
        if paste and request.method == "GET" and self.has_view_permission(request):
            context = self.case(request, paste)
        return super().change_view(request, object_id, form_url, context)

    def case(self, request: HttpRequest, paste: Paste) -> dict[str, Any]:
        """Return all that helps to decide about a paste."""
        has = request.user.has_perm
        related = services.related_pastes(paste)
        reports = list(paste.reports.order_by("closed_at", "pk")[:REPORTS])
        still_open = [each.reason for each in reports if each.closed_at is None]
        form = form_of(request, "hide", reason=usual_reason([paste]))
        form.weigh(services.count_reach([paste.slug]))
        others = [each for some in related.values() for each in some]
        return {
            "title": paste.slug,
            "subtitle": None,
            "paste": paste,
            "kind": self.kind(paste),
            "acts": [(name, ACTS[name].name) for name in self.offered(request, paste)],
            "pks": paste.pk,
            "form": form,
            "came_from": "queue" if paste.case_opened_at else paste.pk,
            "signs": explain(paste.held_because),
            "reports": reports if has("pastes.view_report") else [],
            "report_summary": summarize(still_open),
            "related": self.groups(paste, related),
            "decisions": services.past_decisions(paste, others)
            if has("pastes.view_decision")
            else None,
            **self.text(request, paste),
        }

    def offered(self, request: HttpRequest, paste: Paste) -> list[str]:
        return [name for name in acts_for(paste) if may(request, name)]

    def groups(
        self, paste: Paste, related: dict[str, list[Paste]]
    ) -> list[dict[str, Any]]:
        """Return the pastes that belong to one, by what they have in common."""
        headings = {
            "browser": _("From the same browser"),
            "address": _("From the same address"),
            "similar": _("With nearly the same text"),
        }
        found = reverse("admin:pastes_paste_changelist")
        searches = {"address": f"{found}?q={paste.client_address}"}
        return [
            {
                "heading": headings[way],
                "count": len(rows),
                "pastes": rows[:NAMED],
                "more": searches.get(way, "") if len(rows) > NAMED else "",
            }
            for way, rows in related.items()
            if rows
        ]

    def text(self, request: HttpRequest, paste: Paste) -> dict[str, Any]:
        """Return the text as the page shows it, or why it does not."""
        try:
            opened = services.look_at(
                paste.slug, by=request.user, client=answers.client_of(request)
            )
        except PasswordRequired:
            closed = _("Locked: only who has the password reads it, moderators too.")
            return {"closed": closed, "may_unlock": True}
        except ConsentRequired:
            closed = _("Burns after reading: to look at it here would be that reading.")
            return {"closed": closed}
        except NotFound:
            return {"closed": _("Expired or burned.")}
        return self.beginning(request, opened)

    def beginning(self, request: HttpRequest, opened: Opened) -> dict[str, Any]:
        rendered, rest = services.render_beginning(
            opened, PREVIEW_CHARACTERS, client=answers.client_of(request)
        )
        words = ngettext(
            "… and %(count)s character more", "… and %(count)s characters more", rest
        )
        more = words % {"count": grouped(rest)} if rest else ""
        return {"html": answers.trusted(rendered.html), "more": more}

    def look(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """A locked paste's text, for a moderator who was given its password."""
        paste = self.get_object(request, str(pk))
        if not self.has_view_permission(request):
            raise PermissionDenied
        if paste is None:
            raise Http404
        form = UnlockForm(request.POST or None)
        context: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            try:
                opened = services.look_at(
                    paste.slug,
                    password=form.cleaned_data["password"],
                    by=request.user,
                    client=answers.client_of(request),
                )
            except PasteError as error:
                form.add_error("password", error.sentence)
            else:
                context = self.beginning(request, opened)
        context |= {
            **self.admin_site.each_context(request),
            "title": paste.slug,
            "opts": self.opts,
            "paste": paste,
            "form": form,
        }
        return TemplateResponse(request, "admin/pastes/paste/text.html", context)


def search(term: str) -> Q:
    """Return what a moderator's word asks for: a link, a hash, an address, a title."""
    slug = services.slug_in(term)
    if slug:
        return Q(slug=slug)
    if re.fullmatch(r"[0-9a-fA-F]{64}", term):
        # Of a secret text the digest would confirm a guess.
        return Q(sha256=term.lower(), password_hash="", is_burn=False)
    try:
        network = ipaddress.ip_network(term, strict=False)
    except ValueError:
        return Q(title__icontains=term[:200])
    if network.num_addresses == 1:
        return Q(client_address=str(network.network_address))
    found = services.pastes_from(str(network))[:COUNTED]
    return Q(pk__in=[paste.pk for paste in found])
