"""Password hashing is bounded, and whom it turns away it costs nothing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import bcrypt
import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, check_password
from django.contrib.auth.models import User

from pastes import services
from pastes.crowding import Places
from pastes.models import Paste
from pastes.services import Busy, hashing
from pastes.services.client import Client

pytestmark = pytest.mark.django_db

READER = Client("192.0.2.1")


@contextmanager
def all_places_taken(settings, monkeypatch):
    """Let others hash for as long as the block runs, and nobody wait."""
    settings.HASHES_AT_ONCE = 1
    monkeypatch.setattr(hashing, "MOST_WAITING", 0)
    with hashing.places.take(1), hashing.staff_places.take(1):
        yield


@pytest.fixture
def busy(settings, monkeypatch):
    """Say when the site is busy: with busy(): ..."""
    return lambda: all_places_taken(settings, monkeypatch)


# The bound


def test_who_hashes_or_waits_for_it_keeps_no_reader_from_his_place(monkeypatch):
    places = Places(1, aside=1)
    assert places.take(is_patient=False)
    free_meanwhile = []
    real = bcrypt.hashpw

    def hashpw(*words: bytes) -> bytes:
        free_meanwhile.append(places.free)
        return real(*words)

    monkeypatch.setattr(bcrypt, "hashpw", hashpw)
    hashing.hash_password("secret", None)
    places.leave()
    assert free_meanwhile == [1]
    assert places.free == 1


@pytest.mark.threat("P2")
def test_no_more_than_so_many_hold_a_place_at_once():
    places = hashing.Places()
    holding = most = 0
    guard = threading.Lock()
    two = threading.Barrier(2)

    def hold() -> None:
        nonlocal holding, most
        with places.take(2):
            with guard:
                holding += 1
                most = max(most, holding)
            two.wait(timeout=20)
            with guard:
                holding -= 1

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(hold) for _ in range(8)]
    assert [each.exception() for each in done] == [None] * 8
    assert most == 2
    assert (places.taken, places.waiting) == (0, 0)


def test_who_waits_gets_the_place_as_soon_as_it_is_free(monkeypatch):
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 60)
    places = hashing.Places()
    got = threading.Event()

    def wait_for_it() -> None:
        with places.take(1):
            got.set()

    with places.take(1):
        waiter = threading.Thread(target=wait_for_it)
        waiter.start()
        while not places.waiting:
            pass
        assert not got.is_set()
    waiter.join(timeout=20)
    assert got.is_set()


def test_who_waited_too_long_hears_that_the_site_is_busy(monkeypatch):
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0.01)
    places = hashing.Places()
    with places.take(1), pytest.raises(Busy) as raised, places.take(1):
        pass
    assert raised.value.retry_after == hashing.RETRY_SECONDS
    assert (places.taken, places.waiting) == (0, 0)


def test_only_a_few_wait(monkeypatch):
    monkeypatch.setattr(hashing, "MOST_WAITING", 2)
    places = hashing.Places()

    def take() -> None:
        with places.take(1):
            pass

    with ThreadPoolExecutor(2) as pool:
        with places.take(1):
            waiters = [pool.submit(take) for _ in range(2)]
            while places.waiting < 2:
                pass
            with pytest.raises(Busy), places.take(1):
                pass
        assert [each.exception(timeout=20) for each in waiters] == [None, None]


@pytest.mark.threat("P2")
def test_one_client_takes_no_more_than_its_share():
    places = hashing.Places()
    with places.take(3, "a"), places.take(3, "a"):
        with pytest.raises(Busy), places.take(3, "a"):
            pass
        with places.take(3, "b"):
            pass
    assert not places.clients
    with places.take(3, "a"):
        pass


def test_who_waits_longest_is_next(monkeypatch):
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 60)
    places = hashing.Places()
    order: list[int] = []

    def take(number: int) -> None:
        with places.take(1):
            order.append(number)

    threads = [threading.Thread(target=take, args=[number]) for number in range(4)]
    with places.take(1):
        for number, thread in enumerate(threads):
            thread.start()
            while places.waiting <= number:
                pass
    for thread in threads:
        thread.join(timeout=20)
    assert order == [0, 1, 2, 3]


def test_moderators_sign_in_while_readers_take_all_places(
    settings, monkeypatch, client, moderator
):
    settings.HASHES_AT_ONCE = 1
    monkeypatch.setattr(hashing, "MOST_WAITING", 0)
    with hashing.places.take(1):
        tried = {"username": "mod", "password": "moderate!"}
        assert client.post("/admin/login/", tried).status_code == 302


def test_a_hash_that_fails_gives_its_place_back():
    with pytest.raises(ZeroDivisionError), hashing.places.take(1):
        raise ZeroDivisionError
    assert hashing.places.taken == 0


def test_hashing_lets_go_of_the_interpreter():
    """Others are turned away, and readers served, while somebody's hash runs."""
    running = threading.Event()
    took: list[float] = []

    def work() -> None:
        salt = bcrypt.gensalt(13)
        start = time.perf_counter()
        running.set()
        bcrypt.hashpw(b"x", salt)
        took.append(time.perf_counter() - start)

    thread = threading.Thread(target=work)
    thread.start()
    running.wait()
    longest, last = 0.0, time.perf_counter()
    while not took:
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    thread.join()
    # With the lock kept, nothing else would run until the hash is done.
    assert longest < took[0] / 2


@pytest.mark.threat("P2")
def test_every_hash_of_djangos_ways_is_bounded(busy, make_paste):
    user = User.objects.create_user("mod", password="moderate!")
    with busy():
        for hash_it in (
            lambda: user.set_password("x"),
            lambda: user.check_password("moderate!"),
            lambda: User.objects.create_user("other", password="x"),
            lambda: make_paste(password="x"),
        ):
            with pytest.raises(Busy):
                hash_it()
    assert user.check_password("moderate!")


def test_hashes_made_before_there_was_a_bound_still_open():
    old = BCryptSHA256PasswordHasher()
    old.rounds = 4
    assert check_password("x", old.encode("x", old.salt()))


# What it costs


def test_busy_costs_no_guess(busy, settings, make_paste):
    settings.LIMIT_UNLOCK_PASTE = settings.LIMIT_UNLOCK_PASTE_CLIENT = "1/h"
    slug = make_paste(password="right").paste.slug
    with busy():
        for _ in range(3):
            with pytest.raises(Busy):
                services.open_paste(slug, password="right", client=READER)
    assert services.open_paste(slug, password="right", client=READER).text
    assert READER.spent == []


def test_busy_costs_no_creation_and_stores_nothing(busy, settings):
    settings.LIMIT_CREATE = "1/h"
    for _ in range(3):
        with busy(), pytest.raises(Busy):
            services.create_paste(text="x", password="x", client=READER)
    assert not Paste.objects.exists()
    services.create_paste(text="x", password="x", client=Client("192.0.2.1"))


def test_busy_costs_no_creation_of_several(busy, settings):
    settings.LIMIT_CREATE = "2/h"
    pastes = [{"text": "x"}, {"text": "y", "password": "x"}]
    with busy(), pytest.raises(Busy):
        services.create_pastes(pastes, client=READER)
    assert len(services.create_pastes(pastes, client=Client("192.0.2.1"))) == 2


def test_busy_costs_no_edit_and_changes_nothing(busy, settings, make_paste):
    settings.LIMIT_CREATE = "1/h"
    new = make_paste("text")
    change = {"owner_token": new.owner_token, "password": "x", "client": READER}
    with busy(), pytest.raises(Busy):
        services.edit_paste(new.paste.slug, **change)
    assert not services.find_paste(new.paste.slug).is_locked
    services.edit_paste(new.paste.slug, **change)
    assert services.find_paste(new.paste.slug).is_locked


@pytest.mark.threat("B4")
def test_burn_paste_is_still_there_after_a_busy_answer(busy, make_paste):
    slug = make_paste("once", burn=True, password="x").paste.slug
    with busy(), pytest.raises(Busy):
        services.open_paste(slug, password="x", consent=True, client=READER)
    opened = services.open_paste(slug, password="x", consent=True, client=READER)
    assert opened.text == "once"


# How each door says it


def test_each_door_says_busy_in_its_own_way(busy, client, make_paste):
    slug = make_paste(password="x").paste.slug
    head = {"headers": {"X-Paste-Password": "x"}}
    with busy():
        page = client.post(f"/{slug}", {"password": "x"})
        line = client.get(f"/{slug}/raw", **head)
        problem = client.get(f"/api/v1/pastes/{slug}", **head)
        haste = client.get(f"/documents/{slug}", **head)
        made = client.post("/", b"x", content_type="text/plain", **head)
    for answer in (page, line, problem, haste, made):
        assert answer.status_code == 503
        assert answer["Retry-After"] == "5"
        assert "no-store" in answer["Cache-Control"]
    assert "The site is busy just now" in page.content.decode()
    assert 'name="password"' in page.content.decode()
    assert line.content.decode().startswith("The site is busy just now")
    assert problem.json()["code"] == "busy"


def test_form_keeps_what_was_typed(busy, client):
    with busy():
        page = client.post("/new", {"text": "a long text", "password": "x"})
    assert page.status_code == 503
    assert page["Retry-After"] == "5"
    assert "a long text" in page.content.decode()
    assert "The site is busy just now" in page.content.decode()
    assert not Paste.objects.exists()


def test_sign_in_says_busy_and_counts_no_try(busy, client, moderator, settings):
    settings.LIMIT_LOGIN = settings.LIMIT_LOGIN_ACCOUNT = "1/h"
    tried = {"username": "mod", "password": "moderate!"}
    with busy():
        for _ in range(2):
            answer = client.post("/admin/login/", tried)
            assert answer.status_code == 503
            assert answer["Retry-After"] == "5"
            assert "The site is busy just now" in answer.content.decode()
    assert client.post("/admin/login/", tried).status_code == 302


def test_page_of_the_admin_that_hashes_says_busy(busy, admin_client, admin_user):
    path = f"/admin/auth/user/{admin_user.pk}/password/"
    data = {
        "usable_password": "true",
        "password1": "a new long word",
        "password2": "a new long word",
    }
    with busy():
        answer = admin_client.post(path, data)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert admin_client.post(path, data).status_code == 302


def test_busy_answers_are_not_logged_with_their_link(busy, client, make_paste, caplog):
    slug = make_paste(password="x").paste.slug
    with busy():
        client.get(f"/{slug}/raw", headers={"X-Paste-Password": "x"})
    assert slug not in caplog.text
