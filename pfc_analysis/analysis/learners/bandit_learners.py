"""Algorithms for two-armed bandits, to compare with agents (Wang et al. 2018, Fig. 1d).

Their state is the counts of rewarded and unrewarded pulls of each arm; the interface is
`pfc_analysis.analysis.learners.learner.BanditLearner`. Equally good arms are chosen with
probability one half each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.bandit_solutions import (
    LEFT,
    RIGHT,
    compare_posteriors,
    compute_gittins_index,
    locate_counts,
    solve_two_arms,
)
from pfc_analysis.analysis.learners.learner import check_at_least_zero

BanditState = dict[str, IntArray]
"""`rewarded` and `unrewarded`, int arrays (session, arm): how often an arm paid, and did not."""


class CountingLearner:
    """Learner that counts how often each arm paid; the algorithms differ in their choices."""

    def begin(self, n_sessions: int) -> BanditState:
        """State at the start of a session: both arms without a pull."""
        return {name: np.zeros((n_sessions, 2), np.int64) for name in ("rewarded", "unrewarded")}

    def choice_probability(self, state: BanditState) -> FloatArray:
        """Probability of choosing each arm; float array (session, 2)."""
        raise NotImplementedError

    def learn(self, state: BanditState, choice: IntArray, reward: FloatArray) -> None:
        """Count the outcomes of a trial, as in `BanditLearner`; rewards are 0 or 1.

        Raises
        ------
        AnalysisError
            If a choice is none of 0, 1 and -1, or a reward neither 0 nor 1.
        """
        choice = np.asarray(choice)
        rows = np.flatnonzero(choice != -1)
        arm, paid = choice[rows], np.asarray(reward)[rows]
        _check_codes("choice", arm, "0 (left), 1 (right) or -1 (none)")
        _check_codes("reward", paid, "0 or 1: arms that pay or do not")
        state["rewarded"][rows, arm] += paid == 1
        state["unrewarded"][rows, arm] += paid == 0


@dataclass(frozen=True)
class Thompson(CountingLearner):
    """Thompson sampling: chooses the arm whose draw from its posterior is larger.

    The choice probability is computed in closed form, so nothing is drawn here.

    Parameters
    ----------
    correlated : bool
        Whether it knows that the arms' probabilities of reward sum to one.

    References
    ----------
    Thompson (1933), Biometrika 25:285.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player = pfc.analysis.Thompson()
    >>> task = Bandit(arms="fixed", left=0.6, right=0.4)
    >>> recording = pfc.simulate(player, task, sessions=50, seed=1, subject="Thompson")
    >>> regret = pfc.analysis.compute_regret(recording)["regret"].sel(subject="Thompson")
    >>> print(f"{float(regret.isel(trial_in_session=-1)):.1f} rewards lost in 100 trials")
    4.1 rewards lost in 100 trials
    """

    correlated: bool = False

    def choice_probability(self, state: BanditState) -> FloatArray:
        """Probability that a draw of each arm is the larger one."""
        from scipy.special import betainc

        if self.correlated:
            for_left, for_right = count_evidence(state)
            # The left arm's draw is the larger one if it is above one half.
            left = betainc(1.0 + for_right, 1.0 + for_left, 0.5)
        else:
            left = compare_posteriors(state["rewarded"], state["unrewarded"])
        return np.stack((left, 1.0 - left), axis=1)


@dataclass(frozen=True)
class UpperConfidenceBound(CountingLearner):
    r"""Chooses the arm with the larger upper confidence bound, untried arms first.

    .. math:: \bar r_i + \sqrt{\chi \ln n / n_i}

    with :math:`\bar r_i` the mean reward in the arm's :math:`n_i` pulls, n those of both.

    Parameters
    ----------
    chi : float
        Weight of uncertainty, at least 0 (Wang et al. 2016: 1; UCB1: 2).

    References
    ----------
    Auer, Cesa-Bianchi & Fischer (2002), Machine Learning 47:235; Wang et al. (2016),
    arXiv:1611.05763.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player = pfc.analysis.UpperConfidenceBound(chi=1.0)
    >>> task = Bandit(arms="fixed", left=0.6, right=0.4)
    >>> recording = pfc.simulate(player, task, sessions=50, seed=1, subject="UCB")
    >>> regret = pfc.analysis.compute_regret(recording)["regret"].sel(subject="UCB")
    >>> print(f"{float(regret.isel(trial_in_session=-1)):.1f} rewards lost in 100 trials")
    4.9 rewards lost in 100 trials
    """

    chi: float = 1.0

    def __post_init__(self) -> None:
        check_at_least_zero(self, "chi")

    def choice_probability(self, state: BanditState) -> FloatArray:
        """One for the larger upper bound."""
        pulls = state["rewarded"] + state["unrewarded"]
        total = np.maximum(pulls.sum(axis=1, keepdims=True), 1)
        known = np.maximum(pulls, 1)
        bound = state["rewarded"] / known + np.sqrt(self.chi * np.log(total) / known)
        return choose_larger(np.where(pulls > 0, bound, np.inf))


@dataclass(frozen=True)
class Gittins(CountingLearner):
    """Chooses the arm with the larger Gittins index, which is optimal for discounted reward.

    Parameters
    ----------
    discount : float
        Factor for each trial, above 0 and below 1.
    trials : int
        Trials of a session, at most.
    horizon : int
        Number of pulls after which an arm is assumed to pay its mean for ever
        (`compute_gittins_index`); above `trials`.

    References
    ----------
    Gittins (1979), J R Stat Soc B 41:148.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player = pfc.analysis.Gittins(discount=0.99, trials=100, horizon=200)
    >>> task = Bandit(arms="fixed", left=0.6, right=0.4)
    >>> recording = pfc.simulate(player, task, sessions=50, seed=1, subject="Gittins")
    >>> regret = pfc.analysis.compute_regret(recording)["regret"].sel(subject="Gittins")
    >>> print(f"{float(regret.isel(trial_in_session=-1)):.1f} rewards lost in 100 trials")
    2.3 rewards lost in 100 trials
    """

    discount: float = 0.99
    trials: int = 100
    horizon: int = 500

    def choice_probability(self, state: BanditState) -> FloatArray:
        """One for the larger index."""
        index = compute_gittins_index(self.trials, self.discount, self.horizon)
        _check_trials(self, state, self.trials)
        return choose_larger(index[state["rewarded"], state["unrewarded"]])


@dataclass(frozen=True)
class BayesOptimal(CountingLearner):
    """Optimal player of independent arms, uniform on [0, 1], in sessions of a known length.

    It solves the bandit by dynamic programming over all counts (`solve_two_arms`): 0.1 seconds and
    4.4 MB for 100 trials, 64.92 rewards on average. Time and memory grow with the fourth power of
    the number of trials.

    Parameters
    ----------
    trials : int
        Trials of a session, at most 300.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player = pfc.analysis.BayesOptimal(trials=100)
    >>> task = Bandit(arms="independent")
    >>> recording = pfc.simulate(player, task, sessions=200, seed=1, subject="optimal")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.64 rewards a trial

    Its expected reward is 0.65 a trial; choosing at random earns 0.5.
    """

    trials: int = 100

    def choice_probability(self, state: BanditState) -> FloatArray:
        """One for the arm of larger expected reward in the rest of the session."""
        policy, _ = solve_two_arms(self.trials)
        _check_trials(self, state, self.trials - 1)
        best = policy[locate_counts(state["rewarded"], state["unrewarded"])]
        return choose_larger(np.stack((best != RIGHT, best != LEFT), axis=1))


@dataclass(frozen=True)
class CorrelatedBayesOptimal(CountingLearner):
    r"""Optimal player of arms whose probabilities sum to one, the left one uniform on [0, 1].

    Either arm gives the same information, so exploring gains nothing: it chooses the arm that pays
    more under the posterior, for any length of the session. Its reward is the ceiling of the
    correlated bandit, where choosing at random earns 0.5 a trial. In sessions of 100 trials it
    earns

    .. math:: \frac{1}{100} \sum_{t=0}^{99} \frac{1}{t + 1} \sum_{k=0}^{t}
        \frac{\max(1 + k, 1 + t - k)}{t + 2} = 0.7378

    a trial, which ``compute_performance(simulate(CorrelatedBayesOptimal(),
    Bandit(arms="correlated"), sessions=10_000, seed=1, subject="optimal"))`` finds to be 0.7392
    (standard error 0.0016).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player = pfc.analysis.CorrelatedBayesOptimal()
    >>> task = Bandit(arms="correlated")
    >>> recording = pfc.simulate(player, task, sessions=200, seed=1, subject="optimal")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.73 rewards a trial

    Its expected reward is 0.74 a trial; choosing at random earns 0.5.
    """

    def choice_probability(self, state: BanditState) -> FloatArray:
        """One for the arm of larger posterior mean."""
        return choose_larger(np.stack(count_evidence(state), axis=1))


def count_evidence(state: BanditState) -> tuple[IntArray, IntArray]:
    """Count the outcomes that speak for each arm, if their probabilities sum to one.

    Parameters
    ----------
    state : BanditState
        Outcomes of each arm.

    Returns
    -------
    tuple of two int arrays (session,)
        For left: left rewarded and right unrewarded. For right: the others.
    """
    rewarded, unrewarded = state["rewarded"], state["unrewarded"]
    return rewarded[:, 0] + unrewarded[:, 1], unrewarded[:, 0] + rewarded[:, 1]


def choose_larger(value: FloatArray | IntArray | BoolArray) -> FloatArray:
    """Compute probabilities of choosing the arm of larger value, one half each where equal."""
    right = np.where(value[:, 0] == value[:, 1], 0.5, value[:, 1] > value[:, 0])
    return np.stack((1.0 - right, right), axis=1)


def _check_codes(name: str, values: np.ndarray[Any, Any], expected: str) -> None:
    wrong = values[(values != 0) & (values != 1)]
    if wrong.size:
        raise AnalysisError(f"{name}: found {wrong[0]}, expected {expected}")


def _check_trials(learner: Any, state: BanditState, most: int) -> None:
    """Raise `AnalysisError` where a session has had more trials than the learner can look up."""
    had = int((state["rewarded"] + state["unrewarded"]).sum(axis=1).max())
    if had > most:
        raise AnalysisError(
            f"{type(learner).__name__}.trials: found {learner.trials}, expected more than the "
            f"{had} trial(s) that a session has had; set it to the task's number of trials"
        )
