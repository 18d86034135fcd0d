r"""Players of two baited arms, to compare with agents and animals (Wang et al. 2018, Fig. 2).

They know the rule of baiting: an arm with base probability p that was not chosen for n trials pays
with probability :math:`1 - (1 - p)^{n + 1}`. They also know the sum of the two base probabilities.
`SurePayoff` knows the probabilities themselves, `BaitingObserver` infers them. Both choose the arm
that is expected to pay more in the next trial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import LearnerState

Prior = Literal["whole", "gaps"]

SMALLEST_DIFFERENCE = 1e-12
"""Expectations that differ by less are equal except for rounding."""


@dataclass(frozen=True)
class SurePayoff:
    """Player that knows the base probabilities and chooses the arm that pays more in this trial.

    Parameters
    ----------
    left : float, or tuple of floats
        Base probability of the left arm, in all sessions or in each.
    total : float
        Sum of both arms' base probabilities.

    References
    ----------
    Houston & McNamara (1981), J Exp Anal Behav 35:367, on the best policy for baited arms.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> player = pfc.analysis.SurePayoff(left=0.125, total=0.5)
    >>> state = player.begin(n_sessions=1)
    >>> for trial in range(6):
    ...     probability = player.choice_probability(state)
    ...     choice = probability.argmax(axis=1)
    ...     player.learn(state, choice, reward=[0.0])
    ...     print(choice[0], end=" ")
    1 1 1 0 1 1

    It visits the poorer left arm (0) once the reward that may wait there is the likelier one.
    """

    left: float | tuple[float, ...]
    total: float = 0.5

    def __post_init__(self) -> None:
        _check_total(self)
        left = np.asarray(self.left, dtype=np.float64)
        wrong = left[~((left >= 0) & (left <= self.total) & (self.total - left <= 1))]
        if wrong.size or left.ndim > 1:
            found = wrong.flat[0] if wrong.size else f"{left.ndim} dimensions"
            raise AnalysisError(
                f"SurePayoff.left: found {found}, expected numbers from 0 to total ({self.total}), "
                "one or one a session, that leave the right arm at most 1"
            )

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session, for each of `n_sessions` sessions."""
        left = np.asarray(self.left, dtype=np.float64)
        if left.ndim == 1 and left.size != n_sessions:
            raise AnalysisError(
                f"SurePayoff.left: found {left.size} numbers for {n_sessions} sessions, expected "
                "one or one a session"
            )
        left = np.broadcast_to(left, n_sessions)
        return {
            "base_probability": np.stack([left, self.total - left], axis=1),
            "trials_since_choice": np.zeros((n_sessions, 2)),
        }

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the probability of reward of each arm; float array (session, 2)."""
        return pay(state["base_probability"], state["trials_since_choice"])

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Probability of each choice, 0.5 between equal arms; float array (session, 2)."""
        return choose_greedily(self.action_value(state))

    def learn(self, state: LearnerState, choice: IntArray, reward: FloatArray) -> None:
        """Count for how long each arm was left alone; arguments as in `BanditLearner`."""
        leave_alone(state["trials_since_choice"], choice)


@dataclass(frozen=True)
class BaitingObserver:
    r"""Player that infers the base probabilities and chooses the arm it expects to pay more.

    The posterior over the left arm's base probability is kept on a grid; each outcome of a choice
    multiplies it with the probability of that outcome under the rule of baiting. The player
    chooses the arm with the larger expected reward in the next trial; what it would learn from a
    choice plays no role.

    Parameters
    ----------
    total : float
        Sum of both arms' base probabilities.
    grid : int
        Number of values of the left arm's base probability: the middles of as many slices of equal
        prior probability.
    prior : {"whole", "gaps"}
        Uniform on [0, total]; or on its first, third and fifth fifth, the published training
        range.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Methods, simulation 1.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> line = pfc.analysis.fit_matching(pfc.analysis.compute_log_ratios(recording))
    >>> print(f"slope of matching {float(line['slope'].sel(subject='observer')):.2f}")
    slope of matching 0.82

    A slope of 1 is perfect matching of choices to rewards.
    """

    total: float = 0.5
    grid: int = 51
    prior: Prior = "whole"

    def __post_init__(self) -> None:
        _check_total(self)
        if not isinstance(self.grid, (int, np.integer)) or self.grid < 2:
            raise AnalysisError(
                f"BaitingObserver.grid: found {self.grid!r}, expected a whole number of at least 2"
            )
        if self.prior not in get_args(Prior):
            raise AnalysisError(
                f"BaitingObserver.prior: found {self.prior!r}, expected 'whole' or 'gaps'"
            )

    @property
    def left_probability(self) -> FloatArray:
        """Values of the left arm's base probability on the grid; float array (grid,)."""
        share = (np.arange(self.grid) + 0.5) / self.grid
        if self.prior == "gaps":
            piece = np.floor(3.0 * share)
            share = 0.4 * piece + 0.2 * (3.0 * share - piece)
        return np.asarray(self.total * share, dtype=np.float64)

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session, for each of `n_sessions` sessions."""
        return {
            "log_posterior": np.full((n_sessions, self.grid), -np.log(self.grid)),
            "trials_since_choice": np.zeros((n_sessions, 2)),
        }

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward of each arm in the next trial; float array (session, 2)."""
        posterior = np.exp(state["log_posterior"])
        waited = state["trials_since_choice"]
        left = self.left_probability
        expected = [
            np.sum(posterior * _pay_by_wait(base, waited[:, arm]), axis=1)
            for arm, base in enumerate((left, self.total - left))
        ]
        return np.stack(expected, axis=1)

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Probability of each choice, 0.5 between equal arms; float array (session, 2)."""
        return choose_greedily(self.action_value(state))

    def learn(self, state: LearnerState, choice: IntArray, reward: FloatArray) -> None:
        """Update the posterior from one trial of every session, as in `BanditLearner`."""
        from scipy.special import logsumexp

        rows = np.flatnonzero(np.asarray(choice) >= 0)
        if rows.size:
            arm = np.asarray(choice)[rows]
            waited = state["trials_since_choice"][rows, arm]
            paid = np.asarray(reward)[rows] > 0
            updated = state["log_posterior"][rows] + self._weigh(arm, waited, paid)
            state["log_posterior"][rows] = updated - logsumexp(updated, axis=1, keepdims=True)
        leave_alone(state["trials_since_choice"], choice)

    def _weigh(self, arm: IntArray, waited: FloatArray, paid: BoolArray) -> FloatArray:
        """Compute the log-likelihood of outcomes; (session,) each, result (session, grid)."""
        left = self.left_probability
        # Sessions share few waits, so logarithms are taken once for each wait and not each session.
        waits, place = np.unique(waited, return_inverse=True)
        # log(1 - p)^(n + 1), without rounding for small p.
        silent = (waits[:, None] + 1) * np.log1p(-np.stack([left, self.total - left]))[:, None]
        with np.errstate(divide="ignore"):
            outcomes = np.stack([silent, np.log(-np.expm1(silent))])
        return np.asarray(outcomes[paid.astype(np.int64), arm, place], dtype=np.float64)


def _pay_by_wait(base: FloatArray, waited: FloatArray) -> FloatArray:
    """Compute `pay` for a base (grid,) and waits (session,), each wait once; (session, grid)."""
    waits, place = np.unique(waited, return_inverse=True)
    return pay(base, waits[:, None])[place]


def pay(base: FloatArray, waited: FloatArray) -> FloatArray:
    """Compute the probability of reward after `waited` trials not chosen; arrays broadcast."""
    return np.asarray(1.0 - (1.0 - base) ** (waited + 1), dtype=np.float64)


def choose_greedily(value: FloatArray) -> FloatArray:
    """Compute choice probabilities that are all on the larger value; arrays (session, 2)."""
    difference = value[:, 1] - value[:, 0]
    right = np.where(np.abs(difference) < SMALLEST_DIFFERENCE, 0.5, difference > 0)
    return np.stack([1.0 - right, right], axis=1)


def leave_alone(waited: FloatArray, choice: IntArray) -> None:
    """Count in place for how many trials each arm was not chosen; (session, 2) and (session,)."""
    choice = np.asarray(choice)
    rows = np.flatnonzero(choice >= 0)
    wrong = choice[rows][choice[rows] > 1]
    if wrong.size:
        raise AnalysisError(f"choice: found {wrong[0]}, expected 0 (left), 1 (right) or -1 (none)")
    waited[rows] += 1
    waited[rows, choice[rows]] = 0


def _check_total(learner: SurePayoff | BaitingObserver) -> None:
    if not 0 < learner.total <= 1:
        raise AnalysisError(
            f"{type(learner).__name__}.total: found {learner.total}, expected a number above 0 and "
            "at most 1"
        )
