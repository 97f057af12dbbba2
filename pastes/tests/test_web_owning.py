"""Pages for owners: edit, delete, my pastes."""

import re

import pytest

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

KEY = "k" * 32


@pytest.fixture
def maker(client):
    client.cookies["maker"] = KEY
    return client


@pytest.fixture
def make_mine(make_paste):
    return lambda *args, **values: make_paste(*args, maker_key=KEY, **values)


def text_of(slug, **values):
    return services.open_paste(slug, client=None, **values).text


def edit(browser, slug, **fields):
    fields = {"text": "", "title": "", "syntax": "text", "lifetime": ""} | fields
    return browser.post(f"/{slug}/edit", fields)


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


def test_another_browsers_key_is_no_key(client, make_mine):
    slug = make_mine("x").paste.slug
    client.cookies["maker"] = "z" * 32
    assert edit(client, slug, text="new").status_code == 403
    assert client.post(f"/{slug}/delete").status_code == 403
    assert client.get("/mine").context["pastes"] == []


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
    browser_client.cookies["maker"] = KEY
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
