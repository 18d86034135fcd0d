"""The states, values and policies of a replay against the equations of the network, in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit, softmax

from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent

CHOICE = [0, 1, 1, 0, 1]
COMMON = [1, 1, 0, 1, 0]
REWARD = [1.0, 0.0, 0.0, 1.0, 1.0]
DISCOUNT = 0.9


@pytest.fixture(scope="module")
def rat() -> xr.Dataset:
    return xr.Dataset(
        {
            "choice": ("trial", np.array(CHOICE), {"labels": ["left", "right"]}),
            "common_transition": ("trial", np.array(COMMON)),
            "reward": ("trial", np.array(REWARD)),
        },
        coords={
            "subject": ("trial", np.full(5, "rat")),
            "session": ("trial", np.zeros(5, int)),
            "trial_in_session": ("trial", np.arange(5)),
        },
    )


def list_steps() -> list[tuple[int, int, float]]:
    """Observation, action and reward of each step: written out, not by the task's script."""
    steps = []
    for choice, common, reward in zip(CHOICE, COMMON, REWARD, strict=True):
        side = choice if common else 1 - choice
        steps += [(0, 0, 0.0), (1, 1 + choice, 0.0), (2 + side, 1 + side, reward)]
    return steps


class LSTM:
    """An LSTM with gates in the order input, forget, output, candidate."""

    def __init__(self, weights: dict[str, np.ndarray], prefix: str = "") -> None:
        def read(name: str) -> np.ndarray:
            return weights[f"{prefix}{name}"].astype(np.float64)

        self.weight, self.bias = read("recurrent_weight"), read("recurrent_bias")
        self.hidden, self.cell = read("initial_hidden"), read("initial_cell")

    def step(self, inputs: np.ndarray) -> None:
        gates = np.concatenate([self.hidden, inputs]) @ self.weight + self.bias
        write, keep, show, candidate = np.split(gates, 4)
        self.cell = expit(keep) * self.cell + expit(write) * np.tanh(candidate)
        self.hidden = expit(show) * np.tanh(self.cell)


def run_network(weights: dict[str, np.ndarray], two: bool, scale: float) -> dict[str, np.ndarray]:
    """Run the network along the trials; `two` LSTMs: the policy's reads prediction errors."""
    value_lstm = LSTM(weights, "value_" if two else "")
    policy_lstm = LSTM(weights) if two else value_lstm
    found: dict[str, list] = {"hidden": [], "cell": [], "value": [], "policy": []}
    last_action, last_reward, last_value = np.zeros(3), 0.0, 0.0
    for t, (shown, action, reward) in enumerate(list_steps()):
        seen = np.concatenate([np.eye(4)[shown], last_action])
        value_lstm.step(np.append(seen, scale * last_reward))
        head = weights["value_weight"].astype(np.float64)
        value = (value_lstm.hidden @ head)[0] + float(weights["value_bias"][0])
        if two:
            error = last_reward + DISCOUNT * value - last_value if t else 0.0
            policy_lstm.step(np.append(seen, scale * error))
        logits = policy_lstm.hidden @ weights["policy_weight"] + weights["policy_bias"]
        lstms = [policy_lstm, value_lstm] if two else [policy_lstm]
        found["hidden"].append(np.concatenate([one.hidden for one in lstms]))
        found["cell"].append(np.concatenate([one.cell for one in lstms]))
        found["value"].append(value)
        found["policy"].append(softmax(logits))
        last_action, last_reward, last_value = np.eye(3)[action], reward, value
    return {name: np.stack(values) for name, values in found.items()}


@pytest.mark.parametrize("experiment", ["two_step", "two_step_rpe_input"])
def test_replay_equals_the_equations(rat, experiment):
    lived = replay(experiment, rat)
    folder, recipe = find_agent(experiment)
    feedback = recipe.feedback()
    assert feedback.discount == DISCOUNT
    for replica in list_replicas(folder)[:2]:
        weights = load_agent_weights(recipe, replica)
        expected = run_network(weights, feedback.is_rpe, feedback.scale)
        own = lived.isel(trial=(lived["subject"] == replica.name).values)
        for name in ("hidden", "cell", "value"):
            flat = own[name].values.reshape(15, *own[name].shape[2:])
            np.testing.assert_allclose(flat, expected[name], atol=2e-4, err_msg=name)
        policy = expected["policy"].reshape(5, 3, 3)[:, 1, 1:]
        np.testing.assert_allclose(own["choice_probability"], policy, atol=2e-4)
        value = expected["value"]
        error = np.array([one[2] for one in list_steps()])
        error = error + DISCOUNT * np.append(value[1:], 0.0) - value
        np.testing.assert_allclose(own["rpe"].values.reshape(-1), error, atol=2e-4)
        if feedback.is_rpe:
            read = own["rpe_input"].values.reshape(-1)
            np.testing.assert_allclose(read[:-1], error[:-1], atol=2e-4)
            assert np.isnan(read[-1])


def test_observations_and_actions_are_those_that_were_given(rat):
    lived = replay("two_step", rat, units=False).isel(trial=slice(0, 5))
    assert lived["observation"].values.reshape(-1).tolist() == [one[0] for one in list_steps()]
    assert lived["action"].values.reshape(-1).tolist() == [one[1] for one in list_steps()]
