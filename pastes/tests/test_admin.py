"""The moderators' pages: what they find, show, do, and never tell."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pastes import services, tokens, zstd
from pastes.admin.lists import COUNTED
from pastes.admin.pastes import PREVIEW_CHARACTERS
from pastes.models import Allowance, Paste
from pastes.tests.conftest import moderators_group, staff_client

pytestmark = pytest.mark.django_db

LIST = "/admin/pastes/paste/"
SHA = tokens.digest_bytes(b"some text\n")


def fill(count, **values):
    """Insert many rows at once; their text is "text 7" and so on."""
    rows = []
    for number in range(count):
        text = f"text {number}".encode()
        rows.append(
            Paste(
                **{
                    "slug": tokens.new_slug(),
                    "title": f"title {number}",
                    "size": len(text),
                    "sha256": tokens.digest_bytes(text),
                    "owner_digest": "0" * 64,
                    "packed_text": zstd.pack(text),
                }
                | values
            )
        )
    return Paste.objects.bulk_create(rows)


def change_url(paste):
    return f"{LIST}{paste.pk}/change/"


def listed(client, query=""):
    """Return the slugs on a page of the list, in its order."""
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [paste.slug for paste in response.context["cl"].result_list]


# The list


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?p=2",
        "?all=",
        "?state__exact=live",
        "?age=1w",
        "?age=expired",
        "?bytes=small",
        "?kind=public",
        "?q=title",
        "?q=192.0.2.1",
        "?q=" + SHA,
        "?_facets=True",
        "?o=8",
    ],
)
def test_list_loads_no_text_and_counts_only_so_far(moderator, query):
    fill(300)
    client, _ = moderator
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST + query).status_code == 200
    statements = [each["sql"] for each in queries if "pastes_paste" in each["sql"]]
    assert statements
    for sql in statements:
        assert "packed_text" not in sql
        if "COUNT(" in sql:
            assert f"LIMIT {COUNTED}" in sql
    assert len(queries) < 12


@pytest.mark.threat("D6")
def test_list_counts_no_further_than_its_bound(moderator, monkeypatch):
    monkeypatch.setattr("pastes.admin.lists.COUNTED", 120)
    fill(130)
    client, _ = moderator
    assert client.get(LIST).context["cl"].result_count == 120
    assert len(listed(client, "?p=3")) == 20
    assert client.get(LIST + "?p=4").url == f"{LIST}?e=1"


def test_list_shows_the_newest_first_50_a_page(moderator):
    slugs = [paste.slug for paste in fill(60)][::-1]
    client, _ = moderator
    assert listed(client) == slugs[:50]
    assert listed(client, "?p=2") == slugs[50:]


@pytest.mark.threat("A3")
def test_list_escapes_titles(moderator, make_paste):
    make_paste(title="<script>alert(1)</script>")
    page = moderator[0].get(LIST).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


# Finding


@pytest.fixture
def wanted(make_paste):
    """The paste to be found, between others."""
    fill(3)
    return make_paste(
        title="Quarterly figures 50%",
        client=services.Client("192.0.2.77"),
    ).paste


@pytest.mark.parametrize(
    "term",
    [
        "{slug}",
        " {slug} ",
        "/{slug}",
        "/{slug}.py",
        "/{slug}/raw",
        "/{slug}/",
        "http://localhost:8000/{slug}",
        "https://paste.example.org/{slug}.tar.gz",
        "https://paste.example.org/{slug}/download?x=1#L3",
        "https://paste.example.org/raw/{slug}",
        "arterly FIG",
        "50%",
        "192.0.2.77",
        SHA,
        SHA.upper(),
    ],
)
def test_search_finds_by_link_title_address_and_hash(moderator, wanted, term):
    term = term.replace("{slug}", wanted.slug)
    assert listed(moderator[0], f"?q={quote(term)}") == [wanted.slug]


@pytest.mark.parametrize("term", ["1" * 12, "f" * 64, "198.51.100.9", "_uarterly"])
def test_search_for_what_is_not_there_finds_nothing(moderator, wanted, term):
    assert listed(moderator[0], f"?q={term}") == []


def test_search_finds_an_ipv6_address_however_it_is_written(moderator, make_paste):
    slug = make_paste(client=services.Client("2001:db8::1")).paste.slug
    assert listed(moderator[0], "?q=2001:0DB8:0:0::1") == [slug]


def test_search_does_not_look_into_texts(moderator, make_paste):
    make_paste("needle in the text")
    assert listed(moderator[0], "?q=needle") == []


def test_filters_tell_apart_states_ages_sizes_and_kinds(moderator, make_paste):
    client, user = moderator
    now = timezone.now()
    old, hidden, large, huge, locked, burn, expired = (
        paste.slug
        for paste in (
            *fill(1, created_at=now - timedelta(days=3)),
            make_paste("hidden").paste,
            make_paste("x" * 200 * 1024).paste,
            make_paste("x" * 2000 * 1024).paste,
            make_paste(password="secret").paste,
            make_paste(burn=True).paste,
            *fill(1, created_at=now - timedelta(days=9), expires_at=now - timedelta(1)),
        )
    )
    services.hide_paste(hidden, reason="spam", by=user)
    everything = {old, hidden, large, huge, locked, burn, expired}
    expected = {
        "": everything,
        "?state__exact=hidden": {hidden},
        "?state__exact=live": everything - {hidden},
        "?age=1h": everything - {old, expired},
        "?age=1d": everything - {old, expired},
        "?age=1w": everything - {expired},
        "?age=expired": {expired},
        "?bytes=small": everything - {large, huge},
        "?bytes=large": {large, huge},
        "?bytes=huge": {huge},
        "?kind=public": everything - {locked, burn},
        "?kind=locked": {locked},
        "?kind=burn": {burn},
        "?kind=public&bytes=large": {large, huge},
        "?kind=nonsense": everything,
    }
    assert {query: set(listed(client, query)) for query in expected} == expected


def test_offered_filters_are_all_allowed(moderator):
    fill(3)
    client, _ = moderator
    page = client.get(LIST).content.decode()
    links = set(re.findall(r'href="(\?[^"]+=[^"]*)"', page))
    assert len(links) >= 12
    for link in links:
        assert client.get(LIST + link).status_code == 200, link


# What a question may not tell


SECRETS = [
    "packed_text__startswith",
    "password_hash__startswith",
    "owner_digest__startswith",
    "maker_digest__startswith",
    "sha256__startswith",
    "title__startswith",
    "title__regex",
    "slug__startswith",
    "client_address__startswith",
    "fork_of__password_hash__startswith",
    "forks__owner_digest__startswith",
    "fork_of__fork_of__title__contains",
    "state__startswith",
    "pk__in",
    "id",
]


@pytest.mark.parametrize("lookup", SECRETS)
@pytest.mark.threat("A2")
def test_question_by_any_other_column_is_refused_right_or_wrong(
    moderator, make_paste, lookup
):
    paste = make_paste(title="The title", password="x", maker_key="browser").paste
    make_paste(fork_of=paste.slug)
    name = lookup.split("__")[-2] if "__" in lookup else lookup
    right = str(getattr(paste, "slug" if name == "pk" else name))[:4]
    answers = {
        (response.status_code, response.content)
        for guess in (right, "zzzz")
        for response in [moderator[0].get(LIST, {lookup: guess})]
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 400


@pytest.mark.parametrize("field", ["password_hash", "owner_digest", "packed_text"])
@pytest.mark.threat("A2")
def test_popup_by_a_secret_field_is_refused(moderator, make_paste, field):
    paste = make_paste(password="x").paste
    client, _ = moderator
    query = {"_popup": "1", "_to_field": field}
    assert client.get(LIST, query).status_code == 400
    for value in (str(getattr(paste, field)), "zzz"):
        url = f"{LIST}{quote(value, safe='')}/change/"
        assert client.get(url, query).status_code == 400


def test_autocomplete_tells_no_more_than_the_search(moderator, make_paste):
    paste = make_paste("needle", title="known", password="x").paste
    client, _ = moderator

    def found(term, field="fork_of"):
        query = {"app_label": "pastes", "model_name": "paste", "field_name": field}
        return client.get("/admin/autocomplete/", query | {"term": term})

    assert found(paste.password_hash[:20]).json()["results"] == []
    assert found("needle").json()["results"] == []
    assert found("x", field="password_hash").status_code == 403
    assert paste.password_hash not in found("known").content.decode()


@pytest.mark.parametrize("query", ["?e=1", "?q=", "?p=x", "?o=zz.-1.99", "?q=%00"])
def test_odd_questions_are_answered_with_the_plain_list(moderator, make_paste, query):
    slug = make_paste().paste.slug
    response = moderator[0].get(LIST + query, follow=True)
    assert response.status_code == 200
    assert slug in response.content.decode()


@pytest.mark.threat("A2")
def test_no_page_shows_a_password_hash_or_a_digest(moderator, make_paste):
    paste = make_paste(password="x", maker_key="browser").paste
    client, _ = moderator
    for url in (LIST, change_url(paste), f"{LIST}{paste.pk}/history/"):
        page = client.get(url).content.decode()
        for secret in (paste.password_hash, paste.owner_digest, paste.maker_digest):
            assert secret not in page


# A paste's page


@pytest.mark.threat("A3")
def test_preview_is_escaped(moderator, make_paste):
    paste = make_paste("</pre><script>alert(1)</script>", syntax="text").paste
    page = moderator[0].get(change_url(paste)).content.decode()
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_large_text_is_clipped(moderator, make_paste):
    paste = make_paste("x" * PREVIEW_CHARACTERS + "y" * 1234).paste
    page = moderator[0].get(change_url(paste)).content.decode()
    assert "x" * PREVIEW_CHARACTERS in page
    assert "y" * 50 not in page
    assert "… and 1,234 characters more" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"password": "x"}, "Locked"),
        ({"burn": True}, "Burns after reading"),
        ({"lifetime": 60}, "Expired or burned"),
    ],
)
@pytest.mark.threat("A2")
def test_text_that_is_not_for_moderators_is_not_shown(
    moderator, make_paste, values, words
):
    paste = make_paste("needle", **values).paste
    if "lifetime" in values:
        Paste.objects.update(
            created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now()
        )
    page = moderator[0].get(change_url(paste)).content.decode()
    assert words in page
    assert "needle" not in page
    if "burn" in values:
        opened = services.open_paste(paste.slug, consent=True, client=None)
        assert opened.data == b"needle"


def test_hidden_text_is_shown_to_moderators(moderator, make_paste):
    paste = make_paste("needle").paste
    services.hide_paste(paste.slug, reason="spam", by=None)
    assert "needle" in moderator[0].get(change_url(paste)).content.decode()


def test_looking_at_a_paste_counts_no_view(moderator, make_paste):
    paste = make_paste().paste
    moderator[0].get(change_url(paste))
    assert services.write_views() == 0


def test_paste_cannot_be_changed_added_or_deleted_outside_the_acts(
    moderator, make_paste
):
    paste = make_paste(title="before").paste
    client, _ = moderator
    assert client.post(change_url(paste), {"title": "after"}).status_code == 403
    assert client.post(f"{LIST}add/", {"title": "new"}).status_code == 403
    assert client.post(f"{LIST}{paste.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": paste.pk, "post": "yes"}
    client.post(LIST, action)
    paste.refresh_from_db()
    assert paste.title == "before"


# The acts


def act(client, name, pks, **why):
    url = f"{LIST}moderate/{name}/"
    return client.post(url, {"pks": ",".join(map(str, pks))} | why, follow=True)


def ask_for(client, action, pastes, **values):
    """Choose an action in the list; return the page that asks why."""
    keys = [paste.pk for paste in pastes]
    data = {"action": action, "_selected_action": keys, "index": 0}
    return client.post(LIST, data | {"select_across": 0} | values)


def asked_keys(response):
    return re.search(r'name="pks" value="([0-9,]*)"', response.content.decode())[1]


@pytest.mark.parametrize(
    ("name", "state", "message"),
    [
        ("hide", "hidden", "Hidden: copyright (see mail)"),
        ("restore", "live", "Restored (see mail)"),
        ("delete", None, "Deleted: copyright (see mail)"),
    ],
)
def test_act_from_the_pastes_page(moderator, make_paste, name, state, message):
    paste = make_paste().paste
    if name == "restore":
        services.hide_paste(paste.slug, reason="spam", by=None)
    client, user = moderator
    page = client.get(change_url(paste)).content.decode()
    assert f'formaction="{LIST}moderate/{name}/"' in page
    question = client.get(f"{LIST}moderate/{name}/?pks={paste.pk}")
    assert ('name="reason"' in question.content.decode()) == (name != "restore")
    keys = asked_keys(question)
    done = act(client, name, [keys], reason="copyright", note="see mail")
    verb = {"hide": "hidden", "restore": "restored", "delete": "deleted"}[name]
    assert f"1 paste {verb}." in done.content.decode()
    assert Paste.objects.values_list("state", flat=True).first() == state
    entry = LogEntry.objects.get(user=user, change_message=message)
    assert entry.decision.act != "looked"


@pytest.mark.parametrize("name", ["hide", "restore", "delete"])
def test_asking_why_changes_nothing(moderator, make_paste, name):
    paste = make_paste().paste
    moderator[0].get(f"{LIST}moderate/{name}/?pks={paste.pk}&reason=spam")
    assert Paste.objects.get().state == "live"
    assert not LogEntry.objects.exists()


def test_act_without_a_reason_asks_again_for_the_same_pastes(moderator, make_paste):
    paste = make_paste().paste
    response = act(moderator[0], "hide", [paste.pk], reason="nonsense")
    assert "Select a valid choice" in response.content.decode()
    assert asked_keys(response) == str(paste.pk)
    assert Paste.objects.get().state == "live"


def test_whole_page_of_the_list_can_be_chosen(moderator):
    pastes = fill(60)
    client, _ = moderator
    keys = asked_keys(ask_for(client, "hide", pastes[10:]))
    act(client, "hide", [keys], reason="spam")
    assert Paste.objects.filter(state="hidden").count() == 50
    assert LogEntry.objects.count() == 50


@pytest.mark.parametrize("name", ["hide", "delete"])
def test_all_thousand_pastes_of_a_search_can_be_chosen(moderator, name):
    fill(1000, title="spam spam")
    kept = fill(5)
    client, _ = moderator
    chosen = client.post(
        f"{LIST}?q=spam",
        {
            "action": name,
            "select_across": 1,
            "index": 0,
            "_selected_action": [Paste.objects.filter(title="spam spam")[0].pk],
        },
    )
    assert "1,000 pastes" in chosen.content.decode()
    done = act(client, name, [asked_keys(chosen)], reason="spam")
    assert "1,000 pastes" in done.content.decode()
    assert set(Paste.objects.filter(state="live")) == set(kept)
    assert LogEntry.objects.count() == 1000


def test_paste_that_went_meanwhile_is_passed_over(moderator, make_paste):
    stays, went = make_paste().paste, make_paste().paste
    keys = f"{stays.pk},{went.pk}"
    services.moderate([went.slug], "delete", reason="spam", by=None)
    done = act(moderator[0], "hide", [keys], reason="spam")
    assert "1 paste hidden." in done.content.decode()


@pytest.mark.parametrize("pks", ["", "99999999", "x", "-1", "9" * 40, "1;drop"])
def test_act_on_nothing_says_so(moderator, pks):
    done = act(moderator[0], "hide", [pks], reason="spam")
    assert "None of these pastes is there any more." in done.content.decode()


def test_unknown_act_is_not_found(moderator):
    assert moderator[0].get(f"{LIST}moderate/explode/").status_code == 404


def test_act_needs_a_csrf_token(moderator, make_paste):
    paste = make_paste().paste
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(moderator[1])
    response = act(strict, "hide", [paste.pk], reason="spam")
    assert response.status_code == 403
    assert Paste.objects.get().state == "live"


def test_history_tells_the_act(moderator, make_paste):
    paste = make_paste().paste
    act(moderator[0], "hide", [paste.pk], reason="spam", note="third time")
    page = moderator[0].get(f"{LIST}{paste.pk}/history/").content.decode()
    assert "Hidden: spam or advertising (third time)" in page


# Who may


def test_moderators_have_these_rights_and_no_more():
    group = moderators_group()
    rights = set(group.permissions.values_list("codename", flat=True))
    blocks = {f"{act}_block" for act in ("view", "add", "change", "delete")}
    looks = {"view_paste", "view_report", "view_decision"}
    assert rights == looks | blocks | {"moderate_paste", "delete_paste"}


@pytest.mark.parametrize(
    "path",
    [
        "auth/user/",
        "auth/user/1/change/",
        "auth/user/add/",
        "auth/group/",
        "auth/group/add/",
        "pastes/paste/add/",
    ],
)
def test_moderator_sees_no_users_and_groups_and_adds_nothing(moderator, path):
    client, _ = moderator
    assert client.get(f"/admin/{path}").status_code == 403
    index = client.get("/admin/").content.decode()
    assert "/admin/pastes/paste/" in index
    assert "/admin/auth/" not in index


@pytest.mark.parametrize(
    ("rights", "may"),
    [
        ([], []),
        (["view_paste"], []),
        (["moderate_paste"], []),
        (["delete_paste"], []),
        (["view_paste", "moderate_paste"], ["hide", "restore"]),
        (["view_paste", "delete_paste"], ["delete"]),
        (["change_paste", "add_paste"], []),
    ],
)
def test_acts_need_their_rights(make_paste, rights, may):
    paste = make_paste().paste
    client = staff_client(*rights)
    for name in ("hide", "restore", "delete"):
        url = f"{LIST}moderate/{name}/"
        expected = 200 if name in may else 403
        assert client.get(url, {"pks": paste.pk}).status_code == expected
        if name not in may:
            refused = client.post(url, {"pks": paste.pk, "reason": "spam"})
            assert refused.status_code == 403
        if "view_paste" in rights:
            link = f'formaction="{LIST}moderate/{name}/"'
            page = client.get(change_url(paste)).content.decode()
            offered = name if name != "restore" else None
            assert (link in page) == (offered in may)
            assert (f'value="{name}"' in client.get(LIST).content.decode()) == (
                name in may
            )
    assert Paste.objects.get().state == "live"


def test_staff_without_rights_sees_nothing(make_paste):
    paste = make_paste().paste
    client = staff_client()
    assert paste.slug not in client.get("/admin/").content.decode()
    for url in (LIST, change_url(paste), f"{LIST}{paste.pk}/history/"):
        assert client.get(url).status_code == 403


@pytest.mark.threat("G1")
def test_no_shortcut_tells_the_link_of_a_paste_by_its_number(make_paste):
    paste = make_paste().paste
    kind = ContentType.objects.get_for_model(Paste).pk
    response = staff_client().get(f"/admin/r/{kind}/{paste.pk}/")
    assert response.status_code == 404


@pytest.mark.parametrize(
    "path", ["", "pastes/paste/", "pastes/paste/moderate/hide/?pks=1", "auth/user/"]
)
def test_stranger_is_sent_to_sign_in(client, path):
    response = client.get(f"/admin/{path}")
    assert response.status_code == 302
    assert response.url.startswith("/admin/login/?next=/admin/")


def test_user_who_is_no_staff_is_sent_to_sign_in(client):
    client.force_login(User.objects.create_user("plain"))
    assert client.get(LIST).url.startswith("/admin/login/")
    data = {"pks": "1", "reason": "spam"}
    response = client.post(f"{LIST}moderate/hide/", data)
    assert response.url.startswith("/admin/login/")


# Signing in


@pytest.fixture
def sign_in(client, moderator, settings):
    """Try to sign in: sign_in("password", address="192.0.2.1")."""
    settings.LIMIT_LOGIN = "3/h"

    def try_it(password, address="192.0.2.1", username="mod"):
        data = {"username": username, "password": password}
        return client.post("/admin/login/", data, REMOTE_ADDR=address)

    return try_it


@pytest.mark.threat("A1")
def test_wrong_tries_are_limited_by_address(sign_in):
    for _ in range(3):
        assert "Please enter the correct" in sign_in("wrong").content.decode()
    refused = sign_in("moderate!")
    assert refused.status_code == 429
    assert refused["Retry-After"] == "1200"
    page = refused.content.decode()
    assert "Too many tries to sign in from your address. Try again in 20 min" in page
    assert "Please enter the correct" not in page
    assert sign_in("moderate!", address="192.0.2.2").status_code == 302


def test_limit_holds_whichever_name_is_tried(sign_in):
    for number in range(3):
        sign_in("wrong", username=f"user{number}")
    assert "Too many tries" in sign_in("moderate!").content.decode()


def test_right_tries_give_their_use_back(sign_in):
    for _ in range(5):
        assert sign_in("moderate!").status_code == 302
    assert "Please enter the correct" in sign_in("wrong").content.decode()


@pytest.mark.threat("A1")
def test_refused_try_does_no_hashing(sign_in, monkeypatch):
    for _ in range(3):
        sign_in("wrong")
    tried = []
    monkeypatch.setattr("django.contrib.auth.forms.authenticate", tried.append)
    assert "Too many tries" in sign_in("moderate!").content.decode()
    assert not tried


def test_user_without_staff_rights_is_not_let_in_and_spends(sign_in):
    User.objects.create_user("plain", password="plain-1234")
    for _ in range(3):
        page = sign_in("plain-1234", username="plain").content.decode()
        assert "Please enter the correct" in page
    assert "Too many tries" in sign_in("plain-1234").content.decode()


def test_kept_allowance_holds_no_name_and_no_password(sign_in):
    sign_in("wrong")
    assert Allowance.objects.get().key == "login:192.0.2.1"


def test_bound_is_what_a_form_can_carry(settings):
    assert COUNTED * 20 < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
