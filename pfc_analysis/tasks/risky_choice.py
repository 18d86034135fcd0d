"""Risky choice (Stopper et al. 2014; Wang et al. 2018, simulation 6, Fig. 7).

In a trial the agent fixates and then chooses left or right. The safe arm always pays a little; the
risky arm pays much or nothing. A block begins with forced trials, which show only one arm; free
trials follow. The risky arm pays with the same probability throughout a block.
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
    GivenTrials,
    Limit,
    NonNegativeCount,
    Probability,
    Script,
    ScriptStep,
    Task,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

FIXATION, CHOICE, FORCED_LEFT, FORCED_RIGHT = range(4)
CENTRE, LEFT, RIGHT = range(3)

SAFE, RISKY = range(2)
NONE = -1
"""In `chosen`: no arm was chosen. In `forced_side`: the trial is free."""


Schedule = Literal["uniform", "fixed", "alternating"]
UNIFORM, FIXED, ALTERNATING = range(3)
Pay = Annotated[
    float,
    Limit(
        "a finite number of at least 0 (only an invalid response may cost reward)",
        lambda v: 0.0 <= v < np.inf,
    ),
]


@njit(cache=True)
def exchange_probabilities(session):  # type: ignore[no-untyped-def]
    """Exchange the two probabilities of an alternating schedule."""
    now = session.probability
    session.probability = session.other_probability
    session.other_probability = now


@njit(cache=True)
def open_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Draw the forced side of this trial; free trials follow when no forced ones remain."""
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
    """Begin the next trial, and a new block if the last one is over."""
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

    Actions: 0 centre, 1 left, 2 right. The response to fixation must be the centre. The response
    must be either side in a free trial and the shown side in a forced trial.
    Random numbers: for reward, for the next trial's forced arm, and for the next block's
    probability.

    Returns
    -------
    observation : int
        0 fixation, 1 choice, 2 and 3 forced left and right.
    reward : float
        What the chosen arm pays; -1 for an invalid response, which ends the trial; 0 at fixation.
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

    Two things are published: trials begin with fixation, and the arms pay one and four pellets in
    the animals' task. The other defaults are this toolkit's.

    Interventions read two fields of the session's record. `chosen` is the arm of the last choice (0
    safe, 1 risky; -1 before the first choice and after an invalid response). It is kept until the
    next choice or invalid response. So if `step` is 0 and `chosen` is not -1, an outcome has just
    been paid. `forced_side` is the required side in a forced trial, and -1 in a free trial.

    Parameters
    ----------
    schedule : str
        How the risky arm's reward probability is set in each block. `uniform`: drawn from [0, 1].
        `fixed`: always `probability`. `alternating`: `probability` and `other_probability` in turn;
        which of them is first is drawn at random.
    probability, other_probability : float
        Reward probabilities of the risky arm, for the schedules that use them (the paper shows .5
        and .125).
    forced : int
        Forced trials of each arm at the start of a block, in random order.
    free : int
        Free trials of a block.
    blocks : int
        Blocks per session. Only the forced trials indicate a new block. The risky arm stays on
        its side throughout the session.
    safe_reward, risky_reward : float
        What the arms pay, in pellets; at least 0.

    Notes
    -----
    A trial that an invalid response ended counts as one of the block's trials, free or forced.
    """

    schedule: Schedule = "uniform"
    probability: Probability = 0.5
    other_probability: Probability = 0.125
    forced: NonNegativeCount = 5
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
        """The side of the risky arm, the last choice, and the remaining trials of the block."""

        risky_side: int
        forced_side: int
        chosen: int
        left_to_come: int
        right_to_come: int
        free_to_come: int

    @property
    def n_trials(self) -> int:
        """Number of trials of a session."""
        return self.blocks * (2 * self.forced + self.free)

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: choice by side and by risk, reward, risky side, probability."""
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

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice`, `forced` and `reward`.

        Without `forced`, all trials are free. In a forced trial the choice is the side shown.
        """
        choice = trials.code("choice", LEFT_RIGHT)
        shown = np.where(trials.flag("forced"), FORCED_LEFT + choice, CHOICE)
        reward = trials.earned(0.0, self.safe_reward, self.risky_reward)
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE),
            "stimulus": ScriptStep(shown, LEFT + choice, reward),
        }
        return lay_out_script(steps, "stimulus", (LEFT, RIGHT), trials.n_trials)
