"""Spans of time in words."""

from datetime import timedelta

import pytest

from pastes.lifetimes import parse_span
from pastes.services import say_span


@pytest.mark.parametrize(
    ("word", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("h", timedelta(hours=1)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(days=14)),
        ("1M", timedelta(days=30)),
        ("1y", timedelta(days=365)),
    ],
)
def test_span_is_read(word, span):
    assert parse_span(word) == span


@pytest.mark.parametrize("word", ["", "10", "m10", "-1d", "1 d", "1x", "101y", "٣d"])
def test_other_words_are_refused(word):
    with pytest.raises(ValueError, match="is"):
        parse_span(word)


@pytest.mark.parametrize(
    ("word", "said"),
    [("10m", "10 minutes"), ("1h", "1 hour"), ("1M", "1 month"), ("never", "never")],
)
def test_span_is_said_in_english(word, said):
    assert say_span(word) == said
