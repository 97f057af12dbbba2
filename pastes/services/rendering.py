"""From an opened paste to the HTML of its lines, with the answers kept."""

from django.core.cache import cache

from pastes import highlight, zstd
from pastes.highlight import Note, Rendered
from pastes.services.opening import Opened

# Part of each key: a change of the markup must not find answers of the old one.
MARKUP_VERSION = 1
# Short, for what was deleted meanwhile lies in each process so long, though unreachable.
KEPT_SECONDS = 10 * 60


def render_paste(opened: Opened, syntax: str = "") -> Rendered:
    """Return the paste's lines as HTML, in its own language or in the one asked for.

    The answer is kept by the text's digest, also the answer "too slow", so that a slow
    text costs its second once. Locked and burn pastes leave nothing behind.
    """
    syntax = syntax or opened.paste.syntax
    if not opened.paste.is_public or opened.paste.size > highlight.MAX_HIGHLIGHT_BYTES:
        return highlight.render(opened.text, syntax)
    key = f"html:{MARKUP_VERSION}:{syntax}:{opened.paste.sha256}"
    kept = cache.get(key)
    if kept is not None:
        packed, lines, language, note = kept
        return Rendered(zstd.unpack(packed).decode(), lines, language, Note(note))
    rendered = highlight.render(opened.text, syntax)
    if rendered.note is not Note.BUSY:
        packed = zstd.pack(rendered.html.encode())
        kept = (packed, rendered.lines, rendered.language, rendered.note.value)
        cache.set(key, kept, KEPT_SECONDS)
    return rendered
