"""Mail to the moderators and to reporters, and a real SMTP conversation."""

import contextlib
import email
import email.policy
import queue
import socketserver
import threading
import time
import urllib.request
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.utils import timezone

from pastes import checks, housekeeping, services
from pastes.models import Decision, Lease, Report
from pastes.services import Client, mailing
from pastes.tests.conftest import running_site
from pastes.tests.test_checks import manage

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_mail(settings):
    settings.EMAIL_URL = "memorymail://"
    settings.ABUSE_EMAIL = "abuse@example.org"
    settings.DEFAULT_FROM_EMAIL = "abuse@example.org"
    settings.SITE_URL = "https://paste.example.org"
    return settings


def report(slug, number=1, **values):
    client = Client(f"192.0.2.{number}")
    services.report_paste(slug, **{"reason": "spam", "client": client} | values)


def tick():
    """Do what is due, as if a minute had passed."""
    Lease.objects.update(held_until=timezone.now())
    housekeeping.tick()


# To the moderators


def test_moderators_are_told_by_the_next_tick_and_once(client, make_paste, with_mail):
    paste = make_paste("canary text", title="canary title", client=Client("10.1.2.3"))
    slug = paste.paste.slug
    client.post(
        f"/{slug}/report",
        {"reason": "malware", "details": "line 3\nis bad", "contact": "r@example.org"},
    )
    assert mail.outbox == []
    tick()
    (message,) = mail.outbox
    assert message.to == ["abuse@example.org"]
    assert message.subject == "[Pastebin] 1 new report"
    assert "https://paste.example.org/admin/pastes/paste/" in message.body
    assert f"https://paste.example.org/admin/pastes/paste/{paste.paste.pk}/" in (
        message.body
    )
    assert "malware or phishing" in message.body
    assert "> line 3\n  > is bad" in message.body
    for secret in ("canary", slug, "127.0.0.1", "10.1.2.3", "r@example.org", "&#"):
        assert secret not in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    tick()
    assert len(mail.outbox) == 1
    assert Report.objects.get().told_at is not None


def test_site_without_an_address_of_its_own_names_the_path(make_paste, with_mail):
    with_mail.SITE_URL = ""
    report(make_paste().paste.slug)
    tick()
    assert "\n/admin/pastes/case/\n" in mail.outbox[0].body


def test_hold_by_reports_is_told(make_paste, with_mail):
    with_mail.REPORTS_HOLD_AT = 2
    slug = make_paste().paste.slug
    report(slug, 1)
    report(slug, 2)
    tick()
    assert "Held for review" in mail.outbox[0].body
    assert mail.outbox[0].subject == "[Pastebin] 2 new reports"


def test_flood_is_one_short_mail(make_paste, with_mail):
    slugs = [make_paste().paste.slug for _ in range(mailing.MOST_PASTES + 4)]
    for slug in slugs:
        report(slug, details="x" * 2000)
    for number in range(30):
        report(slugs[-1], number)
    tick()
    (message,) = mail.outbox
    total = len(slugs) + 30
    assert f"{total} new reports" in message.subject
    assert message.body.count("/change/") == mailing.MOST_PASTES
    # The most reported is the first.
    assert message.body.index("31 new reports") < message.body.index("1 new report.")
    assert f"and {31 - mailing.MOST_REPORTS} more" in message.body
    assert "4 more pastes were reported (4 reports)" in message.body
    assert len(message.body) < 20_000
    assert not Report.objects.filter(told_at__isnull=True).exists()


def test_words_of_a_reader_change_nothing_but_their_lines(make_paste, with_mail):
    with_mail.SITE_NAME = "Paste\r\nBcc: evil@example.org"
    words = "a\r\nBcc: b@example.org\r\n.\r\n\x1b[2J\u202eend <b>&"
    report(make_paste().paste.slug, details=words)
    tick()
    (message,) = mail.outbox
    assert message.recipients() == ["abuse@example.org"]
    parsed = email.message_from_bytes(
        message.message().as_bytes(), policy=email.policy.default
    )
    assert parsed["Bcc"] is None
    assert parsed["Subject"] == "[Paste Bcc: evil@example.org] 1 new report"
    assert "  > Bcc: b@example.org\n  > .\n  > [2Jend <b>&\n" in message.body


def test_without_mail_nothing_is_sent_and_nothing_piles_up(make_paste, settings):
    settings.ABUSE_EMAIL = "abuse@example.org"
    assert settings.EMAIL_URL == ""
    slug = make_paste().paste.slug
    report(slug)
    tick()
    settings.EMAIL_URL = "memorymail://"
    tick()
    assert mail.outbox == []
    report(slug)
    tick()
    assert mail.outbox[0].subject == "[Pastebin] 1 new report"


def test_report_whose_paste_went_meanwhile_is_no_mail(make_paste, with_mail):
    new = make_paste()
    report(new.paste.slug)
    services.delete_paste(new.paste.slug, owner_token=new.owner_token)
    tick()
    assert mail.outbox == []


def test_mail_is_in_the_sites_language(make_paste, with_mail, client):
    with_mail.LANGUAGE_CODE = "de"
    slug = make_paste().paste.slug
    client.post(
        f"/{slug}/report", {"reason": "spam"}, headers={"Accept-Language": "fr"}
    )
    tick()
    assert "Spam oder Werbung" in mail.outbox[0].body


def test_reports_are_claimed_by_one_of_two_machines(make_paste):
    for number in range(5):
        report(make_paste().paste.slug, number)
    now = timezone.now()
    first, second = mailing.claim_untold(now), mailing.claim_untold(now)
    assert (len(first), second) == (5, [])


# To the reporters


def close(act="hidden", reason="spam", ago=timedelta(minutes=11), batch="0" * 32):
    """Close every open report, as a moderator's decision does."""
    from django.contrib.auth.models import User

    user, _ = User.objects.get_or_create(username="secret-moderator")
    entry = LogEntry.objects.create(user=user, action_flag=2)
    decision = Decision.objects.create(
        entry=entry, act=act, reason=reason, note="secret note", batch=batch
    )
    Report.objects.filter(closed_at__isnull=True).update(
        closed_at=timezone.now() - ago, decision=decision
    )
    return decision


@pytest.mark.parametrize(
    ("act", "reason", "words"),
    [
        ("hidden", "malware", "was taken down: malware or phishing."),
        ("kept", "", "was looked at, and it stays."),
    ],
)
def test_reporter_is_answered_once_and_forgotten(
    make_paste, with_mail, act, reason, words
):
    slug = make_paste("canary").paste.slug
    report(slug, details="words", contact="reader@example.org")
    report(slug, 2)
    tick()
    mail.outbox.clear()
    close(act, reason)
    tick()
    (message,) = mail.outbox
    assert message.to == ["reader@example.org"]
    assert words in message.body
    for secret in ("canary", slug, "secret", "words", "192.0.2"):
        assert secret not in message.body
    assert slug[:5] in message.body
    assert not Report.objects.exclude(contact="").exists()
    tick()
    assert len(mail.outbox) == 1


def test_reporter_of_a_paste_that_is_held_still_is_told_so(make_paste, with_mail):
    with_mail.REPORTS_HOLD_AT = 1
    slug = make_paste().paste.slug
    report(slug, contact="reader@example.org")
    tick()
    mail.outbox.clear()
    close("closed", "")
    tick()
    (message,) = mail.outbox
    assert "was looked at. Nobody can read it at present." in message.body


def test_answer_waits_for_an_undo(make_paste, with_mail):
    report(make_paste().paste.slug, contact="reader@example.org")
    close(ago=timedelta(minutes=9))
    tick()
    assert [each.to for each in mail.outbox] == [["abuse@example.org"]]
    Report.objects.update(closed_at=None, decision=None)
    tick()
    assert len(mail.outbox) == 1
    assert Report.objects.get().contact == "reader@example.org"


def test_one_address_gets_one_mail_for_many_reports(make_paste, with_mail):
    for number in range(5):
        report(make_paste().paste.slug, number, contact="reader@example.org")
    tick()
    mail.outbox.clear()
    close()
    tick()
    (message,) = mail.outbox
    assert message.body.count("was taken down") == 5


def test_moderator_may_choose_not_to_answer(make_paste, with_mail):
    report(make_paste().paste.slug, contact="reader@example.org")
    tick()
    mail.outbox.clear()
    decision = close()
    assert services.answer_reports(decision.batch, is_wanted=True) == 1
    assert services.answer_reports(decision.batch, is_wanted=False) == 0
    tick()
    assert mail.outbox == []
    assert Report.objects.get().contact == ""


def test_without_mail_contacts_of_closed_reports_are_forgotten(make_paste):
    report(make_paste().paste.slug, contact="reader@example.org")
    close()
    tick()
    assert mail.outbox == []
    assert Report.objects.get().contact == ""


# Settings


def test_mail_without_an_address_to_tell_is_warned_of(settings):
    assert checks.check_mail() == []
    settings.EMAIL_URL = "smtp://localhost:25"
    assert [each.id for each in checks.check_mail()] == ["pastes.W011"]
    settings.ABUSE_EMAIL = "abuse at example.org"
    settings.DEFAULT_FROM_EMAIL = "Paste <abuse@example.org>"
    assert [each.id for each in checks.check_mail()] == ["pastes.E011"]
    settings.ABUSE_EMAIL = "abuse@example.org"
    assert checks.check_mail() == []


@pytest.mark.parametrize("url", ["mail.example.org", "smtp://", "gopher://secret@x"])
def test_malformed_mail_server_ends_with_a_sentence(tmp_path, url):
    done = manage(tmp_path, "check", EMAIL_URL=url)
    assert done.returncode == 1
    assert "EMAIL_URL must" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_mail_server_may_come_from_a_file(tmp_path):
    secret = tmp_path / "mail"
    secret.write_text("smtp+tls://me:p%40ss@mail.example.org")
    code = (
        "from django.conf import settings as s;"
        "print(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_HOST_PASSWORD)"
    )
    done = manage(tmp_path, "shell", "-v0", "-c", code, EMAIL_URL_FILE=str(secret))
    assert done.stdout == "mail.example.org 587 True p@ss\n", done.stderr


# A real conversation


class Conversation(socketserver.StreamRequestHandler):
    """As much SMTP (RFC 5321) as a client needs to hand a mail over."""

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 test")
        while line := self.rfile.readline():
            word = line.split(maxsplit=1)[0].upper() if line.strip() else b""
            refusal = self.server.refusals.get(word)
            if refusal:
                self.say(refusal)
            elif word == b"EHLO":
                self.say("250 test")
            elif word == b"DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.put(b"".join(lines))
                self.say("250 kept")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")


@contextlib.contextmanager
def mail_server():
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.mails = queue.Queue()
        server.refusals = {}
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def smtp(with_mail):
    with mail_server() as server:
        host, port = server.server_address
        with_mail.EMAIL_URL = f"smtp://{host}:{port}"
        with_mail.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        with_mail.EMAIL_HOST, with_mail.EMAIL_PORT = host, port
        yield server


@pytest.mark.threat("T3")
def test_mail_that_fails_is_tried_again_and_tells_the_log_no_secret(
    make_paste, smtp, caplog, settings
):
    slug = make_paste().paste.slug
    report(slug, details="canary", contact="reader@example.org")
    smtp.refusals[b"MAIL"] = "451 later"
    tick()
    assert Report.objects.get().told_at is None
    close()
    tick()
    assert Report.objects.get().contact == "reader@example.org"
    assert "SMTPSenderRefused 451" in caplog.text
    for secret in (slug, "canary", "example.org"):
        assert secret not in caplog.text
    smtp.refusals.clear()
    tick()
    received = [smtp.mails.get(timeout=10) for _ in range(2)]
    assert b"To: abuse@example.org" in received[0]
    assert b"To: reader@example.org" in received[1]
    assert Report.objects.get().told_at is not None
    assert Report.objects.get().contact == ""


def test_server_that_is_away_ends_nothing(make_paste, smtp, settings, caplog):
    settings.EMAIL_PORT = 1
    report(make_paste().paste.slug)
    tick()
    assert Report.objects.get().told_at is None
    assert "ConnectionRefusedError" in caplog.text


def test_address_that_is_refused_for_good_is_forgotten(make_paste, smtp, caplog):
    report(make_paste().paste.slug, contact="reader@example.org")
    tick()
    close()
    smtp.refusals[b"RCPT"] = "550 nobody"
    tick()
    assert Report.objects.get().contact == ""
    assert "given up: SMTPRecipientsRefused" in caplog.text


def test_served_site_tells_a_mail_server_of_a_report(tmp_path):
    with mail_server() as server:
        host, port = server.server_address
        with running_site(
            tmp_path / "data",
            EMAIL_URL=f"smtp://{host}:{port}",
            ABUSE_EMAIL="abuse@example.org",
        ) as site:
            link = post(f"{site.url}/", b"canary").strip().decode()
            post(
                f"{site.url}/api/v1/pastes/{link[-12:]}/reports",
                b'{"reason": "malware", "details": "look"}',
                type="application/json",
            )
            began = time.monotonic()
            # The first tick after the start is TICK_SECONDS away.
            raw = server.mails.get(timeout=120)
            assert time.monotonic() - began < 120
    received = email.message_from_bytes(raw, policy=email.policy.default)
    assert received["To"] == received["From"] == "abuse@example.org"
    body = received.get_content()
    assert "malware or phishing" in body
    assert "canary" not in body
    assert link[-12:] not in body
    assert server.mails.empty()


def post(url, data, type="text/plain"):
    request = urllib.request.Request(url, data, {"Content-Type": type})
    return urllib.request.urlopen(request, timeout=30).read()
