"""What holds at the addresses of every dialect that makes pastes."""

import json

import pytest

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
CREATIONS = {
    "haste": ("/documents", "text/plain", "x"),
    "dpaste": ("/api/", FORM, "content=x"),
    "dpaste.com": ("/api/v2/", FORM, "content=x"),
    "pastebin.com": ("/api/api_post.php", FORM, "api_option=paste&api_paste_code=x"),
    "pinnwand": (
        "/api/v1/paste",
        "application/json",
        json.dumps({"expiry": "1day", "files": [{"lexer": "text", "content": "x"}]}),
    ),
    "pinnwand curl": ("/curl", FORM, "raw=x&lexer=text&expiry=1day"),
    "lodgeit": (
        "/json/?method=pastes.newPaste",
        "application/json",
        json.dumps({"language": "text", "code": "x"}),
    ),
}


@pytest.mark.parametrize("name", CREATIONS)
def test_password_in_the_header_locks_the_paste(client, name):
    path, kind, body = CREATIONS[name]
    headers = {"X-Paste-Password": "geheim"}
    response = client.post(path, body, content_type=kind, headers=headers)
    assert response.status_code in (200, 201), response.content
    paste = Paste.objects.get()
    assert paste.is_locked
    assert services.open_paste(paste.slug, password="geheim", client=None).text == "x"


@pytest.mark.parametrize("option", ["password", "burn", "lifetime", "expire"])
@pytest.mark.parametrize("name", CREATIONS)
def test_option_that_a_protocol_does_not_know_is_not_passed_over(client, name, option):
    path, kind, body = CREATIONS[name]
    joint = "&" if "?" in path else "?"
    sent = [(f"{path}{joint}{option}=1", body)]
    if kind == FORM:
        sent.append((path, f"{body}&{option}=1"))
    elif kind == "application/json":
        sent.append((path, json.dumps(json.loads(body) | {option: "1"})))
    for where, what in sent:
        response = client.post(where, what, content_type=kind)
        assert 400 <= response.status_code < 500, (where, what)
    assert not Paste.objects.exists()


@pytest.mark.parametrize("name", CREATIONS)
def test_owner_token_comes_in_a_header(client, name):
    path, kind, body = CREATIONS[name]
    response = client.post(path, body, content_type=kind)
    slug = Paste.objects.get().slug
    services.delete_paste(slug, owner_token=response["X-Owner-Token"])


@pytest.mark.parametrize(
    "name", [n for n in CREATIONS if CREATIONS[n][0].count("/") == 1]
)
def test_put_of_a_single_name_stays_an_upload(client, name):
    path = CREATIONS[name][0]
    response = client.put(path, b"x")
    assert response.status_code == 201
    assert Paste.objects.get().title == path.removeprefix("/")


@pytest.mark.parametrize("name", CREATIONS)
def test_broken_site_is_told_by_the_dialect_and_not_by_a_page(
    client, name, monkeypatch
):
    def broken(**values):
        raise RuntimeError("canary")

    monkeypatch.setattr(services, "create_paste", broken)
    client.raise_request_exception = False
    path, kind, body = CREATIONS[name]
    response = client.post(path, body, content_type=kind)
    assert response.status_code == 500
    assert b"<html" not in response.content
    assert b"broke" in response.content
