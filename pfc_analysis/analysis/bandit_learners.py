"""Algorithms for two-armed bandits, to stand beside agents (Wang et al. 2018, Fig. 1d).

Each is a frozen dataclass that chooses from counts of rewarded and unrewarded pulls of each arm; all
arrays run over sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pfc_analysis.analysis.bandit_tables import compute_gittins_index, solve_two_arms
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials import BoolArray, FloatArray, IntArray


class BanditLearner(Protocol):
    """What an algorithm can do."""

    def choose(
        self, rewarded: IntArray, unrewarded: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Choose an arm in each session.

        Parameters
        ----------
        rewarded, unrewarded : int arrays (session, arm)
            How often each arm paid, and did not.
        rng : numpy.random.Generator
            Breaks ties, and decides what is left to chance.

        Returns
        -------
        int array (session,)
            0 left, 1 right.
        """


@dataclass(frozen=True)
class Thompson:
    """Chooses the arm of which a draw from its posterior is larger.

    Parameters
    ----------
    correlated : bool
        Know that the arms' probabilities sum to one.

    References
    ----------
    Thompson (1933), Biometrika 25:285.
    """

    correlated: bool = False

    def choose(
        self, rewarded: IntArray, unrewarded: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Choose an arm in each session (`BanditLearner.choose`)."""
        if self.correlated:
            for_left, for_right = count_evidence(rewarded, unrewarded)
            return (rng.beta(1.0 + for_left, 1.0 + for_right) < 0.5).astype(np.int64)
        draws = rng.beta(1.0 + rewarded, 1.0 + unrewarded)
        return np.asarray(draws.argmax(axis=1), dtype=np.int64)


@dataclass(frozen=True)
class UpperConfidenceBound:
    r"""Chooses the arm with the larger :math:`\bar r_i + \sqrt{\chi \ln n / n_i}`, untried ones first.

    Parameters
    ----------
    chi : float
        Weight of uncertainty, at least 0 (Wang et al. 2016: 1; UCB1: 2).

    References
    ----------
    Auer, Cesa-Bianchi & Fischer (2002), Machine Learning 47:235.
    """

    chi: float = 1.0

    def __post_init__(self) -> None:
        if not self.chi >= 0:
            raise AnalysisError(f"chi: found {self.chi}, expected a number of at least 0")

    def choose(
        self, rewarded: IntArray, unrewarded: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Choose an arm in each session (`BanditLearner.choose`)."""
        pulls = rewarded + unrewarded
        total = np.maximum(pulls.sum(axis=1, keepdims=True), 1)
        known = np.maximum(pulls, 1)
        index = rewarded / known + np.sqrt(self.chi * np.log(total) / known)
        return choose_larger(np.where(pulls > 0, index, np.inf), rng)


@dataclass(frozen=True)
class Gittins:
    """Chooses the arm with the larger Gittins index, which is optimal for discounted reward.

    Parameters
    ----------
    discount : float
        A trial, above 0 and below 1.
    trials : int
        Trials of a session at most.
    """

    discount: float = 0.99
    trials: int = 100

    def __post_init__(self) -> None:
        if not 0 < self.discount < 1:
            raise AnalysisError(
                f"discount: found {self.discount}, expected a number above 0 and below 1"
            )

    def choose(
        self, rewarded: IntArray, unrewarded: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Choose an arm in each session (`BanditLearner.choose`)."""
        table = compute_gittins_index(self.trials, self.discount)
        return choose_larger(table[rewarded, unrewarded], rng)


@dataclass(frozen=True)
class BayesOptimal:
    """Earns most in sessions of a known length, the arms being independent and uniform on [0, 1].

    Parameters
    ----------
    trials : int
        Trials of a session.
    """

    trials: int = 100

    def choose(
        self, rewarded: IntArray, unrewarded: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Choose an arm in each session (`BanditLearner.choose`)."""
        policy, _ = solve_two_arms(self.trials)
        trial = int(rewarded[0].sum() + unrewarded[0].sum())
        best = policy[trial, rewarded[:, 0], unrewarded[:, 0], rewarded[:, 1]]
        return choose_larger(np.stack((best != 1, best != 0), axis=1).astype(np.float64), rng)


@dataclass(frozen=True)
class CorrelatedBayesOptimal:
    """Earns most where the arms' probabilities sum to one, the left one uniform on [0, 1].

    Both arms tell the same, so that nothing is to be gained by exploring: it chooses what pays more
    under the posterior.
    """

    def choose(
        self, rewarded: IntArray, unrewarded: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Choose an arm in each session (`BanditLearner.choose`)."""
        for_left, for_right = count_evidence(rewarded, unrewarded)
        return choose_larger(np.stack((for_left, for_right), axis=1).astype(np.float64), rng)


def count_evidence(rewarded: IntArray, unrewarded: IntArray) -> tuple[IntArray, IntArray]:
    """Outcomes that speak for the left arm and for the right one, if their probabilities sum to one.

    Parameters
    ----------
    rewarded, unrewarded : int arrays (session, arm)
        Outcomes of each arm.

    Returns
    -------
    tuple of two int arrays (session,)
        Left rewarded and right unrewarded; the others.
    """
    return rewarded[:, 0] + unrewarded[:, 1], unrewarded[:, 0] + rewarded[:, 1]


def choose_larger(value: FloatArray, rng: np.random.Generator) -> IntArray:
    """Choose the arm of larger value, (session, arm), either one where they are equal."""
    equal: BoolArray = value[:, 0] == value[:, 1]
    by_chance = rng.integers(0, 2, len(value))
    return np.where(equal, by_chance, value[:, 1] > value[:, 0]).astype(np.int64)
