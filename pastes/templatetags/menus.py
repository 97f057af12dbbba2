"""The menu of languages on a paste's page."""

from functools import lru_cache

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pastes import services
from pastes.highlight import Language

register = template.Library()


@register.simple_tag
def language_options(chosen: Language) -> SafeString:
    """Return the menu's options, and before them the chosen one if it is not on it."""
    return options_in(get_language(), chosen)


@lru_cache(maxsize=128)
def options_in(site_language: str | None, chosen: Language) -> SafeString:
    """The options in the language that is active: a template's loop takes 2 ms."""
    own = (chosen.key, services.say_language(chosen))
    menu = services.say_menu()
    options = menu if own in menu else [own, *menu]
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>\n',
        (
            (key, " selected" if key == chosen.key else "", name)
            for key, name in options
        ),
    )
