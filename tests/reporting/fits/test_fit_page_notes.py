"""Notes on single fits are grouped, and name or count the subjects that they are about."""

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.fitting.estimation import fit_notes
from pfc_analysis.fitting.estimation.start_searches import Search
from pfc_analysis.learners import QLearning
from pfc_analysis.reporting.fits.fit_page_notes import lay_out_notes, split_notes

EDGE = (
    "The likelihood of alpha is highest at the end of its range (0), so it has no standard error."
)
LOW = "The choices set no lower limit to alpha."
STARTS = (
    "Only one of 5 starts reached this maximum; the next best ended 2.67 lower in log-likelihood. "
    "More starts may find a higher one."
)


def list_rows(notes, held_out=None, left_out=()):
    """Rows of the section; `notes` has one list for each model, with one text for each subject."""
    notes = np.array(notes, dtype=str)
    result = xr.Dataset(
        {
            "fit_note": (("model", "subject"), notes),
            "heldout_note": (("model", "subject"), held_out or np.full(notes.shape, "")),
        },
        coords={
            "model": [f"m{k}" for k in range(len(notes))],
            "title": ("model", [f"model {k}" for k in range(len(notes))]),
            "subject": [f"s{k}" for k in range(notes.shape[1])],
        },
        attrs={"left_out": list(left_out)},
    )
    return list(lay_out_notes(result).parts[0].rows)


def test_equal_notes_stand_once_with_their_subjects():
    rows = list_rows([[f"{EDGE} {LOW}", "", f"{EDGE} {LOW}", LOW], ["", LOW, "", ""]])
    assert rows == [
        f"model 0, 2 of 4 subjects (s0, s2): {EDGE}",
        f"model 0, 3 of 4 subjects (s0, s2, s3): {LOW}",
        f"model 1, s1: {LOW}",
    ]


def test_notes_on_the_same_subjects_stand_together():
    assert list_rows([[f"{EDGE} {LOW}"] * 2]) == [
        f"model 0, 2 of 2 subjects (s0, s1): {EDGE} {LOW}"
    ]


def test_many_subjects_are_counted():
    rows = list_rows([[LOW] * 7 + [""] * 13], left_out=["subject 'x' has no choice"])
    assert rows[0] == "Left out: subject 'x' has no choice."
    assert rows[1] == f"model 0, 7 of 20 subjects: {LOW}"
    assert "The table of the fit" in rows[2]


def test_a_single_subject_is_not_named():
    assert list_rows([[STARTS]], held_out=[[LOW]]) == [f"model 0: {STARTS} {LOW}"]


def test_what_is_said_of_a_fold_stays_with_it():
    rows = list_rows([["", EDGE]], held_out=[[f"Fold 1: {STARTS} {EDGE} Fold 3: {STARTS}", ""]])
    assert rows == [
        f"model 0, s0: Fold 1: {STARTS} {EDGE} Fold 3: {STARTS}",
        f"model 0, s1: {EDGE}",
    ]


def make_notes():
    """Notes of every function of `fit_notes`."""
    free = list(QLearning.parameters())
    nan, inf = np.nan, np.inf
    ends = [Search(np.zeros(2), value) for value in (-5.0, -7.67, -inf)]
    return [
        *fit_notes.describe_searches(ends),
        *fit_notes.describe_edges(free, np.array([-9.0, 9.0]), np.array([True, True])),
        *fit_notes.describe_singular(free, np.diag([nan, 1.0]), np.array([True, True])),
        *fit_notes.describe_limits(free, np.array([[nan, nan], [0.0, inf]])),
        *fit_notes.describe_robust(free, np.eye(2), 9 * np.eye(2), 50),
        *fit_notes.describe_rivals(free, [np.array([0.1, 0.2])]),
    ]


def test_every_note_that_a_fit_makes_is_split_off():
    notes = make_notes()
    assert len(notes) == 9
    assert split_notes(" ".join(notes)) == notes
    assert split_notes("") == []


@pytest.mark.parametrize("text", ["Something else. And more.", LOW])
def test_other_texts_stay_whole(text):
    assert split_notes(text) == [text]
