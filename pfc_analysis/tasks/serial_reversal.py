"""Serial reversal of a colour discrimination, after a study of birds (Logan et al. 2023).

In a trial the agent fixates, a light and a dark option appear, one on each side, and the agent
chooses a side. One of the options is rewarded, whichever side it is on. When the agent chooses it
reliably, the other option becomes the rewarded one, and so on. Each reversal is a new problem of
the same kind.
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
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, find_changes, number

FIXATION, LIGHT_LEFT, DARK_LEFT = range(3)
CENTRE, LEFT, RIGHT = range(3)
LIGHT, DARK = range(2)
OPTIONS = ("light", "dark")

LONGEST_WINDOW = 62
"""Largest window: the outcomes of its trials are stored as the bits of one integer."""


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Begin the next trial: draw the sides of the options."""
    session.trial += 1
    session.step = 0
    session.option_on_left = LIGHT if uniform < 0.5 else DARK


@njit(cache=True)
def note_outcome(session, correct, uniform):  # type: ignore[no-untyped-def]
    """Store the outcome; if the criterion is met, reverse with `reversal_probability`."""
    session.recent = ((session.recent << 1) | correct) & ((1 << session.window) - 1)
    session.choices += 1
    n_correct, left = 0, session.recent
    while left:
        n_correct += left & 1
        left >>= 1
    learned = session.choices >= session.window and n_correct >= session.criterion
    if learned and uniform < session.reversal_probability:
        session.rewarded_option = 1 - session.rewarded_option
        session.reversal_number += 1
        session.recent = 0
        session.choices = 0


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right. The response to fixation must be the centre, the choice a
    side.
    Random numbers: for the reward, for the next trial's sides, and for a reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 light on the left (and dark on the right), 2 dark on the left.
    reward : float
        1 or 0 for a choice; -1 for an invalid response, which ends the trial; 0 for fixation.
    """
    if (action == CENTRE) != (session.step == 0):
        begin_trial(session, uniform[1])
        return FIXATION, -1.0

    if session.step == 0:
        session.step = 1
        return LIGHT_LEFT + session.option_on_left, 0.0

    chosen = session.option_on_left if action == LEFT else 1 - session.option_on_left
    correct = 1 if chosen == session.rewarded_option else 0
    probability = session.reward_probability if correct else 1.0 - session.reward_probability
    note_outcome(session, correct, uniform[2])
    begin_trial(session, uniform[1])
    return FIXATION, 1.0 if uniform[0] < probability else 0.0


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the rewarded option and the sides of the options."""
    session.rewarded_option = LIGHT if uniform[0] < 0.5 else DARK
    session.option_on_left = LIGHT if uniform[1] < 0.5 else DARK


@dataclass(frozen=True)
class SerialReversal(Task):
    """Serial reversal of a discrimination between a light and a dark option.

    The task is that of Logan et al. (2023) on great-tailed grackles, but all reversals are in one
    session, and trials have a fixation step as in the tasks of Wang et al. 2018. Only the reward
    probability is that of the birds. The other settings are this toolkit's; the criterion of the
    birds was 17 of 20.

    Parameters
    ----------
    criterion, window : int
        The rewarded option is reversed when `criterion` of the last `window` choices were correct.
        The count starts again after each reversal, so that there are at least `window` choices
        between two reversals.
    reward_probability : float
        Reward probability of the rewarded option; the other pays with one minus it (birds: 1).
    reversal_probability : float
        Probability of a reversal after each choice at which the criterion is met (birds: 1). If it
        is 1, an agent that counts its correct choices can predict the reversal; below 1, it cannot.
    trials : int
        Trials per session. An invalid response pays -1 and the next trial begins. The trial that it
        ended counts as a trial, but not as a choice in the window.
    """

    criterion: Count = 9
    window: Count = 10
    reward_probability: Probability = 1.0
    reversal_probability: Probability = 1.0
    trials: Count = 100

    name = "serial_reversal"
    questions = "serial_reversal"
    uniforms_per_step = 3
    observations = ("fixation", "light_left", "dark_left")
    actions = ("centre", "left", "right")
    steps = ("fixation", "choice")
    events = ("options", "outcome")

    class Session:
        """The left option, the rewarded option, and the choices since the last reversal."""

        option_on_left: int
        rewarded_option: int
        reversal_number: int
        choices: int
        recent: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.criterion <= self.window <= LONGEST_WINDOW:
            raise ValueError(
                f"criterion = {self.criterion!r}, window = {self.window!r}: expected the criterion "
                f"to be at most the window, and the window at most {LONGEST_WINDOW}."
            )

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: chosen side and option, whether it is correct, reversals."""
        on_left, pays = trials.hidden("option_on_left"), trials.hidden("rewarded_option")
        number_of = trials.hidden("reversal_number")
        choice, invalid = trials.choice("choice", LEFT), trials.invalid
        chosen = np.where(invalid, MISSING, np.where(choice == 0, on_left, 1 - on_left))
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "invalid": code(invalid),
            "chosen_option": code(chosen, OPTIONS),
            "correct": code(np.where(invalid, MISSING, chosen == pays)),
            "rewarded_option": code(pays, OPTIONS),
            "option_on_left": code(on_left, OPTIONS),
            "reversal_number": code(number_of, kind=np.int32),
            "reversal": code(find_changes(number_of)),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice`, `option_on_left` and `reward`."""
        choice = trials.code("choice", LEFT_RIGHT)
        on_left = trials.code("option_on_left", OPTIONS)
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE),
            "choice": ScriptStep(LIGHT_LEFT + on_left, LEFT + choice, trials.earned(0.0, 1.0)),
        }
        return lay_out_script(steps, "choice", (LEFT, RIGHT), trials.n_trials)
