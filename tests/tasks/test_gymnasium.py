"""Tasks lent to gymnasium, held to gymnasium's own checker and its own vector environment."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence

from pfc_analysis.authoring.new import new_experiment
from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.tasks.gymnasium import register_experiment, register_tasks

IDS = register_tasks()

SHORT = {
    "pfc_analysis/Matching-v0": {"shortest": 4, "longest": 7},
    "pfc_analysis/RiskyChoice-v0": {"forced": 1, "free": 4},
    "pfc_analysis/Harlow-v0": {"trials": 2, "step_limit": 40},
}
"""Settings that make sessions short; `trials` where not given."""


def test_every_task_is_registered():
    assert [f"pfc_analysis/{find_task(name).__name__}-v0" for name in list_tasks()] == IDS
    assert "pfc_analysis/TwoStep-v0" in IDS


@pytest.mark.parametrize("task_id", IDS)
def test_gymnasiums_own_checker_passes(task_id):
    check_env(gymnasium.make(task_id).unwrapped)


@pytest.mark.parametrize("task_id", IDS)
def test_same_seed_same_session(task_id):
    env = gymnasium.make(task_id)

    def rollout(seed: int) -> list[object]:
        rng = np.random.default_rng(1)
        seen: list[object] = [env.reset(seed=seed)]
        for _ in range(60):
            played = env.step(np.int64(rng.integers(env.action_space.n)))
            seen.append(played)
            if played[2]:  # broken-off trials may end a short session before
                break
        return seen

    assert data_equivalence(rollout(4), rollout(4), exact=True)
    assert not data_equivalence(rollout(4), rollout(5), exact=True)


@pytest.mark.parametrize("task_id", IDS)
def test_vector_form_plays_what_the_single_form_plays(task_id):
    settings = {"num_envs": 5, **SHORT.get(task_id, {"trials": 6})}
    ours = gymnasium.make_vec(task_id, vectorization_mode="vector_entry_point", **settings)
    theirs = gymnasium.make_vec(task_id, vectorization_mode="sync", **settings)
    first, second = ours.reset(seed=3)[0], theirs.reset(seed=3)[0]
    assert data_equivalence(first, second, exact=True)
    rng = np.random.default_rng(0)
    ends = 0
    for _ in range(120):
        actions = rng.integers(ours.single_action_space.n, size=5)
        for one, other in zip(ours.step(actions)[:4], theirs.step(actions)[:4], strict=True):
            assert data_equivalence(one, other, exact=True)
        ends += ours.step(actions)[2].sum()
        theirs.step(actions)
    assert ends > 5


def test_settings_reach_the_task():
    env = gymnasium.make("pfc_analysis/TwoStep-v0", common_probability=1.0, trials=3)
    env.reset(seed=0)
    env.step(0)
    assert env.step(2)[0] == 3
    assert env.unwrapped.task.trials == 3


def test_step_before_reset_and_after_the_end_is_refused():
    env = gymnasium.make("pfc_analysis/TwoStep-v0", trials=1).unwrapped
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    env.reset(seed=0)
    assert env.step(1)[1:3] == (-1.0, True)
    with pytest.raises(gymnasium.error.ResetNeeded, match="session is over"):
        env.step(0)


def test_unknown_action_is_refused():
    env = gymnasium.make("pfc_analysis/TwoStep-v0").unwrapped
    env.reset(seed=0)
    with pytest.raises(gymnasium.error.InvalidAction, match=r"expected one of .*centre"):
        env.step(3)


def test_unknown_task_lists_those_there_are():
    with pytest.raises(
        ValueError, match=r"Unknown task 'three_step'; expected one of \[.*'two_step'"
    ):
        find_task("three_step")


def test_an_experiment_of_ones_own_is_registered_under_its_class(tmp_path):
    task_id = register_experiment(new_experiment("lent_task", tmp_path))
    assert task_id == "pfc_analysis/LentTask-v0"
    env = gymnasium.make(task_id, trials=2)
    env.reset(seed=1)
    assert [env.step(np.int64(0))[2] for _ in range(2)] == [False, True]
