"""The drill: back a site up, end 200 of its pastes, lose it, and restore it.

Run with `.venv/bin/python bench/restoring.py [pastes]`, 100,000 if not said: on SQLite, and
into a PostgreSQL of its own. Tombstones are taken to the other database as a file.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import sites
from bench.postgres import Cluster

COUNT = 100_000


def main(count: int) -> None:
    with sites.folder() as folder:
        data = folder / "data"
        sites.make(data, count)
        archive = folder / "site.jsonl.zst"
        sites.show("backup, SQLite", sites.manage(data, "backup", str(archive)), count)
        print(f"{'':34} {archive.stat().st_size / 2**20:7.1f} MiB of archive")
        small = sites.manage(data, "backup", "--verify", str(archive))
        sites.show("backup --verify", small, count)
        run = ("shell", "--no-imports", "-c")
        sites.manage(data, *run, "from bench import sites; sites.end_some()")
        stones = folder / "tombstones"
        stones.write_text(sites.manage(data, "tombstones").output)
        again = ("restore", str(archive), "--replace", "--no-input")
        sites.show("restore --replace, SQLite", sites.manage(data, *again), count)
        check = f"from bench import sites; sites.check({count})"
        print(sites.manage(data, *run, check).output.strip())
        cluster = Cluster(durable=True).make().start()
        try:
            url = cluster.create_database("drill")
            words = ("restore", str(archive), "--tombstones", str(stones))
            other = folder / "other"
            ran = sites.manage(other, *words, url=url)
            sites.show("restore, PostgreSQL", ran, count)
            print(sites.manage(other, *run, check, url=url).output.strip())
            ran = sites.manage(other, "backup", str(archive), url=url)
            sites.show("backup, PostgreSQL", ran, count)
        finally:
            cluster.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
