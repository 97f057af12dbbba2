"""What a power cut costs: nothing that a client was told is kept.

Run as root with `.venv/bin/python bench/powercuts.py`. The data lie on an ext4 of their
own in a loop file. While eight clients write, the file system is shut down without
flushing its log (EXT4_IOC_SHUTDOWN, after which nothing more reaches the file), all
processes are killed, it is mounted anew and recovers, and what was acknowledged is read
back through the site. Last, the same with the database told not to wait for the disk: if
that lost nothing either, the method could not see a loss.
"""

import contextlib
import fcntl
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pysqlite3 as sqlite3

from bench import loads
from bench.loads import Cluster, Ledger, Load, Site

# _IOR('X', 125, __u32) of Linux' ext4, and its flag for no flush of the log.
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
DISK_MIB = 1024
CARELESS = {
    "sqlite": {"init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL"},
    "postgresql": {"synchronous_commit": "off"},
}


class Disk:
    """An ext4 in a file, which can lose its power."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "disk"
        self.place = folder / "mounted"
        self.place.mkdir()
        with self.file.open("wb") as file:
            file.truncate(DISK_MIB << 20)
        command("mkfs.ext4", "-q", "-F", str(self.file))

    def mount(self) -> None:
        command("mount", "-o", "loop", str(self.file), str(self.place))

    def cut(self) -> None:
        """Let nothing more reach the file, as if the power were gone."""
        descriptor = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Unmount it once nobody holds a file of it any more."""

        def is_done() -> bool:
            words = ["umount", str(self.place)]
            return not subprocess.run(words, capture_output=True).returncode

        loads.wait_until(is_done, "the disk to be let go")
        # Mounted again before that, it would be the one that was shut down.
        loads.wait_until(
            lambda: not command("losetup", "-j", str(self.file)), "the loop to end"
        )


def command(*words: str) -> bytes:
    return subprocess.run(words, check=True, capture_output=True).stdout


@dataclass
class Outcome:
    cuts: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.cuts} power cuts; {self.acknowledged} pastes acknowledged; "
            f"lost: {len(self.lost)}; damaged databases: {len(self.damage)}"
        )


def can_cut() -> bool:
    """Say whether a file system can be mounted here: by root, with loop devices."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            disk = Disk(Path(folder))
            disk.mount()
        except (OSError, subprocess.CalledProcessError):
            return False
        disk.unmount()
    return True


def run(
    engine: str, cuts: int, *, is_durable: bool = True, static: Path | None = None
) -> Outcome:
    """Cut the power so often, each time under a new site on a new disk.

    `static` is a folder of static files that were collected before, to start sooner.
    """
    outcome = Outcome()
    for _ in range(cuts):
        with tempfile.TemporaryDirectory() as folder:
            cut_once(engine, Path(folder), outcome, is_durable, static)
        outcome.cuts += 1
    return outcome


def cut_once(
    engine: str,
    folder: Path,
    outcome: Outcome,
    is_durable: bool,
    static: Path | None,
) -> None:
    folder.chmod(0o755)
    disk = Disk(folder)
    disk.mount()
    cluster = None
    if engine == "postgresql":
        careless = {} if is_durable else CARELESS[engine]
        cluster = Cluster(disk.place / "postgres", durable=True, **careless)
        cluster.make().start()
    site = make_site(folder, disk, cluster, is_durable=is_durable)
    if static:
        site.folder.mkdir(mode=0o700)
        shutil.copytree(static, site.folder / "static")
    ledger = Ledger(folder / "ledger")
    try:
        site.start()
        # What was there before is on the disk, as it is on a site that runs for a while.
        os.sync()
        with Load(loads.writer(ledger), site.port):
            loads.wait_until(ledger.lines, "a write")
            time.sleep(random.uniform(0.5, 2))
            # The site runs on for a moment where a machine without power would not: an
            # answer that comes while the disk is being cut off was never given.
            told = ledger.lines()
            disk.cut()
            site.kill()
            if cluster:
                cluster.stop(signal.SIGKILL)
        disk.unmount()
        disk.mount()
        outcome.damage += damage_of(engine, disk, cluster)
        site.start()
        verdict = loads.read_back(site.port, told)
    finally:
        site.end()
        if cluster:
            cluster.stop(signal.SIGKILL)
        ledger.close()
        disk.unmount()
    outcome.acknowledged += verdict.acknowledged
    outcome.lost += verdict.lost + verdict.altered


def make_site(
    folder: Path, disk: Disk, cluster: Cluster | None, *, is_durable: bool
) -> Site:
    """Return a site with its data on the disk; a careless one waits for no disk."""
    url = cluster.create_database("site") if cluster else ""
    site = Site(disk.place / "data", database=url)
    site.log = folder / "log"
    if not is_durable:
        # The site refuses such a database at its start, so its settings are replaced.
        module = folder / "careless.py"
        lines = [
            "from pastebin_site.settings import *",
            "SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, 'pastes.E002', 'pastes.E031']",
        ]
        if not cluster:
            lines.append(f"DATABASES['default']['OPTIONS'] |= {CARELESS['sqlite']!r}")
        module.write_text("\n".join(lines))
        site.environment |= {
            "PYTHONPATH": str(folder),
            "DJANGO_SETTINGS_MODULE": "careless",
        }
    return site


def damage_of(engine: str, disk: Disk, cluster: Cluster | None) -> Iterator[str]:
    """Start the database after the cut; yield what it says about itself if not well."""
    if cluster:
        # The cut took the processes that its old lock file names.
        cluster.start()
        cluster.sql("CREATE EXTENSION IF NOT EXISTS amcheck", "site")
        found = cluster.sql(
            "SELECT bt_index_check(c.oid, true) FROM pg_index i JOIN pg_class c "
            "ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam "
            "WHERE a.amname = 'btree' AND c.relpersistence = 'p'",
            "site",
        )
        if found.strip():
            yield found
        return
    with contextlib.closing(
        sqlite3.connect(disk.place / "data/pastebin.sqlite3")
    ) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        yield said


def main() -> None:
    words = loads.options(__doc__, cuts=(20, 1), controls=(8, 1))
    if os.geteuid() != 0:
        sys.exit("Only root may mount a file system and cut it off.")
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        static = Site(Path(folder) / "collected").collect()
        for engine in words.engines:
            outcome = run(engine, words.cuts, static=static)
            print(f"{engine}: {outcome}", flush=True)
            faults += outcome.lost + outcome.damage
            control = run(engine, words.controls, is_durable=False, static=static)
            print(f"{engine}, not waiting for the disk: {control}", flush=True)
            if not control.lost and not words.quick:
                faults.append(f"{engine}: the method sees no loss where it must")
    loads.finish(faults)


if __name__ == "__main__":
    main()
