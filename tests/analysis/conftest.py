from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr


def build_recording(
    choice: Sequence[int],
    reward: Sequence[float],
    common: Sequence[int],
    session: Sequence[int] | None = None,
    subject: Sequence[str] | None = None,
    position: Sequence[int] | None = None,
    **others: Any,
) -> xr.Dataset:
    """A recording of the two-step task from lists; choice 0 commonly leads to state 0."""
    n = len(choice)
    choice_, common_ = np.asarray(choice), np.asarray(common)
    session_ = np.zeros(n, int) if session is None else np.asarray(session)
    subject_ = np.repeat("one", n) if subject is None else np.asarray(subject)
    if position is None:
        starts = np.append(True, (session_[1:] != session_[:-1]) | (subject_[1:] != subject_[:-1]))[
            :n
        ]
        first = np.maximum.accumulate(np.where(starts, np.arange(n), 0))
        position = np.arange(n) - first
    state = np.where(
        (choice_ < 0) | (common_ < 0), -1, np.where(common_ == 1, choice_, 1 - choice_)
    )
    variables = {"choice": choice_, "reward": np.asarray(reward, float)}
    variables |= {"common_transition": common_, "second_state": state}
    variables |= {name: np.asarray(values) for name, values in others.items()}
    result = xr.Dataset(
        {name: ("trial", values) for name, values in variables.items()},
        coords={
            "subject": ("trial", subject_),
            "session": ("trial", session_),
            "trial_in_session": ("trial", np.asarray(position)),
        },
    )
    result["choice"].attrs["labels"] = ["left", "right"]
    if "automatic_reward" in result:  # it is at an arm: the left one here
        at_left = result["automatic_reward"].values
        both = np.stack([at_left, np.zeros_like(at_left)], axis=1)
        result["automatic_reward"] = (("trial", "arm"), both)
    if "chance" in result:
        result["chance"].attrs["long_name"] = "probability of the choice made"
    return result


def play_two_step(
    learner: Any,
    n_sessions: int = 50,
    n_trials: int = 100,
    seed: int = 0,
    *,
    reversal: float = 0.025,
    reward_probability: float = 0.9,
    common_probability: float = 0.8,
    subject: str = "one",
) -> xr.Dataset:
    """A learner plays the two-step task; its own prediction errors are recorded as `rpe`."""
    rng = np.random.default_rng(seed)
    shape = (n_trials, n_sessions)
    log = {name: np.zeros(shape) for name in ("choice", "reward", "common", "better", "chance")}
    error = np.zeros((*shape, 2))
    better = rng.integers(0, 2, n_sessions)
    state = learner.begin(n_sessions)
    for t in range(n_trials):
        better = np.where(rng.random(n_sessions) < reversal, 1 - better, better)
        chance = learner.choice_probability(state)
        choice = (rng.random(n_sessions) < chance[:, 1]).astype(int)
        common = (rng.random(n_sessions) < common_probability).astype(int)
        second = np.where(common == 1, choice, 1 - choice)
        pays = np.where(second == better, reward_probability, 1 - reward_probability)
        reward = (rng.random(n_sessions) < pays).astype(float)
        log["choice"][t], log["reward"][t], log["common"][t] = choice, reward, common
        log["better"][t], log["chance"][t] = better, chance[np.arange(n_sessions), choice]
        if hasattr(learner, "surprise"):
            error[t] = learner.prediction_errors(state, choice, second, reward)
        learner.learn(state, choice, second, reward)
    flat = {name: values.T.ravel() for name, values in log.items()}
    recording = build_recording(
        flat["choice"].astype(int),
        flat["reward"],
        flat["common"].astype(int),
        session=np.repeat(np.arange(n_sessions), n_trials),
        subject=np.repeat(subject, n_sessions * n_trials),
        better_state=flat["better"].astype(int),
        chance=flat["chance"],
    )
    # A first column of another event, to be ignored, as agents' recordings have it.
    rpe = np.concatenate([np.zeros((*shape, 1)), error], axis=2).transpose(1, 0, 2).reshape(-1, 3)
    recording["rpe"] = (("trial", "event"), rpe)
    return recording.assign_coords(event=["stage_1", "second_state", "outcome"])


@pytest.fixture(scope="session")
def make_recording() -> Callable[..., xr.Dataset]:
    return build_recording


@pytest.fixture(scope="session")
def play() -> Callable[..., xr.Dataset]:
    return play_two_step


def play_baited_arms(
    learner: Any,
    left: Any,
    n_trials: int = 100,
    seed: int = 0,
    *,
    total: float = 0.5,
    invalid: float = 0.0,
    subject: str = "one",
) -> xr.Dataset:
    """A learner plays two baited arms, one session for each base probability of the left arm.

    Written apart from the package's task: an arm left alone for n trials holds reward unless each
    of n + 1 draws failed. With `invalid`, some trials are broken off; they leave the arms alone.
    """
    rng = np.random.default_rng(seed)
    base = np.stack([np.asarray(left, float), total - np.asarray(left, float)], axis=1)
    n = len(base)
    rows = np.arange(n)
    waited = np.zeros((n, 2), int)
    log: dict[str, list[np.ndarray]] = {"choice": [], "reward": [], "trials_since_choice": []}
    state = learner.begin(n)
    for _ in range(n_trials):
        chance = learner.choice_probability(state)
        choice = (rng.random(n) < chance[:, 1]).astype(int)
        broken = rng.random(n) < invalid
        empty = (1 - base[rows, choice]) ** (waited[rows, choice] + 1)
        reward = np.where(broken, -1.0, rng.random(n) >= empty)
        choice = np.where(broken, -1, choice)
        for name, values in zip(log, (choice, reward, waited.copy()), strict=True):
            log[name].append(values)
        waited[~broken] += 1
        waited[rows[~broken], choice[~broken]] = 0
        learner.learn(state, choice, reward)
    stacked = {name: np.stack(values, axis=1) for name, values in log.items()}
    arms = {"trials_since_choice": stacked["trials_since_choice"].reshape(-1, 2)}
    arms["base_probability"] = np.repeat(base, n_trials, axis=0)
    return xr.Dataset(
        {name: ("trial", stacked[name].ravel()) for name in ("choice", "reward")}
        | {name: (("trial", "arm"), values) for name, values in arms.items()},
        coords={
            "subject": ("trial", np.repeat(subject, n * n_trials)),
            "session": ("trial", np.repeat(rows, n_trials)),
            "trial_in_session": ("trial", np.tile(np.arange(n_trials), n)),
            "arm": ["left", "right"],
        },
    )


@pytest.fixture(scope="session")
def play_baited() -> Callable[..., xr.Dataset]:
    return play_baited_arms


def play_inferred_value(
    n_sessions: int = 400,
    n_trials: int = 20,
    seed: int = 0,
    *,
    hazard: float = 0.1,
    shortest: int = 2,
    invalid: float = 0.0,
    subject: str = "one",
) -> xr.Dataset:
    """Sessions of the inferred-value task. With `invalid`, some trials are broken off at the cue.

    Written apart from the package's task: after `shortest` trials of a block each next trial
    opens a new one with probability `hazard`.
    """
    rng = np.random.default_rng(seed)
    side = np.zeros((n_sessions, n_trials), int)
    for row in side:
        now, length = int(rng.integers(2)), 0
        for t in range(n_trials):
            if length >= shortest and rng.random() < hazard:
                now, length = 1 - now, 0
            row[t] = now
            length += 1
    cue = rng.integers(2, size=side.shape)
    broken = rng.random(side.shape) < invalid
    variables = {
        "choice": np.where(broken, -1, cue),
        "reward": np.where(broken, -1.0, cue == side),
        "invalid": broken.astype(int),
        "forced": np.ones_like(cue),
        "cue": cue,
        "rewarded_side": side,
    }
    return xr.Dataset(
        {name: ("trial", values.ravel()) for name, values in variables.items()},
        coords={
            "subject": ("trial", np.repeat(subject, side.size)),
            "session": ("trial", np.repeat(np.arange(n_sessions), n_trials)),
            "trial_in_session": ("trial", np.tile(np.arange(n_trials), n_sessions)),
        },
    )


@pytest.fixture(scope="session")
def play_reversals() -> Callable[..., xr.Dataset]:
    return play_inferred_value
