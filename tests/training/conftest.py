"""A recipe small enough to train in a second, and tasks with short sessions."""

from __future__ import annotations

import pytest

from pfc_analysis.tasks import find_task
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import parse_recipe

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

PIXEL_RECIPE = """
experiment = "harlow"
title = "small, from pixels"
replicas = 2
seed = 3

[task]
view = 12
trials = 2
step_limit = 20

[test_task]
split = "test"

[network]
units = 6
filters = [4, 5]
kernels = [4, 3]
strides = [2, 1]
features = 7

[optimisation]
updates = 8
sessions_per_update = 4
learning_rate = 0.003
final_learning_rate = 0.003

[recording]
sessions = 3
"""

SHORT = {
    "episodic_two_step": {"trials": 12, "uncued_trials": 6},
    "matching": {"shortest": 6, "longest": 12},
    "risky_choice": {"forced": 1, "free": 4, "blocks": 2},
}
"""Settings that make sessions short; `trials` where not given."""


@pytest.fixture(scope="session")
def short_task():
    """A task by name, with settings, in sessions of a dozen trials."""
    return lambda name, **settings: find_task(name)(**SHORT.get(name, {"trials": 12}), **settings)


@pytest.fixture(scope="session")
def small_text() -> str:
    return SMALL_RECIPE


@pytest.fixture(scope="session")
def pixel_text() -> str:
    return PIXEL_RECIPE


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    return parse_recipe(SMALL_RECIPE)
