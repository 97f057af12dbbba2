"""How long readers wait while 200 others try passwords at once.

Run with `.venv/bin/python bench/unlocking.py`. It starts the site in production mode, with
the bound on hashing and without one, and asks for another paste all the while. A figure
means nothing without that of the idle site in its row.
"""

import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.loads import free_port, served

PARALLEL = 200
SECONDS = 6
OFF = dict.fromkeys(
    ("LIMIT_CREATE", "LIMIT_UNLOCK_PASTE", "LIMIT_UNLOCK_PASTE_CLIENT", "LIMIT_API"),
    "off",
)


def ask(port: int, method: str, path: str, body: str = "", **headers: str) -> tuple:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def read_for(port: int, path: str, seconds: float) -> list[float]:
    """Read a paste again and again, each time anew; return the seconds that each took."""
    taken = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        status, _ = ask(port, "GET", path)
        taken.append(time.perf_counter() - start)
        assert status == 200, status
    return taken


def unlock_for(port: int, path: str, end: float, found: Counter) -> None:
    while time.perf_counter() < end:
        try:
            status, _ = ask(port, "GET", path, **{"X-Paste-Password": "wrong"})
        except OSError:
            status = "no answer"
        found[status] += 1
        if status == 503:
            time.sleep(1)


def show(name: str, taken: list[float], more: object = "") -> None:
    shares = statistics.quantiles(taken * 2, n=20)
    p50, p95 = shares[9] * 1e3, shares[18] * 1e3
    worst = max(taken) * 1e3
    print(
        f"{name:32} {len(taken):6} reads, p50 {p50:7.1f}, p95 {p95:7.1f}, "
        f"max {worst:7.1f} ms {more}"
    )


def measure(at_once: int) -> None:
    port = free_port()
    settings = OFF | {"PORT": str(port), "WORKERS": "2", "HASHES_AT_ONCE": str(at_once)}
    with (
        tempfile.TemporaryDirectory() as folder,
        served(
            [sys.executable, "manage.py", "serve"], port, DATA_DIR=folder, **settings
        ),
    ):
        public = ask(port, "POST", "/", "public")[1].strip().rpartition("/")[2]
        sent = ask(port, "POST", "/", "locked", **{"X-Paste-Password": "right"})
        locked = sent[1].strip().rpartition("/")[2]
        read_for(port, f"/{public}/raw", 1)
        show(f"at once {at_once}: idle", read_for(port, f"/{public}/raw", 2))
        found: Counter = Counter()
        end = time.perf_counter() + SECONDS
        guessers = [
            threading.Thread(
                target=unlock_for, args=(port, f"/{locked}/raw", end, found)
            )
            for _ in range(PARALLEL)
        ]
        for each in guessers:
            each.start()
        taken = read_for(port, f"/{public}/raw", SECONDS)
        for each in guessers:
            each.join()
        show(f"at once {at_once}: 200 unlocking", taken, dict(found))


def main() -> None:
    for at_once in (1, 2, 1000):
        measure(at_once)


if __name__ == "__main__":
    main()
