"""What the bench makes of wrk's words, and of figures: no figure is measured here."""

import json
import re
from xml.etree import ElementTree

import pytest

from bench import report, speed, texts, wrk
from bench.loads import ROOT
from bench.peers import disk
from bench.peers.bare import read_answers
from bench.report import BARE, BEHIND, DPASTE, NGINX, NGINX_TLS, PINNWAND, SEED, SITE
from bench.wrk import NUMBER, Request

# As wrk 4.1.0 wrote it.
OUTPUT = """\
Running 1s test @ http://127.0.0.1:24001/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   152.45us  141.22us   5.36ms   96.96%
    Req/Sec    99.98k     9.06k  110.63k    63.64%
  109399 requests in 1.10s, 1.02GB read
  Non-2xx or 3xx responses: 12
Requests/sec:  99453.18
Transfer/sec:      0.93GB
counted 109399 1100012 1095237123 0 3 0 12 0 138 412
"""


def test_wrk_is_read():
    seen = wrk.parse(OUTPUT)
    assert (seen.answers, seen.seconds, seen.bytes) == (109387, 1.100012, 1095237123)
    assert (seen.p50, seen.p99) == (0.138, 0.412)
    assert seen.errors == {"read": 3, "status": 12}
    assert round(seen.rate) == 99442


def test_wrk_that_counted_nothing_is_told():
    with pytest.raises(ValueError, match="unable to connect"):
        wrk.parse("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_each_body_has_a_number_of_its_own(tmp_path):
    request = Request("POST", "/", {"A": 'b"c'}, f"# {NUMBER}\ntext", 201)
    script = wrk.script(request, tmp_path)
    assert 'wrk.headers["A"] = "b\\"c"' in script
    assert f"(.-){NUMBER}(.*)" in script
    assert (tmp_path / "wrk.data").read_text() == request.body
    sent = request.numbered()
    assert sent != request.numbered()
    assert re.fullmatch(rb"# \d{12}\ntext", sent)


def test_pages_are_asked_for_in_turn(tmp_path):
    script = wrk.script(Request(paths=("/a", "/b")), tmp_path)
    assert "paths[at]" in script
    assert (tmp_path / "wrk.data").read_text() == "/a\n/b"


def test_slow_answers_are_given_time_for_some_of_them():
    assert speed.enough(0.1, 64) == 0
    assert speed.enough(0.5, 16) == 8
    assert speed.enough(5, 64) == speed.MOST_SECONDS


def test_slow_disks_are_those_of_which_the_tables_tell():
    for part in (*speed.QUICK, *speed.FULL):
        assert set(part.syncs) <= set(report.SLOW_CREATES)
        assert not part.syncs or (part.size, part.connections) == ("1 KB", 64)
    assert set(report.SLOW_CREATES.values()) <= set(report.DOORS)


def test_a_program_is_told_how_much_longer_a_sync_takes(tmp_path):
    told = disk.slowed(tmp_path / "slow.so", 0.5)
    assert told == {"LD_PRELOAD": str(tmp_path / "slow.so"), "SYNC_US": "500"}
    assert disk.sync_milliseconds(tmp_path) > 0


def test_texts_have_their_size_and_are_not_alike():
    for size in (1024, 1024 * 1024):
        assert len(texts.python(size).encode()) == size
    assert len({texts.python(1024, number) for number in range(200)}) == 200


def test_the_bare_app_reads_what_it_answers(tmp_path):
    (tmp_path / "raw-5").write_bytes(b"12345")
    (tmp_path / "raw-5.type").write_text("text/plain")
    headers, body = read_answers(tmp_path)["/raw-5"]
    assert body == b"12345"
    assert ("Content-Type", "text/plain") in headers
    assert ("Content-Length", "5") in headers


def figure(
    who: str, door: str, rate: float, size: str = "1 KB", **more: object
) -> dict:
    row = {"who": who, "door": door, "size": size, "connections": 64, "rate": rate}
    row |= {"p50": 1.0, "p99": 2.0, "answers": 1000, "errors": {}, "memory": 10**8}
    return row | more


def found() -> dict:
    rows = [
        *(figure(who, "raw", 100) for who in (BARE, NGINX, NGINX_TLS)),
        figure(SITE, "raw", 79),
        figure(BEHIND, "raw", 80),
        figure(PINNWAND, "raw", 90),
        figure(DPASTE, "create", 10),
        figure(SEED, "create", 20, errors={"status": 3}),
        figure(SITE, "create", 100),
        figure(SITE, "create, 4 ms", 90),
        figure(SEED, "create, 4 ms", 20),
        figure(DPASTE, "create, 4 ms", 8),
        figure(SITE, "page", 5, "1 MB", memory=300_000_000),
        figure(DPASTE, "page", 1, "1 MB", memory=200_000_000),
    ]
    machine = dict.fromkeys(
        ("processor", "system", "python", "granian", "revision"), "odd | one"
    )
    return {
        "command": "bench/speed.py",
        "date": "2026-11-27",
        "load": 0.5,
        "sync": 0.1634,
        "machine": machine | {"cores": 2},
        "versions": {"seed": "fastapi 1"},
        "rows": rows,
        "wire": {"raw, 1 KB": {SITE: [1200, 700], PINNWAND: [1300, 600]}},
        "starts": {SITE: 1.0, SEED: 0.5},
    }


def test_targets_are_judged():
    judged = [
        (than, seen, is_met) for _, than, _, seen, is_met in report.judged(found())
    ]
    assert judged[0] == (BARE, "0.79", False)
    assert judged[1] == (NGINX, "0.79", True)
    assert judged[2] == (BARE, "not measured", None)
    assert (SEED, "5", True) in judged
    assert (DPASTE, "10", True) in judged
    assert (SEED, "4.5", False) in judged
    assert (DPASTE, "11.2", True) in judged
    assert (NGINX_TLS, "0.8", True) in judged
    assert judged[-1] == (DPASTE, "1.5", False)


def test_what_is_worse_than_a_peer_is_said():
    said = "\n".join(report.faults(found()))
    assert "raw, hot, 1 KB, 64 connections: 79 against 90 a second of pinnwand" in said
    assert "memory, 1 MB texts: 300 against 200 MB of dpaste" in said
    assert "bytes to a browser, raw, 1 KB: 700 against 600 of pinnwand" in said
    assert "first answer: 1.00 s against 0.50 s of seed" in said
    assert len(said.splitlines()) == 4


@pytest.fixture
def folder(tmp_path):
    page = f"# Title\n\nBefore.\n\n{report.BEGIN}\nold\n{report.END}\n\nAfter.\n"
    (tmp_path / "performance.md").write_text(page)
    return tmp_path


def test_the_documents_are_written_around_what_people_wrote(folder):
    stored = found() | {"doors": {"raw": {"empty": 100, "full": 89, "ratio": 0.89}}}
    report.write(lambda kept: kept.update(speed=found()), folder)
    report.write(lambda kept: kept.update(stored={"sqlite, 1,000": stored}), folder)
    page = (folder / "performance.md").read_text()
    assert page.startswith("# Title\n\nBefore.\n")
    assert page.endswith("\n\nAfter.\n")
    assert "old" not in page
    assert "errors: 3 status" in page
    assert "A sync of the disk takes 0.16 ms." in page
    assert "| create, 4 ms more to sync | 90<br>" in page
    assert "| sqlite, 1,000: raw | 100 | 89 | 0.89 | **missed** |" in page
    kept = json.loads((folder / "performance.json").read_text())
    assert kept["speed"] == found()


def test_a_page_without_its_marks_is_left_alone(folder):
    page = folder / "performance.md"
    page.write_text("all by hand")
    with pytest.raises(ValueError, match="has not both"):
        report.write(lambda kept: kept.update(speed=found()), folder)
    assert page.read_text() == "all by hand"


def test_the_plot_is_a_picture_and_nothing_more():
    drawn = ElementTree.fromstring(report.plot(found()))
    texts = {"".join(each.itertext()) for each in drawn.iter()}
    assert {"raw, hot", "79", SITE, PINNWAND} <= texts
    assert not [each for each in drawn.iter() if each.tag.endswith("script")]


def test_the_page_of_figures_has_its_marks():
    page = (ROOT / "docs" / "performance.md").read_text()
    assert page.count(report.BEGIN) == page.count(report.END) == 1
    assert page.index(report.BEGIN) < page.index(report.END)
