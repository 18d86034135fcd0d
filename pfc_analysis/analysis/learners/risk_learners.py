r"""Players of the risky-choice task, to compare with agents (Wang et al. 2018, Fig. 7).

One arm pays a known amount each time. The other, the risky arm, pays a known larger amount with an
unknown probability, whose prior is uniform on [0, 1]; after s payments in n pulls its expectation
is (1 + s) / (2 + n). The first outcome shows which arm is the risky one. A session is one block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.baiting_learners import choose_greedily
from pfc_analysis.analysis.learners.risk_solution import solve_risky_arm

Manipulation = Literal["none", "block_risky_reward", "block_safe_reward", "block_risky_loss"]

RiskState = dict[str, NumberArray]
"""By session: `risky_side` (0 left, 1 right, -1 not known yet); `pulls`, int array (session, arm)
of the safe arm and the risky one; `perceived`, float array of the same shape: the sum of rewards
perceived there; `pays`, how often the risky arm paid."""

SAFE, RISKY = range(2)
SAFE_WEIGHT = 2
"""Pulls by which the safe arm's payment counts as known at the start: the weight that the prior of
the risky arm's probability has."""


@dataclass(frozen=True)
class RiskLearner:
    """Player that finds out which arm is risky and remembers what the arms paid.

    Parameters
    ----------
    safe_reward, risky_reward : float
        What the arms pay; 0 < safe < risky.
    """

    safe_reward: float = 1.0
    risky_reward: float = 4.0

    def __post_init__(self) -> None:
        if not 0 < self.safe_reward < self.risky_reward < np.inf:
            raise AnalysisError(
                f"safe_reward, risky_reward: found {self.safe_reward} and {self.risky_reward}, "
                "expected finite numbers above 0, the risky one larger"
            )

    def begin(self, n_sessions: int) -> RiskState:
        """State at the start of a session: either arm may be the risky one."""
        return {
            "risky_side": np.full(n_sessions, -1),
            "pulls": np.zeros((n_sessions, 2), np.int64),
            "perceived": np.zeros((n_sessions, 2)),
            "pays": np.zeros(n_sessions, np.int64),
        }

    def risky_probability(self, state: RiskState) -> FloatArray:
        """Probability of choosing the risky arm where it is known; float array (session,)."""
        raise NotImplementedError

    def choice_probability(self, state: RiskState) -> FloatArray:
        """Probability of choosing each side, one half before the first outcome; (session, 2)."""
        side = state["risky_side"]
        risky = self.risky_probability(state)
        right = np.where(side < 0, 0.5, np.where(side == 1, risky, 1.0 - risky))
        return np.stack([1.0 - right, right], axis=1)

    def perceive(self, arm: IntArray, reward: FloatArray) -> FloatArray:
        """Return the reward that is remembered; here the one paid."""
        return reward

    def learn(self, state: RiskState, choice: IntArray, reward: FloatArray) -> None:
        """Update the memory from one trial of every session, free or forced (`BanditLearner`).

        Rewards are `safe_reward`, `risky_reward` or 0.

        Raises
        ------
        AnalysisError
            If a choice is none of 0, 1 and -1, or a reward is none that the chosen arm can pay.
        """
        choice = np.asarray(choice)
        rows = np.flatnonzero(choice != -1)
        side, paid = choice[rows], np.asarray(reward, dtype=np.float64)[rows]
        wrong = side[(side != 0) & (side != 1)]
        if wrong.size:
            raise AnalysisError(
                f"choice: found {wrong[0]}, expected 0 (left), 1 (right) or -1 (none)"
            )
        arm = np.where(paid == self.safe_reward, SAFE, RISKY)
        known, now = state["risky_side"][rows], np.where(arm == RISKY, side, 1 - side)
        possible = np.isin(paid, (0.0, self.safe_reward, self.risky_reward))
        possible &= (known == -1) | (known == now)
        if not possible.all():
            raise AnalysisError(
                f"reward: found {paid[~possible][0]:g}, expected {self.safe_reward:g} from the "
                f"safe side and {self.risky_reward:g} or 0 from the risky one, which stays; set "
                "safe_reward and risky_reward to what the task pays"
            )
        state["risky_side"][rows] = now
        state["pulls"][rows, arm] += 1
        state["perceived"][rows, arm] += self.perceive(arm, paid)
        state["pays"][rows] += paid == self.risky_reward


@dataclass(frozen=True)
class ExpectedReward(RiskLearner):
    r"""Player that chooses by expected reward, with outcomes that may be perceived wrongly.

    .. math:: \hat r_{risky} = \frac{R + \sum r}{2 + n}, \qquad
        \hat r_{safe} = \frac{2 r_{safe} + \sum r}{2 + n}

    with R the risky reward and the sums over the rewards perceived in each arm's n pulls. The first
    is R times the mean of the posterior of the risky arm's probability.

    Parameters
    ----------
    inverse_temperature : float
        Factor of the difference in expected reward, of which the probability of the risky arm is
        a logistic function; if infinite (the default), the larger one is always chosen.
    manipulation : str
        Which outcome is perceived wrongly, in forced trials too: the risky reward as 0
        (`block_risky_reward`), the safe reward as 0 (`block_safe_reward`), or no reward of the
        risky arm as the safe reward (`block_risky_loss`). With the default rewards these are the
        changes of -4, -1 and +1 that the reproduction makes in the agents' prediction error.

    Notes
    -----
    With an inverse temperature of 3, 5 forced pulls of each arm and 20 free ones, it chooses the
    risky arm in 89 and 34 % of free trials if that pays with probability .5 and .125. Under the
    three manipulations it does so in 17 and 17, 98 and 78, and 98 and 78 %.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 7.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> for manipulation in ("none", "block_risky_reward"):
    ...     player = pfc.analysis.ExpectedReward(inverse_temperature=3.0, manipulation=manipulation)
    ...     recording = pfc.simulate(player, RiskyChoice(), sessions=40, seed=1, subject="player")
    ...     risky = pfc.analysis.compute_risky_preference(recording)["risky_preference"]
    ...     print(f"{manipulation}: {float(risky.sel(subject='player')):.0f} % risky choices")
    none: 79 % risky choices
    block_risky_reward: 17 % risky choices

    The player avoids the risky arm if it perceives the reward of that arm as 0.
    """

    inverse_temperature: float = np.inf
    manipulation: Manipulation = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.inverse_temperature >= 0:
            raise AnalysisError(
                f"inverse_temperature: found {self.inverse_temperature}, expected a number of at "
                "least 0, or infinity"
            )
        if self.manipulation not in get_args(Manipulation):
            raise AnalysisError(
                f"manipulation: found {self.manipulation!r}, expected one of "
                f"{list(get_args(Manipulation))}"
            )

    def perceive(self, arm: IntArray, reward: FloatArray) -> FloatArray:
        """Return the reward paid, as the manipulation changes it."""
        if self.manipulation == "block_risky_reward":
            return np.where(arm == RISKY, 0.0, reward)
        if self.manipulation == "block_safe_reward":
            return np.where(arm == SAFE, 0.0, reward)
        if self.manipulation == "block_risky_loss":
            return np.where((arm == RISKY) & (reward == 0), self.safe_reward, reward)
        return reward

    def expect(self, state: RiskState) -> FloatArray:
        """Compute the reward expected of the safe arm and the risky one; (session, 2)."""
        prior = np.array([SAFE_WEIGHT * self.safe_reward, self.risky_reward])
        weight = np.array([SAFE_WEIGHT, 2])
        return np.asarray((prior + state["perceived"]) / (weight + state["pulls"]))

    def risky_probability(self, state: RiskState) -> FloatArray:
        """Probability of choosing the risky arm where it is known; float array (session,)."""
        from scipy.special import expit

        expected = self.expect(state)
        if np.isinf(self.inverse_temperature):
            return choose_greedily(expected)[:, RISKY]
        difference = expected[:, RISKY] - expected[:, SAFE]
        return np.asarray(expit(self.inverse_temperature * difference))


@dataclass(frozen=True)
class OptimalRisk(RiskLearner):
    """Optimal player of the free trials of a block, by dynamic programming (`solve_risky_arm`).

    Parameters
    ----------
    forced, free : int
        Forced pulls of each arm, and the free ones that follow them.

    References
    ----------
    Berry & Fristedt (1985), Bandit Problems, chapter 5: bandits with one arm known.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> player = pfc.analysis.OptimalRisk(forced=5, free=20)
    >>> recording = pfc.simulate(player, RiskyChoice(), sessions=40, seed=1, subject="optimal")
    >>> risky = pfc.analysis.compute_risky_preference(recording).sel(subject="optimal")
    >>> print(f"{risky['risky_preference']:.0f} % ({risky['lower']:.0f} to {risky['upper']:.0f} %)")
    78 % (63 to 88 %)

    The percentage of free choices that are of the risky arm, with its 95 % interval.
    """

    forced: int = 5
    free: int = 20

    def risky_probability(self, state: RiskState) -> FloatArray:
        """One where the risky arm earns more in the rest of the block, one half where as much.

        Raises
        ------
        AnalysisError
            If a session has had more trials than the block is long.
        """
        advantage, _ = solve_risky_arm(self.forced, self.free, self.safe_reward, self.risky_reward)
        had = state["pulls"].sum(axis=1)
        if had.max(initial=0) >= 2 * self.forced + self.free:
            raise AnalysisError(
                f"OptimalRisk.forced, free: found {self.forced} and {self.free}, expected more "
                f"than the {had.max()} trial(s) that a session has had; set them to the task's, "
                "which should be of one block"
            )
        # Forced pulls come first, and are made whatever is returned here.
        remaining = np.minimum(2 * self.forced + self.free - had, self.free)
        pulls = state["pulls"][:, RISKY]
        gain = advantage[remaining, state["pays"], pulls - state["pays"]]
        return choose_greedily(np.stack([np.zeros_like(gain), gain], axis=1))[:, RISKY]
