"""Agents in somebody else's place: round trips to the byte, gaps, resets, rewards and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.learners import ModelBased, QLearning
from pfc_analysis.recording.record import record
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.tasks.contract import ScriptError
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.trainer import train

SHIPPED = (
    *("bandit_correlated", "bandit_independent", "bandit_rpe_input", "inferred_value"),
    *("inferred_value_rpe_input", "matching", "matching_rpe_input", "risky_choice"),
    *("serial_reversal", "two_step", "two_step_rats", "two_step_rpe_input", "volatility"),
    "volatility_rpe_input",
)

SEEDS = [f"seed_{n}" for n in range(1, 9)]

ARMS = {"labels": ["left", "middle", "right"]}

CLUMSY = """
experiment = "{task}"
title = "hardly trained"
replicas = 1
{settings}
[network]
units = 5
[optimisation]
updates = 1
sessions_per_update = 2
learning_rate = 0.001
final_learning_rate = 0.001
"""
UNTRAINED = {
    "two_step": "[task]\ntrials = 12",
    "matching": "[task]\nshortest = 5\nlongest = 12",
    "inferred_value": "[task]\ntrials = 12",
    "serial_reversal": "[task]\ntrials = 12",
    "risky_choice": "[task]\nforced = 3\nfree = 6\nblocks = 2",
    "harlow_symbolic": "[task]\nfeatures = 3",
}


def of(recording: xr.Dataset, subject: str) -> xr.Dataset:
    return recording.isel(trial=(recording["subject"] == subject).values)


def assert_same_bytes(own: xr.Dataset, lived: xr.Dataset) -> None:
    for name, array in own.variables.items():
        assert lived[name].dims == array.dims, name
        assert lived[name].dtype == array.dtype, name
        assert lived[name].values.tobytes() == array.values.tobytes(), name
        assert list(lived[name].attrs) == list(array.attrs), name


@pytest.fixture(scope="module")
def animal() -> xr.Dataset:
    """A learner, as an animal: no observations or actions by step."""
    learner = ModelBased(alpha=0.5, inverse_temperature=5.0)
    return simulate(learner, TwoStep(trials=30), sessions=3, seed=2, subject="rat")


@pytest.fixture(scope="module")
def mouse() -> xr.Dataset:
    task = Matching(shortest=20, longest=20)
    return simulate(QLearning(), task, sessions=2, seed=2, subject="mouse")


@pytest.mark.parametrize("experiment", SHIPPED)
def test_agents_along_their_own_trials_give_their_own_bytes(experiment):
    own = of(record(experiment, sessions=2, seed=4), "seed_2")
    lived = replay(experiment, own)
    assert_same_bytes(own, of(lived, "seed_2"))
    # Another replica in the same place chooses otherwise, and is not the same network.
    other = of(lived, "seed_1")
    assert np.array_equal(other["choice"], own["choice"])
    assert not np.array_equal(other["value"], own["value"])


@pytest.mark.parametrize("task", UNTRAINED)
def test_invalid_trials_of_agents_are_lived_through(task, tmp_path):
    recipe = parse_recipe(CLUMSY.format(task=task, settings=UNTRAINED[task]))
    agent = train(recipe, tmp_path / "a", workers=1)
    own = record(task, agent=agent, sessions=9, seed=4)
    assert own["invalid"].values.any()
    assert not own["invalid"].values.all()
    assert_same_bytes(own, replay(task, own, agent=agent))


@pytest.mark.parametrize(
    "experiment",
    ["bandit_independent", "matching", "volatility", "serial_reversal", "risky_choice"],
)
def test_the_trial_table_alone_gives_the_same_bytes(experiment):
    """Where no step accepts any response, the table says all; if no response was invalid."""
    played = record(experiment, sessions=2, seed=4)
    valid = [n for n in SEEDS if (of(played, n)["choice"] >= 0).all()]
    own = of(played, valid[0])
    steps = [n for n in own.variables if "step" in own[n].dims or "event" in own[n].dims]
    lived = replay(experiment, own.drop_vars([*steps, "unit"], errors="ignore"))
    assert_same_bytes(own, of(lived, valid[0]))


def test_the_trials_of_all_replicas_are_lived_through_by_each():
    own = record("two_step", sessions=1, seed=4)
    lived = replay("two_step", own, units=False)
    assert lived.sizes["trial"] == 8 * own.sizes["trial"]
    for name in ("seed_1", "seed_5"):
        part = of(lived, name)
        mine = part.isel(trial=(part["replayed_subject"] == name).values)
        assert np.array_equal(mine["value"], of(own, name)["value"])
    assert part["session"].values[::100].tolist() == list(range(8))


def test_files_are_those_of_recordings_in_memory(tmp_path, animal):
    names = animal["subject"].astype(object)
    names[60:] = "a rat with a longer name"  # two blocks, of texts of different widths
    two = animal.assign_coords(subject=names)
    save_recording(replay("two_step", two), tmp_path / "memory.nc")
    replay("two_step", two, out=tmp_path / "streamed.nc").close()
    with (
        open_recording(tmp_path / "memory.nc") as memory,
        open_recording(tmp_path / "streamed.nc") as streamed,
    ):
        xr.testing.assert_identical(memory.load(), streamed.load())


def test_what_a_replay_says_of_itself(animal):
    lived = replay("two_step", animal, units=False)
    assert lived.attrs["title"] == (
        "8 agents (two_step) in the trials of 1 subject, 3 sessions as replayed"
    )
    assert lived.attrs["kind"] == "replay"
    assert lived.attrs["replayed_learner"] == animal.attrs["learner"]
    assert lived.attrs["trials_left_out"] == 0
    assert len(lived.attrs["weights_sha256"]) == 8
    probability = lived["choice_probability"].values
    assert probability.shape == (8 * 90, 2)
    assert (probability > 0).all()
    assert (probability.sum(axis=1) <= 1 + 1e-6).all()
    assert lived["arm"].values.tolist() == ["left", "right"]
    assert lived["replayed_trial_in_session"].values[:31].tolist() == [*range(30), 0]


def test_sessions_may_be_longer_than_those_of_the_task():
    learner, long = QLearning(), Matching(shortest=300, longest=300)
    animal = simulate(learner, long, sessions=1, seed=1, subject="mouse")
    lived = replay("matching", animal, units=False)
    assert lived.sizes["trial"] == 8 * 300
    assert np.isfinite(lived["value"]).all()


def test_missed_trials_are_left_out_and_the_state_carries_on(mouse):
    missed = mouse.copy(deep=True)
    missed["choice"][[3, 4, 25]] = -1
    missed["invalid"][4] = 1
    lived = replay("matching", missed)
    without = replay("matching", mouse.isel(trial=np.delete(np.arange(40), [3, 4, 25])))
    for name in ("hidden", "value", "rpe", "choice_probability", "trial_in_session"):
        assert np.array_equal(lived[name], without[name]), name
    assert lived["replayed_trial_in_session"].values[:4].tolist() == [0, 1, 2, 5]
    assert lived.attrs["trials_left_out"] == 3
    notes = " ".join(lived.attrs["notes"])
    assert "1 of 40 trials were left out (invalid)" in notes
    assert "2 of 40 trials were left out (no choice)" in notes


def test_trials_that_the_recording_does_not_hold_are_counted(mouse):
    lived = replay("matching", mouse.isel(trial=np.delete(np.arange(40), [3, 4, 20, 25])))
    (note,) = [one for one in lived.attrs["notes"] if "skip" in one]
    # The first trial of the second session lies before all that are there.
    assert "skip 3 trials inside sessions" in note
    assert "skip" not in " ".join(replay("matching", mouse).attrs["notes"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": ("choice", "fixation")}, r"found the steps \['choice', 'fixation'\], expected"),
        ({"observation": np.full((40, 2), 7)}, "observation: found the code 7, expected 0 to"),
        ({"action": np.full((40, 2), -1)}, "action: found the code -1, expected 0 to 2"),
        ({"choice_actions": (1, 3)}, "actions: found the code 3, expected 0 to 2"),
    ],
)
def test_scripts_with_other_steps_or_codes_are_refused(mouse, change, message, monkeypatch):
    own = Matching.script
    monkeypatch.setattr(Matching, "script", lambda *given: replace(own(*given), **change))
    with pytest.raises(ScriptError, match=message):
        replay("matching", mouse)


def test_resets_begin_the_state_anew(mouse):
    blocks = mouse.assign(block=("trial", np.arange(40) // 5, {"long_name": "block"}))
    lived = replay("matching", blocks, resets="block")
    first = of(lived, "seed_1")
    assert first["session"].values.tolist() == (np.arange(40) // 5).tolist()
    start = first["hidden"].values[first["trial_in_session"] == 0, 0]
    assert (start == start[0]).all()
    fifth = mouse.isel(trial=slice(5, 10))
    alone = of(replay("matching", fifth), "seed_1")
    part = first.isel(trial=slice(5, 10))
    np.testing.assert_allclose(part["hidden"], alone["hidden"], atol=1e-6)
    # A number of a block that comes again in the next session is another block.
    same = mouse.assign(block=("trial", np.zeros(40, int), {"long_name": "block"}))
    assert np.array_equal(
        replay("matching", same, resets="block")["hidden"], replay("matching", mouse)["hidden"]
    )


def test_without_resets_by_session_the_state_carries_on(mouse):
    joined = mouse.assign_coords(
        session=("trial", np.zeros(40, np.int32)),
        trial_in_session=("trial", np.arange(40, dtype=np.int32)),
    )
    on, whole = replay("matching", mouse, resets="subject"), replay("matching", joined)
    assert np.array_equal(on["hidden"], whole["hidden"])
    assert on["session"].values.max() == 0


def test_rewards_in_other_units_are_scaled(mouse):
    drops = mouse.assign(reward=mouse["reward"] * 2.5)
    drops["reward"].attrs["units"] = "microlitre"
    lived, plain = replay("matching", drops), replay("matching", mouse)
    assert np.array_equal(lived["rpe"], plain["rpe"])
    assert np.array_equal(lived["reward"], plain["reward"])
    assert (lived.attrs["reward_unit"], lived["reward"].attrs["units"]) == (2.5, "1")
    assert any("divided by 2.5" in note for note in lived.attrs["notes"])


def test_second_states_are_shown_on_the_side_of_their_choice(animal):
    """In half of Miller's rats, left commonly led to the right: the same to an agent."""
    other = animal.copy(deep=True)
    other["second_state"] = 1 - animal["second_state"]
    lived = replay("two_step", other)
    assert np.array_equal(lived["hidden"], replay("two_step", animal)["hidden"])
    assert any("other side in 90 trials" in note for note in lived.attrs["notes"])
    assert np.array_equal(of(lived, "seed_1")["second_state"], other["second_state"])


def test_counts_of_neurons_are_not_copied(animal):
    spikes = xr.DataArray(np.ones((90, 2, 3)), dims=("trial", "time", "unit"))
    neurons = animal.assign(
        counts=spikes.assign_attrs(long_name="spikes"),
    ).assign_coords(time=[0.0, 0.1], unit=[0, 1, 2])
    lived = replay("two_step", neurons)
    assert lived.sizes["unit"] == 48
    assert "counts" not in lived
    assert "Not copied from the recording: counts." in lived.attrs["notes"]


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda r: r.drop_vars("common_transition"), {}, "common_transition: there is no such"),
        (lambda r: r.assign(reward=("trial", np.arange(90) % 3 * 1.0)), {},
         r"reward: found 0, 1, 2; the task pays 0, 1. Divided by their largest \(2\).* 0, 0.5, 1"),
        (lambda r: r.assign(choice=("trial", r["choice"].values * 2, ARMS)), {},
         r"choice: found 2 .*expected 0 \(left\), 1"),
        (lambda r: r.assign(choice=r["choice"].assign_attrs(labels=["right", "left"])), {},
         r"choice: found the labels \['right', 'left'\], expected \['left', 'right'\]"),
        (lambda r: r, {"resets": "sesion"}, "resets: found 'sesion'.* 'session'"),
        (lambda r: r.assign(part=("trial", np.full(90, np.nan), {"long_name": "part"})),
         {"resets": "part"}, r"part is missing \(NaN\) in 90 trial"),
        (lambda r: r.assign(choice=0 * r["choice"] - 1), {}, "none of 90 trials can be lived"),
        (lambda r: r, {"task": {"trialz": 3}}, "trialz"),
        (lambda r: r.drop_vars("reward"), {}, "reward: the variable is missing"),
        (lambda r: r, {"out": "lived.csv"}, "unknown ending '.csv'"),
        (lambda r: "rats.csv", {}, "found a path|expected a recording"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(animal, change, settings, message):
    with xr.set_options(keep_attrs=True):
        wrong = change(animal)
    with pytest.raises(ValueError, match=message):
        replay("two_step", wrong, **settings)


def test_the_missing_side_of_options_is_named():
    own = record("serial_reversal", sessions=1, seed=4, units=False)
    table = own.drop_vars(["observation", "action", "option_on_left"])
    with pytest.raises(ScriptError, match="option_on_left: there is no such variable"):
        replay("serial_reversal", table)


def test_a_bandit_needs_to_know_how_long_its_sessions_are(mouse):
    long = mouse.assign_coords(
        session=("trial", np.zeros(40, np.int32)),
        trial_in_session=("trial", np.arange(100, 140, dtype=np.int32)),
    )
    lived = replay("bandit_independent", long, task={"trials": 40}, units=False)
    assert lived.sizes["trial"] == 8 * 40
    with pytest.raises(ScriptError, match=r"a session of 40 trials.*task=\{'trials': 40\}"):
        replay("bandit_independent", long, task={"trials": 30})


def test_steps_that_contradict_the_trial_table_are_refused():
    own = record("two_step", sessions=1, seed=4, units=False)
    changed = own.copy(deep=True)
    changed["choice"][7] = 1 - changed["choice"][7]
    with pytest.raises(ScriptError, match=r"trial 7 shows .* Was the table changed"):
        replay("two_step", changed)
    with pytest.raises(ScriptError, match=r"found the labels .* those of the task 'matching'"):
        replay("matching", own)


def test_tasks_with_pictures_are_refused(animal):
    with pytest.raises(ScriptError, match=r"'harlow': .* show pictures"):
        replay("harlow", animal)


def test_a_recording_that_is_none_is_refused(animal):
    with pytest.raises(RecordingError, match="the recording to replay: no dimension 'trial'"):
        replay("two_step", animal.rename(trial="row"))


def test_an_agent_of_another_experiment_is_refused(animal):
    folder = Path(__file__).resolve().parents[3] / "agents" / "matching"
    with pytest.raises(ValueError, match="trained on 'matching'"):
        replay("two_step", animal, agent=folder)


def test_untrained_networks_live_through_the_same_trials_and_know_nothing(tmp_path):
    """Their policy is that of the weights that training begins with: close to even."""
    animal = simulate(ModelBased(), TwoStep(), sessions=2, seed=4, subject="planner")
    before, after = (replay("two_step", animal, untrained=first) for first in (True, False))
    assert before["subject"].equals(after["subject"])
    assert before["choice"].equals(after["choice"])
    assert before.attrs["notes"][0] == "Weights are those before training."
    assert "weights_sha256" not in before.attrs
    probability = before["choice_probability"].values
    assert probability.sum(axis=1).max() < 0.75  # of three actions, one is looking at the centre
    assert np.abs(probability - 1 / 3).max() < 0.15
    assert after["choice_probability"].values.max() > 0.99
