"""What a web machine hides and shows whose clock is an hour off, beside one that is right.

Run with `.venv/bin/python bench/clocks.py`; it needs Debian's libfaketime. Two sites are on
one PostgreSQL, whose clock is right, and one of them believes another time. The rule of
docs/reliability.md is tried: what that machine shows is an hour off, and nothing is
deleted for it.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Site, Visitor

HOUR = 3600
# Seconds to live, so that each is on one side of an hour.
LIVES = {"a second": 1, "half an hour": HOUR // 2, "two hours": 2 * HOUR}


def library() -> Path | None:
    """Return where Debian keeps what makes a program believe another time."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def skewed(folder: Path, database: str, seconds: int, key: str) -> Site:
    """Return a site whose clock is off; how much time goes by stays right."""
    off = {
        "LD_PRELOAD": str(library()),
        "FAKETIME": f"{seconds:+}",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return Site(folder, database=database, SECRET_KEY=key, **off)


def statuses(port: int, paths: dict[str, str]) -> dict[str, int]:
    with Visitor(port) as visitor:
        return {
            life: visitor.ask("GET", f"{path}/raw").status
            for life, path in paths.items()
        }


def make(port: int) -> dict[str, str]:
    with Visitor(port) as visitor:
        return {
            life: visitor.create(life.encode(), f"?lifetime={seconds}")
            for life, seconds in LIVES.items()
        }


def compare(what: str, found: dict[str, int], wanted: dict[str, int]) -> list[str]:
    told = ", ".join(f"{life} {found[life]}" for life in LIVES)
    is_right = found == wanted
    print(f"  {what}: {told}{'' if is_right else '   NOT AS SAID'}", flush=True)
    return [] if is_right else [f"{what}: {found}, not {wanted}"]


def run(right: Site, wrong: Site, seconds: int) -> list[str]:
    """Make pastes on either, ask both for them, and prune on the one that is off."""
    all_live = dict.fromkeys(LIVES, 200)
    gone = all_live | {"a second": 404}
    paths = make(right.port)
    loads.wait_until(
        lambda: statuses(right.port, paths) == gone, "a paste of a second to expire"
    )
    ahead = seconds > 0
    shown = gone | {"half an hour": 404} if ahead else all_live
    faults = compare(
        "made by the right one, asked of it", statuses(right.port, paths), gone
    )
    found = statuses(wrong.port, paths)
    faults += compare("made by the right one, asked of the other", found, shown)
    wrong.manage("prunepastes")
    found = statuses(right.port, paths)
    faults += compare("once the other has pruned, asked of the right one", found, gone)
    # What it makes itself ends by its own clock.
    paths = make(wrong.port)
    wanted = all_live if ahead else gone | {"half an hour": 404}
    found = statuses(right.port, paths)
    return faults + compare("made by the other, asked of the right one", found, wanted)


def main() -> None:
    loads.options(__doc__)
    if library() is None:
        sys.exit("faketime is missing: apt install libfaketime")
    faults, key = [], "k" * 50 + "0123456789"
    with tempfile.TemporaryDirectory() as name, loads.database("postgresql") as cluster:
        folder = Path(name)
        url = cluster.create_database("site")
        right = Site(folder / "right", database=url, SECRET_KEY=key)
        with loads.running(right):
            for seconds in (HOUR, -HOUR):
                print(f"a clock that is off by {seconds:+} s:", flush=True)
                wrong = skewed(folder / f"wrong{seconds}", url, seconds, key)
                with loads.running(wrong):
                    faults += run(right, wrong, seconds)
    loads.finish(faults)


if __name__ == "__main__":
    main()
