"""Recordings with learning switched on, and recordings and replays of predictive agents."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.recording.validation import validate
from pfc_analysis.training.interventions.intervention import InterventionError
from pfc_analysis.training.run.shipped_experiments import shipped_agent

AGENT = "predictive_two_step"
RULE = pfc.Intervention("rpe", "outcome", shift=1.0, probability=0.25, seed=3)
SMALL = {"sessions": 12, "units": False, "task": {"trials": 20}}


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """One replica of the shipped agent."""
    folder = tmp_path_factory.mktemp("agents") / AGENT
    folder.mkdir()
    shutil.copy(shipped_agent(AGENT) / "recipe.toml", folder)
    shutil.copytree(shipped_agent(AGENT) / "seed_1", folder / "seed_1")
    return folder


@pytest.fixture(scope="module")
def frozen(agent):
    return pfc.record(AGENT, agent=agent, **SMALL)


def test_at_rate_zero_choices_are_those_with_frozen_weights(agent, frozen):
    found = pfc.record(AGENT, agent=agent, plasticity=0.0, **SMALL)
    for name in ("choice", "reward", "second_state"):
        np.testing.assert_array_equal(found[name], frozen[name])
    np.testing.assert_allclose(found["value"], frozen["value"], atol=1e-5)
    assert "plasticity" not in frozen.attrs
    assert found.attrs["plasticity"] == 0.0
    assert "--plasticity 0" in found.attrs["command"]
    assert "learning on" in found.attrs["title"]


def test_learning_changes_values_from_the_second_trial_on(agent, frozen):
    found = pfc.record(AGENT, agent=agent, plasticity=5.0, **SMALL)
    validate(found, source="learning on")
    first = found["trial_in_session"].values == 0
    change = np.abs(found["value"] - frozen["value"]).max("step").values
    assert change[first].max() < 1e-5
    assert change[found["trial_in_session"].values == 1].min() > 1e-5
    again = pfc.record(AGENT, agent=agent, plasticity=5.0, **SMALL)
    assert again.identical(found)


def test_rules_on_errors_mark_trials_and_act_only_where_errors_teach(agent, frozen):
    same = pfc.record(AGENT, agent=agent, plasticity=0.0, interventions=[RULE], **SMALL)
    np.testing.assert_array_equal(same["choice"], frozen["choice"])
    assert same["stimulated"].mean() == pytest.approx(0.25, abs=0.06)
    plain, raised = (
        pfc.record(AGENT, agent=agent, plasticity=1.0, interventions=rules, **SMALL)
        for rules in ([], [RULE])
    )
    assert np.abs(plain["value"] - raised["value"]).max() > 1e-3


def test_with_frozen_weights_a_rule_on_errors_that_are_no_input_is_refused(agent):
    with pytest.raises(InterventionError, match="acts only where it teaches: record with plast"):
        pfc.record(AGENT, agent=agent, interventions=[RULE], **SMALL)


@pytest.mark.parametrize("plasticity", [-1.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused(agent, plasticity):
    with pytest.raises(ValueError, match=r"plasticity = .*: expected a finite factor"):
        pfc.record(AGENT, agent=agent, plasticity=plasticity, **SMALL)


def test_a_predictive_agent_replays_its_own_trials_bit_for_bit(agent):
    played = pfc.record(AGENT, agent=agent, sessions=4)
    own = played.isel(trial=(played["subject"] == "seed_1").values)
    lived = pfc.replay(AGENT, own, agent=agent)
    lived = lived.isel(trial=(lived["subject"] == "seed_1").values)
    for name in ("hidden", "cell", "value", "choice"):
        np.testing.assert_array_equal(lived[name], own[name])
    chosen = lived["choice_probability"].values[np.arange(lived.sizes["trial"]), lived["choice"]]
    assert chosen.mean() > 0.85


def test_frozen_recordings_can_silence_units(agent):
    silent = pfc.Intervention("hidden", ["fixation", "stage_1", "second_state"], gain=0.0)
    found = pfc.record(AGENT, agent=agent, interventions=[silent], sessions=4)
    assert float(np.abs(found["hidden"]).max()) == 0.0
