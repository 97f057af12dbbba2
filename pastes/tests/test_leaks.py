"""What is told to the real site stays there: nothing of it is in a log, a metric, a file.

Threat T3. Each kind of secret goes in by every door as a word that is nowhere else; then
each line and each file but the database's own is searched for all of them.
"""

import base64
import http.client
import json
import re
import urllib.parse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pastes.tests.conftest import running_site

KEY = "canarymetricskey0123456789"
ADMIN = "canaryadminpassword"
ADDRESSES = ("203.0.113.77", "2001:db8:aa:bb:cc:dd:ee:ff")
FORM = "application/x-www-form-urlencoded"


class Visitor:
    """Asks the site by hand, and remembers what it must not tell: `secrets`."""

    def __init__(self, site):
        self.host = urlsplit(site.url).netloc
        self.cookies = {}
        self.count = 0
        self.secrets = {KEY, ADMIN, *ADDRESSES}

    def word(self, kind):
        """Return a secret that is nowhere else."""
        self.count += 1
        secret = f"canary{kind}{self.count:04}"
        self.secrets.add(secret)
        self.secrets.add(base64.b64encode(f":{secret}".encode()).decode())
        return secret

    def ask(self, method, path, body=None, kind="", **headers):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("X-Forwarded-For", ADDRESSES[self.count % 2])
        if kind:
            sent["Content-Type"] = kind
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            # What is shorter says how a reader likes the pages, or that there was one.
            if len(value) >= 12:
                self.secrets.add(value.strip('"'))
        token = answer.getheader("X-Owner-Token")
        if token:
            self.secrets.add(token)
        self.secrets |= set(re.findall(r'"owner_token": "([^"]+)"', text))
        links = [answer.getheader("Location") or "", text[:2000]]
        self.secrets |= set(
            re.findall(r"/([1-9A-HJ-NP-Za-km-z]{12})\b", " ".join(links))
        )
        connection.close()
        self.secrets.discard("")
        return answer, text

    def post(self, path, **fields):
        """Send a form as a browser does, with its token."""
        page = self.ask("GET", path)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        self.secrets.add(token)
        fields["csrfmiddlewaretoken"] = token
        action = "/new" if path == "/" else path
        body = urllib.parse.urlencode(fields)
        return self.ask("POST", action, body, FORM)


def go_through_every_door(visitor):
    """Bring secrets by each door, rightly and wrongly."""
    ask, word = visitor.ask, visitor.word
    # From a terminal.
    for query in ("", "?burn=1", f"?title={word('title')}"):
        password = word("password")
        _, link = ask(
            "PUT", f"/{word('file')}.py{query}", word("text"), X_Paste_Password=password
        )
        path = urlsplit(link.strip()).path
        basic = {"Authorization": "Basic " + as_basic(password)}
        for method in ("GET", "POST"):
            ask(method, f"{path}/raw", X_Paste_Password=word("wrong"))
            ask(method, f"{path}/raw", **basic)
    ask("POST", f"/?password={word('query')}", word("text"))
    ask("POST", "/", f"text={word('text')}&lifetime={word('life')}", FORM)
    # From a browser.
    visitor.post("/", text=word("text"), title=word("title"), password=word("password"))
    answer, _ = visitor.post("/", text=word("text"), title=word("title"))
    path = urlsplit(answer.getheader("Location") or "/").path
    for page in ("", "/raw", "/fork", "/edit", "/data", "/download", f"?q={word('q')}"):
        ask("GET", f"{path}{page}")
    visitor.post(f"{path}/report", reason="spam", details=word("details"))
    # The API and other pastebins' clients.
    data = {"text": word("text"), "title": word("title"), "password": word("password")}
    _, made = ask("POST", "/api/v1/pastes", json.dumps(data), "application/json")
    slug, token = json.loads(made)["id"], json.loads(made)["owner_token"]
    visitor.secrets |= {slug, token}
    call = f"/api/v1/pastes/{slug}"
    ask("GET", call, X_Paste_Password=data["password"])
    for bearer in (word("token"), token):
        change = json.dumps({"title": word("title")})
        ask("PATCH", call, change, "application/json", Authorization=f"Bearer {bearer}")
    ask("POST", "/api/v1/pastes", f'{{"text": {word("json")}', "application/json")
    ask("POST", "/documents", word("text"))
    ask("POST", "/api/", f"content={word('text')}&title={word('title')}", FORM)
    # What is no door, and what is no request.
    odd = f"/%0a{word('path')}%1b%5b31m/x?%00={word('query')}"
    ask("GET", odd)
    ask("GET", "/about", Host=f"{word('host')}.example")
    ask(f"M{word('method')}", f"/{word('path')}", User_Agent=word("agent"))
    ask("POST", "/", b"\xff" + word("bytes").encode(), "text/plain")
    ask("POST", "/new", f"text={word('text')}&csrfmiddlewaretoken={word('csrf')}", FORM)
    ask("GET", "/metrics", Authorization=f"Bearer {word('key')}0123456789")
    ask("DELETE", call, Authorization=f"Bearer {token}")


def as_basic(password):
    return base64.b64encode(f":{password}".encode()).decode()


def go_to_the_admin(visitor):
    """Sign in, wrongly and rightly, and begin a second factor."""
    login = "/admin/login/"
    visitor.post(login, username="boss", password=visitor.word("guess"))
    answer, _ = visitor.post(login, username="boss", password=ADMIN)
    assert answer.status == 302
    own = "/admin/second-factor/"
    visitor.post(own, act="start")
    page = visitor.ask("GET", own)[1]
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1]
    visitor.secrets |= {secret, secret.replace(" ", "")}
    visitor.post(own, act="confirm", code=visitor.word("code"))
    visitor.ask("GET", f"/admin/pastes/paste/?q={visitor.word('search')}")


def break_the_site(site, visitor):
    """Take a table and a column away, so that requests fail with what they hold."""
    words = (
        "from django.db import connection as c; "
        "c.cursor().execute('ALTER TABLE pastes_paste RENAME COLUMN title TO gone'); "
        "c.cursor().execute('ALTER TABLE django_session RENAME TO gone')"
    )
    site.run("shell", "-v0", "-c", words)
    found = visitor.ask("PUT", f"/{visitor.word('file')}", visitor.word("text"))
    visitor.ask("GET", "/admin/")
    visitor.ask("GET", f"/{'1' * 12}?{visitor.word('query')}")
    data = json.dumps({"text": visitor.word("text"), "title": visitor.word("title")})
    visitor.ask("POST", "/api/v1/pastes", data, "application/json")
    assert found[0].status == 500


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_that_was_told_is_in_a_log_a_metric_or_a_file(tmp_path, form):
    data, temp = tmp_path / "data", tmp_path / "temp"
    temp.mkdir()
    settings = {
        "LOG_FORMAT": form,
        "LOG_REQUESTS": "on",
        "METRICS_KEY": KEY,
        "TRUSTED_PROXIES": "1",
        "SITE_URL": "http://127.0.0.1",
        # Forty million zeros, to be searched for each word.
        "RESERVE_BYTES": "0",
        "TMPDIR": str(temp),
    }
    with running_site(data, **settings) as site:
        make = (
            "from django.contrib.auth.models import User; "
            f"User.objects.create_superuser('boss', password={ADMIN!r})"
        )
        site.run("shell", "-v0", "-c", make)
        visitor = Visitor(site)
        go_through_every_door(visitor)
        go_to_the_admin(visitor)
        break_the_site(site, visitor)
        answers = [
            visitor.ask("GET", "/metrics", Authorization=f"Bearer {KEY}")[1]
            for _ in range(20)
        ]
    log = site.log.read_text()
    # Whichever worker answers, it tells of both.
    told = [int(counted("pastes:create", page)) for page in answers]
    assert len(set(told)) == 1
    assert told[0] >= 3
    files = [
        each
        for folder in (data, temp)
        for each in folder.rglob("*")
        if each.is_file() and not is_the_databases(each)
    ]
    places = {"log": log, "metrics": answers[-1]}
    places |= {str(each): each.read_bytes().decode("latin-1") for each in files}
    assert len(visitor.secrets) > 80
    for name, said in places.items():
        assert [each for each in visitor.secrets if each in said] == [], name
        assert "canary" not in said, name
    look_at_lines(log, form)


def counted(route, page):
    lines = re.findall(
        rf'^pastebin_requests_total.*route="{route}".* (\S+)$', page, re.M
    )
    return sum(map(float, lines))


def is_the_databases(file: Path) -> bool:
    """Say whether secrets belong in a file: texts into the database, and the site's key."""
    return file.name.startswith(("pastebin.sqlite3", "secret_key")) or (
        "static" in file.parts
    )


def look_at_lines(log, form):
    """Each line is whole, printable, and says of a request what it says of none."""
    assert all(line.isprintable() for line in log.splitlines())
    assert log.count("203.0.113.0/24") > 5
    assert "2001:db8:aa::/48" in log
    assert "Internal Server Error at pastes:" in log
    if form == "json":
        records = [json.loads(line) for line in log.splitlines()]
        requests = [each for each in records if each["logger"] == "pastes.requests"]
        assert len(requests) > 50
        assert len({each["request_id"] for each in requests}) == len(requests)
        failed = [each for each in records if "exception" in each]
        assert all("request_id" in each for each in failed)
