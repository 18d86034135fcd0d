"""Learning sets by hand and against learners with known probabilities; stages of made-up curves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from statsmodels.stats.proportion import proportion_confint

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.learning_set import assign_stages, compute_learning_set


def build(problems: list[tuple[str, str]]) -> xr.Dataset:
    """A recording from (subject, outcomes of a problem: 1, 0 and - for no choice)."""
    rows = [
        (subject, session, trial, -1 if outcome == "-" else int(outcome))
        for session, (subject, outcomes) in enumerate(problems)
        for trial, outcome in enumerate(outcomes)
    ]
    subject, session, trial, correct = (np.array(column) for column in zip(*rows, strict=True))
    return xr.Dataset(
        {"correct": ("trial", correct)},
        {
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", trial),
        },
    )


def test_uncompleted_and_unreached_trials_count_as_incorrect():
    problems = [("a", "011111"), ("a", "1-1111"), ("a", "01"), ("b", "1111110"), ("b", "------")]
    found = compute_learning_set(build(problems))
    assert found["subject"].values.tolist() == ["a", "b"]
    assert found["trial"].values.tolist() == [1, 2, 3, 4, 5, 6]
    thirds = np.array([[1, 2, 2, 2, 2, 2], [0, 0, 0, 0, 0, 0]]) / 3
    np.testing.assert_allclose(found["correct"].sel(subject="a"), thirds[0])
    np.testing.assert_allclose(found["correct"].sel(subject="b"), np.full(6, 0.5))
    assert found["n_uncompleted"].values.tolist() == [[0, 1, 1, 1, 1, 1], [1] * 6]
    assert found["n_trials"].values.tolist() == [[3] * 6, [2] * 6]
    assert (found.attrs["n_trials_recorded"], found.attrs["n_trials_later"]) == (27, 1)


def test_a_first_trial_that_is_missing_is_one_that_was_not_completed():
    recording = build([("a", "0111"), ("a", "1111")]).isel(trial=slice(1, None))
    found = compute_learning_set(recording, 4)
    assert found["correct"].values.tolist() == [[0.5, 1.0, 1.0, 1.0]]
    assert found["n_uncompleted"].values.tolist() == [[1, 0, 0, 0]]


def test_interval_is_wilsons_over_problems():
    """Each problem has a trial once, so clusters are of one; Korn & Graubard's size is n - 1."""
    rng = np.random.default_rng(0)
    outcomes = (rng.random((300, 6)) < [0.5, 0.9, 0.7, 0.6, 0.3, 0.8]).astype(int)
    found = compute_learning_set(build([("a", "".join(map(str, row))) for row in outcomes]))
    for trial in range(6):
        lower, upper = proportion_confint(outcomes[:, trial].mean() * 299, 299, method="wilson")
        cell = found.sel(subject="a", trial=trial + 1)
        assert cell["correct"].item() == pytest.approx(outcomes[:, trial].mean())
        assert cell["lower"].item() == pytest.approx(lower, abs=1e-9)
        assert cell["upper"].item() == pytest.approx(upper, abs=1e-9)


def test_one_who_learns_in_a_trial_and_one_who_never_does():
    rng = np.random.default_rng(1)
    insight = np.full((2000, 6), True)
    insight[:, 0] = rng.random(2000) < 0.5
    chance = rng.random((2000, 6)) < 0.5
    problems = [
        (name, "".join(str(int(outcome)) for outcome in row))
        for name, rows in (("insight", insight), ("chance", chance))
        for row in rows
    ]
    found = compute_learning_set(build(problems))
    assert (found["correct"].sel(subject="insight")[1:] == 1).all()
    assert (found["lower"].sel(subject="insight")[1:] > 0.99).all()
    at_chance = [
        found.sel(subject="insight", trial=1),
        *(found.sel(subject="chance").transpose("trial").isel(trial=k) for k in range(6)),
    ]
    inside = [bool(cell["lower"] < 0.5 < cell["upper"]) for cell in at_chance]
    assert sum(inside) >= 6


def test_faults_of_recordings():
    recording = build([("a", "010101")])
    with pytest.raises(MissingVariableError, match="correct: the recording has no such variable"):
        compute_learning_set(recording.drop_vars("correct"))
    with pytest.raises(AnalysisError, match=r"correct: found 3 at trial 1 \(3 such value"):
        compute_learning_set(recording.assign(correct=recording["correct"] * 3))
    with pytest.raises(AnalysisError, match="n_trials: found 0, expected at least 1"):
        compute_learning_set(recording, 0)
    with pytest.raises(EmptySelectionError, match="correct: found 0 trials"):
        compute_learning_set(recording.isel(trial=[]))
    twice = xr.concat([recording, recording], dim="trial")
    with pytest.raises(AnalysisError, match="trial_in_session: found 0 twice in session 0 of sub"):
        compute_learning_set(twice)


# Stages


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
