"""Sizes, waits, spans and languages in words, as the reader's own language has them."""

from functools import cache

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import (
    get_language,
    gettext_lazy,
    ngettext,
    ngettext_lazy,
)
from django.utils.translation import gettext as _

from pastes.highlight import MENU, Language
from pastes.lifetimes import NEVER, split_span

UNITS = {
    "s": ngettext_lazy("%(count)s second", "%(count)s seconds", "count"),
    "m": ngettext_lazy("%(count)s minute", "%(count)s minutes", "count"),
    "h": ngettext_lazy("%(count)s hour", "%(count)s hours", "count"),
    "d": ngettext_lazy("%(count)s day", "%(count)s days", "count"),
    "w": ngettext_lazy("%(count)s week", "%(count)s weeks", "count"),
    "M": ngettext_lazy("%(count)s month", "%(count)s months", "count"),
    "y": ngettext_lazy("%(count)s year", "%(count)s years", "count"),
}
# What a language is called where its name is no proper name but words.
LANGUAGES: dict[str, str | Promise] = {
    "text": gettext_lazy("Plain text"),
    "apache": gettext_lazy("Apache config"),
    "gas": gettext_lazy("Assembly (GAS)"),
    "nasm": gettext_lazy("Assembly (NASM)"),
    "batch": gettext_lazy("Batch file"),
    "nginx": gettext_lazy("nginx config"),
    "pycon": gettext_lazy("Python console"),
    "pytb": gettext_lazy("Python traceback"),
    "console": gettext_lazy("Shell session"),
    "vim": gettext_lazy("Vim script"),
}


def say_language(language: Language) -> str:
    """Return what a language is called on a menu."""
    return str(LANGUAGES.get(language.key, language.name))


def say_menu() -> list[tuple[str, str]]:
    """Return (key, name) of each language on the menu."""
    return list(_menu_in(get_language()))


@cache
def _menu_in(site_language: str | None) -> tuple[tuple[str, str], ...]:
    """The menu in one of the site's languages, which is the one that is active."""
    return tuple((each.key, say_language(each)) for each in MENU)


def say_span(word: str) -> str:
    """Return a span's word, as parse_span takes it, or NEVER: "10m" is "10 minutes"."""
    if word == NEVER:
        return _("never")
    count, unit = split_span(word)
    return UNITS[unit] % {"count": count}


def say_wait(seconds: int) -> str:
    """Return a waiting time in words, rounded up: "40 seconds", "3 minutes"."""
    if seconds < 60:
        return UNITS["s"] % {"count": seconds}
    return UNITS["m"] % {"count": -(-seconds // 60)}


def say_size(count: int) -> str:
    """Return a number of bytes in words, in powers of 1024: "10 MiB", "1.5 KiB"."""
    if count < 1 << 10:
        words = ngettext("%(count)s byte", "%(count)s bytes", count)
        return words % {"count": count}
    if count >= 1 << 30:
        return _("%(number)s GiB") % {"number": say_number(count / (1 << 30))}
    if count >= 1 << 20:
        return _("%(number)s MiB") % {"number": say_number(count / (1 << 20))}
    return _("%(number)s KiB") % {"number": say_number(count / (1 << 10))}


def say_number(number: float) -> str:
    """Return a number with at most one decimal place: "1.5", in German "1,5"."""
    rounded = round(number, 1)
    return number_format(int(rounded) if rounded.is_integer() else rounded)
