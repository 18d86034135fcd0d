"""Decoding around reversals, against hidden states made of known signals."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.neurons.decoding.latent_decoding import STEPS, decode_latent_state
from pfc_analysis.analysis.trials.reversal_trials import classify_reversal_trials

SHARED = np.sqrt(2.25)
"""Nadeau and Bengio's factor on the standard error for 5 folds: 1 + n folds * test / training."""


def with_states(recording, noise, seed=0, signal=1.0):
    """Unit 0 holds the side that paid last as far as it is known, unit 1 the cue once it is shown.

    Other units are noise.
    """
    rng = np.random.default_rng(seed)
    n = recording.sizes["trial"]
    side, cue, first = (
        recording["rewarded_side"].values,
        recording["cue"].values,
        recording["trial_in_session"].values == 0,
    )
    known = np.where(first, 0.0, 2.0 * np.append(0, side[:-1]) - 1.0)
    hidden = noise * rng.normal(size=(n, 4, 5))
    hidden[:, :3, 0] += signal * known[:, None]
    hidden[:, 3, 0] += signal * (2.0 * side - 1.0)
    hidden[:, 1:, 1] += signal * (2.0 * cue - 1.0)[:, None]
    return recording.assign(
        hidden=(("trial", "step", "unit"), hidden.astype(np.float32))
    ).assign_coords(step=list(STEPS), unit=np.arange(5))


@pytest.fixture(scope="module")
def clear(play_reversals):
    return with_states(play_reversals(500, seed=1), noise=0.1)


@pytest.fixture(scope="module")
def decoded(clear):
    return decode_latent_state(clear).sel(subject="one")


def test_clear_signals_are_decoded_without_error(decoded):
    side = decoded["accuracy"].sel(target="rewarded_side")
    assert (side == 1.0).all()
    cue = decoded["accuracy"].sel(target="cue", step=["cue", "on_target", "outcome"])
    assert (cue == 1.0).all()


def test_a_cue_not_yet_shown_is_at_chance(decoded):
    cue = decoded.sel(target="cue", step="fixation")
    for phase in ("reversal", "next"):
        at = cue.sel(phase=phase)
        assert abs(at["accuracy"] - 0.5) < 4 * SHARED * np.sqrt(0.25 / at["n_trials"])


def test_states_speak_of_the_old_side_until_the_outcome_of_trial_n(decoded):
    share = decoded["new_side_share"]
    assert share.sel(phase="reversal").values.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert share.sel(phase="next").values.tolist() == [1.0] * 4
    sides = decoded["decoded_side"]
    assert sides.sel(phase="reversal").values.tolist() == ["old", "old", "old", "new"]
    assert (sides.sel(phase="next") == "new").all()


def test_noise_gives_the_accuracy_of_signal_detection(play_reversals):
    """Means -1 and 1 with noise 1 are told apart in Phi(1) = 84 % of trials, at best."""
    noisy = with_states(play_reversals(800, seed=2), noise=1.0)
    found = decode_latent_state(noisy).sel(subject="one")
    at = found["accuracy"].sel(target="rewarded_side")
    spread = np.sqrt(0.84 * 0.16 / found["n_trials"])
    assert (abs(at - norm.cdf(1.0)) < 4 * spread + 0.01).all()
    width = (found["accuracy_upper"] - found["accuracy_lower"]).sel(target="rewarded_side")
    assert (abs(width / (2 * 1.96 * SHARED * spread) - 1) < 0.2).all()
    share = found["new_side_share"].sel(phase="reversal", step="fixation")
    assert share == pytest.approx(1 - norm.cdf(1.0), abs=0.04)


def test_states_without_signal_are_at_chance_everywhere(play_reversals):
    nothing = with_states(play_reversals(400, seed=3), noise=1.0, signal=0.0)
    found = decode_latent_state(nothing).sel(subject="one")
    spread = np.sqrt(0.25 / found["n_trials"])
    assert (abs(found["accuracy"] - 0.5) < 4.5 * SHARED * spread).all()
    assert (abs(found["new_side_share"] - 0.5) < 4.5 * spread).all()


def test_intervals_cover_chance_where_states_fall_into_clusters(play_reversals):
    """The hardest case: in each cluster, what is the rarer label in a fold is the commoner in the
    others. Without the correction a fifth of the intervals would miss chance."""
    inside = []
    for seed in range(4):
        recording = play_reversals(150, seed=seed)
        rng = np.random.default_rng(seed)
        n = recording.sizes["trial"]
        clusters = rng.normal(size=(12, 20))
        hidden = clusters[rng.integers(12, size=(n, 4))] + 0.02 * rng.normal(size=(n, 4, 20))
        recording = recording.assign(hidden=(("trial", "step", "unit"), hidden))
        recording = recording.assign_coords(step=list(STEPS), unit=np.arange(20))
        found = decode_latent_state(recording)
        inside.append((found["accuracy_lower"] < 0.5) & (found["accuracy_upper"] > 0.5))
    assert np.size(inside) == 64
    assert np.mean(inside) > 0.87  # binomial, 95 %: 3 standard deviations below


def test_no_session_is_scored_by_a_classifier_that_has_seen_it(play_reversals):
    """States that only name their session: told by heart if seen, chance if not."""
    recording = play_reversals(120, 8, seed=4, hazard=0.4)
    names = np.random.default_rng(0).normal(size=(120, 60))
    hidden = np.repeat(names[recording["session"].values][:, None], 4, axis=1)
    recording = recording.assign(hidden=(("trial", "step", "unit"), hidden))
    recording = recording.assign_coords(step=list(STEPS), unit=np.arange(60))
    found = decode_latent_state(recording).sel(subject="one", target="cue")
    assert (found["accuracy"] < 0.62).all()


def test_equals_scikit_learns_cross_validation_by_session(play_reversals):
    """With as many folds as sessions, both leave one session out at a time."""
    recording = with_states(play_reversals(12, 40, seed=5), noise=1.0)
    found = decode_latent_state(recording, n_folds=12, regularisation=2.0)
    kind = classify_reversal_trials(recording)["kind"].values
    rows = kind == 1
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    for j, step in enumerate(STEPS):
        states, label = recording["hidden"].values[rows, j], recording["cue"].values[rows]
        group = recording["session"].values[rows]
        told = cross_val_predict(model, states, label, groups=group, cv=LeaveOneGroupOut())
        mine = found["accuracy"].sel(subject="one", phase="reversal", step=step, target="cue")
        assert mine == pytest.approx((told == label).mean())


def test_the_recordings_order_of_steps_does_not_matter(clear, decoded):
    turned = clear.isel(step=[2, 0, 3, 1]).transpose("unit", "trial", "step", ...)
    found = decode_latent_state(turned).sel(subject="one")
    np.testing.assert_array_equal(found["accuracy"], decoded["accuracy"])


def test_what_is_missing_is_named(clear, play_reversals):
    with pytest.raises(MissingVariableError, match="hidden: the recording holds no hidden states"):
        decode_latent_state(play_reversals(20))
    with pytest.raises(MissingVariableError, match=r"step: no hidden states at 'cue'; found"):
        decode_latent_state(clear.isel(step=[0, 2, 3]))
    holed = clear.copy(deep=True)
    holed["hidden"][7, 1, 2] = np.nan
    with pytest.raises(AnalysisError, match=r"hidden: found missing .* in 1 valid .* 7"):
        decode_latent_state(holed)


def test_too_few_sessions_are_named(clear):
    few = clear.isel(trial=clear["session"].values == int(clear["session"][0]))
    assert (classify_reversal_trials(few)["kind"] == 1).any()
    with pytest.raises(EmptySelectionError, match=r"of subject 'one' at 'fixation'.*more sessions"):
        decode_latent_state(few)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_folds": 1}, "n_folds: found 1, expected at least 2"),
        ({"regularisation": 0.0}, "regularisation: found 0.0, expected a number above 0"),
    ],
)
def test_wrong_settings_are_named(clear, settings, message):
    with pytest.raises(AnalysisError, match=message):
        decode_latent_state(clear, **settings)


def test_a_large_file_is_read_subject_by_subject(play_reversals, sizes_read):
    parts = [with_states(play_reversals(60, seed=k), noise=1.0) for k in (1, 2)]
    parts = [each.assign_coords(subject=each["subject"] + str(k)) for k, each in enumerate(parts)]
    recording = xr.concat(parts, dim="trial", data_vars="minimal")
    expected = decode_latent_state(recording)
    lazy = recording.assign(hidden=recording["hidden"].chunk(trial=70))
    xr.testing.assert_identical(decode_latent_state(lazy), expected)
    assert 0 < max(sizes_read) <= max(each["hidden"].size for each in parts)
