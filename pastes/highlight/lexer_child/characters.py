r"""Which characters cannot be seen, or make text look to be in another order.

They are what "Trojan Source" (CVE-2021-42574) is made of: code that reads otherwise
than it runs. The list is that of the Unicode reports on source code (UTS 55, UTR 36,
UTS 39), of the default ignorable characters and of the C1 controls. Spaces that are
merely wide or unbreakable, as U+00A0 and U+3000, are everyday French and Japanese,
and are left alone.

A character is left alone where its script needs it, judged by its neighbours:

- a joiner (ZWJ, ZWNJ) after a letter of a joining or Indic script, when no letter of
  another script follows, and ZWJ between emoji (UAX 31 R1a, UTS 51);
- one variation selector after an emoji, an ideograph or another sign that has
  variants; a second one carries data, not a shape;
- the tags of a flag; ZWSP between letters of scripts without spaces; CGJ between
  letters or marks; Mongolian and Hangul fillers among their own; braille blanks;
- LRM, RLM and ALM within NEAR characters of a right-to-left letter on their line:
  there they do what they are for. The stronger controls are always odd.

Nothing here looks further than NEAR characters, so the work is linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

NEAR = 16
MAX_SPELT = 200

BIDI = {
    "\u061c": "ALM", "\u200e": "LRM", "\u200f": "RLM",
    "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO",
    "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI",
    "\u2069": "PDI",
}  # fmt: skip
BREAKS = {"\u2028": "LSEP", "\u2029": "PSEP"}
INVISIBLE = {
    "\u00ad": "SHY", "\u034f": "CGJ", "\u115f": "HCF", "\u1160": "HJF",
    "\u17b4": "KIVAQ", "\u17b5": "KIVAA", "\u180e": "MVS", "\u200b": "ZWSP",
    "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u2060": "WJ", "\u2061": "APPLY",
    "\u2062": "TIMES", "\u2063": "ISEP", "\u2064": "IPLUS", "\u206a": "ISS",
    "\u206b": "ASS", "\u206c": "IAFS", "\u206d": "AAFS", "\u206e": "NADS",
    "\u206f": "NODS", "\u2800": "BRAILLE", "\u3164": "HF", "\ufeff": "ZWNBSP",
    "\uffa0": "HWHF", "\ufff9": "IAA", "\ufffa": "IAS", "\ufffb": "IAT",
}  # fmt: skip
_CONTROLS = (
    "PAD HOP BPH NBH IND NEL SSA ESA HTS HTJ VTS PLD PLU RI SS2 SS3 DCS PU1 PU2 STS "
    "CCH MW SPA EPA SOS SGC SCI CSI ST OSC PM APC"
)
CONTROLS = {chr(0x80 + n): name for n, name in enumerate(_CONTROLS.split())}
BADGES = BIDI | BREAKS | INVISIBLE | CONTROLS

# Parts of character classes. The rare ones have no short names.
_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_RARE = "\u2065\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
# The last range takes in all of a plane's tags, selectors and unassigned ones: each
# range beyond U+FFFF costs a search a third of its time.
ODD_CLASS = (
    f"{''.join(BADGES)}\u180b-\u180d\u180f\ufe00-\ufe0f{_RARE}\U000e0000-\U000e0fff"
)

# Beyond so many pieces a text is not judged, be they odd or, as in emoji, needed.
MAX_PIECES = 10_000

_RUN = re.compile(f"[{ODD_CLASS}][{ODD_CLASS}]*")
_PIECE = re.compile(f"[{_TAGS}]+|[{_SELECTORS}]+|(.)\\1*", re.S)
_TAG = re.compile(f"[{_TAGS}]")
_SELECTOR = re.compile(f"[{_SELECTORS}]")

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_JOINING = re.compile(
    "[\u0600-\u061b\u061d-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u18af"
    "\u1b00-\u1bff\ua840-\ua8ff\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010eff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
_SPACELESS = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf]")
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u20e3\u2122\u2139\u2190-\u21ff\u2300-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]"
)
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Letters with standardized variants: ideographs, Myanmar, Phags-pa.
_VARIED = re.compile(
    "[\u1000-\u109f\u3400-\u9fff\ua840-\ua87f\uaa60-\uaa7f\uf900-\ufaff]"
)
_MONGOLIAN = re.compile("[\u1800-\u180a\u1810-\u18af]")
# Without the fillers themselves, or a row of them would excuse one another.
_HANGUL = re.compile("[\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_BRAILLE = re.compile("[\u2800-\u28ff]")
_BLACK_FLAG = "\U0001f3f4"
# England, Scotland, Wales: the only ones that are drawn (Unicode's emoji sequences).
_FLAGS = {"gbeng·", "gbsct·", "gbwls·"}


def place_to_stop(text: str, start: int, end: int) -> int:
    """Return where to stop looking in text[start:end], so that the work is bounded."""
    pieces = islice(_all_pieces(text, start, end), MAX_PIECES, None)
    return next((first for first, _ in pieces), end)


def find_pieces(
    text: str, start: int = 0, end: int | None = None
) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each odd piece: one character, or a run of its like.

    Only text[start:end] is searched, up to ``place_to_stop``, but neighbours outside of
    it count.
    """
    pieces = _all_pieces(text, start, len(text) if end is None else end)
    for first, last in islice(pieces, MAX_PIECES):
        if not is_needed(text, first, last):
            yield first, last


def _all_pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for run in _RUN.finditer(text, start, end):
        for piece in _PIECE.finditer(run[0]):
            yield run.start() + piece.start(), run.start() + piece.end()


def is_needed(text: str, start: int, end: int) -> bool:
    """Whether the characters at text[start:end], all alike, belong where they are."""
    character = text[start]
    before = text[start - 1 : start] if start else ""
    after = text[end : end + 1]
    if _TAG.match(character):
        return before == _BLACK_FLAG and spell(text[start:end]) in _FLAGS
    if character in "\u061c\u200e\u200f":
        return _is_near_right_to_left(text, start, end)
    if character == "\u2800":
        return _is(_BRAILLE, before) or _is(_BRAILLE, after)
    if end - start > 1:
        return False
    if _SELECTOR.match(character):
        return _has_variants(before, character)
    if character in "\u200c\u200d":
        is_emoji = character == "\u200d" and _is(_EMOJI, before) and _is(_EMOJI, after)
        is_letter = _is(_JOINING, before) or _is(_SELECTOR, before)
        goes_on = _is(_JOINING, after) or not after.isalnum()
        return is_emoji or (is_letter and _is_unbroken(after) and goes_on)
    return _is_needed_alone(character, before, after)


def _is_needed_alone(character: str, before: str, after: str) -> bool:
    if character == "\u200b":
        return _is(_SPACELESS, before) and _is(_SPACELESS, after)
    if character == "\u034f":
        return all(
            each and not each.isascii() and unicodedata.category(each)[0] in "LM"
            for each in (before, after)
        )
    if character == "\u180e":
        return _is(_MONGOLIAN, before) and _is(_MONGOLIAN, after)
    is_filler = character in "\u115f\u1160"
    return is_filler and (_is(_HANGUL, before) or _is(_HANGUL, after))


def _has_variants(before: str, selector: str) -> bool:
    """Whether a variation selector can change the shape of what stands before it."""
    if selector < "\u1810":
        return _is(_MONGOLIAN, before)
    if selector > "\ufe0f":
        return _is(_IDEOGRAPH, before)
    if before.isascii():
        return before != "" and before in "0123456789#*"
    return unicodedata.category(before)[0] in "PS" or _is(_VARIED, before)


def _is_near_right_to_left(text: str, start: int, end: int) -> bool:
    first = max(text.rfind("\n", max(0, start - NEAR), start) + 1, start - NEAR, 0)
    last = text.find("\n", end, end + NEAR)
    last = end + NEAR if last < 0 else last
    return bool(_RIGHT_TO_LEFT.search(text, first, last))


def _is_unbroken(after: str) -> bool:
    """Whether no odd character follows: a joiner among such joins nothing."""
    return not after or after not in BADGES


def _is(kind: re.Pattern[str], character: str) -> bool:
    return bool(character and kind.match(character))


def kind_of(character: str) -> str:
    """Return "bidi", "tag", "selector", "control", "break" or "invisible"."""
    if character in BIDI:
        return "bidi"
    if character in CONTROLS:
        return "control"
    if character in BREAKS:
        return "break"
    if _TAG.match(character):
        return "tag"
    return "selector" if _SELECTOR.match(character) else "invisible"


def badge_of(piece: str) -> str:
    """Return a few letters that stand for a piece; of tags, what they spell."""
    kind = kind_of(piece[0])
    if kind == "tag":
        return f"TAG {spell(piece)}"
    badge = "VS" if kind == "selector" else BADGES.get(piece[0], code_of(piece[0]))
    return f"{badge}×{len(piece)}" if len(piece) > 1 else badge


def spell(tags: str) -> str:
    """Return the ASCII text that tag characters carry unseen, cut when long."""
    letters = (chr(ord(tag) - 0xE0000) for tag in tags[:MAX_SPELT])
    spelt = "".join(each if each.isprintable() else "·" for each in letters)
    return spelt + "…" if len(tags) > MAX_SPELT else spelt


def code_of(character: str) -> str:
    """Return the code point as Unicode writes it: U+202E."""
    return f"U+{ord(character):04X}"


def name_of(character: str) -> str:
    """Return the name that Unicode gives; of controls and unassigned ones, what it is."""
    if character in CONTROLS:
        return f"CONTROL {CONTROLS[character]}"
    return unicodedata.name(character, "UNASSIGNED, NEVER SHOWN")
