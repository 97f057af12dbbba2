"""What large texts took goes back to the system after them, by glibc's knobs.

By itself glibc keeps it for each of some eight arenas, which the threads share. Other C
libraries have no such knobs and are left alone.
"""

import contextlib
import ctypes

# mallopt(3).
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE_BYTES = 256 * 1024


def keep_little() -> None:
    """Have large blocks given back at once; to be called before there are threads."""
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def give_back() -> None:
    """Give back what lies free between blocks in use; takes a millisecond or two."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
