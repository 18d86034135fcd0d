"""Panels of Figures 1 and S2: what stands where."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgba

from pfc_analysis.plotting.choices.choice_raster import draw_choices
from pfc_analysis.plotting.curves import LineStyle, draw_curves, draw_subject_dots
from pfc_analysis.plotting.neurons.state_space import (
    align_state_spaces,
    draw_session_states,
    draw_states,
)
from pfc_analysis.plotting.schematic import draw_network
from pfc_analysis.plotting.style import BLUE, ORANGE, new_figure


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


def test_choices_are_rows_of_two_colours(axes):
    choice = xr.DataArray([[0, 1, 1], [1, 0, 1]], dims=("session", "trial_in_session"))
    assert draw_choices(axes, choice) is axes
    (image,) = axes.images
    shown = image.to_rgba(image.get_array())
    assert tuple(shown[0, 0]) == pytest.approx(to_rgba(ORANGE), abs=0.01)
    assert tuple(shown[1, 0]) == pytest.approx(to_rgba(BLUE), abs=0.01)
    # Trials are counted from 1, and the first session stands at the top.
    assert axes.get_xlim() == (0.5, 3.5)
    assert axes.get_ylim() == (2, 0)


def test_curves_are_means_with_their_bands(axes):
    curve = xr.Dataset(
        {"mean": ("lag", [1.0, 2.0]), "lower": ("lag", [0.5, 1.0]), "upper": ("lag", [2.0, 3.0])},
        coords={"lag": [1, 5]},
    )
    styles = {"reward": LineStyle("red"), "choice": LineStyle("blue", "--")}
    draw_curves(axes, {"reward": curve, "choice": curve + 1}, styles)
    first, second = axes.lines
    assert first.get_xdata().tolist() == [1, 5]
    assert second.get_ydata().tolist() == [2.0, 3.0]
    assert (second.get_linestyle(), second.get_label()) == ("--", "choice")
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.5, 3.0)


def test_every_subject_is_a_dot_over_its_label(axes):
    values = xr.DataArray(
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dims=("subject", "lag"), coords={"lag": [2, 9]}
    )
    draw_subject_dots(axes, values, LineStyle("red"))
    (dots,) = axes.lines
    assert sorted(zip(*dots.get_data(), strict=True)) == [
        (2, 1.0), (2, 3.0), (2, 5.0), (9, 2.0), (9, 4.0), (9, 6.0),
    ]  # fmt: skip


def test_states_of_a_session_point_to_the_side_chosen(axes):
    score = xr.DataArray(np.arange(6.0).reshape(3, 2), dims=("trial", "component"))
    draw_session_states(axes, score, xr.DataArray([0, 1, 0], dims="trial"))
    left, right = axes.collections
    assert left.get_offsets().tolist() == [[0, 1], [4, 5]]
    assert right.get_offsets().tolist() == [[2, 3]]
    assert left.get_array().tolist() == [1, 3]  # colour is the trial
    tips = [marker.get_paths()[0].vertices[0, 0] for marker in (left, right)]
    assert tips[0] < 0 < tips[1]


def test_last_states_are_coloured_by_payoff_and_panels_share_limits():
    one, other = new_figure(4, 2).subplots(1, 2)
    score = xr.DataArray([[0.0, 1.0], [5.0, -3.0]], dims=("trial", "component"))
    points = draw_states(one, score, xr.DataArray([0.1, 0.9], dims="trial"))
    assert points.get_array().tolist() == [0.1, 0.9]
    assert points.get_clim() == (0, 1)
    draw_states(other, score * 3, xr.DataArray([0.1, 0.9], dims="trial"))
    align_state_spaces([one, other])
    assert one.get_xlim() == other.get_xlim()
    assert one.get_xlim()[1] >= 15
    assert one.get_ylabel()
    assert not other.get_ylabel()


def test_network_names_its_parts_and_its_size(axes):
    draw_network(axes, 48, ["observation", "last reward"])
    words = " ".join(text.get_text() for text in axes.texts)
    for word in ("48 units", "policy", "value", "observation", "last\nreward"):
        assert word in words
