"""The inferred-value task (Bromberg-Martin et al. 2010; Wang et al. 2018, simulation 3, Fig. 4).

A trial: fixate; a target appears left or right; look at it; stay on it; see the outcome. Saccades
are forced, but only one side pays, and now and then the sides change roles without notice. Seeing
one side after such a reversal is enough to infer what the other is worth now.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import LEFT_RIGHT, MISSING, Count, Probability, Task
from pfc_analysis.tasks.contract.trials import (
    Trials,
    TrialTable,
    code,
    find_changes,
    number,
    per_arm,
)

FIXATION, CUE_LEFT, CUE_RIGHT, ON_TARGET, OUTCOME = range(5)
CENTRE, LEFT, RIGHT = range(3)


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Go to the first step of the next trial; draw its cue; the paying side may change now."""
    session.trial += 1
    session.step = 0
    session.cue = 0 if uniform[0] < 0.5 else 1
    session.trials_since_reversal += 1
    may_change = session.trials_since_reversal >= session.shortest_block
    if may_change and uniform[1] < session.reversal_probability:
        session.rewarded_side = 1 - session.rewarded_side
        session.trials_since_reversal = 0


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right. Fixation needs the centre and a cue its own side; later any
    action is accepted.
    Random numbers: for the next trial's cue, and for its reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 and 2 cue left and right, 3 on target, 4 outcome.
    reward : float
        1 on leaving the target on the side that pays; -1 for an invalid response, which breaks
        the trial off; otherwise 0.
    """
    wrong = (session.step == 0 and action != CENTRE) or (
        session.step == 1 and action != LEFT + session.cue
    )
    if wrong:
        begin_trial(session, uniform)
        return FIXATION, -1.0

    session.step += 1
    if session.step == 1:
        return CUE_LEFT + session.cue, 0.0
    if session.step == 2:
        return ON_TARGET, 0.0
    if session.step == 3:
        return OUTCOME, 1.0 if session.cue == session.rewarded_side else 0.0
    begin_trial(session, uniform)
    return FIXATION, 0.0


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: either side may be shown, and either may pay."""
    session.cue = 0 if uniform[0] < 0.5 else 1
    session.rewarded_side = 0 if uniform[1] < 0.5 else 1


@dataclass(frozen=True)
class InferredValue(Task):
    """The inferred-value task of Wang et al. 2018 (simulation 3).

    The order of events is published, the settings are not: defaults are this toolkit's.

    Parameters
    ----------
    reversal_probability : float
        Probability, at the start of a trial, that the paying side changes.
    shortest_block : int
        Trials that a side pays at least before it may change, at a session's start too.
    trials : int
        Trials of a session. One broken off by an invalid response counts: it pays -1 and the next
        trial begins.
    """

    reversal_probability: Probability = 0.1
    shortest_block: Count = 2
    trials: Count = 20

    name = "inferred_value"
    why_no_questions = (
        "its choices are instructed, so that there is no choice to compare; its agents are asked "
        "for prediction errors, which the trials of animals do not hold"
    )
    uniforms_per_step = 2
    observations = ("fixation", "cue_left", "cue_right", "on_target", "outcome")
    actions = ("centre", "left", "right")
    steps = ("fixation", "cue", "on_target", "outcome")
    events = ("cue", "on_target", "outcome", "next_fixation")

    class Session:
        """The side of the cue, the side that pays, and since when."""

        cue: int
        rewarded_side: int
        trials_since_reversal: int

    def tabulate(self, trials: Trials) -> TrialTable:
        """Trial table: cue, choice, reward, the hidden paying side and where it changed."""
        shown, rewarded_side = trials.observation("cue"), trials.hidden("rewarded_side")
        return {
            "choice": code(trials.choice("cue", LEFT), LEFT_RIGHT),
            "reward": number(trials.reward),
            "forced": code(np.ones_like(shown)),
            "invalid": code(trials.invalid),
            # A trial broken off at fixation shows no cue.
            "cue": code(np.where(shown < 0, MISSING, shown - CUE_LEFT), LEFT_RIGHT),
            "rewarded_side": code(rewarded_side, LEFT_RIGHT),
            "reversal": code(find_changes(rewarded_side)),
            "reward_probability": per_arm([1.0 * (rewarded_side == side) for side in (0, 1)]),
        }
