"""How soon Chromium shows a paste's page, beside other pastebins.

    .venv/bin/python bench/painting.py [--quick] [--alone] [--rounds N]

Texts of 1 KB, 1 MB and 10 MB, each opened by a browser that has nothing ("cold") and
again by the same ("warm"), the pastebins in turn; medians. The page has been asked for
once before: who keeps highlighted texts has this one. `make peers` installs the others;
`--alone` leaves them out.

The first paint is the first with content (Paint Timing); interactive is the end of the
last task of over 50 ms (Long Tasks), or of the scripts that run before DOMContentLoaded;
the longest task and what all of them are above 50 ms (the blocking time) stand beside.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
)

from bench import report, texts
from bench.loads import CUT_OFF
from bench.peers.others import Dpaste, Pinnwand
from bench.peers.ours import Site
from bench.peers.peer import Peer, check_status
from pastes.tests.browsing import running_chromium

KB, MB = 1024, 1024 * 1024
SIZES = {"1 KB": KB, "1 MB": MB, "10 MB": 10 * MB}
QUICK = ("1 KB", "1 MB")
ROUNDS, QUICK_ROUNDS = 5, 2
# Longer than anybody waits for a page.
MOST_SECONDS = 60
LONG_TASK_MS = 50
# No long task for so long is the end of the last one.
QUIET_MS = 1000
OBSERVE = """
window.longTasks = [];
new PerformanceObserver(list => {
  for (const each of list.getEntries()) longTasks.push([each.startTime, each.duration]);
}).observe({type: "longtask", buffered: true});
"""
IS_QUIET = f"""() => {{
  const ends = longTasks.map(([start, duration]) => start + duration);
  return performance.getEntriesByName("first-contentful-paint").length &&
    performance.now() - Math.max(0, ...ends) > {QUIET_MS};
}}"""
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {answer: page.responseStart, paint: paint.startTime, dom: page.domInteractive,
    scripts: page.domContentLoadedEventEnd, tasks: longTasks};
}"""


@dataclass(frozen=True)
class Seen:
    """What a browser saw of one page: milliseconds from its start, then what it loaded.

    `answer` is the first byte, `paint` the first contentful paint, `dom` the document's
    end; `blocked` and `longest` are about long tasks; bytes are with headers.
    """

    answer: float
    paint: float
    dom: float
    interactive: float
    blocked: float
    longest: float
    requests: float
    bytes: float


WASTEBIN = (
    "wastebin, as its sources of 2026-07-19 (ba2d807) say, not measured: beside its page a "
    "style of 23,609 bytes (4,751 by gzip), a script of 3,882 (1,296), two themes' styles "
    "and an icon, 6 requests."
)
NAMES = {
    "answer": "first byte",
    "paint": "first paint",
    "dom": "DOM",
    "interactive": "interactive",
    "blocked": "blocked",
    "longest": "longest task",
    "requests": "requests",
    "bytes": "bytes",
}


@contextlib.contextmanager
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing of any site yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(MOST_SECONDS * 1000)
    context.add_init_script(OBSERVE)
    try:
        yield context
    finally:
        context.close()


def look(context: BrowserContext, url: str) -> Seen:
    """Open a page and watch it until it is quiet. Raises Error where that takes longer
    than MOST_SECONDS."""
    page = context.new_page()
    # As who follows a link on another site: the browser then starts a process for each of
    # the pastebins, and not for those alone whose headers ask for one of their own.
    elsewhere = urlsplit(url)._replace(path="/robots.txt").geturl()
    page.goto(elsewhere.replace("127.0.0.1", "localhost"))
    loaded = wire(context, page)
    page.goto(url, wait_until="load")
    page.wait_for_function(IS_QUIET, polling=100)
    found = page.evaluate(TIMES)
    page.close()
    return sum_up(found, loaded)


def wire(context: BrowserContext, page: Page) -> list[float]:
    """Return the list to which each request adds the bytes that came for it."""
    loaded: list[float] = []
    session = context.new_cdp_session(page)
    session.on(
        "Network.loadingFinished", lambda each: loaded.append(each["encodedDataLength"])
    )
    session.send("Network.enable")
    return loaded


def sum_up(found: dict[str, Any], loaded: list[float]) -> Seen:
    """Return the figures of one visit. What came from the browser's cache has 0 bytes."""
    ends = [start + duration for start, duration in found["tasks"]]
    durations = [duration for _, duration in found["tasks"]]
    from_server = [size for size in loaded if size]
    return Seen(
        answer=found["answer"],
        paint=found["paint"],
        dom=found["dom"],
        interactive=max(found["paint"], found["scripts"], *ends),
        blocked=sum(duration - LONG_TASK_MS for duration in durations),
        longest=max(durations, default=0),
        requests=len(from_server),
        bytes=sum(from_server),
    )


def middle(seen: list[Seen]) -> Seen:
    names = [field.name for field in fields(Seen)]
    return Seen(**{n: statistics.median(getattr(s, n) for s in seen) for n in names})


def page_of(peer: Peer, text: str) -> str:
    """Make a paste; return its page's address once the page has been answered.

    Raises RuntimeError or one of CUT_OFF where it takes no such text, or gives it back to
    nobody.
    """
    request = peer.doors(text)["page"]
    check_status(peer, request)
    return peer.url + request.path


def measure(browser: Browser, peers: list[Peer], size: str, rounds: int) -> list[Any]:
    """Return (whose, "cold" or "warm", figures or what went wrong)."""
    pages: dict[Peer, str] = {}
    rows: list[Any] = []
    for peer in peers:
        try:
            pages[peer] = page_of(peer, texts.python(SIZES[size]))
        except (*CUT_OFF, RuntimeError, ValueError, KeyError) as error:
            rows.append((peer.name, size, "", says(error)))
            again(peer)
    seen: dict[tuple[Peer, str], list[Seen]] = {}
    for _ in range(rounds):
        for peer, url in list(pages.items()):
            try:
                with visitor(browser) as context:
                    for how in ("cold", "warm"):
                        seen.setdefault((peer, how), []).append(look(context, url))
            except Error:
                del pages[peer]
                seen = {k: v for k, v in seen.items() if k[0] is not peer}
                rows.append((peer.name, size, "", f"not quiet in {MOST_SECONDS} s"))
                again(peer)
    found = [(p.name, size, how, middle(each)) for (p, how), each in seen.items()]
    return found + rows


def says(error: Exception) -> str:
    words = " ".join(str(error).split())[:80]
    return f"not taken, or not answered ({type(error).__name__}: {words})"


def again(peer: Peer) -> None:
    """Start a peer anew: it may still work for a page that nobody waits for."""
    peer.end()
    peer.start()


def table(rows: list[Any]) -> str:
    lines = []
    for who, size, how, seen in rows:
        if isinstance(seen, Seen):
            cells = [f"{value:,.0f}" for value in asdict(seen).values()]
        else:
            cells = [seen] + [""] * (len(NAMES) - 1)
        lines.append([size, who, how, *cells])
    return report.table(["text", "pastebin", "browser", *NAMES.values()], lines)


def run(sizes: tuple[str, ...], rounds: int, kinds: list[type[Peer]]) -> list[Any]:
    rows: list[Any] = []
    with (
        tempfile.TemporaryDirectory(prefix="pastebin-painting-") as folder,
        contextlib.ExitStack() as stack,
        running_chromium() as browser,
    ):
        peers = [kind(Path(folder)) for kind in kinds]
        for peer in peers:
            stack.callback(peer.end)
            peer.prepare()
            peer.start()
        for size in sizes:
            rows += measure(browser, peers, size, rounds)
        print(f"Chromium {browser.version}.", *(p.version() for p in peers))
    return rows


def installed(kinds: list[type[Peer]]) -> list[type[Peer]]:
    """Return those that can run; say of the others how they could."""
    for kind in kinds:
        if not (kind.programs / "python").exists():
            print(f"{kind.name} is not installed; `make peers` does it.")
    return [kind for kind in kinds if (kind.programs / "python").exists()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two rounds, up to 1 MB")
    parser.add_argument("--alone", action="store_true", help="without the others")
    parser.add_argument("--rounds", type=int, default=0, help=f"{ROUNDS} if not given")
    words = parser.parse_args()
    kinds = [Site] + ([] if words.alone else installed([Dpaste, Pinnwand]))
    command = " ".join(["bench/painting.py", *sys.argv[1:]])
    print(report.said_how(report.circumstances(command)))
    sizes = QUICK if words.quick else tuple(SIZES)
    rounds = words.rounds or (QUICK_ROUNDS if words.quick else ROUNDS)
    print(f"\n{table(run(sizes, rounds, kinds))}")
    print(f"\nMilliseconds; medians of {rounds} visits. {WASTEBIN}")


if __name__ == "__main__":
    main()
