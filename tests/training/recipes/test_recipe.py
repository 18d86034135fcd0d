"""Recipes: what is read, and what is refused with which words."""

from __future__ import annotations

import pytest

from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.recipes.recipe_faults import RecipeError
from pfc_analysis.training.recipes.recipe_files import format_recipe, parse_recipe, read_recipe
from pfc_analysis.training.recipes.settings_text import format_settings, parse_settings
from pfc_analysis.training.run.checkpoint import weights_digest
from pfc_analysis.training.run.shipped_experiments import WEIGHTS, list_experiments, shipped_agent


def test_shipped_recipes_are_valid_and_named_after_their_folder():
    assert list_experiments()
    for name in list_experiments():
        assert read_recipe(shipped_agent(name)).experiment == name


def test_text_and_back(small_text, small_recipe):
    assert parse_recipe(format_recipe(small_recipe)) == small_recipe
    shipped = read_recipe(shipped_agent("two_step"))
    assert parse_recipe(format_recipe(shipped)) == shipped


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "units = 5",
            "unit = 5",
            r"network.unit: unknown key \(did you mean 'units'\?\); remove it or correct its name",
        ),
        ("trials = 6", "trails = 6", r"task.trails: unknown key"),
        ("trials = 6", "common_probability = 1.5", r"task: .*common_probability = 1.5: expected a"),
        ('title = "small"', "", r"title: missing; add it"),
        ("updates = 8", "updates = 0", r"optimisation.updates: found 0; input should be greater"),
        ("updates = 8", 'updates = "many"', r"optimisation.updates: found 'many'"),
        ('"two_step"', '"three_step"', r"experiment: Unknown task 'three_step'"),
        ("[network]", "[network", r"recipe.toml: not a TOML file"),
    ],
)
def test_faults_are_named(tmp_path, small_text, old, new, message):
    assert old in small_text
    path = tmp_path / "recipe.toml"
    path.write_text(small_text.replace(old, new))
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


def test_settings_that_differ_come_before_those_of_the_recipe(small_text):
    recipe = parse_recipe(small_text + "[test_task]\ntrials = 9\n")
    assert recipe.training_task().n_trials == 6
    assert recipe.testing_task().n_trials == 9
    assert recipe.testing_task({"trials": 4}).n_trials == 4
    with pytest.raises(RecipeError, match=r"settings of the task: .*\n.*trails: unknown key"):
        recipe.testing_task({"trails": 4})


def test_settings_are_read_from_text():
    found = parse_settings(["left=0.6", "arms=fixed", "trials = 5", "fixation=true"])
    assert found == {"left": 0.6, "arms": "fixed", "trials": 5, "fixation": True}
    assert parse_settings(format_settings(found)) == found
    for wrong in ("left", "=3", "left="):
        with pytest.raises(RecipeError, match="expected NAME=VALUE"):
            parse_settings([wrong])


def test_all_faults_are_told_at_once(small_text):
    text = small_text.replace("units = 5", "unit = 5").replace("updates = 8", "updates = 0")
    with pytest.raises(RecipeError, match=r"2 fault\(s\)"):
        parse_recipe(text)


def test_pictures_and_back(pixel_text):
    recipe = parse_recipe(pixel_text)
    assert recipe.network.filters == (4, 5)
    assert parse_recipe(format_recipe(recipe)) == recipe


def test_recipes_without_pictures_say_nothing_of_them(small_recipe):
    text = format_recipe(small_recipe)
    assert not any(name in text for name in ("filters", "kernels", "strides", "features"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("features = 7", "", r"recipe.toml: network: features: missing, and task 'harlow' shows"),
        ("filters = [4, 5]", "filters = [4, 0]", r"network.filters.1: found 0"),
        ("strides = [2, 1]", "strides = [2]", r"strides = \[2\]: expected one number per"),
        ("kernels = [4, 3]", "kernels = [4, 9]", r"convolution 2 is larger than its input"),
        (
            "units = 6",
            'units = 6\nfeedback = "rpe"',
            r"network: feedback = 'rpe': .*with convolutions",
        ),
        ('"harlow"', '"harlow_symbolic"', r"task.view: unknown key"),
    ],
)
def test_faults_of_seeing_are_named(tmp_path, pixel_text, old, new, message):
    assert old in pixel_text
    path = tmp_path / "recipe.toml"
    path.write_text(pixel_text.replace(old, new))
    with pytest.raises(RecipeError, match=message):
        read_recipe(path)


def test_convolutions_without_pictures_are_refused(small_text):
    text = small_text.replace("units = 5", "units = 5\nfilters = [4]\nfeatures = 3")
    with pytest.raises(RecipeError, match=r"filters, features: task 'two_step' shows no pictures"):
        parse_recipe(text)


def test_how_it_sees_decides_the_weights(pixel_text, small_recipe):
    one = parse_recipe(pixel_text)
    other = parse_recipe(pixel_text.replace("strides = [2, 1]", "strides = [1, 2]"))
    assert one.training_digest() != other.training_digest()


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such recipe"):
        read_recipe(tmp_path)


def test_recipe_is_frozen(small_recipe):
    with pytest.raises(AttributeError):
        small_recipe.seed = 4


def test_schedule_is_linear(small_recipe):
    assert small_recipe.optimisation.at(0) == (0.01, 0.05)
    assert small_recipe.optimisation.at(7) == pytest.approx((0.001, 0.05))
    assert small_recipe.optimisation.at(3)[0] == pytest.approx(0.01 - 0.009 * 3 / 7)


def test_digest_knows_what_decides_the_weights(small_text, small_recipe):
    def digest(old: str, new: str) -> str:
        assert old in small_text
        return parse_recipe(small_text.replace(old, new)).training_digest()

    same = small_recipe.training_digest()
    assert digest("replicas = 2", "replicas = 5") == same
    assert digest("sessions = 3", "sessions = 9") == same
    assert digest("trials = 6", "trials = 7") != same
    assert digest("units = 5", "units = 6") != same
    assert digest("updates = 8", "updates = 9") != same
    changed = [
        digest("units = 5", 'units = 5\nfeedback = "rpe"'),
        digest("units = 5", "units = 5\nfeedback_scale = 0.5"),
        digest("updates = 8", "updates = 8\nrpe_gain = 0.5"),
        digest("updates = 8", "updates = 8\nwarm_up = 3"),
    ]
    assert len({same, *changed}) == 5


def test_learning_warms_up(small_text):
    plain = parse_recipe(small_text).optimisation
    slow = parse_recipe(small_text.replace("updates = 8", "updates = 8\nwarm_up = 4")).optimisation
    shares = [slow.at(update)[0] / plain.at(update)[0] for update in range(8)]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 1, 1])
    assert [slow.at(update)[1] for update in range(8)] == [0.05] * 8


def test_settings_that_came_later_leave_older_weights_theirs():
    """Weights trained before the settings were there are those of the recipe as it is now."""
    for experiment in ("two_step", "bandit_correlated"):
        agent = shipped_agent(experiment)
        found = weights_digest(agent / "seed_1" / WEIGHTS)
        assert found == f"{read_recipe(agent).training_digest()} compiled"


def test_what_is_fed_back(small_text):
    text = small_text.replace("units = 5", 'units = 5\nfeedback = "rpe"\nfeedback_scale = 0.25')
    recipe = parse_recipe(text)
    assert recipe.feedback() == Feedback("rpe", 0.25, recipe.optimisation.discount)
    assert parse_recipe(format_recipe(recipe)) == recipe
    with pytest.raises(RecipeError, match=r"network.feedback: found 'dopamine'"):
        parse_recipe(text.replace('"rpe"', '"dopamine"'))


def test_settings_of_the_task_may_be_changed_in_training_and_testing(pixel_text):
    recipe = parse_recipe(pixel_text)
    changed = recipe.with_task({"trials": 3, "split": "train"})
    assert (changed.training_task().n_trials, changed.testing_task().n_trials) == (3, 3)
    assert changed.testing_task() == changed.training_task()  # though recipes test otherwise
    assert recipe.with_task({"trials": 3}).testing_task().split == "test"
    assert changed.training_digest() != recipe.training_digest()
    assert recipe.with_task({}) == recipe
    assert parse_recipe(format_recipe(changed)) == changed
    with pytest.raises(RecipeError, match=r"settings of the task: .*\n  - trails: unknown key"):
        recipe.with_task({"trails": 3})
    with pytest.raises(RecipeError, match=r"trials = 0: expected a whole number"):
        recipe.with_task({"trials": 0})
