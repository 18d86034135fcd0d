"""What both networks are measured by: chance by simulation, shares by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.rpe_input import compute_chance, compute_relative_reward
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.inferred_value import InferredValue


def test_chance_of_free_choices_is_simulated():
    played = record("bandit_independent", sessions=1, units=False)
    assert compute_chance(played, 2000, 1) == pytest.approx(0.5, abs=0.01)


def test_chance_without_free_choices_is_that_of_random_actions():
    played = record("inferred_value", sessions=1, units=False)
    task, rng, n = InferredValue(), np.random.default_rng(0), 3000
    batch, earned = SessionBatch(task, task.draw_uniforms(rng, n)), 0.0
    while not batch.done.all():
        batch.step(rng.integers(0, 3, n))
        earned += batch.reward.sum()
    assert compute_chance(played, 1, 1) == pytest.approx(earned / n / task.trials, abs=0.01)


def test_relative_reward_by_hand():
    names = {"subject": ["seed_1", "seed_2"]}
    standard = xr.Dataset({"reward": ("subject", [0.6, 0.8])}, names)
    other = xr.Dataset({"reward": ("subject", [0.65, 0.6])}, {"subject": ["seed_2", "seed_1"]})
    share = compute_relative_reward(other, standard, 0.5)["relative_reward"]
    assert share.sel(subject="seed_1") == pytest.approx(1.0)
    assert share.sel(subject="seed_2") == pytest.approx(0.5)
