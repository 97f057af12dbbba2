"""What each worker does beside its requests: views, pruning, mail, figures, memory."""

import logging
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.urls import set_script_prefix

from pastes import memory, metrics, services

TICK_SECONDS = 15
PRUNE_SECONDS = 10 * 60
MAIL_SECONDS = 60

logger = logging.getLogger(__name__)


def start() -> threading.Thread:
    """Start the housekeeping thread of this process; it ends with the process."""
    thread = threading.Thread(target=run, name="housekeeping", daemon=True)
    thread.start()
    # A server that forks its workers skips atexit in them; this runs in every process.
    Finalize(None, tick, kwargs={"may_prune": False}, exitpriority=0)
    return thread


def run(stop: threading.Event | None = None) -> None:
    stop = stop or threading.Event()
    # What a request does for its thread: links in a mail begin with the site's path.
    set_script_prefix(f"{settings.SITE_PATH}/")
    while not stop.wait(TICK_SECONDS):
        tick()
        memory.give_back()
        # A connection that broke is not tried again.
        connection.close()
        close_rested()


def close_rested() -> None:
    """Close the connections to PostgreSQL that nobody has wanted for long."""
    if connection.vendor != "postgresql":
        return
    # It loads psycopg, which a site on SQLite does without.
    from pastes.postgresql import base

    base.pool.forget(base.REST_SECONDS)


def tick(*, may_prune: bool = True) -> None:
    """Do once what is due, each job whether or not another one fails."""
    attempt(services.keep_reserve)
    attempt(services.tend_front)
    attempt(services.write_views)
    metrics.add_kept_answers()
    if may_prune:
        attempt(prune)
        attempt(mail)
        attempt(services.refresh_figures)


def attempt(job: Callable[[], Any]) -> None:
    """Do a job. A database that is away is tried again at the next tick."""
    try:
        job()
    except (Error, OSError) as error:
        metrics.count_housekeeping_failure()
        if services.take_fault(error) is None:
            metrics.count_database_error()
            logger.exception("Housekeeping failed and will be tried again.")


def prune() -> None:
    if services.take_lease("prune", PRUNE_SECONDS):
        pruned = services.prune_pastes()
        if pruned:
            logger.info("Pruned %d pastes.", pruned)


def mail() -> None:
    if services.take_lease("mail", MAIL_SECONDS):
        services.send_due_mail()
