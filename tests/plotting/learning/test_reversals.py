"""Panels of serial reversal: what stands where."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.plotting.learning.reversals import (
    AGENT,
    ANIMAL,
    draw_problem_rate,
    draw_trials_to_criterion,
)
from pfc_analysis.plotting.style import new_figure

ON = ("subject", "reversal_number")


@pytest.fixture
def axes():
    return new_figure(4, 3).subplots()


@pytest.fixture
def animals() -> xr.DataArray:
    trials = [[30.0, 80.0, 60.0, 90.0], [50.0, 60.0, 40.0, np.nan], [40.0, 70.0, np.nan, np.nan]]
    return xr.DataArray(trials, {"subject": ["x", "y", "z"], "reversal_number": range(4)}, ON)


@pytest.fixture
def agents() -> xr.DataArray:
    trials = [[20.0, 21.0, 22.0], [24.0, 23.0, 22.0]]
    return xr.DataArray(trials, {"subject": ["a", "b"], "reversal_number": range(3)}, ON)


def lines_of(axes, colour: str) -> list[list[float]]:
    return [line.get_ydata().tolist() for line in axes.lines if line.get_color() == colour]


def draw(axes, animals, agents, **settings):
    ideal = xr.DataArray([20.0] * 4, {"reversal_number": range(4)}, ("reversal_number",))
    means = compute_subject_mean(animals), compute_subject_mean(agents)
    return draw_trials_to_criterion(axes, animals, means[0], agents, means[1], ideal, **settings)


def test_each_animal_is_a_line_and_the_mean_ends_where_one_is_left(axes, animals, agents):
    draw(axes, animals, agents)
    lines = lines_of(axes, ANIMAL)
    for one in animals.values:
        assert any(np.array_equal(one, line, equal_nan=True) for line in lines)
    assert [40.0, 70.0, 50.0] in lines


def test_agents_are_dots_and_a_mean(axes, animals, agents):
    draw(axes, animals, agents)
    assert [22.0, 22.0, 22.0] in lines_of(axes, AGENT)
    dots = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert sorted(dots[0].get_ydata()) == [20.0, 21.0, 22.0, 22.0, 23.0, 24.0]
    assert len(set(dots[0].get_xdata())) == 6  # side by side


def test_numbers_of_animals_left_stand_above(axes, animals, agents):
    draw(axes, animals, agents, animal_name="crows", note="they were stopped")
    texts = [text.get_text() for text in axes.texts]
    assert texts[:5] == ["3", "3", "2", "1", "crows"]
    assert [text.get_position()[0] for text in axes.texts[:4]] == [0, 1, 2, 3]
    assert texts[-1] == "they were stopped"
    names = [text.get_text() for text in axes.get_legend().texts]
    assert names[0].startswith("crows: each")
    assert names[1:] == ["agents, weights frozen: each, mean", "ideal observer"]


def test_axis_of_trials_is_logarithmic_with_room_for_all(axes, animals, agents):
    draw(axes, animals, agents)
    assert axes.get_yscale() == "log"
    assert axes.get_yticks().tolist() == [10, 20, 50, 100]
    low, high = axes.get_ylim()
    assert low < 20 < 90 < high
    assert "trials" in axes.get_ylabel()


def test_without_agents_there_are_animals_alone(axes, animals, agents):
    draw(axes, animals, agents.isel(reversal_number=slice(0, 0)))
    assert not lines_of(axes, AGENT)
    assert [text.get_text() for text in axes.get_legend().texts][1:] == ["ideal observer"]


def test_rate_runs_over_trials_lived_through(axes, animals):
    lived = 10.0 * (1 + animals["reversal_number"]) + 0 * animals
    rate = xr.Dataset({"problem_rate": 100 / animals, "trials": lived})
    several = rate.isel(reversal_number=slice(0, 3))
    mean = compute_subject_mean(several["problem_rate"])
    mean = mean.assign(trials=several["trials"].mean("subject"))
    trained = xr.DataArray(
        [[0.1, 4.0], [0.3, 5.0]],
        {"subject": ["a", "b"], "trials_trained": [1000, 9000]},
        ("subject", "trials_trained"),
    )
    draw_problem_rate(axes, rate, mean, trained, compute_subject_mean(trained), 5.0)
    found = {tuple(line.get_xdata()): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(found[10.0, 20.0, 30.0], mean["mean"])
    agent = next(line for line in axes.lines if line.get_color() == AGENT)
    np.testing.assert_allclose(agent.get_ydata(), [0.2, 4.5])
    assert agent.get_xdata().tolist() == [1000, 9000]
    assert [0.1, 4.0, 0.3, 5.0] in [list(line.get_ydata()) for line in axes.lines]
    assert any(list(line.get_ydata()) == [5.0, 5.0] for line in axes.lines)
    assert axes.get_xscale() == "log"
    assert axes.get_yticks().tolist() == [0, 1, 2, 3, 4, 5]
    names = [text.get_text() for text in axes.get_legend().texts]
    assert names == ["birds, over reversals", "agents, over training", "ideal observer"]
