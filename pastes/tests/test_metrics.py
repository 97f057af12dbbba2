"""The page of metrics: who reads it, what is counted, and that no client adds to it."""

import ipaddress
import re
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from pastes import housekeeping, metrics, services
from pastes.models import Lease
from pastes.observing import ObserveMiddleware
from pastes.services import noting
from pastes.tests.conftest import ROOT
from pastes.tests.test_serve import refusal

KEY = "a-key-for-the-metrics"
BEARER = {"Authorization": f"Bearer {KEY}"}
FORWARDED = {"X-Forwarded-For": "10.1.2.3"}
PASSWORD = {"X-Paste-Password": "wrong"}


@pytest.fixture
def keyed(settings):
    settings.METRICS_KEY = KEY


def read(client=None):
    """Return the samples of the page by their names with labels."""
    page = (client or Browser()).get("/metrics", headers=BEARER).content.decode()
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def growth(before, name):
    return read().get(name, 0) - before.get(name, 0)


# Who reads it


def test_without_key_and_network_there_is_no_page(client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        (KEY, 401),
        (f"Basic {KEY}", 401),
        ("Bearer ", 401),
        (f"Bearer {KEY}x", 401),
        ("Bearer ÿ\x7f", 401),
        (f"Bearer {KEY}", 200),
        (f"bearer {KEY}", 200),
    ],
)
def test_key_is_asked_for(client, keyed, header, status):
    response = client.get("/metrics", headers={"Authorization": header})
    assert response.status_code == status
    assert ("WWW-Authenticate" in response) == (status == 401)
    assert (b"pastebin_requests" in response.content) == (status == 200)


def test_page_is_private_and_changes_nothing(client, keyed):
    response = client.get("/metrics", headers=BEARER)
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"].startswith("text/plain; version=")
    assert client.post("/metrics", headers=BEARER).status_code == 405


@pytest.mark.parametrize(
    ("peer", "proxies", "headers", "status"),
    [
        ("10.1.2.3", 0, {}, 200),
        ("::ffff:10.1.2.3", 0, {}, 200),
        ("fd00::1", 0, {}, 200),
        ("192.0.2.1", 0, {}, 403),
        ("", 0, {}, 403),
        # Nobody said that a proxy may be believed, so it may be anybody behind it.
        ("10.1.2.3", 0, {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("192.0.2.1", 0, FORWARDED, 403),
        ("127.0.0.1", 1, FORWARDED, 200),
        ("10.9.9.9", 1, {"X-Forwarded-For": "10.1.2.3, 192.0.2.1"}, 403),
    ],
)
def test_network_is_asked_for(client, settings, peer, proxies, headers, status):
    words = ("10.0.0.0/8", "fd00::/8")
    settings.METRICS_NETWORKS = [ipaddress.ip_network(word) for word in words]
    settings.TRUSTED_PROXIES = proxies
    response = client.get("/metrics", headers=headers, REMOTE_ADDR=peer)
    assert response.status_code == status


def test_where_both_are_set_both_must_hold(client, settings, keyed):
    settings.METRICS_NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]
    far, near = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "10.0.0.1"}
    assert client.get("/metrics", headers=BEARER, **far).status_code == 403
    assert client.get("/metrics", **near).status_code == 401
    assert client.get("/metrics", headers=BEARER, **near).status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("METRICS_KEY", "short", "METRICS_KEY must have at least 16 characters."),
        ("METRICS_NETWORKS", "10.0.0.0/8,lan", "METRICS_NETWORKS must be networks"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of text, json"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of info, warning, error"),
    ],
)
def test_setting_that_is_none_is_refused_with_a_sentence(
    tmp_path, name, value, sentence
):
    assert sentence in refusal(tmp_path / "data", **{name: value})


# What is counted


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_kind_of_answer(client, keyed, make_paste):
    slug = make_paste().paste.slug
    before = read()
    client.get(f"/{slug}")
    client.get(f"/{slug}?a=b")
    client.get("/a/b/c")
    client.put("/some-name", "text", content_type="text/plain")
    for labels, count in {
        'method="GET",route="pastes:detail",status="2xx"': 2,
        'method="GET",route="none",status="4xx"': 1,
        'method="PUT",route="pastes:upload",status="2xx"': 1,
    }.items():
        assert growth(before, f"pastebin_requests_total{{{labels}}}") == count, labels
    took = 'pastebin_request_seconds_count{route="pastes:detail"}'
    assert growth(before, took) == 2
    assert slug not in "".join(read())


@pytest.mark.django_db
def test_kept_texts_burns_and_refusals_are_counted(keyed, make_paste, settings):
    settings.LIMIT_CREATE = "1/h"
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "1/h"
    slug, burn = make_paste().paste.slug, make_paste(burn=True).paste.slug
    locked = make_paste(password="x").paste.slug
    client, before = Browser(), read()
    for _ in range(3):
        client.get(f"/{slug}")
    for _ in range(2):
        client.post(f"/{burn}/raw")
        client.post("/", "text", content_type="text/plain")
        client.get(f"/{locked}/raw", headers=PASSWORD)
    for name, count in {
        'pastebin_highlight_cache_total{result="miss"}': 1,
        'pastebin_highlight_cache_total{result="hit"}': 2,
        "pastebin_burns_total": 1,
        'pastebin_limit_refusals_total{limit="create"}': 1,
        'pastebin_limit_refusals_total{limit="unlock"}': 1,
    }.items():
        assert growth(before, name) == count, name


@pytest.mark.django_db(transaction=True)
def test_failed_housekeeping_and_database_errors_are_counted(keyed, db_without_leases):
    before = read()
    housekeeping.tick()
    # Pruning, mail and figures each need a lease.
    assert growth(before, "pastebin_housekeeping_failures_total") == 3
    assert growth(before, "pastebin_database_errors_total") == 3


@pytest.fixture
def db_without_leases(transactional_db):
    with connection.schema_editor() as editor:
        editor.alter_db_table(Lease, "pastes_lease", "elsewhere")
    yield
    with connection.schema_editor() as editor:
        editor.alter_db_table(Lease, "elsewhere", "pastes_lease")


def test_database_error_of_a_request_is_counted(keyed, settings, rf):
    before = read()
    ObserveMiddleware(lambda request: None).process_exception(
        rf.get("/"), OperationalError()
    )
    assert growth(before, "pastebin_database_errors_total") == 1


@pytest.mark.django_db
def test_site_is_counted_once_a_minute_for_all_processes(
    keyed, make_paste, django_assert_num_queries
):
    make_paste("four")
    hidden = make_paste("and six").paste.slug
    services.report_paste(make_paste("x").paste.slug, reason="spam", client=None)
    services.hide_paste(hidden, reason="spam", by=None)
    services.prune_pastes()
    assert services.refresh_figures() is True
    make_paste()
    # As another process would, and as each scrape does.
    assert services.refresh_figures() is False
    with django_assert_num_queries(0):
        told = read()
    assert told["pastebin_pastes"] == 3
    assert told["pastebin_pastes_hidden"] == 1
    assert told["pastebin_pastes_held"] == 0
    assert told["pastebin_text_bytes"] == 12
    assert told["pastebin_open_cases"] == 1
    assert told["pastebin_open_reports"] == 1
    assert told["pastebin_packed_bytes"] > 0
    assert told["pastebin_database_bytes"] > 0
    assert told["pastebin_disk_free_bytes"] > 0
    assert (
        0
        <= told["pastebin_figures_timestamp_seconds"]
        - told["pastebin_last_prune_timestamp_seconds"]
        < 60
    )


@pytest.mark.django_db
def test_counting_that_takes_long_is_done_less_often(make_paste, monkeypatch):
    monkeypatch.setattr("pastes.services.figures.SHARE", 1e-9)
    services.refresh_figures()
    lease = Lease.objects.get(name="figures")
    assert lease.held_until > timezone.now() + timedelta(hours=1)


def test_names_of_figures_are_those_that_are_told(db):
    services.prune_pastes()
    services.refresh_figures()
    assert set(noting.known) | {"disk_free_bytes"} == set(metrics.GAUGES)


# What nobody can make grow (CVE-2026-107840 of another pastebin)


def test_odd_methods_paths_and_hosts_add_no_series(db, keyed, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client = Browser()

    def ask(numbers):
        for n in numbers:
            client.generic(f"M{n}", f"/{n}/a{n}", HTTP_HOST=f"h{n}.example")
            client.generic(f"X-{n}", f"/p{n}", HTTP_HOST=f"{n}.example")
            client.get(f"/{n}.{n}?{n}={n}", headers={"X-Request-ID": str(n)})

    ask(range(20))
    read()
    before = set(read())
    ask(range(20, 400))
    assert set(read()) == before


def test_hundred_thousand_methods_are_one(keyed):
    metrics.count_request("M", "none", 404, 0.1)
    before = set(read())
    for n in range(100_000):
        metrics.count_request(f"M{n}", "none", 404, 0.1)
    assert set(read()) == before


# Several processes


COUNT = """
import sys
from pathlib import Path
from pastes import metrics
metrics.count_burn()
metrics.share(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    metrics.count_burn()
    metrics.count_request("GET", "pastes:detail", 200, 0.2)
print(metrics.tell("", {})[0].decode(), flush=True)
print("end", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def counting(tmp_path):
    """Start a process that counts so often; return it and what it tells."""
    started = []

    def start(times):
        process = subprocess.Popen(
            [sys.executable, "-c", COUNT, str(tmp_path / "metrics"), str(times)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        page = "".join(iter(process.stdout.readline, "end\n"))
        return process, page

    yield start
    for process in started:
        process.kill()
        process.communicate()


def burns_in(page):
    return float(re.search(r"^pastebin_burns_total (.*)$", page, re.MULTILINE)[1])


def test_any_process_tells_of_all_and_the_dead_leave_no_files(counting, tmp_path):
    folder = tmp_path / "metrics"
    first, page = counting(3)
    assert burns_in(page) == 3
    _, page = counting(4)
    assert burns_in(page) == 7
    files = sorted(each.name for each in folder.iterdir())
    sizes = {each.stat().st_size for each in folder.glob("*.db")}
    for _ in range(3):
        first.send_signal(signal.SIGKILL)
        first.wait()
        first, page = counting(1)
    assert burns_in(page) == 10
    assert 'route="pastes:detail",status="2xx"} 10.0' in page
    assert sorted(each.name for each in folder.iterdir()) == files
    assert {each.stat().st_size for each in folder.glob("*.db")} == sizes


def test_start_forgets_the_dead_and_spares_the_living(counting, tmp_path):
    folder = tmp_path / "metrics"
    first, _ = counting(3)
    counting(4)
    first.kill()
    first.wait()
    metrics.forget(folder)
    assert {each.name for each in folder.glob("*.db")} == {
        "counter_1.db",
        "histogram_1.db",
    }
    _, page = counting(1)
    assert burns_in(page) == 5


FULL = """
import resource, signal, sys
from pathlib import Path
from pastes import metrics
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
folder = Path(sys.argv[1])
try:
    metrics.share(folder)
except OSError:
    metrics.count_burn()
    print(list(folder.glob("*.db")), b"burns_total 1.0" in metrics.tell("", {})[0])
"""


def test_without_space_for_its_files_a_process_counts_for_itself(tmp_path):
    """A file with holes would kill it later, at the first write on a full disk."""
    command = [sys.executable, "-c", FULL, str(tmp_path / "metrics")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[] True\n", done.stderr


EVERY = """
import sys
from pathlib import Path
from pastes import metrics
folder = Path(sys.argv[1])
metrics.share(folder)
for route in sys.argv[2:]:
    for method in (*metrics.METHODS, "other"):
        for kind in range(1, 6):
            metrics.count_request(method, route, 100 * kind, 0.1)
print(sum(each.stat().st_size for each in folder.glob("*.db")))
"""


def routes_of(resolver, prefix=""):
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield prefix + (each.name or each.lookup_str)
        else:
            inner = f"{each.namespace}:" if each.namespace else ""
            yield from routes_of(each, prefix + inner)


def test_files_have_room_for_every_series(tmp_path):
    """They never grow, so that no hole comes into being."""
    routes = set(routes_of(get_resolver())) | {"none"}
    assert len(routes) > 100
    command = [sys.executable, "-c", EVERY, str(tmp_path / "metrics"), *routes]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{sum(metrics.FILE_BYTES.values())}\n", done.stderr
