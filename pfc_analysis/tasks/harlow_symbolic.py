"""Harlow's task with numbers in place of pixels: a fast version for tests and small computers.

Two objects are shown, one on the left and one on the right. Each is a list of random numbers. The
same object is rewarded throughout a session. The task keeps only the core of Harlow's task in Wang
et al. 2018 (Fig. 6): the first choice is a guess, and its outcome tells the agent which object to
choose in all later trials, whichever side it is on.
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
    Script,
    ScriptStep,
    Task,
    draw_number,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number
from pfc_analysis.tasks.vision.patterns import seeded, uniform

FIXATION, OBJECTS = range(2)
CENTRE, LEFT, RIGHT = range(3)

FIXATION_REWARD, CORRECT_REWARD, WRONG_REWARD = 0.2, 1.0, -1.0
"""Published."""

OBJECT_STREAM = 2
"""Random stream of the objects; the streams 0 and 1 belong to pictures."""


@njit(cache=True)
def show(session, cues):  # type: ignore[no-untyped-def]
    """Fill the cues: features of the left object, then of the right one; 0 at fixation."""
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

    Actions: 0 centre, 1 left, 2 right.
    Random numbers: the first draws the sides of the next trial.

    Returns
    -------
    observation : int
        0 fixation, 1 objects.
    reward : float
        0.2 for fixating, 1 or -1 for the chosen object; 0 for an invalid response, which ends the
        trial.
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
def begin(session, numbers):  # type: ignore[no-untyped-def]
    """Start a session: draw two objects and the first trial's sides."""
    session.rewarded_side = 0 if numbers[0] < 0.5 else 1
    session.rewarded_image = draw_number(numbers[1], 0)
    session.other_image = draw_number(numbers[2], 0)


@dataclass(frozen=True)
class HarlowSymbolic(Task):
    """Harlow's task without pixels (a substitute for simulation 5 of Wang et al. 2018).

    Rewards and trials are published. The objects made of numbers and the two steps of a trial are
    this toolkit's. Every session draws new objects, so that test sessions never show an object from
    training.

    Parameters
    ----------
    features : int
        How many numbers describe an object; each is uniform on [0, 1).
    trials : int
        Trials per session (published: 6). An invalid response (not fixating, or staying in the
        centre when the objects are shown) pays 0 and ends its trial, which counts as incorrect.
    """

    features: Count = 16
    trials: Count = 6

    name = "harlow_symbolic"
    questions = "harlow"
    uniforms_per_step = 3
    observations = ("fixation", "objects")
    actions = ("centre", "left", "right")
    steps = ("fixation", "choice")
    events = ("objects", "outcome")
    punishes_invalid = False  # the wrong object pays -1, an invalid response 0
    is_learning_set = True

    class Session:
        """The rewarded side, and the numbers of the two objects."""

        rewarded_side: int
        rewarded_image: int
        other_image: int

    @property
    def cues(self) -> tuple[str, ...]:
        """Names of the cues: features of the left object, then of the right one; 0 at fixation."""
        return tuple(f"{side}_{k}" for side in LEFT_RIGHT for k in range(self.features))

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: choice, whether it was correct, and the objects."""
        outcome = trials.paid("choice")
        choice = np.where(outcome == 0, MISSING, trials.action("choice") - LEFT)
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "correct": code(outcome > 0),
            "invalid": code(outcome == 0),
            "rewarded_side": code(trials.hidden("rewarded_side"), LEFT_RIGHT),
            "rewarded_image": number(trials.hidden("rewarded_image")),
            "other_image": number(trials.hidden("other_image")),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials: choice, sides and numbers of the objects, `correct`.

        Rewards are those of the task, for a correct or a wrong choice.
        """
        choice, correct = trials.code("choice", LEFT_RIGHT), trials.code("correct", ("no", "yes"))
        outcome = np.where(correct == 1, CORRECT_REWARD, WRONG_REWARD)
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE, FIXATION_REWARD),
            "choice": ScriptStep(OBJECTS, LEFT + choice, outcome, self._show_objects(trials)),
        }
        return lay_out_script(steps, "choice", (LEFT, RIGHT), trials.n_trials)

    def _show_objects(self, trials: GivenTrials) -> Array:
        """Return the features of the objects that each trial shows, (trial, cue)."""
        sessions = np.zeros(trials.n_trials, self.session_type).view(np.recarray)
        sessions.step = OBJECTS
        sessions.rewarded_side = trials.code("rewarded_side", LEFT_RIGHT)
        for name in ("rewarded_image", "other_image"):
            sessions[name] = trials.number(name)
        cues = np.zeros((trials.n_trials, len(self.cues)))
        for session, shown in zip(sessions, cues, strict=True):
            show(session, shown)
        return cues
