"""Panels of stimulation and of doses: what stands where."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.choices.stimulation import (
    draw_stimulated_stay,
    draw_stimulation_coefficients,
    label_stimulated_stay,
)
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.dose_response import (
    draw_dose_response,
    draw_reference,
    spread_small_doses,
)
from pfc_analysis.plotting.style import BLUE, INK, ORANGE, VERMILLION, new_figure

TYPES = ["common_rewarded", "common_unrewarded", "uncommon_rewarded", "uncommon_unrewarded"]


@pytest.fixture
def axes():
    return new_figure(4, 3).subplots()


@pytest.fixture
def effect() -> xr.Dataset:
    without = np.array([[0.9, 0.5, 0.4, 0.8], [0.8, 0.4, 0.3, 0.7], [1.0, 0.6, 0.5, 0.9]])
    stay = np.stack([without, without - 0.1], axis=2)
    dims = ("subject", "previous", "stimulated")
    return xr.Dataset(
        {
            "stay_probability": (dims, stay),
            "lower": (dims, stay - 0.05),
            "upper": (dims, stay + 0.05),
        },
        coords={
            "subject": ["a", "b", "c"],
            "previous": TYPES,
            "stimulated": ["not_stimulated", "stimulated"],
        },
    )


@pytest.fixture
def regression() -> xr.Dataset:
    names = ["stay", "outcome", "transition_x_outcome", "stimulated", "transition_x_stimulated"]
    values = np.arange(20.0).reshape(2, 2, 5) / 10
    return xr.Dataset(
        {"coefficient": (("subject", "lag", "predictor"), values)},
        coords={"subject": ["a", "b"], "lag": [1, 2], "predictor": names},
    )


def means_of(axes):
    """Open and filled dots of the means, from left to right."""
    dots = [line for line in axes.lines if line.get_marker() == "o" and line.get_markersize() > 3]
    return sorted(dots, key=lambda line: line.get_xdata()[0])


def test_pairs_stand_side_by_side_with_the_stimulated_one_filled(axes, effect):
    mean = summarise_subjects(effect, "stay_probability")
    assert draw_stimulated_stay(axes, effect, mean) is axes
    dots = means_of(axes)
    heights = [line.get_ydata()[0] for line in dots]
    assert heights == pytest.approx([0.9, 0.8, 0.4, 0.3, 0.5, 0.4, 0.8, 0.7])
    assert [line.get_markerfacecolor() for line in dots] == ["white", VERMILLION] * 4
    places = np.array([line.get_xdata()[0] for line in dots])
    gaps = np.diff(places)
    assert gaps[::2].max() < gaps[1::2].min()
    assert places.reshape(4, 2).mean(axis=1) == pytest.approx(axes.get_xticks())
    assert [text.get_text() for text in axes.get_xticklabels()] == [
        "common,\nrewarded", "uncommon,\nrewarded", "common,\nunrewarded", "uncommon,\nunrewarded",
    ]  # fmt: skip


def test_every_subject_is_a_thin_line_between_its_two_values(axes, effect):
    draw_stimulated_stay(axes, effect, summarise_subjects(effect, "stay_probability"))
    thin = [line for line in axes.lines if line.get_linewidth() == 0.5]
    assert len(thin) == 3 * 4
    drawn = np.sort(np.concatenate([line.get_ydata() for line in thin]))
    assert drawn == pytest.approx(np.sort(effect["stay_probability"].values.ravel()))
    assert all(np.diff(line.get_ydata()) == pytest.approx(-0.1) for line in thin)


def test_order_of_the_data_does_not_matter(axes, effect):
    turned = effect.isel(stimulated=[1, 0], previous=[3, 1, 0, 2])
    draw_stimulated_stay(axes, turned, summarise_subjects(turned, "stay_probability"))
    heights = [line.get_ydata()[0] for line in means_of(axes)]
    assert heights == pytest.approx([0.9, 0.8, 0.4, 0.3, 0.5, 0.4, 0.8, 0.7])


def test_one_subject_has_its_own_interval_and_no_thin_line(axes, effect):
    one = effect.isel(subject=[0])
    draw_stimulated_stay(axes, one, summarise_subjects(one, "stay_probability"))
    assert not [line for line in axes.lines if line.get_linewidth() == 0.5]
    spans = [part for bars in axes.collections for part in bars.get_segments()]
    assert [np.ptp(span[:, 1]) for span in spans] == pytest.approx([0.1] * 8)
    legend = label_stimulated_stay(axes, "mice").get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "not stimulated",
        "stimulated",
        "mice",
    ]


def test_reward_stands_beside_stimulation_with_the_published_direction(axes, regression):
    mean = summarise_subjects(regression, "coefficient")
    published = {"stimulated": 0.0, "transition_x_stimulated": 1.0, "outcome": -1.0}
    assert draw_stimulation_coefficients(axes, regression, mean, published, lag=2) is axes
    names = ["outcome", "stimulated", "transition_x_outcome", "transition_x_stimulated"]
    bars = [container.lines[0] for container in axes.containers]
    assert [line.get_color() for line in bars] == [INK, VERMILLION, INK, VERMILLION]
    assert [line.get_marker() for line in bars] == ["o", "s", "o", "s"]
    for line, name, place in zip(bars, names, axes.get_xticks(), strict=True):
        expected = regression["coefficient"].sel(lag=2, predictor=name).mean()
        assert line.get_ydata()[0] == pytest.approx(expected.item())
        assert line.get_xdata()[0] == place
    words = {text.xy[0]: text for text in axes.texts}
    places = dict(zip(names, axes.get_xticks(), strict=True))
    assert {place: text.get_text() for place, text in words.items()} == {
        places["outcome"]: "mice:\nless staying",
        places["stimulated"]: "mice:\nno effect",
        places["transition_x_stimulated"]: "mice:\nmore staying",
    }
    # They stand above all else, and do not stretch the axis of coefficients.
    axes.figure.draw_without_rendering()
    highest = axes.transData.transform((0, regression["coefficient"].sel(lag=2).max().item()))[1]
    assert min(text.get_window_extent().y0 for text in words.values()) > highest
    dots = [line for line in axes.lines if line.get_markersize() == 2]
    assert dots[0].get_ydata().tolist() == pytest.approx([0.6, 1.6])


def test_other_pairs_and_a_direction_that_is_none(axes, regression):
    mean = summarise_subjects(regression, "coefficient")
    draw_stimulation_coefficients(axes, regression, mean, {}, pairs=[("stay", "stimulated")])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["stay", "stimulation"]
    with pytest.raises(ValueError, match=r"direction of 'stimulated': found 0.5, expected -1, 0"):
        draw_stimulation_coefficients(axes, regression, mean, {"stimulated": 0.5})


def dose_curve(values, doses, dim="gain"):
    array = xr.DataArray(np.asarray(values, float), dims=("subject", dim), coords={dim: doses})
    array = array.assign_coords(subject=[f"r{i}" for i in range(len(values))])
    return array, summarise_subjects(xr.Dataset({"x": array}), "x")


def test_curves_of_two_groups_over_doses(axes):
    one, one_mean = dose_curve([[0.1, 0.2, 0.6], [0.3, 0.4, 0.8]], [0.5, 1, 4])
    two, two_mean = dose_curve([[0.0, 0.1], [0.2, 0.3]], [1, 2])
    styles = {"one": LineStyle(BLUE), "two": LineStyle(ORANGE)}
    means = {"one": one_mean, "two": two_mean}
    assert draw_dose_response(axes, {"one": one, "two": two}, means, styles) is axes
    curves = {line.get_label(): line for line in axes.lines if line.get_label() in styles}
    assert curves["one"].get_ydata() == pytest.approx(np.array([0.2, 0.3, 0.7]))
    assert curves["two"].get_xdata().tolist() == [1, 2]
    assert (curves["one"].get_color(), curves["two"].get_color()) == (BLUE, ORANGE)
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert [line.get_ydata().tolist() for line in dots] == [
        *one.values.tolist(),
        *two.values.tolist(),
    ]
    assert all(line.get_linestyle() == "None" for line in dots)
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(one_mean["upper"].max().item())
    assert axes.get_xticks().tolist() == [0.5, 1, 2, 4]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.5", "1", "2", "4"]
    assert axes.get_xscale() == "linear"


def test_lines_for_subjects_on_a_logarithmic_axis(axes):
    array, mean = dose_curve([[0.1, np.nan, 0.6], [0.3, 0.4, 0.8]], [0.01, 0.1, 1])
    draw_dose_response(
        axes, {"a": array}, {"a": mean}, {"a": LineStyle(BLUE)}, log=True, traces="lines"
    )
    thin = [line for line in axes.lines if line.get_linewidth() == 0.6]
    assert len(thin) == 2
    assert thin[1].get_ydata().tolist() == [0.3, 0.4, 0.8]
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.01", "0.1", "1"]


def test_one_subject_is_its_own_mean(axes):
    array, _ = dose_curve([[0.1, 0.2]], [0, 1])
    result = xr.Dataset({"x": array, "x_lower": array - 0.05, "x_upper": array + 0.05})
    mean = summarise_subjects(result, "x")
    draw_dose_response(axes, {"a": array}, {"a": mean}, {"a": LineStyle(BLUE)})
    assert len(axes.lines) == 1
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((0.05, 0.25))


def test_square_root_scale_spreads_small_doses(axes):
    axes.set_xlim(-0.04, 1)
    spread_small_doses(axes)
    zero, quarter, one, left = axes.transData.transform([(0, 0), (0.25, 0), (1, 0), (-0.04, 0)])[
        :, 0
    ]
    assert (quarter - zero) / (one - zero) == pytest.approx(0.5)
    assert (zero - left) / (one - zero) == pytest.approx(0.2)


def test_reference_line_is_named(axes):
    assert draw_reference(axes, 0.3, "mice") is axes
    (line,) = axes.lines
    assert set(line.get_ydata()) == {0.3}
    assert [text.get_text() for text in axes.texts] == ["mice"]
    draw_reference(axes, 0.3, "rats", below=True)
    axes.figure.draw_without_rendering()
    above, below = (text.get_window_extent() for text in axes.texts)
    assert above.y0 > axes.transData.transform((0, 0.3))[1] > below.y1


def test_what_cannot_be_drawn(axes):
    array, mean = dose_curve([[0.1, 0.2], [0.2, 0.3]], [0, 1])
    one = ({"a": array}, {"a": mean}, {"a": LineStyle(BLUE)})
    with pytest.raises(ValueError, match=r"curve 'a': found dose 0, expected doses above 0"):
        draw_dose_response(axes, *one, log=True)
    with pytest.raises(ValueError, match=r"traces: found 'dot', expected 'dots' or 'lines'"):
        draw_dose_response(axes, *one, traces="dot")
    with pytest.raises(ValueError, match=r"curve 'a': found values, but no mean or no style"):
        draw_dose_response(axes, {"a": array}, {}, {"a": LineStyle(BLUE)})
    with pytest.raises(ValueError, match=r"found doses \[1.0, 0.0\], expected ascending doses"):
        draw_dose_response(
            axes, {"a": array.isel(gain=[1, 0])}, {"a": mean}, {"a": LineStyle(BLUE)}
        )
