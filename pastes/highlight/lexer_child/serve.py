"""Answer jobs from the parent until its end of the pipe closes.

A frame is a length of four bytes, big-endian, and that many bytes of JSON. A job
is ``{"do": <one of JOBS>, "text": ..., "seconds": ..., "clock_seconds": ...}``; the
answer carries a ``note`` and, when the note is "none", the result. A timer stops a job that takes too
much of the processor: the ``re`` module looks for signals while it matches, so even a
pattern that backtracks without end is interrupted and the child lives on. Another timer
stops one that had no chance to finish because the machine is busy, which says nothing
about the text. The parent kills the child when both fail.
"""

import contextlib
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from pygments.lexers import get_lexer_by_name

from .markup import TooMuchOutputError, join_lines, write_tokens
from .votes import elect

MAX_MEMORY_BYTES = 512 * 1024 * 1024
# Lexers stay loaded and the heap rarely shrinks: a tired child makes way for a new.
RETIRE_AFTER_JOBS = 5_000
RETIRE_OVER_BYTES = 192 * 1024 * 1024
NICENESS = 2


class TooSlow(BaseException):
    """Raised by the timer; not an Exception, so that no lexer can swallow it."""


class TooBusy(BaseException):
    """Raised where the machine gave the job too little of its time."""


def main() -> None:
    """Step back, then read jobs and write answers, one at a time, until the end."""
    confine()
    with contextlib.suppress(BrokenPipeError):
        serve()


def serve() -> None:
    """Answer jobs until the parent closes the pipe, or this child is tired."""
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    served = 0
    while (job := _read(jobs)) is not None:
        answer = _answer(job)
        served += 1
        answer["last"] = (
            served >= RETIRE_AFTER_JOBS or _resident_bytes() > RETIRE_OVER_BYTES
        )
        _write(answers, answer)
        if answer["last"]:
            return


def confine() -> None:
    """Limit memory, forbid core dumps, step back behind the web worker."""
    for limit, value in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems do not know the limit, or have a lower one already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    # Ctrl-C in a terminal reaches the whole group; the parent decides for us both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _ring)
    signal.signal(signal.SIGALRM, _give_up)


def _ring(*_: object) -> None:
    raise TooSlow


def _give_up(*_: object) -> None:
    raise TooBusy


def _set_timers(processor_seconds: float, clock_seconds: float) -> None:
    signal.setitimer(signal.ITIMER_PROF, processor_seconds)
    signal.setitimer(signal.ITIMER_REAL, clock_seconds)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job within its time; whatever goes wrong becomes a note."""
    try:
        # Loading a lexer is slow but finite, so it is not the text's fault: it is
        # done before the clock starts.
        work = JOBS[job["do"]](job)
        _set_timers(job["seconds"], job["clock_seconds"])
        try:
            return {"note": "none", "result": work()}
        finally:
            _set_timers(0, 0)
    except TooSlow:
        return {"note": "too_slow"}
    except TooBusy:
        return {"note": "busy"}
    except TooMuchOutputError:
        return {"note": "too_large"}
    except Exception:
        return {"note": "failed"}


def _prepare_render(job: dict[str, Any]) -> Callable[[], str]:
    # Many lexers expect a final line feed, and a few drop the last line without it.
    source = join_lines(job["text"]).removesuffix("\n") + "\n"
    lexer = get_lexer_by_name(job["language"], stripnl=False, ensurenl=False)

    def work() -> str:
        tokens = lexer.get_tokens_unprocessed(source)
        return write_tokens(tokens, source, room=job["room"]).removesuffix("\n")

    return work


def _prepare_guess(job: dict[str, Any]) -> Callable[[], str]:
    return lambda: elect(job["text"])


# What only some texts need is loaded when the first of them comes.


def _prepare_markdown(job: dict[str, Any]) -> Callable[[], str]:
    from .prose import write_markdown

    return lambda: write_markdown(job["text"], room=job["room"])


def _prepare_table(job: dict[str, Any]) -> Callable[[], str]:
    from .tables import write_table

    return lambda: write_table(job["text"], room=job["room"])


def _prepare_terminal(job: dict[str, Any]) -> Callable[[], str]:
    from .terminal import write_terminal

    return lambda: write_terminal(join_lines(job["text"]), room=job["room"])


def _prepare_compare(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    from .comparing import compare

    return lambda: compare(job["text"], job["other"], room=job["room"])


JOBS: dict[str, Callable[[dict[str, Any]], Callable[[], Any]]] = {
    "render": _prepare_render,
    "guess": _prepare_guess,
    "markdown": _prepare_markdown,
    "table": _prepare_table,
    "terminal": _prepare_terminal,
    "compare": _prepare_compare,
}


def _read(stream: BinaryIO) -> dict[str, Any] | None:
    """Read one frame whole; None when the parent has gone."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = struct.unpack(">I", head)[0]
    body = stream.read(size)
    return json.loads(body) if len(body) == size else None


def _write(stream: BinaryIO, answer: dict[str, Any]) -> None:
    # Lone surrogates are legal in a str and must survive the trip.
    body = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


def _resident_bytes() -> int:
    """Memory in use now; 0 where /proc is not there to ask.

    Not ``ru_maxrss``: after fork and exec it still holds the parent's peak.
    """
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()
    except OSError:
        return 0
