"""Pastes as JSON Lines: what goes out, what comes in, and what comes in twice."""

import io
import json
import stat

import pytest
from django.core.management import CommandError, call_command

from pastes import services
from pastes.models import Paste
from pastes.services import exchanging

pytestmark = pytest.mark.django_db
TEXTS = ("plain\n", "CRLF\r\n\ttab  ", "NUL \0 \x1b[0m", "日本 🙂 \u2028\u2029 \x85")


def export(**options):
    return [json.loads(line) for line in exchanging.export_pastes(**options)]


def take_in(*lines, **options):
    words = [line if isinstance(line, bytes) else as_line(line) for line in lines]
    return exchanging.import_pastes(words, **options)


def as_line(values):
    return json.dumps(values).encode()


def test_export_has_what_everybody_reads_and_nothing_else(make_paste, settings):
    public = make_paste("text\n", title="«t»", lifetime=3600).paste
    make_paste("locked\n", password="secret")
    make_paste("burns\n", burn=True)
    for act in ("hide", "delete"):
        services.moderate([make_paste().paste.slug], act, reason="spam", by=None)
    held = make_paste().paste
    Paste.objects.filter(pk=held.pk).update(
        state="held", case_opened_at=held.created_at
    )
    assert export() == [
        {
            "id": public.slug,
            "title": "«t»",
            "syntax": public.syntax,
            "created_at": public.created_at.isoformat(),
            "expires_at": public.expires_at.isoformat(),
            "size": 5,
            "sha256": public.sha256,
            "text": "text\n",
        }
    ]


def test_export_of_all_has_locked_and_burning_ones_without_hashes(make_paste):
    locked = make_paste("locked\n", password="secret").paste
    burning = make_paste("burns\n", burn=True).paste
    rows = export(everything=True)
    assert [(row["id"], row["locked"], row["burn"]) for row in rows] == [
        (locked.slug, True, False),
        (burning.slug, False, True),
    ]
    assert locked.password_hash not in json.dumps(rows)
    assert services.open_paste(burning.slug, consent=True, client=None).text


@pytest.mark.parametrize("text", TEXTS)
def test_every_byte_comes_back(make_paste, text):
    paste = make_paste(text, title="«t»", syntax="python", lifetime="1d").paste
    lines = export()
    Paste.objects.all().delete()
    done = take_in(*lines)
    assert (done.made, done.refused) == (1, [])
    assert export() == lines
    assert Paste.objects.get().expires_at == paste.expires_at


def test_importing_twice_makes_no_doubles(make_paste):
    taken = make_paste("mine\n").paste.slug
    lines = [
        {"text": "no id\n"},
        {"id": "foreign-id", "text": "other tools\n", "more": 1},
        {"id": taken, "text": "another under a taken id\n"},
        {"id": taken, "text": "mine\n"},
        {"id": "abcdefghijkm", "text": "free\n"},
        {"text": "locked\n", "password": "secret"},
        {"text": "burns\n", "burn": True},
    ]
    first = take_in(*lines)
    assert (first.made, first.here, first.refused) == (6, 1, [])
    assert Paste.objects.filter(slug="abcdefghijkm").exists()
    assert services.open_paste(taken, client=None).text == "mine\n"
    again = take_in(*lines)
    assert (again.made, again.here) == (0, 7)
    assert Paste.objects.count() == 7


def test_import_brings_nothing_back_that_was_ended(make_paste):
    burning = make_paste("burns\n", burn=True).paste.slug
    hidden = make_paste("bad\n").paste.slug
    lines = export(everything=True)
    services.open_paste(burning, consent=True, client=None)
    services.moderate([hidden], "delete", reason="spam", by=None)
    done = take_in(*lines)
    assert (done.made, done.ended) == (0, 2)


def test_expired_lines_are_passed_over():
    done = take_in({"text": "old\n", "expires_at": "2020-01-01T00:00:00Z"})
    assert (done.made, done.expired) == (0, 1)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "no line of JSON"),
        (b"\xff\xfe", "no line of JSON"),
        (b"[1]", "no object"),
        (b"{}", "no text here"),
        ({"text": 5}, "text is no text"),
        ({"text": "x", "title": "a\nb"}, "one line"),
        ({"text": "x", "syntax": "klingon"}, "klingon"),
        ({"text": "\ud800"}, "surrogate"),
        ({"text": "x", "locked": True}, "give a password"),
        ({"text": "x", "burn": "yes"}, "neither true nor false"),
        ({"text": "x", "created_at": "yesterday"}, "no moment"),
        ({"text": "x", "expires_at": "2090-01-01"}, "no time zone"),
        ({"text": "x", "expires_at": "2500-01-01T00:00:00Z"}, "not a lifetime"),
        ({"text": "x", "size": 2}, "size is not"),
        ({"text": "x", "sha256": "0" * 64}, "sha256 is not"),
        ({"text": "x" * 101}, "100"),
    ],
)
def test_bad_line_is_refused_with_its_number(line, why, settings):
    settings.PASTE_MAX_BYTES = 100
    good = {"text": "good\n"}, {"text": "better\n"}
    done = take_in(good[0], line, good[1])
    assert done.made == 1
    [(number, sentence)] = done.refused
    assert number == 2
    assert why in sentence
    done = take_in(good[0], line, good[1], goes_on=True)
    assert (done.made, done.here, len(done.refused)) == (1, 1, 1)


def test_a_site_without_never_refuses_what_lives_for_ever(settings):
    settings.PASTE_MAX_LIFETIME = "1y"
    [(_, why)] = take_in({"text": "x", "expires_at": None}).refused
    assert "never" in why
    assert take_in({"text": "x"}).made == 1


def test_commands_say_what_they_did(make_paste, tmp_path):
    make_paste("text ünï\n")
    path = tmp_path / "pastes.jsonl"
    call_command("export", str(path), stderr=io.StringIO())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="exists"):
        call_command("export", str(path))
    output = io.StringIO()
    call_command("export", "-", stdout=output, stderr=io.StringIO())
    assert output.getvalue() == path.read_text()
    Paste.objects.all().delete()
    path.write_text(path.read_text() + "bad\n")
    output, errors = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="1 line was refused"):
        call_command("import", str(path), stdout=output, stderr=errors)
    assert "1 pastes made" in output.getvalue()
    assert "Line 2" in errors.getvalue()
    with pytest.raises(CommandError, match="No such file"):
        call_command("import", str(tmp_path / "none"))
