"""Processes of a script that do the same at once, each with connections of its own."""

import multiprocessing
from collections.abc import Callable
from typing import Any

from django.db import connections

WAIT_SECONDS = 60


def at_once(
    count: int, work: Callable[[], Any], *, warm_up: Callable[[], object]
) -> list[Any]:
    """Return what each of so many processes got from the same work.

    Each warms up first and then waits for the others, lest the first one has done all
    before the last one is there. Python and Django start once for all of them. Raises
    RuntimeError where one of them failed.
    """
    fork = multiprocessing.get_context("fork")
    start, found = fork.Barrier(count), fork.SimpleQueue()

    def run() -> None:
        warm_up()
        start.wait(WAIT_SECONDS)
        found.put(work())

    connections.close_all()
    processes = [fork.Process(target=run) for _ in range(count)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    if any(each.exitcode for each in processes):
        raise RuntimeError("Not all processes came to their end.")
    return [found.get() for _ in processes]
