"""Weights, checkpoints and logs: damage is refused, and never becomes other numbers."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.checkpoint import (
    CHECKPOINT,
    list_replicas,
    load_progress,
    load_weights,
    save_progress,
    save_weights,
    weights_digest,
)
from pfc_analysis.training.run.replica import Replica, shapes_of_weights
from pfc_analysis.training.run.shipped_experiments import WEIGHTS, list_experiments, shipped_agent
from pfc_analysis.training.run.tensor_files import CheckpointError
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.run.training_log import LOG, read_log, summarise_replica


@pytest.fixture(scope="module")
def agent(tmp_path_factory, small_recipe) -> Path:
    return train(small_recipe, tmp_path_factory.mktemp("agent") / "a", replicas=1, workers=1)


@pytest.fixture
def copied(tmp_path, agent) -> Path:
    """The folder of a trained replica, to damage."""
    return shutil.copytree(agent, tmp_path / "a") / "seed_3"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, small_recipe) -> Path:
    replica = Replica(small_recipe, seed=3)
    for _ in range(3):
        replica.learn()
    path = tmp_path_factory.mktemp("checkpoint") / CHECKPOINT
    save_progress(path, replica.progress(), "me")
    return path


def test_one_flipped_bit_is_refused_or_changes_nothing(tmp_path, checkpoint, small_recipe):
    """Bits of the whole file, and more of the length and the metadata of its header."""
    whole = checkpoint.read_bytes()
    before = load_progress(checkpoint, "me", shapes_of_weights(small_recipe))
    rng = np.random.default_rng(0)
    bits = {*rng.integers(8 * len(whole), size=100), *rng.integers(8 * 250, size=200), *range(64)}
    path, refused = tmp_path / CHECKPOINT, []
    for bit in bits:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(damaged)
        try:
            after = load_progress(path, "me", shapes_of_weights(small_recipe))
        except CheckpointError as error:
            refused.append(str(error))
            continue
        assert after.log == before.log
        for name, weight in before.weights.items():
            assert np.array_equal(weight, after.weights[name])
            assert np.array_equal(before.mean_square[name], after.mean_square[name])
    assert len(refused) > 0.95 * len(bits)
    assert all(str(path) in message and "remove" in message for message in refused)


@pytest.mark.parametrize("n_bytes", [0, 4, 8, 100, 3000, -1])
def test_truncated_files_are_refused(tmp_path, checkpoint, n_bytes):
    path = tmp_path / CHECKPOINT
    path.write_bytes(checkpoint.read_bytes()[:n_bytes])
    with pytest.raises(CheckpointError, match=r"cannot be read as safetensors.*remove"):
        load_progress(path, "me")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff" * 8 + b"{}",
        (2**40).to_bytes(8, "little") + b"{}",
        (50_000).to_bytes(8, "little") + b"[" * 50_000,
        (50_002).to_bytes(8, "little") + b'{"' + b"a" * 50_000,
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{}",
    ],
)
def test_nonsense_headers_are_refused(tmp_path, content):
    path = tmp_path / WEIGHTS
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=WEIGHTS):
        load_weights(path)


def test_weights_of_earlier_versions_are_read_without_checksum(tmp_path):
    for experiment in list_experiments():
        folder = shipped_agent(experiment) / "seed_1"
        if folder.exists():  # an experiment may be shipped without agents
            weights = load_weights(folder / WEIGHTS)
            for name, values in load_file(folder / WEIGHTS).items():
                assert np.array_equal(weights[name], values)
            assert len(read_log(folder)) > 0
    # But what was written with a checksum may not lose it.
    save_file(weights, tmp_path / WEIGHTS, {"trained_by": "me", "sha257": "0"})
    with pytest.raises(CheckpointError, match="does not agree with its checksum"):
        load_weights(tmp_path / WEIGHTS)


def test_same_weights_give_the_same_bytes(tmp_path):
    weights = {"b": np.ones((2, 3), np.float32), "a": np.zeros(4, np.float32)}
    written = set()
    for number in range(8):
        path = tmp_path / f"{number}.safetensors"
        save_weights(path, weights, "me", {"updates": "5"})
        written.add(path.read_bytes())
    assert len(written) == 1
    read = load_file(path)  # by safetensors itself
    assert np.array_equal(read["b"], weights["b"])
    assert np.array_equal(read["a"], weights["a"])
    assert weights_digest(path) == "me"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([1, np.nan], np.float32), "1 of 2 numbers are not finite"),
        (np.array([np.inf, np.inf], np.float32), "2 of 2 numbers are not finite"),
        (np.zeros(2, np.float64), "found float64, expected float32"),
        (np.zeros(2, np.int32), "found int32, expected float32"),
    ],
)
def test_wrong_numbers_are_refused(tmp_path, array, message):
    path = tmp_path / WEIGHTS
    save_weights(path, {"policy_bias": array}, "me")
    with pytest.raises(CheckpointError, match=rf"{WEIGHTS}: policy_bias: {message}"):
        load_weights(path)


def test_incomplete_checkpoint_is_refused(tmp_path, checkpoint, small_recipe):
    path = tmp_path / CHECKPOINT
    progress = load_progress(checkpoint, "me")
    with pytest.raises(CheckpointError, match="written with another recipe"):
        load_progress(checkpoint, "other")
    shapes = shapes_of_weights(small_recipe) | {"policy_bias": (9,)}
    with pytest.raises(CheckpointError, match=r"incomplete: .* and the recipe"):
        load_progress(checkpoint, "me", shapes)
    del progress.mean_square["policy_bias"]
    save_progress(path, progress, "me")
    with pytest.raises(CheckpointError, match="incomplete"):
        load_progress(path, "me")


def test_log_that_was_cut_is_refused(copied, small_recipe):
    lines = (copied / LOG).read_text().splitlines(keepends=True)
    assert len(read_log(copied)) == 8
    for cut in (lines[:-1], lines[:2], lines[:1], [*lines[:-1], lines[-1][:9]], []):
        (copied / LOG).write_text("".join(cut))
        with pytest.raises(CheckpointError, match=rf"{LOG}: .*Restore it from a copy; or remove"):
            summarise_replica(copied)
    with pytest.raises(CheckpointError, match=LOG):
        train(small_recipe, copied.parent, replicas=1, resume=True, workers=1)
    (copied / LOG).write_text("".join(lines[:4] + lines[5:]))  # a row in the middle
    with pytest.raises(CheckpointError, match="rows are missing"):
        read_log(copied)


def test_log_of_earlier_weights_is_measured_by_the_recipe(tmp_path):
    shipped = list_replicas(shipped_agent("two_step"))[0]
    agent = tmp_path / "agent"
    shutil.copytree(shipped, agent / shipped.name)
    shutil.copy(shipped.parent / "recipe.toml", agent)
    assert len(read_log(agent / shipped.name)) == len(read_log(shipped))
    lines = (shipped / LOG).read_text().splitlines(keepends=True)
    (agent / shipped.name / LOG).write_text("".join(lines[:-1]))
    with pytest.raises(CheckpointError, match=r"its last update is \d+, but the weights"):
        read_log(agent / shipped.name)


def test_metadata_states_updates_and_checksums(copied):
    content = (copied / WEIGHTS).read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert header["__metadata__"]["updates"] == "8"
    assert len(header["__metadata__"]["sha256"]) == 64
    log = (copied / LOG).read_bytes()
    assert header["__metadata__"]["log_sha256"] == hashlib.sha256(log).hexdigest()
    (copied / LOG).write_bytes(log.replace(b"\n", b"\r\n"))  # as git may write it on Windows
    assert len(read_log(copied)) == 8
    (copied / LOG).write_bytes(log.replace(b"0.01", b"0.02", 1))
    with pytest.raises(CheckpointError, match="cut or changed since"):
        read_log(copied)


@pytest.mark.parametrize("engine", ["compiled", "torch"])
@pytest.mark.parametrize("text", ["small_text", "pixel_text"])
def test_diverging_training_stops_with_its_reason(tmp_path, engine, text, request):
    text = re.sub(r"\nlearning_rate = .*", "\nlearning_rate = 1e30", request.getfixturevalue(text))
    out = tmp_path / "out"
    with pytest.raises(
        ValueError,
        match=r"seed 3, update \d+: the .* is .*diverged\. Lower learning_rate .*1 other",
    ):
        train(parse_recipe(text), out, workers=1, engine=engine, checkpoint_seconds=1e9)
    assert [path.name for path in out.iterdir()] == ["recipe.toml"]


def test_other_replicas_are_trained_although_one_diverges(tmp_path, small_recipe, monkeypatch):
    learn = Replica.learn

    def break_one(self: Replica) -> None:
        if self.seed == 3 and self.update == 4:
            self.weights["policy_bias"][0] = np.nan
        learn(self)

    monkeypatch.setattr(Replica, "learn", break_one)
    with pytest.raises(ValueError, match=r"seed 3, update 5: the loss is nan"):
        train(small_recipe, tmp_path, workers=1)
    assert [folder.name for folder in list_replicas(tmp_path)] == ["seed_4"]
