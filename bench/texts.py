"""The texts that the benches store: real Python, cut to size, the same in each run."""

from functools import cache

from bench.loads import ROOT


@cache
def source() -> str:
    """Return all of the site's own code that is plain ASCII, one file after the other."""
    files = sorted((ROOT / "pastes").rglob("*.py"))
    codes = (file.read_text() for file in files if "tests" not in file.parts)
    return "".join(code for code in codes if code.isascii())


def python(size: int, number: int = 0) -> str:
    """Return a text of so many bytes, from the start of a line on; a large one repeats.

    Texts of different numbers are different up to some hundreds.
    """
    code = source()
    start = code.index("\n", number * 1009 % (len(code) - 2000)) + 1
    times = (start + size) // len(code) + 1
    return (code * times)[start : start + size]
