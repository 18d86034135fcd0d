"""Designs of rats and mice: what they earned is what the design says pays."""

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.designs.simulate_design import simulate_design
from pfc_analysis.fitting.designs.simulated_recording import recording_of
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.recording.validation import validate

pytestmark = pytest.mark.real_data


def test_rats_earned_what_their_second_states_paid(rat_recording):
    trials = read_fit_trials(rat_recording, "two_step")
    design = read_design(rat_recording, trials)
    # Maps from ports to states differ between rats.
    subject = trials.subject
    assert {bool(design.mirrored[subject == k].all()) for k in range(6)} == {True, False}
    assert all(len(set(design.mirrored[subject == k])) == 1 for k in range(6))
    assert design.common == pytest.approx(0.8, abs=0.03)
    known = trials.records["second_state"] >= 0
    state = np.maximum(trials.records["second_state"], 0)
    pays = design.probability[np.arange(state.size), state]
    for value in (0.2, 0.8):
        here = known & (pays == value)
        rate = trials.records["rewarded"][here].mean()
        assert abs(rate - value) < 4 * np.sqrt(value * (1 - value) / here.sum())


def test_simulated_rats_are_a_recording_with_the_rats_forced_trials(rat_recording):
    trials = read_fit_trials(rat_recording, "two_step")
    design = read_design(rat_recording, trials)
    planner = pfc.learners.ModelBased(alpha=0.5, inverse_temperature=5.0)
    played = simulate_design(planner, design, np.random.default_rng(1))
    made = validate(recording_of(played, design, rat_recording))
    for name in ("forced", "invalid", "better_state", "reward_probability"):
        assert np.array_equal(made[name], rat_recording[name])
    forced = (rat_recording["forced"] == 1).values
    assert np.array_equal(made["choice"][forced], rat_recording["choice"][forced])
    stay = pfc.analysis.compute_stay_probability(made)
    assert np.all(stay["model_based_index"] > stay["model_free_index"])


def test_water_waits_only_in_the_mice_with_baiting(mouse_recording):
    trials = read_fit_trials(mouse_recording, "matching")
    design = read_design(mouse_recording, trials)
    protocol = mouse_recording["protocol"].values[trials.rows[trials.first[:-1]]]
    expected = ["Without" not in str(name) for name in protocol]
    assert design.baited.tolist() == expected
    assert any(expected)
    assert not all(expected)
