"""The inferred-value task (Bromberg-Martin et al. 2010; Wang et al. 2018, simulation 3, Fig. 4).

A trial: fixate; a target appears left or right; look at it; stay on it; see the outcome. Saccades
are forced, but only one side pays, and now and then the sides change roles without notice. Seeing
one side after such a reversal is enough to infer what the other is worth now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

FIXATION, CUE_LEFT, CUE_RIGHT, ON_TARGET, OUTCOME = range(5)
CENTRE, LEFT, RIGHT = range(3)

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("cue", np.int64),
        ("rewarded_side", np.int64),
        ("trials_since_reversal", np.int64),
        ("n_trials", np.int64),
        ("shortest_block", np.int64),
        ("reversal_probability", np.float64),
    ],
    align=True,
)


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Go to the first step of the next trial; draw its cue; the paying side may change now."""
    session.trial += 1
    session.step = 0
    session.cue = 0 if uniform[0] < 0.5 else 1
    session.trials_since_reversal += 1
    may_change = session.trials_since_reversal >= session.shortest_block
    if may_change and uniform[1] < session.reversal_probability:
        session.rewarded_side = 1 - session.rewarded_side
        session.trials_since_reversal = 0


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 centre, 1 left, 2 right. Fixation needs the centre and a cue its own side; later any
        action is accepted.
    uniform : ndarray, shape (2,)
        Random numbers: for the next trial's cue, and for its reversal.

    Returns
    -------
    observation : int
        0 fixation, 1 and 2 cue left and right, 3 on target, 4 outcome.
    reward : float
        1 on leaving the target on the side that pays; -1 for an invalid response, which breaks
        the trial off; otherwise 0.
    """
    wrong = (session.step == 0 and action != CENTRE) or (
        session.step == 1 and action != LEFT + session.cue
    )
    if wrong:
        begin_trial(session, uniform)
        return FIXATION, -1.0

    session.step += 1
    if session.step == 1:
        return CUE_LEFT + session.cue, 0.0
    if session.step == 2:
        return ON_TARGET, 0.0
    if session.step == 3:
        return OUTCOME, 1.0 if session.cue == session.rewarded_side else 0.0
    begin_trial(session, uniform)
    return FIXATION, 0.0


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: either side may be shown, and either may pay."""
    for i in range(sessions.shape[0]):
        sessions[i].cue = 0 if uniforms[i, 0] < 0.5 else 1
        sessions[i].rewarded_side = 0 if uniforms[i, 1] < 0.5 else 1


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
class InferredValue(Task):
    """The inferred-value task of Wang et al. 2018 (simulation 3).

    The order of events is published, the settings are not: defaults are this toolkit's.

    Parameters
    ----------
    reversal_probability : float
        Probability, at the start of a trial, that the paying side changes.
    shortest_block : int
        Trials that a side pays at least before it may change, at a session's start too.
    trials : int
        Trials of a session. One broken off by an invalid response counts: it pays -1 and the next
        trial begins.
    """

    reversal_probability: float = 0.1
    shortest_block: int = 2
    trials: int = 20

    name = "inferred_value"
    why_no_questions = (
        "its choices are instructed, so that there is no choice to compare; its agents are asked "
        "for prediction errors, which the trials of animals do not hold"
    )
    session_type = SESSION
    uniforms_per_step = 2
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        check_probability("reversal_probability", self.reversal_probability)
        check_count("shortest_block", self.shortest_block)
        check_count("trials", self.trials)

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown, by code."""
        return ("fixation", "cue_left", "cue_right", "on_target", "outcome")

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("centre", "left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("fixation", "cue", "on_target", "outcome")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them; the last belongs to the trial that follows."""
        return ("cue", "on_target", "outcome", "next_fixation")

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.trials

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {
            "n_trials": self.trials,
            "shortest_block": self.shortest_block,
            "reversal_probability": self.reversal_probability,
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: cue, choice, reward, the hidden paying side and where it changed."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), missing)

        reward = by_trial(log.reward, 0.0).sum(-1)
        invalid = reward < 0
        shown = by_trial(log.observation)[..., 1]
        rewarded_side = by_trial(log.before["rewarded_side"])[..., 0]
        changed = np.diff(rewarded_side, axis=1, prepend=rewarded_side[:, :1]) != 0
        pays = np.stack([rewarded_side == 0, rewarded_side == 1], axis=-1)
        choice = np.where(invalid, -1, by_trial(log.action)[..., 1] - LEFT)
        sides = {"labels": ["left", "right"]}
        on_trial = ("trial",)
        return {
            "choice": (on_trial, choice.astype(np.int8), sides),
            "reward": (on_trial, reward, {}),
            "forced": (on_trial, np.ones_like(choice, np.int8), {}),
            "invalid": (on_trial, invalid.astype(np.int8), {}),
            # A trial broken off at fixation shows no cue.
            "cue": (on_trial, np.where(shown < 0, -1, shown - CUE_LEFT).astype(np.int8), sides),
            "rewarded_side": (on_trial, rewarded_side.astype(np.int8), sides),
            "reversal": (on_trial, changed.astype(np.int8), {}),
            "reward_probability": (("trial", "arm"), pays.astype(np.float64), {}),
            "arm": (("arm",), np.array(["left", "right"]), {}),
        }
