"""Mail: moderators are told of reports, and reporters of what came of them.

No request waits for it: housekeeping sends what is due, and nothing is sent while
EMAIL_URL is empty. A mail holds no text of a paste, no title, no network address and no
link with which a stranger could read a paste.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pastes.models import Decision, Paste, Report

# One mail tells of all reports that came since the last one; a flood is counted.
MOST_CLAIMED = 10_000
MOST_PASTES = 20
MOST_REPORTS = 3
MOST_CHARACTERS = 500
MOST_ANSWERS = 200
# An answer waits this long: until then a moderator may undo a slip of the finger.
ANSWERED_AFTER = timedelta(minutes=10)
# What a program sends is not answered by programs (RFC 3834).
HEADERS = {"Auto-Submitted": "auto-generated"}

logger = logging.getLogger(__name__)


def is_mail_on() -> bool:
    return bool(settings.EMAIL_URL)


def send_due_mail(*, now: datetime | None = None) -> None:
    """Send what is due. A mail that fails is logged and tried again the next time."""
    now = now or timezone.now()
    tell_moderators(now=now)
    answer_reporters(now=now)


# To the moderators


def tell_moderators(*, now: datetime) -> int:
    """Tell ABUSE_EMAIL of the reports that it does not know; return how many.

    Each report is told of once, however many machines do this at the same moment. A
    process that is killed while it sends leaves its reports untold: they are in the
    queue all the same. Without mail reports count as told, so that to turn it on does
    not send what is long known.
    """
    if not Report.objects.filter(told_at__isnull=True).exists():
        return 0
    keys = claim_untold(now)
    if not (is_mail_on() and settings.ABUSE_EMAIL):
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        message = reports_message(keys)
    if message is None or deliver(message, get_connection()):
        return len(keys)
    Report.objects.filter(pk__in=keys, told_at=now).update(told_at=None)
    return 0


def claim_untold(now: datetime) -> list[int]:
    """Mark the new reports as told; return the keys of those that this call marked."""
    with transaction.atomic():
        untold = Report.objects.select_for_update().filter(told_at__isnull=True)
        keys = untold.order_by("pk").values_list("pk", flat=True)[:MOST_CLAIMED]
        claimed = list(keys)
        Report.objects.filter(pk__in=claimed).update(told_at=now)
    return claimed


def reports_message(keys: list[int]) -> EmailMessage | None:
    """Return the mail about these reports; None if their pastes are gone meanwhile."""
    reports = Report.objects.filter(pk__in=keys).order_by("pk")
    by_paste: dict[int, list[Report]] = {}
    for report in reports:
        by_paste.setdefault(report.paste_id, []).append(report)
    if not by_paste:
        return None
    most_reported = sorted(by_paste, key=lambda key: -len(by_paste[key]))
    listed = Paste.objects.without_text().in_bulk(most_reported[:MOST_PASTES])
    pastes = [
        describe(paste, by_paste[key])
        for key in most_reported
        if (paste := listed.get(key))
    ]
    count = sum(len(each) for each in by_paste.values())
    rest = len(by_paste) - len(pastes)
    words = ngettext("%(count)d new report", "%(count)d new reports", count)
    context = {
        "count": count,
        "queue_link": link(reverse("admin:pastes_case_changelist")),
        "pastes": pastes,
        "rest": rest,
        "rest_reports": count - sum(each["count"] for each in pastes),
        "site_name": settings.SITE_NAME,
    }
    return new_message(
        words % {"count": count},
        render_to_string("pastes/mail/reports.txt", context),
        settings.ABUSE_EMAIL,
    )


def describe(paste: Paste, reports: list[Report]) -> dict[str, Any]:
    """Return what the mail says of a paste: its page in the admin, never its link."""
    return {
        "link": link(reverse("admin:pastes_paste_change", args=[paste.pk])),
        "count": len(reports),
        "open": paste.open_reports,
        "is_held": paste.state == Paste.State.HELD,
        "is_hidden": paste.state == Paste.State.HIDDEN,
        "reports": [
            {"reason": each.get_reason_display(), "lines": quoted(each.details)}
            for each in reports[:MOST_REPORTS]
        ],
        "more": max(0, len(reports) - MOST_REPORTS),
    }


def quoted(words: str) -> list[str]:
    """Return somebody's words in printable lines, cut where they grow long."""
    if len(words) > MOST_CHARACTERS:
        words = f"{words[:MOST_CHARACTERS]}…"
    lines = ("".join(c for c in line if c.isprintable()) for line in words.splitlines())
    return [line for line in lines if line.strip()]


# To the reporters


def answer_reports(batch: UUID, *, is_wanted: bool) -> int:
    """Say whether those are answered whose reports a decision closed; return how many.

    `batch` is the Decision's. An answer is due while a closed report has a contact; where
    none is wanted the contact is forgotten at once.
    """
    closed = Report.objects.filter(decision__batch=batch, closed_at__isnull=False)
    closed = closed.exclude(contact="")
    if is_wanted and is_mail_on():
        return closed.count()
    closed.update(contact="")
    return 0


def answer_reporters(*, now: datetime) -> int:
    """Answer those who left an address and whose reports are closed; return how many.

    The address is forgotten with the mail. Each is claimed before it is sent, so that
    of two machines one sends it.
    """
    due = Report.objects.filter(
        closed_at__lte=now - ANSWERED_AFTER, decision__isnull=False
    ).exclude(contact="")
    if not is_mail_on():
        due.update(contact="")
        return 0
    by_contact: dict[str, list[Report]] = {}
    rows = due.select_related("decision", "paste").defer("paste__packed_text")
    for report in rows.order_by("pk")[:MOST_ANSWERS]:
        by_contact.setdefault(report.contact, []).append(report)
    answered = 0
    connection = get_connection()
    for contact, reports in by_contact.items():
        claimed = [report for report in reports if claim_contact(report)]
        if not claimed:
            continue
        with translation.override(settings.LANGUAGE_CODE):
            message = answer_message(contact, claimed)
        if not deliver(message, connection):
            keys = [report.pk for report in claimed]
            Report.objects.filter(pk__in=keys, contact="").update(contact=contact)
            break
        answered += 1
    connection.close()
    return answered


def claim_contact(report: Report) -> bool:
    """Forget a report's contact; say whether this call did, and so may write to it."""
    there = Report.objects.filter(pk=report.pk, contact=report.contact)
    return bool(there.filter(closed_at=report.closed_at).update(contact=""))


def answer_message(contact: str, reports: list[Report]) -> EmailMessage:
    """Return what a reporter is told: one mail, with a line for each paste.

    Whoever typed the address, it may be a stranger's: the mail has no words of the
    reporter and only the beginning of a paste's link.
    """
    answers = {
        report.paste_id: {
            "name": f"{report.paste.slug[:5]}…",
            "reported_at": report.created_at,
            "is_hidden": report.decision.act == Decision.Act.HIDDEN,
            # Closed while the site holds it, or hidden since.
            "is_unread": report.paste.state != Paste.State.LIVE,
            "reason": report.decision.get_reason_display(),
        }
        for report in reports
    }
    context = {
        "answers": list(answers.values()),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    return new_message(
        _("What came of your report"),
        render_to_string("pastes/mail/answer.txt", context),
        contact,
    )


# The way out


def link(path: str) -> str:
    """Return an address on the site; its path alone where SITE_URL does not say it."""
    return urljoin(settings.SITE_URL, path)


def new_message(subject: str, body: str, to: str) -> EmailMessage:
    # A subject is one line, whatever the site is called.
    subject = " ".join(f"[{settings.SITE_NAME}] {subject}".split())
    return EmailMessage(subject, body, to=[to], headers=HEADERS)


def deliver(message: EmailMessage, connection: BaseEmailBackend) -> bool:
    """Send a mail; say False if another try may help.

    What the server will never take, or is no mail, counts as sent: it would come back
    for ever. The log tells kinds of failure: no address, no words, no password.
    """
    message.connection = connection
    try:
        message.send()
    except (smtplib.SMTPRecipientsRefused, ValueError) as error:
        logger.warning("A mail is given up: %s.", type(error).__name__)
        return not is_temporary(error)
    except OSError as error:
        code = getattr(error, "smtp_code", "") or error.errno or ""
        kind = f"{type(error).__name__} {code}".strip()
        logger.warning("Mail failed and will be tried again: %s.", kind)
        connection.close()
        return False
    return True


def is_temporary(error: Exception) -> bool:
    """Say whether a refused recipient may be taken later (4xx of RFC 5321)."""
    refused = getattr(error, "recipients", {})
    return any(400 <= code < 500 for code, _ in refused.values())
