"""What each of granian's workers loads: the site, and an ear for being stopped."""

import contextlib
import ctypes
import signal

from pastes import stopping
from pastes.postgresql import Patience

# mallopt(3) of glibc.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8


def give_memory_back() -> None:
    """Let what large texts took go back to the system once they are answered.

    By itself glibc keeps it for each of some eight arenas, which the threads share.
    Other C libraries have no such knobs and are left alone.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, 256 * 1024)


give_memory_back()

# A terminal's Ctrl+C reaches the workers too; they wait for the main process's word,
# which would take a worker that ends by itself for a broken one.
stopping.listen(signal.SIGTERM)

# Somewhat more than the server's own limit, statement_timeout in the settings.
Patience.seconds = 35.0

from pastebin_site.wsgi import application  # noqa: E402, F401 (after listening)
