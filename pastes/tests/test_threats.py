"""The table of attacks in docs/security.md: each line of it has a test."""

import ast
import re

from pastes.tests.conftest import ROOT

# The letters of the threat model that the table was drawn from.
COUNTS = {
    "G": 4,
    "P": 5,
    "B": 8,
    "X": 10,
    "W": 8,
    "A": 3,
    "T": 5,
    "D": 7,
    "S": 2,
    "I": 1,
}
NO_TESTS = ("does not apply: ", "accepted: ")


def letters_in_docs() -> dict[str, str]:
    """Return each letter of the table with what the site does."""
    docs = (ROOT / "docs/security.md").read_text()
    rows = re.findall(r"^\| ([A-Z]\d+) \| .+? \| (.+) \|$", docs, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return dict(rows)


def letters_in_tests() -> set[str]:
    """Return the letters that tests are marked with."""
    return {
        argument.value
        for file in (ROOT / "pastes/tests").glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.threat"
        for argument in node.args
    }


def test_table_has_every_attack_of_the_model():
    expected = {f"{kind}{n + 1}" for kind, most in COUNTS.items() for n in range(most)}
    assert set(letters_in_docs()) == expected


def test_every_attack_has_a_test_or_says_why_not():
    docs = letters_in_docs()
    defended = {
        letter for letter, does in docs.items() if not does.startswith(NO_TESTS)
    }
    assert letters_in_tests() == defended
