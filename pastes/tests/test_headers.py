"""The headers of every answer, errors included."""

import pytest
from django.conf import settings as live_settings
from django.test import Client as Browser

from pastes import services

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def answers(make_paste, settings):
    """Return (name, answer) for each kind of answer that the site gives."""
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    public = make_paste("x").paste.slug
    locked = make_paste("x", password="x").paste.slug
    burn = make_paste("x", burn=True).paste.slug
    hidden = make_paste("x").paste.slug
    services.hide_paste(hidden, reason="spam", by=None)
    yield "form", browser.get("/")
    yield "public", browser.get(f"/{public}")
    yield "raw", browser.get(f"/{public}/raw")
    yield "download", browser.get(f"/{public}/download")
    yield "locked", browser.get(f"/{locked}")
    yield "locked raw", browser.get(f"/{locked}/raw")
    yield "reveal", browser.get(f"/{burn}")
    yield "removed", browser.get(f"/{hidden}")
    yield "absent", browser.get(f"/{'1' * 12}")
    yield "no page", browser.get("/a/b/c")
    yield "edit", browser.get(f"/{public}/edit")
    yield "mine", browser.get("/mine")
    yield "about", browser.get("/about")
    yield "health", browser.get("/healthz")
    yield "redirect", browser.get(f"/{public}/")
    yield "not modified", browser.get(f"/{public}/raw", headers={"If-None-Match": "*"})
    yield "csrf", browser.post("/new", {"text": "x"})
    yield "csrf elsewhere", browser.post(f"/{public}/delete")
    yield "malformed", browser.post("/new", b"", content_type="multipart/form-data")
    yield "method", browser.delete(f"/{public}/raw")
    yield "bad host", browser.get("/", headers={"Host": "evil.example"})
    yield "terminal", browser.post("/", b"x", content_type="text/plain")
    yield "terminal error", browser.post("/", b"", content_type="text/plain")
    yield "admin", browser.get("/admin/login/")
    settings.PASTE_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    yield "too large", browser.put("/x", b"x" * 11)
    settings.ROOT_URLCONF = "pastes.tests.broken_urls"
    yield "broken", browser.get("/broken")


@pytest.mark.threat("X10", "W6", "W7")
def test_every_answer_carries_the_headers(make_paste, settings):
    seen = set()
    for name, answer in answers(make_paste, settings):
        seen.add(answer.status_code)
        for header, value in EVERYWHERE.items():
            assert answer.get(header) == value, (name, header)
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), name
        assert "unsafe" not in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "Permissions-Policy" in answer, name
        assert "private" in answer["Cache-Control"], name
        assert "no-" in answer["Cache-Control"], name
        if name not in ("form", "about"):
            assert answer["X-Robots-Tag"].startswith("noindex"), name
    assert seen >= {
        200,
        201,
        301,
        304,
        400,
        401,
        403,
        404,
        405,
        409,
        410,
        413,
        422,
        500,
    }


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
