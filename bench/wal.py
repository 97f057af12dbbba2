"""Whether the SQLite that the site uses keeps a WAL whole: two processes and checkpoints.

Run with `.venv/bin/python bench/wal.py --seconds 7200`. Writers in processes of their own
insert and delete as the site does, while another begins the log anew (RESTART, TRUNCATE)
as often as it can: what SQLite before 3.51.3 may lose a commit by, or damage the file.
Ends with PRAGMA integrity_check, and every row that was committed is looked for.
"""

import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path

# As pastebin_site.settings does: the site's own build, not Python's.
import pysqlite3 as sqlite3

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads

# Each writer has numbers of its own.
SPAN = 10**9
KEPT = 1000


def connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=30, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=1"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    # Small ones make checkpoints and resets frequent.
    database.execute("PRAGMA wal_autocheckpoint=20").fetchall()
    return database


def write(file: Path, first: int, is_over: Event) -> None:
    """Insert rows and delete the oldest; note what was committed last."""
    note = file.with_name(f"committed-{first}")
    with contextlib.closing(connect(file)) as database:
        number = first
        while not is_over.is_set():
            text = os.urandom(200 + number % 5 * 1000)
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO kept VALUES (?, ?)", (number, text))
            if number - first >= KEPT:
                database.execute("DELETE FROM kept WHERE id = ?", (number - KEPT,))
            database.execute("COMMIT")
            number += 1
        note.write_text(str(number))


def begin_anew(file: Path, is_over: Event) -> None:
    """Check points as often as it goes, and count how many went to the end."""
    whole = 0
    with contextlib.closing(connect(file)) as database:
        # A writer that is under way is no reason to wait.
        database.execute("PRAGMA busy_timeout=50").fetchall()
        while not is_over.is_set():
            for kind in ("RESTART", "TRUNCATE", "PASSIVE"):
                with contextlib.suppress(sqlite3.OperationalError):
                    busy = database.execute(f"PRAGMA wal_checkpoint({kind})").fetchone()
                    whole += not busy[0]
    file.with_name("checkpoints").write_text(str(whole))


def hammer(folder: Path, seconds: float, writers: int) -> list[str]:
    """Let them go on for a time; print what was done, return what is wrong."""
    file = folder / "hammered.sqlite3"
    with contextlib.closing(connect(file)) as database:
        database.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, text BLOB)")
    is_over = multiprocessing.Event()
    firsts = [SPAN * number for number in range(writers)]
    processes = [
        multiprocessing.Process(target=write, args=(file, first, is_over))
        for first in firsts
    ]
    processes.append(multiprocessing.Process(target=begin_anew, args=(file, is_over)))
    for process in processes:
        process.start()
    time.sleep(seconds)
    is_over.set()
    for process in processes:
        process.join(60)
    faults = [
        f"{each.name} ended with {each.exitcode}" for each in processes if each.exitcode
    ]
    if faults:
        return faults
    with contextlib.closing(connect(file)) as database:
        checked = database.execute("PRAGMA integrity_check").fetchall()
        if checked != [("ok",)]:
            faults.append(f"integrity_check: {checked[:5]}")
        found = {row[0] for row in database.execute("SELECT id FROM kept")}
    commits, wanted = 0, set()
    for first in firsts:
        end = int((folder / f"committed-{first}").read_text())
        commits += end - first
        wanted |= set(range(max(first, end - KEPT), end))
    if lost := wanted - found:
        faults.append(f"lost: {sorted(lost)[:20]}")
    if back := found - wanted:
        faults.append(f"deleted and back: {sorted(back)[:20]}")
    checkpoints = int((folder / "checkpoints").read_text())
    print(
        f"SQLite {sqlite3.sqlite_version}, {writers} writers: {commits:,} commits, "
        f"{checkpoints:,} checkpoints, {len(lost)} lost, integrity_check "
        f"{checked[0][0]}"
    )
    return faults


def main() -> None:
    words = loads.options(__doc__, seconds=(300, 3), writers=(2, 2))
    with tempfile.TemporaryDirectory() as name:
        loads.finish(hammer(Path(name), words.seconds, words.writers))


if __name__ == "__main__":
    main()
