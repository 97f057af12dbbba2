"""An owner downloads all that is kept about a paste, and erases it."""

import json

import pytest
from django.utils import timezone

from pastes import services
from pastes.models import Block, Decision, Paste, Report
from pastes.services import Client
from pastes.services.exporting import export_paste
from pastes.tests.conftest import MAKER_KEY

pytestmark = pytest.mark.django_db

MAKER = Client("192.0.2.9")
REPORTER = Client("198.51.100.4")
# Where each column of a paste is in the export, if it is called otherwise there.
CALLED = {
    "slug": "id",
    "is_burn": "burn",
    "fork_of": "fork_of",
    "owner_digest": "owner_token_sha256",
    "maker_digest": "browser_key_sha256",
    "hidden_reason": "removed_because",
    "case_opened_at": "waiting_since",
    "is_cleared": "looked_at",
    "open_reports": "reports",
    "packed_text": "text",
    # A lock is told, its hash is not given out.
    "password_hash": "locked",
    # Once burned, a paste is not found.
    "burned_at": "burn",
} | {f"likeness_{number}": "likeness" for number in (1, 2, 3, 4)}


def download(client, slug, **fields):
    return client.post(f"/{slug}/data", fields)


def kept(response):
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    return json.loads(response.content)


@pytest.mark.threat("T5")
def test_every_column_is_in_the_export(make_paste):
    new = make_paste()
    found = export_paste(new.paste.slug, owner_token=new.owner_token, client=None)
    for field in Paste._meta.concrete_fields:
        if field.name != "id":
            assert CALLED.get(field.name, field.name) in found, field.name


def test_maker_downloads_all_that_is_kept(maker, make_mine):
    parent = make_mine("parent").paste
    paste = make_mine("canary", title="T", client=MAKER, fork_of=parent.slug).paste
    services.report_paste(
        paste.slug,
        reason="malware",
        details="words of a reporter",
        contact="reporter@example.org",
        client=REPORTER,
    )
    Block.objects.create(
        kind="network",
        pattern="192.0.2.9/32",
        reason="spam",
        note="note of a moderator",
        paste=paste,
        is_from_address=True,
    )
    response = download(maker, paste.slug)
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "private, no-store"
    found = kept(response)
    assert (found["text"], found["title"]) == ("canary", "T")
    assert found["url"] == f"http://testserver/{paste.slug}"
    assert found["client_address"] == "192.0.2.9"
    assert found["client_address_forgotten_at"] > found["created_at"]
    assert found["fork_of"] == parent.slug
    assert found["sha256"] == paste.sha256
    assert found["reports"] == {"count": 1, "open": 1, "reasons": {"malware": 1}}
    assert found["blocks"][0]["forgotten_at"]
    for secret in (
        "words of a reporter",
        "reporter@example.org",
        "198.51.100.4",
        "note of a moderator",
    ):
        assert secret not in response.content.decode()


def test_page_alone_shows_nothing(maker, make_mine):
    slug = make_mine("canary", client=MAKER).paste.slug
    page = maker.get(f"/{slug}/data").content.decode()
    assert "canary" not in page
    assert "192.0.2.9" not in page
    assert "owner_token" not in page


def test_owner_token_downloads_from_elsewhere_and_nobody_elses(client, make_paste):
    new, other = make_paste("canary"), make_paste()
    slug = new.paste.slug
    for token in ("", "wrong", other.owner_token):
        answer = download(client, slug, owner_token=token)
        assert answer.status_code == 403
        assert "canary" not in answer.content.decode()
    assert kept(download(client, slug, owner_token=new.owner_token))["text"] == "canary"


def test_download_needs_the_csrf_token(browser_client, make_paste):
    new = make_paste("canary")
    answer = download(browser_client, new.paste.slug, owner_token=new.owner_token)
    assert answer.status_code == 403


def test_locked_text_needs_its_password_too(maker, make_mine, settings):
    paste = make_mine("canary", password="pw").paste
    found = kept(download(maker, paste.slug))
    assert found["text"] is None
    assert found["sha256"] is None
    assert "locked" in found["notes"][0]
    assert paste.sha256 not in json.dumps(found)
    wrong = download(maker, paste.slug, password="wrong")
    assert wrong.status_code == 403
    assert "not the password" in wrong.content.decode()
    assert kept(download(maker, paste.slug, password="pw"))["text"] == "canary"
    settings.LIMIT_UNLOCK_PASTE = "1/h"
    assert download(maker, paste.slug, password="wrong").status_code == 403
    assert download(maker, paste.slug, password="pw").status_code == 429


def test_export_burns_and_counts_nothing(maker, make_mine):
    burn, plain = make_mine("canary", burn=True).paste, make_mine("x").paste
    found = kept(download(maker, burn.slug))
    assert found["text"] is None
    assert "burn" in found["notes"][0]
    assert services.open_paste(burn.slug, consent=True, client=None).text == "canary"
    kept(download(maker, plain.slug))
    services.write_views()
    assert Paste.objects.get(pk=plain.pk).views == 0


def test_held_paste_is_exported_with_its_text(maker, make_mine):
    slug = make_mine("canary").paste.slug
    because = [["links", 3, "detail of a block"]]
    Paste.objects.filter(slug=slug).update(
        state="held", case_opened_at=timezone.now(), held_because=because
    )
    assert maker.get(f"/{slug}/data").status_code == 200
    found = kept(download(maker, slug))
    assert (found["state"], found["text"]) == ("held", "canary")
    assert found["held_because"] == ["links"]


def test_hidden_paste_is_exported_without_its_text(maker, client, make_mine, moderator):
    slug = make_mine("canary").paste.slug
    services.hide_paste(slug, reason="spam", note="secret", by=moderator[1])
    page = maker.get(f"/{slug}/data")
    assert page.status_code == 200
    assert "kept as evidence" in page.content.decode()
    response = download(maker, slug)
    found = kept(response)
    assert (found["state"], found["removed_because"]) == ("hidden", "spam")
    assert found["text"] is None
    assert "evidence" in found["notes"][0]
    for secret in ("canary", "secret", '"mod"'):
        assert secret not in response.content.decode()


def test_decisions_are_told_without_who_took_them(make_paste, moderator):
    from django.contrib.admin.models import LogEntry

    new = make_paste()
    entry = LogEntry.objects.create(user=moderator[1], action_flag=2)
    Decision.objects.create(
        entry=entry, act="kept", note="secret", slug=new.paste.slug, batch="0" * 32
    )
    found = export_paste(new.paste.slug, owner_token=new.owner_token, client=None)
    assert found["decisions"] == [
        {"act": "kept", "reason": None, "at": entry.action_time}
    ]


def test_api_exports_by_the_owner_token(client, make_paste):
    new = make_paste("canary", password="pw", client=MAKER)
    path = f"/api/v1/pastes/{new.paste.slug}/export"
    assert client.get(path).status_code == 401
    owner = {"Authorization": f"Bearer {new.owner_token}"}
    other = {"Authorization": f"Bearer {make_paste().owner_token}"}
    assert client.get(path, headers=other).status_code == 403
    answer = client.get(path, headers=owner)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json()["text"] is None
    assert answer.json()["client_address"] == "192.0.2.9"
    opened = client.get(path, headers=owner | {"X-Paste-Password": "pw"})
    assert opened.json()["text"] == "canary"
    wrong = client.get(path, headers=owner | {"X-Paste-Password": "no"})
    assert wrong.json()["code"] == "wrong_password"
    assert client.head(path, headers=owner).status_code == 200
    assert client.head(path).status_code == 401


def test_what_is_gone_has_no_data(client):
    assert client.get("/nothinghere1/data").status_code == 404


@pytest.mark.threat("T5")
def test_erasing_takes_all_rows_along_but_the_block(maker, make_mine):
    paste = make_mine("canary", client=MAKER).paste
    services.report_paste(
        paste.slug, reason="spam", contact="r@example.org", client=REPORTER
    )
    made = Block.objects.create(
        kind="network",
        pattern="192.0.2.9/32",
        reason="spam",
        paste=paste,
        is_from_address=True,
    )
    assert maker.post(f"/{paste.slug}/delete").status_code == 302
    assert not Paste.objects.exists()
    assert not Report.objects.exists()
    made.refresh_from_db()
    assert made.paste is None


def test_pages_lead_to_the_data(maker, make_mine):
    slug = make_mine().paste.slug
    for path in ("/mine", f"/{slug}/delete"):
        assert f'"/{slug}/data"' in maker.get(path).content.decode()


def test_owner_erases_what_is_held(maker, client, make_mine):
    slug, other = make_mine().paste.slug, make_mine().paste.slug
    Paste.objects.update(state="held", case_opened_at=timezone.now())
    assert "held for review" in maker.get("/mine").content.decode()
    assert maker.get(f"/{slug}/delete").status_code == 200
    client.cookies.clear()
    assert client.post(f"/{slug}/delete").status_code == 403
    client.cookies["maker"] = MAKER_KEY
    assert client.post(f"/{slug}/delete").status_code == 302
    assert Paste.objects.get().slug == other
    client.post("/mine", {"sure": "yes"})
    assert not Paste.objects.exists()


def test_owner_does_not_erase_evidence(maker, make_mine, moderator):
    slug = make_mine().paste.slug
    services.hide_paste(slug, reason="spam", by=moderator[1])
    assert maker.get(f"/{slug}/delete").status_code == 410
    assert maker.post(f"/{slug}/delete").status_code == 410
    assert f'"/{slug}/data"' in maker.get("/mine").content.decode()
    assert Paste.objects.exists()
