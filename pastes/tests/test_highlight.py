"""Text to HTML lines, and the child process that hostile text cannot hold up."""

import ast
import html
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pastes.highlight
from pastes import highlight
from pastes.highlight import (
    MAX_HIGHLIGHT_BYTES,
    MAX_NUMBERED_LINES,
    MENU,
    Language,
    Note,
    Rendered,
    close,
    find_language,
    process,
    render,
)
from pastes.highlight.process import SECONDS, LexerProcess
from pastes.highlight.rendering import BIG_BLOCK_LINES

PACKAGE = Path(pastes.highlight.__file__).parent
# What may be imported besides the standard library; none knows of Django.
LIBRARIES = {"pygments", "markdown_it", "mdit_py_plugins", "nh3", "re2"}
SCALA_BOMB = '"' + "\\" * 40
PYTHON = 'def f(x):\n    """Two\n    lines."""\n    return x < 1 & 2\n'

# Known to keep these lexers of Pygments 2.21 busy for more than a second.
SLOW = {"python": "\n ", "c": "\n ", "java": "\n ", "css": '\\"', "yaml": "*"}

PIECES = [
    *"\n\n\n  \t\r\x00\x01\x0b\x0c\x1b\x7f\x85<>&\"'`{}[]()#/\\|$%@!*-+=:;,.~^_aZ09",
    "\r\n", "\r\r\n", "\ufeff", "\u2028", "\u202e", "\ud800", "é", "漢", "😀",
    "&amp;", "</pre>", "<a>", "<!--", "-->", "<?php ", "?>", '"""', "'''", "/*", "*/",
    "//", "{{", "}}", "{%", "%}", "if ", "def ", "class ", "function ", "return ",
    "import ", "<script>", "</script>", "select ", "begin ", "end\n", "$ ", ">>> ",
    "```", "```python\n", "# ", "- ", "key: ", "1.5e3", "0x1F", "\\begin{verbatim}",
    "EOF\n", "<<EOF\n", "HTTP/1.1 200 OK\n", "Content-Type: text/html\n\n",
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _no_child_left() -> Iterator[None]:
    yield
    close()


@pytest.fixture
def child() -> Iterator[LexerProcess]:
    child = LexerProcess()
    yield child
    child.close()


def job(text: str, language: str = "python") -> dict[str, object]:
    return {"do": "render", "text": text, "language": language, "room": 1 << 20}


def random_text(dice: random.Random) -> str:
    return "".join(dice.choice(PIECES) for _ in range(dice.randrange(120)))


def shown(text: str) -> str:
    """What a reader must see of a text, by the rules of the page."""
    text = text.replace("\r\n", "\n")
    for code in range(0x20):
        if chr(code) not in "\t\n\r":
            text = text.replace(chr(code), chr(0x2400 + code))
    return text.removesuffix("\n").replace("\x7f", "\u2421")


def seen(rendered: Rendered) -> str:
    """The text that the HTML holds; ``html.unescape`` would turn &#13; into CR."""
    text = re.sub(r'<pre class="block big"[^>]*>\n', "", rendered.html)
    return html.unescape(re.sub(r"<[^>]*>", "", text)).removesuffix("\n")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


# Languages


def test_menu_begins_with_plain_text_and_is_sorted() -> None:
    names = [language.name.lower() for language in MENU[1:]]
    assert MENU[0].key == "text"
    assert names == sorted(names)
    assert len(MENU) >= 70


def test_menu_keys_and_extensions_are_unique_and_found() -> None:
    assert len({language.key for language in MENU}) == len(MENU)
    for language in MENU:
        assert find_language(language.key) is language
        assert find_language(language.extension) is language
        assert re.fullmatch("[a-z0-9]+", language.extension)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("PY", "python"), (".py", "python"), ("sage", "python"), ("h", "c"),
        ("m", "matlab"), ("ts", "typescript"), ("pl", "perl"), ("R", "r"),
        ("txt", "text"), ("log", "text"), ("shell", "bash"), ("yml", "yaml"),
        ("C++", "cpp"), ("golang", "go"), ("htm", "html"), ("jsonl", "json"),
        ("common-lisp", "lisp"), ("nixos", "nix"), ("Plain text", "text"),
    ],
)  # fmt: skip
def test_word_finds_the_language_of_the_menu(word: str, key: str) -> None:
    found = find_language(word)
    assert found in MENU
    assert found.key == key


def test_languages_beside_the_menu_are_found() -> None:
    assert find_language("cob") == Language("cobol", "COBOL", "cob")


@pytest.mark.parametrize("word", ["", " ", "nonsense", "\x00", "a" * 65, "\ud800"])
def test_unknown_word_finds_nothing(word: str) -> None:
    assert find_language(word) is None


def test_finding_a_language_loads_no_lexer() -> None:
    code = (
        "import sys, pastes.highlight as h; assert h.find_language('cobol');"
        "print([m for m in sys.modules if m.startswith('pygments.lexers.')"
        " and m != 'pygments.lexers._mapping'], 'django' in sys.modules)"
    )
    run = [sys.executable, "-c", code]
    root = PACKAGE.parents[1]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"


# Structure


def test_line_is_an_anchor_and_its_code() -> None:
    assert render("x = 1\n", "python").html == (
        '<pre class="block"><a id="L1" href="#L1" data-n="1" tabindex="-1" aria-hidden="true"></a>'
        'x <span class="o">=</span> <span class="mi">1</span>\n</pre>'
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", 1), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("\n\na", 3), ("\r", 1)],
)
@pytest.mark.parametrize("language", ["text", "python"])
def test_lines_are_counted_by_line_feeds(text: str, lines: int, language: str) -> None:
    rendered = render(text, language)
    assert rendered.lines == lines
    assert rendered.html.count("<a id=") == lines
    assert rendered.html.endswith("\n</pre>")


def test_blocks_hold_200_lines() -> None:
    page = render("x\n" * 401, "text").html
    assert [block.count("\n") for block in page.split("</pre>")] == [200, 200, 1, 0]


def test_token_over_several_lines_is_closed_on_each() -> None:
    page = render('"""a\n\nb"""', "python").html
    assert page.count('<span class="sd">') == 2
    for line in page.split("\n"):
        assert line.count("<span") == line.count("</span>")


def test_plain_names_and_punctuation_are_bare() -> None:
    page = render("a(b, c)\n", "python").html
    assert "<span" not in page


def test_neighbours_of_one_class_are_merged() -> None:
    page = render("x === y ? 'a' : 'b'; 'tail\\n'", "python").html
    assert not re.search(r'<span class="(\w+)">[^<]*</span><span class="\1">', page)


@pytest.mark.threat("X2")
def test_html_of_the_text_is_escaped() -> None:
    page = render('</pre><script>"&amp;"', "text").html
    assert "&lt;/pre&gt;&lt;script&gt;&quot;&amp;amp;&quot;" in page


@pytest.mark.parametrize("language", ["text", "c"])
def test_carriage_returns_and_controls_are_made_visible(language: str) -> None:
    page = render("a\r\nb\rc\x00\x1b\x7f\t\x0c\r", language).html
    assert "</a>a\n" in page
    for sign in ("b", "&#13;", "c", "\u2400", "\u241b", "\u2421", "\t", "\u240c"):
        assert sign in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", page)


@pytest.mark.parametrize("language", [language.key for language in MENU])
@pytest.mark.threat("X2")
def test_text_survives_highlighting(language: str) -> None:
    dice = random.Random(language)
    for text in [PYTHON, "", *(random_text(dice) for _ in range(12))]:
        rendered = render(text, language, seconds=2)
        assert seen(rendered) == shown(text)
        assert rendered.note in (Note.NONE, Note.TOO_SLOW, Note.FAILED)
    assert render(PYTHON, language, seconds=5).note is Note.NONE


def test_text_survives_in_big_mode() -> None:
    dice = random.Random(3)
    for text in ("", "\n\n", "\na", *(random_text(dice) for _ in range(50))):
        long = text + "\n" * (MAX_NUMBERED_LINES + 1)
        rendered = render(long, "text")
        assert 'class="block big" id="L501" data-n="501">\n' in rendered.html
        assert "<a " not in rendered.html
        assert seen(rendered) == shown(long)


@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("end", ["", "\n", "\n\n", "a"])
def test_big_blocks_are_cut_at_their_number_of_lines(extra, end):
    count = MAX_NUMBERED_LINES + 2 * BIG_BLOCK_LINES + extra
    text = "a\n" * (count - 1) + end
    rows = text.removesuffix("\n").split("\n")
    blocks = re.findall(
        r'<pre class="block big" id="L(\d+)" data-n="\d+">\n([^<]*)\n</pre>',
        render(text, "text").html,
    )
    starts = range(0, len(rows), BIG_BLOCK_LINES)
    assert [int(number) for number, _ in blocks] == [start + 1 for start in starts]
    assert "\n".join(block for _, block in blocks) == "\n".join(rows)
    assert all(block.count("\n") == BIG_BLOCK_LINES - 1 for _, block in blocks[:-1])


def test_lines_are_numbered_up_to_the_limit() -> None:
    assert "block big" not in render("\n" * MAX_NUMBERED_LINES, "text").html
    assert "block big" in render("\n" * (MAX_NUMBERED_LINES + 1), "text").html
    assert "block big" in render("é" * (1024 * 1024 + 1), "text").html


# Limits


@pytest.mark.parametrize(
    "work",
    [
        lambda: render("import os\n", "python"),
        lambda: highlight.render_as("# a", highlight.View.MARKDOWN),
        lambda: highlight.compare("a", "b"),
        lambda: highlight.guess_language("what is this"),
    ],
)
def test_every_job_asks_for_its_bound(work, monkeypatch):
    asked = []

    def ask(self: LexerProcess, job: dict, *, seconds: float, client: str = "") -> dict:
        asked.append(seconds)
        return {"note": "too_slow"}

    monkeypatch.setattr(LexerProcess, "ask", ask)
    work()
    assert asked == [SECONDS]


def test_unknown_language_is_plain_text() -> None:
    rendered = render("x", "nonsense")
    assert (rendered.language, rendered.note) == ("text", Note.NONE)


def test_plain_text_starts_no_child() -> None:
    close()
    render("x", "text")
    assert process._shared.pid is None


@pytest.mark.parametrize("piece", ["x" * 63 + "\n", "é" * 31 + "x\n"])
@pytest.mark.threat("D2")
def test_text_over_the_limit_is_plain(piece: str) -> None:
    text = piece * (MAX_HIGHLIGHT_BYTES // 64)
    rendered = render(text + "\n", "python")
    assert (rendered.language, rendered.note) == ("text", Note.TOO_LARGE)
    assert seen(rendered) == shown(text + "\n")


@pytest.mark.threat("D2")
def test_too_many_lines_are_not_highlighted() -> None:
    assert render("\n" * (MAX_NUMBERED_LINES + 1), "c").note is Note.TOO_LARGE


@pytest.mark.threat("D2")
def test_html_that_grows_too_large_is_plain(child: LexerProcess) -> None:
    answer = child.ask({**job("1+" * 500), "room": 1000}, seconds=5)
    assert answer["note"] == "too_large"
    assert child.ask(job("1"), seconds=5)["note"] == "none"


# The child


def test_scala_bomb_becomes_plain_text() -> None:
    rendered = render(SCALA_BOMB, "scala", seconds=0.3)
    assert (rendered.language, rendered.note) == ("text", Note.TOO_SLOW)
    assert seen(rendered) == SCALA_BOMB
    assert render(PYTHON, "python").note is Note.NONE


@pytest.mark.threat("D1")
def test_child_survives_a_slow_lexer(child: LexerProcess) -> None:
    child.ask(job("x"), seconds=5)
    pid = child.pid
    assert child.ask(job(SCALA_BOMB, "scala"), seconds=0.2)["note"] == "too_slow"
    assert child.ask(job("x"), seconds=5)["note"] == "none"
    assert child.pid == pid


@pytest.mark.parametrize("language", SLOW)
@pytest.mark.threat("D1")
def test_known_slow_input_is_answered(language: str) -> None:
    text = (SLOW[language] * 20_000)[:20_000]
    rendered = render(text, language, seconds=0.5)
    assert rendered.note in (Note.NONE, Note.TOO_SLOW)
    assert seen(rendered) == shown(text)


def test_stopped_child_is_replaced(child: LexerProcess) -> None:
    child.ask(job("x"), seconds=5)
    pid = child.pid
    os.kill(pid, signal.SIGSTOP)
    assert child.ask(job("x" * 400_000), seconds=0.1)["note"] == "too_slow"
    assert is_gone(pid)
    assert child.ask(job("x"), seconds=5) == {
        "note": "none", "result": "x", "last": False,
    }  # fmt: skip


def test_killed_child_is_replaced(child: LexerProcess) -> None:
    child.ask(job("x"), seconds=5)
    pid = child.pid
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert child.ask(job("y"), seconds=5)["result"] == "y"
    assert child.pid != pid


def test_broken_job_fails_and_the_child_lives(child: LexerProcess) -> None:
    assert child.ask(job("x", "no-such-lexer"), seconds=5)["note"] == "failed"
    assert child.ask({"do": "render"}, seconds=5)["note"] == "failed"
    assert child.ask(job("x"), seconds=5)["note"] == "none"


def test_child_ends_when_closed(child: LexerProcess) -> None:
    child.ask(job("x"), seconds=5)
    pid = child.pid
    child.close()
    assert child.pid is None
    assert is_gone(pid)


def test_child_ends_when_its_parent_is_killed() -> None:
    code = (
        "import os, pastes.highlight.process as p;"
        "p.ask({'do': 'guess', 'text': 'x'}, seconds=5);"
        "print(p._shared.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    run = [sys.executable, "-c", code]
    root = PACKAGE.parents[1]
    done = subprocess.run(run, cwd=root, stdout=subprocess.PIPE, check=False)
    pid = int(done.stdout)
    # Reparented children are reaped by init; a zombie has ended all the same.
    for _ in range(10_000):
        if is_gone(pid) or _state(pid) == "Z":
            return
        threading.Event().wait(0.001)
    pytest.fail("the child outlived its parent")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_busy_child_is_not_waited_for(child: LexerProcess) -> None:
    child.ask(job("x"), seconds=5)
    with child._lock:
        assert child.ask(job("x"), seconds=0.01) == {"note": "busy"}


def test_threads_never_get_the_answer_to_another_text() -> None:
    answers: list[tuple[int, Rendered]] = []

    def work(number: int) -> None:
        for turn in range(20):
            text = f"number_{number} = {turn}" if turn % 5 else SCALA_BOMB
            language = "python" if turn % 5 else "scala"
            rendered = render(text, language, seconds=0.05)
            assert seen(rendered) == text
            answers.append((number, rendered))

    threads = [threading.Thread(target=work, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 160
    assert {answer.note for _, answer in answers} <= {
        Note.NONE, Note.BUSY, Note.TOO_SLOW,
    }  # fmt: skip


def test_forked_worker_starts_its_own_child() -> None:
    code = """
import os, sys
from pastes.highlight import process
job = {"do": "guess", "text": "x"}
process.ask(job, seconds=5)
first = process._shared.pid
process._shared._lock.acquire()
if os.fork() == 0:
    answer = process.ask(job, seconds=5)
    good = answer["note"] == "none" and process._shared.pid != first
    process.close()
    os._exit(0 if good else 1)
process._shared._lock.release()
status = os.waitstatus_to_exitcode(os.wait()[1])
assert process.ask(job, seconds=5)["note"] == "none"
assert process._shared.pid == first
sys.exit(status)
"""
    run = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(run, cwd=PACKAGE.parents[1], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_child_retires_in_time(child: LexerProcess) -> None:
    child.ask(job("0"), seconds=5)
    first = child.pid
    for number in range(1, 5001):
        assert child.ask(job(f"x{number}"), seconds=5)["result"] == f"x{number}"
    assert child.pid != first


@pytest.mark.threat("D1")
def test_child_is_confined(child: LexerProcess) -> None:
    child.ask(job("x"), seconds=5)
    proc = Path(f"/proc/{child.pid}")
    if not proc.exists():
        pytest.skip("needs /proc")
    limits = (proc / "limits").read_text()
    assert re.search(r"Max address space +536870912 ", limits)
    assert re.search(r"Max core file size +0 ", limits)
    assert (proc / "environ").read_bytes() == b""
    assert len(list((proc / "fd").iterdir())) == 3
    assert os.getpriority(os.PRIO_PROCESS, child.pid) > os.getpriority(
        os.PRIO_PROCESS, 0
    )


def test_package_imports_nothing_of_django_or_ours() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            else:
                continue
            roots = {module.partition(".")[0] for module in modules}
            assert roots <= sys.stdlib_module_names | LIBRARIES, path
