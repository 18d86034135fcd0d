"""Pictures of fits and portraits: what they draw, say and refuse."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from pfc_analysis import plot
from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.packed_parts import pack
from pfc_analysis.plotting.fits.fit_panels import PANELS

from ..plotting.fits.fit_results import make_result
from ..plotting.portraits.portrait_results import (
    make_curves,
    make_field,
    make_fixed_points,
    make_points,
)

SAID = {
    "held_out": ("4 subjects", "about these subjects only", "chance (1 / 2)"),
    "difference": ("best learner", "filled dots"),
    "exceedance": ("protected exceedance probability", "diamonds"),
    "units": ("a line for each of 4 subjects", "Rings"),
    "recovery": ("mixture of agents", "100 simulated players", "r at least 0.9", "2 and 4 times"),
    "confusion": ("share of 50 simulated data sets", "by BIC", "more than 10 %"),
    "parameters": ("Parameters of mixture of agents", "95 % intervals"),
    "predictions": ("Diamonds, observed", "100 replicas", "mixture of agents, GRU, 2 units"),
}


@pytest.fixture(scope="module")
def result():
    return make_result(n_learners=3, units=(1, 2), n_subjects=4)


def test_every_panel_is_tested():
    assert set(SAID) | {"portraits"} == set(PANELS)


@pytest.mark.parametrize("show", SAID)
def test_every_panel_is_drawn_with_a_caption_that_names_its_marks(result, show):
    ax = Figure().subplots()
    drawn = plot.fit(result, ax, show=show)
    assert drawn is ax
    assert drawn.has_data() or all(part.has_data() for part in drawn.child_axes)
    assert drawn.get_xlabel()
    said = plot.caption(drawn)
    assert all(words in said for words in SAID[show])
    assert said.endswith(".")


def test_the_caption_of_five_subjects_is_about_their_population():
    said = plot.caption(plot.fit(make_result(n_learners=2, units=(), n_subjects=5)))
    assert "Student's t over 5 subjects" in said
    assert "networks" not in said


def test_one_subject_has_its_own_interval():
    said = plot.caption(plot.fit(make_result(n_learners=2, units=(1,), n_subjects=1)))
    assert "1 subject; lines, its 95 % interval over sessions" in said


def test_a_learner_that_is_asked_for_is_drawn(result):
    ax = plot.fit(result, show="parameters", learner="model_based")
    values = result["estimate"].sel(estimated="model_based bias").values.tolist()
    dots = [float(line.get_xdata()[0]) for line in ax.child_axes[-1].lines
            if line.get_marker() == "o"]  # fmt: skip
    assert dots == values
    assert "Parameters of model-based" in plot.caption(ax)


def test_measures_that_are_asked_for_are_drawn(result):
    ax = plot.fit(result, show="predictions", measures=["lag 1: common_rewarded", "reward"])
    titles = [part.get_title().replace("\n", " ") for part in ax.child_axes]
    assert titles == ["lag 1: common rewarded", "reward"]


def test_errors_name_what_is_missing_and_the_way_out(result):
    unchecked = make_result(n_learners=2, units=(1,), n_subjects=3, checks=False)
    with pytest.raises(MissingVariableError, match=r"no numbers for 'confusion'.*checks=True"):
        plot.fit(unchecked, show="confusion")
    with pytest.raises(MissingVariableError, match=r"networks of two sizes"):
        plot.fit(unchecked, show="units")
    with pytest.raises(MissingVariableError, match="which checks the best learners only"):
        plot.fit(result, show="recovery", learner="model_based")
    with pytest.raises(ValueError, match="show: found 'all', expected one of 'held_out'"):
        plot.fit(result, show="all")
    with pytest.raises(ValueError, match=r"learner: found 'planner'.*mixture_of_agents"):
        plot.fit(result, show="parameters", learner="planner")
    with pytest.raises(ValueError, match=r"measures: found 'speed'.*reward"):
        plot.fit(result, show="predictions", measures=["speed"])
    with pytest.raises(MissingVariableError, match=r"the result of pfc\.fit"):
        plot.fit(xr.Dataset())


def test_portraits_of_curves_points_and_arrows():
    said = plot.caption(plot.portrait(make_curves((0, 1)), fixed_points=make_fixed_points()))
    for words in ("choice 1 against choice 0", "dashed lines", "Diamonds", "blue, rewarded"):
        assert words in said
    said = plot.caption(plot.portrait(make_points((-1,))))
    assert "60 trials" in said
    assert "Diamonds" not in said
    assert "uncommon" not in said
    grid = plot.portrait(make_field())
    assert len(grid.child_axes) == 4
    assert grid.child_axes[3].get_title().replace("\n", " ") == "choice 1, rewarded"
    one = plot.portrait(make_field(), kind="choice 0, reward 1")
    assert not one.child_axes
    assert "after choice 0, rewarded" in plot.caption(one)


def test_portraits_of_a_result_are_those_of_its_subjects(result):
    name = str(result["subject"].values[1])
    ax = plot.portrait(result, subject=name)
    own = make_curves((0, 1))["change"].values * 1.2
    drawn = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == own.shape[1]]
    np.testing.assert_allclose(drawn, own)
    assert sum(line.get_marker() in ("D", "x") for line in ax.lines) == 3
    assert plot.caption(ax).startswith(f"A network of one unit, fitted to {name}. ")
    with pytest.raises(ValueError, match=f"subject: found 'nobody', expected one of .*{name}"):
        plot.portrait(result, subject="nobody")
    with pytest.raises(MissingVariableError, match="no portrait 'field'; it has 'curves'"):
        plot.portrait(result, show="field")


def test_trials_of_the_best_learner_are_those_of_its_subject(result):
    points = make_points((-1,))
    owner = np.where(np.arange(60) < 20, "a", "b")
    packed = pack(points.assign_coords(owner=("point", owner)), "points")
    ax = plot.portrait(result.merge(packed), show="points", subject="b")
    n = sum(len(line.get_xdata()) for line in ax.lines if line.get_alpha() == 0.6)
    assert n == 40
    assert plot.caption(ax).startswith("The best learner, fitted to b. ")


def test_no_portrait_and_no_such_kind():
    with pytest.raises(MissingVariableError, match="`change` by `trial_kind`"):
        plot.portrait(xr.Dataset())
    with pytest.raises(ValueError, match=r"kind: found 'win', expected one of 'choice 0"):
        plot.portrait(make_field(), kind="win")
