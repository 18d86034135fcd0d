"""Choices that nothing is learned from, whose fits have closed forms."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import TRIAL
from pfc_analysis.learners.definition.parameters import real


class Biased(Learner):
    """Chooses 1 with a probability whose log-odds are its bias."""

    memory: ClassVar = {"nothing": ()}
    bias: float = real(0.0, "bias to choice 1")

    @staticmethod
    def start(memory, p):
        memory.nothing = 0

    @staticmethod
    def prefer(memory, p, preference):
        preference[0] = 0
        preference[1] = p.bias

    @staticmethod
    def update(memory, p, trial):
        memory.nothing = 0


def list_choices(ones, length: int) -> np.ndarray:
    """Sessions of `length` choices, each with some choices of 1, which come first."""
    return np.concatenate([np.repeat([1, 0], [k, length - k]) for k in ones])


def make_trials(choice, reward=None, *, length: int, subject=None) -> FitTrials:
    """Sessions of one length, from arrays (trial,); `subject` (session,), one if not given."""
    choice = np.asarray(choice)
    records = np.zeros(choice.size, TRIAL)
    records["choice"], records["second_state"] = choice, -1
    records["reward"] = 0.0 if reward is None else reward
    records["rewarded"] = records["reward"] > 0
    records["predicted"] = records["learned"] = 1
    first = np.arange(0, choice.size + 1, length)
    subject = np.zeros(first.size - 1, dtype=np.int64) if subject is None else np.array(subject)
    return FitTrials(
        questions="bandit",
        subjects=tuple(f"s{k}" for k in range(subject.max() + 1)),
        subject=subject,
        session=np.arange(first.size - 1),
        first=first,
        records=records,
        rows=np.arange(choice.size),
        n_arms=2,
        reward_scale=1.0,
    )
