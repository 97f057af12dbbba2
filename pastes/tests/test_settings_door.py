"""How a reader likes the pages: kept in cookies, with no script needed."""

import pytest

pytestmark = pytest.mark.django_db


def test_theme_is_kept_and_leads_back(client, make_paste):
    slug = make_paste().paste.slug
    page = {"Referer": f"http://testserver/{slug}?a=b"}
    response = client.post("/settings", {"theme": "dark"}, headers=page)
    assert response["Location"] == f"/{slug}?a=b"
    page = client.get(f"/{slug}").content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert '<meta name="color-scheme" content="dark">' in page
    client.post("/settings", {"theme": ""})
    page = client.get(f"/{slug}").content.decode()
    assert "data-theme" not in page


def test_wrapping_and_keys_are_kept(client, make_paste):
    slug = make_paste().paste.slug
    client.post("/settings", {"wrap": "yes", "keys": "off"})
    page = client.get(f"/{slug}").content.decode()
    assert 'id="wrap" aria-keyshortcuts="w" checked' in page
    assert 'id="letter-keys" checked' not in page


def test_language_is_kept_and_wins_over_the_browsers(client):
    client.post("/settings", {"language": "de"})
    response = client.get("/about", headers={"Accept-Language": "fr"})
    assert '<html lang="de"' in response.content.decode()


@pytest.mark.parametrize(
    "sent", [{"theme": "pink"}, {"language": "xx"}, {"other": "1"}, {"wrap": "1"}]
)
def test_what_is_no_setting_is_not_kept(client, sent):
    response = client.post("/settings", sent)
    assert response.status_code == 302
    assert not response.cookies


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        "http://testserver//evil.example",
        "http://testserver/\\evil.example",
        "http://testserver:8000/about",
        "http://[bad/",
        "",
    ],
)
@pytest.mark.threat("W2")
def test_settings_lead_nowhere_else(client, page):
    response = client.post("/settings", {"theme": "dark"}, headers={"Referer": page})
    assert response["Location"] == "/"


def test_forged_setting_is_ignored(client):
    client.cookies["theme"] = 'x" onload="'
    page = client.get("/about").content.decode()
    assert "onload" not in page
    assert "data-theme" not in page


def test_another_sites_page_changes_nothing(client):
    headers = {"Sec-Fetch-Site": "cross-site"}
    response = client.post("/settings", {"theme": "dark"}, headers=headers)
    assert not response.cookies


def test_get_changes_nothing(client):
    assert client.get("/settings?theme=dark").status_code == 405


def test_page_that_a_post_answered_leads_nowhere_by_its_footer(client, make_paste):
    slug = make_paste("text", burn=True).paste.slug
    assert b'id="settings"' in client.get(f"/{slug}").content
    page = client.post(f"/{slug}", {"consent": "1"}).content
    assert b'id="settings"' not in page


def test_page_differs_by_cookie(client, make_paste):
    slug = make_paste().paste.slug
    first = client.get(f"/{slug}")
    assert "Cookie" in first["Vary"]
    client.post("/settings", {"theme": "dark"})
    second = client.get(f"/{slug}", headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
