"""Learners for the two-step task that use a hidden or a remembered state.

Akam, Costa & Dayan (2015) asked which strategies, besides planning, make choices that look planned;
these are their answers. The interface is `pfc_analysis.analysis.learners.learner.Learner`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import (
    LearnerState,
    PredictionErrors,
    check_fraction,
)
from pfc_analysis.analysis.learners.two_step_rules import (
    ValueLearner,
    expect_over_transitions,
    prediction_errors,
    valid_trials,
)

FIRST_CUE = 4
"""Cue of a session's first trial, which has no trial before; 0 to 3 are 2 * state + rewarded."""

TIE = 1e-12
"""Expected rewards that differ by less count as equal, since rounding errors are smaller."""


@dataclass(frozen=True)
class RewardAsCue(ValueLearner):
    r"""Learner that takes the last outcome and second-stage state as a cue for the next choice.

    .. math:: Q(c, a) \leftarrow Q(c, a) + \alpha (r - Q(c, a))

    with cue c one of four: the previous trial's second-stage state, rewarded or not (a fifth cue,
    for a session's first trial). Choices follow a softmax of Q(c, .). It needs many trials to
    learn (its memory, like every learner's, starts anew in each session): simulate it in
    sessions of about 10,000 trials. Prediction errors: 0 at the second stage, and r - Q(c, a).

    Parameters
    ----------
    alpha : float
        Learning rate, from 0 to 1.
    inverse_temperature : float
        Of the softmax, at least 0.
    initial_value : float
        Q of both choices under every cue at the start of a session.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (alpha 0.00344, inverse temperature
    4.46 in their reduced task; 10 sessions of 10,000 trials).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.analysis.RewardAsCue(alpha=0.05)
    >>> task = TwoStep(trials=1000)
    >>> recording = pfc.simulate(learner, task, sessions=10, seed=1, subject="reward as cue")
    >>> late = recording.isel(trial=recording["trial_in_session"].values >= 500)
    >>> for name, part in {"whole session": recording, "second half": late}.items():
    ...     print(f"{name}: {float(part['reward'].mean()):.2f} rewards a trial")
    whole session: 0.61 rewards a trial
    second half: 0.63 rewards a trial

    Its memory begins anew in every session, so it earns more late in long sessions.
    """

    alpha: float = 0.00344
    inverse_temperature: float = 4.46
    initial_value: float = 0.5

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session."""
        return {
            "cue_value": np.full((n_sessions, FIRST_CUE + 1, 2), float(self.initial_value)),
            "cue": np.full(n_sessions, float(FIRST_CUE)),
        }

    def action_value(self, state: LearnerState) -> FloatArray:
        """Look up the value of each choice under the present cue."""
        cue = state["cue"].astype(np.int64)
        return np.asarray(state["cue_value"][np.arange(cue.size), cue], dtype=np.float64)

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update the value of the choice under its cue; the outcome then is the next cue."""
        rows, a, s, r = valid_trials(choice, second_state, reward)
        cue = state["cue"][rows].astype(np.int64)
        error = r - state["cue_value"][rows, cue, a]
        state["cue_value"][rows, cue, a] += self.alpha * error
        state["cue"][rows] = 2 * s + (r > 0)
        return prediction_errors(choice.size, rows, np.zeros(rows.size), error)


@dataclass(frozen=True)
class LatentState:
    r"""Learner that infers which second-stage state pays, and chooses what commonly leads there.

    Its belief b that state 1 is the better one is updated by Bayes' rule at the outcome, and then
    for a possible switch of the better state:

    .. math::
        b' = \frac{b P(r | 1)}{b P(r | 1) + (1 - b) P(r | 0)}, \quad
        b \leftarrow b' (1 - \omega) + (1 - b') \omega

    Choices: the better choice under the likelier state with probability 1 - lapse, either at a
    tie. Prediction errors use expected rewards, E(s) of state s and Q(a) = sum P(s | a) E(s):
    E(s) - Q(a) at the second stage and r - E(s) at the outcome.

    Parameters
    ----------
    reversal_probability : float
        Omega, the probability that the better state switches before a trial, from 0 to 1.
    lapse : float
        Probability of the worse choice, from 0 to 1.
    reward_probability : tuple of two floats
        Probability of reward in the better and in the worse state, strictly between 0 and 1.
    common_probability : float
        P(state i | choice i), above 0.5 to 1.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (omega 0.0326, lapse 0.188, rewards
    0.8 and 0.2 in their reduced task; in the task of Wang et al. 0.025, rewards 0.9 and 0.1).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.analysis.LatentState(reversal_probability=0.025, lapse=0.1)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="inference")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.66 rewards a trial
    >>> fit = pfc.analysis.fit_learner(
    ...     pfc.analysis.LatentState, recording, fixed={"reversal_probability": 0.025}
    ... )
    >>> print(f"lapse {float(fit['estimate'].sel(subject='inference', parameter='lapse')):.2f}")
    lapse 0.09

    The lapse fitted to its choices is close to the one that made them.
    """

    reversal_probability: float = 0.0326
    lapse: float = 0.188
    reward_probability: tuple[float, float] = (0.8, 0.2)
    common_probability: float = 0.8

    def __post_init__(self) -> None:
        check_fraction(self, "reversal_probability", "lapse")
        if not 0.5 < self.common_probability <= 1.0:
            raise AnalysisError(
                f"{type(self).__name__}.common_probability: found {self.common_probability}, "
                "expected a number above 0.5, up to 1"
            )
        high_low = self.reward_probability
        if np.shape(high_low) != (2,) or not all(0.0 < p < 1.0 for p in high_low):
            raise AnalysisError(
                f"{type(self).__name__}.reward_probability: found {high_low}, expected two numbers "
                "strictly between 0 and 1, for the better and the worse state, such as (0.8, 0.2)"
            )

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session: both states equally likely to be the better one."""
        return {"belief": np.full(n_sessions, 0.5)}

    def state_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward in each second-stage state; float array (session, 2)."""
        better, worse = self.reward_probability
        belief = np.stack([1.0 - state["belief"], state["belief"]], axis=1)
        return worse + (better - worse) * belief

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward of each choice under the belief and the known transitions."""
        return expect_over_transitions(self.state_value(state), self.common_probability)

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Choose what commonly leads to the likelier state, except for lapses and ties."""
        value = self.state_value(state)
        lead = value[:, 1] - value[:, 0]
        right = np.where(lead > 0, 1.0 - self.lapse, self.lapse)
        right = np.where(np.abs(lead) < TIE, 0.5, right)
        return np.stack([1.0 - right, right], axis=1)

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update the belief from the outcome, then let the better state switch."""
        rows, a, s, r = valid_trials(choice, second_state, reward)
        expected = self.state_value(state)[rows, s]
        surprise = expected - self.action_value(state)[rows, a]
        better, worse = self.reward_probability
        if_visited_better = np.where(r > 0, better, 1.0 - better)
        if_visited_worse = np.where(r > 0, worse, 1.0 - worse)
        belief = state["belief"][rows]
        one = belief * np.where(s == 1, if_visited_better, if_visited_worse)
        zero = (1.0 - belief) * np.where(s == 1, if_visited_worse, if_visited_better)
        posterior = one / (one + zero)
        omega = self.reversal_probability
        state["belief"][rows] = posterior * (1.0 - omega) + (1.0 - posterior) * omega
        return prediction_errors(choice.size, rows, surprise, r - expected)


@dataclass(frozen=True)
class IdealObserver(LatentState):
    """Optimal player of the two-step task: exact belief, and always the better choice.

    A `LatentState` learner without lapses that knows the probabilities of Wang et al. (2018):
    reward 0.9 and 0.1, reversal 0.025 per trial, common transition 0.8.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> observer = pfc.analysis.IdealObserver()
    >>> recording = pfc.simulate(observer, TwoStep(), sessions=50, seed=1, subject="ideal")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.71 rewards a trial

    No player earns more on average; choosing at random earns 0.5.
    """

    reversal_probability: float = 0.025
    lapse: float = 0.0
    reward_probability: tuple[float, float] = (0.9, 0.1)
    common_probability: float = 0.8
