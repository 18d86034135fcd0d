"""What a learner of one's own may be, and what is said where it cannot be used."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis import learners, simulate
from pfc_analysis.learners import ARMS, INTEGER, Learner, fraction, positive
from pfc_analysis.learners.definition.compiled import compile_learner
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.memory import memory_type
from pfc_analysis.tasks.two_step import TwoStep


class Alternator(Learner):
    """Leaves the choice it made last, the more surely the larger its only parameter."""

    memory = {"last": INTEGER, "table": (3, ARMS), "sum": ()}
    strength: float = positive(2.0, "weight against the last choice")

    def start(memory, p):
        memory.last = -1
        memory.table[:] = 0
        memory.sum = 0

    def prefer(memory, p, preference):
        for arm in range(len(preference)):
            preference[arm] = -p.strength if arm == memory.last else 0 * p.strength

    def update(memory, p, trial):
        memory.last = trial.choice
        memory.table[2, trial.choice] += 1
        memory.sum += trial.reward


def test_a_learner_of_ones_own_plays():
    learner = Alternator(strength=3.0)
    state = learner.begin(2)
    np.testing.assert_array_equal(learner.choice_probability(state), np.full((2, 2), 0.5))
    learner.learn(state, np.array([1, -1]), np.array([2.0, 5.0]))
    expected = [[1 / (1 + np.exp(-3.0)), 1 / (1 + np.exp(3.0))], [0.5, 0.5]]
    np.testing.assert_allclose(learner.choice_probability(state), expected)
    np.testing.assert_array_equal(state.memory["table"][0].real, [[0, 0], [0, 0], [0, 1]])
    np.testing.assert_array_equal(state.memory["sum"], [2, 0])
    played = simulate(learner, TwoStep(), sessions=3, seed=1, subject="mine")
    switched = np.diff(played["choice"].values.reshape(3, 100)) != 0
    assert switched.mean() == pytest.approx(1 / (1 + np.exp(-3.0)), abs=0.05)


class Unfinished(Learner):
    memory = {"value": (ARMS,)}

    def start(memory, p):
        memory.value[:] = 0

    def prefer(memory, p, preference):
        preference[:] = memory.value


class Comparing(Unfinished):
    alpha: float = fraction(0.1, "learning rate")

    def update(memory, p, trial):
        if memory.value[0] > memory.value[1]:  # complex numbers have no order
            memory.value[0] = p.alpha


class Misspelt(Unfinished):
    def update(memory, p, trial):
        memory.value[trial.chosen] = 1


class WrongArguments(Unfinished):
    def update(memory, trial):
        memory.value[trial.choice] = 1


def test_a_missing_function_is_named():
    with pytest.raises(
        LearnerError,
        match=r"Unfinished: found no function 'update', expected a static method update\(memory, p"
        r", trial\)",
    ):
        compile_learner(Unfinished, 2)


def test_a_misspelt_name_is_named():
    with pytest.raises(
        LearnerError,
        match=r"Misspelt.update cannot be compiled: it uses 'chosen', which is neither in memory \("
        r"value\), nor in p \(\), nor in trial \(choice, second_state, reward",
    ):
        compile_learner(Misspelt, 2)


@pytest.mark.parametrize("kind", [Comparing, WrongArguments])
def test_a_function_that_cannot_be_compiled_is_named(kind):
    with pytest.raises(
        LearnerError,
        match=rf"{kind.__name__}.update cannot be compiled. Expected update\(memory, p, trial\)"
        r"(.|\n)*real parts",
    ):
        compile_learner(kind, 2)


def test_memory_shapes():
    made = memory_type("mine", {"a": (), "b": (ARMS,), "c": (4, ARMS), "d": INTEGER}, n_arms=3)
    assert made["a"] == np.complex128
    assert made["b"].shape == (3,)
    assert made["c"].shape == (4, 3)
    assert made["d"] == np.int64
    with pytest.raises(LearnerError, match=r"mine.memory: found none, expected a name"):
        memory_type("mine", {}, n_arms=2)
    for wrong in ("whole", (0,), (2.0,), 3, [ARMS]):
        with pytest.raises(LearnerError, match=r"mine.memory\['a'\]: found .*, expected INTEGER"):
            memory_type("mine", {"a": wrong}, n_arms=2)


def test_choices_and_states_out_of_range():
    learner = learners.ModelBased()
    state = learner.begin(1)
    for choice in (2, -2):
        with pytest.raises(LearnerError, match=rf"choice: found {choice}, expected 0 to 1, or -1"):
            learner.learn(state, np.array([choice]), np.array([0]), np.array([0.0]))
    for second in (-1, 2):
        with pytest.raises(LearnerError, match=rf"second_state: found {second} in a trial with a"):
            learner.learn(state, np.array([0]), np.array([second]), np.array([0.0]))
    learner.learn(state, np.array([-1]), np.array([-1]), np.array([0.0]))
    np.testing.assert_array_equal(learner.choice_probability(state), [[0.5, 0.5]])


def test_the_better_state_must_pay_more():
    with pytest.raises(LearnerError, match=r"LatentState.better_pays: found 0.2, expected at leas"):
        learners.LatentState(better_pays=0.2, worse_pays=0.5)


def test_names_of_learners():
    assert learners.find_learner("hybrid_one_rate") is learners.HybridOneRate
    with pytest.raises(LearnerError, match=r"found 'hybird' \(did you mean 'hybrid'"):
        learners.find_learner("hybird")


def test_suits_is_a_tuple():
    with pytest.raises(
        learners.LearnerError, match=r"Odd.suits: found the text 'bandit'.*\('bandit',\)"
    ):
        type("Odd", (learners.Learner,), {"suits": "bandit"})
