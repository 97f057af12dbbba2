"""Nothing that tells of a person outlives ADDRESS_RETENTION."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import EmailField, GenericIPAddressField
from django.utils import timezone

from pastes import services
from pastes.models import Allowance, Block, Paste, Report
from pastes.services import Client

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MOMENT = timedelta(microseconds=1)
SPAN = timedelta(days=14)
READER = Client("192.0.2.77")


def personal_columns():
    """Return each column of the pastes' tables that holds an address of either kind."""
    return [
        (model, field.name)
        for model in apps.get_app_config("pastes").get_models()
        if not model._meta.proxy
        for field in model._meta.get_fields()
        if isinstance(field, (GenericIPAddressField, EmailField))
    ]


def make_all(make_paste, created_at):
    """Fill every such column at that time."""
    paste = make_paste(client=READER, lifetime="never").paste
    for closed_at in (None, created_at):
        services.report_paste(
            paste.slug, reason="spam", contact="r@example.org", client=READER
        )
        Report.objects.filter(created_at__gte=NOW).update(
            created_at=created_at, closed_at=closed_at
        )
    Paste.objects.filter(pk=paste.pk).update(created_at=created_at)
    Block.objects.create(
        kind="network",
        pattern="192.0.2.77/32",
        reason="spam",
        is_from_address=True,
        paste=paste,
        created_at=created_at,
    )


def held_values():
    return [
        value
        for model, name in personal_columns()
        for value in model.objects.values_list(name, flat=True)
        if value
    ] + list(Block.objects.filter(is_from_address=True))


@pytest.mark.threat("T5")
def test_every_column_with_an_address_is_empty_after_the_retention(
    make_paste, settings
):
    settings.ADDRESS_RETENTION = "14d"
    make_all(make_paste, NOW - SPAN)
    assert len(personal_columns()) >= 3
    assert len(held_values()) == 6
    services.prune_pastes(now=NOW)
    assert held_values() == []
    assert Paste.objects.count() == 1
    assert Report.objects.count() == 2


def test_nothing_is_forgotten_a_moment_before(make_paste, settings):
    settings.ADDRESS_RETENTION = "14d"
    make_all(make_paste, NOW - SPAN + MOMENT)
    services.prune_pastes(now=NOW)
    assert len(held_values()) == 6


def block(pattern, **values):
    return Block.objects.create(
        kind="network", pattern=pattern, reason="spam", **values
    )


def test_block_of_an_address_goes_when_it_ends_and_others_a_month_later():
    block("192.0.2.1/32", is_from_address=True, expires_at=NOW)
    block("192.0.2.2/32", is_from_address=True, expires_at=NOW + MOMENT)
    block("192.0.2.3/32", expires_at=NOW - timedelta(days=30))
    block("192.0.2.4/32", expires_at=NOW - timedelta(days=30) + MOMENT)
    block("192.0.2.5/32", created_at=NOW - timedelta(days=400))
    services.prune_pastes(now=NOW)
    left = Block.objects.order_by("pattern").values_list("pattern", flat=True)
    assert list(left) == ["192.0.2.2/32", "192.0.2.4/32", "192.0.2.5/32"]


@pytest.mark.threat("T5")
def test_limits_of_a_client_are_forgotten_too(make_paste, settings):
    settings.LIMIT_REPORT = "10/h"
    services.report_paste(make_paste().paste.slug, reason="spam", client=READER)
    assert Allowance.objects.filter(key__contains="192.0.2.77").exists()
    services.prune_pastes(now=NOW + SPAN)
    assert not Allowance.objects.exists()


def test_about_page_tells_what_is_kept(client):
    page = client.get("/about").content.decode()
    for words in (
        "What readers report",
        "e-mail address that they leave",
        "What moderators decide",
        "never with a network address",
        "/data",
    ):
        assert words in page


def test_report_page_tells_how_long_the_address_is_kept(client, make_paste):
    page = client.get(f"/{make_paste().paste.slug}/report").content.decode()
    assert "forgets after 14 days" in page
