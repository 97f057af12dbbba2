"""The stylesheet of code: every class has a colour that can be read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pygments.token import STANDARD_TYPES

from pastes.highlight.lexer_child.markup import BARE_CLASSES

STYLESHEET = Path(__file__).parents[1] / "static" / "pastes" / "highlight.css"
BACKGROUNDS = {
    "light": ("#ffffff", "#f6f7f8", "#fff6d6"),
    "dark": ("#15181c", "#1b1f24", "#2b2a1c"),
}
LEAST_CONTRAST = 4.5
MAX_BYTES = 4096

# Coloured like plain text on purpose: "other", "generic" and lexer errors, for a
# fragment or a wrong guess is full of "errors" that are none.
PLAIN_CLASSES = {"x", "g", "err"}

RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
PAIR = re.compile(r"^light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)$")


def rules() -> list[tuple[str, dict[str, str]]]:
    """Each rule's selector and declarations."""
    text = re.sub(r"/\*.*?\*/", "", STYLESHEET.read_text(), flags=re.S)
    found = []
    for selector, body in RULE.findall(text):
        pairs = (part.split(":", 1) for part in body.split(";") if part.strip())
        found.append((selector.strip(), {k.strip(): v.strip() for k, v in pairs}))
    return found


def colours() -> Iterator[tuple[str, str, str]]:
    """(selector, colour, background) for each rule, theme and background."""
    for selector, declarations in rules():
        if "color" not in declarations:
            continue
        text = PAIR.match(declarations["color"])
        own = PAIR.match(declarations.get("background-color", ""))
        for number, theme in enumerate(("light", "dark"), 1):
            for background in [own[number]] if own else BACKGROUNDS[theme]:
                yield selector, text[number], background


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_every_colour_can_be_read_on_every_background() -> None:
    checked = list(colours())
    faint = [
        (*row, round(contrast(*row[1:]), 2))
        for row in checked
        if contrast(*row[1:]) < LEAST_CONTRAST
    ]
    assert len(checked) > 60
    assert faint == []


def test_every_colour_is_given_for_both_themes() -> None:
    for _, declarations in rules():
        for name, value in declarations.items():
            if "color" in name:
                assert PAIR.match(value), value


def test_every_rule_is_confined_to_code() -> None:
    others = [s for s, _ in rules() if not s.startswith(".code ")]
    assert {name for each in others for name in each.split(", ")} == {
        ".odd::before",
        ".block bdi::before",
        ".block bdi.odd::before",
    }


def test_every_token_class_has_a_rule_or_is_plain_on_purpose() -> None:
    styled = set()
    for selector, _ in rules():
        if not selector.startswith(".code "):
            continue
        styled |= set(re.findall(r"\.([a-z0-9]+)", selector.removeprefix(".code")))
    emitted = set(STANDARD_TYPES.values()) - BARE_CLASSES
    assert emitted - PLAIN_CLASSES - styled == set()
    assert styled - emitted == set()


def test_stylesheet_is_small_and_loads_nothing() -> None:
    text = STYLESHEET.read_text()
    assert len(text.encode()) < MAX_BYTES
    assert "url(" not in text
    assert "@import" not in text
