"""The figure of a fit has the panels whose numbers are in the result, with letters and caption."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from pfc_analysis.plotting.style import figure_style
from pfc_analysis.reporting.fits.fit_figure import draw_fit, draw_fit_for_page
from pfc_analysis.reporting.fits.fit_figure_plan import describe_fit_figure, plan_rows

from ...plotting.fits.fit_results import make_result


def letters(figure):
    """Letters and titles of panels, in the order of the letters."""
    found = {}
    for axes in figure.axes:
        own = [text.get_text() for text in axes.texts if re.fullmatch("[a-z]", text.get_text())]
        for letter in own:
            found[letter] = axes.get_title(loc="left")
    for part in figure.subfigs:
        for head in part.subfigs:
            texts = [text.get_text() for text in head.texts]
            if texts:
                found[texts[1]] = texts[0]
    return dict(sorted(found.items()))


def list_texts(axes):
    """List the texts around a panel that are drawn; labels beyond the limits are not."""
    texts = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
    for axis, which in ((axes.xaxis, 0), (axes.yaxis, 1)):
        low, high = sorted(axis.get_view_interval())
        if axis.get_tick_params().get("labelleft", True):
            texts += [
                one for one in axis.get_ticklabels() if low <= one.get_position()[which] <= high
            ]
    return [one for one in texts if axes.axison and one.get_visible() and one.get_text()]


def overlaps(figure):
    """List pairs of texts that are drawn over each other."""
    renderer = figure.canvas.get_renderer()
    texts = [text for axes in figure.axes for text in list_texts(axes)]
    boxes = [text.get_window_extent(renderer) for text in texts]
    return [
        (texts[i].get_text(), texts[j].get_text())
        for i in range(len(texts))
        for j in range(i)
        if boxes[i].shrunk(0.98, 0.8).overlaps(boxes[j].shrunk(0.98, 0.8))
    ]


SIZES = {
    "many": {},
    "few": {"n_learners": 3, "units": (1, 2, 4), "n_subjects": 2},
}


@pytest.fixture(scope="module")
def drawn():
    with figure_style():  # ticks that are made late take the settings of their time
        figures = {name: draw_fit(make_result(**size)) for name, size in SIZES.items()}
        for figure in figures.values():
            figure.draw_without_rendering()  # labels of axes take their places
        yield figures


def test_all_panels_have_a_letter_and_a_title(drawn):
    assert letters(drawn["many"]) == {
        "a": "held-out choices",
        "b": "against the best learner",
        "c": "exceedance",
        "d": "number of units",
        "e": "recovery",
        "f": "confusion",
        "g": "parameters of mixture of agents",
        "h": "predictive checks",
        "i": "networks of one unit",
    }


def test_panels_without_numbers_are_left_out():
    with figure_style():
        figure = draw_fit(make_result(n_learners=2, units=(1,), n_subjects=3, checks=False))
    assert list(letters(figure).values()) == [
        "held-out choices", "against the best learner", "parameters of mixture of agents",
    ]  # fmt: skip


def test_networks_alone():
    with figure_style():
        figure = draw_fit(make_result(n_learners=0, units=(1, 2), n_subjects=3, checks=False))
    assert list(letters(figure).values()) == [
        "held-out choices", "against the best learner", "number of units",
    ]  # fmt: skip


def test_a_fit_without_held_out_sessions_has_its_parameters():
    result = make_result(n_learners=2, units=(), n_subjects=1, checks=False)
    for name in ("heldout", "difference", "group_heldout", "group_difference"):
        for end in ("", "_lower", "_upper"):
            result[f"{name}{end}"][:] = np.nan
    result["best_learner"] = ("subject", [""])
    with figure_style():
        assert list(letters(draw_fit(result)).values()) == ["parameters of mixture of agents"]


@pytest.mark.parametrize("name", SIZES)
def test_no_label_lies_over_another_and_none_is_cut(drawn, name):
    figure = drawn[name]
    assert figure.get_figwidth() == pytest.approx(180 / 25.4)
    assert overlaps(figure) == []
    renderer, box = figure.canvas.get_renderer(), figure.bbox
    legends = [
        legend for part in figure.subfigs for body in part.subfigs for legend in body.legends
    ]
    assert len(legends) == 2
    for legend in legends:
        assert box.x0 <= legend.get_window_extent(renderer).x0
        assert legend.get_window_extent(renderer).x1 <= box.x1
    for axes in figure.axes:
        for text in list_texts(axes):
            own = text.get_window_extent(renderer)
            assert own.x0 >= box.x0 - 1, text.get_text()
            assert own.x1 <= box.x1 + 1, text.get_text()
            assert own.y0 >= box.y0 - 1, text.get_text()


def test_a_confusion_matrix_of_many_models_has_a_row_of_its_own():
    many, few = (make_result(n_learners=n, units=(1, 2), n_subjects=3) for n in (8, 3))
    assert ("confusion",) in [row.panels for row in plan_rows(many)]
    assert ("units", "recovery", "confusion") in [row.panels for row in plan_rows(few)]


def test_the_caption_has_a_paragraph_for_each_panel(drawn):
    caption = describe_fit_figure(make_result())
    assert caption[0] == "14 learners and 4 networks, fitted to 6 subjects."
    assert [text[:3] for text in caption[1:]] == [f"{one}, " for one in letters(drawn["many"])]


def test_the_page_has_a_light_and_a_dark_figure():
    result = make_result(n_learners=2, units=(1,), n_subjects=3, checks=False)
    figure = draw_fit_for_page(result)
    light, dark = (
        base64.b64decode(one.partition("base64,")[2]).decode()
        for one in (figure.light, figure.dark)
    )
    assert "mixture of agents" in light
    assert "#e7e9ec" in dark.lower()
    assert "#e7e9ec" not in light.lower()
    assert figure.caption == describe_fit_figure(result)
    assert figure.alt == figure.caption[0]


def test_the_same_result_gives_the_same_bytes():
    result = make_result(n_learners=0, units=(1,), n_subjects=2, checks=False)
    assert draw_fit_for_page(result) == draw_fit_for_page(result)
