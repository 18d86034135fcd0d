"""Decoding of problems from made-up states that hold known things, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge
from statsmodels.stats.proportion import proportion_confint

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.decoding.problem_decoding import decode_problem

STEPS = ["fixation", "stimuli", "choice", "outcome"]
N_UNITS, N_FEATURES = 12, 3


class Problems:
    """Problems whose states at each step are what `speak` makes of what was shown."""

    def __init__(self, speak, n_sessions=300, n_trials=2, subjects=("a",), seed=0) -> None:
        rng = np.random.default_rng(seed)
        rows, hidden, features = [], [], []
        mixing = {name: rng.normal(size=(N_FEATURES, N_UNITS)) for name in ("good", "bad")}
        voice = rng.normal(size=N_UNITS)
        for subject in subjects:
            for session in range(n_sessions):
                good, bad = rng.random((2, N_FEATURES)) * [1.0, 50.0, 0.1]
                for trial in range(n_trials):
                    side = int(rng.random() < 0.5)
                    states = np.zeros((len(STEPS), N_UNITS))
                    for k, step in enumerate(STEPS):
                        states[k] = speak(step, trial, side, good, bad, mixing, voice)
                    hidden.append(states + 0.3 * rng.normal(size=states.shape))
                    rows.append((subject, session, trial, side))
                    features.append((good, bad))
        names = ("subject", "session", "trial_in_session", "rewarded_side")
        columns = {
            n: ("trial", np.array(c)) for n, c in zip(names, zip(*rows, strict=True), strict=True)
        }
        self.recording = xr.Dataset(
            {**columns, "hidden": (("trial", "step", "unit"), np.array(hidden, np.float32))},
            {"step": STEPS},
        ).set_coords(names[:3])
        self.good, self.bad = np.array(features).transpose(1, 0, 2)

    def decode(self, **settings) -> xr.Dataset:
        return decode_problem(self.recording, self.good, self.bad, n_trials=2, **settings)


SCALE = np.array([1.0, 50.0, 0.1])


def silence(step, trial, side, good, bad, mixing, voice):
    return np.zeros(N_UNITS)


def remember(step, trial, side, good, bad, mixing, voice):
    """From the first outcome on, hold the good image; from the stimuli on, the paying side."""
    known = trial > 0 or step == "outcome"
    held = (good / SCALE - 0.5) @ mixing["good"] if known else 0.0
    return 3.0 + held + (voice * (2 * side - 1) if known and step != "fixation" else 0.0)


def see(step, trial, side, good, bad, mixing, voice):
    """Know how both images look, left and right, and not which of them pays."""
    left, right = (good, bad) if side == 0 else (bad, good)
    return (left / SCALE - 0.5) @ mixing["good"] + (right / SCALE - 0.5) @ mixing["bad"]


def see_both_alike(step, trial, side, good, bad, mixing, voice):
    """Know the features of both images, in one code for both."""
    return ((good + bad) / SCALE - 1.0) @ mixing["good"]


def test_what_is_held_is_decoded_when_it_is_held_and_never_before():
    found = Problems(remember, 400).decode()
    assert found["accuracy"].dims == ("subject", "trial", "step", "target")
    cells = found["accuracy"].sel(subject="a")
    side, image = (cells.sel(target=t) for t in ("rewarded_side", "rewarded_image"))
    known = xr.DataArray(
        [[False, False, False, True], [True] * 4],
        dims=("trial", "step"),
        coords={"trial": [1, 2], "step": STEPS},
    )
    assert (image.where(known) > 0.95).sum() == 5
    shown = known & (known["step"] != "fixation")
    assert (side.where(shown) > 0.97).sum() == 4
    inside = (found["accuracy_lower"] < 0.5) & (found["accuracy_upper"] > 0.5)
    inside = inside.sel(subject="a")
    assert inside.sel(target="rewarded_image").where(~known).sum() == 3
    assert inside.sel(target="rewarded_side").where(~shown).sum() == 4
    r2 = found["r_squared"].sel(subject="a")
    assert (r2.sel(image="rewarded").where(known) > 0.7).sum() == 5
    assert (r2.sel(image="rewarded").where(~known) < 0.02).sum() == 3
    assert (r2.sel(image="other") < 0.02).all()


def test_knowing_both_images_is_not_knowing_which_pays():
    alike = Problems(see_both_alike, 600).decode()
    assert (alike["r_squared"] > 0.3).all()
    accuracy = alike["accuracy"].sel(target="rewarded_image")
    assert np.abs(accuracy - 0.5).max() < 0.1
    assert abs(accuracy.mean().item() - 0.5) < 0.03


def test_side_is_not_to_be_had_from_images_on_their_sides():
    """Linear in both images, each in its place: neither the side nor the image is in it."""
    found = Problems(see, 600).decode()
    assert abs(found["accuracy"].mean().item() - 0.5) < 0.03


@pytest.mark.parametrize("seed", range(3))
def test_chance_is_a_half_and_intervals_hold_it(seed):
    """Nothing in the states: of 16 cells of independent subjects, nearly all intervals hold 0.5."""
    found = Problems(silence, 100, subjects=tuple("abcd"), seed=seed).decode()
    inside = (found["accuracy_lower"] <= 0.5) & (found["accuracy_upper"] >= 0.5)
    assert inside.mean() > 0.9
    assert abs(found["accuracy"].mean().item() - 0.5) < 0.03


def test_states_that_are_all_the_same_say_nothing():
    """As at the first step of sessions: one state, but for rounding of single precision."""
    problems = Problems(remember, 60)
    first = problems.recording["hidden"]
    rng = np.random.default_rng(1)
    first[:, 0] = np.float32(0.2) * (1 + 1e-7 * rng.normal(size=first[:, 0].shape))
    cell = problems.decode().sel(subject="a", trial=1, step="fixation")
    assert cell["accuracy"].values.tolist() == [0.5, 0.5]
    assert cell["r_squared"].values == pytest.approx([0.0, 0.0])


def test_equals_scikit_learn_fold_by_fold():
    problems = Problems(remember, 83)
    found = problems.decode(n_folds=4, penalty=0.3)
    rows = np.flatnonzero(problems.recording["trial_in_session"] == 1)
    states = problems.recording["hidden"].values[rows, 3].astype(float)
    # In standard deviations of all images that were shown, trial by trial.
    spread = np.concatenate([problems.good, problems.bad]).std(axis=0)
    good, bad = problems.good[rows] / spread, problems.bad[rows] / spread
    fold = np.arange(83) % 4
    told, noise = (np.zeros_like(good), np.zeros_like(bad)), np.zeros((2, 83))
    side, voted = 2.0 * problems.recording["rewarded_side"].values[rows] - 1.0, np.zeros(83)
    for k in range(4):
        fit = fold != k
        size = states[fit].var(axis=0).mean()
        for i, (target, out) in enumerate(((good, told[0]), (bad, told[1]), (side, voted))):
            model = Ridge(alpha=0.3 * size * fit.sum()).fit(states[fit], target[fit])
            out[~fit] = model.predict(states[~fit]) - target[fit].mean(axis=0)
            if i < 2:
                left = target[fit] - model.predict(states[fit])
                noise[i, ~fit] = left.var(axis=0).sum()
    middle = np.concatenate([good, bad]).mean(axis=0)

    def misfit(first, second):
        """Of naming these the image that pays and the other."""
        pairs = zip((first, second), told, noise, strict=True)
        return sum(((out + middle - x) ** 2).sum(axis=1) / v for x, out, v in pairs)

    right = misfit(good, bad) < misfit(bad, good)
    cell = found.sel(subject="a", trial=2, step="outcome")
    assert cell["accuracy"].values == pytest.approx([np.mean(voted * side > 0), right.mean()])
    away = good - good.mean(axis=0)
    r2 = 1 - np.sum((away - told[0]) ** 2) / np.sum(away**2)
    assert cell["r_squared"].sel(image="rewarded").item() == pytest.approx(r2)
    assert cell["r_squared_lower"][0] < r2 < cell["r_squared_upper"][0]
    n = 83 / (1 + 4 / 3)
    lower, upper = proportion_confint(right.mean() * n, n, method="wilson")
    assert cell["accuracy_lower"].sel(target="rewarded_image").item() == pytest.approx(lower)
    assert cell["accuracy_upper"].sel(target="rewarded_image").item() == pytest.approx(upper)


def test_scale_of_features_and_states_does_not_matter():
    problems = Problems(remember, 60)
    before = problems.decode()
    problems.good, problems.bad = problems.good * 7 + 2, problems.bad * 7 + 2
    problems.recording["hidden"] *= 4.0
    xr.testing.assert_allclose(problems.decode(), before, rtol=1e-5)


def test_steps_that_were_not_reached_are_left_out():
    problems = Problems(remember, 60, subjects=("a", "b"))
    recording = problems.recording
    late = ((recording["subject"] == "b") & (recording["trial_in_session"] == 1)).values
    late &= (recording["session"] >= 9).values
    recording["hidden"][late, 2:] = np.nan
    found = problems.decode()
    assert found["n_sessions"].sel(subject="b", trial=2).values.tolist() == [60, 60, 9, 9]
    assert found["accuracy"].sel(subject="b", trial=2, step="choice").isnull().all()
    assert found["r_squared"].sel(subject="b", trial=2, step="outcome").isnull().all()
    assert found["accuracy"].sel(subject="a").notnull().all()


def test_faults_are_named():
    problems = Problems(silence, 12)
    recording, good, bad = problems.recording, problems.good, problems.bad
    with pytest.raises(MissingVariableError, match="hidden: found none, expected hidden states"):
        decode_problem(recording.drop_vars("hidden"), good, bad)
    with pytest.raises(MissingVariableError, match="rewarded_side: the recording has no such"):
        decode_problem(recording.drop_vars("rewarded_side"), good, bad)
    with pytest.raises(AnalysisError, match=r"features: found shape \(23, 3\) with 0 value"):
        decode_problem(recording, good[1:], bad)
    with pytest.raises(AnalysisError, match="features: found 3 of the image that pays and 2 of"):
        decode_problem(recording, good, bad[:, :2])
    with pytest.raises(AnalysisError, match="n_folds: found 1, expected at least 2"):
        problems.decode(n_folds=1)
    with pytest.raises(AnalysisError, match="penalty: found 0, expected a number above 0"):
        problems.decode(penalty=0)
    with pytest.raises(AnalysisError, match="n_trials: found 0"):
        decode_problem(recording, good, bad, n_trials=0)
    recording["hidden"][3, 1, 2] = np.nan
    with pytest.raises(AnalysisError, match="hidden: found states that are infinite, or missing"):
        problems.decode()


def test_a_large_file_is_read_subject_by_subject(sizes_read):
    problems = Problems(remember, n_sessions=60, n_trials=3, subjects=("a", "b"))
    expected = problems.decode()
    hidden = problems.recording["hidden"]
    problems.recording["hidden"] = hidden.chunk(trial=50)
    xr.testing.assert_identical(problems.decode(), expected)
    assert 0 < max(sizes_read) <= hidden.size // 2 * 2 // 3  # two of three trials are decoded
