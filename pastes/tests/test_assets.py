"""The digests in pages: each is that of the bytes the browser gets."""

import base64
import hashlib
import re
import urllib.request

import pytest
from django.test import Client as Browser

from pastes.templatetags import assets
from pastes.tests.test_served import curl, link_in

LINKED = re.compile(
    r"<(?:script|link rel=\"(?:stylesheet|modulepreload)\")"
    r"(?: type=\"module\")? (?:src|href)=\"([^\"]+)\"([^>]*)>"
)


def linked(page):
    """Return the address and the other attributes of each script and style of a page."""
    found = LINKED.findall(page)
    assert len(found) == page.count("<script") + page.count('rel="stylesheet"') + (
        page.count('rel="modulepreload"')
    )
    return found


def test_digest_is_of_the_bytes_that_are_served(site):
    paste = link_in(site, curl("--data-binary", "print()", site.url))
    for page in (f"{site.url}/", paste, f"{paste}/edit", f"{site.url}/api/v1/docs"):
        text = urllib.request.urlopen(page).read().decode()
        found = linked(text)
        assert found, page
        for path, attributes in found:
            assert re.search(r"\.[0-9a-f]{12}\.(js|css)$", path)
            data = urllib.request.urlopen(f"{site.url}{path}").read()
            digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
            assert attributes == f' integrity="sha384-{digest}"', (page, path)


def test_imported_script_is_named_before_it_is_imported(site):
    """An import has no digest of its own; what was fetched before by one holds."""
    paste = link_in(site, curl("--data-binary", "print()", site.url))
    for page in (f"{site.url}/", paste, f"{paste}/edit"):
        found = [
            path for path, _ in linked(urllib.request.urlopen(page).read().decode())
        ]
        for path in [path for path in found if path.endswith(".js")]:
            source = urllib.request.urlopen(f"{site.url}{path}").read().decode()
            for name in re.findall(
                r'^import .* from "\./([^"]+)"', source, re.MULTILINE
            ):
                imported = f"/static/pastes/{name}"
                assert imported in found, (page, path, name)
                assert found.index(imported) < found.index(path)


@pytest.mark.django_db
def test_page_under_work_has_the_digest_of_the_file_as_it_is(tmp_path, settings):
    (tmp_path / "own.css").write_text("a {}")
    settings.STATICFILES_DIRS = [tmp_path]
    assets.finders.get_finder.cache_clear()
    first = assets.style("own.css")
    (tmp_path / "own.css").write_text("b {}")
    assert assets.style("own.css") != first
    assets.finders.get_finder.cache_clear()
    with pytest.raises(ValueError, match="nothing"):
        assets.style("nothing.css")
    assert "integrity" in Browser().get("/").content.decode()
