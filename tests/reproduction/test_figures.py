"""The figure scripts, run whole on small agents; the rats' table against the raw data."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.paths import content_folder
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals import rats, shipped_results
from pfc_analysis.reproduction.figures import draw_figure, list_figures, reproduce
from pfc_analysis.training.run.recipe import parse_recipe
from pfc_analysis.training.run.trainer import list_experiments, train

SMALL = """
experiment = "{experiment}"
title = "two replicas that answer validly and know little more"
replicas = 2
{plays}
[task]
{task}
[network]
units = 6
{network}
[optimisation]
updates = 60
sessions_per_update = 16
learning_rate = 0.02
final_learning_rate = 0.005
{optimisation}
[recording]
sessions = 24
"""
PLAYED = ("bandit", "inferred_value", "matching", "two_step", "volatility")
TASKS = {
    "bandit_correlated": 'arms = "correlated"',
    "bandit_independent": 'arms = "independent"',
    "harlow": "view = 12\ntrials = 2\nstep_limit = 100\nstart = 3.0\nstep_angle = 5.5",
    "harlow_symbolic": "trials = 6",
    "inferred_value": "trials = 20",
    "matching": 'range = "whole"\nshortest = 40\nlongest = 40',
    "risky_choice": "forced = 2\nfree = 6",
    "serial_reversal": "criterion = 17\nwindow = 20\ntrials = 60",
    "two_step": "trials = 30",
    "volatility": "trials = 60\nearliest = 20\nlatest = 40\nblock = 10",
}
EYES = "filters = [4]\nkernels = [4]\nstrides = [2]\nfeatures = 6"
READS_ERRORS = [*(f"{name}_rpe_input" for name in PLAYED), "risky_choice"]


def small_recipe(experiment: str) -> str:
    fitting = [name for name in TASKS if experiment.startswith(name)]
    name = max(fitting, key=len, default="bandit")
    network = 'feedback = "rpe"' if experiment in READS_ERRORS else ""
    return SMALL.format(
        experiment=experiment,
        task=TASKS.get(name, "trials = 100"),
        plays=f'plays = "{"bandit" if "bandit" in name else name}"',
        network=EYES if name == "harlow" else network,
        # So that they visit both arms in every session.
        optimisation="entropy_cost = 0.5\nfinal_entropy_cost = 0.5" if name == "matching" else "",
    )


RECIPES = {experiment: small_recipe(experiment) for experiment in list_experiments()}
"""Every experiment there is; one with a task of its own needs an entry in `TASKS`."""


@pytest.fixture(scope="module")
def agents(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("agents")
    for name, recipe in RECIPES.items():
        train(parse_recipe(recipe), folder / name, workers=1)
    return folder


def test_figures_are_found_by_the_papers_names():
    paper = ["1", "2", "3", "4", "5", "6", "7", "s2", "s4", "s5", "s6", "s9"]
    assert list(list_figures()) == [*paper, "p1", "p2", "p3"]


def test_unknown_figure_lists_those_there_are(tmp_path):
    with pytest.raises(
        ValueError, match=r"Unknown figure '99'; expected one of \['1', .*'7', 's2'"
    ):
        draw_figure("99", tmp_path)


@pytest.mark.parametrize("name", list(list_figures()))
def test_figures_draw_whatever_the_agents_are_like(name, agents, tmp_path):
    files = draw_figure(name, tmp_path, agents)
    stem = list_figures()[name].stem
    assert sorted(path.name for path in files) == [f"{stem}.{end}" for end in ("csv", "png", "svg")]
    assert (tmp_path / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
    numbers = pd.read_csv(tmp_path / f"{stem}.csv")
    agent = numbers[numbers["source"].str.startswith("agents")]
    assert set(agent["subject"]) == {"seed_1", "seed_2", "mean"}
    assert agent.groupby(["source", "quantity", "condition"], dropna=False).size().eq(3).all()
    assert numbers["value"].notna().mean() > 0.95


def test_from_scratch_trains_and_draws_the_same_bytes(agents, tmp_path, monkeypatch):
    """In a home of its own, whose recipe is the small one: same seeds, same agents, same files."""
    home = tmp_path / "home"
    shutil.copytree(content_folder("datasets"), home / "datasets")
    (home / "figures").mkdir(parents=True)
    shutil.copy(list_figures()["5"], home / "figures")  # the others are drawn above
    (home / "agents" / "two_step").mkdir(parents=True)
    (home / "agents" / "two_step" / "recipe.toml").write_text(RECIPES["two_step"])
    monkeypatch.setenv("PFC_ANALYSIS_HOME", str(home))
    written = reproduce(tmp_path / "out", from_scratch=True)
    assert {path.stem for path in written} == {path.stem for path in list_figures().values()}
    for path in draw_figure("5", tmp_path / "again", agents):
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes(), path.name


def test_shipped_pictures_belong_to_the_figures():
    rendered = content_folder("figures") / "rendered"
    for path in list_figures().values():
        for ending in ("png", "svg", "csv"):
            assert (rendered / f"{path.stem}.{ending}").is_file()
    names = {path.stem for path in rendered.glob("*.*") if path.name != ".gitkeep"}
    assert names == {path.stem for path in list_figures().values()}


@pytest.fixture
def no_raw_data(monkeypatch) -> None:
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)


def test_rats_without_the_raw_data_come_from_the_shipped_table(no_raw_data):
    choices = rats.rat_choices()
    assert choices.stay["subject"].size == 6
    # Ground truth of the data set, computed independently of this toolkit.
    found = choices.stay["stay_probability"].sel(subject="M055").values
    assert found == pytest.approx([0.9588, 0.6051, 0.5278, 0.8550], abs=1e-4)
    weights = choices.history["coefficient"].sel(subject="M055", trial_type="common_rewarded")
    assert weights.values == pytest.approx([2.593, 0.617, 0.355, 0.036, 0.085], abs=1e-3)


@pytest.mark.real_data
def test_shipped_table_equals_the_raw_data_computed_anew(rat_recording):
    anew = rats.tabulate_choices(rats.measure_choices(rat_recording))
    shipped = read_published(rats.STUDY)
    assert anew["condition"].tolist() == shipped["condition"].tolist()
    from_table = rats.tabulate_choices(rats.untabulate_choices(shipped))
    for column in ("value", "lower", "upper", "n"):
        assert np.allclose(anew[column], shipped[column], atol=1e-6, equal_nan=True)
        assert np.allclose(from_table[column], shipped[column], atol=1e-6, equal_nan=True)


@pytest.mark.real_data
def test_a_table_that_disagrees_with_the_raw_data_is_an_error(rat_recording, monkeypatch):
    wrong = read_published(rats.STUDY)
    wrong.loc[3, "value"] += 0.01
    monkeypatch.setattr(shipped_results, "read_published", lambda study: wrong)
    monkeypatch.setattr(shipped_results, "load_dataset", lambda name: rat_recording)
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: Path("raw.mat"))
    with pytest.raises(ValueError, match=r"miller_2022.csv: computed anew from the raw data"):
        rats.rat_choices()
