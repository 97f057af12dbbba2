"""What the signs of spam catch, and what they must not hold."""

import random
import re
import time

import pytest

from pastes import spam
from pastes.tests import alike
from pastes.tests.conftest import ROOT
from pastes.tests.spam import BUSY, EACH, held, points, prose, texts, traps, waves


@pytest.fixture
def threshold(settings):
    return settings.SPAM_HOLD_AT


def share(counts):
    return sum(counts.values()) / (EACH * len(counts))


def test_spam_is_held_and_what_looks_like_it_is_not(threshold, record_property):
    caught, unseen = held(waves.TUNED, threshold), held(waves.UNSEEN, threshold)
    alarms = [
        held(kinds, threshold, BUSY)
        for kinds in (traps.TUNED, traps.UNSEEN, alike.LOGS)
    ]
    false = {name: n for counts in alarms for name, n in counts.items() if n}
    honest = EACH * sum(map(len, alarms))
    record_property(
        "summary",
        f"spam: {share(caught):.0%} held, {share(unseen):.0%} of the unseen kinds; "
        f"{sum(false.values())} of {honest} logs, lists and sources held",
    )
    assert not false
    assert share(caught) >= 0.92
    assert share(unseen) >= 0.86
    # No kind gets through as a whole.
    assert min((caught | unseen).values()) >= EACH // 2


def test_honest_prose_about_what_spam_is_about_is_not_held(threshold, record_property):
    """Where it is held, a moderator has to keep it; where spam is not, readers report.

    The first signs held 204 of the 600 texts held out, and 147 of the 160 later ads.
    """
    later, alarms = held(waves.LATER, threshold), held(prose.HELD_OUT, threshold)
    record_property(
        "summary",
        f"spam: {sum(alarms.values())} of {EACH * len(alarms)} honest letters, job ads "
        f"and chats held, {share(later):.0%} of the ads that are nearest to them",
    )
    assert share(alarms) <= 0.015
    assert share(held(prose.HELD_OUT, threshold, BUSY)) <= 0.03
    assert not any(held(prose.TUNED, threshold, BUSY).values())
    assert share(later) >= 0.78


def test_real_texts_are_not_held(threshold):
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "docs/openapi.json"]
    files += (ROOT / "docs").glob("*.md")
    real = alike.snippets() + [file.read_text() for file in files]
    assert len(real) > 100
    assert [text[:80] for text in real if points(text, facts=BUSY) >= threshold] == []


def test_the_same_honest_text_from_many_addresses_is_not_held(threshold):
    """A lock file, a log or a page comes from everybody who has that project."""
    facts = spam.Facts(others=10)
    common = ("package_lock", "stack_trace", "ci_log", "nginx_config", "html_page")
    kinds = {name: traps.TUNED[name] for name in common}
    assert not any(held(kinds, threshold, facts).values())


def test_no_sign_of_haste_or_rate_holds_a_text_by_itself(threshold):
    text = f"See {traps.url(random.Random(1))}, it is about the thing I meant."
    assert 0 < points(text, facts=BUSY) <= threshold // 2


@pytest.mark.parametrize(
    ("sign", "text", "title", "facts"),
    [
        ("words", "Buy cheap viagra now, best price online: https://a.example", "", {}),
        ("links", "https://a.example/1 https://b.example/2 https://c.example", "", {}),
        ("hosts", "https://a.example/x\n" * 10, "", {}),
        ("markup", "see [url=https://a.example]here[/url]", "", {}),
        ("markup", 'see <a href="https://a.example">here</a>', "", {}),
        ("anchors", "[best red boots](https://a.example) " * 5, "", {}),
        (
            "repeats",
            "Leather boots for all! Our leather boots last. See leather boots here? "
            "Call us for leather boots. Good leather boots cost less at "
            "https://a.example.",
            "",
            {},
        ),
        ("title", "text", "https://a.example", {}),
        ("copies", "Come and see us at https://a.example soon.", "", {"others": 4}),
        ("rate", "Come and see us at https://a.example soon.", "", {"recent": 40}),
        ("honeypot", "text", "", {"odd": ("honeypot",)}),
        ("hasty", "text", "", {"odd": ("hasty",)}),
        ("block", "text", "", {"blocks": ("a.example",)}),
        ("checker", "text", "", {"checked": 4}),
    ],
)
def test_each_sign_is_found_and_its_weight_counts(sign, text, title, facts):
    traits = spam.look(text, title)
    found = {each.name: each.points for each in spam.weigh(traits, spam.Facts(**facts))}
    assert found[sign] > 0
    without = spam.weigh(traits, spam.Facts(**facts), spam.SIGNS | {sign: 0})
    assert all(each.points == 0 for each in without if each.name == sign)


def test_signs_come_heaviest_first_and_say_what_was_found():
    text = (
        "Order cheap viagra, best cialis price, online casino bonus: https://a.example"
    )
    signs = spam.weigh(spam.look(text, "https://b.example"), spam.Facts())
    assert [sign.points for sign in signs] == sorted(
        (sign.points for sign in signs), reverse=True
    )
    assert "cheap viagra" in signs[0].detail


def test_nothing_is_said_of_a_text_without_anybody_to_turn_to():
    text = "Buy cheap viagra now, the best price online. " * 10
    assert points(text) == 0


def words_in(text):
    signs = spam.weigh(spam.look(text, ""), spam.Facts())
    return next((sign.points for sign in signs if sign.name == "words"), 0)


AD = "Buy cheap viagra. Order cialis, discount guaranteed. https://a.example\n"
ASIDE = "We walked to the lake, and the water was still too cold for the children.\n"


def test_who_sells_all_the_time_is_told_from_who_mentions_it():
    assert words_in(AD) == 10
    assert 0 < words_in(AD + 6 * ASIDE) < 10
    assert words_in(AD + 40 * ASIDE) == 0


def test_one_sentence_that_sells_holds_nothing():
    question = "Where can I buy cheap viagra, and order cialis? I saw https://a.example"
    assert 0 < words_in(question) < 10


def test_an_offer_in_the_next_sentence_is_of_something_else():
    text = "We sat in the casino{} Cheap bonus drinks were here: https://a.example"
    assert words_in(text.format("")) > words_in(text.format(".")) == 0


def test_everyday_words_say_less():
    """“Paris pas cher” is a journey as well as a bet."""
    text = "{} {}.\n{} {}.\nSee https://a.example and what else there is.\n"
    sure = words_in(text.format("cheap", "viagra", "buy", "cialis"))
    mixed = words_in(text.format("free", "viagra", "best", "cialis"))
    assert sure > mixed > words_in(text.format("free", "poker", "best", "documents"))


def test_one_pair_again_and_again_is_a_subject():
    assert words_in("The casino has a bonus, see https://a.example.\n" * 3) == 0


def test_a_long_text_without_stops_is_more_than_one_sentence():
    text = f"{AD.replace('.', ' ')} {ASIDE.replace('.', ' ') * 20}".replace("\n", " ")
    assert words_in(f"{text} https://a.example") == 0


def test_links_that_say_nothing_make_an_advertisement_no_smaller():
    assert words_in(AD + "https://b.example/x ") == words_in(AD) == 10


def test_a_program_sells_nothing():
    lines = [
        "# Buy cheap viagra, order cialis: https://a.example",
        "price = best(viagra, discount)",
        "if cheap(cialis) {",
        "order(cialis, discount);",
    ]
    assert words_in("\n".join(lines)) == 0
    assert words_in("\n".join(re.sub(r"[^\w\s.:/]", " ", line) for line in lines)) == 10
    # A plural is no call.
    assert words_in(AD.replace("discount", "discount(s)")) == 10


def test_what_nobody_sees_hides_no_word():
    plain = "Buy cheap viagra now, the best online price: https://a.example"
    hidden = plain.replace("viagra", "vi\u200bag\u00adra").replace(
        "cheap", "ｃｈｅａｐ"
    )
    assert points(hidden) == points(plain) > 0


def test_a_long_text_is_looked_at_where_it_begins_and_ends(threshold):
    wave = waves.TUNED["pharma"](random.Random(3))
    filler = "".join(text for _, text in texts({"log": traps.nginx_log}))
    assert len(filler) > 3 * spam.PART
    assert len(spam.sample(filler)) <= 2 * spam.PART + 1
    assert points(wave) >= threshold
    assert "viagra" in spam.sample(f"{filler}Buy viagra.")
    assert "viagra" in spam.sample(f"Buy viagra.\n{filler}")


HOSTILE = [
    "a",
    "\n",
    " ",
    "<a ",
    "<a href=",
    "[url=",
    "[",
    "[a](//",
    "http://",
    "https://a@",
    "a@",
    "a.b-",
    "+1 ",
    "+1",
    "'-a",
    "casino bonus ",
    "e\u0301\u0301",
    "\ufdfa",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_of_any_length_takes_no_time(piece):
    text = piece * (2_000_000 // len(piece))
    start = time.process_time()
    points(text, piece * 10)
    # Some 30 ms as measured by bench/spam.py; a square would take minutes.
    assert time.process_time() - start < 1


def test_weights_are_read():
    weights = spam.parse_weights(" links=3, rate=0,")
    assert weights == spam.SIGNS | {"links": 3, "rate": 0}
    assert spam.parse_weights("") == spam.SIGNS


@pytest.mark.parametrize("wrong", ["link=3", "links", "links=", "links=-1", "rate=a"])
def test_wrong_weights_are_told(wrong):
    with pytest.raises(ValueError, match=wrong.partition("=")[0]):
        spam.parse_weights(wrong)
