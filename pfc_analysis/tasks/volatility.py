"""The volatility task: a bandit in stable and volatile phases (Wang et al. 2018, Fig. 3).

A trial is one step: the agent pulls the left or the right arm and is rewarded or not. The reward
probabilities of the arms sum to one. In a stable phase the better arm stays the same; in a volatile
phase it changes again and again. The observation carries no information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    Count,
    GivenTrials,
    Probability,
    Script,
    ScriptStep,
    Task,
    draw_number,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

LEFT, RIGHT = range(2)
STABLE, VOLATILE = range(2)


Schedule = Literal["training", "markov", "stable_first", "volatile_first"]
TRAINING, MARKOV, STABLE_FIRST, VOLATILE_FIRST = range(4)

Probabilities = Literal["drawn", "by_regime"]
DRAWN, BY_REGIME = range(2)


@njit(cache=True)
def enter_regime(session, regime, uniform):  # type: ignore[no-untyped-def]
    """Begin a phase: set the reward probability of its better arm and its reversal rate."""
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
    """Begin the next trial of a test session; blocks are counted from the change outwards."""
    since = session.trial - session.change
    if since == 0:
        enter_regime(session, 1 - session.regime, uniform)
    if since == 0 or (session.regime == VOLATILE and since % session.block == 0):
        session.better = 1 - session.better


@njit(cache=True)
def follow_hazards(session, uniform):  # type: ignore[no-untyped-def]
    """Begin the next trial in the other schedules, with the uniform numbers 1 to 3."""
    if session.schedule == TRAINING:
        changes = session.trial == session.change
    else:
        changes = uniform[3] < session.switch_hazard
    if changes:
        # The better side is drawn anew: a reversal has probability one half.
        enter_regime(session, 1 - session.regime, uniform[1])
        session.better = LEFT if uniform[2] < 0.5 else RIGHT
    elif session.regime == VOLATILE and uniform[2] < session.reversal_hazard:
        session.better = 1 - session.better


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session, which is a trial.

    Actions: 0 left, 1 right.
    Random numbers: the first decides whether the arm pays, the others are for the next trial.

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
    """Start a session: draw the better side, the first regime and the trial of its change."""
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
        How regimes and reversals are drawn.

        - `training`: the regime changes once, after `earliest` to `latest` trials; either regime
          may be first. In volatile phases the better side changes before a trial with probability
          `reversal_hazard`.
        - `markov`: before every trial the regime changes with probability `switch_hazard`. In
          volatile phases the better side changes with probability `reversal_hazard`.
        - `stable_first`, `volatile_first`: the schedules of the test; only the side is random. The
          regime and the better side change after half the trials. In the volatile half the better
          side changes every `block` trials, counted from that change. The two schedules are mirror
          images of each other.

        The process used in training is not published. In `training` and `markov` a change of
        regime draws the better side anew; left and right are equally likely.
    trials : int
        Trials per session (published: 200).
    probabilities : str
        Reward probability of the better arm in `training` and `markov`. `by_regime`: it is
        `stable_probability` or `volatile_probability`. `drawn`: each phase draws `low_probability`
        or `high_probability`, equally likely, so that it does not reveal the regime. Tests are
        always `by_regime`.
    stable_probability, volatile_probability : float
        Reward probabilities of the better arm in the two regimes (Behrens et al.: .75 and .8); the
        other arm pays with 1 minus them.
    low_probability, high_probability : float
        Reward probabilities of the better arm if `probabilities` is `drawn`.
    reversal_hazard, switch_hazard : float
        Probabilities, before each trial, of a reversal in volatile phases, and of a change of
        regime.
    earliest, latest : int
        The number of trials of the first phase in `training` is uniform between these. If it is
        more than `trials`, the regime does not change.
    block : int
        Trials between reversals in the volatile half of a test (30 to 40 in Behrens et al., scaled
        down to the shorter sessions here).

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
        """The regime, the trial of its change, the better side, its probability, the hazard."""

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
        """Return the trial table: choice, reward, reward probabilities, regime and hazard."""
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

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice` and `reward`."""
        choice = trials.code("choice", LEFT_RIGHT)
        steps = {"choice": ScriptStep(0, choice, trials.earned(0.0, 1.0))}
        return lay_out_script(steps, "choice", (LEFT, RIGHT), trials.n_trials)
