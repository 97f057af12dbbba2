"""Turn paste text into safe HTML lines, coloured by language.

Three questions are answered here, without Django: which language is meant
(``find_language``), which language a text is in (``guess_language``), and what a
page shows for it (``render``). Pygments lexers can be made to run for ever, so
they only ever run in a child process that can be stopped (``process``).
"""

from .guessing import guess_language
from .languages import MAX_WORD_LENGTH, MENU, Language, find_language
from .process import close
from .rendering import (
    MAX_HIGHLIGHT_BYTES,
    MAX_NUMBERED_LINES,
    Note,
    Rendered,
    render,
)

__all__ = [
    "MAX_HIGHLIGHT_BYTES",
    "MAX_NUMBERED_LINES",
    "MAX_WORD_LENGTH",
    "MENU",
    "Language",
    "Note",
    "Rendered",
    "close",
    "find_language",
    "guess_language",
    "render",
]
