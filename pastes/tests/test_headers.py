"""The headers of every answer, errors included."""

import re
from contextlib import closing, nullcontext
from dataclasses import dataclass

import pytest
from django.conf import settings as live_settings
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.client import ClientHandler

from pastes import edge, services
from pastes.api import problems
from pastes.tests.settings import CLUSTER

pytestmark = pytest.mark.django_db

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
TYPED = "; require-trusted-types-for 'script'; trusted-types 'none'"
# What loads nothing and runs nothing.
DATA = "default-src 'none'; frame-ancestors 'none'"
RAW = "default-src 'none'; sandbox; frame-ancestors 'none'"
KEPT, UNKEPT = "private, no-cache", "private, no-store"
DJANGOS_OWN = "max-age=0, no-cache, no-store, must-revalidate, private"
HIDDEN = "noindex, nofollow, noarchive"
HSTS = "max-age=63072000"

# Kind of answer -> (its policy, whether a browser may keep it, what robots may do).
KINDS = {
    "front": (PAGE + TYPED, KEPT, None),
    "open page": (PAGE + TYPED, UNKEPT, None),
    "page": (PAGE + TYPED, UNKEPT, HIDDEN),
    "kept": (PAGE + TYPED, KEPT, HIDDEN),
    "admin": (PAGE, UNKEPT, HIDDEN),
    "admin page": (PAGE, DJANGOS_OWN, HIDDEN),
    "swagger": (PAGE, UNKEPT, HIDDEN),
    "raw": (RAW, UNKEPT, HIDDEN),
    "public raw": (RAW, KEPT, HIDDEN),
    "data": (DATA, UNKEPT, HIDDEN),
    "public data": (DATA, KEPT, HIDDEN),
    "robots": (DATA, UNKEPT, None),
    "static": (DATA, "max-age=60, public", None),
    "hashed": (DATA, "max-age=315360000, public, immutable", None),
    "refused": (DATA, UNKEPT, None),
}
ORIGIN = {"Origin": "https://tool.example"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "POST"}
TEXT, JSON = "text/plain", "application/json"
CUT = "multipart/form-data; boundary=x"

# (kind, status, request, how it is sent, settings); {names} are the pastes of world().
ROUTES = [
    ("front", 200, "GET /", {}, ""),
    ("front", 200, "HEAD /", {}, ""),
    ("open page", 200, "GET /about", {}, ""),
    ("open page", 200, "GET /clients", {}, ""),
    ("robots", 200, "GET /robots.txt", {}, ""),
    ("open page", 200, "OPTIONS /", {}, ""),
    ("page", 200, "GET /mine", {}, ""),
    ("kept", 200, "GET /{public}", {}, ""),
    ("kept", 200, "HEAD /{public}", {}, ""),
    ("kept", 304, "GET /{public}", {"headers": {"If-None-Match": "*"}}, ""),
    ("page", 200, "GET /{public}/edit", {}, ""),
    ("page", 200, "GET /{public}/delete", {}, ""),
    ("page", 200, "GET /{public}/report", {}, ""),
    ("kept", 200, "GET /{public}/diff/{other}", {}, ""),
    ("public raw", 200, "GET /{public}/qr.svg", {}, ""),
    ("public raw", 200, "GET /{public}/raw", {}, ""),
    ("raw", 200, "GET /{locked}/raw", {"headers": {"X-Paste-Password": "x"}}, ""),
    ("public raw", 200, "GET /raw/{public}", {}, ""),
    ("public raw", 304, "GET /{public}/raw", {"headers": {"If-None-Match": "*"}}, ""),
    ("public raw", 200, "GET /{public}/download", {}, ""),
    ("page", 301, "GET /{public}/", {}, ""),
    ("page", 302, "GET /docs", {}, ""),
    ("page", 302, "GET /admin", {}, ""),
    ("page", 401, "GET /{locked}", {}, ""),
    ("data", 401, "GET /{locked}/raw", {}, ""),
    ("page", 409, "GET /{burn}", {}, ""),
    ("page", 410, "GET /{hidden}", {}, ""),
    ("page", 404, "GET /{absent}", {}, ""),
    ("page", 404, "GET /a/b/c", {}, ""),
    ("page", 405, "GET /guess", {}, ""),
    ("data", 405, "DELETE /{public}/raw", {}, ""),
    ("kept", 403, "POST /new", {"data": {"text": "x"}}, ""),
    ("page", 403, "POST /{public}/delete", {"data": {}}, ""),
    ("data", 400, "POST /", {"data": b"--x", "content_type": CUT}, ""),
    ("page", 400, "GET /", {"headers": {"Host": "evil.example"}}, ""),
    ("data", 201, "POST /", {"data": b"x", "content_type": TEXT}, ""),
    ("data", 422, "POST /", {"data": b"", "content_type": TEXT}, ""),
    ("data", 413, "PUT /x", {"data": b"x" * 11, "content_type": TEXT}, "small"),
    ("page", 413, "POST /new", {"data": {"text": "x" * 11}}, "small"),
    ("data", 413, "POST /api/v1/pastes", {"data": "x" * 11, "content_type": JSON}, "small"),
    ("data", 429, "POST /", {"data": b"x", "content_type": TEXT}, "spent"),
    ("data", 429, "POST /api/v1/pastes", {"data": '{"text": "x"}', "content_type": JSON}, "spent"),
    ("page", 429, "GET /{public}", {}, "missed"),
    ("public data", 200, "GET /api/v1/languages", {}, ""),
    ("public data", 200, "GET /api/v1/openapi.json", {}, ""),
    ("public data", 304, "GET /api/v1/openapi.json", {"headers": {"If-None-Match": "*"}}, ""),
    ("public data", 304, "GET /api/v1/languages", {"headers": {"If-None-Match": "*"}}, ""),
    ("public data", 200, "GET /api/v1/pastes/{public}", {}, ""),
    ("data", 401, "GET /api/v1/pastes/{locked}", {}, ""),
    ("data", 404, "GET /api/v1/nothing", {}, ""),
    ("data", 405, "PUT /api/v1/languages", {}, ""),
    ("data", 400, "POST /api/v1/pastes", {"data": "{", "content_type": JSON}, ""),
    ("data", 422, "POST /api/v1/pastes", {"data": "{}", "content_type": JSON}, ""),
    ("swagger", 200, "GET /api/v1/docs", {}, ""),
    ("page", 200, "OPTIONS /api/v1/pastes", {"headers": PREFLIGHT}, "cors"),
    ("public data", 200, "GET /api/v1/languages", {"headers": ORIGIN}, "cors"),
    ("data", 200, "GET /healthz", {}, ""),
    # The test's own transaction keeps another writer out of SQLite.
    ("data", 200 if CLUSTER else 503, "GET /readyz", {}, ""),
    ("data", 404, "GET /metrics", {}, ""),
    ("data", 401, "GET /metrics", {}, "metrics"),
    ("data", 200, "GET /metrics", {"headers": {"Authorization": f"Bearer {'k' * 16}"}},
     "metrics"),
    ("data", 200, "GET /.well-known/security.txt", {}, "contact"),
    ("admin page", 200, "GET /admin/login/", {}, ""),
    ("admin page", 302, "GET /admin/", {}, ""),
    ("admin page", 302, "GET /admin/pastes/paste/", {}, ""),
    ("page", 500, "GET /broken", {}, "faults"),
    ("data", 500, "GET /api/v1/broken", {}, "faults"),
    ("admin", 500, "GET /admin/broken", {}, "faults"),
    ("page", 503, "GET /unreadable", {}, "faults"),
    ("data", 503, "GET /api/v1/unreadable", {}, "faults"),
    ("admin", 503, "GET /admin/unreadable", {}, "faults"),
    ("page", 507, "GET /full", {}, "faults"),
    ("data", 507, "GET /api/v1/full", {}, "faults"),
    # Answered before Django is asked.
    ("static", 200, "GET /static/pastes/site.css", {}, ""),
    ("static", 304, "GET /static/pastes/site.css",
     {"headers": {"If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"}}, ""),
    ("static", 206, "GET /static/pastes/site.css", {"headers": {"Range": "bytes=0-3"}}, ""),
    ("refused", 416, "GET /static/pastes/site.css", {"headers": {"Range": "bytes=9-1"}}, ""),
    ("refused", 405, "POST /static/pastes/site.css", {}, ""),
    ("hashed", 200, "GET /static/pastes/site.0123456789ab.css", {}, ""),
    ("page", 404, "GET /static/nothing.css", {}, ""),
    ("data", 404, "GET /elsewhere", {}, "below"),
]  # fmt: skip

# Name -> the settings of a row.
SETTINGS = {
    "small": {"PASTE_MAX_BYTES": 10, "DATA_UPLOAD_MAX_MEMORY_SIZE": 10},
    "spent": {"LIMIT_CREATE": "1/h", "LIMIT_API": "1/h"},
    "missed": {"LIMIT_MISS": "1/h"},
    "cors": {"CORS_ALLOW_ALL_ORIGINS": True},
    "metrics": {"METRICS_KEY": "k" * 16},
    "contact": {"SECURITY_CONTACT": "mailto:security@example.org"},
    "faults": {"ROOT_URLCONF": "pastes.tests.broken_urls"},
    "below": {"SITE_PATH": "/paste"},
}
# Of security headers, what an answer may have; another one is a row's mistake.
MEANT = re.compile(
    r"cross-origin-|content-security-|permissions-|referrer-|strict-|x-(?!request-id|owner-token)"
    r"|cache-control|access-control-allow-credentials",
    re.IGNORECASE,
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str


def ask(method, path, scheme="http", **sent):
    """Ask the site as the server does, edge and all."""

    def django(environ, start_response):
        answer = ClientHandler(enforce_csrf_checks=True)(environ)
        status = f"{answer.status_code} {answer.reason_phrase}"
        cookies = [("Set-Cookie", c.OutputString()) for c in answer.cookies.values()]
        start_response(status, [*answer.items(), *cookies])
        return [answer.content]

    make = getattr(RequestFactory(REMOTE_ADDR="192.0.2.1"), method.lower())
    request = make(path, **sent, secure=scheme == "https")
    told = []
    body = edge.wrap(django)(request.environ, lambda *words: told.append(words))
    with closing(body) if hasattr(body, "close") else nullcontext():
        content = b"".join(body)
    ((status, headers, *_),) = told
    cookies = [value for name, value in headers if name == "Set-Cookie"]
    headers = [each for each in headers if each[0] != "Set-Cookie"]
    names = [name.lower() for name, _value in headers]
    assert len(names) == len(set(names)), names
    return Answer(int(status[:3]), dict(headers), cookies, content.decode("latin-1"))


def world(make_paste):
    """Return the slugs of pastes in each state."""
    hidden = make_paste("x").paste.slug
    services.hide_paste(hidden, reason="spam", by=None)
    return {
        "public": make_paste("x").paste.slug,
        "other": make_paste("y").paste.slug,
        "locked": make_paste("x", password="x").paste.slug,
        "burn": make_paste("x", burn=True).paste.slug,
        "hidden": hidden,
        "absent": "1" * 12,
    }


@pytest.mark.threat("X10", "W6", "W7", "B7")
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "row",
    ROUTES,
    ids=lambda row: f"{row[2]} {row[1]}".translate(str.maketrans("", "", "{}")),
)
def test_each_answer_has_the_headers_of_its_kind_and_no_other(
    make_paste, settings, static_root, row, scheme
):
    kind, status, asked, sent, how = row
    method, path = asked.format(**world(make_paste)).split()
    is_https = scheme == "https"
    values = {"IS_HTTPS": is_https, "SECURE_HSTS_SECONDS": 63072000 if is_https else 0}
    for name, value in (values | SETTINGS.get(how, {})).items():
        setattr(settings, name, value)
    if how == "spent":
        ask(method, path, scheme, **sent)
    if how == "missed":
        for number in "23":
            ask("GET", f"/{number * 12}", scheme)
    answer = ask(method, path, scheme, **sent)
    assert answer.status == status
    policy, keeping, robots = KINDS[kind]
    if is_https and policy.startswith(PAGE):
        policy += "; upgrade-insecure-requests"
    expected = {
        "Cache-Control": keeping,
        "Content-Security-Policy": policy,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": edge.PERMISSIONS,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if robots:
        expected["X-Robots-Tag"] = robots
    if status == 304:
        # The others are kept with the answer that the reader has.
        repeated = ("Cache-Control", "Content-Security-Policy")
        expected = {name: expected[name] for name in repeated}
        assert not set(edge.OF_CONTENT) & set(answer.headers)
    if is_https:
        expected["Strict-Transport-Security"] = HSTS
    assert {
        n: value for n, value in answer.headers.items() if MEANT.match(n)
    } == expected


@pytest.fixture
def static_root(settings, tmp_path):
    """Collected files as they lie in production: one by its name, one by its digest."""
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "pastes").mkdir()
    for name in ("site.css", "site.0123456789ab.css"):
        (tmp_path / "pastes" / name).write_text("body { margin: 0 }\n")


def test_table_has_every_kind_and_every_status_of_an_error():
    assert {kind for kind, *_ in ROUTES} == set(KINDS)
    told = {error.status for error in problems.examples()} - {415}
    assert told | {500} <= {status for _, status, *_ in ROUTES}


REFUSED = (
    "camera",
    "clipboard-read",
    "display-capture",
    "geolocation",
    "hid",
    "microphone",
    "payment",
    "publickey-credentials-get",
    "serial",
    "usb",
)


def test_pages_ask_for_no_power_of_the_browser():
    refused = edge.PERMISSIONS.split(", ")
    assert {f"{name}=()" for name in REFUSED} <= set(refused)
    assert all(each.endswith("=()") for each in refused)


def observatory(answer, plain):
    """Return the points of Mozilla's HTTP Observatory for each of its tests.

    `plain` is the answer over http. By mdn-http-observatory as of 2026-08-20; a score
    is 100 and the points, and 160 is what a site can have that browsers do not preload.
    """
    headers = answer.headers
    policy = {
        part.split(" ")[0]: part.split(" ")[1:]
        for part in headers["Content-Security-Policy"].split("; ")
    }
    is_tight = policy["default-src"] == ["'none'"] and "unsafe" not in str(policy)
    is_tight &= policy["form-action"] in (["'self'"], ["'none'"])
    is_tight &= policy["base-uri"] in (["'self'"], ["'none'"])
    cookies = [cookie.lower().split("; ") for cookie in answer.cookies]
    are_safe = all(
        {"secure", "httponly", "samesite=lax"} <= set(parts) for parts in cookies
    )
    scripts = re.findall(r"<script[^>]*>", answer.text)
    have_digests = all(re.search(r' integrity="sha384-', each) for each in scripts)
    age = int(re.search(r"max-age=(\d+)", headers["Strict-Transport-Security"])[1])
    led = plain.headers.get("Location", "")
    return {
        "policy": 10 if is_tight else -20,
        "cookies": (5 if are_safe else -40) if cookies else 0,
        "hsts": 0 if age >= 15_552_000 else -10,
        "referrer": 5 if headers["Referrer-Policy"] == "same-origin" else -5,
        "frames": 5 if policy["frame-ancestors"] == ["'none'"] else -20,
        "nosniff": 0 if headers["X-Content-Type-Options"] == "nosniff" else -5,
        "integrity": 5 if scripts and have_digests else -5,
        "corp": 10 if headers["Cross-Origin-Resource-Policy"] == "same-origin" else -5,
        "coep": 10 if headers["Cross-Origin-Embedder-Policy"] == "require-corp" else 0,
        "coop": 10 if headers["Cross-Origin-Opener-Policy"] == "same-origin" else 0,
        "cors": -50 if "Access-Control-Allow-Origin" in headers else 0,
        "redirect": 0 if led.startswith("https://testserver/") else -20,
    }


@pytest.fixture
def https_site(settings, static_root):
    """The settings of a site whose SITE_URL is https behind a proxy."""
    settings.IS_HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 63072000


@pytest.mark.parametrize(
    ("path", "score"), [("/", 160), ("/about", 155), ("/{public}", 155)]
)
def test_observatory_would_score_it_highest(https_site, make_paste, path, score):
    """A page without a cookie cannot have the five points for a safe one."""
    path = path.format(**world(make_paste))
    points = observatory(ask("GET", path, "https"), ask("GET", path))
    assert 100 + sum(points.values()) >= score, points


def test_no_cookie_comes_with_a_plain_reading(make_paste):
    slug = make_paste().paste.slug
    for path in (f"/{slug}", f"/{slug}.py", f"/{slug}/raw", f"/{slug}/download"):
        assert not Browser().get(path).cookies, path


@pytest.mark.threat("W3")
def test_evil_host_is_in_no_answer(make_paste):
    slug = make_paste().paste.slug
    browser = Browser()
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
    ):
        for path in ("/", "/about", f"/{slug}"):
            answer = browser.get(path, headers=headers)
            assert b"evil.example" not in answer.content
        answer = browser.post("/", b"x", content_type="text/plain", headers=headers)
        assert "evil.example" not in f"{answer.content}{answer.headers}"
        assert answer.status_code == (400 if "Host" in headers else 201)


def test_https_site_adds_hsts_and_secure_cookies(settings):
    settings.IS_HTTPS = settings.CSRF_COOKIE_SECURE = True
    settings.COOKIE_PREFIX = "__Host-"
    settings.SECURE_HSTS_SECONDS = 60
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = Browser().get("/", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=60"
    assert answer["Content-Security-Policy"].endswith("upgrade-insecure-requests")
    assert answer.cookies["csrftoken"]["secure"]
    answer = Browser().post("/new", {"text": "x"}, secure=True)
    assert answer.cookies["__Host-maker"]["secure"]


def test_policy_of_pages_is_strict_about_scripts():
    policy = Browser().get("/")["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "trusted-types 'none'" in policy
    assert "base-uri 'none'" in policy


def test_caching_middleware_of_django_is_not_used():
    assert not [name for name in live_settings.MIDDLEWARE if "cache" in name.lower()]
