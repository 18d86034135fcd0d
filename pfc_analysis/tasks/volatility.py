"""Two arms whose better side changes, seldom or often (Wang et al. 2018, Fig. 3).

One step a trial: pull the left or the right arm, be rewarded or not. The arms' probabilities of
reward sum to one. In a stable phase the better arm stays; in a volatile one the sides are exchanged
again and again. Nothing is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import LEFT_RIGHT, Count, Probability, Task, draw_number
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

LEFT, RIGHT = range(2)
STABLE, VOLATILE = range(2)


Schedule = Literal["training", "markov", "stable_first", "volatile_first"]
TRAINING, MARKOV, STABLE_FIRST, VOLATILE_FIRST = range(4)

Probabilities = Literal["drawn", "by_regime"]
DRAWN, BY_REGIME = range(2)


@njit(cache=True)
def enter_regime(session, regime, uniform):  # type: ignore[no-untyped-def]
    """Begin a phase: what its better arm pays, and how often the sides are exchanged in it."""
    session.regime = regime
    if session.probabilities == DRAWN and session.schedule < STABLE_FIRST:
        session.probability = session.low_probability if uniform < 0.5 else session.high_probability
    elif regime == STABLE:
        session.probability = session.stable_probability
    else:
        session.probability = session.volatile_probability
    if regime == STABLE:
        session.volatility = 0.0
    elif session.schedule >= STABLE_FIRST:
        session.volatility = 1.0 / session.block
    else:
        session.volatility = session.reversal_hazard


@njit(cache=True)
def follow_schedule(session, uniform):  # type: ignore[no-untyped-def]
    """Bring a test session to its next trial: blocks are counted from the change outwards."""
    since = session.trial - session.change
    if since == 0:
        enter_regime(session, 1 - session.regime, uniform)
    if since == 0 or (session.regime == VOLATILE and since % session.block == 0):
        session.better = 1 - session.better


@njit(cache=True)
def follow_hazards(session, uniform):  # type: ignore[no-untyped-def]
    """Bring a session of the other schedules to its next trial, by uniform numbers 1 to 3."""
    if session.schedule == TRAINING:
        changes = session.trial == session.change
    else:
        changes = uniform[3] < session.switch_hazard
    if changes:
        # As likely to bring a reversal as not.
        enter_regime(session, 1 - session.regime, uniform[1])
        session.better = LEFT if uniform[2] < 0.5 else RIGHT
    elif session.regime == VOLATILE and uniform[2] < session.reversal_hazard:
        session.better = 1 - session.better


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session, which is a trial.

    Actions: 0 left, 1 right.
    Random numbers: the first decides on reward, the others on the next trial.

    Returns
    -------
    observation : int
        Always 0.
    reward : float
        1 or 0.
    """
    pays = session.probability if action == session.better else 1.0 - session.probability
    session.trial += 1
    if session.schedule >= STABLE_FIRST:
        follow_schedule(session, uniform[1])
    else:
        follow_hazards(session, uniform)
    return 0, 1.0 if uniform[0] < pays else 0.0


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the better side, the first regime and when it changes."""
    session.better = LEFT if uniform[0] < 0.5 else RIGHT
    if session.schedule == STABLE_FIRST:
        regime = STABLE
    elif session.schedule == VOLATILE_FIRST:
        regime = VOLATILE
    else:
        regime = STABLE if uniform[1] < 0.5 else VOLATILE
    if session.schedule >= STABLE_FIRST:
        session.change = session.n_trials // 2
    else:
        choices = session.latest - session.earliest + 1
        session.change = session.earliest + draw_number(uniform[2], choices)
    enter_regime(session, regime, uniform[3])


@dataclass(frozen=True)
class VolatileBandit(Task):
    """The volatility task of Wang et al. 2018 (simulation 2).

    Parameters
    ----------
    schedule : str
        How regimes and reversals come about.

        - `training`: one change of regime, after `earliest` to `latest` trials, either regime
          first; in volatile phases the sides are exchanged before a trial with probability
          `reversal_hazard`.
        - `markov`: before every trial the regime changes with probability `switch_hazard`; in
          volatile phases the sides are exchanged with probability `reversal_hazard`.
        - `stable_first`, `volatile_first`: the schedules of the test, fixed but for the side. The
          regime changes after half the trials, together with the better side; in the volatile half
          it changes every `block` trials, counted from the change. One is the other's mirror image.

        The process of training is not published; in `training` and `markov` a change of regime
        draws the better side anew, left and right as likely.
    trials : int
        Trials of a session (published: 200).
    probabilities : str
        What the better arm pays in `training` and `markov`: `by_regime`, `stable_probability` or
        `volatile_probability`; `drawn`, in each phase `low_probability` or `high_probability`,
        either as likely, so that it does not tell the regime. Tests are always `by_regime`.
    stable_probability, volatile_probability : float
        Probabilities of reward of the better arm by regime (Behrens et al.: .75 and .8); the other
        arm pays with 1 minus it.
    low_probability, high_probability : float
        The same where it is drawn.
    reversal_hazard, switch_hazard : float
        Probabilities, before a trial, of a reversal in volatile phases, and of a change of regime.
    earliest, latest : int
        Trials of the first phase in `training`, uniform between these. Where that is more than
        `trials`, the regime never changes.
    block : int
        Trials between reversals in the volatile half of a test (the 30 to 40 of Behrens et al., in
        half-sessions shorter in proportion).

    References
    ----------
    Behrens et al. (2007), Nature Neuroscience 10:1214. Wang et al. (2018), Nature Neuroscience
    21:860, Fig. 3.
    """

    schedule: Schedule = "training"
    trials: Count = 200
    probabilities: Probabilities = "drawn"
    stable_probability: Probability = 0.75
    volatile_probability: Probability = 0.8
    low_probability: Probability = 0.75
    high_probability: Probability = 0.85
    reversal_hazard: Probability = 1 / 18
    switch_hazard: Probability = 1 / 100
    earliest: Count = 60
    latest: int = 140
    block: Count = 25

    name = "volatility"
    questions = "volatility"
    uniforms_per_step = 4
    observations = ("arms",)
    actions = ("left", "right")
    steps = ("choice",)

    class Session:
        """The regime, when it changes, the better side, what it pays and its hazard."""

        regime: int
        change: int
        better: int
        probability: float
        volatility: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.latest < self.earliest:
            raise ValueError(
                f"latest = {self.latest!r}: expected at least earliest, {self.earliest}."
            )

    def tabulate(self, trials: Trials) -> TrialTable:
        """Trial table: choice, reward, what the arms pay, the regime and its hazard."""
        better, pays = trials.hidden("better"), trials.hidden("probability")
        return {
            "choice": code(trials.action("choice"), LEFT_RIGHT),
            "reward": number(trials.reward),
            "reward_probability": per_arm(
                [np.where(better == side, pays, 1.0 - pays) for side in (LEFT, RIGHT)]
            ),
            "regime": code(trials.hidden("regime")),
            "volatility": number(trials.hidden("volatility")),
        }
