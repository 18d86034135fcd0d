"""Panels of Figure 3: what stands where."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.learning.volatile_sessions import (
    add_right_axis,
    draw_choice_marks,
    draw_phase_rates,
    draw_schedule,
    draw_trial_curves,
)
from pfc_analysis.plotting.style import BLUE, GREEN, GREY, ORANGE, VERMILLION, new_figure


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


def by_trial(values) -> xr.DataArray:
    return xr.DataArray(values, {"trial_in_session": np.arange(len(values))}, ("trial_in_session",))


def test_what_an_arm_pays_is_a_line_of_steps_and_volatile_phases_are_shaded(axes):
    probability = by_trial([0.75, 0.75, 0.2, 0.8, 0.25])
    assert draw_schedule(axes, probability, by_trial([1, 0, 1, 1, 0])) is axes
    (line,) = axes.lines
    assert line.get_drawstyle() == "steps-mid"
    assert line.get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert line.get_ydata().tolist() == [0.75, 0.75, 0.2, 0.8, 0.25]
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
    assert spans == [(0.5, 1.5), (2.5, 4.5)]


def test_a_phase_that_lasts_to_the_end_is_shaded_to_the_end(axes):
    draw_schedule(axes, by_trial([0.5, 0.5, 0.5]), by_trial([0, 1, 1]))
    (patch,) = axes.patches
    assert (patch.get_x(), patch.get_x() + patch.get_width()) == (1.5, 3.5)
    assert axes.get_xlim() == (0.5, 3.5)


def test_right_choices_are_marked_above_in_blue_and_left_ones_below_in_orange(axes):
    draw_choice_marks(axes, by_trial([1, 0, -1, 1]))
    left, right = axes.lines
    assert (left.get_color(), left.get_xdata().tolist()) == (ORANGE, [2])
    assert (right.get_color(), right.get_xdata().tolist()) == (BLUE, [1, 4])
    assert max(left.get_ydata()) < 0
    assert min(right.get_ydata()) > 1


def test_curves_count_trials_from_one(axes):
    values = by_trial([0.1, 0.2])
    curve = xr.Dataset({"mean": values, "lower": values - 0.1, "upper": values + 0.1})
    draw_trial_curves(axes, {"rate": curve}, {"rate": LineStyle(VERMILLION)})
    (line,) = axes.lines
    assert line.get_xdata().tolist() == [1, 2]
    assert line.get_ydata().tolist() == [0.1, 0.2]
    (band,) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].min() == pytest.approx(0.0)


def test_two_axes_carry_the_colours_of_what_they_measure(axes):
    other = add_right_axis(axes, ("learning rate", VERMILLION), ("volatility", GREEN))
    assert (axes.get_ylabel(), axes.yaxis.label.get_color()) == ("learning rate", VERMILLION)
    assert (other.get_ylabel(), other.yaxis.label.get_color()) == ("volatility", GREEN)
    assert other.yaxis.get_label_position() == "right"
    assert other.spines["right"].get_visible()


def test_rates_by_phase_with_references_at_their_right(axes):
    phases = ["stable_1", "volatile_1"]
    values = np.array([[0.1, 0.3], [0.2, 0.5]])
    rates = xr.Dataset(
        {"learning_rate": (("subject", "phase"), values)},
        coords={"subject": ["a", "b"], "phase": phases},
    )
    reference = xr.Dataset(  # labels in another order: they are matched by name
        {
            "mean": ("phase", [0.6, 0.4]),
            "lower": ("phase", [0.5, 0.3]),
            "upper": ("phase", [0.8, 0.6]),
        },
        coords={"phase": phases[::-1]},
    )
    mean = summarise_subjects(rates, "learning_rate")
    draw_phase_rates(axes, rates["learning_rate"], mean, {"observer": reference},
                     {"observer": LineStyle(GREY, marker="D")})  # fmt: skip
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["stable 1", "volatile 1"]
    dots = [line.get_ydata().tolist() for line in axes.lines if line.get_marker() == "o"]
    assert dots == [[0.1, 0.2], [0.3, 0.5]]
    (beside,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert beside.get_ydata().tolist() == [0.4, 0.6]
    assert all(0 < x - place < 0.5 for place, x in enumerate(beside.get_xdata()))
    bars = [c for c in axes.collections if len(c.get_segments()) == 2]
    assert [segment[:, 1].tolist() for segment in bars[0].get_segments()] == [
        pytest.approx([0.3, 0.6]),
        pytest.approx([0.5, 0.8]),
    ]
