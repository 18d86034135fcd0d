"""Questions of serial reversal: does the subject learn reversals faster, the more it has had?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import NONE
from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.correct_choices import NEEDS_CORRECT, read_correct
from pfc_analysis.comparison.measures.trial_proportions import measure_share
from pfc_analysis.comparison.measures.trials_to_criterion import (
    CRITERION,
    WINDOW,
    measure_trials_to_criterion,
)
from pfc_analysis.comparison.question import ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet


def _measure(group: Group) -> Measured:
    usable, units = group.usable, group.units
    reversals = measure_trials_to_criterion(usable, units, across_sessions=not group.agents)
    return join_measured([reversals, measure_correct(group)])


def measure_correct(group: Group) -> Measured:
    """Measure the share of choices that are correct."""
    correct = read_correct(group.usable)
    question = ask_probability("correct_share", "the share of correct choices")
    cell = np.where(group.usable.trials.predicted & (correct >= 0), 0, NONE)
    return measure_share(group.usable, group.units, question, correct == 1, cell)


QUESTIONS = QuestionSet(
    measure=_measure,
    needs={
        **NEEDS_CORRECT,
        "reversal_number": 'reversal_number = "COLUMN"  # reversals so far, 0 before the first',
    },
    note=(
        f"A reversal counts as learned once {CRITERION} of the last {WINDOW} choices were correct "
        "(Logan et al. 2023). The trend of learning is the change of the logarithm of the number "
        "of trials with each further reversal: below 0, reversals are learned ever faster."
    ),
)
