"""Whether a site with very many pastes is slower than an empty one.

    .venv/bin/python bench/stored.py [--pastes 100000] [--quick] [--write]

Loads the rows straight into the database of one site, and leaves another empty; then asks
both in turn, some rounds, and gives the median of the rounds' ratios. `--write` puts the
figures into docs/performance.json and docs/performance.md, beside those of bench/speed.py.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loading, report, texts, wrk
from bench.loads import ENGINES, database
from bench.measuring import measure
from bench.peers.ours import Site
from bench.peers.peer import HTML, check_status
from bench.wrk import Request

COUNT = 100_000
CONNECTIONS = 64
# So many different pastes are read in turn, and so many are all of the empty site.
SPREAD = 1000
# Django answers who is somebody; what is kept for all would come from memory, or not,
# depending on when the views were written last.
SOMEBODY = {"Cookie": f"maker={'k' * 32}"}
ROUNDS, SECONDS = 7, 4
QUICK_ROUNDS, QUICK_SECONDS = 3, 2
DOORS = ("raw", "raw, spread", "page", "page, spread", "api", "create")


def compare(
    engine: str, count: int, rounds: int, seconds: float
) -> dict[str, dict[str, float]]:
    """Return by door what the empty and the full site answer a second, and the ratio."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-stored-") as name,
        database(engine) as cluster,
    ):
        folder = Path(name)
        both = {}
        for which, pastes in (("empty", SPREAD), ("full", count)):
            place = folder / which
            place.mkdir()
            url = cluster.create_database(which) if cluster else ""
            site = both[which] = Site(place, url)
            taken = loading.load(site, pastes)
            print(f"{which}: {pastes:,} pastes loaded in {taken:.0f} s", flush=True)
        try:
            asked = {}
            for which, pastes in (("empty", SPREAD), ("full", count)):
                if which == "full":
                    both[which].take_static(both["empty"])
                both[which].start()
                asked[which] = requests(both[which], pastes)
            found = {}
            for door in DOORS:
                rates = {which: [] for which in both}
                for number in range(rounds):
                    # Who is asked first has the disk and the memory to itself.
                    for which in list(both)[:: 1 if number % 2 else -1]:
                        site, request = both[which], asked[which][door]
                        one = measure(site, request, CONNECTIONS, seconds, folder)
                        rates[which].append(one.rate)
                empty, full = (statistics.median(rates[w]) for w in ("empty", "full"))
                pairs = zip(rates["full"], rates["empty"], strict=True)
                ratio = statistics.median(one / other for one, other in pairs if other)
                found[door] = {"empty": empty, "full": full, "ratio": ratio}
                print(f"{door:14} {empty:9,.0f} {full:9,.0f} {ratio:6.2f}", flush=True)
            return found
        finally:
            for site in both.values():
                site.end()


def requests(site: Site, count: int) -> dict[str, Request]:
    doors = site.doors(texts.python(loading.SIZE))
    paths = tuple(loading.spread(count, SPREAD))
    doors["page, spread"] = Request(headers=HTML | SOMEBODY, paths=paths)
    raw_paths = tuple(f"{path}/raw" for path in paths)
    doors["raw, spread"] = Request(headers=SOMEBODY, paths=raw_paths)
    for door in DOORS:
        check_status(site, doors[door])
    return doors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pastes", type=int, default=COUNT)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    parser.add_argument("--write", action="store_true", help="into docs/performance.*")
    parser.add_argument("--database", choices=ENGINES, default="sqlite")
    words = parser.parse_args()
    wrk.check_installed()
    rounds, seconds = (
        (QUICK_ROUNDS, QUICK_SECONDS) if words.quick else (ROUNDS, SECONDS)
    )
    if words.pastes < SPREAD:
        sys.exit(f"--pastes: {SPREAD} or more.")
    print(f"{words.database}: requests a second of the empty and the full site, ratio")
    found = report.circumstances(" ".join(["bench/stored.py", *sys.argv[1:]]))
    found["doors"] = compare(words.database, words.pastes, rounds, seconds)
    place = f"{words.database}, {words.pastes:,}"
    print(report.stored_table({place: found}))
    if words.write:
        report.add_stored(place, found)


if __name__ == "__main__":
    main()
