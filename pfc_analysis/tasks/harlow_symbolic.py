"""Harlow's task with numbers in place of pixels: a quick substitute for tests and small computers.

Two objects, each a list of random numbers, are shown left and right; one of them pays throughout a
session. All that is left of Wang et al. 2018 (Fig. 6) is what has to be learned to learn: the first
choice is a guess, and its outcome says what to choose in all others, whichever the sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, draw_number
from pfc_analysis.tasks.vision.patterns import seeded, uniform

FIXATION, OBJECTS = range(2)
CENTRE, LEFT, RIGHT = range(3)

FIXATION_REWARD, CORRECT_REWARD, WRONG_REWARD = 0.2, 1.0, -1.0
"""Published."""

OBJECT_STREAM = 2
"""Numbers of objects are drawn apart from pictures, whose streams are 0 and 1."""

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("n_trials", np.int64),
        ("rewarded_side", np.int64),
        ("rewarded_image", np.int64),
        ("other_image", np.int64),
    ],
    align=True,
)


@njit(cache=True)
def show(session, cues):  # type: ignore[no-untyped-def]
    """Fill a session's cues: the left object's features, then the right one's; 0 at fixation."""
    cues[:] = 0.0
    if session.step == FIXATION:
        return
    features = len(cues) // 2
    for side in range(2):
        pays = side == session.rewarded_side
        number = session.rewarded_image if pays else session.other_image
        state = seeded(number, OBJECT_STREAM)
        for k in range(features):
            cues[side * features + k] = uniform(state)


@njit(cache=True)
def step(session, action, numbers):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 centre, 1 left, 2 right.
    numbers : ndarray, shape (3,)
        Uniform random numbers; the first decides on the next trial's sides.

    Returns
    -------
    observation : int
        0 fixation, 1 objects.
    reward : float
        0.2 for fixating, 1 or -1 for the object chosen; 0 for an invalid response, which breaks
        the trial off.
    """
    valid = (action == CENTRE) == (session.step == FIXATION)
    if valid and session.step == FIXATION:
        session.step = OBJECTS
        return OBJECTS, FIXATION_REWARD
    reward = 0.0
    if valid:
        correct = action - LEFT == session.rewarded_side
        reward = CORRECT_REWARD if correct else WRONG_REWARD
    session.trial += 1
    session.step = FIXATION
    session.rewarded_side = 0 if numbers[0] < 0.5 else 1
    return FIXATION, reward


@njit(cache=True)
def begin(sessions, numbers):  # type: ignore[no-untyped-def]
    """Start sessions: draw two objects and the first trial's sides."""
    for i in range(sessions.shape[0]):
        sessions[i].rewarded_side = 0 if numbers[i, 0] < 0.5 else 1
        sessions[i].rewarded_image = draw_number(numbers[i, 1], 0)
        sessions[i].other_image = draw_number(numbers[i, 2], 0)


@njit(cache=True)
def play(memory, actions, uniforms, observations, cues, rewards, done):  # type: ignore[no-untyped-def]
    """Play one step of all sessions that are not done (`Task.play_kernel`)."""
    sessions = memory.view(SESSION)
    for i in range(sessions.shape[0]):
        rewards[i] = 0.0
        if not done[i]:
            observations[i], rewards[i] = step(sessions[i], actions[i], uniforms[i])
            show(sessions[i], cues[i])
            done[i] = sessions[i].trial == sessions[i].n_trials


@dataclass(frozen=True)
class HarlowSymbolic(Task):
    """Harlow's task without pixels (a substitute for simulation 5 of Wang et al. 2018).

    Rewards and trials are published; objects of numbers and the two steps of a trial are this
    toolkit's. Objects are drawn anew for every session, so that a test session never shows one that
    was trained with.

    Parameters
    ----------
    features : int
        Numbers of an object, each uniform on [0, 1).
    trials : int
        Trials of a session (published: 6). An invalid response (not fixating, or staying in the
        centre before the objects) pays 0 and breaks its trial off, which counts as incorrect.
    """

    features: int = 16
    trials: int = 6

    name = "harlow_symbolic"
    questions = "harlow"
    session_type = SESSION
    uniforms_per_step = 3
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        check_count("features", self.features)
        check_count("trials", self.trials)

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown, by code."""
        return ("fixation", "objects")

    @property
    def cues(self) -> tuple[str, ...]:
        """Graded inputs: features of the left object, then of the right one; 0 at fixation."""
        return tuple(f"{side}_{k}" for side in ("left", "right") for k in range(self.features))

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("centre", "left", "right")

    @property
    def punishes_invalid(self) -> bool:
        """No: -1 is paid for the wrong object; nothing for an invalid response."""
        return False

    @property
    def is_learning_set(self) -> bool:
        """Yes: a session is one problem."""
        return True

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("fixation", "choice")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("objects", "outcome")

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.trials

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {"n_trials": self.trials}

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice, whether it was right, and the objects."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), missing)

        reward = by_trial(log.reward, 0.0)
        outcome = reward[..., 1]
        choice = np.where(outcome == 0, -1, by_trial(log.action)[..., 1] - LEFT)
        sides, on_trial = {"labels": ["left", "right"]}, ("trial",)
        fields = {
            name: by_trial(log.before[name])[..., 0]
            for name in ("rewarded_side", "rewarded_image", "other_image")
        }
        return {
            "choice": (on_trial, choice.astype(np.int8), sides),
            "reward": (on_trial, reward.sum(-1), {}),
            "correct": (on_trial, (outcome > 0).astype(np.int8), {}),
            "invalid": (on_trial, (outcome == 0).astype(np.int8), {}),
            "rewarded_side": (on_trial, fields["rewarded_side"].astype(np.int8), sides),
            "rewarded_image": (on_trial, fields["rewarded_image"], {}),
            "other_image": (on_trial, fields["other_image"], {}),
        }
