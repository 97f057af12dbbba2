"""Hide, restore and delete: what readers see at once, and what stays on the record."""

import pytest
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User

from pastes import services
from pastes.models import Paste
from pastes.services import Invalid, NotFound

pytestmark = pytest.mark.django_db

NOBODY = "1" * 12


@pytest.fixture
def boss(db):
    return User.objects.create_user("boss")


def hide(slug, by, reason="malware", note=""):
    services.hide_paste(slug, reason=reason, note=note, by=by)


def delete(slug, by, reason="personal", note=""):
    return services.moderate([slug], "delete", reason=reason, note=note, by=by)


def only_entry():
    entry = LogEntry.objects.get()
    return entry.user.username, entry.action_flag, entry.change_message


@pytest.mark.parametrize("ending", ["", "/raw", "/download", "/fork"])
def test_hidden_paste_answers_readers_with_410_and_the_reason(
    make_paste, boss, client, ending
):
    paste = make_paste("the bad thing").paste
    assert client.get(f"/{paste.slug}{ending}").status_code == 200
    hide(paste.slug, boss, note="seen by the police")
    response = client.get(f"/{paste.slug}{ending}")
    assert response.status_code == 410
    page = response.content.decode()
    assert "malware or phishing" in page
    assert "the bad thing" not in page
    assert "police" not in page


def test_restored_paste_is_as_it_was(make_paste, boss, client):
    paste = make_paste("good after all").paste
    hide(paste.slug, boss)
    services.restore_paste(paste.slug, by=boss)
    assert client.get(f"/{paste.slug}/raw").content == b"good after all"
    paste.refresh_from_db()
    assert (paste.state, paste.hidden_reason) == ("live", "")


def test_deleted_paste_is_gone_for_good(make_paste, boss, client):
    paste = make_paste().paste
    delete(paste.slug, boss, "illegal")
    assert client.get(f"/{paste.slug}").status_code == 404
    assert not Paste.objects.exists()


def test_hiding_is_on_the_record_once_with_who_and_why(make_paste, boss):
    paste = make_paste().paste
    hide(paste.slug, boss, note="second time")
    hide(paste.slug, boss, reason="spam")
    assert only_entry() == ("boss", CHANGE, "Hidden: malware or phishing (second time)")
    paste.refresh_from_db()
    assert paste.hidden_reason == "malware"


def test_restoring_is_on_the_record_once_with_who_and_why(make_paste, boss):
    paste = make_paste().paste
    hide(paste.slug, by=None)
    for _ in range(2):
        services.restore_paste(paste.slug, note="a mistake", by=boss)
    entries = LogEntry.objects.order_by("pk").values_list(
        "user__username", "change_message"
    )
    assert list(entries) == [
        ("site", "Hidden: malware or phishing"),
        ("boss", "Restored (a mistake)"),
    ]


def test_deleting_is_on_the_record_once_with_who_why_and_which(make_paste, boss):
    paste = make_paste().paste
    assert delete(paste.slug, boss, note="asked by mail").count == 1
    again = delete(paste.slug, boss)
    assert (again.count, again.skipped) == (0, 1)
    message = "Deleted: personal data or leaked secrets (asked by mail)"
    assert only_entry() == ("boss", DELETION, message)
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.object_id) == (paste.slug, str(paste.pk))


def test_record_says_nothing_of_the_text_or_the_title(make_paste, boss):
    paste = make_paste("hunter2 in the text", title="hunter2 in the title").paste
    hide(paste.slug, boss)
    delete(paste.slug, boss)
    record = LogEntry.objects.values_list("object_repr", "change_message")
    assert "hunter2" not in str(list(record))


@pytest.mark.parametrize("verb", [services.hide_paste, services.restore_paste])
def test_paste_that_is_not_there_is_not_found_and_not_recorded(boss, verb):
    why = {} if verb is services.restore_paste else {"reason": "spam"}
    with pytest.raises(NotFound):
        verb(NOBODY, by=boss, **why)
    assert not LogEntry.objects.exists()


def test_unknown_reason_hides_nothing(make_paste, boss):
    paste = make_paste().paste
    with pytest.raises(Invalid, match="Choose a reason"):
        hide(paste.slug, boss, reason="nonsense")
    paste.refresh_from_db()
    assert paste.state == "live"


def test_owner_cannot_change_or_delete_what_is_hidden(make_paste, boss):
    new = make_paste("evidence")
    hide(new.paste.slug, boss)
    with pytest.raises(services.Removed):
        services.delete_paste(new.paste.slug, owner_token=new.owner_token)
    with pytest.raises(services.Removed):
        services.edit_paste(
            new.paste.slug, owner_token=new.owner_token, client=None, text="innocent"
        )
    opened = services.open_paste(new.paste.slug, client=None, with_hidden=True)
    assert opened.data == b"evidence"


def test_hidden_burn_paste_is_not_burned_by_readers(make_paste, boss, client):
    paste = make_paste(burn=True).paste
    hide(paste.slug, boss)
    assert client.post(f"/{paste.slug}/raw").status_code == 410
    services.restore_paste(paste.slug, by=boss)
    assert client.post(f"/{paste.slug}/raw").content == b"some text\n"


def test_fork_outlives_the_deleting_of_its_parent(make_paste, boss):
    parent = make_paste().paste
    fork = make_paste(fork_of=parent.slug).paste
    assert fork.fork_of == parent
    delete(parent.slug, boss)
    fork.refresh_from_db()
    assert fork.fork_of is None
