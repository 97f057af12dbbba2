"""The site's scripts and styles in a page, each with a digest of what it has to be.

A browser refuses what a proxy, a cache or a disk has changed on its way (Subresource
Integrity). Scripts that another imports are named before it by `preload`, whose digest
holds for the import too.
"""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def style(name: str) -> SafeString:
    return element('<link rel="stylesheet" href="{}" integrity="{}">', name)


@register.simple_tag
def icon(name: str) -> SafeString:
    # Browsers look for no digest here.
    return element('<link rel="icon" href="{}" type="image/svg+xml">', name)


@register.simple_tag
def script(name: str) -> SafeString:
    return element('<script src="{}" integrity="{}"></script>', name)


@register.simple_tag
def module(name: str) -> SafeString:
    return element('<script type="module" src="{}" integrity="{}"></script>', name)


@register.simple_tag
def preload(name: str) -> SafeString:
    return element('<link rel="modulepreload" href="{}" integrity="{}">', name)


def element(html: str, name: str) -> SafeString:
    """Return an element that names a static file and its digest.

    Raises ValueError for a file that is not there.
    """
    if hasattr(staticfiles_storage, "stored_name"):
        return kept_element(html, name, staticfiles_storage.stored_name(name))
    # While somebody works on it, a file changes under its name.
    path = finders.find(name)
    if path is None:
        raise ValueError(f"There is no static file {name!r}.")
    return format_html(html, staticfiles_storage.url(name), digest(Path(path)))


@lru_cache(maxsize=128)
def kept_element(html: str, name: str, hashed_name: str) -> SafeString:
    path = Path(staticfiles_storage.path(hashed_name))
    return format_html(html, staticfiles_storage.url(name), digest(path))


def digest(path: Path) -> str:
    found = hashlib.sha384(path.read_bytes()).digest()
    return f"sha384-{base64.b64encode(found).decode()}"
