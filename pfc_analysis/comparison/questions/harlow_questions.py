"""Questions of Harlow's task: how soon in a problem does the subject choose correctly?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import NONE
from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.correct_choices import NEEDS_CORRECT, read_correct
from pfc_analysis.comparison.measures.trial_proportions import Cells, measure_cells
from pfc_analysis.comparison.question import ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet

FIRST_TRIALS = 6
"""Trials of a problem (Wang et al. 2018, Fig. 6)."""


def measure_problem_trials(group: Group) -> Measured:
    """Measure the share of correct choices in trial 1, 2, ... of a problem; a session is one."""
    usable = group.usable
    correct, place = read_correct(usable), usable.trials.position
    counted = usable.trials.predicted & (correct >= 0) & (place < FIRST_TRIALS)
    questions = tuple(
        ask_probability("correct_share", f"correct choices in trial {n} of a problem", f"trial {n}")
        for n in range(1, FIRST_TRIALS + 1)
    )
    cell = np.where(counted, place, NONE)
    cells = Cells(questions, (correct == 1).astype(np.float64), cell, np.eye(FIRST_TRIALS))
    return measure_cells(usable, group.units, cells)


QUESTIONS = QuestionSet(measure=measure_problem_trials, needs=NEEDS_CORRECT)
