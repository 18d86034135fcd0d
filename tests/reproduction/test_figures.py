"""The figure scripts, run whole on small agents; the rats' table against the raw data."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from pfc_analysis.paths import content_folder
from pfc_analysis.recording.published import read_published
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.animals import rats, shipped_results
from pfc_analysis.reproduction.figures import draw_figure, list_figures
from pfc_analysis.reproduction.missing_figures import MISSING
from pfc_analysis.reproduction.reproduce import reproduce
from pfc_analysis.training.recipes.optimisation_recipe import OptimisationRecipe
from pfc_analysis.training.recipes.recipe import Recipe, RecordingRecipe
from pfc_analysis.training.recipes.recipe_files import format_recipe, read_recipe
from pfc_analysis.training.run import checkpoint
from pfc_analysis.training.run.shipped_experiments import list_experiments, shipped_agent
from pfc_analysis.training.run.trainer import train

SHORT = {
    "bandit": {"trials": 100},
    "episodic_two_step": {"trials": 40, "uncued_trials": 20},
    "harlow": {"view": 12, "trials": 2, "step_limit": 100, "start": 3.0, "step_angle": 5.5},
    "harlow_symbolic": {"trials": 6},
    "inferred_value": {"trials": 20},
    "matching": {"range": "whole", "shortest": 40, "longest": 40},
    "risky_choice": {"forced": 2, "free": 6},
    "serial_reversal": {"trials": 60},
    "two_step": {"trials": 30},
    "two_step_three_rewards": {"trials": 40},
    "volatility": {"trials": 60, "earliest": 20, "latest": 40, "block": 10},
    "what_where": {"trials": 80},
}
"""By task: settings that make its sessions short enough to train on in a second."""


def small_recipe(experiment: str) -> Recipe:
    """Return the shipped recipe of an experiment, made small.

    Two replicas of six units learn to respond validly, and little more.

    Raises
    ------
    ValueError
        If no short sessions are given for the task of the experiment.
    """
    shipped = read_recipe(shipped_agent(experiment))
    task = shipped.plays or experiment
    if task not in SHORT:
        raise ValueError(
            f"{experiment}: no short sessions are given for its task {task!r}, only for "
            f"{list(SHORT)}. Add {task!r} to SHORT in {__file__}."
        )
    # Without a high entropy cost some agents of this task never choose one of the arms.
    entropy_cost = 0.5 if task == "matching" else 0.05
    eyes = {"filters": (4,), "kernels": (4,), "strides": (2,), "features": 6}
    return replace(
        shipped,
        replicas=2,
        task={**shipped.task, **SHORT[task]},
        test_task={k: v for k, v in shipped.test_task.items() if k not in SHORT[task]},
        network=replace(shipped.network, units=6, **(eyes if shipped.network.filters else {})),
        optimisation=OptimisationRecipe(
            updates=12 if shipped.network.filters else 60,  # from pictures, each takes seconds
            sessions_per_update=16,
            learning_rate=0.02,
            final_learning_rate=0.005,
            entropy_cost=entropy_cost,
            final_entropy_cost=entropy_cost,
        ),
        recording=RecordingRecipe(sessions=24),
    )


def train_when_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill a folder with small recipes, and train each when its replicas are first listed.

    Whatever plays an agent lists its replicas first. So a figure trains what it reads, however its
    script is written. The lock keeps other workers of the run from training the same agent.
    """
    original = checkpoint.list_replicas

    def list_trained(agent: str | Path) -> list[Path]:
        if Path(agent).parent == folder:
            with FileLock(f"{agent}.lock"):
                train(agent, agent, resume=True, workers=1)
        return original(agent)

    folder.mkdir(exist_ok=True)
    with FileLock(folder / "recipes.lock"):
        for experiment in list_experiments() if not list(folder.glob("*/recipe.toml")) else ():
            (folder / experiment).mkdir()
            text = format_recipe(small_recipe(experiment))
            (folder / experiment / "recipe.toml").write_text(text)
    for module in list(sys.modules.values()):  # each that has imported the function by its name
        if getattr(module, "__dict__", {}).get(original.__name__) is original:
            monkeypatch.setattr(module, original.__name__, list_trained)


@pytest.fixture
def agents(shared_folder, monkeypatch) -> Path:
    """A folder of small agents, for all workers of the run; each is trained when it is read."""
    folder = shared_folder / "small_agents"
    train_when_asked(folder, monkeypatch)
    return folder


def test_an_agent_is_trained_when_it_is_read_and_no_other_is(tmp_path, monkeypatch):
    train_when_asked(tmp_path, monkeypatch)
    played = record("two_step", agent=tmp_path / "two_step", sessions=1)
    assert set(played["subject"].values) == {"seed_1", "seed_2"}
    assert {path.parent.parent.name for path in tmp_path.rglob(checkpoint.WEIGHTS)} == {"two_step"}


def test_an_experiment_without_a_small_recipe_is_an_error_by_name(monkeypatch):
    monkeypatch.delitem(SHORT, "two_step")
    with pytest.raises(ValueError, match=r"two_step_no_rpe: no short sessions .* 'two_step'"):
        small_recipe("two_step_no_rpe")


FROM_TABLES = ("f1", "f2", "n2")
"""Figures that draw shipped fits or tables, whatever the agents."""


def test_figures_are_found_by_the_papers_names():
    paper = ["1", "2", "3", "4", "5", "6", "7", "s2", "s4", "s5", "s6", "s9"]
    assert list(list_figures()) == [
        *paper, "p1", "p2", "p3", "f1", "f2", "n1", "n2", "n3", "e1", "r1", "r2", "h1"
    ]  # fmt: skip


def test_unknown_figure_lists_those_there_are(tmp_path):
    with pytest.raises(
        ValueError, match=r"Unknown figure '99'; expected one of \['1', .*'7', 's2'"
    ):
        draw_figure("99", tmp_path)


@pytest.mark.parametrize("name", list(MISSING))
def test_a_figure_of_the_paper_that_is_not_drawn_gives_the_reason(name, tmp_path):
    with pytest.raises(ValueError, match=f"Figure {name} of the paper is not drawn: it is "):
        draw_figure(name.upper(), tmp_path)
    assert name not in list_figures()


@pytest.mark.parametrize("name", list(list_figures()))
def test_figures_draw_whatever_the_agents_are_like(name, agents, tmp_path):
    files = draw_figure(name, tmp_path, agents)
    stem = list_figures()[name].stem
    endings = ("csv", "md", "pdf", "png", "svg")
    assert sorted(path.name for path in files) == [f"{stem}.{ending}" for ending in endings]
    assert (tmp_path / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
    numbers = pd.read_csv(tmp_path / f"{stem}.csv")
    assert numbers["value"].notna().mean() > 0.95
    if name in FROM_TABLES:
        return
    agent = numbers[numbers["source"].str.startswith("agents")]
    assert set(agent["subject"]) == {"seed_1", "seed_2", "mean"}
    assert agent.groupby(["source", "quantity", "condition"], dropna=False).size().eq(3).all()


def test_from_scratch_trains_and_draws_the_same_bytes(agents, tmp_path, monkeypatch):
    """In a home of its own, whose recipe is the small one: same seeds, same agents, same files."""
    home = tmp_path / "home"
    shutil.copytree(content_folder("datasets"), home / "datasets")
    (home / "figures").mkdir(parents=True)
    for source in (list_figures()["5"], list_figures()["5"].with_suffix(".md")):
        shutil.copy(source, home / "figures")  # the others are drawn above
    for name in ("two_step", "two_step_rats"):
        (home / "agents" / name).mkdir(parents=True)
        recipe = home / "agents" / name / "recipe.toml"
        recipe.write_text(format_recipe(small_recipe(name)))
    monkeypatch.setenv("PFC_ANALYSIS_HOME", str(home))
    written = reproduce(tmp_path / "out", from_scratch=True)
    assert written[-1] == tmp_path / "out" / "index.html"
    drawn = {path.stem for path in written[:-1]}
    assert drawn == {path.stem for path in list_figures().values()}
    for path in draw_figure("5", tmp_path / "again", agents):
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes(), path.name


def test_shipped_pictures_belong_to_the_figures():
    rendered = content_folder("figures") / "rendered"
    for path in list_figures().values():
        for ending in ("png", "svg", "csv", "md"):
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
