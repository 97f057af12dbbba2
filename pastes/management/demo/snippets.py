"""Texts that are put together from the blocks in the files of texts/."""

from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from pastes.management.demo.words import Words

FOLDER = Path(__file__).parent / "texts"
BETWEEN = "\n%%\n"


class Text(NamedTuple):
    title: str
    syntax: str
    text: str


class Blocks(NamedTuple):
    """A file of texts/: how it is titled, how each text begins, and what may follow."""

    syntax: str
    titles: list[str]
    head: str
    rest: list[str]


@lru_cache
def read(name: str) -> Blocks:
    about, head, *rest = (FOLDER / f"{name}.txt").read_text("utf-8").split(BETWEEN)
    lines = dict(line.split(": ", 1) for line in about.splitlines())
    titles = lines["titles"].split(" | ")
    rest[-1] = rest[-1].removesuffix("\n")
    return Blocks(lines["syntax"], titles, head, rest)


def names() -> list[str]:
    """Return the files that hold what people paste, not advertisements."""
    files = sorted(file.stem for file in FOLDER.glob("*.txt"))
    return [name for name in files if not name.startswith("advert-")]


def compose(r: Random, name: str, *, most: int = 4) -> Text:
    """Return a text with some of the blocks, in their order, and its own words."""
    blocks = read(name)
    words = Words(r)
    count = r.randint(2, min(most, len(blocks.rest)))
    places = sorted(r.sample(range(len(blocks.rest)), count))
    parts = [blocks.head, *(blocks.rest[place] for place in places)]
    title = words.fill(r.choice(blocks.titles)) if r.random() < 0.6 else ""
    return Text(title, blocks.syntax, words.fill("\n\n".join(parts)) + "\n")


def advertise(r: Random, name: str, words: Words) -> Text:
    """Return an advertisement of a wave: the others' words but for a sentence."""
    blocks = read(name)
    rest = list(blocks.rest)
    if r.random() < 0.3:
        rest.pop(r.randrange(len(rest) - 1))
    parts = [blocks.head, *rest]
    return Text(
        words.fill(r.choice(blocks.titles)),
        blocks.syntax,
        words.fill(r.choice(["\n\n", "\n", " "]).join(parts)) + "\n",
    )
