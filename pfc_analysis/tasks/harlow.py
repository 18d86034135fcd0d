"""Harlow's task from pixels: learning to learn (Harlow 1949; Wang et al. 2018, Fig. 6).

A gaze turns round a room. On one wall is a screen with a red cross; looking at it brings up two
images, one left and one right. Turning until one is straight ahead chooses it. The same two images
come back on sides drawn anew, trial after trial, and the same one of them pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.tasks.task import (
    Array,
    StepLog,
    Task,
    check_count,
    check_probability,
)
from pfc_analysis.tasks.vision.harlow_rules import (
    CHOICE,
    CHOOSE,
    FIXATION,
    RIGHT,
    ROTATE_LEFT,
    ROTATE_RIGHT,
    SESSION,
    STAY,
    STIMULI,
    begin,
    play,
    wrap,
)
from pfc_analysis.tasks.vision.images import ImageSource, Split, check_split, find_images

if TYPE_CHECKING:
    from pfc_analysis.tasks.vision.room import HarlowView


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

    view: int = 24
    field_of_view: float = 64.0
    step_angle: float = 4.4
    screen: float = 65.0
    cross_tolerance: float = 3.5
    image_tolerance: float = 7.0
    hold: int = 1
    interval: int = 2
    start: float = 15.0
    trials: int = 6
    step_limit: int = 150
    balanced_sides: bool = False
    images: str = "procedural"
    split: Split = "train"
    test_share: float = 0.5

    name = "harlow"
    questions = "harlow"
    session_type = SESSION
    uniforms_per_step = 4
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        for name in ("view", "hold", "interval", "trials", "step_limit"):
            check_count(name, getattr(self, name))
        check_split(self.split)
        check_probability("test_share", self.test_share)
        self._check_angles()
        if self.balanced_sides and self.trials % 2:
            raise ValueError(
                f"trials = {self.trials!r}: expected an even number where balanced_sides is true."
            )

    @property
    def observations(self) -> tuple[str, ...]:
        """Codes of what is shown: one, for the view; the picture comes from `open_view`."""
        return ("view",)

    @property
    def view_shape(self) -> tuple[int, int, int]:
        """Height, width and colours of the view."""
        return (self.view, self.view, 3)

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("rotate_left", "rotate_right", "stay")

    @property
    def punishes_invalid(self) -> bool:
        """No: -1 is paid for the wrong image; no response is invalid."""
        return False

    @property
    def is_learning_set(self) -> bool:
        """Yes: a session is one problem."""
        return True

    @property
    def steps(self) -> tuple[str, ...]:
        """Moments of a trial.

        `fixation`, the last step with the cross, which acquires fixation; `stimuli`, the first with
        the images; `choice`, the last with them, which brings one to the centre; `outcome`, the
        first after that, whose input is the reward. Steps between these have no name (-1 in the
        session's record).
        """
        return ("fixation", "stimuli", "choice", "outcome")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("stimuli", "approach", "outcome", "interval")

    @property
    def n_trials(self) -> int:
        """Trials of a session (at most)."""
        return self.trials

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

    def open_view(self, n_sessions: int) -> HarlowView:
        """Return what draws the views of `n_sessions` sessions that are played side by side."""
        from pfc_analysis.tasks.vision.room import HarlowView

        return HarlowView(self, n_sessions)

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        same = ("step_limit", "hold", "interval", "balanced_sides", "step_angle")
        angles = ("image_angle", "cross_tolerance", "image_tolerance", "start")
        fields = {name: getattr(self, name) for name in (*same, *angles)}
        return {"n_trials": self.trials, "n_images": self.image_source.n_images, **fields}

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice, whether it was right, sides, images and how long things took."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), missing)

        reward, played = by_trial(log.reward, 0.0), by_trial(log.before["played"])
        chosen = reward[..., CHOICE] != 0
        fixated = reward[..., FIXATION] != 0
        correct = reward[..., CHOICE] > 0
        side = by_trial(log.before["rewarded_side"])[..., FIXATION]
        began = by_trial(log.before["trial_began"])[..., FIXATION]
        to_fixation = played[..., FIXATION] + 1 - began
        to_choice = played[..., CHOICE] + 1 - played[..., STIMULI]
        sides, on_trial = {"labels": ["left", "right"]}, ("trial",)
        images: dict[str, Any] = {
            name: (on_trial, by_trial(log.before[name])[..., FIXATION], {})
            for name in ("rewarded_image", "other_image")
        }
        return {
            "choice": (
                on_trial,
                np.where(chosen, np.where(correct, side, 1 - side), -1).astype(np.int8),
                sides,
            ),
            "reward": (on_trial, reward.sum(-1), {}),
            "correct": (on_trial, correct.astype(np.int8), {}),
            "invalid": (on_trial, (~chosen).astype(np.int8), {}),
            "rewarded_side": (on_trial, side.astype(np.int8), sides),
            "fixation_latency": (on_trial, np.where(fixated, to_fixation, -1), {}),
            "choice_latency": (on_trial, np.where(chosen, to_choice, -1), {}),
            **images,
        }

    def _check_angles(self) -> None:
        for name in ("field_of_view", "step_angle", "screen"):
            if not 0.0 < getattr(self, name) <= 180.0:
                raise ValueError(
                    f"{name} = {getattr(self, name)!r}: expected degrees, above 0, at most 180."
                )
        if not 0.0 <= self.start <= 180.0:
            raise ValueError(f"start = {self.start!r}: expected degrees, from 0 to 180.")
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
        Records of `SESSION`.
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
