"""Sweeps on real clusters of worker processes: death of a worker, resumption, refusals."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from pfc_analysis.analysis import compute_stay_probability
from pfc_analysis.recording.storage import open_trusted
from pfc_analysis.reporting.measure_replicas import MeasureReplicas
from pfc_analysis.training.recipes.recipe_files import parse_recipe, read_recipe
from pfc_analysis.training.run import cluster as clusters
from pfc_analysis.training.run import file_lock
from pfc_analysis.training.run.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    list_replicas,
    load_progress,
)
from pfc_analysis.training.run.cluster import Job, start_cluster, train_on
from pfc_analysis.training.run.file_lock import FolderLockedError, lock_folder
from pfc_analysis.training.run.plan import Plan
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.sweep import name_agents, sweep
from pfc_analysis.training.run.sweep_table import JOURNAL, TABLE, Row, Table
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.run.training_log import LOG

UPDATES = 600  # seconds, as each is followed by a checkpoint: long enough to be killed midway


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[LocalCluster]:
    """Two worker processes, each with a nanny that starts it again when it dies."""
    with start_cluster(2, tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def client(cluster) -> Iterator[Client]:
    with Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def recipe_files(tmp_path, small_text) -> list[Path]:
    """Two recipes of one experiment, long enough to be killed."""
    paths = [tmp_path / "five_units.toml", tmp_path / "six_units.toml"]
    text = small_text.replace("updates = 8", f"updates = {UPDATES}")
    paths[0].write_text(text)
    paths[1].write_text(text.replace("units = 5", "units = 6"))
    return paths


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def updates_of(folder: Path, plan: Plan) -> int:
    """Updates in the checkpoint of a replica, 0 without one."""
    try:
        return load_progress(folder / CHECKPOINT, plan.digest()).update
    except CheckpointError:  # gone since: it is trained
        return 0


def kill_worker_of_first_job(client: Client, plan: Plan) -> str:
    """Wait for checkpoints of seed 3, then kill the worker that trains it; return its address."""
    pids = client.run(os.getpid)
    wait_until(lambda: updates_of(plan.folder(3), plan) >= 5)
    processing = client.processing()
    [victim] = [
        address for address, keys in processing.items() if any(k[-2:] == "-0" for k in keys)
    ]
    os.kill(pids[victim], signal.SIGKILL)
    return victim


def plan_of(recipe: Path, out: Path) -> Plan:
    return Plan(read_recipe(recipe), out / recipe.stem, "compiled", 0.0)


def assert_trained_as_by_train(agent: Path, recipe: Path, out: Path) -> None:
    whole = train(recipe, out, workers=1)
    assert [f.name for f in list_replicas(agent)] == [f.name for f in list_replicas(whole)]
    for folder in list_replicas(whole):
        for name in (WEIGHTS, LOG):
            assert (agent / folder.name / name).read_bytes() == (folder / name).read_bytes()
        assert {path.name for path in (agent / folder.name).iterdir()} == {WEIGHTS, LOG}
    assert read_recipe(agent) == read_recipe(whole)


def test_replica_goes_on_elsewhere_when_its_worker_is_killed(
    tmp_path, cluster, client, recipe_files
):
    out = tmp_path / "out"
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(
            sweep, recipe_files, out, scheduler=cluster.scheduler_address, checkpoint_seconds=0
        )
        victim = kill_worker_of_first_job(client, plan_of(recipe_files[0], out))
        table = running.result()

    assert table["status"].tolist() == ["trained"] * 4
    assert table["agent"].tolist() == ["five_units"] * 2 + ["six_units"] * 2
    assert table["seed"].tolist() == [3, 4, 3, 4]
    assert table["worker"].iloc[0] != victim
    assert table["resumed_at"].iloc[0] >= 5, "the killed replica went on from its checkpoint"
    assert table["resumed_at"].iloc[1:].tolist() == [0] * 3
    for path in recipe_files:
        assert_trained_as_by_train(out / path.stem, path, tmp_path / "whole" / path.stem)


def test_replica_that_keeps_losing_its_worker_fails_alone(
    tmp_path, cluster, client, recipe_files, monkeypatch
):
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    recipe, out = recipe_files[0], tmp_path / "out"
    plan, address = plan_of(recipe, out), cluster.scheduler_address
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(sweep, recipe, out, scheduler=address, checkpoint_seconds=0)
        wait_until((plan.folder(3) / CHECKPOINT).exists)
        # What the table would say of a sweep that is itself killed now.
        assert pd.read_csv(out / TABLE)["status"].iloc[0] == "unfinished"
        kill_worker_of_first_job(client, plan)
        table = running.result()

    assert table["status"].tolist() == ["failed", "trained"]
    assert "its worker died 1 times" in table["error"].iloc[0]
    assert table[["steps", "seconds"]].iloc[0].isna().all()

    again = sweep(recipe, out, scheduler=address)
    assert again["status"].tolist() == ["trained", "already trained"]
    assert again["resumed_at"].iloc[0] >= 5
    assert_trained_as_by_train(out / recipe.stem, recipe, tmp_path / "whole")


def test_failing_replica_is_reported_and_the_others_are_trained(tmp_path, cluster, small_recipe):
    (tmp_path / "two_step" / "seed_4" / LOG).mkdir(parents=True)  # in the way of the log
    table = sweep(small_recipe, tmp_path, replicas=3, scheduler=cluster.scheduler_address)
    assert table["status"].tolist() == ["trained", "failed", "trained"]
    assert table["error"].iloc[1].startswith("WriteError: ")
    assert LOG in table["error"].iloc[1]


def test_trained_replicas_are_left_alone(tmp_path, cluster, small_recipe):
    address = cluster.scheduler_address
    first = sweep(small_recipe, tmp_path, replicas=1, scheduler=address)
    weights = tmp_path / "two_step" / "seed_3" / WEIGHTS
    before = weights.stat().st_mtime_ns
    table = sweep(small_recipe, tmp_path, replicas=2, scheduler=address)
    assert table["status"].tolist() == ["already trained", "trained"]
    assert weights.stat().st_mtime_ns == before
    told = ["steps", "reward_per_trial", "weights_sha256"]
    pd.testing.assert_frame_equal(first[told], table[told].iloc[:1])
    # All done: no cluster is needed any more.
    assert set(sweep(small_recipe, tmp_path, replicas=2)["status"]) == {"already trained"}


def test_table_says_what_the_files_say(tmp_path, small_text):
    """41 updates: the last 5 % are two."""
    recipe = parse_recipe(small_text.replace("updates = 8", "updates = 41"))
    agent = train(recipe, tmp_path / "two_step", replicas=1, workers=1)
    row = sweep(recipe, tmp_path, replicas=1).iloc[0]
    log = pd.read_csv(agent / "seed_3" / LOG)
    assert row["steps"] == log["steps"].iloc[-1]
    assert row["reward_per_trial"] == pytest.approx(log["reward_per_trial"].iloc[-2:].mean())
    weights = (agent / "seed_3" / WEIGHTS).read_bytes()
    assert row["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    saved = pd.read_csv(tmp_path / TABLE).iloc[0]
    assert saved["reward_per_trial"] == pytest.approx(row["reward_per_trial"], rel=1e-5)
    assert np.isnan(saved["seconds"])


def finished(seed: int, **values) -> Row:
    row = Row("a", "two_step", seed, "trained", 10, 0.5, 0, 1.0, "tcp://w", f"sha{seed}")
    row.measured, row.measures = "stay", values
    return row


def test_journal_of_a_killed_sweep_is_read_except_a_line_that_is_cut_off(tmp_path):
    table = Table(tmp_path, {tmp_path / str(seed): Row("a", "two_step", seed) for seed in range(3)})
    table.save()
    before = (tmp_path / TABLE).read_bytes()
    for seed in range(3):
        table.append(finished(seed, **{"stay[common, rewarded] (1)": 0.25 + seed}))
    assert (tmp_path / TABLE).read_bytes() == before, "not written anew after each replica"
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-9])  # killed within the last line

    again = Table(tmp_path)
    for seed in range(3):
        again.rows[tmp_path / str(seed)] = Row(
            "a", "two_step", seed, "already trained", weights_sha256=f"sha{seed}"
        )
    again.recall()
    measures = [row.measures for row in again.rows.values()]
    assert measures == [
        {"stay[common, rewarded] (1)": 0.25},
        {"stay[common, rewarded] (1)": 1.25},
        {},
    ]
    assert [row.measured for row in again.rows.values()] == ["stay", "stay", ""]
    again.save()
    assert not journal.exists()
    saved = pd.read_csv(tmp_path / TABLE)
    assert saved["stay[common, rewarded] (1)"].tolist()[:2] == [0.25, 1.25]
    # The next call reads the table.
    for row in again.rows.values():
        row.measured, row.measures = "", {}
    again.recall()
    assert [row.measures for row in again.rows.values()] == measures


def test_other_weights_are_measured_anew(tmp_path):
    table = Table(tmp_path, {tmp_path / "0": finished(0, stay=0.5)})
    table.save()
    other = Table(tmp_path, {tmp_path / "0": Row("a", "two_step", 0, weights_sha256="other")})
    other.recall()
    assert other.rows[tmp_path / "0"].measures == {}


def test_workers_record_and_analyse(tmp_path, cluster, small_recipe):
    measure = MeasureReplicas(("compute_stay_probability",), record=True, sessions=30)
    out, address = tmp_path / "out", cluster.scheduler_address
    sweep(small_recipe, out, replicas=2, scheduler=address)  # trained before, not measured
    table = sweep(small_recipe, out, replicas=2, scheduler=address, measure=measure)
    folders = list_replicas(out / "two_step")
    for folder, (_, row) in zip(folders, table.iterrows(), strict=True):
        with open_trusted(folder / "recording.nc") as recording:
            assert recording["session"].max() == 29
            expected = compute_stay_probability(recording)
        column = "compute_stay_probability.stay_probability[common_rewarded] (1)"
        assert row[column] == pytest.approx(float(expected["stay_probability"][0, 0]), nan_ok=True)
        index = row["compute_stay_probability.model_based_index (1)"]
        assert index == pytest.approx(float(expected["model_based_index"][0]), nan_ok=True)
    made = [(folder / "recording.nc").stat().st_mtime_ns for folder in folders]
    again = sweep(small_recipe, out, replicas=2, scheduler=address, measure=measure)
    pd.testing.assert_frame_equal(
        again.filter(like="compute_stay"), table.filter(like="compute_stay"), rtol=1e-5
    )
    assert [(folder / "recording.nc").stat().st_mtime_ns for folder in folders] == made


def test_analyses_that_need_more_are_refused():
    with pytest.raises(ValueError, match="regress_units needs responses, predictors"):
        MeasureReplicas(("regress_units",))
    with pytest.raises(ValueError, match="found 'stay', expected names of functions"):
        MeasureReplicas(("stay",))


def test_task_waits_for_whoever_holds_the_folder(tmp_path, cluster, client, small_recipe):
    plan = Plan(small_recipe, tmp_path / "two_step", "compiled", 60.0)
    with ThreadPoolExecutor(1) as thread:
        with lock_folder(plan.folder(3)):
            running = thread.submit(
                sweep, small_recipe, tmp_path, scheduler=cluster.scheduler_address
            )
            wait_until((plan.folder(4) / WEIGHTS).exists)
            assert not (plan.folder(3) / WEIGHTS).exists()
            assert not running.done()
        assert running.result()["status"].tolist() == ["trained"] * 2


def test_held_folder_is_named(tmp_path, small_recipe, monkeypatch):
    monkeypatch.setattr(file_lock, "LOCK_SECONDS", 0.1)
    with (
        lock_folder(tmp_path / "seed_3"),
        pytest.raises(FolderLockedError, match="seed_3: another process is training"),
    ):
        train(small_recipe, tmp_path, replicas=1, workers=1)


def test_training_stops_when_nobody_waits_for_it(tmp_path, cluster, small_text):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(small_text.replace("updates = 8", "updates = 1000000"))
    plan = Plan(read_recipe(recipe), tmp_path, "compiled", 0.0)
    with Client(cluster, set_as_default=False) as client:
        future = client.submit(clusters._run_job, Job(plan, 3))
        wait_until((plan.folder(3) / CHECKPOINT).exists)
        assert not future.done()
    with lock_folder(plan.folder(3), seconds=60):  # its worker let go of it
        assert not (plan.folder(3) / WEIGHTS).exists()


def test_worker_that_does_not_see_the_folder_says_so(tmp_path, client, small_recipe):
    job = Job(Plan(small_recipe, tmp_path / "elsewhere", "compiled", 60.0), 3)
    [(done, outcome)] = train_on(client, [job])
    assert done == job
    assert "elsewhere: worker tcp://" in outcome.error
    assert "under the same path" in outcome.error
    assert not (tmp_path / "elsewhere").exists()


def test_workers_with_threads_are_refused(tmp_path, small_recipe):
    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        ) as threads,
        pytest.raises(ValueError, match=r"has 2 threads; expected 1.*--nthreads 1"),
    ):
        sweep(small_recipe, tmp_path, scheduler=threads.scheduler_address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere"])
def test_scheduler_that_does_not_answer(tmp_path, small_recipe, monkeypatch, address):
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.3)
    with pytest.raises(ConnectionError, match=rf"No dask scheduler answers at '{address}'"):
        sweep(small_recipe, tmp_path, scheduler=address)


def test_scheduler_without_workers_says_so(tmp_path, small_recipe, monkeypatch):
    monkeypatch.setattr(clusters, "TELL_SECONDS", 0.2)
    monkeypatch.setattr(clusters, "WORKER_SECONDS", 2.0)
    with (
        start_cluster(0, tmp_path) as empty,
        pytest.warns(UserWarning, match=r"tcp://.* has no worker. Waiting for 2 seconds; start"),
        pytest.raises(ConnectionError, match=r"no worker for 2 seconds. Start .*dask worker tcp"),
    ):
        sweep(small_recipe, tmp_path, scheduler=empty.scheduler_address)


def test_scheduler_that_dies_is_one_line_for_each_replica(tmp_path, small_text, capfd):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(small_text.replace("updates = 8", "updates = 1000000"))
    code = (
        "from distributed import LocalCluster as C; import time\n"
        "if __name__ == '__main__':\n"
        "    c = C(n_workers=1, threads_per_worker=1, dashboard_address=None,"
        " scheduler_kwargs={'dashboard_address': '127.0.0.1:0'})\n"
        "    print(c.scheduler_address, flush=True); time.sleep(600)\n"
    )
    (tmp_path / "scheduler.py").write_text(code)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "scheduler.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(sweep, recipe, tmp_path / "out", scheduler=address)
        wait_until(lambda: any((tmp_path / "out").glob("*/seed_*/.lock")))
        process.kill()
        process.communicate()
        table = running.result()
    assert table["status"].tolist() == ["failed"] * 2
    assert table["error"].str.contains("the scheduler is gone; start it and its workers").all()
    assert "Traceback" not in capfd.readouterr().err


def test_script_without_main_guard_is_refused_before_processes_start(tmp_path, small_text):
    (tmp_path / "small.toml").write_text(small_text)
    call = 'import pfc_analysis\npfc_analysis.sweep("small.toml", "out", workers=1)\n'
    (tmp_path / "script.py").write_text(call)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert re.search(r"script.py, line 2: a script .* below the line: if __name__ == ", last)
    assert done.stderr.count("Traceback") == 1


def test_missing_dask_is_told_with_the_way_out(tmp_path, small_recipe, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "pfc_analysis\[cluster\]"'):
        sweep(small_recipe, tmp_path)


def test_replica_of_another_recipe_is_refused(tmp_path, small_recipe, small_text):
    train(small_recipe, tmp_path / "two_step", replicas=1, workers=1)
    other = parse_recipe(small_text.replace("units = 5", "units = 6"))
    with pytest.raises(CheckpointError, match=r"two_step/seed_3/weights.*trained with another"):
        sweep(other, tmp_path)


def test_agents_are_named_after_what_was_given(tmp_path, small_text, small_recipe):
    agent = tmp_path / "my_agent"
    agent.mkdir()
    (agent / "recipe.toml").write_text(small_text)
    (tmp_path / "lr_0.01.toml").write_text(small_text)
    given = ["two_step", agent, agent / "recipe.toml", str(tmp_path / "lr_0.01.toml")]
    assert list(name_agents(given)) == ["two_step", "my_agent", "lr_0.01"]
    assert list(name_agents([small_recipe])) == ["two_step"]


def test_two_recipes_of_one_name_are_refused(tmp_path, small_text):
    for folder, units in (("a", 5), ("b", 6)):
        (tmp_path / folder).mkdir()
        text = small_text.replace("units = 5", f"units = {units}")
        (tmp_path / folder / "same.toml").write_text(text)
    with pytest.raises(ValueError, match=r"a/same.toml and .*b/same.toml differ.*'same'"):
        sweep([tmp_path / "a" / "same.toml", tmp_path / "b" / "same.toml"], tmp_path / "out")


def test_mistakes_in_the_call(tmp_path, small_recipe):
    with pytest.raises(ValueError, match="Found no recipe"):
        sweep([], tmp_path)
    with pytest.raises(ValueError, match="workers=2 along with scheduler='tcp://host:1'"):
        sweep(small_recipe, tmp_path, workers=2, scheduler="tcp://host:1")
    with pytest.raises(ValueError, match="Unknown engine 'jax'"):
        sweep(small_recipe, tmp_path, engine="jax")


def test_command_trains_two_recipes_on_this_machine(tmp_path, small_text):
    for name, units in (("small", 5), ("large", 7)):
        (tmp_path / f"{name}.toml").write_text(small_text.replace("units = 5", f"units = {units}"))
    (tmp_path / "out" / "small" / "seed_3" / LOG).mkdir(parents=True)  # makes one replica fail
    command = [sys.executable, "-W", "error", "-m", "pfc_analysis", "sweep"]
    arguments = ["small.toml", "large.toml", "--replicas", "1", "--out", "out", "--workers", "1"]
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert re.search(r"small +3 +failed +WriteError:", done.stdout)
    table = pd.read_csv(tmp_path / "out" / TABLE)
    assert table[["agent", "status"]].to_numpy().tolist() == [
        ["large", "trained"],
        ["small", "failed"],
    ]
    assert len(list_replicas(tmp_path / "out" / "large")) == 1
