"""The verb of readers who find something wrong."""

from django.conf import settings
from django.utils.translation import gettext as _

from pastes.models import Paste, Report
from pastes.services.checking import Checker
from pastes.services.client import Client
from pastes.services.errors import TooManyReports
from pastes.services.finding import find_paste

MAX_DETAILS = 2000


def report_reasons() -> list[str]:
    """Return the reasons that a report may give."""
    return [reason.value for reason in Paste.Reason]


def report_paste(
    slug: str, *, reason: str, details: str = "", client: Client | None
) -> None:
    """Tell the moderators about a paste; a locked one needs no password for that.

    `reason` is one of report_reasons(), `details` up to MAX_DETAILS characters. Raises
    NotFound, Removed, Invalid or RateLimited.
    """
    paste = find_paste(slug)
    check = Checker()
    if reason not in report_reasons():
        words = _("Choose one of %(offered)s.")
        check.refuse("reason", words % {"offered": ", ".join(report_reasons())})
    if len(details) > MAX_DETAILS:
        words = _("Details have at most %(count)s characters.")
        check.refuse("details", words % {"count": MAX_DETAILS})
    check.words("details", details)
    check.finish()
    if client:
        spent = client.spend(settings.LIMIT_REPORT, "report")
        if spent.wait:
            raise TooManyReports(spent.wait)
    address = client.address or None if client else None
    Report.objects.create(
        paste=paste, reason=reason, details=details, client_address=address
    )
