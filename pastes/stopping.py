"""Stopping: hear SIGTERM and Ctrl+C, whichever thread they would have reached.

Python runs signal handlers in its main thread alone, and a main thread that waits for an
event is not woken by a signal that the kernel gave to another thread (Linux does that
since some 6.x). Granian waits so in its main process and in each worker, and would then
neither stop nor let its requests finish. So all threads block these signals, and one
thread takes them and calls the handler that granian has installed.
"""

import os
import signal
import threading
import time

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def listen(*numbers: signal.Signals) -> None:
    """Hear these signals from here on; call it in the main thread, before others start.

    Threads and processes made later inherit that all signals to stop are blocked: a
    process keeps one that comes too early until it listens itself.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    ear = threading.Thread(target=hear, args=numbers, name="stopping", daemon=True)
    ear.start()


def forget_handlers() -> None:
    """Take the handlers away that speak to another process, or to no server yet."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def hear(*numbers: signal.Signals) -> None:
    number = signal.sigwait(numbers)
    while True:
        handler = signal.getsignal(number)
        if not callable(handler):
            # No server has started here, so no request is under way.
            os._exit(128 + number)
        handler(number, None)
        # Again, in case granian had its handler but did not wait for it yet.
        time.sleep(1)
