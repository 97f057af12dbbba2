"""pinnwand's door: /api/v1/ and /curl."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Paste

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
AWKWARD = "\ufeffa\r\n\tb\0  \n\u2028ünïcödé 🎉\r  no last newline"


def send(client, data, content_type="application/json"):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post("/api/v1/paste", body, content_type=content_type)


def one_file(content="some text\n", **values):
    """Return a request as steck sends it, with something changed."""
    file = {"name": "a.txt", "lexer": "text", "content": content}
    file |= {k: values.pop(k) for k in ("name", "lexer") if k in values}
    return {"expiry": "1day", "files": [file]} | values


def text_of(slug, **values):
    return services.open_paste(slug, client=None, **values).data


def lives_for(paste, span):
    return abs(paste.expires_at - paste.created_at - span) < timedelta(seconds=1)


def says(response, status, reason):
    answer = response.json()
    assert response.status_code == answer["code"] == status
    assert answer["state"] == "error"
    assert answer["message"].startswith(f"HTTP {status}: ")
    assert reason in answer["message"], answer["message"]
    return True


def test_answer_is_a_link_and_a_removal_link_with_the_owner_token(client):
    response = send(client, one_file())
    paste = Paste.objects.get()
    token = response["X-Owner-Token"]
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "link": f"http://testserver/{paste.slug}",
        "removal": f"http://testserver/{paste.slug}/delete#{token}",
    }
    assert (paste.title, paste.syntax) == ("a.txt", "text")
    assert lives_for(paste, timedelta(days=1))
    services.delete_paste(paste.slug, owner_token=token)


def test_links_are_made_from_the_sites_own_name(client, settings):
    settings.SITE_URL = "https://paste.example.org"
    links = send(client, one_file()).json()
    assert links["link"].startswith("https://paste.example.org/")
    assert links["removal"].startswith("https://paste.example.org/")


@pytest.mark.parametrize("content_type", ["text/json", "text/plain", FORM, ""])
def test_flat_form_of_pastebinits_bpa_st_profile(client, content_type):
    sent = {"name": "", "content": "x = 1", "lexer": "python", "expiry": "1month"}
    response = send(client, sent, content_type)
    assert response.status_code == 200
    paste = Paste.objects.get()
    assert (text_of(paste.slug), paste.syntax, paste.title) == (b"x = 1", "python", "")
    assert lives_for(paste, timedelta(days=30))


@pytest.mark.parametrize("ascii", [True, False])
def test_awkward_text_makes_the_round_trip(client, ascii):
    body = json.dumps(one_file(AWKWARD), ensure_ascii=ascii).encode()
    slug = send(client, body).json()["link"].rpartition("/")[2]
    assert text_of(slug) == AWKWARD.encode()
    response = client.get(f"/api/v1/paste/{slug}")
    assert response.json() == {
        "files": [{"name": "a.txt", "lexer": "text", "content": AWKWARD}]
    }


def test_paste_without_a_title_has_no_name(client, make_paste):
    slug = make_paste("x", syntax="sql").paste.slug
    answer = client.get(f"/api/v1/paste/{slug}").json()
    assert answer == {"files": [{"name": None, "lexer": "sql", "content": "x"}]}
    assert client.head(f"/api/v1/paste/{slug}").status_code == 200


def test_no_cookie_is_set_or_heeded(client):
    client.cookies["maker"] = "k" * 32
    assert not send(client, one_file()).cookies
    assert Paste.objects.get().maker_digest == ""


@pytest.mark.parametrize(
    ("expiry", "span"),
    [
        ("1hour", timedelta(hours=1)),
        ("1day", timedelta(days=1)),
        ("1week", timedelta(weeks=1)),
        ("1month", timedelta(days=30)),
        ("2weeks", timedelta(weeks=2)),
        ("10minutes", timedelta(minutes=10)),
        ("1h", timedelta(hours=1)),
        ("1M", timedelta(days=30)),
        ("3600", timedelta(hours=1)),
        (3600, timedelta(hours=1)),
        ("", timedelta(days=30)),
        (None, timedelta(days=30)),
    ],
)
def test_lifetimes_come_in_pinnwands_words_and_the_sites(client, expiry, span):
    assert send(client, one_file(expiry=expiry)).status_code == 200
    assert lives_for(Paste.objects.get(), span)


def test_never_is_taken_where_it_is_offered(client, settings):
    assert send(client, one_file(expiry="never")).status_code == 200
    assert Paste.objects.get().expires_at is None
    settings.PASTE_LIFETIMES = ["1h", "1d"]
    assert says(send(client, one_file(expiry="never")), 400, "(invalid expiry)")
    assert Paste.objects.count() == 1


def test_forbidden_lifetime_is_an_invalid_expiry(client, settings):
    settings.PASTE_MAX_LIFETIME = "1d"
    assert says(send(client, one_file(expiry="1week")), 400, "(invalid expiry)")
    assert not Paste.objects.exists()
    assert send(client, one_file(expiry="1day")).status_code == 200


@pytest.mark.parametrize("lexer", ["autodetect", "", None])
def test_language_is_guessed_with_the_names_help(client, lexer):
    send(client, one_file("hello there", lexer=lexer, name="a.rb"))
    assert Paste.objects.get().syntax == "ruby"


@pytest.mark.parametrize("name", ["password", "burn", "lifetime"])
def test_what_would_be_ignored_and_leave_the_text_open_is_refused(client, name):
    assert says(send(client, one_file(**{name: "x"})), 400, f"“{name}” is not known")
    flat = {"content": "x", name: "x"}
    assert says(send(client, flat), 400, "X-Paste-Password")
    response = curl(client, f"raw=x&{name}=x")
    assert response.status_code == 400
    assert f"“{name}” is not known here" in response.content.decode()
    assert not Paste.objects.exists()


def test_password_in_the_header_locks_the_paste(client):
    headers = {"X-Paste-Password": "пароль".encode().decode("latin-1")}
    body = json.dumps(one_file("x"))
    for path, sent, content_type in (
        ("/api/v1/paste", body, "application/json"),
        ("/curl", "raw=x", FORM),
    ):
        response = client.post(path, sent, content_type=content_type, headers=headers)
        assert response.status_code == 200
        paste = Paste.objects.latest("pk")
        assert paste.is_locked
        assert text_of(paste.slug, password="пароль") == b"x"


def test_unknown_keys_are_ignored_as_pinnwand_does(client):
    assert send(client, one_file(long=True, other={"x": 1})).status_code == 200


def test_long_name_is_cut_like_the_terminals(client):
    assert send(client, one_file(name="x" * 300)).status_code == 200
    assert Paste.objects.get().title == "x" * 200


def test_several_files_are_refused_and_none_is_stored(client):
    files = one_file()["files"] * 2
    response = send(client, one_file(files=files))
    assert says(response, 400, "(this site keeps one file per paste)")
    assert not Paste.objects.exists()


INVALID = {
    "expiry": (one_file(expiry="soon"), "(invalid expiry)"),
    "expiry of no time": (one_file(expiry=0), "(invalid expiry)"),
    "expiry of the past": (one_file(expiry=-5), "(invalid expiry)"),
    "expiry of ages": (one_file(expiry=10**30), "(invalid expiry)"),
    "expiry of many years": (one_file(expiry="999999years"), "(invalid expiry)"),
    "expiry that is true": (one_file(expiry=True), "(invalid expiry)"),
    "expiry that is a list": (one_file(expiry=["1day"]), "(invalid expiry)"),
    "expiry that is a fraction": (one_file(expiry=1.5), "(invalid expiry)"),
    "lexer": (one_file(lexer="klingon"), "(invalid lexer)"),
    "lexer that is a number": (one_file(lexer=1), "(invalid lexer)"),
    "name that is a number": (one_file(name=1), "(invalid name)"),
    "name of two lines": (one_file(name="a\nb"), "(invalid name ("),
    "empty content": (one_file(""), "(invalid content (empty))"),
    "blank content": (one_file(" \n"), "(invalid content (empty))"),
    "no content": (one_file(None), "(invalid content (empty))"),
    "content that is a number": (one_file(5), "(invalid content)"),
    "content that is a list": (one_file(["x"]), "(invalid content)"),
    "half a surrogate pair": (one_file("a\ud800"), "(invalid content (The text holds"),
    "no files": (one_file(files=[]), "(no files provided)"),
    "files that are text": (one_file(files="x"), "(no files provided)"),
    "files that are numbers": (one_file(files=[1]), "(no files provided)"),
    "nothing": ({}, "(no files provided)"),
    "list": ([1], "(could not parse json body)"),
    "text": (b"hello", "(could not parse json body)"),
    "no body": (b"", "(could not parse json body)"),
    "deep": (b"[" * 100_000, "(could not parse json body)"),
    "not UTF-8": (b'{"content": "\xff"}', "(could not parse json body)"),
    "form": (b"content=x&lexer=text", "(could not parse json body)"),
}


@pytest.mark.parametrize("fault", INVALID)
def test_bad_input_is_refused_in_pinnwands_words(client, fault):
    sent, reason = INVALID[fault]
    assert says(send(client, sent), 400, f"HTTP 400: Bad Request {reason}")
    assert not Paste.objects.exists()


@pytest.mark.parametrize("size", [101, 100_000])
def test_too_large_is_a_413(client, settings, size):
    settings.PASTE_MAX_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = send(client, one_file("x" * size))
    assert says(response, 413, "(invalid content (exceeds size limit))")
    response = client.post("/curl", {"raw": "x" * size})
    assert response.status_code == 413
    assert b"up to 100 bytes" in response.content
    assert not Paste.objects.exists()


def test_limit_answers_429_with_retry_after(client, settings):
    settings.LIMIT_CREATE = "1/h"
    send(client, one_file())
    response = send(client, one_file())
    assert says(response, 429, "Try again in")
    assert 0 < int(response["Retry-After"]) <= 3600
    response = client.post("/curl", {"raw": "x"})
    assert response.status_code == 429
    words = b"Enhance your calm, you have exceeded the ratelimit."
    assert response.content == words
    assert 0 < int(response["Retry-After"]) <= 3600


def test_wrong_method_is_a_405(client):
    for path, allowed in (
        ("/api/v1/paste", "POST"),
        ("/curl", "POST"),
        ("/api/v1/paste/" + "1" * 12, "GET"),
        ("/api/v1/lexer", "GET"),
        ("/api/v1/expiry", "GET"),
    ):
        response = client.delete(path)
        assert response.status_code == 405
        assert allowed in response["Allow"]
    assert says(client.get("/api/v1/paste"), 405, "POST")


# Reading


def test_locked_paste_needs_its_password(client, make_paste):
    path = f"/api/v1/paste/{make_paste('secret', password='pw').paste.slug}"
    response = client.get(path)
    assert says(response, 401, "locked")
    assert response["WWW-Authenticate"].startswith("Basic ")
    response = client.get(path, headers={"X-Paste-Password": "no"})
    assert says(response, 403, "not the password")
    response = client.get(path, headers={"X-Paste-Password": "pw"})
    assert response.json()["files"][0]["content"] == "secret"
    assert response["Cache-Control"] == "private, no-store"


def test_burn_paste_is_not_burned(client, make_paste):
    slug = make_paste("once", burn=True).paste.slug
    response = client.get(f"/api/v1/paste/{slug}")
    assert says(response, 409, f"http://testserver/{slug}")
    assert text_of(slug, consent=True) == b"once"


def test_removed_paste_says_why(client, make_paste):
    slug = make_paste().paste.slug
    services.hide_paste(slug, reason="malware", by=None)
    assert says(client.get(f"/api/v1/paste/{slug}"), 410, "malware")


@pytest.mark.parametrize("slug", ["1" * 12, "GOWQ", "%00", "%FF", "%F0%9F%8E%89"])
def test_absent_paste_is_a_404(client, db, slug):
    assert says(client.get(f"/api/v1/paste/{slug}"), 404, "no paste here")


def test_expired_paste_is_a_404(client, make_paste):
    slug = make_paste().paste.slug
    now = timezone.now()
    Paste.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    assert says(client.get(f"/api/v1/paste/{slug}"), 404, "no paste here")


# Menus


def test_each_lexer_on_the_menu_is_taken(client):
    lexers = client.get("/api/v1/lexer").json()
    assert lexers["python"] == "Python"
    assert lexers["text"] == "Plain text"
    for lexer in ("autodetect", "c", "html+django"):
        assert lexer in lexers
        assert send(client, one_file(lexer=lexer)).status_code == 200


def test_each_expiry_on_the_menu_is_taken(client, settings):
    expiries = client.get("/api/v1/expiry").json()
    assert expiries == {
        "10minutes": "0:10:00",
        "1hour": "1:00:00",
        "1day": "1 day, 0:00:00",
        "1week": "7 days, 0:00:00",
        "1month": "30 days, 0:00:00",
        "1year": "365 days, 0:00:00",
        "never": "never",
    }
    for expiry in expiries:
        assert send(client, one_file(expiry=expiry)).status_code == 200
    settings.PASTE_MAX_LIFETIME = "1h"
    assert list(client.get("/api/v1/expiry").json()) == ["10minutes", "1hour"]


# /curl


def curl(client, body, content_type=FORM):
    return client.post("/curl", body, content_type=content_type)


def test_curl_gets_three_lines(client):
    response = curl(client, "raw=a%0D%0Ab%C3%BC&lexer=python&expiry=1day")
    paste = Paste.objects.get()
    link = f"http://testserver/{paste.slug}"
    token = response["X-Owner-Token"]
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == (
        f"Paste URL:   {link}\n"
        f"Raw URL:     http://testserver/raw/{paste.slug}\n"
        f"Removal URL: {link}/delete#{token}\n"
    )
    assert not response.cookies
    assert text_of(paste.slug) == "a\r\nbü".encode()
    assert paste.syntax == "python"
    assert lives_for(paste, timedelta(days=1))
    assert client.get(f"/raw/{paste.slug}").content == "a\r\nbü".encode()


def test_curl_sends_multipart_byte_for_byte(client):
    response = client.post("/curl", {"raw": AWKWARD, "lexer": "autodetect"})
    assert response.status_code == 200
    paste = Paste.objects.get()
    assert text_of(paste.slug) == AWKWARD.encode()
    assert lives_for(paste, timedelta(days=30))


MULTIPART = "multipart/form-data; boundary=x"
HALF = b'--x\r\nContent-Disposition: form-data; name="raw"\r\n\r\ncaf\xe9\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ("", FORM, "Invalid `raw` supplied."),
        ("raw=", FORM, "Invalid `raw` supplied."),
        ("raw=+%0A", FORM, "Invalid `raw` supplied."),
        ("raw=caf%E9", FORM, "Invalid `raw` supplied."),
        ("lexer=text", FORM, "Invalid `raw` supplied."),
        ("raw=two words", FORM, "Invalid `raw` supplied."),
        ("some text", "text/plain", "Invalid `raw` supplied."),
        (HALF, MULTIPART, "Invalid `raw` supplied."),
        ("raw=x&lexer=klingon", FORM, "Invalid `lexer` supplied."),
        ("raw=x&lexer=%FF", FORM, "Invalid `lexer` supplied."),
        ("raw=x&expiry=soon", FORM, "Invalid `expiry` supplied."),
        ("raw=x&expiry=%FF", FORM, "Invalid `expiry` supplied."),
        ("raw=x", "multipart/form-data", "malformed"),
        ("raw=x" + "&a=1" * 2000, FORM, "malformed"),
    ],
)
def test_curl_is_refused_in_one_line(client, body, content_type, words):
    response = curl(client, body, content_type)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert response.content.count(b"\n") == 1
    assert not Paste.objects.exists()
