"""The effect of the cue: 0 without memory, however a subject learns, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.memory.cue_effect import compute_cue_effect
from pfc_analysis.analysis.memory.cued_stay import compute_cued_stay
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep

from .cued_tables import episodic_habit, episodic_planner, play_cued


def play(sessions=40, seed=1, reversal=0.025, **weights):
    learner = pfc.analysis.EpisodicLearner(**weights)
    task = EpisodicTwoStep(reversal_probability=reversal)
    return pfc.simulate(learner, task, sessions=sessions, seed=seed, subject="one")


def count_plainly(recording):
    """Both model-based indices, by loops over trials and the cues that are shown later."""
    columns = {n: recording[n].values.reshape(-1, 100) for n in ("choice", "reward",
               "common_transition", "cued_trial")}  # fmt: skip
    sums = np.zeros((2, 2, 4))  # cued or others; stays and all; type
    for session in range(len(columns["choice"])):
        choice, reward, common, cue = (columns[n][session] for n in columns)
        for t in range(50, 100):
            later = cue[t + 1 : 75] if t < 75 else cue[t + 1 :]
            if not later.size:
                continue
            for which, olds in enumerate(([cue[t]], later)):
                for old in olds:
                    kind = 2 * (common[old] == 0) + (reward[old] <= 0)
                    weight = 1.0 / len(olds)
                    sums[which, 0, kind] += weight * (choice[t] == choice[old])
                    sums[which, 1, kind] += weight
    shares = sums[:, 0] / sums[:, 1]
    return shares @ [0.5, -0.5, -0.5, 0.5]


def test_same_as_plain_loops():
    recording = play(6, episodic_model_based=2.0)
    result = compute_cue_effect(recording).sel(subject="one")
    value, chance = count_plainly(recording)
    assert result["model_based_chance"].item() == pytest.approx(chance, rel=1e-12)
    assert result["model_based_effect"].item() == pytest.approx(value - chance, rel=1e-12)
    assert result["n_trials"].item() == 6 * 48  # the last trial of each block has no other


@pytest.mark.parametrize(
    "weights",
    [
        {"incremental_model_based": 3.0},
        {"incremental_model_based": 6.0, "alpha": 0.1},
        {"incremental_model_free": 3.0, "alpha": 0.3},
    ],
)
def test_there_is_no_effect_without_memory(weights):
    """Though the stay index relative to the cued trial is above 0 in all three."""
    recording = play(600, seed=5, **weights)
    stay = compute_cued_stay(recording).sel(subject="one", reference="cued_trial")
    assert stay["model_based_index_lower"] > 0
    result = compute_cue_effect(recording).sel(subject="one")
    width = result["model_based_effect_upper"] - result["model_based_effect_lower"]
    # Half of the width of the interval is about two standard errors.
    assert abs(result["model_based_effect"]) < 0.9 * width
    assert width < 0.08
    assert result["model_based_chance"] > 0.05


def test_the_interval_covers_zero_in_95_of_100_experiments():
    outside = []
    for seed in range(100):
        result = compute_cue_effect(play(20, seed, incremental_model_based=6.0, alpha=0.1))
        low, high = (result[f"model_based_effect_{end}"].item() for end in ("lower", "upper"))
        outside.append(low > 0 or high < 0)
    # 5 % of 100 are 5; more than 14 would come once in 4,000 times.
    assert sum(outside) <= 14


@pytest.mark.parametrize(
    ("player", "name"), [(episodic_planner, "model_based"), (episodic_habit, "model_free")]
)
def test_memory_has_an_effect_of_its_own_kind(player, name):
    result = compute_cue_effect(play_cued(player, 100, seed=3)).sel(subject="one")
    for kind in ("model_based", "model_free"):
        low = result[f"{kind}_effect_lower"].item()
        assert (low > 0.2) == (kind == name)


def test_cues_that_came_twice_or_blocks_that_are_none_are_refused(make_recording):
    recording = make_recording([0, 1, 0, 1, 0], [1] * 5, [1] * 5, cued_trial=[-1, -1, -1, 0, 0])
    with pytest.raises(AnalysisError, match=r"found 1 trial\(s\) that were cued twice or more"):
        compute_cue_effect(recording)
    for blocks in (0, 1.0, True):
        with pytest.raises(AnalysisError, match="blocks: found"):
            compute_cue_effect(recording, blocks=blocks)
    one = make_recording([0, 1, 0, 1], [1] * 4, [1] * 4, cued_trial=[-1, -1, -1, 0])
    with pytest.raises(EmptySelectionError, match="other trials that could have been cued"):
        compute_cue_effect(one)


def test_a_subject_without_cues_has_no_effect():
    told = play(4, 2, episodic_model_based=3.0)
    never = told.assign(cued_trial=-1 * (told["cued_trial"] < 1000))
    never = never.assign_coords(subject=("trial", np.repeat("never", never.sizes["trial"])))
    both = xr.concat([told, never], "trial", data_vars="minimal")
    result = compute_cue_effect(both)
    alone = compute_cue_effect(told)
    assert result["model_based_effect"].sel(subject="one") == alone["model_based_effect"].item()
    assert np.isnan(result["model_based_effect"].sel(subject="never"))
    assert result["n_trials"].sel(subject="never") == 0


def test_one_session_has_no_interval():
    result = compute_cue_effect(play(1, 2, episodic_model_based=3.0)).sel(subject="one")
    assert np.isfinite(result["model_based_effect"])
    assert np.isnan(result["model_based_effect_lower"])
