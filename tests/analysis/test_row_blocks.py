"""Analyses of activity that lies on disk: the numbers of those in memory, block by block."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.coding.unit_coding import compute_unit_coding
from pfc_analysis.analysis.neurons.coding.unit_regression import regress_units
from pfc_analysis.analysis.neurons.states.state_space import compute_principal_components
from pfc_analysis.analysis.row_blocks import RowBlocks
from pfc_analysis.analysis.statistics import row_products
from pfc_analysis.analysis.statistics.permutation import permute_predictor

dask_array = pytest.importorskip("dask.array", reason="the extra cluster is not installed")

N_TRIALS, N_UNITS = 1000, 6


@pytest.fixture
def activity() -> xr.DataArray:
    values = np.random.default_rng(1).normal(2.0, 1.0, (N_TRIALS, 3, N_UNITS)).astype(np.float32)
    trials = np.arange(N_TRIALS)
    return xr.DataArray(
        values,
        dims=("trial", "step", "unit"),
        coords={"session": ("trial", trials // 25), "subject": ("trial", trials // 500)},
        name="hidden",
    )


@pytest.fixture
def predictors() -> xr.Dataset:
    generator = np.random.default_rng(2)
    return xr.Dataset({name: ("trial", generator.normal(size=N_TRIALS)) for name in "ab"})


@pytest.fixture
def largest(monkeypatch) -> list[int]:
    """Sizes of all parts of arrays of dask that are computed, in numbers."""
    sizes, read = [], dask_array.Array.__array__

    def counted(self, *arguments, **options):
        if self.ndim > 1:  # labels of trials are read whole
            sizes.append(self.size)
        return read(self, *arguments, **options)

    monkeypatch.setattr(dask_array.Array, "__array__", counted)
    monkeypatch.setattr(RowBlocks.__init__, "__defaults__", (600,))
    monkeypatch.setattr(row_products, "CACHE_VALUES", 600)
    return sizes


@pytest.mark.parametrize("covariance", ["nonrobust", "cluster"])
def test_regression_reads_blocks(activity, predictors, largest, covariance):
    expected = regress_units(activity[:, 1], predictors, covariance=covariance)
    assert largest == []
    found = regress_units(activity.chunk(trial=70)[:, 1], predictors, covariance=covariance)
    xr.testing.assert_allclose(found, expected, rtol=1e-10)
    assert 0 < max(largest) <= 600


def test_components_read_blocks(activity, largest):
    expected = compute_principal_components(activity, 3)
    found = compute_principal_components(activity.chunk(trial=70), 3, block_values=1000)
    xr.testing.assert_allclose(found, expected, rtol=1e-10)
    assert max(largest) <= N_TRIALS * N_UNITS * 3


def test_faults_are_found_in_every_block(activity, predictors, largest):
    broken = activity[:, 1].copy()
    broken[[333, 900], 2] = np.nan
    with pytest.raises(
        AnalysisError, match=r"2 missing .* in 2 trial\(s\), the first at trial 333"
    ):
        regress_units(broken.chunk(trial=70), predictors)
    still = activity[:, 1].copy()
    still[:, 4] = 3.0
    with pytest.raises(AnalysisError, match=r"unit\(s\) '?4'? are constant \(the first at 3\)"):
        regress_units(still.chunk(trial=70), predictors)
    assert max(largest) <= 600


def test_permutations_read_all_rows(activity, predictors):
    arguments = predictors, "a"
    found, expected = (
        permute_predictor(each, *arguments, generator=np.random.default_rng(3), n_permutations=20)
        for each in (activity[:, 1].chunk(trial=70), activity[:, 1])
    )
    xr.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("null", ["sessions", "shift"])
@pytest.mark.parametrize("lacking", [False, True])
def test_coding_of_units_reads_blocks(activity, predictors, largest, null, lacking):
    values = activity[:, 1].copy()
    factors = predictors.assign(upcoming_action=-predictors["a"] + predictors["b"] ** 2)
    factors["a"][::25] = np.nan  # the first trial of each session
    if lacking:
        factors["b"][::31] = np.nan
        values[40:200, 2] = np.nan
        values[:, 3] = 1.0
    options = {"factors": factors, "null": null, "n_permutations": 99, "n_resamples": 50}
    expected, found = (
        compute_unit_coding(each, np.random.default_rng(4), **options)
        for each in (values, values.chunk(trial=70))
    )
    xr.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert 0 < max(largest) <= 1200  # as many trials as hold 600 numbers that are used


def test_infinite_activity_is_found_in_every_block(activity, predictors, largest):
    values = activity[:, 1].copy()
    values[987, 2] = np.inf
    with pytest.raises(AnalysisError, match="subject '1': hidden: found values of type float32"):
        compute_unit_coding(values.chunk(trial=70), np.random.default_rng(4), factors=predictors)
