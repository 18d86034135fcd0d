"""Agents of serial reversal beside the birds: players of known skill, stages, and the panels."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.analysis.learning.problem_rate import compute_problem_rate
from pfc_analysis.plotting.style import new_figure
from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents import reversal_stages
from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.reproduction.agents.reversal_agents import (
    AgentReversals,
    compare_sessions,
    measure_agent_reversals,
    measure_ideal_reversals,
)
from pfc_analysis.reproduction.agents.reversal_policy import simulate_win_stay
from pfc_analysis.reproduction.agents.reversal_stages import (
    list_stages,
    measure_training_stages,
    write_stages,
)
from pfc_analysis.reproduction.animals.birds import STUDY, Reversals, untabulate_reversals
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers
from pfc_analysis.reproduction.panels import reversal_panels as panels
from pfc_analysis.reproduction.tables import reversal_numbers as tables
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import parse_recipe, read_recipe
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.trainer import train

BIRDS_TASK = SerialReversal(criterion=17, window=20, trials=240)
SMALL = """
experiment = "serial_reversal"
title = "two replicas that answer validly"
replicas = 2
[task]
trials = 40
[test_task]
criterion = {criterion}
window = 20
trials = 60
[network]
units = 6
[optimisation]
updates = {updates}
sessions_per_update = 8
learning_rate = 0.02
final_learning_rate = {final_rate}
entropy_cost = 0.05
final_entropy_cost = {final_entropy}
"""


def small_recipe(updates: int = 16, criterion: int = 17, done: float = 1.0) -> Recipe:
    """A recipe whose learning rate and entropy cost have gone the share `done` of their way."""
    text = SMALL.format(
        updates=updates,
        criterion=criterion,
        final_rate=0.02 - 0.015 * done,
        final_entropy=0.05 * (1 - done),
    )
    return parse_recipe(text)


@pytest.fixture(scope="module")
def agents(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("agents")
    train(small_recipe(), folder / "serial_reversal", workers=1)
    return folder


@pytest.fixture(scope="module")
def birds() -> Reversals:
    return untabulate_reversals(read_published(STUDY))


@pytest.fixture(scope="module")
def slipping() -> AgentReversals:
    return compare_sessions(simulate_win_stay(BIRDS_TASK, sessions=60, seed=1, slip=0.08))


@pytest.fixture(scope="module")
def ideal() -> AgentReversals:
    return measure_ideal_reversals(sessions=20)


# Players of known skill


def test_one_error_tells_the_ideal_observer_what_pays():
    """Wrong once after each reversal, and at first in half the sessions: 19 or 20 of 20."""
    played = simulate_win_stay(BIRDS_TASK, sessions=400, seed=3)
    table = played[["correct", "reversal_number"]].to_dataframe().reset_index()
    errors = (1 - table["correct"]).groupby([table["session"], table["reversal_number"]]).sum()
    errors = errors.unstack()
    assert errors.columns.tolist() == list(range(12))
    assert (errors.loc[:, 1:] == 1).all().all()
    assert abs(errors[0].mean() - 0.5) < 4 * 0.5 / np.sqrt(400)
    found = compare_sessions(played)
    assert (found.problems["trials_to_criterion"] == 20).all()
    assert found.problems.sizes == {"subject": 1, "reversal_number": 12}
    assert found.rate["problem_rate"].item() == 5.0
    assert found.rate["errors_per_reversal"].item() == 1.0
    assert found.improvement is not None
    assert found.improvement["difference"].item() == found.improvement["log_slope"].item() == 0.0


def count_trials(rng: np.random.Generator, slip: float) -> int:
    """Trials until 17 of the last 20 are correct, of one who wants the wrong option at first."""
    wants_right, outcomes = False, []
    while len(outcomes) < 20 or sum(outcomes[-20:]) < 17:
        slips = rng.random() < slip
        outcomes.append(wants_right != slips)
        # Whoever gets no reward where none was meant to come learns what pays.
        wants_right = wants_right or not slips
    return len(outcomes)


def test_slips_cost_as_many_trials_as_a_simulation_without_the_task_says():
    """Renewals in a session of T: T / mu + (sigma^2 - mu^2) / (2 mu^2) (Cox 1962, section 4.2)."""
    rng = np.random.default_rng(5)
    expected = np.array([count_trials(rng, 0.2) for _ in range(4000)])
    task = SerialReversal(criterion=17, window=20, trials=2000)
    played = simulate_win_stay(task, sessions=30, seed=2, slip=0.2)
    found = compute_problem_rate(played)
    lower, upper = (found[f"problem_rate_{end}"].item() for end in ("lower", "upper"))
    mu, variance = expected.mean(), expected.var()
    assert mu > 24
    renewals = 2000 / mu + (variance - mu**2) / (2 * mu**2)
    assert lower < 100 * renewals / 2000 < upper
    assert upper - lower < 0.5
    assert played["subject"].values[0] == "win-stay"


def test_with_uncertain_rewards_it_leaves_what_pays():
    task = SerialReversal(criterion=17, window=20, trials=240, reward_probability=0.8)
    found = compare_sessions(simulate_win_stay(task, sessions=30, seed=2))
    assert found.rate["problem_rate"].item() < 3


def test_the_same_seed_plays_the_same_sessions():
    one, same, other = (
        simulate_win_stay(BIRDS_TASK, sessions=3, seed=seed, slip=0.1) for seed in (1, 1, 2)
    )
    xr.testing.assert_identical(one, same)
    assert not np.array_equal(one["choice"], other["choice"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sessions": 0}, "sessions = 0: expected at least 1"),
        ({"slip": 1.5}, "slip = 1.5: expected a probability, between 0 and 1"),
    ],
)
def test_impossible_players(settings, message):
    with pytest.raises(ValueError, match=message):
        simulate_win_stay(BIRDS_TASK, **{"sessions": 2, "seed": 0} | settings)


def test_numbers_that_only_fast_sessions_reach_are_left_out():
    """Ten sessions come to reversal 2, two of them to 3, and one subject never learns 2."""
    rows = []
    for subject, learns in (("a", True), ("b", False)):
        for session in range(10):
            last = 3 if session < 2 else 2
            for number in range(last + 1):
                right = learns or number < 2
                rows += [(subject, session, number, int(right))] * 20
    subject, session, number, correct = (np.array(column) for column in zip(*rows, strict=True))
    recording = xr.Dataset(
        {"correct": ("trial", correct), "reversal_number": ("trial", number)},
        {
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", np.arange(number.size)),
        },
    )
    both = compare_sessions(recording)
    assert both.problems["reversal_number"].values.tolist() == [0, 1]
    assert both.improvement is None
    one = compare_sessions(recording.isel(trial=subject == "a"))
    assert one.problems["reversal_number"].values.tolist() == [0, 1, 2]
    assert one.improvement is not None


# The shipped agents


def test_shipped_agents_have_learned_to_learn():
    """From the first problem on, as fast as the criterion allows; little more than one error."""
    found = measure_agent_reversals(sessions=20)
    assert found.problems.sizes["subject"] == 8
    assert found.problems["reversal_number"].values.tolist()[:11] == list(range(11))
    assert (found.problems["trials_to_criterion"] <= 21).all()
    errors = found.rate["errors_per_reversal"]
    assert errors.mean() < 1.2
    assert errors.max() < 1.6
    assert (errors >= 1.0 - 1e-12).mean() > 0.8  # nobody foresees a reversal


def test_recipe_trains_with_reversals_that_nobody_can_foresee():
    recipe = read_recipe(agent_folder("serial_reversal", None))
    assert recipe.task["reversal_probability"] < 0.5
    test = recipe.testing_task()
    assert (test.criterion, test.window, test.reversal_probability) == (17, 20, 1.0)
    assert (test.reward_probability, recipe.training_task().reward_probability) == (1.0, 1.0)


# Stages of training


def test_a_stage_is_the_agent_whose_training_ended_there(agents, tmp_path):
    """Learning rate and entropy cost fall linearly: a shorter training that ends on that line."""
    found = measure_training_stages(agents, stages=[5, 12], sessions=10)
    assert found["trials_trained"].values.tolist() == [5 * 320, 12 * 320, 16 * 320]
    for stage in (5, 12):
        shorter = small_recipe(updates=stage, done=(stage - 1) / 15)
        folder = train(shorter, tmp_path / f"until_{stage}" / "serial_reversal", workers=1)
        played = record(
            "serial_reversal", agent=folder, sessions=10, task={"trials": 400}, units=False
        )
        expected = compute_problem_rate(played)
        at = found.sel(trials_trained=320 * stage)
        for name in ("n_choices", "n_learned", "problem_rate"):
            np.testing.assert_allclose(at[name], expected[name], rtol=0.02)
    played = record(
        "serial_reversal", agent=agents / "serial_reversal", sessions=10, task={"trials": 400}
    )
    at_end = found.isel(trials_trained=-1)
    np.testing.assert_array_equal(at_end["n_choices"], compute_problem_rate(played)["n_choices"])


def test_stages_are_even_on_a_log_scale_within_the_first_quarter():
    stages = list_stages(read_recipe(agent_folder("serial_reversal", None)))
    assert (len(stages), stages[0], stages[-1]) == (7, 20, 160)
    assert np.allclose(np.diff(np.log(stages)), np.log(8) / 6, atol=0.05)
    assert list_stages(small_recipe(updates=2)) == [1]


def test_stages_that_are_kept_are_those_measured_and_belong_to_the_weights(
    agents, tmp_path, monkeypatch
):
    monkeypatch.setattr(reversal_stages, "SESSIONS", 4)
    folder = tmp_path / "serial_reversal"
    shutil.copytree(agents / "serial_reversal", folder)
    measured = measure_training_stages(tmp_path, sessions=4)
    write_stages(folder)
    monkeypatch.setattr(reversal_stages, "Replica", None)  # nothing can be trained
    kept = measure_training_stages(tmp_path, sessions=4)
    for name in measured:
        np.testing.assert_array_equal(kept[name], measured[name])
    assert kept["problem_rate"].dims == measured["problem_rate"].dims
    shutil.copy(folder / "seed_2" / WEIGHTS, folder / "seed_1" / WEIGHTS)
    with pytest.raises(TypeError):  # other weights: trained again
        measure_training_stages(tmp_path, sessions=4)


def test_shipped_stages_belong_to_the_shipped_weights(monkeypatch):
    monkeypatch.setattr(reversal_stages, "Replica", None)
    found = measure_training_stages()
    assert found.sizes == {"subject": 8, "trials_trained": 8}


@pytest.mark.parametrize("stages", [[], [4, 4], [8, 2], [-1], [16]])
def test_impossible_stages(agents, stages):
    with pytest.raises(ValueError, match=r"stages: found .* from 0 to 15; .* trains for 16"):
        measure_training_stages(agents, stages=stages)


def test_agents_tested_by_another_criterion_are_refused(tmp_path):
    train(small_recipe(updates=1, criterion=9), tmp_path / "serial_reversal", workers=1)
    for measure in (measure_agent_reversals, measure_ideal_reversals, measure_training_stages):
        with pytest.raises(ValueError, match=r"recipe.toml: found .*criterion=9.* criterion = 17"):
            measure(tmp_path)


# The panels


def test_birds_rate_is_laid_out_by_trials_lived_through(birds):
    found = tables.compute_bird_rate(birds).sel(subject="Mole").dropna("reversal_number")
    assert found["problem_rate"].values[:2] == pytest.approx([100 / 20, 100 / 69])
    given = birds.problems["trials_given"].sel(subject="Mole").values[:8]
    assert found["trials"].values.tolist() == np.cumsum(given).tolist()
    assert tables.compute_bird_rate(birds).sizes["subject"] == 9


def test_note_takes_its_numbers_from_the_table(birds):
    shipped, note = read_published(STUDY), panels.describe_stopping(birds)
    for quantity, condition, form in (
        ("change_in_trials_to_criterion", "first", "{:.0f} to"),
        ("change_in_trials_to_criterion", "last", "to {:.0f} trials"),
        ("log_slope_by_order", "p_value", "p = {:.2f})"),
    ):
        row = published_row(shipped, quantity, condition=condition)
        assert form.format(row["value"]) in note


def test_table_holds_birds_agents_and_observer(birds, slipping, ideal):
    numbers = Numbers(read_published(STUDY), figure="6")
    tables.add_reversals(numbers, "e", birds, slipping, ideal)
    table = numbers.table()
    assert list(table.columns) == COLUMNS
    assert set(table["panel"]) == {"e"}
    assert table["value"].notna().all()
    key = ["source", "quantity", "condition"]
    means = table[table["subject"] == "mean"].set_index(key)
    assert means.index.is_unique
    trials = "trials_to_criterion"
    assert means.loc[("grackles", trials, "reversal_number 1"), "value"] == pytest.approx(200 / 3)
    assert means.loc[("grackles", trials, "reversal_number 7"), "n"] == 6
    assert means.loc[("ideal observer", trials, "reversal_number 3"), "value"] == 20
    p = means.loc[("grackles", "log_slope_by_order", "p_value"), "value"]
    assert p == pytest.approx(float(birds.order["p_value"]))
    birds_rows = table[(table["source"] == "grackles") & (table["quantity"] == trials)]
    assert (birds_rows["subject"] != "mean").sum() == 9 * 7 + 6 + 5 + 3  # birds stop


def test_agents_that_learn_nothing_leave_no_rows_for_problems(birds, ideal, agents):
    numbers = Numbers(read_published(STUDY), figure="6")
    tables.add_reversals(numbers, "e", birds, measure_agent_reversals(agents, 10), ideal)
    table = numbers.table()
    agent = table[table["source"] == "agents"]
    assert "problem_rate" in set(agent["quantity"])
    assert agent["value"].notna().all()
    panels.draw_reversals(
        new_figure(3, 3).subplots(), birds, measure_agent_reversals(agents, 10), ideal
    )


def test_training_is_tabulated_and_drawn(birds, ideal, agents):
    stages = measure_training_stages(agents, stages=[2], sessions=4)
    numbers = Numbers(read_published(STUDY), figure="6")
    tables.add_training(numbers, "f", birds, stages)
    table = numbers.table()
    agent = table[table["source"] == "agents"]
    assert set(agent["condition"]) == {"trials_trained 640", "trials_trained 5120"}
    assert set(agent["subject"]) == {"seed_1", "seed_2", "mean"}
    assert isinstance(table, pd.DataFrame)
    axes = panels.draw_training(new_figure(3, 3).subplots(), birds, stages, ideal)
    assert axes.get_xscale() == "log"
    drawn = [line.get_xdata() for line in axes.lines]
    assert any(np.array_equal(x, [640, 5120]) for x in drawn)


def test_panel_draws_no_more_reversals_than_a_bird_had(birds, slipping, ideal):
    axes = panels.draw_reversals(new_figure(3, 3).subplots(), birds, slipping, ideal)
    assert axes.get_xticks().tolist() == list(range(12))
    assert any("p = 0.14" in text.get_text() for text in axes.texts)
