"""Room on the disk: a floor under which no text comes in, and a reserve for deleting.

SQLite needs room to delete: what goes is written to its log first. So a file beside the
database holds some, and is emptied when the disk is full. A PostgreSQL server looks after
its own disk, which may be another machine's.
"""

import errno
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from pastes.services.errors import InsufficientStorage

LOOK_SECONDS = 1.0
RESERVE = "reserve"
BLOCK_BYTES = 512  # what st_blocks counts in, see stat(2)


@dataclass
class Look:
    """What was found a moment ago; `room` is in bytes."""

    at: float = float("-inf")
    room: int = 0


last_look = Look()
logger = logging.getLogger(__name__)


def check_room() -> None:
    """Raise InsufficientStorage where a new text would leave too little room.

    Looks at the disk once a second.
    """
    now = time.monotonic()
    if now - last_look.at >= LOOK_SECONDS:
        last_look.room = find_room()
        last_look.at = now
    if last_look.room < settings.PASTE_MIN_FREE_BYTES:
        raise InsufficientStorage()


def find_room() -> int:
    """Return the free bytes of the fullest disk, less what the reserve lacks."""
    room = min(free_bytes(folder) for folder in (settings.DATA_DIR, database_folder()))
    return room - missing_reserve()


def free_bytes(folder: Path) -> int:
    """Return what is free for who is not root; for a folder that is not there, any."""
    try:
        found = os.statvfs(folder)
    except FileNotFoundError:
        return settings.PASTE_MIN_FREE_BYTES + settings.RESERVE_BYTES
    return found.f_bavail * found.f_frsize


def database_folder() -> Path:
    """Return the folder of SQLite's file, or DATA_DIR where there is no such file."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return settings.DATA_DIR
    name = str(connection.settings_dict["NAME"])
    return Path(name.removeprefix("file:").partition("?")[0]).parent


def reserve_file() -> Path:
    return database_folder() / RESERVE


def missing_reserve() -> int:
    """Return how many bytes of the reserve are not there."""
    if connection.vendor != "sqlite":
        return 0
    try:
        held = reserve_file().stat().st_blocks * BLOCK_BYTES
    except FileNotFoundError:
        held = 0
    return max(0, settings.RESERVE_BYTES - held)


def release_reserve() -> bool:
    """Give the reserve's room back; say whether there was any."""
    path = reserve_file()
    with suppress(OSError):
        if path.stat().st_blocks:
            os.truncate(path, 0)
            last_look.at = float("-inf")
            logger.warning("The disk is full: the reserve is given to what deletes.")
            return True
    return False


def keep_reserve() -> bool:
    """Make the reserve whole where it is not and there is room; say whether it is."""
    if connection.vendor != "sqlite":
        return True
    path, size = reserve_file(), settings.RESERVE_BYTES
    missing = missing_reserve()
    if missing and free_bytes(path.parent) < settings.PASTE_MIN_FREE_BYTES + missing:
        return False
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(file).st_size > size:
            os.ftruncate(file, size)
        if size:
            os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        os.ftruncate(file, 0)
        return False
    finally:
        os.close(file)
    return True
