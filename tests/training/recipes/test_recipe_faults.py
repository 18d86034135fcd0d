"""Recipes with any value in any place: read, or refused with the name of the file and the key."""

from __future__ import annotations

import dataclasses
import math
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pfc_analysis.toml_files import format_toml
from pfc_analysis.training.recipes.network_recipe import NetworkRecipe
from pfc_analysis.training.recipes.optimisation_recipe import OptimisationRecipe
from pfc_analysis.training.recipes.recipe import Recipe, RecordingRecipe
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.recipes.recipe_files import format_recipe, parse_recipe, read_recipe
from pfc_analysis.training.recipes.recipe_types import MAX_SEED
from pfc_analysis.training.run.plan import list_seeds

ANY = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.just(10**400),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
    st.lists(st.lists(st.booleans(), max_size=2), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def with_value(text: str, place: tuple[str, ...], value: object) -> str:
    content = tomllib.loads(text)
    table = content
    for name in place[:-1]:
        table = table.setdefault(name, {})
    table[place[-1]] = value
    return format_toml(content)


def places() -> list[tuple[str, ...]]:
    parts = {
        (): Recipe,
        ("network",): NetworkRecipe,
        ("optimisation",): OptimisationRecipe,
        ("recording",): RecordingRecipe,
    }
    named = [(*top, item.name) for top, kind in parts.items() for item in dataclasses.fields(kind)]
    return [*named, ("task", "trials"), ("task", "common_probability"), ("test_task", "trials")]


@given(place=st.sampled_from(places()), value=ANY)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_value_is_read_or_refused_by_its_key(small_text, place, value):
    text = with_value(small_text, place, value)
    recipe, message = None, ""
    try:
        recipe = parse_recipe(text, "here.toml")
    except RecipeError as error:
        message = str(error)
    if recipe is None:
        assert message.startswith("here.toml: ")
        assert place[-1] in message or place[0] in message
    else:
        assert parse_recipe(format_recipe(recipe)) == recipe


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("optimisation", "updates"), True),
        (("optimisation", "updates"), "5"),
        (("optimisation", "updates"), 5.0),
        (("optimisation", "updates"), [5]),
        (("optimisation", "learning_rate"), True),
        (("optimisation", "learning_rate"), math.inf),
        (("optimisation", "final_learning_rate"), math.nan),
        (("network", "units"), 10**9),
        (("seed",), 2**64),
        (("seed",), -1),
        (("replicas",), 0),
        (("replicas",), 10**9),
        (("recording", "seed"), 2**64),
        (("title",), 3),
        (("task",), 3),
    ],
)
def test_wrong_types_and_ranges_are_refused(tmp_path, small_text, place, value):
    path = tmp_path / "recipe.toml"
    path.write_text(with_value(small_text, place, value))
    with pytest.raises(RecipeError, match=rf"recipe.toml: not a valid .*\n.*{place[-1]}"):
        read_recipe(path)


@given(title=st.text(st.characters(exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_title_reads_back(small_recipe, title):
    recipe = dataclasses.replace(small_recipe, title=title)
    assert parse_recipe(format_recipe(recipe)) == recipe


def test_nesting_without_end_is_one_error(tmp_path, small_text):
    path = tmp_path / "recipe.toml"
    path.write_text("a = " + "[" * 100_000 + "\n" + small_text)
    with pytest.raises(RecipeError, match=r"recipe.toml: .*nested too deeply"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"seed": 2**64}, "seed: found 18446744073709551616, expected a whole number from 0 to"),
        ({"seed": -1}, "seed: found -1"),
        ({"seed": 1.5}, "seed: found 1.5"),
        ({"seed": True}, "seed: found True"),
        ({"seed": "1"}, "seed: found '1'"),
        ({"replicas": 0}, "replicas: found 0, expected a whole number from 1 to"),
        ({"replicas": 10**12}, "replicas: found 1000000000000"),
        ({"seed": MAX_SEED}, "seed of the last replica: found"),
    ],
)
def test_seeds_outside_their_range_are_refused(small_recipe, wrong, named):
    with pytest.raises(ValueError, match=named):
        list_seeds(small_recipe, **wrong)
