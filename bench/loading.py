"""Very many pastes, straight into the database of a site: rows as it stores them."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import sites, texts
from bench.peers.ours import Site
from bench.wrk import NUMBER

# Texts that the site itself stores; each loaded row is like one of them.
SAMPLES = 100
SIZE = 1024
ROWS = 1000
FILL = "from bench import loading; loading.fill({count})"


def load(site: Site, count: int) -> float:
    """Store so many pastes of 1 KB in a site that is not running; return the seconds."""
    data, url = Path(site.settings["DATA_DIR"]), site.settings["DATABASE_URL"]
    sites.manage(data, "migrate", url=url)
    began = time.monotonic()
    words = ("shell", "--no-imports", "-c", FILL.format(count=count))
    sites.manage(data, *words, url=url)
    return time.monotonic() - began


def fill(count: int) -> None:
    """Insert pastes as the site stores them: copies of some that it stored itself.

    Each has a text, a link and digests of its own; other columns are its sample's.
    Runs in the site's own Python, by `manage.py shell`.
    """
    from django.db import connection, transaction

    from pastes import services
    from pastes.models import Paste
    from pastes.services.archiving import tables

    fields = tables.columns(Paste)
    samples = []
    for number in range(SAMPLES):
        text = numbered(texts.python(SIZE, number), number)
        new = services.create_paste(text=text, syntax="python", client=None)
        row = Paste.objects.filter(pk=new.paste.pk).values().get()
        for field in fields:
            value = row[field.attname]
            row[field.attname] = field.get_db_prep_save(value, connection)
        samples.append((text, row))
    last = new.paste.pk
    rng = random.Random(7)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(f"%({field.attname})s" for field in fields)
    table = quote(Paste._meta.db_table)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The bench measures what comes afterwards, not this.
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -500000")
        with transaction.atomic():
            for start in range(0, count, ROWS):
                numbers = range(start, min(start + ROWS, count))
                rows = [stored(*samples[n % SAMPLES], n, last, rng) for n in numbers]
                cursor.executemany(statement, rows)
            tables.write_sequence(Paste, last + count, "default")
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


def numbered(text: str, number: int) -> str:
    """Return the text with a number for its beginning, and of its length."""
    return f"#{number:011}" + text[len(NUMBER) :]


def stored(
    text: str, row: dict[str, Any], number: int, last: int, rng: random.Random
) -> dict[str, Any]:
    """Return a row like a sample's, the `number`th after the `last` that is there."""
    new = row | sites.describe(numbered(text, 10**9 + number).encode())
    new |= {"id": last + 1 + number, "slug": sites.slug_of(number)}
    new["owner_digest"] = f"{rng.getrandbits(256):064x}"
    if row["normal_sha256"]:
        new["normal_sha256"] = f"{rng.getrandbits(256):064x}"
    for name, value in row.items():
        if name.startswith("likeness_") and value is not None:
            new[name] = rng.randrange(2**31)
    return new


def spread(count: int, wanted: int) -> Iterator[str]:
    """Yield the paths of so many of the loaded pastes, from all over the table."""
    for place in range(wanted):
        yield "/" + sites.slug_of(place * count // wanted)
