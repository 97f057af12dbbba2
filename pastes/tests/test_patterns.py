"""Words that are blocked: whole words, RE2's patterns, and what neither may be."""

import random

import pytest

from pastes import patterns
from pastes.patterns import PatternError, Words


def found(text, *some):
    return Words([(pattern, pattern) for pattern in some]).find(text.encode())


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("buy now", "Please BUY NOW!"),
        ("buy now", "buy\r\n   now"),
        ("buy now", "buy now"),
        ("pills.example", "see pills.example/x"),
        ("#1 deal", "the #1 Deal"),
        ("günstig", "GÜNSTIG, jetzt"),
        ("купить", "Купить сейчас"),
        (r"v[i1]agra", "xV1AGRAx"),
        (r"^order", "first\nOrder here"),
        (r"\bdeal\b|offer", "an offer"),
    ],
)
def test_words_are_found_in_any_case(pattern, text):
    patterns.check(pattern)
    assert found(text, pattern) == [pattern]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("buy now", "rebuy now"),
        ("buy now", "buy nowhere"),
        ("pills.example", "pillsxexample"),
        ("günstig", "ungünstig"),
        ("ass", "classes pass"),
        (r"^order", "in order"),
    ],
)
def test_plain_words_are_whole_words(pattern, text):
    assert found(text, pattern) == []


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        (".*", "empty"),
        ("a*", "empty"),
        ("spam|", "empty"),
        ("^$", "empty"),
        (r"\w+", "everything"),
        (r"\b", "everything"),
        ("[a-z]", "everything"),
        ("(", "syntax"),
        ("a)(b", "syntax"),
        (r"(\w)\1", "syntax"),
        ("(?=x)", "syntax"),
        ("\ud800", "syntax"),
        ("a\x00", "syntax"),
        (r"\pL{900}", "large"),
        ("(a{100}b{100}){9}" * 9, "large"),
    ],
)
def test_what_cannot_be_a_pattern_is_refused(pattern, code):
    with pytest.raises(PatternError) as refused:
        patterns.check(pattern)
    assert refused.value.code == code


def test_many_patterns_name_each_that_is_found():
    words = [f"word{n}" for n in range(5_000)] + [f"w[o0]t{n}x" for n in range(50)]
    text = "some word4999, then word7 and w0t49x, but no word77777"
    assert sorted(found(text, *words)) == ["w[o0]t49x", "word4999", "word7"]


def test_the_same_name_in_two_patterns_breaks_none():
    assert found("bb", "(?P<x>aa)", "(?P<x>bb)") == ["(?P<x>bb)"]


def test_a_pattern_that_re2_refuses_breaks_no_other():
    assert found("bb", "(", "bb", "b{2}") == ["bb", "b{2}"]


def test_what_is_not_wanted_hides_nothing_behind_it():
    words = Words([("one", 1), ("two", 2)])
    text = b"one " + b"and " * 100_000 + b"two"
    assert words.find(text) == [1]
    assert words.find(text, lambda stands_for: stands_for != 1) == [2]


@pytest.mark.parametrize("shift", [-9, -5, 0, 4])
@pytest.mark.parametrize("filler", ["x ", "x\n", "-"], ids=["spaces", "lines", "none"])
def test_words_are_found_across_the_ends_of_the_pieces(filler, shift):
    text = filler * (patterns.PIECE // len(filler))
    text = text[: len(text) + shift] + " buy now " + filler * 50_000
    assert found(text, "buy now") == ["buy now"]


def test_an_end_of_a_piece_ends_no_word():
    text = "ab" * patterns.PIECE + " b" * 3 * patterns.PIECE
    assert found(text, "a", "^b", "c$") == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("end", ["", "!"])
def test_a_pattern_that_ruins_backtracking_is_quick(end):
    text = "a" * 10_000_000 + end
    assert found(text, "(a+)+$") == ([] if end else ["(a+)+$"])


@pytest.mark.timeout(20)
def test_a_pattern_that_outgrows_its_memory_ends_in_time():
    r = random.Random(1)
    text = "".join(r.choices("ab", k=10_000_000))
    # Without an end to it, 40 seconds.
    assert found(text, "a[ab]{900}c") == []
