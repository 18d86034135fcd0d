"""The rules of Harlow's task from pixels: play a session step by step.

This module moves the gaze and changes what the screen shows; `room` draws the views.
"""

from __future__ import annotations

from numba import njit

from pfc_analysis.tasks.contract import draw_number

ROTATE_LEFT, ROTATE_RIGHT, STAY = range(3)
FIXATE, CHOOSE, INTERVAL = range(3)
FIXATION, STIMULI, CHOICE, OUTCOME = range(4)
UNNAMED = -1
LEFT, RIGHT = range(2)

FIXATION_REWARD, CORRECT_REWARD, WRONG_REWARD = 0.2, 1.0, -1.0
"""Published."""


@njit(cache=True)
def wrap(angle):  # type: ignore[no-untyped-def]
    """Map an angle in degrees to [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Begin a trial: show the cross and draw the side of the rewarded image.

    If sides are balanced, they are drawn without replacement: a session has as many lefts as
    rights, and every order of them is equally likely.
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

    Actions: 0 rotate left, 1 rotate right, 2 stay.
    Random numbers: the first draws the sides of the next trial.

    Returns
    -------
    observation : int
        Always 0: the agent sees the view, not a code.
    reward : float
        0.2 for having fixated the cross, 1 or -1 for the image that was brought to the centre,
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
        session.trial += 1  # the trial was begun, so it counts
    return 0, reward


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw two images, the direction of the gaze and the first sides."""
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
def is_over(session):  # type: ignore[no-untyped-def]
    """Return whether all trials were played, or the limit of steps was reached."""
    return session.trial == session.n_trials or session.played == session.step_limit
