"""A page's constant sentences are kept in each language, and only those."""

import pytest
from django.template import engines
from django.template.context import Context
from django.utils import translation

from pastes.templatetags.sentences import Sentence

LOAD = "{% load i18n sentences %}"


def nodes(source: str) -> list[object]:
    return list(engines["django"].from_string(LOAD + source).template.nodelist)


def test_sentence_is_said_in_the_language_of_each_moment():
    template = engines["django"].from_string(LOAD + '{% translate "Raw text" %}')
    said = []
    for language in ("en", "de", "fr", "de", "en"):
        with translation.override(language):
            said.append(template.render({}))
    assert said[:2] == ["Raw text", "Rohtext"]
    assert said[2] not in said[:2]
    assert said[3:] == [said[1], said[0]]


def test_context_tells_two_of_the_same_word_apart():
    with translation.override("de"):
        words = [
            node.render(Context())
            for context in ("theme", "key")
            for node in nodes(f'{{% translate "Ctrl" context "{context}" %}}')
            if isinstance(node, Sentence)
        ]
    assert words == ["Ctrl", "Strg"]


def test_sentence_can_be_given_a_name():
    source = LOAD + '{% translate "Raw text" as kept %}{{ kept }}, {{ kept }}'
    template = engines["django"].from_string(source)
    for language in ("de", "en", "de"):
        with translation.override(language):
            said = "Rohtext" if language == "de" else "Raw text"
            assert template.render({}) == f"{said}, {said}"


@pytest.mark.parametrize(
    "tag",
    [
        "{% translate word %}",
        '{% translate "Raw"|upper %}',
        '{% translate "Raw" context word %}',
    ],
)
def test_what_depends_on_the_page_is_not_kept(tag):
    assert not any(isinstance(node, Sentence) for node in nodes(tag))
    template = engines["django"].from_string(LOAD + tag)
    with translation.override(None):
        assert template.render({"word": "x"})


def test_percent_signs_and_markup_come_as_django_gives_them():
    for word in ("100%", "<b>bold</b>", "a &amp; b"):
        kept = engines["django"].from_string(f'{LOAD}{{% translate "{word}" %}}')
        own = engines["django"].from_string(
            f'{{% load i18n %}}{{% translate "{word}" %}}'
        )
        assert kept.render({}) == kept.render({}) == own.render({})
