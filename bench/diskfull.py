"""What works while the disk is full, read-only or broken, and after it is mended.

Usage: bench/diskfull.py [--size 160] (as root). Starts the real site on SQLite, on a
small ext4 that it mounts in a name space of its own, fills it under load, and takes the
volume away. Its list of what was acknowledged is kept elsewhere.
"""

import argparse
import fcntl
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.dbdown import send, serving  # noqa: E402 (needs the path)

MIB = 1024 * 1024
# _IOR('X', 125, __u32) and "no log flush": linux/fs/ext4/ext4.h.
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = struct.pack("I", 2)
ENTERED = "DISKFULL_ENTERED"


def enter_namespace() -> None:
    """Start again where no mount is seen outside, or stays when this ends."""
    if ENTERED not in os.environ:
        words = ["unshare", "--mount", "--propagation", "private", sys.executable]
        os.execvpe("unshare", [*words, *sys.argv], os.environ | {ENTERED: "1"})


def make_volume(folder: Path, mebibytes: int) -> Path:
    image, volume = folder / "image", folder / "volume"
    image.touch()
    os.truncate(image, mebibytes * MIB)
    volume.mkdir()
    run("mkfs.ext4", "-q", "-m", "0", str(image))
    mount(image, volume)
    return volume


def mount(image: Path, volume: Path) -> None:
    run("mount", "-o", "loop,errors=remount-ro", str(image), str(volume))


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def room(volume: Path) -> int:
    found = os.statvfs(volume)
    return found.f_bavail * found.f_frsize


class Filler:
    """Another program's file, that leaves so much room, or none at all."""

    def __init__(self, volume: Path) -> None:
        self.path = volume / "filler"

    def fill(self, leave: int = 0) -> None:
        with self.path.open("ab") as file:
            take = room(self.path.parent) - leave
            if take > 0:
                size = os.fstat(file.fileno()).st_size
                os.posix_fallocate(file.fileno(), size, take)
            if leave:
                return
            try:
                while True:
                    os.write(file.fileno(), b"x" * 4096)
            except OSError:
                pass

    def remove(self) -> None:
        self.path.unlink()


class Store:
    """Stores texts and remembers what was acknowledged."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.kept: dict[str, str] = {}
        self.codes: dict[int, int] = {}
        self.tokens: dict[str, str] = {}

    def create(self, size: int = 200_000, **fields: object) -> str | None:
        text = os.urandom(size // 2).hex()
        body = json.dumps({"text": text} | fields).encode()
        code, answer = self.ask("/api/v1/pastes", body)
        self.codes[code] = self.codes.get(code, 0) + 1
        if code != 201:
            return None
        made = json.loads(answer)
        self.tokens[made["id"]] = made["owner_token"]
        if not fields:
            self.kept[made["id"]] = hashlib.sha256(text.encode()).hexdigest()
        return made["id"]

    def ask(
        self, path: str, body: bytes | None = None, method: str = "", token: str = ""
    ) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return send(f"{self.url}{path}", body, method, headers)

    def delete(self, slug: str) -> int:
        self.kept.pop(slug, None)
        token = self.tokens[slug]
        return self.ask(f"/api/v1/pastes/{slug}", None, "DELETE", token)[0]

    def burn(self, slug: str) -> int:
        return self.ask(f"/api/v1/pastes/{slug}/open", b'{"consent": true}')[0]

    def altered(self) -> int:
        """Return how many acknowledged texts do not come back byte for byte."""
        return sum(
            hashlib.sha256(self.ask(f"/{slug}/raw")[1]).hexdigest() != digest
            for slug, digest in self.kept.items()
        )


def manage(volume: Path, *words: str) -> int:
    environment = os.environ | {"ENV_FILE": os.devnull, "DATA_DIR": str(volume)}
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
    )
    return done.returncode


def fill_under_load(store: Store, filler: Filler, writers: int = 4) -> None:
    """Fill the disk while texts come in, until not a byte is left."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            store.create()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    try:
        for leave in (90, 70, 50, 20, 5, 0):
            time.sleep(0.5)
            filler.fill(leave * MIB)
    finally:
        time.sleep(0.5)
        stop.set()
        for thread in threads:
            thread.join()


def wait_until(what: str, is_so: object, seconds: float = 60) -> float:
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > seconds:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - started


def full(volume: Path) -> list[str]:
    """Fill the disk; return what was not as it should be."""
    filler = Filler(volume)
    with serving(volume) as url:
        store = Store(url)
        some = [store.create() for _ in range(40)]
        burns = [store.create(burn=True) for _ in range(10)]
        large = [store.create(10 * MIB - 10) for _ in range(2)]
        store.codes.clear()
        fill_under_load(store, filler)
        print(f"full: {room(volume)} bytes free; creates {store.codes}")
        found = {
            "creates refused": {store.create() for _ in range(5)} == {None},
            "only 201 and 507": set(store.codes) <= {201, 507},
            "burns": [store.burn(each) for each in burns] == [200] * 10,
            "burned once": [store.burn(each) for each in burns] == [404] * 10,
            "deletes": [store.delete(each) for each in some[:20]] == [204] * 20,
            "deletes of 10 MiB": [store.delete(each) for each in large] == [204] * 2,
            "takedown": manage(volume, "hidepastes", "--reason", "spam", some[20]) == 0,
            "taken down": store.ask(f"/{some[20]}/raw")[0] == 410,
            "the reserve was needed": (volume / "reserve").stat().st_blocks == 0,
            "pruning": manage(volume, "prunepastes") == 0,
        }
        store.kept.pop(some[20])
        altered = store.altered()
        print(f"full: {len(store.kept)} acknowledged texts read, {altered} altered")
        filler.remove()
        back = wait_until("creates go on", store.create)
        print(f"room again: creates go on after {back:.1f} s without a restart")
        whole = volume / "reserve"
        made = wait_until("the reserve", lambda: whole.stat().st_blocks > 0)
        print(f"room again: the reserve is whole after {made:.1f} s")
        found["nothing altered"] = altered == store.altered() == 0
    return [name for name, is_so in found.items() if not is_so]


def read_only(image: Path, volume: Path) -> list[str]:
    """Let ext4 go read-only under the site, as it does after an error."""
    with serving(volume) as url:
        store = Store(url)
        slugs = [store.create(2000) for _ in range(20)]
        store.codes.clear()
        device = Path(device_of(volume)).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1")
        codes, health = try_on(store, slugs, "read-only")
    return after(image, volume, store, codes, health, "read-only")


def try_on(store: Store, slugs: list[str], what: str) -> tuple[set[int], int]:
    """Create and read on a volume that is no good; return all statuses, and health's."""
    for _ in range(20):
        store.create(2000)
    reads: dict[int, int] = {}
    for slug in slugs:
        code = store.ask(f"/{slug}/raw")[0]
        reads[code] = reads.get(code, 0) + 1
    health = store.ask("/healthz")[0]
    print(f"{what}: creates {store.codes}, reads {reads}, health {health}")
    return {*reads, *store.codes}, health


def after(
    image: Path, volume: Path, store: Store, codes: set[int], health: int, what: str
) -> list[str]:
    """Mount the volume anew and read all back; return what was wrong."""
    run("umount", str(volume))
    mount(image, volume)
    with serving(volume) as url:
        store.url = url
        altered = store.altered()
        created = store.create(2000) is not None
        print(f"mounted anew: {len(store.kept)} texts kept, {altered} altered")
    is_well = created and altered == 0 and health == 200 and codes <= {200, 201, 503}
    return [] if is_well else [what]


def device_of(volume: Path) -> str:
    for line in Path("/proc/mounts").read_text().splitlines():
        device, at = line.split()[:2]
        if at == str(volume):
            return device
    raise RuntimeError(f"{volume} is not mounted")


def broken(image: Path, volume: Path) -> list[str]:
    """Shut the file system down: each write is an error, as with a dead disk."""
    with serving(volume) as url:
        store = Store(url)
        slugs = [store.create(2000) for _ in range(20)]
        store.codes.clear()
        folder = os.open(volume, os.O_RDONLY)
        fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH)
        os.close(folder)
        codes, health = try_on(store, slugs, "broken")
    return after(image, volume, store, codes, health, "broken")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=320, help="of the disk, in MiB")
    words = parser.parse_args()
    enter_namespace()
    with tempfile.TemporaryDirectory(prefix="diskfull-") as name:
        folder = Path(name)
        volume = make_volume(folder, words.size)
        try:
            wrong = full(volume)
            wrong += read_only(folder / "image", volume)
            wrong += broken(folder / "image", volume)
        finally:
            print("log:", faults_in(folder / "site.log"))
            run("umount", str(volume))
    print("wrong:", ", ".join(wrong) or "nothing")
    return min(1, len(wrong))


def faults_in(log: Path) -> dict[str, int]:
    said = log.read_text()
    return {word: said.count(word) for word in ("Traceback", "SQLITE_FULL", "IOERR")}


if __name__ == "__main__":
    sys.exit(main())
