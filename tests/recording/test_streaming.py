"""Recordings that are written in blocks: the bytes of those written at once, in little memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording import storage
from pfc_analysis.recording.record import record
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.recording.streaming import chunk_buffer, session_blocks
from pfc_analysis.recording.streaming.chunk_buffer import ChunkBuffer
from pfc_analysis.recording.streaming.session_numbers import SessionNumbers
from pfc_analysis.recording.streaming.stream_recording import stream_recording
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.trainer import train

ENDINGS = [".nc", ".zarr"]
SESSIONS = 150  # three blocks of 64, the last one not full

RECIPE = """
experiment = "{experiment}"
title = "hardly trained"
replicas = 2
seed = {seed}
[task]
{task}
[network]
units = 5
[optimisation]
updates = 1
sessions_per_update = 2
learning_rate = 0.001
final_learning_rate = 0.001
"""

HARLOW = """
experiment = "harlow"
title = "hardly trained, from pixels"
replicas = 2
[task]
view = 12
trials = 3
step_limit = 30
start = 5.0
interval = 1
[network]
units = 6
filters = [4]
kernels = [4]
strides = [2]
features = 7
[optimisation]
updates = 1
sessions_per_update = 2
learning_rate = 0.001
final_learning_rate = 0.001
"""

RULE = '{"target": "value", "at": ["stage_1"], "shift": 1.0, "probability": 0.5}'


def content(path: Path) -> dict[str, str]:
    """The SHA-256 of a file, or of every file of a folder."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


@pytest.fixture(scope="module")
def agent(tmp_path_factory) -> Path:
    """Two replicas whose names differ in length."""
    recipe = parse_recipe(RECIPE.format(experiment="two_step", seed=9, task="trials = 12"))
    return train(recipe, tmp_path_factory.mktemp("agent") / "a", workers=1)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(session_blocks, "BLOCK_VALUES", 1)
    monkeypatch.setattr(chunk_buffer, "IN_MEMORY", 10_000)  # hidden and cell go by way of a file


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "settings",
    [{}, {"units": False}, {"interventions": [RULE]}],
    ids=["units", "no_units", "intervention"],
)
def test_streamed_file_has_the_bytes_of_the_one_written_at_once(
    agent, tmp_path, small_blocks, ending, settings
):
    whole = record("two_step", agent=agent, sessions=SESSIONS, seed=4, **settings)
    at_once = save_recording(whole, tmp_path / f"at_once{ending}")
    path = tmp_path / f"streamed{ending}"
    with record("two_step", agent=agent, sessions=SESSIONS, seed=4, out=path, **settings) as found:
        xr.testing.assert_identical(found.load(), open_recording(at_once).load())
    if ending == ".nc":
        assert path.read_bytes() == at_once.read_bytes()
    assert content(path) == content(at_once)
    assert sorted(file.name for file in tmp_path.iterdir()) == [at_once.name, path.name]


def test_sessions_that_end_early_are_counted_first(tmp_path, small_blocks):
    recipe = parse_recipe(HARLOW)
    agent = train(recipe, tmp_path / "agent", workers=1)
    whole = record("harlow", agent=agent, sessions=70)
    assert whole.sizes["trial"] < 2 * 70 * recipe.testing_task(None).n_trials
    path = tmp_path / "streamed.nc"
    record("harlow", agent=agent, sessions=70, out=path).close()
    assert path.read_bytes() == save_recording(whole, tmp_path / "at_once.nc").read_bytes()


@pytest.mark.parametrize("n_sessions", [7, 8, 131])
@pytest.mark.parametrize(("start", "stop"), [(0, 3), (3, 6), (1, 7)])
def test_numbers_of_some_sessions_are_those_of_the_whole_batch(n_sessions, start, stop):
    generator = np.random.default_rng([1, 5])
    numbers = SessionNumbers([1, 5], n_sessions, start, stop)
    own = slice(start, stop)
    for shape, dtype in (
        ((11,), np.float64),
        ((5,), np.float32),
        ((4, 2), np.float64),
    ):
        size = (shape[0], n_sessions, *shape[1:])
        expected = generator.random(size, dtype=dtype)[:, own]
        found = numbers.random((shape[0], stop - start, *shape[1:]), dtype=dtype)
        np.testing.assert_array_equal(found, expected)


def test_only_one_block_of_sessions_is_played_at_a_time(agent, tmp_path, small_blocks, monkeypatch):
    played = []
    make_engine = session_blocks.make_engine

    def counted(recipe, weights, task, n_sessions):
        played.append(n_sessions)
        return make_engine(recipe, weights, task, n_sessions)

    monkeypatch.setattr(session_blocks, "make_engine", counted)
    record("two_step", agent=agent, sessions=SESSIONS, out=tmp_path / "a.nc").close()
    assert played == [64, 22, 64, 22]


@pytest.mark.parametrize("ending", ENDINGS)
def test_interrupted_recording_leaves_nothing(agent, tmp_path, small_blocks, monkeypatch, ending):
    lay_out, calls = session_blocks.lay_out_units, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return lay_out(*arguments)

    monkeypatch.setattr(session_blocks, "lay_out_units", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record("two_step", agent=agent, sessions=SESSIONS, out=tmp_path / f"a{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_large_recordings_are_opened_as_arrays_of_dask(agent, tmp_path, monkeypatch, ending):
    pytest.importorskip("dask", reason="the extra cluster is not installed")
    whole = record("two_step", agent=agent, sessions=20)
    path = save_recording(whole, tmp_path / f"a{ending}")
    monkeypatch.setattr(storage, "LARGE", 1)
    monkeypatch.setattr(storage, "BLOCK_BYTES", whole.nbytes // 7)
    with open_recording(path) as found:
        assert len(found["hidden"].chunks[0]) == 8
        assert all(found[name].chunks for name in whole.data_vars)
        np.testing.assert_array_equal(found["hidden"], whole["hidden"])


def block(start: int, **changes) -> xr.Dataset:
    trials = np.arange(start, start + 3)
    variables = {
        "choice": ("trial", np.zeros(3, np.int8), {"labels": ["left", "right"]}),
        "reward": ("trial", np.ones(3)),
    }
    coords = {
        "subject": ("trial", ["a"] * 3),
        "session": ("trial", np.zeros(3, np.int32)),
        "trial_in_session": ("trial", trials.astype(np.int32)),
    }
    return xr.Dataset(variables | changes, coords)


def test_blocks_that_do_not_fit_are_refused(tmp_path):
    note = ("trial", ["x"] * 3, {"long_name": "a note"})
    other = ("trial", ["longer"] * 3, {"long_name": "a note"})
    path = tmp_path / "a.nc"
    with pytest.raises(
        RecordingError, match=r"block 1 of sessions, note: found <U6 .* first block"
    ):
        stream_recording(path, [block(0, note=note), block(3, note=other)], {"a": 6}, {})
    with pytest.raises(RecordingError, match="block 1 of sessions: found variables"):
        stream_recording(path, [block(0, note=note), block(3)], {"a": 6}, {})
    with pytest.raises(RecordingError, match="found 6 trials, expected 7 of 1 subject"):
        stream_recording(path, [block(0), block(3)], {"a": 7}, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("in_memory", [0, 1000])
def test_rows_are_written_in_whole_chunks(tmp_path, monkeypatch, in_memory):
    monkeypatch.setattr(chunk_buffer, "IN_MEMORY", in_memory)
    target, written = np.zeros(10), []

    class Target:
        def __setitem__(self, rows, values):
            rows = rows[0] if isinstance(rows, tuple) else rows
            written.append((rows.start, rows.stop))
            target[rows] = values

    buffer = ChunkBuffer(Target(), (4,), tmp_path)
    for rows in np.split(np.arange(10.0), [1, 3, 9]):
        buffer.append(rows)
    buffer.flush()
    buffer.close()
    np.testing.assert_array_equal(target, np.arange(10.0))
    assert written == [(0, 4), (4, 8), (8, 10)]
