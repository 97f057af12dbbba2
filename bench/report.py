"""What a bench found, as tables, ratios, targets and a plot; and into docs/ when asked.

A found set is plain data, as in docs/performance.json: `speed` is what bench/speed.py
measured, `stored` what bench/stored.py did, by database and number of pastes.
"""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.loads import ROOT
from bench.plot import bars

SITE, BEHIND = "this site", "this site behind nginx"
BARE, NGINX, NGINX_TLS = "bare WSGI app", "nginx, a file", "nginx, a file, TLS"
SEED, DPASTE, PINNWAND = "seed", "dpaste", "pinnwand"
PEERS = (SEED, DPASTE, PINNWAND)
EVERYBODY = (SITE, BEHIND, BARE, NGINX, NGINX_TLS, *PEERS)
# As the targets have it.
SIZE, CONNECTIONS = "1 KB", 64
LARGE = "1 MB"
STORED_LEAST = 0.9
BEGIN = "<!-- What `make bench` wrote begins here. -->"
END = "<!-- What `make bench` wrote ends here. -->"
FOLDER = ROOT / "docs"
NAME = "performance"
# By how many milliseconds longer each sync of the disk takes.
SLOW_CREATES = {1: "create, 1 ms", 4: "create, 4 ms", 10: "create, 10 ms"}
DOORS = {
    "raw": "raw, hot",
    "page": "page, hot, highlighted",
    "page, uncached": "page, of many pastes in turn",
    "api": "API read",
    "unchanged": "304",
    "create": "create",
    **{door: f"{door} more to sync" for door in SLOW_CREATES.values()},
    "create, locked": "create with password",
    "unlock": "unlock",
}

Found = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """That one is at least so many times as fast as another at a door."""

    what: str
    door: str
    least: float
    than: str
    whose: str = SITE


TARGETS = (
    Target("raw of a hot public paste", "raw", 0.8, BARE),
    Target("raw of a hot public paste", "raw", 0.4, NGINX),
    Target("page of a hot public paste, highlighted", "page", 0.7, BARE),
    Target("the same, not in any cache", "page, uncached", 2, DPASTE),
    Target("API read", "api", 3, SEED),
    Target("create, durable on disk", "create", 5, SEED),
    Target("create, durable on disk", "create", 10, DPASTE),
    Target("the same, 4 ms more to sync", SLOW_CREATES[4], 5, SEED),
    Target("the same, 4 ms more to sync", SLOW_CREATES[4], 10, DPASTE),
    Target("304", "unchanged", 0.8, BARE),
    Target("raw behind the shipped nginx configuration", "raw", 0.8, NGINX_TLS, BEHIND),
)


# Figures


def find(
    rows: Iterable[Row],
    who: str,
    door: str,
    size: str = SIZE,
    connections: int = CONNECTIONS,
) -> Row | None:
    for row in rows:
        key = row["who"], row["door"], row["size"], row["connections"]
        if key == (who, door, size, connections):
            return row
    return None


def ratio(one: Row | None, other: Row | None) -> float | None:
    if not one or not other or not other["rate"]:
        return None
    return one["rate"] / other["rate"]


def most_memory(rows: Iterable[Row], who: str, size: str) -> int:
    found = [r["memory"] for r in rows if r["who"] == who and r["size"] == size]
    return max(found, default=0)


def judged(speed: Found) -> list[tuple[str, str, str, str, bool | None]]:
    """Return each target: what, beside whom, the least, what was seen, whether met."""
    rows = speed["rows"]
    found = []
    for target in TARGETS:
        seen = ratio(
            find(rows, target.whose, target.door), find(rows, target.than, target.door)
        )
        is_met = None if seen is None else seen >= target.least
        shown = "not measured" if seen is None else f"{seen:.3g}"
        least = f"{target.least:g}"
        found.append((target.what, target.than, least, shown, is_met))
    ours, theirs = (most_memory(rows, who, LARGE) for who in (SITE, DPASTE))
    seen = f"{ours / theirs:.3g}" if ours and theirs else "not measured"
    is_met = ours < theirs if ours and theirs else None
    what = "memory, two workers under load, 1 MB pastes"
    return [*found, (what, DPASTE, "below 1", seen, is_met)]


def faults(speed: Found) -> list[str]:
    """Say in what the site is worse than another pastebin."""
    rows = speed["rows"]
    found = []
    for row in rows:
        if row["who"] not in PEERS:
            continue
        place = row["door"], row["size"], row["connections"]
        ours = find(rows, SITE, *place)
        if not ours:
            continue
        where = f"{DOORS[row['door']]}, {place[1]}, {place[2]} connections"
        if ours["rate"] < row["rate"]:
            rates = f"{shown(ours['rate'])} against {shown(row['rate'])} a second"
            found.append(f"{where}: {rates} of {row['who']}")
        elif ours["p99"] > row["p99"] and row["answers"] > 100:
            waits = f"{ours['p99']:.1f} against {row['p99']:.1f} ms"
            found.append(f"{where}, the 99th percentile: {waits} of {row['who']}")
    for size in sizes(rows):
        ours = most_memory(rows, SITE, size)
        for who in PEERS:
            theirs = most_memory(rows, who, size)
            if theirs and ours > theirs:
                both = f"{megabytes(ours)} against {megabytes(theirs)} MB"
                found.append(f"memory, {size} texts: {both} of {who}")
    for place, weights in speed["wire"].items():
        for who, (_, ours) in weights.items():
            if who != SITE:
                continue
            for peer in PEERS:
                theirs = weights.get(peer, (0, 0))[1]
                if theirs and ours > theirs:
                    both = f"{ours:,} against {theirs:,}"
                    found.append(f"bytes to a browser, {place}: {both} of {peer}")
    starts = speed["starts"]
    for who in PEERS:
        if who in starts and starts[who] < starts[SITE]:
            both = f"{starts[SITE]:.2f} s against {starts[who]:.2f} s"
            found.append(f"time to the first answer: {both} of {who}")
    return found


def sizes(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(row["size"] for row in rows))


# Words


def shown(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 20 else f"{rate:.3g}"


def short(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    rows = [list(head), *map(list, lines)]
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def target_table(speed: Found) -> str:
    words = {True: "met", False: "**missed**", None: ""}
    lines = (
        (what, than, least, seen, words[is_met])
        for what, than, least, seen, is_met in judged(speed)
    )
    return table(("what", "beside", "at least", "seen", ""), lines)


def rate_table(rows: list[Row], size: str, connections: int) -> str:
    """Return each door's answers a second, with its share of the site's rate."""
    here = [r for r in rows if (r["size"], r["connections"]) == (size, connections)]
    who = [name for name in EVERYBODY if any(r["who"] == name for r in here)]
    lines = []
    for door, words in DOORS.items():
        found = [find(here, name, door, size, connections) for name in who]
        if any(found):
            lines.append((words, *(cell(row, found[0]) for row in found)))
    return table((f"{size}, {connections} connections", *who), lines)


def cell(row: Row | None, site: Row | None) -> str:
    """Return a rate, its two waits, how many times it is the site's, and errors."""
    if not row:
        return ""
    words = "none in its time"
    if row["answers"]:
        words = shown(row["rate"])
        if row is not site and (times := ratio(row, site)):
            words += f" (× {short(times)})"
        words += f"<br>{short(row['p50'])} / {short(row['p99'])} ms"
    if row["errors"]:
        errors = ", ".join(f"{count} {name}" for name, count in row["errors"].items())
        words += f"<br>errors: {errors}"
    return words


def memory_table(rows: list[Row]) -> str:
    lines = [
        (who, *(megabytes(most_memory(rows, who, s)) for s in sizes(rows)))
        for who in EVERYBODY
        if any(row["who"] == who for row in rows)
    ]
    return table(("MB at most", *sizes(rows)), lines)


def wire_table(speed: Found) -> str:
    who = [n for n in EVERYBODY if any(n in w for w in speed["wire"].values())]
    lines = [
        (place, *(pair(weights.get(name)) for name in who))
        for place, weights in speed["wire"].items()
    ]
    return table(("bytes of an answer", *who), lines)


def pair(weights: list[int] | None) -> str:
    if not weights:
        return ""
    plain, browser = weights
    return f"{plain:,}" if plain == browser else f"{plain:,} / {browser:,}"


def start_table(speed: Found) -> str:
    lines = [(who, f"{seconds:.2f}") for who, seconds in speed["starts"].items()]
    return table(("start to first answer", "s"), lines)


def stored_table(stored: Found) -> str:
    lines = []
    for place, found in stored.items():
        for door, seen in found["doors"].items():
            is_met = seen["ratio"] >= STORED_LEAST
            lines.append(
                (
                    f"{place}: {door}",
                    shown(seen["empty"]),
                    shown(seen["full"]),
                    f"{seen['ratio']:.2f}",
                    "met" if is_met else "**missed**",
                )
            )
    return table(
        ("stored pastes: door", "empty", "full", "ratio, median of the rounds", ""),
        lines,
    )


def document(found: Found) -> str:
    """Return the tables as Markdown."""
    parts = []
    if speed := found.get("speed"):
        rows = speed["rows"]
        places = dict.fromkeys((row["size"], row["connections"]) for row in rows)
        parts += [
            said_how(speed),
            f"### Targets\n\nAt {SIZE} and {CONNECTIONS} connections.",
            target_table(speed),
            f"![The rates as a plot]({NAME}.svg)",
            "### Doors\n\nGood answers a second (× that of this site), then the median "
            "and the 99th percentile of the wait.",
            *(rate_table(rows, *place) for place in places),
            "### Memory\n\nOf all processes, shared pages divided among them, while "
            "texts of a size were asked for and made.",
            memory_table(rows),
            "### Weight\n\nBytes with headers, before TLS: to a client that takes no "
            "compression / to a browser.",
            wire_table(speed),
            "### Start\n\nWith the database there and the static files collected.",
            start_table(speed),
            "### Worse than a peer",
            "\n".join(f"- {fault}." for fault in faults(speed)) or "Nothing.",
        ]
    if stored := found.get("stored"):
        parts += ["### With many pastes stored", *map(said_how, stored.values())]
        parts.append(stored_table(stored))
    return "\n\n".join(parts)


def said_how(found: Found) -> str:
    """Say when, on what and by which command."""
    machine = found["machine"]
    sync = (
        f" A sync of the disk takes {found['sync']:.2g} ms." if "sync" in found else ""
    )
    versions = "; ".join(v for v in found.get("versions", {}).values() if v)
    return (
        f"`{found['command']}`, {found['date']}, load average {found['load']:.1f} "
        f"before. {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, Python {machine['python']}, granian "
        f"{machine['granian']}, revision {machine['revision']}."
        f"{sync}"
        f"{' ' + versions + '.' if versions else ''}"
    )


def circumstances(command: str) -> Found:
    """Return when and where this runs."""
    from importlib.metadata import version

    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    words = ["git", "describe", "--always", "--dirty"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    return {
        "command": command,
        "date": date.today().isoformat(),
        "load": os.getloadavg()[0],
        "machine": {
            "processor": models[0] if models else platform.machine(),
            "cores": os.cpu_count(),
            "system": f"Linux {platform.release()}",
            "python": platform.python_version(),
            "granian": version("granian"),
            "revision": said.stdout.strip() or "unknown",
        },
    }


# The documents


def plot(speed: Found) -> str:
    """Return the rates at each door as SVG."""
    groups: dict[str, dict[str, float]] = {}
    for door, words in DOORS.items():
        found = {who: find(speed["rows"], who, door) for who in EVERYBODY}
        rates = {who: row["rate"] for who, row in found.items() if row}
        if rates:
            groups[words] = rates
    title = f"Answers a second: {SIZE}, {CONNECTIONS} connections, logarithmic"
    return bars(title, groups, shown)


def write(change: Callable[[Found], None], folder: Path = FOLDER) -> None:
    """Change what was found; write it, its tables and its plot anew."""
    data = folder / f"{NAME}.json"
    found = json.loads(data.read_text()) if data.exists() else {}
    change(found)
    data.write_text(json.dumps(found, indent=1, sort_keys=False) + "\n")
    if "speed" in found:
        (folder / f"{NAME}.svg").write_text(plot(found["speed"]))
    page = folder / f"{NAME}.md"
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has not both of the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{document(found)}\n\n{END}{after}")


def add_speed(speed: Found) -> None:
    write(lambda found: found.update(speed=speed))


def add_stored(place: str, stored: Found) -> None:
    write(lambda found: found.setdefault("stored", {}).update({place: stored}))
