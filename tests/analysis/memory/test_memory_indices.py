"""One regression of both influences, against statsmodels and players that have one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, SeparationError
from pfc_analysis.analysis.memory.memory_indices import INDICES, fit_memory_indices

from .cued_tables import PLAYERS, incremental_planner, play_cued


def mixed(seen):
    """Weighs the last trial and the cued one."""
    both = 1.5 * seen["cued"]["side"] * 2 * seen["cued"]["transition"] * seen["cued"]["outcome"]
    return incremental_planner(seen, 1.0) + both + 0.3 * seen["last"]["side"] - 0.2


def design(recording, lags=(1,)):
    """The regression's variables, written as one would in pandas."""
    frame = recording.to_dataframe().reset_index()
    by_place = frame.set_index(["session", "trial_in_session"])
    told = frame[frame["cued_trial"] >= 0].copy()
    parts = {"intercept": np.ones(len(told))}
    places = {f"lag {lag}": told["trial_in_session"] - lag for lag in lags}
    for name, place in (places | {"cued": told["cued_trial"]}).items():
        row = by_place.loc[list(zip(told["session"], place, strict=True))].reset_index()
        side = 2 * row["choice"] - 1
        outcome, common = row["reward"] - 0.5, row["common_transition"] - 0.5
        parts |= {
            f"{name} choice": side,
            f"{name} transition": side * common,
            f"{name} outcome": side * outcome,
            f"{name} both": side * 2 * common * outcome,
        }
    table = pd.DataFrame({name: np.asarray(values) for name, values in parts.items()})
    return table, told["choice"].to_numpy(), told["session"].to_numpy()


@pytest.mark.parametrize("lags", [(1,), (1, 2, 3)])
def test_same_as_statsmodels(lags):
    recording = play_cued(mixed, 40, seed=1)
    result = fit_memory_indices(recording, n_lags=len(lags)).sel(subject="one")
    table, choice, session = design(recording, lags)
    expected = sm.Logit(choice, table).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": session}
    )
    own = result["coefficient"].values.ravel()
    np.testing.assert_allclose(own, expected.params[1:], rtol=1e-7, atol=1e-9)
    error = result["standard_error"].values.ravel()
    np.testing.assert_allclose(error, expected.bse[1:], rtol=1e-7)
    assert result["intercept"].item() == pytest.approx(expected.params["intercept"], rel=1e-7)
    assert result["n_trials"].item() == 40 * 50
    # The incremental indices are sums over lags, with the error of that sum.
    summed = [name for name in table if name.startswith("lag") and name.endswith("both")]
    weight = np.isin(table.columns, summed).astype(float)
    found = result["incremental_model_based_standard_error"].item()
    assert found == pytest.approx(np.sqrt(weight @ expected.cov_params() @ weight), rel=1e-7)
    episodic = expected.params["cued both"]
    assert result["episodic_model_based"].item() == pytest.approx(episodic, rel=1e-7)


def test_truth_is_recovered():
    """A player's own weights lie within 3.5 standard errors, and the others at 0."""
    result = fit_memory_indices(play_cued(mixed, 200, seed=2)).sel(subject="one")
    truth = {"lag 1": [0.3, 0, 0, 1.0], "cued": [0, 0, 0, 1.5]}
    for reference, weights in truth.items():
        own = result.sel(reference=reference)
        away = (own["coefficient"] - weights) / own["standard_error"]
        assert np.abs(away.values).max() < 3.5
    assert abs(result["intercept"].item() + 0.2) < 0.15


@pytest.mark.parametrize("name", PLAYERS)
def test_each_player_shows_its_own_index_alone(name):
    result = fit_memory_indices(play_cued(PLAYERS[name], 150, seed=7)).sel(subject="one")
    for index in INDICES:
        value, error = result[index].item(), result[f"{index}_standard_error"].item()
        truth = 3.0 if index == name else 0.0
        assert abs(value - truth) < 3.5 * error, index
        assert error < 0.25


def test_the_interval_covers():
    """Over 120 experiments, the intervals of absent influences leave out 0 about as they say."""
    outside = []
    for seed in range(120):
        result = fit_memory_indices(play_cued(incremental_planner, 20, seed=seed))
        low, high = (result[f"episodic_model_based_{end}"].item() for end in ("lower", "upper"))
        outside.append(low > 0 or high < 0)
    # 5 % of 120 are 6; more than 16 would come once in 10,000 times at 5 %.
    assert sum(outside) <= 16


def test_determined_choices_need_a_penalty():
    def sure(seen):
        return incremental_planner({"last": seen["cued"]}, 200.0)

    recording = play_cued(sure, 30, seed=8)
    with pytest.raises(SeparationError, match=r"ridge=1\.0"):
        fit_memory_indices(recording)
    result = fit_memory_indices(recording, ridge=1.0).sel(subject="one")
    assert result["episodic_model_based_lower"] > 5
    assert abs(result["incremental_model_based"].item()) < 1


def test_cued_trials_among_the_past_ones_are_left_out(make_recording):
    rng = np.random.default_rng(0)
    n = 400
    cued = np.where(np.arange(n) >= 10, np.arange(n) - rng.integers(1, 8, n), -1)
    drawn = [rng.integers(0, 2, n) for _ in range(3)]
    recording = make_recording(*drawn, cued_trial=cued)
    age = np.arange(n) - cued
    for n_lags in (1, 3):
        result = fit_memory_indices(recording, n_lags=n_lags, covariance="nonrobust")
        assert result["n_trials"].item() == np.sum((cued >= 0) & (age > n_lags))


def test_wrong_settings_and_empty_selections(make_recording):
    recording = play_cued(mixed, 5, seed=1)
    with pytest.raises(AnalysisError, match="n_lags: found 0, expected a whole number"):
        fit_memory_indices(recording, n_lags=0)
    with pytest.raises(AnalysisError, match="ridge: found -1"):
        fit_memory_indices(recording, ridge=-1.0)
    near = make_recording([0, 1, 0], [1] * 3, [1] * 3, cued_trial=[-1, 0, 1])
    with pytest.raises(EmptySelectionError, match="predict from the last and the cued trial"):
        fit_memory_indices(near)
