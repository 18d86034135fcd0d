"""What holds of every task, whatever it is about; settings and records of toy tasks."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
import pytest
from numba import njit

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.tasks.contract import (
    Count,
    Probability,
    SessionBatch,
    Task,
    Trials,
    TrialTable,
    code,
    number,
)
from pfc_analysis.tasks.contract.random_play import play_at_random, play_plain

VARIANTS = {
    "bandit": [{"arms": arms, "trials": 9} for arms in ("independent", "correlated", "hard")],
    "episodic_two_step": [
        {"trials": 12, "uncued_trials": 6, "cue_blocks": 3, "barcode_bits": 5},
        {"trials": 12, "uncued_trials": 8, "fixation": True, "reversal_probability": 0.3},
    ],
    "harlow": [{"trials": 2, "step_limit": 60}, {"balanced_sides": True, "trials": 2, "hold": 2}],
    "harlow_symbolic": [{"features": 3}],
    "inferred_value": [{"reversal_probability": 0.4, "trials": 12}],
    "matching": [{"range": kind, "shortest": 5, "longest": 9} for kind in ("gaps", "whole")],
    "risky_choice": [
        {"schedule": schedule, "forced": 1, "free": 2, "blocks": 3}
        for schedule in ("uniform", "fixed", "alternating")
    ],
    "serial_reversal": [{"criterion": 2, "window": 3, "reward_probability": 0.8, "trials": 20}],
    "two_step": [{"trials": 12}, {"trials": 12, "fixation": False, "reversal_probability": 0.3}],
    "two_step_three_rewards": [
        {"trials": 20, "first_forced_probability": 0.4, "second_forced_probability": 0.4},
        {"trials": 12, "shortest": 1, "longest": 3, "medium_reward": 0.25},
    ],
    "what_where": [{"trials": 12, "earliest": 2, "latest": 9}],
    "volatility": [
        {"schedule": schedule, "earliest": 3, "latest": 9, "trials": 20, "block": 4,
         "switch_hazard": 0.2, "reversal_hazard": 0.3}
        for schedule in ("training", "markov", "stable_first", "volatile_first")
    ],
}  # fmt: skip
"""Settings that reach every branch of a task in short sessions; else its defaults are tested."""

CASES = [
    pytest.param(name, settings, id=f"{name}-{number}")
    for name in list_tasks()
    for number, settings in enumerate(VARIANTS.get(name, [{}]))
]


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_compiled_sessions_equal_those_of_plain_python(name, settings):
    """Step by step: records, observations, cues, rewards and ends."""
    task = find_task(name)(**settings)
    uniforms, actions = play_at_random(task, 40, np.random.default_rng(3))
    plain, batch = play_plain(task, uniforms, actions), SessionBatch(task, uniforms)
    assert np.array_equal(batch.sessions, plain.sessions[0])
    for t, action in enumerate(actions):
        batch.step(action)
        assert np.array_equal(batch.sessions, plain.sessions[t + 1])
        for part in ("observation", "reward", "done"):
            assert np.array_equal(getattr(batch, part), getattr(plain, part)[t]), part
        assert batch.cues == pytest.approx(plain.cues[t], rel=1e-12)
    assert batch.done.all()
    assert (plain.reward > 0).any()
    # Every code is shown, and every step of a trial reached.
    shown = {0, *np.unique(plain.observation[~plain.done]).tolist()}
    assert shown == set(range(len(task.observations)))
    assert set(range(len(task.steps))) <= set(np.unique(plain.sessions["step"]).tolist())


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_session_depends_on_its_own_numbers_and_stands_still_when_over(name, settings):
    task = find_task(name)(**settings)
    uniforms, actions = play_at_random(task, 3, np.random.default_rng(8))
    together, alone = SessionBatch(task, uniforms), SessionBatch(task, uniforms[:, 1:2])
    for action in actions:
        together.step(action)
        alone.step(action[1:2])
        assert together.sessions[1] == alone.sessions[0]
        assert together.reward[1] == alone.reward[0]
        assert np.array_equal(together.cues[1], alone.cues[0])
    ended, shown = together.sessions.copy(), together.observation.copy()
    together.steps_played = 0  # any numbers will do
    together.step(actions[0])
    assert np.array_equal(together.sessions, ended)
    assert np.array_equal(together.observation, shown)
    assert not together.reward.any()


@pytest.mark.parametrize("name", list_tasks())
def test_every_setting_that_is_a_number_is_in_the_record(name):
    task = find_task(name)()
    record = task.begin(np.full((1, task.uniforms_per_step), 0.3))
    assert {"trial", "step", "n_trials"} < set(task.hidden_variables)
    for setting in (field.name for field in fields(task)):
        assert setting in task.hidden_variables or isinstance(getattr(task, setting), str)
    hidden = set(task.Session.__annotations__)
    assert hidden <= set(task.hidden_variables)
    assert set(task.hidden_variables) == {*task.settings(), "trial", "step", *hidden}
    assert record.size == 1


@pytest.mark.parametrize("name", list_tasks())
def test_a_task_states_its_questions_or_why_there_are_none(name):
    task = find_task(name)
    assert bool(task.questions) != bool(task.why_no_questions)


@njit(cache=True)
def begin(session, uniform):
    """Start a session."""
    session.hidden_count = 3
    session.rate = uniform[0]


@njit(cache=True)
def step(session, action, uniform):
    """Play a trial of one step."""
    session.trial += 1
    return 0, 1.0 * (action == session.kind)


@dataclass(frozen=True)
class Toy(Task):
    """A toy whose settings are of every kind."""

    kind: Literal["first", "second"] = "second"
    trials: Count = 4
    probability: Probability = 0.25
    flag: bool = True
    folder: str = "text"

    name = "toy"
    why_no_questions = "it is a toy"
    derived = ("doubled",)
    observations = ("nothing",)
    actions = ("left", "right")
    steps = ("choice",)

    class Session:
        """Hidden variables, one of them a setting of the same name."""

        hidden_count: int
        rate: float
        probability: float

    @property
    def doubled(self) -> float:
        """Twice a setting."""
        return 2.0 * self.probability

    def tabulate(self, trials: Trials) -> TrialTable:
        """Choice and reward."""
        return {"choice": code(trials.action("choice")), "reward": number(trials.reward)}


def test_the_record_is_derived_from_settings_and_hidden_variables():
    kinds = {name: Toy.session_type[name].kind for name in Toy.session_type.names}
    integers = ["trial", "step", "n_trials", "kind", "trials", "flag", "hidden_count"]
    assert kinds == {**dict.fromkeys(integers, "i"),
                     **dict.fromkeys(["probability", "doubled", "rate"], "f")}  # fmt: skip
    record = Toy(probability=0.4, flag=False).begin(np.array([[0.7]]))
    assert {name: record[name][0].item() for name in record.dtype.names} == {
        "trial": 0, "step": 0, "n_trials": 4, "kind": 1, "trials": 4, "flag": 0,
        "probability": 0.4, "doubled": 0.8, "hidden_count": 3, "rate": 0.7,
    }  # fmt: skip


def test_names_follow_from_each_other():
    toy = Toy()
    assert (toy.events, toy.n_trials, toy.max_steps, toy.cues) == (("outcome",), 4, 4, ())
    assert find_task("two_step")().events == ("stage_1", "second_state", "outcome")


def test_tasks_are_values():
    assert pickle.loads(pickle.dumps(find_task("two_step")())) == find_task("two_step")()
    assert replace(Toy(), trials=5) == Toy(trials=5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "third"}, r"^kind = 'third': expected one of \['first', 'second'\]\.$"),
        ({"trials": 0}, r"^trials = 0: expected a whole number of at least 1\.$"),
        ({"probability": float("nan")}, r"^probability = nan: expected a probability, between 0"),
    ],
)
def test_settings_are_checked_by_their_annotations(settings, message):
    with pytest.raises(ValueError, match=message):
        Toy(**settings)


def test_a_class_that_lacks_a_statement_is_refused():
    with pytest.raises(
        TypeError, match=r"Nameless does not define name, actions, tabulate\. Define"
    ):

        class Nameless(Task):
            observations = ("nothing",)
            steps = ("choice",)


def test_a_hidden_variable_is_a_number():
    with pytest.raises(TypeError, match=r"Texts: label is declared as .*str.*, expected int or"):

        class Texts(Toy):
            name = "texts"

            class Session:
                label: str


def test_unknown_tasks_are_named():
    with pytest.raises(ValueError, match=r"Unknown task 'two_steps'; expected one of \['bandit'"):
        find_task("two_steps")
