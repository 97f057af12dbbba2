"""What of a page is kept for all its readers, and that each still gets their own."""

from django.urls import reverse

from pastes import forms, highlight
from pastes.templatetags.menus import options_in


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
