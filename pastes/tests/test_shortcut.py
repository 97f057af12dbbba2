"""The short cut before Django: the same answers, to the same people, and never too late."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from bench.loads import Visitor, wait_until
from pastes import edge, housekeeping, metrics, rows, services, shortcut
from pastes.models import Paste
from pastes.services import missing
from pastes.tests.conftest import running_site

TEXT = "def answer():\n    return 42\n"
PAGES = ("/{}", "/{}/raw", "/raw/{}", "/{}/download", "/{}.rb", "/api/v1/pastes/{}")
# None of these may ever be kept apart from the paste's other columns by mistake.
NOT_SHOWN = {
    "owner_digest",
    "maker_digest",
    "hidden_reason",
    "client_address",
    "case_opened_at",
    "open_reports",
    "held_because",
    "is_cleared",
    "normal_sha256",
    "likeness_1",
    "likeness_2",
    "likeness_3",
    "likeness_4",
    # What it holds follows from its digest.
    "packed_text",
    # Of what tells of it nothing is kept.
    "fork_of_id",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Wsgi:
    """A WSGI application, and whether it came to Django with the last request."""

    def __init__(self, with_shelf: bool = True, most_bytes: int = 1_000_000) -> None:
        self.came = 0
        self.application = edge.with_headers(edge.with_length(self.django))
        self.handler = WSGIHandler()
        self.rows = rows.open_rows()
        if with_shelf:
            shelf = shortcut.Shelf(most_bytes)
            self.application = shortcut.Shortcut(self.application, shelf, self.rows)

    def django(self, environ, start_response):
        self.came += 1
        return self.handler(environ, start_response)

    def ask(self, path, method="GET", **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        query = path.partition("?")[2]
        request = RequestFactory().generic(
            method, path.partition("?")[0], headers=given, QUERY_STRING=query
        )
        seen = []
        environ = request.environ | {"HTTP_HOST": given.get("Host", "localhost")}
        result = self.application(environ, lambda *words: seen.append(words))
        body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
        [(status, fields, *_)] = seen
        fields = dict(fields)
        fields.pop("X-Request-ID")
        return Answer(int(status[:3]), fields, body)

    def is_kept(self, path, method="GET", **headers):
        """Ask until an answer could be kept, and say whether Django is asked again."""
        for _ in range(2):
            self.ask(path, **headers)
        came = self.came
        self.ask(path, method, **headers)
        return self.came == came


@pytest.fixture
def site(transactional_db):
    made = Wsgi()
    yield made
    made.rows.close()


@pytest.fixture
def slug(transactional_db, make_paste):
    return make_paste(text=TEXT, syntax="python").paste.slug


@pytest.fixture
def plain(transactional_db):
    """The same without a shelf."""
    return Wsgi(with_shelf=False)


# The same answers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept_Language": "de-CH,de;q=0.9"},
        {"Cookie": "language=fr"},
        {"Cookie": "theme=dark; wrap=yes", "Accept_Language": "de"},
        {"Accept_Encoding": "gzip, zstd"},
        {"User_Agent": "Mozilla/5.0", "Host": "127.0.0.1"},
        {"Accept": "application/json"},
    ],
    ids=lambda headers: " ".join(headers) or "bare",
)
def test_answer_from_memory_is_djangos(site, plain, slug, headers):
    for page in (*PAGES, "/{}?view=source", "/{}.md?view=markdown"):
        path = page.format(slug)
        # Another reader's likes must not come along.
        site.ask(path, Accept_Language="fr", Cookie="theme=light")
        site.ask(path, Accept_Encoding="br")
        assert site.is_kept(path, **headers)
        came = site.came
        expected = plain.ask(path, **headers)
        assert expected.status == 200
        assert site.ask(path, **headers) == expected
        head = site.ask(path, "HEAD", **headers)
        assert head == Answer(200, expected.headers, b"")
        etag = expected.headers["ETag"]
        for asked in (etag, f"W/{etag.removeprefix('W/')}", f'"x", {etag}', "*"):
            again = site.ask(path, If_None_Match=asked, **headers)
            short = plain.ask(path, If_None_Match=asked, **headers)
            assert again == short
            assert again.status == 304
        assert site.ask(path, If_None_Match='"x"', **headers) == expected
        assert site.came == came


def test_who_has_the_answer_gets_304_though_nothing_was_kept(
    site, plain, slug, make_paste
):
    whole = plain.ask(f"/{slug}")
    etag = whole.headers["ETag"]
    short = plain.ask(f"/{slug}", If_None_Match=etag)
    assert short.status == 304
    for came in (1, 2, 2):
        assert site.ask(f"/{slug}", If_None_Match=etag) == short
        assert site.came == came
    fork = make_paste(text=TEXT, fork_of=slug).paste.slug
    etag = plain.ask(f"/{fork}").headers["ETag"]
    for _ in range(3):
        assert site.ask(f"/{fork}", If_None_Match=etag).status == 304


def test_answer_is_numbered_each_time(site, slug):
    numbers = set()
    for _ in range(3):
        request = RequestFactory().get(f"/{slug}/raw", headers={"host": "localhost"})
        site.application(
            request.environ,
            lambda _status, fields: numbers.add(dict(fields)["X-Request-ID"]),
        )
    assert len(numbers) == 3


# To the same people


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "maker=" + "k" * 32},
        {"Cookie": "sessionid=x; theme=dark"},
        {"Cookie": "unlock=x"},
        {"Authorization": "Basic OnB3"},
        {"X_Paste_Password": "pw"},
        {"Wastebin_Password": "pw"},
        {"Origin": "https://elsewhere.example"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_who_is_somebody_is_asked_for_by_django(site, slug, headers):
    for page in PAGES:
        path = page.format(slug)
        site.ask(path)
        came = site.came
        site.ask(path, **headers)
        site.ask(path, **headers)
        assert site.came == came + 2


@pytest.mark.parametrize("name", ["Cookie", "Accept_Language", "Accept_Encoding"])
def test_long_headers_fill_no_memory(site, slug, name):
    words = "theme=dark; " * 100 if name == "Cookie" else "de, " * 300
    assert not site.is_kept(f"/{slug}/raw", **{name: words})


def test_what_is_not_everybodys_is_not_kept(site, make_paste):
    locked = make_paste(text=TEXT, password="pw").paste.slug
    burn = make_paste(text=TEXT, burn=True).paste.slug
    for page in PAGES:
        for slug in (locked, burn, "1" * 12):
            assert not site.is_kept(page.format(slug))


def test_pages_beside_the_text_are_not_kept(site, slug):
    for way in ("edit", "delete", "fork", "report", "data", "qr.svg"):
        assert not site.is_kept(f"/{slug}/{way}")
    assert not site.is_kept(f"/{slug}/raw", "POST")


def test_fork_tells_of_its_parent_and_is_not_kept(site, slug, make_paste):
    fork = make_paste(text=TEXT, fork_of=slug).paste.slug
    assert not site.is_kept(f"/{fork}")
    assert site.is_kept(f"/{fork}/raw")


def test_who_tried_too_many_links_gets_none_from_memory(site, slug, settings):
    settings.LIMIT_MISS, settings.WORKERS = "2/m", 1
    settings.TRUSTED_PROXIES = 1
    missing.used_until.clear()
    guesser = {"X_Forwarded_For": "203.0.113.5"}
    assert site.is_kept(f"/{slug}/raw")
    for n in (1, 2):
        assert site.ask(f"/{str(n) * 12}", **guesser).status == 404
    assert site.ask(f"/{slug}/raw", **guesser).status == 429
    other = site.ask(f"/{slug}/raw", X_Forwarded_For="203.0.113.6")
    assert other.status == 200


# Never too late


def hide(paste, token):
    services.hide_paste(paste.slug, reason="spam", by=None)


def delete(paste, token):
    services.delete_paste(paste.slug, owner_token=token)


def edit(**changes):
    def change(paste, token):
        services.edit_paste(paste.slug, owner_token=token, client=None, **changes)

    return change


def expire(paste, token):
    past = timezone.now() - timedelta(seconds=1)
    Paste.objects.filter(pk=paste.pk).update(
        created_at=past - timedelta(seconds=1), expires_at=past
    )


ENDS = {
    "hidden": (hide, 410),
    "deleted": (delete, 404),
    "expired": (expire, 404),
    "locked": (edit(password="pw"), 401),
    "burning": (edit(burn=True), 409),
    "rewritten": (edit(text="another text\n"), 200),
}


@pytest.mark.parametrize("end", ENDS)
def test_change_shows_with_the_next_request(site, end, make_paste):
    change, status = ENDS[end]
    for page in PAGES:
        new = make_paste(text=TEXT)
        path = page.format(new.paste.slug)
        assert site.is_kept(path)
        change(new.paste, new.owner_token)
        answer = site.ask(path)
        assert answer.status == status
        assert b"answer" not in answer.body
        again = 304 if status == 200 else status
        assert site.ask(path, If_None_Match="*").status == again


@pytest.mark.parametrize(
    "change", [edit(title="Renamed"), edit(syntax="ruby"), edit(lifetime="1h")]
)
def test_page_shows_what_was_edited(site, plain, change, make_paste):
    new = make_paste(text=TEXT)
    path = f"/{new.paste.slug}"
    assert site.is_kept(path)
    before = site.ask(path)
    change(new.paste, new.owner_token)
    assert site.ask(path) == plain.ask(path) != before


def test_row_is_read_again_only_after_a_commit(site, slug, make_paste):
    path = f"/{slug}/raw"
    assert site.is_kept(path)
    reader = site.application.rows
    if connection.vendor == "postgresql":
        assert reader.version() is None
        return
    asked = []
    reader.ask = lambda statement, given: asked.append(given)
    came = site.came
    assert site.ask(path).body == TEXT.encode()
    assert (site.came, asked) == (came, [])
    make_paste(text="other\n")
    site.ask(path)
    assert asked


def ask_apart(site, path, answers):
    try:
        answers.append(site.ask(path))
    finally:
        connection.close()


def ask_at_once(site, path, go_on):
    """Return what eight readers get; `go_on()` is called when all of them wait."""
    answers = []
    words = (site, path, answers)
    readers = [threading.Thread(target=ask_apart, args=words) for _ in range(8)]
    waiting = site.application.turns._turns.values
    try:
        for reader in readers:
            reader.start()
        wait_until(lambda: sum(n for _, n in waiting()) == 8, "all of them", 10)
    finally:
        go_on()
        for reader in readers:
            reader.join()
    assert not waiting()
    return answers


def slow_handler(handler, go_on):
    def slow(environ, start_response):
        assert go_on.wait(60)
        return handler(environ, start_response)

    return slow


def test_answer_that_is_over_is_made_once_for_all_who_wait(site, slug, monkeypatch):
    monkeypatch.setattr(shortcut, "WAIT_SECONDS", 60)
    path = f"/{slug}/raw"
    assert site.is_kept(path)
    Paste.objects.filter(slug=slug).update(views=7)
    go_on = threading.Event()
    site.handler = slow_handler(site.handler, go_on)
    came = site.came
    answers = ask_at_once(site, path, go_on.set)
    assert [each.body for each in answers] == [TEXT.encode()] * 8
    assert site.came == came + 1


def test_who_waited_for_an_answer_that_nobody_gets_asks_at_once(
    site, slug, monkeypatch
):
    monkeypatch.setattr(shortcut, "WAIT_SECONDS", 60)
    path = f"/{slug}/raw"
    assert site.is_kept(path)
    services.hide_paste(slug, reason="spam", by=None)
    go_on, others = threading.Event(), threading.Barrier(7)
    handler, first = site.handler, threading.Lock()

    def together(environ, start_response):
        if first.acquire(blocking=False):
            assert go_on.wait(60)
        else:
            others.wait(60)
        return handler(environ, start_response)

    site.handler = together
    assert [each.status for each in ask_at_once(site, path, go_on.set)] == [410] * 8


def test_nobody_waits_longer_than_the_bound(site, slug, monkeypatch):
    monkeypatch.setattr(shortcut, "WAIT_SECONDS", 0.05)
    path = f"/{slug}/raw"
    assert site.is_kept(path)
    Paste.objects.filter(slug=slug).update(views=7)
    key = next(iter(site.application.shelf.kept))
    with site.application.turns.take(key, 0):
        came = site.came
        assert site.ask(path).status == 200
        assert site.came == came + 1


def test_head_leaves_what_is_kept_to_be_made_by_one(site, slug):
    path = f"/{slug}/raw"
    assert site.is_kept(path)
    Paste.objects.filter(slug=slug).update(views=7)
    assert site.ask(path, "HEAD").status == 200
    assert site.application.shelf.kept


def test_what_is_shared_no_more_makes_nobody_wait(site, make_paste):
    new = make_paste(text=TEXT)
    path = f"/{new.paste.slug}/raw"
    assert site.is_kept(path)
    services.hide_paste(new.paste.slug, reason="spam", by=None)
    assert site.ask(path).status == 410
    assert not site.application.shelf.kept
    assert site.application.shelf.bytes == 0


def test_end_comes_by_itself(site, time_machine, make_paste):
    new = make_paste(text=TEXT, lifetime=60)
    path = f"/{new.paste.slug}/raw"
    assert site.is_kept(path)
    time_machine.move_to(timezone.now())
    time_machine.shift(59)
    assert site.ask(path).status == 200
    time_machine.shift(2)
    assert site.ask(path).status == 404


def test_what_changed_while_django_worked_shows_at_once(site, make_paste):
    new = make_paste(text=TEXT)
    path = f"/{new.paste.slug}/raw"
    handler = site.handler

    def edit_meanwhile(environ, start_response):
        result = handler(environ, start_response)
        edit(text="another text\n")(new.paste, new.owner_token)
        return result

    site.ask(path)
    site.handler = edit_meanwhile
    site.ask(path)
    site.handler = handler
    assert site.ask(path).body == b"another text\n"


def test_what_changed_while_the_row_was_read_shows_with_the_next_request(
    site, make_paste
):
    new, other = make_paste(text=TEXT), make_paste(text="other\n")
    path = f"/{new.paste.slug}/raw"
    assert site.is_kept(path)
    reader = site.application.rows
    ask = reader.ask

    def edit_meanwhile(statement, given):
        reader.ask = ask
        row = ask(statement, given)
        edit(text="another text\n")(new.paste, new.owner_token)
        return row

    edit(text="more\n")(other.paste, other.owner_token)
    reader.ask = edit_meanwhile
    came = site.came
    assert site.ask(path).body == TEXT.encode()
    assert (site.came, reader.ask) == (came, ask)
    assert site.ask(path).body == b"another text\n"


@pytest.mark.django_db
def test_each_column_is_known_to_matter_or_not():
    columns = {field.attname for field in Paste._meta.concrete_fields}
    assert set(rows.COLUMNS) | NOT_SHOWN == columns
    assert not set(rows.COLUMNS) & NOT_SHOWN
    # What lies behind the text is found by reading over all of it.
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(
            cursor, Paste._meta.db_table
        )
    order = [column.name for column in table]
    if connection.vendor == "sqlite":
        assert max(map(order.index, rows.COLUMNS)) < order.index("packed_text")


# Beside the answer


def test_reading_from_memory_counts_views(site, slug):
    path = f"/{slug}/raw"
    person = {"User_Agent": "Mozilla/5.0"}
    assert site.is_kept(path, **person)
    site.ask(path, "HEAD", **person)
    site.ask(path, User_Agent="Googlebot/2.1")
    site.ask(path, Sec_Purpose="prefetch", **person)
    housekeeping.tick(may_prune=False)
    assert Paste.objects.get(slug=slug).views == 3
    # The page shows their number, so what was kept before is not given any more.
    came = site.came
    site.ask(path)
    assert site.came == came + 1


@pytest.fixture
def logged(settings):
    settings.LOG_REQUESTS = True


def test_reading_from_memory_is_counted_and_logged(logged, site, slug, caplog):
    assert site.is_kept(f"/{slug}/raw")
    metrics.add_kept_answers()
    names = ("pastebin_requests_total", "pastebin_kept_answers_total")
    method = {"method": "GET", "route": "pastes:raw", "status": "2xx"}
    labels = (method, {"route": "pastes:raw"})

    def counted():
        return [
            metrics.meters.registry.get_sample_value(name, words) or 0
            for name, words in zip(names, labels, strict=True)
        ]

    before = counted()
    came = site.came
    caplog.clear()
    site.ask(f"/{slug}/raw")
    assert site.came == came
    metrics.add_kept_answers()
    assert counted() == [each + 1 for each in before]
    [record] = caplog.records
    told = record.fields
    assert (told["method"], told["route"], told["status"]) == ("GET", "pastes:raw", 200)
    assert told["bytes"] == len(TEXT)
    assert slug not in str(told)


def test_shelf_keeps_to_its_bytes(site, make_paste):
    site.application.shelf.most_bytes = 20 * shortcut.OVERHEAD_BYTES
    slugs = [make_paste(text=f"{n}\n").paste.slug for n in range(30)]
    for slug in slugs:
        site.ask(f"/{slug}/raw")
        site.ask(f"/{slug}/raw")
        # What is asked for again and again is not what goes.
        came = site.came
        site.ask(f"/{slugs[0]}/raw")
        assert site.came == came
    for slug in (slugs[0], *slugs[-5:]):
        site.ask(f"/{slug}/raw")
    assert site.came == came
    site.ask(f"/{slugs[1]}/raw")
    assert site.came == came + 1
    large = make_paste(text="x" * 4 * shortcut.OVERHEAD_BYTES).paste.slug
    assert not site.is_kept(f"/{large}/raw")
    Paste.objects.filter(slug=slugs[0]).update(views=7)
    site.ask(f"/{slugs[0]}/raw")
    shelf = site.application.shelf
    sizes = [kept.size for kept in shelf.kept.values()]
    assert shelf.bytes == sum(sizes) <= shelf.most_bytes


def test_what_is_asked_for_once_takes_no_room(site, make_paste, monkeypatch):
    monkeypatch.setattr(shortcut, "MOST_ASKED", 3)
    paths = [f"/{make_paste(text=f'{n}').paste.slug}/raw" for n in range(4)]
    shelf = site.application.shelf
    for path in paths * 3:
        assert site.ask(path).status == 200
    assert (len(shelf.kept), len(shelf.asked)) == (0, 3)
    site.ask(paths[-1])
    assert len(shelf.kept) == 1


def test_without_a_row_to_read_django_answers(site, slug, tmp_path):
    assert site.is_kept(f"/{slug}/raw")
    site.application.rows = rows.SqliteRows(tmp_path / "not there.sqlite3")
    assert not site.is_kept(f"/{slug}/raw")
    assert site.ask(f"/{slug}/raw").body == TEXT.encode()
    etag = site.ask(f"/{slug}/raw").headers["ETag"]
    assert site.ask(f"/{slug}/raw", If_None_Match=etag).status == 304


# For real


def test_takedown_holds_at_once_for_who_hammers(tmp_path):
    """Two processes give pastes out from memory while others take them down."""
    answers: list[tuple[float, str, int]] = []
    ended: dict[str, float] = {}
    stop = threading.Event()
    with running_site(tmp_path / "data", LIMIT_CREATE="off") as site:
        with Visitor(urlsplit(site.url).port) as owner:
            made = [owner.ask("POST", "/", TEXT.encode()) for _ in range(12)]
        tokens = {
            each.headers["Location"].rpartition("/")[2]: each.headers["X-Owner-Token"]
            for each in made
        }
        slugs = list(tokens)

        def hammer(page: str) -> None:
            with Visitor(urlsplit(site.url).port) as reader:
                while not stop.is_set():
                    for slug in slugs:
                        began = time.monotonic()
                        status = reader.ask("GET", page.format(slug)).status
                        answers.append((began, slug, status))

        def let_them_read() -> None:
            most = len(answers) + 100
            wait_until(lambda: len(answers) > most, "more readers")

        pages = ("/{}", "/{}/raw", "/api/v1/pastes/{}") * 2
        readers = [threading.Thread(target=hammer, args=[page]) for page in pages]
        for reader in readers:
            reader.start()
        try:
            with Visitor(urlsplit(site.url).port) as owner:
                for slug in slugs[:6]:
                    let_them_read()
                    bearer = f"Bearer {tokens[slug]}"
                    path = f"/api/v1/pastes/{slug}"
                    assert owner.ask("DELETE", path, Authorization=bearer).status == 204
                    ended[slug] = time.monotonic()
            let_them_read()
            site.run("hidepastes", "--reason", "spam", *slugs[6:])
            ended |= dict.fromkeys(slugs[6:], time.monotonic())
            let_them_read()
        finally:
            stop.set()
            for reader in readers:
                reader.join()
    assert {slug for _began, slug, status in answers if status == 200} == set(slugs)
    late = {each[2] for each in answers if each[0] > ended[each[1]]}
    assert late == {404, 410}
