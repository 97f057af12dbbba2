"""What the tests of backup, restore and move share: a site with something of all."""

import contextlib
import copy
import tempfile
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.db import connections
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from bench.postgres import Cluster
from pastebin_site.settings import database
from pastes import limits, services
from pastes.models import Block, Paste
from pastes.services import Client
from pastes.services.archiving import sessions, tables
from pastes.tests.settings import CLUSTER

TEXTS = (
    "plain\n",
    "tabs\tand spaces  \r\nCRLF\r\n",
    "NUL \0 and \x1b[31m",
    "ünïcödé 日本 🙂 \u2028 \ufeff",
    "x" * 300_000,
)


def fill(count=10):
    """Make pastes of every kind, and something in each of the other tables."""
    boss = User.objects.create_superuser("boss", password="b" * 12)
    helper = User.objects.create_user("helper", is_staff=True)
    helper.groups.add(Group.objects.get_or_create(name="Helpers")[0])
    TOTPDevice.objects.create(user=boss, name="phone")
    StaticDevice.objects.create(user=boss, name="codes").token_set.create(token="abc")
    slugs = [make(text=text, title=f"«{n}»") for n, text in enumerate(TEXTS)]
    make(text="a fork\n", fork_of=slugs[0])
    make(text="locked\n", password="secret")
    make(text="burns\n", burn=True)
    burned = make(text="burned\n", burn=True)
    services.open_paste(burned, consent=True, client=None)
    make(text="ends\n", lifetime=3600)
    reader = Client(address="192.0.2.7")
    reported, hidden, gone = (make(text=f"bad text {n}\n") for n in range(3))
    services.report_paste(reported, reason="spam", details="look", client=reader)
    services.report_paste(hidden, reason="malware", client=reader)
    services.moderate([hidden], "hide", reason="malware", blocks=["text"], by=boss)
    services.moderate([gone], "delete", reason="spam", by=None)
    held = Paste.objects.filter(slug=reported)
    held.update(
        held_because=[["links", 3, "b"], ["words", 2.5, "ü"]],
        client_address="2001:db8::1",
    )
    limits.spend("5/h", "create:2001:db8::/64")
    # What auto_now or auto_now_add would write anew.
    Block.objects.update(changed_at=boss.date_joined - timedelta(days=3))
    StaticDevice.objects.update(created_at=boss.date_joined - timedelta(days=3))
    for number in range(count):
        make(text=f"one of many, number {number}\n")


def make(**values):
    return services.create_paste(client=None, **values).paste.slug


def everything(using="default"):
    """Return every row of every table that is kept, by key, and the next keys.

    As the values themselves: lines would hide what the writing of lines loses.
    """
    state = tables.applied(connections[using])
    found = {}
    for model in tables.tables_at(state):
        rows = model._base_manager.using(using).values()
        key = model._meta.pk.attname
        found[tables.label(model)] = {
            row[key]: {
                name: bytes(value) if isinstance(value, memoryview) else value
                for name, value in row.items()
            }
            for row in rows
        }
        if tables.has_sequence(model):
            found[f"{tables.label(model)} next"] = tables.read_sequence(model, using)
    return found


@contextlib.contextmanager
def other_database(folder: Path, engine: str):
    """Give the settings of an empty database of an engine, SQLite or PostgreSQL."""
    if engine == "sqlite":
        yield database(f"sqlite:///{folder}/other.sqlite3")
        return
    cluster = CLUSTER
    if cluster is None:
        cluster = Cluster(Path(tempfile.mkdtemp(prefix="postgres-"))).make().start()
        cluster.is_temporary = True
    name = f"other_{folder.name}_{abs(hash(str(folder)))}"[:60].replace("-", "_")
    try:
        yield database(cluster.create_database(name))
    finally:
        if CLUSTER is None:
            cluster.remove()
        else:
            cluster.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def alias_for(settings, alias="other"):
    with sessions.connected(alias, copy.deepcopy(settings)):
        yield alias
