"""Rows read past the ORM, and SQLite's own word on whether anything was committed."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from pastes import rows

WRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
connection.execute("UPDATE paste SET size = size + 1")
"""


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "site.sqlite3"
    with closing(connect(path)) as made:
        made.execute("PRAGMA journal_mode=wal")
        made.execute("CREATE TABLE paste (id INTEGER PRIMARY KEY, size INTEGER)")
        made.execute("INSERT INTO paste VALUES (1, 0)")
    return path


@pytest.fixture
def read(database):
    made = rows.SqliteRows(database)
    yield made
    made.close()


def connect(path):
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def write_elsewhere(path):
    """Write in another process; return whether it was let."""
    done = subprocess.run(
        [sys.executable, "-c", WRITE, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 or "database is locked" in done.stderr, done.stderr
    return done.returncode == 0


def test_version_is_another_one_after_each_commit(read, database):
    before = read.version()
    assert before
    assert read.version() == before
    for write in range(3):
        assert write_elsewhere(database)
        after = read.version()
        assert after not in (None, before), write
        before = after
    with closing(connect(database)) as here:
        here.execute("BEGIN IMMEDIATE")
        here.execute("UPDATE paste SET size = 100")
        here.execute("ROLLBACK")
        assert read.version() == before
        here.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        here.execute("UPDATE paste SET size = 100")
    assert read.version() != before


def test_asking_takes_no_lock_away_from_this_process(read, database):
    with closing(connect(database)) as here:
        here.execute("BEGIN IMMEDIATE")
        here.execute("UPDATE paste SET size = 100")
        assert read.version()
        assert not write_elsewhere(database)
        here.execute("COMMIT")
    assert write_elsewhere(database)


def test_index_that_nobody_needs_takes_no_lock_with_it(database):
    # As of two threads that are the first to ask.
    index = rows.WalIndex(database)
    with closing(connect(database)) as here:
        here.execute("BEGIN IMMEDIATE")
        here.execute("UPDATE paste SET size = 100")
        assert index.header()
        del index
        assert not write_elsewhere(database)
        here.execute("COMMIT")
    assert write_elsewhere(database)


def test_database_may_be_a_link_to_another_place(database, tmp_path):
    (tmp_path / "site").mkdir()
    link = tmp_path / "site" / "pastes.sqlite3"
    link.symlink_to(database)
    # One that somebody left behind.
    stale = link.with_name(f"{link.name}-shm")
    read = rows.SqliteRows(link)
    stale.write_bytes(rows.INDEX_FORMAT + bytes(32_000))
    before = read.version()
    assert write_elsewhere(database)
    assert read.version() not in (None, before)


def test_file_that_nobody_writes_to_tells_nothing(tmp_path):
    path = tmp_path / "old.sqlite3"
    with closing(connect(path)) as made:
        made.execute("CREATE TABLE paste (id INTEGER PRIMARY KEY, size INTEGER)")
    stale = path.with_name(f"{path.name}-shm")
    stale.write_bytes(rows.INDEX_FORMAT + bytes(32_000))
    assert rows.SqliteRows(path).version() is None


def test_file_stays_when_all_others_have_gone(read, database):
    before = read.version()
    read.close()
    assert write_elsewhere(database)
    assert read.version() != before
    with closing(connect(database)) as here, pytest.raises(sqlite3.OperationalError):
        here.execute("PRAGMA journal_mode=delete").fetchall()


def test_database_without_wal_has_no_version(tmp_path):
    path = tmp_path / "old.sqlite3"
    with closing(connect(path)) as made:
        made.execute("CREATE TABLE paste (id INTEGER PRIMARY KEY, size INTEGER)")
    assert rows.SqliteRows(path).version() is None
    assert rows.SqliteRows(tmp_path / "none.sqlite3").version() is None
