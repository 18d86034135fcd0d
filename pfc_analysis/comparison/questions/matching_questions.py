"""Questions of the matching task: does the subject match, and what does it learn from?"""

from __future__ import annotations

from pfc_analysis.comparison.estimates import Measured, join_measured
from pfc_analysis.comparison.measures.matching_regression import describe_points, measure_line
from pfc_analysis.comparison.measures.reward_weights import (
    ARMS_MODEL,
    FIT_NOTE,
    measure_reward_weights,
)
from pfc_analysis.comparison.question_set import Group, QuestionSet

N_LAGS = 15
"""Trials back that the regression looks."""


def _measure(group: Group) -> Measured:
    line = measure_line(group.usable, group.units, group.rng)
    return join_measured([line, measure_reward_weights(group, N_LAGS)])


QUESTIONS = QuestionSet(
    measure=_measure,
    mixed=ARMS_MODEL,
    remark=describe_points,
    note=(
        "The matching line is fitted to the logarithm of the ratio of choices on that of rewards: "
        "a slope of 1 is matching, a slope below 1 undermatching, and the intercept is the bias to "
        f"the right. {FIT_NOTE}"
    ),
)
