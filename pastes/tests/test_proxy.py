"""The real site behind a real nginx, set up as deploy/nginx has it."""

import contextlib
import email.parser
import itertools
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.loads import wait_until
from pastes.edge import PERMISSIONS
from pastes.tests import proxies
from pastes.tests.conftest import UNVERIFIED, Site, running_site
from pastes.tests.test_served import curl

MAX_BYTES = 10 * 1024 * 1024
SLUG = "Ab3456789cde"
# Each test is a client of its own: all of 127.0.0.0/8 is this machine.
addresses = (f"127.0.7.{number}" for number in itertools.count(1))


@dataclass
class Proxied:
    site: Site
    folder: Path
    http: int
    https: int

    @property
    def url(self) -> str:
        return self.site.url


@contextlib.contextmanager
def running_both(folder, **settings):
    """Run a site in the folder, and nginx in front of it."""
    http, https, port = proxies.free_ports(3)
    proxies.make_certificate(folder)
    servers = proxies.whole_host(folder, f"127.0.0.1:{port}", http=http, https=https)
    url = f"https://localhost:{https}"
    settings |= {"SITE_URL": url, "TRUSTED_PROXIES": "1"}
    with (
        proxies.running_nginx(folder, servers, https),
        running_site(folder / "data", url=url, PORT=str(port), **settings) as site,
    ):
        yield Proxied(site, folder, http, https)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    with running_both(tmp_path_factory.mktemp("nginx"), LIMIT_CREATE="5/h") as both:
        yield both


@pytest.fixture
def ask(proxied):
    """Ask with curl from an address that no other test has; return status, head, body."""
    address = next(addresses)

    def asked(path, *words, source=address):
        url = path if path.startswith("http") else f"{proxied.url}{path}"
        whole = curl("-k", "-4", "-i", "--interface", source, *words, url)
        head, _, body = whole.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, body = body.partition(b"\r\n\r\n")
        status, _, fields = head.decode().partition("\r\n")
        return int(status.split()[1]), email.parser.Parser().parsestr(fields), body

    return asked


def test_plain_http_leads_to_https_at_the_sites_own_name(proxied, ask):
    claims = ("-H", "X-Forwarded-Proto: https", "-H", "Host: evil.example")
    status, head, _ = ask(f"http://localhost:{proxied.http}/about?x=1", *claims)
    assert (status, head["Location"]) == (301, f"{proxied.url}/about?x=1")
    _, head, _ = ask("/about")
    assert head["Strict-Transport-Security"] == "max-age=63072000"
    assert "upgrade-insecure-requests" in head["Content-Security-Policy"]


def test_ten_megabytes_come_back_by_a_link_of_https(proxied, ask, tmp_path):
    file = tmp_path / "large.txt"
    file.write_bytes(os.urandom(MAX_BYTES // 2).hex().encode())
    status, head, body = ask("/", "-T", str(file))
    assert status == 201
    link = body.decode().strip()
    assert link == head["Location"]
    assert link.startswith(f"{proxied.url}/")
    assert ask(f"{link}/raw")[2] == file.read_bytes()


def test_form_over_the_limit_gets_the_sites_own_words(ask, tmp_path):
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * (MAX_BYTES + 1))
    status, _, body = ask("/", "-F", f"file=@{large}")
    assert (status, b"takes up to 10 MiB" in body) == (413, True)
    # What no form may grow to, nginx refuses before it takes it in.
    with large.open("ab") as file:
        file.truncate(32 * 1024 * 1024)
    for path in ("/new", f"/{SLUG}/raw"):
        status, head, body = ask(path, "--data-binary", f"@{large}")
        assert (status, body[:17]) == (413, b"This is too large")
        assert head["X-Content-Type-Options"] == "nosniff"


def test_limits_are_the_clients_whatever_it_claims(ask):
    claims = ("X-Forwarded-For", "X_Forwarded_For", "X-Real-IP", "Forwarded")
    for number in range(8):
        words = [f"{claim}: 198.51.100.{number}" for claim in claims]
        headers = [word for each in words for word in ("-H", each)]
        status = ask("/", "--data-binary", "x", *headers)[0]
        assert status == (201 if number < 5 else 429), number
    assert ask("/", "--data-binary", "x", source=next(addresses))[0] == 201


def test_removed_paste_is_gone_at_the_next_request(proxied, ask):
    link = ask("/", "--data-binary", "canary")[2].decode().strip()
    for _ in range(5):
        assert ask(f"{link}/raw")[2] == b"canary"
        assert b"canary" in ask(link)[2]
    slug = link.rpartition("/")[2]
    hide = f"hide_paste({slug!r}, reason='spam', by=None)"
    proxied.site.run("shell", "-c", f"from pastes.services import hide_paste; {hide}")
    for _ in range(5):
        assert ask(f"{link}/raw")[0] == 410
        assert b"canary" not in ask(link)[2]


def test_cookies_are_of_this_host_and_of_https_alone(ask):
    _, head, _ = ask("/")
    (cookie,) = head.get_all("Set-Cookie")
    assert cookie.strip().startswith("__Host-csrftoken=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {w.strip() for w in cookie.split(";")}


def test_host_that_is_not_the_sites_own_is_refused(ask):
    for claim in ("Host: evil.example", "Host: localhost:1@evil.example"):
        status, _, body = ask("/about", "-H", claim)
        assert status == 400
        assert b"evil" not in body
    claims = (
        "-H",
        "X-Forwarded-Host: evil.example",
        "-H",
        "Forwarded: host=evil.example",
    )
    status, _, body = ask("/about", *claims)
    assert (status, b"evil" in body) == (200, False)


def test_headers_past_the_bound_are_refused_by_the_proxy(ask):
    assert ask("/about", "-H", f"X-Large: {'x' * 7000}")[0] == 200
    assert ask("/about", "--http1.1", "-H", f"X-Large: {'x' * 70_000}")[0] == 400


def test_slow_uploads_hold_no_thread_of_the_site(proxied, ask):
    """More of them than the two workers have threads, and the queue before these."""
    begun = f"PUT /x HTTP/1.1\r\nHost: localhost:{proxied.https}\r\nContent-Length: 9\r\n\r\nx"
    with contextlib.ExitStack() as stack:
        for _ in range(350):
            plain = socket.create_connection(("127.0.0.1", proxied.https), timeout=30)
            slow = UNVERIFIED.wrap_socket(plain, server_hostname="localhost")
            stack.enter_context(slow).sendall(begun.encode())
        assert ask("/about")[0] == 200
        assert ask("/", "--data-binary", "x")[0] == 201


def test_link_is_in_no_log_of_the_proxy(proxied, ask):
    link = ask("/", "--data-binary", "x")[2].decode().strip()
    assert ask(link)[0] == 200
    for name in ("access.log", "error.log"):
        log = proxied.folder / name
        assert not log.exists() or link.rpartition("/")[2] not in log.read_text()


def test_ipv6_reaches_it_too(proxied):
    url = f"https://[::1]:{proxied.https}/about"
    host = f"Host: localhost:{proxied.https}"
    assert b"<h1>" in curl("-k", "-H", host, url)


SAME = [
    "Content-Security-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Cross-Origin-Embedder-Policy",
    "Cache-Control",
    "X-Robots-Tag",
    "Strict-Transport-Security",
]


@pytest.fixture
def away(tmp_path):
    """nginx in front of nothing; its URL."""
    http, https, dead = proxies.free_ports(3)
    proxies.make_certificate(tmp_path)
    servers = proxies.whole_host(tmp_path, f"127.0.0.1:{dead}", http=http, https=https)
    with proxies.running_nginx(tmp_path, servers, https):
        yield f"https://localhost:{https}"


@pytest.mark.parametrize("path", ["/x", f"/{SLUG}/raw"])
def test_site_that_is_away_is_503_with_the_sites_own_headers(ask, away, path):
    status, own, _ = ask("/api/v1/nothing")
    assert status == 404
    assert own["Permissions-Policy"] == PERMISSIONS
    status, head, body = ask(f"{away}{path}")
    assert (status, head["Retry-After"]) == (503, "5")
    assert body == b"The site is away for a moment. Please try again.\n"
    assert {name: head[name] for name in SAME} == {name: own[name] for name in SAME}


LARGE_BODY = ("-H", "Content-Length: 99000000")
LARGE_HEAD = ("-H", f"X-Long: {'x' * 40_000}")


@pytest.mark.parametrize(
    ("words", "status"), [((), 503), (LARGE_BODY, 413), (LARGE_HEAD, 400)]
)
@pytest.mark.parametrize("path", [f"/{SLUG}", f"/{SLUG}/raw"])
def test_link_that_nginx_alone_answers_is_in_no_log(
    ask, away, tmp_path, path, words, status
):
    assert ask(f"{away}{path}", "--http1.1", *words)[0] == status
    assert names_no_link(tmp_path)


def test_fault_of_nginx_own_disk_leaves_no_link(ask, away, tmp_path):
    (tmp_path / "client_body").rmdir()
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * 1024 * 1024)
    assert ask(f"{away}/{SLUG}", "--data-binary", f"@{large}")[0] == 500
    assert names_no_link(tmp_path)


BAD_HOST = ("-H", "Host: a/b")


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host of something else, and a site that is away below a path of it; its URL."""
    folder = tmp_path_factory.mktemp("host")
    https, dead = proxies.free_ports(2)
    proxies.make_certificate(folder)
    servers = proxies.below_a_path(folder, f"127.0.0.1:{dead}", https=https)
    with proxies.running_nginx(folder, servers, https):
        yield folder, f"https://localhost:{https}"


@pytest.fixture
def log(host):
    """The host's access log, with what only this test is logged for."""
    file = host[0] / "access.log"
    file.write_text("")
    yield file
    assert names_no_link(host[0])


def wait_for_line(log, words):
    wait_until(lambda: words in log.read_text(), f"{words} in the log")


@pytest.mark.parametrize(("words", "status"), [((), 503), (LARGE_BODY, 413)])
def test_link_below_a_path_is_in_no_log_either(ask, host, log, words, status):
    url = host[1]
    assert ask(f"{url}/paste/{SLUG}", "--http1.1", *words)[0] == status
    # All else of the host is logged as ever.
    assert ask(f"{url}/other", "-A", "x", "-e", "https://a.example/b?c=%2Fd")[0] == 200
    line = r' - - \[.*\] "GET /other HTTP/2.0" 200 15 "https://a.example/b\?c=%2Fd" "x"'
    wait_until(lambda: re.search(line, log.read_text()), "a line like nginx's own")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (LARGE_HEAD, 400),
        (BAD_HOST, 400),
        (("-X", "POST", "-H", "Content-Length: x"), 400),
        (("-X", "TRACE"), 405),
        (("-G", "-d", "x" * 20_000), 414),
    ],
)
def test_request_that_ends_before_a_location_leaves_no_link(
    ask, host, log, words, status
):
    assert ask(f"{host[1]}/paste/{SLUG}", "--http1.1", *words)[0] == status
    wait_for_line(log, f' /paste/..." {status} ')


def test_client_that_goes_away_in_its_head_leaves_no_link(host, log):
    port = int(host[1].rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        UNVERIFIED.wrap_socket(plain, server_hostname="localhost") as client,
    ):
        client.sendall(f"GET /paste/{SLUG} HTTP/1.1\r\nHost: local".encode())
    wait_for_line(log, '"GET /paste/..." 400 ')


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        (f"//paste//{SLUG}", "//paste/..."),
        (f"/x/../paste/{SLUG}", "/x/../paste/..."),
        (f"/paste%2F{SLUG}", "/paste%2F..."),
        (f"/login?next=/paste/{SLUG}", "/login?next=/paste/..."),
        (f"/login?next=%2fpaste%2f{SLUG}", "/login?next=%2fpaste%2f..."),
        (f"/%70aste/{SLUG}", "/%70..."),
        (f"/past%65/{SLUG}", "/past%65..."),
        ("/copypaste/x", "/copypaste/x"),
        ("/paste-it?x", "/paste-it?x"),
        ("/caf%C3%A9?to=https%3A%2F%2Fa%20b%5Bc%5D", None),
    ],
)
def test_host_logs_a_path_as_far_as_it_is_its_own(ask, host, log, path, logged):
    logged = logged or path
    words = ("--http1.1", "--path-as-is")
    assert ask(f"{host[1]}{path}", *words, *BAD_HOST)[0] == 400
    end = "" if logged.endswith("...") else " HTTP/1.1"
    wait_for_line(log, f'"GET {logged}{end}" 400 ')
    # A page of the host that was reached from a paste.
    assert ask(f"{host[1]}/other", *words, "-e", f"{host[1]}{path}")[0] == 200
    wait_for_line(log, f'"GET /other HTTP/1.1" 200 15 "{host[1]}{logged}" "')


def names_no_link(folder):
    return not any(SLUG in log.read_text() for log in folder.glob("*.log"))
