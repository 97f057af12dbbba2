"""manage.py serve: from a checkout to the site in production mode, in one word."""

import contextlib
import copy
import errno
import fcntl
import gc
import hashlib
import logging
import multiprocessing
import os
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core import checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections

from pastes import front, metrics, services, stopping
from pastes.services import archiving

# For granian's allocator, jemalloc, which reads it as it is loaded: what large answers
# took goes back to the system with those that follow, from a second after on.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0"
)

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

# Connections a worker holds; those over it wait. A reader who takes his time, and a
# browser between two requests, hold one and no thread (bench/stalled.py).
BACKPRESSURE = 512
# A thread with nothing to do ends so soon, the soonest that granian lets it: a crowd has
# many made, and each takes 100 to 200 KB.
IDLE_SECONDS = 5
STOP_SECONDS = 30
WORKER_LIFETIME = 6 * 60 * 60
WORKER_MAX_MIB = 768
SOCKET = "unix:"
# Any number that nothing else in the database locks.
MIGRATION_LOCK = 7_061_737_465
STATIC_MAKERS = ("django", "whitenoise", "brotli")
# Large files that django-ninja brings and no page of ours asks for.
UNUSED = ("redoc*", "swagger-ui-bundle.js.map", "favicon.*", "swagger-ui-init.js")

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Check, migrate, collect the static files, then serve with granian."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=settings.WORKERS)

    def handle(self, *, host: str, port: int, workers: int, **options: Any) -> None:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        if host.startswith(SOCKET):
            place = find_socket(host.removeprefix(SOCKET))
        else:
            place = {"address": find_address(host, port), "port": port}
        # What is stored here is for nobody else who has an account on this machine.
        os.umask(0o077)
        self.check_settings()
        prepare_front()
        with archiving.said_to_run(self.say_waiting):
            with one_at_a_time(settings.DATA_DIR / "serve.lock"):
                prepare_apart()
            services.keep_reserve()
            metrics.forget(settings.METRICS_DIR)
            self.greet(host, port)
            run_granian(place, workers)

    def say_waiting(self) -> None:
        self.stdout.write("Waiting for the end of a restore or a move ...")
        sys.stdout.flush()

    def check_settings(self) -> None:
        """Say each warning in a line; end where the site would lose or leak something."""
        found = [
            message
            for message in checks.run_checks(databases=["default"])
            if not message.is_silenced()
        ]
        if any(message.is_serious() for message in found):
            self.check(databases=["default"])
        for message in found:
            self.stderr.write(f"Warning {message.id}: {message.msg}")

    def greet(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        address = settings.SITE_URL or f"http://{shown}:{port}"
        self.say(f"{settings.SITE_NAME} is at {address}/")
        if not get_user_model().objects.filter(is_superuser=True).exists():
            self.say(
                f"For an admin at {address}/admin/: "
                f"{os.path.relpath(sys.executable)} manage.py createsuperuser"
            )
        self.say("Ctrl+C stops it.")
        sys.stdout.flush()

    def say(self, sentence: str) -> None:
        """Say it to the person at the terminal, or to the log where a program reads it."""
        if settings.LOG_FORMAT == "json":
            logger.info(sentence)
        else:
            self.stdout.write(sentence)


def find_socket(name: str) -> dict[str, Any]:
    """Return what granian takes for a Unix socket; remove what a killed site left of it.

    Raises CommandError, with the way out, where none can be made.
    """
    path = Path(name)
    if not path.is_absolute():
        raise CommandError(f"HOST={SOCKET}{name} must be a whole path, from / on.")
    if not settings.TRUSTED_PROXIES:
        raise CommandError(
            "Only the proxy in front of a Unix socket knows who asks, and all limits "
            "need it: set TRUSTED_PROXIES=1 and SITE_URL."
        )
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            if path.is_socket():
                with contextlib.suppress(ConnectionRefusedError):
                    probe.connect(name)
                    raise CommandError(
                        f"Another site answers at {name}: stop it first."
                    )
                path.unlink()
            probe.bind(name)
            path.unlink()
    except OSError as error:
        raise CommandError(f"Cannot serve at {name}: {error}.") from error
    return {"uds": path, "uds_permissions": settings.SOCKET_MODE}


def find_address(host: str, port: int) -> str:
    """Return the host's IP address; CommandError, with the way out, if it is taken."""
    if not 0 < port < 1 << 16:
        raise CommandError(f"PORT={port} is no port: they go from 1 to 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
        return address[0]
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is taken: stop what runs there, or choose another one "
                f"with PORT={port + 1}."
            ) from error
        raise CommandError(f"Cannot serve at {host} port {port}: {error}.") from error


def prepare_front() -> None:
    """Make FRONT_DIR. CommandError, with the way out, where it cannot be used."""
    if settings.FRONT_DIR is None:
        return
    database = Path(connection.settings_dict["NAME"]).resolve()
    try:
        front.prepare(settings.FRONT_DIR, database)
    except OSError as error:
        raise CommandError(
            f"FRONT_DIR cannot be used: {error}. Its parent has to be there, and the "
            "folder to be this site's own; what is in it may be removed."
        ) from error


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock, so that of two servers started at once one migrates."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def one_machine_at_a_time() -> Iterator[None]:
    """Hold PostgreSQL's own lock: the lock of a file is no other machine's."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        # Who comes second waits for the whole migration; the others have no limits.
        cursor.execute("SET lock_timeout = 0; SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        # With its connection the lock goes too, and the limits come back.
        connection.close()


def prepare_apart() -> None:
    """Prepare in a child, with which all goes that a first start takes of memory.

    The workers would begin with it. Raises CommandError if the child, which says why,
    fails.
    """
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=prepare)
    child.start()
    child.join()
    if child.exitcode:
        raise CommandError("The site does not start.")


def prepare() -> None:
    try:
        migrate()
    except CommandError as error:
        sys.exit(str(error))
    collect_static()


def migrate() -> None:
    """Bring the database up to date; CommandError, without a password, if it is away."""
    try:
        with one_machine_at_a_time():
            call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {error}") from error


def collect_static() -> bool:
    """Collect, hash and compress the static files; False if that was done before."""
    stamp = settings.STATIC_ROOT / "stamp"
    digest = digest_static()
    if stamp.exists() and stamp.read_text() == digest:
        return False
    # A start that is killed half-way leaves no stamp, so that the next one collects.
    stamp.unlink(missing_ok=True)
    call_command(
        "collectstatic", interactive=False, verbosity=0, ignore_patterns=[*UNUSED]
    )
    stamp.write_text(digest)
    return True


def digest_static() -> str:
    """Return a digest of all that the collected files are made from."""
    versions = [f"{name} {metadata.version(name)}" for name in STATIC_MAKERS]
    backend = settings.STORAGES["staticfiles"]["BACKEND"]
    digest = hashlib.sha256(f"{backend} {versions} {UNUSED}".encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list(UNUSED), key=lambda each: each[0]):
            with storage.open(path) as file:
                digest.update(f"\n{path} ".encode())
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def run_granian(
    place: dict[str, Any], workers: int, application: str = "pastes.worker:application"
) -> None:
    """Serve until SIGTERM or SIGINT, which let the requests under way finish.

    `place` is what find_socket returned, or an address and a port.
    """
    connections.close_all()
    stopping.forget_handlers()
    os.register_at_fork(after_in_child=stopping.forget_handlers)
    stopping.listen(*stopping.STOP_SIGNALS)
    # A collection in a worker would write to pages that it shares with this process.
    gc.collect()
    gc.freeze()
    Granian(
        application,
        interface=Interfaces.WSGI,
        **place,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=settings.THREADS,
        blocking_threads_idle_timeout=IDLE_SECONDS,
        backpressure=BACKPRESSURE,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        workers_lifetime=WORKER_LIFETIME,
        workers_max_rss=WORKER_MAX_MIB,
        working_dir=settings.BASE_DIR,
        log_level=LogLevels.error,
        log_dictconfig=copy.deepcopy(settings.LOGGING),
    ).serve()
