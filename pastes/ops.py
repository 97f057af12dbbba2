"""For the operator's probes: is the process alive, is the site ready."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def readyz(request: HttpRequest) -> HttpResponse:
    """Say 200 when the database answers and is migrated, else 503 and why."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return unready("the database does not answer")
    if plan:
        return unready("migrations are waiting")
    return HttpResponse("ready\n", content_type="text/plain; charset=utf-8")


def unready(why: str) -> HttpResponse:
    return HttpResponse(
        f"not ready: {why}\n",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": "5"},
    )
