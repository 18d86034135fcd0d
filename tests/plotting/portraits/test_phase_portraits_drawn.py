"""Phase portraits hold the numbers of the dataset, and kinds of trial can be told apart."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from pfc_analysis.plotting.portraits.portrait_curves import draw_portrait_curves
from pfc_analysis.plotting.portraits.portrait_field import draw_portrait_field
from pfc_analysis.plotting.portraits.portrait_styles import list_kind_styles
from pfc_analysis.plotting.style import BLUE, TRIAL_TYPE_STYLES, VERMILLION

from .portrait_results import make_curves, make_field, make_fixed_points, make_points


def axes():
    return Figure().subplots()


@pytest.mark.parametrize("states", [(0, 1), (-1,)])
def test_every_kind_of_trial_looks_different(states):
    styles = list_kind_styles(make_curves(states))
    looks = [(one.colour, one.line, one.marker, one.filled) for one in styles.values()]
    assert len(set(looks)) == len(looks) == 4 * len(states)
    assert len({one.title for one in styles.values()}) == len(looks)


def test_colour_is_reward_and_dashes_an_uncommon_transition():
    portrait = make_curves((0, 1))
    for kind, style in list_kind_styles(portrait).items():
        one = portrait.sel(trial_kind=kind)
        common = int(one["choice"]) == int(one["second_state"])
        rewarded = float(one["reward"]) == 1
        name = f"{'common' if common else 'uncommon'}_{'rewarded' if rewarded else 'unrewarded'}"
        assert (style.colour, style.line, style.marker) == TRIAL_TYPE_STYLES[name]
        assert style.filled == (int(one["choice"]) == 1)
        assert style.title == f"choice {int(one['choice'])}, {name.replace('_', ', ')}"


def test_more_than_two_rewards_have_colours_and_names_of_their_own():
    portrait = make_curves((-1,), rewards=(-1.0, 0.0, 1.0))
    styles = list_kind_styles(portrait)
    assert len({(one.colour, one.filled) for one in styles.values()}) == 6
    assert styles["choice 0, reward -1"].title == "choice 0, reward -1"


def test_curves_are_changes_over_log_odds():
    portrait = make_curves((0, 1))
    ax = draw_portrait_curves(axes(), portrait)
    curves = [line for line in ax.lines if len(line.get_xdata()) == portrait.sizes["point"]]
    np.testing.assert_array_equal([line.get_ydata() for line in curves], portrait["change"])
    for line in curves:
        np.testing.assert_array_equal(line.get_xdata(), portrait["log_odds"])
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == [style.title for style in list_kind_styles(portrait).values()]
    assert draw_portrait_curves(axes(), portrait, legend=False).get_legend() is None


def test_trials_are_points_of_their_kind():
    portrait = make_points((-1,))
    ax = draw_portrait_curves(axes(), portrait)
    by_title = {line.get_label(): line for line in ax.lines}
    for number, style in enumerate(list_kind_styles(portrait).values()):
        own = portrait.isel(point=(portrait["kind"] == number).values)
        np.testing.assert_array_equal(by_title[style.title].get_ydata(), own["change"])
        assert own.sizes["point"] > 0


def test_fixed_points_are_filled_where_stable_and_crosses_where_neutral():
    ax = draw_portrait_curves(axes(), make_curves((-1,)), make_fixed_points())
    found = {line.get_xdata()[0]: line for line in ax.lines if line.get_marker() in ("D", "x")}
    assert set(found) == {2.0, -2.0, 0.5}
    assert [found[x].get_marker() for x in (2.0, -2.0, 0.5)] == ["D", "D", "x"]
    faces = [to_rgb(found[x].get_markerfacecolor()) for x in (2.0, -2.0)]
    assert faces[0] != faces[1] == ax.get_facecolor()[:3]


@pytest.mark.parametrize(("kind", "colour"), [(0, VERMILLION), (3, BLUE)])
def test_arrows_are_the_changes_of_the_state(kind, colour):
    field = make_field()
    ax = draw_portrait_field(axes(), field, kind, make_fixed_points())
    quiver = ax.collections[0]
    assert to_rgb(quiver.get_facecolor()[0]) == to_rgb(colour)
    own = field["state_change"].isel(trial_kind=kind)
    for (x, y), u, v in zip(quiver.get_offsets(), quiver.U, quiver.V, strict=True):
        expected = own.sel(first_unit=x, second_unit=y).values
        np.testing.assert_array_equal([u, v], expected)
    longest = np.hypot(quiver.U, quiver.V).max() / quiver.scale
    between = np.diff(np.unique(np.asarray(quiver.get_offsets())[:, 0])).min()
    assert longest <= 1.3 * between + 1e-12
    drawn = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines]
    states = make_fixed_points()["state"].values[make_fixed_points()["kind"].values == kind]
    assert drawn == [tuple(state) for state in states]


def test_the_dotted_line_is_where_both_choices_are_equally_probable():
    field = make_field()
    ax = draw_portrait_field(axes(), field, 0)
    path = ax.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(path[:, 0] + 0.5 * path[:, 1], 0, atol=1e-9)
    one_sided = field.assign(log_odds=field["log_odds"] + 9)
    assert len(draw_portrait_field(axes(), one_sided, 0).collections) == 1


def test_short_arrows_keep_their_length():
    field = make_field()
    small = field.assign(state_change=xr.zeros_like(field["state_change"]) + 0.01)
    assert draw_portrait_field(axes(), small, 0).collections[0].scale == 1
