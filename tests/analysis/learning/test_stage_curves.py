"""Stages of made-up curves of training, and what was correct in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.learning.stage_curves import assign_stages, compute_stage_curves


def test_a_straight_curve_has_six_equal_stages():
    found = assign_stages(np.arange(70) + 0.5)
    assert found["stage"].values.tolist() == [f"stage_{k}" for k in range(1, 7)] + ["final"]
    # From 0.5 to 69.5 bands are 69/7 wide: the curve enters band k + 1 at the first value beyond.
    entries = [int(np.ceil(k * 69 / 7)) for k in range(7)]
    assert found["start"].values[:6].tolist() == entries[:6]
    assert found["stop"].values[:6].tolist() == entries[1:]
    assert (found["start"].values[6], found["stop"].values[6]) == (69, 70)
    np.testing.assert_allclose(found["band_lower"], 0.5 + np.arange(7) * 69 / 7)
    np.testing.assert_allclose(found["band_upper"][-1], 69.5)
    assert (found["floor"].item(), found["ceiling"].item()) == (0.5, 69.5)


def test_only_the_first_stay_in_a_band_counts():
    curve = [0, 0, 1.5, 1.6, 0.2, 1.5, 2.5, 3.5, 4.5, 5.5, 5.9, 7, 5.5, 7]
    found = assign_stages(curve)
    assert found["start"].values.tolist() == [0, 2, 6, 7, 8, 9, 13]
    assert found["stop"].values.tolist() == [2, 4, 7, 8, 9, 11, 14]
    assert found["n_updates"].values.tolist() == [2, 2, 1, 1, 1, 2, 1]


def test_a_band_that_was_jumped_over_has_no_stage():
    found = assign_stages([0, 0.1, 6.5, 7, 7])
    assert found["start"].values.tolist() == [0, -1, -1, -1, -1, -1, 4]
    assert found["n_updates"].values.tolist() == [2, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("window", [1, 2, 3, 10, 31])
def test_smoothing_is_a_centred_mean(window):
    rng = np.random.default_rng(2)
    curve = rng.random(40)
    found = assign_stages(curve, window)["smoothed"].values
    for k in range(40):
        low, high = k - (window - 1) // 2, k + window // 2 + 1
        assert found[k] == pytest.approx(curve[max(low, 0) : high].mean())


def test_stages_of_a_noisy_sigmoid_lie_where_the_curve_without_noise_has_them():
    update = np.arange(3000)
    rng = np.random.default_rng(3)
    clean = 0.4 + 0.55 / (1 + np.exp(-(update - 1500) / 200))
    found = assign_stages(clean + rng.normal(0, 0.05, 3000), window=101)
    for k in range(1, 6):
        level = 0.4 + 0.55 * (k + 0.5) / 7
        crossing = 1500 + 200 * np.log((level - 0.4) / (0.95 - level))
        middle = (found["start"][k] + found["stop"][k]) / 2
        assert middle.item() == pytest.approx(crossing, abs=120)
    assert found["stop"].values[6] - found["start"].values[6] == 101
    assert (np.diff(found["start"].values) > 0).all()


@pytest.mark.parametrize("scale", [1.0, -0.5])
def test_scale_of_the_reward_does_not_matter(scale):
    curve = np.cumsum(np.random.default_rng(4).normal(0.1, 1, 400))
    expected = assign_stages(curve, 11)["start"]
    assert np.array_equal(assign_stages(abs(scale) * curve + scale, 11)["start"], expected)


def test_curves_without_stages():
    with pytest.raises(AnalysisError, match=r"found 0\.1 throughout, expected a curve that rises"):
        assign_stages(np.full(50, 0.1), 7)
    with pytest.raises(AnalysisError, match=r"found shape \(3,\) with 1 value"):
        assign_stages([0.1, np.nan, 0.3])
    with pytest.raises(AnalysisError, match=r"found shape \(2, 2\)"):
        assign_stages(np.eye(2))
    with pytest.raises(AnalysisError, match=r"window: found 5 for 3 update\(s\), expected 1 to 3"):
        assign_stages([0.1, 0.2, 0.3], 5)


# Correct choices in each stage


def make_log(reward: list[float], correct: np.ndarray, updates: list[int]) -> pd.DataFrame:
    shares = {f"correct_{k + 1}": column for k, column in enumerate(correct.T)}
    return pd.DataFrame({"update": updates, "reward_per_trial": reward, **shares})


def test_shares_are_averaged_over_each_stage_by_updates():
    """Rows of three updates, the last of one; bands are 1 wide."""
    reward = [0.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 7.0, 7.0]
    correct = np.random.default_rng(5).random((9, 2))
    logs = {"a": make_log(reward, correct, [3, 6, 9, 12, 15, 18, 21, 24, 25])}
    found = compute_stage_curves(logs)["correct"].sel(subject="a")
    assert found.dims == ("stage", "trial")
    assert found["trial"].values.tolist() == [1, 2]
    np.testing.assert_allclose(found.sel(stage="stage_1"), correct[:2].mean(axis=0))
    for k in range(2, 7):
        np.testing.assert_allclose(found.sel(stage=f"stage_{k}"), correct[k])
    np.testing.assert_allclose(found.sel(stage="final"), correct[8])
    # With a window of two the last stage holds three updates and one.
    wide = compute_stage_curves(logs, window=2)
    final = wide["correct"].sel(subject="a", stage="final")
    np.testing.assert_allclose(final, 0.75 * correct[7] + 0.25 * correct[8])
    assert wide["n_updates"].sel(subject="a", stage="final").item() == 4


def test_a_stage_that_was_jumped_over_is_missing_and_counted():
    slow, fast = [0.0, 1.5, 2.5, 3.5, 4.5, 5.5, 7.0], [0.0, 0.1, 6.5, 7.0, 7.0, 7.0, 7.0]
    correct = np.linspace(0, 1, 14).reshape(7, 2)
    logs = {name: make_log(r, correct, list(range(1, 8))) for name, r in
            (("slow", slow), ("fast", fast))}  # fmt: skip
    found = compute_stage_curves(logs)
    assert found["n_jumped"].values.tolist() == [0, 1, 1, 1, 1, 1, 0]
    there = found["correct"].notnull().all("trial")
    assert there.sel(subject="slow").all()
    assert there.sel(subject="fast").values.tolist() == [True, *[False] * 5, True]
    assert found["n_updates"].sel(subject="fast").values.tolist() == [2, 0, 0, 0, 0, 0, 1]


def test_learners_of_known_course_get_their_own_curve_back():
    """The later trials follow reward, the first stays at chance; sampled as training samples."""
    rng = np.random.default_rng(6)
    skill = 1 / (1 + np.exp(-(np.arange(400) - 200) / 40))
    chance = np.column_stack([np.full(400, 0.5), *(0.5 + 0.48 * skill,) * 5])
    correct = rng.binomial(128, chance) / 128
    reward = 0.2 + (2 * correct - 1).mean(axis=1)
    found = compute_stage_curves(
        {"a": make_log(list(reward), correct, list(range(4, 1604, 4)))}, 20
    )
    curve = found["correct"].sel(subject="a")
    assert np.abs(curve.sel(trial=1) - 0.5).max() < 0.03
    later = curve.sel(trial=slice(2, None)).mean("trial").values
    middles = 0.5 + 0.48 * (np.arange(6) + 0.5) / 7  # of the bands, were there no noise
    assert later[:6] == pytest.approx(middles, abs=0.03)
    assert later[6] == pytest.approx(0.98, abs=0.01)


def test_faults_of_logs():
    log = make_log([0.0, 1.0], np.zeros((2, 2)), [1, 2])
    with pytest.raises(AnalysisError, match="logs: found none, expected one for each replica"):
        compute_stage_curves({})
    with pytest.raises(MissingVariableError, match=r"correct_1: the log of a has no such column"):
        compute_stage_curves({"a": log.drop(columns=["correct_1", "correct_2"])})
    with pytest.raises(MissingVariableError, match=r"correct_1: the log of a has no such column"):
        compute_stage_curves({"a": log.drop(columns="correct_1")})
    with pytest.raises(MissingVariableError, match=r"update: the log of b has"):
        compute_stage_curves({"a": log, "b": log.drop(columns="update")})
    with pytest.raises(AnalysisError, match=r"found \{'a': 2, 'b': 1\} trials, expected the same"):
        compute_stage_curves({"a": log, "b": log.drop(columns="correct_2")})
