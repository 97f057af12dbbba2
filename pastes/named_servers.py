"""Connections of redis-py to a server that is known by a name, each within its time.

The system's resolver may take half a minute, and no timeout of a socket holds for it. So
a thread of its own looks names up, and what it found before serves until it is back.
"""

import socket
import threading
from functools import lru_cache
from typing import Any

import redis


class Name:
    """A host and port, and the addresses that were found for it last."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.lock = threading.Lock()
        self.addresses: list[str] = []
        self.error: Exception | None = None
        self.has_looked = threading.Event()
        self.has_looked.set()

    def find(self, seconds: float) -> list[str]:
        """Return its addresses: of now, or of before where that takes longer.

        Raises OSError or UnicodeError where there are none.
        """
        with self.lock:
            # One lookup at a time, however many ask; it may outlast many of them.
            if self.has_looked.is_set():
                self.has_looked.clear()
                threading.Thread(target=self.look_up, daemon=True).start()
        is_new = self.has_looked.wait(seconds)
        if self.addresses:
            return self.addresses
        if is_new and self.error:
            raise self.error
        raise TimeoutError("The resolver did not answer in time.")

    def look_up(self) -> None:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            # Each once, in the resolver's order.
            self.addresses = list(dict.fromkeys(each[4][0] for each in found))
        except (OSError, UnicodeError) as error:
            self.error = error
        finally:
            self.has_looked.set()


@lru_cache(maxsize=4)
def find_name(host: str, port: int) -> Name:
    return Name(host, port)


class Connection(redis.Connection):
    """A connection for which the name, too, has to be found in time."""

    def _connect(self) -> socket.socket:
        host, seconds = self.host, self.socket_connect_timeout
        addresses = find_name(host, self.port).find(seconds)
        error: OSError | None = None
        for address in addresses:
            try:
                link = socket.create_connection(
                    (address, self.port), seconds / len(addresses)
                )
            except OSError as failure:
                error = failure
                continue
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.settimeout(self.socket_timeout)
            return link
        raise error or OSError("The name has no address.")


class SecureConnection(redis.SSLConnection, Connection):
    """The same with TLS, which goes around that; the certificate is for the name."""


def bound(pool: Any) -> None:
    """Let a pool that was made of a URL make such connections, unless by a Unix socket."""
    kinds = {redis.Connection: Connection, redis.SSLConnection: SecureConnection}
    pool.connection_class = kinds.get(pool.connection_class, pool.connection_class)
