"""What runs beside the requests: views are written, pruning is done, nothing ends it."""

import subprocess
import sys
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import housekeeping, services
from pastes.models import Lease, Paste
from pastes.tests.conftest import ROOT, running_site, site_environment

READER = services.Client("192.0.2.1")


@pytest.mark.django_db
def test_views_are_written_by_the_next_tick_and_once(make_paste):
    paste, other = make_paste().paste, make_paste().paste
    for _ in range(3):
        services.open_paste(paste.slug, client=READER)
    paste.refresh_from_db()
    assert paste.views == 0
    for _ in range(2):
        housekeeping.tick()
        paste.refresh_from_db()
        other.refresh_from_db()
        assert (paste.views, other.views) == (3, 0)


@pytest.mark.django_db
def test_views_of_a_paste_that_went_are_dropped(make_paste):
    new = make_paste()
    services.open_paste(new.paste.slug, client=READER)
    services.delete_paste(new.paste.slug, owner_token=new.owner_token)
    housekeeping.tick()
    assert services.write_views() == 0


@pytest.mark.django_db
def test_tick_prunes_when_the_lease_is_free_and_says_how_many(make_paste, caplog):
    now = timezone.now()
    caplog.set_level("INFO", "pastes")

    def expire_one():
        Paste.objects.filter(pk=make_paste().paste.pk).update(
            created_at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
        )

    expire_one()
    housekeeping.tick(may_prune=False)
    assert Paste.objects.count() == 1
    housekeeping.tick()
    assert not Paste.objects.exists()
    assert "Pruned 1 pastes." in caplog.text
    expire_one()
    housekeeping.tick()
    assert Paste.objects.count() == 1
    Lease.objects.update(held_until=now)
    housekeeping.tick()
    assert not Paste.objects.exists()


AWAY_AND_BACK = """
import logging, threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from pastes import housekeeping
from pastes.models import Lease

housekeeping.TICK_SECONDS = 0.01
failures = threading.Semaphore(0)

class Count(logging.Handler):
    def emit(self, record):
        failures.release()

logging.getLogger("pastes.housekeeping").addHandler(Count())
logging.getLogger("pastes.housekeeping").propagate = False
stop = threading.Event()
thread = threading.Thread(target=housekeeping.run, args=[stop])
thread.start()
for _ in range(3):
    assert failures.acquire(timeout=30)
assert thread.is_alive()
print("failed three times")
call_command("migrate", verbosity=0)
while thread.is_alive() and not Lease.objects.exists():
    stop.wait(0.01)
print("prunes again", thread.is_alive())
stop.set()
thread.join(30)
print("stopped", not thread.is_alive())
"""


def test_database_that_fails_does_not_end_the_thread(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", AWAY_AND_BACK],
        cwd=ROOT,
        env=site_environment(tmp_path, DJANGO_SETTINGS_MODULE="pastebin_site.settings"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = ["failed three times", "prunes again True", "stopped True"]
    assert done.stdout.splitlines() == lines


def test_views_counted_before_the_site_stops_are_kept(tmp_path):
    data = tmp_path / "data"
    with running_site(data) as site:
        text = urllib.request.Request(f"{site.url}/", data=b"read me")
        text.add_header("Content-Type", "text/plain")
        link = urllib.request.urlopen(text, timeout=10).read().decode().strip()
        for _ in range(5):
            urllib.request.urlopen(f"{link}/raw", timeout=10).close()
    views = "from pastes.models import Paste; print(Paste.objects.get().views)"
    assert site.run("shell", "-v0", "-c", views).stdout == "5\n"
