"""Words in place of @noun@, @number@ and the like: each text gets its own."""

import re
from pathlib import Path
from random import Random

LINES = (Path(__file__).parent / "words.txt").read_text("utf-8").splitlines()
# By kind: the hosts are names that RFC 2606 sets aside.
LISTS = {kind: words.split() for kind, words in (line.split(": ") for line in LINES)}
NUMBERS = {
    "digit": (2, 9),
    "number": (100, 999),
    "hour": (8, 19),
    "minute": (10, 59),
}
BLANK = re.compile(r"@([A-Za-z]+)([0-9]?)@")


class Words:
    """Fills blanks. A @noun@ stays the same, a @number@ is another each time."""

    def __init__(self, r: Random) -> None:
        self.r = r
        self.kept: dict[str, str] = {}

    def fill(self, text: str) -> str:
        return BLANK.sub(self.find, text)

    def find(self, blank: re.Match[str]) -> str:
        name, place = blank[1], blank[2]
        kind = name.lower()
        if kind in NUMBERS:
            return str(self.r.randint(*NUMBERS[kind]))
        if kind not in LISTS:
            return blank[0]
        word = self.keep(kind, place)
        if name.isupper():
            return word.upper()
        return word[0].upper() + word[1:] if name[0].isupper() else word

    def keep(self, kind: str, place: str) -> str:
        key = kind + place
        if key not in self.kept:
            taken = set(self.kept.values())
            free = [word for word in LISTS[kind] if word not in taken]
            self.kept[key] = self.r.choice(free or LISTS[kind])
        return self.kept[key]
