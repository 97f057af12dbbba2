"""Turn paste text into safe HTML lines, coloured by language.

Three questions are answered here, without Django: which language is meant
(``find_language``), which language a text is in (``guess_language``), and what a
page shows for it (``render``). Pygments lexers can be made to run for ever, so
they only ever run in a child process that can be stopped (``process``).
"""

from .comparison import Comparison, Hunk, compare, line_ends, link_lines
from .guessing import guess_language
from .languages import MAX_WORD_LENGTH, MENU, Language, find_language
from .oddities import Odd, find_odd
from .process import SECONDS, close
from .rendering import (
    MAX_HIGHLIGHT_BYTES,
    MAX_NUMBERED_LINES,
    Note,
    Rendered,
    View,
    default_view,
    hides_words,
    offered_views,
    render,
    render_as,
)
from .turns import Turns, wait_in

__all__ = [
    "MAX_HIGHLIGHT_BYTES",
    "MAX_NUMBERED_LINES",
    "MAX_WORD_LENGTH",
    "MENU",
    "SECONDS",
    "Comparison",
    "Hunk",
    "Language",
    "Note",
    "Odd",
    "Rendered",
    "Turns",
    "View",
    "close",
    "compare",
    "default_view",
    "find_language",
    "find_odd",
    "guess_language",
    "hides_words",
    "line_ends",
    "link_lines",
    "offered_views",
    "render",
    "render_as",
    "wait_in",
]
