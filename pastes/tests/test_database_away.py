"""A database that is down, hangs, takes no writes or is locked: 503, and back again."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

from bench.postgres import Cluster
from pastes.tests.conftest import Site, running_site
from pastes.tests.faulty import (
    READING,
    SLUG,
    TYPED,
    WRITING,
    ask,
    form_sent,
    untold,
)

OFF = dict.fromkeys(("LIMIT_CREATE", "LIMIT_API", "LIMIT_LOGIN"), "off")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(durable=True).make().start()
    yield cluster
    cluster.send(signal.SIGCONT)
    cluster.remove()


@pytest.fixture(scope="module")
def away(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real site on a PostgreSQL of its own, for tests that break it."""
    url = cluster.create_database("away")
    folder = tmp_path_factory.mktemp("away") / "data"
    with running_site(folder, DATABASE_URL=url, **OFF) as site:
        yield site


def create(site: Site, text: str = "x") -> str:
    """Store a text; return the path of its raw form."""
    answer = ask(site.url, "/", method="POST", body=text)
    assert answer.status == 201, answer.text
    return answer.headers["Location"].removeprefix(site.url) + "/raw"


def wait_for(status: int, site: Site, path: str, seconds: float = 20) -> list[int]:
    """Ask until the status comes; return the others that came before it."""
    before: list[int] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ask(site.url, path).status
        if found == status:
            return before
        before.append(found)
    raise AssertionError(before[-5:])


def test_database_that_is_down_is_told_at_every_door_and_comes_back(cluster, away):
    raw = create(away, "still there")
    held = [ask(away.url, raw).status for _ in range(8)]
    cluster.stop(signal.SIGKILL)
    try:
        assert list(untold(away.url, [*WRITING, *READING], 503)) == []
        assert ask(away.url, "/healthz").status == 200
        # What it found within the last second is kept.
        wait_for(503, away, "/readyz")
        assert ask(away.url, "/").status == 200
    finally:
        cluster.start()
    assert set(wait_for(200, away, raw)) <= {503}
    # Each of the threads that had a connection finds out by itself.
    after = {ask(away.url, raw).status for _ in range(80)}
    assert (set(held), after) == ({200}, {200})
    assert ask(away.url, raw).text == "still there"
    create(away)


def test_what_was_typed_comes_back_while_the_database_is_down(cluster, away):
    slug = create(away).split("/")[1]
    cluster.stop()
    try:
        new = form_sent(away.url, "/new", text=TYPED, lifetime="1d")
        edit = form_sent(away.url, f"/{slug}/edit", text=TYPED)
        report = form_sent(away.url, f"/{slug}/report", reason="spam", details=TYPED)
        for answer in (new, edit, report):
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "5"
            assert TYPED in answer.text
            assert "cannot reach its database" in answer.text
        assert 'name="text"' in new.text
    finally:
        cluster.start()
    wait_for(200, away, f"/{slug}/raw")


def test_failed_database_is_one_line_of_the_log_without_a_secret(cluster, away):
    raw = create(away)
    before = away.log.stat().st_size
    cluster.stop()
    try:
        body = '{"text": "canary-of-a-text", "password": "canary-of-a-lock"}'
        headers = {"Content-Type": "application/json"}
        ask(away.url, "/api/v1/pastes", method="POST", body=body, headers=headers)
        ask(away.url, f"/{SLUG}", headers={"Cookie": "sessionid=canary0of0a0session"})
    finally:
        cluster.start()
    wait_for(200, away, raw)
    said = away.log.read_bytes()[before:].decode()
    assert "Traceback" not in said
    assert "canary" not in said
    assert SLUG not in said
    assert said.count("failed: OperationalError") >= 2


def test_database_that_hangs_is_waited_for_shortly(cluster, away):
    raw = create(away)
    cluster.send(signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert ask(away.url, raw).status == 503
        assert form_sent(away.url, "/new", text=TYPED).status == 503
        assert ask(away.url, "/healthz").status == 200
        assert time.monotonic() - started < 25
    finally:
        cluster.send(signal.SIGCONT)
    assert set(wait_for(200, away, raw)) <= {503}


def backends(cluster: Cluster) -> set[str]:
    """Return the server's processes that answer the site."""
    asked = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pastebin'"
    return set(cluster.sql(asked).split())


def test_primary_that_takes_no_writes_any_more_is_left(cluster, away):
    create(away)
    cluster.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        cluster.sql("SELECT pg_reload_conf()")
        before = backends(cluster)
        # Which of its threads answers, with a connection or without, is the site's
        # choice; a server's process notices a little later that its client has gone.
        deadline = time.monotonic() + 20
        while before <= backends(cluster):
            assert time.monotonic() < deadline, "no connection was dropped"
            answers = [form_sent(away.url, "/new", text=TYPED) for _ in range(5)]
            assert {each.status for each in answers} == {503}
            assert all(TYPED in each.text for each in answers)
    finally:
        cluster.sql("ALTER SYSTEM RESET default_transaction_read_only")
        cluster.sql("SELECT pg_reload_conf()")
    create(away)


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold SQLite's write lock, as another program would."""
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        holder.close()


def test_locked_sqlite_is_told_at_every_door_and_reading_goes_on(tmp_path):
    file = tmp_path / "data" / "pastebin.sqlite3"
    url = f"sqlite:///{file}?timeout=1"
    with running_site(tmp_path / "data", DATABASE_URL=url, **OFF) as site:
        raw = create(site, "still there")
        with locked(file):
            assert list(untold(site.url, WRITING, 503)) == []
            answer = form_sent(site.url, "/new", text=TYPED)
            assert (answer.status, TYPED in answer.text) == (503, True)
            assert "The site is busy" in answer.text
            assert ask(site.url, raw).text == "still there"
            assert ask(site.url, "/healthz").status == 200
        create(site)
        assert "Traceback" not in site.log.read_text()
