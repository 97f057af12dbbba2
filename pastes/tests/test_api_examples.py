"""The examples of docs/api.md, run as they stand against the real site."""

import re
import shutil
import subprocess

import pytest

from pastes.services import errors
from pastes.tests.conftest import ROOT

DOCS = (ROOT / "docs/api.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)


def test_curl_examples_run_one_after_another(site, tmp_path):
    for tool in ("curl", "jq"):
        assert shutil.which(tool), f"{tool} is missing: `make tools` installs it."
    script = "\n".join(["set -eu", f"SITE={site.url}", *blocks("sh")])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for said in (
        '"title": "hello.py"',
        'tab\tand "quotes"\n',
        "\n304\n",
        "consent_required\nfor your eyes only",
        '"title": "hello, world"',
        "202\n204\n",
        "10485760\n",
        "text\n",
    ):
        assert said in done.stdout, said


def test_python_example_runs(site, capsys):
    (example,) = blocks("python")
    exec(compile(example, "docs/api.md", "exec"), {"SITE": site.url})
    assert capsys.readouterr().out.startswith(f"{site.url}/")


@pytest.mark.browser
def test_javascript_example_runs_in_a_page_of_the_site(page, site):
    (example,) = blocks("js")
    page.goto("/about")
    with page.expect_console_message(lambda each: each.type == "log") as said:
        page.evaluate(
            f"(async () => {{ const SITE = {site.url!r};\n{example} }})()",
        )
    assert said.value.text.startswith("consent_required hello\n 10485760")


def test_every_code_is_told():
    codes = {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.PasteError)
    } - {"error"}
    told = set(re.findall(r"^\| `([a-z_]+)` \| \d{3} \|", DOCS, re.MULTILINE))
    assert told == codes
