"""Recordings of agents with an episodic memory, what they reinstate, and lesions of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr

from pfc_analysis import Intervention
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.dynamics.agent_maps import state_maps
from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.record import record
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.tasks import find_task
from pfc_analysis.training.networks.episodic_network import EpisodicActorCritic
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import shipped_agent
from pfc_analysis.training.run.recipe import (
    RecipeError,
    format_recipe,
    parse_recipe,
    read_recipe,
)

MEMORY, WITHOUT = "episodic_two_step", "episodic_two_step_incremental"
STEPS = ("stage_1", "second_state", "outcome")
LESION = Intervention("reinstatement", STEPS, gain=0.0)
SESSIONS = 100
KINDS = ((1, 1), (0, 1), (1, 0), (0, 0))
"""Common transition and reward of the cued trial."""


@pytest.fixture(scope="module")
def short() -> xr.Dataset:
    return record(MEMORY, sessions=3)


@pytest.fixture(scope="module")
def control() -> xr.Dataset:
    return record(MEMORY, sessions=SESSIONS, units=False)


@pytest.fixture(scope="module")
def without() -> xr.Dataset:
    return record(WITHOUT, sessions=SESSIONS, units=False)


@pytest.fixture(scope="module")
def lesioned() -> xr.Dataset:
    return record(MEMORY, sessions=SESSIONS, units=False, interventions=[LESION])


def tabulate(recording: xr.Dataset) -> dict[str, np.ndarray]:
    """Variables as (replica, session, trial)."""
    names = ("choice", "reward", "common_transition", "second_state", "cued_trial")
    return {name: recording[name].values.reshape(8, -1, 100) for name in names}


def stay_by_cue(recording: xr.Dataset, exchanged: bool = False) -> np.ndarray:
    """Stay relative to the cued trial, (replica, kind).

    Where `exchanged`, relative to all trials of the cue's block that were not cues yet. Cues are
    drawn from these uniformly, so this is what choices that know nothing of the cue show.
    """
    table = tabulate(recording)
    n, cued = SESSIONS, table["cued_trial"]
    order = np.empty((8, n, 2, 25), int)  # when each trial of a block is a cue
    for block in range(2):
        cues = cued[..., 50 + 25 * block : 75 + 25 * block] - 25 * block
        np.put_along_axis(order[:, :, block], cues, np.arange(25)[None, None], axis=-1)
    stays = np.zeros((8, 4))
    past = {name: table[name][..., :50].reshape(8, n, 2, 25) for name in table}
    choice = table["choice"][..., 50:].reshape(8, n, 2, 25)
    now, then = np.arange(25)[:, None], order[:, :, :, None, :]
    weight = (then >= now) / (25 - now) if exchanged else 1.0 * (then == now)
    same = choice[..., :, None] == past["choice"][..., None, :]
    for kind, (common, reward) in enumerate(KINDS):
        of_kind = (past["common_transition"] == common) & (past["reward"] == reward)
        counted = weight * of_kind[:, :, :, None, :]
        axes = (1, 2, 3, 4)
        stays[:, kind] = (counted * same).sum(axes) / counted.sum(axes)
    return stays


def test_memory_is_recorded_with_every_step(short):
    assert short["reinstatement_gate"].dims == ("trial", "step", "unit")
    for name in ("retrieved_trial", "stored", "memory_share"):
        assert short[name].dims == ("trial", "step")
    assert short["step"].values.tolist() == list(STEPS)
    assert (short["stored"].values == [0, 0, 1]).all()
    cued = short["cued_trial"].values
    assert np.array_equal(short["retrieved_trial"].sel(step="stage_1").values, cued)
    assert (short["memory_share"].sel(step="stage_1").values[cued < 0] == 0).all()
    assert (short["memory_share"].sel(step="stage_1").values[cued >= 0] > 0).all()


def test_a_recording_is_the_network_run_along_it(short):
    """Cell states and gates of one session, by torch, given which trials were retrieved."""
    folder = shipped_agent(MEMORY)
    recipe = read_recipe(folder)
    network = EpisodicActorCritic(load_agent_weights(recipe, list_replicas(folder)[0]), 0, 10)
    session = short.isel(trial=slice(0, 100))
    codes = {name: session[name].values.reshape(-1) for name in ("observation", "action")}
    retrieved = session["retrieved_trial"].values.reshape(-1)
    paid = np.zeros((100, 3))
    paid[:, 1] = session["reward"].values
    paid, cell = paid.reshape(-1), session["cell"].values.reshape(300, -1)
    state = network.begin(1)
    with torch.no_grad():
        for t in range(300):
            action = None if t == 0 else torch.tensor([int(codes["action"][t - 1])])
            reward = torch.tensor([0.0 if t == 0 else paid[t - 1]])
            past = cell[3 * retrieved[t] + 2] if retrieved[t] >= 0 else np.zeros(48, np.float32)
            network.recall = lambda *_, past=past: (torch.tensor([0]), torch.tensor(past[None]))
            shown = torch.tensor([int(codes["observation"][t])]), torch.zeros(1, 10)
            state = network.step(*shown, action, reward, state)
            assert state.cell[0].numpy() == pytest.approx(cell[t], abs=1e-4)
            gate = session["reinstatement_gate"].values.reshape(300, -1)[t]
            assert network.log[-1]["gate"][0].numpy() == pytest.approx(gate, abs=1e-5)


def test_recordings_are_written_and_read_and_the_same_in_blocks(short, tmp_path):
    written = open_recording(save_recording(short, tmp_path / "whole.nc"))
    streamed = record(MEMORY, sessions=3, out=tmp_path / "streamed.nc")
    for name in ("retrieved_trial", "memory_share", "reinstatement_gate", "cued_trial", "context"):
        assert np.array_equal(written[name], short[name], equal_nan=True)
        assert np.array_equal(streamed[name], short[name], equal_nan=True)


def test_agents_repeat_what_was_rewarded_in_the_cued_trial_by_the_state_it_led_to(control):
    stays = stay_by_cue(control)
    assert (stays[:, [0, 3]] >= 0.9).all()
    assert (stays[:, [1, 2]] <= 0.2).all()


def test_memory_earns_reward_on_cued_trials_only(control, without):
    paid = [tabulate(each)["reward"].mean(axis=1) for each in (control, without)]
    gained = paid[0] - paid[1]
    assert (gained[:, 50:].mean(axis=1) > 0.08).all()
    assert abs(gained[:, :50].mean()) < 0.01


@pytest.mark.parametrize("name", ["lesioned", "without"])
def test_without_reinstatement_the_cue_changes_nothing(name, request):
    """The index is that of trials that might have been the cue; with a memory it is far above."""
    recording = request.getfixturevalue(name)
    signs = np.array([1, -1, -1, 1])
    found = (stay_by_cue(recording) - stay_by_cue(recording, exchanged=True)) @ signs
    standard_error = found.std(ddof=1) / np.sqrt(8)
    assert abs(found.mean()) < 4 * standard_error
    assert standard_error < 0.04
    assert not recording["memory_share"].values.any()


def test_a_lesion_at_test_leaves_uncued_trials_nearly_as_they_are(control, lesioned):
    """Stay relative to the last trial, of trials without a cue."""
    stays = []
    for recording in (control, lesioned):
        table = {name: values[..., :50] for name, values in tabulate(recording).items()}
        same = table["choice"][..., 1:] == table["choice"][..., :-1]
        kind = [
            (table["common_transition"] == common) & (table["reward"] == reward)
            for common, reward in KINDS
        ]
        stays.append([same[each[..., :-1]].mean() for each in kind])
    assert stays[0] == pytest.approx(stays[1], abs=0.05)


def test_agents_with_a_memory_live_through_trials(control):
    """Cues are found by the barcodes of the script, whatever barcodes the trials had."""
    first = control.isel(trial=control["subject"].values == "seed_1").isel(trial=slice(0, 500))
    lived = replay(MEMORY, first)
    assert np.array_equal(lived["retrieved_trial"].sel(step="stage_1").values.reshape(8, -1)[0],
                          first["cued_trial"].values)  # fmt: skip
    own = lived.isel(trial=lived["subject"].values == "seed_1")
    probability = own["choice_probability"].values
    chosen = np.take_along_axis(probability, own["choice"].values[:, None].astype(int), 1)
    assert chosen.mean() > 0.9


def test_fixed_points_of_a_network_with_a_memory_are_refused(short):
    with pytest.raises(AnalysisError, match=r"found memory = 'episodic', expected a network whose"):
        state_maps(MEMORY, short)


PICTURES = "filters = [4]\nkernels = [4]\nstrides = [2]\nfeatures = 7\n"

RECIPE = """
experiment = "{task}"
title = "a test"
[network]
{network}
[optimisation]
updates = 1
sessions_per_update = 2
learning_rate = 0.001
final_learning_rate = 0.001
"""


@pytest.mark.parametrize(
    ("task", "network", "message"),
    [
        (
            "two_step",
            'memory = "episodic"',
            r"network: task 'two_step' names no context, .* such as 'episodic_two_step', or define",
        ),
        (
            "harlow",
            PICTURES + 'memory = "episodic"',
            r"task 'harlow' shows pictures, and networks with a memory read coded .* Leave out "
            r"memory, or use a task .* names a context, such as 'episodic_two_step'\.",
        ),
        (MEMORY, "reinstatement = 0.0", r"reinstatement = 0: expected only with memory"),
        (
            MEMORY,
            'memory = "episodic"\nfeedback = "rpe"',
            r"one LSTM, which reads rewards, .* Set feedback = 'reward' to keep the memory, or "
            r"leave out memory to keep the errors\.",
        ),
        (MEMORY, 'memory = "semantic"', r"network\.memory"),
        (MEMORY, 'memory = "episodic"\nreinstatement = 1.5', r"network\.reinstatement"),
    ],
)
def test_memories_that_do_not_fit_are_refused(task, network, message):
    with pytest.raises(RecipeError, match=message):
        parse_recipe(RECIPE.format(task=task, network=network))


def test_recipes_without_a_memory_are_digested_and_written_as_before():
    recipe = read_recipe(shipped_agent("two_step"))
    weights = list_replicas(shipped_agent("two_step"))[0]
    load_agent_weights(recipe, weights)  # raises if the digest has changed
    assert find_task("two_step")().context == ()
    assert "memory" not in format_recipe(recipe)
    assert "reinstatement" not in format_recipe(recipe)
