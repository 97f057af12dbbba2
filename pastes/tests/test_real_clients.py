"""Other pastebins' clients, as people have them, run against the real site.

requirements-clients.in and deploy/clients/package.json name them; `make tools` installs
them. Each makes a paste, whose bytes are then read back: the very ones that it was
given, but for what the client itself takes away.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pastes.tests.conftest import ROOT

CLIENTS = Path(sys.prefix) / "clients"
PROFILES = Path("/usr/share/pastebin.d")
# pastebinit's own profiles. Debian 12's lacks that of dpaste.org.
NAMES = ["sprunge.us", "pastebin.com", "paste.opendev.org", "dpaste.com"]
NAMES += ["dpaste.org"] if (PROFILES / "dpaste.org.conf").exists() else []

TEXT = "café € <x> 100% & + \r\nsecond\ttab\n\n"
# What is left of it where Python opens a file as text.
FROM_FILE = TEXT.replace("\r\n", "\n")
BLANK = " \n"
DAY = timedelta(days=1)


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path):
    """Run a client at the home of a person who has nothing but its settings."""
    home = {
        "HOME": str(tmp_path),
        "PATH": f"{CLIENTS}/bin{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "NODE_PATH": f"{CLIENTS}/node_modules",
    }

    def run_one(program, *words, text=""):
        is_there = shutil.which(program, path=home["PATH"])
        if not is_there or not (CLIENTS / "done").exists():
            pytest.fail(f"{program} is missing: `make tools` installs the clients.")
        done = subprocess.run(
            [program, *words],
            input=text.encode(),
            env=home,
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_one


@pytest.fixture
def file(tmp_path):
    """A file with the text, as bytes; its name tells nothing of its language."""
    path = tmp_path / "notes.txt"
    path.write_bytes(TEXT.encode())
    return path


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "blank.txt"
    path.write_text(BLANK)
    return path


@pytest.fixture
def refused(site):
    """Check that a client's failure shows, prints no link, and left nothing behind."""
    before = count(site)

    def check(done, words, *, code=1):
        assert done.code == code, done
        assert words in done.out + done.err
        assert not re.search(rf"{site.url}/\w{{12}}\b", done.out)
        assert count(site) == before

    return check


def count(site):
    return int(site.ask("SELECT count(*) FROM pastes_paste"))


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def is_gone(url):
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(url)
    error.value.close()
    return error.value.code == 404


def printed(done):
    """Return the one line that a client printed."""
    assert (done.code, done.err) == (0, ""), done
    assert done.out.strip().count("\n") == 0, done
    return done.out.strip()


def key_of(link):
    """Return a paste's key, which ends a link's path but for a slash or an extension."""
    return urlsplit(link).path.rstrip("/").split("/")[-1].split(".")[0]


def raw(site, link):
    return fetch(f"{site.url}/raw/{key_of(link)}").decode()


def paste_of(site, link):
    """Return what the site's own API tells of a paste, and how long it lives."""
    paste = json.loads(fetch(f"{site.url}/api/v1/pastes/{key_of(link)}"))
    ends = datetime.fromisoformat(paste["expires_at"])
    return paste | {"lifetime": ends - datetime.fromisoformat(paste["created_at"])}


def test_clients_are_those_that_are_pinned(run):
    asked = re.findall(
        r"^([\w-]+)==(\S+)$", (ROOT / "requirements-clients.in").read_text(), re.M
    )
    script = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))"
    for name, version in asked:
        assert printed(run("python", "-c", script, name)) == version, name
    wanted = json.loads((ROOT / "deploy/clients/package.json").read_text())
    for name, version in wanted["dependencies"].items():
        package = CLIENTS / "node_modules" / name / "package.json"
        assert json.loads(package.read_text())["version"] == version


# haste-client


@pytest.fixture
def haste(site, run, tmp_path):
    (tmp_path / ".hastec").write_text(f"server_url = {site.url}\ntimeout = 30\n")
    return lambda *words, text="": run("haste", *words, text=text)


def test_haste_keeps_a_text_but_for_its_ends(site, haste):
    link = printed(haste(text=f"\n {TEXT}"))
    assert link == f"{site.url}/{key_of(link)}"
    assert raw(site, link) == TEXT.strip()


def test_haste_prints_a_raw_link(haste, file):
    assert fetch(printed(haste("-r", str(file)))).decode() == FROM_FILE.strip()


def test_haste_fails_for_an_empty_text(haste, refused):
    # It looks for nothing but the key.
    refused(haste(text=""), "KeyError: 'key'")


# posthaste-cli


@pytest.fixture
def posthaste(site, run):
    return lambda *words, text="": run(
        "posthaste", "--url", site.url, *words, text=text
    )


def test_posthaste_keeps_a_text_from_a_pipe(site, posthaste):
    link = printed(posthaste(text=TEXT))
    assert raw(site, link) == TEXT
    # hastebin.com's own address, which leads to the paste here.
    assert link == f"{site.url}/share/{key_of(link)}"
    with urllib.request.urlopen(link) as page:
        assert page.url == f"{site.url}/{key_of(link)}"


def test_posthaste_sends_a_file(site, posthaste, file):
    done = posthaste(str(file))
    assert done.code == 0, done
    assert raw(site, done.out.split()[-1]) == FROM_FILE


def test_posthaste_tells_a_refusal(posthaste, refused, blank):
    refused(posthaste(str(blank)), "400 Client Error: Bad Request")


# steck


@pytest.fixture
def steck(site, run, tmp_path):
    settings = tmp_path / ".config" / "steck" / "steck.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'base = "{site.url}/"\nconfirm = false\nignore = false\n')
    return lambda *words, text="": run("steck", "paste", *words, text=text)


def links_of(done):
    """Return the link to look at, and the one to remove."""
    assert (done.code, done.err) == (0, ""), done
    return re.search(r"View link: +(\S+)\nRemoval link: (\S+)\n", done.out).groups()


def test_steck_keeps_a_text_from_a_pipe_for_a_day(site, steck):
    link, _ = links_of(steck("-", text=TEXT))
    assert raw(site, link) == TEXT
    paste = paste_of(site, link)
    assert (paste["title"], paste["lifetime"]) == ("stdin", DAY)


@pytest.mark.parametrize("option", ["--magic", "--no-magic"])
def test_steck_sends_a_file_under_its_name(site, steck, file, option):
    link, _ = links_of(steck(option, str(file)))
    assert raw(site, link) == FROM_FILE
    assert paste_of(site, link)["title"] == "notes.txt"


def test_stecks_removal_link_holds_the_token_that_deletes(site, steck):
    link, removal = links_of(steck("-", text=TEXT))
    page, _, token = removal.partition("#")
    assert page == f"{link}/delete"
    assert b"<form" in fetch(page)
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(link, method="DELETE", headers=headers)
    fetch(request)
    assert is_gone(link)


@pytest.mark.parametrize("text", ["", BLANK])
def test_steck_fails_for_a_blank_text(steck, refused, text):
    # It looks for nothing but the link, after it said that it was done.
    refused(steck("-", text=text), "KeyError: 'link'")


def test_steck_fails_for_several_files(steck, refused, file, tmp_path):
    second = tmp_path / "second.txt"
    second.write_text("second")
    refused(steck("--no-magic", str(file), str(second)), "KeyError: 'link'")


# pastebin-cli: it knows pastebin.com alone, and has no option for another


@pytest.fixture
def pastebin(site, run):
    script = (
        f"import pastebin\npastebin.Pastebin.base_url = '{site.url}'\npastebin.main()\n"
    )
    return lambda *words: run("python", "-c", script, "--api-key", "DEV", *words)


def test_pastebin_cli_sends_a_file_and_gets_it(site, pastebin, file):
    words = "--privacy unlisted --expires-in 1D --file-format python"
    link = printed(pastebin("paste", *words.split(), str(file)))
    assert raw(site, link) == FROM_FILE
    paste = paste_of(site, link)
    assert (paste["title"], paste["syntax"]) == ("notes.txt", "python")
    assert paste["lifetime"] == DAY
    for key in (link, key_of(link)):
        assert pastebin("get", key).out == f"{FROM_FILE}\n"


def test_pastebin_cli_tells_a_refusal(pastebin, refused, file, blank):
    refusal = "HTTP Error 422: Unprocessable Entity"
    words = ["--file-format", "text"]
    refused(pastebin("paste", *words, "--privacy", "public", str(blank)), refusal)
    # Without the option a paste is for its user alone, and this site has no users.
    refused(pastebin("paste", *words, str(file)), refusal)
    refused(pastebin("get", "1" * 12), "HTTP Error 404: Not Found")


# paspybin: a library, so these lines are what a person writes

PASPYBIN = """
import asyncio, sys
from aiohttp import ClientSession
from paspybin import Paspybin

async def main(site, act, *words):
    async with Paspybin("DEV", session=ClientSession(site)) as paspybin:
        if act == "login":
            await paspybin.login(*words)
        if act == "create":
            text, syntax = words
            sys.stdout.write(await paspybin.pastes.create_paste(
                text, title="T", format=syntax, visibility=1, expire="1D"
            ))
        if act == "get":
            sys.stdout.write(await paspybin.pastes.get_content(*words))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def paspybin(site, run):
    return lambda *words: run("python", "-c", PASPYBIN, site.url, *words)


def test_paspybin_creates_a_paste_and_gets_it(site, paspybin):
    # It cuts as many letters off the link as https://pastebin.com/ has.
    key = key_of(printed(paspybin("create", TEXT, "python")))
    assert raw(site, key) == TEXT
    assert paspybin("get", key).out == TEXT
    paste = paste_of(site, key)
    assert (paste["title"], paste["syntax"]) == ("T", "python")
    assert paste["lifetime"] == DAY


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("create", BLANK, "text"), "api_paste_code was empty"),
        (("create", TEXT, "klingon"), "invalid api_paste_format"),
        (("login", "somebody", "password"), "invalid login"),
    ],
)
def test_paspybin_tells_a_refusal_as_its_own_error(paspybin, refused, words, refusal):
    error = "paspybin.exceptions.PaspybinBadAPIRequestError: Bad API request, "
    refused(paspybin(*words), error + refusal)


def test_paspybin_tells_that_there_is_no_such_paste(paspybin, refused):
    refused(paspybin("get", "1" * 12), "PaspybinNotFoundError: paste not found")


# deepaste: its command knows dpaste.org alone, so these are the lines of that command

DEEPASTE = """
import sys
from deepaste.deepaste import Dpaster, Parser

dpaster = Dpaster(sys.argv[1], Parser().provide_arguments(sys.argv[2:]))
dpaster.convert_time()
dpaster.get_paste()
dpaster.prepare_paste()
dpaster.send_to_api()
"""


@pytest.fixture
def deepaste(site, run):
    def run_it(*words, text=""):
        return run("python", "-c", DEEPASTE, f"{site.url}/api/", *words, text=text)

    return run_it


def test_deepaste_keeps_a_text_from_a_pipe(site, deepaste):
    assert raw(site, printed(deepaste(text=TEXT))) == TEXT


@pytest.mark.parametrize(
    ("word", "days"), [("day", 1), ("week", 7), ("month", 30), ("year", 365)]
)
def test_deepaste_sends_a_file_for_a_time(site, deepaste, file, word, days):
    link = printed(deepaste("-f", str(file), "-l", "python", "-e", word))
    assert raw(site, link) == FROM_FILE
    paste = paste_of(site, link)
    assert (paste["syntax"], paste["lifetime"]) == ("python", days * DAY)


def test_deepastes_other_times_make_a_paste_to_be_read_once(site, deepaste):
    link = printed(deepaste("-c", TEXT, "-e", "once"))
    consent = urllib.request.Request(
        f"{site.url}/api/v1/pastes/{key_of(link)}/open",
        data=b'{"consent": true}',
        headers={"Content-Type": "application/json"},
    )
    assert json.loads(fetch(consent))["text"] == TEXT
    assert is_gone(link)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["-c", BLANK], "No content given\n400\n"),
        (["-c", TEXT, "-l", "klingon"], 'Invalid lexer choice "klingon" given.'),
    ],
)
def test_deepaste_tells_a_refusal(deepaste, refused, words, refusal):
    done = deepaste(*words)
    refused(done, "Something went wrong, the content was not copied.", code=0)
    assert refusal in done.out


# nptr-cli, whose command is 0x0


@pytest.fixture
def nptr(site, run):
    return lambda *words, text="": run("0x0", "-i", site.url, *words, text=text)


@pytest.mark.parametrize("options", [[], ["-s"]])
def test_nptr_keeps_a_file_and_deletes_it_with_the_token_it_kept(
    site, nptr, file, options
):
    done = nptr("upload", *options, str(file))
    link, expires, token = done.out.splitlines()
    assert raw(site, link) == TEXT
    paste = paste_of(site, link)
    ends = datetime.fromisoformat(paste["expires_at"]).timestamp() * 1000
    assert (paste["title"], expires) == ("notes.txt", f"Expires: {ends:.0f}")
    assert re.fullmatch(r"Token: \S{32}", token)
    assert printed(nptr("delete", link)) == f"Successfully deleted {link}"
    assert is_gone(link)


def test_nptr_keeps_a_text_from_a_pipe(site, nptr):
    assert raw(site, printed(nptr("-q", text=TEXT))) == TEXT


def test_nptr_tells_a_refusal_in_the_sites_words(nptr, refused):
    done = nptr("-q", text=BLANK)
    refused(done, "422 Client Error: Unprocessable Entity")
    assert "There is no text here to share." in done.out


def test_nptr_tells_a_wrong_token_and_a_paste_that_is_gone(site, nptr, file):
    link = printed(nptr("-q", "-n", "upload", str(file)))
    wrong = nptr("-n", "delete", link, "x" * 32)
    assert wrong.code == 1
    assert "401 Client Error: Unauthorized" in wrong.err
    assert raw(site, link) == TEXT
    gone = nptr("delete", f"{site.url}/{'1' * 12}", "x" * 32)
    assert gone == Done(1, f"Deleting {site.url}/{'1' * 12} failed\n", "")


# py-0x0: a library

PY_0X0 = """
import sys
import py_0x0

py_0x0.set_default_server(sys.argv[1])
act, *words = sys.argv[2:]
if act == "upload":
    made = py_0x0.upload_0x0(words[0], expiration="7 days")
    print(made.url, made.token)
if act == "many":
    print(*[made.url for made in py_0x0.upload_many_0x0(words)])
if act == "expire":
    print(py_0x0.set_expiration_0x0(words[0], 24, words[1]))
if act == "delete":
    print(py_0x0.delete_0x0(words[0], token=words[1]))
if act == "get":
    sys.stdout.buffer.write(py_0x0.get_0x0(words[0]))
"""


@pytest.fixture
def py_0x0(site, run):
    return lambda *words: run("python", "-c", PY_0X0, site.url, *words)


def test_py_0x0_uploads_sets_a_time_and_deletes(site, py_0x0, file):
    link, token = printed(py_0x0("upload", str(file))).split()
    assert raw(site, link) == TEXT
    # As 0x0.st does, the site bears the field `expiration` without heeding it.
    assert paste_of(site, link)["lifetime"] > 7 * DAY
    # The link alone is the page here, which is what a person opens.
    assert py_0x0("get", f"raw/{key_of(link)}").out == TEXT
    assert printed(py_0x0("expire", link, token)) == "True"
    assert DAY <= paste_of(site, link)["lifetime"] < 2 * DAY
    assert printed(py_0x0("delete", link, token)) == "True"
    assert is_gone(link)
    assert "UploadError: File not found" in py_0x0("delete", link, token).err


def test_py_0x0_uploads_several(site, py_0x0, file):
    links = printed(py_0x0("many", str(file), str(file))).split()
    assert [raw(site, link) for link in links] == [TEXT, TEXT]
    assert len(set(links)) == 2


def test_py_0x0_tells_a_refusal_and_a_wrong_token(site, py_0x0, refused, file, blank):
    refused(py_0x0("upload", str(blank)), "NetworkError: Upload request failed: 422")
    link, _ = printed(py_0x0("upload", str(file))).split()
    wrong = py_0x0("delete", link, "x" * 32)
    assert "NetworkError: Failed to delete file: 401" in wrong.err
    assert raw(site, link) == TEXT


# Debian's pastebinit with the profiles it brings, of which only the host is changed


@pytest.fixture(params=NAMES)
def pastebinit(request, site, run, tmp_path):
    """Return the profile's name and pastebinit with it."""
    if not (PROFILES / f"{request.param}.conf").exists():
        pytest.fail("pastebinit is missing: `make tools` installs it.")
    host = site.url.removeprefix("http://")
    profile = (PROFILES / f"{request.param}.conf").read_text()
    profile = re.sub(r"(?m)^basename = .*", f"basename = {host}", profile)
    profile = re.sub(r"(?m)^https.*\n", "", profile)
    saved = tmp_path / ".config" / "pastebin.d" / "here.conf"
    saved.parent.mkdir(parents=True)
    saved.write_text(profile)
    return request.param, lambda *words, text="": run(
        "pastebinit", "-b", host, *words, text=text
    )


def test_pastebinit_keeps_a_text_but_for_its_end(site, pastebinit):
    name, run_it = pastebinit
    link = printed(run_it(text=TEXT))
    assert raw(site, link) == TEXT.rstrip()
    is_lodgeit = name == "paste.opendev.org"
    path = f"show/{key_of(link)}/" if is_lodgeit else key_of(link)
    assert link == f"{site.url}/{path}"
    # What is printed leads to the page.
    assert b"second\ttab" in fetch(link)


def test_pastebinit_sends_a_file_with_what_the_profile_knows(site, pastebinit, file):
    name, run_it = pastebinit
    link = printed(run_it("-f", "python", "-t", "Größe", str(file)))
    assert raw(site, link) == FROM_FILE.rstrip()
    paste = paste_of(site, link)
    has_title = name in ("pastebin.com", "dpaste.com")
    assert (paste["title"], paste["syntax"]) == ("Größe" * has_title, "python")
    assert paste["lifetime"] == 30 * DAY


def test_pastebinit_fails_for_a_language_that_there_is_not(pastebinit, refused):
    name, run_it = pastebinit
    code = 400 if name.startswith("dpaste") else 422
    refused(run_it("-f", "klingon", text=TEXT), f"HTTP Error {code}")


# Node's libraries

NODE = """
const [site, client, text, option] = process.argv.slice(1)
const pastebin = () => {
  const net = require('pastebin-js/lib/config').net
  Object.assign(net, {protocol: 'http://', base: site.replace('http://', '') + '/'})
  return new (require('pastebin-js'))({api_dev_key: 'DEV'})
}
const clients = {
  'hastebin': () =>
    require('hastebin').createPaste(text, {server: site, raw: option === 'raw'}),
  'hastebin-gen': () => require('hastebin-gen')(text, {url: site, extension: option}),
  'pastebin-js': () => pastebin().createPaste(text, 'T', 'python', 1, '1D'),
}
clients[client]().then(console.log, (error) => {
  console.error(error.message)
  process.exitCode = 1
})
"""


@pytest.fixture
def node(site, run):
    """Run one of the libraries: it prints a link, or its error's words."""
    return lambda *words: run("node", "--no-deprecation", "-e", NODE, site.url, *words)


def test_nodes_hastebin_creates_a_paste(site, node):
    link = printed(node("hastebin", TEXT))
    assert link == f"{site.url}/{key_of(link)}"
    assert raw(site, link) == TEXT
    assert fetch(printed(node("hastebin", TEXT, "raw"))).decode() == TEXT


def test_nodes_hastebin_gen_creates_a_paste_with_an_extension(site, node):
    link = printed(node("hastebin-gen", TEXT, "py"))
    assert link == f"{site.url}/{key_of(link)}.py"
    assert raw(site, link) == TEXT
    assert b'<option value="python" selected' in fetch(link)


def test_nodes_pastebin_js_creates_a_paste(site, node):
    # Its getPaste asks for /raw.php?i=<key>, an address that this site has not.
    link = printed(node("pastebin-js", TEXT))
    assert raw(site, link) == TEXT
    paste = paste_of(site, link)
    assert (paste["title"], paste["syntax"]) == ("T", "python")
    assert paste["lifetime"] == DAY


@pytest.mark.parametrize(
    ("client", "refusal"),
    [
        ("hastebin", "Response code 400 (Bad Request)"),
        ("hastebin-gen", "Bad Request"),
        ("pastebin-js", "Unknown error, status: 422"),
    ],
)
def test_nodes_libraries_tell_a_refusal(node, refused, client, refusal):
    refused(node(client, BLANK), refusal)
