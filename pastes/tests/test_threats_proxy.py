"""A shared cache with its default rules in front of the site: it keeps nothing."""

import contextlib
import os
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from pastes.tests.conftest import free_port

CONFIG = """
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/temp;
    fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    proxy_cache_path {folder}/cache keys_zone=all:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {site};
            proxy_cache all;
            proxy_cache_valid any 10m;
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
}}
"""


@pytest.fixture
def cached(site, tmp_path):
    """The address of an nginx that keeps for ten minutes whatever it may."""
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    config = tmp_path / "nginx.conf"
    config.write_text(
        CONFIG.format(folder=tmp_path, port=port, site=site.url, user=user)
    )
    nginx = subprocess.Popen(
        ["nginx", "-c", config, "-p", tmp_path, "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
                break
            # Asking is the only way to learn that another process is ready.
            time.sleep(0.05)
        yield url
    finally:
        nginx.terminate()
        nginx.wait(timeout=20)


def ask(url, data=None, **headers):
    """Return the status, the body and the headers of an answer, refusals too."""
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.mark.threat("B7", "B5")
def test_cache_in_front_keeps_no_paste(site, cached):
    kind = {"Content-Type": "text/plain"}
    static = ask(f"{site.url}/")[1].decode().partition('href="/static/')[2]
    static = f"{cached}/static/{static.partition(chr(34))[0]}"
    # It does keep what is for everybody.
    assert [ask(static)[2]["X-Cache"] for _ in range(2)] == ["MISS", "HIT"]
    _, link, headers = ask(f"{cached}/", b"canary", **kind)
    path = "/" + link.decode().strip().rpartition("/")[2]
    pages = [path, f"{path}/raw", f"{path}/download", f"/api/v1/pastes{path}"]
    for page in pages:
        for _ in range(2):
            status, body, seen = ask(f"{cached}{page}")
            assert (status, b"canary" in body) == (200, True), page
            assert seen["X-Cache"] != "HIT", page
    token = {"Authorization": f"Bearer {headers['X-Owner-Token']}"}
    request = urllib.request.Request(
        f"{cached}/api/v1/pastes{path}", method="DELETE", headers=token
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 204
    for page in pages:
        status, body, _ = ask(f"{cached}{page}")
        assert (status, b"canary" in body) == (404, False), page


@pytest.mark.threat("B7", "P4")
def test_what_one_reader_unlocked_the_next_one_does_not_get(cached):
    lock = {"Content-Type": "text/plain", "X-Paste-Password": "secret"}
    link = ask(f"{cached}/", b"canary", **lock)[1].decode().strip()
    raw = f"{cached}/{link.rpartition('/')[2]}/raw"
    for headers in ({"X-Paste-Password": "secret"}, {}, {"X-Paste-Password": ""}):
        status, body, seen = ask(raw, **headers)
        is_opened = headers.get("X-Paste-Password") == "secret"
        assert (status, b"canary" in body) == (200 if is_opened else 401, is_opened)
        assert seen["X-Cache"] != "HIT"
