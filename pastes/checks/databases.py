"""The database: whether it keeps what was acknowledged, and who could read it."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import NotSupportedError, OperationalError, connection
from django.utils import timezone

from pastes.checks.exposure import is_elsewhere

# When the community ends its support: postgresql.org/support/versioning.
SUPPORTED_UNTIL = {
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
DURABLE = ("fsync", "full_page_writes")
TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
ENCRYPTED = ("require", "verify-ca", "verify-full")
MOUNTS = Path("/proc/self/mountinfo")
# Of each worker; the one that reads rows, which it keeps, leaves one for all else.
LEAST_CONNECTIONS = 2
# What other machines may mount too, by the names that Linux gives it: those that gnulib's
# mountlist.c and coreutils' stat.c take for remote, and what is common by FUSE.
NETWORKED = re.compile(
    r"9p|acfs|afs|auristorfs|beegfs|ceph|cifs|coda|fhgfs|gfs2?|glusterfs|gpfs|ibrix"
    r"|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs|pvfs2|smb[23]|smbfs|snfs|vmhgfs|vxfs"
    r"|fuse\.(ceph|ceph-fuse|curlftpfs|davfs2?|gcsfuse|glusterfs|juicefs|mfs|rclone|s3fs"
    r"|smbnetfs|sshfs|vmhgfs-fuse)"
)
ESCAPED = re.compile(r"\\([0-7]{3})")


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Say whether that SQLite may corrupt a WAL database that several processes write.

    Source: the release notes of SQLite 3.51.3, 3.50.7 and 3.44.6.
    """
    if (3, 44, 6) <= version < (3, 45, 0) or (3, 50, 7) <= version < (3, 51, 0):
        return False
    return (3, 7, 0) <= version < (3, 51, 3)


def check_sqlite_version(**kwargs: Any) -> list[CheckMessage]:
    if connection.vendor != "sqlite":
        return []
    version = connection.Database.sqlite_version_info
    if not has_wal_reset_bug(version):
        return []
    return [
        Error(
            f"SQLite {'.'.join(map(str, version))} can corrupt the database.",
            hint="Install the pinned requirements: pysqlite3 brings a mended SQLite.",
            id="pastes.E001",
        )
    ]


def check_sqlite_durability(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases or connection.vendor != "sqlite":
        return []
    wanted = {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    if not connection.is_in_memory_db():
        wanted["journal_mode"] = "wal"
    with connection.cursor() as cursor:
        found = {
            pragma: cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in wanted
        }
    return [
        Error(
            f"SQLite answers {pragma}={found[pragma]}, not {value}: an acknowledged "
            "paste might be lost.",
            hint="Keep DATA_DIR on a local disk; WAL does not work on a network one.",
            id="pastes.E002",
        )
        for pragma, value in wanted.items()
        if found[pragma] != value
    ]


def check_sqlite_place(**kwargs: Any) -> list[CheckMessage]:
    """Look at where the database lies, or will; not every system has a list to look at.

    WAL keeps its index in memory that all processes share: sqlite.org/wal.html.
    """
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return []
    try:
        mounts = MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return []
    return judge_place(Path(connection.settings_dict["NAME"]), mounts)


def judge_place(database: Path, mounts: str) -> list[CheckMessage]:
    """Return what is wrong with a file's place; `mounts` is as in proc(5), mountinfo."""
    kind = kind_of_place(database.resolve(), mounts)
    if not NETWORKED.fullmatch(kind):
        return []
    return [
        Error(
            f"SQLite's database {database} lies on a network file system ({kind}), where "
            "it can be corrupted.",
            hint="Set DATA_DIR, or the path in DATABASE_URL, to a folder on a disk of "
            "this machine; for several machines use PostgreSQL.",
            id="pastes.E007",
        )
    ]


def check_front(**kwargs: Any) -> list[CheckMessage]:
    """Say where texts would be given out in front of the site that are over."""
    if settings.FRONT_DIR is None or connection.vendor == "sqlite":
        return []
    return [
        Error(
            "FRONT_DIR is for one machine: no other one could take a text away there.",
            hint="Leave FRONT_DIR empty, or use SQLite.",
            id="pastes.E008",
        )
    ]


def check_connections(**kwargs: Any) -> list[CheckMessage]:
    """Say that one connection would have to do: rows are read past Django by another."""
    most = settings.DATABASE_CONNECTIONS
    if connection.vendor != "postgresql" or not 0 < most < LEAST_CONNECTIONS:
        return []
    return [
        Error(
            f"DATABASE_CONNECTIONS={most} is too few: a worker that reads pastes has none "
            "left to write by.",
            hint=f"Set it to {LEAST_CONNECTIONS} at least, better to the default, or to 0 "
            "for no bound.",
            id="pastes.E009",
        )
    ]


def kind_of_place(path: Path, mounts: str) -> str:
    """Return the type of the file system that a path is on, "" where none is listed."""
    deepest, kind = -1, ""
    for line in mounts.splitlines():
        mounted, separator, rest = line.partition(" - ")
        if not separator:
            continue
        point = ESCAPED.sub(lambda found: chr(int(found[1], 8)), mounted.split(" ")[4])
        depth = len(Path(point).parts)
        # Of two at one place, the later hides the earlier.
        if depth >= deepest and path.is_relative_to(point):
            deepest, kind = depth, rest.split(" ")[0]
    return kind


def check_postgresql(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Look at what the server says of itself; a server that is away says nothing."""
    if not databases or connection.vendor != "postgresql":
        return []
    try:
        found = postgresql_settings()
    except NotSupportedError as error:
        return [
            Error(
                f"{error}.",
                hint="Move to a server that is supported: pg_upgrade, or dump and "
                "restore.",
                id="pastes.E033",
            )
        ]
    except OperationalError:
        # To migrate is the next step of a start, and ends with the server's words.
        return []
    return judge_postgresql(found, timezone.now().date())


def postgresql_settings() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings")
        return dict(cursor.fetchall())


def judge_postgresql(found: dict[str, str], today: date) -> list[CheckMessage]:
    """Return what is wrong with a server of these settings (names as in pg_settings)."""
    return (
        judge_durability(found)
        + judge_version(int(found["server_version_num"]) // 10000, today)
        + judge_encoding(found["server_encoding"])
        + judge_timeouts(found)
    )


def judge_durability(found: dict[str, str]) -> list[CheckMessage]:
    faults: list[CheckMessage] = [
        Error(
            f"PostgreSQL has {name}=off: a power cut may corrupt the database.",
            hint=f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();",
            id="pastes.E030",
        )
        for name in DURABLE
        if found[name] != "on"
    ]
    commit = found["synchronous_commit"]
    if commit == "off":
        faults.append(
            Error(
                "PostgreSQL has synchronous_commit=off: a power cut loses pastes that "
                "were acknowledged.",
                hint="ALTER SYSTEM SET synchronous_commit = on; and look at the role's "
                "and the database's own settings.",
                id="pastes.E031",
            )
        )
    elif commit not in ("on", "remote_apply"):
        faults.append(
            Warning(
                f"PostgreSQL has synchronous_commit={commit}: with a standby, a failover "
                "may lose pastes that were acknowledged.",
                hint="ALTER SYSTEM SET synchronous_commit = on;",
                id="pastes.W031",
            )
        )
    if found.get("data_checksums") != "on":
        faults.append(
            Warning(
                "PostgreSQL keeps no data checksums: a disk that returns wrong bytes is "
                "not noticed.",
                hint="Stop the server and run pg_checksums --enable.",
                id="pastes.W032",
            )
        )
    return faults


def judge_version(major: int, today: date) -> list[CheckMessage]:
    if major > max(SUPPORTED_UNTIL):
        return []
    end = SUPPORTED_UNTIL.get(major)
    if end and today <= end:
        return []
    return [
        Warning(
            f"PostgreSQL {major} gets no more security updates.",
            hint="Move to a newer major version.",
            id="pastes.W033",
        )
    ]


def judge_encoding(encoding: str) -> list[CheckMessage]:
    if encoding == "UTF8":
        return []
    return [
        Error(
            f"The database's encoding is {encoding}: it cannot keep every title.",
            hint="CREATE DATABASE pastebin ENCODING 'UTF8' TEMPLATE template0;",
            id="pastes.E034",
        )
    ]


def judge_timeouts(found: dict[str, str]) -> list[CheckMessage]:
    missing = [name for name in TIMEOUTS if found[name] == "0"]
    if not missing:
        return []
    return [
        Warning(
            f"PostgreSQL may be waited for without end: {', '.join(missing)} is 0.",
            hint="Leave `options` out of DATABASE_URL, or repeat the timeouts in it.",
            id="pastes.W036",
        )
    ]


def check_database_connection(**kwargs: Any) -> list[CheckMessage]:
    """Say that what the site and its database tell each other could be overheard."""
    if connection.vendor != "postgresql":
        return []
    database = settings.DATABASES["default"]
    is_encrypted = database["OPTIONS"].get("sslmode") in ENCRYPTED
    hosts = [host for host in database.get("HOST", "").split(",") if is_elsewhere(host)]
    if is_encrypted or not hosts:
        return []
    return [
        Warning(
            f"DATABASE_URL names {hosts[0]} without sslmode: whoever is between may read "
            "every text.",
            hint="DATABASE_URL=postgres://...?sslmode=verify-full&sslrootcert=system",
            id="pastes.W035",
        )
    ]
