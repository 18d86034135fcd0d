"""The inferred-value task (Bromberg-Martin et al. 2010; Wang et al. 2018, simulation 3, Fig. 4).

In a trial the agent fixates, a target appears on the left or right, the agent looks at it, stays on
it and sees the outcome. Saccades are forced. Only one side is rewarded, and occasionally the sides
change roles without notice. After such a reversal, the outcome of one side is enough to infer the
value of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    MISSING,
    Count,
    GivenTrials,
    Probability,
    Script,
    ScriptStep,
    Task,
    lay_out_script,
)
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
    """Begin the next trial: draw its cue, and perhaps reverse the rewarded side."""
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

    Actions: 0 centre, 1 left, 2 right. The response to fixation must be the centre, and the
    response to a cue its side; in later steps any action is accepted.
    Random numbers: for the next trial's cue, and for its reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 and 2 cue left and right, 3 on target, 4 outcome.
    reward : float
        1 for the step on the target if its side is rewarded; -1 for an invalid response, which ends
        the trial; otherwise 0.
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
    """Start a session: draw the side of the first cue and the rewarded side."""
    session.cue = 0 if uniform[0] < 0.5 else 1
    session.rewarded_side = 0 if uniform[1] < 0.5 else 1


@dataclass(frozen=True)
class InferredValue(Task):
    """The inferred-value task of Wang et al. 2018 (simulation 3).

    The order of events is published. The settings are not; their defaults are this toolkit's.

    Parameters
    ----------
    reversal_probability : float
        Probability, at the start of a trial, that the rewarded side changes.
    shortest_block : int
        Smallest number of trials between two reversals, and before the first one of a session.
    trials : int
        Trials per session. An invalid response pays -1 and the next trial begins; the trial that it
        ended counts.
    """

    reversal_probability: Probability = 0.1
    shortest_block: Count = 2
    trials: Count = 20

    name = "inferred_value"
    why_no_questions = (
        "its choices are instructed, so there is no free choice to compare; its agents are "
        "analysed by their prediction errors, which the trial tables of animals do not contain"
    )
    uniforms_per_step = 2
    observations = ("fixation", "cue_left", "cue_right", "on_target", "outcome")
    actions = ("centre", "left", "right")
    steps = ("fixation", "cue", "on_target", "outcome")
    events = ("cue", "on_target", "outcome", "next_fixation")

    class Session:
        """The side of the cue, the rewarded side, and the trials since the last reversal."""

        cue: int
        rewarded_side: int
        trials_since_reversal: int

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: cue, choice, reward, the rewarded side and its reversals."""
        shown, rewarded_side = trials.observation("cue"), trials.hidden("rewarded_side")
        return {
            "choice": code(trials.choice("cue", LEFT), LEFT_RIGHT),
            "reward": number(trials.reward),
            "forced": code(np.ones_like(shown)),
            "invalid": code(trials.invalid),
            # A trial that an invalid response ended at fixation shows no cue.
            "cue": code(np.where(shown < 0, MISSING, shown - CUE_LEFT), LEFT_RIGHT),
            "rewarded_side": code(rewarded_side, LEFT_RIGHT),
            "reversal": code(find_changes(rewarded_side)),
            "reward_probability": per_arm([1.0 * (rewarded_side == side) for side in (0, 1)]),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `cue` and `reward`.

        The task accepts any response on the target and at the outcome; the responses assumed here
        stay on the target.
        """
        cue = trials.code("cue", LEFT_RIGHT)
        trials.note("On the target and at the outcome, responses to the target are assumed.")
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE),
            "cue": ScriptStep(CUE_LEFT + cue, LEFT + cue),
            "on_target": ScriptStep(ON_TARGET, LEFT + cue, trials.earned(0.0, 1.0)),
            "outcome": ScriptStep(OUTCOME, LEFT + cue),
        }
        return lay_out_script(steps, "cue", (LEFT, RIGHT), trials.n_trials)
