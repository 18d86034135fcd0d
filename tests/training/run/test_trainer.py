"""Training: replicas, resumption after a kill, and refusals."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.training.recipes.recipe_files import parse_recipe, read_recipe
from pfc_analysis.training.run.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    list_replicas,
    load_progress,
    load_weights,
)
from pfc_analysis.training.run.plan import Plan
from pfc_analysis.training.run.replica import Replica, single_thread
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.run.training_log import LOG, LOG_ROWS, save_log


def weights_of(agent: Path) -> dict[str, bytes]:
    return {folder.name: (folder / WEIGHTS).read_bytes() for folder in list_replicas(agent)}


def test_replicas_together_equal_each_alone_whatever_the_workers(tmp_path, small_recipe):
    together = train(small_recipe, tmp_path / "together", replicas=3, workers=2)
    serial = train(small_recipe, tmp_path / "serial", replicas=3, workers=1)
    alone = tmp_path / "alone"
    for seed in (3, 4, 5):
        train(small_recipe, alone, replicas=1, seed=seed, workers=1)
    assert weights_of(together) == weights_of(serial) == weights_of(alone)
    assert len(set(weights_of(together).values())) == 3


def test_folder_of_an_agent(tmp_path, small_recipe):
    agent = train(small_recipe, tmp_path / "agent", workers=1)
    assert read_recipe(agent) == small_recipe
    assert [folder.name for folder in list_replicas(agent)] == ["seed_3", "seed_4"]
    log = pd.read_csv(agent / "seed_3" / LOG)
    assert log["update"].tolist() == list(range(1, 9))
    assert log["sessions"].tolist() == list(range(4, 36, 4))
    assert (np.diff(log["steps"]) > 0).all()
    assert log["learning_rate"].iloc[[0, -1]].tolist() == [0.01, 0.001]
    assert not (agent / "seed_3" / CHECKPOINT).exists()


def test_log_of_a_long_training_is_thinned_to_means(tmp_path):
    """1,001 updates in rows of three; the last row has two."""
    rows = [
        (k + 1, 10 * (k + 1), 7 * (k + 1), k % 3, *[0.0] * 5, 1.0 / (k + 1)) for k in range(1001)
    ]
    save_log(tmp_path / LOG, rows)
    log = pd.read_csv(tmp_path / LOG)
    assert len(log) == 334 <= LOG_ROWS
    assert log["update"].tolist() == [*range(3, 1001, 3), 1001]
    assert (log["sessions"] == 10 * log["update"]).all()
    assert (log["steps"] == 7 * log["update"]).all()
    assert np.allclose(log["reward_per_trial"], [*[1.0] * 333, 0.5])
    assert np.allclose(log["learning_rate"], 1.0 / log["update"], rtol=1e-5)


def test_first_thing_learned_is_to_respond_validly(small_recipe):
    settings = dataclasses.replace(
        small_recipe.optimisation, updates=60, sessions_per_update=16, learning_rate=0.02
    )
    recipe = dataclasses.replace(small_recipe, optimisation=settings, task={"trials": 20})
    replica = Replica(recipe, seed=1)
    with single_thread():
        for _ in range(60):
            replica.learn()
    invalid = [row[4] for row in replica.log]
    assert np.mean(invalid[:3]) > 0.6
    assert np.mean(invalid[-5:]) < 0.1


def test_restored_replica_goes_on_as_if_never_stopped(small_recipe):
    whole = Replica(small_recipe, seed=2)
    for _ in range(8):
        whole.learn()
    first = Replica(small_recipe, seed=2)
    for _ in range(3):
        first.learn()
    second = Replica(small_recipe, seed=2, saved=first.progress())
    for _ in range(5):
        second.learn()
    assert whole.log == second.log
    for name, weights in whole.progress().weights.items():
        assert np.array_equal(weights, second.progress().weights[name])


def plan_of(recipe: Path, engine: str = "compiled") -> Plan:
    return Plan(read_recipe(recipe), recipe.parent, engine, 0.0)


def start_training(recipe: Path, out: Path) -> subprocess.Popen[bytes]:
    """Train in a process group of its own, with a checkpoint every update."""
    call = (
        "from pfc_analysis import train; import sys; "
        "train(sys.argv[1], sys.argv[2], workers=2, checkpoint_seconds=0)"
    )
    command = [sys.executable, "-c", call, str(recipe), str(out)]
    return subprocess.Popen(command, start_new_session=True)


@pytest.mark.parametrize(
    ("text", "updates"),
    [("small_text", 120), ("pixel_text", 25)],  # pictures are slower
)
def test_resumption_after_kill_gives_the_same_bytes(tmp_path, text, updates, request):
    recipe = tmp_path / "recipe.toml"
    short = request.getfixturevalue(text).replace("updates = 8", f"updates = {updates}")
    recipe.write_text(short)
    killed = tmp_path / "killed"
    process = start_training(recipe, killed)
    checkpoint = killed / "seed_3" / CHECKPOINT
    digest = plan_of(recipe, "compiled").digest()
    deadline = time.monotonic() + 180
    while not checkpoint.exists() or load_progress(checkpoint, digest).update < 5:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    reached = load_progress(checkpoint, digest).update
    assert 5 <= reached < updates
    assert not (killed / "seed_3" / WEIGHTS).exists()

    train(recipe, killed, resume=True, workers=2)
    whole = train(recipe, tmp_path / "whole", workers=2)
    assert weights_of(killed) == weights_of(whole)
    for seed in ("seed_3", "seed_4"):
        assert (killed / seed / LOG).read_bytes() == (whole / seed / LOG).read_bytes()


def test_workers_stop_when_their_parent_is_killed(tmp_path, small_text):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(small_text.replace("updates = 8", "updates = 100000"))
    out = tmp_path / "out"
    process = start_training(recipe, out)
    checkpoint = out / "seed_3" / CHECKPOINT
    digest = plan_of(recipe).digest()
    deadline = time.monotonic() + 180
    while not checkpoint.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)  # the parent alone: its workers are orphans now
    process.wait()
    while group_is_alive(process.pid):
        assert time.monotonic() < deadline, "orphaned workers go on"
        time.sleep(0.05)
    assert load_progress(checkpoint, digest).update < 100_000


def group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_finished_replicas_are_left_alone_by_resume(tmp_path, small_recipe):
    agent = train(small_recipe, tmp_path / "agent", replicas=1, workers=1)
    before = (agent / "seed_3" / WEIGHTS).stat().st_mtime_ns
    train(small_recipe, agent, replicas=2, resume=True, workers=1)
    assert (agent / "seed_3" / WEIGHTS).stat().st_mtime_ns == before
    assert len(list_replicas(agent)) == 2


def test_an_agent_that_is_there_is_not_overwritten(tmp_path, small_recipe):
    agent = train(small_recipe, tmp_path / "agent", replicas=1, workers=1)
    with pytest.raises(FileExistsError, match=r"seed_3.* already exists\. Continue .* --resume"):
        train(small_recipe, agent, replicas=1)


def test_resuming_under_another_recipe_is_refused(tmp_path, small_recipe, small_text):
    agent = train(small_recipe, tmp_path / "agent", replicas=1, workers=1)
    other = parse_recipe(small_text.replace("units = 5", "units = 6"))
    with pytest.raises(CheckpointError, match=r"weights.safetensors: trained with another"):
        train(other, agent, replicas=1, resume=True)


def test_unreadable_weights_are_named(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match=r"weights.safetensors: cannot be read"):
        load_weights(path)


def test_unknown_experiment_lists_those_there_are(tmp_path):
    with pytest.raises(ValueError, match=r"Unknown experiment 'nothing'.*; expected .*two_step"):
        train("nothing", tmp_path / "out")


def test_folder_without_replicas(tmp_path):
    with pytest.raises(FileNotFoundError, match="no trained replica"):
        list_replicas(tmp_path)


def test_unknown_engine_is_refused(tmp_path, small_recipe):
    with pytest.raises(ValueError, match=r"Unknown engine 'jax'; expected .*compiled.*torch"):
        train(small_recipe, tmp_path, engine="jax")


def test_resuming_by_another_engine_is_refused(tmp_path, small_recipe):
    agent = train(small_recipe, tmp_path / "agent", replicas=1, workers=1, engine="torch")
    with pytest.raises(CheckpointError, match="with another recipe or engine"):
        train(small_recipe, agent, replicas=1, resume=True)
