"""Make the stylesheet of terminal logs: 256 colours that can be read in both themes.

    python -m pastes.highlight.tints > pastes/static/pastes/ansi.css

A log may put any colour on any other, and was made for a screen of its own. So
backgrounds become tints near the theme's paper, and the colours of text move towards
black or white, which keeps their hue, until they read at CONTRAST on every tint and
on each of the site's own papers (WCAG 2.2, 1.4.3).
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from .lexer_child.palette import COLOURS, Colour

CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Theme:
    """What is under a text, and the end of the scale that it moves to for contrast.

    ``papers`` are --paper, --shade and --marked of site.css; ``soft`` is its --soft,
    where faint text begins. ``tint`` is the part of a background's own colour that
    is kept at most, ``limit`` the luminance that no tint goes beyond.
    """

    papers: tuple[Colour, ...]
    soft: Colour
    end: Colour
    tint: float
    limit: float


WHITE, BLACK = (255, 255, 255), (0, 0, 0)
LIGHT = Theme(
    papers=(WHITE, (0xF6, 0xF7, 0xF8), (0xFF, 0xF6, 0xD6)),
    soft=(0x56, 0x5E, 0x67),
    end=BLACK,
    tint=0.35,
    limit=0.68,
)
DARK = Theme(
    papers=((0x15, 0x18, 0x1C), (0x1B, 0x1F, 0x24), (0x2B, 0x2A, 0x1C)),
    soft=(0xA3, 0xAB, 0xB4),
    end=WHITE,
    tint=0.45,
    limit=0.034,
)
THEMES = (LIGHT, DARK)
STEPS = 32

FIXED = """\
.code .block { tab-size: 8; }
.x1 { font-weight: 700; }
.x2 { font-weight: 300; color: %(faint)s; }
.x3 { font-style: italic; }
.x4 { text-decoration: underline; text-underline-offset: 0.15em; }
.x9 { text-decoration: line-through; }
.x4.x9 { text-decoration: underline line-through; }
.x7 { color: var(--paper); background: var(--ink); }
@media (forced-colors: active) { .x7 { outline: 1px solid; } }
"""


def write_stylesheet() -> str:
    """Return ansi.css: the classes that ``lexer_child.terminal`` writes."""
    faint = _pair([shown(theme.soft, theme) for theme in THEMES])
    parts = [
        "/* Colours of terminal logs. Made by pastes/highlight/tints.py. */\n",
        FIXED % {"faint": faint},
        *_rules("f", "color", shown),
        *_rules("b", "background", tinted),
    ]
    return "".join(parts)


def _rules(
    letter: str, name: str, find: Callable[[Colour, Theme], Colour]
) -> Iterator[str]:
    """Yield a rule for each pair of colours, with all the classes that have it."""
    classes: dict[str, list[str]] = {}
    for number, colour in enumerate(COLOURS):
        pair = _pair([find(colour, theme) for theme in THEMES])
        classes.setdefault(pair, []).append(f".{letter}{number}")
    for pair, names in classes.items():
        yield f"{','.join(names)}{{{name}:{pair}}}\n"


def shown(colour: Colour, theme: Theme) -> Colour:
    """Return a text's colour as a theme shows it: moved until it reads anywhere."""
    for step in range(STEPS + 1):
        moved = rounded(mix(colour, theme.end, step / STEPS))
        if all(contrast(moved, ground) >= CONTRAST for ground in grounds(theme)):
            return moved
    raise ValueError(colour)


def tinted(colour: Colour, theme: Theme) -> Colour:
    """Return a background as a theme shows it: a tint of the paper, not too strong."""
    part = theme.tint
    while True:
        tint = rounded(mix(theme.papers[0], colour, part))
        own = luminance(tint)
        if own >= theme.limit if theme is LIGHT else own <= theme.limit:
            return tint
        part -= 1 / 64


@cache
def grounds(theme: Theme) -> tuple[Colour, ...]:
    """Return all that can be under a text: the papers, and every tint."""
    return (*theme.papers, *{tinted(colour, theme) for colour in COLOURS})


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Return a colour on the way to another; on the way to a grey the hue stays."""
    red, green, blue = (
        round(a + (b - a) * part) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def rounded(colour: Colour) -> Colour:
    """Return the nearest colour that CSS writes with three digits."""
    red, green, blue = (round(part / 17) * 17 for part in colour)
    return red, green, blue


@cache
def luminance(colour: Colour) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _pair(colours: list[Colour]) -> str:
    light, dark = ("".join(f"{part // 17:x}" for part in each) for each in colours)
    return f"light-dark(#{light},#{dark})"


if __name__ == "__main__":
    sys.stdout.write(write_stylesheet())
