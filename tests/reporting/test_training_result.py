"""What is said after training: rewards, what they compare with, and the next command."""

import pytest

import pfc_analysis as pfc
from pfc_analysis.reporting.training_result import say_trained
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.shipped_experiments import shipped_agent
from pfc_analysis.training.run.training_log import summarise_replica


def test_rewards_stand_beside_chance_and_the_ideal_observer():
    folder = shipped_agent("two_step")
    rewards, following = say_trained("two_step", folder)
    first = summarise_replica(folder / "seed_1").reward_per_trial
    assert f"seed_1 {first:.3f}, seed_2 " in rewards
    chance, ideal = (
        float(rewards.partition(f"{who}: ")[2][:5]) for who in ("random choices", "ideal observer")
    )
    # Either second state is the better one half the time: half of all random choices pay.
    assert chance == pytest.approx(0.5, abs=0.01)
    # These agents play nearly as the observer does; both are means over draws of sessions.
    assert chance + 0.15 < first < ideal + 0.01
    assert following == f"Next: pfc record two_step --agent {folder} --out agents.nc"


def test_a_task_of_two_choices_has_a_reference_of_its_own():
    folder = shipped_agent("two_step_three_rewards")
    rewards, _ = say_trained("two_step_three_rewards", folder)
    # Levels of 1, .5 and 0 are equally frequent.
    assert "(random choices: 0.500; best observer available: 0.67" in rewards
    first = summarise_replica(folder / "seed_1").reward_per_trial
    assert 0.65 < first < 0.68


def test_tasks_of_other_trials_have_no_reference():
    rewards, _ = say_trained("inferred_value", shipped_agent("inferred_value"))
    assert "random choices" not in rewards


def test_an_own_experiment_is_recorded_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = pfc.new_experiment("my_bandit")
    recipe = folder / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("updates = 800", "updates = 2"))
    pfc.train(folder, folder, replicas=1, workers=1, resume=True)
    rewards, following = say_trained("my_bandit", folder)
    chance = float(rewards.partition("(random choices: ")[2][:5])
    assert chance == pytest.approx(0.5, abs=0.01)
    assert "ideal observer" not in rewards
    assert following == "Next: pfc record my_bandit --out agents.nc"
    assert find_experiment(folder).task_file is not None
