"""A large site in a database, and commands on it with their time and their memory."""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Of each kind of end, so many after the backup.
ENDED = 100
FILL = """
from bench import sites
sites.fill({count})
"""


@dataclass(frozen=True)
class Ran:
    """What a command took: seconds, the most memory in MiB, and what it said."""

    seconds: float
    mebibytes: float
    output: str


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-keeping-") as name:
        yield Path(name)


def environment(data_dir: Path, url: str = "") -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    kept |= {"ENV_FILE": os.devnull, "DATA_DIR": str(data_dir)}
    return kept | ({"DATABASE_URL": url} if url else {})


def manage(data_dir: Path, *words: str, url: str = "") -> Ran:
    """Run manage.py; raises RuntimeError with its words where it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment(data_dir, url),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise RuntimeError(said)
    return Ran(time.monotonic() - started, usage.ru_maxrss / 1024, said)


def make(data_dir: Path, count: int, url: str = "") -> None:
    """Make a site of so many pastes, each with a text of its own."""
    manage(data_dir, "migrate", url=url)
    manage(data_dir, "shell", "--no-imports", "-c", FILL.format(count=count), url=url)


def fill(count: int) -> None:
    """Insert pastes of 200 bytes to 8 kB of words, a tenth of them to burn."""
    from django.db import transaction

    from pastes import tokens
    from pastes.models import Paste
    from pastes.services.archiving import tables

    rng = random.Random(5)
    words = [f"word{number}" for number in range(2000)]
    fields = tables.columns(Paste)
    base = {field.attname: field.get_default() for field in fields}
    made = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction.atomic():
        for start in range(1, count + 1, tables.ROWS):
            rows = []
            for number in range(start, min(start + tables.ROWS, count + 1)):
                text = " ".join(rng.choices(words, k=rng.randint(30, 1200)))
                row = base | describe(f"{number} {text}\n".encode())
                row |= {"id": number, "slug": slug_of(number)}
                row["owner_digest"] = tokens.digest(str(number))
                row["created_at"] = made + timedelta(seconds=number, microseconds=7)
                row["is_burn"] = number % 10 == 0
                rows.append(tuple(row[field.attname] for field in fields))
            tables.insert(Paste, fields, rows, "default")
        tables.write_sequence(Paste, count, "default")


def describe(data: bytes) -> dict[str, Any]:
    from pastes import zstd

    sha256 = hashlib.sha256(data).hexdigest()
    return {"packed_text": zstd.pack(data), "size": len(data), "sha256": sha256}


def slug_of(number: int) -> str:
    from pastes.tokens import ALPHABET

    letters = []
    for _ in range(12):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def end_some() -> None:
    """Burn a hundred pastes and take a hundred others down."""
    from pastes import services

    for number in range(10, 10 * ENDED + 1, 10):
        services.open_paste(slug_of(number), consent=True, client=None)
    shown = [slug_of(10 * number + 1) for number in range(ENDED)]
    services.moderate(shown, "hide", reason="spam", by=None)


def check(count: int) -> None:
    """See that none of the ended ones is readable, and all others are byte-equal."""
    from pastes import services
    from pastes.models import Paste

    readable = 0
    ended = [slug_of(number) for number in range(10, 10 * ENDED + 1, 10)]
    ended += [slug_of(10 * number + 1) for number in range(ENDED)]
    for slug in ended:
        try:
            services.open_paste(slug, consent=True, client=None)
            readable += 1
        except (services.NotFound, services.Removed):
            pass
    equal = 0
    others = Paste.objects.exclude(slug__in=ended).order_by("pk")
    for paste in others.iterator(chunk_size=100):
        equal += hashlib.sha256(paste.data).hexdigest() == paste.sha256
    print(
        f"readable of {len(ended)} that were ended: {readable}; "
        f"byte-equal of the {count - len(ended)} others: {equal}"
    )


def show(what: str, ran: Ran, rows: int) -> None:
    print(
        f"{what:34} {ran.seconds:7.1f} s {rows / ran.seconds:9.0f} pastes/s "
        f"{ran.mebibytes:6.0f} MiB at most",
        flush=True,
    )
