"""Questions of risky choice: how often does the subject take the risk?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import NONE, check_values, read_variable
from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.trial_proportions import measure_share
from pfc_analysis.comparison.question import ask_probability
from pfc_analysis.comparison.question_set import Group, QuestionSet


def measure_risk(group: Group) -> Measured:
    """Measure the share of free choices that are of the risky option."""
    usable = group.usable
    risky = read_variable(usable.recording, "risky_choice")
    check_values("risky_choice", risky, np.isin(risky, (0, 1, NONE)), "0, 1 or -1 (none)")
    question = ask_probability("risky_share", "the share of risky choices")
    cell = np.where(usable.trials.predicted & (risky >= 0), 0, NONE)
    return measure_share(usable, group.units, question, risky == 1, cell)


QUESTIONS = QuestionSet(
    measure=measure_risk,
    needs={
        "risky_choice": 'others = { risky_choice = { column = "COLUMN", long_name = "1 where the '
        'risky option was chosen" } }'
    },
)
