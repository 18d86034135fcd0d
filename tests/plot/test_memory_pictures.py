"""Pictures of memory hold the numbers of their analyses."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import pfc_analysis.analysis as an
from pfc_analysis import plot
from pfc_analysis.analysis.errors import SeparationError
from pfc_analysis.analysis.memory.memory_indices import INDICES
from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep


def play(weight: float, n: int = 3):
    learner = an.EpisodicLearner(incremental_model_based=1.0, episodic_model_based=weight)
    task = EpisodicTwoStep()
    return join_recordings(
        [simulate(learner, task, sessions=12, seed=s, subject=f"s{s}") for s in range(n)]
    )


@pytest.fixture(scope="module")
def recording():
    return play(2.0)


def test_bars_and_dots_are_stay_probabilities(recording):
    ax = plot.cued_stay(recording, Figure().subplots())
    stay = an.compute_cued_stay(recording)["stay_probability"]
    tops = sorted(bar.get_y() + bar.get_height() for bar in ax.patches)
    mean = an.summarise_subjects(an.compute_cued_stay(recording), "stay_probability")["mean"]
    np.testing.assert_allclose(tops, sorted(mean.values.ravel()), rtol=1e-12)
    dots = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == "o"])
    np.testing.assert_allclose(np.sort(dots), np.sort(stay.values.ravel()), rtol=1e-12)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["reward", "none"] * 3
    titles = [text.get_text() for text in ax.texts]
    assert titles == ["last, no cue", "last, with a cue", "cued trial"]


def test_a_result_is_drawn_like_its_recording(recording):
    ax = plot.cued_stay(an.compute_cued_stay(recording), Figure().subplots(), legend=False)
    assert len(ax.patches) == 12
    fitted = an.fit_memory_indices(recording)
    drawn = plot.memory_indices(fitted, Figure().subplots())
    again = plot.memory_indices(recording, Figure().subplots())
    for one, other in zip(drawn.lines, again.lines, strict=True):
        np.testing.assert_array_equal(one.get_ydata(), other.get_ydata())


def test_dots_are_indices_in_their_order(recording):
    ax = plot.memory_indices(recording, Figure().subplots())
    fitted = an.fit_memory_indices(recording)
    dots = [line.get_ydata() for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(dots, [fitted[name].values for name in INDICES], rtol=1e-12)
    labels = [text.get_text().replace("\n", "") for text in ax.get_xticklabels()]
    assert labels == [
        "incrementalmodel-based",
        "incrementalmodel-free",
        "episodicmodel-based",
        "episodicmodel-free",
    ]


def test_determined_choices_are_shrunk_and_the_caption_says_so():
    sure = play(300.0, 2)
    ax = plot.memory_indices(sure, Figure().subplots())
    assert "Indices are shrunk by a ridge of 1." in plot.caption(ax)
    with pytest.raises(SeparationError):
        plot.memory_indices(sure, Figure().subplots(), ridge=0.0)
