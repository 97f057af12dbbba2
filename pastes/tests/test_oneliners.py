"""The one-liners of sprunge, ix.io and the like: a form's fields in, links out."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pastes import services
from pastes.models import Paste
from pastes.tests.test_served import curl, link_in, status_of

FORM = "application/x-www-form-urlencoded"
AWKWARD = "a\r\nb\t\n\n𝄞 é \0no last newline"


def send(client, body, path="/", **headers):
    return client.post(path, body, content_type=FORM, headers=headers)


def stored(response):
    """Return the pastes of an answer's links, in their order."""
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert response.content.decode() == "".join(f"{line}\n" for line in lines)
    links = [line.removeprefix("http://testserver/") for line in lines]
    return [Paste.objects.get(slug=slug) for slug in links]


def texts_of(response):
    return [paste.data.decode() for paste in stored(response)]


def refused(response, status, words):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    line = response.content.decode()
    assert words in line
    assert line.count("\n") == 1
    assert not Paste.objects.exists()


@pytest.fixture(autouse=True)
def database(db):
    """Each test asks the database what was stored."""


@pytest.mark.parametrize("name", ["sprunge", "content", "data", "f:1"])
def test_text_in_a_field_comes_back_byte_for_byte_as_a_link(client, name):
    response = client.post("/", {name: AWKWARD})
    assert texts_of(response) == [AWKWARD]
    (paste,) = stored(response)
    services.delete_paste(paste.slug, owner_token=response["X-Owner-Token"])


@pytest.mark.parametrize("name", ["sprunge", "content", "data", "f:1", "f%3A1"])
def test_urlencoded_form_is_taken_too(client, name):
    response = send(client, f"{name}=a+b%0D%0A%C3%A9%00")
    assert texts_of(response) == ["a b\r\né\0"]


@pytest.mark.parametrize("name", ["sprunge", "f:1", "data"])
def test_file_is_taken_for_the_field(client, name):
    response = client.post("/", {name: SimpleUploadedFile("a.rb", b"puts 1\n")})
    (paste,) = stored(response)
    assert (paste.title, paste.syntax) == ("a.rb", "ruby")


def test_links_are_made_from_the_sites_own_name(client, settings):
    settings.SITE_URL = "https://paste.example.org"
    response = client.post("/", {"sprunge": "x"})
    assert re.fullmatch(rb"https://paste\.example\.org/\w{12}\n", response.content)


def test_no_cookie_is_set_or_heeded(client):
    client.cookies["maker"] = "k" * 32
    response = client.post("/", {"sprunge": "x"})
    assert not response.cookies
    assert stored(response)[0].maker_digest == ""


@pytest.mark.parametrize("body", ["sprunge=x&lang=py", "lang=py&sprunge=x"])
def test_sprunge_takes_pastebinits_language(client, body):
    (paste,) = stored(send(client, body))
    assert paste.syntax == "python"


def test_content_takes_a_title_and_a_syntax(client):
    fields = {"poster": "me", "content": "x", "syntax": "sql", "title": "T"}
    (paste,) = stored(client.post("/", fields))
    assert (paste.title, paste.syntax) == ("T", "sql")


def test_sprunges_coloured_view_is_the_page_in_that_language(client, make_paste):
    slug = make_paste().paste.slug
    for path in (f"/{slug}?py", f"/{slug}.rb?py"):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"] == f"/{slug}.py"
    for path in (f"/{slug}?nolanguage", f"/{slug}?py=1", f"/{slug}?"):
        assert client.get(path).status_code == 200


def test_coloured_view_tells_nothing_of_what_is_closed(client, make_paste):
    locked = make_paste(password="x").paste.slug
    assert client.get(f"/{locked}?py", follow=True).status_code == 401
    assert client.get(f"/{'1' * 12}?py", follow=True).status_code == 404


# ix.io


def test_ix_makes_a_paste_of_each_number(client):
    response = client.post(
        "/",
        {
            "f:2": "second",
            "f:1": "first",
            "f:10": "tenth",
            "name:1": "one",
            "ext:1": "py",
            "read:2": "1",
        },
    )
    first, second, tenth = stored(response)
    assert (first.title, first.syntax, first.is_burn) == ("one", "python", False)
    assert second.is_burn
    assert tenth.data == b"tenth"
    tokens = response["X-Owner-Token"].split(", ")
    for paste, token in zip((first, second, tenth), tokens, strict=True):
        services.delete_paste(paste.slug, owner_token=token)


@pytest.mark.threat("B2")
def test_ix_burn_paste_is_not_burned_by_get(client):
    (paste,) = stored(client.post("/", {"f:1": "once", "read:1": "1"}))
    response = client.get(f"/{paste.slug}/raw")
    assert response.status_code == 409
    assert client.post(f"/{paste.slug}/raw").content == b"once"


def test_ix_stores_all_or_none(client):
    refused(client.post("/", {"f:1": "good", "f:2": " "}), 422, "no text")
    refused(client.post("/", {"f:1": "good", "ext:1": "nope"}), 422, "nope")


def test_limit_in_the_middle_leaves_nothing_stored(client, settings):
    settings.LIMIT_CREATE = "1/h"
    response = client.post("/", {"f:1": "a", "f:2": "b"})
    refused(response, 429, "Try again in")
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize(
    "fields",
    [
        {"f:1": "x", "id:1": "abc"},
        {"id:1": "abc"},
        {"rm": "abc"},
        {"f:1": "x", "rm": "abc"},
    ],
)
def test_ix_without_logins_replaces_and_removes_nothing(client, fields):
    refused(client.post("/", fields), 400, "owner token")


@pytest.mark.parametrize("reads", ["2", "0", "x", "-1", "١"])
def test_ix_number_of_reads_other_than_one_is_refused(client, reads):
    refused(client.post("/", {"f:1": "x", "read:1": reads}), 400, "read once")


def test_ix_login_is_refused(client):
    headers = {"Authorization": "Basic dXNlcjpwdw=="}
    refused(client.post("/", {"f:1": "x"}, headers=headers), 400, "no users")


def test_too_many_texts_at_once_are_refused(client):
    response = client.post("/", {f"f:{n}": "x" for n in range(21)})
    refused(response, 400, "at most 20")


# What is refused


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"sprunge": ""}, 422, "no text"),
        ({"sprunge": " \n"}, 422, "no text"),
        ({"sprunge": "x", "lang": "klingon"}, 422, "klingon"),
        ({"content": "x", "title": "a\nb"}, 422, "title"),
        ({"sprunge": "x", "burn": "1"}, 400, "“burn” and “sprunge”"),
        ({"sprunge": "x", "password": "p"}, 400, "“password”"),
        ({"sprunge": "x", "lifetime": "1h"}, 400, "“lifetime”"),
        ({"data": "x", "expires": "1"}, 400, "“expires”"),
        ({"content": "x", "expiry_days": "1"}, 400, "“expiry_days”"),
        ({"sprunge": "x", "text": "y"}, 400, "“text” and “sprunge”"),
        ({"f:1": "x", "data": "y"}, 400, "“data” and “f:1”"),
        ({"f:1": "x", "lifetime": "1h"}, 400, "“lifetime”"),
        ({"f:1": "x", "read:2": "1"}, 400, "its f:N"),
        ({"f:1": "x", "read:01": "1"}, 400, "its f:N"),
    ],
)
@pytest.mark.parametrize("kind", ["multipart", "urlencoded"])
def test_bad_form_is_refused_in_one_line(client, fields, status, words, kind):
    if kind == "multipart":
        response = client.post("/", fields)
    else:
        response = send(client, urlencode(fields))
    refused(response, status, words)


@pytest.mark.parametrize("path", ["/?burn=1", "/?title=T", "/?password=x", "/?x"])
def test_options_in_the_link_are_refused(client, path):
    refused(client.post(path, {"sprunge": "x"}), 400, "belong to different forms")


@pytest.mark.parametrize("name", ["X-Paste-Password", "Wastebin-Password", "expire"])
def test_weighty_header_is_refused_and_not_ignored(client, name):
    response = client.post("/", {"sprunge": "x"}, headers={name: "10m"})
    refused(response, 400, name)


def file(data):
    return SimpleUploadedFile("name", data)


def test_option_in_a_file_part_is_refused_and_not_ignored(client):
    for sent in ({"f:1": "x"}, {"file": file(b"x")}):
        for name in ("read:1", "expires"):
            refused(client.post("/", sent | {name: file(b"1")}), 400, f"“{name}”")


@pytest.mark.parametrize(
    "body",
    [
        b"sprunge=two words",
        b"sprunge=two\nlines",
        "sprunge=ü".encode(),
        b"f:1=two words",
        b"f%3A1=two words",
        b"oneshot=two words",
        b"data=two words&password=hunter2",
        b"data=two\nlines&password=hunter2",
        b"lang=py&sprunge=two words&password=hunter2",
        b"name:1=x&f:1=two words&read:1=1",
        b"poster=me&content=two words&burn=1",
        b"content=two words&burn=1",
    ],
)
def test_form_that_was_not_encoded_is_refused_and_not_published(client, body):
    refused(send(client, body), 422, "--data-urlencode")


@pytest.mark.parametrize(
    "body",
    [
        b"data=\nfoo",
        b"content=two words",
        b"url=two words\n",
        b"sprunges=a",
        b"secret=hunter2",
        b"expires=24",
        b"file=@x",
        b"title=foo",
        b"x=1&sprunge=2",
        b"lang=de",
        b"f:x=1",
        b"data=two\nwords&so on",
    ],
)
def test_honest_text_that_only_looks_like_a_form_is_kept(client, body):
    response = send(client, body)
    assert response.status_code == 201
    assert Paste.objects.get().data == body


def test_any_text_of_another_type_is_kept(client):
    for body in (b"sprunge=x", b"sprunge=two words", b"url=https://example.org"):
        assert client.post("/", body, content_type="text/plain").status_code == 201


def test_sites_own_form_stays_the_sites_own(client):
    for fields in (
        {"text": "x"},
        {"text": "x", "data": "y"},
        {"text": "x", "url": "y", "rm": "z"},
    ):
        assert client.post("/", fields).status_code == 201


def test_sites_own_query_is_read_as_utf8_with_a_form(client):
    assert client.post("/?title=T%C3%A9", {"text": "x"}).status_code == 201
    assert Paste.objects.get().title == "Té"


@pytest.mark.parametrize("body", [b"sprunge=caf%E9", b"sprunge=ok&lang=%E9"])
def test_form_that_is_not_utf8_is_refused_and_not_mended(client, body):
    refused(send(client, body), 422, "not UTF-8")


def test_too_large_is_refused(client, settings):
    settings.PASTE_MAX_BYTES = 100
    refused(client.post("/", {"sprunge": "x" * 101}), 413, "up to 100 bytes")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    refused(client.post("/", {"sprunge": "x" * 1001}), 413, "up to 100 bytes")


def test_lifetime_is_the_sites_default(client, settings):
    settings.PASTE_DEFAULT_LIFETIME = "1h"
    response = client.post("/", {"sprunge": "x"})
    (paste,) = stored(response)
    assert paste.expires_at - paste.created_at == timedelta(hours=1)
    assert response["X-Expires"] == str(int(paste.expires_at.timestamp() * 1000))
    settings.PASTE_DEFAULT_LIFETIME = "never"
    assert "X-Expires" not in client.post("/", {"sprunge": "x"})


def test_rate_limit_says_when_to_come_back(client, settings):
    settings.LIMIT_CREATE = "1/h"
    client.post("/", {"sprunge": "x"})
    response = client.post("/", {"sprunge": "x"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert b"Try again in" in response.content


def test_malformed_multipart_is_a_400(client):
    kind = "multipart/form-data"
    for body in (b"x", b"\xff", b"["):
        refused(client.post("/", body, content_type=kind), 400, "malformed")


def test_form_with_too_many_fields_is_a_400(client):
    fields = {f"x{n}": "1" for n in range(2000)}
    refused(client.post("/", {"sprunge": "x"} | fields), 400, "malformed")
    body = "sprunge=x&" + "&".join(fields)
    refused(send(client, body), 400, "malformed")


def test_get_of_the_form_creates_nothing(client):
    for method in (client.get, client.head):
        method("/", {"sprunge": "x"})
    assert not Paste.objects.exists()


def test_removed_and_expired_and_unknown(client):
    (paste,) = stored(client.post("/", {"sprunge": "x"}))
    now = timezone.now()
    Paste.objects.update(created_at=now - timedelta(hours=1), expires_at=now)
    assert client.get(f"/{paste.slug}/raw").status_code == 404
    Paste.objects.update(expires_at=None)
    services.hide_paste(paste.slug, reason="spam", by=None)
    assert client.get(f"/{paste.slug}/raw").status_code == 410


# The real site and the real curl


def test_curl_one_liners_as_the_world_knows_them(site):
    data = AWKWARD.encode()
    for words in (("sprunge=<-",), ("f:1=<-",), ("content=<-",), ("f:1=@-",)):
        link = link_in(site, curl("-F", *words, site.url, data=data))
        assert curl(f"{link}/raw") == data
        assert status_of("-F", *words, site.url, data=data) == 200


def test_curl_chunked_forms(site):
    chunked = ("-H", "Transfer-Encoding: chunked")
    for field in ("sprunge=<-", "f:1=<-", "file=@-"):
        link = link_in(site, curl(*chunked, "-F", field, site.url, data=b"a\r\nb"))
        assert curl(f"{link}/raw") == b"a\r\nb"


def test_curl_several_texts_of_ix(site):
    answer = curl("-F", "f:1=one", "-F", "f:2=two", "-F", "read:2=1", site.url).decode()
    one, two = answer.splitlines()
    assert curl(f"{one}/raw") == b"one"
    assert status_of(f"{two}/raw") == 409
    assert curl("-X", "POST", f"{two}/raw") == b"two"


def test_curl_d_of_words_is_refused_or_encoded(site):
    assert status_of("-d", "sprunge=two words", site.url) == 422
    link = link_in(site, curl("--data-urlencode", "sprunge=two words", site.url))
    assert curl(f"{link}/raw") == b"two words"


def test_curl_of_a_large_file_in_a_form(site, tmp_path):
    large = tmp_path / "large.txt"
    large.write_bytes(b"0123456789abcde\n" * 600_000)
    for field in (f"sprunge=<{large}", f"file=@{large}"):
        link = link_in(site, curl("-F", field, site.url))
        assert curl(f"{link}/raw") == large.read_bytes()
    large.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    assert status_of("-F", f"sprunge=<{large}", site.url) == 413
