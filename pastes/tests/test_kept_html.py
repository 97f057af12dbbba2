"""What of a page is kept for all its readers, and that each still gets their own."""

import re

import pytest
from django.urls import reverse

from pastes import forms, highlight
from pastes.templatetags.menus import options_in
from pastes.tests.conftest import ROOT

KEPT = re.compile(r"{% cache 60 ([\w-]+) ([^%]*) %}(.*?){% endcache %}", re.DOTALL)
COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)
READ = re.compile(r"{{(.*?)}}|{% *\w+(.*?)%}", re.DOTALL)
# A literal, a filter, or the name of a variable.
WORD = re.compile(r"""'[^']*'|"[^"]*"|\|\w+|([a-zA-Z_][\w.]*)""")
GRAMMAR = {"and", "as", "context", "in", "not", "or"}
CONSTANT = {"site_languages", "key", "name", "new_url", "mine_url", "about_url"}
CHOICES = [
    {"theme": "dark", "keys": "off", "language": "de"},
    {"theme": "light", "language": "en"},
    {},
]


def names_in(words: str) -> set[str]:
    return {name for name in WORD.findall(words) if name} - GRAMMAR


def test_kept_html_depends_on_nothing_but_what_it_is_kept_by():
    found = []
    for file in (ROOT / "templates").rglob("*.html"):
        source = COMMENT.sub("", file.read_text())
        blocks = KEPT.findall(source)
        assert len(blocks) == source.count("{% cache ")
        for name, words, inside in blocks:
            found.append(name)
            read = {
                n for each in READ.findall(inside) for n in names_in(" ".join(each))
            }
            assert read <= names_in(words) | CONSTANT, name
            assert "LANGUAGE_CODE" in words or "{% translate" not in inside
    assert len(found) == len(set(found)) > 1


@pytest.mark.parametrize("page", ["form", "paste"])
def test_each_reader_gets_the_settings_they_chose(client, make_paste, page):
    paste = make_paste("some text\n").paste
    url = reverse("pastes:create") if page == "form" else paste.get_absolute_url()
    for chosen in CHOICES + CHOICES[::-1]:
        client.cookies.clear()
        for name, value in chosen.items():
            client.cookies[name] = value
        html = client.get(url).content.decode()
        theme = chosen.get("theme", "")
        assert f'name="theme" value="{theme}" aria-pressed="true"' in html
        assert ('id="letter-keys" checked' in html) is ("keys" not in chosen)
        word = "Neuer Text" if chosen.get("language") == "de" else "New paste"
        assert f"<dt><kbd>n</kbd></dt><dd>{word}</dd>" in html


def test_menu_says_where_a_reader_is(client, make_paste):
    slug = make_paste("some text\n").paste.slug
    for path in ("/", "/about", f"/{slug}", "/mine", "/about", "/"):
        html = client.get(path).content.decode()
        here = re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', html)
        assert here == ([] if path == f"/{slug}" else [path])


def test_only_the_maker_is_told_the_keys_of_a_maker(maker, client, make_mine):
    url = make_mine("some text\n").paste.get_absolute_url()
    key = "<dt><kbd>u</kbd></dt>"
    assert key in maker.get(url).content.decode()
    maker.cookies.clear()
    assert key not in maker.get(url).content.decode()


def test_page_that_answers_a_post_has_no_way_to_other_settings(client, make_paste):
    burn = make_paste("some text\n", burn=True).paste.get_absolute_url()
    assert 'id="settings"' in client.get(burn).content.decode()
    html = client.post(burn, {"consent": "yes"}).content.decode()
    assert "some text" in html
    assert 'id="settings"' not in html
    assert "<dt><kbd>t</kbd></dt>" not in html


def test_menu_is_kept_for_its_own_choices_alone(client, make_paste):
    client.post(reverse("pastes:new"), {"text": "", "syntax": "python"})
    kept = forms.rendered_menu.cache_info().currsize
    for number in range(3):
        word = f'"><{number}>'
        sent = {"text": "", "syntax": word, "lifetime": word}
        html = client.post(reverse("pastes:new"), sent).content.decode()
        assert '<option value="python">Python</option>' in html
        assert "selected" not in html.partition('id="id_syntax"')[2]
    assert forms.rendered_menu.cache_info().currsize == kept


def test_menu_of_a_page_has_the_language_it_is_shown_in(client, make_paste):
    paste = make_paste("MOVE A TO B.\n", syntax="python").paste
    for word in ("python", "cobol", "c", "cobol"):
        language = highlight.find_language(word)
        url = reverse("pastes:syntax", args=[paste.slug, language.extension])
        html = client.get(url).content.decode()
        assert html.count(" selected>") == 1
        option = f'<option value="{language.key}" selected>{language.name}</option>'
        assert option in html
    assert options_in.cache_info().maxsize
