"""The one command that starts the site: what it makes, says, refuses and survives."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError

from pastes.management.commands import serve
from pastes.tests.conftest import (
    ROOT,
    free_port,
    reuse_static_files,
    running_site,
    site_environment,
)
from pastes.tests.settings import CLUSTER


def refusal(data_dir, **settings):
    """Start a site that must not start; return what it says."""
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=site_environment(data_dir, **{"PORT": str(free_port())} | settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
    return done.stderr


def wait_until(is_so, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "It never came to be."
        # Asking is the only way to learn what another process has done.
        time.sleep(0.05)


def workers(site):
    pid = site.process.pid
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def answers(site):
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"{site.url}/readyz", timeout=5).close()
        return True
    return False


# Starting


def test_first_start_makes_what_it_needs_and_later_ones_find_it(tmp_path):
    data = tmp_path / "new" / "data"
    data.parent.mkdir()
    with running_site(data, is_first=True, SECRET_KEY="") as site:
        said = site.log.read_text()
        assert f"Pastebin is at {site.url}/\n" in said
        assert f"For an admin at {site.url}/admin/: " in said
        assert "manage.py createsuperuser\n" in said
        login = urllib.request.urlopen(f"{site.url}/admin/login/", timeout=10)
        assert b"/static/admin/css/base." in login.read()
    private = ["secret_key", "serve.lock"]
    if not CLUSTER:
        private.append("pastebin.sqlite3")
    modes = {name: (data / name).stat().st_mode & 0o777 for name in private}
    assert modes == dict.fromkeys(private, 0o600)
    key = (data / "secret_key").read_text()
    collected = (data / "static" / "staticfiles.json").stat().st_mtime_ns

    site.run(
        "createsuperuser",
        "--noinput",
        "--username",
        "boss",
        "--email",
        "boss@example.org",
    )
    with running_site(data) as site:
        said = site.log.read_text()
        assert f"Pastebin is at {site.url}/\n" in said
        assert "createsuperuser" not in said
    assert (data / "secret_key").read_text() == key
    assert (data / "static" / "staticfiles.json").stat().st_mtime_ns == collected


def test_start_says_nothing_that_is_no_news(tmp_path):
    data = tmp_path / "data"
    python = os.path.relpath(sys.executable, ROOT)
    with running_site(
        data, SITE_NAME="Our pastes", SITE_URL="http://x.example"
    ) as site:
        lines = site.log.read_text().splitlines()
    assert lines == [
        "Our pastes is at http://x.example/",
        f"For an admin at http://x.example/admin/: {python} manage.py createsuperuser",
        "Ctrl+C stops it.",
    ]


@pytest.fixture
def static_root(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path / "static"
    return settings.STATIC_ROOT


def test_static_files_are_collected_once(static_root):
    assert serve.collect_static() is True
    assert (static_root / "pastes" / "site.css").exists()
    assert serve.collect_static() is False


def test_static_files_are_collected_anew_when_one_changed(
    static_root, tmp_path, settings
):
    source = tmp_path / "source"
    source.mkdir()
    settings.STATICFILES_DIRS = [source]
    for words in ("p { color: red }", "p { color: tan }"):
        (source / "more.css").write_text(words)
        assert serve.collect_static() is True
    assert (static_root / "more.css").exists()
    assert serve.collect_static() is False


@pytest.mark.parametrize("stamp", ["", "stale"])
def test_static_files_are_collected_anew_without_a_fitting_stamp(static_root, stamp):
    serve.collect_static()
    (static_root / "stamp").write_text(stamp)
    (static_root / "pastes" / "site.css").unlink()
    assert serve.collect_static() is True
    assert (static_root / "pastes" / "site.css").exists()


def test_static_digest_follows_versions_and_storage(settings, monkeypatch):
    digests = {serve.digest_static()}
    monkeypatch.setattr(serve, "STATIC_MAKERS", ("django", "whitenoise"))
    digests.add(serve.digest_static())
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "other"}}
    digests.add(serve.digest_static())
    assert len(digests) == 3


def test_what_is_prepared_before_takes_no_memory_of_the_server(monkeypatch, tmp_path):
    loaded = []

    def prepare():
        loaded.append("much")
        (tmp_path / "prepared").touch()

    monkeypatch.setattr(serve, "prepare", prepare)
    serve.prepare_apart()
    assert (tmp_path / "prepared").exists()
    assert not loaded


# Refusing to start


def test_site_that_cannot_be_prepared_does_not_start(monkeypatch, capfd):
    def refuse():
        raise CommandError("The database does not answer.")

    monkeypatch.setattr(serve, "migrate", refuse)
    with pytest.raises(CommandError, match="does not start"):
        serve.prepare_apart()
    assert capfd.readouterr().err == "The database does not answer.\n"


def test_taken_port_is_refused_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path / "data", PORT=str(port))
    assert f"Port {port} is taken" in said
    assert f"PORT={port + 1}" in said
    assert not (tmp_path / "data" / "pastebin.sqlite3").exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"DATA_DIR": "/proc/nowhere", "SECRET_KEY": ""},
            "DATA_DIR=/proc/nowhere cannot be used",
        ),
        ({"LIMIT_CREATE": "lots"}, "LIMIT_CREATE: 'lots' is not a limit such as 60/h"),
        ({"PASTE_LIFETIMES": "1d,1q"}, "PASTE_LIFETIMES: '1q' is not a span of time"),
        ({"ADDRESS_RETENTION": "x"}, "ADDRESS_RETENTION: 'x' is not a span of time"),
        ({"TRUSTED_PROXIES": "1"}, "SITE_URL must be set when"),
        ({"ALLOWED_HOSTS": "*"}, "SITE_URL must be set when"),
        ({"SITE_URL": "paste.example.org"}, "SITE_URL=paste.example.org is not"),
        ({"HOST": "192.0.2.1"}, "Cannot serve at 192.0.2.1"),
        ({"HOST": "unix:site.sock"}, "HOST=unix:site.sock must be a whole path"),
        ({"HOST": "unix:/tmp/site.sock"}, "set TRUSTED_PROXIES=1 and SITE_URL"),
        ({"SOCKET_MODE": "rw"}, "SOCKET_MODE must be a mode such as 660, not 'rw'"),
        ({"FRONT_DIR": "front"}, "FRONT_DIR must begin with a slash"),
        (
            {"FRONT_DIR": "/nowhere/front", "DATABASE_URL": ""},
            "FRONT_DIR cannot be used: [Errno 2]",
        ),
        ({"PORT": "70000"}, "PORT=70000 is no port"),
        ({"PORT": "abc"}, "PORT must be a whole number, not 'abc'"),
        ({"DATABASE_URL": "mysql://u:secret@h/d"}, "runs on PostgreSQL and on SQLite"),
        ({"DATABASE_URL": "postgres://u:secret@127.0.0.1:1/d"}, "does not answer: "),
    ],
)
def test_bad_setting_is_refused_with_a_sentence(tmp_path, settings, sentence):
    assert sentence in refusal(tmp_path / "data", **settings)


PROXIED = {"TRUSTED_PROXIES": "1", "SITE_URL": "http://localhost"}


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nowhere/site.sock", "No such file or directory"),
        ("a file", "Address already in use"),
        ("x" * 120, "path too long"),
    ],
)
def test_socket_that_cannot_be_made_is_refused_and_nothing_removed(
    tmp_path, path, sentence
):
    (tmp_path / "a file").write_text("kept")
    where = f"{tmp_path}/{path}"
    said = refusal(tmp_path / "data", HOST=f"unix:{where}", **PROXIED)
    assert f"Cannot serve at {where}: " in said
    assert sentence in said
    assert (tmp_path / "a file").read_text() == "kept"


# At a socket, and by IPv6


def ask_socket(path, word="readyz"):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        connection.sendall(f"GET /{word} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(4096), b""))


def probe(data_dir, *words, **settings):
    return subprocess.run(
        [sys.executable, "-m", "pastebin_site.probe", *words],
        cwd=ROOT,
        env=site_environment(data_dir, **settings),
        capture_output=True,
        text=True,
    )


def test_socket_that_a_killed_site_left_is_taken_over(tmp_path):
    path, data = tmp_path / "site.sock", tmp_path / "data"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    reuse_static_files(data)
    settings = PROXIED | {"HOST": f"unix:{path}", "SOCKET_MODE": "600"}
    assert probe(data, **settings).returncode == 1
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=site_environment(data, WORKERS="1", **settings),
    )

    def is_ready():
        with contextlib.suppress(OSError):
            return ask_socket(path).startswith(b"HTTP/1.0 200")

    try:
        wait_until(is_ready, seconds=60)
        assert path.stat().st_mode & 0o777 == 0o600
        said = probe(data, "readyz", **settings)
        assert said.returncode == 0
        assert said.stdout.startswith("ready\n")
        said = probe(data, "nothing", **settings)
        assert (said.returncode, said.stderr[:4]) == (1, "404 ")
        assert f"Another site answers at {path}" in refusal(data, **settings)
        assert ask_socket(path).startswith(b"HTTP/1.0 200")
    finally:
        process.terminate()
        process.wait(timeout=40)
    assert not path.exists()


def test_ipv6_is_served_and_counted_by_its_network(tmp_path):
    port = free_port()
    url = f"http://[::1]:{port}"
    proxied = {"TRUSTED_PROXIES": "1", "SITE_URL": url, "LIMIT_CREATE": "2/h"}
    data = tmp_path / "data"
    with running_site(data, url=url, HOST="::", PORT=str(port), **proxied) as site:

        def create(address):
            asked = urllib.request.Request(f"{url}/", b"x", method="PUT")
            asked.add_header("X-Forwarded-For", address)
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""

        status, link = create("2001:db8:1:2::a")
        assert (status, link.startswith(f"{url}/")) == (201, True)
        assert create("2001:db8:1:2:ffff::b")[0] == 201
        assert create("2001:db8:1:2::c")[0] == 429
        assert create("2001:db8:1:3::a")[0] == 201
        # All of the machine's addresses, the old ones too.
        old = f"http://127.0.0.1:{port}/healthz"
        assert urllib.request.urlopen(old, timeout=30).read() == b"ok\n"
        said = probe(data, HOST="::", PORT=str(port), **proxied)
        assert (said.returncode, said.stdout) == (0, "ok\n")
        assert f"is at {url}/\n" in site.log.read_text()


# Stopping, and going on


def upload_slowly(site):
    """Begin a chunked upload; return its socket once the site reads the body."""
    host, port = site.url.removeprefix("http://").split(":")
    upload = socket.create_connection((host, int(port)), timeout=30)
    upload.sendall(
        f"POST / HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: text/plain\r\n"
        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    assert upload.recv(100).startswith(b"HTTP/1.1 100 ")
    upload.sendall(b"5\r\nhello\r\n")
    return upload


def test_stopping_finishes_what_is_under_way(tmp_path):
    with running_site(tmp_path / "data") as site:
        with upload_slowly(site) as upload:
            site.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not answers(site))
            upload.sendall(b"6\r\n world\r\n0\r\n\r\n")
            answer = b"".join(iter(lambda: upload.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 201 ")
        assert site.process.wait(timeout=40) == 0
    texts = "from pastes.models import Paste; print(Paste.objects.get().data.decode())"
    assert site.run("shell", "-v0", "-c", texts).stdout == "hello world\n"


def test_stopping_soon_after_the_start_is_quick(tmp_path):
    # One worker answers while the other may still be loading.
    with running_site(tmp_path / "data") as site:
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(timeout=serve.STOP_SECONDS / 2) == 0


def test_ctrl_c_reaches_all_processes_and_is_no_error(tmp_path):
    with running_site(tmp_path / "data") as site:
        for pid in [*workers(site), site.process.pid]:
            os.kill(int(pid), signal.SIGINT)
        assert site.process.wait(timeout=serve.STOP_SECONDS / 2) == 0
    assert "ERROR" not in site.log.read_text()


def test_killed_worker_is_replaced(tmp_path):
    with running_site(tmp_path / "data") as site:
        before = workers(site)
        assert len(before) == 2
        for pid in before:
            os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: len(workers(site) - before) == 2)
        wait_until(lambda: answers(site))
        assert site.process.poll() is None


def test_site_says_that_it_runs(site):
    """By a lock, which a restore or a move on this machine looks at."""
    with (
        (site.data_dir / "running.lock").open() as file,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
