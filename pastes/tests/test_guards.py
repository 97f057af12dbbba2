"""Guards of the house: layers, migrations, settings, headings, the safe HTML."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from pastes import services
from pastes.tests.conftest import ROOT

# From the top down. A module imports from the rows below its own, never from its own
# row or above; a package is one module.
LAYERS = [
    ["shortcut"],
    [
        "apps",
        "checks",
        "edge",
        "fallbacks",
        "housekeeping",
        "middleware",
        "observing",
        "popular",
        "storage",
        "templatetags",
        "urls",
        "worker",
    ],
    ["management", "admin", "ops", "views", "terminal", "api", "dialects"],
    ["answers", "bodies"],
    ["forms"],
    ["services"],
    ["limits", "rows"],
    ["models", "shared_cache"],
    ["postgresql", "sqlite"],
    ["front", "hosts", "spam"],
    [
        "crowding",
        "highlight",
        "lifetimes",
        "likeness",
        "logs",
        "memory",
        "metrics",
        "named_servers",
        "patterns",
        "stopping",
        "tokens",
        "zstd",
    ],
]
PURE = LAYERS[-2] + LAYERS[-1]
# Wiring that needs a neighbour of its own row.
NEIGHBOURS = {("middleware", "fallbacks"), ("middleware", "edge"), ("apps", "checks")}


def modules() -> dict[str, list[Path]]:
    """Return each module of the app, with the files of it."""
    app = ROOT / "pastes"
    found: dict[str, list[Path]] = {}
    for file in app.rglob("*.py"):
        name = file.relative_to(app).parts[0].removesuffix(".py")
        if name not in ("__init__", "migrations", "tests"):
            found.setdefault(name, []).append(file)
    return found


def imports_of(file: Path) -> set[str]:
    """Return the dotted names that a file imports, with what it takes from them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ours(file: Path) -> set[str]:
    names = [name.split(".") for name in imports_of(file)]
    return {parts[1] for parts in names if parts[0] == "pastes" and len(parts) > 1}


def layer(module: str) -> int:
    return next(n for n, row in enumerate(LAYERS) if module in row)


def test_every_module_has_its_layer():
    assert set(modules()) == {module for row in LAYERS for module in row}


@pytest.mark.parametrize("module", [module for row in LAYERS for module in row])
def test_imports_point_down(module):
    for file in modules()[module]:
        for other in ours(file) - {module}:
            is_below = layer(module) < layer(other)
            assert is_below or (module, other) in NEIGHBOURS, (file, other)


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_know_no_django(module):
    for file in modules()[module]:
        for name in imports_of(file):
            assert not name.startswith(("django.", "pastes.services")), (file, name)


DOORS = ["views", "terminal", "api", "dialects", "answers", "bodies", "forms", "admin"]


@pytest.mark.parametrize("module", DOORS)
def test_doors_reach_rows_through_the_verbs_alone(module):
    for file in modules()[module]:
        for word in (".objects", ".save(", "save_base(", "connection", "transaction"):
            assert word not in file.read_text(), file


def test_text_is_unpacked_in_the_verbs_alone():
    for module, files in modules().items():
        if module in ("models", "services", "zstd"):
            continue
        for file in files:
            assert ".packed_text" not in file.read_text(), file
            assert "zstd" not in ours(file), file


def test_settings_are_not_read_at_import():
    for files in modules().values():
        for file in files:
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, (ast.Assign, ast.AnnAssign)):
                    assert "settings." not in ast.unparse(node), (file, node.lineno)


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def settings_read() -> set[str]:
    """Return the names that settings.py takes from the environment."""
    source = (ROOT / "pastebin_site/settings.py").read_text()
    return set(
        re.findall(
            r"\b(?:env(?:\.\w+)?|number|octal|flag|choice)\(\s*\"([A-Z_]+)\"", source
        )
    )


def test_every_setting_is_in_the_readmes_table():
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", readme, re.MULTILINE)
    table = set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))
    assert table == settings_read()


def test_every_setting_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE))
    assert named == settings_read() - {"ENV_FILE"}


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.threat("X1")
def test_templates_hold_no_script_style_or_trusted_html(template):
    source = template.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", source)
    assert not re.search(r"\|\s*safe|autoescape|\|\s*urlize|mark_safe", source)
    # Tags write both, with their digests; the page of a fault has neither.
    assert "<script" not in source
    assert template.name == "500.html" or 'rel="stylesheet"' not in source


@pytest.mark.django_db
def test_each_page_has_one_heading_and_a_title(client, make_paste):
    public = make_paste().paste.slug
    locked = make_paste(password="x").paste.slug
    burn = make_paste(burn=True).paste.slug
    hidden = make_paste().paste.slug
    services.hide_paste(hidden, reason="spam", by=None)
    paths = ["/", "/mine", "/about", "/clients", "/nothing"]
    paths += [f"/{locked}", f"/{burn}", f"/{hidden}"]
    paths += [f"/{public}{page}" for page in ("", "/fork", "/edit", "/delete")]
    for path in paths:
        page = client.get(path).content.decode()
        assert len(re.findall(r"<h1[ >]", page)) == 1, path
        assert re.search(r"<title>[^<]{5,}</title>", page), path
        assert '<html lang="en">' in page, path


@pytest.mark.threat("X1")
def test_html_is_trusted_in_one_place():
    trusting = [
        (file, count)
        for files in modules().values()
        for file in files
        if (count := file.read_text().count("mark_safe("))
    ]
    assert [(file.name, count) for file, count in trusting] == [("answers.py", 1)]


@pytest.mark.threat("X1")
def test_scripts_write_no_html():
    for file in (ROOT / "pastes/static/pastes").glob("*.js"):
        source = file.read_text()
        for word in ("innerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in source, file
