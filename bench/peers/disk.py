"""A disk that takes its time: peers started with syncs that take longer.

Disks differ a hundredfold in what they take to say that something is there to stay, and
who stores durably is as slow as that. So creates are measured with several such times.
"""

import os
import statistics
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_sync.c")
SYNCS = 100


def build(folder: Path) -> Path:
    """Return the library that makes each sync take longer, made by the C compiler."""
    library = folder / "slow_sync.so"
    words = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(words, check=True)
    return library


def slowed(library: Path, milliseconds: float) -> dict[str, str]:
    """Return the environment of a program whose syncs shall take so much longer."""
    return {"LD_PRELOAD": str(library), "SYNC_US": str(round(milliseconds * 1000))}


def sync_milliseconds(folder: Path) -> float:
    """Return the median time in which the folder's disk syncs four kilobytes."""
    taken = []
    file = os.open(folder / "sync", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for number in range(SYNCS):
            os.pwrite(file, os.urandom(4096), number * 4096)
            began = time.perf_counter()
            os.fdatasync(file)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(file)
    return statistics.median(taken) * 1000
