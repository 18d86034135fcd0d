"""Three networks stand beside each other, in columns and as curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.plotting.architectures import draw_two_architectures
from pfc_analysis.plotting.style import new_figure
from pfc_analysis.reproduction.agents.rival_agents import NETWORKS, PREDICTS
from pfc_analysis.reproduction.panels import rival_panels as panels


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


def columns(axes):
    """Height of each column's mean, from left to right."""
    bars = sorted((bar.lines[0].get_xydata()[0] for bar in axes.containers), key=lambda xy: xy[0])
    return [float(y) for _, y in bars]


@pytest.fixture
def values():
    numbers = np.arange(12.0).reshape(3, 2, 2)
    return xr.DataArray(
        numbers, dims=("network", "learning", "subject"),
        coords={"network": list(NETWORKS), "learning": ["weights_frozen", "learning_on"]},
    )  # fmt: skip


def test_a_column_for_each_network_at_each_label(axes, values):
    panels.draw_rivals(axes, values, "effect")
    assert columns(axes) == [0.5, 4.5, 8.5, 2.5, 6.5, 10.5]
    names = [text.get_text() for text in axes.get_xticklabels()]
    assert names == ["weights\nfrozen", "learning\non"]
    dots = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert len({line.get_marker() for line in dots}) == len(NETWORKS)
    assert sorted(np.concatenate([line.get_ydata() for line in dots])) == [*range(12)]


def test_one_column_a_network_where_there_is_no_other_dimension(axes, values):
    panels.draw_rivals(axes, values.isel(learning=0, drop=True), "effect")
    assert columns(axes) == [0.5, 4.5, 8.5]


def test_mice_stand_as_a_band_behind_raised_errors(axes, values):
    mice = pd.Series({"value": -0.02, "lower": -0.14, "upper": 0.09})
    panels.draw_raised_errors(axes, values / 10, mice, "d")
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (band.y0, band.y1) == pytest.approx((-0.14, 0.09))
    dashed = {line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"}
    assert dashed == {1.0, -0.02}


def test_a_curve_over_lags_for_each_network(axes):
    weights = xr.DataArray(
        np.arange(18.0).reshape(3, 2, 3), dims=("network", "subject", "lag"),
        coords={"network": list(NETWORKS), "lag": [1, 2, 3]},
    )  # fmt: skip
    panels.draw_lags(axes, weights, "c")
    curves = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert curves[PREDICTS] == pytest.approx([13.5, 14.5, 15.5])
    assert set(NETWORKS) <= set(curves)


def test_the_legend_names_all_networks(axes):
    panels.label_rivals(axes.figure)
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(panels.NAMES.values())
    assert list(panels.LOOKS) == list(NETWORKS)


def test_the_drawing_names_what_teaches_each_part(axes):
    draw_two_architectures(axes)
    texts = [text.get_text() for text in axes.texts]
    assert sum("LSTM" in text for text in texts) == 2
    assert sum("error of prediction" in text for text in texts) == 1
    assert sum("prediction error" in text for text in texts) == 2
