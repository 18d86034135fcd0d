"""What Figure 6 is put together from: logs, colours, published curves, and moments to show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.analysis.learning.learning_set import find_solvers
from pfc_analysis.recording.published import read_published
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents import harlow_agents as sets
from pfc_analysis.reproduction.agents.film import SeenSession
from pfc_analysis.tasks.vision.images import ProceduralImages
from pfc_analysis.training.run.recipe import parse_recipe
from pfc_analysis.training.run.trainer import train

RECIPE = """
experiment = "harlow"
title = "hardly trained, from pixels"
replicas = 2
[task]
view = 12
trials = 2
step_limit = 40
start = 4.0
[test_task]
split = "test"
[network]
units = 4
filters = [4]
kernels = [4]
strides = [2]
features = 5
[optimisation]
updates = 2
sessions_per_update = 3
learning_rate = 0.003
final_learning_rate = 0.003
"""


@pytest.fixture(scope="module")
def agent(tmp_path_factory) -> Path:
    return train(parse_recipe(RECIPE), tmp_path_factory.mktemp("agent") / "a", workers=1)


def test_logs_of_every_replica(agent):
    logs = sets.read_training_logs("harlow", agent)
    assert list(logs) == ["seed_1", "seed_2"]
    assert all({"reward_per_trial", "correct_1", "correct_2"} <= set(log) for log in logs.values())


def test_colours_are_those_of_the_test_images_trial_by_trial(agent):
    played = record("harlow", agent=agent, sessions=20)
    assert sets.read_task(played).split == "test"
    for name, colours in zip(
        ("rewarded_image", "other_image"), sets.compute_mean_colours(played), strict=True
    ):
        assert colours.shape == (played.sizes["trial"], 3)
        for trial in (0, 7, 19):
            image = ProceduralImages("test").draw(played[name].values[[trial]], sets.COLOUR_PIXELS)
            assert colours[trial] == pytest.approx(image[0].reshape(-1, 3).mean(axis=0))


def test_another_task_is_refused():
    with pytest.raises(TypeError, match="found task 'two_step', expected Harlow's, from pixels"):
        sets.read_task(record("two_step", sessions=1, units=False))


def test_photographs_are_shown_to_agents(agent):
    found = sets.record_photographs(agent, 30)
    assert found["rewarded_image"].max() < 108  # tiles of two photographs, at most
    assert len(np.unique(found["rewarded_image"])) > 15
    assert found.sizes["trial"] >= 60
    assert "hidden" not in found


def test_published_curves_in_their_order():
    tables = [read_published(study) for study in ("wang_2018", "harlow_1949")]
    published = pd.concat(tables, ignore_index=True)
    monkeys = sets.find_curves(published, "monkeys", "problems")["correct"]
    assert monkeys.dims == ("subject", "problems", "trial")
    assert monkeys["problems"].values[[0, 4, 7]].tolist() == [
        "problems_1_8", "problems_1_100", "problems_257_312",
    ]  # fmt: skip
    last = monkeys.sel(problems="problems_257_312").values[0]
    assert last.tolist() == [0.5, 0.966, 0.978, 0.981, 0.985, 0.985]
    paper = sets.find_curves(published, "agents", "stage")["correct"]
    assert paper["stage"].values.tolist() == [*(f"stage_{k}" for k in range(1, 7)), "final"]
    assert paper.sel(stage="stage_1", trial=[1, 6]).values[0].tolist() == [0.41, 0.493]


def test_solvers_are_rows_and_their_share_has_its_exact_interval():
    correct = xr.DataArray(
        [[0.5, 0.97], [0.5, 0.6], [0.5, 0.99]],
        dims=("subject", "trial"),
        coords={"subject": ["seed_1", "seed_2", "seed_3"], "trial": [1, 2]},
    )
    table = sets.tabulate_solvers(find_solvers(correct), "c", "agents").set_index("subject")
    assert table["value"].tolist() == pytest.approx([1.0, 0.0, 1.0, 2 / 3])
    mean = table.loc["mean"]
    # Clopper and Pearson for 2 of 3, as in tables.
    assert (mean["lower"], mean["upper"]) == pytest.approx((0.0943, 0.9916), abs=1e-4)
    assert mean["n"] == 3
    assert set(table["quantity"]) == {"share_at_ceiling"}


def make_session(steps: str, trials: list[int], correct: list[int]) -> SeenSession:
    letters = {"f": "fixation", "s": "stimuli", "c": "choice", "o": "outcome", "-": ""}
    n = len(steps)
    return SeenSession(np.zeros((n, 2, 2, 3), np.uint8), np.array(trials),
                       tuple(letters[k] for k in steps), np.zeros(n), np.array(correct),
                       "seed_1")  # fmt: skip


def test_moments_are_of_the_first_session_with_its_first_trials_done(monkeypatch):
    cut = make_session("ffscc", [0] * 5, [-1, -1])
    whole = make_session("ffsccc-o-fsco", [0] * 9 + [1] * 4, [0, 1])
    monkeypatch.setattr(sets, "watch_sessions", lambda *_, **__: [cut, whole])
    shown, moments = sets.watch_problem(None, "seed_1", seed=1)
    assert shown is whole
    assert moments.tolist() == [1, 2, 5, 7, 9, 10, 11, 12]
    monkeypatch.setattr(sets, "watch_sessions", lambda *_, **__: [cut])
    shown, moments = sets.watch_problem(None, "seed_1", seed=1)
    assert shown is cut
    assert moments.tolist() == [1, 2, 4]


def test_training_is_averaged_over_equal_stretches_of_it():
    longer = pd.DataFrame({"sessions": [16, 32, 48, 64], "reward_per_trial": [0.0, 2.0, 4.0, 8.0]})
    shorter = longer.iloc[:2] + 1
    logs = {"seed_1": longer, "seed_2": shorter.assign(sessions=[16, 32])}
    found = sets.average_training(logs, n_bins=2)["reward_per_trial"]
    assert found["sessions"].values.tolist() == [32, 64]
    assert found.sel(subject="seed_1").values.tolist() == [1.0, 6.0]
    assert found.sel(subject="seed_2").values.tolist()[0] == 2.0
    assert np.isnan(found.sel(subject="seed_2").values[1])
