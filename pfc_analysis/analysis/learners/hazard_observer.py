"""The ideal observer of the volatility task, which knows the process and infers its state.

The process is a Markov chain over (regime, side, what the better arm pays), with transitions that
may depend on the number of the trial (`pfc_analysis.analysis.learners.volatile_chain`). The filter
is exact. Either arm gives the same information about both, so the observer earns most by choosing
the arm that pays more in the next trial. Its reward is the ceiling of the task.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import check_fraction
from pfc_analysis.analysis.learners.side_learner import (
    choose_side,
    read_outcome,
    replay_side_learner,
)
from pfc_analysis.analysis.learners.volatile_chain import (
    VOLATILE,
    Probabilities,
    Process,
    VolatileChain,
    build_chain,
)
from pfc_analysis.analysis.result_labels import labelled

ObserverState = dict[str, np.ndarray]
"""`belief`, float array (session, state of the chain), and `trial`, int array (session,)."""


@dataclass(frozen=True)
class HazardObserver:
    """Observer that knows how regimes and reversals occur; its settings are those of the task.

    Parameters
    ----------
    process : str
        The process that it knows: `training`, `markov`, or one of the tests, `stable_first` and
        `volatile_first`; of a test it knows the schedule, but not the side.
    trials : int
        Trials of a session, at most.
    probabilities : str
        `drawn` or `by_regime`, in `training` and `markov`.
    stable_probability, volatile_probability, low_probability, high_probability : float
        What the better arm pays.
    reversal_hazard, switch_hazard : float
        Probabilities, before a trial, of a reversal in volatile phases, and of a change of regime.
    earliest, latest : int
        Trials of the first phase in `training`.
    block : int
        Trials between reversals in the volatile half of a test.
    inverse_temperature : float
        Of its choices (see `BayesianVolatility`); infinite, the default, earns most.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer = pfc.analysis.HazardObserver(process="training")
    >>> task = VolatileBandit("training")
    >>> recording = pfc.simulate(observer, task, sessions=20, seed=1, subject="observer")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.73 rewards a trial

    No player earns more on average; choosing at random earns 0.5.
    """

    process: Process = "training"
    trials: int = 200
    probabilities: Probabilities = "drawn"
    stable_probability: float = 0.75
    volatile_probability: float = 0.8
    low_probability: float = 0.75
    high_probability: float = 0.85
    reversal_hazard: float = 1 / 18
    switch_hazard: float = 1 / 100
    earliest: int = 60
    latest: int = 140
    block: int = 25
    inverse_temperature: float = np.inf

    def __post_init__(self) -> None:
        if not self.inverse_temperature >= 0:
            raise AnalysisError(
                f"HazardObserver.inverse_temperature: found {self.inverse_temperature}, expected a "
                "number of at least 0"
            )
        _ = self.chain

    @property
    def chain(self) -> VolatileChain:
        """The process that it knows."""
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        del settings["inverse_temperature"]
        return build_chain(**settings)

    def begin(self, n_sessions: int) -> ObserverState:
        """State before the first trial."""
        belief = np.tile(self.chain.initial, (n_sessions, 1))
        return {"belief": belief, "trial": np.zeros(n_sessions, np.int64)}

    def describe(self, state: ObserverState) -> dict[str, FloatArray]:
        """Describe the beliefs before the next outcome, by name; float arrays (session,).

        `predicted_right`; `regime`, the probability that it is volatile; `volatility`, the expected
        hazard of reversal; `volatility_sd`; and `learning_rate`, the effective one (see
        `BayesianVolatility.describe`).
        """
        chain, belief = self.chain, state["belief"]
        predicted = belief @ chain.right
        variance = belief @ chain.right**2 - predicted**2
        hazard = belief @ chain.hazard
        spread = np.maximum(belief @ chain.hazard**2 - hazard**2, 0.0)
        return {
            "predicted_right": predicted,
            "predicted_right_sd": np.sqrt(np.maximum(variance, 0.0)),
            "volatility": hazard,
            "volatility_sd": np.sqrt(spread),
            "regime": belief @ (chain.regime == VOLATILE),
            "learning_rate": np.maximum(variance, 0.0) / (predicted * (1.0 - predicted)),
        }

    def choice_probability(self, state: ObserverState) -> FloatArray:
        """Probability of left and right; float array (session, 2)."""
        return choose_side(state["belief"] @ self.chain.right, self.inverse_temperature)

    def learn(self, state: ObserverState, choice: IntArray, reward: FloatArray) -> None:
        """Update the belief from one trial of every session, as in `BanditLearner`.

        After an invalid trial (choice -1) time has passed, but nothing was observed.
        """
        chain = self.chain
        rows, signal = read_outcome(choice, reward)
        if rows.size and int(state["trial"][rows].max()) >= self.trials:
            raise AnalysisError(
                f"HazardObserver.trials: found {self.trials}, but a session of at least "
                f"{int(state['trial'][rows].max()) + 1} trials; set it to the task's number of "
                "trials"
            )
        belief = state["belief"]
        belief[rows] *= np.where(signal[:, None] == 1, chain.right, 1.0 - chain.right)
        belief /= belief.sum(axis=1, keepdims=True)
        for trial in np.unique(state["trial"]):
            now = state["trial"] == trial
            # A session that has ended has no next trial.
            if trial + 1 < self.trials:
                belief[now] = belief[now] @ chain.transition[trial]
        state["trial"] += 1


@dataclass(frozen=True)
class FixedHazard:
    """Player that expects reversals equally often at all times: a control for `HazardObserver`.

    It infers the better side exactly, but never how volatile the world is. A learning rate fitted
    to its choices may still differ between regimes, since a delta rule describes them only
    approximately: what an agent's rate must exceed to speak for an inferred volatility.

    Parameters
    ----------
    hazard : float
        Probability of a reversal before a trial.
    probability : float
        Probability that the better arm pays; the other one pays with 1 minus it.
    inverse_temperature : float
        Of its choices (see `BayesianVolatility`); infinite, the default, earns most.
    """

    hazard: float = 1 / 36
    probability: float = 0.8
    inverse_temperature: float = np.inf

    def __post_init__(self) -> None:
        check_fraction(self, "hazard", "probability")

    def begin(self, n_sessions: int) -> FloatArray:
        """State before the first trial: the probability that right is the better side."""
        return np.full(n_sessions, 0.5)

    def choice_probability(self, state: FloatArray) -> FloatArray:
        """Probability of left and right; float array (session, 2)."""
        return choose_side(state, self.inverse_temperature)

    def learn(self, state: FloatArray, choice: IntArray, reward: FloatArray) -> None:
        """Update the belief from one trial of every session, as in `BanditLearner`."""
        rows, signal = read_outcome(choice, reward)
        right = np.where(signal == 1, self.probability, 1.0 - self.probability)
        for_right, for_left = state[rows] * right, (1.0 - state[rows]) * (1.0 - right)
        state[rows] = for_right / (for_right + for_left)
        state += self.hazard * (1.0 - 2.0 * state)


@labelled
def compute_hazard_belief(recording: xr.Dataset, observer: HazardObserver) -> xr.Dataset:
    """Compute what the observer would have believed in each trial of a recording.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_bayesian_volatility`.
    observer : HazardObserver
        With the process that it assumes.

    Returns
    -------
    xarray.Dataset
        On `trial`, before the trial's outcome: what `HazardObserver.describe` lists.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a session lacks trials or is longer than the observer's, or as `read_trials`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver("stable_first"), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=20, seed=1, subject="observer")
    >>> beliefs = pfc.analysis.compute_hazard_belief(recording, pfc.analysis.HazardObserver())
    >>> trial = recording["trial_in_session"]
    >>> for name, half in {"stable": trial < 100, "volatile": trial >= 100}.items():
    ...     print(f"{name}: {float(beliefs['regime'].where(half).mean()):.2f}")
    stable: 0.32
    volatile: 0.93

    The mean belief that the world is volatile is higher in the volatile half.
    """
    return replay_side_learner(observer, recording, sessions_at_once=4096)
