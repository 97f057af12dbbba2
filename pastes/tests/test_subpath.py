"""A site below a path of a host that has other things too, at a Unix socket behind nginx."""

import json
import re
import threading
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import mail
from playwright.sync_api import expect

from pastes import edge, housekeeping, services
from pastes.models import Paste, Report
from pastes.services import Client
from pastes.tests import proxies
from pastes.tests.browsing import create, heading, press, shown_text
from pastes.tests.conftest import running_site, watch
from pastes.tests.test_checks import manage
from pastes.tests.test_served import curl

# What leads somewhere: links, forms, files, and what scripts are told.
LEADS = re.compile(r'\b(?:href|src|action|data-[a-z-]+|content)="(/[^"]*)"')
ADDRESSES = re.compile(r'https?://[^/"\s<>]+(/[^"\s<>&]*)?')


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    folder = tmp_path_factory.mktemp("below")
    (https,) = proxies.free_ports(1)
    proxies.make_certificate(folder)
    servers = proxies.below_a_path(folder, f"unix:{folder}/site.sock", https=https)
    url = f"https://localhost:{https}/paste"
    limits = {"LIMIT_CREATE": "off", "LIMIT_REPORT": "off"}
    with (
        proxies.running_nginx(folder, servers, https),
        running_site(
            folder / "data",
            url=url,
            HOST=f"unix:{folder}/site.sock",
            SITE_URL=f"{url}/",
            TRUSTED_PROXIES="1",
            **limits,
        ) as site,
    ):
        new = "from django.contrib.auth.models import User; User.objects"
        site.run("shell", "-c", f"{new}.create_superuser('boss', password='let me in')")
        yield site


def fetch(below, path, *words):
    """Return the head and the body of an answer."""
    url = path if path.startswith("https:") else f"{below.url}{path}"
    head, _, body = curl("-k", "-i", "--http1.1", *words, url).partition(b"\r\n\r\n")
    return head.decode(), body.decode()


def send(below, text, *words):
    link = curl("-k", "--data-binary", text, *words, below.url).decode().strip()
    assert link.startswith(f"{below.url}/")
    return link.removeprefix(below.url)


def test_nothing_on_any_page_leads_out_of_the_path(below):
    paste = send(below, "import os\n", "-H", "Content-Type: text/x-python")
    other = send(below, "import sys\n")
    table = send(below, "a,b\n1,2\n")
    locked = send(below, "x", "-H", "X-Paste-Password: p")
    pages = ["/", "/mine", "/about", "/clients", "/api/v1/docs", "/admin/login/"]
    pages += [
        f"{paste}{end}" for end in ("", ".py", "/fork", "/report", "/edit", "/delete")
    ]
    pages += [f"{paste}/diff{other}", f"{table}/data", locked, "/nothing/here"]
    for page in pages:
        head, body = fetch(below, page)
        found = [*LEADS.findall(body), *re.findall(r"(?i)\blocation: (\S+)", head)]
        assert len(found) > 5 or " 30" in head.splitlines()[0], (page, head)
        for each in found:
            path = urlsplit(urljoin(f"{below.url}/", each)).path
            assert path == "/paste" or path.startswith("/paste/"), (page, each)
        for cookie in re.findall(r"(?i)^set-cookie:\s*(.*)", head, re.MULTILINE):
            assert "; Path=/paste" in cookie, (page, cookie)
            assert cookie.startswith("__Secure-"), (page, cookie)
            assert "; Secure" in cookie, (page, cookie)


def test_every_redirect_stays_in_the_path(below):
    paste = send(below, "x")
    for path, target in {
        "/docs": "/api/v1/docs",
        "/admin": "/admin/",
        "/admin/": "/admin/login/?next=/paste/admin/",
        "/api/v1": "/api/v1/docs",
        f"{paste}/": paste,
        f"/show{paste}": paste,
    }.items():
        head, _ = fetch(below, path)
        location = re.search(r"(?i)^location: (\S+)", head, re.MULTILINE)[1]
        assert urljoin(below.url, location) == f"{below.url}{target}", path
    head, _ = fetch(below, "/settings", "-d", "theme=dark")
    assert re.search(r"(?im)^location: /paste/\r?$", head)
    assert re.search(r"(?im)^set-cookie:\s*theme=dark;.*; Path=/paste;", head)
    head, _ = fetch(below, "/settings", "-d", "theme=")
    assert re.search(r"(?im)^set-cookie:\s*theme=.*; Max-Age=0; Path=/paste;", head)


def test_clients_and_the_api_get_whole_links(below):
    base = f"{below.url}/"
    head, body = fetch(below, "/api/v1/pastes", "--json", '{"text": "x"}')
    made = json.loads(body)
    assert made["url"].startswith(base)
    assert made["raw_url"] == f"{made['url']}/raw"
    location = re.search(r"(?i)^location: (\S+)", head, re.MULTILINE)[1]
    assert location == f"{base}api/v1/pastes/{made['id']}"
    assert json.loads(fetch(below, location)[1])["text"] == "x"
    document = json.loads(fetch(below, "/api/v1/openapi.json")[1])
    assert document["servers"] == [{"url": "/paste"}]
    assert "/api/v1/pastes" in document["paths"]
    key = json.loads(fetch(below, "/documents", "--data-binary", "x")[1])["key"]
    assert fetch(below, f"/{key}")[0].split()[1] == "200"
    for words in (["-F", "sprunge=x"], ["-F", "f:1=x"], ["-F", "file=x"]):
        assert fetch(below, "/", *words)[1].startswith(base), words
    assert fetch(below, "/api/", "-F", "content=x", "-F", "format=url")[1].startswith(
        base
    )
    assert fetch(below, "", "--data-binary", "x")[1].startswith(base)
    assert fetch(below, "/name.txt", "-X", "PUT", "-d", "x")[1].startswith(base)
    profile = fetch(below, "/pastebinit.conf")[1]
    host = urlsplit(below.url).netloc
    assert f"basename = {host}/paste\n" in profile
    _, page = fetch(below, "/clients")
    for path in ADDRESSES.findall(page):
        assert path.startswith("/paste"), path
    assert f"pastebinit -b {host}/paste<" in page
    assert "Disallow: /paste/\n" in fetch(below, "/robots.txt")[1]


def test_what_lies_beside_the_path_is_not_the_sites(below):
    root = below.url.removesuffix("/paste")
    for path in ("/", "/about", "/pastes", "/paste2/about"):
        assert fetch(below, f"{root}{path}")[1] == "something else\n"
    socket = ["--unix-socket", str(below.data_dir.parent / "site.sock")]
    for path in ("/", "/healthz", "/pastex/healthz", "/static/pastes/site.css"):
        said = curl("-i", *socket, f"http://localhost{path}").decode()
        assert " 404 " in said.splitlines()[0], path
        assert "This site is at /paste/." in said


def test_probes_are_answered_in_plain_http_at_the_socket(below):
    path = below.data_dir.parent / "site.sock"
    assert path.stat().st_mode & 0o777 == 0o660
    for word, said in {"healthz": b"ok\n", "readyz": b"ready\n"}.items():
        url = f"http://localhost/paste/{word}"
        assert curl("--unix-socket", str(path), url).startswith(said)
    # All else has to come by HTTPS, as the proxy tells.
    head = curl("-i", "--unix-socket", str(path), "http://localhost/paste/about")
    assert f"location: {below.url.rpartition(':')[0]}".encode() in head


def test_static_files_are_found_and_kept(below):
    _, page = fetch(below, "/")
    for path in re.findall(r'(?:src|href)="(/paste/static/[^"]+)"', page):
        head, _ = fetch(below, path.removeprefix("/paste"))
        assert head.split()[1] == "200", path
        assert "immutable" in head


@pytest.mark.browser
def test_a_walk_through_the_site_below_its_path(below, chromium):
    faults: list[str] = []
    context = chromium.new_context(ignore_https_errors=True, base_url=below.url)
    context.set_default_timeout(20_000)
    page = context.new_page()
    watch(page, below.url, faults)
    # A page's own "/" would be the host's.
    goto, page.goto = page.goto, lambda path: goto(f"{below.url}{path}")
    link = create(page, "first\nsecond\n", title="a walk")
    assert link.startswith(f"{below.url}/")
    assert shown_text(page) == "first\nsecond\n"
    page.click("text=Edit")
    page.fill("#id_text", "changed\n")
    press(page, "Save")
    page.wait_for_url(link)
    assert shown_text(page) == "changed\n"
    page.select_option("#id_syntax, select[name=syntax]", "python")
    page.wait_for_url(f"{link}.py")
    page.goto("/mine")
    expect(page.get_by_role("link", name="a walk", exact=True)).to_have_attribute(
        "href", urlsplit(link).path
    )
    press(page, "Dark")
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    kept = {each["name"]: each["path"] for each in context.cookies()}
    assert kept["theme"] == kept["__Secure-maker"] == "/paste"

    reader = chromium.new_context(ignore_https_errors=True)
    other = reader.new_page()
    watch(other, below.url, faults)
    other.goto(below.url + send(below, "hidden\n", "-H", "X-Paste-Password: geheim"))
    other.fill("input[type=password]", "geheim")
    press(other, "Unlock")
    expect(other.locator("#code")).to_have_text("hidden\n")
    other.reload()
    expect(other.locator("#code")).to_have_text("hidden\n")
    burning = curl("-k", "--data-binary", "once\n", f"{below.url}/?burn=1").decode()
    other.goto(burning.strip())
    other.get_by_role(
        "button", name=re.compile("burn|show|read", re.IGNORECASE)
    ).click()
    expect(other.locator("#code")).to_have_text("once\n")
    other.goto(burning.strip())
    assert heading(other) == "Nothing here"

    page.goto("/api/v1/docs")
    page.wait_for_selector(".opblock")
    page.goto("/admin/")
    page.fill("#id_username", "boss")
    page.fill("#id_password", "let me in")
    press(page, "Log in")
    page.wait_for_url(f"{below.url}/admin/")
    page.goto("/admin/pastes/paste/")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url(
        re.compile(f"{re.escape(below.url)}/admin/pastes/paste/.*/change/")
    )
    context.close()
    reader.close()
    assert not faults, faults


# Without the server


@pytest.mark.parametrize(
    ("asked", "script", "path"),
    [
        ("/paste", "/paste", "/"),
        ("/paste/", "/paste", "/"),
        ("/paste/paste/x", "/paste", "/paste/x"),
        ("/pastes", None, None),
        ("/PASTE/x", None, None),
        ("/x/paste/", None, None),
        ("", None, None),
    ],
)
def test_path_is_taken_off_once_and_whole(asked, script, path):
    seen = []

    def application(environ, start_response):
        seen.append((environ["SCRIPT_NAME"], environ["PATH_INFO"]))
        return []

    environ = {"PATH_INFO": asked, "SCRIPT_NAME": "", "REQUEST_METHOD": "GET"}
    statuses = []
    edge.below("/paste", application)(
        environ, lambda status, _: statuses.append(status)
    )
    assert seen == ([(script, path)] if path else [])
    assert statuses == ([] if path else ["404 Not Found"])


@pytest.mark.django_db(transaction=True)
def test_links_in_mail_have_the_path_once(make_paste, settings):
    settings.EMAIL_URL = "memorymail://"
    settings.ABUSE_EMAIL = "abuse@example.org"
    settings.SITE_URL = "https://www.example.org/paste"
    settings.SITE_PATH = settings.FORCE_SCRIPT_NAME = "/paste"
    slug = make_paste().paste.slug
    services.report_paste(slug, reason="spam", client=Client("192.0.2.1"))

    class Once(threading.Event):
        """Stops the housekeeping after one round."""

        def wait(self, timeout=None):
            was, _ = self.is_set(), self.set()
            return was

    # It is a thread of its own, which no request has told the path.
    thread = threading.Thread(target=housekeeping.run, args=(Once(),))
    thread.start()
    thread.join(timeout=60)
    (message,) = mail.outbox
    links = re.findall(r"https?://\S+", message.body)
    assert links
    for link in links:
        assert re.match(r"https://www\.example\.org/paste/admin/", link)
    assert Report.objects.exists()
    assert Paste.objects.exists()


def test_ipv6_site_is_among_its_hosts(tmp_path):
    words = [
        "shell",
        "-v0",
        "-c",
        "from django.conf import settings as s; print(s.SITE_HOST)",
    ]
    done = manage(tmp_path, *words, SITE_URL="http://[2001:db8::1]:8000/paste")
    assert done.stdout == "[2001:db8::1]\n"
    done = manage(tmp_path, "check", SITE_URL="http://[2001:db8::1")
    assert "SITE_URL=http://[2001:db8::1 is no address of a site." in done.stderr
