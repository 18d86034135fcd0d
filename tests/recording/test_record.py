"""Recordings of agents: the same seed, the same bytes; values and errors against their formulas."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.record import record
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.training.networks.network import LSTMActorCritic, State
from pfc_analysis.training.recipes.recipe_files import parse_recipe, read_recipe
from pfc_analysis.training.run.checkpoint import CheckpointError, list_replicas
from pfc_analysis.training.run.experiment import shipped_agent
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.trainer import train

SESSIONS = 4

UNTRAINED = """
experiment = "two_step"
title = "hardly trained"
replicas = 2
[task]
trials = 12
[network]
units = 5
[optimisation]
updates = 1
sessions_per_update = 2
learning_rate = 0.001
final_learning_rate = 0.001
"""


@pytest.fixture(scope="module")
def shipped() -> xr.Dataset:
    return record("two_step", sessions=SESSIONS, seed=9)


@pytest.fixture(scope="module")
def clumsy_agent(tmp_path_factory) -> Path:
    """An agent that has not learned which responses are valid."""
    return train(parse_recipe(UNTRAINED), tmp_path_factory.mktemp("agent") / "a", workers=1)


@pytest.fixture(scope="module")
def clumsy(clumsy_agent) -> xr.Dataset:
    return record("two_step", agent=clumsy_agent, sessions=20)


def digest(recording: xr.Dataset, path: Path) -> str:
    return hashlib.sha256(save_recording(recording, path).read_bytes()).hexdigest()


def test_same_seed_same_bytes(tmp_path, shipped):
    again = record("two_step", sessions=SESSIONS, seed=9)
    assert digest(shipped, tmp_path / "a.nc") == digest(again, tmp_path / "b.nc")


def test_another_seed_gives_other_sessions(shipped):
    other = record("two_step", sessions=SESSIONS, seed=10)
    assert not np.array_equal(other["second_state"], shipped["second_state"])


def test_replicas_play_different_sessions(shipped):
    sides = [group["better_state"].values for _, group in shipped.groupby("subject")]
    assert len({side.tobytes() for side in sides}) == len(sides)


def test_layout(shipped):
    assert dict(shipped.sizes) == {
        "trial": 8 * SESSIONS * 100, "arm": 2, "step": 3, "event": 3, "unit": 48,
    }  # fmt: skip
    assert list(dict.fromkeys(shipped["subject"].values)) == [f"seed_{n}" for n in range(1, 9)]
    assert shipped["event"].values.tolist() == ["stage_1", "second_state", "outcome"]
    assert shipped["hidden"].dtype == np.float32


def test_the_file_alone_says_what_is_in_it(tmp_path, shipped):
    save_recording(shipped, tmp_path / "r.nc")
    with xr.open_dataset(tmp_path / "r.nc") as found:
        assert found["action"].attrs["labels"] == ["centre", "left", "right"]
        assert found["observation"].attrs["labels"][0] == "fixation"
        assert all("long_name" in found[name].attrs for name in found.variables)
        assert found.attrs["command"] == f"pfc record two_step --sessions {SESSIONS} --seed 9"
        assert parse_recipe(found.attrs["recipe"]) == read_recipe(shipped_agent("two_step"))
        assert "numba" in found.attrs["software"]
        assert len(found.attrs["weights_sha256"]) == 8
        assert all(
            found[name].attrs.pop("checksum").startswith("crc32:") for name in found.variables
        )
        assert found.attrs.pop("checksum").startswith("crc32:")
        xr.testing.assert_identical(found[["choice", "rpe"]].load(), shipped[["choice", "rpe"]])
    with open_recording(tmp_path / "r.nc") as found:
        assert found.sizes == shipped.sizes


def test_trial_table_agrees_with_the_steps(shipped):
    valid = shipped.isel(trial=(shipped["invalid"] == 0).values)
    action, shown = valid["action"].values, valid["observation"].values
    assert (action[:, 0] == 0).all()
    assert np.array_equal(valid["choice"], action[:, 1] - 1)
    assert np.array_equal(valid["second_state"], shown[:, 2] - 2)
    assert (shown[:, :2] == [0, 1]).all()


def test_prediction_errors_equal_their_formula(shipped):
    session = shipped.isel(trial=slice(0, 100))
    assert (session["invalid"] == 0).all()
    value, rpe = session["value"].values, session["rpe"].values
    reward, following = session["reward"].values, np.append(value[1:, 0], 0.0)
    expected = np.stack(
        [
            0.9 * value[:, 1] - value[:, 0],
            0.9 * value[:, 2] - value[:, 1],
            reward + 0.9 * following - value[:, 2],
        ],
        axis=1,
    )
    assert rpe == pytest.approx(expected, abs=1e-5)


def test_activity_equals_the_network_run_along_the_recording(shipped):
    folder = list_replicas(shipped_agent("two_step"))[0]
    weights = load_agent_weights(read_recipe(shipped_agent("two_step")), folder)
    network = LSTMActorCritic(weights)
    session = shipped.isel(trial=slice(0, 30))
    flat = {name: session[name].values.reshape(-1) for name in ("observation", "action")}
    reward = np.zeros((30, 3))
    reward[:, 2] = session["reward"]
    state, hidden, cell = network.begin(1), [], []
    last_action, last_reward = None, torch.zeros(1)
    with torch.no_grad():
        for t, shown in enumerate(flat["observation"]):
            inputs = network.encode(
                torch.tensor([int(shown)]), torch.zeros(1, 0), last_action, last_reward
            )
            state = State(*network(inputs, state))
            hidden.append(state.hidden[0].numpy())
            cell.append(state.cell[0].numpy())
            last_action = torch.tensor([int(flat["action"][t])])
            last_reward = torch.tensor([reward.reshape(-1)[t]], dtype=torch.float32)
    for name, run in (("hidden", hidden), ("cell", cell)):
        recorded = session[name].values.reshape(90, 48)
        assert recorded == pytest.approx(np.stack(run), abs=1e-4)


def test_steps_never_reached_are_marked(clumsy):
    broken = clumsy["invalid"].values == 1
    assert 0.5 < broken.mean() < 1.0
    reached = clumsy["action"].values >= 0
    assert reached[:, 0].all()
    assert not reached[broken].all()
    assert reached[~broken].all()
    assert np.array_equal(np.isfinite(clumsy["value"].values), reached)
    assert np.array_equal(np.isfinite(clumsy["hidden"].values).all(-1), reached)
    assert (clumsy["reward"].values[broken] == -1).all()
    assert (clumsy["choice"].values[broken] == -1).all()


def test_recording_leaves_the_weights_frozen(clumsy_agent):
    before = [(folder / WEIGHTS).read_bytes() for folder in list_replicas(clumsy_agent)]
    record("two_step", agent=clumsy_agent, sessions=2)
    assert before == [(folder / WEIGHTS).read_bytes() for folder in list_replicas(clumsy_agent)]


def test_fewer_than_one_session_is_refused():
    with pytest.raises(ValueError, match="sessions = 0: expected at least 1"):
        record("two_step", sessions=0)


def test_unknown_experiment_lists_those_there_are():
    with pytest.raises(ValueError, match=r"Unknown experiment 'three_step' .*two_step"):
        record("three_step")


def test_an_agent_of_another_experiment_is_refused(clumsy_agent):
    with pytest.raises(ValueError, match=r"trained on 'two_step', expected 'harlow'"):
        record("harlow", agent=clumsy_agent)


def test_weights_that_do_not_fit_their_recipe_are_named(tmp_path, clumsy_agent):
    shutil.copytree(clumsy_agent, tmp_path / "agent")
    recipe = tmp_path / "agent" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("units = 5", "units = 6"))
    with pytest.raises(CheckpointError, match=r"seed_1.weights.safetensors: these weights do not"):
        record("two_step", agent=tmp_path / "agent", sessions=1)
