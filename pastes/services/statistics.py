"""How the site is doing: the figures of the moderators' start page.

What waits for them is counted each time, with an index. The rest is counted at most
once a minute for all who look; it scans the pastes without their texts, which takes a
fifth of a second for 100,000.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.core.cache import cache
from django.db import connection
from django.db.models import Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.crypto import salted_hmac

from pastes import limits
from pastes.models import Block, Paste, Report

KEPT_SECONDS = 60
DAYS = 30
TOP = 10
# The busiest addresses, which are put together to networks.
MOST_ADDRESSES = 20_000


@dataclass(frozen=True)
class Cases:
    """What waits for a moderator, and how many of it nobody sees until then."""

    open: int
    held: int


@dataclass(frozen=True)
class Day:
    """How many came on one day, in the site's time zone."""

    date: date
    count: int


@dataclass(frozen=True)
class Share:
    """How many pastes one language or one maker has.

    The name is a language's key, or an IPv4 address or an IPv6 network of 64 bits.
    """

    name: str
    count: int


@dataclass(frozen=True)
class Storage:
    """How much is kept: pastes, their texts as sent and as stored, the files; in bytes.

    `file_bytes` is None for a database in memory.
    """

    pastes: int
    text_bytes: int
    packed_bytes: int
    file_bytes: int | None


@dataclass(frozen=True)
class Statistics:
    """What was counted at one moment; days and shares are of the last DAYS days.

    Days begin with the oldest, today is the last; one without any has none. Makers are
    those whose address is not forgotten yet.
    """

    at: datetime
    hidden: int
    storage: Storage
    pastes: tuple[Day, ...]
    reports: tuple[Day, ...]
    languages: tuple[Share, ...]
    makers: tuple[Share, ...]


def count_cases() -> Cases:
    """Return what waits for a moderator at this moment."""
    held = Count("pk", filter=Q(state=Paste.State.HELD))
    counted = Paste.objects.open_cases().aggregate(all=Count("pk"), held=held)
    return Cases(counted["all"], counted["held"])


def site_statistics() -> Statistics:
    """Return the figures of the last minute, counted anew where none are kept."""
    # Several sites may keep their things in one cache; each has its secret.
    key = salted_hmac("pastes.statistics", "").hexdigest()
    kept = cache.get(key)
    if kept is None:
        kept = count_all(timezone.now())
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def busiest_blocks() -> list[Block]:
    """Return the blocks that were met most often, those that were not left out."""
    return list(Block.objects.filter(hits__gt=0).order_by("-hits", "pk")[:TOP])


def count_all(now: datetime) -> Statistics:
    """Count everything, in four queries, and one for PostgreSQL's files."""
    hidden, storage = count_storage()
    dates = [timezone.localdate(now) - timedelta(days=ago) for ago in range(DAYS)]
    pastes = count_by_day(Paste.objects.all(), dates, "syntax")
    languages: Counter[str] = Counter()
    for _day, syntax, count in pastes:
        languages[syntax] += count
    return Statistics(
        at=now,
        hidden=hidden,
        storage=storage,
        pastes=fill_days(dates, [(day, count) for day, _syntax, count in pastes]),
        reports=fill_days(dates, count_by_day(Report.objects.all(), dates)),
        languages=top(languages),
        makers=top(count_makers()),
    )


def count_storage() -> tuple[int, Storage]:
    """Return how many pastes are hidden, and what all of them take."""
    counted = Paste.objects.aggregate(
        pastes=Count("pk"),
        text=Sum("size", default=0),
        # SQLite knows a text's length without reading it, as long as it sorts no rows.
        packed=Sum(Length("packed_text"), default=0),
        hidden=Count("pk", filter=Q(state=Paste.State.HIDDEN)),
    )
    storage = Storage(
        counted["pastes"], counted["text"], counted["packed"], database_bytes()
    )
    return counted["hidden"], storage


def database_bytes() -> int | None:
    """Return what the database's file and its log of the latest writes take.

    PostgreSQL is asked, and leaves the log out, which all its databases share.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return cursor.fetchone()[0]
    file = Path(connection.settings_dict["NAME"])
    files = [each for each in (file, Path(f"{file}-wal")) if each.is_file()]
    return sum(each.stat().st_size for each in files) if files else None


def count_by_day(rows: QuerySet, dates: Sequence[date], *columns: str) -> list[tuple]:
    """Return (days ago, values of the columns, count) of what was made since then.

    `dates` go back from today. The days begin when they do in the site's time zone,
    which the database need not know.
    """
    midnights = [timezone.make_aware(datetime.combine(day, time.min)) for day in dates]
    ago = Case(
        *(
            When(created_at__gte=start, then=Value(n))
            for n, start in enumerate(midnights)
        )
    )
    recent = rows.filter(created_at__gte=midnights[-1]).order_by()
    return list(recent.values_list(ago, *columns).annotate(Count("pk")))


def fill_days(dates: Sequence[date], rows: list[tuple[int, int]]) -> tuple[Day, ...]:
    counts: Counter[int] = Counter()
    for ago, count in rows:
        counts[ago] += count
    days = [Day(day, counts[ago]) for ago, day in enumerate(dates)]
    return tuple(reversed(days))


def count_makers() -> Counter[str]:
    """Return how many pastes each client has made, by limits.client_key."""
    known = Paste.objects.filter(client_address__isnull=False).order_by()
    counted = known.values_list("client_address").annotate(count=Count("pk"))
    makers: Counter[str] = Counter()
    for address, count in counted.order_by("-count", "client_address")[:MOST_ADDRESSES]:
        # To parse all of them would take longer than to count them.
        is_itself = ":" not in address
        makers[address if is_itself else limits.client_key(address)] += count
    return makers


def top(counts: Counter[str]) -> tuple[Share, ...]:
    """Return the largest, in a lasting order."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Share(name, count) for name, count in ordered[:TOP])
