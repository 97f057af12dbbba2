"""The database backend: Django's, by connections that one thread hands on to the next.

Each has a cache of pages, prepared statements, and with each of these the last text that
it stored: a megabyte and more. A hundred threads may serve, but few are at work at once.
"""

from collections import defaultdict, deque
from typing import Any

from django.db.backends.sqlite3 import base
from pysqlite3 import Connection

# By database. The next one to connect takes what was used last.
idle: defaultdict[str, deque[Connection]] = defaultdict(deque)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        try:
            return idle[conn_params["database"]].pop()
        except IndexError:
            return super().get_new_connection(conn_params)

    def close_if_unusable_or_obsolete(self) -> None:
        """Between two requests: close a connection that is no good, else hand it on."""
        super().close_if_unusable_or_obsolete()
        if self.connection is None or self.in_atomic_block or self.is_in_memory_db():
            return
        idle[self.settings_dict["NAME"]].append(self.connection)
        self.connection = None
