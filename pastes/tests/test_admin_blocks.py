"""The blocks in the admin: listed, added, changed, removed, tried."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import services
from pastes.models import Block, Decision
from pastes.services.blocking import add_network_block
from pastes.tests.test_admin import staff_client
from pastes.tests.test_blocks import AD

pytestmark = pytest.mark.django_db

LIST = "/admin/pastes/block/"
ADD = f"{LIST}add/"
REMOVE = f"{LIST}remove/"
TRY = f"{LIST}try/"
HOSTILE = "<script>alert(1)</script>"
RIGHTS = ["view_block", "add_block", "change_block", "delete_block"]


def add(kind="host", pattern="evil.example", **values):
    return services.add_block(
        **{"kind": kind, "pattern": pattern, "reason": "spam", "by": None} | values
    )


def send(client, url=ADD, **values):
    """Send a form; return the page that is there afterwards."""
    usual = {"effect": "refuse", "reason": "spam", "expires_in": "", "note": ""}
    usual |= {"kind": "host", "pattern": "evil.example"} if url == ADD else {}
    return client.post(url, usual | values, follow=True).content.decode()


def change_url(block):
    return f"{LIST}{block.pk}/change/"


def listed(client, query=""):
    response = client.get(LIST + query)
    assert response.status_code == 200, response
    return [block.pattern for block in response.context["cl"].result_list]


# The list


def test_list_tells_what_is_blocked_how_and_till_when(moderator):
    client, mod = moderator
    add(effect="hold", expires_in="14d", by=mod)
    Block.objects.update(hits=31)
    page = client.get(LIST).content.decode()
    end = timezone.now() + timedelta(days=14)
    for words in (
        "host of links",
        "evil.example",
        "hold for review",
        "spam or",
        ">31<",
    ):
        assert words in page
    assert f"{end:%Y-%m-%d}" in page
    assert f">{mod.username}<" in page


def test_list_marks_what_is_over(moderator):
    add(pattern="old.example", expires_in="1h")
    add(pattern="new.example")
    Block.objects.filter(pattern="old.example").update(
        expires_at=timezone.now() - timedelta(days=1)
    )
    assert moderator[0].get(LIST).content.decode().count("over since") == 1


def test_list_shows_the_end_of_a_clients_address(moderator, make_paste):
    paste = make_paste(client=services.Client("192.0.2.77")).paste
    block = add_network_block(paste, reason="spam", by=None)
    assert f"{block.expires_at:%Y-%m-%d}" in moderator[0].get(LIST).content.decode()
    page = moderator[0].get(change_url(block)).content.decode()
    assert "forgotten at its end" in page
    assert f'href="/admin/pastes/paste/{paste.pk}/change/"' in page


def test_blocks_are_narrowed_down(moderator):
    client, _ = moderator
    add(pattern="refused.example", expires_in="14d")
    add("words", "cheap pills", effect="hold")
    add("network", "203.0.113.0/24", expires_in="1h")
    Block.objects.filter(kind="network").update(
        expires_at=timezone.now() - timedelta(days=1)
    )
    assert listed(client, "?kind__exact=words") == ["cheap pills"]
    assert listed(client, "?effect__exact=hold") == ["cheap pills"]
    assert listed(client, "?end=never") == ["cheap pills"]
    assert listed(client, "?end=later") == ["refused.example"]
    assert listed(client, "?end=over") == ["203.0.113.0/24"]
    assert len(listed(client)) == 3


def test_blocks_are_searched_by_pattern_note_and_address(moderator):
    client, _ = moderator
    add(note="the harbour wave")
    add("network", "203.0.113.0/24")
    add("network", "2001:db8:5::/48")
    assert listed(client, "?q=EVIL") == ["evil.example"]
    assert listed(client, "?q=harbour") == ["evil.example"]
    assert listed(client, "?q=203.0.113.9") == ["203.0.113.0/24"]
    assert listed(client, "?q=2001:db8:5:7::1") == ["2001:db8:5::/48"]
    assert listed(client, "?q=198.51.100.1") == []


@pytest.mark.parametrize("query", ["?note__startswith=x", "?by__password__contains=a"])
def test_columns_cannot_be_guessed_at(moderator, query):
    assert moderator[0].get(LIST + query).status_code == 400


@pytest.mark.parametrize("query", ["", "?q=e", "?q=203.0.113.9", "?kind__exact=host"])
def test_list_takes_few_queries(moderator, make_paste, query):
    client, mod = moderator
    paste = make_paste().paste
    for n in range(60):
        add(pattern=f"e{n}.example", paste_slug=paste.slug, by=mod)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST + query).status_code == 200
    assert len(queries) < 10, [each["sql"] for each in queries]
    for each in queries:
        assert "packed_text" not in each["sql"]


# Adding


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("network", " 203.0.113.77/24", "203.0.113.0/24"),
        ("network", "2001:db8::1", "2001:db8::/64"),
        ("host", "https://www.evil.example/x", "www.evil.example"),
        ("words", "cheap pills", "cheap pills"),
        ("words", r"pi[l1]+s\b", r"pi[l1]+s\b"),
        ("text", "A" * 64, "a" * 64),
    ],
)
def test_block_is_added(moderator, kind, typed, stored):
    client, mod = moderator
    page = send(client, kind=kind, pattern=typed, effect="hold", note="a wave")
    block = Block.objects.get()
    assert (block.pattern, block.effect, block.by) == (stored, "hold", mod)
    assert block.expires_at is None
    assert "Blocked: " in page
    # The verb's record is the only one.
    assert LogEntry.objects.count() == Decision.objects.count() == 1
    assert Decision.objects.get().note == "a wave"


@pytest.mark.parametrize(
    ("span", "days"), [("14d", 14), (" 2w ", 14), ("never", None), ("", None)]
)
def test_block_ends_when_it_is_told_to(moderator, span, days):
    send(moderator[0], expires_in=span)
    end = Block.objects.get().expires_at
    assert days == (end and round((end - timezone.now()) / timedelta(days=1)))


def test_near_texts_are_blocked_too_unless_that_is_off(moderator):
    send(moderator[0], kind="text", pattern=AD, near="on")
    assert Block.objects.get().likeness_1 is not None
    send(moderator[0], kind="text", pattern=AD)
    assert Block.objects.get().likeness_1 is None


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        (
            {"kind": "network", "pattern": "300.0.0.0"},
            "pattern",
            "is no network such as",
        ),
        ({"kind": "network", "pattern": "0.0.0.0/0"}, "pattern", "the whole Internet"),
        ({"kind": "network", "pattern": "127.0.0.1"}, "pattern", "this machine itself"),
        ({"kind": "host", "pattern": "com"}, "pattern", "alone is too much"),
        ({"kind": "words", "pattern": "(a"}, "pattern", "This pattern cannot be read"),
        ({"kind": "words", "pattern": ".*"}, "pattern", "It would match every text."),
        ({"kind": "text", "pattern": " "}, "pattern", "There is no text here"),
        ({"kind": "odd"}, "kind", "is no kind of block"),
        ({"effect": "odd"}, "effect", "is no effect of a block"),
        ({"reason": "odd"}, "reason", "Choose why it is blocked."),
        ({"expires_in": "soon"}, "expires_in", "is no span of time such as"),
        ({"note": "a\x00b"}, "note", "cannot be stored"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(moderator, values, field, sentence):
    page = send(moderator[0], **{"note": "typed with care"} | values)
    errors = page.split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert sentence in errors
    assert not Block.objects.exists()
    if "note" not in values:
        assert "typed with care" in page


def test_every_fault_is_told_at_once_and_nothing_typed_is_lost(moderator):
    page = send(
        moderator[0], kind="words", pattern="(a", expires_in="soon", effect="hold"
    )
    assert page.count('class="errorlist"') == 2
    assert '<option value="words" selected>' in page
    assert '<option value="hold" selected>' in page
    assert 'value="soon"' in page
    assert "(a</textarea>" in page


def test_moderator_cannot_lock_themselves_out(moderator):
    page = moderator[0].post(
        ADD,
        {
            "kind": "network",
            "pattern": "203.0.113.0/24",
            "reason": "spam",
            "effect": "hold",
        },
        REMOTE_ADDR="203.0.113.5",
    )
    assert "you would lock yourself out" in page.content.decode()
    assert not Block.objects.exists()


@pytest.mark.parametrize("network", ["11.0.0.0/7", "10.1.0.0/16"])
def test_wide_and_private_networks_ask_to_be_confirmed(moderator, network):
    client, _ = moderator
    assert 'name="confirmed"' not in client.get(ADD).content.decode()
    page = send(client, kind="network", pattern=network)
    assert 'type="checkbox" name="confirmed"' in page
    assert not Block.objects.exists()
    send(client, kind="network", pattern=network, confirmed="on")
    assert Block.objects.count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "network", "pattern": "0.0.0.0/0"},
        {"kind": "host", "pattern": "com"},
        {"kind": "network", "pattern": "203.0.113.0/24", "reason": "odd"},
    ],
)
def test_nothing_else_asks_to_be_confirmed(moderator, values):
    assert 'name="confirmed"' not in send(moderator[0], **values)


def test_confirmation_stays_on_the_page_for_another_network(moderator):
    values = {"kind": "network", "pattern": "11.0.0.0/7", "confirmed": "on"}
    page = send(moderator[0], **values, expires_in="soon")
    assert 'type="checkbox" name="confirmed"' in page


def test_link_fills_the_form_in(moderator):
    page = moderator[0].get(f"{ADD}?kind=words&pattern=cheap+pills").content.decode()
    assert '<option value="words" selected>' in page
    assert "cheap pills</textarea>" in page


# Changing


def test_terms_are_changed_and_nothing_else(moderator):
    client, mod = moderator
    block = add(expires_in="14d")
    page = send(
        client,
        change_url(block),
        effect="hold",
        reason="malware",
        note="worse",
        pattern="x",
    )
    after = Block.objects.get()
    assert "Changed: " in page
    assert (after.effect, after.reason, after.note) == ("hold", "malware", "worse")
    assert (after.pattern, after.expires_at) == (block.pattern, block.expires_at)
    assert Decision.objects.count() == LogEntry.objects.count() == 2
    assert Decision.objects.first().entry.user == mod


@pytest.mark.parametrize(("span", "days"), [("", 14), ("3d", 3), ("never", None)])
def test_end_is_changed_only_where_one_is_given(moderator, span, days):
    block = add(expires_in="14d")
    send(moderator[0], change_url(block), effect="hold", expires_in=span)
    end = Block.objects.get().expires_at
    assert days == (end and round((end - timezone.now()) / timedelta(days=1)))


def test_same_terms_are_no_change(moderator):
    block = add(note="a wave")
    page = send(moderator[0], change_url(block), note="a wave")
    assert "Nothing was changed." in page
    assert Decision.objects.count() == 1


def test_wrong_terms_are_told_and_kept(moderator):
    block = add()
    page = send(moderator[0], change_url(block), expires_in="soon", note="typed")
    assert "is no span of time such as" in page
    assert 'value="soon"' in page
    assert "typed</textarea>" in page
    assert Block.objects.get().note == ""


def test_block_that_is_gone_is_said_to_be(moderator):
    client, _ = moderator
    for url in (f"{LIST}999/change/", f"{LIST}999/delete/"):
        page = client.get(url, follow=True).content.decode()
        assert "Perhaps it was deleted" in page or "None of these blocks" in page


# Removing


def test_block_is_removed_with_a_note(moderator):
    client, mod = moderator
    block, kept = add(), add(pattern="kept.example")
    asked = client.get(f"{LIST}{block.pk}/delete/", follow=True).content.decode()
    assert "Remove 1 block" in asked
    assert "evil.example" in asked
    assert Block.objects.count() == 2
    page = send(client, REMOVE, pks=block.pk, note="a mistake")
    assert "1 block removed." in page
    assert Block.objects.get() == kept
    last = Decision.objects.first()
    assert (last.act, last.note, last.entry.user) == ("unblocked", "a mistake", mod)
    assert LogEntry.objects.count() == 3


def test_many_are_removed_at_once(moderator):
    client, _ = moderator
    blocks = [add(pattern=f"e{n}.example") for n in range(60)]
    asked = client.post(
        LIST,
        {
            "action": "delete_selected",
            "select_across": 1,
            "_selected_action": [blocks[0].pk],
            "post": "yes",
        },
    )
    assert "Remove 60 blocks" in asked.content.decode()
    assert Block.objects.count() == 60
    page = send(client, REMOVE, pks=asked.context["pks"], note="all of it")
    assert "60 blocks removed." in page
    assert not Block.objects.exists()
    assert Decision.objects.filter(act="unblocked", note="all of it").count() == 60


@pytest.mark.parametrize("pks", ["", "99999", "x", "9" * 40])
def test_nothing_to_remove_is_said(moderator, pks):
    page = send(moderator[0], REMOVE, pks=pks)
    assert "None of these blocks is there any more." in page


def test_faulty_note_removes_nothing_and_is_told(moderator):
    block = add()
    page = send(moderator[0], REMOVE, pks=block.pk, note="a\x00b")
    assert 'id="id_note_error"' in page
    assert Block.objects.count() == 1


# Trying


def test_text_and_address_are_tried_against_the_blocks(moderator):
    client, _ = moderator
    add()
    add("words", "cheap pills", effect="hold")
    add("network", "203.0.113.0/24")
    add("words", "something else")
    page = client.post(
        TRY, {"text": "See evil.example for cheap\npills", "address": "203.0.113.9"}
    ).content.decode()
    found = page.split('class="hits"')[1].split("</section>")[0]
    for words in ("evil.example", "cheap pills", "203.0.113.0/24", "hold for review"):
        assert words in found
    assert "something else" not in found
    assert set(Block.objects.values_list("hits", flat=True)) == {0}


def test_text_that_meets_no_block_is_said_to(moderator):
    add()
    page = send(moderator[0], TRY, text="harmless", address="")
    assert "None: it would come in." in page
    assert "harmless</textarea>" in page


def test_trying_no_address_says_what_is_wrong(moderator):
    page = send(moderator[0], TRY, text="typed with care", address="nowhere")
    assert "Enter a valid IPv4 or IPv6 address." in page
    assert "typed with care" in page


# Nothing of it is trusted


def test_hostile_patterns_and_notes_are_escaped(moderator):
    client, _ = moderator
    block = add("words", HOSTILE, note=HOSTILE)
    pages = [
        client.get(LIST).content.decode(),
        client.get(change_url(block)).content.decode(),
        client.get(f"{LIST}{block.pk}/history/").content.decode(),
        client.get(f"{REMOVE}?pks={block.pk}").content.decode(),
        send(client, TRY, text=HOSTILE, address=""),
        send(client, kind="words", pattern=f"({HOSTILE}", note=HOSTILE),
        send(client, change_url(block), note=HOSTILE + "!"),
        client.get("/admin/pastes/decision/").content.decode(),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


# Who may


@pytest.mark.parametrize("right", [None, *RIGHTS])
def test_each_act_needs_its_right(right):
    block = add()
    client = staff_client(*([right] if right else []))
    may_see = right in ("view_block", "change_block")
    expected = {
        LIST: may_see,
        change_url(block): may_see,
        TRY: may_see,
        ADD: right == "add_block",
        f"{REMOVE}?pks={block.pk}": right == "delete_block",
    }
    for url, may in expected.items():
        assert client.get(url).status_code == (200 if may else 403), url
    posts = {
        ADD: ({"kind": "host", "pattern": "b.example", "reason": "spam"}, "add_block"),
        change_url(block): ({"effect": "hold", "reason": "spam"}, "change_block"),
        REMOVE: ({"pks": block.pk}, "delete_block"),
    }
    for url, (values, needed) in posts.items():
        if needed != right:
            assert client.post(url, values).status_code == 403, url
    assert Block.objects.get().effect == "refuse"


def test_who_may_only_look_is_offered_no_more():
    block = add(note="a wave")
    client = staff_client("view_block")
    page = client.get(change_url(block)).content.decode()
    assert "a wave" in page
    for link in ("<textarea", f"{REMOVE}?pks", 'class="block-form"'):
        assert link not in page
    assert ADD not in client.get(LIST).content.decode()
    assert 'value="delete_selected"' not in client.get(LIST).content.decode()


def test_strangers_are_led_to_sign_in():
    block = add()
    for url in (LIST, ADD, change_url(block), REMOVE, TRY):
        assert Browser().get(url).url.startswith("/admin/login/"), url


def test_every_act_needs_a_csrf_token(moderator):
    block = add()
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(moderator[1])
    for url in (ADD, change_url(block), REMOVE, TRY, LIST):
        assert strict.post(url, {"pks": block.pk}).status_code == 403, url
    assert Block.objects.count() == 1


@pytest.mark.parametrize("url", [ADD, REMOVE, TRY])
def test_looking_changes_nothing(moderator, url):
    block = add()
    query = f"?pks={block.pk}&kind=host&pattern=b.example&reason=spam&effect=hold"
    assert moderator[0].get(url + query).status_code == 200
    assert Block.objects.count() == Decision.objects.count() == 1
