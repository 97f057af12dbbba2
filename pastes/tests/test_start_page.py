"""The admin's start page: who sees which figures, what they say and where they lead."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pastes import services
from pastes.admin.start import FULL, LEAST, scale
from pastes.models import Block, Paste, Report
from pastes.services import Client
from pastes.tests.test_admin import staff_client

pytestmark = pytest.mark.django_db

START = "/admin/"
LIST = "/admin/pastes/paste/"


def page_of(client, **headers):
    response = client.get(START, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def figures(client):
    """Return the large figures: their names with value and link."""
    context = client.get(START).context
    return {each.name: (each.value, each.url) for each in context["figures"]}


def words_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_large_figures_lead_to_what_they_count(moderator, make_paste):
    client, user = moderator
    held, reported, hidden = [make_paste().paste for _ in range(3)]
    now = timezone.now()
    Paste.objects.filter(pk=held.pk).update(state="held", case_opened_at=now)
    services.report_paste(reported.slug, reason="spam", details="", client=None)
    services.hide_paste(hidden.slug, reason="spam", by=user)
    found = figures(client)
    assert found["open cases"] == ("2", "/admin/pastes/case/")
    assert found["held for review"] == ("1", f"{LIST}?state__exact=held")
    assert found["hidden"] == ("1", f"{LIST}?state__exact=hidden")
    assert found["pastes today"][0] == "3"
    assert found["report today"][0] == "1"
    assert re.search(r"\d+(\.\d)? [KM]iB", found["storage"][0])
    for _value, url in found.values():
        assert not url or client.get(url).status_code == 200, url
    listed = client.get(found["hidden"][1]).context["cl"].result_list
    assert [paste.slug for paste in listed] == [hidden.slug]


def test_open_cases_are_those_of_now(moderator, make_paste):
    client, user = moderator
    slug = make_paste().paste.slug
    services.report_paste(slug, reason="spam", details="", client=None)
    assert figures(client)["open case"][0] == "1"
    services.hide_paste(slug, reason="spam", by=user)
    assert figures(client)["open cases"][0] == "0"
    assert "nothing waits" in page_of(client)


def test_page_says_when_it_counted(moderator):
    at = moderator[0].get(START).context["counted_at"]
    assert f"As of {at:%H:%M} UTC" in page_of(moderator[0])


def test_reload_asks_for_no_figure_but_the_open_cases(
    moderator, make_paste, django_assert_max_num_queries
):
    make_paste()
    client, _ = moderator
    page_of(client)
    # Session, user, two for its rights, the busiest blocks, the cases, recent actions.
    with django_assert_max_num_queries(8) as queries:
        page_of(client)
    counting = [each["sql"] for each in queries if "COUNT(" in each["sql"]]
    assert len(counting) == 1
    assert "case_opened_at" in counting[0]


def test_who_may_not_see_pastes_sees_no_figure(make_paste):
    make_paste(title="secret", client=Client("192.0.2.7"))
    page = page_of(staff_client())
    assert "192.0.2.7" not in page
    assert 'class="glance"' not in page
    assert "Recent actions" in page


def test_blocks_are_for_who_may_see_blocks(moderator):
    Block.objects.create(kind="host", pattern="evil.example", reason="spam", hits=3)
    assert "evil.example" in page_of(moderator[0])
    page = page_of(staff_client("view_paste"))
    assert "Makers" in page
    assert "evil.example" not in page


def test_makers_are_named_by_address_and_never_by_digest(moderator, make_mine):
    paste = make_mine(client=Client("192.0.2.7")).paste
    page = page_of(moderator[0])
    assert f'href="{LIST}?q=192.0.2.7"' in page
    assert paste.maker_digest
    assert paste.maker_digest not in page
    assert paste.owner_digest not in page
    listed = moderator[0].get(f"{LIST}?q=192.0.2.7").context["cl"].result_list
    assert [each.slug for each in listed] == [paste.slug]


def test_link_of_a_maker_lists_a_whole_network(moderator, make_paste):
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        make_paste(client=Client(address))
    [url] = [
        row.url
        for title, _counted, rows in moderator[0].get(START).context["groups"]
        for row in rows
        if row.name == "2001:db8::/64"
    ]
    listed = moderator[0].get(url).context["cl"].result_list
    assert {each.client_address for each in listed} == {"2001:db8::1", "2001:db8::2"}


def test_every_bar_is_in_the_table_too(moderator, make_paste):
    paste = make_paste().paste
    for ago in (0, 1, 1, 1, 5):
        moment = timezone.now() - timedelta(days=ago)
        Report.objects.create(paste=paste, reason="spam", created_at=moment)
    pictures = moderator[0].get(START).context["pictures"]
    assert [each.key for each in pictures] == ["pastes", "reports"]
    bars = pictures[1].bars
    assert [bar.count for bar in bars[-6:]] == ["1", "0", "0", "0", "3", "1"]
    assert bars[-2].height == FULL
    assert bars[-3].height == 0
    assert bars[-1].height == round(FULL / 3)
    assert all(bar.y + bar.height == FULL for bar in bars)
    assert [bar.is_today for bar in bars] == [False] * 29 + [True]
    words = words_of(page_of(moderator[0]))
    assert "5 in 30 days; at most 3, on" in words
    today, yesterday = bars[-1].date, bars[-2].date
    assert f"{today:%B} {today.day}, today 1" in words
    assert f"{yesterday:%B} {yesterday.day} 3" in words


def test_picture_of_nothing_says_so(moderator):
    page = page_of(moderator[0])
    assert page.count("None in 30 days.") == 2
    assert page.count("None yet.") == 3


def test_one_among_thousands_is_still_seen():
    assert scale(1, 100_000) == LEAST
    assert scale(0, 100_000) == 0


def test_numbers_are_grouped_as_the_reader_has_them_and_lengths_are_not(
    moderator, make_paste
):
    paste = make_paste().paste
    Report.objects.bulk_create(Report(paste=paste, reason="spam") for _ in range(1_234))
    client, _ = moderator
    assert "1,234" in page_of(client)
    page = page_of(client, accept_language="de")
    page = page.partition('class="glance"')[2].partition("content-main")[0]
    assert "1.234" in page
    for length in re.findall(r' (?:x|y|width|height|viewBox)="([^"]*)"', page):
        assert re.fullmatch(r"[\d ]+", length), length


def test_titles_and_patterns_are_escaped(moderator):
    words = "<script>alert(1)</script>"
    Block.objects.create(kind="words", pattern=words, reason="spam", hits=1)
    page = page_of(moderator[0])
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_text_block_is_named_by_the_start_of_its_digest(moderator):
    Block.objects.create(kind="text", pattern="ab" * 32, reason="spam", hits=1)
    page = page_of(moderator[0])
    assert "Text: abababababa…" in page
    assert "ab" * 8 not in page


def test_recent_actions_say_what_was_done_and_why(moderator, make_paste):
    client, user = moderator
    kept, deleted = make_paste().paste, make_paste().paste
    services.hide_paste(kept.slug, reason="malware", note="fetches a file", by=user)
    services.moderate([deleted.slug], "delete", reason="spam", by=user)
    other = User.objects.create_user("other")
    services.restore_paste(kept.slug, note="of somebody else", by=other)
    page = page_of(client)
    assert "Hidden: malware or phishing (fetches a file)" in page
    assert "Deleted: spam or advertising" in page
    assert f'href="{LIST}{kept.pk}/change/"' in page
    assert f'href="{LIST}{deleted.pk}/change/"' not in page
    assert "of somebody else" not in page
