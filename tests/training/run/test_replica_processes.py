"""Worker processes: what they import, and what is left when they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from pfc_analysis.progress import SharedProgress
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.file_lock import lock_folder
from pfc_analysis.training.run.trainer import train

TRAP = "open('RAN', 'a').write(__name__)\nraise ImportError('imported from the current folder')\n"
CALL = (
    "from pfc_analysis import train; import sys; "
    "train(sys.argv[1], sys.argv[2], workers=2, checkpoint_seconds=1e9)"
)


def start(folder: Path, text: str, *, updates: int, call: str = CALL) -> subprocess.Popen[str]:
    (folder / "small.toml").write_text(text.replace("updates = 8", f"updates = {updates}"))
    command = [sys.executable, "-P", "-c", call, "small.toml", "out"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, preexec_fn=_mind_ctrl_c, **pipes)


def _mind_ctrl_c() -> None:
    """Undo that a shell lets commands in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_both(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while len(list(folder.glob("out/seed_*/.lock"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "popen_loky_posix" in " ".join(child.cmdline())]


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_nothing_in_the_current_folder_is_imported(tmp_path, small_text, command):
    (tmp_path / "small.toml").write_text(small_text)
    for name in ("random", "signal", "struct", "tempfile", "tokenize"):
        (tmp_path / f"{name}.py").write_text(TRAP)
    arguments = [command, "small.toml", "--out", "out", "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "pfc_analysis", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not (tmp_path / "RAN").exists()
    assert done.returncode == 0, done.stderr
    agent = tmp_path / "out" if command == "train" else tmp_path / "out" / "small"
    assert len(list_replicas(agent)) == 2


def test_killed_worker_is_one_line_and_training_can_go_on(tmp_path, small_text):
    process = start(tmp_path, small_text, updates=200_000)
    wait_for_both(tmp_path)
    os.kill(workers_of(process)[0].pid, signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    last = told.strip().splitlines()[-1]
    assert "WorkerKilledError: out: the operating system killed a worker process" in last
    assert "not finished: seed_3, seed_4. Continue with: pfc train ... --resume" in last
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["recipe.toml"]


def test_interrupted_training_leaves_no_empty_folder(tmp_path, small_text):
    process = start(tmp_path, small_text, updates=200_000)
    wait_for_both(tmp_path)
    workers = workers_of(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["recipe.toml"]
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert not alive


def test_idle_workers_end_with_their_parent(tmp_path, small_text):
    call = CALL + "; print('done', flush=True); import time; time.sleep(600)"
    process = start(tmp_path, small_text, updates=8, call=call)
    assert process.stdout is not None
    assert process.stdout.readline() == "done\n"
    workers = workers_of(process)
    assert workers
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert not alive


def test_next_run_removes_what_a_killed_one_left(tmp_path, small_recipe):
    agent = tmp_path / "agent"
    (agent / "seed_3").mkdir(parents=True)
    for name in (".lock", ".checkpoint.0123abcd.partial.safetensors"):
        (agent / "seed_3" / name).write_bytes(b"half")
    train(small_recipe, agent, replicas=1, workers=1, resume=True)
    left = sorted(path.name for path in (agent / "seed_3").iterdir())
    assert left == ["training.csv", "weights.safetensors"]


def test_whoever_waits_for_a_folder_gets_it_although_it_was_removed(tmp_path):
    """Also many at a time: one holds the folder, and removes it, as it is empty."""
    held = []

    def hold(number: int) -> None:
        for _ in range(20):
            with lock_folder(tmp_path / "seed_1", seconds=60):
                held.append(number)
                assert len(held) == 1
                time.sleep(0.001)
                held.clear()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(hold, range(4)))
    assert not (tmp_path / "seed_1").exists()


def test_abandoned_progress_is_removed_and_that_of_others_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    abandoned = tmp_path / "pfc_progress_dead"
    abandoned.mkdir()
    (abandoned / "lock").touch()
    with SharedProgress(1) as first, SharedProgress(1) as second:
        assert not abandoned.exists()
        first.row(0).update(1, 2, 3)
        assert first.read().tolist() == [[1, 2, 3]]
        assert second.read().tolist() == [[0, 0, 0]]
    assert not list(tmp_path.iterdir())
