"""The verb create_paste: what is stored, and what is refused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pastes import services, tokens
from pastes.models import Paste
from pastes.services import Client, Invalid, RateLimited, TooLarge

pytestmark = pytest.mark.django_db


def refusal(**values):
    with pytest.raises(Invalid) as caught:
        services.create_paste(**({"text": "x", "client": None} | values))
    assert not Paste.objects.exists()
    return caught.value.errors


TEXTS = [
    "plain",
    "crlf\r\nand\rcr\nand lf",
    "trailing  \t\n\n\n",
    "\n\nleading",
    "nul \0 inside",
    "four bytes 𝄞 🧵, combining e\u0301, rtl \u202eabc",
    "\ufeffbyte order mark",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.threat("I1")
def test_text_is_kept_byte_for_byte(make_paste, text):
    slug = make_paste(text).paste.slug
    assert services.open_paste(slug, client=None).text == text
    slug = make_paste(text.encode()).paste.slug
    opened = services.open_paste(slug, client=None)
    assert opened.data == text.encode()
    assert opened.paste.size == len(text.encode())
    assert opened.paste.sha256 == tokens.digest_bytes(text.encode())


@pytest.mark.parametrize(
    "values",
    [
        {"client": None},
        {"title": "é", "syntax": "python", "client": Client("2001:db8::1")},
        {"burn": True, "lifetime": "never", "maker_key": "k" * 32},
        {"password": "x", "lifetime": 60},
        {"client": Client("203.0.113.9", signs=("honeypot", "hasty"))},
    ],
)
def test_what_is_returned_is_the_row_that_is_stored(values):
    parent = services.create_paste(text="parent", client=None).paste
    words = {"text": "see https://a.example/\n", "fork_of": parent.slug, "client": None}
    paste = services.create_paste(**(words | values)).paste
    stored = Paste.objects.get(pk=paste.pk)
    for field in Paste._meta.concrete_fields:
        one, other = getattr(paste, field.attname), getattr(stored, field.attname)
        assert one == (bytes(other) if field.name == "packed_text" else other)
    assert paste.fork_of == parent


def test_text_is_compressed_at_rest(make_paste):
    paste = make_paste("the same line again\n" * 1000).paste
    assert len(paste.packed_text) < 200


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u3000\u2003"])
def test_text_without_text_is_refused(text):
    assert list(refusal(text=text)) == ["text"]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"ok then \x80", b"\xed\xa0\x80"])
def test_bytes_that_are_not_utf8_are_refused(data):
    assert "not UTF-8" in refusal(text=data)["text"][0]


@pytest.mark.threat("I1")
def test_lone_surrogate_is_refused():
    assert "surrogate" in refusal(text="a\ud800b")["text"][0]
    assert "title" in refusal(title="a\ud800b")
    assert "password" in refusal(password="a\ud800b")


@pytest.mark.threat("D5")
def test_size_counts_bytes_and_the_last_one_fits(settings, make_paste):
    settings.PASTE_MAX_BYTES = 10
    assert make_paste("é" * 5).paste.size == 10
    with pytest.raises(TooLarge, match="10 bytes"):
        make_paste("é" * 5 + "x")


@pytest.mark.parametrize("title", ["nul\0", "two\nlines", "x" * 201, "esc\x1b[31m"])
def test_title_that_is_no_line_is_refused(title):
    assert list(refusal(title=title)) == ["title"]


def test_all_faults_are_told_at_once():
    errors = refusal(text=" ", title="\0", syntax="nope", lifetime="soon")
    assert set(errors) == {"text", "title", "syntax", "lifetime"}


def test_unknown_language_is_refused_and_quoted_harmlessly():
    assert "“<b>\N{REPLACEMENT CHARACTER}”" in refusal(syntax="<b>\x1b")["syntax"][0]


def test_language_is_guessed_or_taken_by_any_of_its_names(make_paste):
    code = "import os\n\ndef main() -> None:\n    print(os.getcwd())\n"
    assert make_paste(code).paste.syntax == "python"
    assert make_paste("x = 1", syntax="py").paste.syntax == "python"
    assert make_paste("x: 1", file_name="a.yaml").paste.syntax == "yaml"
    assert make_paste("Just some words.").paste.syntax == "text"


def test_lifetime_is_a_key_whole_seconds_or_the_default(make_paste):
    for lifetime, span in [
        ("1h", timedelta(hours=1)),
        ("90", timedelta(seconds=90)),
        (90, timedelta(seconds=90)),
        ("", timedelta(days=30)),
    ]:
        paste = make_paste(lifetime=lifetime).paste
        assert paste.expires_at - paste.created_at == span
    assert make_paste(lifetime="never").paste.expires_at is None


@pytest.mark.parametrize("lifetime", ["0", "-5", "2h", "1.5", "9" * 13, "٣", "\0"])
def test_other_lifetimes_are_refused(lifetime):
    assert list(refusal(lifetime=lifetime)) == ["lifetime"]


@pytest.mark.threat("D5")
def test_operators_maximum_holds_for_keys_and_seconds(settings, make_paste):
    settings.PASTE_MAX_LIFETIME = "1d"
    settings.PASTE_DEFAULT_LIFETIME = "1M"
    assert "lifetime" in refusal(lifetime="never")
    assert "lifetime" in refusal(lifetime="1w")
    assert "lifetime" in refusal(lifetime=24 * 60 * 60 + 1)
    paste = make_paste().paste
    assert paste.expires_at - paste.created_at == timedelta(days=1)


def test_operator_can_forbid_never(settings):
    settings.PASTE_LIFETIMES = ["1h", "1d"]
    assert "lifetime" in refusal(lifetime="never")


@pytest.mark.threat("P5")
def test_only_the_owner_tokens_digest_is_stored(make_paste):
    new = make_paste()
    assert new.paste.owner_digest == tokens.digest(new.owner_token)
    stored = Paste.objects.values().get()
    assert new.owner_token not in str(stored)


@pytest.mark.threat("G1")
def test_collision_of_slugs_is_tried_again_and_nothing_overwritten(
    make_paste, monkeypatch
):
    old = make_paste("the first").paste
    slugs = iter([old.slug, old.slug, "z" * 12])
    monkeypatch.setattr(tokens, "new_slug", lambda: next(slugs))
    new = make_paste("the second").paste
    assert new.slug == "z" * 12
    assert services.open_paste(old.slug, client=None).text == "the first"


@pytest.mark.threat("D5")
def test_clients_are_limited_and_trusted_callers_are_not(settings, make_paste):
    settings.LIMIT_CREATE = "2/h"
    client = Client("192.0.2.1")
    make_paste(client=client)
    make_paste(client=client)
    with pytest.raises(RateLimited) as caught:
        make_paste(client=client)
    assert 0 < caught.value.retry_after <= 1800
    assert Paste.objects.count() == 2
    make_paste(client=Client("192.0.2.2"))
    make_paste()


def test_refused_input_spends_nothing(settings, make_paste):
    settings.LIMIT_CREATE = "1/h"
    client = Client("192.0.2.1")
    with pytest.raises(Invalid):
        make_paste(" ", client=client)
    make_paste(client=client)


def test_clients_address_is_kept_and_a_trusted_callers_is_none(make_paste):
    assert make_paste(client=Client("2001:db8::1")).paste.client_address
    assert make_paste(client=Client("")).paste.client_address is None
    assert make_paste().paste.client_address is None


def test_fork_keeps_its_parent_while_that_lives(make_paste):
    parent = make_paste().paste
    assert make_paste(fork_of=parent.slug).paste.fork_of == parent
    assert make_paste(fork_of="a" * 12).paste.fork_of is None
    assert make_paste(fork_of="\0").paste.fork_of is None


NOW = timezone.now()


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "short"},
        {"size": 0},
        {"expires_at": NOW - timedelta(days=1)},
        {"burned_at": NOW},
        {"is_burn": True, "burned_at": NOW},
        {"packed_text": b""},
        {"state": "hidden"},
        {"state": "gone"},
        {"hidden_reason": "spam"},
        {"owner_digest": "short"},
    ],
)
def test_database_refuses_a_row_that_breaks_a_rule(make_paste, change):
    paste = make_paste().paste
    with pytest.raises(IntegrityError), transaction.atomic():
        Paste.objects.filter(pk=paste.pk).update(**change)
