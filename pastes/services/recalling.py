"""What the record says: what it names and is still there, who is in it, what to undo."""

from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from pastes.models import Block, Decision, Paste


def still_there(decisions: Iterable[Decision]) -> set[int]:
    """Return the keys of the decisions whose paste or block has a row yet.

    Two queries for a page of them, whose entries are loaded.
    """
    decisions = list(decisions)
    found: set[int] = set()
    for model in (Paste, Block):
        keys = {
            each.pk: int(each.entry.object_id)
            for each in decisions
            if (model is Paste) == bool(each.slug)
        }
        rows = model.objects.filter(pk__in=set(keys.values()))
        there = set(rows.values_list("pk", flat=True)) if keys else set()
        found |= {pk for pk, key in keys.items() if key in there}
    return found


def recorded_people() -> list[tuple[int, str]]:
    """Return (key, name) of everybody who stands in the record, by name."""
    theirs = LogEntry.objects.filter(user=OuterRef("pk"), decision__isnull=False)
    people = get_user_model().objects.filter(Exists(theirs)).order_by("username")
    return [(person.pk, person.get_username()) for person in people]


def count_undoable(decision: Decision) -> int:
    """Return how many pastes undo_hiding would bring back; 0 where nothing is left."""
    if decision.act != Decision.Act.HIDDEN:
        return 0
    later = Decision.objects.filter(
        slug=OuterRef("slug"), act=Decision.Act.HIDDEN, pk__gt=OuterRef("pk")
    )
    hidden = Paste.objects.filter(slug=OuterRef("slug"), state=Paste.State.HIDDEN)
    batch = Decision.objects.filter(batch=decision.batch, act=Decision.Act.HIDDEN)
    return batch.filter(Exists(hidden)).exclude(Exists(later)).count()


def count_batch(decision: Decision) -> int:
    """Return how many entries of the record were made in one go with this one."""
    return Decision.objects.filter(batch=decision.batch).count()
