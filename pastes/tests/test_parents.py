"""A template's parent is found once, and the pages are the same."""

import pytest
from django.template import Context, Engine

ROOT = "<{% block name %}root{% endblock %}|{% block end %}.{% endblock %}>"
TEMPLATES = {
    "root": ROOT,
    "middle": '{% extends "root" %}{% block name %}middle, {{ block.super }}{% endblock %}',
    "page": '{% extends "middle" %}{% block name %}{{ word }}, {{ block.super }}{% endblock %}',
    "other": '{% extends "root" %}{% block end %}!{% endblock %}',
    "named": "{% extends parent %}{% block end %}?{% endblock %}",
}
LOADERS = [
    (
        "django.template.loaders.cached.Loader",
        [("django.template.loaders.locmem.Loader", TEMPLATES)],
    )
]


@pytest.fixture
def engine():
    return Engine(loaders=LOADERS, builtins=["pastes.templatetags.parents"])


def test_pages_are_those_that_django_makes(engine):
    own = Engine(loaders=LOADERS)
    for word in ("one", "two"):
        for name in ("page", "other", "middle", "page"):
            made = engine.get_template(name).render(Context({"word": word}))
            assert made == own.get_template(name).render(Context({"word": word}))
    assert made == "<two, middle, root|.>"


def test_parent_that_is_the_pages_choice_is_not_kept(engine):
    page = engine.get_template("named")
    made = [page.render(Context({"parent": each})) for each in ("root", "middle")]
    assert made == ["<root|?>", "<middle, root|?>"]


def test_parent_is_looked_for_once(engine):
    page = engine.get_template("page")
    first = page.render(Context())
    engine.template_loaders[0].reset()
    engine.template_loaders[0].loaders[0].templates_dict = {}
    assert page.render(Context()) == first
