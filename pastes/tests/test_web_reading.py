"""Pages for readers: the paste, its lock, its one reading."""

import re

import pytest

from pastes import services
from pastes.services import counting

pytestmark = pytest.mark.django_db

XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"


def unlock(browser, slug, password, **fields):
    page = browser.get(f"/{slug}").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    fields |= {"password": password, "csrfmiddlewaretoken": token}
    return browser.post(f"/{slug}", fields)


def test_public_page_sets_no_cookie_and_may_be_asked_about(browser_client, make_paste):
    slug = make_paste().paste.slug
    response = browser_client.get(f"/{slug}")
    assert not response.cookies
    assert response["Cache-Control"] == "private, no-cache"
    again = browser_client.get(f"/{slug}", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_page_changes_its_etag_when_the_paste_changes(browser_client, make_paste):
    new = make_paste()
    slug = new.paste.slug
    etag = browser_client.get(f"/{slug}")["ETag"]
    services.edit_paste(
        slug, owner_token=new.owner_token, client=None, title="New title"
    )
    response = browser_client.get(f"/{slug}", headers={"If-None-Match": etag})
    assert response.status_code == 200


@pytest.mark.parametrize("syntax", ["text", "html", "python", "markdown", "json"])
@pytest.mark.threat("X1")
def test_hostile_text_and_title_are_inert(browser_client, make_paste, syntax):
    slug = make_paste(XSS, title=XSS, syntax=syntax).paste.slug
    page = browser_client.get(f"/{slug}").content.decode()
    assert "<script>" not in page
    assert "<img src=x" not in page


def test_reader_chooses_the_language_by_extension_or_menu(browser_client, make_paste):
    slug = make_paste("select 1", syntax="text").paste.slug
    assert 'class="k">select' in browser_client.get(f"/{slug}.sql").content.decode()
    response = browser_client.get(f"/{slug}?syntax=sql")
    assert response["Location"] == f"/{slug}.sql"
    assert browser_client.get(f"/{slug}?syntax=nonsense").status_code == 404


def test_extension_that_names_no_language_shows_the_paste_in_its_own(
    browser_client, make_paste
):
    slug = make_paste("select 1", syntax="sql").paste.slug
    page = browser_client.get(f"/{slug}.nonsense").content.decode()
    assert 'class="k">select' in page


def test_language_off_the_menu_is_shown_as_what_it_is(browser_client, make_paste):
    slug = make_paste("x", syntax="cobol").paste.slug
    page = browser_client.get(f"/{slug}").content.decode()
    assert '<option value="cobol" selected>COBOL</option>' in page


def test_slash_after_a_link_leads_to_the_link(browser_client, make_paste):
    slug = make_paste().paste.slug
    response = browser_client.get(f"/{slug}/")
    assert response.status_code == 301
    assert response["Location"] == f"/{slug}"


def test_locked_page_is_a_401_that_no_browser_makes_a_dialog_of(
    browser_client, make_paste
):
    slug = make_paste(password="x").paste.slug
    response = browser_client.get(f"/{slug}")
    assert response.status_code == 401
    assert not response["WWW-Authenticate"].startswith(("Basic", "Digest"))
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.threat("P4")
def test_right_password_unlocks_this_paste_alone(browser_client, make_paste):
    slug = make_paste("canary", password="x").paste.slug
    other = make_paste("other", password="x").paste.slug
    response = unlock(browser_client, slug, "x")
    assert response["Location"] == f"/{slug}"
    cookie = response.cookies["unlock"]
    assert (cookie["path"], cookie["samesite"]) == (f"/{slug}", "Lax")
    assert cookie["httponly"]
    page = browser_client.get(f"/{slug}")
    assert b"canary" in page.content
    assert page["Cache-Control"] == "private, no-store"
    assert "ETag" not in page
    assert b"canary" in browser_client.get(f"/{slug}/download").content
    assert b"canary" in browser_client.get(f"/{slug}?syntax=python").content
    assert browser_client.get(f"/{other}").status_code == 401


def test_wrong_password_says_so_and_nothing_more(browser_client, make_paste):
    slug = make_paste("canary", password="x").paste.slug
    response = unlock(browser_client, slug, "wrong-one")
    assert response.status_code == 403
    assert "That is not the password" in response.content.decode()
    assert "wrong-one" not in response.content.decode()
    assert "unlock" not in response.cookies


@pytest.mark.threat("P1")
def test_web_door_is_locked_out_too(browser_client, make_paste, settings):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "2/h"
    slug = make_paste("canary", password="x").paste.slug
    statuses = [unlock(browser_client, slug, "wrong").status_code for _ in range(3)]
    assert statuses == [403, 403, 429]
    response = unlock(browser_client, slug, "x")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


@pytest.mark.threat("B4")
def test_unknown_language_burns_nothing(client, make_paste):
    slug = make_paste("canary", burn=True).paste.slug
    path = f"/{slug}?syntax=nosuch"
    assert client.post(path, {"consent": "1"}).status_code == 404
    assert services.open_paste(slug, consent=True, client=None).text == "canary"


def test_empty_password_asks_again(browser_client, make_paste):
    slug = make_paste(password="x").paste.slug
    assert unlock(browser_client, slug, "").status_code == 401


@pytest.mark.threat("W1")
def test_unlocking_needs_the_csrf_token(browser_client, make_paste):
    slug = make_paste("canary", password="x").paste.slug
    response = browser_client.post(f"/{slug}", {"password": "x"})
    assert response.status_code == 403
    assert b"canary" not in response.content


@pytest.mark.threat("W1")
def test_burning_needs_the_csrf_token(browser_client, make_paste):
    slug = make_paste("canary", burn=True).paste.slug
    for path in (f"/{slug}", f"/{slug}/download"):
        assert browser_client.post(path, {"consent": "1"}).status_code == 403
    assert services.open_paste(slug, consent=True, client=None).text == "canary"


def test_unlocking_leads_on_to_where_the_reader_was_going(browser_client, make_paste):
    slug = make_paste(password="x").paste.slug
    page = browser_client.get(f"/{slug}/fork").content.decode()
    assert re.search(r'name="next" value="fork"', page)
    response = unlock(browser_client, slug, "x", next="fork")
    assert response["Location"] == f"/{slug}/fork"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "edit"])
@pytest.mark.threat("W2")
def test_unlocking_leads_nowhere_else(browser_client, make_paste, target):
    slug = make_paste(password="x").paste.slug
    response = unlock(browser_client, slug, "x", next=target)
    assert response["Location"] == f"/{slug}"


@pytest.mark.threat("P4")
def test_forged_cookies_open_nothing_and_break_nothing(browser_client, make_paste):
    slug = make_paste(password="x").paste.slug
    for value in ("x", "a:b:c", "é" * 50, "'; --", "\x7f", "\x01", '"', "\\", "=;,"):
        # As a header: the client's own cookies refuse what an attacker would send.
        names = ("unlock", "maker", "created", "csrftoken", "sessionid", "messages")
        cookies = "; ".join(f"{name}={value}" for name in names)
        for path, status in ((f"/{slug}", 401), ("/mine", 200), ("/", 200)):
            response = browser_client.get(path, headers={"Cookie": cookies})
            assert response.status_code == status


@pytest.mark.threat("X5")
def test_download_has_a_sensible_name(browser_client, make_paste):
    for title, syntax, name in [
        ("", "python", "{slug}.py"),
        ("server.log", "text", "server.log"),
        ("My notes", "markdown", "my-notes.md"),
        ("../../etc/passwd", "text", "etcpasswd.txt"),
        ("evil\u202etxt.exe", "text", "eviltxt.exe"),
        ('a";b', "text", "ab.txt"),
        (".bashrc", "bash", "bashrc.sh"),
    ]:
        slug = make_paste(title=title, syntax=syntax).paste.slug
        response = browser_client.get(f"/{slug}/download")
        expected = name.format(slug=slug)
        assert response["Content-Disposition"] == f'attachment; filename="{expected}"'
        assert response["X-Content-Type-Options"] == "nosniff"


def test_views_are_counted_for_people_alone(browser_client, make_paste):
    slug = make_paste().paste.slug
    person = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
    browser_client.get(f"/{slug}", headers=person)
    browser_client.get(f"/{slug}/raw", headers={"User-Agent": "curl/8"})
    browser_client.head(f"/{slug}", headers=person)
    browser_client.get(f"/{slug}", headers=person | {"Sec-Purpose": "prefetch"})
    browser_client.get(f"/{slug}/raw", headers=person | {"Sec-Fetch-Dest": "empty"})
    for robot in ("Googlebot/2.1", "Slackbot-LinkExpanding 1.0", "Twitterbot"):
        browser_client.get(f"/{slug}", headers={"User-Agent": robot})
    assert counting.write_views() == 2


PREVIEWERS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; Discordbot/2.0)",
    "WhatsApp/2.23",
    "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 SafeLinks",
]


@pytest.mark.threat("B2")
def test_link_previews_do_not_burn(browser_client, make_paste):
    slug = make_paste("canary", burn=True).paste.slug
    for agent in PREVIEWERS:
        for path in (f"/{slug}", f"/{slug}/raw", f"/{slug}/download", f"/{slug}.py"):
            headers = {"User-Agent": agent, "Range": "bytes=0-"}
            response = browser_client.get(path, headers=headers)
            assert response.status_code == 409
            assert b"canary" not in response.content
    assert services.open_paste(slug, consent=True, client=None).text == "canary"


def test_removed_page_says_why(browser_client, make_paste):
    slug = make_paste("canary").paste.slug
    services.hide_paste(slug, reason="personal", by=None)
    response = browser_client.get(f"/{slug}")
    assert response.status_code == 410
    assert "personal data or leaked secrets" in response.content.decode()


def test_too_large_and_too_slow_texts_are_plain_and_say_so(browser_client, make_paste):
    slug = make_paste("x = 1\n" * 100_000, syntax="python").paste.slug
    page = browser_client.get(f"/{slug}").content.decode()
    assert "too large for colours" in page
    slug = make_paste('"' + "\\" * 41, syntax="scala").paste.slug
    page = browser_client.get(f"/{slug}").content.decode()
    assert "took too long" in page
    assert "&quot;" + "\\" * 41 in page


def test_slow_texts_answer_is_kept(browser_client, make_paste, monkeypatch):
    from pastes import highlight

    slug = make_paste('"' + "\\" * 41, syntax="scala").paste.slug
    first = browser_client.get(f"/{slug}").content
    monkeypatch.delattr(highlight, "render")
    assert browser_client.get(f"/{slug}").content == first


@pytest.mark.threat("B5")
def test_locked_and_burned_texts_leave_no_kept_answer(browser_client, make_paste):
    from django.core.cache import cache

    slug = make_paste("x = 1", syntax="python", password="x").paste.slug
    unlock(browser_client, slug, "x")
    browser_client.get(f"/{slug}")
    slug = make_paste("y = 1", syntax="python", burn=True).paste.slug
    browser_client.post(f"/{slug}", {"consent": "1"})
    # But for what all pages say.
    assert not [key for key in cache._cache if "template.cache." not in key]


def test_site_pages_open(browser_client, settings):
    settings.SECURITY_CONTACT = "security@example.org"
    settings.ABUSE_EMAIL = "abuse@example.org"
    settings.SITE_NOTICE = "Down <b>tonight</b>"
    page = browser_client.get("/about").content.decode()
    assert "curl -T server.log http://testserver/" in page
    assert "abuse@example.org" in page
    assert "Down &lt;b&gt;tonight" in page
    assert b"Disallow: /" in browser_client.get("/robots.txt").content
    contact = browser_client.get("/.well-known/security.txt").content
    assert b"Contact: mailto:security@example.org" in contact
    settings.SECURITY_CONTACT = ""
    assert browser_client.get("/.well-known/security.txt").status_code == 404
    assert browser_client.get("/healthz").content == b"ok\n"
