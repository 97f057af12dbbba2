"""The way past Django for whoever reads what others have read: before all else in WSGI.

What Django answered to the second reader of a public paste is kept in the process, with
the row of the paste as it was before. Who asks the same again gets the same bytes if the
row is still the same. The database is asked so for each request, so no process has to be
told that a paste was edited, locked, hidden or deleted, and none gives out what is over.

All else goes to Django as ever: other methods, passwords, cookies that make somebody
somebody, what has not been asked for lately, and whatever the database has to say of itself.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request

from pastes import (
    answers,
    highlight,
    metrics,
    observing,
    popular,
    rows,
    services,
    tokens,
)
from pastes.edge import (
    Application,
    Environ,
    Headers,
    StartResponse,
    is_secure,
    shortened,
)
from pastes.middleware import address_of
from pastes.rows import Row, Rows
from pastes.services import Client, PasteError
from pastes.views.cookies import SETTINGS

# Where a paste's link stands in any path: /<slug>, /<slug>/raw, /api/v1/pastes/<slug> ...
NAMED = re.compile(f"/({tokens.SLUG_PATTERN})(?![{tokens.ALPHABET}])")
# What Django hears, and the key of an answer does not hold.
NEVER_WITH = {
    "HTTP_AUTHORIZATION",
    "HTTP_ORIGIN",
    "HTTP_TRANSFER_ENCODING",
    *(f"HTTP_{name.upper().replace('-', '_')}" for name in answers.LOCK_HEADERS),
}
OK = "200 OK"
NOT_MODIFIED = "304 Not Modified"
# Nobody is given the answer any more that everybody had.
GONE = ("401", "404", "409", "410")
# For an answer that another thread has Django make.
WAIT_SECONDS = 2.0
LONGEST_WORDS = 1000
# What an answer takes beside its body: some headers, a row, a key.
OVERHEAD_BYTES = 4096
# An answer that would push most others out is not kept.
LARGEST_SHARE = 1 / 8
# What was asked for once is remembered by its key's hash: some 400 KB.
MOST_ASKED = 4000

Key = tuple[Any, ...]
# How a reader likes the pages: names and values of cookies.
Chosen = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Kept:
    """An answer, and what it holds for: the row, and until when, in seconds since 1970.

    `version` is the database's at which the row was seen to be this one.
    """

    row: Row
    version: bytes | None
    until: float
    pk: int
    slug: str
    route: str
    headers: Headers
    short_headers: Headers
    etag: str
    body: bytes
    is_wanted: bool = False

    @property
    def size(self) -> int:
        return len(self.body) + OVERHEAD_BYTES


class Shelf:
    """The answers that are asked for again, up to so many bytes.

    Who reads many pastes once fills no memory with them. The oldest goes, but what was
    asked for meanwhile gets a second chance: this needs no lock where answers are found.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.kept: OrderedDict[Key, Kept] = OrderedDict()
        self.asked: OrderedDict[int, None] = OrderedDict()
        self.lock = threading.Lock()

    def find(self, key: Key) -> Kept | None:
        kept = self.kept.get(key)
        if kept is not None:
            kept.is_wanted = True
        return kept

    def was_asked(self, key: Key) -> bool:
        """Say whether it was asked for lately, and remember that it is now."""
        number = hash(key)
        with self.lock:
            was_asked = number in self.asked
            self.asked[number] = None
            if len(self.asked) > MOST_ASKED:
                self.asked.popitem(last=False)
        return was_asked

    def keep(self, key: Key, kept: Kept) -> None:
        if kept.size > self.most_bytes * LARGEST_SHARE:
            return
        with self.lock:
            before = self.kept.pop(key, None)
            self.bytes -= before.size if before else 0
            while self.bytes + kept.size > self.most_bytes:
                old, oldest = self.kept.popitem(last=False)
                if oldest.is_wanted:
                    oldest.is_wanted = False
                    self.kept[old] = oldest
                else:
                    self.bytes -= oldest.size
            self.kept[key] = kept
            self.bytes += kept.size

    def drop(self, key: Key) -> None:
        with self.lock:
            dropped = self.kept.pop(key, None)
            self.bytes -= dropped.size if dropped else 0


class Shortcut:
    """A WSGI application: the site, with the shelf before it."""

    def __init__(
        self, application: Application, shelf: Shelf, paste_rows: Rows
    ) -> None:
        self.application = application
        self.shelf = shelf
        self.rows = paste_rows
        self.turns = highlight.Turns()
        self.popular = popular.watch()
        self.is_logged = settings.LOG_REQUESTS

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        started = time.perf_counter()
        key = key_of(environ)
        if key is None:
            return self.application(environ, start_response)
        kept = self.shelf.find(key)
        if kept and self.holds(kept):
            return self.give(kept, environ, start_response, started)
        if environ["REQUEST_METHOD"] != "GET":
            return self.application(environ, start_response)
        if kept is None:
            if self.shelf.was_asked(key):
                return self.ask_django(environ, start_response, key)
            return self.application(environ, start_response)
        # All who ask for it now would have Django make it, and hold each other up.
        with self.turns.take(key, WAIT_SECONDS) as has_turn:
            if has_turn and self.shelf.find(key) is kept:
                return self.ask_django(environ, start_response, key)
        made = self.shelf.find(key)
        if made and self.holds(made):
            return self.give(made, environ, start_response, started)
        return self.ask_django(environ, start_response, key)

    def holds(self, kept: Kept) -> bool:
        """Say whether an answer is still true, by the row as it is at this moment.

        Where nothing at all was committed since it was seen, it is as it was.
        """
        if time.time() >= kept.until:
            return False
        version = self.rows.version()
        if version is None or version != kept.version:
            if self.rows.read_again(kept.pk) != kept.row:
                return False
            kept.version = version
        return True

    def give(
        self,
        kept: Kept,
        environ: Environ,
        start_response: StartResponse,
        started: float,
    ) -> Iterable[bytes]:
        """Answer with what is kept, and do what Django would have done beside."""
        if not may_read(environ):
            return self.application(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if answers.counts_as_view(environ):
            services.count_view(kept.pk)
        asked = environ.get("HTTP_IF_NONE_MATCH", "")
        if asked and answers.is_known(asked, kept.etag):
            status, said, headers, body = 304, NOT_MODIFIED, kept.short_headers, b""
        else:
            status, said, headers, body = 200, OK, kept.headers, kept.body
            if self.popular and kept.route == services.RAW_ROUTE:
                self.popular.note(kept.slug)
        number = observing.number_of(environ)
        start_response(said, [*headers, ("X-Request-ID", number)])
        metrics.count_kept_answer(method, kept.route, status)
        if self.is_logged:
            observing.log_request(
                method,
                kept.route,
                status,
                time.perf_counter() - started,
                size=str(len(body)) if body else "",
                address=address_of(environ),
                slug=kept.slug,
            )
        return [] if method == "HEAD" or not body else [body]

    def ask_django(
        self, environ: Environ, start_response: StartResponse, key: Key
    ) -> Iterable[bytes]:
        """Answer by Django, and keep the answer if it is anybody's.

        It may show what changed after the row was read; then the next reader's row is
        another one, and this answer is given to nobody. For a reader who has an answer
        already, Django is asked for the whole one.
        """
        row = self.rows.read(key[0])
        asked = environ.pop("HTTP_IF_NONE_MATCH", "")
        status, headers = "", []

        def start(given: str, fields: Headers, *error: Any) -> None:
            nonlocal status, headers
            status, headers = given, fields

        result = self.application(environ, start)
        paste = environ.get(answers.SHARED)
        etag = dict(headers).get("ETag", "")
        if status[:3] in GONE:
            self.shelf.drop(key)
        if status == OK:
            is_same = paste is not None and paste.slug == key[0]
            if row and is_same and "Set-Cookie" not in dict(headers) and etag:
                body = b"".join(result)
                close(result)
                result = [body]
                route = environ[observing.ROUTE]
                self.shelf.keep(key, kept_answer(paste, row, route, headers, body))
            if asked and answers.is_known(asked, etag):
                close(result)
                start_response(NOT_MODIFIED, shortened(headers))
                return []
        start_response(status, headers)
        return result


def wrap(application: Application) -> Application:
    """Return the site with its short cut; without a shelf, or a file, as it is."""
    paste_rows = rows.open_rows()
    if not settings.ANSWERS_KEPT_BYTES or paste_rows is None:
        return application
    return Shortcut(application, Shelf(settings.ANSWERS_KEPT_BYTES), paste_rows)


# What an answer depends on, beside the row


def key_of(environ: Environ) -> Key | None:
    """Return all of a request that a shared answer depends on, the slug first.

    None for a request that is not for an answer of everybody's.
    """
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    if not environ.keys().isdisjoint(NEVER_WITH):
        return None
    if environ.get("CONTENT_LENGTH", "0") not in ("", "0"):
        return None
    cookies = environ.get("HTTP_COOKIE", "")
    words = (
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_HOST", ""),
        environ.get("HTTP_ACCEPT_LANGUAGE", ""),
        environ.get("HTTP_ACCEPT_ENCODING", ""),
    )
    # What is looked up by such words is kept: nobody may fill the memory with them.
    if len("".join((cookies, *words))) > LONGEST_WORDS:
        return None
    # And no cookie that is somebody's own.
    chosen = chosen_settings(cookies) if cookies else ()
    if chosen is None:
        return None
    return key_of_words(*words, chosen, is_secure(environ))


@lru_cache(maxsize=2000)
def key_of_words(
    path: str,
    query: str,
    host: str,
    languages: str,
    codings: str,
    chosen: Chosen,
    over_https: bool,
) -> Key | None:
    named = NAMED.search(path)
    if not named or not host:
        return None
    return (
        named[1],
        path,
        query,
        host,
        over_https,
        chosen,
        language_of(chosen, languages),
        answers.takes_zstd(codings),
    )


def chosen_settings(cookies: str) -> Chosen | None:
    """Return how a reader likes the pages; None where a cookie says more than that."""
    found = parse_cookie(cookies)
    liked = {*SETTINGS, settings.LANGUAGE_COOKIE_NAME}
    if not found.keys() <= liked:
        return None
    return tuple(sorted(found.items()))


def language_of(chosen: Chosen, accepted: str) -> str:
    """Return the language that Django's LocaleMiddleware would take."""
    request = HttpRequest()
    request.COOKIES = dict(chosen)
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


# Giving


def may_read(environ: Environ) -> bool:
    """Say whether a client may ask for links, having tried too many that were none."""
    if not services.has_anybody_missed():
        return True
    try:
        services.check_misses(Client(address_of(environ)))
    except PasteError:
        return False
    return True


def kept_answer(
    paste: answers.Shared, row: Row, route: str, headers: Headers, body: bytes
) -> Kept:
    own = [each for each in headers if each[0] != "X-Request-ID"]
    return Kept(
        row=row,
        version=None,
        until=paste.expires_at.timestamp() if paste.expires_at else float("inf"),
        pk=paste.pk,
        slug=paste.slug,
        route=route,
        headers=own,
        short_headers=shortened(own),
        etag=dict(headers)["ETag"],
        body=body,
    )


def close(result: Iterable[bytes]) -> None:
    if hasattr(result, "close"):
        result.close()
