"""Own one killable child per web worker process, and talk to it with a deadline.

A hostile text can keep a lexer busy for hours, and ``re`` holds the interpreter
lock all the while, so neither a thread nor a size limit helps: a process that can be
killed does. The child is started on first use, shared by all threads of this
process, and replaced whenever it is late, broken or tired.
"""

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pygments

from .turns import acquire, turn_of

# Of the processor, for one job: so a request that needs one stays within a second.
SECONDS = 0.8
# The child stops itself after the job's seconds of processor time, or so many times as
# much of the clock; past the grace it is killed.
WALL_TIMES = 6
GRACE_SECONDS = 1.0
# A new child must first start Python and load Pygments, on a loaded machine too.
START_SECONDS = 5.0
MIN_SECONDS = 0.01
MAX_ANSWER_BYTES = 64 * 1024 * 1024

# Isolated mode (-I) ignores PYTHONPATH, so the child is told where things are.
_CODE = "import sys; sys.path += sys.argv[1:]; import lexer_child.serve as s; s.main()"
_PATHS = [
    str(Path(__file__).resolve().parent),
    str(Path(pygments.__file__).resolve().parent.parent),
]


class LexerProcess:
    """A child process that answers jobs one at a time, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is no child."""
        process = self._process
        return process.pid if process else None

    def ask(
        self, job: dict[str, Any], *, seconds: float, client: str = ""
    ) -> dict[str, Any]:
        """Send a job, return the answer; its ``note`` tells how it went.

        Takes at most twice ``seconds`` to get a turn ("busy"), and then at most
        ``seconds`` of the processor ("too_slow"), or six times as many of the clock
        ("busy"), and the grace. A ``client`` has one job at a time here: its others wait
        first, and are "busy" after WAIT_SECONDS. Never raises for a child's trouble.
        """
        with turn_of(client) as has_turn:
            return self._ask(job, seconds) if has_turn else {"note": "busy"}

    def _ask(self, job: dict[str, Any], seconds: float) -> dict[str, Any]:
        seconds = max(seconds, MIN_SECONDS)
        times = {"seconds": seconds, "clock_seconds": seconds * WALL_TIMES}
        frame = _pack({**job, **times})
        if not acquire(self._lock, 2 * seconds):
            return {"note": "busy"}
        try:
            return self._exchange(frame, seconds)
        except TimeoutError:
            self._kill()
            return {"note": "too_slow"}
        except (OSError, EOFError, ValueError):
            self._kill()
            return {"note": "failed"}
        except BaseException:
            # Interrupted half-way, the child would give this answer to the next job.
            self._kill()
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the child and close its pipes; the next job starts a new one."""
        with self._lock:
            self._kill()

    def forget(self) -> None:
        """Drop a child inherited through fork: it belongs to the parent process.

        Our copies of its pipes must go, or it would not notice its parent's death.
        """
        process, self._process = self._process, None
        if process:
            _close_pipes(process)
            process.returncode = 0  # Not ours to wait for, so no ResourceWarning.

    def _exchange(self, frame: bytes, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds * WALL_TIMES + GRACE_SECONDS
        if self._process is None or self._process.poll() is not None:
            self._kill()
            self._process = _start()
            deadline += START_SECONDS
        _send(self._process.stdin.fileno(), frame, deadline)
        output = self._process.stdout.fileno()
        (size,) = struct.unpack(">I", _receive(output, 4, deadline))
        if size > MAX_ANSWER_BYTES:
            raise ValueError("The child's answer is too long.")
        answer = json.loads(_receive(output, size, deadline))
        if answer["last"]:
            self._kill()
        return answer

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            _close_pipes(process)


def _start() -> subprocess.Popen[bytes]:
    """Start a child with no environment, no error output and two pipes."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _CODE, *_PATHS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A lexer's error message may quote the paste, and logs must not.
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env={},
    )
    os.set_blocking(process.stdin.fileno(), False)
    return process


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()


def _pack(job: dict[str, Any]) -> bytes:
    # Lone surrogates are legal in a str and must survive the trip.
    body = json.dumps(job, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return struct.pack(">I", len(body)) + body


def _send(descriptor: int, frame: bytes, deadline: float) -> None:
    """Write all of the frame; a child that does not read cannot hold us up."""
    rest = memoryview(frame)
    while rest:
        _await(descriptor, select.POLLOUT, deadline)
        with contextlib.suppress(BlockingIOError):
            rest = rest[os.write(descriptor, rest) :]


def _receive(descriptor: int, size: int, deadline: float) -> bytearray:
    """Read exactly ``size`` bytes; EOFError when the child is gone."""
    data = bytearray()
    while len(data) < size:
        _await(descriptor, select.POLLIN, deadline)
        part = os.read(descriptor, min(size - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return data


def _await(descriptor: int, event: int, deadline: float) -> None:
    """Wait until a pipe is ready, TimeoutError after the deadline.

    With poll, for select cannot watch descriptors from 1,024 on.
    """
    left = deadline - time.monotonic()
    poll = select.poll()
    poll.register(descriptor, event)
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError


_shared = LexerProcess()


def ask(job: dict[str, Any], *, seconds: float, client: str = "") -> dict[str, Any]:
    """Ask this process's child; see ``LexerProcess.ask``."""
    return _shared.ask(job, seconds=seconds, client=client)


def close() -> None:
    """End this process's child, if any."""
    _shared.close()


def _after_fork() -> None:
    """Leave the child and its lock, perhaps held by a lost thread, to the parent."""
    global _shared
    _shared.forget()
    _shared = LexerProcess()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(close)
