"""Texts that many ask for, laid in front of the site: nginx gives them out, never too late."""

import http.client
import os
import re
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from bench.loads import Visitor, wait_until
from pastes import (
    answers,
    front,
    housekeeping,
    metrics,
    popular,
    services,
    tokens,
    zstd,
)
from pastes.models import Paste
from pastes.services import laying
from pastes.tests import proxies
from pastes.tests.conftest import UNVERIFIED
from pastes.tests.test_proxy import running_both
from pastes.tests.test_shortcut import ENDS, TEXT, Wsgi, hide

DATABASE = Path("/data/pastebin.sqlite3")
CONFIG = (proxies.DEPLOY / "pastebin.conf").read_text()


@pytest.fixture
def folder(settings, tmp_path, transactional_db):
    settings.FRONT_DIR = tmp_path / "front"
    front.prepare(settings.FRONT_DIR, DATABASE)
    return settings.FRONT_DIR


@pytest.fixture
def new(folder, make_paste):
    """A paste, the text of which lies in front."""
    made = make_paste(text=TEXT)
    services.lay_text(made.paste.slug)
    assert laid(folder)
    return made


def forward(time_machine, seconds):
    time_machine.move_to(timezone.now() + timedelta(seconds=seconds))


def laid(folder):
    """Return the names of what nginx would find at this moment."""
    place = folder / "texts" / str(front.period_at(timezone.now()))
    return {each.name for each in place.glob("*")}


# Laying


def test_public_text_lies_there_as_it_is_and_compressed(folder, new):
    slug = new.paste.slug
    assert laid(folder) == {slug, f"{slug}.zst"}
    place = folder / "texts" / str(front.period_at(timezone.now()))
    assert (place / slug).read_bytes() == TEXT.encode()
    assert zstd.unpack((place / f"{slug}.zst").read_bytes()) == TEXT.encode()


def test_only_the_sites_group_can_enter(folder, new):
    slug = new.paste.slug
    modes = {each.name: each.stat().st_mode & 0o777 for each in folder.rglob("*")}
    period = str(front.period_at(timezone.now()))
    assert folder.stat().st_mode & 0o777 == modes["texts"] == modes[period] == 0o750
    assert modes["views"] == 0o770
    assert modes[slug] == modes[f"{slug}.zst"] == 0o640


def test_texts_of_one_length_have_other_tags(folder, make_paste):
    """nginx makes its ETag of the time and the length."""
    slugs = [make_paste(text=text).paste.slug for text in ("one text", "two text")]
    for slug in slugs:
        services.lay_text(slug)
    files = [next((folder / "texts").glob(f"*/{slug}")) for slug in slugs]
    assert len({each.stat().st_mtime for each in files}) == 2
    assert len({each.stat().st_size for each in files}) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"password": "pw"},
        {"burn": True},
        {"lifetime": 15},
        {"text": "x" * (laying.MOST_BYTES + 1)},
    ],
)
def test_what_is_not_everybodys_or_long_or_soon_over_is_not_laid(
    folder, make_paste, values
):
    services.lay_text(make_paste(**({"text": TEXT} | values)).paste.slug)
    assert laid(folder) == set()


@pytest.mark.parametrize("end", [end for end in ENDS if end != "rewritten"])
def test_what_was_ended_is_not_laid(folder, make_paste, end):
    new = make_paste(text=TEXT)
    ENDS[end][0](new.paste, new.owner_token)
    popular.lay(new.paste.slug)
    assert laid(folder) == set()


def test_no_more_is_laid_than_the_folder_may_take(folder, make_paste, monkeypatch):
    first, second = (make_paste(text=text).paste.slug for text in ("a" * 99, "b" * 99))
    services.lay_text(first)
    monkeypatch.setattr(front, "MOST_BYTES", 200)
    services.lay_text(second)
    assert laid(folder) == {first, f"{first}.zst"}


@pytest.mark.parametrize("end", ENDS)
def test_change_takes_the_text_away(folder, new, end):
    ENDS[end][0](new.paste, new.owner_token)
    assert laid(folder) == set()


def test_deleting_rows_takes_it_away(folder, new):
    Paste.objects.all().delete()
    assert laid(folder) == set()


def test_views_leave_it_there(folder, new):
    services.count_view(new.paste.pk)
    assert services.write_views() == 1
    assert laid(folder)
    # What lies there does not show them.
    assert "views" in Paste.UNSHOWN_FIELDS


def test_text_is_taken_away_before_the_change_is_committed(folder, new):
    """A process that is killed right after its commit leaves nothing there."""
    with transaction.atomic():
        hide(new.paste, new.owner_token)
        assert laid(folder) == set()


def test_change_that_cannot_take_it_away_does_not_happen(folder, new):
    shutil.rmtree(folder)
    folder.write_text("no folder")
    with pytest.raises(NotADirectoryError):
        hide(new.paste, new.owner_token)
    assert Paste.objects.get().state == Paste.State.LIVE


def test_who_lays_waits_for_who_changes(folder, make_paste):
    """Else a text could be read before a takedown, and laid after it."""
    new = make_paste(text=TEXT)
    laying = threading.Thread(target=popular.lay, args=[new.paste.slug])
    with transaction.atomic():
        ENDS["locked"][0](new.paste, new.owner_token)
        laying.start()
        laying.join(0.3)
        assert laying.is_alive()
    laying.join()
    assert laid(folder) == set()


def test_what_cannot_be_laid_is_logged(folder, make_paste, caplog):
    caplog.set_level("ERROR", "pastes")
    slug = make_paste(text=TEXT).paste.slug
    (folder / "texts").write_text("no folder")
    popular.lay(slug)
    assert "could not be laid" in caplog.text


def test_old_texts_are_swept_up(folder, new, time_machine):
    (folder / "gone-of-a-killed-process").mkdir()
    forward(time_machine, 2 * front.PERIOD_SECONDS)
    housekeeping.tick()
    assert {each.name for each in folder.rglob("*")} == {"database", "texts", "views"}


def test_folder_is_of_one_site_alone(folder, new):
    front.prepare(folder, DATABASE)
    assert laid(folder) == set()
    with pytest.raises(FileExistsError, match="the texts of /data/"):
        front.prepare(folder, Path("/tmp/drill/pastebin.sqlite3"))


# What many ask for


@pytest.fixture
def site(folder):
    made = Wsgi()
    yield made
    made.rows.close()
    made.application.popular.executor.shutdown()


def test_what_many_ask_for_is_laid(site, folder, make_paste):
    slug = make_paste(text=TEXT).paste.slug
    # Django answers the first two, and the second answer is kept.
    for _ in range(popular.MANY + 1):
        site.ask(f"/{slug}/raw")
    assert site.application.popular.asked[slug] == popular.MANY - 1
    assert laid(folder) == set()
    site.ask(f"/{slug}/raw")
    wait_until(lambda: slug in laid(folder), "the text to be laid")


def test_what_was_taken_away_is_laid_again(site, folder, make_paste):
    slug = make_paste(text=TEXT).paste.slug
    for _ in range(popular.MANY + 2):
        site.ask(f"/{slug}/raw")
    wait_until(lambda: slug in laid(folder), "the text to be laid")
    front.take_away(folder)
    for _ in range(popular.MANY):
        site.ask(f"/{slug}/raw")
    wait_until(lambda: slug in laid(folder), "the text to be laid again")


def test_only_whole_bare_texts_are_counted(site, make_paste):
    slug = make_paste(text=TEXT).paste.slug
    for path in (f"/{slug}", f"/{slug}/download", f"/api/v1/pastes/{slug}"):
        assert site.is_kept(path)
    assert site.is_kept(f"/{slug}/raw")
    before = site.application.popular.asked[slug]
    assert site.ask(f"/{slug}/raw", If_None_Match="*").status == 304
    assert site.application.popular.asked == {slug: before}


def test_process_that_ends_still_answers(site, make_paste):
    slug = make_paste(text=TEXT).paste.slug
    site.application.popular.executor.shutdown()
    for _ in range(popular.MANY + 2):
        assert site.ask(f"/{slug}/raw").status == 200


def test_each_period_counts_anew(site, make_paste, time_machine):
    slug = make_paste(text=TEXT).paste.slug
    assert site.is_kept(f"/{slug}/raw")
    forward(time_machine, front.PERIOD_SECONDS)
    site.ask(f"/{slug}/raw")
    assert site.application.popular.asked[slug] == 1


def test_without_a_folder_nothing_is_counted():
    assert popular.watch() is None


# Views


def test_views_are_counted_once_the_server_writes_no_more(
    folder, make_paste, time_machine
):
    new, other = (make_paste(text=TEXT).paste for _ in range(2))
    log = folder / "views" / f"{front.period_at(timezone.now())}.log"
    gone = tokens.new_slug()
    lines = [f"200 {new.slug}", f"304 {new.slug}", f"200 {other.slug}", f"200 {gone}"]
    log.write_text("\n".join(lines) + "\n")
    housekeeping.tick()
    assert log.exists()
    forward(time_machine, front.PERIOD_SECONDS * (front.UNREAD_PERIODS + 1))
    before = told()
    housekeeping.tick()
    housekeeping.tick()
    assert not log.exists()
    views = dict(Paste.objects.values_list("slug", "views"))
    assert views == {new.slug: 2, other.slug: 1}
    assert told() - before == 4


def test_nothing_in_the_folder_of_views_stops_the_housekeeping(folder, tmp_path):
    """nginx' user writes there, who may not be trusted."""
    views, secret = folder / "views", tmp_path / "secret"
    line = f"200 {tokens.new_slug()}\n"
    secret.write_text(line)
    os.mkfifo(views / "1.log")
    (views / "2.log").mkdir()
    (views / "3.log").symlink_to(secret)
    (views / "4x.log").write_text(line)
    (views / f"{'5' * 200}.log").write_text(line)
    odd = [f"{'2' * 5000} x", f"200 {'x' * 5000}", "404 " + line[4:-1], "\0\xff", "20"]
    (views / "6.log").write_text("\n".join([*odd, line]))
    assert front.take_views(folder, timezone.now()) == {(200, line[4:-1]): 1}
    services.tend_front()


def test_of_a_log_without_end_some_is_read(folder, monkeypatch):
    monkeypatch.setattr(front, "MOST_LOG_BYTES", 1000)
    monkeypatch.setattr(front, "PIECE_BYTES", 100)
    slug = tokens.new_slug()
    (folder / "views" / "1.log").write_text(f"200 {slug}\n" * 1000)
    assert front.take_views(folder, timezone.now())[200, slug] == 1000 // len(
        f"200 {slug}\n"
    )


def told():
    """Return how many answers of the server in front the metrics tell of."""
    page = metrics.tell("", {})[0].decode()
    return int(float(re.search(r"^pastebin_laid_answers_total (\S+)", page, re.M)[1]))


# Its configuration, which cannot ask the site what it means


def test_configuration_means_the_same_as_the_site():
    assert f'"~*{answers.ROBOT.pattern}" "robot";' in CONFIG
    assert f"/(?<pastebin_slug>{tokens.SLUG_PATTERN})/raw\\z" in CONFIG
    # The last digit of the second is not in it.
    assert front.PERIOD_SECONDS == 10
    assert r'"~^(?<pastebin_tens>\d+)\d\." $pastebin_tens;' in CONFIG


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The real site behind nginx, with texts in front of it."""
    folder = tmp_path_factory.mktemp("front")
    settings = {
        "LIMIT_CREATE": "off",
        "FRONT_DIR": str(folder / "front"),
        # On whichever database the tests run, this is for SQLite.
        "DATABASE_URL": f"sqlite:///{folder}/data/front.sqlite3",
    }
    with running_both(folder, **settings) as both:
        yield both


@pytest.fixture
def visitor(served):
    with secure(served) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def popular_text(served):
    """The path of a bare text that many ask for."""
    with secure(served) as visitor:
        return f"{make(visitor)[0]}/raw"


def secure(served):
    visitor = Visitor(served.https)
    visitor.connection = http.client.HTTPSConnection(
        "localhost", served.https, timeout=30, context=UNVERIFIED
    )
    return visitor


def is_from_front(answer):
    """Say whether nginx gave it by itself: the site numbers its answers."""
    return answer.status == 200 and "X-Request-ID" not in answer.headers


def make(visitor, text=TEXT):
    answer = visitor.ask("POST", "/", text.encode(), Content_Type="text/plain")
    assert answer.status == 201
    path = "/" + answer.body.decode().strip().rpartition("/")[2]
    return path, answer.headers["X-Owner-Token"]


def wait_for_front(visitor, path, **headers):
    """Ask until nginx answers; return its answer."""
    found = []

    def is_there():
        answer = visitor.ask("GET", path, **headers)
        assert answer.status == 200
        if is_from_front(answer):
            found.append(answer)
        return found

    wait_until(is_there, "nginx to answer by itself")
    return found[0]


# What may be another for each: the text is in no language of the site's.
OWN = {"date", "server", "connection", "etag", "x-request-id", "content-language"}


def headers_of(answer):
    return {
        name.lower(): value
        for name, value in answer.headers.items()
        if name.lower() not in OWN
    }


@pytest.mark.parametrize("codings", ["identity", "gzip, br, zstd"])
def test_answer_of_nginx_is_the_sites(visitor, popular_text, codings):
    path = popular_text
    asked = {"Accept_Encoding": codings, "Sec_Fetch_Dest": "document"}
    # A cookie that says nothing is enough to ask the site.
    own = visitor.ask("GET", path, Cookie="theme=dark", **asked)
    answer = wait_for_front(visitor, path, **asked)
    assert not is_from_front(own)
    assert answer.body == own.body
    assert headers_of(answer) == headers_of(own)
    again = visitor.ask("GET", path, If_None_Match=answer.headers["ETag"], **asked)
    assert (again.status, again.body) in [(304, b""), (200, own.body)]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("HEAD", "", {}),
        ("POST", "", {}),
        ("GET", "?x", {}),
        ("GET", "", {"Cookie": "theme=dark"}),
        ("GET", "", {"Cookie": "document"}),
        ("GET", "%0A", {}),
        ("GET", "", {"If_Match": '"x"'}),
        ("GET", "", {"If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        ("GET", "", {"Authorization": "Basic dTpw"}),
        ("GET", "", {"X_Paste_Password": "pw"}),
        ("GET", "", {"Wastebin_Password": "pw"}),
        ("GET", "", {"User_Agent": "Googlebot/2.1"}),
        ("GET", "", {"Purpose": "prefetch"}),
        ("GET", "", {"Sec_Purpose": "prefetch"}),
        ("GET", "", {"Sec_Fetch_Dest": "empty"}),
        ("GET", "", {"Origin": "https://other.example"}),
        ("GET", "", {"Accept_Encoding": "zstd;q=0"}),
        ("GET", "", {"Accept_Encoding": "gzip, zstd; q=1"}),
        ("GET", "", {"If_None_Match": '"of the site"'}),
    ],
)
def test_who_says_more_asks_the_site(visitor, popular_text, method, path, headers):
    """The site's answer has a number, nginx' has none."""
    wait_for_front(visitor, popular_text)
    answer = visitor.ask(method, popular_text + path, **headers)
    assert "X-Request-ID" in answer.headers


@pytest.mark.parametrize(
    ("method", "status"),
    [("OPTIONS", 200), ("PUT", 405), ("PATCH", 405), ("DELETE", 405)],
)
def test_other_methods_are_told_by_the_site_what_it_takes(
    visitor, popular_text, method, status
):
    wait_for_front(visitor, popular_text)
    answer = visitor.ask(method, popular_text)
    assert "X-Request-ID" in answer.headers
    assert (answer.status, "GET" in answer.headers["Allow"]) == (status, True)


@pytest.mark.parametrize(("megabytes", "status"), [(2, 200), (12, 413)])
def test_body_at_a_bare_text_comes_to_the_site(
    visitor, popular_text, megabytes, status
):
    answer = visitor.ask("POST", popular_text, b"x" * megabytes * 1024 * 1024)
    assert "X-Request-ID" in answer.headers
    assert answer.status == status


def test_text_of_another_period_is_not_given(served, visitor):
    path = make(visitor)[0]
    before = front.period_at(timezone.now()) - 1
    place = served.folder / "front" / "texts" / str(before)
    place.mkdir(parents=True, exist_ok=True)
    place.joinpath(path[1:]).write_text("over")
    assert visitor.ask("GET", f"{path}/raw").body == TEXT.encode()


def test_lines_of_views_are_what_the_site_reads(served, visitor, popular_text):
    wait_for_front(visitor, popular_text)
    folder = served.folder / "front"
    later = timezone.now() + timedelta(hours=1)
    slug = popular_text.split("/")[1]
    wait_until(lambda: front.take_views(folder, later)[200, slug], "a view in the log")


def test_takedown_holds_at_once_for_who_hammers_nginx(served):
    """Two processes lay texts in front while others take them down."""
    answers = []
    before = {}
    ended = {}
    stop = threading.Event()
    with secure(served) as owner:
        owned = dict(make(owner) for _ in range(6))

    def hammer():
        with secure(served) as reader:
            while not stop.is_set():
                for path in owned:
                    began = time.monotonic()
                    answer = reader.ask("GET", f"{path}/raw")
                    answers.append((began, path, answer))

    def wait_for_readers(path):
        """Until nginx gives it out, that of the last answers."""
        most = len(answers)
        wait_until(
            lambda: any(
                each[1] == path and is_from_front(each[2]) for each in answers[most:]
            ),
            "readers whom nginx answers",
        )

    readers = [threading.Thread(target=hammer) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        with secure(served) as owner:
            for number, (path, token) in enumerate(owned.items()):
                wait_for_readers(path)
                # A command takes a while to end after it has done its work.
                before[path] = len(answers)
                api, bearer = f"/api/v1/pastes{path}", f"Bearer {token}"
                if number % 3 == 0:
                    gone = owner.ask("DELETE", api, Authorization=bearer)
                    assert gone.status == 204
                elif number % 3 == 1:
                    served.site.run("hidepastes", "--reason", "spam", path[1:])
                else:
                    changed = owner.ask(
                        "PATCH",
                        api,
                        b'{"text": "another"}',
                        Authorization=bearer,
                        Content_Type="application/json",
                    )
                    assert changed.status == 200
                ended[path] = time.monotonic()
                most = len(answers)
                wait_until(lambda: len(answers) > most + 50, "more readers")  # noqa: B023
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    for path, count in before.items():
        early = {answer.status for _, of, answer in answers[:count] if of == path}
        assert early == {200}
    late = [a for began, path, a in answers if began > ended[path]]
    assert {each.status for each in late} == {200, 404, 410}
    assert {each.body for each in late if each.status == 200} == {b"another"}
