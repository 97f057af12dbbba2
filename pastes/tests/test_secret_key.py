"""The secret key that the first start makes and every later one finds."""

import subprocess
import sys

from pastes.tests.conftest import ROOT, site_environment

PRINT_KEY = "from pastebin_site import settings; print(settings.SECRET_KEY)"
RACER = """
import sys
from pathlib import Path
from pastebin_site.settings import kept_secret
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    print(kept_secret(Path(sys.argv[1]) / f"key{number}"))
"""


def read_key(data_dir, **settings):
    return subprocess.run(
        [sys.executable, "-c", PRINT_KEY],
        cwd=ROOT,
        env=site_environment(data_dir, **settings),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_key_is_made_once_and_read_by_its_owner_only(tmp_path):
    data = tmp_path / "new" / "data"
    key = read_key(data)
    file = data / "secret_key"
    assert len(key) >= 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == key == read_key(data)
    assert list(data.iterdir()) == [file]


def test_two_sites_have_two_keys(tmp_path):
    assert read_key(tmp_path / "one") != read_key(tmp_path / "two")


def test_given_key_is_taken_and_none_is_made(tmp_path):
    data = tmp_path / "data"
    assert read_key(data, SECRET_KEY="given") == "given"
    assert not data.exists()


def test_key_may_come_from_a_named_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from-a-file")
    assert read_key(tmp_path / "data", SECRET_KEY_FILE=str(secret)) == "from-a-file"


def test_processes_that_make_the_key_at_once_agree(tmp_path):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path / "keys")],
            cwd=ROOT,
            env=site_environment(tmp_path / "data"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = {racer.communicate(timeout=60)[0] for racer in racers}
    assert len(answers) == 1
    assert len(set(answers.pop().split())) == 200
    assert len(list((tmp_path / "keys").iterdir())) == 200
