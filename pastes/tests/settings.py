"""The site's settings for the tests: all data in a folder that is thrown away."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from bench.postgres import Cluster

scratch = tempfile.mkdtemp(prefix="pastebin-tests-")
atexit.register(shutil.rmtree, scratch, ignore_errors=True)
os.environ["ENV_FILE"] = os.devnull
os.environ["DATA_DIR"] = scratch

# TEST_ENGINE=postgresql runs the tests on a server of their own. The first process starts
# it; those that run tests beside each other have a database each.
CLUSTER = None
if os.environ.get("TEST_ENGINE") == "postgresql":
    if "TEST_CLUSTER" in os.environ:
        CLUSTER = Cluster(Path(os.environ["TEST_CLUSTER"]))
    else:
        CLUSTER = Cluster(durable=True).make().start()
        os.environ["TEST_CLUSTER"] = str(CLUSTER.folder)
        atexit.register(CLUSTER.remove)
    os.environ["DATABASE_URL"] = CLUSTER.url("postgres")
# Playwright runs an event loop in the tests' thread; Django's guard trips on it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from pastebin_site.settings import *  # noqa: E402, F403

# Real bcrypt at its lowest cost: the tests check the lock, not the hours to break it.
PASSWORD_HASHERS = ["pastes.tests.hashers.QuickHasher"]
# Limits are off but in the tests that are about them.
LIMIT_CREATE = LIMIT_LOGIN = LIMIT_LOGIN_ACCOUNT = LIMIT_REPORT = LIMIT_API = "off"
LIMIT_UNLOCK_PASTE = LIMIT_UNLOCK_PASTE_CLIENT = LIMIT_MISS = "off"
# Their threads wait for each other, with a connection each.
DATABASE_CONNECTIONS = 0
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
# A file and not a database in memory: threads and processes share it as in production.
if CLUSTER is None:
    DATABASES["default"]["TEST"] = {"NAME": f"{scratch}/test.sqlite3"}  # noqa: F405
