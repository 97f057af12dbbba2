"""What the form's script is answered: where to go, or what is wrong, as JSON."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json"}


def token_of(browser, path="/"):
    page = browser.get(path).content.decode()
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def send(browser, path="/new", headers=SCRIPT, **fields):
    page = "/" if path == "/new" else path
    fields = {"csrfmiddlewaretoken": token_of(browser, page)} | fields
    return browser.post(path, fields, headers=headers)


def test_script_is_told_where_the_paste_is_with_the_redirects_cookies(browser_client):
    page = send(browser_client, headers=None, text="x", password="pw")
    answer = send(browser_client, text="x", password="pw")
    paste = Paste.objects.latest("pk")
    assert answer.status_code == 201
    assert answer.json() == {"url": f"/{paste.slug}"}
    for name in ("maker", "created", "unlock"):
        one, other = page.cookies[name], answer.cookies[name]
        assert {key: one[key] for key in one if key not in ("expires", "path")} == {
            key: other[key] for key in other if key not in ("expires", "path")
        }
    shown = browser_client.get(answer.json()["url"])
    assert b'class="created"' in shown.content


def test_refusal_names_the_fields_and_holds_nothing_that_was_typed(browser_client):
    answer = send(
        browser_client, text=" ", title="canary" * 50, password="canary", burn="on"
    )
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()["errors"]) == {"text", "title"}
    assert answer.json()["errors"]["text"] == ["There is no text here to share."]
    assert answer.json()["sentence"] == ""
    assert "canary" not in answer.content.decode()
    assert not Paste.objects.exists()


def test_file_beside_a_text_is_refused_at_the_file(browser_client):
    file = SimpleUploadedFile("a.txt", b"from the file")
    answer = send(browser_client, text="typed", file=file)
    assert answer.status_code == 422
    assert "not both" in answer.json()["errors"]["file"][0]


def test_limit_says_when_to_try_again(browser_client, settings):
    settings.LIMIT_CREATE = "1/h"
    send(browser_client, text="first")
    answer = send(browser_client, text="second")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Try again in 60 minutes." in answer.json()["sentence"]
    assert answer.json()["errors"] == {}


def test_too_large_text_is_refused_beside_the_text(browser_client, settings):
    settings.PASTE_MAX_BYTES = 10
    answer = send(browser_client, text="eleven char")
    assert answer.status_code == 413
    assert "up to 10 bytes" in answer.json()["errors"]["text"][0]


def test_body_over_the_forms_limit_is_refused_as_json(browser_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = send(browser_client, text="x" * 2000)
    assert answer.status_code == 413
    assert "too large" in answer.json()["sentence"]


def test_malformed_form_is_refused_as_json(browser_client):
    headers = SCRIPT | {"X-CSRFToken": token_of(browser_client)}
    answer = browser_client.post(
        "/new", b"x", content_type="multipart/form-data", headers=headers
    )
    assert answer.status_code == 400
    assert answer.json()["sentence"]


@pytest.mark.parametrize("path", ["/new", "/guess", "edit"])
def test_expired_form_gets_a_token_that_works(browser_client, make_paste, path):
    if path == "edit":
        path = f"/{make_paste().paste.slug}/edit"
    answer = browser_client.post(path, {"text": "precious"}, headers=SCRIPT)
    assert answer.status_code == 403
    assert "precious" not in answer.content.decode()
    fields = {"text": "precious", "csrfmiddlewaretoken": answer.json()["csrf_token"]}
    again = browser_client.post(path, fields, headers=SCRIPT)
    assert "csrf_token" not in again.json()
    assert (Paste.objects.count() == 1) == (path != "/guess")


def test_other_site_gets_no_token(browser_client):
    headers = SCRIPT | {"Origin": "https://evil.example"}
    answer = send(browser_client, headers=headers, text="x")
    assert answer.status_code == 403
    assert "csrf_token" not in answer.json()
    assert not Paste.objects.exists()


def test_edit_answers_its_script_too(browser_client):
    url = send(browser_client, text="one").json()["url"]
    answer = send(browser_client, path=f"{url}/edit", text="two")
    assert (answer.status_code, answer.json()) == (201, {"url": url})
    assert services.open_paste(url[1:], client=None).text == "two"
    answer = send(browser_client, path=f"{url}/edit", text=" ", password="pw")
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"text"}


def test_edit_of_what_is_gone_is_told_as_json(browser_client):
    url = send(browser_client, text="one").json()["url"]
    fields = {"csrfmiddlewaretoken": token_of(browser_client), "text": "two"}
    Paste.objects.all().delete()
    answer = browser_client.post(f"{url}/edit", fields, headers=SCRIPT)
    assert answer.status_code == 404
    assert "no paste here" in answer.json()["sentence"]


def test_edit_without_its_token_gives_the_text_back(browser_client, make_paste):
    slug = make_paste().paste.slug
    answer = browser_client.post(f"/{slug}/edit", {"text": "precious"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert ">\nprecious</textarea>" in page
    assert "Nothing was stored" in page
    gone = browser_client.post(f"/{'1' * 12}/edit", {"text": "precious"})
    assert gone.status_code == 404


def test_browsers_accept_header_gets_a_page(browser_client):
    headers = {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    }
    assert send(browser_client, headers=headers, text=" ").status_code == 422
    assert send(browser_client, headers=headers, text="x").status_code == 302


def test_forms_of_secret_pastes_say_so(browser_client, make_paste):
    def page(path):
        return browser_client.get(path).content.decode()

    assert "data-is-secret" not in page("/")
    public = make_paste().paste.slug
    assert "data-is-secret" not in page(f"/{public}/fork")
    assert "data-is-secret" not in page(f"/{public}/edit")
    url = send(browser_client, text="x", password="pw").json()["url"]
    assert "data-is-secret" in page(f"{url}/fork")
    assert "data-is-secret" in page(f"{url}/edit")
    burn = make_paste(burn=True).paste.slug
    assert "data-is-secret" in page(f"/{burn}/edit")
