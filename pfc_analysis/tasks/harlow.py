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
from numba import njit

from pfc_analysis.tasks.images import ImageSource, Split, check_split, find_images
from pfc_analysis.tasks.task import (
    Array,
    StepLog,
    Task,
    check_count,
    check_probability,
    draw_number,
)

if TYPE_CHECKING:
    from pfc_analysis.tasks.harlow_view import HarlowView

ROTATE_LEFT, ROTATE_RIGHT, STAY = range(3)
FIXATE, CHOOSE, INTERVAL = range(3)
FIXATION, STIMULI, CHOICE, OUTCOME = range(4)
UNNAMED = -1
LEFT, RIGHT = range(2)

FIXATION_REWARD, CORRECT_REWARD, WRONG_REWARD = 0.2, 1.0, -1.0
"""Published."""

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("phase", np.int64),
        ("rewarded_side", np.int64),
        ("rewarded_image", np.int64),
        ("other_image", np.int64),
        ("held", np.int64),
        ("waited", np.int64),
        ("played", np.int64),
        ("trial_began", np.int64),
        ("lefts_to_come", np.int64),
        ("n_trials", np.int64),
        ("step_limit", np.int64),
        ("n_images", np.int64),
        ("hold", np.int64),
        ("interval", np.int64),
        ("balanced_sides", np.int64),
        ("gaze", np.float64),
        ("step_angle", np.float64),
        ("image_angle", np.float64),
        ("cross_tolerance", np.float64),
        ("image_tolerance", np.float64),
        ("start", np.float64),
    ],
    align=True,
)


@njit(cache=True)
def wrap(angle):  # type: ignore[no-untyped-def]
    """Bring an angle in degrees to [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Show the cross; draw the side of the image that pays.

    Where sides are balanced, they are drawn without replacement: every order of as many lefts as
    rights is equally likely.
    """
    session.step, session.phase = FIXATION, FIXATE
    session.held, session.waited = 0, 0
    session.trial_began = session.played
    left = 0.5
    if session.balanced_sides == 1:
        left = session.lefts_to_come / (session.n_trials - session.trial)
    session.rewarded_side = LEFT if uniform < left else RIGHT
    session.lefts_to_come -= 1 - session.rewarded_side


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 rotate left, 1 rotate right, 2 stay.
    uniform : ndarray, shape (4,)
        Random numbers; the first decides on the next trial's sides.

    Returns
    -------
    reward : float
        0.2 for having held the cross, 1 or -1 for the image that was brought to the centre,
        otherwise 0.
    """
    if action == ROTATE_LEFT:
        session.gaze = wrap(session.gaze - session.step_angle)
    elif action == ROTATE_RIGHT:
        session.gaze = wrap(session.gaze + session.step_angle)
    trial = session.trial
    session.played += 1
    reward = 0.0

    if session.phase == FIXATE:
        on_cross = abs(session.gaze) <= session.cross_tolerance
        session.held = session.held + 1 if on_cross else 0
        if session.held == session.hold:
            session.step, session.phase = STIMULI, CHOOSE
            reward = FIXATION_REWARD
    elif session.phase == CHOOSE:
        session.step = CHOICE
        for side in range(2):
            centre = session.image_angle if side == RIGHT else -session.image_angle
            if abs(session.gaze - centre) <= session.image_tolerance:
                session.step, session.phase = OUTCOME, INTERVAL
                reward = CORRECT_REWARD if side == session.rewarded_side else WRONG_REWARD
    else:
        session.step = UNNAMED
        session.waited += 1
        if session.waited == session.interval:
            session.trial += 1
            if session.trial < session.n_trials:
                begin_trial(session, uniform[0])

    if session.played == session.step_limit and session.trial == trial:
        session.trial += 1  # it was begun
    return reward


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: draw two images, where the gaze is, and the first trial's sides."""
    for i in range(sessions.shape[0]):
        session, uniform = sessions[i], uniforms[i]
        session.lefts_to_come = session.n_trials // 2
        begin_trial(session, uniform[0])
        session.gaze = session.start * (2.0 * uniform[1] - 1.0)
        session.rewarded_image = draw_number(uniform[2], session.n_images)
        if session.n_images == 0:
            session.other_image = draw_number(uniform[3], 0)
        else:
            session.other_image = draw_number(uniform[3], session.n_images - 1)
            if session.other_image >= session.rewarded_image:
                session.other_image += 1


@njit(cache=True)
def play(memory, actions, uniforms, observations, cues, rewards, done):  # type: ignore[no-untyped-def]
    """Play one step of all sessions that are not done (`Task.play_kernel`)."""
    sessions = memory.view(SESSION)
    for i in range(sessions.shape[0]):
        rewards[i] = 0.0
        if not done[i]:
            session = sessions[i]
            rewards[i] = step(session, actions[i], uniforms[i])
            over = session.trial == session.n_trials
            done[i] = over or session.played == session.step_limit


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
        from pfc_analysis.tasks.harlow_view import HarlowView

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
        images = {
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
