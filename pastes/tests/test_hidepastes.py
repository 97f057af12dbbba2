"""The command hidepastes: whom it finds, what it says, and that it is taken back."""

import re
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from pastes import services, tokens
from pastes.models import Block, Decision, Paste
from pastes.services.selecting import select_pastes, slug_in

pytestmark = pytest.mark.django_db

AD = (
    "Best cheap pills without a prescription, order today at our shop. No questions "
    "are asked, we ship to every country of the world, pay after the delivery. Your "
    "money comes back if you are not content, and the first buyers get a present too."
)
SPAM = ("--reason", "spam")


def run(*words):
    """Return what the command writes, and what it complains about."""
    output, faults = StringIO(), StringIO()
    call_command("hidepastes", *words, stdout=output, stderr=faults)
    return output.getvalue(), faults.getvalue()


def refusal(*words):
    before = list(Paste.objects.values_list())
    with pytest.raises(CommandError) as refused:
        run(*words)
    assert list(Paste.objects.values_list()) == before
    assert not Decision.objects.exists()
    assert refused.value.returncode == 1
    return str(refused.value)


def from_address(make_paste, address, *args, **values):
    paste = make_paste(*args, **values).paste
    Paste.objects.filter(pk=paste.pk).update(client_address=address)
    return paste


def slugs(**conditions):
    return {paste.slug for paste in select_pastes(**conditions).pastes}


def hidden():
    return set(Paste.objects.filter(state="hidden").values_list("slug", flat=True))


def test_links_and_slugs_are_hidden_and_an_undo_brings_them_back(make_paste):
    one, other, stays = (make_paste().paste for _ in range(3))
    said, _ = run(one.slug, f"https://paste.example/{other.slug}.py#L3", *SPAM)
    batch = Decision.objects.filter(act="hidden").first().batch
    assert said == (
        f"2 pastes hidden, 0 skipped. Undo with: manage.py hidepastes --undo {batch}\n"
    )
    assert hidden() == {one.slug, other.slug}
    assert Decision.objects.first().entry.user.username == "site"
    assert run("--undo", str(batch)) == ("2 pastes back as before, 0 skipped.\n", "")
    assert Paste.objects.filter(state="live").count() == 3
    assert stays.slug not in hidden()


@pytest.mark.parametrize(
    "link",
    [
        "3vQB7B6MrGQZ",
        " 3vQB7B6MrGQZ ",
        "/3vQB7B6MrGQZ/raw",
        "/raw/3vQB7B6MrGQZ",
        "https://pastebinsite.example/3vQB7B6MrGQZ",
        "http://127.0.0.1:8000/3vQB7B6MrGQZ.py?x=1#L2",
        "paste.example/3vQB7B6MrGQZ/diff/9999B6MrGQZ9",
    ],
)
def test_a_slug_is_found_in_each_form_of_a_link(link):
    assert slug_in(link) == "3vQB7B6MrGQZ"


@pytest.mark.parametrize("word", ["", "x", "3vQB7B6MrGQ", "3vQB7B6MrGQZZ", "http://[x"])
def test_no_slug_is_found_where_none_is(word):
    assert slug_in(word) == ""


def test_lines_of_standard_input_are_links(make_paste, monkeypatch):
    one, other = (make_paste().paste.slug for _ in range(2))
    monkeypatch.setattr(sys, "stdin", StringIO(f"{one}\n\n/{other}/raw\r\n"))
    said, _ = run("-", "--reason", "malware", "--note", "From the list.")
    assert said.startswith("2 pastes hidden")
    assert hidden() == {one, other}
    decision = Decision.objects.first()
    assert (decision.reason, decision.note) == ("malware", "From the list.")


def test_unknown_words_are_named_and_the_others_are_hidden(make_paste):
    slug = make_paste().paste.slug
    said, faults = run(slug, "3vQB7B6MrGQZ", "x\x1b[31m", *SPAM)
    assert said.startswith("1 paste hidden, 0 skipped.")
    assert faults == "2 words name no paste: 3vQB7B6MrGQZ, x\ufffd[31m\n"


def test_what_is_hidden_already_is_skipped_and_there_is_nothing_to_undo(make_paste):
    slug = make_paste().paste.slug
    services.hide_paste(slug, reason="rules", by=None)
    assert run(slug, *SPAM)[0] == "0 pastes hidden, 1 skipped.\n"
    assert Paste.objects.get().hidden_reason == "rules"


# The conditions


def test_a_network_is_selected(make_paste):
    inside = from_address(make_paste, "203.0.113.7")
    from_address(make_paste, "203.0.114.7")
    assert run("--from-network", "203.0.113.0/24", *SPAM)[0].startswith(
        "1 paste hidden"
    )
    assert hidden() == {inside.slug}


def test_texts_that_are_nearly_the_same_are_selected_with_their_example(make_paste):
    example = make_paste(AD).paste.slug
    near = make_paste(AD.replace("a present", "a gift")).paste.slug
    make_paste("something else")
    assert slugs(like=example) == {example, near}
    assert slugs(like=f"/{example}/raw") == {example, near}


def test_the_same_browser_and_the_same_address_are_selected(make_paste):
    example = from_address(make_paste, "2001:db8::1", maker_key="a" * 32).slug
    neighbour = from_address(make_paste, "2001:db8::2", maker_key="b" * 32).slug
    elsewhere = from_address(make_paste, "192.0.2.1", maker_key="a" * 32).slug
    assert slugs(same_address=example) == {example, neighbour}
    assert slugs(same_browser=example) == {example, elsewhere}
    assert slugs(same_address=example, same_browser=example) == {example}


def test_words_of_a_title_are_selected_in_any_case_and_spacing(make_paste):
    slug = make_paste(title="Лучшее  КАЗИ\u200bНО bonus").paste.slug
    make_paste(title="other")
    make_paste()
    assert slugs(title="казино Bonus") == {slug}
    assert slugs(title="казино spins") == set()


def test_since_narrows_the_other_conditions(make_paste):
    old, young = (make_paste(title="ad").paste for _ in range(2))
    before = timezone.now() - timedelta(hours=2, seconds=1)
    Paste.objects.filter(pk=old.pk).update(created_at=before)
    assert slugs(title="ad", since="2h") == {young.slug}
    assert slugs(title="ad", since="3h") == {young.slug, old.slug}
    assert slugs(links=[old.slug], title="ad", since="2h") == {young.slug, old.slug}


def test_what_a_moderator_kept_is_spared_unless_asked_for(make_paste):
    kept, other = (make_paste(title="ad").paste.slug for _ in range(2))
    services.moderate([kept], "keep", by=None)
    said, _ = run("--title", "ad", "--dry-run", *SPAM)
    assert "1 paste left out, which a moderator looked at and kept" in said
    assert other in said
    assert kept not in said
    assert slugs(title="ad", also_cleared=True) == {kept, other}
    assert slugs(links=[kept]) == {kept}
    run("--title", "ad", "--also-cleared", *SPAM)
    assert hidden() == {kept, other}


def test_what_is_hidden_already_fits_no_condition(make_paste):
    slug = make_paste(title="ad").paste.slug
    services.hide_paste(slug, reason="spam", by=None)
    assert slugs(title="ad") == set()


# Acting


def test_a_dry_run_lists_what_can_be_printed_and_changes_nothing(make_paste):
    plain = make_paste(title="Ad").paste
    odd = make_paste().paste
    # No door lets such a title in; a terminal is not for an older site to write to.
    Paste.objects.filter(pk=odd.pk).update(title="x\x1b]0;y\x07\u202e")
    before = list(Paste.objects.values_list())
    said, _ = run(plain.slug, odd.slug, "--dry-run", *SPAM)
    created = f"{plain.created_at:%Y-%m-%d %H:%M}"
    lines = said.splitlines()
    assert lines[1] == f"{plain.slug}  live    {created}  Ad"
    assert lines[0].endswith("x\ufffd]0;y\ufffd\ufffd")
    assert lines[2] == "2 pastes would be hidden."
    assert list(Paste.objects.values_list()) == before
    assert not Decision.objects.exists()


def test_texts_and_networks_are_blocked_and_unblocked_by_the_undo(make_paste):
    one = from_address(make_paste, "203.0.113.7", AD)
    locked = from_address(make_paste, "203.0.113.8", AD, password="x")
    words = ["--block", "text", "--block", "network", *SPAM]
    said, _ = run(one.slug, locked.slug, *words)
    assert "3 blocks made." in said
    assert "Not blocked for 1 paste: The text of a paste that is locked" in said
    networks = Block.objects.filter(kind="network").values_list("pattern", flat=True)
    assert set(networks) == {"203.0.113.7/32", "203.0.113.8/32"}
    batch = re.search(r"--undo (\S+)", said)[1]
    assert "3 blocks removed." in run("--undo", batch)[0]
    assert not Block.objects.exists()


def test_the_moderator_is_on_the_record(make_paste, moderator):
    _, user = moderator
    run(make_paste().paste.slug, "--by", "mod", *SPAM)
    assert Decision.objects.get().entry.user == user


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["{slug}"], "Give a --reason: one of spam, malware,"),
        (["{slug}", "--reason", "because"], "Give a --reason: one of spam, malware,"),
        (["{slug}", "--block", "host", *SPAM], "--block takes text or network"),
        (["{slug}", "--by", "nobody", *SPAM], "No moderator is called “nobody”"),
        (["{slug}", "--by", "reader", *SPAM], "No moderator is called “reader”"),
        (["{slug}", "--by", "gone", *SPAM], "No moderator is called “gone”"),
        (["{slug}", "--by", "viewer", *SPAM], "viewer may not do this."),
        (SPAM, "Nothing is selected"),
        (["3vQB7B6MrGQZ", *SPAM], "Nothing is selected"),
        (["--title", "nothing like it", *SPAM], "Nothing is selected"),
        (["--since", "2h", *SPAM], "A span of time alone selects nothing"),
        (["--title", "ad", "--since", "soon", *SPAM], "“soon” is no span of time"),
        (["--title", " \u200b ", *SPAM], "These words are empty"),
        (["--from-network", "x", *SPAM], "is no network"),
        (["--like", "3vQB7B6MrGQZ", *SPAM], "There is no paste “3vQB7B6MrGQZ”"),
        (["--like", "{locked}", *SPAM], "is locked or burns"),
        (["--same-browser", "{slug}", *SPAM], "No browser is known"),
        (["--same-address", "{slug}", *SPAM], "is not known, or forgotten"),
        (["--undo", "x"], "“x” is no batch"),
        (["--undo", "{batch}"], "This decision hid nothing"),
        (["--undo", "{batch}", "--title", "ad"], "only --by goes with it"),
        (["--undo", "{batch}", "{slug}"], "only --by goes with it"),
    ],
)
def test_bad_words_are_one_sentence_and_change_nothing(make_paste, words, says):
    User.objects.create_user("reader")
    User.objects.create_user("gone", is_staff=True, is_active=False)
    User.objects.create_user("viewer", is_staff=True)
    values = {
        "slug": make_paste(title="ad").paste.slug,
        "locked": make_paste(password="x").paste.slug,
        "batch": "0b0d3f5e-6f1c-4c55-8a3c-0f0a3d8f9a11",
    }
    assert says in refusal(*(word.format(**values) for word in words))


def test_a_wave_of_a_thousand_is_hidden_in_one_decision(make_paste, monkeypatch):
    make_paste()
    Paste.objects.bulk_create(
        Paste(slug=tokens.new_slug(), size=1, owner_digest="0" * 64, packed_text=b"x")
        for _ in range(999)
    )
    named = Paste.objects.values_list("slug", flat=True)
    monkeypatch.setattr(sys, "stdin", StringIO("\n".join(named)))
    assert run("-", *SPAM)[0].startswith("1000 pastes hidden, 0 skipped.")
    assert len(hidden()) == 1000
    assert Decision.objects.order_by().values("batch").distinct().count() == 1


def test_reporters_are_answered(make_paste, settings):
    settings.EMAIL_URL = "memory://"
    slug = make_paste().paste.slug
    services.report_paste(slug, reason="spam", contact="a@example.org", client=None)
    assert "1 reporter will be answered by mail." in run(slug, *SPAM)[0]
