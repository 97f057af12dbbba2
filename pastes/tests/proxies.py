"""nginx as deploy/nginx has it, with a certificate of its own, on free ports."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.loads import ROOT, free_port

DEPLOY = ROOT / "deploy" / "nginx"
# What Debian's own nginx.conf has around the files of conf.d, as far as it matters.
MAIN = """
daemon off;
worker_processes {workers};
pid nginx.pid;
error_log error.log warn;
{user}
events {{ worker_connections 512; }}
http {{
    access_log access.log;
    {temporary}
    {servers}
}}
"""


def make_certificate(folder: Path) -> None:
    """Make cert.pem and key.pem for localhost there."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )


def whole_host(folder: Path, upstream: str, *, http: int, https: int) -> str:
    """Return deploy/nginx/pastebin.conf for these ports, and a site at `upstream`."""
    text = (DEPLOY / "pastebin.conf").read_text()
    changes = {
        r"listen 80;": f"listen 127.0.0.1:{http};",
        r"listen \[::\]:80;": f"listen [::1]:{http};",
        r"listen 443 ": f"listen 127.0.0.1:{https} ",
        r"listen \[::\]:443 ": f"listen [::1]:{https} ",
        r"server_name paste\.example\.org;": "server_name localhost;",
        r"https://paste\.example\.org\$": f"https://localhost:{https}$",
        r"/etc/letsencrypt/\S*/fullchain\.pem": f"{folder}/cert.pem",
        r"/etc/letsencrypt/\S*/privkey\.pem": f"{folder}/key.pem",
        r"server 127\.0\.0\.1:8000;": f"server {upstream};",
        r"/run/pastebin/front": f"{folder}/front",
    }
    return changed(text, changes)


def below_a_path(folder: Path, upstream: str, *, https: int) -> str:
    """Return a host of something else, with deploy/nginx/pastebin-below.conf in it."""
    return (
        "include snippets/pastebin-log.conf;\n"
        f"upstream pastebin {{ server {upstream}; }}\n"
        f"server {{ listen 127.0.0.1:{https} ssl http2; server_name localhost;\n"
        "access_log access.log pastebin_host;\n"
        f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;\n"
        f"{(DEPLOY / 'pastebin-below.conf').read_text()}\n"
        'location / { return 200 "something else\\n"; } }\n'
    )


def changed(text: str, changes: dict[str, str]) -> str:
    for pattern, new in changes.items():
        text, count = re.subn(pattern, lambda match, new=new: new, text)
        assert count, f"{pattern} is not in the file"
    return text


@contextlib.contextmanager
def running_nginx(
    folder: Path, servers: str, port: int, workers: str = "1"
) -> Iterator[Path]:
    """Run nginx with these server blocks until the block ends; give its folder."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing: `make tools` installs it."
    shutil.copytree(DEPLOY, folder / "snippets", dirs_exist_ok=True)
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{place}_temp_path {folder}/{place};" for place in places)
    # Otherwise its workers are another user's, who cannot enter a test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    main = MAIN.format(user=user, workers=workers, temporary=temporary, servers=servers)
    (folder / "nginx.conf").write_text(main)
    words = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen([*words, "-e", str(folder / "error.log")])
    try:
        wait_for(port, process)
        yield folder
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, "It ended at once."
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        # Asking is the only way to learn that another process listens.
        time.sleep(0.02)
    raise RuntimeError(f"Nothing listens at {port}.")


def free_ports(count: int) -> list[int]:
    """Return different free ports: taken one by one, two may be the same."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return sorted(found)
