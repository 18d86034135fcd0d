"""Learners whose functions fail, lose derivatives or leave their memory are refused by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.derivative_check import check_derivatives
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import ARMS, Learner, fraction, list_learners
from pfc_analysis.learners.definition.learner_error import LearnerError


class Plain(Learner):
    suits = ("bandit",)
    memory = {"value": (ARMS,)}
    alpha: float = fraction(0.3, "learning rate")

    def start(memory, p):
        memory.value[:] = 0

    def prefer(memory, p, preference):
        preference[:] = 3 * memory.value

    def update(memory, p, trial):
        memory.value[trial.choice] += p.alpha * (trial.reward - memory.value[trial.choice])


class Modulus(Plain):
    def update(memory, p, trial):
        memory.value[trial.choice] += p.alpha * abs(trial.reward - memory.value[trial.choice])


class RealPart(Plain):
    def update(memory, p, trial):
        memory.value[trial.choice] += p.alpha.real * (trial.reward - memory.value[trial.choice])


class Larger(Plain):
    def update(memory, p, trial):
        memory.value[trial.choice] = max(memory.value[trial.choice], p.alpha)


class DividesByZero(Plain):
    def update(memory, p, trial):
        memory.value[trial.choice] += p.alpha / (trial.reward - trial.reward)


class NotANumber(Plain):
    def prefer(memory, p, preference):
        preference[:] = np.nan


class WrongIndex(Plain):
    def update(memory, p, trial):
        memory.value[trial.choice + 5] += p.alpha


@pytest.fixture(scope="module")
def trials():
    rng = np.random.default_rng(1)
    choice, reward = rng.integers(0, 2, (2, 200))
    return read_fit_trials(
        pfc.load(pd.DataFrame({"choice": choice, "reward": reward}), subject="one"), "bandit"
    )


@pytest.mark.parametrize(
    ("learner", "said"),
    [
        (Modulus, "Modulus: the derivative of the log-likelihood by alpha is .* by differences"),
        (RealPart, "RealPart: the derivative of the log-likelihood by alpha is 0 "),
        (Larger, "Larger.update cannot be compiled"),
        (DividesByZero, "DividesByZero: .* raised ZeroDivisionError.* alpha 0.3"),
        (NotANumber, "NotANumber: the log-likelihood is not a finite number"),
        (WrongIndex, "WrongIndex: .* raised IndexError"),
    ],
)
def test_a_learner_that_fails_is_refused_by_name(learner, said, trials):
    with pytest.raises(LearnerError, match=said):
        check_derivatives(learner, trials)


@pytest.mark.parametrize("learner", [Plain, *list_learners("bandit").values()])
def test_a_learner_that_carries_its_derivatives_passes(learner, trials):
    check_derivatives(learner, trials)
