"""Shares of units that code a variable, by area."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from statsmodels.stats.multitest import multipletests

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.coding.coding_share import compute_coding_share
from pfc_analysis.analysis.neurons.coding.unit_coding import compute_unit_coding
from pfc_analysis.analysis.neurons.identification.simulated_neurons import draw_slow
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.analysis.statistics.multiple_tests import adjust_false_discoveries

N_TRIALS, N_UNITS = 400, 40


def make_data(slow=False, coded=1.0):
    """Half of the units of one area follow the reward; all drift; a value that drifts, too."""
    rng = np.random.default_rng(8)
    reward = rng.integers(0, 2, N_TRIALS).astype(float)
    value = draw_slow(rng, N_TRIALS, 1, 60.0)[:, 0]
    drift = draw_slow(rng, N_TRIALS, N_UNITS, 60.0) * (2.0 if slow else 0.2)
    follows = np.arange(N_UNITS) % 4 == 0
    values = coded * reward[:, None] * follows + drift + rng.normal(size=(N_TRIALS, N_UNITS))
    coords = {
        "subject": ("trial", ["m"] * N_TRIALS),
        "session": ("trial", np.repeat([0, 1], N_TRIALS // 2)),
        "unit": np.arange(N_UNITS),
        "area": ("unit", np.where(np.arange(N_UNITS) % 2 == 0, "ACC", "DLPFC")),
    }
    activity = xr.DataArray(values, dims=("trial", "unit"), coords=coords)
    return activity, xr.Dataset({"reward": ("trial", reward), "value": ("trial", value)})


def test_the_area_whose_units_follow_reward():
    activity, factors = make_data()
    found = compute_coding_share(activity, factors, 1, n_permutations=199)
    reward = found.sel(subject="m", factor="reward")
    assert reward["share_significant"].sel(group="ACC").item() == pytest.approx(0.5, abs=0.1)
    assert reward["share_corrected"].sel(group="ACC").item() >= 0.4
    assert reward["share_significant"].sel(group="DLPFC") <= 0.2
    assert reward["share_null_upper"].sel(group="ACC") < 0.3
    assert found["n_units"].sel(subject="m", group="ACC") == 20


def test_shares_are_counts_of_the_coding_of_single_units():
    activity, factors = make_data()
    found = compute_coding_share(activity, factors, 1, by=None, n_permutations=99)
    coding = compute_unit_coding(
        activity, 1, factors=factors, step=None, null="shift", n_permutations=99, n_resamples=2
    )
    share = coding["n_significant"].values / N_UNITS
    np.testing.assert_allclose(found["share_significant"].squeeze("group"), share)
    lower, upper = wilson_interval(share[0], np.full(2, float(N_UNITS)))
    np.testing.assert_allclose(found["share_significant_lower"].values.ravel(), lower)
    np.testing.assert_allclose(
        found["share_above_chance_upper"].values.ravel(), (upper - 0.05) / 0.95
    )
    corrected = multipletests(coding["p_value"].values[0, 0], method="fdr_bh")[0].mean()
    assert found["share_corrected"].sel(factor="reward").item() == pytest.approx(corrected)


def test_a_value_that_drifts_is_not_found_in_units_that_drift():
    """The t test finds it in most units; units that drift together widen the null."""
    activity, factors = make_data(slow=True, coded=0.0)
    plain = [abs(np.corrcoef(factors["value"], unit)[0, 1]) for unit in activity.values.T]
    assert np.mean(np.array(plain) > 1.96 / np.sqrt(N_TRIALS)) > 0.5
    found = compute_coding_share(activity, factors, 1, by=None, n_permutations=199)
    value = found.sel(factor="value").squeeze()
    assert value["share_significant"] <= value["share_null_upper"]


def test_adjusted_p_values_are_those_of_statsmodels():
    p = np.random.default_rng(1).uniform(size=30) ** 2
    np.testing.assert_allclose(adjust_false_discoveries(p), multipletests(p, method="fdr_bh")[1])
    with_gap = np.insert(p, 4, np.nan)
    found = adjust_false_discoveries(with_gap)
    assert np.isnan(found[4])
    np.testing.assert_allclose(np.delete(found, 4), adjust_false_discoveries(p))


def test_what_cannot_be_grouped_is_refused():
    activity, factors = make_data()
    with pytest.raises(MissingVariableError, match="by: found no coordinate 'layer' on 'unit', ex"):
        compute_coding_share(activity, factors, 1, by="layer")
    with pytest.raises(AnalysisError, match=r"area 'ACC': .*largest_shift: found 300"):
        compute_coding_share(activity, factors, 1, n_permutations=99, largest_shift=300)
