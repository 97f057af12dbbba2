"""The 256 colours of a terminal, and which of them is nearest to any other.

0 to 15 are what VS Code's terminal shows, quieter than xterm's; 16 to 231 are xterm's
cube of six levels, 232 to 255 its greys (xterm, 256colres.pl).
"""

Colour = tuple[int, int, int]

LEVELS = (0, 95, 135, 175, 215, 255)

_NAMED = (
    "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 "
    "666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db ffffff"
)


def _read(colour: str) -> Colour:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


COLOURS: tuple[Colour, ...] = (
    *(_read(colour) for colour in _NAMED.split()),
    *((red, green, blue) for red in LEVELS for green in LEVELS for blue in LEVELS),
    *((grey, grey, grey) for grey in range(8, 248, 10)),
)


def nearest(red: int, green: int, blue: int) -> int:
    """Return the number, 16 to 255, of the colour nearest to one of 0 to 255 each."""
    wanted = (red, green, blue)
    r, g, b = (min(range(6), key=lambda n: abs(LEVELS[n] - part)) for part in wanted)
    in_cube = 16 + 36 * r + 6 * g + b
    grey = 232 + min(23, max(0, (sum(wanted) // 3 - 3) // 10))
    return min(in_cube, grey, key=lambda number: _distance(COLOURS[number], wanted))


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
