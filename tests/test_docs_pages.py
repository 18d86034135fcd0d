"""The pages that the site writes from the repository leave nothing out."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

import pfc_analysis as pfc
from pfc_analysis.comparison.questions import find_question_set, list_question_sets

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages():
    """Return a function that gives the pages of a generator as one text."""
    sys.path.insert(0, str(ROOT / "docs" / "_extensions"))
    yield lambda module: "\n".join(importlib.import_module(module).pages(ROOT).values())
    sys.path.pop(0)


def test_every_function_has_its_place(pages):
    text = pages("api_pages")
    rooms = ("analysis", "learners", "plot")
    front_doors = {"": pfc} | {f"{name}.": getattr(pfc, name) for name in rooms}
    for module, door in front_doors.items():
        for name in set(door.__all__) - set(rooms):
            assert re.search(rf"auto\w+:: pfc_analysis\.{module}{name}$", text, re.MULTILINE), name


def test_every_question_is_listed_with_its_function(pages):
    text = pages("api_pages")
    for name in set(pfc.analysis.__all__):
        assert f"{{py:obj}}`~pfc_analysis.analysis.{name}` |" in text, name


def test_every_set_of_questions_is_listed_with_what_it_needs(pages):
    text = pages("question_pages")
    for name in list_question_sets():
        row = re.search(rf"^\| `{name}` \|(.*?)\|", text, re.MULTILINE)
        assert row is not None, name
        assert re.findall(r"`(\w+)`", row[1]) == list(find_question_set(name).needs)
        assert f"\n## {name}\n" in text


def test_the_analyses_of_two_arms_are_named(pages):
    (told,) = re.findall(r"need choices between two arms: ([^.]+)\. ", pages("api_pages"))
    assert "`compute_learning_rate`" in told
    assert "`compute_log_ratios`" in told
    assert not {"`compute_performance`", "`compute_regret`"} & set(told.split(", "))


def test_every_claim_is_judged(pages):
    text = pages("claim_pages")
    checked = pfc.check(measured=ROOT / "figures" / "rendered")
    assert text.count("| holds |") - 1 == checked["holds"].eq(True).sum()  # one explains the word
    for name in ("s1", "s3", "s7", "s8"):
        assert f"| {name} |" in text


def test_a_verdict_needs_an_interval(pages):
    judge = importlib.import_module("claim_pages").judge
    row = {"holds": None, "published": 0.9, "lower": 0.8, "upper": 0.95}
    assert judge(row) == "agrees"
    assert judge(row | {"published": 0.97}) == "**differs**"
    assert judge(row | {"lower": float("nan")}) == "no interval"
    assert judge(row | {"holds": False}) == "**does not hold**"


def test_every_panel_has_a_picture_and_a_caption(pages):
    module = importlib.import_module("figure_pages")
    crops = importlib.import_module("panel_crops")
    for script in pfc.list_figures().values():
        stem = ROOT / "figures" / "rendered" / script.stem
        _, of_panel, _ = module.split_caption(stem.with_suffix(".md").read_text("utf-8"))
        panels, (width, height) = crops.find_panels(stem.with_suffix(".svg").read_text("utf-8"))
        assert panels
        for panel in panels:
            assert panel.letter in of_panel, (script.stem, panel.letter)
            left, top, right, bottom = panel.box
            assert 0 <= left < right - 40 < width, (script.stem, panel)
            assert 0 <= top < bottom - 40 < height, (script.stem, panel)


def test_every_data_set_preset_command_and_variable_is_described(pages):
    text = pages("dataset_pages")
    catalogue = tomllib.loads((ROOT / "datasets" / "catalogue.toml").read_text("utf-8"))
    presets = [path.stem for path in (ROOT / "datasets" / "presets").glob("*.toml")]
    for name in [*catalogue, *presets]:
        assert f"\n## {name}\n" in text
    assert text.count("\n- ") >= sum(len(entry.get("traps", [])) for entry in catalogue.values())
    commands = pages("command_pages")
    for name in ("list", "show", "record", "compare", "reproduce", "data fetch"):
        assert f"\n## pfc {name}\n" in commands
    assert "| `hidden` |" in pages("schema_pages")


def test_functions_that_the_statistics_name_are_public():
    texts = [path.read_text("utf-8") for path in (ROOT / "docs" / "statistics").glob("*.md")]
    named = {
        name for text in texts for name in re.findall(r"\{py:func\}`~pfc_analysis\.([\w.]+)`", text)
    }
    assert len(named) > 40
    for name in named:
        module, _, function = name.rpartition(".")
        door = getattr(pfc, module) if module else pfc
        assert function in door.__all__, name


def test_the_schema_says_when_units_see_an_event(pages):
    text = pages("schema_pages")
    assert "| `two_step` | `outcome` | `fixation` | of the next trial |" in text
    assert "| `inferred_value` | `outcome` | `outcome` | of the trial |" in text
    for name in pfc.list_experiments():
        assert f"| `{pfc.describe_experiment(name).task}` | " in text
