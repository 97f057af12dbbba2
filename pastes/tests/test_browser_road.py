"""The road that every release must walk, through Chromium, with JavaScript and without."""

import subprocess

import pytest

from pastes.tests.browsing import (
    PHONE,
    SOURCE,
    create,
    heading,
    press,
    shown_text,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"]),
]
MAKE_MODERATOR = """
from django.contrib.auth.models import Group, User
user, is_new = User.objects.get_or_create(username="road", is_staff=True)
user.set_password("moderate!")
user.save()
user.groups.add(Group.objects.get(name="Moderators"))
"""


@pytest.fixture
def maker(open_page, script):
    return open_page(java_script_enabled=script)


@pytest.fixture
def reader(open_page, script):
    return open_page(java_script_enabled=script, **PHONE)


def test_source_file_reaches_another_persons_phone(maker, reader):
    text = SOURCE.read_text()
    link = create(maker, text, title=SOURCE.name)
    assert maker.locator("#link").inner_text() == link
    reader.goto(link)
    assert shown_text(reader) == text
    assert heading(reader) == SOURCE.name
    assert "Python" in reader.locator(".facts").inner_text()
    assert reader.locator("#code .k").count() > 0
    assert reader.evaluate("document.documentElement.scrollWidth") == 390
    assert reader.locator("#link").count() == 0


def test_locked_paste_opens_with_its_password_alone(maker, reader):
    link = create(maker, "the plan\n", password="open sesame")
    other = create(maker, "another plan\n", password="open sesame")
    answer = reader.goto(link)
    assert answer.status == 401
    assert heading(reader) == "This paste is locked"
    assert "the plan" not in reader.content()
    reader.fill("#id_password", "wrong")
    press(reader, "Unlock")
    assert "That is not the password of this paste." in reader.inner_text("main")
    assert "the plan" not in reader.content()
    reader.fill("#id_password", "open sesame")
    press(reader, "Unlock")
    reader.wait_for_selector("#code")
    assert reader.url == link
    assert shown_text(reader) == "the plan\n"
    reader.goto(link)
    assert shown_text(reader) == "the plan\n"
    assert reader.goto(other).status == 401


def test_burn_paste_is_read_once(maker, reader, open_page, script):
    link = create(maker, "for your eyes only\n", burn=True)
    assert "for your eyes only" not in maker.content()
    reader.goto(link)
    assert heading(reader) == "This text can be read once"
    assert "for your eyes only" not in reader.content()
    press(reader, "Read it now")
    reader.wait_for_selector("#code")
    assert shown_text(reader) == "for your eyes only\n"
    assert "only reading" in reader.locator(".said").inner_text()
    for late in (reader, maker, open_page(java_script_enabled=script)):
        assert late.goto(link).status == 404
        assert heading(late) == "Nothing here"


def test_file_from_terminal_opens_in_browser(reader, site):
    command = ["curl", "--silent", "--fail", "--upload-file", SOURCE, f"{site.url}/"]
    sent = subprocess.run(command, capture_output=True, text=True, check=True)
    reader.goto(sent.stdout.strip())
    assert shown_text(reader) == SOURCE.read_text()
    assert heading(reader) == SOURCE.name


def test_moderator_takes_a_paste_down(maker, reader, site):
    site.run("shell", "-v", "0", "-c", MAKE_MODERATOR)
    link = create(maker, "this must go\n")
    maker.goto("/admin/")
    maker.fill("[name=username]", "road")
    maker.fill("[name=password]", "moderate!")
    maker.click("[type=submit]")
    maker.goto(f"/admin/pastes/paste/?q={link}")
    maker.click("#result_list th a")
    maker.select_option("[name=reason]", "malware")
    maker.click(".act-hide")
    maker.wait_for_selector(".messagelist .success")
    assert reader.goto(link).status == 410
    assert heading(reader) == "Taken down"
    assert "malware" in reader.inner_text("main").lower()
    assert "this must go" not in reader.content()
