"""Words that moderators block, found in a text by RE2, in time linear in its length.

RE2 (Cox 2010) never backtracks, so no pattern and no text makes it run for ever. Where a
pattern needs more states than fit its memory it gets slower by the pattern's size
instead, which is why a search also has a time at which it ends.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

MAX_PATTERN = 500
# Bytes of memory for one compiled pattern, and for one group of many.
MEMORY = 8 << 20
GROUP_MEMORY = 64 << 20
GROUP = 2_000
# Instructions of one compiled pattern; a long counted repetition has thousands.
MAX_PROGRAM = 10_000
# Seconds of the processor that one text's search takes at most, so that a busy machine
# misses nothing, and the bytes between looks at the clock.
MAX_SECONDS = 0.5
PIECE = 1 << 16
OVERLAP = 1 << 10

METACHARACTERS = frozenset("\\*+?()[]{}^$|")
EDGE = r"[^\pL\pM\pN_]"
# A pattern that is in each of these is in nearly everything.
HARMLESS = (
    b"The quick brown fox jumps over the lazy dog, and then it is gone.",
    b"def area(width, height):\n    return width * height\n",
    b'192.0.2.7 - - [01/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512\n',
    b'{"name": "example", "version": "1.0.3", "private": true}',
)


class PatternError(ValueError):
    """A pattern that cannot be blocked; `code` says why.

    "syntax" (with RE2's own words in `detail`), "empty" (it matches the empty text),
    "everything" (it matches harmless texts), "large" (it needs too much memory).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def is_plain(pattern: str) -> bool:
    """Say whether a pattern is words as they are; a dot is a dot there."""
    return not METACHARACTERS & set(pattern)


def source_of(pattern: str) -> str:
    """Return what RE2 is given: plain words match as whole words, over line ends too."""
    if not is_plain(pattern):
        return f"(?:{pattern})"
    return within_edges(plain_source(pattern), edges_of(pattern))


def plain_source(pattern: str) -> str:
    return r"\s+".join(re2.escape(word) for word in pattern.split())


def edges_of(pattern: str) -> tuple[bool, bool]:
    """Say whether plain words begin and end as a word does: "#1" does not begin so."""
    words = pattern.strip()
    return is_word(words[0]), is_word(words[-1])


def within_edges(source: str, edges: tuple[bool, bool]) -> str:
    before = f"(?:^|{EDGE})" if edges[0] else ""
    after = f"(?:{EDGE}|$)" if edges[1] else ""
    return f"{before}(?:{source}){after}"


def is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def compile_source(source: str, memory: int) -> Any:
    """Return RE2's pattern: any case, ^ and $ at each line. Raises PatternError."""
    options = re2.Options()
    options.max_mem = memory
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    try:
        return re2.compile(f"(?m){source}".encode(), options)
    except re2.error as error:
        words = error.args[0] if error.args else ""
        words = words.decode(errors="replace") if isinstance(words, bytes) else words
        code = "large" if "too large" in words else "syntax"
        raise PatternError(code, words.replace("(?m)", "")) from error


def check(pattern: str) -> None:
    """Raise PatternError unless the pattern can be blocked."""
    if not pattern.strip():
        raise PatternError("empty")
    if re.search("[\x00\ud800-\udfff]", pattern):
        raise PatternError("syntax", "NUL, \\ud800")
    # Alone first: a stray bracket must not close the one that is put around it.
    if not is_plain(pattern):
        compile_source(pattern, MEMORY)
    compiled = compile_source(source_of(pattern), MEMORY)
    if compiled.search(b"") or compiled.search(b"\n"):
        raise PatternError("empty")
    if compiled.programsize > MAX_PROGRAM:
        raise PatternError("large")
    if all(compiled.search(text) for text in HARMLESS):
        raise PatternError("everything")


@dataclass(frozen=True, slots=True)
class Group:
    compiled: Any
    # (pattern, what it stands for)
    members: tuple[tuple[str, Any], ...]


class Words:
    """Many patterns as few searches; each stands for something that a search returns.

    `patterns` is (pattern, what it stands for), all checked before. One that RE2 refuses
    nevertheless, as after a change of its version, matches nothing.
    """

    def __init__(self, patterns: list[tuple[str, Any]]) -> None:
        kinds: dict[Any, list[tuple[str, Any]]] = {}
        for pattern, stands_for in patterns:
            kind = edges_of(pattern) if is_plain(pattern) else None
            kinds.setdefault(kind, []).append((pattern, stands_for))
        self.groups: list[Group] = []
        # Plain words first: they never use up the time, which others can.
        for kind, members in sorted(kinds.items(), key=lambda each: each[0] is None):
            # In order, since RE2 shares what neighbours begin with.
            members.sort(key=lambda member: member[0].casefold())
            for start in range(0, len(members), GROUP):
                self.groups += compile_groups(members[start : start + GROUP], kind)

    def find(
        self,
        data: bytes,
        is_wanted: Callable[[Any], bool] = lambda stands_for: True,
        seconds: float = MAX_SECONDS,
    ) -> list[Any]:
        """Return what the patterns found in UTF-8 stand for, group by group.

        Of a group's patterns those that are in the first piece that has any. Ends after
        `seconds` of the processor, with what was found until then.
        """
        found: list[Any] = []
        deadline = time.thread_time() + seconds
        for group in self.groups:
            for start, end in pieces(data):
                if group.compiled.search(data, start, end):
                    here = members_in(group, data[start:end])
                    wanted = [of for of in here if is_wanted(of)]
                    if wanted:
                        found += wanted
                        break
                if time.thread_time() > deadline:
                    return found
        return found


def compile_groups(
    members: list[tuple[str, Any]], edges: tuple[bool, bool] | None
) -> Iterator[Group]:
    """Yield the patterns as one group, or as several where they do not fit one.

    `edges` is what plain words have in common, whose long expressions stand once then.
    """
    if edges is None:
        union = "|".join(source_of(pattern) for pattern, _ in members)
    else:
        union = "|".join(plain_source(pattern) for pattern, _ in members)
        union = within_edges(union, edges)
    try:
        yield Group(compile_source(f"(?:{union})", GROUP_MEMORY), tuple(members))
    except PatternError:
        if len(members) > 1:
            middle = len(members) // 2
            yield from compile_groups(members[:middle], edges)
            yield from compile_groups(members[middle:], edges)


def members_in(group: Group, piece: bytes) -> list[Any]:
    """Return what those of a group's patterns stand for that are in the piece."""
    folded = piece.decode(errors="replace").casefold()
    return [
        stands_for
        for pattern, stands_for in group.members
        # A quick look before the search.
        if not is_plain(pattern)
        or all(word in folded for word in pattern.casefold().split())
        if compile_source(source_of(pattern), MEMORY).search(piece) is not None
    ]


def pieces(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of pieces that begin and end at white space where there is some.

    They overlap by more than OVERLAP bytes, so that what is cut by one end is whole in
    the next piece.
    """
    start = 0
    while len(data) - start > PIECE:
        end = white_space_before(data, start + PIECE)
        yield start, end
        start = white_space_before(data, end - OVERLAP)
    yield start, len(data)


def white_space_before(data: bytes, place: int) -> int:
    """Return where the last line end, else space, of the OVERLAP bytes before is."""
    for character in (b"\n", b" "):
        found = data.rfind(character, place - OVERLAP, place)
        if found >= 0:
            return found
    return place
