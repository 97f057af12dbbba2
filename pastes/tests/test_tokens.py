"""Names that nobody can guess."""

import re

import pytest

from pastes import tokens


@pytest.mark.threat("G1")
def test_slug_is_twelve_base58_characters():
    assert re.fullmatch(
        "[1-9A-HJ-NP-Za-km-z]{12}",
        tokens.new_slug(),
    )
    assert len(tokens.ALPHABET) == len(set(tokens.ALPHABET)) == 58


@pytest.mark.threat("G1")
def test_slugs_spread_evenly_over_the_alphabet():
    counts = dict.fromkeys(tokens.ALPHABET, 0)
    for _ in range(5_000):
        for character in tokens.new_slug():
            counts[character] += 1
    expected = 5_000 * 12 / 58
    chi_square = sum((n - expected) ** 2 / expected for n in counts.values())
    # 57 degrees of freedom: an even source exceeds 110 once in 30,000 runs.
    assert chi_square < 110


@pytest.mark.threat("G1")
def test_slugs_do_not_repeat():
    assert len({tokens.new_slug() for _ in range(50_000)}) == 50_000


@pytest.mark.threat("P5")
def test_owner_token_holds_24_bytes_and_never_repeats():
    assert len(tokens.new_owner_token("a" * 12)) == 32
    assert tokens.new_owner_token("a" * 12) != tokens.new_owner_token("a" * 12)


def test_maker_key_gives_each_paste_its_own_token_again_and_again():
    key = tokens.new_maker_key()
    first = tokens.new_owner_token("a" * 12, key)
    assert first == tokens.new_owner_token("a" * 12, key)
    assert first != tokens.new_owner_token("b" * 12, key)
    assert first != tokens.new_owner_token("a" * 12, tokens.new_maker_key())


@pytest.mark.threat("P5")
def test_token_matches_only_its_own_digest():
    token = tokens.new_owner_token("a" * 12)
    assert tokens.is_match(token, tokens.digest(token))
    assert not tokens.is_match(token + "x", tokens.digest(token))
    assert not tokens.is_match("", tokens.digest(""))
    assert not tokens.is_match("\ud800", tokens.digest(token))
