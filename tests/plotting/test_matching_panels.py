"""Panels of Figure 2: what stands where."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.choices.matching_line import draw_matching, draw_matching_lines
from pfc_analysis.plotting.choices.reward_history import draw_reward_history
from pfc_analysis.plotting.neurons.unit_coding import draw_shares, draw_unit_coding
from pfc_analysis.plotting.style import BLUE, GREY, new_figure


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


def test_points_are_rewards_to_the_right_choices_upwards(axes):
    points = xr.Dataset(
        {"log_reward_ratio": ("point", [-1.0, 2.0]), "log_choice_ratio": ("point", [-0.5, 1.0])}
    )
    draw_matching(axes, points, BLUE, "trained")
    (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert dots.get_xdata().tolist() == [-1.0, 2.0]
    assert dots.get_ydata().tolist() == [-0.5, 1.0]
    assert "rewards" in axes.get_xlabel()
    assert "choices" in axes.get_ylabel()


def test_a_line_a_subject(axes):
    fit = xr.Dataset({"slope": ("subject", [0.5, 1.0]), "intercept": ("subject", [0.0, 1.0])})
    draw_matching_lines(axes, fit, reach=2.0)
    assert [line.get_ydata().tolist() for line in axes.lines] == [[-1.0, 1.0], [-1.0, 3.0]]


def test_weights_by_lag_with_the_present_at_the_right(axes):
    lags = {"lag": [1, 2, 3]}
    values = np.array([[3.0, 2.0, 1.0], [5.0, 2.0, 1.0]])
    history = xr.Dataset(
        {
            "reward_weight": (("subject", "lag"), values),
            "choice_weight": (("subject", "lag"), -values),
        },
        coords=lags,
    )
    means = {name: summarise_subjects(history, f"{name}_weight") for name in ("reward", "choice")}
    draw_reward_history(axes, history, means, {1: 1.25})
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["reward then"].get_ydata().tolist() == [4.0, 2.0, 1.0]
    assert lines["choice then"].get_ydata().tolist() == [-4.0, -2.0, -1.0]
    assert lines["monkeys, reward"].get_data() == ([1], [1.25])
    left, right = axes.get_xlim()
    assert left < right


@pytest.fixture
def coding() -> xr.Dataset:
    r = np.array([[[0.5, -0.9], [0.1, 0.0]]])
    dims = ("subject", "factor", "unit")
    return xr.Dataset(
        {
            "partial_correlation": (dims, r),
            "significant_family_wise": (dims, np.array([[[1, 1], [0, 0]]])),
            "mean_absolute": (dims[:2], abs(r).mean(-1)),
            "mean_absolute_lower": (dims[:2], abs(r).mean(-1) - 0.01),
            "mean_absolute_upper": (dims[:2], abs(r).mean(-1) + 0.01),
            "mean_absolute_null": (dims[:2], np.array([[0.2, 0.3]])),
        },
        coords={"subject": ["a"], "factor": ["last_action", "value"]},
    )


def test_units_are_dots_their_mean_a_bar_and_chance_a_dashed_line(axes, coding):
    draw_unit_coding(axes, coding, summarise_subjects(coding, "mean_absolute"))
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([0.7, 0.05])
    dots = {
        line.get_color(): sorted(line.get_ydata().tolist())
        for line in axes.lines
        if line.get_marker() == "." and len(line.get_ydata())
    }
    assert dots[BLUE] == [0.5, 0.9]
    assert dots[GREY] == [0.0, 0.1]
    dashed = [line.get_ydata() for line in axes.lines if line.get_linestyle() == "--"]
    chance = [drawn[0] for drawn in dashed if len(drawn)]  # without the key's
    assert chance == [0.2, 0.3]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["last\naction", "value"]


def test_published_shares_are_hatched_bars(axes):
    draw_shares(axes, {"last_action": 0.06, "value": 0.58})
    assert [bar.get_height() for bar in axes.patches] == [0.06, 0.58]
    assert all(bar.get_hatch() for bar in axes.patches)
