"""Simulated learners: they play the task, are told what happened, and leave a recording."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.two_step import TwoStep


class AlwaysLeft:
    """A learner whose play is known in advance; it remembers what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[np.ndarray, ...]] = []

    def __repr__(self) -> str:
        return "AlwaysLeft()"

    def begin(self, n_sessions: int) -> int:
        return n_sessions

    def choice_probability(self, state: int) -> np.ndarray:
        return np.tile([1.0, 0.0], (state, 1))

    def learn(self, state: int, *what_happened: np.ndarray) -> None:
        self.seen.append(tuple(values.copy() for values in what_happened))


@dataclass(frozen=True)
class CoinWithMemory:
    """Chooses left with a fixed probability and counts its trials."""

    left: float = 0.7

    def begin(self, n_sessions: int) -> dict[str, Any]:
        return {"trials": np.zeros(n_sessions, int), "paid": np.zeros(n_sessions)}

    def choice_probability(self, state) -> np.ndarray:
        return np.tile([self.left, 1 - self.left], (len(state["trials"]), 1))

    def learn(self, state, choice, reward) -> None:
        state["trials"] += choice >= 0
        state["paid"] += np.where(choice >= 0, reward, 0.0)


def test_two_step_is_played_and_told():
    learner = AlwaysLeft()
    task = TwoStep(common_probability=1.0, reversal_probability=0.0, trials=40)
    played = simulate(learner, task, sessions=25, seed=1, subject="left")
    assert (played["choice"] == 0).all()
    assert (played["common_transition"] == 1).all()
    assert (played["invalid"] == 0).all()
    told = [np.stack(part, axis=1).reshape(-1) for part in zip(*learner.seen, strict=True)]
    for name, values in zip(("choice", "second_state", "reward"), told, strict=True):
        assert np.array_equal(played[name], values)
    good = played["reward"].where(played["better_state"] == 0)
    assert float(good.mean()) == pytest.approx(0.9, abs=0.06)


def test_two_step_without_fixation():
    learner = AlwaysLeft()
    task = TwoStep(fixation=False, trials=15)
    played = simulate(learner, task, sessions=4, seed=1, subject="left")
    assert (played["choice"] == 0).all()
    assert np.array_equal(
        played["second_state"], np.stack([seen[1] for seen in learner.seen], axis=1).ravel()
    )


def test_bandit_is_played_and_told():
    learner = AlwaysLeft()
    task = Bandit(arms="fixed", left=0.3, right=0.9, trials=50)
    played = simulate(learner, task, sessions=200, seed=2, subject="left")
    assert played.sizes["trial"] == 200 * 50
    assert (played["choice"] == 0).all()
    told = [np.stack(part, axis=1).reshape(-1) for part in zip(*learner.seen, strict=True)]
    for name, values in zip(("choice", "reward"), told, strict=True):
        assert np.array_equal(played[name], values)
    error = np.sqrt(0.3 * 0.7 / 10_000)
    assert float(played["reward"].mean()) == pytest.approx(0.3, abs=4 * error)


def test_choices_are_drawn_with_the_learners_probability():
    played = simulate(CoinWithMemory(0.7), Bandit(), sessions=400, seed=3, subject="coin")
    left = (played["choice"] == 0).mean()
    assert float(left) == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 40_000))
    choice = played["choice"].values.reshape(400, 100)
    assert abs(np.corrcoef(choice[:, 1:].ravel(), choice[:, :-1].ravel())[0, 1]) < 4 / 199


def test_matching_sessions_end_when_they_end():
    learner = AlwaysLeft()
    task = Matching(shortest=5, longest=9)
    played = simulate(learner, task, sessions=300, seed=4, subject="left")
    _, lengths = np.unique(played["session"], return_counts=True)
    assert lengths.size == 300
    assert set(lengths) == {5, 6, 7, 8, 9}
    assert (played["choice"] == 0).all()
    assert (played["invalid"] == 0).all()
    assert (played["reward"] >= 0).all()
    # The left arm is never left alone, the right one always.
    expected = np.stack([np.zeros(played.sizes["trial"]), played["trial_in_session"]], axis=1)
    assert np.array_equal(played["trials_since_choice"], expected)


def test_a_session_that_is_over_is_not_learned_from():
    learner = AlwaysLeft()
    played = simulate(learner, Matching(shortest=3, longest=8), sessions=60, seed=5, subject="left")
    choice, reward = (np.stack(part, axis=1) for part in zip(*learner.seen, strict=True))
    _, lengths = np.unique(played["session"], return_counts=True)
    going = np.arange(choice.shape[1]) < lengths[:, None]
    assert np.array_equal(choice, np.where(going, 0, -1))
    assert np.array_equal(reward[going], played["reward"])
    assert (reward[~going] == 0).all()


def test_matching_recording_has_the_tasks_lengths():
    """The shortest and longest sessions of the published task, all of the same kind."""
    played = simulate(CoinWithMemory(), Matching(), sessions=500, seed=6, subject="coin")
    _, lengths = np.unique(played["session"], return_counts=True)
    assert lengths.min() >= 50
    assert lengths.max() <= 100
    assert np.unique(lengths).size > 40
    assert played.attrs["experiment"] == "matching"


@pytest.mark.parametrize(
    "task", [TwoStep(trials=9), Bandit(trials=9), Matching(shortest=4, longest=9)]
)
def test_simulation_is_seeded(task):
    runs = [
        simulate(AlwaysLeft(), task, sessions=6, seed=seed, subject="left") for seed in (1, 1, 2)
    ]
    assert runs[0].identical(runs[1])
    assert not runs[0].equals(runs[2])


def test_recording_says_how_to_make_it_again():
    played = simulate(AlwaysLeft(), Bandit(trials=3), sessions=2, seed=8, subject="left")
    assert played.attrs["kind"] == "simulated learner"
    assert played.attrs["experiment"] == "bandit"
    assert played.attrs["learner"] == "AlwaysLeft()"
    assert played.attrs["task"] == repr(Bandit(trials=3))
    assert played.attrs["seed"] == 8
    assert "numpy" in played.attrs["software"]
    assert set(played["subject"].values) == {"left"}


def test_no_session_is_refused():
    with pytest.raises(ValueError, match="sessions = 0: expected at least 1"):
        simulate(AlwaysLeft(), Bandit(), sessions=0, seed=1, subject="left")


class TwoChoices(Bandit):
    """A task that no learner of one choice can play."""

    name = "two_choices"

    @property
    def steps(self) -> tuple[str, ...]:
        return ("choice", "another")


class UpOrDown(Bandit):
    """A task with other actions."""

    name = "up_or_down"

    @property
    def actions(self) -> tuple[str, ...]:
        return ("up", "down")


@pytest.mark.parametrize(
    ("task", "found"),
    [(TwoChoices(), r"'choice', 'another'"), (UpOrDown(), r"actions \['up', 'down'\]")],
)
def test_other_tasks_are_refused(task, found):
    with pytest.raises(
        ValueError, match=f"task '{task.name}': expected trials of one choice .*{found}"
    ):
        simulate(AlwaysLeft(), task, sessions=1, seed=1, subject="left")


def test_simulating_never_loads_torch():
    code = "import sys, pfc_analysis as p; p.simulate; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_learner_is_told_rewards_as_shares_of_the_scale():
    task = RiskyChoice(schedule="fixed", probability=0.5, safe_reward=1.0, risky_reward=4.0)
    learner, scaled = AlwaysLeft(), AlwaysLeft()
    played = simulate(learner, task, sessions=5, seed=1, subject="left")
    told = simulate(scaled, task, sessions=5, seed=1, subject="left", reward_scale=4.0)
    xr.testing.assert_identical(told, played.assign_attrs(reward_scale=4.0))
    assert set(np.unique(np.array([reward for _, reward in scaled.seen]))) == {0.0, 0.25, 1.0}
    for (_, full), (_, share) in zip(learner.seen, scaled.seen, strict=True):
        np.testing.assert_array_equal(share, full / 4.0)


@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf, np.nan])
def test_a_scale_that_cannot_be_is_an_error(scale):
    with pytest.raises(ValueError, match=r"reward_scale = .*expected a finite number above 0"):
        simulate(AlwaysLeft(), Bandit(), sessions=1, seed=1, subject="left", reward_scale=scale)
