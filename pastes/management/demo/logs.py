"""Texts that machines write: logs, tables, documents, patches."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from pastes.management.demo.snippets import Text
from pastes.management.demo.words import LISTS, Words

NOUNS, VERBS, OTHERS, NAMES = (LISTS[kind] for kind in ("noun", "verb", "word", "name"))
PATHS = [
    "/",
    "/about",
    "/feed.xml",
    "/login",
    "/search?q=%s",
    "/static/%s.css",
    "/api/%s",
    "/%s/edit",
]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; examplebot/2.1; +https://bot.example/about)",
]
UNITS = ["nginx", "sshd", "postgres", "systemd", "kernel", "cron", "dockerd"]
GREEN, RED, YELLOW, DIM, END = (f"\x1b[{n}m" for n in (32, 31, 33, 2, 0))


def address(r: Random) -> str:
    """Return an address out of those that documentation may use (RFC 5737, 3849)."""
    if r.random() < 0.25:
        groups = (f"{r.randrange(1, 65536):x}" for _ in range(5))
        return f"2001:db8:{r.randrange(1, 200):x}:{':'.join(groups)}"
    network = r.choice(["192.0.2", "198.51.100", "203.0.113"])
    return f"{network}.{r.randrange(1, 255)}"


def moments(r: Random, at: datetime, count: int, step: float) -> list[datetime]:
    """Return times that rise to `at`."""
    ages = sorted((r.random() * step * count for _ in range(count)), reverse=True)
    return [at - timedelta(seconds=age) for age in ages]


def access_log(r: Random, at: datetime, count: int = 0) -> Text:
    lines = []
    for moment in moments(r, at, count or r.randint(20, 120), 3):
        path = r.choice(PATHS).replace("%s", r.choice(NOUNS))
        status = r.choice([200] * 8 + [304, 404, 404, 500])
        link = f"https://{r.choice(OTHERS)}.example.org{path}"
        lines.append(
            f"{address(r)} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "
            f'"GET {path} HTTP/1.1" {status} {r.randrange(200, 90_000)} '
            f'"{link}" "{r.choice(AGENTS)}"'
        )
    return Text("access.log", "text", "\n".join(lines) + "\n")


def system_log(r: Random, at: datetime) -> Text:
    host = f"{r.choice(OTHERS)}-{r.randint(1, 9)}"
    lines = []
    for moment in moments(r, at, r.randint(15, 90), 20):
        unit, noun = r.choice(UNITS), r.choice(NOUNS)
        said = r.choice(
            [
                f"Started {noun}.service - the {noun} of {r.choice(NAMES)}.",
                f"Failed password for invalid user {noun} from {address(r)} port 4{r.randint(1000, 9999)} ssh2",
                f"{noun}: could not {r.choice(VERBS)}: No space left on device",
                f"connection to {noun} timed out after {r.randint(1, 90)} s, trying again",
                f"checkpoint complete: wrote {r.randint(20, 9000)} buffers",
                f"eth0: link is {r.choice(['up', 'down'])}",
            ]
        )
        pid = r.randint(100, 99_999)
        lines.append(f"{moment:%b %d %H:%M:%S} {host} {unit}[{pid}]: {said}")
    return Text(f"{host}, last night", "text", "\n".join(lines) + "\n")


def coloured_log(r: Random, at: datetime) -> Text:
    """What a terminal shows of a test run: ANSI colours, and a line drawn over."""
    lines = [f"{DIM}${END} make test", "collecting ...\rcollected 48 items"]
    for _ in range(r.randint(12, 40)):
        name = (
            f"tests/test_{r.choice(NOUNS)}.py::test_{r.choice(VERBS)}_{r.choice(NOUNS)}"
        )
        colour, word = r.choice(
            [(GREEN, "PASSED")] * 8 + [(RED, "FAILED"), (YELLOW, "SKIPPED")]
        )
        lines.append(f"{name} {colour}{word}{END} {DIM}[{r.random():.2f}s]{END}")
    failed = sum(RED in line for line in lines)
    colour = RED if failed else GREEN
    lines.append(
        f"{colour}==== {failed} failed, {len(lines) - 2 - failed} other ===={END}"
    )
    return Text("CI output", "console", "\n".join(lines) + "\n")


def traceback(r: Random, at: datetime) -> Text:
    words = Words(r)
    lines = ["Traceback (most recent call last):"]
    for _ in range(r.randint(4, 16)):
        noun, other, verb = r.choice(NOUNS), r.choice(NOUNS), r.choice(VERBS)
        line = r.randrange(10, 900)
        lines.append(f'  File "/srv/{noun}/{other}.py", line {line}, in {verb}_{noun}')
        lines.append(f"    {other} = self.{noun}.{verb}({r.choice(OTHERS)}={other})")
    lines.append(
        words.fill(
            'KeyError: "@noun@"'
            if r.random() < 0.5
            else "ValueError: no @noun@ in @noun2@"
        )
    )
    return Text(words.fill("Crash in @noun@"), "pytb", "\n".join(lines) + "\n")


def table(r: Random, at: datetime) -> Text:
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\n")
    noun = r.choice(NOUNS)
    rows.writerow(["date", noun, "by", "count", "share", "remark"])
    for moment in moments(r, at, r.randint(12, 200), 86_400):
        remark = r.choice(["", "", "see note", "late, with a comma", 'said "fine"'])
        share = f"{r.random():.4f}"
        count = r.randrange(10_000)
        row = [
            f"{moment:%Y-%m-%d}",
            r.choice(OTHERS),
            r.choice(NAMES),
            count,
            share,
            remark,
        ]
        rows.writerow(row)
    return Text(f"{noun}s.csv", "text", output.getvalue())


def document(r: Random, at: datetime) -> Text:
    """A program's answer in JSON."""
    items = [
        {
            "id": r.randrange(10**8),
            "name": f"{r.choice(OTHERS)} {r.choice(NOUNS)}",
            "owner": r.choice(NAMES),
            "at": moment.isoformat(timespec="seconds"),
            "tags": r.sample(OTHERS, r.randint(0, 4)),
            "size": {"width": r.randrange(900), "height": round(r.random() * 90, 2)},
            "next": None,
        }
        for moment in moments(r, at, r.randint(3, 30), 4000)
    ]
    indent = None if r.random() < 0.25 else 2
    text = json.dumps({"count": len(items), "items": items}, indent=indent)
    return Text(r.choice(["", "response.json"]), "json", text + "\n")


def patch(r: Random, at: datetime) -> Text:
    words = Words(r)
    lines = words.fill(
        "diff --git a/@noun@/@noun2@.py b/@noun@/@noun2@.py\n"
        "index 3f1c@number@..9ab2@number@ 100644\n"
        "--- a/@noun@/@noun2@.py\n+++ b/@noun@/@noun2@.py"
    ).splitlines()
    for _ in range(r.randint(1, 5)):
        kept, gone, new = (r.randint(2, 6), r.randint(1, 5), r.randint(1, 7))
        start = r.randint(10, 900)
        lines.append(
            f"@@ -{start},{kept + gone} +{start},{kept + new} @@ def {r.choice(VERBS)}():"
        )
        for sign, count in ((" ", kept), ("-", gone), ("+", new)):
            for _ in range(count):
                code = f"{r.choice(NOUNS)} = {r.choice(VERBS)}({r.choice(OTHERS)}, {r.randrange(99)})"
                lines.append(f"{sign}    {code}")
    return Text(words.fill("Fix the @noun@"), "diff", "\n".join(lines) + "\n")


def minified(r: Random, at: datetime) -> Text:
    """One line of several thousand characters."""
    parts = [
        f"function {r.choice(VERBS)}{n}(a,b){{return a.{r.choice(NOUNS)}?b({r.randrange(999)}):a.{r.choice(OTHERS)}||{n}}}"
        for n in range(r.randint(40, 200))
    ]
    return Text("bundle.min.js", "javascript", f"!function(){{{''.join(parts)}}}();\n")


def link_list(r: Random, at: datetime) -> Text:
    """Bookmarks: nothing but links, and no advertisement."""
    lines = ["# Reading list", ""]
    for _ in range(r.randint(12, 50)):
        host = f"{r.choice(OTHERS)}-{r.choice(NOUNS)}.example.org"
        what = f"{r.choice(NAMES)} on the {r.choice(NOUNS)}"
        lines.append(f"- [{what}](https://{host}/{r.choice(VERBS)}/{r.randrange(999)})")
    return Text("Reading list", "markdown", "\n".join(lines) + "\n")


KINDS: list[Callable[[Random, datetime], Text]] = [
    access_log,
    system_log,
    system_log,
    coloured_log,
    traceback,
    traceback,
    table,
    table,
    document,
    document,
    patch,
    patch,
    minified,
    link_list,
]


def written_by_machine(r: Random, at: datetime) -> Text:
    return r.choice(KINDS)(r, at)


def large_log(r: Random, at: datetime, most_bytes: int) -> Text:
    """A log of a megabyte, or of as much as the site takes."""
    size = min(1_000_000, most_bytes)
    title, syntax, text = access_log(r, at, count=size // 190 + 1)
    while len(text) < size:
        text += access_log(r, at, count=500).text
    whole = text[:size].rpartition("\n")[0] + "\n"
    return Text(
        f"{title} of the whole day", syntax, whole if whole.strip() else text[:size]
    )
