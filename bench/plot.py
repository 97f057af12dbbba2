"""A plot as SVG: bars in groups, on a logarithmic scale, each with its figure."""

import math
from collections.abc import Callable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

WIDTH = 960
LEFT, TOP = 210, 84
BAR, GAP = 14, 16
LEGEND_COLUMNS = 4
# Dark enough to be told apart on white; the site's own are the blue ones.
COLOURS = [
    "#0b5cad",
    "#6fa8dc",
    "#444444",
    "#888888",
    "#b8b8b8",
    "#b45f06",
    "#4f8a34",
    "#8e63ce",
]
STYLE = "text { font: 13px sans-serif; fill: #222 } .small { font-size: 11px }"


def bars(
    title: str,
    groups: dict[str, dict[str, float]],
    shown: Callable[[float], str],
) -> str:
    """Return the plot of values by group and by name, one or more each."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    colours = {name: COLOURS[n % len(COLOURS)] for n, name in enumerate(names)}
    most = max(value for group in groups.values() for value in group.values())
    powers = max(1, math.ceil(math.log10(max(1, most))))
    scale = (WIDTH - LEFT - 70) / powers
    height = TOP + sum(BAR * len(group) + GAP for group in groups.values()) + 30
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    root.set("viewBox", f"0 0 {WIDTH} {height}")
    SubElement(root, "title").text = title
    SubElement(root, "style").text = STYLE
    rect(root, 0, 0, WIDTH, height, "#fff")
    words(root, 10, 22, title)
    for number, (name, colour) in enumerate(colours.items()):
        row, column = divmod(number, LEGEND_COLUMNS)
        x, y = 10 + column * (WIDTH // LEGEND_COLUMNS), 36 + row * 20
        rect(root, x, y, 12, 12, colour)
        words(root, x + 18, y + 11, name)
    for power in range(powers + 1):
        x = LEFT + power * scale
        line = {"x1": x, "x2": x, "y1": TOP, "y2": height - 30, "stroke": "#ddd"}
        SubElement(root, "line", {name: f"{value}" for name, value in line.items()})
        words(root, x, height - 12, f"{10**power:,}", "middle")
    y = TOP + GAP / 2
    for label, group in groups.items():
        words(root, LEFT - 8, y + BAR * len(group) / 2 + 4, label, "end")
        for name, value in group.items():
            length = max(1, math.log10(max(1, value)) * scale)
            rect(root, LEFT, y, length, BAR - 2, colours[name])
            text = words(root, LEFT + length + 4, y + BAR - 4, shown(value))
            text.set("class", "small")
            y += BAR
        y += GAP
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def rect(root: Element, x: float, y: float, w: float, h: float, fill: str) -> None:
    sizes = {"x": x, "y": y, "width": w, "height": h}
    numbers = {name: f"{value:.4g}" for name, value in sizes.items()}
    SubElement(root, "rect", numbers, fill=fill)


def words(root: Element, x: float, y: float, text: str, anchor: str = "") -> Element:
    element = SubElement(root, "text", x=f"{x:.4g}", y=f"{y:.4g}")
    if anchor:
        element.set("text-anchor", anchor)
    element.text = text
    return element
