"""The JSON API: each call, each code, each header."""

import json
import re
from datetime import datetime

import pytest
from django.core.management import call_command

from pastes import services
from pastes.models import Paste, Report

pytestmark = pytest.mark.django_db

CALLS = "/api/v1/pastes"
ABSENT = "1" * 12


def send(client, method, path, data=None, token="", **headers):
    """Send JSON; data that is text or bytes goes as it is."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = data if isinstance(data, (str, bytes)) else json.dumps(data)
    return client.generic(
        method,
        path,
        "" if data is None else body,
        content_type="application/json",
        headers=headers,
    )


def create(client, **values):
    response = send(client, "POST", CALLS, {"text": "hello\n"} | values)
    assert response.status_code == 201, response.content
    return response.json()


def assert_problem(response, status, code):
    """Hold the answer to RFC 9457 and return it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "private, no-store"
    problem = response.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert len(problem["detail"]) > 10
    return problem


# Making


def test_new_paste_is_told_in_full(client):
    response = send(client, "POST", CALLS, {"text": "x = 1\r\n", "title": "T"})
    paste = response.json()
    slug = paste["id"]
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{CALLS}/{slug}"
    assert response["Cache-Control"] == "private, no-store"
    assert not response.cookies
    assert set(paste) == {
        "id",
        "url",
        "raw_url",
        "owner_token",
        "title",
        "syntax",
        "created_at",
        "expires_at",
        "burn",
        "locked",
        "held",
        "size",
    }
    assert paste["url"] == f"http://testserver/{slug}"
    assert client.get(paste["raw_url"]).content == b"x = 1\r\n"
    assert (paste["title"], paste["size"]) == ("T", 7)
    assert (paste["burn"], paste["locked"]) == (False, False)
    lifetime = moment(paste["expires_at"]) - moment(paste["created_at"])
    assert lifetime.days == 30


def moment(text):
    return datetime.fromisoformat(text)


def test_every_option_reaches_the_paste(client):
    paste = create(
        client, syntax="py", lifetime="never", burn=True, password="geheim", title="Té"
    )
    assert paste["syntax"] == "python"
    assert paste["expires_at"] is None
    assert (paste["burn"], paste["locked"], paste["title"]) == (True, True, "Té")
    paste = create(client, lifetime=60)
    assert (moment(paste["expires_at"]) - moment(paste["created_at"])).seconds == 60
    paste = create(client, lifetime=60.0)
    assert (moment(paste["expires_at"]) - moment(paste["created_at"])).seconds == 60


@pytest.mark.parametrize(
    "text", ["a\r\nb\rc\n\0\t é 🧵 \u2028", " x", "x\n\n", "\\u00e9"]
)
def test_text_comes_back_byte_for_byte(client, text):
    slug = create(client, text=text)["id"]
    answer = client.get(f"{CALLS}/{slug}")
    assert answer.json()["text"] == text
    assert client.get(f"/{slug}/raw").content == text.encode()


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        ({}, 422, "invalid", {"text"}),
        ({"text": ""}, 422, "invalid", {"text"}),
        ({"text": " \n"}, 422, "invalid", {"text"}),
        ({"text": None}, 422, "invalid", {"text"}),
        ({"text": 5}, 422, "invalid", {"text"}),
        ('{"text": "\\ud800"}', 422, "invalid", {"text"}),
        ({"text": "x", "title": "a\nb"}, 422, "invalid", {"title"}),
        ({"text": "x", "syntax": "nope"}, 422, "invalid", {"syntax"}),
        ({"text": "x", "lifetime": "soon"}, 422, "invalid", {"lifetime"}),
        ({"text": "x", "lifetime": "3600"}, 422, "invalid", {"lifetime"}),
        ({"text": "x", "lifetime": ""}, 422, "invalid", {"lifetime"}),
        ({"text": "x", "lifetime": 0}, 422, "invalid", {"lifetime"}),
        ({"text": "x", "lifetime": 10**12}, 422, "invalid", {"lifetime"}),
        ({"text": "x", "lifetime": 1.5}, 422, "invalid", {"lifetime"}),
        ({"text": "x", "burn": "yes"}, 422, "invalid", {"burn"}),
        ({"text": "x", "burn": 1}, 422, "invalid", {"burn"}),
        ({"text": "x", "password": "\0"}, 422, "invalid", {"password"}),
        ({"text": "x", "lifetim": "1d"}, 422, "invalid", {"lifetim"}),
        ({"text": "", "syntax": "nope"}, 422, "invalid", {"text", "syntax"}),
        ([], 422, "invalid", {"body"}),
        ("5", 422, "invalid", {"body"}),
        ("", 422, "invalid", {"body"}),
        ("{", 400, "malformed", None),
        ("[" * 100_000, 400, "malformed", None),
        ('{"text": 1' + "0" * 10_000 + "}", 400, "malformed", None),
        (b'{"text": "\xff"}', 400, "malformed", None),
        ('{"text": "x"}'.encode("utf-16"), 400, "malformed", None),
    ],
)
def test_bad_input_is_a_problem_and_stores_nothing(client, body, status, code, fields):
    problem = assert_problem(send(client, "POST", CALLS, body), status, code)
    if fields:
        assert set(problem["errors"]) == fields
        for sentences in problem["errors"].values():
            assert all(re.fullmatch(r"[A-Z“].*\.", each) for each in sentences)
    assert not Paste.objects.exists()


@pytest.mark.threat("D3")
def test_body_with_too_much_structure_is_refused_unread(client):
    many = {str(n): 0 for n in range(3000)}
    for body in ({"text": "x"} | many, {"text": "x", "a": [{}] * 3000}):
        assert_problem(send(client, "POST", CALLS, body), 400, "malformed")
    some = {str(n): 0 for n in range(300)}
    problem = assert_problem(
        send(client, "POST", CALLS, {"text": "x"} | some), 422, "invalid"
    )
    assert len(problem["errors"]) == 20
    # What stands in a text is no structure.
    for text in ('{"a": [1, 2]},\n' * 5000, '"\\' * 9000, "[" * 9000):
        assert create(client, text=text)["size"] == len(text)


def test_password_beside_the_json_is_refused_and_not_passed_over(client):
    for name in ("X-Paste-Password", "Wastebin-Password"):
        response = send(client, "POST", CALLS, {"text": "x"}, **{name: "p"})
        assert_problem(response, 422, "invalid")
    for query in ("password=x", "burn=1", "lifetime=60"):
        response = send(client, "POST", f"{CALLS}?{query}", {"text": "x"})
        assert_problem(response, 422, "invalid")


@pytest.mark.threat("W1")
def test_what_is_not_json_by_type_is_a_415(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "text/json", ""):
        response = client.post(CALLS, '{"text": "x"}', content_type=kind)
        assert_problem(response, 415, "unsupported_media_type")
    response = client.post(CALLS, {"text": "x"})
    assert_problem(response, 415, "unsupported_media_type")
    assert not Paste.objects.exists()


def test_too_large_is_a_413_by_the_verb_and_by_the_middleware(client, settings):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 400
    for size in (101, 401):
        response = send(client, "POST", CALLS, {"text": "x" * size})
        assert_problem(response, 413, "too_large")
    # JSON may write a text longer than it is.
    assert create(client, text="é" * 50)["size"] == 100


def test_limit_is_a_429_with_retry_after(client, settings):
    settings.LIMIT_CREATE = "1/h"
    create(client)
    response = send(client, "POST", CALLS, {"text": "x"})
    assert_problem(response, 429, "rate_limited")
    assert 0 < int(response["Retry-After"]) <= 3600


# Reading


def test_public_paste_is_read_again_by_its_etag(client):
    slug = create(client)["id"]
    response = client.get(f"{CALLS}/{slug}")
    assert response["Cache-Control"] == "private, no-cache"
    assert response.json()["text"] == "hello\n"
    again = {"If-None-Match": response["ETag"]}
    assert client.get(f"{CALLS}/{slug}", headers=again).status_code == 304
    token = create(client)["owner_token"]
    assert token not in response.content.decode()


def test_edited_or_removed_paste_is_not_304(client):
    paste = create(client)
    etag = client.get(f"{CALLS}/{paste['id']}")["ETag"]
    again = {"If-None-Match": etag}
    path = f"{CALLS}/{paste['id']}"
    send(client, "PATCH", path, {"title": "other"}, paste["owner_token"])
    assert client.get(path, headers=again).status_code == 200
    services.hide_paste(paste["id"], reason="spam", by=None)
    assert client.get(path, headers=again).status_code == 410


def test_locked_paste_opens_by_header_or_body_and_says_nothing_before(client):
    slug = create(client, title="canary", text="canary", password="пароль")["id"]
    path = f"{CALLS}/{slug}"
    response = client.get(path)
    assert_problem(response, 401, "password_required")
    assert response["WWW-Authenticate"] == 'PastePassword realm="paste"'
    assert b"canary" not in response.content
    response = client.get(path, headers={"X-Paste-Password": "wrong"})
    assert_problem(response, 403, "wrong_password")
    assert b"canary" not in response.content
    sent = "пароль".encode().decode("latin-1")
    response = client.get(path, headers={"X-Paste-Password": sent})
    assert response.json()["text"] == "canary"
    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response
    response = send(client, "POST", f"{path}/open", {"password": "пароль"})
    assert response.json()["text"] == "canary"
    response = send(client, "POST", f"{path}/open", {"password": "x" * 2000})
    assert_problem(response, 403, "wrong_password")


@pytest.mark.threat("P1")
def test_guesses_end_with_a_429(client, settings):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "1/h"
    slug = create(client, password="x")["id"]
    for code in ("wrong_password", "too_many_attempts"):
        response = send(client, "POST", f"{CALLS}/{slug}/open", {"password": "no"})
        assert response.json()["code"] == code
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_burn_paste_is_opened_once_by_consent_alone(client):
    slug = create(client, burn=True)["id"]
    path = f"{CALLS}/{slug}"
    for response in (
        client.get(path),
        send(client, "POST", f"{path}/open", {}),
        send(client, "POST", f"{path}/open", {"consent": False}),
    ):
        assert_problem(response, 409, "consent_required")
    response = send(client, "POST", f"{path}/open", {"consent": True})
    assert response.json()["text"] == "hello\n"
    assert response["Cache-Control"] == "private, no-store"
    response = send(client, "POST", f"{path}/open", {"consent": True})
    assert_problem(response, 404, "not_found")


def test_wrong_password_burns_nothing(client):
    slug = create(client, burn=True, password="right")["id"]
    body = {"password": "wrong", "consent": True}
    response = send(client, "POST", f"{CALLS}/{slug}/open", body)
    assert_problem(response, 403, "wrong_password")
    body["password"] = "right"
    response = send(client, "POST", f"{CALLS}/{slug}/open", body)
    assert response.json()["text"] == "hello\n"


@pytest.mark.parametrize("slug", [ABSENT, "x", "a%00b", "%ff", "é", "1" * 500])
def test_unknown_id_is_a_404_at_every_call(client, slug):
    token = "t" * 32
    path = f"{CALLS}/{slug}"
    for response in (
        client.get(path),
        client.head(path),
        send(client, "POST", f"{path}/open", {}),
        send(client, "PATCH", path, {"title": "x"}, token),
        send(client, "DELETE", path, token=token),
        send(client, "POST", f"{path}/reports", {"reason": "spam"}),
    ):
        assert_problem(response, 404, "not_found") if response.content else None
        assert response.status_code == 404


def test_removed_paste_is_a_410_with_its_reason_at_every_call(client):
    paste = create(client)
    path = f"{CALLS}/{paste['id']}"
    services.hide_paste(paste["id"], reason="spam", by=None)
    for response in (
        client.get(path),
        send(client, "POST", f"{path}/open", {}),
        send(client, "PATCH", path, {"title": "x"}, paste["owner_token"]),
        send(client, "DELETE", path, token=paste["owner_token"]),
        send(client, "POST", f"{path}/reports", {"reason": "spam"}),
    ):
        assert "spam" in assert_problem(response, 410, "removed")["detail"]


# Owning


def test_owner_edits_what_is_sent_and_no_more(client):
    paste = create(client, title="old", text="x = 1\n", syntax="python")
    path = f"{CALLS}/{paste['id']}"
    sent = {"title": "new", "lifetime": "never"}
    response = send(client, "PATCH", path, sent, paste["owner_token"])
    assert response.status_code == 200
    assert response.json() == {
        name: value for name, value in paste.items() if name != "owner_token"
    } | {"title": "new", "expires_at": None}
    assert client.get(path).json()["text"] == "x = 1\n"
    sent = {"text": "select 1", "syntax": "sql", "password": "p"}
    response = send(client, "PATCH", path, sent, paste["owner_token"])
    assert (response.json()["locked"], response.json()["size"]) == (True, 8)
    assert client.get(path).status_code == 401
    send(client, "PATCH", path, {"password": ""}, paste["owner_token"])
    assert client.get(path).json()["text"] == "select 1"


def test_edit_refuses_what_the_form_refuses_and_changes_nothing(client):
    paste = create(client, title="old")
    path = f"{CALLS}/{paste['id']}"
    for sent in ({"text": ""}, {"title": "\0"}, {"burn": 1}, {"text": None}):
        response = send(
            client, "PATCH", path, {"title": "x"} | sent, paste["owner_token"]
        )
        assert_problem(response, 422, "invalid")
    assert client.get(path).json()["title"] == "old"


@pytest.mark.threat("P5")
def test_missing_token_is_a_401_and_a_wrong_one_a_403(client):
    paste, other = create(client), create(client)
    path = f"{CALLS}/{paste['id']}"
    for method, data in (("PATCH", {"title": "x"}), ("DELETE", None)):
        response = send(client, method, path, data)
        assert_problem(response, 401, "owner_token_required")
        assert response["WWW-Authenticate"] == 'Bearer realm="paste"'
        for token in (other["owner_token"], "x", "t" * 32):
            response = send(client, method, path, data, token)
            assert_problem(response, 403, "forbidden")
    assert client.get(path).json()["title"] == ""


def test_owner_deletes_for_good(client):
    paste = create(client)
    path = f"{CALLS}/{paste['id']}"
    response = send(client, "DELETE", path, token=paste["owner_token"])
    assert (response.status_code, response.content) == (204, b"")
    response = send(client, "DELETE", path, token=paste["owner_token"])
    assert_problem(response, 404, "not_found")
    assert client.get(f"/{paste['id']}").status_code == 404


@pytest.mark.threat("P5")
def test_no_cookie_gives_any_right(client):
    paste = create(client)
    client.cookies["maker"] = "k" * 32
    client.cookies["unlock"] = "x"
    response = send(client, "DELETE", f"{CALLS}/{paste['id']}")
    assert response.status_code == 401


# Reporting


def test_report_reaches_the_moderators(client, moderator):
    slug = create(client, password="x")["id"]
    sent = {"reason": "malware", "details": "downloads a virus"}
    response = send(client, "POST", f"{CALLS}/{slug}/reports", sent)
    assert (response.status_code, response.content) == (202, b"")
    report = Report.objects.get()
    assert (report.paste.slug, report.reason) == (slug, "malware")
    page = moderator[0].get(f"/admin/pastes/paste/{report.paste_id}/change/")
    assert "downloads a virus" in page.content.decode()
    page = moderator[0].get("/admin/pastes/paste/?reported=yes")
    assert slug in page.content.decode()


def test_bad_report_is_refused(client, settings):
    path = f"{CALLS}/{create(client)['id']}/reports"
    for sent, field in (
        ({}, "reason"),
        ({"reason": "dislike"}, "reason"),
        ({"reason": "spam", "details": "x" * 2001}, "details"),
        ({"reason": "spam", "details": "\0"}, "details"),
    ):
        problem = assert_problem(send(client, "POST", path, sent), 422, "invalid")
        assert set(problem["errors"]) == {field}
    settings.LIMIT_REPORT = "1/h"
    send(client, "POST", path, {"reason": "spam"})
    response = send(client, "POST", path, {"reason": "spam"})
    problem = assert_problem(response, 429, "rate_limited")
    assert "reports" in problem["detail"]
    assert Report.objects.count() == 1


# The site


def test_limits_say_what_the_form_offers(client, settings):
    settings.PASTE_MAX_LIFETIME = "1w"
    answer = client.get("/api/v1/limits").json()
    assert answer["max_bytes"] == settings.PASTE_MAX_BYTES
    assert answer["lifetimes"][0] == {
        "key": "10m",
        "name": "10 minutes",
        "seconds": 600,
    }
    assert [each["key"] for each in answer["lifetimes"]] == ["10m", "1h", "1d", "1w"]
    assert answer["max_lifetime_seconds"] == 7 * 24 * 3600


def test_every_language_of_the_menu_is_taken(client):
    languages = client.get("/api/v1/languages").json()
    assert {"key": "python", "name": "Python", "extension": "py"} in languages
    assert len(languages) > 80
    for each in languages[:5]:
        assert create(client, syntax=each["key"])["syntax"] == each["key"]


# HTTP


def test_head_and_options_and_other_methods(browser_client):
    client = browser_client
    slug = create(client)["id"]
    allowed = {
        CALLS: "OPTIONS, POST",
        f"{CALLS}/{slug}": "DELETE, GET, HEAD, OPTIONS, PATCH",
        f"{CALLS}/{slug}/open": "OPTIONS, POST",
        f"{CALLS}/{slug}/reports": "OPTIONS, POST",
        "/api/v1/limits": "GET, HEAD, OPTIONS",
        "/api/v1/languages": "GET, HEAD, OPTIONS",
        "/api/v1/openapi.json": "GET, HEAD, OPTIONS",
        "/api/v1/docs": "GET, HEAD, OPTIONS",
    }
    for path, methods in allowed.items():
        response = client.options(path)
        assert response.status_code in (200, 204), path
        assert response["Allow"] == methods
        assert "Access-Control-Allow-Origin" not in response
        assert "Content-Type" not in response
        response = client.put(path)
        assert_problem(response, 405, "method_not_allowed")
        assert response["Allow"] == methods
        if "HEAD" in methods:
            head, get = client.head(path), client.get(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.get("ETag") == get.get("ETag")


def test_head_counts_no_view(client):
    slug = create(client)["id"]
    client.head(f"{CALLS}/{slug}")
    services.write_views()
    assert Paste.objects.get(slug=slug).views == 0
    client.get(f"{CALLS}/{slug}")
    services.write_views()
    assert Paste.objects.get(slug=slug).views == 1


def test_unknown_call_and_broken_site_are_problems(client, settings):
    for path in ("/api/v1/nothing", "/api/v1/pastes/", f"/api/v1/pastes/{ABSENT}/x"):
        assert_problem(client.get(path), 404, "not_found")
    settings.ROOT_URLCONF = "pastes.tests.broken_urls"
    client.raise_request_exception = False
    assert_problem(client.get("/api/v1/broken"), 500, "broken")


@pytest.mark.threat("G1")
def test_nothing_lists_pastes(client):
    paste = create(client)
    response = send(client, "GET", CALLS, token=paste["owner_token"])
    assert_problem(response, 405, "method_not_allowed")
    assert paste["id"] not in response.content.decode()


# Other origins

ORIGIN = {"Origin": "https://tool.example"}
PREFLIGHT = ORIGIN | {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}


@pytest.mark.threat("W8")
def test_other_origins_may_not_read_by_default(client):
    slug = create(client)["id"]
    for response in (
        client.get(f"{CALLS}/{slug}", headers=ORIGIN),
        client.options(CALLS, headers=PREFLIGHT),
    ):
        assert "Access-Control-Allow-Origin" not in response


@pytest.mark.threat("W8")
def test_other_origins_read_and_create_where_the_operator_says_so(client, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    response = client.options(CALLS, headers=PREFLIGHT)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    methods = response["Access-Control-Allow-Methods"].split(", ")
    assert set(methods) == {"GET", "HEAD", "POST"}
    assert "x-paste-password" in response["Access-Control-Allow-Headers"]
    response = client.post(
        CALLS, {"text": "x"}, content_type="application/json", headers=ORIGIN
    )
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Location" in response["Access-Control-Expose-Headers"]
    page = client.get("/api/v1/lexer", headers=ORIGIN)
    assert "Access-Control-Allow-Origin" not in page
    page = client.get("/", headers=ORIGIN)
    assert "Access-Control-Allow-Origin" not in page


@pytest.mark.threat("W8")
def test_chosen_origins_alone_where_the_operator_names_them(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://tool.example"]
    slug = create(client)["id"]
    response = client.get(f"{CALLS}/{slug}", headers=ORIGIN)
    assert response["Access-Control-Allow-Origin"] == "https://tool.example"
    other = {"Origin": "https://evil.example"}
    response = client.get(f"{CALLS}/{slug}", headers=other)
    assert "Access-Control-Allow-Origin" not in response


def test_reports_forget_addresses_in_time(client, settings):
    settings.ADDRESS_RETENTION = "1s"
    slug = create(client)["id"]
    send(client, "POST", f"{CALLS}/{slug}/reports", {"reason": "spam"})
    assert Report.objects.get().client_address == "127.0.0.1"
    Report.objects.update(created_at="2020-01-01T00:00:00Z")
    call_command("prunepastes", verbosity=0)
    assert Report.objects.get().client_address is None
