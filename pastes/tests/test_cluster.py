"""Three web nodes behind HAProxy on a primary and its standby: one site.

bench/cluster.py starts it, and is the long form of the last test. The nodes are asked
past HAProxy, so that a test knows which one answers; each test is a client of its own
address.
"""

import itertools
import shutil
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from bench import cluster, loads
from pastes.housekeeping import PRUNE_SECONDS, TICK_SECONDS
from pastes.tests.conftest import COLLECTED

PASSWORD = "moderate the nodes!"
CONNECTIONS = 5
LIMITS = {
    "LIMIT_CREATE": "4/h",
    "LIMIT_LOGIN": "3/h",
    "LIMIT_UNLOCK_PASTE_CLIENT": "3/h",
}
addresses = itertools.count(1)


@pytest.fixture(scope="module")
def farm():
    settings = LIMITS | {"WORKERS": "1", "DATABASE_CONNECTIONS": str(CONNECTIONS)}
    settings |= {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    # A socket's path may not be long, and PostgreSQL may run as another user.
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        static = folder / "node0" / "static"
        if COLLECTED.exists():
            static.parent.mkdir(mode=0o700)
            static.symlink_to(COLLECTED)
        with cluster.running(folder, **settings) as running:
            if not COLLECTED.exists():
                shutil.copytree(static, COLLECTED)
            words = ("--noinput", "--username=mod", "--email=mod@example.org")
            running.nodes[0].manage("createsuperuser", *words)
            yield running


class Client:
    """A client that asks the node it wants, with one jar of cookies for all of them."""

    def __init__(self, farm):
        self.farm = farm
        self.session = requests.Session()
        self.session.headers["Connection"] = "close"
        self.session.headers["X-Forwarded-For"] = f"198.51.100.{next(addresses)}"

    def ask(self, node, method, path, **values):
        url = f"http://127.0.0.1:{self.farm.nodes[node].port}{path}"
        values |= {"timeout": 30, "allow_redirects": False}
        return self.session.request(method, url, **values)

    def get(self, node, path):
        return self.ask(node, "GET", path)

    def send(self, node, path, **fields):
        """Send a form of a page that this client has been shown before."""
        fields["csrfmiddlewaretoken"] = self.session.cookies["csrftoken"]
        return self.ask(node, "POST", path, data=fields)

    def create(self, node, text="some text", **values):
        """Make a paste by the API; return what that tells of it."""
        answer = self.ask(node, "POST", "/api/v1/pastes", json={"text": text, **values})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def change(self, node, paste, method, **values):
        head = {"Authorization": f"Bearer {paste['owner_token']}"}
        path = f"/api/v1/pastes/{paste['id']}"
        return self.ask(node, method, path, headers=head, **values)

    def read(self, slug):
        """Read a paste everywhere, again and again: each node has it in its caches."""
        paths = (f"/{slug}", f"/{slug}/raw", f"/api/v1/pastes/{slug}")
        ways = [(node, path) for _ in range(2) for node in range(3) for path in paths]
        return [self.get(node, path) for node, path in ways]

    def statuses(self, slug):
        return {answer.status_code for answer in self.read(slug)}


@pytest.fixture
def client(farm):
    return Client(farm)


@pytest.fixture
def moderator(farm):
    browser = Client(farm)
    assert sign_in(browser, 0, PASSWORD).status_code == 302
    return browser


def sign_in(browser, node, password):
    path = "/admin/login/"
    browser.get(node, path)
    return browser.send(node, path, username="mod", password=password)


# One site


def test_nodes_that_started_at_once_have_migrated_one_by_one(farm):
    assert all(cluster.is_ready(node.port) for node in farm.nodes)
    assert "Traceback" not in "".join(node.log.read_text() for node in farm.nodes)


def test_what_is_deleted_at_one_node_is_gone_at_once_at_the_others(client):
    paste = client.create(0)
    assert client.statuses(paste["id"]) == {200}
    assert client.change(1, paste, "DELETE").status_code == 204
    assert client.statuses(paste["id"]) == {404}


def test_what_is_edited_at_one_node_is_shown_at_once_by_the_others(client):
    paste = client.create(0, "the first text")
    assert all("the first text" in page.text for page in client.read(paste["id"]))
    values = {"text": "the second text"}
    assert client.change(2, paste, "PATCH", json=values).status_code == 200
    pages = [page.text for page in client.read(paste["id"])]
    assert all("the second text" in page for page in pages)
    assert not any("the first text" in page for page in pages)


def test_what_a_moderator_hides_at_one_node_is_gone_at_the_others(
    farm, client, moderator
):
    slug = client.create(0)["id"]
    assert client.statuses(slug) == {200}
    # The session of the first node opens the second one's pages.
    assert moderator.get(1, "/admin/pastes/paste/").status_code == 200
    key = farm.pair.primary.sql(
        f"SELECT id FROM pastes_paste WHERE slug = '{slug}'", cluster.NAME
    )
    path = "/admin/pastes/paste/moderate/hide/"
    done = moderator.send(1, path, pks=key.strip(), reason="malware")
    assert done.status_code == 302, done.text
    assert client.statuses(slug) == {410}
    moderator.send(2, "/admin/logout/")
    assert {moderator.get(n, "/admin/").status_code for n in range(3)} == {302}


def test_block_that_is_made_at_one_node_holds_at_the_others(client, moderator):
    for node in range(3):
        client.create(node, "before the block")
    values = {"kind": "words", "pattern": "forbidden words", "effect": "refuse"}
    values |= {"reason": "spam", "expires_in": "", "note": ""}
    done = moderator.send(0, "/admin/pastes/block/add/", **values)
    assert done.status_code == 302, done.text
    other = Client(client.farm)
    for node in range(3):
        answer = other.ask(node, "POST", "/", data=b"some forbidden words")
        assert answer.status_code == 403, answer.text


def test_burn_paste_is_read_once_by_racers_at_all_nodes(client):
    path = f"/{client.create(0, burn=True)['id']}/raw"
    start = threading.Barrier(9)
    found = Counter()

    def race(number):
        racer = Client(client.farm)
        start.wait()
        found[racer.ask(number % 3, "POST", path).status_code] += 1

    racers = [threading.Thread(target=race, args=(n,)) for n in range(9)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert found == {200: 1, 404: 8}


# Limits


def test_creating_counts_at_all_nodes_together(client):
    met = [
        client.ask(n % 3, "POST", "/", data=f"text {n}".encode()).status_code
        for n in range(7)
    ]
    assert met == [201] * 4 + [429] * 3
    Client(client.farm).create(0)


def test_wrong_passwords_of_a_paste_count_at_all_nodes_together(client):
    path = f"/{client.create(0, password='right')['id']}/raw"
    head = {"X-Paste-Password": "wrong"}
    met = [client.ask(n % 3, "GET", path, headers=head).status_code for n in range(5)]
    assert met == [403, 403, 403, 429, 429]


def test_signing_in_counts_at_all_nodes_together(client):
    met = [sign_in(client, n % 3, "wrong").status_code for n in range(3)]
    assert met == [200, 200, 200]
    refused = [sign_in(client, n, PASSWORD) for n in range(3)]
    assert {answer.status_code for answer in refused} == {429}
    assert int(refused[0].headers["Retry-After"]) > 0


# What a browser keeps


def test_what_one_node_unlocked_the_others_show(client):
    slug = client.create(0, "text behind a lock", password="right")["id"]
    assert client.get(0, f"/{slug}").status_code == 401
    assert client.send(0, f"/{slug}", password="right").status_code in (200, 302)
    for node in range(3):
        assert "text behind a lock" in client.get(node, f"/{slug}").text
    assert Client(client.farm).get(1, f"/{slug}").status_code == 401


def test_what_a_browser_made_is_its_own_at_all_nodes(client):
    client.get(0, "/")
    made = client.send(0, "/new", text="my own text")
    assert made.status_code == 302, made.text
    slug = made.headers["Location"].removeprefix("/")
    for node in range(3):
        assert f"/{slug}" in client.get(node, "/mine").text
        assert f"/{slug}/edit" in client.get(node, f"/{slug}").text
    assert f"/{slug}" not in Client(client.farm).get(1, "/mine").text
    assert client.send(1, f"/{slug}/delete").status_code == 302
    assert client.statuses(slug) == {404}


def test_owner_token_opens_a_page_of_any_node(client):
    paste = client.create(0)
    path = f"/{paste['id']}/delete"
    stranger = Client(client.farm)
    stranger.get(2, path)
    assert stranger.send(2, path, owner_token="wrong").status_code == 403
    done = stranger.send(2, path, owner_token=paste["owner_token"])
    assert done.status_code == 302
    assert client.statuses(paste["id"]) == {404}


# Behind them


def test_load_keeps_below_the_servers_connections(farm, tmp_path):
    ledger = loads.Ledger(tmp_path / "ledger")
    with cluster.writers(farm.port, ledger, clients=30) as load:
        loads.wait_until(lambda: load.outcomes["ok"] >= 60, "the load", 60)
        open_now = int(
            farm.pair.primary.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE "
                "application_name = 'pastebin' AND backend_type = 'client backend'"
            )
        )
    assert set(load.outcomes) == {"ok"}
    assert 3 < open_now <= 3 * CONNECTIONS
    ledger.close()


def test_node_that_dies_and_primary_that_dies_cost_no_acknowledged_paste(
    farm, tmp_path, record_property
):
    ledger = loads.Ledger(tmp_path / "ledger")
    met = cluster.kill_node(farm, ledger, requests=20)
    # What the node had in hand is cut off, or HAProxy says 502; the others went on.
    answered = {outcome for outcome in met if isinstance(outcome, int)}
    assert answered <= {502}, met
    assert sum(met.values()) - met["ok"] <= 8
    lost = cluster.fail_over(farm, ledger)
    assert lost.faults == []
    assert lost.outcomes[503] > 0
    said = f"failover: {lost.seconds:.1f} s without a write, {lost.outcomes}"
    record_property("summary", said)
    verdict = loads.read_back(farm.port, ledger.lines())
    assert verdict.is_whole, verdict
    ledger.close()


def test_housekeeping_is_done_by_one_process_of_all_nodes(farm):
    """Who takes the lease prunes; the others tick every 15 seconds and leave it."""

    def pruned_at():
        asked = (
            "SELECT extract(epoch FROM held_until) FROM pastes_lease "
            "WHERE name = 'prune'"
        )
        said = farm.pair.primary.sql(asked, cluster.NAME)
        return float(said) - PRUNE_SECONDS if said.strip() else 0

    loads.wait_until(pruned_at, "the first tick", 60)
    first = pruned_at()
    loads.wait_until(lambda: time.time() > first + TICK_SECONDS + 3, "the others")
    assert pruned_at() == first
