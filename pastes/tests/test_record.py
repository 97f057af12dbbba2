"""The record in the admin: read, searched, exported; changed by nobody."""

import csv
import io
from datetime import UTC, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import services
from pastes.models import Block, Decision, Paste
from pastes.services.recording import record
from pastes.tests.test_admin import fill, staff_client

pytestmark = pytest.mark.django_db

LIST = "/admin/pastes/decision/"
EXPORT = f"{LIST}export/"
UNDO = 'action="/admin/pastes/paste/undo/"'
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def boss():
    user = User.objects.create_superuser("boss", password="superuser!")
    client = Browser()
    client.force_login(user)
    return client, user


def listed(client, query=""):
    """Return (act, object) of each line of a page of the list."""
    response = client.get(LIST + query)
    assert response.status_code == 200, response
    rows = response.context["cl"].result_list
    return [(row.act, row.entry.object_repr) for row in rows]


def page_of(client, decision):
    return client.get(f"{LIST}{decision.pk}/change/").content.decode()


def exported(client, query=""):
    response = client.get(EXPORT + query)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


def hide(paste, by, **values):
    return services.moderate(
        [paste.slug], "hide", **{"reason": "spam", "by": by} | values
    )


# The list


def test_list_tells_when_who_what_and_why(moderator, make_paste):
    client, mod = moderator
    paste = make_paste().paste
    with time_machine.travel("2026-03-04 05:06:07Z", tick=False):
        hide(paste, mod, note="third time")
    client.force_login(mod)
    page = client.get(LIST).content.decode()
    for words in ("2026-03-04 05:06", ">mod<", "Hidden", "spam or", "third time"):
        assert words in page
    assert f'<a href="/admin/pastes/paste/{paste.pk}/change/">{paste.slug}</a>' in page


def test_list_shows_the_newest_first_and_no_looks_until_asked(moderator, make_paste):
    client, mod = moderator
    old, new = make_paste().paste, make_paste().paste
    hide(old, mod)
    services.look_at(new.slug, by=mod, client=None)
    hide(new, mod)
    assert listed(client) == [("hidden", new.slug), ("hidden", old.slug)]
    assert listed(client, "?act=looked") == [("looked", new.slug)]
    assert len(listed(client, "?act=all")) == 3


def test_what_is_gone_has_no_link(moderator, make_paste):
    client, mod = moderator
    gone = make_paste().paste
    services.moderate([gone.slug], "delete", reason="spam", by=mod)
    block = services.add_block(kind="host", pattern="a.example", reason="spam", by=mod)
    services.remove_block(block.pk, by=mod)
    page = client.get(LIST).content.decode()
    assert gone.slug in page
    assert "host of links a.example" in page
    assert f"/admin/pastes/paste/{gone.pk}/" not in page
    assert f"/admin/pastes/block/{block.pk}/" not in page


def test_a_block_that_is_there_is_linked(moderator):
    client, mod = moderator
    block = services.add_block(kind="host", pattern="a.example", reason="spam", by=mod)
    link = f'<a href="/admin/pastes/block/{block.pk}/change/">host of links a.example'
    assert link in client.get(LIST).content.decode()
    assert link in page_of(client, Decision.objects.get())


def test_acts_of_the_site_itself_are_listed(moderator, make_paste):
    hide(make_paste().paste, None)
    assert ">site<" in moderator[0].get(LIST).content.decode()


def test_record_is_narrowed_down(moderator, make_paste):
    client, mod = moderator
    other = User.objects.create_user("other", is_staff=True)
    first, second = make_paste().paste, make_paste().paste
    with time_machine.travel(timezone.now() - timedelta(days=10)):
        hide(first, mod)
    hide(second, other, reason="malware")
    mine, theirs = ("hidden", first.slug), ("hidden", second.slug)
    assert listed(client, "?act=hidden") == [theirs, mine]
    assert listed(client, "?act=kept") == []
    assert listed(client, "?reason__exact=malware") == [theirs]
    assert listed(client, f"?who={mod.pk}") == [mine]
    assert listed(client, "?since=7") == [theirs]
    assert listed(client, "?since=30") == [theirs, mine]
    batch = Decision.objects.get(slug=first.slug).batch
    assert listed(client, f"?batch={batch}") == [mine]


def test_filters_offer_only_who_is_in_the_record(moderator, make_paste):
    client, mod = moderator
    User.objects.create_user("never-acted")
    hide(make_paste().paste, mod)
    page = client.get(LIST).content.decode()
    assert f"?who={mod.pk}" in page
    assert "never-acted" not in page


def test_record_is_searched_by_link_name_and_note(moderator, make_paste):
    client, mod = moderator
    other = User.objects.create_user("quentin")
    paste, decoy = make_paste().paste, make_paste().paste
    hide(paste, other, note="a wave from the harbour")
    hide(decoy, mod)
    services.add_block(kind="host", pattern="evil.example", reason="spam", by=mod)
    wanted = [("hidden", paste.slug)]
    for term in (paste.slug, f"https://x.example/{paste.slug}/raw", "QUENT", "harbour"):
        assert listed(client, f"?q={term}") == wanted, term
    assert listed(client, "?q=evil.ex") == [("blocked", "host of links evil.example")]
    assert listed(client, "?q=nothing+like+it") == []


@pytest.mark.parametrize(
    "query",
    [
        "?entry__user__password__startswith=b",
        "?note__startswith=x",
        "?entry__user__email__contains=a",
        "?slug__startswith=a",
    ],
)
@pytest.mark.threat("A2")
def test_columns_cannot_be_guessed_at(moderator, query):
    assert moderator[0].get(LIST + query).status_code == 400
    assert moderator[0].get(EXPORT + query).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["?batch=x", "?who=x", "?who=" + "9" * 40, "?since=x", "?act=x", "?p=0", "?p=999"],
)
def test_nonsense_is_answered_with_the_list(moderator, query):
    assert moderator[0].get(LIST + query, follow=True).status_code == 200
    assert moderator[0].get(EXPORT + query, follow=True).status_code == 200


@pytest.mark.parametrize("query", ["", "?q=text", "?act=all", "?p=2", "?since=7"])
def test_list_takes_few_queries_and_no_text(moderator, query):
    client, mod = moderator
    record(fill(300), "hidden", reason="spam", by=mod)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST + query).status_code == 200
    for each in queries:
        assert "packed_text" not in each["sql"]
    assert len(queries) < 12, [each["sql"] for each in queries]


def test_notes_and_names_are_escaped(moderator, make_paste):
    client, mod = moderator
    User.objects.filter(pk=mod.pk).update(username="<b>mod</b>")
    hide(make_paste().paste, mod, note=HOSTILE)
    for page in (client.get(LIST).content.decode(), page_of(client, latest())):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>mod" not in page
        assert "&lt;script&gt;alert(1)" in page


def latest():
    return Decision.objects.first()


# One entry


def test_entry_tells_all_of_its_note_and_what_went_with_it(moderator, make_paste):
    client, mod = moderator
    pastes = [make_paste(f"text {n}").paste for n in range(3)]
    note = "word " * 50 + "the end"
    services.moderate(
        [p.slug for p in pastes], "hide", reason="spam", note=note, by=mod
    )
    assert "the end" not in client.get(LIST).content.decode()
    page = page_of(client, latest())
    assert "the end" in page
    assert "2 other entries" in page
    assert len(listed(client, f"?batch={latest().batch}&act=all")) == 3


def test_entry_that_never_was_leads_to_the_start(moderator):
    answer = moderator[0].get(f"{LIST}99999/change/")
    assert (answer.status_code, answer.url) == (302, "/admin/")


def test_what_was_hidden_is_brought_back_from_its_entry(moderator, make_paste):
    client, mod = moderator
    pastes = [make_paste(f"text {n}").paste for n in range(2)]
    services.moderate([p.slug for p in pastes], "hide", reason="spam", by=mod)
    decision = latest()
    page = page_of(client, decision)
    assert "2 pastes that were hidden then are hidden still." in page
    assert f'name="batch" value="{decision.batch}"' in page
    client.post("/admin/pastes/paste/undo/", {"batch": str(decision.batch)})
    assert Paste.objects.filter(state="live").count() == 2
    assert UNDO not in page_of(client, decision)


def test_undo_is_offered_only_where_it_brings_something_back(moderator, make_paste):
    client, mod = moderator
    paste = make_paste().paste
    hide(paste, mod)
    first = latest()
    services.restore_paste(paste.slug, by=mod)
    assert UNDO not in page_of(client, first)
    hide(paste, mod)
    assert UNDO not in page_of(client, first)
    assert UNDO in page_of(client, latest())
    viewer = staff_client("view_decision", "view_paste")
    assert UNDO not in page_of(viewer, latest())


def test_pastes_own_history_is_there_still(moderator, make_paste):
    client, mod = moderator
    paste = make_paste().paste
    hide(paste, mod, note="third time")
    page = client.get(f"/admin/pastes/paste/{paste.pk}/history/").content.decode()
    assert "Hidden: spam or advertising (third time)" in page


# The export


def test_export_holds_what_the_list_shows(moderator, make_paste):
    client, mod = moderator
    kept, hidden = make_paste().paste, make_paste().paste
    with time_machine.travel("2026-03-04 05:06:07Z", tick=False):
        hide(hidden, mod, note="a, “b”\nand c")
    services.moderate([kept.slug], "keep", by=mod)
    services.look_at(kept.slug, by=mod, client=None)
    client.force_login(mod)
    assert exported(client, "?act=hidden") == [
        {
            "time": "2026-03-04T05:06:07+00:00",
            "user": "mod",
            "act": "hidden",
            "object": hidden.slug,
            "reason": "spam",
            "note": "a, “b”\nand c",
            "batch": str(Decision.objects.get(slug=hidden.slug).batch),
        }
    ]
    assert [row["act"] for row in exported(client)] == ["kept", "hidden"]
    assert [row["act"] for row in exported(client, f"?q={kept.slug}")] == ["kept"]


def test_export_is_a_file_in_plain_utf8(moderator):
    answer = moderator[0].get(EXPORT)
    today = timezone.now().astimezone(UTC).date()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="record-{today}.csv"'
    assert answer.getvalue() == b"time,user,act,object,reason,note,batch\r\n"


def test_list_links_to_the_export_of_what_it_shows(moderator):
    page = moderator[0].get(f"{LIST}?act=all&p=1&q=x").content.decode()
    assert f'href="{EXPORT}?act=all&amp;q=x"' in page


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_export_holds_no_formula_for_a_spreadsheet(moderator, make_paste, start):
    client, mod = moderator
    note = f"{start}cmd|' /C calc'!A0"
    hide(make_paste().paste, mod, note=note)
    assert exported(client)[0]["note"] == f"'{note}"


def test_export_of_many_is_sent_bit_by_bit(moderator):
    client, mod = moderator
    record(fill(5_000), "hidden", reason="spam", by=mod)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(EXPORT)
        assert answer.streaming
        count = sum(1 for _ in answer.streaming_content)
    assert count == 5_001
    assert len(queries) < 16
    for each in queries:
        assert "packed_text" not in each["sql"]


# Who may


@pytest.mark.parametrize("rights", [[], ["view_paste", "moderate_paste"]])
def test_record_needs_its_right(make_paste, rights):
    hide(make_paste().paste, None)
    client = staff_client(*rights)
    for url in (LIST, EXPORT, f"{LIST}{latest().pk}/change/"):
        assert client.get(url).status_code == 403, url
    anonymous = Browser()
    for url in (LIST, EXPORT, f"{LIST}{latest().pk}/change/"):
        assert anonymous.get(url).url.startswith("/admin/login/"), url


def test_nobody_changes_the_record_superusers_neither(boss, make_paste):
    client, user = boss
    hide(make_paste().paste, user, note="as it was")
    decision = latest()
    assert client.get(f"{LIST}{decision.pk}/change/").status_code == 200
    attempts = [
        (f"{LIST}add/", {"act": "kept", "batch": str(uuid4())}),
        (f"{LIST}{decision.pk}/change/", {"note": "as it never was"}),
        (f"{LIST}{decision.pk}/delete/", {"post": "yes"}),
    ]
    for url, values in attempts:
        assert client.post(url, values).status_code == 403, url
    client.post(
        LIST,
        {"action": "delete_selected", "_selected_action": decision.pk, "post": "yes"},
    )
    assert Decision.objects.get().note == "as it was"
    assert LogEntry.objects.count() == 1


# Whoever stands on the record stays


def delete_person(client, person):
    return client.post(f"/admin/auth/user/{person.pk}/delete/", {"post": "yes"})


def delete_people(client, people):
    values = {
        "action": "delete_selected",
        "_selected_action": [person.pk for person in people],
        "post": "yes",
    }
    return client.post("/admin/auth/user/", values)


def on_record(make_paste):
    person = User.objects.create_user("acted", is_staff=True)
    hide(make_paste().paste, person)
    return person


def logged():
    person = User.objects.create_user("logged", is_staff=True)
    LogEntry.objects.create(
        user=person,
        content_type=ContentType.objects.get_for_model(Group),
        object_id="1",
        object_repr="Moderators",
        action_flag=CHANGE,
    )
    return person


def test_who_is_on_the_record_cannot_be_deleted(boss, make_paste):
    client, _ = boss
    for person in (on_record(make_paste), logged()):
        pages = [
            client.get(f"/admin/auth/user/{person.pk}/delete/"),
            delete_person(client, person),
            delete_people(client, [person]),
        ]
        for page in pages:
            assert "Untick “Active” instead" in page.content.decode()
        assert User.objects.filter(pk=person.pk).exists()
    assert Decision.objects.count() == 1


def test_one_on_the_record_keeps_all_that_are_chosen_with_them(boss, make_paste):
    fresh = User.objects.create_user("fresh")
    page = delete_people(boss[0], [fresh, on_record(make_paste)]).content.decode()
    assert "what acted did, on the record" in page
    assert User.objects.filter(pk=fresh.pk).exists()


def test_who_never_acted_can_be_deleted(boss):
    people = [User.objects.create_user(f"fresh{n}") for n in range(3)]
    delete_person(boss[0], people[0])
    delete_people(boss[0], people[1:])
    assert not User.objects.filter(username__startswith="fresh").exists()


def test_block_keeps_its_maker_on_the_record_when_it_is_gone(boss):
    person = User.objects.create_user("blocker", is_staff=True)
    block = services.add_block(
        kind="host", pattern="a.example", reason="spam", by=person
    )
    Block.objects.filter(pk=block.pk).delete()
    delete_person(boss[0], person)
    assert listed(boss[0]) == [("blocked", "host of links a.example")]
