"""Pages for owners: edit, delete, my pastes."""

import re
from html import unescape

import pytest

from pastes import services
from pastes.models import Paste
from pastes.tests.conftest import MAKER_KEY

pytestmark = pytest.mark.django_db


def text_of(slug, **values):
    return services.open_paste(slug, client=None, **values).text


def edit(browser, slug, **fields):
    fields = {"text": "", "title": "", "syntax": "text", "lifetime": ""} | fields
    return browser.post(f"/{slug}/edit", fields)


def open_form(browser, slug):
    """Return what a browser would send back of the edit page, with nothing touched."""
    return sent_by(browser.get(f"/{slug}/edit"))


def sent_by(response):
    page = response.content.decode()
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            fields[name[1]] = unescape(value[1]) if value else ""
    shown = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
    fields["text"] = re.sub(r"\r\n|\r|\n", "\r\n", unescape(shown))
    fields["syntax"] = re.search(r'<option value="(\w*)" selected', page)[1]
    return fields | {"lifetime": ""}


def test_maker_edits_without_a_token(maker, make_mine):
    slug = make_mine("old", title="Old", syntax="sql").paste.slug
    page = maker.get(f"/{slug}/edit")
    assert ">\nold</textarea>" in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    response = edit(maker, slug, text="new\r\ntext", title="New", syntax="python")
    assert response["Location"] == f"/{slug}"
    paste = Paste.objects.get()
    assert text_of(slug) == "new\ntext"
    assert (paste.title, paste.syntax) == ("New", "python")
    assert paste.edited_at is not None
    assert paste.size == 8


def test_edit_leaves_lifetime_and_password_alone_unless_told(maker, make_mine):
    paste = make_mine("x", password="pw", lifetime="1d").paste
    edit(maker, paste.slug, title="T")
    after = Paste.objects.get()
    assert after.expires_at == paste.expires_at
    assert after.password_hash == paste.password_hash
    edit(maker, paste.slug, lifetime="never", password="new")
    assert Paste.objects.get().expires_at is None
    assert text_of(paste.slug, password="new") == "x"
    # The new password's cookie shows the text to its maker, so the form sends it.
    edit(maker, paste.slug, text="x", unlock="on")
    assert text_of(paste.slug) == "x"


@pytest.mark.parametrize("text", ["a\r\nb\r\n", "a\r\nb\nc", "a\rb", "nul\0"])
def test_untouched_text_is_never_rewritten(maker, make_mine, text):
    slug = make_mine(text).paste.slug
    page = maker.get(f"/{slug}/edit").content.decode()
    shown = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
    sent = re.sub(r"\r\n|\r|\n", "\r\n", shown)
    edit(maker, slug, text=sent, title="T")
    assert text_of(slug) == text


def test_changed_text_keeps_its_kind_of_line_end(maker, make_mine):
    slug = make_mine("a\r\nb\r\n").paste.slug
    page = maker.get(f"/{slug}/edit").content.decode()
    assert 'name="line_ends" value="crlf"' in page
    edit(maker, slug, text="a\r\nb\r\nc\r\n", line_ends="crlf")
    assert text_of(slug) == "a\r\nb\r\nc\r\n"


def test_locked_and_burn_texts_are_not_shown_and_kept_when_left_empty(maker, make_mine):
    for values in ({"password": "pw"}, {"burn": True}):
        slug = make_mine("canary", **values).paste.slug
        assert "canary" not in maker.get(f"/{slug}/edit").content.decode()
        edit(maker, slug, title="T")
        values = {"consent": True} | values
        values.pop("burn", None)
        assert text_of(slug, **values) == "canary"


def test_owner_token_edits_from_elsewhere(client, make_paste):
    new = make_paste("old")
    slug = new.paste.slug
    for token, status in [("", 403), ("wrong", 403), (f" {new.owner_token} ", 302)]:
        response = edit(client, slug, text="new", owner_token=token)
        assert response.status_code == status
        if status == 403:
            page = response.content.decode()
            assert "not the owner token" in page
            assert ">\nnew</textarea>" in page
            assert text_of(slug) == "old"
    assert text_of(slug) == "new"


def test_token_alone_keeps_the_secret_title_of_a_locked_paste(client, make_paste):
    new = make_paste("x", title="canary", password="pw", syntax="sql")
    slug = new.paste.slug
    assert "canary" not in client.get(f"/{slug}/edit").content.decode()
    edit(client, slug, lifetime="never", syntax="", owner_token=new.owner_token)
    paste = Paste.objects.get()
    assert (paste.title, paste.syntax, paste.expires_at) == ("canary", "sql", None)


def test_refused_edit_keeps_what_was_typed(maker, make_mine):
    slug = make_mine("old").paste.slug
    response = edit(maker, slug, text="typed", title="x" * 300)
    assert response.status_code == 422
    assert ">\ntyped</textarea>" in response.content.decode()
    assert text_of(slug) == "old"


@pytest.mark.threat("P5")
def test_another_browsers_key_is_no_key(client, make_mine):
    slug = make_mine("x").paste.slug
    client.cookies["maker"] = "z" * 32
    assert edit(client, slug, text="new").status_code == 403
    assert client.post(f"/{slug}/delete").status_code == 403
    assert client.get("/mine").context["pastes"] == []


@pytest.mark.threat("P5")
def test_get_deletes_nothing_and_post_does(maker, make_mine):
    slug = make_mine().paste.slug
    assert maker.get(f"/{slug}/delete").status_code == 200
    assert Paste.objects.exists()
    response = maker.post(f"/{slug}/delete")
    assert response["Location"] == "/mine"
    assert not Paste.objects.exists()
    assert "is deleted" in maker.get("/mine").content.decode()


def test_owner_token_deletes_from_elsewhere(client, make_paste):
    new = make_paste()
    other = make_paste()
    path = f"/{new.paste.slug}/delete"
    response = client.post(path, {"owner_token": other.owner_token})
    assert response.status_code == 403
    response = client.post(path, {"owner_token": new.owner_token})
    assert response.status_code == 302
    assert Paste.objects.get() == other.paste


def test_owner_cannot_delete_what_a_moderator_hid(maker, make_mine):
    slug = make_mine().paste.slug
    services.hide_paste(slug, reason="spam", by=None)
    assert maker.post(f"/{slug}/delete").status_code == 410
    maker.post("/mine", {"sure": "yes"})
    assert Paste.objects.filter(slug=slug).exists()
    assert "taken down: spam" in maker.get("/mine").content.decode()


def test_burn_paste_can_be_burned_unread(maker, make_mine):
    slug = make_mine(burn=True).paste.slug
    maker.post(f"/{slug}/delete")
    assert not Paste.objects.exists()


def test_mine_lists_this_browsers_pastes_and_their_fate(maker, make_mine, make_paste):
    make_mine(title="Plain one")
    burned = make_mine(title="Burned one", burn=True).paste.slug
    make_mine(title="Locked one", password="x")
    make_paste(title="Somebody else's")
    services.open_paste(burned, consent=True, client=None)
    page = maker.get("/mine").content.decode()
    for words in ("Plain one", "Burned one", "read and burned", "Locked one"):
        assert words in page
    assert "Somebody" not in page


def test_delete_all_asks_and_then_deletes_mine_alone(maker, make_mine, make_paste):
    make_mine()
    make_mine()
    other = make_paste().paste
    maker.post("/mine")
    assert Paste.objects.count() == 3
    maker.post("/mine", {"sure": "yes"})
    assert Paste.objects.get() == other
    assert "2 pastes are deleted" in maker.get("/mine").content.decode()


def test_edit_and_delete_need_the_csrf_token(browser_client, make_mine):
    browser_client.cookies["maker"] = MAKER_KEY
    slug = make_mine("old").paste.slug
    assert edit(browser_client, slug, text="new").status_code == 403
    assert browser_client.post(f"/{slug}/delete").status_code == 403
    assert browser_client.post("/mine", {"sure": "yes"}).status_code == 403
    assert text_of(slug) == "old"


def test_language_off_the_menu_survives_an_edit(maker, make_mine):
    slug = make_mine("x", syntax="cobol").paste.slug
    page = maker.get(f"/{slug}/edit").content.decode()
    assert '<option value="cobol" selected>' in page
    edit(maker, slug, text="x", title="T", syntax="cobol")
    assert Paste.objects.get().syntax == "cobol"


def test_put_edits_and_deletes_nothing(maker, make_mine):
    slug = make_mine(title="Old").paste.slug
    assert maker.put(f"/{slug}/edit").status_code == 405
    assert maker.put(f"/{slug}/delete").status_code == 405
    assert Paste.objects.get().title == "Old"


def test_edits_are_limited_like_creations(maker, make_mine, settings):
    slug = make_mine("old").paste.slug
    settings.LIMIT_CREATE = "1/h"
    edit(maker, slug, text="one")
    response = edit(maker, slug, text="two")
    assert response.status_code == 429
    assert text_of(slug) == "one"


STALE = "a\n", "a\r\nb\r\n", "a\r\nb\nc"


@pytest.mark.parametrize("text", STALE)
def test_stale_page_that_changes_the_title_alone_keeps_the_new_text(
    maker, make_mine, text
):
    slug = make_mine(text, title="Old").paste.slug
    one, other = open_form(maker, slug), open_form(maker, slug)
    edit(maker, slug, **other | {"text": "new"})
    response = edit(maker, slug, **one | {"title": "Better"})
    assert response.status_code == 302
    assert text_of(slug) == "new"
    assert Paste.objects.get().title == "Better"


@pytest.mark.parametrize("text", STALE)
def test_two_changes_of_a_text_do_not_overwrite_each_other(maker, make_mine, text):
    slug = make_mine(text, title="Old").paste.slug
    one, other = open_form(maker, slug), open_form(maker, slug)
    edit(maker, slug, **other | {"text": "theirs"})
    response = edit(maker, slug, **one | {"text": "mine", "title": "T"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "was changed meanwhile" in page
    assert ">\nmine</textarea>" in page
    link = f'<p class="hint" id="conflict"><a href="/{slug}" target="_blank">'
    assert link in page
    assert text_of(slug) == "theirs"
    assert Paste.objects.get().title == "Old"
    # Whoever sends it once more knows.
    assert edit(maker, slug, **sent_by(response)).status_code == 302
    assert text_of(slug) == "mine"
    assert Paste.objects.get().title == "T"


def test_refused_page_is_stale_again_when_the_text_changes_once_more(maker, make_mine):
    slug = make_mine("old").paste.slug
    one = open_form(maker, slug)
    edit(maker, slug, **open_form(maker, slug) | {"text": "second"})
    refused = edit(maker, slug, **one | {"text": "mine"})
    edit(maker, slug, **open_form(maker, slug) | {"text": "third"})
    assert edit(maker, slug, **sent_by(refused)).status_code == 409
    assert text_of(slug) == "third"


def test_script_is_told_what_its_next_try_has_to_send(maker, make_mine):
    slug = make_mine("old").paste.slug
    one = open_form(maker, slug)
    edit(maker, slug, **open_form(maker, slug) | {"text": "theirs"})
    fields = one | {"text": "mine"}
    headers = {"Accept": "application/json"}
    answer = maker.post(f"/{slug}/edit", fields, headers=headers)
    assert answer.status_code == 409
    assert "was changed meanwhile" in answer.json()["errors"]["text"][0]
    assert answer.json()["fields"]["seen_sha256"] == Paste.objects.get().sha256
    fields |= answer.json()["fields"]
    assert maker.post(f"/{slug}/edit", fields, headers=headers).status_code == 201
    assert text_of(slug) == "mine"


def test_refusal_tells_nothing_of_a_text_that_was_locked_meanwhile(client, make_paste):
    new = make_paste("old")
    slug = new.paste.slug
    one = open_form(client, slug)
    services.edit_paste(
        slug, owner_token=new.owner_token, client=None, text="canary", password="pw"
    )
    fields = one | {"text": "mine", "owner_token": new.owner_token}
    response = edit(client, slug, **fields)
    assert response.status_code == 409
    assert Paste.objects.get().sha256 not in response.content.decode()
    assert sent_by(response)["seen_sha256"] == ""


def test_same_change_sent_twice_is_no_conflict(maker, make_mine):
    slug = make_mine("old").paste.slug
    fields = open_form(maker, slug) | {"text": "new"}
    assert edit(maker, slug, **fields).status_code == 302
    assert edit(maker, slug, **fields).status_code == 302


def test_stale_title_and_language_are_not_put_back(maker, make_mine):
    slug = make_mine("select 1", title="Old", syntax="sql").paste.slug
    one, other = open_form(maker, slug), open_form(maker, slug)
    edit(maker, slug, **other | {"title": "New", "syntax": "python"})
    edit(maker, slug, **one | {"text": "select 2"})
    paste = Paste.objects.get()
    assert (paste.title, paste.syntax, text_of(slug)) == ("New", "python", "select 2")


def test_title_can_still_be_emptied(maker, make_mine):
    slug = make_mine("x", title="Old").paste.slug
    edit(maker, slug, **open_form(maker, slug) | {"title": ""})
    assert Paste.objects.get().title == ""


def test_page_of_a_text_not_shown_holds_no_digest_of_it(client, make_paste):
    paste = make_paste("canary", password="pw").paste
    page = client.get(f"/{paste.slug}/edit").content.decode()
    assert paste.sha256 not in page
    assert 'name="seen_sha256"' in page


def test_page_warns_of_mixed_line_ends_alone(maker, make_mine):
    for text, warns in [("a\nb\n", False), ("a\r\nb\r\n", False), ("a\r\nb\n", True)]:
        page = maker.get(f"/{make_mine(text).paste.slug}/edit").content.decode()
        assert ("mixed line ends" in page) is warns
        assert ('id="id_text_helptext"' in page) is warns
