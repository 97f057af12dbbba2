"""The site in the reader's language: the catalogs, what is not in them, and the doors.

`make messages` collects what the first tests below find missing.
"""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType
from django.utils.translation import override

from pastes import highlight, services
from pastes.api import document
from pastes.services import NotFound, saying
from pastes.tests.conftest import ROOT, site_environment

TRANSLATED = ["de", "fr"]
KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[[0-9]\])?) (".*")$')
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}|</?[a-z][^>]*>")


# The catalogs


@dataclass
class Message:
    """One entry of a catalog: its keywords with their texts, and its flags."""

    words: dict[str, str] = field(default_factory=dict)
    flags: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.words.get("msgctxt", ""), self.words["msgid"]

    @property
    def originals(self) -> list[str]:
        return [v for k, v in self.words.items() if k in ("msgid", "msgid_plural")]

    @property
    def translations(self) -> list[str]:
        return [v for k, v in self.words.items() if k.startswith("msgstr")]


def read_catalog(path: Path) -> list[Message]:
    """Return the entries of a .po file, without its header."""
    messages = []
    for block in path.read_text().split("\n\n"):
        message, keyword = Message(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                message.flags += line
            elif match := KEYWORD.match(line):
                keyword = match[1]
                message.words[keyword] = ast.literal_eval(match[2])
            elif line.startswith('"'):
                message.words[keyword] += ast.literal_eval(line)
        if message.words.get("msgid"):
            messages.append(message)
    return messages


def committed(language: str) -> Path:
    return ROOT / f"pastes/locale/{language}/LC_MESSAGES/django.po"


def read_compiled(path: Path) -> dict[object, str]:
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog


def listed(heading: str, messages: list[str]) -> str:
    return "\n".join([heading, *(f"  {message}" for message in messages)])


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which the messages were collected anew."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("pastes", "pastebin_site", "templates"):
        ignored = shutil.ignore_patterns("__pycache__", "tests", "static")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("manage.py", "CHANGELOG.md"):
        shutil.copy(ROOT / name, copy / name)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--verbosity", "0"],
        cwd=copy,
        env=site_environment(copy / "data"),
        check=True,
    )
    return copy


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalog_holds_the_messages_of_the_site_and_no_others(language, collected):
    path = committed(language)
    kept = {message.key for message in read_catalog(path)}
    found = {m.key for m in read_catalog(collected / path.relative_to(ROOT))}
    missing = sorted(repr(key) for key in found - kept)
    assert not missing, listed(f"Missing in {path} (`make messages`):", missing)
    obsolete = sorted(repr(key) for key in kept - found)
    assert not obsolete, listed(f"Said nowhere any more, in {path}:", obsolete)
    assert "\n#~" not in path.read_text()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_none_is_a_guess(language):
    messages = read_catalog(committed(language))
    fuzzy = [repr(message.key) for message in messages if "fuzzy" in message.flags]
    assert not fuzzy, listed("Guessed (fuzzy):", fuzzy)
    empty = [repr(message.key) for message in messages if not all(message.translations)]
    assert not empty, listed(f"{len(empty)} not translated into {language}:", empty)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_placeholders_tags_and_plurals_of_the_original(language):
    faults = []
    for message in read_catalog(committed(language)):
        originals = [Counter(PLACEHOLDER.findall(each)) for each in message.originals]
        forms = len(message.translations)
        if forms != len(message.originals):
            faults.append(f"{forms} plural forms: {message.key}")
        for translation in filter(None, message.translations):
            if Counter(PLACEHOLDER.findall(translation)) not in originals:
                faults.append(f"placeholders or tags: {message.key} as {translation!r}")
            original = message.originals[0]
            if (original[:1] + original[-1:]).isspace() != (
                translation[:1] + translation[-1:]
            ).isspace():
                faults.append(f"space at an end: {message.key}")
    assert not faults, listed(f"Faults in {language}:", faults)


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_catalog_is_what_its_source_compiles_to(language, tmp_path):
    source = committed(language)
    fresh = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", fresh, source], check=True)
    # gettext's own releases order and pad the same messages differently.
    fresh_words, words = read_compiled(fresh), read_compiled(source.with_suffix(".mo"))
    differing = [repr(k) for k, _ in fresh_words.items() ^ words.items()]
    assert not differing, listed("Not compiled (`make messages`):", differing)


# What a person reads goes through the catalogs

# In English alone: what broke may be what finds out a reader's language.
UNTRANSLATED = {"templates/500.html"}
# Code, keys on a keyboard, and what no person reads.
MUTE = {"code", "kbd", "script", "style", "pre"}
SAID_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "aria-description"}
# Names are the same in every language.
NAMES = re.compile(
    r"API|UTC|UTF-8|SHA-256|0x0\.st|nptr-cli|dpaste(?:\.org|\.com)?|hastebin"
    r"|haste \(Ruby\)|posthaste-cli|curl|ix\.io|LodgeIt|pastebin\.com|pastebinit"
    r"|pinnwand|rustypaste|sprunge|wastebin|&?[a-z]+;"
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


# Blocks that hold classes of the page, and one for its title between two variables.
CLASSES = {"block page", "block bodyclass", "block title"}


def bare_html(source: str) -> str:
    """Return a template without its tags, variables and translated passages."""
    parts, ends_at = [], ""
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if ends_at:
            ends_at = "" if name == ends_at else ends_at
        elif name in ("blocktranslate", "comment"):
            ends_at = f"end{name}"
        elif token.contents in CLASSES:
            ends_at = "endblock"
        elif token.token_type is TokenType.TEXT:
            parts.append(token.contents)
    return "".join(parts)


class Words(HTMLParser):
    """Gathers what a page says to people, in texts and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.mute: list[str] = []

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        if tag in MUTE:
            self.mute.append(tag)
        values = dict(attributes)
        self.said += [values[name] or "" for name in SAID_ATTRIBUTES & values.keys()]
        if tag == "input" and values.get("type") in ("submit", "button"):
            self.said.append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.mute and self.mute[-1] == tag:
            self.mute.pop()

    def handle_data(self, data: str) -> None:
        if not self.mute:
            self.said.append(data)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_untranslated(template):
    if str(template.relative_to(ROOT)) in UNTRANSLATED:
        return
    words = Words()
    words.feed(bare_html(template.read_text()))
    said = [each.strip() for each in words.said if re.search(r"[^\W\d_]{2}", each)]
    untranslated = [s for s in said if re.search(r"[^\W\d_]{2}", NAMES.sub("", s))]
    assert not untranslated, listed("Outside of translate tags:", untranslated)


def test_dates_are_written_in_one_place():
    # Moderators' pages have ISO 8601's, and formats that a language has of its own.
    known = "'c'|format|\"(?:Y-m-d H:i|H:i e|MONTH_DAY_FORMAT|DATE_FORMAT)\""
    for template in TEMPLATES:
        formats = re.findall(rf"\|date:(?!{known})", template.read_text())
        assert not formats, template


GETTEXT = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "npgettext_lazy",
}
# Faults of the programmer or the operator, whom the log or the terminal tells.
INTERNAL = {"RuntimeError", "ValueError", "NotImplementedError", "ImproperlyConfigured"}
DESCRIBING = {"description", "summary"}
# Words of the forms and the admin, however short.
SAID_KEYWORDS = {"label", "help_text", "verbose_name", "verbose_name_plural"}
SAID_KEYWORDS |= {"description", "search_help_text"}
SENTENCE = re.compile(r"[A-Z“‘…][^\n]*? [^\n]+[.?!]", re.DOTALL)
# What a protocol fixes, and clients look for.
FIXED = {
    "Bad API request, ",
    "Document exceeds maximum length.",
    "Document not found.",
    "Enhance your calm, you have exceeded the ratelimit.",
    "No lexer or filename given. Unable to determine a highlight. Valid lexers are: ",
    # Examples in the document for developers.
    "This is not JSON: Expecting value, at line 1, column 1.",
    "There is no text here to share.",
    # Notes in the models, of columns that no form shows.
    "bytes of UTF-8",
    "UTF-8, compressed with zstd",
}
SAYING = [
    "admin",
    "api",
    "bodies.py",
    "dialects",
    "fallbacks.py",
    "forms.py",
    "models.py",
    "services",
    "terminal.py",
    "views",
]
SAYING_FILES = sorted(
    file
    for name in SAYING
    for file in (
        (ROOT / "pastes" / name).rglob("*.py")
        if "." not in name
        else [ROOT / "pastes" / name]
    )
    # What the operator's commands say is English.
    if file.parent.name != "archiving" and file.name != "exchanging.py"
)


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def plain_strings(node: ast.AST, *, api: bool) -> Iterator[tuple[int, str, str]]:
    """Yield (line, keyword, text) of each string that no gettext function is given.

    In the API, descriptions belong to the document for developers, in English.
    """
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call) and name_of(node) in GETTEXT | INTERNAL:
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger."):
        return
    if isinstance(node, ast.keyword):
        if api and node.arg in DESCRIBING:
            return
        for line, keyword, text in plain_strings(node.value, api=api):
            is_value = isinstance(node.value, ast.Constant | ast.JoinedStr)
            yield line, (node.arg or "") if is_value else keyword, text
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if not (api and getattr(key, "value", "") in DESCRIBING):
                yield from plain_strings(value, api=api)
    elif isinstance(node, ast.JoinedStr):
        parts = [getattr(each, "value", "") for each in node.values]
        yield node.lineno, "", "".join(p if isinstance(p, str) else "x" for p in parts)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.lineno, "", node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from plain_strings(child, api=api)


@pytest.mark.parametrize(
    "file", SAYING_FILES, ids=lambda path: str(path.relative_to(ROOT / "pastes"))
)
def test_code_says_nothing_untranslated(file):
    if file.name in ("extra.py", "schemas.py"):
        return  # The document for developers, in English.
    strings = plain_strings(ast.parse(file.read_text()), api=file.parent.name == "api")
    untranslated = [
        f"line {line}: {text}"
        for line, keyword, text in strings
        if re.search("[a-z]{2}", text)
        and text not in FIXED
        and (keyword in SAID_KEYWORDS or SENTENCE.fullmatch(text.strip()))
    ]
    assert not untranslated, listed(f"Not given to gettext, in {file}:", untranslated)


SCRIPTS = sorted((ROOT / "pastes/static/pastes").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_sentences(script):
    source = re.sub(r"//.*|/\*.*?\*/", "", script.read_text())
    said = re.findall(r"[\"'`]([A-Z][a-z]+[ ,.!?…:][^\"'`]*)[\"'`]", source)
    assert not said, listed("Belongs into a data- attribute:", said)


# The doors


def asking(language: str) -> dict[str, str]:
    return {"HTTP_ACCEPT_LANGUAGE": language}


def test_page_is_in_the_language_that_the_browser_asks_for(client):
    page = client.get("/about", **asking("de-AT,de;q=0.9,en;q=0.5"))
    assert '<html lang="de">' in page.content.decode()
    assert page["Content-Language"] == "de"
    assert "Accept-Language" in page["Vary"]


def test_language_that_the_site_does_not_speak_is_answered_in_its_own(client):
    assert '<html lang="en">' in client.get("/about", **asking("ja")).content.decode()


def test_chosen_language_wins_over_the_browsers(client):
    client.cookies["language"] = "fr"
    assert '<html lang="fr">' in client.get("/about", **asking("de")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/111111111111", "/111111111111/raw", "/api/v1/pastes/111111111111"]
)
def test_absence_is_said_in_french_by_every_door(client, path):
    with override("fr"):
        french = NotFound().sentence
    assert french != NotFound().sentence
    answer = client.get(path, **asking("fr"))
    assert answer.status_code == 404
    content = answer.json()["detail"] if "api" in path else answer.content.decode()
    assert french in content.replace("&#x27;", "'")


def test_etag_differs_by_language(client, make_paste):
    path = make_paste().paste.get_absolute_url()
    english = client.get(path, **asking("en"))
    german = client.get(path, **asking("de"))
    assert english["ETag"] != german["ETag"]
    again = client.get(path, HTTP_IF_NONE_MATCH=english["ETag"], **asking("de"))
    assert again.status_code == 200


def test_upload_that_is_too_large_is_refused_in_its_own_requests_language(client):
    client.get("/about", **asking("de"))
    too_long = str(10**9)
    answer = client.post("/", CONTENT_LENGTH=too_long, **asking("fr"))
    assert answer.status_code == 413
    assert answer["Content-Language"] == "fr"


def test_sizes_have_the_languages_decimal_mark():
    with override("de"):
        assert "1,5" in services.say_size(1536)
    assert services.say_size(1536) == "1.5 KiB"
    assert services.say_size(10 * 1024 * 1024) == "10 MiB"
    assert services.say_size(1) == "1 byte"


def test_languages_that_are_words_are_said_as_on_the_menu():
    names = {each.key: each.name for each in highlight.MENU}
    for key, words in saying.LANGUAGES.items():
        assert words == names[key]


@pytest.mark.django_db
def test_pinnwands_lifetimes_are_keys_in_every_language(client):
    keys = client.get("/api/v1/expiry", **asking("en")).json()
    assert "10minutes" in keys
    for language in TRANSLATED:
        assert client.get("/api/v1/expiry", **asking(language)).json() == keys


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("get", "/documents/111111111111", "Document not found."),
        ("delete", "/111111111111", "file is not found or expired :("),
        ("post", "/api/api_post.php", "Bad API request, invalid api_option"),
        ("post", "/api/", "No content given"),
    ],
)
def test_words_that_clients_look_for_are_the_same_in_every_language(
    client, method, path, words
):
    for language in TRANSLATED:
        answer = getattr(client, method)(path, **asking(language))
        assert words in answer.content.decode()


def test_document_for_developers_is_in_english_whoever_asks_first(client):
    documents = set()
    for language in ("en", "fr"):
        document.described.cache_clear()
        answer = client.get("/api/v1/openapi.json", **asking(language))
        documents.add(answer.content)
    assert len(documents) == 1


def test_record_of_a_moderator_is_in_the_sites_language(moderator, make_paste):
    from django.contrib.admin.models import LogEntry

    client, _ = moderator
    pk = make_paste().paste.pk
    path = "/admin/pastes/paste/moderate/hide/"
    client.post(path, {"pks": pk, "reason": "spam"}, **asking("de"))
    assert LogEntry.objects.get().change_message == "Hidden: spam or advertising"


def test_operator_chooses_the_language_of_those_who_ask_for_none(client, settings):
    settings.LANGUAGE_CODE = "de"
    assert '<html lang="de">' in client.get("/about").content.decode()


def test_unknown_language_of_the_operator_is_refused(tmp_path):
    environment = os.environ | site_environment(tmp_path, LANGUAGE_CODE="xx")
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "LANGUAGE_CODE must be one of en, de, fr." in done.stderr
