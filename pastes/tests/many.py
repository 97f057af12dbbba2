"""A large site's rows, made in seconds: 100,000 pastes and 10,000 reports.

Spread as on a real site: over sixty days, languages, makers, IPv4 and IPv6, locked and
burned ones, with waves of spam; the same at every run. The texts are few, packed once.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

from pastes import tokens, zstd
from pastes.models import Block, Decision, Paste, Report
from pastes.services.recording import record

PASTES = 100_000
REPORTS = 10_000
OPEN_CASES = 2_000
HELD = 200
HIDDEN = 3_000
BLOCKS = 1_000
DAYS = 60
# Older pastes have forgotten their address, as by ADDRESS_RETENTION.
ADDRESS_DAYS = 14
# One maker's pastes, close together, with nearly the same text: the newest pastes.
WAVE = 1_000
WAVE_ADDRESS = "203.0.113.66"
WAVE_NETWORK = "2001:db8:bad:1"

LANGUAGES = {
    "text": 40,
    "python": 15,
    "javascript": 9,
    "console": 8,
    "json": 7,
    "bash": 6,
    "cpp": 5,
    "markdown": 3,
    "sql": 2,
    "yaml": 2,
    "rust": 1,
    "go": 1,
    "fortran": 1,
}
WORDS = (
    "value",
    "error",
    "connect",
    "user",
    "line",
    "return",
    "server",
    "log",
    "total",
)


@contextmanager
def large_site() -> Iterator[None]:
    """Have it all there until the block ends, and then nothing of it."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size")
            before = cursor.fetchone()[0]
            # In KiB: the indexes are written at their ends and in their middles.
            cursor.execute("PRAGMA cache_size = -300000")
            fill(timezone.now())
            cursor.execute(f"PRAGMA cache_size = {before}")
        else:
            fill(timezone.now())
            # As autovacuum does on a site whose rows stay.
            cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)


def fill(now: datetime, seed: int = 5) -> None:
    """Insert it all into an empty database."""
    rng = random.Random(seed)
    texts = [make_text(rng) for _ in range(40)]
    times = sorted(made_at(rng, now) for _ in range(PASTES))
    syntaxes = rng.choices(list(LANGUAGES), list(LANGUAGES.values()), k=PASTES)
    places = rng.sample(range(PASTES - 2 * WAVE), OPEN_CASES + HIDDEN)
    cases, hidden = set(places[:OPEN_CASES]), set(places[OPEN_CASES:])
    held = set(places[:HELD])
    # Half of what the site held nobody reported.
    reported = [*places[HELD // 2 :], *rng.choices(places[HELD // 2 :], k=REPORTS)]
    reported = reported[:REPORTS]
    counts: dict[int, int] = {}
    for place in reported:
        counts[place] = counts.get(place, 0) + 1

    def pastes() -> Iterable[dict[str, Any]]:
        for place, (made, syntax) in enumerate(zip(times, syntaxes, strict=True)):
            row = describe(rng, place, made, texts[place % len(texts)], now)
            row |= {"id": place + 1, "syntax": syntax}
            if place in cases:
                row |= {"case_opened_at": text_of(made + timedelta(hours=1))}
                row["open_reports"] = counts.get(place, 0)
                row["state"] = "held" if place in held else "live"
                row["held_because"] = '[["links", 5, "12"]]' if place in held else "[]"
            elif place in hidden:
                row |= {"state": "hidden", "hidden_reason": "spam"}
            yield row

    def reports() -> Iterable[dict[str, Any]]:
        for place in reported:
            made = times[place] + (now - times[place]) * rng.random()
            yield {
                "paste_id": place + 1,
                "reason": rng.choice(Paste.Reason.values),
                "details": rng.choice(["", "Please have a look at this one."]),
                "created_at": text_of(made),
                "told_at": text_of(now),
                "client_address": address(rng) if is_recent(made, now) else None,
                "closed_at": text_of(now) if place in hidden else None,
            }

    insert(Paste, pastes())
    insert(Report, reports())
    user = User.objects.create_user("decider", is_staff=True)
    decided = Paste.objects.without_text().filter(state=Paste.State.HIDDEN)
    record(list(decided), Decision.Act.HIDDEN, reason="spam", by=user)
    Block.objects.bulk_create(make_block(rng, n) for n in range(BLOCKS))


def insert(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows of database values; bulk_create takes three times as long."""
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    plain = {f.attname: f.get_db_prep_save(f.get_default(), connection) for f in fields}
    columns = [model._meta.pk.column, *(f.column for f in fields)]
    names = ["id", *(f.attname for f in fields)]
    table = connection.ops.quote_name(model._meta.db_table)
    marks = ", ".join(["%s"] * len(columns))
    listed = ", ".join(map(connection.ops.quote_name, columns))
    values = (
        [(plain | {"id": n} | row)[name] for name in names]
        for n, row in enumerate(rows, start=1)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            sql = f"INSERT INTO {table} ({listed}) VALUES ({marks})"
            cursor.executemany(sql, values)
            return
        with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def make_text(rng: random.Random) -> tuple[int, bytes]:
    """Return a text's size and itself, packed: mostly some lines, some long."""
    count = int(rng.lognormvariate(4.5, 1.2)) + 5
    text = (
        " ".join(rng.choices(WORDS, k=count)).encode()
        + rng.randbytes(60).hex().encode()
    )
    return len(text), zstd.pack(text)


def made_at(rng: random.Random, now: datetime) -> datetime:
    made = now - timedelta(days=DAYS * rng.random() ** 1.2)
    # Fewer at weekends.
    if made.weekday() > 4 and rng.random() < 0.5:
        made -= timedelta(days=2)
    return made


def describe(
    rng: random.Random,
    place: int,
    made: datetime,
    text: tuple[int, bytes],
    now: datetime,
) -> dict[str, Any]:
    """Return what a paste's row holds beside its language and its case."""
    size, packed = text
    row: dict[str, Any] = {
        "slug": "".join(rng.choices(tokens.ALPHABET, k=tokens.SLUG_LENGTH)),
        "title": f"{WORDS[place % 9]} {place}" if place % 3 else "",
        "size": size,
        "sha256": f"{rng.getrandbits(256):064x}",
        "created_at": text_of(made),
        "expires_at": expiry(place, made, now),
        "owner_digest": f"{place:064x}",
        "maker_digest": f"{int(rng.paretovariate(0.3)) % 30_000:064x}"
        * (place % 4 > 0),
        "views": int(rng.paretovariate(1)) % 100_000,
        "packed_text": packed,
    }
    if is_recent(made, now):
        row["client_address"] = address(rng)
    if place >= PASTES - 2 * WAVE:
        row |= wave(rng, place)
    elif place % 33 == 1:
        row["password_hash"] = "bcrypt_sha256$unknown"
    elif place % 50 == 2:
        row["is_burn"] = True
        if place % 100 == 2:
            row |= {"burned_at": text_of(now), "packed_text": b"", "sha256": ""}
    else:
        row["normal_sha256"] = f"{rng.getrandbits(256):064x}"
        # Every other text is too short to have one.
        if place % 2:
            row |= {f"likeness_{n}": rng.getrandbits(28) for n in (1, 2, 3, 4)}
    return row


def wave(rng: random.Random, place: int) -> dict[str, Any]:
    """Return what two waves of spam share, one by IPv4, one by an IPv6 network."""
    is_first = place < PASTES - WAVE
    spam = 1 if is_first else 2
    end = f"{rng.getrandbits(16):x}:{rng.getrandbits(15) + 1:x}"
    return {
        "client_address": WAVE_ADDRESS if is_first else f"{WAVE_NETWORK}:1:2:{end}",
        "maker_digest": "",
        "normal_sha256": f"{place:064x}",
        # The last band differs from text to text.
        **{f"likeness_{n}": spam * n * 1_000_003 for n in (1, 2, 3)},
        "likeness_4": rng.getrandbits(28),
    }


def address(rng: random.Random) -> str:
    """Return one of many addresses, some of which come again and again."""
    maker = int(rng.paretovariate(0.4)) % 20_000
    if maker % 3:
        return f"198.{18 + maker % 2}.{maker >> 8}.{maker & 255}"
    return f"2001:db8:{maker + 1:x}:1:aaaa:{rng.getrandbits(15) + 1:x}:1:2"


def expiry(place: int, made: datetime, now: datetime) -> str | None:
    if place % 2:
        return None
    # Some are over, and not pruned yet.
    end = now - timedelta(minutes=5) if place % 400 == 0 else now + timedelta(days=30)
    return text_of(max(end, made + timedelta(seconds=1)))


def is_recent(made: datetime, now: datetime) -> bool:
    return made > now - timedelta(days=ADDRESS_DAYS)


def make_block(rng: random.Random, number: int) -> Block:
    patterns = {
        Block.Kind.NETWORK: f"198.51.{number >> 8}.{number & 255}/32",
        Block.Kind.TEXT: f"{rng.getrandbits(256):064x}",
        Block.Kind.HOST: f"spam{number}.example",
        Block.Kind.WORDS: f"buy now {number}",
    }
    kind = list(patterns)[number % 4]
    return Block(
        kind=kind,
        pattern=patterns[kind],
        reason="spam",
        hits=int(rng.paretovariate(0.7)) % 5_000,
    )


def text_of(moment: datetime) -> str:
    """Return a moment in UTC as the database keeps it."""
    return str(moment.replace(tzinfo=None))
