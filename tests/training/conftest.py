"""A recipe small enough to train in a second."""

from __future__ import annotations

import pytest

from pfc_analysis.training.recipe import Recipe, parse_recipe

SMALL_RECIPE = """
experiment = "two_step"
title = "small"
replicas = 2
seed = 3

[task]
trials = 6

[network]
units = 5

[optimisation]
updates = 8
sessions_per_update = 4
learning_rate = 0.01
final_learning_rate = 0.001

[recording]
sessions = 3
"""


@pytest.fixture(scope="session")
def small_text() -> str:
    return SMALL_RECIPE


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    return parse_recipe(SMALL_RECIPE)
