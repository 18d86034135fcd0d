"""Harlow's task from pixels: learning to learn (Harlow 1949; Wang et al. 2018, Fig. 6).

A gaze turns round a room. On one wall is a screen with a red cross; looking at it brings up two
images, one left and one right. Turning until one is straight ahead chooses it. The same two images
come back on sides drawn anew, trial after trial, and the same one of them pays.
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
from pfc_analysis.tasks.vision.room import RoomView, Scene

__all__ = ["Harlow", "begin", "is_over", "scripted_gaze", "step"]

Span = Annotated[float, Limit("degrees, above 0, at most 180", lambda v: 0.0 < v <= 180.0)]


@dataclass(frozen=True)
class Harlow(Task):
    """Harlow's task as in Wang et al. 2018 (simulation 5), in a simpler room.

    Published there or in Wang et al. 2016 are the angles of screen and step, tolerances, rewards,
    trials and view; the room, its colours and whatever is marked "ours" are this toolkit's. A step
    is one decision of the agent: four frames of the published simulation, which repeats actions.

    Azimuth counts in degrees from the middle of the screen, to the right. All angles of a view are
    equally large (a cylinder, not a flat picture), so that things keep their shape.

    Parameters
    ----------
    view : int
        Pixels of the view, across and down (published: 84; 24 trains fast).
    field_of_view : float
        Degrees that the view spans (ours: images are 34 pixels in a view of 84, as published).
    step_angle : float
        Degrees that a step turns (published: about 4.4, with a slight momentum, left out here).
    screen : float
        Degrees that the screen spans (published: 65). Its images are centred a quarter from its
        edges and span 0.4 of it, its cross 0.1 (published).
    cross_tolerance, image_tolerance : float
        Largest angle between gaze and cross, or an image, that counts as looking at it (published:
        3.5 and 7).
    hold : int
        Steps for which the cross must be looked at (published: 4 frames, here 1 step).
    interval : int
        Steps between choice and the next cross, the screen empty (published: 10 or 5 frames).
    start : float
        A session begins with the gaze at most this far from the cross, uniformly (ours).
    trials : int
        Trials of a session (published: 6). Those that were not begun, or not completed by a
        choice, count as incorrect where shares are reported.
    step_limit : int
        Steps after which a session ends in any case (published: 3600 frames, 900 steps).
    balanced_sides : bool
        Whether the image that pays is left as often as right within each session (published for
        one release), not drawn independently each trial.
    images : str
        `procedural`, patterns that never repeat (ours), or a folder of pictures (published:
        ImageNet).
    split : str
        `train` or `test`: these parts share no image (published).
    test_share : float
        Share of a folder's pictures in `test`, about (published: half).
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
    # The picture comes from `open_view`.
    observations = ("view",)
    actions = ("rotate_left", "rotate_right", "stay")
    # `fixation` is the last step with the cross, which acquires fixation; `stimuli` the first with
    # the images; `choice` the last with them, which brings one to the centre; `outcome` the first
    # after that, whose input is the reward. Steps between these have no name (-1 in the record).
    steps = ("fixation", "stimuli", "choice", "outcome")
    events = ("stimuli", "approach", "outcome", "interval")
    punishes_invalid = False  # -1 is paid for the wrong image; no response is invalid
    is_learning_set = True

    class Session:
        """Where the gaze is, what is on the screen and since when; the two images by number."""

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
        """Steps of a session at most: the limit."""
        return self.step_limit

    @property
    def image_angle(self) -> float:
        """Azimuth of the right image's centre, in degrees; the left one's is minus this."""
        return self.screen / 4.0

    @property
    def image_size(self) -> float:
        """Degrees that an image spans, across and down."""
        return 0.4 * self.screen

    @cached_property
    def image_source(self) -> ImageSource:
        """Where its images come from."""
        return find_images(self.images, self.split, self.test_share)

    @property
    def n_images(self) -> int:
        """Images there are; 0 where they never repeat."""
        return self.image_source.n_images

    def open_view(self, n_sessions: int) -> RoomView:
        """Return what draws the views of `n_sessions` sessions that are played side by side."""
        scene = Scene(self.view, self.field_of_view, self.screen, self.image_angle, self.image_size)
        return RoomView(scene, self.image_source, n_sessions)

    def tabulate(self, trials: Trials) -> TrialTable:
        """Trial table: choice, whether it was right, sides, images and how long things took."""
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
                    f"{self.step_angle / 2.0:g}; otherwise steps may pass over it."
                )
        gap = self.image_angle - self.image_tolerance - self.cross_tolerance
        if gap <= self.step_angle:
            raise ValueError(
                f"step_angle = {self.step_angle!r}: expected less than {gap:g}, so that no image "
                "is one step from the cross. Choose smaller steps, smaller tolerances or a larger "
                "screen."
            )


def scripted_gaze(sessions: Array, side: Array) -> Array:
    """Actions of a player who looks at the cross and then turns to one of the images.

    Parameters
    ----------
    sessions : structured ndarray, shape (n_sessions,)
        Records of the task's sessions.
    side : ndarray of int, shape (n_sessions,)
        Image to choose, 0 left or 1 right; ``sessions["rewarded_side"]`` earns all there is.

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
