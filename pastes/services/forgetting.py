"""What the site forgets by itself: network addresses, contacts, old blocks."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

from pastes.lifetimes import parse_span
from pastes.models import Block, Paste, Report

# How long the moderators still see a block that has ended.
ENDED_BLOCKS_KEPT = timedelta(days=30)


def forget_addresses(*, now: datetime) -> None:
    """Drop what tells of persons once it is older than ADDRESS_RETENTION.

    Network addresses of pastes and reports, e-mail addresses of reporters (whether they
    were answered or not), and blocks that were made from a paste's address. Such a
    block goes when it ends, other blocks a month later. A sign-in that ended is dropped.
    """
    kept_since = now - parse_span(settings.ADDRESS_RETENTION)
    old_pastes = Paste.objects.filter(created_at__lte=kept_since)
    old_pastes.filter(client_address__isnull=False).update(client_address=None)
    old_reports = Report.objects.filter(created_at__lte=kept_since)
    old_reports.filter(client_address__isnull=False).update(client_address=None)
    old_reports.exclude(contact="").update(contact="")
    ended = Q(expires_at__lte=now) | Q(created_at__lte=kept_since)
    Block.objects.filter(ended, is_from_address=True).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    Block.objects.filter(expires_at__lte=now - ENDED_BLOCKS_KEPT).delete()
