"""Attacks over the web that no other file holds: forms, redirects, spellings, thieves."""

import gzip
import re
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings as live_settings
from django.test import Client as Browser
from django.utils import timezone

from pastes import services
from pastes.models import Paste, Report
from pastes.tests.conftest import MAKER_KEY, ROOT
from pastes.tests.test_matrix import SHOWS_PUBLIC_TEXT, path_of

pytestmark = pytest.mark.django_db

AGENTS = """
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
Slack-ImgProxy (+https://api.slack.com/robots)
TelegramBot (like TwitterBot)
Twitterbot/1.0
facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
Facebot
WhatsApp/2.23.20.0
WhatsApp/2.2413.51 W
Discordbot/2.0; +https://discordapp.com
Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)
SkypeUriPreview Preview/0.5
Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5
Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)
Mozilla/4.0 (compatible; ms-office; MSOffice 16)
Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 Safari/601.2.4 facebookexternalhit/1.1 Twitterbot/1.0
Googlebot/2.1 (+http://www.google.com/bot.html)
Mozilla/5.0 (compatible; Google-Safety; +http://www.google.com/bot.html)
Google-InspectionTool/1.0
Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)
BingPreview/1.0b
Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)
DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)
Applebot/0.1
Mastodon/4.2.0 (http.rb/5.1.1; +https://mastodon.example/)
Synapse (bot; +https://github.com/matrix-org/synapse)
Iframely/1.3.1 (+https://iframely.com/docs/about)
Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)
redditbot/1.0
Pinterest/0.2 (+https://www.pinterest.com/bot.html)
Viber/13.3
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36
curl/8.5.0
Wget/1.21.3
""".strip().splitlines()
BEFOREHAND = [
    {"Range": "bytes=0-"},
    {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Site": "none"},
    {"Purpose": "prefetch", "X-Moz": "prefetch"},
    {"Accept": "application/json"},
]


@pytest.mark.threat("B2")
def test_no_robot_and_no_browser_beforehand_burns(make_paste, client):
    assert len(AGENTS) >= 30
    slug = make_paste("canary", burn=True).paste.slug
    for number, agent in enumerate(AGENTS):
        headers = {"User-Agent": agent} | BEFOREHAND[number % len(BEFOREHAND)]
        for path in (f"/{slug}", f"/{slug}.py", f"/{slug}/raw", f"/documents/{slug}"):
            for method in ("get", "head", "options"):
                answer = getattr(client, method)(path, headers=headers)
                assert b"canary" not in answer.content
                assert answer.status_code in (200, 204, 400, 405, 409), (path, method)
    assert services.open_paste(slug, consent=True, client=None).text == "canary"


SPELLINGS = [
    "/{}", "/{}/", "/{}?x=1", "/{}.txt", "/{}.py", "/{}/raw", "/{}/raw/", "/{}/raw?x",
    "/./{}", "/x/../{}", "/{}%20", "/{}%00", "/{}%2f", "/{}%2Fraw", "/%2f{}", "/{};a=b", "/{}/.",
    "/{}/download", "/raw/{}", "/raw/{}.md", "/dl/{}", "/documents/{}", "/documents/{}.js", "/show/{}/",
    "/{}/fork", "/{}/edit", "/{}/qr.svg", "/{}/data", "/{}/diff/{}", "/api/v1/pastes/{}",
    "/api/v1/paste/{}", "/share/{}", "/{}#x", "/{}\\", "/{}.", "/{}/RAW",
]  # fmt: skip


@pytest.mark.threat("B6")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_expired_paste_is_at_no_spelling_of_its_address(make_paste, client, spelling):
    slug = make_paste("canary text", title="canary title").paste.slug
    Paste.objects.filter(slug=slug).update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(milliseconds=1),
    )
    for method in ("get", "head", "post", "put", "delete"):
        path = spelling.format(slug, slug)
        answer = getattr(client, method)(path, follow=method == "get")
        if method == "put" and answer.status_code == 201:
            continue
        body = b"".join(answer) if answer.streaming else answer.content
        assert b"canary" not in body
        assert answer.status_code in (301, 302, 400, 401, 403, 404, 405, 415, 422)


@pytest.mark.threat("W1")
@pytest.mark.parametrize("route", SHOWS_PUBLIC_TEXT)
def test_form_of_another_site_changes_nothing_at_any_route(make_paste, route):
    """With all of its reader's cookies, at each route, by each unsafe method."""
    made = make_paste("canary", maker_key=MAKER_KEY)
    victim = Browser(enforce_csrf_checks=True)
    victim.cookies["maker"] = MAKER_KEY
    path = path_of(route, made.paste.slug)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    form = {"text": "evil", "password": "evil", "reason": "spam", "theme": "dark"}
    before = Paste.objects.filter(pk=made.paste.pk).values().get()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        if method == "POST":
            answer = victim.post(path, form, headers=foreign)
        else:
            answer = victim.generic(method, path, "text=evil", headers=foreign)
        assert answer.status_code < 500
        assert not {"maker", "unlock", "theme"} & set(answer.cookies), (route, method)
    after = Paste.objects.filter(pk=made.paste.pk).values().get()
    before.pop("views"), after.pop("views")
    assert after == before
    assert not Report.objects.exists()


def elsewhere():
    """Yield addresses that some browser takes for another site's."""
    hosts = (
        "evil.example",
        "evil.example:80",
        "testserver@evil.example",
        "evil.example%2f",
    )
    starts = ("//", "///", "/\\", "\\/", "\\\\", "/\t/", "/%09//", "http:", "https:", "http:/",
              "https:///", "ftp://", "//testserver.", "http://", "\x01//", " //")  # fmt: skip
    for host in hosts:
        for start in starts:
            yield f"{start}{host}"
            yield f"{start}{host}/x?y=/"
            yield f"{start}{host}#@testserver/"
    yield from (
        "javascript:alert(1)",
        "data:text/html,x",
        "/\\evil.example",
        "/..//evil.example",
    )
    yield from ("http://testserver//evil.example", "http://testserver/\\evil.example")
    yield from ("http://testserver/\t/evil.example", "http://testserver@evil.example/")


@pytest.mark.threat("W2")
def test_no_redirect_leads_elsewhere(client):
    targets = [target for target in elsewhere() if "\x01" not in target]
    assert len(targets) >= 180
    for target in targets:
        referer = target.replace("\t", "%09")
        answer = client.post(
            "/settings", {"theme": "dark"}, headers={"Referer": referer}
        )
        check_stays(answer["Location"], target)


def check_stays(location, target):
    assert location.startswith("/"), target
    assert not location.startswith(("//", "/\\")), target
    assert not set(location) & {"\\", "\t", "\r", "\n"}, target


@pytest.mark.threat("W3")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "testserver@evil.example"},
        {"Host": "testserver:80@evil.example"},
        {"Host": "evil.example#testserver"},
        {"Host": "testserver.evil.example"},
        {"Host": "testserver evil.example"},
        {"Host": "testserver,evil.example"},
        {"Host": ""},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Host": "evil.example", "X-Original-URL": "/evil.example"},
        {"Forwarded": "for=x;host=evil.example"},
        {"X-Forwarded-Server": "evil.example", "X-Forwarded-Port": "666"},
    ],
)
def test_link_never_names_a_host_that_a_client_made_up(client, settings, headers):
    for site_url in ("", "https://paste.example.org"):
        settings.SITE_URL = site_url
        for path, body, kind in (
            ("/", b"x", "text/plain"),
            ("/documents", b"x", "text/plain"),
            ("/api/v1/pastes", b'{"text": "x"}', "application/json"),
        ):
            answer = client.post(path, body, content_type=kind, headers=headers)
            said = f"{answer.content}{answer.headers}"
            assert "evil.example" not in said
            assert ":666" not in said
            assert answer.status_code in (200, 201, 400)


@pytest.mark.threat("D4")
def test_compressed_body_is_not_unpacked_and_not_stored(client):
    bomb = gzip.compress(b"\0" * 1_000_000)
    for path, kind in (
        ("/", "text/plain"),
        ("/api/v1/pastes", "application/json"),
        ("/documents", "text/plain"),
        ("/new", "application/x-www-form-urlencoded"),
    ):
        headers = {"Content-Encoding": "gzip"}
        answer = client.post(path, bomb, content_type=kind, headers=headers)
        assert 400 <= answer.status_code < 500
    assert not Paste.objects.exists()


def dump():
    """Return all that the database holds, as text."""
    return "\n".join(
        repr(row) for model in apps.get_models(include_auto_created=True)
        for row in model._default_manager.values_list()
    )  # fmt: skip


@pytest.mark.threat("T1")
def test_thief_of_the_database_finds_nothing_that_opens(client, moderator, settings):
    settings.LIMIT_CREATE = "60/h"
    person = services.Client("198.51.100.77")
    secrets = ["canary-password", MAKER_KEY, live_settings.SECRET_KEY, "moderate!"]
    made = services.create_paste(
        text="x", password="canary-password", maker_key=MAKER_KEY, client=person
    )
    grant = services.unlock_paste(
        made.paste.slug, password="canary-password", client=None
    )
    secrets += [made.owner_token, grant]
    services.report_paste(made.paste.slug, reason="spam", details="", client=person)
    found = dump()
    assert made.paste.slug in found
    assert "198.51.100.77" in found
    for secret in secrets:
        assert secret not in found
    later = timezone.now() + timedelta(days=15)
    services.prune_pastes(now=later)
    assert "198.51.100.77" not in dump()


@pytest.mark.threat("T4")
def test_new_key_takes_over_softly_and_an_old_one_dies(moderator, make_paste, settings):
    staff, _ = moderator
    made = make_paste("canary", password="secret")
    slug = made.paste.slug
    grant = services.unlock_paste(slug, password="secret", client=None)
    old, new = settings.SECRET_KEY, "n" + settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [old]
    assert staff.get("/admin/").status_code == 200
    assert services.open_paste(slug, grant=grant, client=None).text == "canary"
    # What is signed from now on is signed with the new key alone.
    fresh = services.unlock_paste(slug, password="secret", client=None)
    stolen = Browser()
    stolen.cookies.update(moderator[0].cookies)
    settings.SECRET_KEY_FALLBACKS = []
    assert services.open_paste(slug, grant=fresh, client=None).text == "canary"
    with pytest.raises(services.PasswordRequired):
        services.open_paste(slug, grant=grant, client=None)
    services.delete_paste(slug, owner_token=made.owner_token)


@pytest.mark.threat("T4")
def test_old_key_signs_nobody_in(moderator, settings):
    staff, _ = moderator
    settings.SECRET_KEY = "n" + settings.SECRET_KEY
    assert staff.get("/admin/").status_code == 302


@pytest.mark.threat("T4")
def test_nothing_is_unpickled():
    for file in (ROOT / "pastes").rglob("*.py"):
        if "tests" not in file.parts:
            assert not re.search(r"\bpickle\b", file.read_text()), file
    assert live_settings.SESSION_SERIALIZER.endswith("JSONSerializer")


# Requests that are none, at the real server

HEAD = b"Host: localhost\r\n"
SECOND = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
MALFORMED = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"Host: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"Bad Name: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"Name : x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b" folded\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"X: a\0b\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"NoColon\r\n\r\n",
    b"GET / HTTP/9.9\r\n" + HEAD + b"\r\n",
    b"GET  / HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /\r\n\r\n",
    b"G\x00T / HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 40 + b"\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HEAD + b"".join(b"X%d: y\r\n" % n for n in range(2000)) + b"\r\n",
    *(
        b"POST / HTTP/1.1\r\n" + HEAD + line + b"\r\n\r\n" + b"5\r\nhello\r\n0\r\n\r\n"
        for line in (
            b"Content-Length: -1",
            b"Content-Length: +5",
            b"Content-Length: 0x5",
            b"Content-Length: 5, 6",
            b"Content-Length: 5\r\nContent-Length: 6",
            b"Content-Length: 99999999999999999999999",
            b"Content-Length: five",
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding: chunked, identity",
            b"Transfer-Encoding: \x0bchunked",
            b"Transfer-Encoding: gzip",
        )
    ),
    *(
        b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body
        for body in (
            b"-1\r\nx\r\n0\r\n\r\n",
            b"0x5\r\nhello\r\n0\r\n\r\n",
            b"5 5\r\nhello\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\nx",
            b"g\r\nx\r\n0\r\n\r\n",
        )
    ),
]  # fmt: skip


def say(site, request, seconds=3):
    """Send bytes as they are; return all that comes back until the server closes."""
    address = urlsplit(site.url)
    answer = b""
    with socket.create_connection((address.hostname, address.port), seconds) as wire:
        try:
            wire.sendall(request)
            wire.shutdown(socket.SHUT_WR)
            while data := wire.recv(65536):
                answer += data
        except OSError:
            pass
    return answer


@pytest.mark.threat("W5")
@pytest.mark.parametrize(
    "request_bytes", MALFORMED, ids=lambda each: repr(each[:60])[2:]
)
def test_malformed_request_hides_no_second_one(site, request_bytes):
    answer = say(site, request_bytes + SECOND)
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert len(statuses) <= 1
    assert all(status.startswith(b"4") for status in statuses), answer[:300]


@pytest.mark.threat("W5")
def test_length_beside_chunks_ends_the_connection(site):
    """Two lengths are how a request hides in another's body."""
    body = b"0\r\n\r\n"
    head = (
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n" % (len(body + SECOND))
    )
    answer = say(site, head + b"Transfer-Encoding: chunked\r\n\r\n" + body + SECOND)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b"\r\n\r\nok\n" not in answer
