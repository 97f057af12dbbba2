"""How fast the doors are, as ratios to a bare WSGI app under the same server.

Run with `make bench`, or `.venv/bin/python bench/doors.py --database postgresql`. It
starts the site in production mode and, beside it, an app that returns the same bytes
from memory; wrk asks both in turn, a few rounds of each, and the medians are compared. A
figure means nothing without the other one of its row.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.loads import ENGINES, ROOT, ask, database, free_port, served

ROUNDS = 3
SECONDS = 3
CONNECTIONS = 16
CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/plain"
wrk.body = string.rep("a line of twenty ch\\n", 51)
"""


def rate(port: int, path: str, script: str | None = None) -> float:
    """Return the requests a second that wrk sees; errors end the run."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    command += ["-s", script] if script else []
    url = f"http://127.0.0.1:{port}{path}"
    said = subprocess.run(
        [*command, url], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said:
        sys.exit(f"{url} did not answer 2xx:\n{said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def compare(name: str, site: tuple, bare: tuple) -> None:
    """Measure both in turn and print a row of the table."""
    rounds = [(rate(*site), rate(*bare)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(f"| {name} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=ENGINES, default="sqlite")
    engine = parser.parse_args().database
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt install wrk")
    text = (ROOT / "pastes/models.py").read_bytes()[:1024]
    with (
        tempfile.TemporaryDirectory() as folder,
        database(engine) as cluster,
    ):
        create = Path(folder, "create.lua")
        create.write_text(CREATE)
        port, bare_port = free_port(), free_port()
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi"]
        options = [
            "--workers",
            "2",
            "--blocking-threads",
            "32",
            "--no-ws",
            "--http",
            "1",
        ]
        options += ["--log-level", "error", "--backpressure", "128"]
        with (
            served(
                [sys.executable, "manage.py", "serve"],
                port,
                DATA_DIR=f"{folder}/data",
                DATABASE_URL=cluster.create_database("pastes") if cluster else "",
                PORT=str(port),
                WORKERS="2",
                LIMIT_CREATE="off",
            ),
            served(
                [
                    *granian,
                    *options,
                    "--port",
                    str(bare_port),
                    "bench.bare:application",
                ],
                bare_port,
                BARE_BYTES=str(len(text)),
            ),
        ):
            link = ask(port, "POST", "/?syntax=python", text).decode().strip()
            path = "/" + link.rpartition("/")[2]
            load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
            print(f"{engine}, {os.cpu_count()} cores, load average {load}")
            print("| door | site, requests/s | bare app, requests/s | ratio |")
            print("|---|---|---|---|")
            compare("raw, 1 KB", (port, f"{path}/raw"), (bare_port, "/"))
            compare("page, 1 KB highlighted", (port, path), (bare_port, "/"))
            compare("form", (port, "/"), (bare_port, "/"))
            compare(
                "create, 1 KB, durable",
                (port, "/", str(create)),
                (bare_port, "/", str(create)),
            )


if __name__ == "__main__":
    main()
