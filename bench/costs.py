"""Where the time of a request goes: processor time in this process, in microseconds.

Run with `.venv/bin/python bench/costs.py`. It drives the site's WSGI application without a
server, on a new SQLite file: each door as Django answers it, then from memory. Processor
time says what a request costs while others run, which its duration does not; what a child
process does and what waits for the disk is not in it.
"""

import argparse
import atexit
import cProfile
import io
import json
import os
import pstats
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.loads import ROOT, UNLIMITED

# A reader who is somebody is answered by Django.
SOMEBODY = {"HTTP_COOKIE": f"maker={'k' * 32}"}
ROUNDS = 7
# What a stage is called, and the function whose time it is with all that it calls.
STAGES = {
    "all": ("handlers/base.py", "get_response"),
    "the view": ("handlers/base.py", "_get_response"),
    "opening the paste": ("services/opening.py", "open_paste"),
    "highlighting, as kept": ("services/rendering.py", "render_paste"),
    "template": ("django/shortcuts.py", "render"),
    "creating": ("services/creating.py", "create_paste"),
    "screening": ("services/screening.py", "screen"),
    "asking the child": ("highlight/process.py", "ask"),
    "storing": ("services/creating.py", "store"),
}


def environment(path: str, body: bytes = b"", **more: Any) -> dict[str, Any]:
    """Return a request as granian hands it over."""
    return {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64)",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        **more,
    }


def cost(ask: Callable[[], None], count: int) -> float:
    """Return the microseconds of one call: of several rounds the cheapest."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(count):
            ask()
        best = min(best, time.process_time() - began)
    return best / count * 1e6


def stages(ask: Callable[[], None], count: int) -> list[tuple[str, float]]:
    """Return each stage's share of a call, as a profiler sees it."""
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _ in range(count):
        ask()
    profiler.disable()
    times = pstats.Stats(profiler).stats
    found = {
        name: sum(
            values[3]
            for (file, _line, function), values in times.items()
            if file.endswith(path) and function == wanted
        )
        for name, (path, wanted) in STAGES.items()
    }
    whole = found.pop("all")
    return [(name, took / whole) for name, took in found.items() if took]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="requests in a round")
    count = parser.parse_args().count
    folder = tempfile.mkdtemp(prefix="costs-")
    # Registered first, it runs last: the site's own end writes to the folder.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= UNLIMITED | {
        "DATA_DIR": folder,
        "ENV_FILE": os.devnull,
        "WORKERS": "2",
        "DJANGO_SETTINGS_MODULE": "pastebin_site.settings",
    }
    measure(count)


def measure(count: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from pastebin_site.wsgi import application
    from pastes import services

    text = (ROOT / "pastes/models.py").read_bytes()[:1024]
    slug = services.create_paste(text=text, syntax="python", client=None).paste.slug
    sent = json.dumps({"text": text.decode()}).encode()
    is_json = {"CONTENT_TYPE": "application/json"}

    def asking(*words: Any, **more: Any) -> Callable[[], None]:
        def ask() -> None:
            statuses: list[str] = []
            environ = environment(*words, **more)
            answer = application(environ, lambda status, *_: statuses.append(status))
            b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
            if statuses[0][0] != "2":
                sys.exit(f"{words[0]}: {statuses[0]}")

        return ask

    doors = {
        "raw": (f"/{slug}/raw",),
        "page": (f"/{slug}",),
        "API read": (f"/api/v1/pastes/{slug}",),
        "form": ("/",),
        "create": ("/", text),
        "API create": ("/api/v1/pastes", sent),
    }
    load = os.getloadavg()[0]
    print(f"1 KB of Python, load average {load:.1f}, µs of processor time")
    print("| door | by Django | from memory | of Django's |")
    print("|---|---|---|---|")
    for name, words in doors.items():
        more = is_json if name.startswith("API c") else {"CONTENT_TYPE": "text/plain"}
        ask = asking(*words, **SOMEBODY, **more)
        asking(*words, **SOMEBODY, **more)()
        by_django = cost(ask, count)
        parts = stages(ask, count)
        told = ", ".join(f"{part} {share:.0%}" for part, share in parts)
        kept = "-"
        if name in ("raw", "page", "API read"):
            asking(*words)()
            kept = f"{cost(asking(*words), count * 10):.1f}"
        print(f"| {name}, 1 KB | {by_django:,.0f} | {kept} | {told} |")


if __name__ == "__main__":
    main()
