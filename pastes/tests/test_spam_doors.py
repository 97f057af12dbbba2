"""What each door says of a paste that is held, and of a text that is refused."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from pastes import services
from pastes.models import Paste
from pastes.services import blocking
from pastes.tests.conftest import MAKER_KEY, ROOT

pytestmark = pytest.mark.django_db

SPAM = (
    "Buy cheap viagra online without a prescription. Order cialis with overnight "
    "delivery at the best price: https://pills.example/now"
)
FORM = "application/x-www-form-urlencoded"


def refuse_spam():
    blocking.add_block(
        kind="words", pattern="viagra", effect="refuse", reason="spam", by=None
    )


def page_of(browser, path="/"):
    return browser.get(path).content.decode()


def value_of(page, name):
    tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', page)[0]
    return re.search(r' value="([^"]*)"', tag)[1]


def fill(browser, page, **fields):
    """Send the form that is on a page as a browser does, with what is hidden in it."""
    hidden = {name: value_of(page, name) for name in ("csrfmiddlewaretoken", "opened")}
    return browser.post("/new", hidden | {"backlink": ""} | fields)


# The form: what programs do with it


def signs():
    paste = Paste.objects.latest("pk")
    return {name for name, _points, _detail in paste.held_because}


@pytest.fixture
def strict(settings):
    """Hold for any sign there is."""
    settings.SPAM_HOLD_AT = 1
    return settings


def test_a_person_takes_time_and_leaves_the_hidden_field_alone(browser_client, strict):
    with time_machine.travel("2026-11-27 10:00", tick=False) as now:
        page = page_of(browser_client)
        now.shift(3)
        fill(browser_client, page, text="typed by a person")
    assert Paste.objects.get().state == "live"


def test_haste_and_a_filled_hidden_field_are_signs(browser_client, strict):
    with time_machine.travel("2026-11-27 10:00", tick=False) as now:
        page = page_of(browser_client)
        now.shift(1)
        fill(browser_client, page, text="x", backlink="https://a.example")
        assert signs() == {"honeypot", "hasty"}
        strict.SPAM_MIN_SECONDS = 0
        now.shift(1)
        fill(browser_client, page, text="x")
    assert signs() == set()


@pytest.mark.parametrize("stamp", [None, "", "x", ":1vOvNw:forged"])
def test_a_stamp_that_is_missing_or_not_ours_is_no_sign(browser_client, strict, stamp):
    token = value_of(page_of(browser_client), "csrfmiddlewaretoken")
    fields = {"csrfmiddlewaretoken": token, "text": "x"}
    if stamp is not None:
        fields["opened"] = stamp
    browser_client.post("/new", fields)
    assert Paste.objects.get().state == "live"


def test_a_page_that_was_open_for_a_month_is_no_sign(browser_client, strict):
    with time_machine.travel("2026-11-27 10:00", tick=False) as now:
        page = page_of(browser_client)
        now.shift(31 * 24 * 60 * 60)
        fill(browser_client, page, text="x")
    assert Paste.objects.get().state == "live"


def test_the_stamp_survives_a_refusal(browser_client):
    with time_machine.travel("2026-11-27 10:00", tick=False) as now:
        page = page_of(browser_client)
        now.shift(1)
        refused = fill(browser_client, page, text=" ").content.decode()
        now.shift(5)
        later = page_of(browser_client)
    assert value_of(refused, "opened") == value_of(page, "opened")
    assert value_of(later, "opened") != value_of(page, "opened")


def test_the_fork_form_has_the_fields_and_the_edit_form_has_not(maker, make_mine):
    slug = make_mine().paste.slug
    assert value_of(page_of(maker, f"/{slug}/fork"), "opened")
    edit = page_of(maker, f"/{slug}/edit")
    assert "backlink" not in edit
    assert 'name="opened"' not in edit


def test_nobody_sees_the_hidden_field(client):
    page = page_of(client)
    (block,) = re.findall(r'<div class="decoy".*?</div>', page)
    assert 'aria-hidden="true"' in block
    field = re.search(r"<input[^>]*>", block)[0]
    for part in ('tabindex="-1"', 'autocomplete="off"', 'name="backlink"'):
        assert part in field
    css = (ROOT / "pastes/static/pastes/site.css").read_text()
    assert re.search(r"\.decoy \{ display: none; \}", css)


# The maker


def test_the_maker_gets_the_link_and_hears_that_it_is_held(browser_client):
    response = fill(browser_client, page_of(browser_client), text=SPAM)
    link = response["Location"]
    first = browser_client.get(link)
    page = first.content.decode()
    assert first.status_code == 403
    assert f"http://testserver{link}</a>" in page
    assert "held for review: nobody can read it, you neither, until" in page
    assert "Owner token" in page
    assert f'href="{link}/delete"' in page
    assert f'href="{link}/data"' in page
    # What would be refused or shows nothing is not offered.
    for way in ("/edit", "/lock", "/burn", "/qr.svg"):
        assert f"{link}{way}" not in page
    assert "no-store" in first["Cache-Control"]
    second = browser_client.get(link).content.decode()
    assert "Owner token" not in second
    assert f'href="{link}/delete"' in second
    assert "viagra" not in second


def test_a_script_is_led_to_the_same_page(browser_client):
    page = page_of(browser_client)
    token = value_of(page, "csrfmiddlewaretoken")
    sent = browser_client.post(
        "/new",
        {"csrfmiddlewaretoken": token, "text": SPAM},
        headers={"accept": "application/json"},
    )
    assert sent.status_code == 201
    assert browser_client.get(sent.json()["url"]).status_code == 403


def test_somebody_else_gets_a_plain_refusal(client, make_paste):
    new = make_paste(SPAM, client=services.Client("203.0.113.9"))
    response = client.get(f"/{new.paste.slug}")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Held for review" in page
    assert "a moderator has looked at it" in page
    assert "/delete" not in page


def test_the_makers_list_says_so_and_the_owners_pages_answer(maker, make_paste):
    new = make_paste(
        SPAM, client=services.Client("203.0.113.9"), maker_key=MAKER_KEY, title="T"
    )
    slug = new.paste.slug
    assert "held for review" in page_of(maker, "/mine")
    for page in ("edit", "lock", "burn"):
        assert maker.get(f"/{slug}/{page}")["Location"] == f"/{slug}", page
    assert maker.get(f"/{slug}/data").status_code == 200
    for page in ("fork", "raw", "download", "qr.svg"):
        assert maker.get(f"/{slug}/{page}").status_code == 403, page
    assert maker.get(f"/{slug}/delete").status_code == 200
    assert maker.post(f"/{slug}/delete").status_code == 302
    assert not Paste.objects.exists()


@pytest.mark.parametrize("password", ["", "new password"])
def test_an_edit_that_is_held_leads_to_the_held_page(maker, make_mine, password):
    link = f"/{make_mine().paste.slug}"
    page = page_of(maker, f"{link}/edit")
    names = ("seen_sha256", "boxed_sha256")
    seen = {name: value_of(page, name) for name in names}
    fields = seen | {"text": SPAM, "title": "", "syntax": "text", "lifetime": ""}
    response = maker.post(f"{link}/edit", fields | {"password": password})
    assert response.status_code == 302
    assert Paste.objects.get().state == "held"
    page = maker.get(link)
    assert page.status_code == 403
    assert f'href="{link}/delete"' in page.content.decode()


# The other doors

DOORS = {
    "terminal": ("/", SPAM, "text/plain"),
    "haste": ("/documents", SPAM, "text/plain"),
    "dpaste": ("/api/", urlencode({"content": SPAM, "lexer": "text"}), FORM),
    "dpaste.com": ("/api/v2/", urlencode({"content": SPAM}), FORM),
    "pastebin.com": (
        "/api/api_post.php",
        urlencode(
            {"api_option": "paste", "api_dev_key": "d" * 32, "api_paste_code": SPAM}
        ),
        FORM,
    ),
    "pinnwand": (
        "/api/v1/paste",
        json.dumps(
            {
                "expiry": "1day",
                "files": [{"name": "a", "lexer": "text", "content": SPAM}],
            }
        ),
        "application/json",
    ),
    "pinnwand's curl": ("/curl", urlencode({"raw": SPAM}), FORM),
    "lodgeit": (
        "/json/?method=pastes.newPaste",
        json.dumps({"code": SPAM, "language": "text"}),
        "application/json",
    ),
    "wastebin": ("/", json.dumps({"text": SPAM}), "application/json"),
    "sprunge": ("/", urlencode({"sprunge": SPAM}), FORM),
}


@pytest.mark.parametrize("door", DOORS)
def test_each_door_answers_as_ever_and_says_held_in_a_header(client, door):
    path, body, content_type = DOORS[door]
    response = client.post(path, body, content_type=content_type)
    assert response.status_code in (200, 201), response.content
    paste = Paste.objects.get()
    assert paste.state == "held"
    assert response["X-Held"] == "yes"
    assert paste.slug in f"{response.content.decode()} {response.headers}"


@pytest.mark.parametrize("door", DOORS)
def test_each_door_says_nothing_of_honest_texts(client, door):
    path, body, content_type = DOORS[door]
    for word in ("viagra", "cialis"):
        body = body.replace(word, "garden")
    response = client.post(path, body, content_type=content_type)
    assert Paste.objects.get().state == "live"
    assert "X-Held" not in response


@pytest.mark.parametrize("door", DOORS)
def test_each_door_tells_that_a_text_is_blocked(client, door):
    refuse_spam()
    path, body, content_type = DOORS[door]
    response = client.post(path, body, content_type=content_type)
    said = response.content.decode()
    assert "the moderators blocked it" in said or "api_" in path
    assert not Paste.objects.exists()
    assert response.status_code in (200, 403)


def test_of_several_texts_each_is_told(client):
    files = [SimpleUploadedFile("a.txt", b"x"), SimpleUploadedFile("b", SPAM.encode())]
    response = client.post("/", {"f:1": files[0], "f:2": files[1]})
    assert response["X-Held"] == "no, yes"


def test_the_api_says_held_and_blocked(client):
    def send(text):
        return client.post(
            "/api/v1/pastes", {"text": text}, content_type="application/json"
        )

    assert send("honest").json()["held"] is False
    new = send(SPAM)
    assert new.status_code == 201
    assert new.json()["held"] is True
    refused = client.get(f"/api/v1/pastes/{new.json()['id']}")
    assert refused.status_code == 403
    assert refused.json()["code"] == "held"
    bearer = {"authorization": f"Bearer {new.json()['owner_token']}"}
    path = f"/api/v1/pastes/{new.json()['id']}"
    assert client.delete(path, headers=bearer).status_code == 204
    refuse_spam()
    blocked = send(SPAM)
    assert (blocked.status_code, blocked.json()["code"]) == (403, "blocked")


def test_an_edit_by_the_api_says_held(client, make_paste):
    new = make_paste()
    response = client.patch(
        f"/api/v1/pastes/{new.paste.slug}",
        {"text": SPAM},
        content_type="application/json",
        headers={"authorization": f"Bearer {new.owner_token}"},
    )
    assert response.json()["held"] is True


def test_the_form_gives_back_what_is_blocked(browser_client):
    refuse_spam()
    response = fill(browser_client, page_of(browser_client), text=SPAM)
    page = response.content.decode()
    assert response.status_code == 403
    assert "This cannot be pasted here: the moderators blocked it." in page
    assert "Buy cheap viagra" in page


def test_a_checker_can_be_written_as_the_handbook_says():
    handbook = Path(ROOT / "docs/moderation.md").read_text()
    (code,) = re.findall(r"```python\n(def check\(.*?)```", handbook, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["check"]("text", "Casino", "203.0.113.9") == 10
    assert names["check"]("text", "title", "203.0.113.9") == 0
