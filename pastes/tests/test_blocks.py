"""Blocks: what they match, how moderators set them, and whom they must not lock out."""

import random
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import likeness, services
from pastes.models import Block, Decision, Paste
from pastes.services import Client, blocking, matching
from pastes.services.likening import NO_LIKENESS, similar_pastes
from pastes.tests import alike
from pastes.tests.conftest import ROOT, own_database, site_environment
from pastes.tests.plans import plan

pytestmark = pytest.mark.django_db

AD = (
    "Best cheap pills without a prescription, order today at our shop. No questions "
    "are asked, we ship to every country of the world, pay after the delivery. Your "
    "money comes back if you are not content, and the first buyers get a present too."
)


def add(kind, pattern, **values):
    return blocking.add_block(
        **{"kind": kind, "pattern": pattern, "reason": "spam", "by": None} | values
    )


def hits(text, title=""):
    return [
        (hit.block.kind, hit.detail) for hit in blocking.find_hits(text.encode(), title)
    ]


def is_blocked(address):
    return blocking.blocked_client(Client(address)) is not None


def refusal(kind, pattern, **values):
    with pytest.raises(services.Invalid) as refused:
        add(kind, pattern, **values)
    assert not Block.objects.filter(pattern=pattern).exists()
    return refused.value.errors


# Texts


@pytest.mark.threat("S1")
def test_a_blocked_text_is_found_however_it_is_spaced_and_cased():
    add("text", "Buy now!\nCheap.")
    assert hits("  BUY\r\n\r\nnow! ch\u200beap.") == [("text", "the same text")]
    assert hits("Buy now! Cheap. And more.") == []


@pytest.mark.threat("S1")
def test_a_text_that_is_nearly_the_same_is_found_unless_that_is_off():
    block = add("text", AD)
    changed = AD.replace("a present", "a gift").replace("today", "tonight")
    assert hits(changed) == [("text", "nearly the same text")]
    assert hits(AD) == [("text", "the same text")]
    add("text", AD, near=False)
    assert hits(changed) == []
    assert Block.objects.get().pk == block.pk


def test_a_text_is_blocked_by_its_digest_too():
    add("text", likeness.normal_sha256(AD).upper())
    assert hits(AD) == [("text", "the same text")]


def test_a_blocked_log_lets_other_logs_of_its_form_in():
    r = random.Random(2)
    for make in alike.LOGS.values():
        add("text", make(r))
    for make in alike.LOGS.values():
        assert hits(make(r)) == []


# Hosts


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/",
        "https://www.example.com/x?y#z",
        "HTTP://EXAMPLE.COM",
        "http://example.com.:8080/x",
        "http://user:word@example.com/",
        "http://user@www.example.com:80",
        "see example.com/x for more",
        "see example.com.",
        "(example.com)",
        "//example.com/x",
        "**_example.com_**",
        "[x](http://example.com)",
        "ftp://a.b.c.example.com",
        "ex\u200bample.com",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "example。com",
        "请访问example.com吧",
        "..example.com",
        "a." * 300 + "example.com",
        "https://other.org/?to=https://example.com/x",
        "https://other.org/@https://example.com",
    ],
)
def test_a_blocked_host_is_found_in_a_link(text):
    add("host", "example.com")
    assert hits(text) == [("host", "example.com")]
    assert hits("text", title=text) == [("host", "example.com")]


@pytest.mark.parametrize(
    "text",
    [
        "https://notexample.com/",
        "https://example.com.org/",
        "https://example.community/",
        "https://not-example.com/",
        "https://münexample.com/",
        "mail to anna@example.com please",
        "https://other.org/anna@example.com",
        "https://example.com@other.org/",
        "hxxp://example.com/x",
        "hXXps://example.com/x",
        "https://example[.]com/x",
        "example com",
        "example. com",
        "example",
        "com",
    ],
)
def test_other_hosts_addresses_and_warnings_are_not_the_host(text):
    add("host", "example.com")
    assert hits(text) == []


@pytest.mark.parametrize("typed", ["bücher.example", "xn--bcher-kva.example"])
def test_a_host_in_any_script_is_found_in_both_spellings(typed):
    add("host", typed)
    assert Block.objects.get().pattern == "xn--bcher-kva.example"
    for text in ("https://BÜCHER.example/", "http://www.xn--bcher-kva.example"):
        assert hits(text) == [("host", "xn--bcher-kva.example")]
    assert hits("https://bucher.example") == []


@pytest.mark.parametrize(
    "typed",
    [
        "EXAMPLE.com.",
        "https://u:p@Example.com:8080/x?y",
        "*.example.com",
        "//example.com",
    ],
)
def test_a_host_may_be_typed_as_a_link(typed):
    assert add("host", typed).pattern == "example.com"


@pytest.mark.parametrize(
    "typed",
    ["", "com", "localhost", "a b.com", "[2001:db8::1]", "a..com", f"{'a' * 64}.b"],
)
def test_what_is_no_host_is_refused(typed):
    assert "pattern" in refusal("host", typed)


def test_one_blocked_host_is_found_among_thousands():
    lines = [f'192.0.2.1 "GET https://site{n}.example/ HTTP/1.1"' for n in range(9_000)]
    add("host", "bad.test")
    assert hits("\n".join(lines)) == []
    lines.insert(7_000, '192.0.2.1 "GET https://www.bad.test/ HTTP/1.1"')
    assert hits("\n".join(lines)) == [("host", "bad.test")]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "".join(f"http://h{n}.example.org/{'x' * 72} " for n in range(100_000)),
        "a." * 5_000_000,
        "." * 10_000_000,
        "a@" * 5_000_000,
        "a.b@" * 2_500_000,
        "x-" * 5_000_000,
    ],
    ids=["links", "labels", "dots", "ats", "addresses", "hyphens"],
)
def test_hostile_links_take_no_time_to_speak_of(text):
    add("host", "bad.test")
    assert hits(text) == []


# Words


def test_blocked_words_are_found_in_text_and_title():
    add("words", "cheap pills")
    assert hits("CHEAP\nPills!") == [("words", "cheap pills")]
    assert hits("p\u200bills", title="Cheap pi\u200blls") == [("words", "cheap pills")]
    assert hits("cheap spills") == []


def test_a_mark_parted_from_its_letter_hides_no_word():
    add("words", "caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    assert len(hits("cafe\u200b\u0301 open")) == 1


def test_what_matched_is_told_in_the_moderators_words_and_not_the_texts():
    add("words", r"secret\w+")
    assert hits("secret1234") == [("words", r"secret\w+")]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (".*", "every text"),
        (r"\w+", "every text"),
        ("(", "cannot be read"),
        (r"\pL{900}", "memory"),
        ("x" * 501, "at most 500"),
        ("", "every text"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused_with_a_sentence(typed, says):
    assert says in refusal("words", typed)["pattern"][0]


# Networks


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        (" 203.0.113.0/255.255.255.0 ", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:3::4/128", "2001:db8:1:2:3::4/128"),
        ("2001:db8:1:2::/48", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("::ffff:203.0.113.7/120", "203.0.113.0/24"),
        ("8.0.0.0/8", "8.0.0.0/8"),
    ],
)
def test_a_network_is_stored_in_one_form(typed, stored):
    assert add("network", typed).pattern == stored


@pytest.mark.parametrize(
    ("typed", "address", "blocked"),
    [
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("203.0.113.0/24", "::ffff:203.0.113.9", True),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("203.0.113.5", "203.0.113.5", True),
        ("203.0.113.5", "203.0.113.4", False),
        ("203.0.113.5", "", False),
        ("203.0.113.5", "unknown", False),
    ],
)
def test_a_client_in_a_blocked_network_is_blocked(typed, address, blocked):
    add("network", typed)
    assert is_blocked(address) == blocked


def test_a_trusted_caller_meets_no_block():
    add("network", "203.0.113.0/24")
    assert blocking.blocked_client(None) is None


def test_a_network_that_refuses_comes_before_one_that_holds():
    add("network", "203.0.113.7", effect="hold", reason="rules")
    assert blocking.blocked_client(Client("203.0.113.7")).block.effect == "hold"
    add("network", "203.0.113.0/24")
    hit = blocking.blocked_client(Client("203.0.113.7"))
    assert (hit.block.effect, hit.block.reason, hit.detail) == ("refuse", "spam", "")


@pytest.mark.parametrize("typed", ["0.0.0.0/0", "::/0", "1.2.3.4/0", "::ffff:0:0/96"])
def test_the_whole_internet_is_never_blocked(typed):
    assert "whole Internet" in refusal("network", typed, confirmed=True)["pattern"][0]


@pytest.mark.parametrize(
    "typed", ["127.0.0.1", "127.9.9.9/32", "::1", "::1/128", "::/16", "64.0.0.0/2"]
)
def test_the_machine_itself_is_never_blocked(typed):
    assert "itself" in refusal("network", typed, confirmed=True)["pattern"][0]


@pytest.mark.parametrize("typed", ["198.51.100.7", "198.51.100.0/24", "192.0.0.0/4"])
def test_nobody_blocks_themselves(typed):
    for address in ("198.51.100.7", "::ffff:198.51.100.7"):
        sentences = refusal("network", typed, client=Client(address), confirmed=True)[
            "pattern"
        ]
        assert "Your own address" in sentences[0]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("8.0.0.0/7", "very wide"),
        ("2001::/18", "very wide"),
        ("10.0.0.1", "private"),
        ("192.168.1.0/24", "private"),
        ("fd00::1", "private"),
    ],
)
def test_a_wide_or_private_network_has_to_be_confirmed(typed, says):
    assert says in refusal("network", typed)["pattern"][0]
    add("network", typed, confirmed=True)


@pytest.mark.parametrize("typed", ["", "spam", "1.2.3", "1.2.3.4/33", "fe80::1%eth0"])
def test_what_is_no_network_is_refused(typed):
    assert "is no network" in refusal("network", typed)["pattern"][0]


# Terms


def test_each_fault_of_a_block_is_told_at_once():
    errors = refusal("network", "x", effect="burn", reason="", expires_in="soon")
    assert set(errors) == {"pattern", "effect", "reason", "expires_in"}
    assert "kind" in refusal("colour", "red")


def test_an_expired_block_does_nothing_at_its_very_moment():
    for kind, pattern in {
        "network": "203.0.113.7",
        "text": "some text",
        "host": "example.com",
        "words": "text",
    }.items():
        add(kind, pattern, expires_in="1h")
    assert len(hits("some\ntext")) == 2
    assert is_blocked("203.0.113.7")
    rules = blocking.current_rules()
    over = timezone.now()
    # The blocks as this process has them, at a time at which they are over.
    Block.objects.update(expires_at=over)
    assert blocking.current_rules() is rules
    matching.kept = None
    assert hits("some\ntext example.com") == []
    assert not is_blocked("203.0.113.7")


def test_a_block_ends_while_a_process_keeps_it():
    add("words", "text", expires_in="1h")
    add("network", "203.0.113.7", expires_in="1h")
    rules = blocking.current_rules()
    client = Client("203.0.113.7")
    with time_machine.travel(timezone.now() + timedelta(minutes=59), tick=False):
        assert blocking.find_hits(b"text", "", rules)
        assert blocking.blocked_client(client, rules)
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert not blocking.find_hits(b"text", "", rules)
        assert not blocking.blocked_client(client, rules)


def test_what_is_blocked_already_is_renewed():
    first = add("host", "example.com", expires_in="1h", note="once")
    again = add("host", "www.example.com".removeprefix("www."), effect="hold")
    assert again.pk == first.pk
    block = Block.objects.get()
    assert (block.effect, block.expires_at, block.note) == ("hold", None, "once")


def test_a_block_is_changed_and_removed():
    block = add("words", "pills", expires_in="1h")
    blocking.change_block(block.pk, effect="hold", expires_in="", by=None)
    assert blocking.find_hits(b"pills", "")[0].block.effect == "hold"
    block.refresh_from_db()
    assert (block.expires_at, block.reason) == (None, "spam")
    with pytest.raises(services.Invalid):
        blocking.change_block(block.pk, expires_in="soon", by=None)
    blocking.remove_block(block.pk, by=None)
    assert hits("pills") == []
    for verb in (blocking.remove_block, blocking.change_block):
        with pytest.raises(services.NotFound):
            verb(block.pk, by=None)


def test_the_record_tells_who_blocked_and_never_the_network():
    user = User.objects.create_user("mod", is_staff=True)
    block = add("network", "203.0.113.0/24", note="a flood", by=user)
    blocking.change_block(block.pk, effect="hold", by=user)
    blocking.remove_block(block.pk, by=user)
    decisions = list(Decision.objects.select_related("entry").order_by("pk"))
    assert [each.act for each in decisions] == ["blocked", "unblocked", "unblocked"]
    for decision in decisions:
        entry = decision.entry
        assert entry.user_id == user.pk
        assert "203.0" not in f"{entry.object_repr}{entry.change_message}"
        assert "203.0" not in decision.note
    assert decisions[0].note == "a flood"


# From a paste


def test_a_pastes_text_is_blocked(make_paste):
    paste = make_paste(AD).paste
    block = blocking.add_text_block(paste, reason="spam", by=None)
    assert (block.kind, block.paste) == ("text", paste)
    assert hits(AD.upper()) == [("text", "the same text")]
    same = add("text", "", paste_slug=paste.slug)
    assert same.pk == block.pk


@pytest.mark.parametrize("how", [{"password": "x"}, {"burn": True}])
def test_the_text_of_a_closed_paste_is_not_blocked_since_that_would_tell_it(
    make_paste, how
):
    paste = make_paste(AD, **how).paste
    with pytest.raises(services.Invalid) as refused:
        blocking.add_text_block(paste, reason="spam", by=None)
    assert "would tell" in refused.value.sentence
    assert hits(AD) == []


def paste_from(make_paste, address):
    # By a trusted caller: a block that is there already would refuse the address.
    paste = make_paste().paste
    paste.client_address = address
    paste.save(update_fields=["client_address"])
    return paste


def test_the_network_of_a_paste_is_blocked_no_longer_than_addresses_are_kept(
    make_paste, settings
):
    settings.ADDRESS_RETENTION = "7d"
    paste = paste_from(make_paste, "2001:db8::7")
    for span, days in (("", 7), ("30d", 7), ("2d", 2)):
        block = blocking.add_network_block(
            paste, reason="spam", expires_in=span, by=None
        )
        assert block.pattern == "2001:db8::/64"
        assert block.is_from_address
        ends = timezone.now() + timedelta(days=days)
        assert abs(block.expires_at - ends) < timedelta(minutes=1)
    changed = blocking.change_block(block.pk, expires_in="", by=None)
    assert changed.expires_at <= timezone.now() + timedelta(days=7)


def test_a_typed_network_stays_when_a_paste_comes_from_it(make_paste):
    add("network", "203.0.113.7/32")
    paste = paste_from(make_paste, "203.0.113.7")
    block = blocking.add_network_block(paste, reason="spam", by=None)
    block.refresh_from_db()
    assert (block.is_from_address, block.expires_at) == (False, None)


def test_typing_a_network_that_a_paste_came_from_makes_it_last(make_paste):
    paste = paste_from(make_paste, "203.0.113.7")
    blocking.add_network_block(paste, reason="spam", by=None)
    block = add("network", "203.0.113.7")
    assert (block.is_from_address, block.expires_at) == (False, None)
    assert Block.objects.count() == 1


def test_a_forgotten_address_and_ones_own_are_not_blocked(make_paste):
    with pytest.raises(services.Invalid, match="forgotten"):
        blocking.add_network_block(make_paste().paste, reason="spam", by=None)
    paste = paste_from(make_paste, "203.0.113.7")
    with pytest.raises(services.Invalid, match="Your own"):
        blocking.add_network_block(
            paste, client=Client("203.0.113.7"), reason="spam", by=None
        )


# The blocks in a process


def test_a_check_takes_one_small_query_while_nothing_changes():
    add("words", "pills")
    rules = blocking.current_rules()
    with CaptureQueriesContext(connection) as queries:
        assert blocking.current_rules() is rules
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        blocking.blocked_client(Client("203.0.113.7"), rules)
        blocking.find_hits(b"text", "", rules)
    assert len(queries) == 0


@pytest.mark.parametrize("way", ["change", "renew", "remove"])
def test_what_a_machine_whose_clock_is_late_does_is_seen(way):
    block = add("words", "pills")
    add("words", "watches")
    assert hits("pills")
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        if way == "change":
            blocking.change_block(block.pk, effect="hold", by=None)
        elif way == "renew":
            add("words", "pills", effect="hold")
        else:
            blocking.remove_block(block.pk, by=None)
            add("words", "other pills", effect="hold")
    now = [hit.block.effect for hit in blocking.find_hits(b"pills", "")]
    assert now == ([] if way == "remove" else ["hold"])


def test_hits_are_counted_in_one_statement_and_change_no_rules():
    add("words", "pills")
    add("host", "example.com")
    rules = blocking.current_rules()
    found = blocking.find_hits(b"pills at example.com", "")
    with CaptureQueriesContext(connection) as queries:
        blocking.count_hits(found)
        blocking.count_hits([])
    assert len(queries) == 1
    assert list(Block.objects.values_list("hits", flat=True)) == [1, 1]
    assert blocking.current_rules() is rules


@pytest.mark.django_db(transaction=True)
def test_threads_that_block_the_same_at_once_make_one_block():
    barrier = threading.Barrier(8)
    faults = []

    def block():
        try:
            barrier.wait()
            add("network", "203.0.113.0/24")
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=block) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Block.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_block_of_another_process_is_seen_at_the_next_check(tmp_path):
    assert not is_blocked("203.0.113.7")
    command = [sys.executable, "manage.py", "blocknetwork", "203.0.113.0/24"]
    subprocess.run(
        command,
        cwd=ROOT,
        env=site_environment(
            tmp_path,
            DATABASE_URL=own_database(),
            SECRET_KEY="another-secret-" * 4,
        ),
        check=True,
        capture_output=True,
    )
    assert is_blocked("203.0.113.7")
    Block.objects.all().delete()
    assert not is_blocked("203.0.113.7")


# The fingerprints of pastes


def fingerprints(paste):
    return Paste.objects.filter(pk=paste.pk).values(*NO_LIKENESS).get()


def test_public_pastes_are_described_and_closed_ones_are_not(make_paste):
    row = fingerprints(make_paste(AD).paste)
    assert row["normal_sha256"] == likeness.normal_sha256(AD)
    assert tuple(row.values())[1:] == likeness.likeness_of(AD)
    for how in ({"password": "x"}, {"burn": True}):
        assert fingerprints(make_paste(AD, **how).paste) == NO_LIKENESS


def edit(made, **changes):
    return services.edit_paste(
        made.paste.slug, owner_token=made.owner_token, client=None, **changes
    )


def test_an_edit_describes_the_new_text(make_paste):
    made = make_paste("short")
    edit(made, text=AD)
    assert fingerprints(made.paste)["normal_sha256"] == likeness.normal_sha256(AD)
    edit(made, title="other")
    assert fingerprints(made.paste)["normal_sha256"] == likeness.normal_sha256(AD)


@pytest.mark.parametrize("how", [{"password": "x"}, {"burn": True}])
def test_closing_a_paste_takes_its_description_away(make_paste, how):
    made = make_paste(AD)
    edit(made, **how)
    assert fingerprints(made.paste) == NO_LIKENESS
    edit(made, text=f"{AD} Now.")
    assert fingerprints(made.paste) == NO_LIKENESS


def test_unlocking_a_paste_describes_it(make_paste):
    made = make_paste(AD, password="x")
    edit(made, password="")
    assert fingerprints(made.paste)["normal_sha256"] == likeness.normal_sha256(AD)


def test_reading_a_burn_paste_leaves_no_description(make_paste):
    paste = make_paste(AD, burn=True).paste
    Paste.objects.filter(pk=paste.pk).update(normal_sha256="0" * 64, likeness_1=1)
    services.open_paste(paste.slug, consent=True, client=None)
    assert fingerprints(paste) == NO_LIKENESS


def test_similar_pastes_are_found_by_the_indexes(make_paste):
    paste = make_paste(AD).paste
    same = make_paste(AD.upper()).paste
    near = make_paste(AD.replace("present", "gift")).paste
    make_paste("something else")
    make_paste(AD, password="x")
    make_paste(AD, burn=True)
    with CaptureQueriesContext(connection) as queries:
        found = similar_pastes(paste)
    assert found == [near, same]
    assert similar_pastes(paste, limit=1) == [near]
    short = make_paste("tiny").paste
    twin = make_paste(" TINY\n").paste
    assert similar_pastes(short) == [twin]
    for query in queries:
        assert "pastes_by_" in plan(query["sql"]), query


# The command


def run(*words):
    output = StringIO()
    call_command("blocknetwork", *words, stdout=output)
    return output.getvalue()


def test_the_command_blocks_a_network():
    user = User.objects.create_superuser("mod")
    said = run("203.0.113.9/24", "--for", "14d", "--reason", "malware", "--by", "mod")
    assert said == "What comes from 203.0.113.0/24 is refused from now on, for 14d.\n"
    block = Block.objects.get()
    assert (block.reason, block.by, block.effect) == ("malware", user, "refuse")
    assert is_blocked("203.0.113.77")
    assert "held for review" in run("203.0.113.0/24", "--hold")
    assert Block.objects.get().effect == "hold"


def test_a_dry_run_tells_what_came_from_a_network_and_blocks_nothing(make_paste):
    inside = paste_from(make_paste, "203.0.113.7")
    outside = paste_from(make_paste, "203.0.114.7")
    said = run("203.0.113.0/24", "--dry-run")
    assert said.startswith("1 paste from 203.0.113.0/24")
    assert inside.slug in said
    assert outside.slug not in said
    assert said.endswith("What comes from 203.0.113.0/24 would be refused.\n")
    assert not Block.objects.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["x"], "is no network"),
        (["203.0.113.0/24", "--for", "soon"], "no span of time"),
        (["203.0.113.0/24", "--for", "0d"], "no span of time"),
        (["203.0.113.0/24", "--reason", "taste"], "Choose why"),
        (["203.0.113.0/24", "--by", "nobody"], "No moderator is called “nobody”"),
        (["8.0.0.0/5"], "very wide"),
        (["8.0.0.0/5", "--dry-run"], "very wide"),
    ],
)
def test_the_command_says_what_is_wrong_and_fails(words, says):
    with pytest.raises(CommandError, match=says):
        run(*words)
    assert not Block.objects.exists()


def test_the_command_blocks_a_wide_network_when_that_is_confirmed():
    assert "8.0.0.0/6 is refused" in run("8.0.0.0/6", "--confirm")
