"""Finding a text again that was written otherwise: its normal form and its likeness.

The likeness is a MinHash (Broder 1997) of the text's word shingles: of sixteen hash
functions, the least value over all shingles. Two texts that have the share J of their
shingles in common (Jaccard's index) agree in each of the sixteen with probability J.
Four at a time they make a band, one integer, and texts that agree in a whole band are
found by an index over it. bench/likeness.py measures this against a SimHash and says
why the numbers below are what they are.
"""

import re
import sys
import unicodedata
from array import array
from functools import lru_cache
from hashlib import blake2b, sha256

import re2

Likeness = tuple[int, int, int, int]

# Words in a shingle.
SHINGLE = 2
# Fewer shingles than these say too little: short texts are alike by chance.
LEAST_SHINGLES = 20
BANDS = 4
HASHES = 16
# Of each least value as many bits are kept as four of them fit a signed 32-bit column.
BITS = 7
# Two texts are near if at least this many of the sixteen values agree.
AGREEING = 11
# Longer texts are sampled: windows of as many characters, spread evenly, so that a
# small change shifts what each of them sees by little.
WINDOWS = 32
WINDOW = 1_500
# And in their normal form, which of a hostile text is eighteen times as long.
MOST_FOLDED = 4 * WINDOWS * WINDOW
MAX_WORD = 40
# Unicode's stream-safe format (UAX #15) knows no more marks on one letter; ordering a
# long run of them takes CPython time that grows with its square.
MARKS = 30
# One character can become eighteen in form NFKC: what is beyond as many stays.
NORMALISED = 60_000

# What nobody sees: Unicode's format characters and its Default_Ignorable_Code_Points
# (DerivedCoreProperties.txt), the braille blank, and controls that are no white space.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
# Whether there is any, in UTF-8: RE2 reads ten megabytes in twenty milliseconds.
ANY_INVISIBLE = re2.compile(INVISIBLE.pattern.encode())
SPACES = b" \t\n\v\f\r\x1c\x1d\x1e\x1f"
CONTROLS = bytes(n for n in (*range(32), 127) if n not in SPACES)
PLAIN = bytes(n for n in range(128) if n not in CONTROLS)
# Scripts that put no spaces between words: there a character is a word.
SPACELESS = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff])"
)
PIECES = re.compile(rf"\w{{1,{MAX_WORD}}}")


def visible_form(text: str) -> str:
    """Return the text in Unicode's form NFKC, without characters that nobody sees.

    Case, spaces and lines stay.
    """
    if text.isascii():
        data = text.encode()
        plain = data.translate(None, CONTROLS)
        return text if len(plain) == len(data) else plain.decode()
    # Before, so that a mark joins its letter; after, since some come of the joining.
    start, rest = compatible_start(drop_invisible(text))
    return drop_invisible(start) + rest


def drop_invisible(text: str) -> str:
    data = text.encode(errors="surrogatepass")
    return INVISIBLE.sub("", text) if ANY_INVISIBLE.search(data) else text


def unusual(text: str) -> str:
    """Return the characters that are not ASCII's visible ones and spaces, each once.

    Most texts have few of them, and looking at each character of a text is slow.
    """
    rest = text.encode(errors="surrogatepass").translate(None, PLAIN)
    return "".join(set(rest.decode(errors="surrogatepass")))


def compatible_start(text: str) -> tuple[str, str]:
    """Return the text's first NORMALISED characters in form NFKC, and the others."""
    start, rest = text[:NORMALISED], text[NORMALISED:]
    if any(map(unicodedata.combining, unusual(start))):
        start = long_runs_of_marks().sub(r"\1", start)
    return unicodedata.normalize("NFKC", start), rest


@lru_cache
def long_runs_of_marks() -> re.Pattern[str]:
    # No mark is outside of this range, which keeps the first use quick.
    marks = filter(unicodedata.combining, map(chr, range(0x300, 0x1F000)))
    a_mark = f"[{''.join(marks)}]"
    return re.compile(f"({a_mark}{{{MARKS}}}){a_mark}+")


def folded_form(text: str) -> str:
    text = visible_form(text)
    if text.isascii():
        return text.lower()
    return "".join(compatible_start(text.casefold()))


def normal_form(text: str) -> str:
    """Return what is the same for texts that differ in spacing, case or lines only.

    Unicode's form NFKC, case folded, runs of white space as one space, characters that
    nobody sees dropped. Letters of another script that look alike stay apart.
    """
    return " ".join(folded_form(text).split())


def normal_sha256(text: str) -> str:
    """Return the hex SHA-256 of the normal form without its spaces.

    So a word that is broken by a space or a line end is still the same word.
    """
    if text.isascii():
        # The same, in one copy.
        packed = text.encode().lower().translate(None, CONTROLS + SPACES)
    else:
        packed = "".join(folded_form(text).split()).encode(errors="surrogatepass")
    return sha256(packed).hexdigest()


def likeness_of(text: str) -> Likeness | None:
    """Return the text's likeness as four integers below 2 ** 28.

    None where it has fewer than LEAST_SHINGLES different shingles. Of a text of more
    than WINDOWS * WINDOW characters only as many are looked at, spread over it.
    """
    features = shingles(sample(text))
    if len(features) < LEAST_SHINGLES:
        return None
    # No shingle holds a line end: all are encoded in one go.
    lines = "\n".join(features).encode(errors="surrogatepass").split(b"\n")
    digests = b"".join([blake2b(line).digest() for line in lines])
    least = [value & (1 << BITS) - 1 for value in least_values(digests)]
    rows = HASHES // BANDS
    bands = []
    for start in range(0, HASHES, rows):
        band = 0
        for value in least[start : start + rows]:
            band = band << BITS | value
        bands.append(band)
    return tuple(bands)


def least_values(digests: bytes) -> list[int]:
    """Return the least of the digests' first values, of their second ones, and so on.

    Most time would go into making a number of each. Of hundreds, the least begins with
    a zero byte, so what does not counts only where none does.
    """
    values = array("I", digests)
    if sys.byteorder == "big":
        values.byteswap()
    least: dict[int, int] = {}
    for zero in re.finditer(rb"\0", digests[3::4]):
        value, column = values[zero.start()], zero.start() % HASHES
        least[column] = min(value, least.get(column, value))
    return [
        least[column] if column in least else min(values[column::HASHES])
        for column in range(HASHES)
    ]


def sample(text: str) -> str:
    """Return the text, or windows of it that are spread evenly from end to end."""
    if len(text) <= WINDOWS * WINDOW:
        return text
    last = len(text) - WINDOW
    starts = [last * n // (WINDOWS - 1) for n in range(WINDOWS)]
    return "\n".join([text[start : start + WINDOW] for start in starts])


def shingles(text: str) -> set[str]:
    """Return the runs of SHINGLE words in the normal form, each once.

    Once, since a log repeats its form in each line, and the form is not the text.
    """
    words = words_of(text)
    return set(map(" ".join, zip(*(words[n:] for n in range(SHINGLE)), strict=False)))


def words_of(text: str) -> list[str]:
    folded = folded_form(text)[:MOST_FOLDED]
    if SPACELESS.search(unusual(folded)):
        folded = SPACELESS.sub(r" \1 ", folded)
    words = []
    for word in folded.split():
        if len(word) <= MAX_WORD:
            words.append(word)
        else:
            words += PIECES.findall(word)
    return words


def distance(one: Likeness, other: Likeness) -> int:
    """Return in how many of the sixteen values two likenesses differ."""
    mask = (1 << BITS) - 1
    rows = range(0, BITS * HASHES // BANDS, BITS)
    return sum(
        (difference >> shift) & mask != 0
        for a, b in zip(one, other, strict=True)
        if (difference := a ^ b)
        for shift in rows
    )


def is_near(one: Likeness, other: Likeness) -> bool:
    """Say whether two texts are nearly the same, as far as an index finds them.

    They agree in AGREEING of sixteen values and in one whole band.
    """
    is_found = any(a == b for a, b in zip(one, other, strict=True))
    return is_found and distance(one, other) <= HASHES - AGREEING
