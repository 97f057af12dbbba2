"""Texts that many ask for, laid where a web server in front finds them as files.

So nginx answers by itself and keeps nothing (deploy/nginx/pastebin-front.conf). In the
folder there are

    database                   whose texts these are: the path of the site's database
    texts/<period>/<slug>      a text; <slug>.zst is the same, compressed
    views/<period>.log         what nginx gave out, in lines of a status and a slug

A period is ten seconds, and nginx looks into the folder of this one alone. So a text has
to be laid anew in each, and nobody looks for long at what a killed process left. Who
changes a paste takes all texts away before he commits that; until then the database's
lock lets nobody lay one.
"""

import hashlib
import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pastes import tokens

# The map in deploy/nginx/pastebin.conf says the same.
PERIOD_SECONDS = 10
ZSTD = ".zst"
# Of all texts in a period: the folder may be in memory.
MOST_BYTES = 64 << 20
# nginx writes a line where its answer ends, which may be a while after the period.
UNREAD_PERIODS = 3
# Who writes the logs is another user. Of more than this the rest is not counted.
MOST_LOG_BYTES = 16 << 20
PIECE_BYTES = 1 << 18
LOG = re.compile(r"\d{1,12}\.log")
LINE = re.compile(rf"(200|304) ({tokens.SLUG_PATTERN})".encode())
LONGEST_LINE = 100
# For the group alone: nginx' user is in it.
FOLDER_MODE = 0o750
SHARED_FOLDER_MODE = 0o770
FILE_MODE = 0o640


def period_at(now: datetime) -> int:
    return int(now.timestamp()) // PERIOD_SECONDS


def prepare(folder: Path, database: Path) -> None:
    """Make the folder, empty, for the texts of this database alone.

    Raises OSError where it cannot be made, FileExistsError where it is another one's.
    """
    make(folder, FOLDER_MODE)
    mark = folder / "database"
    with suppress(FileExistsError), mark.open("x") as file:
        file.write(str(database))
    if mark.read_text() != str(database):
        raise FileExistsError(f"{folder} has the texts of {mark.read_text()}")
    take_away(folder)
    # nginx makes its files there.
    make(folder / "views", SHARED_FOLDER_MODE)


def make(folder: Path, mode: int) -> None:
    folder.mkdir(exist_ok=True)
    # Whatever the umask says.
    folder.chmod(mode)


def is_laid(folder: Path, slug: str, now: datetime) -> bool:
    return (folder / "texts" / str(period_at(now)) / slug).exists()


def lay(folder: Path, slug: str, forms: dict[str, bytes], now: datetime) -> None:
    """Lay a text for this period, in forms that have names with these endings.

    Where the period's texts take too much already, it is not laid. Raises OSError.
    """
    place = folder / "texts" / str(period_at(now))
    for each in (place.parent, place):
        make(each, FOLDER_MODE)
    size = sum(each.stat().st_size for each in place.iterdir())
    if size + sum(map(len, forms.values())) > MOST_BYTES:
        return
    for ending, text in forms.items():
        # No address leads to a name that begins so.
        unfinished = place / f".{slug}{ending}"
        unfinished.write_bytes(text)
        unfinished.chmod(FILE_MODE)
        seconds = tag(text)
        os.utime(unfinished, (seconds, seconds))
        unfinished.replace(place / f"{slug}{ending}")


def tag(text: bytes) -> int:
    """Return the time of a file's last change by which nginx tells texts apart.

    It makes its ETag of that time and the length. Every file system keeps 31 bits.
    """
    return int.from_bytes(hashlib.sha256(text).digest()[:4]) >> 1


def take_away(folder: Path) -> None:
    """Take all texts away at once. Raises OSError where they stay."""
    gone = folder / f"gone-{secrets.token_hex(8)}"
    with suppress(FileNotFoundError):
        (folder / "texts").rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def sweep(folder: Path, now: datetime) -> None:
    """Remove the texts that nobody looks for any more."""
    period = period_at(now)
    for each in (folder / "texts").glob("*"):
        if each.name not in map(str, (period - 1, period, period + 1)):
            shutil.rmtree(each, ignore_errors=True)
    for each in folder.glob("gone-*"):
        shutil.rmtree(each, ignore_errors=True)


def take_views(folder: Path, now: datetime) -> Counter[tuple[int, str]]:
    """Return how often nginx gave out what, by status and slug, once.

    Nothing that lies there stops this, whoever wrote it. Raises OSError.
    """
    period, found = period_at(now), Counter[tuple[int, str]]()
    for path in (folder / "views").iterdir():
        if not LOG.fullmatch(path.name):
            continue
        if not period - UNREAD_PERIODS <= int(path.stem) <= period + 1:
            for line, count in counted_lines(path):
                if matched := LINE.fullmatch(line):
                    found[int(matched[1]), matched[2].decode()] += count
    return found


def counted_lines(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yield a log's lines, with how many there are of each in a piece of it.

    The log is taken away: who does that is the one that reads it.
    """
    with suppress(OSError), open(path, "rb", opener=wary) as file:
        path.unlink()
        rest = b""
        for _ in range(MOST_LOG_BYTES // PIECE_BYTES):
            *whole, rest = (rest + file.read(PIECE_BYTES)).split(b"\n")
            yield from Counter(whole).items()
            # No line of ours is long.
            rest = rest[:LONGEST_LINE]


def wary(path: str, flags: int) -> int:
    """Open a file, but no other one through a link, and without waiting for a writer."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
