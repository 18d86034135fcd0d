import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.coding.unit_regression import regress_units
from pfc_analysis.analysis.statistics.least_squares import factorise_design
from pfc_analysis.analysis.statistics.permutation import (
    compute_permuted_t,
    draw_permutation,
    permute_predictor,
)

SESSION = np.repeat(np.arange(10), 12)


def build_data(n_units=4, effect=0.0, seed=0):
    rng = np.random.default_rng(seed)
    n = SESSION.size
    reward = rng.normal(size=n)
    value = 0.6 * reward + rng.normal(size=n)
    predictors = xr.Dataset({"reward": ("trial", reward), "value": ("trial", value)})
    noise = rng.standard_t(5, size=(n, n_units))
    y = 1 + reward[:, None] + effect * value[:, None] + noise
    coords = {"session": ("trial", SESSION), "unit": [f"u{i}" for i in range(n_units)]}
    return xr.DataArray(y, coords, ("trial", "unit"), "hidden"), predictors


@pytest.mark.parametrize("within_session", [False, True])
@pytest.mark.parametrize("predictor", ["reward", "value"])
def test_as_an_explicit_loop_with_statsmodels(predictor, within_session):
    responses, predictors = build_data(effect=-0.1)
    result = permute_predictor(
        responses,
        predictors,
        predictor,
        np.random.default_rng(7),
        n_permutations=9,
        within_session=within_session,
    )
    rng = np.random.default_rng(7)
    group = SESSION if within_session else None
    drawn = [draw_permutation(rng, SESSION.size, group) for _ in range(9)]
    full = sm.add_constant(np.column_stack([predictors["reward"], predictors["value"]]))
    column = {"reward": 1, "value": 2}[predictor]
    t = np.empty((10, 4))
    for unit in range(4):
        y = responses.values[:, unit]
        reduced = sm.OLS(y, np.delete(full, column, axis=1)).fit()
        t[0, unit] = sm.OLS(y, full).fit().tvalues[column]
        for k, order in enumerate(drawn):
            permuted = reduced.fittedvalues + reduced.resid[order]
            t[k + 1, unit] = sm.OLS(permuted, full).fit().tvalues[column]
    factor = factorise_design(full[:, [0, 3 - column, column]], ["one", "other", "tested"])
    found = compute_permuted_t(factor, responses.values, drawn)
    np.testing.assert_allclose(found, t[1:], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(result["t"], t[0], rtol=1e-10)
    np.testing.assert_allclose(result["p_value"], (np.abs(t) >= np.abs(t[0])).mean(axis=0))
    largest = np.abs(t[1:]).max(axis=1, keepdims=True)
    family = (1 + (largest >= np.abs(t[0])).sum(axis=0)) / 10
    np.testing.assert_allclose(result["p_value_family_wise"], family)


def test_coefficient_is_that_of_the_regression():
    responses, predictors = build_data()
    rng = np.random.default_rng(0)
    result = permute_predictor(responses, predictors, "reward", rng, n_permutations=1)
    expected = regress_units(responses, predictors).sel(predictor="reward")
    for name in ("coefficient", "standard_error", "t"):
        np.testing.assert_allclose(result[name], expected[name], rtol=1e-12)
    assert result["unit"].values.tolist() == ["u0", "u1", "u2", "u3"]


@pytest.mark.parametrize("within_session", [False, True])
def test_p_values_are_uniform_without_an_effect(within_session):
    data = build_data(n_units=600, seed=1)
    result = permute_predictor(
        *data,
        "value",
        np.random.default_rng(2),
        n_permutations=999,
        within_session=within_session,
    )
    p = result["p_value"].values
    # Steps of 1 / 1000 are too fine for the test of a continuous distribution to notice.
    assert stats.kstest(p, "uniform").pvalue > 0.05
    assert result["p_value_family_wise"].min() > 0.01
    parametric = regress_units(*data)["p_value"].sel(predictor="value")
    if not within_session:
        np.testing.assert_allclose(p, parametric, atol=0.08)
    inside = (result["p_value_lower"] <= parametric) & (parametric <= result["p_value_upper"])
    assert inside.mean() > 0.5


def test_family_wise_errors_are_held():
    found = [
        float(
            permute_predictor(
                *build_data(n_units=20, seed=seed),
                "value",
                np.random.default_rng(seed),
                n_permutations=99,
            )["p_value_family_wise"].min()
        )
        for seed in range(100)
    ]
    # Of 100 families, at most 10 false ones have probability 0.989 at a rate of 0.05.
    assert np.sum(np.array(found) <= 0.05) <= 10


def test_an_effect_is_found():
    data = build_data(n_units=50, effect=0.6)
    result = permute_predictor(*data, "value", np.random.default_rng(0), n_permutations=199)
    assert (result["p_value"] <= 0.05).mean() > 0.9
    assert float(result["p_value"].min()) == 1 / 200
    assert float(result["p_value_lower"].min()) == 0.0


def test_interval_of_p_as_in_scipy():
    data = build_data(n_units=6)
    result = permute_predictor(*data, "value", np.random.default_rng(0), n_permutations=99)
    count = np.rint(result["p_value"].values * 100 - 1).astype(int)
    for unit, k in enumerate(count):
        expected = stats.binomtest(int(k), 99).proportion_ci(0.95, "exact")
        assert float(result["p_value_lower"][unit]) == pytest.approx(expected.low)
        assert float(result["p_value_upper"][unit]) == pytest.approx(expected.high)


def test_the_same_seed_gives_the_same_result():
    one, two = (
        permute_predictor(*build_data(), "value", np.random.default_rng(4), n_permutations=20)
        for _ in range(2)
    )
    xr.testing.assert_identical(one, two)


def test_permutations_within_sessions_stay_there_and_are_equally_likely():
    session = np.array([1, 0, 1, 0, 1])
    rng = np.random.default_rng(0)
    drawn = np.array([draw_permutation(rng, 5, session) for _ in range(6000)])
    assert (session[drawn] == session).all()
    assert (np.sort(drawn, axis=1) == np.arange(5)).all()
    _, count = np.unique(drawn, axis=0, return_counts=True)
    assert count.size == 2 * 6
    assert stats.chisquare(count).pvalue > 0.01


def test_settings_that_do_not_serve():
    responses, predictors = build_data()
    rng = np.random.default_rng(0)
    with pytest.raises(AnalysisError, match="predictor: found 'rpe', expected one of 'reward', 'v"):
        permute_predictor(responses, predictors, "rpe", rng)
    with pytest.raises(AnalysisError, match="n_permutations: found 0, expected a whole number of"):
        permute_predictor(responses, predictors, "value", rng, n_permutations=0)
    bare = responses.drop_vars("session")
    with pytest.raises(MissingVariableError, match="session: not among the coordinates"):
        permute_predictor(bare, predictors, "value", rng, within_session=True)
    alone = np.arange(SESSION.size)
    with pytest.raises(AnalysisError, match="found 120 sessions of one trial each, expected sess"):
        permute_predictor(bare, predictors, "value", rng, within_session=True, session=alone)
