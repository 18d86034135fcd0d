"""The two-step task (Daw et al. 2011; Miller et al. 2017; Wang et al. 2018, simulation 4, Fig. 5).

In a trial the agent fixates and chooses left or right. The choice leads to one of two second
states, commonly to the one on its own side. There any response ends the trial with or without
reward. One second state is rewarded often, the other seldom, and occasionally they change roles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    MISSING,
    Array,
    Count,
    GivenTrials,
    Probability,
    Script,
    ScriptStep,
    Task,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

# Codes of observations and actions in trials that begin with fixation.
FIXATION, STAGE_1, SECOND_STATE_LEFT, SECOND_STATE_RIGHT = range(4)
CENTRE, LEFT, RIGHT = range(3)


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Begin the next trial, and perhaps reverse the better second state."""
    session.trial += 1
    session.step = 0
    if uniform < session.reversal_probability:
        session.better_state = 1 - session.better_state


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right; without the fixation step, 0 left, 1 right.
    Random numbers: for the event (transition or reward), and for the next trial's reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 stage 1, 2 and 3 the second states; without the fixation step, one less.
    reward : float
        1 or 0 at the end of a trial; -1 for an invalid response, which ends the trial.
    """
    fixating = session.fixation == 1 and session.step == 0
    if session.fixation == 1 and (action == CENTRE) != fixating:
        begin_trial(session, uniform[1])
        return FIXATION, -1.0

    if fixating:
        session.step = 1
        return STAGE_1, 0.0

    if session.step == session.fixation:
        own_side = action - session.fixation
        is_common = uniform[0] < session.common_probability
        session.second_state = own_side if is_common else 1 - own_side
        session.step += 1
        return session.fixation + 1 + session.second_state, 0.0

    probability = session.reward_probability
    if session.second_state != session.better_state:
        probability = 1.0 - probability
    reward = 1.0 if uniform[0] < probability else 0.0
    begin_trial(session, uniform[1])
    return 0, reward


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the better second state."""
    session.better_state = 1 if uniform[0] < 0.5 else 0


@dataclass(frozen=True)
class TwoStep(Task):
    """The two-step task of Wang et al. 2018 (simulation 4).

    Parameters
    ----------
    common_probability : float
        Probability that a first choice leads to the second state of its own side (published: 0.8).
    reward_probability : float
        Reward probability in the better second state; in the other it is one minus this (published:
        0.9).
    reversal_probability : float
        Probability, at the start of each trial, that the better state changes (published: 0.025).
    trials : int
        Trials per session (published: 100). What follows an invalid response is not published: here
        it pays -1 and the next trial begins. The trial that it ended counts.
    fixation : bool
        Whether a trial begins with fixation (published: yes). If not, no response is invalid.
    """

    common_probability: Probability = 0.8
    reward_probability: Probability = 0.9
    reversal_probability: Probability = 0.025
    trials: Count = 100
    fixation: bool = True

    name = "two_step"
    questions = "two_step"
    uniforms_per_step = 2

    class Session:
        """The second state that was reached, and the one that is rewarded more often."""

        second_state: int
        better_state: int

    @property
    def observations(self) -> tuple[str, ...]:
        """Names of the observations, by code."""
        return self._after_fixation(
            "fixation", "stage_1", "second_state_left", "second_state_right"
        )

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions, by code."""
        return self._after_fixation("centre", "left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the decision steps of a trial."""
        return self._after_fixation("fixation", "stage_1", "second_state")

    def _after_fixation(self, first: str, *rest: str) -> tuple[str, ...]:
        """Return names of codes; without the fixation step, leave the first one out."""
        return (first, *rest) if self.fixation else rest

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: choice, second state, transition, reward, better state."""
        first = int(self.fixation)  # without the fixation step, all codes are one less
        invalid, better_state = trials.invalid, trials.hidden("better_state")
        choice = trials.choice("stage_1", first)
        shown = trials.observation("second_state")
        second_state = np.where(invalid, MISSING, shown - first - 1)
        reward_probability = [
            np.where(better_state == side, self.reward_probability, 1.0 - self.reward_probability)
            for side in (0, 1)
        ]
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "invalid": code(invalid),
            "common_transition": code(np.where(invalid, MISSING, second_state == choice)),
            "second_state": code(second_state, LEFT_RIGHT),
            "better_state": code(better_state, LEFT_RIGHT),
            "reward_probability": per_arm(reward_probability),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice`, `common_transition` and `reward`.

        In this task a choice commonly leads to its own side. Where an animal's choices commonly led
        to the other side (`second_state`), a second state is shown on the side of the choice that
        commonly leads to it. The task accepts any response in a second state; the response assumed
        here goes to the side of that state, as an animal goes there.
        """
        first = int(self.fixation)  # without the fixation step, all codes are one less
        choice = trials.code("choice", LEFT_RIGHT)
        common = trials.code("common_transition", ("uncommon", "common"))
        state = np.where(common == 1, choice, 1 - choice)
        self._note_sides(trials, state)
        steps = {
            "stage_1": ScriptStep(first, choice + first),
            "second_state": ScriptStep(state + first + 1, state + first, trials.earned(0.0, 1.0)),
        }
        if self.fixation:
            steps = {"fixation": ScriptStep(FIXATION, CENTRE), **steps}
        return lay_out_script(steps, "stage_1", (first, first + 1), trials.n_trials)

    def _note_sides(self, trials: GivenTrials, state: Array) -> None:
        """Say what is assumed of second states, and how many are shown on their other side."""
        trials.note("In second states, responses to their side are assumed.")
        if not trials.has("second_state"):
            return
        own = trials.number("second_state")
        exchanged = int((trials.kept & (own >= 0) & (own != state)).sum())
        if exchanged:
            trials.note(
                f"Second states were shown on the other side in {exchanged:,} trials, in which "
                "choices commonly led to the other side."
            )
