"""Both networks of Supplementary Figure 9 stand beside each other."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.plotting.style import new_figure
from pfc_analysis.reproduction.panels.rpe_input_panels import draw_networks, label_networks


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


def columns(axes):
    """Height of each column's mean, from left to right."""
    bars = sorted((bar.lines[0].get_xydata()[0] for bar in axes.containers), key=lambda xy: xy[0])
    return [float(y) for _, y in bars]


def test_a_pair_of_columns_for_each_label(axes):
    values = xr.DataArray(
        [[[1.0, 3.0], [5.0, 7.0]], [[2.0, 4.0], [6.0, 8.0]]],
        dims=("network", "phase", "subject"),
        coords={"network": ["reward", "RPE"], "phase": ["stable_first", "volatile_first"]},
    )
    draw_networks(axes, values, "learning rate")
    assert columns(axes) == [2, 3, 6, 7]
    names = [text.get_text() for text in axes.get_xticklabels()]
    assert names == ["stable\nfirst", "volatile\nfirst"]
    dots = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert sorted(np.concatenate([line.get_ydata() for line in dots])) == [*range(1, 9)]


def test_the_networks_differ_in_colour_and_in_mark(axes):
    values = xr.DataArray(
        [[1.0, 3.0], [2.0, 4.0]], dims=("network", "subject"), coords={"network": ["reward", "RPE"]}
    )
    draw_networks(axes, values, "slope")
    assert columns(axes) == [2, 3]
    one, other = (line for line in axes.lines if line.get_markerfacecolor() == "white")
    assert one.get_marker() != other.get_marker()
    assert one.get_markeredgecolor() != other.get_markeredgecolor()
    names = [text.get_text() for text in label_networks(axes).get_legend().get_texts()]
    assert names == ["network reads rewards", "network reads prediction errors"]


def test_one_network_stands_over_its_labels(axes):
    values = xr.DataArray(
        [[0.9, 1.0], [1.0, 1.2]], dims=("task", "subject"), coords={"task": ["bandit", "matching"]}
    )
    draw_networks(axes, values, "reward")
    assert columns(axes) == pytest.approx([0.95, 1.1])
    assert axes.containers[0].lines[0].get_xdata() == pytest.approx([0])
