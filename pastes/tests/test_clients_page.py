"""The page of clients: each line of curl on it is run, as a reader would who copies it."""

import html
import re
import shutil
import subprocess
import urllib.request

import pytest

from pastes import dialects
from pastes.tests.browsing import clipboard
from pastes.tests.conftest import ROOT

NOTES = "größe\r\n\t100 % & a=b+c ☃ <- 'x' \"y\"\n\n  no last newline".encode()
SOURCE = (ROOT / "templates/pastes/clients.html").read_text()
DOCS = (ROOT / "docs/clients.md").read_text()
# The lines' ids, of those that begin with curl or have a pipe to it.
CURL = re.findall(r'<code id="([\w-]+)">(?:[^<|]*\| )?curl ', SOURCE)
OWNERS = [name for name in CURL if name.endswith("-delete")]
ONCE = ["ix-once", "oneshot"]
SLUG = re.compile(r'[/"]([1-9A-HJ-NP-Za-km-z]{12})(?=[/".\s]|$)')


def lines_of(page):
    """Return the page's lines by their ids, as a browser copies them."""
    found = re.findall(r'<code id="([\w-]+)">(.*?)</code>', page, re.DOTALL)
    return {name: html.unescape(line.replace("<br>", "")) for name, line in found}


@pytest.fixture(scope="module")
def lines(site):
    with urllib.request.urlopen(f"{site.url}/clients", timeout=30) as answer:
        return lines_of(answer.read().decode())


@pytest.fixture
def shell(tmp_path):
    """Run a line in a folder with notes.txt; return what it wrote."""
    (tmp_path / "notes.txt").write_bytes(NOTES)

    def run(line):
        done = subprocess.run(
            line,
            shell=True,
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_each_kind_of_line_is_found():
    assert len(CURL) > 12
    assert len(OWNERS) == 2
    assert set(ONCE) < set(CURL)


@pytest.mark.parametrize("name", [name for name in CURL if name not in OWNERS])
def test_line_stores_the_text(site, lines, shell, name):
    line = lines[name]
    answer = shell(line).decode().rpartition("\r\n\r\n")[2]
    slug = SLUG.search(answer)
    assert slug, answer
    read = f"curl -X POST {site.url}/{slug[1]}/raw"
    assert shell(read) == (NOTES if "notes.txt" in line else b"hello")
    assert (b"no paste here" in shell(read)) == (name in ONCE)


@pytest.mark.parametrize("name", OWNERS)
def test_line_of_the_owner_deletes(site, lines, shell, name):
    stored = shell(lines["null-hours"]).decode()
    slug = SLUG.search(stored.rpartition("\r\n\r\n")[2])[1]
    token = re.search(r"(?i)^x-owner-token: (\S+)", stored, re.MULTILINE)[1]
    line = lines[name].replace("<id>", slug).replace("<token>", token)
    assert b"not" not in shell(line)
    assert b"no paste here" in shell(f"curl {site.url}/{slug}/raw")


def test_lines_of_pastebinit(site, lines, shell):
    if not shutil.which("pastebinit"):
        pytest.fail("pastebinit is missing: `make tools` installs it.")
    shell(lines["profile"])
    link = shell(lines["pastebinit"]).decode().strip()
    assert link.startswith(f"{site.url}/")
    assert shell(f"curl {link}/raw") == NOTES


def test_settings_decide_the_name_of_the_site(client, settings):
    settings.SITE_URL = "https://paste.example.org"
    page = client.get("/clients").content.decode()
    lines = lines_of(page)
    assert "testserver" not in page
    for name, line in lines.items():
        assert "paste.example.org" in line, name
    assert lines["steck"] == 'base = "https://paste.example.org/"'
    assert lines["haste-client"] == "server_url = https://paste.example.org"
    assert lines["rpaste"] == '[server]\naddress = "https://paste.example.org"'
    assert lines["pastebinit"].endswith(" -b paste.example.org")


def test_a_port_is_no_part_of_the_profiles_file(client, settings):
    settings.SITE_URL = "http://paste.lan:8080"
    lines = lines_of(client.get("/clients").content.decode())
    assert "~/.pastebin.d/paste.lan.conf http://paste.lan:8080/" in lines["profile"]
    assert lines["pastebinit"].endswith(" -b paste.lan:8080")


def test_each_line_has_its_button():
    ids = re.findall(r'<code id="([\w-]+)">', SOURCE)
    assert re.findall(r'data-copy="#([\w-]+)"', SOURCE) == ids
    assert len(set(ids)) == len(ids)
    labels = re.findall(r'aria-label="{% translate "Copy: ([^"]+)" %}"', SOURCE)
    assert len(set(labels)) == len(ids)


@pytest.mark.browser
def test_button_copies_the_line(page, site):
    page.goto("/clients")
    page.click("[data-copy='#sprunge']")
    page.wait_for_selector("#announced")
    line = f"cat notes.txt | curl -F 'sprunge=<-' {site.url}/"
    assert clipboard(page) == line


@pytest.mark.django_db
def test_page_is_found_and_linked_and_takes_no_uploads_name(client):
    response = client.get("/clients")
    assert response.status_code == 200
    assert "X-Robots-Tag" not in response
    assert "noindex" not in response.content.decode()
    assert b"Allow: /clients$\n" in client.get("/robots.txt").content
    assert b'href="/clients"' in client.get("/about").content
    assert client.put("/clients", b"x").status_code == 201


def test_docs_name_each_route_of_the_dialects():
    for route, _, name in dialects.routes:
        path = re.sub(r"<\w+:slug>", "<id>", route)
        path = re.sub(r"<\w+:(?:extension|rest)>", "<ext>", path)
        path = re.sub(r"<\w+:name>", "<name>", path)
        assert f"/{path}`" in DOCS, name


def test_docs_are_short_and_linked_from_the_readme():
    assert DOCS.count("\n") < 220
    assert "(docs/clients.md)" in (ROOT / "README.md").read_text()
