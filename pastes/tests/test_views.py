"""The ways in which a paste's page shows its text, and the links between them."""

import re

import pytest

from pastes import services

pytestmark = pytest.mark.django_db

MARKDOWN = "# Heading\n\nSome *words*.\n"
ANSI = "plain \x1b[31mred\x1b[0m plain\n"
TABLE = "name,age\nAda,36\nAlan,41\n"


def page_of(browser, path, status=200):
    response = browser.get(path)
    assert response.status_code == status
    return response.content.decode()


def links(page):
    """Return the views that the page offers: name -> link, and the current one."""
    bar = re.search(r'<nav class="views".*?</nav>', page, re.S)
    if bar is None:
        return {}, None
    found = re.findall(r'<a href="([^"]+)"[^>]*?( aria-current="page")?>(\w+)<', bar[0])
    current = [name for _, is_current, name in found if is_current]
    return {name: url.replace("&amp;", "&") for url, _, name in found}, *current


def test_markdown_is_rendered_and_its_source_is_one_click_away(
    browser_client, make_paste
):
    slug = make_paste(MARKDOWN, syntax="markdown").paste.slug
    page = page_of(browser_client, f"/{slug}")
    assert "<em>words</em>" in page
    views, current = links(page)
    assert current == "Markdown"
    source = page_of(browser_client, views["Source"])
    assert 'id="L3"' in source
    assert "<em>words</em>" not in source
    views, current = links(source)
    assert current == "Source"
    assert views["Markdown"] == f"/{slug}"


def test_plain_text_is_rendered_as_markdown_on_request(browser_client, make_paste):
    slug = make_paste(MARKDOWN, syntax="text").paste.slug
    page = page_of(browser_client, f"/{slug}")
    assert "<em>" not in page
    views, current = links(page)
    assert current == "Source"
    assert "<em>words</em>" in page_of(browser_client, views["Markdown"])


def test_link_with_an_extension_shows_the_source(browser_client, make_paste):
    slug = make_paste(MARKDOWN, syntax="markdown").paste.slug
    assert 'id="L3"' in page_of(browser_client, f"/{slug}.md")
    assert "<em>words</em>" in page_of(browser_client, f"/{slug}.md?view=markdown")


def test_terminal_log_is_shown_in_its_colours(browser_client, make_paste):
    slug = make_paste(ANSI, syntax="text").paste.slug
    page = page_of(browser_client, f"/{slug}")
    assert "ansi" in page
    assert "\x1b" not in page
    assert "[31m" not in page
    views, current = links(page)
    assert current == "Terminal"
    assert "␛[31m" in page_of(browser_client, views["Source"])
    assert browser_client.get(f"/{slug}/raw").content == ANSI.encode()


@pytest.mark.parametrize(
    "text",
    [
        "$ evil\x1b[2K\r$ ls\n",
        "abc\x08\x08x\x1b[m\n",
        "\x1b]8;;http://evil\x07words\x1b[m",
    ],
)
def test_what_a_terminal_does_not_show_is_said(browser_client, make_paste, text):
    slug = make_paste(text, syntax="text").paste.slug
    words = "written over or erased"
    assert words in page_of(browser_client, f"/{slug}?view=terminal")
    assert words not in page_of(browser_client, f"/{slug}?view=source")


def test_colours_alone_hide_nothing(browser_client, make_paste):
    slug = make_paste(ANSI + "crlf\r\n", syntax="text").paste.slug
    assert "written over" not in page_of(browser_client, f"/{slug}")


def test_language_chosen_in_a_view_keeps_the_view(browser_client, make_paste):
    slug = make_paste(MARKDOWN, syntax="text").paste.slug
    response = browser_client.get(f"/{slug}?syntax=md&view=markdown")
    assert response["Location"] == f"/{slug}.md?view=markdown"


def test_title_in_a_tab_and_a_preview_turns_no_text(browser_client, make_paste):
    slug = make_paste("x", title="invoice\u202efdp.exe").paste.slug
    page = page_of(browser_client, f"/{slug}")
    assert "<title>invoicefdp.exe" in page
    assert preview(page)["title"] == "invoicefdp.exe"


def test_table_is_offered_and_shown_on_request(browser_client, make_paste):
    slug = make_paste(TABLE, syntax="text").paste.slug
    page = page_of(browser_client, f"/{slug}")
    assert "<table" not in page
    views, _ = links(page)
    assert "<table" in page_of(browser_client, views["Table"])


def test_code_has_no_views_to_choose_from(browser_client, make_paste):
    slug = make_paste("import os\n", syntax="python").paste.slug
    assert links(page_of(browser_client, f"/{slug}")) == ({}, None)


def test_view_that_is_not_offered_is_shown_all_the_same(browser_client, make_paste):
    slug = make_paste(ANSI, syntax="text").paste.slug
    page = page_of(browser_client, f"/{slug}?view=markdown")
    assert 'class="prose"' in page


def test_view_that_is_none_is_nothing_here(browser_client, make_paste):
    slug = make_paste().paste.slug
    page_of(browser_client, f"/{slug}?view=nonsense", 404)


def test_view_of_a_locked_paste_keeps_its_language(client, make_paste):
    slug = make_paste(MARKDOWN, syntax="markdown", password="x").paste.slug
    client.post(f"/{slug}", {"password": "x"})
    views, current = links(page_of(client, f"/{slug}?syntax=md"))
    assert current == "Source"
    assert views["Markdown"] == f"/{slug}?syntax=markdown&view=markdown"
    assert "<em>words</em>" in page_of(client, views["Markdown"])


def test_burned_text_is_shown_as_what_it_is(client, make_paste):
    """It is on this page alone: no view leads away from it, none hides a character."""
    slug = make_paste(MARKDOWN, syntax="markdown", burn=True).paste.slug
    page = client.post(f"/{slug}", {"consent": "1"}).content.decode()
    assert 'id="L3"' in page
    assert links(page) == ({}, None)
    assert f"/{slug}" not in page.partition("<main")[2]


def test_too_large_for_a_view_is_plain_and_says_so(browser_client, make_paste):
    text = "*word* " * 100_000
    slug = make_paste(text, syntax="markdown").paste.slug
    page = page_of(browser_client, f"/{slug}")
    assert "too large for colours and layout" in page
    assert "*word* *word*" in page


def test_each_view_has_its_own_etag(browser_client, make_paste):
    slug = make_paste(MARKDOWN, syntax="markdown").paste.slug
    tags = {
        browser_client.get(f"/{slug}{query}")["ETag"]
        for query in ("", "?view=source", ".md", ".txt")
    }
    assert len(tags) == 4


# What a link's preview in a chat shows


def preview(page):
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', page))


def test_preview_of_a_public_paste_shows_its_title_and_beginning(
    browser_client, make_paste
):
    slug = make_paste('say "hello"\n' + "x" * 500, title="Greeting").paste.slug
    shown = preview(page_of(browser_client, f"/{slug}"))
    assert shown["title"] == "Greeting"
    assert shown["url"] == f"http://testserver/{slug}"
    assert shown["description"].startswith("say &quot;hello&quot;")
    assert len(shown["description"]) < 250


@pytest.mark.parametrize(
    "lock", [{"password": "x"}, {"burn": True}], ids=["lock", "burn"]
)
def test_preview_of_a_locked_or_burn_paste_shows_nothing_of_it(
    client, make_paste, lock
):
    slug = make_paste("canary text", title="canary title", **lock).paste.slug
    for page in ("", ".py", "/raw", "/download", "/fork", "/qr.svg"):
        assert b"canary" not in client.get(f"/{slug}{page}").content
    shown = preview(client.get(f"/{slug}").content.decode())
    assert shown["description"] == "Share text by a link."


def test_preview_of_an_unlocked_paste_shows_nothing_of_it(client, make_paste):
    slug = make_paste("canary text", title="canary", password="x").paste.slug
    client.post(f"/{slug}", {"password": "x"})
    page = page_of(client, f"/{slug}")
    assert "canary text" in page
    assert "canary" not in " ".join(preview(page).values())


def test_fork_leads_to_its_parent_and_to_what_changed(browser_client, make_paste):
    parent = make_paste("one\n").paste
    fork = make_paste("two\n", fork_of=parent.slug).paste
    page = page_of(browser_client, f"/{fork.slug}")
    assert f'href="/{parent.slug}"' in page
    assert f'href="/{parent.slug}/diff/{fork.slug}"' in page
    services.hide_paste(parent.slug, reason="spam", by=None)
    page = page_of(browser_client, f"/{fork.slug}")
    assert parent.slug not in page
