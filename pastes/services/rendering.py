"""From an opened paste to the HTML of its lines, with the answers kept."""

import json

from pastes import highlight, metrics, zstd
from pastes.highlight import Note, Rendered, View
from pastes.services.client import Client
from pastes.services.keeping import find_answer, keep_answer
from pastes.services.opening import Opened

# Part of each key: a change of the markup must not find answers of the old one.
MARKUP_VERSION = 3


def render_paste(
    opened: Opened,
    syntax: str = "",
    view: View = View.SOURCE,
    *,
    client: Client | None,
) -> Rendered:
    """Return the paste as HTML: in its own language or another, or as a view shows it.

    The answer is kept by the text's digest, also the answer "too slow", so that a slow
    text costs its second once. Locked and burn pastes leave nothing behind. A client
    whose other texts are still worked on gets this one plain, after a while.
    """
    syntax = syntax or opened.paste.syntax
    is_kept = opened.paste.is_public
    if not is_kept or opened.paste.size > highlight.MAX_HIGHLIGHT_BYTES:
        return render(opened.text, syntax, view, client)
    shown = syntax if view is View.SOURCE else view.value
    key = f"html:{MARKUP_VERSION}:{view.value}:{shown}:{opened.paste.sha256}"
    kept = find_answer(key)
    metrics.count_kept_html(is_hit=kept is not None)
    if kept is not None:
        return unpack(kept)
    rendered = render(opened.text, syntax, view, client)
    if rendered.note is not Note.BUSY:
        keep_answer(key, pack(rendered))
    return rendered


def pack(rendered: Rendered) -> bytes:
    """Return the answer as one frame: a line of JSON, then the HTML as it is."""
    head = [
        rendered.lines,
        rendered.language,
        rendered.note.value,
        rendered.view.value,
    ]
    return zstd.pack(f"{json.dumps(head)}\n{rendered.html}".encode())


def unpack(packed: bytes) -> Rendered:
    head, _newline, html = zstd.unpack(packed).decode().partition("\n")
    lines, language, note, view = json.loads(head)
    return Rendered(html, lines, language, Note(note), View(view))


def render_beginning(
    opened: Opened, most: int, *, client: Client | None
) -> tuple[Rendered, int]:
    """Return a text's first characters as HTML, and how many are left out."""
    text = opened.text
    rendered = render(text[:most], opened.paste.syntax, View.SOURCE, client)
    return rendered, max(0, len(text) - most)


def render(text: str, syntax: str, view: View, client: Client | None) -> Rendered:
    key = client.key if client else ""
    if view is View.SOURCE:
        return highlight.render(text, syntax, client=key)
    return highlight.render_as(text, view, client=key)
