"""How the database would find what a query asks for."""

from django.db import connection


def plan(sql: str) -> str:
    """Return the plan of a query, in the words of the database that the tests run on.

    PostgreSQL reads a table of a few rows from end to end; it is asked what it would do
    with a large one.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
        return str(cursor.fetchall())
