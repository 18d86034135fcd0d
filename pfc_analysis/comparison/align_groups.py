"""Give all groups the same questions, in the same order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.statistics.group_means import SubjectValues
from pfc_analysis.comparison.estimates import Estimates, Measured
from pfc_analysis.comparison.question import Question


def align_groups(groups: Sequence[Measured]) -> tuple[tuple[Question, ...], list[Measured]]:
    """Give every group the questions of all groups, with gaps where a recording has no answer.

    Parameters
    ----------
    groups : sequence of Measured
        What was measured in each group.

    Returns
    -------
    questions : tuple of Question
        In order of appearance.
    groups : list of Measured
        Each with all of these questions.
    """
    asked = {question.label: question for group in groups for question in group.questions}
    questions = tuple(asked.values())
    return questions, [_spread(group, questions) for group in groups]


def _spread(group: Measured, questions: tuple[Question, ...]) -> Measured:
    """Move a group's quantities to their places among all questions."""
    labels = [question.label for question in group.questions]
    place = np.array(
        [labels.index(q.label) if q.label in labels else -1 for q in questions], dtype=np.int64
    )
    if np.array_equal(place, np.arange(len(labels))):
        return group
    lacking = place < 0
    reason = np.array([f"the recording has no {q.needs!r}" for q in questions], dtype=object)

    def numbers(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(lacking, np.nan, values[..., place]))

    def estimates(rows: Estimates) -> Estimates:
        return Estimates(
            numbers(rows.value),
            numbers(rows.lower),
            numbers(rows.upper),
            np.where(lacking, 0, rows.n[:, place]),
            np.where(lacking, reason, rows.note[:, place]),
        )

    own = group.values
    return Measured(
        questions,
        estimates(group.subjects),
        estimates(group.sessions),
        SubjectValues(numbers(own.value), numbers(own.variance), numbers(own.freedom)),
        tuple("" if at < 0 else group.counted[at] for at in place),
        group.separated,
        group.points,
    )
