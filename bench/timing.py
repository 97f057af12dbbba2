"""Whether time tells that a paste was there, or how much of an owner token is right.

Run with `.venv/bin/python bench/timing.py`. One client asks for a paste of each kind in
an order of chance, again and again; each kind's median is printed, and Welch's t of its
difference from a link that never was (over 4.5 there is one to be seen). The slowest
tenth of each kind is left out: it tells of the machine.
"""

import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import loads
from bench.loads import Site, Visitor

LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SEEN = 4.5
KEPT = 0.9
OPEN = dict.fromkeys(("LIMIT_MISS", "LIMIT_UNLOCK_PASTE"), "off")
HIDE = "from pastes import services; services.moderate([{!r}], 'hide', reason='spam', by=None)"
Asked = Callable[[], tuple[str, str, dict[str, str]]]


def measure(
    visitor: Visitor, kinds: dict[str, Asked], rounds: int
) -> dict[str, list[float]]:
    """Ask for each kind so often; return the seconds of the quicker answers of each."""
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    order = list(kinds)
    for _ in range(rounds):
        random.shuffle(order)
        for kind in order:
            method, path, headers = kinds[kind]()
            began = time.perf_counter()
            visitor.ask(method, path, **headers)
            took[kind].append(time.perf_counter() - began)
    return {kind: sorted(each)[: int(rounds * KEPT)] for kind, each in took.items()}


def welch(one: list[float], other: list[float]) -> float:
    """Return Welch's t of two samples."""
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(
        other
    )
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(spread)


def show(took: dict[str, list[float]], base: str) -> None:
    for kind, each in took.items():
        said = f"  {kind:22} median {statistics.median(each) * 1000:7.3f} ms"
        t = welch(each, took[base])
        print(
            said if kind == base else f"{said}, t {t:+7.1f}{' seen' * (abs(t) > SEEN)}"
        )


def links(site: Site, visitor: Visitor) -> dict[str, Asked]:
    """Make a paste that ended in each way, and some that live."""
    text = b"some text\n" * 100

    def fetch(path: str) -> Asked:
        return lambda: ("GET", f"{path}/raw", {})

    def absent() -> tuple[str, str, dict[str, str]]:
        return "GET", f"/{''.join(random.choices(LETTERS, k=12))}/raw", {}

    kinds = {"never was": absent}
    paths = {kind: visitor.create(text) for kind in ("deleted", "removed", "public")}
    paths["expired"] = visitor.create(text, "?lifetime=1")
    paths["burned"] = visitor.create(text, "?burn=1")
    visitor.ask("POST", f"{paths['burned']}/raw")
    made = visitor.ask("POST", "/", text, X_Paste_Password="right")
    paths["locked"] = "/" + made.body.decode().strip().rpartition("/")[2]
    gone = visitor.ask("POST", "/", text)
    paths["deleted"] = "/" + gone.body.decode().strip().rpartition("/")[2]
    owner = {"Authorization": f"Bearer {gone.headers['X-Owner-Token']}"}
    visitor.ask("DELETE", f"/api/v1/pastes{paths['deleted']}", **owner)
    hide = HIDE.format(paths["removed"].strip("/"))
    site.manage("shell", "--no-imports", "-v0", "-c", hide)
    wanted = {"deleted": 404, "expired": 404, "burned": 404, "removed": 410}
    wanted |= {"locked": 401, "public": 200}
    for kind, status in wanted.items():
        path = paths[kind]
        loads.wait_until(
            lambda p=path, s=status: visitor.ask("GET", f"{p}/raw").status == s, kind
        )
        kinds[kind] = fetch(path)
    return kinds


def tokens(visitor: Visitor) -> dict[str, Asked]:
    """Make a paste; return owner tokens that are more and less wrong."""
    answer = visitor.ask("POST", "/", b"x")
    path = "/" + answer.body.decode().strip().rpartition("/")[2]
    right = answer.headers["X-Owner-Token"]

    def attempt(token: str) -> Asked:
        headers = {"Authorization": f"Bearer {token}"}
        return lambda: ("DELETE", f"/api/v1/pastes{path}", headers)

    other = {letter: "B" if letter != "B" else "C" for letter in set(right)}
    first = other[right[0]] + right[1:]
    last = right[:-1] + other[right[-1]]
    wrong = "".join(map(other.get, right))
    return {
        "all of it wrong": attempt(wrong),
        "first letter wrong": attempt(first),
        "last letter wrong": attempt(last),
    }


def main() -> None:
    words = loads.options(__doc__, rounds=(5000, 100))
    for engine in words.engines:
        with tempfile.TemporaryDirectory() as name, loads.database(engine) as cluster:
            url = cluster.create_database("site") if cluster else ""
            site = Site(Path(name) / "data", database=url, WORKERS="1", **OPEN)
            with loads.running(site), Visitor(site.port) as visitor:
                print(f"{engine}, {words.rounds} of each:", flush=True)
                took = measure(visitor, links(site, visitor), words.rounds)
                show(took, "never was")
                took = measure(visitor, tokens(visitor), words.rounds)
                show(took, "all of it wrong")


if __name__ == "__main__":
    main()
