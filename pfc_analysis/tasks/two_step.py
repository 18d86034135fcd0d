"""The two-step task (Daw et al. 2011; Miller et al. 2017; Wang et al. 2018, simulation 4, Fig. 5).

A trial: fixate; choose left or right; that choice leads to one of two second states, commonly to
the one on its own side; any choice there is answered with reward or none. One second state pays
often, the other seldom, and now and then they change roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

# Codes of observations and actions, where trials begin with fixation.
FIXATION, STAGE_1, SECOND_STATE_LEFT, SECOND_STATE_RIGHT = range(4)
CENTRE, LEFT, RIGHT = range(3)

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("second_state", np.int64),
        ("better_state", np.int64),
        ("n_trials", np.int64),
        ("fixation", np.int64),
        ("common_probability", np.float64),
        ("reward_probability", np.float64),
        ("reversal_probability", np.float64),
    ],
    align=True,
)


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Go to the first step of the next trial; the better second state may change now."""
    session.trial += 1
    session.step = 0
    if uniform < session.reversal_probability:
        session.better_state = 1 - session.better_state


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 centre, 1 left, 2 right; without the fixation step 0 left, 1 right.
    uniform : ndarray, shape (2,)
        Random numbers: for the event (transition or reward), and for the next trial's reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 stage 1, 2 and 3 the second states; without the fixation step one less.
    reward : float
        1 or 0 at the end of a trial; -1 for an invalid response, which breaks the trial off.
    """
    fixating = session.fixation == 1 and session.step == 0
    if session.fixation == 1 and (action == CENTRE) != fixating:
        begin_trial(session, uniform[1])
        return FIXATION, -1.0

    if fixating:
        session.step = 1
        return STAGE_1, 0.0

    if session.step == session.fixation:
        own_side = action - session.fixation
        is_common = uniform[0] < session.common_probability
        session.second_state = own_side if is_common else 1 - own_side
        session.step += 1
        return session.fixation + 1 + session.second_state, 0.0

    probability = session.reward_probability
    if session.second_state != session.better_state:
        probability = 1.0 - probability
    reward = 1.0 if uniform[0] < probability else 0.0
    begin_trial(session, uniform[1])
    return 0, reward


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: either second state may be the better one."""
    for i in range(sessions.shape[0]):
        sessions[i].better_state = 1 if uniforms[i, 0] < 0.5 else 0


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
class TwoStep(Task):
    """The two-step task of Wang et al. 2018 (simulation 4).

    Parameters
    ----------
    common_probability : float
        Probability that a first choice leads to the second state of its own side (published: 0.8).
    reward_probability : float
        Probability of reward in the better second state; the other pays with one minus it
        (published: 0.9).
    reversal_probability : float
        Probability, at the start of each trial, that the better state changes (published: 0.025).
    trials : int
        Trials of a session (published: 100). A trial broken off by an invalid response counts.
        How such a trial goes on is not published: here it pays -1 and the next trial begins.
    fixation : bool
        Whether a trial begins with fixation (published: yes). Without it no response is invalid.
    """

    common_probability: float = 0.8
    reward_probability: float = 0.9
    reversal_probability: float = 0.025
    trials: int = 100
    fixation: bool = True

    name = "two_step"
    questions = "two_step"
    session_type = SESSION
    uniforms_per_step = 2
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        check_probability("common_probability", self.common_probability)
        check_probability("reward_probability", self.reward_probability)
        check_probability("reversal_probability", self.reversal_probability)
        check_count("trials", self.trials)

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown, by code."""
        return self._after_fixation(
            "fixation", "stage_1", "second_state_left", "second_state_right"
        )

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return self._after_fixation("centre", "left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return self._after_fixation("fixation", "stage_1", "second_state")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return self._after_fixation("stage_1", "second_state", "outcome")

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.trials

    def _after_fixation(self, first: str, *rest: str) -> tuple[str, ...]:
        """Names of codes; the first one goes where there is no fixation step."""
        return (first, *rest) if self.fixation else rest

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {
            "n_trials": self.trials,
            "fixation": int(self.fixation),
            "common_probability": self.common_probability,
            "reward_probability": self.reward_probability,
            "reversal_probability": self.reversal_probability,
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice, second state, transition, reward and the hidden better state."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), missing)

        reward = by_trial(log.reward, 0.0).sum(-1)
        better_state = by_trial(log.before["better_state"])[..., 0]
        invalid = reward < 0
        first = int(self.fixation)  # the step of the choice, and what codes are shifted by
        choice = np.where(invalid, -1, by_trial(log.action)[..., first] - first)
        shown = by_trial(log.observation)[..., first + 1]
        second_state = np.where(invalid, -1, shown - first - 1)
        pays = np.stack([better_state == 0, better_state == 1], axis=-1)
        sides = {"labels": ["left", "right"]}
        on_trial = ("trial",)
        return {
            "choice": (on_trial, choice.astype(np.int8), sides),
            "reward": (on_trial, reward, {}),
            "invalid": (on_trial, invalid.astype(np.int8), {}),
            "common_transition": (
                on_trial,
                np.where(invalid, -1, second_state == choice).astype(np.int8),
                {},
            ),
            "second_state": (on_trial, second_state.astype(np.int8), sides),
            "better_state": (on_trial, better_state.astype(np.int8), sides),
            "reward_probability": (
                ("trial", "arm"),
                np.where(pays, self.reward_probability, 1.0 - self.reward_probability),
                {},
            ),
            "arm": (("arm",), np.array(["left", "right"]), {}),
        }
