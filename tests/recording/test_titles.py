"""Titles of recordings say what they are about, also of a selection."""

from __future__ import annotations

import pandas as pd

import pfc_analysis as pfc
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.tasks.two_step import TwoStep

TABLE = {"choice": ["left", "right"], "reward": [0, 1], "session": [1, 2]}


def load(*subjects: str):
    tables = [pd.DataFrame(TABLE | {"subject": [name] * 2}) for name in subjects]
    return pfc.load(pd.concat(tables, ignore_index=True))


def test_animals():
    recording = load("a", "b", "c")
    assert next(iter(recording.attrs)) == "title"
    assert recording.attrs["title"] == "3 subjects, 6 sessions as loaded from DataFrame"


def test_agents_and_learners():
    agents = pfc.record("two_step", sessions=2, units=False)
    assert next(iter(agents.attrs)) == "title"
    assert agents.attrs["title"] == (
        "8 agents (two_step), 2 sessions each as recorded, weights frozen. Two-step task: "
        "model-based behaviour and prediction errors (Figure 5)"
    )
    learner = pfc.simulate(
        pfc.learners.ModelFreeDirect(), TwoStep(), sessions=1, seed=1, subject="Q"
    )
    assert learner.attrs["title"] == "simulated learner 'Q' (two_step), 1 session as simulated"


def test_both_titles_stay_where_recordings_are_concatenated():
    whole = concatenate_recordings([load("a"), load("b", "c")])
    assert whole.attrs["title"] == [
        "1 subject, 2 sessions as loaded from DataFrame",
        "2 subjects, 4 sessions as loaded from DataFrame",
    ]


def test_results_name_analysis_and_recording():
    agents = pfc.record("two_step", sessions=2, units=False)
    result = pfc.analysis.compute_stay_probability(agents)
    assert list(result.attrs)[:3] == ["title", "analysis", "recording"]
    assert result.attrs["analysis"] == "compute_stay_probability"
    assert result.attrs["recording"] == agents.attrs["title"]
