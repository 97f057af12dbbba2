"""What deploy/, the Dockerfile and compose.yaml promise, read from the files themselves."""

import re
import subprocess

import pytest
import yaml
from django.conf import settings as live_settings

from pastes.tests.conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNITS = ROOT / "deploy" / "systemd"
MEBI = 1024 * 1024


@pytest.mark.parametrize("name", SERVICES)
def test_service_of_compose_may_do_no_more_than_it_needs(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service["restart"] == ("no" if name == "backup" else "unless-stopped")
    assert set(service.get("ports", [])) == (
        {"80:80", "443:443"} if name == "proxy" else set()
    )
    assert not re.search(r":latest$|^[^:]+$", service["image"]) or "build" in service
    if name != "backup":
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}
    if name not in ("site", "backup"):
        assert service["healthcheck"]["test"][0] == "CMD"


def test_compose_names_nothing_that_it_does_not_have():
    known = {"services", "networks", "volumes", "secrets", "name"}
    assert {key for key in COMPOSE if not key.startswith("x-")} == known
    used_volumes, used_networks, used_secrets = set(), set(), set()
    for service in SERVICES.values():
        used_volumes |= {each.partition(":")[0] for each in service.get("volumes", [])}
        used_networks |= set(service["networks"])
        used_secrets |= set(service.get("secrets", []))
        assert set(service.get("depends_on", {})) <= set(SERVICES)
    named = {each for each in used_volumes if not each.startswith(".")}
    assert named == set(COMPOSE["volumes"])
    assert used_networks == set(COMPOSE["networks"])
    assert used_secrets == set(COMPOSE["secrets"])
    for path in used_volumes - named - {"./backups"}:
        assert (ROOT / path).exists(), path


def test_database_and_cache_have_no_way_out_of_compose():
    assert COMPOSE["networks"]["back"]["internal"] is True
    for name in ("database", "cache", "backup"):
        assert SERVICES[name]["networks"] == ["back"]


def test_secrets_of_compose_are_files_and_no_words_of_the_environment():
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./secrets/")
    assert "secrets/" in (ROOT / ".gitignore").read_text()
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            is_secret = re.search("PASSWORD|SECRET|DATABASE_URL|KEY", name)
            assert not is_secret or value.startswith("/run/secrets/"), name


def test_compose_sets_what_the_site_reads():
    rows = re.findall(
        r"^\| (`[^|]+`) \|", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    known = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    names = {name.removesuffix("_FILE") for name in SERVICES["site"]["environment"]}
    assert names <= known


def test_image_has_what_the_site_needs_and_nothing_else():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {word for line in copied for word in line.split()}
    assert all((ROOT / source).exists() for source in sources)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == sources
    assert rules.index("pastes/tests") > rules.index("!pastes")


def test_image_is_nobodys_and_asks_itself_whether_it_is_well():
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r"^VOLUME /data$", last, re.MULTILINE)
    assert "DATA_DIR=/data" in last
    # Of what the build made there, the secret key has to stay behind.
    taken = re.findall(r"^COPY --from=build (?:--chown=\S+ )?(\S+)", last, re.MULTILINE)
    assert taken == ["/srv/pastebin", "/build/data/static"]
    assert re.search(
        r'CMD \["python", "-m", "pastebin_site\.probe"\]$', last, re.MULTILINE
    )
    assert "--require-hashes" in DOCKERFILE
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {
        "python:3.11-slim-bookworm"
    }


@pytest.mark.parametrize(
    "file", ["nginx/pastebin-proxy.conf", "caddy/Caddyfile", "caddy/compose.Caddyfile"]
)
def test_proxy_lets_through_what_the_site_takes_and_little_more(file):
    text = (ROOT / "deploy" / file).read_text()
    bounds = re.findall(
        r"(?:max_body_size|max_size|buffer_size|request_buffers) (\d+)", text
    )
    assert bounds
    for bound in bounds:
        assert 0 < int(bound) * MEBI - live_settings.DATA_UPLOAD_MAX_MEMORY_SIZE < MEBI


def analyze(*words):
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True)
    return f"{done.stdout}{done.stderr}"


def test_units_are_understood_by_systemd(tmp_path):
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(
            "/srv/pastebin/site/.venv/bin/python", "/bin/true"
        )
        (tmp_path / unit.name).write_text(text)
    for unit in sorted(tmp_path.iterdir()):
        assert analyze("verify", "--man=no", str(unit)) == "", unit.name


@pytest.mark.parametrize("name", ["pastebin.service", "pastebin-backup.service"])
def test_units_are_shut_in(name):
    said = analyze("security", "--offline=yes", "--no-pager", str(UNITS / name))
    score = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert score, said
    assert float(score[1]) <= 1.5
