"""Prediction errors around reversals, against simulated errors of known size."""

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.signals.inferred_rpe import compute_cue_rpe, compute_inferred_ratio
from pfc_analysis.analysis.trials.reversal_trials import classify_reversal_trials

EVENTS = ("cue", "on_target", "outcome", "next_fixation")


def with_errors(recording, size, noise=0.0, session_noise=0.0, seed=0):
    """Errors of a known size at cues, by kind: plus where the side pays, minus where not."""
    rng = np.random.default_rng(seed)
    found = classify_reversal_trials(recording)
    n = recording.sizes["trial"]
    amount = np.array([*size, 9.0])[found["kind"].values]  # 9: kinds that must not enter
    sign = np.where(found["pays_now"].values == 1, 1.0, -1.0)
    rpe = noise * rng.normal(size=(n, 4))
    of_session = session_noise * rng.normal(size=int(recording["session"].max()) + 1)
    rpe[:, 0] += amount * sign + of_session[recording["session"].values]
    rpe[:, 1] += 10.0
    rpe[:, 3] += recording["trial_in_session"].values  # told by the trial that it ends
    return recording.assign(rpe=(("trial", "event"), rpe)).assign_coords(event=list(EVENTS))


@pytest.fixture(scope="module")
def recording(play_reversals):
    """Half the size after inference: kinds before, reversal, experienced, inferred."""
    return with_errors(play_reversals(500, seed=1), (0.4, 7.0, 0.3, 0.2), noise=0.1)


def ratios(recording, seed=0, **settings):
    settings = {"n_bootstrap": 300} | settings
    return compute_inferred_ratio(recording, np.random.default_rng(seed), **settings)


def test_errors_of_known_size_are_found(recording):
    means = compute_cue_rpe(recording).sel(subject="one")
    cue = means.sel(arrival="cue")
    expected = np.outer([0.4, 0.3, 0.2], [1, -1])
    assert (np.abs(cue["rpe"] - expected) < 4.5 * 0.1 / np.sqrt(cue["n_trials"])).all()
    half = (cue["upper"] - cue["lower"]) / 2
    np.testing.assert_allclose(half, 1.96 * 0.1 / np.sqrt(cue["n_trials"]), rtol=0.2)
    np.testing.assert_allclose(means["rpe"].sel(arrival="on_target"), 10.0, atol=0.05)
    assert means["n_sessions"] == 500


def test_cells_hold_the_trials_that_were_classified(recording):
    n = compute_cue_rpe(recording)["n_trials"].sel(subject="one", arrival="cue")
    found = classify_reversal_trials(recording)
    for condition, kind in (("before", 0), ("experienced", 2), ("inferred", 3)):
        for pays, flag in (("pays_now", 1), ("does_not_pay", 0)):
            expected = ((found["kind"] == kind) & (found["pays_now"] == flag)).sum()
            assert n.sel(condition=condition, pays=pays) == expected


def test_a_fixations_error_is_that_of_the_trial_before_it(play_reversals):
    """Error of the next fixation = trial in session: at fixation it is the trial's own less 1."""
    recording = with_errors(play_reversals(200, seed=2), (0.0, 0.0, 0.0, 0.0))
    found = classify_reversal_trials(recording)
    means = compute_cue_rpe(recording)["rpe"].sel(subject="one", arrival="fixation")
    for condition, kind in (("before", 0), ("experienced", 2), ("inferred", 3)):
        for pays, flag in (("pays_now", 1), ("does_not_pay", 0)):
            rows = (found["kind"] == kind) & (found["pays_now"] == flag)
            expected = found["trial_in_session"].values[rows.values].mean() - 1
            assert means.sel(condition=condition, pays=pays) == pytest.approx(expected)


def test_ratios_of_known_size_are_found_within_their_intervals(recording):
    found = ratios(recording).sel(subject="one")
    np.testing.assert_allclose(found["contrast"], [0.8, 0.6, 0.4], atol=0.03)
    for name, expected in (("inferred_ratio", 0.5), ("experienced_ratio", 0.75)):
        assert found[name] == pytest.approx(expected, abs=0.03)
        assert found[f"{name}_lower"] < expected < found[f"{name}_upper"]
        assert 0.01 < found[f"{name}_upper"] - found[f"{name}_lower"] < 0.08


def test_intervals_of_the_ratio_cover_the_truth(play_reversals):
    """95 of 100 simulated experiments, with errors that are correlated within sessions."""
    covered = 0
    for seed in range(100):
        simulated = with_errors(
            play_reversals(80, seed=seed), (0.4, 0.0, 0.4, 0.4), 0.3, 0.2, seed=seed
        )
        found = ratios(simulated, seed).isel(subject=0)
        covered += int((found["inferred_ratio_lower"] < 1) & (found["inferred_ratio_upper"] > 1))
    assert 87 <= covered <= 99  # binomial, 95 %: 3.5 standard deviations below


def test_old_worth_that_persists_gives_minus_one(play_reversals):
    persists = with_errors(play_reversals(100, seed=3), (0.3, 0.0, -0.3, -0.3))
    found = ratios(persists)
    np.testing.assert_allclose([found["inferred_ratio"], found["experienced_ratio"]], -1.0)
    np.testing.assert_allclose(found["inferred_ratio_upper"], -1.0)


def test_subjects_stand_for_themselves(play_reversals):
    parts = [
        with_errors(play_reversals(100, seed=4, subject=name), size)
        for name, size in (("b", (0.4, 0.0, 0.4, 0.4)), ("a", (0.2, 0.0, 0.2, 0.1)))
    ]
    both = xr.concat(parts, dim="trial", data_vars="minimal")
    found, means = ratios(both), compute_cue_rpe(both)
    assert found["subject"].values.tolist() == ["b", "a"]
    np.testing.assert_allclose(found["inferred_ratio"], [1.0, 0.5])
    for name, part in zip("ba", parts, strict=True):
        alone = compute_cue_rpe(part)["rpe"].sel(subject=name)
        np.testing.assert_allclose(means["rpe"].sel(subject=name), alone)


def test_same_generator_same_intervals(recording):
    xr.testing.assert_identical(ratios(recording, 5), ratios(recording, 5))
    assert not ratios(recording, 5).equals(ratios(recording, 6))


def test_one_session_has_means_but_no_interval(play_reversals):
    recording = with_errors(play_reversals(1, 300, seed=8), (0.4, 0.0, 0.4, 0.2))
    found = ratios(recording)
    assert found["inferred_ratio"] == pytest.approx(0.5)
    assert np.isnan(found["inferred_ratio_lower"]).all()
    assert np.isnan(found["contrast_upper"]).all()
    assert compute_cue_rpe(recording)["lower"].isnull().all()


def test_an_empty_cell_is_nan(play_reversals):
    recording = with_errors(play_reversals(100, seed=9), (0.4, 0.0, 0.3, 0.2))
    inferred = classify_reversal_trials(recording)["kind"].values == 3
    recording["rpe"][inferred] = np.nan
    found = ratios(recording).sel(subject="one")
    assert np.isnan(found["inferred_ratio"])
    assert np.isnan(found["inferred_ratio_upper"])
    assert found["experienced_ratio"] == pytest.approx(0.75)
    means = compute_cue_rpe(recording).sel(condition="inferred", arrival="cue")
    assert (means["n_trials"] == 0).all()
    assert means["rpe"].isnull().all()


def test_what_is_missing_is_named(recording, play_reversals):
    with pytest.raises(MissingVariableError, match="rpe: the recording holds no prediction errors"):
        compute_cue_rpe(play_reversals(20))
    with pytest.raises(MissingVariableError, match=r"event: no .* at 'next_fixation'; found 'cue'"):
        compute_cue_rpe(recording.isel(event=slice(0, 3)))
    with pytest.raises(
        AnalysisError, match="n_bootstrap: found 1, expected a whole number of at least 2"
    ):
        ratios(recording, n_bootstrap=1)
