"""The last word on HTML made from a text: only what is listed here leaves.

Nothing in the list can run, load, send or style anything. Ids begin with ``prose-``
(headings) or ``footnote-``, so that none can be one of the page's own.
"""

import re

import nh3
from pygments.token import STANDARD_TYPES

# The page's own heading is the first; HTML ends at the sixth.
FIRST_LEVEL, LAST_LEVEL = 2, 6
# Where a link may lead, besides to another place of the same text.
_WEB = re.compile(r"https?://[^/\s]|mailto:[^\s]", re.I)
_OURS = re.compile(r"(?:prose|footnote)-")
_ALERTS = {"note", "tip", "important", "warning", "caution"}


def clean(html: str) -> str:
    """Return the HTML without any element, attribute or address that is not listed."""
    return _CLEANER.clean(html)


def _allowed_attribute(_: str, attribute: str, value: str) -> str | None:
    """What the lists of elements and attributes cannot say about values."""
    if attribute == "href":
        is_right = _WEB.match(value) or (value[:1] == "#" and _OURS.match(value[1:]))
    elif attribute == "id":
        is_right = _OURS.match(value)
    elif attribute == "start":
        is_right = re.fullmatch(r"\d{1,9}", value)
    else:
        is_right = True
    return value if is_right else None


_TEXTS = {"h2", "h3", "h4", "h5", "h6", "p", "blockquote", "ul", "ol", "li", "div"}
_CELLS = {"th", "td"}
_TAGS = _TEXTS | _CELLS | {"a", "br", "code", "em", "hr", "input", "label", "pre"}
_TAGS |= {"s", "section", "span", "strong", "sup", "table", "tbody", "thead", "tr"}

_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=set(),
    attributes={
        "a": {"href", "id", "title"},
        "input": {"checked", "disabled", "type"},
        "li": {"id"},
        "ol": {"start"},
        **{f"h{level}": {"id"} for level in range(FIRST_LEVEL, LAST_LEVEL + 1)},
    },
    attribute_filter=_allowed_attribute,
    link_rel="nofollow noopener noreferrer ugc",
    generic_attribute_prefixes=set(),
    tag_attribute_values={
        **{tag: {"dir": {"auto"}} for tag in _TEXTS - {"div"}},
        **{tag: {"dir": {"auto"}, "scope": {"col"}} for tag in _CELLS},
        "div": {"dir": {"auto"}, "tabindex": {"0"}},
        "pre": {"tabindex": {"0"}},
        "a": {"role": {"doc-noteref", "doc-backlink"}},
        "section": {"role": {"doc-endnotes"}},
    },
    # Allowed above only to keep their places: those added here come in any order.
    # Whatever made it, a field in a text is a box that nobody can change.
    set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    url_schemes={"http", "https", "mailto"},
    allowed_classes={
        "a": {"image"},
        "div": {"alert", "wide", *_ALERTS},
        "li": {"task"},
        "p": {"alert-title"},
        "pre": {"code"},
        "section": {"notes"},
        "span": {"image", *STANDARD_TYPES.values()},
        **{tag: {"left", "center", "right"} for tag in _CELLS},
    },
)
