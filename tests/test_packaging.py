"""What describes the project to package managers and readers says one thing everywhere."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest
import yaml

import pfc_analysis as pfc

ROOT = Path(__file__).resolve().parent.parent
RECIPE = yaml.safe_load((ROOT / "packaging" / "conda" / "recipe.yaml").read_text("utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
CODEMETA = json.loads((ROOT / "codemeta.json").read_text("utf-8"))
PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "packaging" / "README.md"]

# Packages that conda-forge spells in another way. matplotlib-base leaves out Qt.
CONDA_NAMES = {
    "lazy_loader": "lazy-loader",
    "matplotlib": "matplotlib-base",
    "tomli_w": "tomli-w",
}


def test_editable_installs_put_the_clone_on_the_path(settings):
    """Otherwise compiled functions left in site-packages by a usual install hide the package."""
    assert settings["editable_wheel"]["mode"] == "compat"


@pytest.fixture(scope="module")
def settings():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines(value):
    return [line.strip() for line in value.strip().splitlines()]


@pytest.mark.parametrize(
    "version",
    [CITATION["version"], CODEMETA["version"], RECIPE["context"]["version"]],
    ids=["CITATION.cff", "codemeta.json", "recipe.yaml"],
)
def test_versions_are_one(version):
    assert version == pfc.__version__


def test_the_changelog_lists_this_version_with_its_date():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## {re.escape(pfc.__version__)} - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE)


def test_the_changelog_sorts_changes():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= kinds
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        before = version.split("\n### ")[0]
        assert "\n- " not in before, f"a change of no kind in: {version.splitlines()[0]}"


def test_conda_asks_for_what_pip_asks_for(settings):
    needed = {"python >=${{ python_min }}"}
    for requirement in lines(settings["options"]["install_requires"]):
        name, lowest = requirement.split(" >= ")
        needed.add(f"{CONDA_NAMES.get(name, name)} >={lowest}")
    assert set(RECIPE["requirements"]["run"]) == needed
    python = settings["options"]["python_requires"].removeprefix(">=")
    assert RECIPE["context"]["python_min"] == python
    assert CODEMETA["runtimePlatform"] == f"Python >={python}"


def test_conda_installs_the_command(settings):
    commands = lines(settings["options.entry_points"]["console_scripts"])
    assert RECIPE["build"]["python"]["entry_points"] == commands


def test_names_licence_and_keywords_are_one(settings):
    metadata = settings["metadata"]
    assert metadata["name"] == CITATION["title"] == CODEMETA["name"] == RECIPE["package"]["name"]
    assert metadata["license"] == CITATION["license"] == RECIPE["about"]["license"]
    assert CODEMETA["license"].endswith("/" + metadata["license"])
    keywords = metadata["keywords"].split(", ")
    assert CITATION["keywords"] == CODEMETA["keywords"] == keywords
    assert CITATION["abstract"].strip() == CODEMETA["description"]
    doi = CITATION["references"][0]["doi"]
    assert CODEMETA["referencePublication"]["identifier"] == f"https://doi.org/{doi}"


def test_the_readme_is_one_page():
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 900


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file = target.split("#")[0]
        if file and not re.match(r"[a-z]+:", target):
            assert (page.parent / file).exists(), target
