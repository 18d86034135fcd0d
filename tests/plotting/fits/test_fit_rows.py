"""Rows of models hold the numbers of the result, in the order that a reader looks for."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from pfc_analysis.plotting.fits.exceedance_bars import draw_exceedance
from pfc_analysis.plotting.fits.held_out_rows import draw_difference, draw_held_out
from pfc_analysis.plotting.fits.model_rows import find_main_learner, place_rows

from .fit_results import make_result


@pytest.fixture(scope="module")
def result():
    return make_result(n_learners=5, units=(2, 1))


def axes():
    return Figure().subplots()


def marks(ax, marker):
    """All marks of one kind: (x, y, face)."""
    return [
        (x, y, line.get_markerfacecolor())
        for line in ax.lines
        if line.get_marker() == marker
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def spans(ax):
    """Ends of horizontal lines."""
    return [
        tuple(line.get_xdata())
        for line in ax.lines
        if len(line.get_xdata()) == 2 and line.get_linestyle() == "-"
    ]


def test_learners_from_the_best_down_then_networks_by_size(result):
    names = list(place_rows(result))
    value = result["group_heldout"].sel(model=names[:5]).values
    assert (np.diff(value) <= 0).all()
    assert names[5:] == ["gru_1", "gru_2"]
    heights = list(place_rows(result).values())
    assert (np.diff(heights) > 0).all()
    assert heights[5] - heights[4] > heights[4] - heights[3]


@pytest.mark.parametrize(
    ("draw", "name"), [(draw_held_out, "heldout"), (draw_difference, "difference")]
)
def test_dots_are_subjects_and_marks_their_mean_with_its_interval(result, draw, name):
    ax = draw(axes(), result)
    drawn = [x for x, _, _ in marks(ax, "o") + marks(ax, "s")]
    assert np.isin(result[name].values, drawn).all()
    assert np.isin(result[f"group_{name}"].values, drawn).all()
    ends = zip(result[f"group_{name}_lower"].values, result[f"group_{name}_upper"].values,
               strict=True)  # fmt: skip
    assert {tuple(map(float, pair)) for pair in ends} <= set(spans(ax))
    squares = [x for x, _, _ in marks(ax, "s")]
    networks = result[f"group_{name}"].values[result["kind"].values == "network"]
    assert sorted(squares) == sorted(networks)


def test_rows_are_named_in_their_places(result):
    ax = draw_held_out(axes(), result)
    places = place_rows(result)
    titles = [str(result["title"].sel(model=name).item()) for name in places]
    assert [label.get_text() for label in ax.get_yticklabels()] == titles
    assert ax.get_yticks().tolist() == list(places.values())
    assert ax.yaxis_inverted()


def test_filled_dots_are_subjects_whose_interval_leaves_out_0(result):
    ax = draw_difference(axes(), result)
    low, high = result["difference_lower"].values, result["difference_upper"].values
    clear = result["difference"].values[(low > 0) | (high < 0)]
    means = result["group_difference"].values
    filled = [x for x, _, face in marks(ax, "o") if face != "none" and x not in means]
    assert sorted(filled) == sorted(clear)
    assert 0 < clear.size < low.size


def test_the_line_of_chance_is_drawn_if_the_number_of_arms_is_known(result):
    dotted = [line.get_xdata()[0] for line in draw_held_out(axes(), result).lines
              if line.get_linestyle() == ":"]  # fmt: skip
    assert dotted == [0.5]
    unknown = result.assign_attrs(n_arms=4)
    assert 0.25 in [line.get_xdata()[0] for line in draw_held_out(axes(), unknown).lines]
    del unknown.attrs["n_arms"]
    assert ":" not in [line.get_linestyle() for line in draw_held_out(axes(), unknown).lines]


def test_a_subject_without_held_out_sessions_is_left_out():
    result = make_result(n_learners=2, units=(1,), n_subjects=3)
    for name in ("heldout", "difference"):
        for end in ("", "_lower", "_upper"):
            result[f"{name}{end}"][0] = np.nan
    drawn = [x for x, _, _ in marks(draw_held_out(axes(), result), "o")]
    assert np.isin(result["heldout"].values[1:], drawn).all()


def test_bars_are_protected_exceedance_and_diamonds_frequencies(result):
    ax = draw_exceedance(axes(), result)
    order = list(place_rows(result))
    bars = [bar.get_width() for bar in ax.patches]
    np.testing.assert_allclose(bars, result["protected_exceedance"].sel(model=order))
    diamonds = [x for x, _, _ in marks(ax, "D")]
    np.testing.assert_allclose(diamonds, result["model_frequency"].sel(model=order))


def test_the_main_learner_wins_most_subjects(result):
    winners = result.copy()
    winners["best_learner"] = ("subject", ["model_free"] * 2 + ["hybrid"] * 2 + ["", "gone"])
    assert find_main_learner(winners) == "hybrid"  # of equals, the first by name
    winners["best_learner"] = ("subject", [""] * 6)
    assert find_main_learner(winners) == "mixture_of_agents"
