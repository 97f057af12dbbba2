"""Checks of what others could reach, read or forge: each fires, and is silent else."""

import io
import re
from datetime import date
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from django.conf import settings as live_settings
from django.core.checks.registry import registry
from django.core.management.base import SystemCheckError
from django.db import OperationalError
from django.db.utils import ConnectionHandler, NotSupportedError

from bench.postgres import Cluster
from pastebin_site import settings as site_settings
from pastes import checks
from pastes.checks import databases, exposure
from pastes.management.commands import serve
from pastes.tests.conftest import ROOT
from pastes.tests.test_checks import ids, manage

HTTPS = {"SITE_URL": "https://paste.example.org", "IS_HTTPS": True}
GOOD_KEY = "5fVq2-Zk_1rTq0yXbW8sUu3nHc7dLe9mAo4gJp6iKv" + "QwErTyUiOp"

# Check -> [(its id, or none, and the settings under which it says so)].
CASES = {
    "check_debug": [
        ("pastes.E020", {"DEBUG": True, "ALLOWED_HOSTS": ["paste.example.org"]}),
        ("pastes.E020", {"DEBUG": True, "ALLOWED_HOSTS": ["localhost", "*"]}),
        ("pastes.E020", {"DEBUG": True, "ALLOWED_HOSTS": [".example.org"]}),
        ("pastes.E020", {"DEBUG": True, "ALLOWED_HOSTS": ["93.184.216.34"]}),
        ("", {"DEBUG": True, "ALLOWED_HOSTS": ["localhost", "[::1]", "192.168.1.2"]}),
        ("", {"DEBUG": False, "ALLOWED_HOSTS": ["paste.example.org"]}),
    ],
    "check_secret_key": [
        ("pastes.E021", {"SECRET_KEY": "changeme"}),
        ("pastes.E021", {"SECRET_KEY": GOOD_KEY[:49]}),
        ("pastes.E021", {"SECRET_KEY": "abcd" * 20}),
        ("pastes.E021", {"SECRET_KEY": f"django-insecure-{GOOD_KEY}"}),
        ("pastes.E021", {"SECRET_KEY_FALLBACKS": [GOOD_KEY, "old"]}),
        ("", {"SECRET_KEY": GOOD_KEY, "SECRET_KEY_FALLBACKS": [GOOD_KEY[::-1]]}),
    ],
    "check_hosts": [
        ("pastes.W022", {"ALLOWED_HOSTS": ["localhost", "*"]}),
        ("", {"ALLOWED_HOSTS": ["paste.example.org", ".example.net"]}),
    ],
    "check_https": [
        ("pastes.W023", {"SITE_URL": "http://paste.example.org"}),
        ("", {"SITE_URL": "http://paste.lan:8000"}),
        ("", {"SITE_URL": "http://[fd00::1]:8000"}),
        ("", HTTPS | {"CSRF_TRUSTED_ORIGINS": ["https://other.example.org"]}),
        ("pastes.W042", HTTPS | {"CSRF_TRUSTED_ORIGINS": ["http://a.example.org"]}),
        ("pastes.W042", HTTPS | {"CSRF_TRUSTED_ORIGINS": ["http://*.example.org"]}),
        ("", HTTPS | {"CSRF_TRUSTED_ORIGINS": ["http://localhost:8000"]}),
    ],
    "check_proxy": [
        ("pastes.W024", HTTPS | {"TRUSTED_PROXIES": 0}),
        ("", HTTPS | {"TRUSTED_PROXIES": 1}),
        ("", {"SITE_URL": "http://paste.lan", "TRUSTED_PROXIES": 0}),
    ],
    "check_hashing": [
        ("pastes.W026", {"HASHES_AT_ONCE": 2, "WORKERS": 1000}),
        ("", {"HASHES_AT_ONCE": 1, "WORKERS": 1000}),
        ("pastes.E026", {"PASSWORD_HASHERS": ["pastes.tests.hashers.QuickHasher"]}),
        (
            "pastes.E026",
            {
                "PASSWORD_HASHERS": [
                    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher"
                ]
            },
        ),
    ],
    "check_middleware": [
        (
            "pastes.E044",
            {"MIDDLEWARE": ["django.middleware.cache.FetchFromCacheMiddleware"]},
        ),
        ("", {}),
    ],
    "check_metrics_are_ours": [
        ("", {"METRICS_NETWORKS": []}),
        ("", {"METRICS_NETWORKS": [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]}),
        ("pastes.W049", {"METRICS_NETWORKS": [ip_network("0.0.0.0/0")]}),
        ("pastes.W049", {"METRICS_NETWORKS": [ip_network("128.0.0.0/1")]}),
        (
            "pastes.W049",
            {"METRICS_NETWORKS": [ip_network("10.0.0.0/8"), ip_network("::/0")]},
        ),
        (
            "",
            {"METRICS_NETWORKS": [ip_network("::/0")], "METRICS_KEY": "k" * 16},
        ),
    ],
    "check_origins": [
        ("pastes.I043", {"CORS_ALLOW_ALL_ORIGINS": True}),
        ("", {"CORS_ALLOWED_ORIGINS": ["https://tool.example"]}),
    ],
    "check_staff": [
        ("pastes.W045", {}),
        ("", {"STAFF_SECOND_FACTOR_REQUIRED": True}),
        (
            "pastes.W047",
            {"STAFF_SECOND_FACTOR_REQUIRED": True, "SESSION_COOKIE_AGE": 1209600},
        ),
    ],
    "check_retention": [
        ("pastes.W046", {"ADDRESS_RETENTION": "1y"}),
        ("", {"ADDRESS_RETENTION": "90d"}),
        ("", {"ADDRESS_RETENTION": "two weeks"}),
    ],
    "check_mail_is_encrypted": [
        ("", {}),
        ("", {"EMAIL_URL": "smtp://localhost", "EMAIL_HOST": "localhost"}),
        ("", {"EMAIL_URL": "smtp://mail:25", "EMAIL_HOST": "mail"}),
        (
            "pastes.W048",
            {"EMAIL_URL": "smtp://m.example.org", "EMAIL_HOST": "m.example.org"},
        ),
        (
            "",
            {
                "EMAIL_URL": "smtp+tls://m.example.org",
                "EMAIL_HOST": "m.example.org",
                "EMAIL_USE_TLS": True,
            },
        ),
    ],
}
OURS = {
    # What the tests' own settings turn down, as the real ones have it.
    "PASSWORD_HASHERS": ["pastes.services.hashing.BoundedHasher"],
    "SECRET_KEY_FALLBACKS": [],
}


@pytest.mark.parametrize(
    ("check", "id", "values"),
    [(check, *case) for check, cases in CASES.items() for case in cases],
)
def test_unsafe_setting_is_told_and_a_safe_one_is_not(settings, check, id, values):
    for name, value in (OURS | values).items():
        setattr(settings, name, value)
    found = getattr(checks, check)()
    assert ids(found) == ([id] if id else [])
    for fault in found:
        assert fault.hint
        assert GOOD_KEY not in f"{fault.msg}{fault.hint}"


def test_limits_that_are_off_are_told_by_name(settings):
    for name in [each for each in dir(live_settings) if each.startswith("LIMIT_")]:
        setattr(settings, name, "5/m")
    assert checks.check_limits_are_on() == []
    settings.LIMIT_CREATE = settings.LIMIT_API = "off"
    (fault,) = checks.check_limits_are_on()
    assert fault.id == "pastes.W025"
    assert "LIMIT_API, LIMIT_CREATE" in fault.msg


def test_data_that_others_may_read_is_told(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    assert checks.check_files() == []
    settings.DATA_DIR.mkdir(mode=0o750)
    key = settings.DATA_DIR / "secret_key"
    key.touch(mode=0o640)
    assert checks.check_files() == []
    settings.DATA_DIR.chmod(0o755)
    key.chmod(0o604)
    assert ids(checks.check_files()) == ["pastes.W040", "pastes.E040"]


def test_key_of_one_machine_is_told_on_postgresql_alone(
    settings, tmp_path, monkeypatch
):
    settings.DATA_DIR = tmp_path
    settings.SECRET_KEY = GOOD_KEY
    monkeypatch.setattr(exposure, "connection", SimpleNamespace(vendor="postgresql"))
    assert checks.check_key_is_shared() == []
    (tmp_path / "secret_key").write_text(f"{GOOD_KEY}\n")
    assert ids(checks.check_key_is_shared()) == ["pastes.W041"]
    settings.SECRET_KEY = GOOD_KEY[::-1]
    assert checks.check_key_is_shared() == []
    settings.SECRET_KEY = GOOD_KEY
    monkeypatch.setattr(exposure, "connection", SimpleNamespace(vendor="sqlite"))
    assert checks.check_key_is_shared() == []


# PostgreSQL

SOUND = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "data_checksums": "on",
    "server_version_num": "150018",
    "server_encoding": "UTF8",
    "statement_timeout": "30000",
    "lock_timeout": "20000",
    "idle_in_transaction_session_timeout": "60000",
}
TODAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("id", "change"),
    [
        ("", {}),
        ("", {"synchronous_commit": "remote_apply"}),
        ("", {"server_version_num": "190001"}),
        ("pastes.E030", {"fsync": "off"}),
        ("pastes.E030", {"full_page_writes": "off"}),
        ("pastes.E031", {"synchronous_commit": "off"}),
        ("pastes.W031", {"synchronous_commit": "local"}),
        ("pastes.W031", {"synchronous_commit": "remote_write"}),
        ("pastes.W032", {"data_checksums": "off"}),
        ("pastes.W033", {"server_version_num": "130022"}),
        ("pastes.E034", {"server_encoding": "SQL_ASCII"}),
        ("pastes.W036", {"statement_timeout": "0"}),
        ("pastes.W036", {"lock_timeout": "0"}),
        ("pastes.W036", {"idle_in_transaction_session_timeout": "0"}),
    ],
)
def test_postgresql_that_loses_or_waits_is_told(id, change):
    found = checks.judge_postgresql(SOUND | change, TODAY)
    assert ids(found) == ([id] if id else [])


def test_postgresql_is_supported_until_its_last_day():
    for today, expected in (
        (date(2027, 11, 11), []),
        (date(2027, 11, 12), ["pastes.W033"]),
    ):
        assert ids(checks.judge_postgresql(SOUND, today)) == expected


class Gone:
    """Stands for a server that the driver refuses, or that is not there."""

    vendor = "postgresql"

    def __init__(self, error):
        self.error = error

    def cursor(self):
        raise self.error


def test_postgresql_that_django_refuses_is_e033_and_one_that_is_away_is_not(
    monkeypatch,
):
    words = "PostgreSQL 14 or later is required (found 13.4)"
    monkeypatch.setattr(databases, "connection", Gone(NotSupportedError(words)))
    assert ids(checks.check_postgresql(databases=["default"])) == ["pastes.E033"]
    assert checks.check_postgresql(databases=None) == []
    monkeypatch.setattr(databases, "connection", Gone(OperationalError("refused")))
    assert checks.check_postgresql(databases=["default"]) == []


def test_real_postgresql_is_asked(db, tmp_path, monkeypatch):
    """A server that does not sync is refused by the check and by the start."""
    cluster = Cluster().make().start()
    try:
        url = cluster.create_database("pastebin")
        one = ConnectionHandler({"default": site_settings.database(url)})["default"]
        monkeypatch.setattr(databases, "connection", one)
        found = ids(checks.check_postgresql(databases=["default"]))
        assert found == ["pastes.E030", "pastes.E030", "pastes.E031"]
        one.close()
        said = manage(tmp_path, "serve", DATABASE_URL=url, PORT="1")
        assert said.returncode == 1
        assert "pastes.E030" in said.stderr
    finally:
        cluster.remove()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@db.example.org/pastes", ["pastes.W035"]),
        ("postgres://u:p@10.0.0.5:5432/pastes?sslmode=prefer", ["pastes.W035"]),
        ("postgres://u:p@db.example.org/pastes?sslmode=require", []),
        ("postgres://u:p@db.example.org/pastes?sslmode=verify-full", []),
        ("postgres://u:p@localhost/pastes", []),
        ("postgres://u:p@127.0.0.1/pastes", []),
        ("postgres://u:p@db:5432/pastes", []),
        ("postgres://u@/run/postgresql/pastes", []),
        ("sqlite:////srv/pastebin.sqlite3", []),
    ],
)
def test_connection_that_can_be_overheard_is_w035(settings, monkeypatch, url, expected):
    wanted = site_settings.database(url)
    handler = ConnectionHandler({"default": wanted})
    monkeypatch.setattr(databases, "connection", handler["default"])
    monkeypatch.setitem(settings.DATABASES, "default", wanted)
    found = checks.check_database_connection()
    assert ids(found) == expected
    for fault in found:
        assert "u:p" not in fault.msg


# All of them


def test_start_says_each_warning_in_a_line_and_goes_on(db, settings):
    settings.SITE_URL = "http://paste.example.org"
    settings.PASSWORD_HASHERS = OURS["PASSWORD_HASHERS"]
    said = io.StringIO()
    serve.Command(stderr=said, no_color=True).check_settings()
    (line,) = [line for line in said.getvalue().splitlines() if "W023" in line]
    assert line.startswith("Warning pastes.W023: SITE_URL=http://paste.example.org is")
    settings.SECRET_KEY = "changeme"
    with pytest.raises(SystemCheckError, match=r"pastes\.E021"):
        serve.Command().check_settings()


def ids_in_code():
    sources = [*(ROOT / "pastes/checks").glob("*.py"), ROOT / "pastes/middleware.py"]
    text = "".join(file.read_text() for file in sources)
    return set(re.findall(r"id=\"(pastes\.[EWI]\d{3})\"|\"(pastes\.[EW]\d{3})\"", text))


def test_every_id_has_a_row_in_the_docs():
    found = {one or other for one, other in ids_in_code()}
    rows = re.findall(
        r"^\| `(pastes\.[EWI]\d{3})` \|",
        (ROOT / "docs/security.md").read_text(),
        re.MULTILINE,
    )
    assert len(rows) == len(set(rows))
    assert set(rows) == found


def test_every_check_is_registered():
    registered = registry.get_checks(True)
    for name in [each for each in dir(checks) if each.startswith("check_")]:
        assert getattr(checks, name) in registered, name
