"""Honest letters, notes, job ads, chats and sources about what spam is about too.

They are in the two files beside this one, by headings with "==". The marks in them are
filled in and some of the lines between the first and the last are left out, both from a
seed. TUNED was at hand when sentences came to be counted; HELD_OUT was written before,
and not looked at until the end: 5 of 600 were held then, each from one CV.
"""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from string import Template

from pastes.tests.spam.traps import NAMES, host, url

Make = Callable[[random.Random], str]


def vary(text: str, r: random.Random) -> str:
    first, *inner, last = text.splitlines()
    chosen = [first, *(line for line in inner if r.random() < 0.85), last]
    return Template("\n".join(chosen)).safe_substitute(
        url=url(r),
        mail=f"{r.choice(NAMES)}@{host(r)}",
        name=r.choice(NAMES).title(),
        phone=f"+44 20 {r.randint(1000, 9999)} {r.randint(1000, 9999)}",
        n=r.randint(100, 9999),
    )


def read(name: str) -> dict[str, Make]:
    texts = Path(__file__).with_name(name).read_text().split("== ")[1:]
    parts = [text.strip().partition("\n") for text in texts]
    return {heading: partial(vary, text) for heading, _, text in parts}


TUNED = read("prose_tuned.txt")
HELD_OUT = read("prose_held_out.txt")
