"""What a paste's owner can do at once: lock it, and let it burn after reading."""

import threading

import pytest
from django.db import connection

from pastes import services
from pastes.models import Paste
from pastes.services import Forbidden, Invalid, NotFound, creating
from pastes.tests.conftest import MAKER_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    """Another browser than the maker's."""
    return type(client)()


def edit(new, **changes):
    return services.edit_paste(
        new.paste.slug, owner_token=new.owner_token, client=None, **changes
    )


# The verb


def test_burn_changes_nothing_else(make_paste):
    new = make_paste("x", title="T", syntax="sql", password="pw", lifetime="1d")
    before = Paste.objects.values().get()
    assert edit(new, burn=True).is_burn
    after = Paste.objects.values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"is_burn", "edited_at"}


def test_burn_is_never_taken_back(make_paste):
    new = make_paste("x", title="Old", burn=True)
    with pytest.raises(Invalid) as caught:
        edit(new, burn=False, title="New")
    assert set(caught.value.errors) == {"burn"}
    assert Paste.objects.values_list("is_burn", "title").get() == (True, "Old")
    edit(new, burn=True, title="New")
    assert Paste.objects.values_list("is_burn", "title").get() == (True, "New")


def test_what_does_not_burn_may_be_told_not_to(make_paste):
    assert not edit(make_paste(), burn=False).is_burn


def test_stranger_makes_nothing_burn(make_paste):
    slug = make_paste().paste.slug
    for token in ("", "wrong", make_paste().owner_token):
        with pytest.raises(Forbidden):
            services.edit_paste(slug, owner_token=token, client=None, burn=True)
    assert not Paste.objects.filter(is_burn=True).exists()


def test_what_burned_meanwhile_stays_burned(make_paste):
    paste = make_paste("secret", burn=True).paste
    services.open_paste(paste.slug, consent=True, client=None)
    with pytest.raises(NotFound):
        creating.rewrite(paste, {"is_burn": True})
    assert Paste.objects.get().data == b""


# Readers, after it


def test_burned_text_is_read_once_at_every_door(make_paste, client):
    new = make_paste("secret")
    slug = new.paste.slug
    kept = {
        path: client.get(path)["ETag"]
        for path in (f"/{slug}", f"/{slug}/raw", f"/api/v1/pastes/{slug}")
    }
    edit(new, burn=True)
    for path, etag in kept.items():
        answer = client.get(path, headers={"If-None-Match": etag})
        assert answer.status_code == 409, path
        assert "secret" not in answer.content.decode()
        assert answer["Cache-Control"] == "private, no-store"
    assert client.post(f"/{slug}/raw").content == b"secret"
    assert client.post(f"/{slug}/raw").status_code == 404


def test_old_answers_are_dead_once_it_is_locked(maker, make_mine, reader):
    slug = make_mine("secret").paste.slug
    kept = {
        path: reader.get(path)["ETag"]
        for path in (f"/{slug}", f"/{slug}/raw", f"/api/v1/pastes/{slug}")
    }
    maker.post(f"/{slug}/lock", {"password": "pw"})
    for path, etag in kept.items():
        answer = reader.get(path, headers={"If-None-Match": etag})
        assert answer.status_code == 401, path
        assert "secret" not in answer.content.decode()


def test_locked_paste_that_burns_needs_its_password_first(maker, make_mine, reader):
    slug = make_mine("secret", password="pw").paste.slug
    assert maker.post(f"/{slug}/burn").status_code == 302
    path = f"/{slug}/raw"
    assert reader.post(path).status_code == 401
    wrong = reader.post(path, headers={"X-Paste-Password": "wrong"})
    assert wrong.status_code == 403
    right = reader.post(path, headers={"X-Paste-Password": "pw"})
    assert right.content == b"secret"
    assert reader.post(path, headers={"X-Paste-Password": "pw"}).status_code == 404


# The pages


def test_maker_locks_and_reads_on(maker, make_mine):
    slug = make_mine("secret").paste.slug
    answer = maker.post(f"/{slug}/lock", {"password": "pw"})
    assert (answer.status_code, answer["Location"]) == (302, f"/{slug}")
    assert answer.cookies["unlock"]["path"] == f"/{slug}"
    page = maker.get(f"/{slug}")
    assert page.status_code == 200
    assert "The paste is locked." in page.content.decode()
    assert services.open_paste(slug, password="pw", client=None).text == "secret"


def test_maker_changes_the_password_and_the_old_one_opens_nothing(maker, make_mine):
    slug = make_mine("secret", password="old").paste.slug
    grant = services.unlock_paste(slug, password="old", client=None)
    assert "Change the password" in maker.get(f"/{slug}/lock").content.decode()
    maker.post(f"/{slug}/lock", {"password": "new"})
    assert "The password is changed." in maker.get(f"/{slug}").content.decode()
    for values in ({"password": "old"}, {"grant": grant}):
        with pytest.raises(services.PasteError) as caught:
            services.open_paste(slug, client=None, **values)
        assert caught.value.status in (401, 403)


def test_no_password_is_no_lock_and_removes_none(maker, make_mine):
    slug = make_mine(password="pw").paste.slug
    answer = maker.post(f"/{slug}/lock", {"password": ""})
    assert answer.status_code == 422
    assert "Type a password." in answer.content.decode()
    assert Paste.objects.get().is_locked


def test_refused_password_is_not_on_the_page(maker, make_mine):
    slug = make_mine().paste.slug
    answer = maker.post(f"/{slug}/lock", {"password": "canary" * 200})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "at most 1024 characters" in page
    assert "canary" not in page
    assert not Paste.objects.get().is_locked


def test_get_asks_and_changes_nothing(maker, make_mine):
    slug = make_mine().paste.slug
    for page in ("lock", "burn"):
        answer = maker.get(f"/{slug}/{page}")
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-store"
    paste = Paste.objects.get()
    assert (paste.is_locked, paste.is_burn, paste.edited_at) == (False, False, None)


def test_maker_lets_it_burn(maker, make_mine):
    slug = make_mine("secret").paste.slug
    answer = maker.post(f"/{slug}/burn")
    assert (answer.status_code, answer["Location"]) == (302, f"/{slug}")
    page = maker.get(f"/{slug}")
    assert page.status_code == 409
    assert "From now on the paste can be read once." in page.content.decode()
    assert "burns after reading already" in maker.get(f"/{slug}/burn").content.decode()


@pytest.mark.parametrize("page", ["lock", "burn"])
def test_owner_token_does_it_from_elsewhere(make_paste, client, page):
    new, other = make_paste(), make_paste()
    path = f"/{new.paste.slug}/{page}"
    for token, status in [
        ("", 403),
        (other.owner_token, 403),
        (f" {new.owner_token} ", 302),
    ]:
        sent = {"owner_token": token, "password": "pw"}
        answer = client.post(path, sent)
        assert answer.status_code == status
        paste = Paste.objects.get(pk=new.paste.pk)
        assert paste.is_public == (status == 403)
        assert new.owner_token not in client.get(path).content.decode()


@pytest.mark.parametrize("page", ["lock", "burn"])
def test_another_browsers_key_does_nothing(make_mine, client, page):
    slug = make_mine().paste.slug
    client.cookies["maker"] = "z" * 32
    sent = {"password": "pw"}
    assert client.post(f"/{slug}/{page}", sent).status_code == 403
    assert Paste.objects.get().is_public


@pytest.mark.parametrize("page", ["lock", "burn"])
def test_form_of_another_site_does_nothing(browser_client, make_mine, page):
    browser_client.cookies["maker"] = MAKER_KEY
    slug = make_mine().paste.slug
    answer = browser_client.post(f"/{slug}/{page}", {"password": "pw"})
    assert answer.status_code == 403
    assert Paste.objects.get().is_public


@pytest.mark.parametrize("page", ["lock", "burn"])
def test_what_is_hidden_or_gone_is_left_alone(maker, make_mine, page):
    slug = make_mine().paste.slug
    services.hide_paste(slug, reason="spam", by=None)
    assert maker.get(f"/{slug}/{page}").status_code == 410
    assert maker.post(f"/{slug}/{page}", {"password": "pw"}).status_code == 410
    assert maker.post(f"/{'1' * 12}/{page}", {"password": "pw"}).status_code == 404
    paste = Paste.objects.get()
    assert (paste.is_locked, paste.is_burn) == (False, False)


@pytest.mark.parametrize("page", ["lock", "burn"])
def test_both_count_as_edits_for_the_limit(maker, make_mine, settings, page):
    slug = make_mine().paste.slug
    settings.LIMIT_CREATE = "1/h"
    maker.post(f"/{slug}/edit", {"text": "new", "title": "", "syntax": "text"})
    answer = maker.post(f"/{slug}/{page}", {"password": "pw"})
    assert answer.status_code == 429
    assert Paste.objects.get().is_public


def test_titles_of_locked_pastes_are_not_on_the_pages(maker, make_mine):
    slug = make_mine(title="canary", password="pw").paste.slug
    for page in ("lock", "burn"):
        assert "canary" not in maker.get(f"/{slug}/{page}").content.decode()


def test_edit_page_lets_it_burn_too(maker, make_mine):
    slug = make_mine("text").paste.slug
    assert 'name="burn"' in maker.get(f"/{slug}/edit").content.decode()
    fields = {"text": "text", "title": "", "syntax": "text", "lifetime": ""}
    maker.post(f"/{slug}/edit", fields)
    assert not Paste.objects.get().is_burn
    maker.post(f"/{slug}/edit", fields | {"burn": "on"})
    assert Paste.objects.get().is_burn
    assert 'name="burn"' not in maker.get(f"/{slug}/edit").content.decode()
    # An edit without the box, which is no longer there, takes nothing back.
    maker.post(f"/{slug}/edit", fields | {"text": "", "title": "T"})
    assert Paste.objects.values_list("is_burn", "title").get() == (True, "T")


# The API


def patch(client, new, **sent):
    return client.patch(
        f"/api/v1/pastes/{new.paste.slug}",
        sent,
        content_type="application/json",
        headers={"Authorization": f"Bearer {new.owner_token}"},
    )


def test_api_lets_it_burn_and_takes_nothing_back(make_paste, client):
    new = make_paste("secret")
    assert patch(client, new, burn=False).json()["burn"] is False
    answer = patch(client, new, burn=True)
    assert (answer.status_code, answer.json()["burn"]) == (200, True)
    refused = patch(client, new, burn=False)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert set(refused.json()["errors"]) == {"burn"}
    assert patch(client, new, burn=None).status_code == 422
    read = f"/api/v1/pastes/{new.paste.slug}"
    assert client.get(read).json()["code"] == "consent_required"
    opened = client.post(
        f"{read}/open", {"consent": True}, content_type="application/json"
    )
    assert opened.json()["text"] == "secret"
    assert client.get(read).status_code == 404


# After sending


def send(browser, **fields):
    fields = {"text": "text", "title": "", "syntax": "", "lifetime": "1d"} | fields
    return browser.post("/new", fields)["Location"]


@pytest.mark.parametrize(
    "fields",
    [{}, {"password": "pw"}, {"burn": "on"}, {"password": "pw", "burn": "on"}],
    ids=["plain", "locked", "burn", "locked burn"],
)
def test_panel_is_shown_once_and_to_the_maker_alone(client, reader, fields):
    url = send(client, **fields)
    assert 'class="created"' not in reader.get(url).content.decode()
    first = client.get(url)
    page = first.content.decode()
    assert first["Cache-Control"] == "private, no-store"
    assert f'<a href="http://testserver{url}" id="link">' in page
    assert "only you can see this, only now" in page
    for action in ("edit", "lock", "delete", "qr.svg"):
        assert f'"{url}/{action}"' in page
    assert (f'href="{url}/burn"' in page) == ("burn" not in fields)
    again = client.get(url).content.decode()
    assert 'class="created"' not in again
    assert first.context["new_owner_token"] not in again


def test_panels_form_locks(browser_client):
    page = browser_client.get("/").content.decode()
    fields = {"text": "text", "csrfmiddlewaretoken": csrf_token(page)}
    url = send(browser_client, **fields)
    page = browser_client.get(url).content.decode()
    sent = {"password": "pw", "csrfmiddlewaretoken": csrf_token(page)}
    assert browser_client.post(f"{url}/lock", sent)["Location"] == url
    assert Paste.objects.get().is_locked


def csrf_token(page: str) -> str:
    return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


# Races


@pytest.mark.django_db(transaction=True)
def test_edit_at_the_same_moment_takes_no_burn_back(make_paste):
    for number in range(10):
        new = make_paste("old")
        text = f"new {number}"
        at_once([lambda: edit(new, burn=True), lambda: edit(new, text=text)])  # noqa: B023
        paste = Paste.objects.get(slug=new.paste.slug)
        assert (paste.is_burn, paste.data) == (True, text.encode())


@pytest.mark.django_db(transaction=True)
def test_of_readers_who_consent_as_it_turns_one_burns_it(make_paste):
    """Those before the turn read a plain paste; of those after it, one reads."""
    for _ in range(10):
        new = make_paste("secret")
        burned: list[bool] = []

        def read() -> None:
            try:
                opened = services.open_paste(
                    new.paste.slug,  # noqa: B023
                    consent=True,
                    client=None,
                )
            except NotFound:
                return
            assert opened.text == "secret"
            burned.append(opened.paste.is_burn)  # noqa: B023

        at_once([lambda: edit(new, burn=True), *[read] * 8])  # noqa: B023
        read()
        assert burned.count(True) == 1
        assert Paste.objects.get(slug=new.paste.slug).data == b""


def at_once(calls):
    """Make all calls at one moment, each in a thread of its own."""
    barrier = threading.Barrier(len(calls))
    odd: list[BaseException] = []

    def run(call):
        try:
            barrier.wait()
            call()
        except BaseException as error:
            odd.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not odd
