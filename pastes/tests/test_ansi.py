"""Terminal logs: what is shown of the escapes, and colours that can be read."""

import colorsys
import html
import random
import re
import time
from pathlib import Path

import brotli
import pytest

from pastes.highlight import Note, View, render_as, tints
from pastes.highlight.lexer_child.markup import TooMuchOutputError
from pastes.highlight.lexer_child.palette import COLOURS, nearest
from pastes.highlight.lexer_child.terminal import write_terminal

STYLESHEET = Path(__file__).parents[1] / "static" / "pastes" / "ansi.css"
ROOM = 8 * 1024 * 1024
PIECES = [
    *"\n\n\r\b\t\x00\x07\x0e\x18\x1b[]()PX^_;:?0123456789mKGCDHJX`\\<&>\"ab é漢",
    "\x1b[", "\x1b[1m", "\x1b[38;5;", "\x1b[48;2;1;2;3m", "\x1b]8;;", "\x1b\\",
    "\x1b[K", "\x1b[99999999999999G", "\x1b[2K", "\x1b[1K", "\u202e", "\x9b", "\x9c",
]  # fmt: skip


def write(text: str) -> str:
    return write_terminal(text, room=ROOM)


def read(text: str) -> str:
    """What a person reads of a log."""
    return html.unescape(re.sub("<[^>]*>", "", write(text)))


def classes(values: str) -> str:
    found = re.search(r'<span class="([^"]*)">x</span>', write(f"\x1b[{values}mx"))
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ("1", "x1"), ("2", "x2"), ("3", "x3"), ("4", "x4"), ("21", "x4"), ("9", "x9"),
        ("7", "x7"), ("8", ""), ("5", ""), ("31", "f1"), ("97", "f15"), ("44", "b4"),
        ("107", "b15"), ("38;5;196", "f196"), ("48;5;17", "b17"), ("38:5:196", "f196"),
        ("38;2;255;0;0", "f196"), ("38:2::255:0:0", "f196"), ("38:2:255:0:0", "f196"),
        ("48;2;0;0;95", "b17"), ("1;31;42", "x1 f1 b2"), ("31;39", ""), ("41;49", ""),
        ("1;2;22", ""), ("3;23", ""), ("4;24", ""), ("4:0", ""), ("4:3", "x4"),
        ("7;27", ""), ("9;29", ""), ("31;0", ""), ("31;", ""), ("7;31", "b1"),
        ("7;31;42", "f2 b1"), ("7;42", "f2 b7"), ("58;5;1;31", "f1"),
        ("58;2;1;1;1;32", "f2"), ("38;5;999;32", "f2"), ("38", ""), ("38;5", ""),
        ("?31", ""), (">4;1", ""), ("31 ", ""), ("9" * 5000, ""),
    ],
)  # fmt: skip
def test_sgr_values_become_classes(values, names):
    assert classes(values) == names


def test_style_goes_on_over_lines_and_ends_when_told():
    assert write("\x1b[31ma\nb\x1b[mc\nd") == (
        '<span class="f1">a</span>\n<span class="f1">b</span>c\nd'
    )


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("10%\r20%\r100%\n", "100%"),
        ("abcdef\rxy", "xycdef"),
        ("abcdef\rxy\x1b[K", "xy"),
        ("abc\x1b[2Kd", "   d"),
        ("abcdef\x1b[3D\x1b[1Kx", "   xef"),
        ("abc\b\bX", "aXc"),
        ("a\x1b[3Cb", "a   b"),
        ("abc\x1b[2GX", "aXc"),
        ("abc\x1b[2DX", "aXc"),
        ("abcd\r\x1b[2Xz", "z cd"),
        ("a\tb\rX", "X       b"),
        ("a\tb", "a\tb"),
        ("\x1b[999999999999Gx", " " * 1000 + "x"),
        ("a\r", "a"),
        ("漢字\rx", "x字"),
    ],
)
def test_line_is_shown_as_it_was_last_seen(text, seen):
    assert read(text) == seen


def test_overwritten_columns_have_their_own_styles():
    assert write("\x1b[31mabc\r\x1b[32mx") == (
        '<span class="f2">x</span><span class="f1">bc</span>'
    )


@pytest.mark.parametrize(
    "noise",
    [
        "\x1b[2J", "\x1b[H", "\x1b[3A", "\x1b[?25l", "\x1b[", "\x1b[31", "\x1b",
        "\x1b]0;title\x07", "\x1b]0;title\x1b\\", "\x1bPdata\x1b\\", "\x1b_apc\x1b\\",
        "\x1b^pm\x1b\\", "\x1b(B", "\x1b7", "\x1bc", "\x07", "\x00", "\x0e", "\x7f",
        "\x1b]8;;https://example.com\x07", "\x1b[1;2;3y", "\x1b[ q",
    ],
)  # fmt: skip
def test_other_controls_are_dropped(noise):
    assert read(f"a{noise}\nb") == "a\nb"
    assert read(f"a{noise}\x1b[me") == "ae"


def test_link_shows_its_text_alone():
    assert read("\x1b]8;;https://a.example\x1b\\here\x1b]8;;\x1b\\!") == "here!"


def test_unfinished_string_ends_with_its_line():
    assert read("a\x1b]52;c;secret\nb\x1bPq\nc") == "a\nb\nc"


def test_concealed_text_is_shown():
    assert read("\x1b[8mrm -rf\x1b[28m") == "rm -rf"


def test_html_is_escaped_and_rows_are_as_many_as_lines():
    dice = random.Random(5)
    for _ in range(400):
        text = "".join(dice.choice(PIECES) for _ in range(dice.randrange(80)))
        text = text.replace("\r\n", "\n")
        rendered = render_as(text, View.TERMINAL, seconds=5)
        assert rendered.note is Note.NONE
        rows = write(text)
        assert rows.count("\n") == text.removesuffix("\n").count("\n")
        bare = re.sub(
            r'<span class="[xfb0-9 ]+">|</span>|<bdi [^<>]*>|</bdi>', "", rows
        )
        assert not re.search('[<>"]', bare)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", rows)


def test_text_without_escapes_is_unchanged():
    assert read('x <b> & "y"\n\n  z\n') == 'x <b> & "y"\n\n  z'


def test_rows_beyond_the_room_are_refused():
    with pytest.raises(TooMuchOutputError):
        write_terminal("\x1b[999Gx\n" * 50_000, room=1 << 20)


@pytest.mark.parametrize(
    "piece",
    [
        "x\x1b[1K", "\x1b[2K\x1b[999Gx", "\r\x1b[999Cx\x1b[K", "ab\b\b", "\x1b[1;2;3",
        "\x1b]", "\x1b[", "1;", "\x1b[9999G\x1b[1K\x1b[X",
    ],
)  # fmt: skip
def test_hostile_line_takes_linear_time(piece):
    text = "x" * 100_000 + "\x1b[" * (piece == "1;") + piece * (300_000 // len(piece))
    start = time.process_time()
    write_terminal(text, room=1 << 30)
    assert time.process_time() - start < 10


# Colours


def test_nearest_colour_of_the_256():
    for number in range(16, 256):
        assert COLOURS[nearest(*COLOURS[number])] == COLOURS[number]


def test_stylesheet_is_what_the_palette_makes():
    made = tints.write_stylesheet()
    assert STYLESHEET.read_text() == made, "run python -m pastes.highlight.tints"
    assert len(brotli.compress(made.encode(), quality=5)) < 5000


def colours(letter: str) -> dict[int, tuple[str, str]]:
    """The light and the dark colour of each class, as the stylesheet has them."""
    found = {}
    text = STYLESHEET.read_text()
    pattern = r"^([.,fb0-9]+)\{[a-z]+:light-dark\(#(\w{3}),#(\w{3})\)\}$"
    for names, *pair in re.findall(pattern, text, re.M):
        for number in re.findall(rf"\.{letter}(\d+)", names):
            found[int(number)] = tuple(pair)
    return found


def triple(colour: str) -> tuple[int, int, int]:
    return tuple(int(digit * 2, 16) for digit in colour)


@pytest.mark.parametrize(("number", "theme"), [*enumerate(tints.THEMES)], ids="ld")
def test_every_colour_reads_on_every_ground(number, theme):
    texts, backs = colours("f"), colours("b")
    assert set(texts) == set(backs) == set(range(256))
    faint = re.search(r"\.x2 .*light-dark\(#(\w+),#(\w+)\)", STYLESHEET.read_text())
    shown = {triple(each[number]) for each in texts.values()}
    shown.add(triple(faint[number + 1]))
    grounds = {triple(each[number]) for each in backs.values()} | set(theme.papers)
    least = min(tints.contrast(a, b) for a in shown for b in grounds)
    assert least >= 4.5
    # The page's own text, and that of reversed words, is on the tints too.
    ink = [(0x1B, 0x1F, 0x24), (0xE4, 0xE7, 0xEA)][number]
    assert min(tints.contrast(ink, ground) for ground in grounds) >= 4.5


def test_papers_are_those_of_the_site():
    site = (STYLESHEET.parent / "site.css").read_text()
    for name, own in zip(("paper", "shade", "marked"), range(3), strict=True):
        pair = re.search(rf"--{name}: light-dark\(#(\w+), #(\w+)\)", site).groups()
        for theme, colour in zip(tints.THEMES, pair, strict=True):
            assert theme.papers[own] == tuple(bytes.fromhex(colour))


def test_hue_is_kept():
    for letter in "f":
        for number, pair in colours(letter).items():
            hue, _, saturation = colorsys.rgb_to_hls(
                *(c / 255 for c in COLOURS[number])
            )
            for colour in pair:
                moved = colorsys.rgb_to_hls(*(c / 255 for c in triple(colour)))
                if saturation > 0.5 and max(COLOURS[number]) > 120 and moved[2] > 0.2:
                    away = abs(hue - moved[0])
                    assert min(away, 1 - away) < 0.08, (number, colour)
