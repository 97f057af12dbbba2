"""Rate limits: exact, also when many processes spend at once."""

import pytest

from pastes import limits
from pastes.models import Allowance
from pastes.tests.conftest import run_script

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_store")]

NOW = 1_800_000_000.0


def spend_many(rule, count, now=NOW):
    return [limits.spend(rule, "key", now=now).wait for _ in range(count)]


def wait_of(rule, seconds):
    return limits.spend(rule, "key", now=NOW + seconds).wait


def test_all_uses_may_come_at_once_and_no_more():
    waits = spend_many("3/m", 5)
    assert waits[:3] == [0, 0, 0]
    assert waits[3:] == [20, 20]


def test_one_use_comes_back_after_its_share_of_the_period():
    spend_many("3/m", 3)
    assert wait_of("3/m", 19) > 0
    assert wait_of("3/m", 20) == 0
    assert wait_of("3/m", 20) == 20


def test_after_a_whole_period_all_are_back():
    spend_many("3/m", 3)
    assert spend_many("3/m", 3, now=NOW + 60) == [0, 0, 0]


def test_refused_use_costs_nothing():
    spend_many("3/m", 100)
    assert wait_of("3/m", 20) == 0


def test_what_is_left_and_when_more_is_there():
    spent = [limits.spend("3/m", "key:a:b", now=NOW) for _ in range(4)]
    assert [each.remaining for each in spent] == [2, 1, 0, 0]
    # Until all are back; with none left, until the next one is.
    assert [each.reset for each in spent] == [20, 40, 20, 20]
    assert spent[-1].wait == 20
    assert {each.policy for each in spent} == {"key"}


@pytest.mark.parametrize("rule", ["7/h", "60/h", "600/m", "13/1d", "999/s", "1/1y"])
def test_every_use_of_a_rule_is_counted_down_by_one(rule):
    uses = limits.parse_rule(rule).uses
    spent = [limits.spend(rule, "key", now=NOW) for _ in range(uses)]
    assert [each.remaining for each in spent] == list(range(uses - 1, -1, -1))
    assert not any(each.wait for each in spent)
    assert limits.spend(rule, "key", now=NOW).wait > 0


def test_given_back_use_can_be_spent_again():
    spent = [limits.spend("3/m", "key", now=NOW) for _ in range(3)]
    limits.give_back(spent[0])
    assert spend_many("3/m", 2) == [0, 20]


def test_refused_use_cannot_be_given_back():
    spend_many("3/m", 3)
    limits.give_back(limits.spend("3/m", "key", now=NOW))
    assert spend_many("3/m", 1) == [20]


def test_refilled_allowance_is_whole():
    spend_many("3/m", 3)
    assert limits.refill("key")
    assert spend_many("3/m", 4) == [0, 0, 0, 20]
    assert not limits.refill("other")


def test_step_too_short_for_a_float_is_taken():
    # Of seconds since 1970 a float tells quarters of a microsecond apart.
    taken = [limits.spend("999999999/s", "key") for _ in range(20)]
    assert not any(each.wait for each in taken)


def test_keys_do_not_share():
    spend_many("1/m", 1)
    assert limits.spend("1/m", "other", now=NOW).wait == 0


def test_off_never_refuses_and_keeps_nothing(shared_cache):
    assert spend_many("off", 100) == [0] * 100
    limits.give_back(limits.spend("off", "key"))
    assert not Allowance.objects.exists()
    assert shared_cache.dbsize() == 0


def test_forgotten_once_whole_again(settings):
    settings.CACHE_URL = ""
    spend_many("3/m", 2)
    assert limits.forget(now=NOW + 39) == 0
    assert limits.forget(now=NOW + 41) == 1


@pytest.mark.parametrize("text", ["", "60", "0/h", "x/h", "5/", "5/10", "-1/h"])
def test_malformed_rule_is_refused(text):
    with pytest.raises(ValueError, match="is not"):
        limits.parse_rule(text)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:FFFF::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("", "unknown"),
    ],
)
@pytest.mark.threat("P1")
def test_ipv6_is_counted_by_its_home(address, key):
    assert limits.client_key(address) == key


# The table alone: to make all of them takes longer than the rest.
SPENDERS = """
import django; django.setup()
from django.db import connection
from pastes import limits, shared_cache
from pastes.models import Allowance
from pastes.tests.forks import at_once

def spend():
    return sum(limits.spend("40/d", "shared").wait == 0 for _ in range(10))

if not shared_cache.is_set():
    with connection.schema_editor() as editor:
        editor.create_model(Allowance)
print(sum(at_once(8, spend, warm_up=lambda: limits.spend("1/d", "warm-up"))))
"""


@pytest.mark.threat("P1")
def test_eight_processes_spend_exactly_the_allowance(tmp_path, settings):
    assert run_script(tmp_path, SPENDERS, CACHE_URL=settings.CACHE_URL) == "40\n"
