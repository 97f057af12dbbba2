"""Texts that are alike and texts that only look so: made the same way each time."""

import random
from collections.abc import Callable
from pathlib import Path

TOPICS = """\
cheap pills without a prescription
casino bonus and free spins
quick loans for all
followers and likes for sale
watches at a tenth of the price
weight loss in days
crypto signals that never lose
essays written by professors
keys for any game
massage and company tonight
""".splitlines()
PHRASES = """\
do not miss this offer
our happy customers come back every week
pay after delivery
no questions are asked and no papers needed
we ship to every country of the world
the first hundred buyers get a present
write to our manager at any time of day
your money comes back if you are not content
it works for everybody who tries it
trusted by more than nine thousand people
this page is shown for a short time only
click the link and choose what you like best
all payments are safe and private
the price goes up again at the end of the month
tell your friends and get a share
nobody will learn what is in the parcel
we have been here for more than ten years
see what others say about us on the forum
support answers within five minutes
join the channel for more offers of this kind
use the code below when you order
delivery takes from three to seven days
there are only a few places left today
start now with as little as one dollar
all of it comes from the best makers
""".splitlines()
WORDS = """\
alpha
build
cache
daemon
engine
filter
gateway
handler
index
job
kernel
layer
mount
node
object
packet
queue
router
socket
thread
update
volume
worker
agent
broker
client
driver
export
folder
group
header
import
journal
key
label
module
network
""".splitlines()
NAMES = """\
anna
boris
chen
dora
emil
fatou
george
hana
ivan
julia
kofi
lena
""".splitlines()


def host(r: random.Random) -> str:
    return f"{r.choice(WORDS)}{r.randrange(100)}-{r.choice(WORDS)}.example"


def spam(r: random.Random) -> list[str]:
    """Return the sentences of an advertisement, of 60 to 150 words."""
    topic, some = r.choice(TOPICS), r.sample(PHRASES, r.randint(7, 13))
    first = f"best {topic}, call {r.choice(NAMES)} or see https://{host(r)}/{topic[:4]}"
    last = f"order {topic} at https://{host(r)}/ and ask for {r.choice(NAMES)}"
    return [first, *some, last]


def written(sentences: list[str]) -> str:
    return "\n".join(f"{each[:1].upper()}{each[1:]}." for each in sentences)


def respaced(r: random.Random, sentences: list[str]) -> str:
    words = written(sentences).split()
    return "".join(word + r.choice((" ", "  ", "\r\n", "\t", "\n\n")) for word in words)


def reworded(r: random.Random, sentences: list[str]) -> str:
    """Change three words of a hundred, at least two."""
    words = written(sentences).split(" ")
    for place in r.sample(range(len(words)), max(2, len(words) * 3 // 100)):
        words[place] = r.choice(WORDS)
    return " ".join(words)


def relinked(r: random.Random, sentences: list[str]) -> str:
    """Put other hosts and names where there are some."""
    other = random.Random(r.random())
    text = []
    for word in written(sentences).split(" "):
        if "https://" in word:
            word = f"https://{host(other)}/{other.randrange(10_000)}"
        elif word.strip(".") in NAMES:
            word = other.choice(NAMES)
        text.append(word)
    return " ".join(text)


def reordered(r: random.Random, sentences: list[str]) -> str:
    return written(r.sample(sentences, len(sentences)))


def extended(r: random.Random, sentences: list[str]) -> str:
    """Put ten words of the sender's own around it."""
    words = r.choices(WORDS, k=10)
    return f"{' '.join(words[:5])}\n{written(sentences)}\n{' '.join(words[5:])}"


VARIATIONS: dict[str, Callable[[random.Random, list[str]], str]] = {
    "other spacing": respaced,
    "few words changed": reworded,
    "links and names swapped": relinked,
    "sentences re-ordered": reordered,
    "words put around": extended,
}


def address(r: random.Random) -> str:
    return ".".join(str(r.randrange(1, 255)) for _ in range(4))


def clock(r: random.Random, n: int, start: int) -> str:
    seconds = start + n * r.randint(1, 3)
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def access_log(r: random.Random) -> str:
    """A web server's log of one site: the same paths and browsers, other visitors."""
    paths = ["/", "/about", "/style.css", "/app.js", "/logo.svg", "/news", "/login"]
    agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"]
    agents += ["curl/8.5.0", "Mozilla/5.0 (compatible; ExampleBot/2.1)"]
    start, day = r.randrange(80_000), r.randint(1, 28)
    return "\n".join(
        f"{address(r)} - - [{day:02}/Nov/2026:{clock(r, n, start)} +0000] "
        f'"GET {r.choice(paths)} HTTP/1.1" {r.choice((200, 200, 304, 404))} '
        f'{r.randrange(200, 60_000)} "-" "{r.choice(agents)}"'
        for n in range(r.randint(30, 200))
    )


def system_log(r: random.Random) -> str:
    start, day, lines = r.randrange(80_000), r.randint(1, 28), []
    for n in range(r.randint(30, 200)):
        pid, port = r.randrange(400, 60_000), r.randrange(1024, 65_000)
        name, unit = r.choice(NAMES), r.choice(WORDS)
        said = r.choice(
            (
                f"sshd[{pid}]: Failed password for invalid user {name} from "
                f"{address(r)} port {port} ssh2",
                f"sshd[{pid}]: Connection closed by authenticating user root "
                f"{address(r)} port {port} [preauth]",
                f"systemd[1]: Started {unit}.service - The {unit} service.",
                f"CRON[{pid}]: (root) CMD (/usr/bin/{unit} --quiet)",
                f"kernel: [{r.randrange(10**6)}.{r.randrange(10**6)}] eth0: link up",
            )
        )
        lines.append(f"Nov {day} {clock(r, n, start)} server-{day % 3} {said}")
    return "\n".join(lines)


def traceback(r: random.Random) -> str:
    """What a Django site throws: the frame's lines are the same in each of them."""
    lines = ["Traceback (most recent call last):"]
    base = "/srv/site/.venv/lib/python3.11/site-packages/django/core/handlers"
    lines.append(f'  File "{base}/exception.py", line 55, in inner')
    lines.append("    response = get_response(request)")
    lines.append(f'  File "{base}/base.py", line 197, in _get_response')
    lines.append(
        "    response = wrapped_callback(request, *callback_args, **callback_kwargs)"
    )
    for _ in range(r.randint(4, 14)):
        a, b, c = r.sample(WORDS, 3)
        lines.append(f'  File "/srv/site/{a}/{b}.py", line {r.randrange(900)}, in {c}')
        lines.append(f"    {c}_{a} = self.{b}.{c}({a}, {r.choice(WORDS)}={b})")
    a, b = r.sample(WORDS, 2)
    error = r.choice(("KeyError", "ValueError", "TypeError", "OperationalError"))
    lines.append(f"{error}: {a} {b} {r.randrange(10_000)}")
    return "\n".join(lines)


def build_log(r: random.Random) -> str:
    """A CI run of one project or another: every line has its time."""
    start, day, lines = r.randrange(80_000), r.randint(1, 28), []
    project = r.sample(WORDS, 12)

    def say(words: str) -> None:
        at = clock(r, len(lines), start)
        lines.append(f"2026-11-{day:02}T{at}.{r.randrange(10**7):07}Z {words}")

    for words in (
        "##[group]Run actions/checkout@v4",
        "with:",
        "  repository: " + "/".join(project[:2]),
        "##[endgroup]",
        f"Syncing repository to {r.randbytes(20).hex()}",
        "##[group]Run actions/setup-python@v5",
        "  python-version: 3.11",
        "##[endgroup]",
        "Successfully set up CPython (3.11.9)",
        "##[group]Run python -m pytest -q",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
    ):
        say(words)
    for _ in range(r.randint(15, 90)):
        a, b = r.sample(project, 2)
        result = r.choice(("PASSED", "PASSED", "PASSED", "FAILED"))
        say(f"tests/test_{a}.py::test_{b}_{r.choice(WORDS)} {result}")
    say(f"{r.randrange(9)} failed, {r.randrange(90)} passed in {r.random() * 90:.2f}s")
    say("##[error]Process completed with exit code 1.")
    return "\n".join(lines)


def same_tests_log(r: random.Random) -> str:
    """Another run of the same tests of one project: the times alone differ."""
    tests, start, lines = random.Random(7), r.randrange(80_000), []
    for n in range(60):
        name = f"tests/test_{tests.choice(WORDS)}.py::test_{tests.choice(WORDS)}_{n}"
        at = f"2026-11-{r.randint(1, 28):02}T{clock(r, n, start)}.{r.randrange(1000):03}Z"
        lines.append(f"{at} {name} PASSED [{n * 100 // 60:3}%]")
    return "\n".join(lines)


def plain_log(r: random.Random) -> str:
    """A program's log without times: only the values tell one run from another."""
    return "\n".join(
        f"INFO {r.choice(WORDS)}: {r.choice(WORDS)} {r.choice(WORDS)} took "
        f"{r.randrange(2_000)} ms, {r.randrange(60_000)} rows, user {r.choice(NAMES)}"
        for _ in range(r.randint(20, 150))
    )


LOGS: dict[str, Callable[[random.Random], str]] = {
    "access logs": access_log,
    "system logs": system_log,
    "tracebacks": traceback,
    "CI logs": build_log,
    "runs of the same tests": same_tests_log,
    "logs without times": plain_log,
}


def snippets() -> list[str]:
    """Return real code and prose of many languages."""
    folder = Path(__file__).resolve().parent / "snippets"
    return [file.read_text() for file in sorted(folder.rglob("*.txt"))]
