"""The real site in production mode, used with the real curl."""

import hashlib
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.loads import wait_until
from pastes.tests.conftest import ROOT, running_site, site_environment

MAX_BYTES = 10 * 1024 * 1024


def curl(*words: str, data: bytes | None = None) -> bytes:
    """Run curl; return what it prints."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "60", *words],
        input=data,
        capture_output=True,
        check=True,
    )
    return done.stdout


def status_of(*words: str, data: bytes | None = None) -> int:
    output = ["--output", os.devnull, "--write-out", "%{http_code}"]
    return int(curl(*output, *words, data=data))


def link_in(site, answer: bytes) -> str:
    """Check that an answer is exactly a link and a line break; return the link."""
    assert re.fullmatch(
        re.escape(site.url).encode() + rb"/[1-9A-HJ-NP-Za-km-z]{12}\n", answer
    )
    return answer.decode().strip()


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> list[Path]:
    """Files such as people paste: each must come back byte for byte."""
    folder = tmp_path_factory.mktemp("samples")
    log = "".join(
        f"2026-11-24T10:00:{n % 60:02} worker {n}: ok\n" for n in range(250_000)
    )
    texts = {
        "crlf.txt": b"one\r\ntwo\r\n\r\nthree\r\n",
        "no final newline.txt": b"the end",
        "tabs.tsv": b"\ta\t\tb\t\n\n\t",
        "four bytes.txt": "𝄞 🧵 é e\u0301 \u202eabc\u202c \ufeff\n".encode(),
        "nul.txt": b"a\0b\n",
        "form-like.txt": b"text=a&title=b\n",
        "own source.py": (ROOT / "pastes/models.py").read_bytes(),
        "ten megabytes.log": log.encode()[: MAX_BYTES - 1] + b"\n",
    }
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


WAYS = {
    "--data-binary @f URL": lambda f, url: curl("--data-binary", f"@{f}", url),
    "-T f URL/": lambda f, url: curl("-T", str(f), f"{url}/"),
    "some | curl -T - URL": lambda f, url: curl("-T", "-", url, data=f.read_bytes()),
    "cat f | curl -F text=<-": lambda f, url: curl(
        "-F", "text=<-", url, data=f.read_bytes()
    ),
    "-F file=@f URL": lambda f, url: curl("-F", f'file=@"{f}"', url),
    "chunked --data-binary": lambda f, url: curl(
        "-H", "Transfer-Encoding: chunked", "--data-binary", f"@{f}", url
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_file_comes_back_byte_for_byte(site, samples, way):
    for file in samples:
        link = link_in(site, WAYS[way](file, site.url))
        assert curl(f"{link}/raw") == file.read_bytes(), file.name
        assert curl("--compressed", f"{link}/raw") == file.read_bytes(), file.name


def test_201_with_location_and_a_token_that_works(site):
    answer = curl("-i", "--data-binary", "x", site.url).decode()
    assert " 201 " in answer.splitlines()[0]
    link = re.search(r"(?i)^location: (\S+)", answer, re.MULTILINE)[1]
    assert re.search(r"(?i)^x-owner-token: \S{32}\r?$", answer, re.MULTILINE)
    assert answer.endswith(f"\r\n\r\n{link}\n")


def test_locked_paste_opens_with_curl_u(site):
    link = curl("-H", "X-Paste-Password: geheim", "--data-binary", "s", site.url)
    raw = link.decode().strip() + "/raw"
    assert status_of(raw) == 401
    assert status_of("-u", ":wrong", raw) == 403
    assert curl("-u", ":geheim", raw) == b"s"


def test_burn_paste_is_read_once_by_post(site):
    link = curl("--data-binary", "once", f"{site.url}/?burn=1").decode().strip()
    assert status_of(f"{link}/raw") == 409
    assert curl("-X", "POST", f"{link}/raw") == b"once"
    assert status_of("-X", "POST", f"{link}/raw") == 404


@pytest.mark.threat("W5")
def test_body_over_the_limit_is_refused_in_every_way(site, tmp_path):
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * (MAX_BYTES + 1))
    for words in (
        ("--data-binary", f"@{large}", site.url),
        ("-T", str(large), f"{site.url}/"),
        ("-H", "Transfer-Encoding: chunked", "-T", str(large), f"{site.url}/"),
        ("-F", f"file=@{large}", site.url),
        ("-F", f"text=<{large}", site.url),
    ):
        answer = curl("-i", *words).decode()
        assert re.search(r"^HTTP/1.1 413", answer, re.MULTILINE), words
        assert "takes up to 10 MiB" in answer


def chunked_status(site, size: int) -> tuple[int, int]:
    """Send up to `size` bytes in chunks; return the status, and how much was sent."""
    host = urlsplit(site.url).netloc
    with socket.create_connection(host.split(":"), timeout=60) as connection:
        connection.sendall(
            f"PUT /x HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"%x\r\n" % 65536 + b"x" * 65536 + b"\r\n"
        sent = 0
        try:
            while sent < size:
                connection.sendall(chunk)
                sent += 65536
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        return int(connection.recv(100).split()[1]), sent


def test_body_somewhat_too_large_is_taken_in_before_the_answer(site):
    """As a proxy sends it: all of the body, and only then a look at the answer."""
    host = urlsplit(site.url).netloc
    body = b"x" * (2 * MAX_BYTES)
    head = f"PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    for _ in range(5):
        with socket.create_connection(host.split(":"), timeout=60) as connection:
            connection.sendall(head.encode() + body)
            assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_upload_that_is_cut_off_is_not_stored(site):
    begun = b"the beginning of a text that never ends"
    host = urlsplit(site.url).netloc
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n"
    with socket.create_connection(host.split(":"), timeout=60) as connection:
        connection.sendall(f"{head}Content-Length: 100\r\n\r\n".encode() + begun)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert b" 201 " not in answer
    digest = hashlib.sha256(begun).hexdigest()
    found = f"Paste.objects.filter(sha256={digest!r}).exists()"
    ask = f"from pastes.models import Paste; print({found})"
    assert site.run("shell", "-v0", "-c", ask).stdout == "False\n"


def test_large_upload_that_is_cut_off_is_no_fault_of_the_site(site):
    host = urlsplit(site.url).netloc
    head = f"PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: {2 * MAX_BYTES}\r\n\r\n"
    with socket.create_connection(host.split(":"), timeout=60) as connection:
        connection.sendall(f"{head}begun".encode())
        connection.shutdown(socket.SHUT_WR)
        assert b" 500 " not in connection.recv(4096)


@pytest.mark.parametrize(
    "path", ["/api/v1/pastes", "/documents", "/json/?method=pastes.newPaste", "/"]
)
def test_json_that_is_cut_off_is_the_clients_fault_and_not_stored(site, path):
    host = urlsplit(site.url).netloc
    body = '{"text": "whole", "code": "whole"}'
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body) + 50}\r\n\r\n"
    )
    with socket.create_connection(host.split(":"), timeout=60) as connection:
        connection.sendall(f"{head}{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"cut off" in answer


CUT_OFF = {
    "multipart/form-data; boundary=x": (
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\ncut in chunks'
    ),
    "application/json": b'{"text": "cut in chunks',
}


@pytest.mark.threat("W5")
@pytest.mark.parametrize("kind", CUT_OFF)
@pytest.mark.parametrize("path", ["/", "/api/v1/pastes"])
def test_form_in_chunks_that_breaks_off_is_not_stored(site, path, kind):
    """The server hands a broken body over as one that ended; these lack their own end."""
    host = urlsplit(site.url).netloc
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    before = site.ask("SELECT count(*) FROM pastes_paste")
    with socket.create_connection(host.split(":"), timeout=60) as connection:
        chunk = b"%x\r\n%b\r\n" % (len(CUT_OFF[kind]), CUT_OFF[kind])
        connection.sendall(head.encode() + chunk + b"5\r\nhe")
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert re.match(rb"HTTP/1.1 4(00|15|22) ", answer), answer
    assert site.ask("SELECT count(*) FROM pastes_paste") == before


def test_charset_that_is_no_text_encoding_is_passed_over(site):
    charsets = [f"charset={each}" for each in ("hex", "rot13", "idna", "latin-1")]
    for parameter in (*charsets, "x*=utf-9''a", "charset*=nonsense''x"):
        kind = f"Content-Type: text/plain; {parameter}"
        link_in(site, curl("-H", kind, "--data-binary", "some text", site.url))


@pytest.mark.threat("B5")
def test_burned_text_is_in_no_file_after_pruning(site):
    text = "canary of the write-ahead log"
    link = curl("--data-binary", text, f"{site.url}/?burn=1").decode().strip()
    assert curl("-X", "POST", f"{link}/raw").decode() == text
    site.run("prunepastes")
    for file in site.data_dir.glob("pastebin.sqlite3*"):
        assert text.encode() not in file.read_bytes(), file.name


def memory_of(site) -> int:
    """Return the resident bytes of the site's processes together."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if site.process.pid in (parent, int(folder.name)):
                total += int((folder / "statm").read_text().split()[1]) * 4096
        except (OSError, ValueError):
            continue
    return total


@pytest.mark.threat("W5")
def test_endless_body_is_cut_off_and_never_held_in_memory(site):
    before = memory_of(site)
    status, sent = chunked_status(site, 400 * 1024 * 1024)
    assert status == 413
    assert sent < 100 * 1024 * 1024
    assert memory_of(site) - before < 50 * 1024 * 1024


def test_static_files_are_hashed_compressed_and_kept_for_ever(site):
    page = curl(site.url).decode()
    for path in re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page):
        assert re.search(r"\.[0-9a-f]{12}\.", path)
        answer = curl("-i", "-H", "Accept-Encoding: br", f"{site.url}{path}")
        head = answer.partition(b"\r\n\r\n")[0].decode().lower()
        assert "content-encoding: br" in head
        assert "immutable" in head
        assert "x-content-type-options: nosniff" in head


def test_front_page_and_paste_page_are_served(site):
    link = curl("--data-binary", "import os", f"{site.url}/?syntax=py").decode().strip()
    page = curl(link).decode()
    assert '<span class="kn">import</span>' in page
    assert status_of(f"{site.url}/readyz") == 200
    assert status_of(f"{site.url}/{'1' * 12}") == 404


WRITER = """
import hashlib, http.client, sys
host, number = sys.argv[1], int(sys.argv[2])
connection = http.client.HTTPConnection(host, timeout=60)
for n in range(25):
    body = f"writer {number} paste {n}".encode()
    connection.request("POST", "/", body, {"Content-Type": "text/plain"})
    answer = connection.getresponse()
    print(answer.status, answer.read().decode().strip(), hashlib.sha256(body).hexdigest())
"""


def test_eight_writers_at_once_lose_nothing_and_see_no_lock(site):
    host = urlsplit(site.url).netloc
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, host, str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    lines = "".join(writer.communicate(timeout=120)[0] for writer in writers)
    answers = [line.split(" ", 2) for line in lines.splitlines()]
    assert len(answers) == 200
    assert {status for status, _, _ in answers} == {"201"}
    connection = http.client.HTTPConnection(host, timeout=60)
    for _, link, digest in answers:
        connection.request("GET", f"{urlsplit(link).path}/raw")
        data = connection.getresponse().read()
        assert hashlib.sha256(data).hexdigest() == digest
    connection.close()
    assert "database is locked" not in site.log.read_text()


LOCKER = """
import sys, random
import django; django.setup()
from django.db import transaction
from pastes import services
from pastes.models import Paste
for n in range(40):
    with transaction.atomic():
        count = Paste.objects.count()
        services.create_paste(text=f"{sys.argv[1]} {n} after {count}", client=None)
        Paste.objects.filter(slug="1" * 12).update(views=count)
print("done")
"""


def test_eight_processes_that_read_then_write_see_no_lock(tmp_path):
    environment = site_environment(
        tmp_path / "data", DJANGO_SETTINGS_MODULE="pastebin_site.settings"
    )
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", LOCKER, str(number)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(8)
    ]
    for writer in writers:
        assert writer.communicate(timeout=120)[0] == "done\n"


@pytest.mark.threat("B7")
def test_removal_is_seen_at_once_by_every_worker(site):
    link = curl("--data-binary", "canary\n", site.url).decode().strip()
    for _ in range(20):
        assert curl(f"{link}/raw") == b"canary\n"
        curl(link)
    slug = link.rpartition("/")[2]
    site.run(
        "shell",
        "-c",
        f"from pastes.services import hide_paste; "
        f"hide_paste({slug!r}, reason='spam', by=None)",
    )
    for _ in range(20):
        assert status_of(f"{link}/raw") == 410
        assert b"canary" not in curl(link)


def threads_of(site):
    main = site.process.pid
    workers = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in workers)


@pytest.mark.threat("D3")
def test_stalled_uploads_do_not_keep_others_out(site):
    host = urlsplit(site.url).netloc
    before = threads_of(site)
    stalled = []
    try:
        for _ in range(60):
            connection = socket.create_connection(host.split(":"), timeout=30)
            connection.sendall(
                f"PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\nx".encode()
            )
            stalled.append(connection)
        assert status_of(f"{site.url}/") == 200
        assert link_in(site, curl("--data-binary", "x", site.url))
        wait_until(lambda: threads_of(site) >= before + 40, "a thread for each of them")
    finally:
        for connection in stalled:
            connection.close()
    wait_until(
        lambda: threads_of(site) <= before + 10, "threads that nobody needs to end", 25
    )


@pytest.mark.threat("B1")
def test_race_for_a_burn_paste_over_the_network_has_one_winner(site):
    for _ in range(5):
        link = curl("--data-binary", "once", f"{site.url}/?burn=1").decode().strip()
        won: list[bytes] = []

        def read(path: str, won: list[bytes]) -> None:
            connection = http.client.HTTPConnection(
                urlsplit(site.url).netloc, timeout=60
            )
            connection.request("POST", path)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            if answer.status == 200:
                won.append(body)
            else:
                assert answer.status == 404

        readers = [
            threading.Thread(target=read, args=(urlsplit(link).path + "/raw", won))
            for _ in range(32)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert won == [b"once"]


@pytest.mark.threat("T3")
def test_secrets_are_in_no_log(tmp_path):
    with running_site(tmp_path / "data") as site:
        link = curl(
            *("-H", "X-Paste-Password: canary-password"),
            *("--data-binary", "canary-text"),
            f"{site.url}/?title=canary-title",
        )
        raw = f"{link.decode().strip()}/raw"
        curl("-u", ":canary-password", raw)
        curl("-u", ":canary-wrong", raw)
        curl("--data-binary", "canary-text", f"{site.url}/?password=canary-query")
        curl("-F", "text=canary-text", "-F", "lifetime=canary-field", site.url)
    log = site.log.read_text()
    assert "canary" not in log
    assert site.process.returncode == 0
