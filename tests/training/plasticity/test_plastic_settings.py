"""Learning in play: what a recipe settles, and what is computed once for the same weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pfc_analysis.training.plasticity import plastic_engine
from pfc_analysis.training.plasticity.plastic_engine import PlasticEngine
from pfc_analysis.training.plasticity.plastic_lstm import PlasticLSTM, Rates, learn
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.replica import first_weights


@pytest.fixture
def recipe(small_text) -> Recipe:
    return parse_recipe(small_text.replace("units = 5", 'units = 5\narchitecture = "predictive"'))


@pytest.fixture
def counted(monkeypatch):
    """An empty store of mean squares, and how often they are computed."""
    monkeypatch.setattr(plastic_engine, "_CALIBRATED", plastic_engine.OrderedDict())
    calls, calibrate = [], PlasticEngine._calibrate

    def count(engine):
        calls.append(engine)
        return calibrate(engine)

    monkeypatch.setattr(PlasticEngine, "_calibrate", count)
    return calls


def play(recipe, weights, plasticity=5.0) -> np.ndarray:
    engine = PlasticEngine(recipe, weights, recipe.training_task(), 3, plasticity)
    return engine.play(np.random.default_rng(5)).hidden


def test_mean_squares_are_computed_once_for_the_same_weights(recipe, counted):
    weights = first_weights(recipe, 1)
    first = play(recipe, weights)
    assert np.array_equal(play(recipe, weights), first)
    play(recipe, weights, plasticity=2.0)
    assert len(counted) == 1
    weights["value_weight"] += 0.1
    play(recipe, weights)
    costly = replace(recipe.optimisation, value_cost=0.5)
    play(replace(recipe, optimisation=costly), weights)
    assert len(counted) == 3


def test_mean_squares_of_another_task_are_computed_anew(recipe, counted):
    """Also of a task whose class was changed and loaded again under the same name."""
    weights, task = first_weights(recipe, 1), recipe.training_task()
    again = type(type(task).__name__, (type(task),), {})
    for own in (task, again(**vars(task)), replace(task, trials=task.trials + 1)):
        PlasticEngine(recipe, weights, own, 3, 5.0).play(np.random.default_rng(5))
    assert len(counted) == 3


def test_the_store_of_mean_squares_does_not_grow_without_end(recipe, counted, monkeypatch):
    monkeypatch.setattr(plastic_engine, "MOST_CALIBRATED", 2)
    for seed in (1, 2, 3, 1):
        play(recipe, first_weights(recipe, seed))
    assert len(plastic_engine._CALIBRATED) == 2
    assert len(counted) == 4


def test_errors_that_never_taught_in_training_do_not_teach_in_play(recipe):
    late = replace(recipe.optimisation, rpe_after=recipe.optimisation.updates)
    weights, task = first_weights(recipe, 1), recipe.training_task()
    gains = [
        PlasticEngine(replace(recipe, optimisation=each), weights, task, 3, 1.0)._costs.rpe_gain
        for each in (recipe.optimisation, late)
    ]
    assert gains == [1.0, 0.0]


def step_of_readout(names: tuple[str, ...], share: float) -> dict[str, float]:
    """How far each matrix of a network with these matrices moves by one step."""
    weights = {name: np.zeros((1, 4, 3), np.float32) for name in names}
    squares = {name: np.ones((1, 4, 3), np.float32) for name in names}
    lstm = PlasticLSTM(weights, squares, np.ones((4, 3), bool), 3)
    lstm.gradients.update({name: np.full((1, 4, 3), 0.1, np.float32) for name in names})
    learn((lstm,), np.ones(1, bool), Rates(0.01, 0.99, 1e-8, 10.0, share))
    return {name: float(abs(matrix).max()) for name, matrix in weights.items()}


def test_the_actor_critic_of_predictive_networks_learns_at_its_share():
    whole = step_of_readout(("gates", "readout", "prediction"), 1.0)
    slow = step_of_readout(("gates", "readout", "prediction"), 0.25)
    assert slow["readout"] == pytest.approx(0.25 * whole["readout"])
    assert (slow["gates"], slow["prediction"]) == (whole["gates"], whole["prediction"])
    other = step_of_readout(("gates", "readout"), 0.25)
    assert other["readout"] == pytest.approx(whole["readout"])
