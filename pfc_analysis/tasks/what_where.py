"""Reversal learning of an image or of a side (Bartolo & Averbeck 2020; monkeys).

In a trial the agent fixates, two images appear, one on each side, and the agent chooses a side. In
a "what" block one image is rewarded more often, whichever side it is on; in a "where" block one
side is, whichever image is there. Nothing tells which kind of block it is. Around the middle of the
block the better and the worse image, or side, change roles once. A session is one block.
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
    NonNegativeCount,
    Probability,
    Script,
    ScriptStep,
    Task,
    draw_number,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, find_changes, number

FIXATION, IMAGE_A_LEFT, IMAGE_B_LEFT = range(3)
CENTRE, LEFT, RIGHT = range(3)
WHAT, WHERE = range(2)
IMAGES = ("image_a", "image_b")
KINDS = ("what", "where")


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Begin the next trial: draw the sides of the images, and reverse if it is time."""
    session.trial += 1
    session.step = 0
    session.option_on_left = 0 if uniform < 0.5 else 1
    if session.trial == session.reversal_trial:
        session.better = 1 - session.better


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right. The response to fixation must be the centre, the choice a
    side.
    Random numbers: for the reward, and for the next trial's sides.

    Returns
    -------
    observation : int
        0 fixation, 1 image A on the left (and B on the right), 2 image B on the left.
    reward : float
        1 or 0 for a choice; -1 for an invalid response, which ends the trial; 0 for fixation.
    """
    if (action == CENTRE) != (session.step == 0):
        begin_trial(session, uniform[1])
        return FIXATION, -1.0

    if session.step == 0:
        session.step = 1
        return IMAGE_A_LEFT + session.option_on_left, 0.0

    side = action - LEFT
    image = session.option_on_left if side == 0 else 1 - session.option_on_left
    chosen = image if session.block_kind == WHAT else side
    probability = session.reward_probability
    if chosen != session.better:
        probability = 1.0 - probability
    begin_trial(session, uniform[1])
    return FIXATION, 1.0 if uniform[0] < probability else 0.0


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the block's kind, what is better in it, and when that reverses."""
    session.block_kind = WHAT if uniform[0] < 0.5 else WHERE
    session.better = 0 if uniform[1] < 0.5 else 1
    session.option_on_left = 0 if uniform[2] < 0.5 else 1
    choices = session.latest - session.earliest + 1
    session.reversal_trial = session.earliest + draw_number(uniform[3], choices)


@dataclass(frozen=True)
class WhatWhere(Task):
    """Reversal learning in which either the image or the side matters.

    The task is that of Bartolo & Averbeck (Neuron 106:1044, 2020) on macaques. A session is one of
    their blocks, so that an agent begins each block without memory of the one before. In their
    sessions of 24 blocks each block has two new images.

    Parameters
    ----------
    reward_probability : float
        Reward probability of the better image or side; the other pays with one minus it (monkeys:
        0.7).
    earliest, latest : int
        The number of trials before the reversal is uniform between these (monkeys: the first trial
        with exchanged roles is their 31st to 50th).
    trials : int
        Trials per block (monkeys: 80 completed ones). An invalid response pays -1 and the next
        trial begins. The trial that it ended counts.
    """

    reward_probability: Probability = 0.7
    earliest: NonNegativeCount = 30
    latest: Count = 49
    trials: Count = 80

    name = "what_where"
    questions = "what_where"
    uniforms_per_step = 4
    observations = ("fixation", "image_a_left", "image_b_left")
    actions = ("centre", "left", "right")
    steps = ("fixation", "choice")
    events = ("images", "outcome")

    class Session:
        """The kind of block, what is better in it, when that reverses, and the left image."""

        block_kind: int
        better: int
        reversal_trial: int
        option_on_left: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.earliest <= self.latest:
            raise ValueError(
                f"earliest = {self.earliest!r}, latest = {self.latest!r}: expected the earliest "
                "reversal not to be after the latest."
            )

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: chosen side and image, kind of block, reversal."""
        on_left, better = trials.hidden("option_on_left"), trials.hidden("better")
        kind, place = trials.hidden("block_kind"), trials.hidden("trial")
        choice, invalid = trials.choice("choice", LEFT), trials.invalid
        image = np.where(invalid, MISSING, np.where(choice == 0, on_left, 1 - on_left))
        correct = np.where(kind == WHAT, image, choice) == better
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "invalid": code(invalid),
            "chosen_option": code(image, IMAGES),
            "correct": code(np.where(invalid, MISSING, correct)),
            "option_on_left": code(on_left, IMAGES),
            "block": code(np.zeros_like(place), kind=np.int32),
            "block_kind": code(kind, KINDS),
            "trial_in_block": code(place, kind=np.int32),
            "reversal": code(find_changes(better)),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice`, `option_on_left` and `reward`."""
        choice = trials.code("choice", LEFT_RIGHT)
        on_left = trials.code("option_on_left", IMAGES)
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE),
            "choice": ScriptStep(IMAGE_A_LEFT + on_left, LEFT + choice, trials.earned(0.0, 1.0)),
        }
        return lay_out_script(steps, "choice", (LEFT, RIGHT), trials.n_trials)
