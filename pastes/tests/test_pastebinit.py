"""pastebinit's profile, and the real pastebinit with it."""

import shutil
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from configparser import ConfigParser

import pytest

TEXT = '\tdef größe():\n    return "100 % ☃ 🎉 a&b=c+d"  \n\n# kein Ende'


def profile_of(text):
    parser = ConfigParser()
    parser.read_string(text)
    return parser


def fetch(url, password=""):
    request = urllib.request.Request(url)
    if password:
        credentials = b64encode(f":{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


@pytest.fixture
def pastebinit(site, tmp_path):
    """Run pastebinit as a person does who saved the site's profile."""
    program = shutil.which("pastebinit")
    if not program:
        pytest.fail("pastebinit is missing: `make tools` installs it.")
    folder = tmp_path / ".pastebin.d"
    folder.mkdir()
    (folder / "site.conf").write_text(fetch(f"{site.url}/pastebinit.conf"))
    host = site.url.removeprefix("http://")

    def run(*words, text=None):
        return subprocess.run(
            [program, "-b", host, *words],
            input=text,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


def link_of(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return done.stdout.strip()


def test_profile_names_the_site_it_came_from(client, settings):
    response = client.get("/pastebinit.conf")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    disposition = response["Content-Disposition"]
    assert disposition == 'attachment; filename="testserver.conf"'
    profile = profile_of(response.content.decode())
    assert profile["pastebin"]["basename"] == "testserver"
    assert profile["pastebin"]["sizelimit"] == str(settings.PASTE_MAX_BYTES)
    assert profile["pastebin"]["paste_regexp"] == "(.*)"
    # Whatever its value is, pastebinit takes it for yes.
    assert "https" not in profile["pastebin"]


@pytest.mark.parametrize(
    ("site_url", "host", "file", "is_https"),
    [
        ("https://paste.example.org", "paste.example.org", "paste.example.org", True),
        ("http://paste.lan:8080", "paste.lan:8080", "paste.lan-8080", False),
        ("https://[::1]:8443", "[::1]:8443", "1-8443", True),
    ],
)
def test_site_url_decides_host_port_and_scheme(
    client, settings, site_url, host, file, is_https
):
    settings.SITE_URL = site_url
    response = client.get("/pastebinit.conf")
    assert f'filename="{file}.conf"' in response["Content-Disposition"]
    profile = profile_of(response.content.decode())["pastebin"]
    assert profile["basename"] == host
    assert ("https" in profile) == is_https


def test_foreign_host_gets_no_profile(client, settings):
    settings.ALLOWED_HOSTS = ["paste.example.org"]
    response = client.get("/pastebinit.conf", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert b"evil" not in response.content


def test_profile_tells_the_lifetimes_that_are_offered(client, settings):
    settings.PASTE_LIFETIMES = ["1h", "1d"]
    settings.PASTE_DEFAULT_LIFETIME = "1d"
    page = client.get("/pastebinit.conf").content.decode()
    assert "How long a paste is kept: 1h, 1d. Empty means 1d." in page


def test_wrong_method_is_a_405(client):
    response = client.post("/pastebinit.conf")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_text_from_a_pipe_is_kept_as_pastebinit_sends_it(site, pastebinit):
    link = link_of(pastebinit(text=f"{TEXT}\n\n  \n"))
    assert link.startswith(f"{site.url}/")
    # pastebinit itself takes the white space off the end of a text.
    assert fetch(f"{link}/raw") == TEXT


def test_text_from_a_file_with_title_and_language(tmp_path, pastebinit):
    file = tmp_path / "größe.py"
    file.write_text(TEXT)
    link = link_of(pastebinit("-f", "py", "-t", "Größe & Maß", "-i", str(file)))
    assert fetch(f"{link}/raw") == TEXT
    page = fetch(link)
    assert "Größe &amp; Maß" in page
    assert '<option value="python" selected' in page


def test_language_is_guessed_where_none_is_given(pastebinit):
    link = link_of(pastebinit(text="#!/usr/bin/env python3\nimport os\n"))
    assert '<option value="python" selected' in fetch(link)


def test_password_locks_the_paste(pastebinit):
    link = link_of(pastebinit("-p", "öffne dich", text="secret"))
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        fetch(f"{link}/raw")
    refused.value.close()
    assert fetch(f"{link}/raw", password="öffne dich") == "secret"


def test_lifetime_is_what_the_person_writes_into_the_profile(tmp_path, pastebinit):
    profile = tmp_path / ".pastebin.d" / "site.conf"
    kept = profile.read_text()
    assert "never expires" not in fetch(link_of(pastebinit(text="x")))
    profile.write_text(kept.replace("\nexpiry =\n", "\nexpiry = never\n"))
    assert "never expires" in fetch(link_of(pastebinit(text="x")))
    profile.write_text(kept.replace("\nexpiry =\n", "\nexpiry = soon\n"))
    refused = pastebinit(text="x")
    assert refused.returncode == 1
    assert "422" in refused.stderr


def test_refusal_is_an_error_and_no_link(pastebinit):
    refused = pastebinit("-f", "klingon", text="x")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "422" in refused.stderr
