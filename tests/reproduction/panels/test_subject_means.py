"""Subjects and their mean, as curves and in columns."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.plot.subject_means import (
    draw_columns,
    draw_dose_curves,
    draw_mean_curve,
    select_first_subject,
)
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.style import BLUE, new_figure


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


@pytest.fixture
def result() -> xr.Dataset:
    values = [[0.0, 1.0, 2.0], [2.0, 3.0, 7.0]]
    return xr.Dataset(
        {"weight": (("subject", "lag"), values)}, {"subject": ["a", "b"], "lag": [1, 2, 3]}
    )


@pytest.mark.parametrize("dots", [True, False])
def test_curve_is_the_mean_and_dots_are_the_subjects(axes, result, dots):
    assert draw_mean_curve(axes, result, "weight", "all", LineStyle(BLUE), dots=dots) is axes
    *subjects, mean = axes.lines
    assert mean.get_label() == "all"
    assert mean.get_ydata() == pytest.approx(np.array([1.0, 2.0, 4.5]))
    assert len(subjects) == dots
    if dots:
        assert subjects[0].get_ydata().tolist() == [0, 2, 1, 3, 2, 7]


def test_columns_hold_subjects_mean_and_published_values(axes, result):
    named = result.assign_coords(lag=["first", "second", "third"])
    assert draw_columns(axes, named, "weight", {"second": 4.0}) is axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["first", "second", "third"]
    (published,) = (line for line in axes.lines if line.get_marker() == "D")
    assert (published.get_xdata()[0], published.get_ydata()[0]) == (1, 4.0)


def test_dose_curves_of_groups(axes, result):
    groups = {"one": result, "other": result + 1}
    styles = dict.fromkeys(groups, LineStyle(BLUE))
    assert draw_dose_curves(axes, groups, "weight", styles) is axes
    means = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert means["other"] == pytest.approx(means["one"] + 1)


def test_first_subject_is_that_of_the_first_trial():
    subject = xr.Variable("trial", ["b", "b", "a"])
    recording = xr.Dataset({"choice": ("trial", [0, 1, 1])}, {"subject": subject})
    assert select_first_subject(recording)["choice"].values.tolist() == [0, 1]
