"""The shared cache: a Valkey or Redis server, for what all machines should know at once.

The site goes on without it, so no request waits for it for long: an answer has to come
within TIMEOUT_SECONDS. After a failure a process leaves the server alone, and then lets
one of its threads ask whether it is back. So it comes back by itself, and no crowd asks
it at once.

What lies there may have been put there by somebody else. Nothing of it is unpickled or
run, and whoever reads it checks what it is.
"""

import hmac
import logging
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.utils.crypto import salted_hmac

from pastes import metrics

logger = logging.getLogger(__name__)

# Of finding the server by its name, of connecting, and of each answer.
TIMEOUT_SECONDS = 0.2
# In which a process does not ask again a server that did not answer.
REST_SECONDS = 1.0
# All keys begin so: an access rule of the server may name them.
PREFIX = "pastebin:"
SALT = "pastes.shared_cache"
SEAL_BYTES = 32

Answer = TypeVar("Answer")


class Unavailable(Exception):
    """The shared cache does not answer, or not as it should; nothing more is known."""


def is_set() -> bool:
    """Say whether there is to be a shared cache."""
    return bool(settings.CACHE_URL)


def ask(work: Callable[[Any], Answer]) -> Answer:
    """Return what a function gets of the server; it is given redis-py's client.

    Whatever the function raises counts as a failure of the server. Raises Unavailable.
    """
    return find_server(settings.CACHE_URL).ask(work)


def key_of(*words: str) -> str:
    """Return the key under which something is kept.

    It tells neither links nor addresses to whoever looks into the server, and differs
    for sites with another SECRET_KEY.
    """
    return PREFIX + salted_hmac(SALT, "\n".join(words), algorithm="sha256").hexdigest()


def find(key: str) -> bytes | None:
    """Return what keep() put there, or None: nothing, or somebody else's, or no server."""
    try:
        sealed = ask(lambda client: read(client, key))
    except Unavailable:
        return None
    if not isinstance(sealed, bytes):
        return None
    seal, data = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
    return data if hmac.compare_digest(seal, seal_of(key, data)) else None


def read(client: Any, key: str) -> Any:
    from redis.exceptions import ResponseError

    try:
        return client.get(key)
    except ResponseError as error:
        if str(error).startswith("WRONGTYPE"):
            return None
        raise


def keep(key: str, data: bytes, seconds: int) -> None:
    """Put something there for so long, sealed: no other can put anything in its place."""
    sealed = seal_of(key, data) + data
    try:
        ask(lambda client: client.set(key, sealed, ex=seconds))
    except Unavailable:
        # It is kept in the process, and the failure is counted.
        return


def seal_of(key: str, data: bytes) -> bytes:
    return salted_hmac(f"{SALT}:{key}", data, algorithm="sha256").digest()


class Server:
    """One server, by its URL, as this process sees it."""

    def __init__(self, url: str) -> None:
        # Takes a tenth of a second, which a site without a server does not spend.
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        from pastes import named_servers

        pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            # Once more at once: a kept connection may be one to an earlier server.
            retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
            protocol=2,
            driver_info=None,
        )
        named_servers.bound(pool)
        self.client = redis.Redis(connection_pool=pool)
        self.lock = threading.Lock()
        # When one thread may ask again, by the monotonic clock; None while it answers.
        self.rests_until: float | None = None

    def ask(self, work: Callable[[Any], Answer]) -> Answer:
        self.wait_for_turn()
        try:
            answer = work(self.client)
        except Exception as error:
            # Anything at all: a hostile server makes the library's parser fail too.
            self.rest(error)
            raise Unavailable() from error
        if self.rests_until is not None:
            self.rests_until = None
            logger.info("The shared cache answers again.")
        return answer

    def wait_for_turn(self) -> None:
        """Raise Unavailable while the server rests; after that let one thread ask."""
        with self.lock:
            if self.rests_until is None:
                return
            now = time.monotonic()
            if now < self.rests_until:
                metrics.count_cache_error(is_asked=False)
                raise Unavailable()
            self.rests_until = now + REST_SECONDS

    def rest(self, error: Exception) -> None:
        metrics.count_cache_error(is_asked=True)
        with self.lock:
            is_new = self.rests_until is None
            self.rests_until = time.monotonic() + REST_SECONDS
        if is_new:
            # Not its words: a server's answer may quote what it was sent.
            kind = type(error).__name__
            logger.warning("The shared cache does not answer: %s.", kind)
        # Who answers after a failover may be another.
        self.client.connection_pool.disconnect(inuse_connections=False)


@lru_cache(maxsize=4)
def find_server(url: str) -> Server:
    return Server(url)
