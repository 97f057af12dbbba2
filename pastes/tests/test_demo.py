"""The command demo: what it fills a site with, where it refuses, what it clears."""

import ipaddress
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from pastes import services
from pastes.management.commands.demo import SMALLEST
from pastes.management.demo.plan import Plan
from pastes.models import Block, Decision, Paste, Report, Tombstone
from pastes.services import demonstrating, mailing
from pastes.services.selecting import select_pastes

pytestmark = pytest.mark.django_db

EXAMPLES = [
    ipaddress.ip_network(each)
    for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


def run(*words, **options):
    output = StringIO()
    call_command("demo", *words, stdout=output, **options)
    return output.getvalue()


@pytest.fixture(scope="module")
def said(django_db_setup, django_db_blocker):
    """A small demonstration that all tests here look at, and what the command said."""
    with django_db_blocker.unblock():
        yield run(size=SMALLEST)
        demonstrating.clear_demonstration()


@pytest.fixture(autouse=True)
def filled(said, db):
    """Each test starts with the filled site, and what it changes is rolled back."""


def counts():
    models = (Paste, Report, Decision, Block, LogEntry, Tombstone)
    return [model.objects.count() for model in models]


def titled(words):
    return Paste.objects.filter(title__icontains=words)


def test_it_says_what_is_there_and_the_moderator_can_sign_in(said, client):
    assert said.startswith(f"{SMALLEST} pastes and what became of them are here.\n")
    assert Paste.objects.count() == SMALLEST
    name, password = re.search(r"as (\w+), password (\w+)", said).groups()
    assert client.login(username=name, password=password)
    user = User.objects.get(username=name)
    assert user.is_staff
    assert user.groups.get().name == "Moderators"
    assert client.get("/admin/pastes/paste/").status_code == 200


def test_a_locked_paste_opens_with_the_password_that_is_printed(said):
    locked = dict(re.findall(r"/(\w+) is locked with the password (\S+)", said))
    assert len(locked) == Paste.objects.exclude(password_hash="").count() == 5
    slug, password = locked.popitem()
    assert services.open_paste(slug, password=password, client=None).text
    with pytest.raises(services.WrongPassword):
        services.open_paste(slug, password="x", client=None)


def test_pastes_are_spread_over_a_month_in_the_order_of_their_keys():
    times = list(Paste.objects.order_by("pk").values_list("created_at", flat=True))
    assert times == sorted(times)
    assert times[-1] <= timezone.now()
    assert timezone.now() - timedelta(days=30) <= times[0]
    assert timezone.now() - timedelta(days=20) > times[0]
    lives = Paste.objects.exclude(expires_at=None)
    assert lives.filter(expires_at__gt=timezone.now()).count() > 5
    assert lives.filter(expires_at__lt=timezone.now()).count() == 2


def test_all_kinds_of_pastes_and_states_are_there():
    states = set(Paste.objects.values_list("state", flat=True))
    assert states == {"live", "held", "hidden"}
    assert Paste.objects.order_by().values("syntax").distinct().count() > 12
    assert Paste.objects.filter(burned_at__isnull=False).count() == 2
    assert Paste.objects.filter(is_burn=True, burned_at=None).count() == 4
    assert Paste.objects.filter(fork_of__isnull=False).count() > 4
    assert Paste.objects.filter(views__gt=100).exists()
    assert not Paste.objects.filter(edited_at__isnull=False).exists()
    large = Paste.objects.order_by("-size").first()
    assert 950_000 < large.size <= 1_000_000
    lines = (row.data.splitlines() for row in Paste.objects.filter(size__lt=100_000))
    assert max(len(line) for each in lines for line in each) > 2000


def test_cases_wait_and_the_most_reported_one_is_the_first():
    first = Paste.objects.open_cases().first()
    assert first.title == "Your account was limited"
    assert first.open_reports == first.reports.count() == 7
    assert first.case_opened_at == first.reports.earliest("created_at").created_at
    assert timezone.now() - first.case_opened_at > timedelta(days=1)
    for held in Paste.objects.filter(state="held"):
        assert sum(points for _, points, _ in held.held_because) > 10
        assert held.case_opened_at == held.created_at


def test_what_was_decided_is_on_the_record_with_its_date():
    acts = set(Decision.objects.values_list("act", flat=True))
    assert acts == {"kept", "held", "hidden", "restored", "closed", "blocked"}
    paste = titled("free licence").get()
    entry = Decision.objects.get(slug=paste.slug).entry
    assert entry.user.username == "moderator"
    assert paste.state == "hidden"
    age = timezone.now() - entry.action_time
    assert timedelta(days=23) < age < timedelta(days=25)
    report = paste.reports.get()
    assert report.closed_at == entry.action_time
    assert paste.created_at < report.created_at < report.closed_at
    for decision in Decision.objects.exclude(slug="").select_related("entry"):
        made = Paste.objects.get(slug=decision.slug).created_at
        assert made <= decision.entry.action_time < timezone.now()


def test_what_was_undone_is_as_before():
    undone = Decision.objects.filter(act="restored").values_list("slug", flat=True)
    pastes = Paste.objects.filter(slug__in=undone)
    assert pastes.count() == 2
    for paste in pastes:
        assert (paste.state, paste.open_reports) == ("live", 1)


def test_nobody_gets_a_mail(settings, mailoutbox):
    settings.ABUSE_EMAIL = "abuse@example.org"
    settings.EMAIL_URL = "smtp://mail.example.org"
    mailing.send_due_mail(now=timezone.now() + timedelta(days=1))
    assert mailoutbox == []
    assert not Report.objects.exclude(told_at=F("created_at")).exists()


def test_blocks_hold_and_belong_to_their_pastes():
    kinds = set(Block.objects.values_list("kind", flat=True))
    assert kinds == {"network", "text", "host", "words"}
    assert not Block.objects.filter(paste=None).exists()
    old = Block.objects.get(kind="text").paste
    hits = services.blocking.find_hits(old.data, "")
    assert "text" in {hit.block.kind for hit in hits}
    now = timezone.now()
    for block in Block.objects.all():
        assert block.created_at < now - timedelta(hours=12)
        assert block.expires_at is None or block.expires_at > now


def test_a_wave_is_found_by_one_of_its_texts():
    wave = titled("pills")
    found = {p.pk for p in select_pastes(like=wave.first().slug).pastes}
    assert len(found) > wave.count() / 2
    assert found <= set(wave.values_list("pk", flat=True))


def test_addresses_and_hosts_are_examples():
    rows = Paste.objects.exclude(client_address=None)
    known = set(rows.values_list("client_address", flat=True))
    known |= set(
        Report.objects.exclude(client_address=None).values_list(
            "client_address", flat=True
        )
    )
    for address in map(ipaddress.ip_address, known):
        assert any(address in network for network in EXAMPLES), address
    assert len(known) > 20
    assert not rows.filter(created_at__lt=timezone.now() - timedelta(days=14)).exists()
    texts = "\n".join(row.data.decode() for row in Paste.objects.all())
    contacts = "\n".join(Report.objects.values_list("contact", flat=True))
    named = set(re.findall(r"(?:://|@)([\w.-]+\.[a-z]+)\b", texts + contacts))
    assert len(named) > 20
    for host in named - {"t.me"}:
        assert re.search(r"(^|\.)example(\.org|\.net)?$", host), host


def test_nobody_owns_what_it_made():
    for paste in Paste.objects.without_text():
        assert paste.owner_digest == demonstrating.owner_digest(paste.slug)
    slug = titled("pills").first().slug
    with pytest.raises(services.Forbidden):
        services.delete_paste(slug, owner_token=demonstrating.owner_digest(slug))


def test_the_same_seed_gives_the_same_events():
    now = timezone.now()
    one, same, other = (
        Plan(size=SMALLEST, seed=seed, now=now, most_bytes=1000).events
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


# Where it refuses, and what it clears


def refusal(*words, **options):
    before = counts()
    with pytest.raises(CommandError) as refused:
        run(*words, **options)
    assert counts() == before
    assert refused.value.returncode == 1
    return str(refused.value)


def test_it_refuses_where_it_is_already():
    assert "is here already" in refusal()


def test_it_refuses_where_a_real_paste_is(make_paste):
    make_paste()
    assert "This site has real pastes" in refusal()
    run("--clear")
    assert "This site has real pastes" in refusal()
    assert Paste.objects.count() == 1


@pytest.mark.parametrize("size", [SMALLEST - 1, 5001])
def test_it_refuses_a_size_that_shows_nothing(size):
    assert "--size is a number from" in refusal(size=size)


def test_it_leaves_another_user_of_that_name_alone():
    run("--clear")
    User.objects.create_user("moderator", "real@example.org", "secret")
    assert "There is a user called moderator already" in refusal()
    run("--no-user", size=SMALLEST)
    assert Decision.objects.filter(entry__user__username="moderator").count() == 0
    run("--clear")
    assert User.objects.get(username="moderator").check_password("secret")


def test_clearing_takes_what_it_made_and_nothing_else(make_paste):
    real = make_paste(fork_of=titled("pills").first().slug).paste
    services.report_paste(real.slug, reason="spam", client=None)
    boss = User.objects.create_user("boss", is_staff=True)
    services.moderate([real.slug], "hide", reason="spam", blocks=["text"], by=boss)
    # A trial of the blocks on what the demonstration made goes with it.
    trial = titled("pills").first()
    services.moderate([trial.slug], "hide", reason="spam", blocks=["text"], by=boss)
    assert counts() > [SMALLEST, 1, 3, 2, 3, 1]
    said = run("--clear")
    assert f"{SMALLEST} pastes and " in said
    assert "1 paste stays, which the demonstration did not make." in said
    assert counts() == [1, 1, 2, 1, 2, 1]
    real.refresh_from_db()
    assert (real.state, real.fork_of) == ("hidden", None)
    assert not User.objects.filter(username="moderator").exists()


def test_blocks_go_even_where_their_paste_is_gone_already():
    services.moderate(
        Paste.objects.values_list("slug", flat=True), "delete", reason="spam", by=None
    )
    assert set(Block.objects.values_list("paste", flat=True)) == {None}
    run("--clear")
    assert not Block.objects.exists()


def test_clearing_twice_takes_nothing_more():
    run("--clear")
    assert run("--clear") == "0 pastes and 0 blocks of the demonstration removed.\n"


def test_a_moderator_on_the_record_of_a_real_paste_is_kept_but_locked(make_paste):
    user = User.objects.get(username="moderator")
    real = make_paste().paste
    services.hide_paste(real.slug, reason="spam", by=user)
    assert "The user moderator is on the record" in run("--clear")
    user.refresh_from_db()
    assert not user.is_active
    assert not user.has_usable_password()
    assert Decision.objects.get().entry.user == user


def test_it_fits_into_a_site_with_narrow_rules(settings):
    run("--clear")
    settings.PASTE_MAX_LIFETIME = "1d"
    settings.PASTE_MAX_BYTES = 60_000
    settings.REPORTS_HOLD_AT = 1
    run(size=SMALLEST)
    assert Paste.objects.count() == SMALLEST
    day = timezone.now() - timedelta(days=1)
    assert (
        Paste.objects.filter(created_at__gt=day, size__lte=60_000).count() == SMALLEST
    )
    assert not Paste.objects.filter(expires_at=None).exists()
