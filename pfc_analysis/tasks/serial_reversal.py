"""Serial reversal of a colour discrimination, as birds learn it (Logan et al. 2023), for agents.

A trial: fixate; a light and a dark option appear, one on each side; choose a side. One of the two
pays, whichever side it is on. Once it is chosen reliably, the other one pays, and so on: each
reversal is a problem of its own, and all are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

FIXATION, LIGHT_LEFT, DARK_LEFT = range(3)
CENTRE, LEFT, RIGHT = range(3)
LIGHT, DARK = range(2)

LONGEST_WINDOW = 62
"""Outcomes of the last trials are kept as the bits of one number."""

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("option_on_left", np.int64),
        ("rewarded_option", np.int64),
        ("reversal_number", np.int64),
        ("choices", np.int64),
        ("recent", np.int64),
        ("n_trials", np.int64),
        ("criterion", np.int64),
        ("window", np.int64),
        ("reward_probability", np.float64),
        ("reversal_probability", np.float64),
    ],
    align=True,
)


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

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 centre, 1 left, 2 right. Fixation needs the centre, the choice a side.
    uniform : ndarray, shape (3,)
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
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: either option may pay, on either side."""
    for i in range(sessions.shape[0]):
        sessions[i].rewarded_option = LIGHT if uniforms[i, 0] < 0.5 else DARK
        sessions[i].option_on_left = LIGHT if uniforms[i, 1] < 0.5 else DARK


@njit(cache=True)
def play(memory, actions, uniforms, observations, cues, rewards, done):  # type: ignore[no-untyped-def]
    """Play one step of all sessions that are not done (`Task.play_kernel`)."""
    sessions = memory.view(SESSION)
    for i in range(sessions.shape[0]):
        rewards[i] = 0.0
        if not done[i]:
            observations[i], rewards[i] = step(sessions[i], actions[i], uniforms[i])
            done[i] = sessions[i].trial == sessions[i].n_trials


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

    criterion: int = 9
    window: int = 10
    reward_probability: float = 1.0
    reversal_probability: float = 1.0
    trials: int = 100

    name = "serial_reversal"
    questions = "serial_reversal"
    session_type = SESSION
    uniforms_per_step = 3
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        check_count("criterion", self.criterion)
        check_count("window", self.window)
        check_count("trials", self.trials)
        check_probability("reward_probability", self.reward_probability)
        check_probability("reversal_probability", self.reversal_probability)
        if not self.criterion <= self.window <= LONGEST_WINDOW:
            raise ValueError(
                f"criterion = {self.criterion!r}, window = {self.window!r}: expected a criterion "
                f"of at most the window, and a window of at most {LONGEST_WINDOW}."
            )

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown, by code."""
        return ("fixation", "light_left", "dark_left")

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("centre", "left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("fixation", "choice")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("options", "outcome")

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.trials

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {
            "n_trials": self.trials,
            "criterion": self.criterion,
            "window": self.window,
            "reward_probability": self.reward_probability,
            "reversal_probability": self.reversal_probability,
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: side and option chosen, whether that one pays, reversals so far."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), missing)

        hidden = {
            name: by_trial(log.before[name])[..., 0]
            for name in ("option_on_left", "rewarded_option", "reversal_number")
        }
        reward = by_trial(log.reward, 0.0).sum(-1)
        invalid = reward < 0
        choice = np.where(invalid, -1, by_trial(log.action)[..., 1] - LEFT)
        on_left, pays = hidden["option_on_left"], hidden["rewarded_option"]
        chosen = np.where(invalid, -1, np.where(choice == 0, on_left, 1 - on_left))
        number = hidden["reversal_number"]
        changed = np.diff(number, axis=1, prepend=number[:, :1]) != 0
        on_trial = ("trial",)
        sides, options = {"labels": ["left", "right"]}, {"labels": ["light", "dark"]}
        return {
            "choice": (on_trial, choice.astype(np.int8), sides),
            "reward": (on_trial, reward, {}),
            "invalid": (on_trial, invalid.astype(np.int8), {}),
            "chosen_option": (on_trial, chosen.astype(np.int8), options),
            "correct": (on_trial, np.where(invalid, -1, chosen == pays).astype(np.int8), {}),
            "rewarded_option": (on_trial, pays.astype(np.int8), options),
            "option_on_left": (on_trial, on_left.astype(np.int8), options),
            "reversal_number": (on_trial, number.astype(np.int32), {}),
            "reversal": (on_trial, changed.astype(np.int8), {}),
        }
