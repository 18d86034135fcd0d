"""Recordings of agents that see: what they did, held, and never saw in training."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from pfc_analysis.recording.record import record
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.training.interventions.intervention import InterventionError
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.recipes.recipe_files import parse_recipe, read_recipe
from pfc_analysis.training.run.checkpoint import CheckpointError, list_replicas, load_weights
from pfc_analysis.training.run.trainer import train

TEXT = """
experiment = "harlow"
title = "hardly trained, from pixels"
replicas = 2
[task]
view = 12
trials = 3
step_limit = 60
start = 5.0
interval = 1
[test_task]
split = "test"
[network]
units = 6
filters = [4]
kernels = [4]
strides = [2]
features = 7
[optimisation]
updates = 2
sessions_per_update = 3
learning_rate = 0.003
final_learning_rate = 0.003
[recording]
sessions = 30
"""


@pytest.fixture(scope="module")
def agent(tmp_path_factory) -> Path:
    return train(parse_recipe(TEXT), tmp_path_factory.mktemp("agent") / "a", workers=1)


@pytest.fixture(scope="module")
def recording(agent) -> xr.Dataset:
    return record("harlow", agent=agent)


def test_trials_steps_and_units(recording):
    assert recording.sizes["unit"] == 6
    assert recording["step"].values.tolist() == ["fixation", "stimuli", "choice", "outcome"]
    assert set(recording["subject"].values) == {"seed_1", "seed_2"}
    chosen = recording["choice"].values >= 0
    assert 0.05 < chosen.mean() < 1.0
    correct = recording["correct"].values[chosen]
    side, choice = (recording[name].values[chosen] for name in ("rewarded_side", "choice"))
    assert np.array_equal(correct == 1, side == choice)
    assert recording["reward"].values[chosen] == pytest.approx(np.where(correct == 1, 1.2, -0.8))
    assert np.isfinite(recording["hidden"].values[chosen][:, :3]).all()


def test_images_are_those_of_the_test_split(recording):
    assert "split='test'" in recording.attrs["task"]


def test_activity_is_the_networks(agent, recording):
    """The first session of the first replica, once more: step by step, from its own random stream.

    Sessions draw all their random numbers together, so all of them are begun again.
    """
    folder, recipe = list_replicas(agent)[0], read_recipe(agent)
    network = PixelActorCritic(load_weights(folder / "weights.safetensors"), [2])
    task, rng = recipe.testing_task(), np.random.default_rng([1, 0, 1])
    batch = SessionBatch(task, task.draw_uniforms(rng, 30))
    draws, view = rng.random((task.max_steps, 30), dtype=np.float32), task.open_view(30)
    own = recording.isel(trial=(recording["subject"] == "seed_1").values)
    own = own.isel(trial=(own["session"] == 0).values)
    state, action, seen = network.begin(30), None, 0
    with torch.no_grad():
        for draw in draws:
            if batch.done[0]:
                break
            shown, paid = (
                torch.from_numpy(view.render(batch.sessions)),
                torch.from_numpy(batch.reward),
            )
            state = network.step(shown, torch.zeros(30, 0), action, paid, state)
            policy = network.policy(state.hidden).softmax(-1).numpy()
            action = torch.from_numpy((draw[:, None] >= policy.cumsum(-1)[:, :-1]).sum(-1))
            trial, step = int(batch.sessions.trial[0]), int(batch.sessions.step[0])
            batch.step(action.numpy())
            if step == 1:  # the one step with stimuli of a trial
                there = own.isel(trial=trial, step=1)
                assert there["hidden"].values == pytest.approx(state.hidden[0].numpy(), abs=1e-5)
                assert there["cell"].values == pytest.approx(state.cell[0].numpy(), abs=1e-5)
                value = network.value(state.hidden)[0].item()
                assert there["value"].item() == pytest.approx(value, abs=1e-5)
                assert there["action"].item() == action[0].item()
                seen += 1
    assert seen > 0


def test_same_seed_same_bytes_and_back(tmp_path, agent, recording):
    paths = [tmp_path / "a.nc", tmp_path / "b.nc"]
    save_recording(recording, paths[0])
    save_recording(record("harlow", agent=agent), paths[1])
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    assert len(digests) == 1
    xr.testing.assert_identical(open_recording(paths[0]).load(), recording)
    assert not record("harlow", agent=agent, seed=1).equals(recording)


def test_units_may_be_left_out(agent, recording):
    without = record("harlow", agent=agent, units=False)
    assert "hidden" not in without
    assert without["value"].equals(recording["value"])


def test_interventions_are_refused(agent):
    rule = '{"target": "reward", "at": ["outcome"], "shift": 1.0}'
    with pytest.raises(
        InterventionError, match=r"task 'harlow' shows pictures, and interventions do not"
    ):
        record("harlow", agent=agent, sessions=2, interventions=[rule])


def test_weights_of_another_network_are_named(agent, tmp_path):
    copy = train(parse_recipe(TEXT), tmp_path / "a", replicas=1, workers=1)
    path = copy / "recipe.toml"
    path.write_text(path.read_text().replace("features = 7", "features = 8"))
    with pytest.raises(
        CheckpointError,
        match=r"features_bias is \(7,\), expected \(8,\).*features_weight is \(100, 7\)",
    ):
        record("harlow", agent=copy)


def test_pictures_of_a_folder_are_what_is_shown(agent, tmp_path):
    """Recorded numbers of images index the folder's pictures, and no picture is beside itself."""
    rng = np.random.default_rng(1)
    for k in range(9):
        picture = rng.integers(0, 256, (5, 5, 3), np.uint8)
        (tmp_path / f"{k}.ppm").write_bytes(b"P6 5 5 255\n" + picture.tobytes())
    task = {"images": str(tmp_path), "test_share": 0.999}
    found = record("harlow", agent=agent, task=task, units=False)
    shown = {name: found[name].values for name in ("rewarded_image", "other_image")}
    assert {number for numbers in shown.values() for number in numbers} == set(range(9))
    assert (shown["rewarded_image"] != shown["other_image"]).all()
    assert f"--task images={tmp_path}" in found.attrs["command"]
    with pytest.raises(ValueError, match="0 of 9 different pictures are for 'train'"):
        record("harlow", agent=agent, task=task | {"split": "train"})
