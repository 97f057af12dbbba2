"""The operator's probes: what a ready site has, and that the answer comes in any case."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from pastes import services
from pastes.models import Figure, Lease
from pastes.services import readiness

DAY = 24 * 60 * 60


@pytest.fixture(autouse=True)
def looks_anew(monkeypatch):
    """Each request looks at the database itself, and at nothing kept."""
    monkeypatch.setattr(readiness, "the_look", readiness.Look())
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0)


def lines_of(response):
    return response.content.decode().splitlines()


def lock_writers_out():
    """Keep every other writer waiting until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE pastes_lease IN ACCESS EXCLUSIVE MODE")


def test_health_touches_no_database(client):
    # Without the mark, pytest-django refuses any use of it.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
def test_ready_site_says_so_of_each_thing_and_keeps_no_trace(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert lines_of(response)[0] == "ready"
    assert {"database: ok", "migrations: ok", "pruning: ok"} <= set(lines_of(response))
    assert not Lease.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_database_that_takes_no_writes_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(readiness, "STATEMENT_SECONDS", 0.1)
    with transaction.atomic():
        lock_writers_out()
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert lines_of(response)[0] == "not ready"
    assert "database: does not answer, or takes no writes" in lines_of(response)
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_database_that_keeps_silent_is_not_waited_for(client, monkeypatch):
    """The lock is held until the answers are there: waiting for it would never end."""
    monkeypatch.setattr(readiness, "STATEMENT_SECONDS", 60)
    monkeypatch.setattr(readiness, "ANSWER_SECONDS", 0.2)
    with transaction.atomic():
        lock_writers_out()
        for _ in range(3):
            response = client.get("/readyz")
            assert response.status_code == 503
            assert "database: does not answer within 0.2 s" in lines_of(response)
        looking = [each for each in threading.enumerate() if each.name == "readiness"]
        assert len(looking) == 1
    looking[0].join(60)
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_migration_that_waits_is_named(client):
    migrations = MigrationRecorder.Migration.objects.filter(app="pastes")
    last = migrations.order_by("name").last()
    migrations.filter(pk=last.pk).delete()
    try:
        response = client.get("/readyz")
    finally:
        last.save(force_insert=True)
    assert response.status_code == 503
    assert "migrations: some are not applied" in lines_of(response)


@pytest.mark.django_db(transaction=True)
def test_migration_of_a_newer_version_does_no_harm(client):
    newer = MigrationRecorder.Migration.objects.create(app="pastes", name="9999_newer")
    assert client.get("/readyz").status_code == 200
    newer.delete()


@pytest.mark.django_db(transaction=True)
def test_site_that_prunes_no_more_is_not_ready_until_it_does(client, monkeypatch):
    services.prune_pastes(now=timezone.now() - timedelta(hours=25))
    # A site that has just been started has had no time to prune.
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(readiness, "started_at", time.time() - 2 * DAY)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "pruning: last done over 24 hours ago" in lines_of(response)
    services.prune_pastes()
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_look_once(client, monkeypatch):
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 60)
    assert client.get("/readyz").status_code == 200
    Figure.objects.all().delete()
    looked = readiness.the_look.future
    assert client.get("/readyz").status_code == 200
    assert readiness.the_look.future is looked
