"""New and changed texts are screened: refused, held for review, or let through."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pastes import services
from pastes.models import Block, Decision, Paste
from pastes.services import Client, blocking

pytestmark = pytest.mark.django_db

SPAM = (
    "Buy cheap viagra online without a prescription. Order cialis with overnight "
    "delivery at the best price: https://pills.example/now"
)
HONEST = "See https://a.example/ and tell me what you think of it.\n"
SOMEBODY = Client("203.0.113.9")


def create(text=HONEST, client=SOMEBODY, **values):
    return services.create_paste(text=text, client=client, **values)


def signs(new):
    return [name for name, _points, _detail in new.paste.held_because]


def block(kind, pattern, effect, **values):
    return blocking.add_block(
        kind=kind, pattern=pattern, effect=effect, reason="spam", by=None, **values
    )


# Blocks


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("network", "203.0.113.0/24"),
        ("text", HONEST),
        ("host", "a.example"),
        ("words", "tell me what"),
    ],
)
def test_a_block_refuses_or_holds(kind, pattern):
    row = block(kind, pattern, "refuse")
    with pytest.raises(services.Blocked):
        create()
    assert not Paste.objects.exists()
    row.refresh_from_db()
    assert row.hits == 1
    blocking.change_block(row.pk, effect="hold", by=None)
    new = create()
    assert signs(new)[0] == "block"
    assert new.is_held
    row.refresh_from_db()
    assert row.hits == 2
    blocking.remove_block(row.pk, by=None)
    assert not create().is_held


def test_what_a_paste_was_held_for_holds_no_address():
    block("network", "203.0.113.0/24", "hold")
    paste = create().paste
    assert "203" not in str(paste.held_because)


def test_a_blocked_network_uses_up_no_allowance(settings):
    settings.LIMIT_CREATE = "1/h"
    row = block("network", "203.0.113.9", "refuse")
    for _ in range(3):
        with pytest.raises(services.Blocked):
            create()
    Block.objects.filter(pk=row.pk).delete()
    create()
    with pytest.raises(services.RateLimited):
        create()


def test_where_one_of_several_texts_is_blocked_none_is_stored():
    block("words", "viagra", "refuse")
    with pytest.raises(services.Blocked):
        services.create_pastes([{"text": HONEST}, {"text": SPAM}], client=SOMEBODY)
    assert not Paste.objects.exists()


# Secret texts


@pytest.mark.parametrize("how", [{"password": "x"}, {"burn": True}])
def test_of_a_secret_text_only_the_names_of_its_signs_are_kept(how):
    block("host", "pills.example", "hold")
    new = create(SPAM, **how)
    assert signs(new) == ["block"]
    assert {detail for _name, _points, detail in new.paste.held_because} == {""}


@pytest.mark.parametrize("how", [{"password": "x"}, {"burn": True}])
def test_a_block_refuses_secret_texts_too(how):
    block("host", "pills.example", "refuse")
    with pytest.raises(services.Blocked):
        create(SPAM, **how)


# Edits


def edit(new, client=SOMEBODY, **changes):
    return services.edit_paste(
        new.paste.slug, owner_token=new.owner_token, client=client, **changes
    )


def test_an_edit_that_meets_a_block_is_held_with_its_record():
    block("words", "viagra", "hold")
    new = create()
    assert edit(new, text=SPAM).state == "held"
    row = Paste.objects.get()
    assert (row.state, row.data.decode()) == ("held", SPAM)
    assert row.held_because[0][0] == "block"
    assert Decision.objects.get(slug=row.slug).act == "held"


def test_an_edit_that_is_blocked_changes_nothing():
    new = create()
    block("words", "viagra", "refuse")
    with pytest.raises(services.Blocked):
        edit(new, text=SPAM)
    with pytest.raises(services.Blocked):
        edit(new, title="viagra")
    row = Paste.objects.get()
    assert (row.data.decode(), row.title, row.edited_at) == (HONEST, "", None)


def test_a_held_paste_is_not_edited_and_its_owner_may_delete_it():
    block("words", "viagra", "hold")
    new = create(SPAM)
    with pytest.raises(services.Held):
        edit(new, text=HONEST)
    services.delete_paste(new.paste.slug, owner_token=new.owner_token)
    assert not Paste.objects.exists()


def test_a_reported_paste_that_is_held_by_an_edit_waits_since_its_report():
    block("words", "viagra", "hold")
    new = create()
    services.report_paste(new.paste.slug, reason="spam", client=SOMEBODY)
    since = Paste.objects.get().case_opened_at
    edit(new, text=SPAM)
    assert Paste.objects.get().case_opened_at == since


# What it costs


def queries(text, client=SOMEBODY):
    with CaptureQueriesContext(connection) as seen:
        create(text, client)
    return [
        each["sql"] for each in seen if each["sql"].startswith(("SELECT", "UPDATE"))
    ]


def test_screening_asks_for_the_blocks_alone_where_there_is_no_link():
    create()
    asked = queries("some text\n")
    assert len([sql for sql in asked if "pastes_block" in sql]) == 1
    assert len(asked) == 1
