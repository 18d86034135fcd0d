"""Panels of Figure R2: curves of late learning, doses without a value, directions in rats."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.plotting.style import new_figure
from pfc_analysis.reproduction.agents.rival_agents import NETWORKS, PREDICTS, REWARD
from pfc_analysis.reproduction.panels import rival_error_panels as panels
from pfc_analysis.reproduction.panels.rival_panels import LOOKS


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


def on(dim, labels, values):
    array = xr.DataArray(values, {"subject": ["a", "b"], dim: labels}, ("subject", dim))
    return array.to_dataset(name="found")


def test_late_learning_has_a_line_for_each_replica_and_one_for_the_mean(axes):
    late, early = ([[0.5, 0.7], [0.5, 0.6]], [[0.4, 0.5], [0.5, 0.5]])
    curves = {
        onset: on("update", [12, 24], values).rename(found="reward")
        for onset, values in (("from the start", early), ("late", late))
    }
    panels.draw_late_learning(axes, curves, PREDICTS, "b", 0.6)
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["errors teach late"].get_ydata() == pytest.approx([0.5, 0.65])
    assert lines["errors teach from the start"].get_linestyle() == "--"
    thin = [line for line in axes.lines if line.get_linewidth() == 0.4]
    assert sorted(line.get_ydata()[1] for line in thin) == [0.5, 0.5, 0.6, 0.7]


def test_doses_without_a_value_are_left_out(axes):
    curve = on("share", [0.0, 0.5, 1.0], [[0.9, 0.1, np.nan], [0.7, 0.1, np.nan]])
    panels.draw_silenced(axes, {REWARD: curve}, "found", "r\u00b2")
    mean = next(line for line in axes.lines if line.get_label() == REWARD)
    assert mean.get_xdata().tolist() == [0.0, 0.5]
    assert mean.get_ydata() == pytest.approx([0.8, 0.1])
    assert [float(tick.get_text()) for tick in axes.get_xticklabels()][::2] == [0.0, 0.5, 1.0]


def test_weakened_training_has_a_curve_for_each_network(axes):
    values = {REWARD: [[0.0, 5.0], [0.0, 7.0]], PREDICTS: [[1.0, 4.0], [3.0, 4.0]]}
    curves = {name: on("dose", [0.0, 1.0], own) for name, own in values.items()}
    panels.draw_weakened(axes, curves, "found", "planning index")
    means = {line.get_label(): line for line in axes.lines if line.get_label() in values}
    assert means[REWARD].get_ydata() == pytest.approx([0.0, 6.0])
    assert means[PREDICTS].get_ydata() == pytest.approx([2.0, 4.0])
    assert means[PREDICTS].get_color() == LOOKS[PREDICTS][0]


def test_directions_in_rats_stand_above_their_manipulation(axes):
    change = xr.DataArray(
        np.arange(12.0).reshape(3, 2, 2), dims=("network", "manipulation", "subject"),
        coords={"network": list(NETWORKS), "manipulation": ["less", "more"]},
    )  # fmt: skip
    names = {"less": "blocked", "more": "raised"}
    panels.draw_risky_changes(axes, change, {"less": -1.0, "more": 1.0}, names)
    arrows = {text.xy[0]: text.get_text() for text in axes.texts if "rats" in text.get_text()}
    assert arrows == {0: "rats \N{DOWNWARDS ARROW}", 1: "rats \N{UPWARDS ARROW}"}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["blocked", "raised"]
