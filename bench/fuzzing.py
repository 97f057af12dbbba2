"""Odd requests and odd texts: whether anything breaks the site, hangs it or is altered.

Run with `.venv/bin/python bench/fuzzing.py`. Requests are put together from pieces that
break parsers, in paths, queries, forms, cookies, headers and framing, and are sent as
they are; a fault is an answer of 5xx, none in time, or a line of an error in the log.
Texts of all planes, line ends and lengths come back by the API and raw, byte for byte.
"""

import contextlib
import http.client
import json
import random
import re
import socket
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Site, Visitor

CLIENTS = 4
SEED = 1
# Limits would refuse what is to be tried, and a guess costs a real bcrypt.
OPEN = dict.fromkeys(
    ("LIMIT_MISS", "LIMIT_UNLOCK_PASTE", "LIMIT_UNLOCK_PASTE_CLIENT"), "off"
) | {"LIMIT_LOGIN_ACCOUNT": "off"}

# Requests

ODD = [
    *(b"", b"\0", b"%00", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"%", b"%%", b"%zz", b"%ff", b"%C0%AF", b"%ed%a0%80", b"%u0041", b"+", b"&", b"="),
    *(b"../" * 8 + b"etc/passwd", b"..%2f", b"//", b"/\\", b".", b"..", b";x=y", b"#", b"?"),
    *(b"-1", b"0", b"9" * 40, b"1e309", b"NaN", b"-0", b"0x1", b"1_0", "٣".encode(), b"1.5"),
    *(b"true", b"null", b"[]", b"{}", b'{"a":' * 300, b"[" * 2000, b'"\\ud800"', b"\\u0000"),
    *(b"{{7*7}}", b"{% x %}", b"${x}", b"%s%n%d", b"{0.__class__}", b"$(id)", b"`id`"),
    *(b"' OR 1=1 --", b'"><svg onload=x>', b"<!--", b"javascript:x", b"data:,x"),
    *("\u202e\u2066".encode(), "\ufeff".encode(), "\u2028".encode(), "🧵".encode() * 9),
    *("İıſK".encode(), "e\u0301".encode() * 50, "ﷺ".encode() * 99, b"a" * 5000),
    *(b"\t", b" ", b"\x1b[31m", b"\x7f", b"\x85", b",", b",,,", b'"', b"'", b"\\"),
    *(b"Basic Og==", b"Basic !", b"Bearer ", b"Bearer x", b"Basic " + b"A" * 4000),
    *(b"*/*;q=x", b"*" + b";q=0.1" * 300, b"en;q=nan", b"x" * 300 + b"-" * 300, b"de-" * 99),
    *(b"bytes=0-", b"bytes=9-1", b"bytes=-", b"bytes=0-0," * 99, b'W/"', b'"' * 99),
    *(b"2026-02-30T00:00", b"-262144-01-01", b"Sun, 31 Feb 9999 99:99:99 GMT", b"1s", b"never"),
    *(b"text", b"python", b"markdown", b"csv", b"burn", b"on", b"spam", b"dark", b"de"),
]  # fmt: skip
# Addresses that no route names; those that one does are the site's to tell.
PLACES = [
    "/",
    "/anything.py",
    "/static/x",
    "/{}/{}",
    "/{}//raw",
    "/api/v1/x",
    "/admin/x/",
]
FIELDS = [
    "text", "title", "syntax", "lifetime", "burn", "consent", "password", "owner_token",
    "reason", "details", "contact", "theme", "next", "wrap", "view", "seen_at",
    "confirmed", "sure", "opened", "fork_of", "file", "unlock", "reach", "effect",
    "content", "code", "raw", "lexer", "format", "expiry", "expires", "expiry_days",
    "paste_id", "token", "username", "q", "p", "o", "line_ends", "file_name", "method",
    "language", "api_option", "api_paste_code", "api_dev_key", "api_paste_expire_date",
    "api_user_key", "parent_paste_id", "api_paste_private",
]  # fmt: skip
HEADERS = [
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization",
    "Content-Disposition", "Content-Encoding", "Cookie", "Expect", "Forwarded", "Host",
    "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Purpose",
    "Range", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Site", "Sec-Purpose", "TE",
    "Upgrade", "User-Agent", "X-CSRFToken", "X-Forwarded-For", "X-Forwarded-Host",
    "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Owner-Token", "X-Paste-Password",
    "X-Request-ID", "X-Requested-With",
]  # fmt: skip
COOKIES = [
    "maker", "created", "unlock", "unlock_other", "sessionid", "csrftoken", "theme",
    "language", "wrap", "messages", "device",
]  # fmt: skip
TELL = "import json; from bench import fuzzing; print(json.dumps(fuzzing.places()))"
METHODS = ["GET"] * 6 + ["POST"] * 6 + [
    *("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "M\xc9"),
]  # fmt: skip
KINDS = [
    "application/x-www-form-urlencoded", "application/json", "text/plain", "text/html",
    "application/octet-stream", "application/json; charset=utf-16", "text/plain; charset=x",
    "multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary=",
    "application/x-www-form-urlencoded; charset=utf-7", ";" * 99, "a/b;" + ' c="' * 500,
]  # fmt: skip
CSRF = "a1B2c3D4" * 4


class Maker:
    """Puts requests together, the same ones from the same seed."""

    def __init__(self, places: list[str], slugs: list[str], seed: object) -> None:
        self.places = places
        self.slugs = slugs
        self.dice = random.Random(f"{seed}")

    def odd(self) -> bytes:
        dice = self.dice
        if dice.random() < 0.15:
            return dice.randbytes(dice.randrange(40))
        return b"".join(dice.choices(ODD, k=dice.choice((1, 1, 1, 2, 3))))

    def request(self) -> tuple[bytes, bool]:
        """Return a request, and whether its body is as long as its head says."""
        dice = self.dice
        head = {"Host": b"localhost", "Connection": b"close"}
        for name in dice.sample(HEADERS, k=dice.choice((0, 0, 1, 2, 4))):
            head[name] = self.odd()
        if dice.random() < 0.4:
            head["Cookie"] = self.cookies()
        method, body = dice.choice(METHODS), b""
        if method not in ("GET", "HEAD"):
            kind, body = self.body()
            head["Content-Type"] = self.odd() if dice.random() < 0.1 else kind.encode()
            head["Content-Length"] = b"%d" % len(body)
            # The token of a form, without which nothing behind it would be tried.
            head["Cookie"] = b"csrftoken=" + CSRF.encode() + b"; " + self.cookies()
        is_framed = dice.random() > 0.04
        if not is_framed:
            name = dice.choice(("Content-Length", "Transfer-Encoding"))
            head[name] = dice.choice((b"chunked", b"9", self.odd()))
        lines = [
            f"{name}: ".encode() + clean(value, dice) for name, value in head.items()
        ]
        dice.shuffle(lines)
        start = f"{method} ".encode("latin-1") + self.target() + b" HTTP/1.1"
        return b"\r\n".join([start, *lines, b"", body]), is_framed

    def target(self) -> bytes:
        dice = self.dice
        path = dice.choice(self.places)
        path = path.format(*(self.name() for _ in range(path.count("{}"))))
        if dice.random() < 0.15:
            path += quote_from_bytes(self.odd())
        if dice.random() < 0.5:
            path += "?&"["?" in path] + self.form().decode()
        target = path.encode()
        # Bytes that no client may send in an address are the server's to refuse.
        return target + self.odd() if dice.random() < 0.03 else target

    def name(self) -> str:
        odd = self.dice.random() < 0.2
        return quote_from_bytes(self.odd()) if odd else self.dice.choice(self.slugs)

    def cookies(self) -> bytes:
        names = self.dice.choices(COOKIES, k=self.dice.randrange(4))
        return b"; ".join(f"{name}=".encode() + self.odd() for name in names)

    def form(self) -> bytes:
        pairs = [f"{name}={quote_from_bytes(self.value())}" for name in self.names()]
        return "&".join(pairs).encode()

    def names(self) -> list[str]:
        dice = self.dice
        names = dice.choices(FIELDS, k=dice.randrange(1, 8))
        odd = quote_from_bytes(self.odd()) if dice.random() < 0.1 else "text"
        return [*names, odd]

    def value(self) -> bytes:
        dice = self.dice
        return dice.choice(self.slugs).encode() if dice.random() < 0.1 else self.odd()

    def body(self) -> tuple[str, bytes]:
        """Return a body and its kind; each door's own are the most frequent."""
        dice = self.dice
        chosen = dice.random()
        if chosen < 0.4:
            return KINDS[0], self.form() + f"&csrfmiddlewaretoken={CSRF}".encode()
        if chosen < 0.6:
            return "application/json", self.json()
        if chosen < 0.75:
            return "multipart/form-data; boundary=b", self.multipart()
        return dice.choice(KINDS), self.odd() * dice.choice((1, 1, 50))

    def json(self) -> bytes:
        dice = self.dice
        plain = [None, True, False, -1, 10**40, 0.5, float("inf"), [], {}, "", "\ud800"]
        values = {
            name: dice.choice([*plain, [self.value().decode("latin-1")]])
            if dice.random() < 0.5
            else self.value().decode("utf-8", "replace")
            for name in self.names()
        }
        chosen = dice.choice([values, values, values, [values], "x", 1])
        whole = json.dumps(chosen).encode()
        return whole[: dice.randrange(len(whole) + 1)] if dice.random() < 0.1 else whole

    def multipart(self) -> bytes:
        dice = self.dice
        parts = [part(b"csrfmiddlewaretoken", CSRF.encode())]
        for name in self.names():
            more = b""
            if dice.random() < 0.3:
                more = b'; filename="' + self.odd() + b'"'
            if dice.random() < 0.1:
                more += b"\r\nContent-Transfer-Encoding: base64"
            parts.append(part(name.encode(), self.value(), more))
        return b"".join(parts) + (b"--b--\r\n" if dice.random() < 0.9 else b"")


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="' + name + b'"' + more
    return head + b"\r\n\r\n" + value + b"\r\n"


def clean(value: bytes, dice: random.Random) -> bytes:
    """Keep a header one line, mostly: what is behind a broken head is never tried."""
    if dice.random() < 0.01:
        return value
    return value.translate(
        None, b"\r\n\0" + bytes(range(1, 9)) + b"\x0b\x0c\x0e\x1b\x7f"
    )


def say(port: int, request: bytes, is_framed: bool) -> int | str:
    """Send bytes as they are; return the answer's status, or what came instead."""
    method = request[:20].partition(b" ")[0].decode("latin-1")
    try:
        with socket.create_connection(
            ("127.0.0.1", port), loads.TIMEOUT_SECONDS
        ) as wire:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.sendall(request)
                if not is_framed:
                    # So that a body that is shorter than it says ends.
                    wire.shutdown(socket.SHUT_WR)
            answer = http.client.HTTPResponse(wire, method=method)
            answer.begin()
            answer.read()
            return answer.status
    except TimeoutError:
        return "none in time"
    except (http.client.HTTPException, OSError, ValueError):
        return "closed"


def places() -> list[str]:
    """Return an address for each route, with {} for each of its parts; needs Django."""
    from django.urls import get_resolver

    # The admin's own patterns are expressions, one of which takes all the rest.
    plain = [
        each for each in walk(get_resolver(), "/") if not re.search(r"[\^$(\\]", each)
    ]
    return PLACES + [re.sub("<[^>]+>", "{}", route) for route in plain]


def walk(resolver: Any, start: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        route = start + str(each.pattern)
        yield from walk(each, route) if hasattr(each, "url_patterns") else [route]


def make_pastes(port: int) -> list[str]:
    """Make pastes of each kind; return their slugs."""
    wanted = ("", "?syntax=markdown", "?syntax=csv", "?burn=1", "?syntax=python")
    with Visitor(port) as visitor:
        made = [visitor.create(b"a,b\n1,2\n# *x*\n", query) for query in wanted * 4]
        locked = visitor.ask("POST", "/", b"locked", X_Paste_Password="p")
        made.append(locked.body.decode().strip())
    return [path.rpartition("/")[2] for path in made] + ["1" * 12]


@dataclass
class Outcome:
    """What came of requests: how many had each status, and which were faults."""

    statuses: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = Counter()
        for status, count in self.statuses.items():
            kinds[f"{status // 100}xx" if isinstance(status, int) else status] += count
        told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
        return f"{sum(kinds.values()):,} requests: {told}; faults: {len(self.faults)}"


def ask_oddly(
    port: int, places: list[str], *, requests: int, seed: object = SEED
) -> Outcome:
    """Send so many odd requests to the site at a port."""
    outcome = Outcome()

    def work(number: int) -> None:
        maker = Maker(places, make_pastes(port), f"{seed} {number}")
        for turn in range(requests // CLIENTS):
            if turn % 500 == 499:
                # They are burned, edited and deleted as it goes.
                maker.slugs = make_pastes(port)
            request, is_framed = maker.request()
            status = say(port, request, is_framed)
            outcome.statuses[status] += 1
            if status == "none in time" or (isinstance(status, int) and status >= 500):
                outcome.faults.append(f"{status} {request[:4000]!r}")

    run_beside([threading.Thread(target=work, args=[n]) for n in range(CLIENTS)])
    return outcome


def errors_in(log: Path) -> list[str]:
    signs = r".*(?:Internal Server Error|Traceback|panicked).*"
    return re.findall(signs, log.read_text(errors="replace"))


def run_beside(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Texts

ENDS = ("\n", "\r\n", "\r", "", " \n", "\t\n", "\n\n\n", "\u2028", "\x0b", "\x85", "\0")
RANGES = (
    *((0x20, 0x7F), (0x20, 0x7F), (0, 0x20), (0x80, 0x800), (0x800, 0xD800)),
    *((0xE000, 0x10000), (0x10000, 0x20000), (0x20000, 0xE0000), (0xE0000, 0x110000)),
)


def odd_text(dice: random.Random) -> str:
    """Return a text of some plane's characters, or of all, that is not only white."""
    start = dice.choice(("", "", "\ufeff", " ", "\n", "\r\n"))
    lines = []
    for _ in range(dice.choice((1, 2, 10, 100))):
        first, last = dice.choice(RANGES)
        length = dice.choice((0, 1, 5, 80, 1000))
        letters = dice.choices(range(first, last), k=min(length, 80))
        line = "".join(map(chr, letters)) * max(1, length // 80)
        lines.append(line + dice.choice(ENDS))
    text = start + "".join(lines) + "x" + dice.choice(ENDS)
    # Now and then a line of a megabyte.
    return text * (1_000_000 // len(text)) if dice.random() < 0.005 else text


def send_and_compare(port: int, *, texts: int, seed: object = SEED) -> list[str]:
    """Store texts by the API and by the terminal's door; return what came back altered."""
    faults: list[str] = []

    def work(number: int) -> None:
        dice = random.Random(f"{seed} {number}")
        with Visitor(port) as visitor:
            for turn in range(texts // CLIENTS):
                text = odd_text(dice)
                path = store(visitor, text, by_api=turn % 2 == 0)
                raw = visitor.ask("GET", f"{path}/raw").body
                told = json.loads(visitor.ask("GET", f"/api/v1/pastes{path}").body)
                if raw != text.encode() or told.get("text") != text:
                    faults.append(f"altered: {text[:200]!r}")

    run_beside([threading.Thread(target=work, args=[n]) for n in range(CLIENTS)])
    return faults


def store(visitor: Visitor, text: str, *, by_api: bool) -> str:
    if not by_api:
        return visitor.create(text.encode())
    body = json.dumps({"text": text}).encode()
    answer = visitor.ask(
        "POST", "/api/v1/pastes", body, Content_Type="application/json"
    )
    if answer.status != 201:
        raise loads.Refused(answer)
    return "/" + json.loads(answer.body)["id"]


def main() -> None:
    words = loads.options(__doc__, requests=(100_000, 2000), texts=(10_000, 200))
    faults = []
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            url = cluster.create_database("site") if cluster else ""
            site = Site(Path(name) / "data", database=url, **OPEN)
            with loads.running(site):
                told = json.loads(
                    site.manage("shell", "--no-imports", "-v0", "-c", TELL)
                )
                outcome = ask_oddly(site.port, told, requests=words.requests)
                print(f"{engine}: {outcome}", flush=True)
                altered = send_and_compare(site.port, texts=words.texts)
                print(f"{engine}: {words.texts:,} texts, altered: {len(altered)}")
            faults += outcome.faults + altered + errors_in(site.log)
    loads.finish(faults)


if __name__ == "__main__":
    main()
