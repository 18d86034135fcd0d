"""Sentences say no more than the numbers do."""

import numpy as np
import pytest

from pfc_analysis.analysis.statistics.bootstrap import Difference, GroupMean
from pfc_analysis.comparison.questions import Question
from pfc_analysis.comparison.sentences import Side, write_sentence, write_summary

QUESTION = Question("slope", "the slope", unit="log2")


def make_side(name, *values, n=6, population=True, reason=""):
    value = np.array(values, dtype=float)
    ones = np.ones(value.size)
    mean = GroupMean(
        value, ones, ones, np.zeros((2, value.size)), np.full(value.size, n), ones == population
    )
    return Side(name, mean, [reason] * value.size)


def make_difference(*rows, p=0.01):
    value, lower, upper = np.array(rows, dtype=float).T
    return Difference(value, lower, upper, np.full(value.size, p))


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ((0.5, 0.2, 0.8), "they differ by 0.5 [0.2, 0.8] (log2)."),
        (
            (0.5, -0.2, 1.2),
            "the two cannot be told apart, and the interval leaves room for differences from -0.2 "
            "to 1.2 (log2).",
        ),
        (
            (0.5, np.nan, np.nan),
            "they differ by 0.5 (log2), with no interval, so that nothing can be said of other "
            "subjects or other days.",
        ),
    ],
)
def test_sentences(difference, said):
    sides = make_side("agents", 1.0), make_side("rats", 0.5)
    found = write_sentence(QUESTION, 0, *sides, make_difference(difference))
    assert found == f"The slope is 1 in agents and 0.5 in rats; {said}"


def test_few_animals_are_named():
    sides = make_side("agents", 1.0), make_side("mice", 0.5, n=3, population=False)
    found = write_sentence(QUESTION, 0, *sides, make_difference((0.5, 0.2, 0.8)))
    assert found.endswith("[0.2, 0.8] (log2). This is about the 3 subject(s) of 'mice' only.")


def test_a_gap_has_its_reason():
    sides = make_side("agents", 1.0), make_side("mice", np.nan, n=0, reason="no such trial")
    found = write_sentence(QUESTION, 0, *sides, make_difference((np.nan, np.nan, np.nan)))
    assert found == (
        "The slope: not compared, because it could not be measured (mice: no such trial)."
    )


def test_the_summary_counts_headlines_only():
    detail = Question("weight", "the weight", headline=False)
    sides = make_side("agents", 1, 1, 1, 1), make_side("rats", 0, 0, 0, 0)
    difference = make_difference((1, 0.5, 2), (1, -0.5, 2), (1, 0.5, 2), (1, 0.1, 2))
    holm = np.array([0.01, 0.4, np.nan, 0.06])
    questions = (QUESTION, QUESTION, detail, QUESTION)
    found = write_summary(questions, *sides, difference, holm)
    assert found == (
        "Of 3 headline quantities, 3 could be compared with an interval. In 2 of these the 95 % "
        "interval of the difference between agents and rats leaves out 0; the intervals are not "
        "corrected for their number, so that about 1 in 20 would do so if nothing differed. With "
        "Holm's correction 1 remain(s). That the other 1 cannot be told apart does not make them "
        "equal: see how wide their intervals are."
    )
