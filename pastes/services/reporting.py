"""The verb of readers who find something wrong."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from pastes import limits
from pastes.models import Decision, Paste, Report
from pastes.services.checking import Checker
from pastes.services.client import Client
from pastes.services.errors import NotFound, TooManyReports
from pastes.services.faults import with_reserve
from pastes.services.finding import find_paste
from pastes.services.recording import record

MAX_DETAILS = 2000
# Of a path in SMTP, without its brackets (RFC 5321, 4.5.3.1.3).
MAX_CONTACT = 254
# The sign in Paste.held_because.
REPORTS = "reports"


def report_reasons() -> list[str]:
    """Return the reasons that a report may give."""
    return [reason.value for reason in Paste.Reason]


@with_reserve
def report_paste(
    slug: str,
    *,
    reason: str,
    details: str = "",
    contact: str = "",
    client: Client | None,
) -> None:
    """Tell the moderators about a paste; a locked one needs no password for that.

    `reason` is one of report_reasons(), `details` up to MAX_DETAILS characters,
    `contact` an e-mail address for an answer, or empty. Opens the paste's case, and
    holds the paste once REPORTS_HOLD_AT different clients have reported it.
    Raises NotFound, Removed, Held, Invalid or RateLimited.
    """
    paste = find_paste(slug)
    contact = check_report(reason, details, contact)
    if client:
        spent = client.spend(settings.LIMIT_REPORT, "report", fails_open=True)
        if spent.wait:
            raise TooManyReports(spent.wait)
    address = client.address or None if client else None
    now = timezone.now()
    with transaction.atomic():
        open_case(paste, now)
        Report.objects.create(
            paste=paste,
            reason=reason,
            details=details,
            contact=contact,
            created_at=now,
            client_address=address,
        )
        hold_if_reported_enough(paste.pk)


def check_report(reason: str, details: str, contact: str) -> str:
    """Return the contact as it is kept. Raises Invalid with all that is wrong."""
    check = Checker()
    if reason not in report_reasons():
        words = _("Choose one of %(offered)s.")
        check.refuse("reason", words % {"offered": ", ".join(report_reasons())})
    if len(details) > MAX_DETAILS:
        words = _("Details have at most %(count)s characters.")
        check.refuse("details", words % {"count": MAX_DETAILS})
    check.words("details", details)
    contact = contact.strip()
    if contact and not is_email(contact):
        check.refuse(
            "contact",
            _(
                "This is no e-mail address that can be written to. Correct it, or leave "
                "it empty."
            ),
        )
    check.finish()
    return contact


def is_email(contact: str) -> bool:
    if len(contact) > MAX_CONTACT or not contact.isprintable():
        return False
    try:
        validate_email(contact)
    except ValidationError:
        return False
    return True


def open_case(paste: Paste, now: datetime) -> None:
    """Put a live paste before the moderators, or count one more report of it.

    The row stays locked until the transaction ends, so that reports sent all at once
    are counted one after another. Raises what became of the paste meanwhile.
    """
    there = Paste.objects.unexpired(now).unburned()
    opened = there.filter(pk=paste.pk, state=Paste.State.LIVE).update(
        open_reports=F("open_reports") + 1,
        case_opened_at=Coalesce("case_opened_at", now),
    )
    if not opened:
        find_paste(paste.slug)
        raise NotFound()


def hold_if_reported_enough(key: int) -> None:
    """Hold a live paste that REPORTS_HOLD_AT different clients have open reports on.

    Reports whose address is unknown or forgotten count as one client's. What a
    moderator has looked at and kept stays.
    """
    enough = settings.REPORTS_HOLD_AT
    uncleared = Paste.objects.without_text().filter(
        pk=key, state=Paste.State.LIVE, is_cleared=False
    )
    paste = uncleared.filter(open_reports__gte=enough).first() if enough else None
    if paste is None:
        return
    clients = count_clients(key)
    if clients < enough:
        return
    because = [*paste.held_because, [REPORTS, 0, str(clients)]]
    if uncleared.update(state=Paste.State.HELD, held_because=because):
        record([paste], Decision.Act.HELD, by=None)


def count_clients(key: int) -> int:
    """Return how many different clients have open reports on a paste."""
    still_open = Report.objects.filter(paste_id=key, closed_at__isnull=True)
    # Without an order: it would be a column of what is distinct.
    addresses = still_open.order_by().values_list("client_address", flat=True)
    return len({limits.client_key(each or "") for each in addresses.distinct()})


def open_reasons(pastes: Iterable[Paste]) -> dict[int, list[str]]:
    """Return the reasons of each paste's open reports, by the paste's key."""
    still_open = Report.objects.filter(closed_at__isnull=True)
    keys = [paste.pk for paste in pastes]
    counted = still_open.order_by().values_list("paste", "reason").annotate(Count("pk"))
    found: dict[int, list[str]] = {}
    for key, reason, count in counted.filter(paste__in=keys):
        found.setdefault(key, []).extend([reason] * count)
    return found
