"""Risky choice (Stopper et al. 2014; Wang et al. 2018, simulation 6, Fig. 7).

A trial: fixate, then choose left or right. One arm is safe and always pays a little, the other is
risky and pays much or nothing. A block of trials begins with forced pulls, in which only one arm
is shown, and goes on with free ones; how often the risky arm pays is the same throughout a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

FIXATION, CHOICE, FORCED_LEFT, FORCED_RIGHT = range(4)
CENTRE, LEFT, RIGHT = range(3)

SAFE, RISKY = range(2)
NONE = -1
"""Of `chosen`: no arm was chosen. Of `forced`: the trial is free."""

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("risky_side", np.int64),
        ("probability", np.float64),
        ("forced", np.int64),
        ("chosen", np.int64),
        ("left_to_come", np.int64),
        ("right_to_come", np.int64),
        ("free_to_come", np.int64),
        ("n_trials", np.int64),
        ("n_forced", np.int64),
        ("n_free", np.int64),
        ("schedule", np.int64),
        ("other_probability", np.float64),
        ("safe_reward", np.float64),
        ("risky_reward", np.float64),
    ],
    align=True,
)

Schedule = Literal["uniform", "fixed", "alternating"]
SCHEDULES = ("uniform", "fixed", "alternating")
UNIFORM, FIXED, ALTERNATING = range(3)


@njit(cache=True)
def exchange_probabilities(session):  # type: ignore[no-untyped-def]
    """Let the two probabilities of an alternating schedule change places."""
    now = session.probability
    session.probability = session.other_probability
    session.other_probability = now


@njit(cache=True)
def open_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Draw the trial at hand from the block's forced pulls to come; free ones follow them."""
    remaining = session.left_to_come + session.right_to_come
    if remaining == 0:
        session.forced = NONE
        session.free_to_come -= 1
    elif uniform * remaining < session.left_to_come:
        session.forced = 0
        session.left_to_come -= 1
    else:
        session.forced = 1
        session.right_to_come -= 1


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Go to the first step of the next trial, which may open a block."""
    session.trial += 1
    session.step = 0
    if session.left_to_come + session.right_to_come + session.free_to_come == 0:
        session.left_to_come = session.right_to_come = session.n_forced
        session.free_to_come = session.n_free
        if session.schedule == UNIFORM:
            session.probability = uniform[2]
        elif session.schedule == ALTERNATING:
            exchange_probabilities(session)
    open_trial(session, uniform[1])


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 centre, 1 left, 2 right. Fixation needs the centre, a free trial either side and a forced
        trial its own.
    uniform : ndarray, shape (3,)
        Random numbers: for reward, for the next trial's forced arm, and for the next block's
        probability.

    Returns
    -------
    observation : int
        0 fixation, 1 choice, 2 and 3 forced left and right.
    reward : float
        What the chosen arm pays; -1 for an invalid response, which breaks the trial off; 0 at
        fixation.
    """
    side = action - LEFT
    fixating = session.step == 0
    wrong_side = session.forced != NONE and side != session.forced
    if (action == CENTRE) != fixating or (not fixating and wrong_side):
        session.chosen = NONE
        begin_trial(session, uniform)
        return FIXATION, -1.0

    if fixating:
        session.step = 1
        return CHOICE if session.forced == NONE else FORCED_LEFT + session.forced, 0.0

    if side == session.risky_side:
        session.chosen = RISKY
        reward = session.risky_reward if uniform[0] < session.probability else 0.0
    else:
        session.chosen = SAFE
        reward = session.safe_reward
    begin_trial(session, uniform)
    return FIXATION, reward


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: draw the risky arm's side, its probability and the first trial."""
    for i in range(sessions.shape[0]):
        session = sessions[i]
        session.chosen = NONE
        session.risky_side = 0 if uniforms[i, 0] < 0.5 else 1
        session.left_to_come = session.right_to_come = session.n_forced
        session.free_to_come = session.n_free
        if session.schedule == UNIFORM:
            session.probability = uniforms[i, 2]
        elif session.schedule == ALTERNATING and uniforms[i, 2] < 0.5:
            exchange_probabilities(session)
        open_trial(session, uniforms[i, 1])


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
class RiskyChoice(Task):
    """The risky-choice task of Wang et al. 2018 (simulation 6), after Stopper et al. 2014.

    That trials begin with fixation, and the pays of one and four pellets in the animals' task, are
    published; the rest of the defaults is this toolkit's. The session's record tells rules of
    intervention what happened: `chosen` is set in the step that chooses an arm (0 safe, 1 risky; -1
    after an invalid response, and before the first choice) and kept until the next response is
    invalid or chooses, so that an outcome has just been paid where `step` is 0 and `chosen` is not
    -1. `forced` is the side asked for in the trial at hand, -1 where it is free.

    Parameters
    ----------
    schedule : str
        How the risky arm's probability of paying is set in each block: `uniform`, drawn from
        [0, 1]; `fixed`, `probability`; `alternating`, `probability` and `other_probability` in
        turn, either first.
    probability, other_probability : float
        Probabilities that the risky arm pays, where `schedule` uses them (shown in the paper: .5
        and .125).
    forced : int
        Pulls of each arm that open a block, in random order, before the free ones.
    free : int
        Free pulls of a block.
    blocks : int
        Blocks of a session. Nothing but their forced pulls announces them, and the risky arm
        stays on its side.
    safe_reward, risky_reward : float
        What the arms pay, in pellets; at least 0.

    Notes
    -----
    A trial broken off by an invalid response counts, a forced one as that one.
    """

    schedule: Schedule = "uniform"
    probability: float = 0.5
    other_probability: float = 0.125
    forced: int = 5
    free: int = 20
    blocks: int = 1
    safe_reward: float = 1.0
    risky_reward: float = 4.0

    name = "risky_choice"
    questions = "risky_choice"
    session_type = SESSION
    uniforms_per_step = 3
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule = {self.schedule!r}: expected one of {list(SCHEDULES)}.")
        check_probability("probability", self.probability)
        check_probability("other_probability", self.other_probability)
        if self.forced < 0:
            raise ValueError(f"forced = {self.forced!r}: expected a whole number of at least 0.")
        check_count("free", self.free)
        check_count("blocks", self.blocks)
        for name in ("safe_reward", "risky_reward"):
            if not 0.0 <= getattr(self, name) < np.inf:
                raise ValueError(
                    f"{name} = {getattr(self, name)!r}: expected a finite number of at least 0; "
                    "only an invalid response costs anything."
                )

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown, by code."""
        return ("fixation", "choice", "forced_left", "forced_right")

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("centre", "left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("fixation", "stimulus")

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("stimulus", "outcome")

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.blocks * (2 * self.forced + self.free)

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        return {
            "n_trials": self.n_trials,
            "n_forced": self.forced,
            "n_free": self.free,
            "schedule": SCHEDULES.index(self.schedule),
            "probability": self.probability,
            "other_probability": self.other_probability,
            "safe_reward": self.safe_reward,
            "risky_reward": self.risky_reward,
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice by side and by risk, reward, and the hidden side and probability."""

        def by_trial(values: Array, missing: float = -1) -> Array:
            return log.by_trial(values, self.n_trials, len(self.steps), missing)

        def hidden(field: str) -> Array:
            return by_trial(log.before[field])[..., 0]

        reward = by_trial(log.reward, 0.0).sum(-1)
        invalid = reward < 0
        choice = np.where(invalid, -1, by_trial(log.action)[..., 1] - LEFT)
        risky_side, probability = hidden("risky_side"), hidden("probability")
        pays = [np.where(risky_side == side, probability, 1.0) for side in (0, 1)]
        sides = {"labels": ["left", "right"]}
        on_trial = ("trial",)
        codes = {
            "forced": hidden("forced") != NONE,
            "invalid": invalid,
            "risky_choice": np.where(invalid, -1, choice == risky_side),
        }
        return {
            "choice": (on_trial, choice.astype(np.int8), sides),
            "reward": (on_trial, reward, {}),
            **{name: (on_trial, code.astype(np.int8), {}) for name, code in codes.items()},
            "risky_side": (on_trial, risky_side.astype(np.int8), sides),
            "risky_probability": (on_trial, probability, {}),
            "reward_probability": (("trial", "arm"), np.stack(pays, axis=-1), {}),
            "arm": (("arm",), np.array(["left", "right"]), {}),
        }
