"""Two baited arms: choices match rewards (Tsutsui et al. 2016; Wang et al. 2018, Fig. 2).

A trial: fixate, then choose left or right. Each arm has a base probability of reward; the longer an
arm was left alone, the more likely it pays, so that the best policy visits both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

FIXATION, TARGETS = range(2)
CENTRE, LEFT, RIGHT = range(3)

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("n_trials", np.int64),
        ("shortest", np.int64),
        ("longest", np.int64),
        ("with_gaps", np.int64),
        ("waited_left", np.int64),
        ("waited_right", np.int64),
        ("total", np.float64),
        ("left", np.float64),
        ("right", np.float64),
    ],
    align=True,
)


@njit(cache=True)
def baited(base, waited):  # type: ignore[no-untyped-def]
    """Probability that an arm pays that was left alone for n trials: 1 - (1 - p)^(n + 1)."""
    return 1.0 - (1.0 - base) ** (waited + 1)


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 centre, 1 left, 2 right.
    uniform : ndarray, shape (2,)
        Random numbers; the first decides on reward.

    Returns
    -------
    observation : int
        0 fixation, 1 targets.
    reward : float
        1 or 0 at the end of a trial; -1 for an invalid response, which breaks the trial off. Such a
        trial leaves the arms as they were.
    """
    fixating = session.step == FIXATION
    if (action == CENTRE) != fixating:
        session.trial += 1
        session.step = FIXATION
        return FIXATION, -1.0

    if fixating:
        session.step = TARGETS
        return TARGETS, 0.0

    if action == LEFT:
        probability = baited(session.left, session.waited_left)
        session.waited_left, session.waited_right = 0, session.waited_right + 1
    else:
        probability = baited(session.right, session.waited_right)
        session.waited_left, session.waited_right = session.waited_left + 1, 0
    session.trial += 1
    session.step = FIXATION
    return FIXATION, 1.0 if uniform[0] < probability else 0.0


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: draw base probabilities, which sum to `total`, and the number of trials."""
    for i in range(sessions.shape[0]):
        session, share = sessions[i], uniforms[i, 0]
        if session.with_gaps == 1:
            # Three fifths of the range: [0, .2], [.4, .6] and [.8, 1] of the total.
            piece = min(int(3.0 * share), 2)
            share = 0.4 * piece + 0.2 * (3.0 * share - piece)
        session.left = session.total * share
        session.right = session.total - session.left
        lengths = session.longest - session.shortest + 1
        session.n_trials = session.shortest + min(int(uniforms[i, 1] * lengths), lengths - 1)


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
class Matching(Task):
    """The matching task of Wang et al. 2018 (simulation 1).

    Parameters
    ----------
    total : float
        Sum of the arms' base probabilities of reward (published: 0.5).
    range : str
        Of the left arm's base probability (published): `gaps`, uniform on the first, third and
        fifth fifth of [0, total], for training; `whole`, uniform on all of it, for testing.
    shortest, longest : int
        Trials of a session, drawn uniformly between these (published for training: 50 to 100).
    """

    total: float = 0.5
    range: Literal["gaps", "whole"] = "gaps"
    shortest: int = 50
    longest: int = 100

    name = "matching"
    questions = "matching"
    session_type = SESSION
    uniforms_per_step = 2
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        check_probability("total", self.total)
        if self.range not in ("gaps", "whole"):
            raise ValueError(f"range = {self.range!r}: expected 'gaps' or 'whole'.")
        check_count("shortest", self.shortest)
        if self.longest < self.shortest:
            raise ValueError(
                f"longest = {self.longest!r}: expected at least shortest, {self.shortest}."
            )

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown, by code."""
        return ("fixation", "targets")

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("centre", "left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("fixation", "choice")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("targets", "outcome")

    @property
    def n_trials(self) -> int:
        """Trials of the longest session."""
        return self.longest

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {
            "shortest": self.shortest,
            "longest": self.longest,
            "with_gaps": int(self.range == "gaps"),
            "total": self.total,
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice, reward, base probabilities and how long each arm was left alone."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.longest, len(self.steps), missing)

        reward = by_trial(log.reward, 0.0).sum(-1)
        invalid = reward < 0
        choice = np.where(invalid, -1, by_trial(log.action)[..., 1] - LEFT)
        arms = ("left", "right")
        base = [by_trial(log.before[arm])[..., 0] for arm in arms]
        waited = [by_trial(log.before[f"waited_{arm}"])[..., 0] for arm in arms]
        return {
            "choice": (("trial",), choice.astype(np.int8), {"labels": list(arms)}),
            "reward": (("trial",), reward, {}),
            "invalid": (("trial",), invalid.astype(np.int8), {}),
            "base_probability": (("trial", "arm"), np.stack(base, axis=-1), {}),
            "trials_since_choice": (("trial", "arm"), np.stack(waited, axis=-1), {}),
            "arm": (("arm",), np.array(arms), {}),
        }
