r"""Taking the last outcome and second-stage state as a cue for the next choice."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import INTEGER
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting

FIRST_CUE = 4
"""Cue of a session's first trial, which has no trial before; 0 to 3 are 2 * state + rewarded."""


class RewardAsCue(Learner):
    r"""Learner that takes the last outcome and second-stage state as a cue for the next choice.

    .. math::
        Q(k, c) &\leftarrow Q(k, c) + \alpha (r - Q(k, c)) \\
        P(a) &\propto \exp(\beta Q(k, a) + \kappa [a = c] + b [a = 1])

    with cue k one of four: the previous trial's second-stage state, rewarded (r above 0) or not; a
    fifth cue stands for a session's first trial. It needs many trials to learn (its memory, like
    every learner's, starts anew in each session): simulate it in sessions of about 10,000 trials.
    Rewards lie between 0 and 1, or -1 and 1.

    Prediction errors: 0 at the second stage, and r - Q(k, c) at the outcome.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (alpha 0.00344, inverse temperature
    4.46 in their reduced task; 10 sessions of 10,000 trials). Perseveration, bias and the values at
    the start of a session are settings of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.RewardAsCue(alpha=0.05)
    >>> task = TwoStep(trials=1000)
    >>> recording = pfc.simulate(learner, task, sessions=10, seed=1, subject="reward as cue")
    >>> late = recording.isel(trial=recording["trial_in_session"].values >= 500)
    >>> for name, part in {"whole session": recording, "second half": late}.items():
    ...     print(f"{name}: {float(part['reward'].mean()):.2f} rewards a trial")
    whole session: 0.61 rewards a trial
    second half: 0.63 rewards a trial

    Its memory begins anew in every session, so it earns more late in long sessions.
    """

    suits = ("two_step",)
    memory = {"cue_value": (FIRST_CUE + 1, 2), "cue": INTEGER, "last": INTEGER}

    alpha: float = fraction(0.00344, "learning rate", prior_mean=-2.0)
    inverse_temperature: float = positive(4.46, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    initial_value: float = setting(0.5, "all values at the start of a session")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """All values are equal; the cue is that of a first trial."""
        memory.cue_value[:] = p.initial_value
        memory.cue = FIRST_CUE
        memory.last = -1

    @staticmethod
    def expect(memory: Any, p: Any, value: Any) -> None:
        """Expect the values under the present cue."""
        value[:] = memory.cue_value[memory.cue]

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer choices by their values under the present cue."""
        for arm in range(2):
            stay = 1.0 if arm == memory.last else 0.0
            value = p.inverse_temperature * memory.cue_value[memory.cue, arm]
            preference[arm] = value + p.perseveration * stay + p.bias * arm

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the choice under its cue; the outcome then is the next cue."""
        cue, arm = memory.cue, trial.choice
        memory.cue_value[cue, arm] += p.alpha * (trial.reward - memory.cue_value[cue, arm])
        memory.cue = 2 * trial.second_state + trial.rewarded
        memory.last = arm

    @staticmethod
    def surprise(memory: Any, p: Any, trial: Any, error: Any) -> None:
        """Compare the reward with the value of the choice under its cue."""
        error[0] = 0.0
        error[1] = trial.reward - memory.cue_value[memory.cue, trial.choice]
