"""The blocks: what may not come in, or is held for review."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pastes import services
from pastes.admin.lists import MOMENT, BoundedAdmin, shortened
from pastes.forms import (
    BlockForm,
    ChangeBlockForm,
    RemoveBlocksForm,
    TryBlocksForm,
)
from pastes.models import Block, Paste
from pastes.services import Client, Invalid, NotFound, PasteError, blocking, matching

# As many as one answer removes in a few seconds.
MOST = 500
SHOWN = 20
LIST = "admin:pastes_block_changelist"
GONE = gettext_lazy("None of these blocks is there any more.")


class EndFilter(admin.SimpleListFilter):
    title = gettext_lazy("end")
    parameter_name = "end"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("never", _("never ends")),
            ("later", _("ends later")),
            ("over", _("over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now = timezone.now()
        ends = {
            "never": Q(expires_at=None),
            "later": Q(expires_at__gt=now),
            "over": Q(expires_at__lte=now),
        }
        return queryset.filter(ends.get(self.value(), Q()))


@admin.register(Block)
class BlockAdmin(BoundedAdmin):
    """Lists the blocks; what is done to them the verbs do, with who and why."""

    lookups = ("kind__exact", "effect__exact", "end")
    list_display = (
        "name",
        "kind",
        "effect",
        "reason",
        "hits",
        "ends",
        "created",
        "by",
    )
    list_filter = ("kind", "effect", EndFilter)
    list_select_related = ("by",)
    search_fields = ("pattern",)
    search_help_text = gettext_lazy(
        "A part of what is blocked or of the note; an address, for the networks that "
        "it is in"
    )
    actions = ("delete_selected",)
    change_list_template = "admin/pastes/block/change_list.html"

    # What may be asked for

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()[:200]
        return (queryset.filter(search(term)) if term else queryset), False

    # What is shown

    @admin.display(description=gettext_lazy("what is blocked"))
    def name(self, block: Block) -> str:
        if block.kind == Block.Kind.TEXT:
            return f"{block.pattern[:12]}…"
        return shortened(block.pattern, 60)

    @admin.display(description=gettext_lazy("ends"))
    def ends(self, block: Block) -> str:
        return say_end(block)

    @admin.display(description=gettext_lazy("created"))
    def created(self, block: Block) -> str:
        return date_format(block.created_at, MOMENT)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        context = {"title": _("Blocks"), **(extra_context or {})}
        return super().changelist_view(request, context)

    # What is done

    def get_urls(self) -> list[Any]:
        own = [
            ("remove/", self.remove, "pastes_block_remove"),
            ("try/", self.try_out, "pastes_block_try"),
        ]
        wrap = self.admin_site.admin_view
        urls = [path(route, wrap(view), name=name) for route, view, name in own]
        return urls + super().get_urls()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BlockForm(sent(request), initial=offered(request))
        if form.is_valid():
            terms = {
                **form.cleaned_data,
                "by": request.user,
                "client": Client(request.client_address),
            }
            try:
                block = services.add_block(**terms)
            except PasteError as error:
                show_faults(form, error)
                if terms["confirmed"] or needs_confirming(error, terms):
                    form.ask_to_confirm()
            else:
                messages.success(request, _("Blocked: %(block)s.") % {"block": block})
                return redirect(LIST)
        return self.page(request, "form", _("Add a block"), form=form, send=_("Block"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        block = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, block):
            raise PermissionDenied
        if block is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_change = self.has_change_permission(request, block)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        terms = {name: getattr(block, name) for name in ("effect", "reason", "note")}
        form = ChangeBlockForm(sent(request), initial=terms)
        if form.is_valid():
            if not form.has_changed():
                messages.info(request, _("Nothing was changed."))
                return redirect(LIST)
            try:
                services.change_block(block.pk, by=request.user, **form.cleaned_data)
            except NotFound as error:
                messages.warning(request, error.sentence)
                return redirect(LIST)
            except PasteError as error:
                show_faults(form, error)
            else:
                messages.success(request, _("Changed: %(block)s.") % {"block": block})
                return redirect(LIST)
        return self.page(
            request,
            "form",
            _("Block"),
            form=form if may_change else None,
            send=_("Change"),
            original=block,
            facts=facts(block),
            may_remove=self.has_delete_permission(request, block),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        query = urlencode({"pks": object_id})
        return redirect(f"{reverse('admin:pastes_block_remove')}?{query}")

    @admin.action(description=gettext_lazy("Remove…"), permissions=["delete"])
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponseBase:
        return self.ask_to_remove(request, queryset, RemoveBlocksForm())

    def remove(self, request: HttpRequest) -> HttpResponseBase:
        """GET asks why; POST does it. `pks` are the blocks, joined with commas."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        values = request.POST if request.method == "POST" else request.GET
        keys = re.findall(r"[0-9]{1,18}", values.get("pks", ""))[:MOST]
        blocks = self.get_queryset(request).filter(pk__in=keys)
        form = RemoveBlocksForm(sent(request))
        if not form.is_valid():
            return self.ask_to_remove(request, blocks, form)
        note = form.cleaned_data["note"]
        count = sum(remove(block, note, request) for block in blocks)
        if not count:
            messages.warning(request, GONE)
            return redirect(LIST)
        words = ngettext("%(count)s block removed.", "%(count)s blocks removed.", count)
        messages.success(request, words % {"count": count})
        return redirect(LIST)

    def ask_to_remove(
        self, request: HttpRequest, blocks: QuerySet, form: RemoveBlocksForm
    ) -> HttpResponseBase:
        chosen = list(blocks[:MOST])
        if not chosen:
            messages.warning(request, GONE)
            return redirect(LIST)
        words = ngettext(
            "Remove %(count)s block", "Remove %(count)s blocks", len(chosen)
        )
        return self.page(
            request,
            "remove",
            words % {"count": len(chosen)},
            form=form,
            send=_("Remove"),
            action=reverse("admin:pastes_block_remove"),
            pks=",".join(str(block.pk) for block in chosen),
            blocks=chosen[:SHOWN],
            more=max(0, len(chosen) - SHOWN),
        )

    def try_out(self, request: HttpRequest) -> HttpResponseBase:
        """POST says which blocks a text and an address would meet, and stores nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryBlocksForm(sent(request))
        hits = find_hits(**form.cleaned_data) if form.is_valid() else None
        return self.page(
            request, "try", _("Try the blocks"), form=form, hits=hits, send=_("Try")
        )

    def page(
        self, request: HttpRequest, name: str, title: str, **context: Any
    ) -> HttpResponseBase:
        context |= {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
        }
        return TemplateResponse(request, f"admin/pastes/block/{name}.html", context)


def remove(block: Block, note: str, request: HttpRequest) -> bool:
    """Remove one block; say whether it was there still."""
    try:
        services.remove_block(block.pk, note=note, by=request.user)
    except NotFound:
        return False
    return True


def sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def offered(request: HttpRequest) -> dict[str, str]:
    """Return what a link to the form fills in."""
    return {
        name: request.GET[name] for name in ("kind", "pattern") if name in request.GET
    }


def show_faults(form: forms.Form, error: PasteError) -> None:
    """Put the verb's sentences beside the fields that they are about."""
    if not isinstance(error, Invalid):
        form.add_error(None, error.sentence)
        return
    for name, sentences in error.errors.items():
        field = name if name in form.fields else "pattern"
        form.add_error(field if field in form.fields else None, sentences)


def needs_confirming(error: PasteError, terms: dict[str, Any]) -> bool:
    """Say whether what is blocked was refused for want of a confirmation alone."""
    if "pattern" not in getattr(error, "errors", ()):
        return False
    try:
        services.check_block(**terms | {"confirmed": True})
    except Invalid as still:
        return "pattern" not in still.errors
    except PasteError:
        return False
    return True


def facts(block: Block) -> list[tuple[str, str]]:
    """Return what of a block nobody changes, as (name, value)."""
    found = [
        (_("Kind"), block.get_kind_display()),
        (_("What is blocked"), block.pattern),
        (_("Ends"), say_end(block)),
        (_("Hits"), str(block.hits)),
        (_("Created"), date_format(block.created_at, MOMENT)),
        (_("Made by"), str(block.by or "–")),
    ]
    if block.is_from_address:
        words = _("the address of a client, which is forgotten at its end")
        found.insert(2, (_("Made from"), words))
    if block.paste_id:
        url = reverse("admin:pastes_paste_change", args=[block.paste_id])
        link = format_html('<a href="{}">{}</a>', url, _("this paste"))
        found.append((_("Made for"), link))
    return found


def say_end(block: Block) -> str:
    if block.expires_at is None:
        return _("never")
    moment = date_format(block.expires_at, MOMENT)
    if block.expires_at > timezone.now():
        return moment
    return _("over since %(moment)s") % {"moment": moment}


def search(term: str) -> Q:
    """Return what a moderator's word asks for: an address also finds its networks."""
    found = Q(pattern__icontains=term) | Q(note__icontains=term)
    try:
        address = matching.plain_address(term)
    except ValueError:
        return found
    rules = blocking.current_rules().networks_of(address)
    return found | Q(pk__in=[rule.id for rule in rules])


def find_hits(text: str, address: str) -> list[dict[str, Any]]:
    """Return what of the blocks is met, those that refuse first, for the page."""
    rules = blocking.current_rules()
    hits = blocking.find_hits(text.encode(), "", rules)
    met = address and blocking.blocked_client(Client(address), rules)
    return [
        {
            "pk": hit.block.id,
            "kind": Block.Kind(hit.block.kind).label,
            "pattern": shortened(hit.block.pattern),
            "detail": "" if hit.detail == hit.block.pattern else hit.detail,
            "effect": Block.Effect(hit.block.effect).label,
            "reason": Paste.Reason(hit.block.reason).label,
        }
        for hit in ([met] if met else []) + hits
    ]
