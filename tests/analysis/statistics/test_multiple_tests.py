"""Corrected p values against statsmodels and by hand."""

import numpy as np
import pytest
import xarray as xr
from statsmodels.stats.multitest import multipletests

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.multiple_tests import adjust_holm, correct_p_values


@pytest.mark.parametrize("method", ["bonferroni", "holm", "fdr_bh"])
def test_corrected_as_in_statsmodels_predictor_by_predictor(method):
    values = np.random.default_rng(0).random((20, 4)) ** 4
    p = xr.DataArray(values, dims=("unit", "predictor"))
    result = correct_p_values(p, method)
    for k in range(4):
        found, expected = multipletests(p[:, k], method=method)[:2]
        np.testing.assert_array_equal(result["significant"][:, k], found)
        np.testing.assert_allclose(result["p_value_corrected"][:, k], expected)
    together = correct_p_values(p, method, dim=("unit", "predictor"))
    expected = multipletests(p.values.ravel(), method=method)[1].reshape(20, 4)
    np.testing.assert_allclose(together["p_value_corrected"], expected)
    assert together.attrs["n_tests"] == 80


def test_bonferroni_by_hand():
    p = xr.DataArray([0.01, 0.02, 0.9], dims="unit")
    result = correct_p_values(p, "bonferroni")
    np.testing.assert_allclose(result["p_value_corrected"], [0.03, 0.06, 1.0])
    assert result["significant"].values.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "sidak"}, "method: found 'sidak', expected 'bonferroni', 'holm', 'fdr_bh'"),
        ({"alpha": 1.0}, "alpha: found 1.0, expected a number above 0 and below 1"),
        ({"dim": "trial"}, "dim: found 'trial', expected one or more of the p values' dimensions"),
    ],
)
def test_correction_that_is_unknown(options, message):
    with pytest.raises(AnalysisError, match=message):
        correct_p_values(xr.DataArray([0.1], dims="unit"), **options)


def test_p_values_missing():
    with pytest.raises(AnalysisError, match="p_value: found 1 of 2 missing or out of range"):
        correct_p_values(xr.DataArray([0.1, np.nan], dims="unit"))


def test_holm_by_hand():
    found = adjust_holm(np.array([0.04, np.nan, 0.001, 0.03, 0.5]))
    np.testing.assert_allclose(found, [0.09, np.nan, 0.004, 0.09, 0.5])
    assert np.isnan(adjust_holm(np.array([np.nan]))).all()
