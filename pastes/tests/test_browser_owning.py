"""A removal link, through Chromium: the owner token after its # deletes the paste."""

import pytest

from pastes.tests.browsing import create, heading, press

pytestmark = pytest.mark.browser


@pytest.fixture
def links(page):
    """Return the link and the removal link that pinnwand's clients get of a paste."""
    file = {"name": "a.txt", "lexer": "text", "content": "some text\n"}
    sent = {"expiry": "1day", "files": [file]}
    answer = page.request.post("/api/v1/paste", data=sent).json()
    return answer["link"], answer["removal"]


def test_removal_link_takes_two_clicks(page, links):
    link, removal = links
    page.goto(removal)
    token = removal.partition("#")[2]
    assert page.input_value("#id_owner_token") == token
    assert page.url == f"{link}/delete"
    press(page, "Delete")
    page.wait_for_selector("text=The paste is deleted.")
    assert page.goto(link).status == 404


def test_token_never_reaches_the_server_by_opening_the_link(page, links):
    token = links[1].partition("#")[2]
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.headers)))
    page.goto(links[1])
    page.wait_for_load_state("networkidle")
    sent = [(url.partition("#")[0], headers) for url, headers in asked]
    assert token not in str(sent)


def test_wrong_token_is_refused_and_nothing_is_deleted(page, links):
    link, removal = links
    page.goto(f"{link}/delete#{'x' * 32}")
    press(page, "Delete")
    page.wait_for_selector("text=not the owner token")
    assert page.goto(link).status == 200
    page.goto(removal)
    assert page.input_value("#id_owner_token") == removal.partition("#")[2]


def test_link_pasted_over_the_open_page_fills_the_field_too(page, links):
    link, removal = links
    page.goto(f"{link}/delete")
    assert page.input_value("#id_owner_token") == ""
    page.goto(removal)
    page.wait_for_url(lambda url: "#" not in url)
    assert page.input_value("#id_owner_token") == removal.partition("#")[2]


def test_place_on_the_page_is_no_token(page, links):
    page.goto(f"{links[0]}/delete#main")
    page.wait_for_load_state("networkidle")
    assert page.input_value("#id_owner_token") == ""
    assert page.url.endswith("#main")


def test_edit_page_takes_the_token_as_well(page, links):
    link, removal = links
    page.goto(removal.replace("/delete#", "/edit#"))
    assert page.input_value("#id_owner_token") == removal.partition("#")[2]
    page.fill("#id_text", "new text\n")
    press(page, "Save")
    page.wait_for_url(link)
    assert page.locator("#code").text_content() == "new text\n"


def test_without_a_script_the_token_is_copied_from_the_link(open_page, links):
    page = open_page(java_script_enabled=False)
    link, removal = links
    page.goto(removal)
    assert page.input_value("#id_owner_token") == ""
    assert "what comes after the #" in page.inner_text("main")
    page.fill("#id_owner_token", removal.partition("#")[2])
    press(page, "Delete")
    assert heading(page) != "Delete this paste?"
    assert page.goto(link).status == 404


def test_makers_own_browser_needs_no_token_and_keeps_none_in_sight(page):
    link = create(page, "another text\n")
    page.goto(f"{link}/delete#{'x' * 32}")
    page.wait_for_url(lambda url: "#" not in url)
    assert page.url == f"{link}/delete"
    assert page.locator("#id_owner_token").count() == 0
