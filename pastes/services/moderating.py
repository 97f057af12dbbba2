"""The moderators' verbs: every decision about pastes, one or a thousand of them.

Each call is one transaction with its record, under one batch, which undo_hiding takes
back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, F, Max, Min, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from pastes import likeness, limits
from pastes.models import Block, Decision, Paste, Report, Tombstone
from pastes.services import relating
from pastes.services.blocking import add_network_block, add_text_block, remove_block
from pastes.services.burying import bury
from pastes.services.checking import Checker
from pastes.services.chunking import chunks
from pastes.services.client import Client
from pastes.services.errors import Invalid, NotFound
from pastes.services.faults import with_reserve
from pastes.services.likening import likeness_in
from pastes.services.mailing import answer_reports
from pastes.services.opening import Opened, open_paste
from pastes.services.recording import record
from pastes.services.removing import delete_rows

MOST_COUNTED = 1_000
# One moderator's looks at one text within this time are one entry of the record.
LOOK = timedelta(minutes=10)

State = Paste.State
ACTS = {
    "keep": Decision.Act.KEPT,
    "hide": Decision.Act.HIDDEN,
    "restore": Decision.Act.RESTORED,
    "delete": Decision.Act.DELETED,
    "close": Decision.Act.CLOSED,
}
# What a restored backup must know of an act.
TOMBSTONES = {
    "delete": Tombstone.Kind.DELETED,
    "hide": Tombstone.Kind.HIDDEN,
    "restore": Tombstone.Kind.LIFTED,
}
# Acts that say why.
WITH_REASON = ("hide", "delete")


@dataclass(frozen=True)
class Outcome:
    """What came of a decision, whose record is under `batch`.

    `count` pastes were changed; `skipped` were gone, so already, or, `changed` of
    them, edited since the moderator saw them. `blocks` were made,
    and of `unblocked` pastes the text or the network could not be blocked, for the
    reason in `sentence`. `answers` reporters will hear of it.
    """

    batch: UUID
    count: int
    skipped: int = 0
    changed: int = 0
    blocks: int = 0
    unblocked: int = 0
    sentence: str = ""
    answers: int = 0


@with_reserve
def moderate(
    slugs: Iterable[str],
    act: str,
    *,
    reason: str = "",
    note: str = "",
    reach: Sequence[str] = (),
    blocks: Sequence[str] = (),
    effect: str = Block.Effect.REFUSE,
    expires_in: str = "",
    confirmed: bool = False,
    answer: bool = True,
    seen_at: datetime | None = None,
    by: AbstractBaseUser | None,
    client: Client | None = None,
) -> Outcome:
    """Carry out one decision about pastes, with its record, all of it or nothing.

    `act` is "keep", "hide", "restore", "delete" or "close" (the reports); hide and
    delete take a `reason` (a key of Paste.Reason), which the page that replaces a hidden
    paste tells. `note` stays with the moderators. `reach` takes more along: all that
    came from the same "browser" or "address", or has a "similar" text, but for what a
    moderator looked at and kept. `blocks` blocks their "text" and "network", on the
    terms of add_block. `answer` says whether reporters hear of it. `seen_at` is when the
    moderator saw them: what was edited since is neither kept nor restored. `by` is None
    for a command, `client` the moderator's own, whose network is not blocked.

    Hiding what is hidden changes nothing; such pastes are skipped. Raises Invalid.
    """
    if act not in ACTS:
        raise ValueError(act)
    check_why(act, reason, note, reach, blocks)
    terms = {"effect": effect, "expires_in": expires_in}
    now = timezone.now()
    batch = uuid4()
    with transaction.atomic():
        asked = list(dict.fromkeys(slugs))
        found = find_rows(asked)
        rows = lock(found, relating.widen(found, reach))
        chosen = [paste for paste in rows if applies(act, paste)]
        changed = [paste for paste in chosen if is_another(act, paste, seen_at)]
        chosen = [paste for paste in chosen if paste not in changed]
        made, unblocked, sentence = block_all(
            rows,
            blocks,
            terms | {"reason": reason, "note": note, "by": by, "batch": batch},
            {"client": client, "confirmed": confirmed},
        )
        record(chosen, ACTS[act], reason=reason, note=note, by=by, batch=batch)
        close_reports(chosen, ACTS[act], batch, now)
        for some in chunks(chosen):
            change(act, some, reason)
        answers = answer_reports(batch, is_wanted=answer)
    skipped = len(asked) - len(found) + len(rows) - len(chosen)
    return Outcome(
        batch,
        len(chosen),
        skipped,
        len(changed),
        made,
        unblocked,
        sentence,
        answers,
    )


def count_reach(slugs: Iterable[str]) -> dict[str, int]:
    """Return how many more pastes moderate would take along in each way.

    It counts up to MOST_COUNTED, which is that many or more.
    """
    rows = find_rows(list(slugs))
    return {
        way: len(relating.widen(rows, [way], most=MOST_COUNTED))
        for way in relating.WAYS
    }


def say_most(count: int) -> str:
    """Return a number that count_reach gave, as it is said."""
    return (
        str(count)
        if count < MOST_COUNTED
        else _("%(count)s or more") % {"count": count}
    )


def hide_paste(
    slug: str, *, reason: str, note: str = "", by: AbstractBaseUser | None
) -> None:
    """Take one paste down. Raises NotFound; Invalid for an unknown reason."""
    moderate_one(slug, "hide", reason=reason, note=note, by=by)


def restore_paste(slug: str, *, note: str = "", by: AbstractBaseUser | None) -> None:
    """Bring one hidden paste back; a live one stays as it is. Raises NotFound."""
    moderate_one(slug, "restore", note=note, by=by)


def moderate_one(slug: str, act: str, **values: Any) -> Outcome:
    if not Paste.objects.filter(slug=slug).exists():
        raise NotFound()
    return moderate([slug], act, **values)


@with_reserve
def undo_hiding(
    batch: UUID, *, by: AbstractBaseUser | None, with_blocks: bool = True
) -> Outcome:
    """Take back a decision that hid pastes: they are as they were, their cases too.

    Its reports are open again, and the blocks that it made are gone, but not without
    `with_blocks`. What somebody decided anew since then is skipped. Raises NotFound where
    the batch hid nothing.
    """
    undone = uuid4()
    with transaction.atomic():
        hidden = Decision.objects.filter(batch=batch, act=Decision.Act.HIDDEN)
        first = dict(hidden.values_list("slug", "pk"))
        if not first:
            raise NotFound(_("This decision hid nothing, or is gone."))
        were = dict(hidden.values_list("slug", "was"))
        anew = hidden_anew(first)
        rows = [
            paste
            for paste in lock(find_rows(list(first)))
            if paste.state == State.HIDDEN and paste.slug not in anew
        ]
        record(rows, Decision.Act.RESTORED, note=_("Undone."), by=by, batch=undone)
        cases = reopen_reports(rows, batch)
        for state in State.values:
            so = [paste for paste in rows if were[paste.slug] == state]
            for some in chunks(so):
                bring_back(state, some, cases)
        removed = remove_blocks(batch, by) if with_blocks else 0
    skipped = len(first) - len(rows)
    return Outcome(undone, len(rows), skipped, blocks=removed)


@with_reserve
def look_at(
    slug: str,
    *,
    password: str | None = None,
    by: AbstractBaseUser,
    client: Client | None,
) -> Opened:
    """Open a paste for a moderator, who stands on the record for it.

    What is held or hidden opens too; a locked one with its password only, and one that
    burns not at all: the look would be its reading. Raises as open_paste does.
    """
    # A moderator is no reader whose look counts.
    client = replace(client, counts=False) if client else None
    opened = open_paste(slug, password=password, client=client, with_hidden=True)
    since = timezone.now() - LOOK
    looks = Decision.objects.filter(slug=slug, act=Decision.Act.LOOKED)
    if not looks.filter(entry__user_id=by.pk, entry__action_time__gt=since).exists():
        record([opened.paste], Decision.Act.LOOKED, by=by)
    return opened


# What they are made of


def check_why(
    act: str, reason: str, note: str, reach: Sequence[str], blocks: Sequence[str]
) -> None:
    """Raise Invalid for what the forms let through, ValueError for what none offers."""
    check = Checker()
    if reason not in Paste.Reason.values and (act in WITH_REASON or blocks or reason):
        check.refuse("reason", _("Choose a reason."))
    check.words("note", note)
    check.finish()
    if set(reach) - set(relating.WAYS) or set(blocks) - {"text", "network"}:
        raise ValueError((reach, blocks))


def lock(asked: Iterable[Paste], along: Iterable[Paste] = ()) -> list[Paste]:
    """Return the rows that are there, without their texts, locked until the end.

    Of those taken along, not what somebody decided meanwhile. All who lock do it in one
    order, so that nobody waits for one another.
    """
    wanted = {paste.pk for paste in asked}
    keys = sorted(wanted | {paste.pk for paste in along})
    locked = Paste.objects.without_text().select_for_update()
    rows = [
        row
        for some in chunks(keys)
        for row in locked.filter(pk__in=some).order_by("pk")
    ]
    return [row for row in rows if row.pk in wanted or not relating.is_decided(row)]


def find_rows(slugs: list[str]) -> list[Paste]:
    """Return the pastes of these slugs that are there, without their texts."""
    rows = Paste.objects.without_text()
    return [row for some in chunks(slugs) for row in rows.filter(slug__in=some)]


def applies(act: str, paste: Paste) -> bool:
    """Say whether an act changes anything about a paste."""
    is_hidden = paste.state == State.HIDDEN
    if act == "close":
        is_waiting = paste.case_opened_at is not None and paste.state == State.LIVE
        return is_waiting or paste.open_reports > 0
    return {"restore": is_hidden, "delete": True}.get(act, not is_hidden)


def is_another(act: str, paste: Paste, seen_at: datetime | None) -> bool:
    """Say whether a moderator would let through what they have not seen."""
    if seen_at is None or act not in ("keep", "restore"):
        return False
    return paste.edited_at is not None and paste.edited_at > seen_at


def change(act: str, pastes: list[Paste], reason: str) -> None:
    """Write what follows from an act into the rows."""
    rows = Paste.objects.filter(pk__in=[paste.pk for paste in pastes])
    decided: dict[str, Any] = {"case_opened_at": None, "open_reports": 0}
    looked_at = decided | {"is_cleared": True, "held_because": [], "hidden_reason": ""}
    slugs = [paste.slug for paste in pastes]
    if act in TOMBSTONES:
        bury(slugs, TOMBSTONES[act], reason=reason)
    if act == "delete":
        delete_rows(rows)
    elif act == "hide":
        rows.update(state=State.HIDDEN, hidden_reason=reason, **decided)
    elif act == "close":
        rows.filter(state=State.LIVE).update(**decided)
        rows.update(open_reports=0)
    else:
        rows.update(state=State.LIVE, **looked_at)


def close_reports(pastes: list[Paste], act: str, batch: UUID, now: datetime) -> None:
    """Close what is open of these pastes' reports, and say which decision did."""
    reported = [paste.pk for paste in pastes if paste.open_reports]
    if not reported:
        return
    # By the slug's index: by the batch's it would read all of the batch for each.
    slug = Paste.objects.filter(pk=OuterRef(OuterRef("paste_id"))).values("slug")
    first = Decision.objects.filter(batch=batch).aggregate(pk=Min("pk"))["pk"]
    made = Decision.objects.filter(slug=Subquery(slug), act=act, pk__gte=first)
    for some in chunks(reported):
        still_open = Report.objects.filter(paste__in=some, closed_at__isnull=True)
        still_open.update(closed_at=now, decision_id=Subquery(made.values("pk")[:1]))


def reopen_reports(pastes: list[Paste], batch: UUID) -> dict[int, tuple[int, datetime]]:
    """Open what a batch closed; return each paste's number and its oldest report's."""
    cases: dict[int, tuple[int, datetime]] = {}
    for some in chunks(pastes):
        closed = Report.objects.filter(decision__batch=batch, paste__in=some)
        counted = closed.order_by().values_list("paste")
        for key, count, since in counted.annotate(Count("pk"), Min("created_at")):
            cases[key] = (count, since)
        closed.update(closed_at=None, decision=None)
    return cases


def bring_back(
    state: str, pastes: list[Paste], cases: dict[int, tuple[int, datetime]]
) -> None:
    """Give pastes the state that they had, and their cases."""
    rows = Paste.objects.filter(pk__in=[paste.pk for paste in pastes])
    # A held one waits since it was made.
    since = F("created_at") if state == State.HELD else None
    rows.update(state=state, hidden_reason="", case_opened_at=since)
    bury([paste.slug for paste in pastes], Tombstone.Kind.LIFTED)
    for paste in pastes:
        if paste.pk in cases:
            count, oldest = cases[paste.pk]
            if state == State.HELD:
                oldest = min(oldest, paste.created_at)
            Paste.objects.filter(pk=paste.pk).update(
                open_reports=count, case_opened_at=oldest
            )


def hidden_anew(first: dict[str, int]) -> set[str]:
    """Return the slugs that a later decision hid again; `first` has the keys of ours."""
    hidden = Decision.objects.filter(act=Decision.Act.HIDDEN).order_by()
    found: set[str] = set()
    for some in chunks(list(first)):
        last = hidden.filter(slug__in=some).values_list("slug").annotate(Max("pk"))
        found |= {slug for slug, key in last if key > first[slug]}
    return found


def block_all(
    pastes: list[Paste],
    kinds: Sequence[str],
    terms: dict[str, Any],
    network_terms: dict[str, Any],
) -> tuple[int, int, str]:
    """Block each text and network once; return how many, how many not, and why not.

    Raises Invalid where none could be blocked.
    """
    made = 0
    refused: list[Invalid] = []
    near: list[likeness.Likeness] = []
    seen: set[str] = set()
    for kind, paste in ((kind, paste) for kind in kinds for paste in pastes):
        what = paste.normal_sha256
        if kind == "network":
            what = limits.client_key(paste.client_address or "")
        bands = likeness_in(paste) if kind == "text" else None
        # Of a wave's variations one block catches the others.
        is_caught = bands and any(likeness.is_near(bands, other) for other in near)
        if (what and what in seen) or is_caught:
            continue
        seen.add(what)
        try:
            if kind == "text":
                add_text_block(paste, **terms)
            else:
                add_network_block(paste, **terms, **network_terms)
        except Invalid as error:
            refused.append(error)
            continue
        made += 1
        if bands:
            near.append(bands)
    if refused and not made:
        raise refused[0]
    return made, len(refused), refused[0].sentence if refused else ""


def remove_blocks(batch: UUID, by: AbstractBaseUser | None) -> int:
    """Remove the blocks that a batch made, but for what somebody did anew with them."""
    count = 0
    made = Decision.objects.filter(batch=batch, act=Decision.Act.BLOCKED, was="")
    for decision in made.select_related("entry"):
        later = Decision.objects.filter(
            pk__gt=decision.pk,
            entry__content_type_id=decision.entry.content_type_id,
            entry__object_id=decision.entry.object_id,
        )
        key = int(decision.entry.object_id)
        if not later.exists() and Block.objects.filter(pk=key).exists():
            remove_block(key, note=_("Undone."), by=by)
            count += 1
    return count
