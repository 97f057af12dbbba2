"""What one use of an allowance costs, beside the smallest query and a call of the API.

Run with `.venv/bin/python bench/limits.py`. Each figure is a ratio within one run; the
database is a file on this machine's disk, as durable as the site's own.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# The disk under this folder: a database in memory would cost no writing through.
FOLDER = tempfile.TemporaryDirectory(dir=Path(__file__).parent)
os.environ |= {"ENV_FILE": os.devnull, "DATA_DIR": FOLDER.name}
os.environ["DJANGO_SETTINGS_MODULE"] = "pastebin_site.settings"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test import override_settings  # noqa: E402

from pastes import limits, services  # noqa: E402
from pastes.models import Allowance, Paste  # noqa: E402

ROUNDS = 7
COUNT = 300
ROWS = 100_000


def cost(work: Callable[[], object]) -> float:
    """Return the median seconds that one piece of work takes."""
    taken = []
    for _ in range(COUNT):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def compare(name: str, work: Callable[[], object], base: Callable[[], object]) -> None:
    """Measure both in turn and print a row of the table."""
    rounds = [(cost(work), cost(base)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
    ratio = statistics.median(a / b for a, b in rounds)
    print(f"| {name} | {ours * 1e6:,.0f} | {theirs * 1e6:,.0f} | {ratio:.2f} |")


def main() -> None:
    call_command("migrate", verbosity=0)
    Allowance.objects.bulk_create(
        (Allowance(key=f"create:{n}", used_until=1.0) for n in range(ROWS)),
        batch_size=1000,
    )
    slug = services.create_paste(text="text", client=None).paste.slug
    browser = Browser(headers={"Host": "localhost"})
    path = f"/api/v1/pastes/{slug}"

    def select() -> object:
        return Allowance.objects.values_list("used_until").get(key="create:77")

    def read() -> None:
        assert browser.get(path).status_code == 200

    def opening(limit: str) -> Callable[[], None]:
        def call() -> None:
            with override_settings(LIMIT_API=limit):
                answer = browser.post(
                    f"{path}/open", {}, content_type="application/json"
                )
            assert answer.status_code == 200, answer.content

        return call

    write = Paste.objects.filter(slug=slug)
    print("| what | microseconds | beside, microseconds | ratio |")
    print("|---|---|---|---|")
    compare("spend / SELECT", lambda: limits.spend("9999999/s", "api:x"), select)
    compare("refused / SELECT", lambda: limits.spend("1/d", "api:y"), select)
    compare(
        "spend / UPDATE of a paste",
        lambda: limits.spend("9999999/s", "api:x"),
        lambda: write.update(views=F("views") + 1),
    )
    compare(
        "spend / reading by the API", lambda: limits.spend("9999999/s", "api:x"), read
    )
    compare("open, LIMIT_API on / off", opening("9999999/s"), opening("off"))


if __name__ == "__main__":
    try:
        main()
    finally:
        FOLDER.cleanup()
