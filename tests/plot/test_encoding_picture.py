"""The picture of encoding models holds the numbers of the comparison."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from pfc_analysis import plot
from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.analysis.neurons.encoding.encoding_models import compare_encoding_models
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet


@pytest.fixture(scope="module")
def comparison():
    rng = np.random.default_rng(1)
    states = rng.normal(size=(3, 120, 2))
    base = FeatureSet("events", rng.normal(size=(1, 120, 1)), ("x",))
    agent = FeatureSet("agent", states, ("x", "y"), ("s1", "s2", "s3"))
    lags = FeatureSet("past_trials", rng.normal(size=(1, 120, 3)), ("x", "y", "z"))
    responses = xr.DataArray(
        states[0] @ rng.normal(size=(2, 5)) + rng.normal(size=(120, 5)),
        dims=("trial", "unit"),
        coords={"session": ("trial", np.repeat(np.arange(6), 20)), "unit": np.arange(5)},
    )
    return compare_encoding_models(responses, base, [agent, lags], n_folds=3)


def drawn_numbers(ax):
    return np.concatenate([np.ravel(line.get_ydata()) for line in ax.lines])


def test_marks_are_gains_and_small_dots_replicas(comparison):
    ax = plot.encoding(comparison, Figure().subplots())
    numbers = drawn_numbers(ax)
    one = comparison.sel(score="components")
    replicas = one["replica_r_squared"].sel(model="agent") - one["replica_r_squared"].sel(
        model="events"
    )
    for wanted in (one["gain"], one["unique"], replicas):
        assert np.isin(np.round(100 * wanted.values, 9), np.round(numbers, 9)).all()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["agent", "past\ntrials"]
    said = plot.caption(ax)
    assert said.startswith("Variance of 5 units in 120 trials that each set of features tells")
    assert "Open marks" in said


def test_several_results_have_a_colour_and_a_name_each(comparison):
    ax = plot.encoding({"V": comparison, "W": comparison}, Figure().subplots(), score="units")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["V", "W"]
    assert "Open marks" not in plot.caption(ax)
    assert "W: variance of 5 units" in plot.caption(ax)


def test_without_axes_there_is_a_new_figure(comparison):
    import matplotlib.pyplot as plt

    ax = plot.encoding(comparison)
    assert ax.figure.number in plt.get_fignums()


def test_what_is_no_comparison_is_refused(comparison):
    with pytest.raises(MissingVariableError, match="data: found no variable 'gain' on 'features'"):
        plot.encoding(comparison.drop_vars("gain"))
    with pytest.raises(ValueError, match="score: found 'mean', expected one of components, units"):
        plot.encoding(comparison, score="mean")
    with pytest.raises(MissingVariableError, match="unique: found a comparison without models of"):
        plot.encoding(comparison.drop_vars("unique"), unique=True)
