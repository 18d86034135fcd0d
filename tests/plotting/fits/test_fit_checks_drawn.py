"""Panels of units, parameters and checks hold the numbers of the result."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from pfc_analysis.packed_parts import unpack
from pfc_analysis.plotting.fits.confusion_cells import draw_confusion
from pfc_analysis.plotting.fits.estimate_rows import draw_estimates, draw_one_estimate
from pfc_analysis.plotting.fits.fit_panels import select_learner
from pfc_analysis.plotting.fits.model_rows import KIND_STYLES
from pfc_analysis.plotting.fits.panel_strip import list_first_columns, shape_strip, split_axes
from pfc_analysis.plotting.fits.predictive_rows import (
    colour_models,
    draw_predictions,
    list_main_measures,
)
from pfc_analysis.plotting.fits.recovery_rows import draw_recovery
from pfc_analysis.plotting.fits.unit_curves import draw_unit_curves, push_apart
from pfc_analysis.plotting.style import VERMILLION

from .fit_results import make_result
from .test_fit_rows import axes, marks, spans


@pytest.fixture(scope="module")
def result():
    return make_result(n_learners=4, units=(1, 2, 4), n_subjects=5)


def test_a_line_for_each_subject_over_units(result):
    ax = draw_unit_curves(axes(), result)
    networks = result["heldout"].values[:, 4:]
    lines = [line for line in ax.lines if line.get_marker() == "s"]
    np.testing.assert_allclose([line.get_ydata() for line in lines], networks)
    assert [line.get_xdata().tolist() for line in lines] == [[1, 2, 3]] * 5
    assert [label.get_text() for label in ax.get_xticklabels()] == ["best\nlearner", "1", "2", "4"]
    names = {text.get_text() for text in ax.texts}
    assert names == set(result["subject"].values)


def test_rings_mark_the_best_number_and_circles_the_best_learner(result):
    ax = draw_unit_curves(axes(), result)
    place = {1: 1, 2: 2, 4: 3}
    rings = {(x, y) for x, y, face in marks(ax, "o") if face == "none"}
    circles = [y for x, y, face in marks(ax, "o") if face != "none"]
    for subject in result["subject"].values:
        own = result.sel(subject=subject)
        n = int(own["n_units"])
        assert (place[n], float(own["heldout"].sel(model=f"gru_{n}"))) in rings
        assert float(own["heldout"].sel(model=str(own["best_learner"].item()))) in circles
    pale = [tuple(line.get_xdata()) for line in ax.lines if line.get_alpha() == 0.25]
    ends = [(place[int(a)], place[int(b)]) for a, b in
            zip(result["n_units_lower"], result["n_units_upper"], strict=True)]  # fmt: skip
    assert pale == ends


def test_the_ceiling_of_agents_has_a_place_of_its_own(result):
    known = result.assign(ceiling=("subject", np.linspace(0.7, 0.8, 5)))
    ax = draw_unit_curves(axes(), known)
    assert ax.get_xticklabels()[-1].get_text() == "own\npolicy"
    dashes = [(x, y) for x, y, _ in marks(ax, "_")]
    np.testing.assert_allclose(dashes, [(4, y) for y in known["ceiling"].values])


def test_names_are_pushed_apart_and_keep_their_order():
    wanted = np.array([0.1, 0.11, 0.12, 0.9])
    moved = push_apart(wanted, 0.05)
    assert (np.diff(moved) >= 0.05 - 1e-12).all()
    assert moved[:3].mean() == pytest.approx(wanted[:3].mean())
    assert moved[3] == 0.9
    assert push_apart(np.array([0.2, 0.8]), 0.1).tolist() == pytest.approx([0.2, 0.8])


def test_small_panels_show_the_parameters_of_one_learner(result):
    own = select_learner(result, "model_free_with_eligibility")
    n = own.sizes["estimated"]
    assert n == 7
    grid = list(Figure().subplots(1, n))
    draw_estimates(grid, own, list_first_columns(n))
    for number, ax in enumerate(grid):
        one = own.isel(estimated=number)
        assert ax.get_title().replace("\n", " ") == str(one["parameter"].item()).replace("_", " ")
        assert [x for x, _, _ in marks(ax, "o")] == one["estimate"].values.tolist()
        ends = zip(one["lower"].values, one["upper"].values, strict=True)
        assert {tuple(map(float, pair)) for pair in ends} <= set(spans(ax))


def test_an_interval_without_an_end_is_cut_and_has_an_arrow():
    one = xr.Dataset({
        "estimate": ("subject", [1.0, 1.2, 1.1]),
        "lower": ("subject", [0.9, 1.0, 1.0]),
        "upper": ("subject", [1.1, np.inf, np.nan]),
    })  # fmt: skip
    ax = draw_one_estimate(axes(), one)
    right = ax.get_xlim()[1]
    assert np.isfinite(right)
    assert right < 3
    assert [y for _, y, _ in marks(ax, ">")] == [1]
    assert marks(ax, "<") == []
    assert (0.9, 1.1) in spans(ax)
    assert not any(1.0 in span and np.isnan(span).any() for span in spans(ax))


def test_filled_marks_are_identifiable_parameters():
    part = unpack(make_result(n_learners=2, units=(), n_subjects=3),
                  "recovery_mixture_of_agents")  # fmt: skip
    part["identifiable"][:] = [1, 0, 1, 0, 0, 1, 1]
    ax = draw_recovery(axes(), part)
    found = marks(ax, "o")
    assert [x for x, _, _ in found] == part["r"].values[0].tolist()
    ground = ax.get_facecolor()[:3]
    assert [to_rgb(face) != ground for _, _, face in found] == [
        value == 1 for value in part["identifiable"].values
    ]
    small = [x for x, _, _ in marks(ax, ".")]
    assert small == part["r"].values[1:, part["identifiable"].values == 0].T.ravel().tolist()
    assert 0.9 in [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"]


def test_cells_hold_shares_and_frames_mark_models_that_pass_for_others(result):
    part = unpack(result, "confusion")
    ax = draw_confusion(axes(), part, result)
    shares = part["share"].values
    written = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text()
               for t in ax.texts}  # fmt: skip
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            assert float(written[row, column]) == pytest.approx(share, abs=0.0051)
        else:
            assert (row, column) not in written
    framed = {
        (round(patch.get_y() + 0.48), round(patch.get_x() + 0.48))
        for patch in ax.patches
        if not patch.get_fill() and to_rgb(patch.get_edgecolor()) == to_rgb(VERMILLION)
    }
    assert framed == {(0, 3)}
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows[0] == "mixture of agents  1"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3", "4"]


def test_long_names_of_models_are_hyphenated_and_take_several_lines(result):
    name = str(result["model"].values[0])
    long = result.assign_coords(
        title=result["title"].copy(data=["model-based, with a name of its own", *"abcdef"])
    )
    part = unpack(result, "confusion")
    place = part["generating"].values.tolist().index(name)
    ax = draw_confusion(axes(), part, long)
    written = ax.get_yticklabels()[place].get_text()
    assert written == f"model-based, with a name\nof its own  {place + 1}"


def test_diamonds_are_observed_and_bars_the_replicas(result):
    part = unpack(result, "predictions")
    measures = list_main_measures(part)
    assert "lag 1: common_rewarded" not in measures
    assert "better option, +1 trials from reversal" not in measures
    assert "reward" in measures
    grid = list(Figure().subplots(1, len(measures)))
    draw_predictions(grid, part, result, measures, [0])
    for ax, measure in zip(grid, measures, strict=True):
        one = part.sel(measure=measure)
        diamonds = marks(ax, "D")
        assert [x for x, _, _ in diamonds] == one["observed"].values.tolist()
        assert [y for _, y, _ in diamonds] == [0, 1, 2, 3, 4]
        for lines, learner in zip(ax.collections, part["learner"].values, strict=True):
            ends = np.array([path[:, 0] for path in lines.get_segments()])
            own = one.sel(learner=learner)
            np.testing.assert_allclose(ends, np.stack([own["lower"], own["upper"]], axis=1))


def test_several_learners_and_a_network_have_different_colours(result):
    names = ["model_based", "mixture_of_agents", "gru_4", "model_free"]
    colours = colour_models(result, names)
    assert list(colours) == names
    assert len(set(colours.values())) == 4
    assert colours["gru_4"] == KIND_STYLES["network"].colour


def test_only_first_columns_name_subjects(result):
    part = unpack(result, "predictions")
    grid = list(Figure().subplots(1, 2, sharey=False))
    draw_predictions(grid, part, result, ["reward", "better option"], [0])
    named = [ax.yaxis.get_tick_params()["labelleft"] for ax in grid]
    assert named == [True, False]


def test_small_panels_lie_inside_and_apart():
    ax = axes()
    assert shape_strip(8) == (2, 4)
    assert list_first_columns(8) == [0, 4]
    parts = split_axes(ax, 8)
    boxes = np.array([part.get_position().bounds for part in parts])
    outer = ax.get_position()
    assert (boxes[:, 0] >= outer.x0 - 1e-9).all()
    assert (boxes[:, 0] + boxes[:, 2] <= outer.x1 + 1e-9).all()
    assert (boxes[:, 1] >= outer.y0 - 1e-9).all()
    assert (boxes[:3, 0] + boxes[:3, 2] < boxes[1:4, 0]).all()
    assert (boxes[4:, 1] + boxes[4:, 3] < boxes[:4, 1]).all()
