"""Whether others are served while a hundred uploads and a hundred readers stall.

Run with `.venv/bin/python bench/stalled.py`. Each stalled upload has begun its body and
sends no more; each stalled reader has asked for a paste of ten megabytes and takes none
of it. Meanwhile another client makes and reads pastes; its waiting is printed, with the
site alone on the net and (where nginx is installed) behind it.
"""

import contextlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Site, Visitor

LARGE = 10_000_000
ROUNDS = 50
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_max_body_size 32m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{site};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto http;
    }}
  }}
}}
"""


@dataclass
class Outcome:
    stalled: int
    answered: int
    seconds: list[float]
    more_memory: int
    failures: list[str]

    def __str__(self) -> str:
        waits = sorted(self.seconds) or [0.0]
        return (
            f"{self.stalled} stalled; {self.answered} others answered, median "
            f"{statistics.median(waits) * 1000:.0f} ms, slowest {waits[-1] * 1000:.0f} ms"
            f"; {self.more_memory / 1e6:+.0f} MB; failures: {len(self.failures)}"
        )


def run(
    memory: Callable[[], int],
    port: int,
    *,
    uploads: int,
    readers: int,
    rounds: int,
    size: int = LARGE,
) -> Outcome:
    """Stall so many at the port, which is the site's or a proxy's, and ask beside them."""
    with Visitor(port) as visitor:
        large = visitor.create(loads.incompressible_text(size))
        visitor.ask("GET", f"{large}/raw")
    before = memory()
    seconds, failures = [], []
    with contextlib.ExitStack() as stack:
        for number in range(uploads):
            stack.enter_context(stalled_upload(port, is_chunked=number % 2 == 0))
        for _ in range(readers):
            stack.enter_context(stalled_reader(port, f"{large}/raw"))
        for number in range(rounds):
            text = b"others are served %d" % number
            began = time.monotonic()
            try:
                # Each anew, as another client would come.
                with Visitor(port, timeout=10) as visitor:
                    path = visitor.create(text)
                    if visitor.ask("GET", f"{path}/raw").body != text:
                        failures.append(f"{path} came back altered")
                    if visitor.ask("GET", path).status != 200:
                        failures.append(f"{path} has no page")
            except (loads.Refused, *loads.CUT_OFF) as error:
                failures.append(repr(error))
                if len(failures) >= 3:
                    break
                continue
            seconds.append((time.monotonic() - began) / 3)
        more = memory() - before
    return Outcome(uploads + readers, 3 * len(seconds), seconds, more, failures)


@contextlib.contextmanager
def stalled_upload(port: int, *, is_chunked: bool) -> Iterator[socket.socket]:
    """Begin an upload whose body does not go on."""
    body = "Transfer-Encoding: chunked" if is_chunked else "Content-Length: 100000"
    begun = b"5\r\nhello\r\n" if is_chunked else b"hello"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as upload:
        head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{body}\r\n\r\n"
        upload.sendall(head.encode() + begun)
        yield upload


@contextlib.contextmanager
def stalled_reader(port: int, path: str) -> Iterator[socket.socket]:
    """Ask for a paste, and take none of it."""
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", port))
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        reader.sendall(head.encode())
        yield reader


@contextlib.contextmanager
def behind_nginx(site: Site, folder: Path, port: int) -> Iterator[None]:
    """Run nginx with its defaults in front of the site, at the port."""
    folder.chmod(0o755)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, site=site.port))
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(config)])

    def answers() -> bool:
        with contextlib.suppress(*loads.CUT_OFF), Visitor(port) as visitor:
            return visitor.ask("GET", "/healthz").status == 200
        return False

    try:
        loads.wait_until(answers, "nginx")
        yield
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    words = loads.options(
        __doc__, uploads=(100, 100), readers=(100, 100), rounds=(ROUNDS, 10)
    )
    how_many = {
        "uploads": words.uploads,
        "readers": words.readers,
        "rounds": words.rounds,
    }
    failures = []
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            folder = Path(name)
            url = cluster.create_database("site") if cluster else ""
            # Alone on PostgreSQL is no usual shape, and takes more connections.
            more = {"THREADS": "128"} if cluster else {}
            alone = Site(folder / "data", database=url, **more)
            with loads.running(alone):
                outcome = run(alone.memory, alone.port, **how_many)
            print(f"{engine}, alone: {outcome}")
            failures += outcome.failures
            if shutil.which("nginx"):
                port = loads.free_port()
                address = f"http://127.0.0.1:{port}"
                proxied = {"TRUSTED_PROXIES": "1", "SITE_URL": address}
                site = Site(folder / "data", database=url, **proxied)
                with loads.running(site), behind_nginx(site, folder, port):
                    outcome = run(site.memory, port, **how_many)
                print(f"{engine}, behind nginx: {outcome}")
                failures += outcome.failures
    loads.finish(failures)


if __name__ == "__main__":
    main()
