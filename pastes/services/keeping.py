"""Answers that took work, kept for a while: in the process, and in the shared cache.

Each is kept by the digest of all that it follows from. So it is never out of date, and
whether somebody may still see it is for the paste's row to say, each time.
"""

from django.core.cache import cache

from pastes import shared_cache

# Short, for what was deleted meanwhile lies there so long, though unreachable.
KEPT_SECONDS = 10 * 60
# In a process that has it from the shared cache, where it may be near its end.
COPIED_SECONDS = 60


def find_answer(key: str) -> bytes | None:
    """Return what keep_answer() kept, here or on another machine; None if there is none."""
    answer = cache.get(key)
    if answer is None and shared_cache.is_set():
        answer = shared_cache.find(shared_cache.key_of("answer", key))
        if answer is not None:
            cache.set(key, answer, COPIED_SECONDS)
    return answer


def keep_answer(key: str, answer: bytes) -> None:
    """Keep an answer; the key names all that it follows from."""
    cache.set(key, answer, KEPT_SECONDS)
    if shared_cache.is_set():
        shared_cache.keep(shared_cache.key_of("answer", key), answer, KEPT_SECONDS)
