"""0x0.st's and rustypaste's door: files in a form, and their owners afterwards."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pastes import services
from pastes.models import Paste
from pastes.tests.test_oneliners import FORM, refused, stored
from pastes.tests.test_served import curl, link_in, status_of

AWKWARD = "a\r\nb\t\n\n𝄞 é \0no last newline".encode()


@pytest.fixture(autouse=True)
def database(db):
    """Each test asks the database what was stored."""


def file(data=b"some text\n", name="x.log"):
    return SimpleUploadedFile(name, data)


def send(client, *, path="/", headers=None, **fields):
    return client.post(path, {"file": file()} | fields, headers=headers or {})


def lifetime_of(response):
    (paste,) = stored(response)
    return paste.expires_at - paste.created_at


def hour_from_now(way):
    """Return what 0x0.st's `expires` says for it, in either way."""
    then = timezone.now() + timedelta(hours=1)
    return "1" if way == "hours" else str(int(then.timestamp() * 1000))


# Upload


@pytest.mark.parametrize("field", ["file", "oneshot"])
def test_file_comes_back_byte_for_byte(client, field):
    response = client.post("/", {field: file(AWKWARD)})
    (paste,) = stored(response)
    assert paste.data == AWKWARD
    assert paste.is_burn == (field == "oneshot")


def test_answer_carries_the_owner_token_and_the_end(client):
    response = send(client)
    (paste,) = stored(response)
    assert response["X-Expires"] == str(int(paste.expires_at.timestamp() * 1000))
    assert response["X-Token"] == response["X-Owner-Token"]
    services.delete_paste(paste.slug, owner_token=response["X-Token"])


def test_paste_that_never_expires_says_no_end(client, settings):
    settings.PASTE_DEFAULT_LIFETIME = "never"
    assert "X-Expires" not in send(client)


@pytest.mark.parametrize(
    ("name", "headers", "title", "syntax"),
    [
        ("a.rb", {}, "a.rb", "ruby"),
        ("-", {}, "", "text"),
        ("a.rb", {"filename": "b.py"}, "b.py", "python"),
        ("a.rb", {"filename": "ü.sql".encode().decode("latin-1")}, "ü.sql", "sql"),
    ],
)
def test_files_own_name_is_the_title_and_helps_the_guess(
    client, name, headers, title, syntax
):
    response = client.post("/", {"file": file(b"a b\n", name)}, headers=headers)
    (paste,) = stored(response)
    assert (paste.title, paste.syntax) == (title, syntax)


def test_several_files_get_a_link_each(client):
    response = client.post("/", {"file": [file(b"one"), file(b"two"), file(b"3")]})
    assert [paste.data for paste in stored(response)] == [b"one", b"two", b"3"]
    assert len(set(response["X-Token"].split(", "))) == 3


def test_several_files_are_stored_all_or_none(client):
    refused(client.post("/", {"file": [file(), file(b" ")]}), 422, "no text")
    refused(client.post("/", {"file": [file(), file(b"\xff")]}), 422, "not UTF-8")


def test_file_and_oneshot_together_are_refused(client):
    refused(send(client, oneshot=file()), 400, "requests of their own")


@pytest.mark.parametrize("way", ["hours", "milliseconds"])
def test_expires_is_in_hours_or_milliseconds_since_1970(client, way):
    lifetime = lifetime_of(send(client, expires=hour_from_now(way), secret=""))
    assert abs(lifetime - timedelta(hours=1)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("expires", "status"),
    [
        ("", 400),
        ("soon", 400),
        ("-1", 400),
        ("1.5", 400),
        ("١", 400),
        ("9" * 17, 400),
        ("1650460320000", 400),
        ("0", 422),
        ("1650460319999", 422),
        ("9" * 16, 422),
    ],
)
def test_impossible_expires_is_refused(client, expires, status):
    response = send(client, expires=expires)
    refused(response, status, response.content.decode())


@pytest.mark.parametrize(
    ("expire", "seconds"),
    [
        ("10min", 600),
        ("1h 30min", 5400),
        ("1h30m", 5400),
        ("2days", 172800),
        ("1 week", 604800),
        ("1M", 2592000),
        ("1y", 31536000),
        ("20ms", 1),
        ("1500ms", 2),
        ("2s 1ns", 3),
        (" 5 secs ", 5),
    ],
)
def test_expire_header_is_a_span_as_humantime_writes_it(client, expire, seconds):
    response = send(client, headers={"expire": expire})
    assert lifetime_of(response) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("expire", "status"),
    [
        ("", 400),
        ("10", 400),
        ("min", 400),
        ("10 parsecs", 400),
        ("1h, 30m", 400),
        ("-1h", 400),
        ("1.5h", 400),
        ("1h " * 50, 400),
        ("9" * 13 + "s", 400),
        ("0s", 422),
        ("999999y", 422),
    ],
)
def test_impossible_expire_header_is_refused(client, expire, status):
    response = send(client, headers={"expire": expire})
    refused(response, status, response.content.decode())


def test_both_ways_to_say_the_lifetime_are_one_too_many(client):
    response = send(client, expires="1", headers={"expire": "1h"})
    refused(response, 400, "either")


def test_lifetime_that_the_operator_forbids_is_refused(client, settings):
    settings.PASTE_LIFETIMES = ["1h", "1d"]
    settings.PASTE_MAX_LIFETIME = "1d"
    refused(send(client, expires="25"), 422, "is not a lifetime here")
    refused(send(client, headers={"expire": "2days"}), 422, "1h, 1d")


def test_authorization_of_an_upload_is_passed_over(client):
    response = send(client, headers={"Authorization": "Bearer secret"})
    assert len(stored(response)) == 1


@pytest.mark.parametrize("field", ["url", "shorten", "remote", "oneshot_url"])
def test_nothing_is_fetched_or_shortened(client, field):
    words = "fetches no files and shortens no links"
    for fields in ({field: "https://example.org"}, {field: file(), "file": file()}):
        refused(client.post("/", fields), 400, words)
    body = f"{field}=https%3A%2F%2Fexample.org"
    refused(client.post("/", body, content_type=FORM), 400, words)


@pytest.mark.parametrize(
    "fields", [{"title": "T"}, {"lifetime": "1h"}, {"burn": "0"}, {"syntax": "py"}]
)
def test_file_with_the_sites_own_options_is_the_sites_own(client, fields):
    assert send(client, **fields).status_code == 201


def test_file_with_the_sites_own_query_or_password_is_the_sites_own(client):
    assert send(client, path="/?title=T").status_code == 201
    response = send(client, headers={"X-Paste-Password": "geheim"})
    assert response.status_code == 201
    slug = response.content.decode().strip().rpartition("/")[2]
    assert services.open_paste(slug, password="geheim", client=None)


@pytest.mark.parametrize(
    "fields",
    [
        {"secret": "", "password": "p"},
        {"expires": "1", "lifetime": "1h"},
        {"oneshot": "x", "text": "y"},
    ],
)
def test_mixed_forms_are_refused_and_nothing_in_them_ignored(client, fields):
    refused(send(client, **fields), 400, "belong to different forms")


def test_expire_header_with_the_sites_own_options_is_refused(client):
    response = send(client, burn="1", headers={"expire": "1h"})
    refused(response, 400, "“burn” and “file”")
    response = send(client, path="/?burn=1", headers={"expire": "1h"})
    refused(response, 400, "“burn” and “file”")


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [(b"", 422, "no text"), (b"\n", 422, "no text"), (b"\xff", 422, "not UTF-8")],
)
def test_what_is_no_text_is_refused(client, data, status, words):
    refused(client.post("/", {"file": file(data)}), status, words)


def test_form_without_a_file_is_refused(client):
    refused(client.post("/", {"secret": ""}), 400, "no text in this form")


def test_too_large_is_refused(client, settings):
    settings.PASTE_MAX_BYTES = 100
    refused(client.post("/", {"file": file(b"x" * 101)}), 413, "up to 100 bytes")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    refused(client.post("/", {"file": file(b"x" * 1001)}), 413, "up to 100 bytes")


def test_too_many_files_are_a_400(client):
    refused(client.post("/", {"file": [file() for _ in range(21)]}), 400, "malformed")


def test_rate_limit_says_when_to_come_back(client, settings):
    settings.LIMIT_CREATE = "1/h"
    response = client.post("/", {"file": [file(), file()]})
    refused(response, 429, "Try again in")
    assert int(response["Retry-After"]) > 0
    # Of what was refused, nothing was counted.
    assert send(client).status_code == 200


def test_oneshot_is_not_burned_by_get(client):
    (paste,) = stored(client.post("/", {"oneshot": file(b"once")}))
    for path in (f"/{paste.slug}", f"/{paste.slug}/raw"):
        assert client.get(path).status_code == 409
    assert client.post(f"/{paste.slug}/raw").content == b"once"


# 0x0.st's owners


def test_owner_deletes_with_the_token(client, make_paste):
    for ending in ("", ".py"):
        new = make_paste()
        fields = {"token": new.owner_token, "delete": ""}
        response = client.post(f"/{new.paste.slug}{ending}", fields)
        assert (response.status_code, response.content) == (200, b"")
        assert not Paste.objects.exists()


@pytest.mark.parametrize("way", ["hours", "milliseconds"])
def test_owner_changes_the_lifetime_with_the_token(client, make_paste, way):
    new = make_paste()
    fields = {"token": new.owner_token, "expires": hour_from_now(way)}
    response = client.post(f"/{new.paste.slug}", fields)
    assert (response.status_code, response.content) == (202, b"")
    left = Paste.objects.get().expires_at - timezone.now()
    assert abs(left - timedelta(hours=1)) < timedelta(minutes=1)


def test_owners_form_may_be_urlencoded(client, make_paste):
    new = make_paste()
    body = f"token={new.owner_token}&delete="
    response = client.post(f"/{new.paste.slug}", body, content_type=FORM)
    assert response.status_code == 200
    assert not Paste.objects.exists()


@pytest.mark.parametrize("order", [{"delete": ""}, {"expires": "1"}])
@pytest.mark.parametrize("token", ["", "wrong", "\0", "ü", "x" * 10000])
def test_wrong_token_changes_nothing(client, make_paste, order, token):
    paste = make_paste().paste
    response = client.post(f"/{paste.slug}", {"token": token} | order)
    assert response.status_code == 401
    assert response.content == b"That is not the owner token of this paste.\n"
    assert Paste.objects.get().expires_at == paste.expires_at


@pytest.mark.parametrize("expires", ["", "x", "0", "1650460320000"])
def test_impossible_new_lifetime_changes_nothing(client, make_paste, expires):
    new = make_paste()
    fields = {"token": new.owner_token, "expires": expires}
    response = client.post(f"/{new.paste.slug}", fields)
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert Paste.objects.get().expires_at == new.paste.expires_at


def test_owners_form_for_what_is_unknown_or_removed(client, make_paste):
    new = make_paste()
    fields = {"token": new.owner_token, "delete": ""}
    response = client.post(f"/{'1' * 12}", fields)
    assert response.status_code == 404
    assert response.content.startswith(b"There is no paste here.")
    services.hide_paste(new.paste.slug, reason="spam", by=None)
    assert client.post(f"/{new.paste.slug}", fields).status_code == 410
    assert Paste.objects.exists()


def test_owners_form_needs_no_cookie_and_no_password(browser_client, make_paste):
    new = make_paste("once", password="x", burn=True)
    fields = {"token": new.owner_token, "delete": ""}
    assert browser_client.post(f"/{new.paste.slug}", fields).status_code == 200
    assert not Paste.objects.exists()


def test_pages_own_posts_stay_the_pages(client, browser_client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    for fields in (
        {"token": "x"},
        {"delete": ""},
        {"token": "x", "delete": "", "csrfmiddlewaretoken": "x"},
    ):
        assert browser_client.post(f"/{slug}", fields).status_code == 403
    assert Paste.objects.get().burned_at is None
    response = client.post(f"/{slug}", {"consent": "1"})
    assert response.status_code == 200
    assert b"once" in response.content


def test_malformed_form_at_a_paste_is_a_400(client, make_paste):
    slug = make_paste().paste.slug
    kind = "multipart/form-data"
    assert client.post(f"/{slug}", b"x", content_type=kind).status_code == 400


# rustypaste's owners


@pytest.mark.parametrize("scheme", ["", "Bearer ", "Basic "])
def test_delete_with_the_token_in_the_header(client, make_paste, scheme):
    new = make_paste()
    headers = {"Authorization": scheme + new.owner_token}
    response = client.delete(f"/{new.paste.slug}", headers=headers)
    assert (response.status_code, response.content) == (200, b"file deleted\n")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert not Paste.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "x"}, {"Authorization": ""}])
def test_delete_without_the_token_is_unauthorized(client, make_paste, headers):
    slug = make_paste().paste.slug
    response = client.delete(f"/{slug}", headers=headers)
    assert (response.status_code, response.content) == (401, b"unauthorized\n")
    assert Paste.objects.exists()


def test_delete_of_what_is_unknown_or_removed(client, make_paste):
    new = make_paste()
    headers = {"Authorization": new.owner_token}
    response = client.delete(f"/{'1' * 12}", headers=headers)
    assert response.status_code == 404
    assert response.content == b"file is not found or expired :(\n"
    services.hide_paste(new.paste.slug, reason="spam", by=None)
    assert client.delete(f"/{new.paste.slug}", headers=headers).status_code == 410
    assert Paste.objects.exists()


def test_pastes_are_not_listed(client, make_paste):
    make_paste()
    assert client.get("/list").status_code == 404


# The real site and the real curl


def test_curl_uploads_and_its_owner_deletes(site, tmp_path):
    path = tmp_path / "x.rb"
    path.write_bytes(AWKWARD)
    for words in (
        ("-F", f"file=@{path}"),
        ("-F", "file=@-"),
        ("-F", "file=<-"),
        ("-F", f"file=@{path}", "-F", "expires=24"),
        ("-F", f"file=@{path}", "-F", "secret="),
        ("-F", f"file=@{path}", "-H", "expire: 10min"),
        ("-F", f"file=@{path}", "-H", "Authorization: token"),
    ):
        answer = curl("-i", *words, site.url, data=AWKWARD)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0]
        link = link_in(site, body)
        assert curl(f"{link}/raw") == AWKWARD
        (token,) = [
            line.split(": ")[1]
            for line in head.decode().splitlines()
            if line.lower().startswith("x-token: ")
        ]
        assert status_of("-F", "token=wrong", "-F", "delete=", link) == 401
        assert status_of("-F", f"token={token}", "-F", "expires=3", link) == 202
        assert curl("-F", f"token={token}", "-F", "delete=", link) == b""
        assert status_of(f"{link}/raw") == 404


def test_curl_oneshot_is_read_once(site, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"once")
    link = link_in(site, curl("-F", f"oneshot=@{path}", site.url))
    assert status_of(f"{link}/raw") == 409
    assert curl("-X", "POST", f"{link}/raw") == b"once"
    assert status_of(f"{link}/raw") == 404


def test_curl_delete_as_rustypaste_does(site):
    link = link_in(site, curl("-F", "file=@-", site.url, data=b"x"))
    assert curl("-X", "DELETE", link) == b"unauthorized\n"
    assert curl("-X", "DELETE", "-H", "Authorization: x", link) == b"unauthorized\n"
    assert status_of(f"{link}/raw") == 200


def test_curl_several_files(site, tmp_path):
    names = [tmp_path / name for name in ("one", "two")]
    for name in names:
        name.write_bytes(name.name.encode())
    fields = [word for name in names for word in ("-F", f"file=@{name}")]
    links = curl(*fields, site.url).decode().splitlines()
    assert [curl(f"{link}/raw") for link in links] == [b"one", b"two"]
