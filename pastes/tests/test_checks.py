"""System checks: what stops a site that would lose or leak something, and why."""

import re
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe
from types import SimpleNamespace

import pytest
from django.core.checks.registry import registry
from django.db.utils import ConnectionHandler

from pastebin_site import settings as site_settings
from pastes import checks
from pastes.checks import databases
from pastes.tests.conftest import ROOT, site_environment


def ids(messages):
    return [message.id for message in messages]


def manage(data_dir, *words, **settings):
    """Run manage.py on data of its own, as an operator does."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=site_environment(data_dir, **settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("version", "has_bug"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 46, 1), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_wal_reset_bug_is_known_by_version(version, has_bug):
    assert checks.has_wal_reset_bug(version) == has_bug


@pytest.fixture
def sqlite(db, tmp_path, monkeypatch):
    """A database as the site has it without DATABASE_URL, whichever the tests run on."""
    url = f"sqlite:///{tmp_path / 'pastebin.sqlite3'}"
    one = ConnectionHandler({"default": site_settings.database(url)})["default"]
    monkeypatch.setattr(databases, "connection", one)
    yield one
    one.close()


def test_running_sqlite_is_a_mended_one(sqlite):
    with sqlite.cursor() as cursor:
        version = cursor.execute("SELECT sqlite_version()").fetchone()[0]
    assert not checks.has_wal_reset_bug(tuple(map(int, version.split("."))))
    assert checks.check_sqlite_version() == []


def test_sqlite_that_corrupts_is_e001(sqlite, monkeypatch):
    monkeypatch.setattr(sqlite.Database, "sqlite_version_info", (3, 40, 1))
    (fault,) = checks.check_sqlite_version()
    assert fault.id == "pastes.E001"
    assert "SQLite 3.40.1" in fault.msg


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("synchronous", "NORMAL"),
        ("secure_delete", "OFF"),
        ("foreign_keys", "OFF"),
        ("journal_mode", "DELETE"),
    ],
)
def test_sqlite_that_loses_or_keeps_too_much_is_e002(sqlite, pragma, value):
    assert checks.check_sqlite_durability(databases=["default"]) == []
    assert checks.check_sqlite_durability(databases=None) == []
    with sqlite.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}={value}")
    (fault,) = checks.check_sqlite_durability(databases=["default"])
    assert fault.id == "pastes.E002"
    assert pragma in fault.msg


# As Linux writes them: the device differs, the rest is from machines.
MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /data rw,relatime shared:9 master:2 - nfs4 nas:/export rw,vers=4.2
41 40 254:1 / /data/local rw - ext4 /dev/vdb rw
42 27 0:42 / /my\040files rw,nosuid - cifs //nas/share rw
43 27 0:43 / /home/me/there rw,nosuid - fuse.sshfs me@there: rw,user_id=1000
44 27 0:44 / /pool rw - fuse.mergerfs a:b rw
45 27 0:45 / /twice rw - nfs nas:/old rw
46 45 254:2 / /twice rw - xfs /dev/vdc rw
47 27 0:47 / /mnt/c rw - 9p drvfs rw
48 27 0:48 / /ceph rw - ceph mon:/ rw
49 27 0:49 / /gluster rw - fuse.glusterfs here:/volume rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/pastebin.sqlite3", "nfs4"),
        ("/data/deeper/pastebin.sqlite3", "nfs4"),
        ("/my files/pastebin.sqlite3", "cifs"),
        ("/home/me/there/pastebin.sqlite3", "fuse.sshfs"),
        ("/mnt/c/pastebin.sqlite3", "9p"),
        ("/ceph/pastebin.sqlite3", "ceph"),
        ("/gluster/pastebin.sqlite3", "fuse.glusterfs"),
    ],
)
def test_sqlite_on_a_network_file_system_is_e007(path, kind):
    (fault,) = checks.judge_place(Path(path), MOUNTS)
    assert fault.id == "pastes.E007"
    assert path in fault.msg
    assert f"({kind})" in fault.msg
    assert "DATA_DIR" in fault.hint


@pytest.mark.parametrize(
    "path",
    [
        "/var/lib/pastebin/pastebin.sqlite3",
        "/data/local/pastebin.sqlite3",
        "/database/pastebin.sqlite3",
        "/data/../srv/pastebin.sqlite3",
        "/pool/pastebin.sqlite3",
        "/twice/pastebin.sqlite3",
    ],
)
def test_sqlite_on_a_disk_of_its_own_machine_passes(path):
    assert checks.judge_place(Path(path), MOUNTS) == []
    assert checks.judge_place(Path(path), "") == []


def test_link_to_a_network_file_system_is_followed(tmp_path):
    place = tmp_path / "far"
    place.mkdir()
    (tmp_path / "near").symlink_to(place)
    mounts = f"1 0 0:1 / {place} rw - nfs nas:/export rw"
    assert ids(checks.judge_place(tmp_path / "near" / "a", mounts)) == ["pastes.E007"]


def test_place_is_looked_at_before_there_is_a_database(sqlite, tmp_path, monkeypatch):
    assert checks.check_sqlite_place() == []
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(databases, "MOUNTS", mounts)
    assert checks.check_sqlite_place() == []
    mounts.write_text(f"1 0 0:1 / {tmp_path} rw - nfs4 nas:/export rw\n")
    assert ids(checks.check_sqlite_place()) == ["pastes.E007"]
    assert checks.check_sqlite_place in registry.get_checks()
    assert not list(tmp_path.glob("*.sqlite3"))


def test_texts_in_front_of_several_machines_are_e008(sqlite, settings, monkeypatch):
    assert checks.check_front() == []
    settings.FRONT_DIR = Path("/nowhere")
    monkeypatch.setattr(databases, "connection", SimpleNamespace(vendor="postgresql"))
    assert ids(checks.check_front()) == ["pastes.E008"]


def test_too_few_connections_to_postgresql_are_e009(sqlite, settings, monkeypatch):
    settings.DATABASE_CONNECTIONS = 1
    assert checks.check_connections() == []
    monkeypatch.setattr(databases, "connection", SimpleNamespace(vendor="postgresql"))
    (fault,) = checks.check_connections()
    assert fault.id == "pastes.E009"
    assert "DATABASE_CONNECTIONS=1" in fault.msg
    assert checks.check_connections in registry.get_checks()
    for enough in (0, 2, 14):
        settings.DATABASE_CONNECTIONS = enough
        assert checks.check_connections() == []


@pytest.mark.parametrize(
    "name", ["LIMIT_CREATE", "LIMIT_LOGIN", "LIMIT_UNLOCK_PASTE_CLIENT"]
)
def test_malformed_limit_is_e003(settings, name):
    assert checks.check_limits() == []
    setattr(settings, name, "lots")
    (fault,) = checks.check_limits()
    assert fault.id == "pastes.E003"
    assert name in fault.msg
    assert "60/h" in fault.msg


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADDRESS_RETENTION", "two weeks"),
        ("PASTE_MAX_LIFETIME", "never"),
        ("PASTE_MAX_LIFETIME", "101y"),
        ("PASTE_LIFETIMES", ["1d", "1q", "never"]),
    ],
)
def test_malformed_lifetime_is_e004(settings, name, value):
    assert checks.check_lifetimes() == []
    setattr(settings, name, value)
    (fault,) = checks.check_lifetimes()
    assert fault.id == "pastes.E004"
    assert name in fault.msg


def test_lifetimes_of_which_none_is_allowed_are_e005(settings):
    settings.PASTE_LIFETIMES = ["1y", "never"]
    settings.PASTE_MAX_LIFETIME = "1d"
    assert ids(checks.check_lifetimes()) == ["pastes.E005"]


def test_default_lifetime_that_is_not_offered_is_only_warned_of(settings):
    settings.PASTE_LIFETIMES = ["1h", "1d"]
    settings.PASTE_DEFAULT_LIFETIME = "1M"
    (fault,) = checks.check_lifetimes()
    assert fault.id == "pastes.W001"
    assert "1d is taken" in fault.msg


@pytest.mark.parametrize(
    "url",
    [
        "paste.example.org",
        "ftp://paste.example.org",
        "https://",
        "https://paste.example.org//paste",
        "https://paste.example.org/a b",
        "https://paste.example.org/../paste",
        "https://user@paste.example.org",
        "https://paste.example.org?x=1",
        "https://paste example.org",
    ],
)
def test_malformed_site_url_is_e006(settings, url):
    settings.SITE_URL = url
    (fault,) = checks.check_site_url()
    assert fault.id == "pastes.E006"
    assert url in fault.msg


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://paste.example.org",
        "http://localhost:8000",
        "http://192.0.2.1",
        "https://[2001:db8::1]:8443",
        "https://päste.example.org",
        "https://paste.example.org/paste",
        "https://paste.example.org:8443/some/pastes-2.0",
    ],
)
def test_plain_site_url_passes(settings, url):
    settings.SITE_URL = url
    assert checks.check_site_url() == []


@pytest.mark.parametrize(
    ("name", "value"), [("ALLOWED_HOSTS", ["*"]), ("TRUSTED_PROXIES", 1)]
)
@pytest.mark.threat("W3")
def test_links_made_from_what_a_client_claims_are_e006(settings, name, value):
    setattr(settings, name, value)
    assert ids(checks.check_site_url()) == ["pastes.E006"]
    settings.SITE_URL = "https://paste.example.org"
    assert checks.check_site_url() == []


def test_deployment_behind_a_proxy_has_no_warnings(tmp_path):
    words = ["check", "--deploy", "--fail-level", "INFO", "--database", "default"]
    proxy = {
        "SITE_URL": "https://paste.example.org",
        "TRUSTED_PROXIES": "1",
        "ABUSE_EMAIL": "abuse@example.org",
        "STAFF_SECOND_FACTOR_REQUIRED": "on",
        # On PostgreSQL a key that the site made itself is warned of.
        "SECRET_KEY": token_urlsafe(64),
    }
    done = manage(tmp_path, *words, **proxy)
    assert (done.returncode, done.stderr) == (0, "")
    worse = {"ABUSE_EMAIL": "", "API_ORIGINS": "*", "STAFF_SECOND_FACTOR_REQUIRED": ""}
    said = manage(tmp_path, *words, **proxy | worse)
    assert said.returncode == 1
    for id in ("pastes.W014", "pastes.I043", "pastes.W045"):
        assert id in said.stderr


@pytest.mark.parametrize("name", ["DEBUG", "STAFF_SECOND_FACTOR_REQUIRED"])
def test_what_is_neither_on_nor_off_does_not_start(tmp_path, name):
    done = manage(tmp_path, "check", **{name: "required"})
    assert done.returncode == 1
    assert f"{name} must be on or off, not 'required'." in done.stderr


def test_empty_values_mean_the_defaults(tmp_path):
    example = (ROOT / ".env.example").read_text()
    names = re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE)
    assert "LIMIT_API" in names
    empty = dict.fromkeys(set(names) - {"DATA_DIR", "SECRET_KEY"}, "")
    done = manage(tmp_path, "check", **empty)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_check_is_registered(tmp_path):
    done = manage(
        tmp_path,
        *("check", "--database", "default"),
        LIMIT_CREATE="lots",
        PASTE_LIFETIMES="1q",
        TRUSTED_PROXIES="1",
    )
    assert done.returncode == 1
    for id in ("pastes.E003", "pastes.E004", "pastes.E006"):
        assert id in done.stderr
