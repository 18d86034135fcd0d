"""Serial reversal of a colour discrimination, as birds learn it (Logan et al. 2023), for agents.

A trial: fixate; a light and a dark option appear, one on each side; choose a side. One of the two
pays, whichever side it is on. Once it is chosen reliably, the other one pays, and so on: each
reversal is a problem of its own, and all are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import LEFT_RIGHT, MISSING, Count, Probability, Task
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, find_changes, number

FIXATION, LIGHT_LEFT, DARK_LEFT = range(3)
CENTRE, LEFT, RIGHT = range(3)
LIGHT, DARK = range(2)
OPTIONS = ("light", "dark")

LONGEST_WINDOW = 62
"""Outcomes of the last trials are kept as the bits of one number."""


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Go to the first step of the next trial; draw the sides."""
    session.trial += 1
    session.step = 0
    session.option_on_left = LIGHT if uniform < 0.5 else DARK


@njit(cache=True)
def note_outcome(session, correct, uniform):  # type: ignore[no-untyped-def]
    """Reverse what pays, if enough of the last choices were correct and `uniform` says so."""
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

    Actions: 0 centre, 1 left, 2 right. Fixation needs the centre, the choice a side.
    Random numbers: for the reward, for the next trial's sides, and for a reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 light on the left (and dark on the right), 2 dark on the left.
    reward : float
        1 or 0 for a choice; -1 for an invalid response, which breaks the trial off; 0 for fixation.
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
    """Start a session: either option may pay, on either side."""
    session.rewarded_option = LIGHT if uniform[0] < 0.5 else DARK
    session.option_on_left = LIGHT if uniform[1] < 0.5 else DARK


@dataclass(frozen=True)
class SerialReversal(Task):
    """Serial reversal of a discrimination between a light and a dark option.

    The task is that of Logan et al. (2023) on great-tailed grackles, within a session and with a
    fixation step as in the tasks of Wang et al. 2018. All settings but the reward are this
    toolkit's: the birds' criterion was 17 of 20.

    Parameters
    ----------
    criterion, window : int
        What pays is reversed once `criterion` of the last `window` choices were correct. Choices
        are counted anew after each reversal, and there are `window` of them before the next.
    reward_probability : float
        Probability of reward for the option that pays; the other pays with one minus it (birds: 1).
    reversal_probability : float
        Probability of the reversal after each choice with which the criterion is met (birds: 1).
        At 1 one who can count foresees it; below, nobody can.
    trials : int
        Trials of a session. One broken off by an invalid response counts: it pays -1 and the next
        trial begins; it is no choice, and does not count in the window.
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
        """Which option is where and which pays; choices since the reversal, the last as bits."""

        option_on_left: int
        rewarded_option: int
        reversal_number: int
        choices: int
        recent: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.criterion <= self.window <= LONGEST_WINDOW:
            raise ValueError(
                f"criterion = {self.criterion!r}, window = {self.window!r}: expected a criterion "
                f"of at most the window, and a window of at most {LONGEST_WINDOW}."
            )

    def tabulate(self, trials: Trials) -> TrialTable:
        """Trial table: side and option chosen, whether that one pays, reversals so far."""
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
