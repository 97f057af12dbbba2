"""Ten times as many requests as the site can answer: what it still does, and after it.

Run with `.venv/bin/python bench/overload.py`. The capacity is measured first, by clients
that each wait for their answer. Then requests come at a multiple of it whether or not
others were answered, each from a client of its own that gives up after some seconds.
They read pages and raw texts and make pastes. The site has one core and the load another,
where there are two.
"""

import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Site, Visitor

CLIENTS = 16
PATIENCE_SECONDS = 10
# Answers that were at hand at once are what a site that is well gives.
WELL_SECONDS = 1.0
TEXT = "".join(f"def function_{number}(x):\n    return x\n" for number in range(40))


@dataclass
class Outcome:
    """How requests ended: how many each way, and after how many seconds."""

    seconds: float = 0
    ends: dict[str, list[float]] = field(default_factory=dict)

    def note(self, end: str, seconds: float) -> None:
        self.ends.setdefault(end, []).append(seconds)

    @property
    def rate(self) -> float:
        """The good answers a second."""
        return len(self.ends.get("good", [])) / self.seconds

    def __str__(self) -> str:
        return ", ".join(
            f"{len(took):,} {end} (median {loads.share(sorted(took), 0.5):.2f} s)"
            for end, took in sorted(self.ends.items())
        )


def requests(paths: list[str]) -> Callable[[], bytes]:
    """Return what makes up one request after the other."""
    head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"

    def request() -> bytes:
        act, path = random.random(), random.choice(paths)
        if act < 0.7:
            return f"GET {path}{'/raw' if act < 0.2 else ''}{head}\r\n".encode()
        text = loads.random_text(2000)
        kind = f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
        return f"POST /{head}{kind}".encode() + text

    return request


async def ask(port: int, request: bytes) -> str:
    """Send a request from some address of this machine; return how it ended."""
    source = (f"127.0.0.{random.randrange(2, 250)}", 0)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=source
            )
            try:
                writer.write(request)
                answer = await reader.read()
            finally:
                writer.transport.abort()
    except TimeoutError:
        return "given up"
    except OSError:
        return "refused to connect"
    status = answer[9:12].decode()
    if status in ("200", "201"):
        return "good"
    is_told = status not in ("429", "503") or b"retry-after" in answer.lower()
    return status + ("" if is_told else " without Retry-After")


async def ask_and_note(port: int, request: bytes, outcome: Outcome) -> None:
    began = time.monotonic()
    end = await ask(port, request)
    outcome.note(end, time.monotonic() - began)


async def measure_capacity(
    port: int, request: Callable[[], bytes], seconds: float
) -> Outcome:
    outcome = Outcome(seconds)
    until = time.monotonic() + seconds

    async def client() -> None:
        while time.monotonic() < until:
            await ask_and_note(port, request(), outcome)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return outcome


async def flood(
    port: int, request: Callable[[], bytes], rate: float, seconds: float
) -> tuple[Outcome, float]:
    """Send so many a second; return what came of it, and the rate that was reached.

    Only what was answered while it lasted counts.
    """
    outcome, asked = Outcome(seconds), set()
    async for _ in ticks(rate, seconds):
        task = asyncio.create_task(ask_and_note(port, request(), outcome))
        asked.add(task)
        task.add_done_callback(asked.discard)
    counted = Outcome(seconds, {end: list(took) for end, took in outcome.ends.items()})
    sent = sum(map(len, outcome.ends.values())) + len(asked)
    counted.ends["under way at the end"] = [0.0] * len(asked)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    return counted, sent / seconds


async def ticks(rate: float, seconds: float) -> AsyncIterator[None]:
    """Yield so often a second, several at once where one by one would be too slow."""
    began, count = time.monotonic(), 0
    while (gone := time.monotonic() - began) < seconds:
        while count < gone * rate:
            count += 1
            yield
        await asyncio.sleep(0.005)


def seconds_to_be_well(port: int) -> float:
    """Ask until three requests in turn are answered at once."""
    began, well = time.monotonic(), 0
    while well < 3:
        at = time.monotonic()
        with (
            contextlib.suppress(*loads.CUT_OFF, loads.Refused),
            Visitor(port, timeout=PATIENCE_SECONDS) as visitor,
        ):
            visitor.create(b"well again")
            is_well = time.monotonic() - at < WELL_SECONDS
            well = well + 1 if is_well else 0
        if time.monotonic() - began > 300:
            raise TimeoutError("The site did not recover.")
    return time.monotonic() - began


@contextlib.contextmanager
def cores_apart(site: Site) -> Iterator[None]:
    """Keep a running site to one core and this process to another, until the block ends."""
    cores = os.sched_getaffinity(0)
    for pid in site.pids():
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                os.sched_setaffinity(int(thread.name), {min(cores)})
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def run(site: Site, *, seconds: float, times: float) -> list[str]:
    """Measure and overload a running site; print what came of it, return the faults."""
    with Visitor(site.port) as visitor:
        paths = [visitor.create(TEXT.encode(), "?syntax=python") for _ in range(20)]
        for path in paths:
            visitor.ask("GET", path)
    request = requests(paths)
    usual = asyncio.run(measure_capacity(site.port, request, max(seconds / 3, 2)))
    print(f"  capacity {usual.rate:.0f}/s: {usual}")
    begun = len(site.pids())
    flooded, offered = asyncio.run(
        flood(site.port, request, usual.rate * times, seconds)
    )
    recovery = seconds_to_be_well(site.port)
    print(
        f"  offered {offered / usual.rate:.1f} times that for {seconds:.0f} s: goodput "
        f"{flooded.rate / usual.rate:.0%}; {flooded}; well again after {recovery:.1f} s"
    )
    bad = Counter({end: len(took) for end, took in flooded.ends.items()})
    faults = [f"{count} times {end}" for end, count in bad.items() if end[:1] == "5"]
    faults = [each for each in faults if not each.endswith(" 503")]
    if len(site.pids()) < begun:
        faults.append("A process of the site died.")
    return faults


def main() -> None:
    words = loads.options(__doc__, seconds=(60, 6), times=(10, 10))
    faults = []
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            url = cluster.create_database("site") if cluster else ""
            site = Site(Path(name) / "data", database=url)
            print(f"{engine}:", flush=True)
            with loads.running(site), cores_apart(site):
                faults += run(site, seconds=words.seconds, times=words.times)
    loads.finish(faults)


if __name__ == "__main__":
    main()
