"""Recordings of agents that read prediction errors, and of interventions on any agent."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr
from typer.testing import CliRunner

from pfc_analysis import Intervention
from pfc_analysis.cli import app
from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.record import record
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.training.interventions.intervention import InterventionError
from pfc_analysis.training.networks.network import RPEActorCritic
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import shipped_agent

SESSIONS = 6
NEVER = Intervention("rpe", ("outcome",), {"trial_in_session": 1000}, shift=50.0)


@pytest.fixture(scope="module")
def control() -> xr.Dataset:
    return record("risky_choice", sessions=SESSIONS)


@pytest.fixture(scope="module")
def blocked() -> xr.Dataset:
    return record("risky_choice", sessions=SESSIONS, interventions=["block_risky_reward"])


def test_units_of_both_lstms_are_recorded(control):
    assert control.sizes["unit"] == 96
    assert control["lstm"].values.tolist() == ["policy"] * 48 + ["value"] * 48
    assert control["lstm"].dims == ("unit",)


def test_without_intervention_the_policy_reads_the_error_itself(control):
    read, error = control["rpe_input"], control["rpe"]
    reached, known = read.notnull(), error.notnull()  # not in trials broken off at fixation
    last = control["trial_in_session"] == control["trial_in_session"].max()
    assert not reached.where(last, drop=True).sel(event="outcome").any()
    assert reached.where(~last, known).equals(known)
    assert known.mean() > 0.9
    assert read.where(reached).values == pytest.approx(
        error.where(reached).values, abs=1e-4, nan_ok=True
    )


def test_activity_equals_the_network_run_along_the_recording(control):
    recipe = read_recipe(shipped_agent("risky_choice"))
    weights = load_agent_weights(recipe, list_replicas(shipped_agent("risky_choice"))[0])
    network = RPEActorCritic(weights, feedback=recipe.feedback())
    session = control.isel(trial=slice(0, 30))
    shown, done = (session[name].values.reshape(-1) for name in ("observation", "action"))
    paid = np.zeros((30, 2))
    paid[:, 1] = session["reward"]
    state, hidden, last, reward = network.begin(1), [], None, torch.zeros(1)
    with torch.no_grad():
        for t in range(60):
            state = network.step(
                torch.tensor([int(shown[t])]), torch.zeros(1, 0), last, reward, state
            )
            hidden.append(state.hidden[0].numpy())
            last = torch.tensor([int(done[t])])
            reward = torch.tensor([paid.reshape(-1)[t]])
    recorded = session["hidden"].values.reshape(60, 96)
    assert recorded == pytest.approx(np.stack(hidden), abs=1e-4)


def test_rules_that_never_act_leave_a_recording_as_it_is(control):
    """Choices identical to control, byte for byte; and everything else."""
    same = record("risky_choice", sessions=SESSIONS, interventions=[NEVER])
    assert not same["stimulated"].any()
    assert same["choice"].values.tobytes() == control["choice"].values.tobytes()
    xr.testing.assert_equal(same.drop_vars("stimulated"), control)


def test_a_recording_says_what_was_done_to_it_and_where(tmp_path, blocked):
    hit = (blocked["risky_choice"] == 1) & (blocked["reward"] == 4)
    ends = blocked["trial_in_session"] == blocked["trial_in_session"].max()
    assert np.array_equal(blocked["stimulated"].where(~ends, hit), hit)
    lowered = (blocked["rpe_input"] - blocked["rpe"]).sel(event="outcome")
    assert lowered.where(hit & ~ends).dropna("trial").values == pytest.approx(-4.0, abs=1e-4)
    assert lowered.where(~hit & ~ends).dropna("trial").values == pytest.approx(0.0, abs=1e-4)
    save_recording(blocked, tmp_path / "r.nc")
    with open_recording(tmp_path / "r.nc") as found:
        assert found.attrs["command"].endswith("--intervention block_risky_reward")
        assert found.attrs["interventions"] in ("block_risky_reward", ["block_risky_reward"])


def test_the_same_rule_in_words_of_its_own_does_the_same(blocked):
    rule = Intervention(
        "rpe", ("outcome",), {"risky_choice": 1, "reward": {"least": 1}}, shift=-4.0
    )
    own = record("risky_choice", sessions=SESSIONS, interventions=[rule])
    xr.testing.assert_equal(own, blocked)
    again = record("risky_choice", sessions=SESSIONS, interventions=[own.attrs["interventions"][0]])
    xr.testing.assert_equal(again, own)


def test_command_line_records_the_same(tmp_path, blocked):
    path = tmp_path / "r.nc"
    arguments = ["--sessions", str(SESSIONS), "--intervention", "block_risky_reward", "--no-units"]
    done = CliRunner().invoke(app, ["record", "risky_choice", "--out", str(path), *arguments])
    assert done.exit_code == 0, done.output
    with open_recording(path) as found:
        assert "hidden" not in found
        assert "unit" not in found.sizes
        assert found.attrs["command"].endswith("block_risky_reward --no-units")
        xr.testing.assert_equal(found["choice"].load(), blocked["choice"])
        xr.testing.assert_equal(found["rpe_input"].load(), blocked["rpe_input"])


def test_units_of_a_network_that_reads_rewards_can_be_silenced():
    """Without units nothing is left but what the biases say: one value, one policy."""
    rule = Intervention("hidden", ("fixation", "stage_1", "second_state"), gain=0.0)
    silent = record("two_step", sessions=2, interventions=[rule])
    assert (silent["stimulated"] == 1).all()
    assert (silent["hidden"].fillna(0.0) == 0.0).all()
    assert silent["value"].groupby("subject").std(...).max() < 1e-6


def test_errors_cannot_be_changed_where_none_are_read():
    with pytest.raises(InterventionError, match="block_safe_reward: this network has one LSTM"):
        record("two_step", sessions=1, interventions=["block_safe_reward"])
