"""Risky choice (Stopper et al. 2014; Wang et al. 2018, simulation 6, Fig. 7).

A trial: fixate, then choose left or right. One arm is safe and always pays a little, the other is
risky and pays much or nothing. A block of trials begins with forced pulls, in which only one arm
is shown, and goes on with free ones; how often the risky arm pays is the same throughout a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    MISSING,
    Count,
    CountOrNone,
    Limit,
    Probability,
    Task,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

FIXATION, CHOICE, FORCED_LEFT, FORCED_RIGHT = range(4)
CENTRE, LEFT, RIGHT = range(3)

SAFE, RISKY = range(2)
NONE = -1
"""Of `chosen`: no arm was chosen. Of `forced_side`: the trial is free."""


Schedule = Literal["uniform", "fixed", "alternating"]
UNIFORM, FIXED, ALTERNATING = range(3)
Pay = Annotated[
    float,
    Limit(
        "a finite number of at least 0; only an invalid response costs anything",
        lambda v: 0.0 <= v < np.inf,
    ),
]


@njit(cache=True)
def exchange_probabilities(session):  # type: ignore[no-untyped-def]
    """Let the two probabilities of an alternating schedule change places."""
    now = session.probability
    session.probability = session.other_probability
    session.other_probability = now


@njit(cache=True)
def open_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Draw the trial at hand from the block's forced pulls to come; free ones follow them."""
    remaining = session.left_to_come + session.right_to_come
    if remaining == 0:
        session.forced_side = NONE
        session.free_to_come -= 1
    elif uniform * remaining < session.left_to_come:
        session.forced_side = 0
        session.left_to_come -= 1
    else:
        session.forced_side = 1
        session.right_to_come -= 1


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Go to the first step of the next trial, which may open a block."""
    session.trial += 1
    session.step = 0
    if session.left_to_come + session.right_to_come + session.free_to_come == 0:
        session.left_to_come = session.right_to_come = session.forced
        session.free_to_come = session.free
        if session.schedule == UNIFORM:
            session.probability = uniform[2]
        elif session.schedule == ALTERNATING:
            exchange_probabilities(session)
    open_trial(session, uniform[1])


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right. Fixation needs the centre, a free trial either side and a
    forced trial its own.
    Random numbers: for reward, for the next trial's forced arm, and for the next block's
    probability.

    Returns
    -------
    observation : int
        0 fixation, 1 choice, 2 and 3 forced left and right.
    reward : float
        What the chosen arm pays; -1 for an invalid response, which breaks the trial off; 0 at
        fixation.
    """
    side = action - LEFT
    fixating = session.step == 0
    wrong_side = session.forced_side != NONE and side != session.forced_side
    if (action == CENTRE) != fixating or (not fixating and wrong_side):
        session.chosen = NONE
        begin_trial(session, uniform)
        return FIXATION, -1.0

    if fixating:
        session.step = 1
        return CHOICE if session.forced_side == NONE else FORCED_LEFT + session.forced_side, 0.0

    if side == session.risky_side:
        session.chosen = RISKY
        reward = session.risky_reward if uniform[0] < session.probability else 0.0
    else:
        session.chosen = SAFE
        reward = session.safe_reward
    begin_trial(session, uniform)
    return FIXATION, reward


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the risky arm's side, its probability and the first trial."""
    session.chosen = NONE
    session.risky_side = 0 if uniform[0] < 0.5 else 1
    session.left_to_come = session.right_to_come = session.forced
    session.free_to_come = session.free
    if session.schedule == UNIFORM:
        session.probability = uniform[2]
    elif session.schedule == ALTERNATING and uniform[2] < 0.5:
        exchange_probabilities(session)
    open_trial(session, uniform[1])


@dataclass(frozen=True)
class RiskyChoice(Task):
    """The risky-choice task of Wang et al. 2018 (simulation 6), after Stopper et al. 2014.

    That trials begin with fixation, and the pays of one and four pellets in the animals' task, are
    published; the rest of the defaults is this toolkit's. The session's record tells rules of
    intervention what happened: `chosen` is set in the step that chooses an arm (0 safe, 1 risky; -1
    after an invalid response, and before the first choice) and kept until the next response is
    invalid or chooses, so that an outcome has just been paid where `step` is 0 and `chosen` is not
    -1. `forced_side` is the side asked for in the trial at hand, -1 where it is free.

    Parameters
    ----------
    schedule : str
        How the risky arm's probability of paying is set in each block: `uniform`, drawn from
        [0, 1]; `fixed`, `probability`; `alternating`, `probability` and `other_probability` in
        turn, either first.
    probability, other_probability : float
        Probabilities that the risky arm pays, where `schedule` uses them (shown in the paper: .5
        and .125).
    forced : int
        Pulls of each arm that open a block, in random order, before the free ones.
    free : int
        Free pulls of a block.
    blocks : int
        Blocks of a session. Nothing but their forced pulls announces them, and the risky arm
        stays on its side.
    safe_reward, risky_reward : float
        What the arms pay, in pellets; at least 0.

    Notes
    -----
    A trial broken off by an invalid response counts, a forced one as that one.
    """

    schedule: Schedule = "uniform"
    probability: Probability = 0.5
    other_probability: Probability = 0.125
    forced: CountOrNone = 5
    free: Count = 20
    blocks: Count = 1
    safe_reward: Pay = 1.0
    risky_reward: Pay = 4.0

    name = "risky_choice"
    questions = "risky_choice"
    uniforms_per_step = 3
    observations = ("fixation", "choice", "forced_left", "forced_right")
    actions = ("centre", "left", "right")
    steps = ("fixation", "stimulus")

    class Session:
        """Where the risky arm is, what was chosen, and which trials of the block are left."""

        risky_side: int
        forced_side: int
        chosen: int
        left_to_come: int
        right_to_come: int
        free_to_come: int

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.blocks * (2 * self.forced + self.free)

    def tabulate(self, trials: Trials) -> TrialTable:
        """Trial table: choice by side and by risk, reward, and the hidden side and probability."""
        choice, invalid = trials.choice("stimulus", LEFT), trials.invalid
        risky_side, probability = trials.hidden("risky_side"), trials.hidden("probability")
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "forced": code(trials.hidden("forced_side") != NONE),
            "invalid": code(invalid),
            "risky_choice": code(np.where(invalid, MISSING, choice == risky_side)),
            "risky_side": code(risky_side, LEFT_RIGHT),
            "risky_probability": number(probability),
            "reward_probability": per_arm(
                [np.where(risky_side == side, probability, 1.0) for side in (0, 1)]
            ),
        }
