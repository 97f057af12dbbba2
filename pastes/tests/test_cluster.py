"""Three web nodes behind HAProxy on a primary and its standby: one site.

bench/cluster.py starts it, and is the long form of the last tests.
"""

import http.client
import json
import shutil
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest

from bench import cluster, loads
from pastes.tests.conftest import COLLECTED
from pastes.tests.settings import CLUSTER  # noqa: F401 (settles the scratch folder)

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def farm(site):
    # The shared site has collected the static files. The path of a socket is short, and PostgreSQL may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    folder.chmod(0o755)
    for number in range(cluster.NODES):
        if COLLECTED.exists():
            node = folder / f"node{number}"
            node.mkdir(mode=0o700)
            shutil.copytree(COLLECTED, node / "static")
    with cluster.running(folder, LIMIT_UNLOCK_PASTE_CLIENT="3/h") as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def ask(farm):
    """Send a request to one of the nodes: ask(0, "GET", "/")."""

    def one(number, method, path, body=None, **headers):
        with loads.Visitor(farm.nodes[number].port) as visitor:
            return visitor.ask(method, path, body, **headers)

    return one


def create(ask, number, text=b"some text", **values):
    """Make a paste at one node; return what the API tells of it."""
    body = json.dumps({"text": text.decode(), **values}).encode()
    head = {"Content_Type": "application/json"}
    answer = ask(number, "POST", "/api/v1/pastes", body, **head)
    assert answer.status == 201, answer.body
    return json.loads(answer.body)


def surfaces(slug):
    return (f"/{slug}", f"/{slug}/raw", f"/api/v1/pastes/{slug}")


def statuses(ask, slug):
    return {ask(n, "GET", path).status for n in range(3) for path in surfaces(slug)}


def test_nodes_that_started_at_once_have_migrated_and_share_the_work(farm):
    assert all(cluster.is_ready(node.port) for node in farm.nodes)
    assert "Traceback" not in "".join(node.log.read_text() for node in farm.nodes)


def test_deleting_at_one_node_shows_at_once_at_the_others(ask):
    paste = create(ask, 0)
    assert statuses(ask, paste["id"]) == {200}
    gone = ask(
        1,
        "DELETE",
        f"/api/v1/pastes/{paste['id']}",
        Authorization=f"Bearer {paste['owner_token']}",
    )
    assert gone.status == 204, gone.body
    assert statuses(ask, paste["id"]) == {404}


def test_burn_paste_is_read_once_by_racers_at_all_nodes(ask):
    paste = create(ask, 0, burn=True)
    start = threading.Barrier(18)
    found = Counter()

    def race(number):
        start.wait()
        found[ask(number % 3, "POST", f"/{paste['id']}/raw").status] += 1

    racers = [threading.Thread(target=race, args=(n,)) for n in range(18)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert found == {200: 1, 404: 17}


def test_wrong_passwords_count_at_all_nodes_together(ask):
    paste = create(ask, 0, password="right")
    path = f"/{paste['id']}/raw"
    met = [ask(n % 3, "GET", path, X_Paste_Password="wrong").status for n in range(5)]
    assert met == [403, 403, 403, 429, 429]


def test_block_made_at_one_node_holds_at_the_others(farm, ask):
    for number in range(3):
        create(ask, number, b"before the block")
    words = ("shell", "--verbosity", "0", "--command")
    verb = "from pastes import services; services.add_block("
    terms = "kind='words', pattern='forbidden words', reason='spam', by=None)"
    farm.nodes[0].manage(*words, verb + terms)
    for number in range(3):
        answer = ask(number, "POST", "/", b"some forbidden words")
        assert answer.status in (403, 422), answer.body


def test_load_keeps_below_the_servers_connections(farm, tmp_path):
    ledger = loads.Ledger(tmp_path / "ledger")
    with loads.Load(loads.writer(ledger), farm.port, clients=60) as load:
        loads.wait_until(lambda: load.outcomes["ok"] >= 120, "the load", 60)
        open_now = farm.pair.primary.sql(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE application_name = 'pastebin' AND backend_type = 'client backend'"
        )
    assert set(load.outcomes) == {"ok"}
    assert 3 < int(open_now) <= 3 * 2 * 14
    ledger.close()


def test_primary_that_dies_costs_no_acknowledged_paste(farm, tmp_path, record_property):
    ledger = loads.Ledger(tmp_path / "ledger")
    met = cluster.kill_node(farm, ledger)
    # What the killed node had in hand, of which HAProxy may say 502; the others went on.
    assert set(met) <= {"ok", 502, *(e.__name__ for e in connection_errors())}, met
    assert sum(met.values()) - met["ok"] <= 8
    seconds, outcomes = cluster.fail_over(farm, ledger)
    refused = {each for each in outcomes if isinstance(each, int)}
    assert refused <= {503}, outcomes
    said = f"failover: {seconds:.1f} s without a write, {outcomes}"
    record_property("summary", said)
    verdict = loads.read_back(farm.port, ledger.lines())
    assert verdict.is_whole, verdict
    ledger.close()


def connection_errors():
    return (
        http.client.RemoteDisconnected,
        http.client.BadStatusLine,
        http.client.IncompleteRead,
        ConnectionResetError,
        ConnectionRefusedError,
        BrokenPipeError,
    )
