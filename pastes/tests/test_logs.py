"""Log lines: their form, the request's number, and what is left out of them."""

import io
import json
import logging
import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django.test import Client as Browser

from pastes import logs
from pastes.models import Paste

NUMBER = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
DASHED = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"


@pytest.fixture(params=["text", "json"])
def form(request):
    return request.param


@pytest.fixture
def log(form):
    """What is logged, in one of the two forms, as it would be on stderr."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    kinds = {"text": logs.TextFormatter, "json": logs.JsonFormatter}
    handler.setFormatter(kinds[form]())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def record_of(log):
    """Return the only line's object; the form has to be JSON."""
    (line,) = log.getvalue().splitlines()
    return json.loads(line)


only_json = pytest.mark.parametrize("form", ["json"])


# Lines


@only_json
def test_line_is_one_object(log):
    logging.getLogger("pastes.x").warning("So %s", "it is.")
    record = record_of(log)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("time"))
    assert record == {"level": "warning", "logger": "pastes.x", "message": "So it is."}


def test_no_character_forges_or_colours_a_line(log, form):
    bad = "a\r\nFAKE\x1b[31m\x7f\x85\u2028\u202e\x00b"
    logging.getLogger("pastes").error("%s", bad, extra={"fields": {"word": bad}})
    said = log.getvalue()
    assert said.count("\n") == 1
    assert said[:-1].isprintable()
    assert "FAKE" in said


def test_path_that_forges_a_line_is_in_no_line(log, settings, form):
    settings.ROOT_URLCONF = "pastes.tests.broken_urls"
    settings.LOG_REQUESTS = True
    client = Browser(raise_request_exception=False)
    client.get("/%0aFAKE%1b[31m?q=%0aFAKE")
    client.get("/broken?q=%0aFAKE")
    assert "FAKE" not in log.getvalue()
    lines = log.getvalue().splitlines()
    assert all(line.isprintable() for line in lines)
    if form == "json":
        assert [json.loads(line)["message"] for line in lines] == [
            "request",
            "Internal Server Error at pastes.tests.broken_urls.broken",
            "request",
        ]


# Exceptions


def test_traceback_has_places_and_kinds_and_no_words(log):
    try:
        try:
            int("canary")
        except ValueError as error:
            raise RuntimeError("canary") from error
    except RuntimeError:
        logging.getLogger("pastes").exception("It failed.")
    said = log.getvalue()
    assert "canary" not in said.replace('int("canary")', "").replace(
        r"int(\"canary\")", ""
    ).replace('RuntimeError("canary")', "").replace(r"RuntimeError(\"canary\")", "")
    for words in ("builtins.ValueError", "builtins.RuntimeError", "test_logs.py"):
        assert words in said


@pytest.mark.django_db
def test_database_error_names_columns_and_no_values(log, make_paste):
    paste = make_paste().paste
    copy = Paste.objects.get(pk=paste.pk)
    copy.pk = None
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        copy.save(force_insert=True)
    if connection.vendor == "postgresql":
        assert paste.slug in str(failed.value)
    logging.getLogger("pastes").error("It failed.", exc_info=failed.value)
    assert paste.slug not in log.getvalue()
    assert "django.db.utils.IntegrityError" in log.getvalue()
    assert "slug" in log.getvalue()
    is_server = connection.vendor == "postgresql"
    assert ("SQLSTATE 23505 pastes_paste" in log.getvalue()) == is_server


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("canary"), "builtins.ValueError"),
        (KeyError("canary"), "builtins.KeyError"),
        (
            FileNotFoundError(2, "x", "/canary"),
            "builtins.FileNotFoundError: No such file or directory",
        ),
        (
            connection.Database.OperationalError('no "canary" b" here\nDETAIL: canary'),
            "OperationalError: no ... here",
        ),
    ],
)
def test_of_an_errors_words_stay_those_that_quote_nobody(error, words):
    assert logs.describe_error(error).endswith(words)


def test_exception_that_leads_to_itself_ends(log):
    first, second = ValueError(), RuntimeError()
    first.__context__, second.__context__ = second, first
    assert logs.describe_exception(first).count("Traceback") == 2


# A request's number


@pytest.mark.django_db
def test_answer_and_lines_have_the_requests_number(log, settings, form):
    settings.LOG_REQUESTS = True
    first = Browser().get("/about")["X-Request-ID"]
    second = Browser().get("/about")["X-Request-ID"]
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    lines = log.getvalue().splitlines()
    assert [first in lines[0], second in lines[1]] == [True, True]
    assert logs.request_id.get() == ""


@pytest.mark.parametrize(
    ("proxies", "forwarded", "given", "is_taken"),
    [
        (1, "192.0.2.1", NUMBER, True),
        (1, "192.0.2.1", DASHED, True),
        (2, "192.0.2.1, 192.0.2.2", NUMBER, True),
        # Not through all proxies, or through none that is trusted.
        (2, "192.0.2.1", NUMBER, False),
        (1, "", NUMBER, False),
        (0, "192.0.2.1", NUMBER, False),
        (1, "192.0.2.1", "secret-words", False),
        (1, "192.0.2.1", f"{NUMBER}\nFAKE", False),
        (1, "192.0.2.1", f"{NUMBER}\n", False),
        (1, "192.0.2.1", "", False),
    ],
)
def test_only_a_trusted_proxy_numbers_requests(
    client, settings, proxies, forwarded, given, is_taken
):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded, "X-Request-ID": given}
    number = client.get("/healthz", headers=headers)["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", number)
    assert (number == NUMBER) == is_taken


def test_page_and_problem_of_a_fault_tell_the_number(settings):
    settings.ROOT_URLCONF = "pastes.tests.broken_urls"
    client = Browser(raise_request_exception=False)
    page = client.get("/broken")
    assert page["X-Request-ID"] in page.content.decode()
    problem = client.get("/api/v1/broken")
    assert problem.json()["instance"].replace("-", "") == (
        f"urn:uuid:{problem['X-Request-ID']}".replace("-", "")
    )


# A request's line


@pytest.mark.django_db
@only_json
def test_line_of_a_request_says_what_it_was_and_not_whose(log, settings, make_paste):
    settings.LOG_REQUESTS = True
    slug = make_paste("canary").paste.slug
    Browser().get(f"/{slug}/raw?canary=canary", REMOTE_ADDR="203.0.113.77")
    record = record_of(log)
    assert record["ms"] >= 0
    assert re.fullmatch(r"[0-9a-f]{8}", record["paste"])
    kept = ("method", "route", "status", "bytes", "client")
    assert {name: record[name] for name in kept} == {
        "method": "GET",
        "route": "pastes:raw",
        "status": 200,
        "bytes": 6,
        "client": "203.0.113.0/24",
    }
    for word in (slug, "canary", "203.0.113.77"):
        assert word not in log.getvalue()


@pytest.mark.django_db
def test_lines_of_requests_can_be_left_out(log, settings):
    settings.LOG_REQUESTS = False
    assert "X-Request-ID" in Browser().get("/about")
    assert log.getvalue() == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:aa:bb:cc:dd:ee:ff", "2001:db8:aa::/48"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_address_is_cut_to_its_network(address, network):
    assert logs.network_of(address) == network


def test_route_of_a_request_that_came_to_none():
    assert logs.route_of(HttpRequest()) == "none"
