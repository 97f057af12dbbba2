"""The browser's form, without a browser: what it stores, refuses and gives back."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db


def token_of(browser, path="/"):
    page = browser.get(path).content.decode()
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def send(browser, path="/new", **fields):
    fields = {"csrfmiddlewaretoken": token_of(browser)} | fields
    return browser.post(path, fields)


def stored_text(**values):
    slug = Paste.objects.latest("pk").slug
    return services.open_paste(slug, client=None, **values).text


def test_form_leads_to_the_paste(browser_client):
    response = send(browser_client, text="print(1)\r\n", title="T", lifetime="1d")
    paste = Paste.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/{paste.slug}"
    assert (paste.title, stored_text()) == ("T", "print(1)\n")


def test_text_areas_line_ends_become_lf_again_and_a_files_stay(browser_client):
    send(browser_client, text="a\r\nb\r\n\r\n")
    assert stored_text() == "a\nb\n\n"
    send(browser_client, file=SimpleUploadedFile("a.txt", b"a\r\nb\r"))
    assert stored_text() == "a\r\nb\r"


def test_files_name_helps_the_guess(browser_client):
    send(browser_client, file=SimpleUploadedFile("a.rs", b"no clue"))
    assert Paste.objects.get().syntax == "rust"


def test_file_and_text_together_are_refused_with_the_text_kept(browser_client):
    file = SimpleUploadedFile("a.txt", b"from the file")
    response = send(browser_client, text="typed", file=file)
    assert response.status_code == 422
    assert "not both" in response.content.decode()
    assert ">\ntyped</textarea>" in response.content.decode()
    assert not Paste.objects.exists()


def test_refused_form_keeps_all_that_was_typed_but_the_password(browser_client):
    response = send(
        browser_client,
        text="my <text>\r\n\tindented",
        title="x" * 201,
        syntax="python",
        lifetime="1d",
        burn="on",
        password="geheim",
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert ">\nmy &lt;text&gt;\r\n\tindented</textarea>" in page
    assert f'value="{"x" * 201}"' in page
    assert '<option value="python" selected>' in page
    assert '<option value="1d" selected>' in page
    assert re.search(r'name="burn"[^>]* checked', page)
    assert "at most 200 characters" in page
    assert "geheim" not in page
    assert "Type the password again." in page
    assert not Paste.objects.exists()


def test_refused_file_comes_back_in_the_text_area(browser_client):
    file = SimpleUploadedFile("a.txt", b"from the file")
    response = send(browser_client, file=file, lifetime="soon")
    assert response.status_code == 422
    assert ">\nfrom the file</textarea>" in response.content.decode()


@pytest.mark.threat("W1")
def test_missing_csrf_token_gives_the_text_back_with_a_new_one(browser_client):
    response = browser_client.post("/new", {"text": "precious", "title": "T"})
    page = response.content.decode()
    assert response.status_code == 403
    assert ">\nprecious</textarea>" in page
    assert "Nothing was stored" in page
    assert not Paste.objects.exists()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    again = {"text": "precious", "csrfmiddlewaretoken": token}
    assert browser_client.post("/new", again).status_code == 302


@pytest.mark.threat("W1")
def test_other_sites_form_is_refused(browser_client):
    token = token_of(browser_client)
    response = browser_client.post(
        "/new",
        {"text": "x", "csrfmiddlewaretoken": token},
        headers={"Origin": "https://evil.example"},
    )
    assert response.status_code == 403
    assert not Paste.objects.exists()


def test_limit_gives_the_text_back(browser_client, settings):
    settings.LIMIT_CREATE = "1/h"
    send(browser_client, text="first")
    response = send(browser_client, text="second")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert ">\nsecond</textarea>" in response.content.decode()


def test_text_over_the_limit_but_not_the_forms_is_given_back(browser_client, settings):
    settings.PASTE_MAX_BYTES = 10
    response = send(browser_client, text="eleven char")
    assert response.status_code == 413
    assert ">\neleven char</textarea>" in response.content.decode()


def test_body_over_the_forms_limit_is_a_page(browser_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = send(browser_client, text="x" * 2000)
    assert response.status_code == 413
    assert "Too large" in response.content.decode()


def test_malformed_form_is_a_page(browser_client):
    response = browser_client.post("/new", b"x", content_type="multipart/form-data")
    assert response.status_code == 400
    assert b"<h1>" in response.content


@pytest.mark.threat("D3")
def test_too_many_fields_are_a_400(browser_client):
    fields = {f"f{n}": "x" for n in range(2000)}
    assert send(browser_client, text="x", **fields).status_code == 400


def test_maker_gets_one_cookie_that_scripts_cannot_read(browser_client):
    response = send(browser_client, text="x")
    cookie = response.cookies["maker"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    key = cookie.value
    response = send(browser_client, text="y")
    assert response.cookies["maker"].value == key


def test_owner_token_is_shown_once_and_works(browser_client):
    send(browser_client, text="x")
    slug = Paste.objects.get().slug
    page = browser_client.get(f"/{slug}").content.decode()
    token = re.search(r'<code id="token">(\S+)</code>', page)[1]
    assert f"http://testserver/{slug}" in page
    assert token not in browser_client.get(f"/{slug}").content.decode()
    services.delete_paste(slug, owner_token=token)


def test_locked_paste_stays_open_for_its_maker(browser_client):
    send(browser_client, text="canary", password="pw")
    slug = Paste.objects.get().slug
    assert "canary" in browser_client.get(f"/{slug}").content.decode()
    assert "canary" in browser_client.get(f"/{slug}/raw").content.decode()


def test_wrong_methods_are_pages_that_say_which_are_right(browser_client):
    for path, method in [("/", "delete"), ("/mine", "patch"), ("/about", "post")]:
        response = getattr(browser_client, method)(
            path, headers={"X-CSRFToken": token_of(browser_client)}
        )
        assert response.status_code == 405
        assert "Allow" in response
        assert b"<h1>" in response.content


def test_address_of_a_refused_form_leads_back_to_the_form(browser_client):
    assert browser_client.get("/new")["Location"] == "/"


def test_refused_form_may_be_gone_back_to(browser_client):
    response = send(browser_client, text=" ")
    assert "no-store" not in response["Cache-Control"]


def test_line_ends_survive_a_fork_and_a_refused_file(browser_client, make_paste):
    parent = make_paste("a\r\nb\r\n").paste
    page = browser_client.get(f"/{parent.slug}/fork").content.decode()
    assert 'name="line_ends" value="crlf"' in page
    file = SimpleUploadedFile("a.txt", b"a\r\nb\r\n")
    page = send(browser_client, file=file, lifetime="soon").content.decode()
    assert 'name="line_ends" value="crlf"' in page
    send(browser_client, text="a\r\nb\r\n", line_ends="crlf")
    assert stored_text() == "a\r\nb\r\n"


def test_files_name_is_the_title_where_none_is_typed(browser_client):
    send(browser_client, file=SimpleUploadedFile("server.log", b"x"))
    assert Paste.objects.get().title == "server.log"
    send(browser_client, file=SimpleUploadedFile("b.log", b"x"), title="Mine")
    assert Paste.objects.latest("pk").title == "Mine"


def test_other_methods_at_the_form_are_no_fault_of_the_site(browser_client):
    for method in ("DELETE", "PATCH", "REPORT"):
        assert browser_client.generic(method, "/new").status_code in (403, 405)


def test_fork_takes_the_text_over_and_names_its_parent(browser_client, make_paste):
    parent = make_paste("line\n", title="Old <b>", syntax="sql").paste
    page = browser_client.get(f"/{parent.slug}/fork").content.decode()
    assert ">\nline\n</textarea>" in page
    assert "Old &lt;b&gt;" in page
    send(browser_client, text="line\r\n", fork_of=parent.slug)
    fork = Paste.objects.latest("pk")
    page = browser_client.get(f"/{fork.slug}").content.decode()
    assert f'<a href="/{parent.slug}">' in page
    Paste.objects.filter(pk=parent.pk).update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(days=1),
    )
    assert parent.slug not in browser_client.get(f"/{fork.slug}").content.decode()
    Paste.objects.filter(pk=parent.pk).update(expires_at=None)
    services.hide_paste(parent.slug, reason="spam", by=None)
    assert parent.slug not in browser_client.get(f"/{fork.slug}").content.decode()


ODD = ["a\rb\n", "a\r\nb\n", "a\r\nb\rc", "nul\0x", "\n\r\0\r\n", "a\r\nb\r\n"]


def fork_form(browser, slug):
    """Return what a browser sends back of the fork's page, with nothing touched."""
    page = browser.get(f"/{slug}/fork").content.decode()
    shown = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
    kind = re.search(r'name="line_ends"(?: value="(\w*)")?', page)[1] or ""
    text = re.sub(r"\r\n|\r|\n", "\r\n", shown).replace("\0", "\ufffd")
    return {"text": text, "line_ends": kind, "fork_of": slug}


@pytest.mark.parametrize("text", ODD)
def test_untouched_fork_has_its_parents_very_bytes(browser_client, make_paste, text):
    slug = make_paste(text).paste.slug
    send(browser_client, **fork_form(browser_client, slug))
    assert Paste.objects.count() == 2
    assert stored_text() == text


@pytest.mark.parametrize("text", ODD)
def test_fork_of_a_locked_paste_has_them_too(browser_client, make_paste, text):
    slug = make_paste(text, password="pw").paste.slug
    send(browser_client, path=f"/{slug}", password="pw")
    fields = fork_form(browser_client, slug)
    send(browser_client, **fields)
    assert stored_text() == text
    cookie = browser_client.cookies[f"unlock_{slug}"]
    assert (cookie["path"], bool(cookie["httponly"])) == ("/new", True)


def test_fork_of_a_locked_paste_is_not_opened_by_who_may_not(
    browser_client, make_paste
):
    slug = make_paste("a\rb", password="pw").paste.slug
    send(browser_client, text="a\r\nb", fork_of=slug)
    assert stored_text() == "a\nb"


def test_fork_never_burns_its_parent(browser_client, make_paste):
    paste = make_paste("a\rb", burn=True).paste
    send(browser_client, text="a\r\nb", fork_of=paste.slug)
    assert stored_text() == "a\nb"
    paste.refresh_from_db()
    assert paste.burned_at is None


def test_changed_fork_is_what_was_typed(browser_client, make_paste):
    slug = make_paste("a\rb\r\n").paste.slug
    fields = fork_form(browser_client, slug)
    send(browser_client, **fields | {"text": "a\r\nB\r\n"})
    assert stored_text() == "a\nB\n"


def test_fork_warns_beforehand_of_what_a_text_box_changes(browser_client, make_paste):
    for text, warns in [("a\nb\n", False), *((each, True) for each in ODD[:-1])]:
        slug = make_paste(text).paste.slug
        page = browser_client.get(f"/{slug}/fork").content.decode()
        assert ("mixed line ends" in page) is warns
        refused = send(
            browser_client, **fork_form(browser_client, slug), title="x" * 201
        )
        assert ("mixed line ends" in refused.content.decode()) is warns
    assert "mixed line ends" not in browser_client.get("/").content.decode()
