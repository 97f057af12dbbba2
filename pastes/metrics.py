"""What is counted of the site's work, in Prometheus' form, for all its processes at once.

Each event has one function here, called where it happens. Every label is one of a set that
the code writes down, so that no client adds a series.

The processes count into files of a folder (prometheus_client's multiprocess mode). Each
holds a slot there, by a lock that ends with it; the process that takes its place takes
its slot and goes on counting in its files. So dead processes leave no files behind, and
what they counted stays.
"""

import collections
import fcntl
import itertools
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER = "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Enough for every series there can be. The files have their blocks from the beginning:
# a hole that is written to on a full disk would kill the process (SIGBUS).
FILE_BYTES = {"counter": 2 * 1024 * 1024, "histogram": 1024 * 1024}
MOST_SLOTS = 1000
TELL_SECONDS = 1.0

GAUGES = {
    "pastes": "Pastes that are kept, expired ones that wait for pruning too.",
    "pastes_held": "Pastes that are held for review.",
    "pastes_hidden": "Pastes that moderators took down.",
    "text_bytes": "Bytes of all texts as they were sent.",
    "packed_bytes": "Bytes of all texts as they are stored, compressed.",
    "database_bytes": "Bytes of the database on disk.",
    "open_cases": "Pastes that wait for a moderator.",
    "open_reports": "Reports that no moderator has closed.",
    "last_prune_timestamp_seconds": "When pruning last came to its end.",
    "figures_timestamp_seconds": "When the figures of the whole site were counted.",
    "disk_free_bytes": "Free bytes where DATA_DIR lies.",
}


class Meters:
    """The counters of one process, or its part of the shared ones."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pastebin_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "pastebin_request_seconds",
            "Seconds from a request's arrival to its answer, by route.",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.kept_html = Counter(
            "pastebin_highlight_cache",
            "Looks for a highlighted text that is kept: hit or miss.",
            ["result"],
            registry=self.registry,
        )
        self.kept_answers = Counter(
            "pastebin_kept_answers",
            "Requests that were answered from memory, by route. They are among the "
            "requests, and not among their seconds: each took some 20 microseconds.",
            ["route"],
            registry=self.registry,
        )
        self.laid_answers = Counter(
            "pastebin_laid_answers",
            "Requests that the web server in front answered by itself. They are among "
            "the requests, and not among their seconds.",
            registry=self.registry,
        )
        self.refusals = Counter(
            "pastebin_limit_refusals",
            "Uses that a limit refused.",
            ["limit"],
            registry=self.registry,
        )
        self.turned_away = Counter(
            "pastebin_turned_away",
            "Requests that got 503 before Django: too many were under way.",
            registry=self.registry,
        )
        self.burns = Counter(
            "pastebin_burns",
            "Pastes that were read and burned.",
            registry=self.registry,
        )
        self.housekeeping_failures = Counter(
            "pastebin_housekeeping_failures",
            "Jobs of the housekeeping that failed.",
            registry=self.registry,
        )
        self.database_errors = Counter(
            "pastebin_database_errors",
            "Errors of the database that a request or the housekeeping met.",
            registry=self.registry,
        )
        self.cache_errors = Counter(
            "pastebin_cache_errors",
            "Times that the shared cache was needed and did not answer as it should "
            "(failed), or was left alone because it had not (rested).",
            ["result"],
            registry=self.registry,
        )
        for result in ("hit", "miss"):
            self.kept_html.labels(result)
        for result in ("failed", "rested"):
            self.cache_errors.labels(result)


meters = Meters()
# One after the other: appending takes no lock.
kept_answers: collections.deque[tuple[str, str, int]] = collections.deque()
lock_of_kept = threading.Lock()
told_at = 0.0


# Events


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer; `route` is the name of one of the site's routes, never a path."""
    method = method if method in METHODS else OTHER
    meters.requests.labels(method, route, f"{status // 100}xx").inc()
    meters.seconds.labels(route).observe(seconds)


def count_kept_answer(method: str, route: str, status: int) -> None:
    """Count an answer from memory, which is told of within a second or two.

    Counting it as Django's are counted would take as long again as answering it.
    """
    kept_answers.append((method, route, status))
    if time.monotonic() - told_at > TELL_SECONDS:
        add_kept_answers()


def add_kept_answers() -> None:
    """Add to the meters what was counted since the last time."""
    global told_at
    with lock_of_kept:
        told_at = time.monotonic()
        counted = collections.Counter(
            [kept_answers.popleft() for _ in range(len(kept_answers))]
        )
    for (method, route, status), count in counted.items():
        meters.requests.labels(method, route, f"{status // 100}xx").inc(count)
        meters.kept_answers.labels(route).inc(count)


def count_laid_answers(route: str, status: int, count: int) -> None:
    """Count what the web server in front answered by itself, all to GET."""
    meters.requests.labels("GET", route, f"{status // 100}xx").inc(count)
    meters.laid_answers.inc(count)


def count_kept_html(*, is_hit: bool) -> None:
    meters.kept_html.labels("hit" if is_hit else "miss").inc()


def count_refusal(limit: str) -> None:
    """Count a use that a limit refused, by the limit's name in the code."""
    meters.refusals.labels(limit).inc()


def count_turned_away() -> None:
    meters.turned_away.inc()


def count_burn() -> None:
    meters.burns.inc()


def count_housekeeping_failure() -> None:
    meters.housekeeping_failures.inc()


def count_database_error() -> None:
    meters.database_errors.inc()


def count_cache_error(*, is_asked: bool) -> None:
    """Count a use of the shared cache that failed; not asked, it was left alone."""
    meters.cache_errors.labels("failed" if is_asked else "rested").inc()


# Telling


class Gauges:
    """What is known at the moment of telling, as prometheus_client collects it."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[Metric]:
        for name, meaning in GAUGES.items():
            if name in self.figures:
                value = self.figures[name]
                yield GaugeMetricFamily(f"pastebin_{name}", meaning, value)


def tell(accept: str, figures: Mapping[str, float]) -> tuple[bytes, str]:
    """Return the page of all metrics, and its type, as the header Accept asks for it.

    `figures` are values of GAUGES by their names.
    """
    add_kept_answers()
    registry = CollectorRegistry()
    if meters.folder:
        MultiProcessCollector(registry, str(meters.folder))
    else:
        registry.register(meters.registry)
    registry.register(Gauges(figures))
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


# Sharing


class Slot:
    """The number under which this process counts: the lowest that is free."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pid = 0
        self.number = 0

    def __call__(self) -> int:
        # After a fork the lock is still the parent's: these locks are not inherited.
        if self.pid != os.getpid():
            self.number = self.take()
            self.pid = os.getpid()
        return self.number

    def take(self) -> int:
        """Lock a slot for as long as this process lives. OSError where none can be had."""
        for number in range(MOST_SLOTS):
            if lock(self.folder / f"{number}.lock") is not None:
                for kind, size in FILE_BYTES.items():
                    reserve(self.folder / f"{kind}_{number}.db", size)
                return number
        raise OSError(f"{self.folder} has no free slot.")


def lock(path: Path) -> int | None:
    """Return the file's descriptor, locked until it is closed; None if it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def reserve(path: Path, size: int) -> None:
    """Give a file so many bytes of the disk; what is in it stays."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError:
        # A file with a hole is worse than none.
        path.unlink()
        raise
    finally:
        os.close(descriptor)


def share(folder: Path) -> None:
    """Count together with the other processes that count into this folder, from here on.

    Raises OSError where the folder or the space for it cannot be had; the process then
    goes on counting for itself.
    """
    global meters
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    slot = Slot(folder)
    slot()
    # Where prometheus_client looks for the folder whenever it opens a file.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(process_identifier=slot)
    meters = Meters(folder)


def forget(folder: Path) -> None:
    """Remove what processes that are gone have counted: a start begins at nothing."""
    for path in folder.glob("*.lock"):
        descriptor = lock(path)
        if descriptor is None:
            continue
        for file in itertools.chain.from_iterable(
            folder.glob(f"{kind}_{path.stem}.db") for kind in FILE_BYTES
        ):
            file.unlink()
        os.close(descriptor)
