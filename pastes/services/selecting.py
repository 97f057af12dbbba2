"""Which paste a moderator means."""

import re
from urllib.parse import urlsplit

from pastes import tokens

IN_A_PATH = re.compile(rf"(?:^|/)({tokens.SLUG_PATTERN})(?=$|[/.?#])")


def slug_in(word: str) -> str:
    """Return the slug in a link to a paste or to one of its pages, or an empty one."""
    word = word.strip()
    if "://" in word:
        try:
            word = urlsplit(word).path
        except ValueError:
            return ""
    found = IN_A_PATH.search(word)
    return found[1] if found else ""
