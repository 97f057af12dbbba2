"""The verb edit_paste: what it changes, and what it leaves alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Paste
from pastes.services import (
    EditConflict,
    Forbidden,
    Invalid,
    NotFound,
    Removed,
    creating,
)

pytestmark = pytest.mark.django_db


def edit(new, **changes):
    return services.edit_paste(
        new.paste.slug, owner_token=new.owner_token, client=None, **changes
    )


def test_what_is_not_given_stays(make_paste):
    new = make_paste("select 1", title="T", syntax="sql", password="x", lifetime="1d")
    before = Paste.objects.values().get()
    edit(new, title="New")
    after = Paste.objects.values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"title", "edited_at"}


def test_returned_paste_is_as_the_row(make_paste):
    edited = edit(make_paste("old"), text="new text", title="T", lifetime="never")
    row = Paste.objects.get()
    for name in ("title", "size", "sha256", "expires_at", "edited_at", "syntax"):
        assert getattr(edited, name) == getattr(row, name)


@pytest.mark.parametrize("word", ["", "guess", "auto"])
def test_language_can_be_guessed_again(make_paste, word):
    new = make_paste('{"a": 1}', syntax="text")
    assert edit(new, syntax=word).syntax == "json"
    assert edit(new, syntax=word, text="<?xml version='1.0'?>").syntax == "xml"


@pytest.mark.parametrize("token", ["", "wrong", "\ud800"])
@pytest.mark.threat("P5")
def test_wrong_token_changes_nothing(make_paste, token):
    slug = make_paste("old").paste.slug
    with pytest.raises(Forbidden):
        services.edit_paste(slug, owner_token=token, client=None, text="new")
    assert services.open_paste(slug, client=None).text == "old"


def test_one_fault_keeps_all_of_the_old(make_paste):
    new = make_paste("old", title="Old")
    with pytest.raises(Invalid) as caught:
        edit(new, text="new", title="\0", lifetime="soon", password="x" * 1025)
    assert set(caught.value.errors) == {"title", "lifetime", "password"}
    row = Paste.objects.get()
    assert (row.data, row.title) == (b"old", "Old")


def test_hidden_and_burned_cannot_be_edited(make_paste):
    hidden, burned = make_paste(), make_paste(burn=True)
    services.hide_paste(hidden.paste.slug, reason="spam", by=None)
    services.open_paste(burned.paste.slug, consent=True, client=None)
    with pytest.raises(Removed):
        edit(hidden, title="New")
    with pytest.raises(NotFound):
        edit(burned, text="new")


def test_edit_that_comes_too_late_revives_no_paste(make_paste):
    expired, hidden = make_paste().paste, make_paste().paste
    Paste.objects.filter(pk=expired.pk).update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(days=1),
    )
    services.hide_paste(hidden.slug, reason="spam", by=None)
    for paste in (expired, hidden):
        with pytest.raises(NotFound):
            creating.rewrite(paste, {"title": "New", "expires_at": None})


def test_edit_that_comes_too_late_brings_no_text_back(make_paste):
    paste = make_paste("secret", burn=True).paste
    services.open_paste(paste.slug, consent=True, client=None)
    with pytest.raises(NotFound):
        creating.rewrite(paste, creating.describe_text(b"again"))
    assert Paste.objects.get().data == b""


def test_text_made_from_another_than_is_there_is_refused(make_paste):
    new = make_paste("old", title="Old")
    seen = new.paste.sha256
    edit(new, text="theirs", seen_sha256=seen)
    with pytest.raises(EditConflict):
        edit(new, text="mine", title="Mine", seen_sha256=seen)
    row = Paste.objects.get()
    assert (row.data, row.title) == (b"theirs", "Old")
    # No text is overwritten by a title, whichever was seen.
    assert edit(new, title="Mine", seen_sha256=seen).title == "Mine"
    assert edit(new, text="mine").data == b"mine"


def test_text_that_comes_between_the_look_and_the_write_stays(make_paste):
    new = make_paste("old")
    # What an edit has in hand that looked before another one wrote.
    looked = services.find_paste(new.paste.slug)
    edit(new, text="theirs")
    with pytest.raises(EditConflict):
        creating.rewrite(looked, creating.describe_text(b"mine"), looked.sha256)
    assert Paste.objects.get().data == b"theirs"
    Paste.objects.all().delete()
    with pytest.raises(NotFound):
        creating.rewrite(looked, creating.describe_text(b"mine"), looked.sha256)
