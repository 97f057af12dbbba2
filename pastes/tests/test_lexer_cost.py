"""What colour costs: lexers known to be slow, and how few of them are loaded."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pastes.highlight import Note, close, process, render
from pastes.tests.conftest import ROOT

# Text that keeps lexers of Pygments 2.21 busy for longer than a page can wait, one or
# two lexers for each kind: a string that never ends, blank lines, brackets, one word.
SLOW_TEXTS = (
    ("actionscript", '\\"'),
    ("awk", '\\"'),
    ("vim", '\\"'),
    ("apacheconf", "<"),
    ("c", "\n "),
    ("typst", "\n "),
    ("wikitext", "{"),
    ("tsql", "["),
    ("basemake", "("),
    ("terraform", "a"),
    ("turtle", "a"),
    ("typescript", "."),
    ("thrift", "$"),
    ("wgsl", "0"),
    ("yaml", "*"),
    ("zone", " "),
    ("xml+lasso", "<!--"),
)
SECONDS = 0.25


def long(piece: str) -> str:
    """A text long enough to be slow, of few enough lines to be coloured."""
    return (piece * 20_000)[:20_000]


@pytest.fixture(autouse=True, scope="module")
def _no_child_left() -> Iterator[None]:
    yield
    close()


@pytest.mark.parametrize(("language", "piece"), SLOW_TEXTS)
@pytest.mark.threat("D1")
def test_slow_text_becomes_plain_and_the_child_lives(language: str, piece: str) -> None:
    render("x = 1", "python", seconds=5)
    pid = process._shared.pid
    rendered = render(long(piece), language, seconds=SECONDS)
    assert rendered.note in (Note.NONE, Note.TOO_SLOW)
    assert rendered.language == ("text" if rendered.note is not Note.NONE else language)
    assert process._shared.pid == pid
    assert render("x = 1", "python", seconds=5).note is Note.NONE


def test_most_of_the_slow_texts_are_slow_still() -> None:
    """Or this list proves nothing, and wants new entries from another hunt."""
    notes = [
        render(long(piece), language, seconds=SECONDS).note
        for language, piece in SLOW_TEXTS[:8]
    ]
    assert notes.count(Note.TOO_SLOW) >= 5


# A worker answers for the site; the lexers are the child's, and few even there.
LOADED = """
import os, sys
import pastebin_site.wsgi
from pastes import highlight
first = highlight.render("def f(): pass", "python", seconds=30)
highlight.guess_language("def f():\\n    return None\\n", seconds=5)
lexers = [m for m in sys.modules if m.startswith("pygments.lexers.")]
print(first.note.name, sorted(lexers))
"""


def test_worker_loads_no_lexer_to_show_a_python_paste() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env={**os.environ, "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "NONE ['pygments.lexers._mapping']\n"


CHILD = """
import json, struct, sys
sys.path += sys.argv[1:]
import lexer_child.serve as serve
job = {"do": "render", "text": "x = 1", "language": "python", "room": 10000}
assert serve._prepare_render(job)()
serve._prepare_guess({"text": "def f(): pass"})()
print(json.dumps([m for m in sys.modules if m.startswith("pygments.lexers.")]))
"""


def test_child_loads_only_the_lexers_of_the_language() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHILD, *process._PATHS],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert loaded <= {
        "pygments.lexers._mapping",
        "pygments.lexers.python",
        "pygments.lexers._python_builtins",
    }
    assert "pygments.lexers.python" in loaded
