"""Harlow's task from pixels: learning to learn (Harlow 1949; Wang et al. 2018, Fig. 6).

The agent turns its gaze around a room. A screen on one wall shows a red cross. When the agent looks
at the cross, two images appear, one on the left and one on the right. The agent chooses an image by
turning until it is straight ahead. Every trial of a session shows the same two images, on sides
drawn at random, and the same one of them is rewarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from pfc_analysis.tasks.contract import LEFT_RIGHT, MISSING, Array, Count, Limit, Probability, Task
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number
from pfc_analysis.tasks.vision.harlow_rules import (
    CHOOSE,
    RIGHT,
    ROTATE_LEFT,
    ROTATE_RIGHT,
    STAY,
    begin,
    is_over,
    step,
    wrap,
)
from pfc_analysis.tasks.vision.images import ImageSource, Split, find_images
from pfc_analysis.tasks.vision.room_view import RoomView, Scene

__all__ = ["Harlow", "begin", "is_over", "scripted_gaze", "step"]

Span = Annotated[float, Limit("degrees, above 0, at most 180", lambda v: 0.0 < v <= 180.0)]


@dataclass(frozen=True)
class Harlow(Task):
    """Harlow's task as in Wang et al. 2018 (simulation 5), in a simpler room.

    The angles of screen and step, the tolerances, rewards, trials and view are published there or
    in Wang et al. 2016. The room, its colours and everything marked "ours" are this toolkit's. A
    step is one decision of the agent. It corresponds to four frames of the published simulation,
    which repeats each action for four frames.

    Azimuth is in degrees from the middle of the screen, positive to the right. Every pixel of a
    view spans the same angle (a cylindrical, not a flat projection), so that objects keep their
    shape when the gaze turns.

    Parameters
    ----------
    view : int
        Width and height of the view in pixels (published: 84; 24 trains fast).
    field_of_view : float
        Degrees that the view spans (ours; in a view of 84 pixels, images then have 34, as
        published).
    step_angle : float
        Degrees that the gaze turns in a step (published: about 4.4, with a slight momentum, which
        this task leaves out).
    screen : float
        Degrees that the screen spans (published: 65). The centres of its images are a quarter of
        its width from its edges; an image spans 0.4 of its width, the cross 0.1 (published).
    cross_tolerance, image_tolerance : float
        Largest angle between the gaze and the cross, or an image, that counts as looking at it
        (published: 3.5 and 7).
    hold : int
        Steps for which the agent must look at the cross (published: 4 frames, here 1 step).
    interval : int
        Steps with an empty screen between the choice and the next cross (published: 10 or 5
        frames).
    start : float
        Largest angle between gaze and cross at the start of a session, drawn uniformly (ours).
    trials : int
        Trials per session (published: 6). In reported shares, trials that were not begun or not
        completed by a choice count as incorrect.
    step_limit : int
        Largest number of steps of a session (published: 3600 frames, 900 steps).
    balanced_sides : bool
        Whether the rewarded image is on the left in half of the trials of each session (published
        for one release). Otherwise its side is drawn independently in each trial.
    images : str
        `procedural` for generated patterns that never repeat (ours), or a folder of pictures
        (published: ImageNet).
    split : str
        `train` or `test`, two sets that share no image (published).
    test_share : float
        Approximate share of a folder's pictures in `test` (published: half).
    """

    view: Count = 24
    field_of_view: Span = 64.0
    step_angle: Span = 4.4
    screen: Span = 65.0
    cross_tolerance: float = 3.5
    image_tolerance: float = 7.0
    hold: Count = 1
    interval: Count = 2
    start: Annotated[float, Limit("degrees, from 0 to 180", lambda v: 0.0 <= v <= 180.0)] = 15.0
    trials: Count = 6
    step_limit: Count = 150
    balanced_sides: bool = False
    images: str = "procedural"
    split: Split = "train"
    test_share: Probability = 0.5

    name = "harlow"
    questions = "harlow"
    uniforms_per_step = 4
    derived = ("image_angle", "n_images")
    # There is one code only: `open_view` draws what the agent sees.
    observations = ("view",)
    actions = ("rotate_left", "rotate_right", "stay")
    # `fixation` is the last step with the cross, in which fixation is acquired. `stimuli` is the
    # first step with the images. `choice` is the last step with the images; it brings one of them
    # to the centre. `outcome` is the first step after the choice; its input is the reward. Steps
    # between these have no name (-1 in the record).
    steps = ("fixation", "stimuli", "choice", "outcome")
    events = ("stimuli", "approach", "outcome", "interval")
    punishes_invalid = False  # a choice of the wrong image pays -1; no response is invalid
    is_learning_set = True

    class Session:
        """The gaze, what the screen shows and since when, and the numbers of the two images."""

        phase: int
        rewarded_side: int
        rewarded_image: int
        other_image: int
        held: int
        waited: int
        played: int
        trial_began: int
        lefts_to_come: int
        gaze: float

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_angles()
        if self.balanced_sides and self.trials % 2:
            raise ValueError(
                f"trials = {self.trials!r}: expected an even number where balanced_sides is true."
            )

    @property
    def view_shape(self) -> tuple[int, int, int]:
        """Height, width and colours of the view."""
        return (self.view, self.view, 3)

    @property
    def max_steps(self) -> int:
        """Largest number of steps of a session: the setting `step_limit`."""
        return self.step_limit

    @property
    def image_angle(self) -> float:
        """Azimuth of the right image's centre, in degrees; the left one's is minus this."""
        return self.screen / 4.0

    @property
    def image_size(self) -> float:
        """Width and height of an image, in degrees."""
        return 0.4 * self.screen

    @cached_property
    def image_source(self) -> ImageSource:
        """Source of the images."""
        return find_images(self.images, self.split, self.test_share)

    @property
    def n_images(self) -> int:
        """Number of images in the source; 0 for patterns, which never repeat."""
        return self.image_source.n_images

    def open_view(self, n_sessions: int) -> RoomView:
        """Return an object that draws the views of a batch of `n_sessions` sessions."""
        scene = Scene(self.view, self.field_of_view, self.screen, self.image_angle, self.image_size)
        return RoomView(scene, self.image_source, n_sessions)

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: choice, whether it was correct, sides, images and latencies."""
        outcome = trials.paid("choice")
        chosen, correct = outcome != 0, outcome > 0
        side = trials.hidden("rewarded_side")
        to_fixation = trials.hidden("played") + 1 - trials.hidden("trial_began")
        to_choice = trials.hidden("played", "choice") + 1 - trials.hidden("played", "stimuli")
        fixated = trials.paid("fixation") != 0
        choice = np.where(chosen, np.where(correct, side, 1 - side), MISSING)
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "correct": code(correct),
            "invalid": code(~chosen),
            "rewarded_side": code(side, LEFT_RIGHT),
            "fixation_latency": number(np.where(fixated, to_fixation, MISSING)),
            "choice_latency": number(np.where(chosen, to_choice, MISSING)),
            "rewarded_image": number(trials.hidden("rewarded_image")),
            "other_image": number(trials.hidden("other_image")),
        }

    def _check_angles(self) -> None:
        for name in ("cross_tolerance", "image_tolerance"):
            if 2.0 * getattr(self, name) < self.step_angle:
                raise ValueError(
                    f"{name} = {getattr(self, name)!r}: expected at least half of step_angle, "
                    f"{self.step_angle / 2.0:g}; otherwise a step may jump over the target."
                )
        gap = self.image_angle - self.image_tolerance - self.cross_tolerance
        if gap <= self.step_angle:
            raise ValueError(
                f"step_angle = {self.step_angle!r}: expected less than {gap:g}, so that no image "
                "can be reached from the cross in one step. Choose smaller steps, smaller "
                "tolerances or a larger screen."
            )


def scripted_gaze(sessions: Array, side: Array) -> Array:
    """Return the actions of a player who looks at the cross and then turns to one image.

    Parameters
    ----------
    sessions : structured ndarray, shape (n_sessions,)
        Records of the task's sessions.
    side : ndarray of int, shape (n_sessions,)
        Image to choose, 0 left or 1 right; ``sessions["rewarded_side"]`` is always correct.

    Returns
    -------
    ndarray of int64, shape (n_sessions,)
        Codes of actions.
    """
    centre = np.where(np.asarray(side) == RIGHT, 1, -1) * sessions["image_angle"]
    target = np.where(sessions["phase"] == CHOOSE, centre, 0.0)
    away = wrap(target - sessions["gaze"])
    turn = np.where(away < 0, ROTATE_LEFT, ROTATE_RIGHT)
    return np.where(np.abs(away) <= sessions["step_angle"] / 2.0, STAY, turn).astype(np.int64)
