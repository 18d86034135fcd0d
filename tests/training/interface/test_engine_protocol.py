"""All engines offer one interface; those that cannot change signals say so."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from pfc_analysis.tasks import find_task
from pfc_analysis.training.interface.engine_protocol import EngineProtocol
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.replica import ENGINES, first_weights, load_engine, make_engine


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize("method", ["differentiate", "play"])
def test_engines_have_the_signatures_of_the_protocol(name, pictures, method):
    """mypy compares the types; the names and defaults of parameters are compared here."""
    kind = load_engine(name, pictures)
    assert EngineProtocol in kind.__mro__
    assert method in vars(kind)
    expected = inspect.signature(getattr(EngineProtocol, method))
    assert inspect.signature(getattr(kind, method)) == expected


PICTURES = "tasks that show pictures cannot change signals.*play without interventions"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("torch", "small_text", "'torch' cannot change signals.*use the engine 'compiled'"),
        ("torch", "pixel_text", PICTURES),
        ("compiled", "pixel_text", PICTURES),
    ],
)
def test_engines_that_cannot_apply_hooks_refuse_them(name, text, message, request):
    recipe = parse_recipe(request.getfixturevalue(text))
    engine = make_engine(recipe, first_weights(recipe, 1), recipe.training_task(), 2, name)
    called: list[object] = []
    with pytest.raises(ValueError, match=message):
        engine.play(np.random.default_rng(1), called.append)
    assert not called


def test_engines_of_one_task_play_the_same_sessions(small_recipe):
    """One generator gives the same random numbers to both, so actions and rewards are equal."""
    task, weights = small_recipe.training_task(), first_weights(small_recipe, 1)
    assert task == find_task("two_step")(trials=6)
    one, other = (
        make_engine(small_recipe, weights, task, 5, name).play(np.random.default_rng(1)).log
        for name in ("compiled", "torch")
    )
    assert np.array_equal(one.action[one.active], other.action[other.active])
    assert np.array_equal(one.reward[one.active], other.reward[other.active])
