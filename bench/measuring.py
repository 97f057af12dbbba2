"""One figure: a peer under load, the memory it takes meanwhile, and quiet afterwards."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench import wrk
from bench.peers.peer import Peer
from bench.wrk import Request

SAMPLE_SECONDS = 0.25
# A peer may still work for clients that wrk has cut off.
SETTLE_SECONDS = 90
IDLE_SHARE = 0.1


@dataclass(frozen=True)
class Figure:
    """What wrk saw, and the most memory of the peer's processes, in bytes."""

    rate: float
    p50: float
    p99: float
    answers: int
    errors: dict[str, int]
    memory: int


def measure(
    peer: Peer, request: Request, connections: int, seconds: float, folder: Path
) -> Figure:
    with Memory(peer) as memory:
        seen = wrk.load(peer.url, peer.addressed(request), connections, seconds, folder)
    settle(peer)
    return Figure(seen.rate, seen.p50, seen.p99, seen.answers, seen.errors, memory.most)


class Memory:
    """The most that a peer's processes take while the block runs."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.most = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.is_over.set()
        self.thread.join()

    def watch(self) -> None:
        while True:
            self.most = max(self.most, self.peer.memory())
            if self.is_over.wait(SAMPLE_SECONDS):
                return


def settle(peer: Peer) -> None:
    """Wait until the peer rests, so that it takes nothing from who comes next."""
    deadline = time.monotonic() + SETTLE_SECONDS
    before = peer.processor_seconds()
    while time.monotonic() < deadline:
        time.sleep(SAMPLE_SECONDS)
        after = peer.processor_seconds()
        if after - before < IDLE_SHARE * SAMPLE_SECONDS:
            return
        before = after
