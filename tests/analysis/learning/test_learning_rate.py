"""Learning rates: learners of known rate on the test schedules, and the likelihood by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit
from scipy.stats import binom

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.learning.learning_rate import (
    compute_learning_rate,
    compute_step_learning_rate,
)
from pfc_analysis.analysis.learning.rate_likelihood import (
    INVERSE_TEMPERATURES,
    RATES,
    compute_log_likelihood,
)
from pfc_analysis.analysis.learning.rate_posterior import compute_posterior_means
from pfc_analysis.analysis.trials.side_signal import read_side_table
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.volatility import VolatileBandit


@dataclass(frozen=True)
class DeltaRule:
    """Learns the side signal with one rate, or with another from some trial on."""

    rate: float = 0.2
    beta: float = 5.0
    later_rate: float | None = None
    change: int = 100

    def begin(self, n_sessions):
        return {"r": np.full(n_sessions, 0.5), "trial": np.zeros(1, int)}

    def choice_probability(self, state):
        right = expit(self.beta * (2 * state["r"] - 1))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state, choice, reward):
        late = self.later_rate is not None and state["trial"][0] >= self.change
        y = np.where(choice == 1, reward, 1 - reward)
        state["r"] += (self.later_rate if late else self.rate) * (y - state["r"])
        state["trial"] += 1


def play(learner, sessions, seed, schedule="stable_first", subject="one") -> xr.Dataset:
    return simulate(
        learner, VolatileBandit(schedule), sessions=sessions, seed=seed, subject=subject
    )


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("beta", [2.0, 5.0, 15.0])
def test_rates_are_recovered(rate, beta):
    estimates, covered = [], []
    for schedule in ("stable_first", "volatile_first"):
        for seed in range(3):
            fit = compute_learning_rate(play(DeltaRule(rate, beta), 50, seed, schedule))
            estimates.append(fit["learning_rate"].values[0])
            inside = (fit["learning_rate_lower"] <= rate) & (rate <= fit["learning_rate_upper"])
            covered.append(inside.values[0])
    assert abs(np.mean(estimates) - rate) <= 0.03
    # 12 intervals of 95 %: fewer than this happen with probability below 1e-4.
    assert np.sum(covered) >= binom.ppf(1e-4, 12, 0.95)


def test_rates_that_differ_between_phases_are_told_apart():
    fit = compute_learning_rate(play(DeltaRule(0.1, 6.0, later_rate=0.35), 150, 4))
    assert fit["phase"].values.tolist() == ["stable", "volatile"]
    assert fit["learning_rate"].values[0] == pytest.approx([0.1, 0.35], abs=0.03)
    assert fit["first_trial"].values.tolist() == [0, 100]
    assert fit["last_trial"].values.tolist() == [99, 199]
    assert fit["first_counted"].values.tolist() == [50, 150]
    assert np.exp(fit["log_inverse_temperature"].values[0]) == pytest.approx(6.0, rel=0.15)


def test_phases_are_in_the_order_played():
    fit = compute_learning_rate(play(DeltaRule(), 20, 1, "volatile_first"))
    assert fit["phase"].values.tolist() == ["volatile", "stable"]
    assert fit["regime"].values.tolist() == ["volatile", "stable"]


def test_likelihood_by_hand():
    """Every trial's probability multiplied, for an invalid trial and a restart too."""
    rng = np.random.default_rng(0)
    choice, signal = rng.integers(0, 2, (3, 30)), rng.integers(0, 2, (3, 30))
    choice[1, 4] = signal[1, 4] = -1
    window = np.tile(np.where(np.arange(30) < 8, -1, np.arange(30) // 15), (3, 1))
    window[1, 4] = -1
    start = np.zeros((3, 30), np.int64)
    start[:, [0, 12]] = 1
    group = np.array([0, 1, 0])
    found = compute_log_likelihood(choice, signal, window, group, start)
    expected = np.zeros_like(found)
    for s in range(3):
        for i, rate in enumerate(RATES):
            r = 0.5
            for t in range(30):
                r = 0.5 if start[s, t] else r
                if choice[s, t] < 0:
                    continue
                if window[s, t] >= 0:
                    right = expit(INVERSE_TEMPERATURES * (2 * r - 1))
                    p = right if choice[s, t] == 1 else expit(-INVERSE_TEMPERATURES * (2 * r - 1))
                    expected[group[s], window[s, t], i] += np.log(p)
                r += rate * (signal[s, t] - r)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_posterior_mean_is_an_integral():
    """Of a Gaussian in rate and log beta, narrower than the grid, and of a flat likelihood."""
    x, y = np.meshgrid(RATES, np.log(INVERSE_TEMPERATURES), indexing="ij")
    sharp = -0.5 * ((x - 0.213) / 0.006) ** 2 - 0.5 * ((y - np.log(4.4)) / 0.05) ** 2
    rate, temperature = compute_posterior_means(np.stack([sharp, np.zeros_like(sharp)]))
    assert rate == pytest.approx([0.213, 0.5], abs=1e-3)
    assert temperature == pytest.approx([np.log(4.4), np.log(np.sqrt(30))], abs=1e-3)


def test_side_signal(make_recording):
    """Right rewarded and left unrewarded speak for right; no valid choice says nothing."""
    recording = make_recording([1, 1, 0, 0, -1, 1], [1, 0, 1, 0, 0, 1], [1] * 6,
                               session=[0, 0, 0, 0, 0, 1])  # fmt: skip
    table = read_side_table(recording)
    assert table.signal.tolist() == [[1, 0, 0, 1, -1], [1, -1, -1, -1, -1]]


def test_steps_follow_a_rate_that_changes():
    played = play(DeltaRule(0.1, 6.0, later_rate=0.35), 200, 6)
    found = compute_step_learning_rate(played, window=20)
    assert found["trial_in_session"].values.tolist() == list(range(10, 191))
    rate = found["learning_rate"].sel(subject="one")
    assert rate.sel(trial_in_session=slice(30, 80)).mean() == pytest.approx(0.1, abs=0.03)
    assert rate.sel(trial_in_session=slice(150, 190)).mean() == pytest.approx(0.35, abs=0.05)
    low, high = (
        found[f"learning_rate_{end}"].sel(trial_in_session=60) for end in ("lower", "upper")
    )
    assert low < 0.1 < high


def test_one_window_as_long_as_the_session_is_the_whole_session():
    played = play(DeltaRule(), 30, 2)
    whole = compute_step_learning_rate(played, window=200)
    one_phase = played.assign(regime=played["regime"] * 0)
    assert whole["learning_rate"].values == pytest.approx(
        compute_learning_rate(one_phase, counted=1.0)["learning_rate"].values
    )


def test_subjects_are_fitted_apart_and_again_the_same():
    parts = [play(DeltaRule(rate), 40, 3, subject=name) for rate, name in ((0.1, "a"), (0.4, "b"))]
    both = compute_learning_rate(xr.concat(parts, dim="trial", data_vars="minimal"))
    alone = compute_learning_rate(parts[1])
    assert both["subject"].values.tolist() == ["a", "b"]
    assert both.sel(subject="b")["learning_rate"].values == pytest.approx(
        alone["learning_rate"].values[0]
    )
    assert both["n_sessions"].values.tolist() == [40, 40]
    assert alone.identical(compute_learning_rate(parts[1]))


def test_one_session_has_no_interval():
    fit = compute_learning_rate(play(DeltaRule(), 1, 1))
    assert np.isfinite(fit["learning_rate"].values).all()
    assert np.isnan(fit["learning_rate_lower"].values).all()


def test_errors_name_what_is_wrong():
    played = play(DeltaRule(), 3, 1)
    with pytest.raises(AnalysisError, match="start: found 'trial', expected 'session' or 'phase'"):
        compute_learning_rate(played, start="trial")
    with pytest.raises(AnalysisError, match="counted: found 0, expected a number above 0"):
        compute_learning_rate(played, counted=0)
    with pytest.raises(AnalysisError, match="window: found 201, expected a whole number from 1 to"):
        compute_step_learning_rate(played, window=201)
    with pytest.raises(MissingVariableError, match="reward: the recording has no such variable"):
        compute_learning_rate(played.drop_vars("reward"))
    states = played.assign(second_state=played["choice"])
    with pytest.raises(AnalysisError, match="second_state: found in the recording"):
        compute_learning_rate(states.drop_vars("regime"))
    trained = simulate(DeltaRule(), VolatileBandit(), sessions=3, seed=1, subject="one")
    with pytest.raises(AnalysisError, match="regime: found sessions of different phases"):
        compute_learning_rate(trained)
    empty = played.assign(choice=played["choice"].where(played["regime"] == 0, -1).astype(int))
    with pytest.raises(EmptySelectionError, match="no free and valid choice of subject 'one' in"):
        compute_learning_rate(empty)


@pytest.mark.parametrize("rate", [0.1287, 0.2894, 0.2919])
def test_a_narrow_posterior_does_not_sit_on_the_grid(rate):
    """As narrow as that of the observer in 600 sessions: a fifth of the old grid's spacing."""
    x, y = np.meshgrid(RATES, np.log(INVERSE_TEMPERATURES), indexing="ij")
    sharp = -0.5 * ((x - rate) / 0.001) ** 2 - 0.5 * ((y - np.log(25)) / 0.01) ** 2
    found, temperature = compute_posterior_means(sharp[None])
    assert found == pytest.approx([rate], abs=1e-5)
    assert temperature == pytest.approx([np.log(25)], abs=1e-4)


def test_without_regimes_all_trials_are_one_phase():
    played = play(DeltaRule(), 20, 1)
    constant = compute_learning_rate(played.assign(regime=played["regime"] * 0))
    alone = compute_learning_rate(played.drop_vars("regime"))
    assert alone["phase"].values.tolist() == ["all trials"]
    assert alone["regime"].values.tolist() == ["none"]
    assert alone["first_counted"].values.tolist() == [100]
    for name in ("learning_rate", "learning_rate_lower", "log_inverse_temperature"):
        assert alone[name].values == pytest.approx(constant[name].values, rel=1e-12)


@pytest.mark.parametrize("counted", [0.5, 1.0])
def test_trials_without_a_choice_change_nothing(counted):
    """Misses are no choices: a recording without them, numbered anew, gives the same rates."""
    played = play(DeltaRule(), 20, 1).drop_vars("regime")
    missed = np.random.default_rng(1).random(played.sizes["trial"]) < 0.2
    with_misses = played.assign(choice=played["choice"].where(~missed, -1).astype(int))
    kept = played.isel(trial=~missed)
    n_kept = np.bincount(kept["session"].values)
    assert np.unique(n_kept).size > 1  # sessions of unequal length
    order = np.concatenate([np.arange(n) for n in n_kept])
    without = kept.assign_coords(trial_in_session=("trial", order))
    first, second = (compute_learning_rate(r, counted=counted) for r in (with_misses, without))
    for name in ("learning_rate", "learning_rate_upper", "log_inverse_temperature"):
        assert first[name].values == pytest.approx(second[name].values, rel=1e-12)
    assert first.attrs["n_trials_invalid"] == missed.sum()


def test_choices_that_count_are_the_last_half_of_each_session():
    """The likelihood by its formula, of two sessions of unequal length with misses."""
    sessions = [[1, -1, 0, 1, 1], [0, 1, -1, -1, 1, 0, 0, 1]]
    choice = np.concatenate(sessions)
    reward = np.where(choice == 1, 1.0, 0.0)
    lengths = [len(s) for s in sessions]
    recording = xr.Dataset(
        {"choice": ("trial", choice), "reward": ("trial", reward)},
        coords={
            "subject": ("trial", ["a"] * choice.size),
            "session": ("trial", np.repeat([0, 1], lengths)),
            "trial_in_session": ("trial", np.concatenate([np.arange(n) for n in lengths])),
        },
    )
    total = np.zeros((RATES.size, INVERSE_TEMPERATURES.size))
    for session in sessions:
        made = [c for c in session if c >= 0]
        r = np.full(RATES.size, 0.5)
        for k, c in enumerate(made):
            if k >= len(made) - np.ceil(len(made) / 2):
                odds = INVERSE_TEMPERATURES * (2 * r[:, None] - 1)
                total -= np.logaddexp(0, -odds if c == 1 else odds)
            r = r + RATES * (1.0 - r)  # both outcomes speak for the right side
    expected, _ = compute_posterior_means(total[None])
    found = compute_learning_rate(recording)
    assert found["learning_rate"].item() == pytest.approx(expected[0], rel=1e-6)
    assert found["first_counted"].isnull().all()
