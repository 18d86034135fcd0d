"""Two-armed bandits whose arms pay the same throughout a session (Wang et al. 2018, Fig. 1).

One step a trial: pull the left or the right arm, be rewarded or not. Nothing is shown but the
number of the trial; what the arms pay, the agent must find out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

LEFT, RIGHT = range(2)

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("n_trials", np.int64),
        ("kind", np.int64),
        ("left", np.float64),
        ("right", np.float64),
    ],
    align=True,
)

Arms = Literal["independent", "correlated", "easy", "medium", "hard", "fixed"]
KINDS = ("independent", "correlated", "easy", "medium", "hard", "fixed")
INDEPENDENT, CORRELATED, EASY, MEDIUM, HARD, FIXED = range(6)


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step, which is a trial, of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 left, 1 right.
    uniform : ndarray, shape (2,)
        Random numbers; the first decides on reward.

    Returns
    -------
    float
        Reward, 1 or 0.
    """
    session.trial += 1
    return 1.0 if uniform[0] < (session.left if action == LEFT else session.right) else 0.0


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: draw what the arms pay, unless it is fixed."""
    for i in range(sessions.shape[0]):
        session, first, second = sessions[i], uniforms[i, 0], uniforms[i, 1]
        if session.kind == INDEPENDENT:
            session.left, session.right = first, second
        elif session.kind == CORRELATED:
            session.left, session.right = first, 1.0 - first
        elif session.kind != FIXED:
            worse = 0.1 if session.kind == EASY else 0.25 if session.kind == MEDIUM else 0.4
            session.left = worse if first < 0.5 else 1.0 - worse
            session.right = 1.0 - session.left


@njit(cache=True)
def play(memory, actions, uniforms, observations, cues, rewards, done):  # type: ignore[no-untyped-def]
    """Play one step of all sessions that are not done (`Task.play_kernel`)."""
    sessions = memory.view(SESSION)
    for i in range(sessions.shape[0]):
        rewards[i] = 0.0
        if not done[i]:
            rewards[i] = step(sessions[i], actions[i], uniforms[i])
            cues[i, 0] = sessions[i].trial / sessions[i].n_trials
            done[i] = sessions[i].trial == sessions[i].n_trials


@dataclass(frozen=True)
class Bandit(Task):
    """Bernoulli bandits of Wang et al. 2018 (Fig. 1; details in Wang et al. 2016).

    Parameters
    ----------
    arms : str
        How the arms' probabilities of reward are drawn at the start of a session (all published):
        `independent`, each uniform on [0, 1]; `correlated`, one uniform, the other 1 minus it;
        `easy`, `medium` and `hard`, the worse one .1, .25 or .4, the other 1 minus it, either side;
        `fixed`, `left` and `right`.
    left, right : float
        Probabilities of reward where `arms` is `fixed`.
    trials : int
        Trials of a session (published: 100). The cue is the share of them that is over; the paper
        gives the number of the trial, in what form is not published.
    """

    arms: Arms = "independent"
    left: float = 0.25
    right: float = 0.75
    trials: int = 100

    name = "bandit"
    questions = "bandit"
    session_type = SESSION
    uniforms_per_step = 2
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        if self.arms not in KINDS:
            raise ValueError(f"arms = {self.arms!r}: expected one of {list(KINDS)}.")
        check_probability("left", self.left)
        check_probability("right", self.right)
        check_count("trials", self.trials)

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown: always the same."""
        return ("arms",)

    @property
    def cues(self) -> tuple[str, ...]:
        """Graded inputs: the share of trials that is over."""
        return ("trial",)

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("choice",)

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("outcome",)

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.trials

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {
            "n_trials": self.trials,
            "kind": KINDS.index(self.arms),
            "left": self.left,
            "right": self.right,
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice, reward and what the arms pay."""

        def by_trial(values: Array) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), -1)[:, :, 0]

        paid = [by_trial(log.before[side]) for side in ("left", "right")]
        sides = {"labels": ["left", "right"]}
        return {
            "choice": (("trial",), by_trial(log.action).astype(np.int8), sides),
            "reward": (("trial",), by_trial(log.reward), {}),
            "reward_probability": (("trial", "arm"), np.stack(paid, axis=-1), {}),
            "arm": (("arm",), np.array(["left", "right"]), {}),
        }
