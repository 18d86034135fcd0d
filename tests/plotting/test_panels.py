"""Panels: what stands where. Pictures are looked at by people; positions are tested here."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import (
    compute_subject_mean,
    summarise_subjects,
)
from pfc_analysis.plotting.choices.history_weights import (
    draw_history_weights,
    draw_planning_weights,
)
from pfc_analysis.plotting.choices.stay_probability import draw_stay_probability, label_bars
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.neurons.prediction_error import draw_prediction_error
from pfc_analysis.plotting.schematic import draw_two_step_task
from pfc_analysis.plotting.style import figure_style, new_figure, save_figure
from pfc_analysis.tasks.two_step import TwoStep

TYPES = ["common_rewarded", "common_unrewarded", "uncommon_rewarded", "uncommon_unrewarded"]


@pytest.fixture
def axes():
    return new_figure(3, 3).subplots()


@pytest.fixture
def stay() -> xr.Dataset:
    values = np.array([[0.9, 0.5, 0.4, 0.8], [1.0, 0.6, 0.5, 0.9], [0.8, 0.4, 0.3, 0.7]])
    dims = ("subject", "previous")
    return xr.Dataset(
        {
            "stay_probability": (dims, values),
            "lower": (dims, values - 0.05),
            "upper": (dims, values + 0.05),
        },
        coords={"subject": ["a", "b", "c"], "previous": TYPES},
    )


def test_bars_are_means_and_dots_are_subjects(axes, stay):
    mean = summarise_subjects(stay, "stay_probability")
    assert draw_stay_probability(axes, stay, mean, {"uncommon_rewarded": 0.637}) is axes
    tops = sorted(bar.get_y() + bar.get_height() for bar in axes.patches)
    assert tops == pytest.approx([0.4, 0.5, 0.8, 0.9])
    by_marker = {
        marker: [line for line in axes.lines if line.get_marker() == marker] for marker in "oD"
    }
    drawn = np.sort(np.concatenate([line.get_ydata() for line in by_marker["o"]]))
    assert drawn == pytest.approx(np.sort(stay["stay_probability"].values.ravel()))
    assert [line.get_ydata() for line in by_marker["D"]] == [[0.637]]


def test_rewarded_bars_stand_left_and_common_ones_are_blue(axes, stay):
    draw_stay_probability(axes, stay, summarise_subjects(stay, "stay_probability"), {})
    bars = sorted(axes.patches, key=lambda bar: bar.get_x())
    tops = [bar.get_y() + bar.get_height() for bar in bars]
    assert tops == pytest.approx([0.9, 0.4, 0.5, 0.8])
    colours = [bar.get_facecolor() for bar in bars]
    assert colours[0] == colours[2] != colours[1] == colours[3]


def test_one_subject_has_its_own_interval_and_no_dot(axes, stay):
    one = stay.isel(subject=[0])
    draw_stay_probability(axes, one, summarise_subjects(one, "stay_probability"), {})
    assert not [line for line in axes.lines if line.get_marker() == "o"]
    spans = [segment for bars in axes.collections for segment in bars.get_segments()]
    assert sorted(np.ptp(span[:, 1]) for span in spans) == pytest.approx([0.1] * 4)


def test_legend_names_the_published_study(axes):
    texts = [text.get_text() for text in label_bars(axes, "A et al.").figure.legends[0].texts]
    assert texts == ["common", "uncommon", "A et al."]


@pytest.fixture
def history() -> xr.Dataset:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 2, 4))
    return xr.Dataset(
        {"coefficient": (("subject", "lag", "trial_type"), weights)},
        coords={"subject": ["a", "b", "c"], "lag": [1, 2], "trial_type": TYPES},
    )


def test_history_lines_are_means_over_subjects(axes, history):
    weights = history["coefficient"]
    draw_history_weights(axes, weights, compute_subject_mean(weights))
    lines = [c.lines[0] for c in axes.containers]
    assert len(lines) == 4
    for line, name in zip(lines, TYPES, strict=True):
        expected = weights.sel(trial_type=name).mean("subject")
        assert line.get_ydata() == pytest.approx(expected.values)
        assert np.round(line.get_xdata()).tolist() == [1, 2]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [name.replace("_", " ") for name in TYPES]


def test_planning_weights_are_shares_over_lags(axes):
    mean = xr.Dataset(
        {name: ("lag", [3.0, -1.0]) for name in ("mean", "lower", "upper")},
        coords={"lag": [1, 2]},
    )
    draw_planning_weights(axes, {"agents": mean, "learner": mean})
    one, other = (container.lines[0] for container in axes.containers)
    assert one.get_ydata() == pytest.approx([0.75, -0.25])
    # Colour is not all that tells curves apart.
    assert one.get_marker() != other.get_marker()


def test_prediction_errors_are_dots_by_event_with_a_line(axes):
    points = xr.Dataset(
        {"rpe": ("point", [0.5, -0.5, 1.0]), "model_based": ("point", [0.4, -0.6, 0.9])},
        coords={"event": ("point", ["second_state", "second_state", "outcome"])},
    )
    line = xr.Dataset({"slope": 2.0, "intercept": 0.1})
    draw_prediction_error(axes, points, "model_based", line)
    dots = {line.get_label(): line.get_xydata().tolist() for line in axes.lines[:2]}
    assert dots == {"second stage": [[0.4, 0.5], [-0.6, -0.5]], "reward": [[0.9, 1.0]]}
    assert axes.lines[2].get_xydata() == pytest.approx(np.array([[-0.6, -1.1], [0.9, 1.9]]))


def test_dots_stand_in_their_column(axes):
    values = xr.DataArray(
        [[0.8, 0.1], [0.9, 0.2]], dims=("subject", "kind"), coords={"kind": ["x", "y"]}
    )
    draw_dots(axes, values, compute_subject_mean(values), {"y": 0.5})
    by_place = {
        int(np.round(line.get_xdata()).mean()): line
        for line in axes.lines
        if line.get_marker() == "o"
    }
    assert by_place[0].get_ydata().tolist() == [0.8, 0.9]
    assert by_place[1].get_ydata().tolist() == [0.1, 0.2]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["x", "y"]


def test_schematic_shows_the_tasks_own_numbers(axes):
    settings = TwoStep(common_probability=0.7, reward_probability=0.6).settings()
    draw_two_step_task(axes, settings)
    texts = {text.get_text() for text in axes.texts}
    assert {"0.7", "0.3", "reward 0.6", "reward 0.4", "change roles: 0.025 a trial"} <= texts


def test_style_ends_with_its_block():
    before = dict(mpl.rcParams)
    with figure_style():
        assert mpl.rcParams["svg.hashsalt"] == "pfc_analysis"
    assert dict(mpl.rcParams) == before


def test_saved_twice_same_bytes(tmp_path):
    def draw(folder: str) -> list[bytes]:
        with figure_style():
            figure = new_figure(2, 2)
            figure.subplots().plot([0, 1], [1, 0], "o-", rasterized=True)
            return [path.read_bytes() for path in save_figure(figure, tmp_path / folder, "f")]

    assert draw("a") == draw("b")
