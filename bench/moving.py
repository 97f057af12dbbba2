"""How long a site takes from SQLite to PostgreSQL and back, and how much memory.

Run with `.venv/bin/python bench/moving.py [pastes]`, 100,000 if not said. Each move ends
with the comparison of every column of every row. The first is killed in its middle and
asked for again.
"""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import sites
from bench.postgres import Cluster

COUNT = 100_000


def main(count: int) -> None:
    cluster = Cluster(durable=True).make().start()
    try:
        with sites.folder() as folder:
            data = folder / "data"
            sites.make(data, count)
            there = cluster.create_database("there")
            ran = sites.manage(data, "move", "--to", there)
            sites.show("SQLite to PostgreSQL", ran, count)
            back = f"sqlite:///{folder}/back.sqlite3"
            ran = sites.manage(folder / "other", "move", "--to", back, url=there)
            sites.show("PostgreSQL to SQLite", ran, count)
            broken = cluster.create_database("broken")
            kill_half_way(cluster, data, broken, count)
            ran = sites.manage(data, "move", "--to", broken)
            sites.show("the rest of a killed move", ran, count)
    finally:
        cluster.remove()


def kill_half_way(cluster: Cluster, data: Path, url: str, count: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "move", "--to", url],
        cwd=sites.ROOT,
        env=sites.environment(data),
    )
    moved = 0
    while moved < count // 2:
        # Asking is the only way to learn how far another process is.
        time.sleep(0.1)
        if process.poll() is not None:
            raise RuntimeError("The move ended before it was killed.")
        try:
            moved = int(cluster.sql("SELECT count(*) FROM pastes_paste", "broken"))
        except subprocess.CalledProcessError:
            continue
    process.kill()
    process.wait()
    print(f"killed with {moved} of {count} pastes moved", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
