"""Panels of risky choice: what stands where."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.choices.preference import (
    draw_directions,
    draw_preference,
    label_preference,
)
from pfc_analysis.plotting.style import new_figure

BEST = xr.DataArray([21.0, 96.0], {"probability": [0.125, 0.5]}, ("probability",))
VALUES = {"control": [[20.0, 90.0], [30.0, 80.0]], "experimental": [[60.0, 95.0], [50.0, 99.0]]}


@pytest.fixture
def axes():
    return new_figure(4, 3).subplots()


@pytest.fixture
def preference() -> dict[str, xr.DataArray]:
    coords = {"subject": ["a", "b"], "probability": [0.125, 0.5]}
    return {
        name: xr.DataArray(values, coords, ("subject", "probability"), name="risky_preference")
        for name, values in VALUES.items()
    }


def means_of(preference):
    return {
        name: summarise_subjects(values.to_dataset(), "risky_preference")
        for name, values in preference.items()
    }


def test_bars_stand_in_pairs_with_the_likelier_pay_first(axes, preference):
    draw_preference(axes, preference, means_of(preference), {}, BEST)
    bars = [(round(bar.get_x() + bar.get_width() / 2, 2), bar.get_height()) for bar in axes.patches]
    assert bars == [(0.0, 85.0), (0.85, 97.0), (2.4, 25.0), (3.25, 55.0)]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["p = 0.5", "p = 0.125"]


def test_a_line_joins_what_a_subject_does_without_and_with(axes, preference):
    draw_preference(axes, preference, means_of(preference), {}, BEST)
    joined = [line.get_ydata().tolist() for line in axes.lines if len(line.get_xdata()) == 2]
    assert [90.0, 95.0] in joined
    assert [30.0, 50.0] in joined


def test_a_learner_is_a_cross(axes, preference):
    learner = {name: values.mean("subject") + 1.0 for name, values in preference.items()}
    draw_preference(axes, preference, means_of(preference), learner, BEST)
    crosses = sorted(line.get_ydata()[0] for line in axes.lines if line.get_marker() == "x")
    assert crosses == [26.0, 56.0, 86.0, 98.0]
    legend = label_preference(axes, "a learner").figure.legends[0]
    names = [text.get_text() for text in legend.texts]
    assert names == ["control", "experimental", "one agent", "a learner", "Bayes-optimal, control"]


def test_the_best_player_is_a_line_across_control(axes, preference):
    draw_preference(axes, preference, means_of(preference), {}, BEST)
    lines = [path.vertices for c in axes.collections for path in c.get_paths()]
    across = {(round(v[0, 0], 2), round(v[1, 0], 2), v[0, 1]) for v in lines if len(v) == 2}
    assert {(-0.45, 0.45, 96.0), (1.95, 2.85, 21.0)} <= across


def test_directions_point_where_the_study_says(axes):
    draw_directions(axes, {"x": ("blocked", -1.0, 11), "y": ("raised", 1.0, 9)})
    arrows = [text.xy for text in axes.texts if text.arrow_patch is not None]
    assert arrows == [(0, -0.5), (1, 0.5)]
    assert {"n = 11", "n = 9", "blocked", "raised"} <= {text.get_text() for text in axes.texts}
    assert np.allclose(axes.get_yticks(), [-0.5, 0.5])
