"""What observing costs a request, and that odd requests make nothing grow.

Run with `python bench/observing.py [odd requests, 100000]`. The cost is the processor time of
a request through all of Django's layers with the middleware (counting into shared files,
and with a JSON line to /dev/null as well), over the time of the same one without it. The odd
requests have a method, a path and a host each that no other one has.
"""

import logging
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

ROUNDS = 7
REQUESTS = 300


def seconds_of(ask: Callable[[], object]) -> float:
    """Return the processor seconds of one request, of REQUESTS in a row."""
    started = time.thread_time()
    for _ in range(REQUESTS):
        ask()
    return (time.thread_time() - started) / REQUESTS


def measure(path: str) -> None:
    """Print a row: the medians of rounds in turn, and their ratios."""
    from django.conf import settings
    from django.test import Client

    ways = {}
    every = settings.MIDDLEWARE
    for name, middleware, is_logged in (
        ("without", every[1:], False),
        ("counted", every, False),
        ("counted and logged", every, True),
    ):
        settings.MIDDLEWARE = middleware
        client = Client()
        # The layers are made at the first request.
        client.get(path)
        ways[name] = (client, is_logged)
    settings.MIDDLEWARE = every
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (client, is_logged) in ways.items():
            settings.LOG_REQUESTS = is_logged
            taken[name].append(seconds_of(lambda client=client: client.get(path)))
    settings.LOG_REQUESTS = False
    medians = {name: statistics.median(each) for name, each in taken.items()}
    base = medians.pop("without")
    words = [f"without {base * 1e6:.0f} us"]
    for name, each in medians.items():
        more = (each - base) * 1e6
        words.append(f"{name} x {each / base:.3f} ({more:+.0f} us)")
    print(f"{path[:8]:<8}  {'; '.join(words)}")


def ask_oddly(count: int) -> None:
    """Print series, bytes of files and peak memory before and after odd requests."""
    from django.test import Client

    from pastes import metrics

    client = Client()

    def state() -> tuple[int, int, int]:
        page = metrics.tell("", {})[0]
        files = sum(each.stat().st_size for each in metrics.meters.folder.glob("*.db"))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return page.count(b"\n"), files, memory

    def ask(numbers: range) -> None:
        for n in numbers:
            client.generic(f"M{n}", f"/{n}/{n}", HTTP_HOST=f"h{n}.example")

    ask(range(count // 100))
    before = state()
    ask(range(count // 100, count))
    after = state()
    for name, old, new in zip(
        ("lines of the page", "bytes of files", "peak KiB"), before, after, strict=True
    ):
        print(f"{count} odd requests: {name} {old} -> {new}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATA_DIR": folder,
            "ENV_FILE": os.devnull,
            "ALLOWED_HOSTS": "*",
            "SITE_URL": "http://testserver",
            "DJANGO_SETTINGS_MODULE": "pastebin_site.settings",
            "LIMIT_CREATE": "off",
        }
        import django

        django.setup()
        from django.core.management import call_command

        from pastes import logs, metrics, services

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        handler = logging.StreamHandler(Path(os.devnull).open("w"))  # noqa: SIM115
        handler.setFormatter(logs.JsonFormatter())
        logging.getLogger().handlers[:] = [handler]
        metrics.share(Path(folder) / "metrics")
        slug = services.create_paste(text="some text\n", client=None).paste.slug
        for path in ("/healthz", f"/{slug}/raw", f"/{slug}"):
            measure(path)
        ask_oddly(count)


if __name__ == "__main__":
    main()
