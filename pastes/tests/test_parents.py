"""A template's parent is found once, and the pages are the same."""

import pytest
from django.template import Context, Engine, TemplateDoesNotExist

ROOT = "<{% block name %}root{% endblock %}|{% block end %}.{% endblock %}>"
TEMPLATES = {
    "root": ROOT,
    "middle": '{% extends "root" %}{% block name %}middle, {{ block.super }}{% endblock %}',
    "page": '{% extends "middle" %}{% block name %}{{ word }}, {{ block.super }}{% endblock %}',
    "other": '{% extends "root" %}{% block end %}!{% endblock %}',
    "built": '{% extends "ro"|add:ending %}{% block end %}?{% endblock %}',
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


def test_parent_whose_name_is_put_together_is_not_kept(engine):
    page = engine.get_template("built")
    assert page.render(Context({"ending": "ot"})) == "<root|?>"
    with pytest.raises(TemplateDoesNotExist):
        page.render(Context({"ending": "w"}))


def test_children_of_one_parent_go_through_it_once(engine):
    for name in ("middle", "other"):
        engine.get_template(name).render(Context())
    find = engine.get_template("root").nodelist.get_nodes_by_type
    assert (find.cache_info().misses, find.cache_info().hits) == (1, 1)


def test_parent_is_looked_for_once(engine):
    page = engine.get_template("page")
    first = page.render(Context())
    engine.template_loaders[0].reset()
    engine.template_loaders[0].loaders[0].templates_dict = {}
    assert page.render(Context()) == first
