import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.coding.unit_regression import regress_units


def build_data(n_sessions=12, n_trials=25, n_units=5, seed=0):
    rng = np.random.default_rng(seed)
    n = n_sessions * n_trials
    session = np.repeat(np.arange(n_sessions), n_trials)
    predictors = xr.Dataset(
        {
            "reward": ("trial", rng.integers(0, 2, n)),
            "value": ("trial", 5 + 0.1 * rng.normal(size=n)),
            "block": ("trial", rng.normal(size=n_sessions)[session]),
        }
    )
    x = np.column_stack([predictors[k] for k in predictors])
    shared = rng.normal(size=(n_sessions, n_units))[session]
    noise = rng.normal(size=(n, n_units)) + 0.5 * shared
    y = 3 + x @ rng.normal(size=(3, n_units)) * 0.3 + noise
    coords = {"unit": [f"u{i}" for i in range(n_units)], "session": ("trial", session)}
    return xr.DataArray(y, coords, ("trial", "unit"), "hidden"), predictors


def fit_statsmodels(responses, predictors, unit, **options):
    design = sm.add_constant(np.column_stack([predictors[k] for k in predictors]).astype(float))
    return sm.OLS(responses.isel(unit=unit).values, design).fit(**options)


@pytest.mark.parametrize("order", ["in order", "interleaved"])
@pytest.mark.parametrize("covariance", ["nonrobust", "cluster"])
def test_every_unit_as_in_statsmodels(covariance, order):
    responses, predictors = build_data()
    if order == "interleaved":
        mixed = np.random.default_rng(1).permutation(responses.sizes["trial"])
        responses, predictors = responses.isel(trial=mixed), predictors.isel(trial=mixed)
    session = responses["session"].values
    result = regress_units(responses.T, predictors, covariance=covariance)
    options = {}
    if covariance == "cluster":
        options = {"cov_type": "cluster", "cov_kwds": {"groups": session}, "use_t": True}
    for unit in range(responses.sizes["unit"]):
        expected = fit_statsmodels(responses, predictors, unit, **options)
        got = result.isel(unit=unit)
        close = {"rtol": 1e-10, "atol": 0}
        np.testing.assert_allclose(got["coefficient"], expected.params, **close)
        np.testing.assert_allclose(got["standard_error"], expected.bse, **close)
        np.testing.assert_allclose(got["t"], expected.tvalues, **close)
        np.testing.assert_allclose(got["p_value"], expected.pvalues, **close)
        np.testing.assert_allclose(got["r_squared"], expected.rsquared, **close)
        bounds = expected.conf_int()
        np.testing.assert_allclose(got["lower"], bounds[:, 0], rtol=1e-9)
        np.testing.assert_allclose(got["upper"], bounds[:, 1], rtol=1e-9)
    freedom = 11 if covariance == "cluster" else 12 * 25 - 4
    assert result.attrs["degrees_of_freedom"] == freedom
    assert result["predictor"].values.tolist() == ["intercept", "reward", "value", "block"]
    assert result["unit"].values.tolist() == ["u0", "u1", "u2", "u3", "u4"]


HARD = ("plain", "large means", "sizes", "nearly collinear", "nearly exact", "many trials", "flag")


@pytest.mark.parametrize("covariance", ["nonrobust", "cluster"])
@pytest.mark.parametrize("how", HARD)
def test_hard_data_as_in_statsmodels_on_the_same_data_made_easy(how, covariance):
    # Shifts, powers of 2 and differences are exact in floating point, so both say the same.
    responses, predictors = build_data(n_trials=500 if how == "many trials" else 25)
    responses = responses.astype(np.float32)
    y, easy = responses.astype(np.float64), predictors.copy(deep=True)
    scale = 1.0
    if how == "large means":
        responses = (responses + np.float32(2000)).astype(np.float32)
        y = responses.astype(np.float64) - 2000.0
        predictors["value"] = predictors["value"] + 2.0**10
        easy["value"] = predictors["value"] - 2.0**10
    elif how == "sizes":
        scale = 2.0**-30
        predictors["value"], predictors["block"] = easy["value"] * 2**30, easy["block"] * 2**-20
    elif how == "nearly collinear":
        predictors["value"] = predictors["block"] + 2**-10 * predictors["value"]
        easy["value"] = predictors["value"] - predictors["block"]
    elif how == "nearly exact":
        y = (easy["value"] - 5) * xr.DataArray(np.arange(1.0, 6.0), dims="unit") + 1e-4 * y
        responses = y.transpose("trial", "unit").assign_coords(responses.coords)
    elif how == "flag":
        predictors["reward"] = predictors["reward"] == 1
    y = y.transpose("trial", "unit")
    groups = responses["session"].values
    cluster = {"cov_type": "cluster", "cov_kwds": {"groups": groups}, "use_t": True}
    options = cluster if covariance == "cluster" else {}
    result = regress_units(responses, predictors, covariance=covariance)
    for unit in range(5):
        expected = fit_statsmodels(y, easy, unit, **options)
        got = result.isel(unit=unit).sel(predictor="value")
        close = {"rtol": 1e-10, "atol": 0}
        np.testing.assert_allclose(got["coefficient"], expected.params[2] * scale, **close)
        np.testing.assert_allclose(got["standard_error"], expected.bse[2] * scale, **close)
        np.testing.assert_allclose(got["t"], expected.tvalues[2], **close)
        np.testing.assert_allclose(got["p_value"], expected.pvalues[2], rtol=1e-9)
        np.testing.assert_allclose(got["r_squared"], expected.rsquared, **close)


def test_two_groups_of_two_by_hand():
    # Means 1 and 5, residuals -1, 1, -1, 1: residual variance 4 / 2, error of the difference
    # sqrt(2 (1/2 + 1/2)).
    responses = xr.DataArray([[0.0], [2.0], [4.0], [6.0]], dims=("trial", "unit"))
    rewarded = xr.DataArray([0, 0, 1, 1], dims="trial", name="rewarded")
    result = regress_units(responses, rewarded).isel(unit=0)
    np.testing.assert_allclose(result["coefficient"], [1.0, 4.0], rtol=1e-14)
    np.testing.assert_allclose(result["standard_error"], [1.0, np.sqrt(2)], rtol=1e-14)
    assert float(result["r_squared"]) == pytest.approx(0.8)
    # With two degrees of freedom the distribution of t is known in closed form.
    t = 4 / np.sqrt(2)
    assert float(result["p_value"][1]) == pytest.approx(1 - t / np.sqrt(2 + t**2))


@pytest.mark.parametrize("covariance", ["nonrobust", "cluster"])
def test_p_values_are_uniform_without_an_effect(covariance):
    rng = np.random.default_rng(3)
    session = np.repeat(np.arange(100), 10)
    responses = xr.DataArray(rng.normal(size=(1000, 1000)), dims=("trial", "unit"))
    value = xr.DataArray(rng.normal(size=1000), dims="trial", name="value")
    result = regress_units(responses, value, session, covariance)
    p = result["p_value"].sel(predictor="value")
    assert stats.kstest(p, "uniform").pvalue > 0.05


def test_only_clustered_errors_hold_where_sessions_differ():
    rng = np.random.default_rng(4)
    session = np.repeat(np.arange(50), 20)
    noise = rng.normal(size=(50, 400))[session] + rng.normal(size=(1000, 400))
    responses = xr.DataArray(noise, dims=("trial", "unit"))
    block = xr.DataArray(rng.normal(size=50)[session], dims="trial", name="block")
    false = {
        kind: float((regress_units(responses, block, session, kind)["p_value"][:, 1] < 0.05).mean())
        for kind in ("nonrobust", "cluster")
    }
    assert false["nonrobust"] > 0.4
    assert false["cluster"] < 0.1


def test_sessions_of_different_subjects_are_different():
    responses, predictors = build_data()
    twice = responses["session"] % 6
    subject = ("trial", np.where(responses["session"] < 6, "a", "b"))
    told_apart = twice.assign_coords(subject=subject)
    expected = regress_units(responses, predictors, covariance="cluster")
    result = regress_units(responses, predictors, told_apart, "cluster")
    xr.testing.assert_identical(result, expected)
    merged = regress_units(responses, predictors, twice.values, "cluster")
    assert merged.attrs["n_sessions"] == 6


def test_a_session_of_its_own_has_no_clustered_error():
    responses, predictors = build_data()
    predictors["first"] = (responses["session"] == 0).astype(int)
    result = regress_units(responses, predictors, covariance="cluster")
    finite = np.isfinite(result["standard_error"]).all("unit").values.tolist()
    assert finite == [True, True, True, True, False]


def test_predictors_as_one_array():
    responses, predictors = build_data()
    result = regress_units(responses, predictors.to_dataarray("predictor"))
    xr.testing.assert_allclose(result, regress_units(responses, predictors), rtol=1e-12)


def _break(responses, predictors, how):
    r, p = responses.copy(deep=True), predictors.copy(deep=True)
    if how == "response missing":
        r[3, 1] = np.nan
    elif how == "predictor missing":
        p["value"][7] = np.inf
    elif how == "constant unit":
        r[:, 2] = 0.1
    elif how == "constant predictor":
        p["block"][:] = 2.0
    elif how == "collinear":
        p["sum"] = p["reward"] + p["value"]
    elif how == "few trials":
        few = [*np.unique(p["reward"], return_index=True)[1], 100, 200]
        r, p = r.isel(trial=few), p.isel(trial=few)
    elif how == "exact":
        r[:, 0] = (2 * p["value"] - p["block"]).astype(np.float32)
    elif how == "lengths":
        p = p.isel(trial=slice(10))
    elif how == "step":
        r = r.expand_dims(step=2)
    elif how == "words":
        p["side"] = ("trial", np.repeat("left", p.sizes["trial"]))
    elif how == "intercept":
        p = p.rename(reward="intercept")
    elif how == "unnamed":
        p = p["reward"].rename(None)
    elif how == "twice":
        p = p[["reward", "value"]].to_dataarray("predictor").assign_coords(predictor=["x", "x"])
    elif how == "empty":
        r = r[:, :0]
    elif how == "labels":
        n = r.sizes["trial"]
        r, p = r.assign_coords(trial=np.arange(n)), p.assign_coords(trial=np.arange(n)[::-1])
    return r, p


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("response missing", r"hidden: found 1 missing or infinite .* at trial 3, expected finite"),
        ("predictor missing", r"predictor 'value': found 1 missing or infinite .* at trial 7"),
        ("constant unit", r"hidden: unit\(s\) 'u2' are constant \(the first at 0.1\) over 300"),
        ("constant predictor", "predictor 'block': found 2 in all 300 trials, expected .* leave"),
        ("collinear", r"predictor\(s\) 'sum': zero, constant, or a linear combination .* 300 tri"),
        ("few trials", r"trial: found 4 trial\(s\) for 4 coefficients .* use fewer predictors"),
        ("exact", r"unit\(s\) 'u0': the predictors explain them without residual, expected"),
        ("lengths", "predictor 'reward': found 10 trials, expected 300 as in hidden; select"),
        ("step", "hidden: found dimensions 'step', 'trial', 'unit', expected 'trial', 'unit'; sel"),
        ("words", "predictor 'side': found values of type <U4, expected numbers; code"),
        ("intercept", "predictors: found 'intercept', .* none called 'intercept'"),
        ("unnamed", "predictors: found an array without a name"),
        ("twice", "predictor: found 'x', 'x', expected names that differ"),
        ("empty", r"hidden: found shape \(300, 0\), expected trials and units"),
        ("labels", "predictor 'reward': its labels on 'trial' differ from those of hidden"),
    ],
)
def test_what_cannot_be_fitted(how, message):
    with pytest.raises(AnalysisError, match=message):
        regress_units(*_break(*build_data(), how))


def test_sessions_that_do_not_serve():
    responses, predictors = build_data()
    bare = responses.drop_vars("session")
    with pytest.raises(MissingVariableError, match=r"session: not among the coordinates .*pass se"):
        regress_units(bare, predictors, covariance="cluster")
    with pytest.raises(AnalysisError, match=r"session: found 1 session, .*covariance='nonrobust'"):
        regress_units(bare, predictors, np.zeros(300), "cluster")
    with pytest.raises(AnalysisError, match=r"session: found labels of shape \(3,\), expected one"):
        regress_units(bare, predictors, [1, 2, 3], "cluster")
    missing = np.where(np.arange(300) == 9, np.nan, 1.0)
    with pytest.raises(AnalysisError, match=r"session: found 1 missing label\(s\).* at trial 9"):
        regress_units(bare, predictors, missing, "cluster")
    with pytest.raises(AnalysisError, match="covariance: found 'HC1', expected 'nonrobust' or"):
        regress_units(bare, predictors, covariance="HC1")  # type: ignore[arg-type]
