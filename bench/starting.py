"""How long the site takes until it is ready: the first start, and later ones.

    .venv/bin/python bench/starting.py [starts]

From a folder without data, on a free port; a start ends with the first 200 of /readyz.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_once(data: Path) -> float:
    """Start the site and stop it again; return the seconds until it was ready."""
    port = free_port()
    settings = {"ENV_FILE": os.devnull, "DATA_DIR": str(data), "PORT": str(port)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | settings,
        stdout=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < MOST_SECONDS:
            if process.poll() is not None:
                sys.exit(f"The site ended with {process.returncode}.")
            with contextlib.suppress(OSError):
                url = f"http://127.0.0.1:{port}/readyz"
                urllib.request.urlopen(url, timeout=5).close()
                return time.perf_counter() - began
            time.sleep(0.02)
        sys.exit(f"The site was not ready in {MOST_SECONDS} s.")
    finally:
        process.terminate()
        process.wait(timeout=60)


def main() -> None:
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    with tempfile.TemporaryDirectory(prefix="pastebin-starting-") as folder:
        taken = [start_once(Path(folder) / "data") for _ in range(starts)]
    later = ", ".join(f"{seconds:.1f}" for seconds in taken[1:])
    print(f"the first start: {taken[0]:.1f} s; later ones: {later} s")


if __name__ == "__main__":
    main()
