"""Which language a text is taken for: by its name, its first words, by votes."""

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from pastes.highlight import MENU, guess_language
from pastes.highlight.guessing import HEAD_LENGTH
from pastes.highlight.lexer_child import votes
from pastes.highlight.lexer_child.votes import LINE_LENGTH, elect
from pastes.highlight.process import GRACE_SECONDS, START_SECONDS

LEAST_ACCURACY = 0.96

# Written for this test, as people paste: a folder for each language.
SNIPPETS = Path(__file__).parent / "snippets"


def labelled() -> list[tuple[str, str, str]]:
    """The snippets, each with the key of its language and its file's name."""
    return [
        # Bytes, because line ends must stay as they are.
        (path.parent.name, path.stem, path.read_bytes().decode())
        for path in sorted(SNIPPETS.glob("*/*.txt"))
    ]


def test_most_snippets_are_guessed_right(
    record_property: Callable[[str, object], None],
) -> None:
    snippets = labelled()
    kept, right = Counter[str](), Counter[str]()
    confusions = []
    for key, name, text in snippets:
        guess = guess_language(text, seconds=5)
        kept[key] += 1
        right[key] += guess == key
        if guess != key:
            confusions.append(f"{key} ({name}) taken for {guess}")
    accuracy = right.total() / kept.total()
    summary = (
        f"language guessing: {accuracy:.1%} of {kept.total()} snippets "
        f"in {len(kept)} languages"
    )
    # conftest.py shows this line at the end of every run.
    record_property("summary", summary)
    rates = [f"{key} {right[key]}/{kept[key]}" for key in sorted(kept)]
    sys.stdout.write("\n".join([summary, ", ".join(rates), *confusions]) + "\n")
    assert kept.total() >= 300
    assert len(kept) >= 60
    assert accuracy >= LEAST_ACCURACY


PLAIN_TEXTS = {name: text for key, name, text in labelled() if key == "text"}


@pytest.mark.parametrize("name", PLAIN_TEXTS)
def test_prose_and_logs_are_plain_text(name: str) -> None:
    text = PLAIN_TEXTS[name]
    assert guess_language(text, seconds=5) == "text"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Dockerfile", "docker"),
        ("Dockerfile.dev", "docker"),
        ("src/Makefile", "make"),
        ("CMakeLists.txt", "cmake"),
        (".bashrc", "bash"),
        ("C:\\work\\Main.JAVA", "java"),
        ("a.py", "python"),
        ("a.h", "c"),
        ("a.ts", "typescript"),
        ("a.r", "r"),
        ("a.pl", "perl"),
        ("server.log", "text"),
        ("notes.txt", "text"),
        ("uv.lock", "toml"),
    ],
)
def test_file_name_decides(name: str, key: str) -> None:
    assert guess_language("select 1 from x;", name) == key


def test_content_settles_an_extension_of_two_languages() -> None:
    assert guess_language("namespace a { class B; }", "a.h") == "cpp"
    assert guess_language("#import <Foundation/Foundation.h>", "a.m") == "objective-c"
    assert guess_language("x = zeros(3);", "a.m") == "matlab"


def test_unknown_extension_leaves_the_decision_to_the_text() -> None:
    assert guess_language("#!/bin/sh\nls", "run.unknown") == "bash"
    assert guess_language("#!/bin/sh\nls", "x" * 500) == "bash"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("#!/usr/bin/env python3\nx", "python"),
        ("#!/usr/bin/env -S node --no-warnings\n", "javascript"),
        ("#! /usr/local/bin/Rscript\n", "r"),
        ("# -*- mode: ruby -*-\nx", "ruby"),
        ("# vim: set ts=4 ft=perl :\nx", "perl"),
        ("\ufeff<?xml version='1.0'?><a/>", "xml"),
        ("diff --git a/x b/x\n", "diff"),
        ("\n\nTraceback (most recent call last):\n  x", "pytb"),
        (">>> 1 + 1\n2\n", "pycon"),
        ("ann@host:~$ ls\nnotes\n", "console"),
        ("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "http"),
        ("[1, 2, {}]", "json"),
        ('{"a": 1}\n{"a": 2}\n', "json"),
        ("", "text"),
        (" \n\t\n", "text"),
        ("[not json", "text"),
        ("[" * 100_000, "text"),
        ("\x00\ud800", "text"),
    ],
)
def test_sure_signs_decide(text: str, key: str) -> None:
    assert guess_language(text, seconds=5) == key


def test_guess_is_always_on_the_menu() -> None:
    keys = {language.key for language in MENU}
    dice = random.Random(7)
    pieces = [text for _, _, text in labelled()]
    for _ in range(60):
        text = "".join(dice.choice(pieces)[: dice.randrange(200)] for _ in range(3))
        assert guess_language(text, dice.choice(["", "a.foo", "b.cob"])) in keys


def test_huge_text_is_judged_by_its_head() -> None:
    text = "import os\nprint(os.getcwd())\n" * 200_000
    assert guess_language(text, seconds=5) == "python"
    assert guess_language(json.dumps(["x" * 300_000]), seconds=5) in {"json", "text"}


# Long runs of these make a careless pattern try every way to match.
HOSTILE = [
    "a", " ", "\t", "a ", "a.", "a: ", "<a ", '"', "\\", "$", "(", "::", "a_", "- ",
    "\n ", "let a ", "import a.", '<a b="', "a,", "=", "[a", "0.", "for a in ", "A",
    "a(", "a<a, ", "fn a<", "@a", "{", "-", "'", "#[", "|", "A.A(", "[[a", "a = a(",
]  # fmt: skip


def hostile_head(piece: str) -> str:
    """As much of the piece as a guess looks at, in the longest lines it looks at."""
    line = (piece * LINE_LENGTH)[:LINE_LENGTH]
    return "\n".join([line] * (HEAD_LENGTH // (LINE_LENGTH + 1)))


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_counted_in_bounded_time(piece: str) -> None:
    for text in (hostile_head(piece), (piece * HEAD_LENGTH)[:HEAD_LENGTH]):
        # With another alphabet's letter, `re` counts.
        for head in (text, f"é\n{text}"):
            start = time.process_time()
            elect(head)
            assert time.process_time() - start < 1


@pytest.mark.parametrize("key", votes._VOTES)
def test_no_pattern_of_a_language_is_slow_on_hostile_text(key: str) -> None:
    sieve = votes._SIEVES[key]
    in_re = [(weight, votes._in_re(pattern)) for weight, pattern in sieve.others]
    for _, pattern in (*sieve.always, *in_re, *sieve.others):
        # What the pattern looks for itself leads furthest into it.
        own = " ".join(re.findall("[A-Za-z]{2,}", pattern.pattern)) + " "
        for piece in (*HOSTILE, own):
            text = hostile_head(piece)
            text = text if isinstance(pattern, re.Pattern) else text.encode()
            start = time.process_time()
            list(islice(pattern.finditer(text), votes.MAX_MATCHES))
            assert time.process_time() - start < 0.25, (piece, pattern.pattern)


@pytest.mark.parametrize("key", votes._VOTES)
def test_re2_counts_what_re_counts(key: str) -> None:
    """With the letters of other alphabets, which RE2 takes for no letters."""
    draw = random.Random(7)
    own = [(weight, re.compile(row, re.M)) for weight, row in votes._VOTES[key]]
    texts = [text for other, _, text in labelled() if other == key]
    texts += [draw.choice(HOSTILE) * 9 + draw.choice("éж中_9K") for _ in range(20)]
    for text in texts:
        for head in (text, re.sub("[aou]", "é", text), re.sub(r"\b\w", "ж", text)):
            counted = votes._counts(head)[key]
            assert counted == pytest.approx(votes._count(head, own)), text


def test_guess_of_hostile_text_answers_in_its_time() -> None:
    start = time.monotonic()
    assert guess_language("a.b(" * 1_000_000, seconds=0.01) == "text"
    assert time.monotonic() - start < 0.01 + GRACE_SECONDS + START_SECONDS
    assert guess_language("def f(x):\n    return None\n", seconds=5) == "python"
