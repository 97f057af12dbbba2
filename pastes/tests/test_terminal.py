"""The terminal's door: text in, a link out."""

from base64 import b64encode

import pytest

from pastes import services, zstd
from pastes.models import Paste

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def stored(response):
    assert response.status_code == 201, response.content
    slug = response.content.decode().strip().rpartition("/")[2]
    return Paste.objects.get(slug=slug)


def text_of(response):
    return services.open_paste(stored(response).slug, client=None).data


def send(client, body, path="/", content_type="text/plain", **headers):
    return client.post(path, body, content_type=content_type, headers=headers)


def basic(password):
    return "Basic " + b64encode(f"any:{password}".encode()).decode()


def test_answer_is_the_link_and_a_line_break(client):
    response = send(client, b"hello\n")
    slug = Paste.objects.get().slug
    assert response.content.decode() == f"http://testserver/{slug}\n"
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Location"] == f"http://testserver/{slug}"
    services.delete_paste(slug, owner_token=response["X-Owner-Token"])


def test_links_are_made_from_the_sites_own_name(client, settings):
    settings.SITE_URL = "https://paste.example.org"
    response = send(client, b"hello")
    assert response.content.startswith(b"https://paste.example.org/")


def test_no_cookie_is_set_or_heeded(client):
    client.cookies["maker"] = "k" * 32
    response = send(client, b"hello")
    assert not response.cookies
    assert stored(response).maker_digest == ""


BODIES = [
    b"plain\n",
    b"text without an equals sign at the start & = later\n",
    b"text=looks like a form\nbut has a line break\n",
    b"x=1&text=no field of ours first",
    "text=umläut".encode(),
    b"title=foo",
    b"burn=1&x=2",
    b"password=hunter2",
    b"%41%42",
    b"a\0b",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("content_type", ["text/plain", FORM, "application/json", ""])
def test_bare_body_is_the_text_whatever_its_type(client, body, content_type):
    assert text_of(send(client, body, content_type=content_type)) == body


def test_form_field_is_the_text_with_the_options_beside_it(client):
    response = client.post(
        "/",
        "text=a%0D%0Ab&title=T%C3%A9&syntax=py&lifetime=1h&burn=1&password=x+y",
        content_type=FORM,
    )
    paste = stored(response)
    assert (paste.title, paste.syntax, paste.is_burn) == ("Té", "python", True)
    opened = services.open_paste(paste.slug, password="x y", consent=True, client=None)
    assert opened.data == b"a\r\nb"


def test_multipart_field_and_file(client, tmp_path):
    assert text_of(client.post("/", {"text": "field\r\n"})) == b"field\r\n"
    file = tmp_path / "script.rb"
    file.write_bytes(b"puts 1\r\n")
    with file.open("rb") as upload:
        response = client.post("/", {"file": upload, "lifetime": "1d"})
    assert text_of(response) == b"puts 1\r\n"
    assert stored(response).syntax == "ruby"


def test_options_come_by_query(client):
    paste = stored(send(client, b"x", "/?title=T&syntax=sql&lifetime=never&burn=yes"))
    assert (paste.title, paste.syntax, paste.is_burn) == ("T", "sql", True)
    assert paste.expires_at is None
    assert not stored(send(client, b"x", "/?burn=0")).is_burn


def test_password_comes_by_header_and_never_by_query(client):
    paste = stored(send(client, b"x", **{"X-Paste-Password": "geheim"}))
    assert services.open_paste(paste.slug, password="geheim", client=None)
    response = send(client, b"x", "/?password=geheim")
    assert response.status_code == 422
    assert b"X-Paste-Password" in response.content
    assert b"geheim" not in response.content


def test_password_in_a_header_is_utf8(client):
    sent = "пароль".encode().decode("latin-1")
    paste = stored(send(client, b"x", **{"X-Paste-Password": sent}))
    assert services.open_paste(paste.slug, password="пароль", client=None)


def test_put_takes_any_name(client):
    for name in ("server.log", "about", "new", "mine", "robots.txt", "ü.txt", "-"):
        response = client.put(f"/{name}", b"x = 1", content_type="")
        paste = stored(response)
        assert paste.title == ("" if name == "-" else name)
    assert stored(client.put("/", b"x")).title == ""
    assert stored(client.put("/a.py", b"hello there")).syntax == "python"
    assert stored(client.put("/a.py?title=Other", b"x")).title == "Other"


@pytest.mark.parametrize(
    ("body", "path", "status", "words"),
    [
        (b"", "/", 422, "no text"),
        (b" \n\t", "/", 422, "no text"),
        (b"\xff\xfe", "/", 422, "not UTF-8"),
        (b"x", "/?syntax=nope", 422, "nope"),
        (b"x", "/?lifetime=soon", 422, "soon"),
        (b"x", "/?title=%00", 422, "title"),
        (b"x", "/?burn=maybe", 422, "burn"),
        (b"x", "/?burn", 422, "burn"),
        (b"x", "/?lifetim=1d", 422, "no option “lifetim”"),
    ],
)
def test_error_is_one_line_with_its_status(client, body, path, status, words):
    response = send(client, body, path)
    assert response.status_code == status
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    line = response.content.decode()
    assert words in line
    assert line.count("\n") == 1
    assert not Paste.objects.exists()


def test_too_large_is_refused(client, settings):
    settings.PASTE_MAX_BYTES = 100
    for response in (
        send(client, b"x" * 101),
        client.put("/name", b"x" * 101),
        client.post("/", {"text": "x" * 101}),
    ):
        assert response.status_code == 413
        assert response.content == (
            b"The text is too large: this site takes up to 100 bytes.\n"
        )


@pytest.mark.parametrize(
    "body", [b"text=caf%E9", b"text=ok&title=caf%E9", b"text=ok&password=%FF"]
)
def test_form_that_is_not_utf8_is_refused_and_not_mended(client, body):
    response = send(client, body, content_type=FORM)
    assert response.status_code == 422
    assert b"UTF-8" in response.content
    assert not Paste.objects.exists()


def test_put_takes_a_form_or_says_how_to_send_it(client):
    assert text_of(client.put("/x", "text=a+b", content_type=FORM)) == b"a b"
    kind = "multipart/form-data; boundary=x"
    response = client.put("/x", b"--x--\r\n", content_type=kind)
    assert response.status_code == 422
    assert b"with POST" in response.content


def test_multipart_field_that_is_not_utf8_is_refused_and_not_mended(client):
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\ncaf\xe9\r\n--x--\r\n'
    response = send(client, body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 422
    assert b"not UTF-8" in response.content


def test_unencoded_form_is_refused_and_its_password_not_published(client):
    for body in (b"text=two words&password=hunter2", b"text=a\nb=c&password=hunter2"):
        response = send(client, body, content_type=FORM)
        assert response.status_code == 422
        assert b"--data-urlencode" in response.content
    assert not Paste.objects.exists()


def test_form_that_was_cut_off_is_refused(client):
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhalf\r\n'
    for path in ("/", "/documents", "/api/", "/curl"):
        response = send(client, body, path, "multipart/form-data; boundary=x")
        assert 400 <= response.status_code < 500
    assert not Paste.objects.exists()


def test_field_that_is_sent_twice_is_refused_and_not_dropped(client):
    response = client.post("/", {"text": ["one", "two"]})
    assert response.status_code == 400
    assert b"more than once" in response.content
    assert not Paste.objects.exists()


def test_malformed_form_is_a_400(client):
    response = client.post(
        "/", b"not multipart", content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code in (400, 422)
    response = client.post("/", b"x", content_type="multipart/form-data")
    assert response.status_code == 400
    assert response.content.startswith(b"This request was malformed")
    assert not Paste.objects.exists()


def test_limit_answers_429_with_retry_after(client, settings):
    settings.LIMIT_CREATE = "1/h"
    send(client, b"x")
    response = send(client, b"x")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert b"Try again in" in response.content


def test_wrong_method_is_a_405(client, make_paste):
    slug = make_paste().paste.slug
    assert client.delete("/").status_code == 405
    assert client.put(f"/{slug}/raw").status_code == 405
    response = client.delete(f"/{slug}/raw")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert b"GET, HEAD, POST" in response.content


# Raw


def test_raw_gives_the_very_bytes(client, make_paste):
    text = "a\r\nb\rc\n\0\t é 🧵"
    slug = make_paste(text).paste.slug
    for path in (f"/{slug}/raw", f"/raw/{slug}"):
        response = client.get(path)
        assert response.content == text.encode()
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["X-Robots-Tag"].startswith("noindex")
        assert not response.cookies


def test_raw_answers_304_to_who_has_it(client, make_paste):
    slug = make_paste().paste.slug
    etag = client.get(f"/{slug}/raw")["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}'):
        response = client.get(f"/{slug}/raw", headers={"If-None-Match": known})
        assert response.status_code == 304
        assert not response.content
    services.hide_paste(slug, reason="spam", by=None)
    response = client.get(f"/{slug}/raw", headers={"If-None-Match": etag})
    assert response.status_code == 410


def test_raw_comes_as_it_is_stored_to_who_takes_zstd(client, make_paste):
    paste = make_paste("line\r\n" * 1000).paste
    plain = client.get(f"/{paste.slug}/raw")
    packed = client.get(f"/{paste.slug}/raw", headers={"Accept-Encoding": "gzip, zstd"})
    assert packed["Content-Encoding"] == "zstd"
    assert packed.content == bytes(paste.packed_text)
    assert zstd.unpack(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in packed["Vary"]
    assert "Accept-Encoding" in plain["Vary"]
    again = {"Accept-Encoding": "zstd", "If-None-Match": packed["ETag"]}
    assert client.get(f"/{paste.slug}/raw", headers=again).status_code == 304


@pytest.mark.parametrize("encodings", ["", "gzip", "zstd;q=0", "zstd ; q=0.0", "zstdx"])
def test_raw_comes_plain_to_everybody_else(client, make_paste, encodings):
    slug = make_paste().paste.slug
    response = client.get(f"/{slug}/raw", headers={"Accept-Encoding": encodings})
    assert "Content-Encoding" not in response
    assert response.content == b"some text\n"


def test_burned_text_comes_plain_also_to_who_takes_zstd(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    response = client.post(f"/{slug}/raw", headers={"Accept-Encoding": "zstd"})
    assert response.content == b"once"


def test_raw_of_a_locked_paste_takes_basic_or_the_header(client, make_paste):
    slug = make_paste(password="гeheim:x").paste.slug
    response = client.get(f"/{slug}/raw")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic ")
    for headers in (
        {"Authorization": basic("гeheim:x")},
        {"X-Paste-Password": "гeheim:x".encode().decode("latin-1")},
    ):
        response = client.get(f"/{slug}/raw", headers=headers)
        assert response.content == b"some text\n"
        assert response["Cache-Control"] == "private, no-store"
        assert "ETag" not in response
    response = client.get(f"/{slug}/raw", headers={"Authorization": basic("no")})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "credentials", ["Basic !!!", "Basic", "Bearer x", "Basic /w=="]
)
def test_malformed_credentials_are_no_password(client, make_paste, credentials):
    slug = make_paste(password="x").paste.slug
    response = client.get(f"/{slug}/raw", headers={"Authorization": credentials})
    assert response.status_code == 401


@pytest.mark.threat("P1")
def test_lockout_is_a_429_with_retry_after(client, make_paste, settings):
    settings.LIMIT_UNLOCK_PASTE_CLIENT = "1/h"
    slug = make_paste(password="x").paste.slug
    for status in (403, 429):
        response = client.get(f"/{slug}/raw", headers={"Authorization": basic("no")})
        assert response.status_code == status
    assert int(response["Retry-After"]) > 0


def test_raw_burns_by_post_alone(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    assert client.get(f"/{slug}/raw").status_code == 409
    assert client.head(f"/{slug}/raw").status_code == 409
    response = client.post(f"/{slug}/raw")
    assert response.content == b"once"
    assert client.post(f"/{slug}/raw").status_code == 404


def test_raw_by_post_takes_no_authority_from_cookies(client, make_paste):
    slug = make_paste("once", burn=True, password="x").paste.slug
    client.cookies["unlock"] = services.unlock_paste(slug, password="x", client=None)
    assert client.post(f"/{slug}/raw").status_code == 401
    response = client.post(f"/{slug}/raw", headers={"Authorization": basic("x")})
    assert response.content == b"once"


def test_removed_says_why_in_one_line(client, make_paste):
    slug = make_paste().paste.slug
    services.hide_paste(slug, reason="malware", by=None)
    response = client.get(f"/{slug}/raw")
    assert response.status_code == 410
    assert b"malware or phishing" in response.content
    assert response.content.count(b"\n") == 1
