"""What tests of agents that see pictures share: a recipe that hardly trains."""

from __future__ import annotations

import pytest

RECIPE = """
experiment = "harlow"
title = "hardly trained, from pixels"
replicas = 2
[task]
view = 12
trials = 3
step_limit = 50
start = 4.0
interval = 1
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
"""


@pytest.fixture(scope="session")
def pixel_recipe() -> str:
    """The text of the recipe; tests replace the lines that they need otherwise."""
    return RECIPE
