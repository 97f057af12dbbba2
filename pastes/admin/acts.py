"""What a moderator does to pastes: one at a time or a thousand, each with its why."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from pastes import answers, services
from pastes.admin.lists import COUNTED, say_count
from pastes.admin.wording import is_spam
from pastes.forms import ModerationForm
from pastes.models import Paste
from pastes.services import Invalid, NotFound, Outcome

SHOWN = 20
# Of more pastes than this, what they would take along is not counted beforehand.
WEIGHED = 50
LIST = "admin:pastes_paste_changelist"
QUEUE = "admin:pastes_case_changelist"
GONE = gettext_lazy("None of these pastes is there any more.")
NOTHING = gettext_lazy("Nothing changed: somebody was quicker, or it was so already.")


@dataclass(frozen=True)
class Act:
    """What may be done: its name, its page's heading, what is said afterwards.

    `verb` is the act that services.moderate knows; `reach` and `blocks` are what the
    form proposes with it.
    """

    name: Promise
    asking: Promise
    done: Promise
    permission: str
    verb: str
    reach: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    @property
    def rights(self) -> list[str]:
        blocking = ["pastes.add_block"] if self.blocks else []
        return [f"pastes.{self.permission}", *blocking]

    @property
    def offer(self) -> str:
        return f"{self.name}…"


HIDDEN = ngettext_lazy("%(count)s paste hidden.", "%(count)s pastes hidden.", "number")

ACTS = {
    "keep": Act(
        gettext_lazy("Keep"),
        ngettext_lazy("Keep %(count)s paste", "Keep %(count)s pastes", "number"),
        ngettext_lazy("%(count)s paste kept.", "%(count)s pastes kept.", "number"),
        "moderate_paste",
        "keep",
    ),
    "hide": Act(
        gettext_lazy("Hide"),
        ngettext_lazy("Hide %(count)s paste", "Hide %(count)s pastes", "number"),
        HIDDEN,
        "moderate_paste",
        "hide",
    ),
    "hide_maker": Act(
        gettext_lazy("Hide all by this maker"),
        ngettext_lazy(
            "Hide %(count)s paste and all by its maker",
            "Hide %(count)s pastes and all by their makers",
            "number",
        ),
        HIDDEN,
        "moderate_paste",
        "hide",
        reach=("browser", "address"),
    ),
    "block_text": Act(
        gettext_lazy("Hide and block the text"),
        ngettext_lazy(
            "Hide %(count)s paste and block its text",
            "Hide %(count)s pastes and block their texts",
            "number",
        ),
        HIDDEN,
        "moderate_paste",
        "hide",
        reach=("similar",),
        blocks=("text",),
    ),
    "block_network": Act(
        gettext_lazy("Hide and block the network"),
        ngettext_lazy(
            "Hide %(count)s paste and block its network",
            "Hide %(count)s pastes and block their networks",
            "number",
        ),
        HIDDEN,
        "moderate_paste",
        "hide",
        blocks=("network",),
    ),
    "close": Act(
        gettext_lazy("Close the reports"),
        ngettext_lazy(
            "Close the reports of %(count)s paste",
            "Close the reports of %(count)s pastes",
            "number",
        ),
        ngettext_lazy(
            "Reports of %(count)s paste closed.",
            "Reports of %(count)s pastes closed.",
            "number",
        ),
        "moderate_paste",
        "close",
    ),
    "restore": Act(
        gettext_lazy("Restore"),
        ngettext_lazy("Restore %(count)s paste", "Restore %(count)s pastes", "number"),
        ngettext_lazy(
            "%(count)s paste restored.", "%(count)s pastes restored.", "number"
        ),
        "moderate_paste",
        "restore",
    ),
    "delete": Act(
        gettext_lazy("Delete"),
        ngettext_lazy("Delete %(count)s paste", "Delete %(count)s pastes", "number"),
        ngettext_lazy(
            "%(count)s paste deleted.", "%(count)s pastes deleted.", "number"
        ),
        "delete_paste",
        "delete",
    ),
}


def action_of(name: str) -> Callable[..., HttpResponseBase]:
    """Return an act as an action of Django's lists, which asks why first."""

    rights = ["moderate" if ACTS[name].permission == "moderate_paste" else "remove"]

    @admin.action(description=ACTS[name].offer, permissions=rights)
    def run(
        modeladmin: "ActingAdmin", request: HttpRequest, queryset: QuerySet
    ) -> HttpResponseBase:
        return modeladmin.ask(request, name, queryset)

    run.__name__ = name
    return run


def may(request: HttpRequest, act: str) -> bool:
    return request.user.has_perms(ACTS[act].rights)


class ActingAdmin(admin.ModelAdmin):
    """The acts on pastes, for each list of them: they ask why, and call the verb."""

    # The page to go to afterwards.
    home = LIST

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pastes.moderate_paste")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        return {name: act for name, act in found.items() if may(request, name)}

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pastes.delete_paste")

    def act_routes(self) -> list[Any]:
        """Return the addresses of the acts, which one of the lists has."""
        guard = self.admin_site.admin_view
        return [
            path(
                "moderate/<str:act>/",
                guard(self.moderate),
                name="pastes_paste_moderate",
            ),
            path("undo/", guard(self.undo), name="pastes_paste_undo"),
        ]

    def moderate(self, request: HttpRequest, act: str) -> HttpResponseBase:
        """GET asks why; POST does it. `pks` are the pastes, joined with commas.

        A POST with "ask" asks too, with what was typed so far.
        """
        if act not in ACTS:
            raise Http404
        if not (may(request, act) and self.has_view_permission(request)):
            raise PermissionDenied
        values = request.POST if request.method == "POST" else request.GET
        keys = re.findall(r"[0-9]{1,18}", values.get("pks", ""))[:COUNTED]
        pastes = self.get_queryset(request).filter(pk__in=keys)
        if request.method != "POST":
            return self.ask(request, act, pastes)
        form = form_of(request, act, request.POST)
        if "ask" in request.POST or not form.is_valid():
            return self.ask(request, act, pastes, form)
        try:
            outcome = self.carry_out(request, act, pastes, form.cleaned_data)
        except Invalid as error:
            form.add_refusal(error)
            return self.ask(request, act, pastes, form)
        self.tell(request, act, outcome)
        return redirect(home_of(values.get("next", "")))

    def carry_out(
        self, request: HttpRequest, act: str, pastes: QuerySet, why: dict[str, Any]
    ) -> Outcome:
        return services.moderate(
            list(pastes.values_list("slug", flat=True)),
            ACTS[act].verb,
            by=request.user,
            client=answers.client_of(request),
            **why,
        )

    def tell(self, request: HttpRequest, act: str, outcome: Outcome) -> None:
        """Say what came of it; what hid pastes has its undo beside it."""
        if outcome.changed:
            words = ngettext(
                "%(count)s paste was edited since you saw it, and stays as it is: look "
                "at it once more.",
                "%(count)s pastes were edited since you saw them, and stay as they are: "
                "look at them once more.",
                outcome.changed,
            )
            messages.warning(request, words % {"count": outcome.changed})
        if outcome.count:
            said = say_count(ACTS[act].done, outcome.count)
        elif outcome.blocks:
            said = _("Hidden already.")
        elif outcome.changed:
            return
        else:
            messages.warning(request, GONE if not outcome.skipped else NOTHING)
            return
        if outcome.blocks:
            words = ngettext(
                "%(count)s block made.", "%(count)s blocks made.", outcome.blocks
            )
            said += " " + words % {"count": outcome.blocks}
        if outcome.answers:
            words = ngettext(
                "%(count)s reporter will hear of it.",
                "%(count)s reporters will hear of it.",
                outcome.answers,
            )
            said += " " + words % {"count": outcome.answers}
        can_undo = ACTS[act].verb == "hide" and outcome.count
        batch = str(outcome.batch) if can_undo else ""
        messages.success(request, said, extra_tags=batch)
        if outcome.unblocked:
            words = ngettext(
                "Of %(count)s paste it could not be blocked: %(why)s",
                "Of %(count)s pastes it could not be blocked: %(why)s",
                outcome.unblocked,
            )
            values = {"count": outcome.unblocked, "why": outcome.sentence}
            messages.warning(request, words % values)

    def undo(self, request: HttpRequest) -> HttpResponseBase:
        """Take back what one decision hid; POST with its batch."""
        if not (
            self.has_moderate_permission(request) and self.has_view_permission(request)
        ):
            raise PermissionDenied
        if request.method == "POST":
            self.take_back(request, request.POST.get("batch", ""))
        return redirect(home_of(request.POST.get("next", "")))

    def take_back(self, request: HttpRequest, batch: str) -> None:
        try:
            outcome = services.undo_hiding(
                UUID(batch),
                by=request.user,
                with_blocks=request.user.has_perm("pastes.delete_block"),
            )
        except (ValueError, NotFound):
            messages.warning(request, _("There is nothing to undo here."))
            return
        words = ngettext(
            "Undone: %(count)s paste is as it was.",
            "Undone: %(count)s pastes are as they were.",
            outcome.count,
        )
        if outcome.count:
            messages.success(request, words % {"count": outcome.count})
        else:
            messages.warning(request, NOTHING)

    def ask(
        self,
        request: HttpRequest,
        act: str,
        pastes: QuerySet,
        form: ModerationForm | None = None,
    ) -> HttpResponseBase:
        values = request.POST if request.method == "POST" else request.GET
        home = values.get("next", "queue" if self.home == QUEUE else "")
        chosen = list(pastes[:COUNTED])
        if not chosen:
            messages.warning(request, GONE)
            return redirect(home_of(home))
        form = form or form_of(request, act, reason=usual_reason(chosen))
        if "reach" in form.fields and len(chosen) <= WEIGHED:
            form.weigh(services.count_reach([paste.slug for paste in chosen]))
        context = {
            **self.admin_site.each_context(request),
            "title": say_count(ACTS[act].asking, len(chosen)),
            "opts": self.opts,
            "act": ACTS[act].name,
            "is_delete": ACTS[act].verb == "delete",
            "action": reverse("admin:pastes_paste_moderate", args=[act]),
            "pastes": chosen[:SHOWN],
            "more": max(0, len(chosen) - SHOWN),
            "pks": ",".join(str(paste.pk) for paste in chosen),
            "next": home,
            "home": reverse(QUEUE if home == "queue" else LIST),
            "form": form,
        }
        return TemplateResponse(request, "admin/pastes/paste/moderate.html", context)


def form_of(
    request: HttpRequest, act: str, data: Any = None, *, reason: str = ""
) -> ModerationForm:
    """Return the form that asks for what an act needs."""
    known = ACTS[act]
    return ModerationForm(
        data,
        verb=known.verb,
        reach=known.reach,
        blocks=known.blocks,
        reason=reason,
        may_block=request.user.has_perm("pastes.add_block"),
    )


def usual_reason(pastes: list[Paste]) -> str:
    """Return what most of the open reports of some pastes say; empty for none."""
    found = services.open_reasons(pastes[:WEIGHED]).values()
    reasons = [reason for some in found for reason in some]
    guess = "spam" if any(is_spam(paste.held_because) for paste in pastes) else ""
    return max(reasons, key=reasons.count, default=guess)


def home_of(name: str) -> str:
    """Return where to go after an act: the queue, a paste's page by its key, the list."""
    if name == "queue":
        return reverse(QUEUE)
    if re.fullmatch("[0-9]{1,18}", name):
        return reverse("admin:pastes_paste_change", args=[name])
    return reverse(LIST)


def acts_for(paste: Paste) -> list[str]:
    """Return what one paste's page offers, in its order."""
    if paste.state == Paste.State.HIDDEN:
        return ["restore", "delete"]
    acts = ["hide", "keep", "delete"]
    return [*acts, "close"] if paste.open_reports else acts
