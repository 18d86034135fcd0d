"""Panels of learning sets: what is drawn is what was given."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.plotting.learning.learning_sets import draw_decoding, draw_problem_curves
from pfc_analysis.plotting.style import new_figure


@pytest.fixture
def axes():
    return new_figure(4, 4).subplots()


def test_a_curve_a_block_from_light_to_dark(axes):
    rng = np.random.default_rng(0)
    mean = rng.random((3, 4))
    dims = ("stage", "trial")
    curves = xr.Dataset(
        {"mean": (dims, mean), "lower": (dims, mean - 0.1), "upper": (dims, mean + 0.1)},
        {"stage": list("abc"), "trial": [1, 2, 3, 4]},
    )
    draw_problem_curves(axes, curves, ["first", "second", "last"])
    chance, *lines = axes.lines
    assert list(chance.get_ydata()) == [0.5, 0.5]
    assert [line.get_label() for line in lines] == ["first", "second", "last"]
    for line, row in zip(lines, mean, strict=True):
        assert np.array_equal(line.get_xdata(), [1, 2, 3, 4])
        assert np.array_equal(line.get_ydata(), row)
    shades = [int(line.get_color()[1:3], 16) + int(line.get_color()[3:5], 16) for line in lines]
    assert shades == sorted(shades, reverse=True)
    assert len(axes.collections) == 3
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx((mean[0] - 0.1).min())
    assert axes.get_xlim() == (0.6, 4.4)


def test_decoding_has_means_intervals_and_dots_of_the_trials_asked_for(axes):
    values = xr.DataArray(
        np.random.default_rng(1).random((2, 3, 4)),
        dims=("subject", "trial", "step"),
        coords={"subject": ["a", "b"], "trial": [1, 2, 6], "step": list("wxyz")},
    )
    mean = values.mean("subject")
    accuracy = xr.Dataset({"mean": mean, "lower": mean - 0.2, "upper": mean + np.nan})
    draw_decoding(axes, accuracy, values, [1, 6])
    labels = [container.get_label() for container in axes.containers]
    assert labels == ["trial 1", "trial 6"]
    for container, trial in zip(axes.containers, (1, 6), strict=True):
        middle, _, (bars,) = container.lines
        assert np.array_equal(middle.get_ydata(), mean.sel(trial=trial))
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        assert ends[:, 0] == pytest.approx(mean.sel(trial=trial).values - 0.2)
        assert ends[:, 1] == pytest.approx(mean.sel(trial=trial).values)  # no upper end is known
    dots = [line for line in axes.lines if line.get_marker() == "."]
    drawn = [line.get_ydata().tolist() for line in dots]  # a line a subject, trial by trial
    expected = values.sel(trial=[1, 6]).transpose("trial", "subject", "step").values
    assert drawn == expected.reshape(4, 4).tolist()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == list("wxyz")
