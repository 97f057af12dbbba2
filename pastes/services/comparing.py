"""From two opened pastes to what differs between them, with the answers kept."""

import json
from dataclasses import asdict

from pastes import highlight, zstd
from pastes.highlight import Comparison, Hunk, Note
from pastes.services.client import Client
from pastes.services.keeping import find_answer, keep_answer
from pastes.services.opening import Opened

# Part of each key: a change of the markup must not find answers of the old one.
MARKUP_VERSION = 1


def compare_pastes(
    first: Opened, second: Opened, *, client: Client | None
) -> Comparison:
    """Return what has to change in the first text to make the second.

    The answer is kept by both texts' digests, also the answer "too slow", so that slow
    texts cost their second once. Locked pastes leave nothing behind.
    """
    asker = client.key if client else ""
    if not (first.paste.is_public and second.paste.is_public):
        return highlight.compare(first.text, second.text, client=asker)
    key = f"diff:{MARKUP_VERSION}:{first.paste.sha256}:{second.paste.sha256}"
    kept = find_answer(key)
    if kept is not None:
        return unpack(kept)
    comparison = highlight.compare(first.text, second.text, client=asker)
    if comparison.note is not Note.BUSY:
        keep_answer(key, pack(comparison))
    return comparison


def pack(comparison: Comparison) -> bytes:
    values = asdict(comparison) | {"note": comparison.note.value}
    return zstd.pack(json.dumps(values).encode())


def unpack(packed: bytes) -> Comparison:
    values = json.loads(zstd.unpack(packed))
    values["note"] = Note(values["note"])
    values["lines"] = tuple(values["lines"])
    values["hunks"] = tuple(Hunk(**each) for each in values["hunks"])
    return Comparison(**values)
