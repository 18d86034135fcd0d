"""Ranking sessions by states: on states whose order is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.states.payoff_order import compute_payoff_order

N_SESSIONS, N_TRIALS, N_UNITS = 120, 6, 5


def make_recording(lay_out, seed: int = 3, noise: float = 0.01) -> xr.Dataset:
    """One subject; `lay_out(payoff, trial)` gives the two large coordinates of a state."""
    rng = np.random.default_rng(seed)
    payoff = np.repeat(rng.random(N_SESSIONS), N_TRIALS)
    trial = np.tile(np.arange(N_TRIALS), N_SESSIONS)
    plane = np.stack(lay_out(payoff, trial), axis=1)
    axes = np.linalg.qr(rng.normal(size=(N_UNITS, N_UNITS)))[0][:2]
    hidden = plane @ axes + noise * rng.normal(size=(payoff.size, N_UNITS))
    return xr.Dataset(
        {
            "hidden": (("trial", "step", "unit"), hidden[:, None]),
            "reward_probability": (("trial", "arm"), np.stack([payoff, 1 - payoff], axis=1)),
        },
        coords={
            "subject": ("trial", np.full(payoff.size, "one")),
            "session": ("trial", np.repeat(np.arange(N_SESSIONS), N_TRIALS)),
            "trial_in_session": ("trial", trial),
            "unit": np.arange(N_UNITS),
        },
    )


def test_states_on_a_straight_line_are_ordered_by_the_first_component():
    growing = make_recording(lambda p, t: ((p - 0.5) * t, 0 * p), noise=0.05)
    found = compute_payoff_order(growing, [1, 5]).isel(subject=0)
    first = abs(found["rank_correlation"].sel(component=1))
    assert float(first.sel(trial_in_session=5)) > 0.995
    assert float(first.sel(trial_in_session=1)) < float(first.sel(trial_in_session=5))
    assert float(found["joint_rank_correlation"].sel(trial_in_session=5)) > 0.99
    assert found["explained_variance_ratio"].sel(component=1).item() > 0.9


def test_states_on_a_bent_line_are_ordered_by_both_together():
    """Around five sixths of a circle no component alone is monotone."""
    circle = make_recording(lambda p, t: (np.cos(5.3 * p), np.sin(5.3 * p)))
    found = compute_payoff_order(circle, [5]).isel(subject=0, trial_in_session=0)
    alone = abs(found["rank_correlation"]).max().item()
    assert alone < 0.9
    assert found["joint_rank_correlation"].item() > 0.97


def test_states_that_know_nothing_order_nothing():
    rng = np.random.default_rng(1)
    blind = make_recording(lambda p, t: rng.normal(size=(2, p.size)))
    found = compute_payoff_order(blind, [0, 5])
    # What is read in sessions that were not fitted cannot be better than chance.
    assert (found["joint_rank_correlation_lower"] < 0.1).all()
    assert (abs(found["rank_correlation"]) < 0.35).all()


def test_states_that_are_all_the_same_have_no_order():
    """At the first trial nothing has happened yet."""
    starting = make_recording(lambda p, t: (p * t, np.sin(p * t)), noise=0.0)
    found = compute_payoff_order(starting, [0, 5]).isel(subject=0)
    assert found["rank_correlation"].sel(trial_in_session=0).isnull().all()
    assert found["joint_rank_correlation"].isnull().values.tolist() == [True, False]


def test_states_that_differ_by_rounding_alone_have_no_order():
    """At their first trial agents' states, float32, differ by about 1e-7."""
    starting = make_recording(lambda p, t: (p * t, np.sin(p * t)), noise=3e-8)
    starting["hidden"] = starting["hidden"].astype(np.float32)
    found = compute_payoff_order(starting, [0, 5]).isel(subject=0)
    assert found["rank_correlation"].sel(trial_in_session=0).isnull().all()
    assert found["joint_rank_correlation"].isnull().values.tolist() == [True, False]


def test_decoding_in_sessions_that_were_not_fitted_is_by_this_formula():
    """Least squares of degree 2 in both scores, fitted to nine of ten sessions at a time."""
    recording = make_recording(lambda p, t: (p * t, np.cos(3 * p) * t), noise=0.3)
    found = compute_payoff_order(recording, [5]).isel(subject=0, trial_in_session=0)
    last = recording.isel(trial=recording["trial_in_session"].values == 5)
    states = recording["hidden"].isel(step=0).values
    axes = np.linalg.svd(states - states.mean(axis=0), full_matrices=False)[2][:2]
    x, y = axes @ (last["hidden"].isel(step=0).values - states.mean(axis=0)).T
    payoff = last["reward_probability"].isel(arm=0).values
    design = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    decoded = np.empty_like(payoff)
    for part in range(10):
        out = np.arange(payoff.size) % 10 == part
        decoded[out] = design[out] @ np.linalg.lstsq(design[~out], payoff[~out], rcond=None)[0]
    expected = spearmanr(decoded, payoff).statistic
    assert found["joint_rank_correlation"].item() == pytest.approx(expected, abs=1e-4)


def test_rank_correlation_is_spearmans_with_its_interval():
    recording = make_recording(lambda p, t: (p * t, p * 0), noise=0.5)
    payoff = recording["reward_probability"][:, 1]
    found = compute_payoff_order(recording, [5], payoff=payoff, n_components=1)
    ahead = compute_payoff_order(recording, [5], n_components=1)
    r = found["rank_correlation"].item()
    # The first arm pays 1 less what the second pays; a component has no direction of its own.
    assert r == pytest.approx(ahead["rank_correlation"].item())
    low, high = (found[f"rank_correlation_{end}"].item() for end in ("lower", "upper"))
    assert low < r < high
    # As wide as that of bootstrapped sessions, to a third.
    states = recording["hidden"].values[5::N_TRIALS, 0]
    score = states @ np.linalg.svd(states - states.mean(0))[2][0]
    values, ranks = score, payoff.values[5::N_TRIALS]
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, N_SESSIONS, N_SESSIONS) for _ in range(500)]
    boot = [spearmanr(values[rows], ranks[rows]).statistic for rows in drawn]
    wide = np.diff(np.percentile(boot, [2.5, 97.5]))[0]
    assert high - low == pytest.approx(wide, rel=1 / 3)


def test_faults_are_named():
    recording = make_recording(lambda p, t: (p, t))
    with pytest.raises(AnalysisError, match=r"found trial 9 in 0 of 120 sessions of one"):
        compute_payoff_order(recording, [9])
    with pytest.raises(MissingVariableError, match="hidden: missing"):
        compute_payoff_order(recording.drop_vars("hidden"), [1])
    few = recording.isel(trial=slice(0, 5 * N_TRIALS))
    with pytest.raises(AnalysisError, match=r"session: found 5 of one, expected at least 20"):
        compute_payoff_order(few, [1])
