"""What one hostile text can cost: each kind of work, and each request about ten megabytes.

Run with `nice .venv/bin/python bench/budgets.py`. The kinds of work get texts that are
known to keep lexers busy, `--fuzz` made-up ones for each family of lexers (a module of
Pygments), and texts that are odd in other ways. Of each: the clock, the processor's time,
the child's most memory, and whether the budget held, which is named where the work is.
The processor's time is the figure that a busy machine does not change.

Then one client at a time asks a site, alone, all that can be asked about large texts.
"""

import contextlib
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pygments.lexers import get_all_lexers
from pygments.lexers._mapping import LEXERS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads, report
from bench.highlighting import ENDS, PIECES, SIZE, child_seconds
from bench.loads import Site, Visitor
from pastes import highlight, likeness, patterns, spam
from pastes.highlight import Note, View, process
from pastes.highlight.lexer_child import serve

# What is slow in 41 bytes, and what is in 20 kB (a study of all lexers, 2026).
KNOWN = [
    ("scala", '"' + "\\" * 40),
    ("tads3", "extern//" + "\\" * 40),
    *((word, "a\n") for word in ("csharp", "java", "groovy")),
    *((word, "\t\n") for word in ("python", "c", "java", "markdown")),
    *((word, '"""\\') for word in ("css", "less")),
    ("typescript", "a.a."),
    ("yaml", "****"),
]
WORDS = re.compile(r"\w{2,12}")
# A moderator's patterns at their worst: RE2 needs more states than fit its memory.
BLOCKED = [f"x{n}[a-q][^u-z]{{{n}}}x" for n in range(10, 40)] + ["casino", "buy pills"]
BOUND = "a-bound-that-no-text-has"
VIEWS = (View.MARKDOWN, View.TABLE, View.TERMINAL)
REQUEST_SECONDS = 1.0
# management/commands/serve.py: WORKER_MAX_MIB, which this bench cannot import.
WORKER_BYTES = 768 * 1024 * 1024
# The child loads a lexer and reads the text before the clock starts.
LOADING_SECONDS = 0.2

TIMES = ("median", "99th", "most")
COLUMNS = (
    "count",
    *(f"{kind}, {time}" for kind in ("clock", "CPU") for time in TIMES),
    "MB",
    "not as asked",
    "budget",
    "held",
)


@dataclass
class Costs:
    """What each piece of one kind of work took, and what its budget is."""

    budget: str
    seconds: float
    more: float = 0.0
    most_memory: int = serve.MAX_MEMORY_BYTES
    clock: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    plain: int = 0
    memory: int = 0
    worst: tuple[float, str] = (0.0, "")

    def row(self, kind: str) -> list[str]:
        clock, worked = sorted(self.clock), sorted(self.worked)
        figures = [
            f"{loads.share(times, part):.2f}"
            for times in (clock, worked)
            for part in (0.5, 0.99, 1)
        ]
        plain = self.plain / max(1, len(clock))
        return [
            kind,
            f"{len(clock):,}",
            *figures,
            f"{self.memory / 1e6:.0f}" if self.memory else "",
            f"{plain:.0%}",
            self.budget,
            "yes" if self.held else f"NO: {self.worst[1]}",
        ]

    @property
    def held(self) -> bool:
        # Of a worker and its child; a worker that keeps more is replaced.
        is_in_time = loads.share(sorted(self.worked), 0.99) <= self.seconds + self.more
        return is_in_time and self.memory <= self.most_memory


def texts(every: int, fuzz: int) -> Iterator[tuple[str, str]]:
    """Yield languages with hostile texts: the known ones, pieces again and again, fuzz."""
    for language, piece in KNOWN:
        yield language, piece if len(piece) > 40 else (piece * SIZE)[:SIZE]
    for module, languages in sorted(families().items())[::every]:
        chance = random.Random(module)
        words = words_of(module)
        for _ in range(fuzz):
            yield chance.choice(languages), made_up(chance, words)


def families() -> dict[str, list[str]]:
    """Return the languages of each of Pygments' modules."""
    found: dict[str, list[str]] = {}
    for module, _name, aliases, *_ in LEXERS.values():
        if aliases:
            found.setdefault(module, []).append(aliases[0])
    return found


def words_of(module: str) -> list[str]:
    """Return words that a module's lexers know: those of its source."""
    lexers = Path(sys.modules[get_all_lexers.__module__].__file__).parent
    source = (lexers / f"{module.rpartition('.')[2]}.py").read_text()
    return sorted(set(WORDS.findall(source))) or ["a"]


def made_up(chance: random.Random, words: list[str]) -> str:
    """Return a beginning, something again and again, and an end: up to SIZE characters.

    As many are of a hundred to a thousand characters as of ten times that.
    """

    def some(most: int) -> str:
        parts = chance.choice((*PIECES, *chance.sample(words, min(9, len(words)))))
        return "".join(parts for _ in range(chance.randint(1, most)))

    unit = "".join(some(2) for _ in range(chance.randint(1, 4)))
    size = round(SIZE ** chance.uniform(0.5, 1))
    text = some(3) + unit * (size // len(unit))
    return text[:size] + chance.choice(ENDS)


def odd_texts(size: int) -> dict[str, str]:
    """Return texts of about so many bytes that are odd in one way each."""
    units = {
        "line feeds": "\n",
        "one line": "a",
        "angles": "<",
        "ampersands and lines": "&\n",
        "carriage returns": "\r",
        "escapes": "\x1b[31;1m*\x1b[0m",
        "marks on letters": "a" + "\u0301" * 40,
        "ligatures": "\ufdfa",
        "unseen": "\u200b\u202e",
        "emoji": "\U0001f600",
        "links": "https://a.example/?q=1 ",
        "offers": "buy cheap viagra online at casino.example. ",
        "brackets": "[",
        "quotes": '"',
        "commas": "a,b,",
        "table": "|a|b|\n|-|-|\n",
        "emphasis": "*_`[",
        "words": "ab cd efg ",
    }
    return {
        name: "x" + unit * (size // len(unit.encode())) for name, unit in units.items()
    } | {"noise": loads.incompressible_text(size).decode()}


# The kinds of work


def run_work(every: int, fuzz: int) -> dict[str, Costs]:
    """Do all kinds of work with hostile texts; return what each took."""
    hostile = list(texts(every, fuzz))
    odd = [*odd_texts(highlight.MAX_HIGHLIGHT_BYTES - 1000).values()]
    huge = [*odd_texts(10_000_000).values()]
    name = "highlight.SECONDS"

    def child() -> Costs:
        return Costs(name, highlight.SECONDS, LOADING_SECONDS)

    found = {"highlight": child(), "guess": child()} | {
        view.value: child() for view in VIEWS
    }
    found["diff"] = child()
    for number, (language, text) in enumerate(hostile):
        measure_child(
            found["highlight"],
            lambda text=text, language=language: highlight.render(text, language).note,
            f"{language} {text[:60]!r}",
        )
        if number % 4 == 0:
            measure_child(found["guess"], lambda text=text: guess(text), text[:60])
    for number, text in enumerate([*odd, *(text for _, text in hostile[::8])]):
        other = odd[number % len(odd)][::-1]
        for view in VIEWS:
            measure_child(
                found[view.value],
                lambda text=text, view=view: highlight.render_as(text, view).note,
                text[:60],
            )
        for pair in ((text, other), (text, text[1:] + "x"), *shuffled(text)):
            measure_child(
                found["diff"],
                lambda pair=pair: highlight.compare(*pair).note,
                text[:60],
            )
    process.close()
    words = patterns.Words([(pattern, pattern) for pattern in BLOCKED])
    limited = {
        "search": (
            lambda text: words.find(text.encode()),
            "patterns.MAX_SECONDS",
            patterns.MAX_SECONDS,
        ),
        "spam": (lambda text: spam.look(text, "buy"), "spam.PART", highlight.SECONDS),
        "likeness": (likeness_of, "likeness.WINDOWS", highlight.SECONDS),
        "odd characters": (
            highlight.find_odd,
            "oddities.MAX_PLACES",
            highlight.SECONDS,
        ),
    }
    for kind, (work, budget, seconds) in limited.items():
        found[kind] = Costs(budget, seconds)
        for text in [*odd, *huge, *(text for _, text in hostile[::8])]:
            measure(found[kind], lambda text=text, work=work: work(text), text[:60])
    return found


def guess(text: str) -> Note:
    highlight.guess_language(text)
    return Note.NONE


def likeness_of(text: str) -> None:
    likeness.normal_sha256(text)
    likeness.likeness_of(text)


def shuffled(text: str) -> Iterator[tuple[str, str]]:
    """Yield two texts with the same lines, none where it was: what a diff is slow with."""
    lines = [text[at : at + 24] for at in range(0, len(text), 24)][:19_000]
    other = random.Random(len(text)).sample(lines, len(lines))
    yield "\n".join(lines), "\n".join(other)


def measure_child(costs: Costs, work: Callable[[], Note], name: str) -> None:
    """Note what a job of the child took; a child is there before the clock starts."""
    if process._shared.pid is None:
        highlight.render("x", "python", seconds=5)
    pid, before = process._shared.pid, child_seconds()
    began = time.monotonic()
    note = work()
    costs.clock.append(time.monotonic() - began)
    costs.plain += note is not Note.NONE
    # One that was killed or tired took no more than it may, or the parent's grace.
    if pid == process._shared.pid:
        worked = child_seconds() - before
        costs.worked.append(worked)
        costs.worst = max(costs.worst, (worked, name))
        costs.memory = max(costs.memory, peak_memory(pid))


def measure(costs: Costs, work: Callable[[], object], name: str) -> None:
    """Note what work of this thread took."""
    began, worked = time.monotonic(), time.thread_time()
    work()
    took = time.thread_time() - worked
    costs.clock.append(time.monotonic() - began)
    costs.worked.append(took)
    costs.worst = max(costs.worst, (took, name))


def peak_memory(pid: int) -> int:
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", told)[1]) * 1024
    return 0


# The requests


def run_requests(site: Site, size: int, most: int) -> dict[str, Costs]:
    """Ask a running site all that can be asked about large and hostile texts."""
    found: dict[str, Costs] = {}
    large = list(odd_texts(size).items())[:most]
    # What is all white space is no paste.
    small = [
        (f"20 kB {language}", text) for language, text in texts(60, 1) if text.strip()
    ][:most]
    middle = list(odd_texts(highlight.MAX_HIGHLIGHT_BYTES - 1000).items())[:most]
    with Visitor(site.port, timeout=120) as visitor:
        for name, text in [*large, *middle, *small]:
            for act, ask in acts(visitor, text, name.rpartition("kB ")[2]):
                costs = found.setdefault(
                    act, Costs("one second", REQUEST_SECONDS, most_memory=WORKER_BYTES)
                )
                forget_peaks(site)
                began, worked = time.monotonic(), site_seconds(site)
                try:
                    status = ask()
                except loads.CUT_OFF:
                    # A worker that grew too large has made way for another.
                    status = 999
                costs.clock.append(time.monotonic() - began)
                took = site_seconds(site) - worked
                costs.worked.append(took)
                costs.worst = max(costs.worst, (took, f"{name} ({status})"))
                costs.memory = max(costs.memory, *map(peak_memory, site.pids()))
                costs.plain += status >= 400
    return found


def acts(
    visitor: Visitor, text: str, language: str
) -> Iterator[tuple[str, Callable[[], int]]]:
    """Yield what is asked about a text, each as a name and a call that gives a status."""
    data, made = text.encode(), []

    def create(body: bytes, query: str = "") -> Callable[[], int]:
        def call() -> int:
            made.append(visitor.create(body, query))
            return 201

        return call

    def ask(
        method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Callable[[], int]:
        return lambda: visitor.ask(method, path, body, **headers).status

    yield "create, terminal", create(data)
    known = highlight.find_language(language)
    yield "create, told", create(data + b" ", f"?syntax={known.key if known else 'c'}")
    first, second = made[:2]
    page = visitor.ask("GET", "/")
    cookies = "; ".join(
        each.partition(";")[0] for each in page.headers.get_all("Set-Cookie", [])
    )
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)
    fields = {
        "text": text,
        "csrfmiddlewaretoken": token[1].decode() if token else "",
    }
    form = {"Content_Type": f"multipart/form-data; boundary={BOUND}", "Cookie": cookies}
    yield "create, form", ask("POST", "/new", multipart(fields), **form)
    refused = multipart(fields | {"lifetime": "wrong"})
    yield "form given back", ask("POST", "/new", refused, **form)
    urlencoded = {"Content_Type": "application/x-www-form-urlencoded"}
    escaped = b"text=" + b"".join(b"%%%02X" % each for each in data)
    yield "create, urlencoded", ask("POST", "/", escaped, **urlencoded)
    yield "guess", ask("POST", "/guess", multipart(fields), **form)
    body = json.dumps({"text": text}).encode()
    api = "/api/v1/pastes"
    kind = {"Content_Type": "application/json"}
    answer = visitor.ask("POST", api, json.dumps({"text": text + "."}).encode(), **kind)
    if answer.status == 201:
        made_by = json.loads(answer.body)
        owner = {"Authorization": f"Bearer {made_by.get('owner_token', '')}"}
        path = f"{api}/{made_by['id']}"
        yield "create, API", ask("POST", api, body, **kind)
        yield "edit, API", ask("PATCH", path, body, **kind, **owner)
        yield "read, API", ask("GET", path)
    yield "page", ask("GET", first)
    yield "page, in colour", ask("GET", second)
    yield "page again", ask("GET", second)
    for view in VIEWS:
        yield f"page, {view.value}", ask("GET", f"{first}?view={view.value}")
    yield "raw", ask("GET", f"{first}/raw")
    yield "download", ask("GET", f"{first}/download")
    yield "report form", ask("GET", f"{first}/report")
    yield "fork", ask("GET", f"{first}/fork")
    yield "diff", ask("GET", f"{first}/diff{second}")
    yield "diff, beside", ask("GET", f"{second}/diff{first}?view=side")


def multipart(fields: dict[str, str]) -> bytes:
    head = f"--{BOUND}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    return f"{''.join(parts)}--{BOUND}--\r\n".encode()


def site_seconds(site: Site) -> float:
    """Return what a site's processes have had of the processor."""
    total = 0
    for pid in site.pids():
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def forget_peaks(site: Site) -> None:
    """Let each process' peak of memory begin anew (proc(5), clear_refs)."""
    for pid in site.pids():
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def tell(found: dict[str, Costs], what: str) -> list[str]:
    """Print a table; return what did not hold."""
    lines = (costs.row(kind) for kind, costs in found.items())
    print(f"\n{report.table((what, *COLUMNS), lines)}", flush=True)
    return [f"{kind}: {costs.worst}" for kind, costs in found.items() if not costs.held]


def main() -> None:
    words = loads.options(
        __doc__, every=(1, 80), fuzz=(200, 4), megabytes=(10, 10), texts=(99, 3)
    )
    faults = tell(run_work(words.every, words.fuzz), "work")
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name) / "data", WORKERS="1")
        with loads.running(site):
            found = run_requests(site, words.megabytes * 1_000_000, words.texts)
    faults += tell(found, "request")
    loads.finish(faults)


if __name__ == "__main__":
    main()
