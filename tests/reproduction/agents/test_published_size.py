"""Agents of Harlow's task at the published size have the published layers, and solve the task."""

from __future__ import annotations

import numpy as np

import pfc_analysis as pfc
from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent


def test_layers_are_the_published_ones():
    folder, recipe = find_agent("harlow_84")
    weights = load_agent_weights(recipe, list_replicas(folder)[0])
    assert recipe.testing_task().view_shape == (84, 84, 3)
    assert weights["conv1_weight"].shape == (16, 3, 8, 8)
    assert weights["conv2_weight"].shape == (32, 16, 4, 4)
    # 84 pixels in steps of 4 are 20 places, 20 in steps of 2 are 9.
    assert weights["features_weight"].shape == (9 * 9 * 32, 256)
    assert weights["policy_weight"].shape == (256, 3)


def test_new_images_are_chosen_right_on_the_second_trial():
    played = pfc.record("harlow_84", sessions=60, units=False)
    curve = pfc.analysis.compute_learning_set(played)["correct"]
    assert curve.sizes["subject"] == 2
    first, second = (curve.sel(trial=trial).values for trial in (1, 2))
    assert (np.abs(first - 0.5) < 0.25).all()  # chance, within four standard errors
    assert (second > 0.9).all()
