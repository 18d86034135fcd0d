"""Players in a design: chance, forced choices, baiting, sizes of rewards, and the same bytes."""

from dataclasses import replace

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.designs.simulate_design import simulate_design, simulate_subjects
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import Learner, real
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.two_step import TwoStep


class Strange(Learner):
    """Prefers what is no number."""

    memory = {"nothing": ()}
    zero: float = real(0.0, "what is multiplied")

    def start(memory, p):
        memory.nothing = 0

    def prefer(memory, p, preference):
        preference[:] = np.nan * p.zero

    def update(memory, p, trial):
        memory.nothing = 0


class AsObject:
    """A learner that is no `Learner`, but has its three functions."""

    def __init__(self, learner):
        self._learner = learner

    def begin(self, n_sessions):
        return self._learner.begin(n_sessions)

    def choice_probability(self, state):
        return self._learner.choice_probability(state)

    def learn(self, state, choice, *seen):
        self._learner.learn(state, choice, *seen)


class EveryThird:
    """Chooses arm 1 in every third trial of a session, otherwise arm 0."""

    def begin(self, n_sessions):
        return np.zeros(n_sessions, dtype=int)

    def choice_probability(self, state):
        third = state % 3 == 2
        return np.stack([1.0 - third, third], axis=1)

    def learn(self, state, choice, *seen):
        state += 1


def design_of(recording, questions):
    return read_design(recording, read_fit_trials(recording, questions))


def played(task, questions, sessions, learner):
    recording = pfc.simulate(learner, task, sessions=sessions, seed=3, subject="one")
    return design_of(recording, questions)


@pytest.fixture(scope="module")
def two_step():
    return played(TwoStep(), "two_step", 300, pfc.learners.MixtureOfAgents())


def assert_rate(hits, probability):
    """Rate of hits within 4.5 standard errors: wrong by chance in 7 of a million."""
    error = np.sqrt(np.sum(probability * (1.0 - probability)))
    assert abs(np.sum(hits) - np.sum(probability)) < 4.5 * error


def test_transitions_and_rewards_follow_their_probabilities(two_step):
    records = simulate_design(
        pfc.learners.MixtureOfAgents(), two_step, np.random.default_rng(1)
    ).records
    common = records["choice"] == records["second_state"]
    assert_rate(common, np.full(common.size, two_step.common[0]))
    pays = two_step.probability[np.arange(common.size), records["second_state"]]
    for value in np.unique(pays):
        here = pays == value
        assert_rate(records["reward"][here], pays[here])


def test_choices_follow_their_probabilities(two_step):
    names = [one.name for one in pfc.learners.MixtureOfAgents.parameters()]
    nothing = {name: 0.0 for name in names if name.startswith("weight")}
    biased = pfc.learners.MixtureOfAgents(**nothing, bias=float(np.log(3.0)))
    records = simulate_design(biased, two_step, np.random.default_rng(1)).records
    assert_rate(records["choice"], np.full(records.size, 0.75))


def test_the_ideal_observer_earns_what_the_task_gives(two_step):
    # .707 rewards a trial with common transitions of .8, rewards of .9 and .1, and reversals with
    # probability .025, in sessions of 100 trials.
    earned = simulate_design(
        pfc.analysis.IdealObserver(), two_step, np.random.default_rng(1)
    ).records["reward"]
    sessions = earned.reshape(300, 100).mean(axis=1)
    assert abs(sessions.mean() - 0.707) < 4 * sessions.std() / np.sqrt(300)


@pytest.mark.parametrize("task", [TwoStep(trials=40), Matching(), Bandit()])
def test_a_learner_plays_the_same_as_an_object(task):
    two = task.name == "two_step"
    learner = pfc.learners.MixtureOfAgents() if two else pfc.learners.QLearning()
    design = played(task, task.questions, 12, learner)
    one, other = (
        simulate_design(player, design, np.random.default_rng(5)).records
        for player in (learner, AsObject(learner))
    )
    assert np.array_equal(one, other)


def test_the_same_seed_gives_the_same_bytes(two_step):
    learner = pfc.learners.MixtureOfAgents()
    first, again, other = (
        simulate_design(learner, two_step, np.random.default_rng(seed)).records.tobytes()
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_rewards_wait_at_a_baited_arm():
    design = played(Matching(total=0.5), "matching", 400, pfc.learners.QLearning())
    made = simulate_design(EveryThird(), design, np.random.default_rng(1))
    base = design.probability
    place = np.concatenate([np.arange(n) for n in np.diff(made.first)])
    # P(reward) = 1 - (1 - p)^(n + 1), n the trials since the arm was last chosen. Before the first
    # choice of an arm, n counts from the start of the session.
    waited = np.where(place % 3 == 2, 2, np.where(place % 3 == 0, 1, 0))
    waited[place == 0] = 0
    arm = (place % 3 == 2).astype(int)
    assert np.array_equal(made.records["choice"], arm)
    pays = 1.0 - (1.0 - base[np.arange(place.size), arm]) ** (waited + 1)
    for kind in range(3):
        here = place % 3 == kind
        assert_rate(made.records["reward"][here], pays[here])


def test_forced_choices_are_made_again_and_large_rewards_are_kept():
    player = pfc.analysis.ExpectedReward(inverse_temperature=1.0)
    recording = pfc.simulate(player, RiskyChoice(), sessions=60, seed=3, subject="one")
    design = design_of(recording, "risky_choice")
    made = simulate_design(pfc.learners.QLearning(), design, np.random.default_rng(1)).records
    forced, risky = recording["forced"].values == 1, recording["risky_side"].values
    assert np.array_equal(made["choice"][forced], recording["choice"].values[forced])
    assert not np.array_equal(made["choice"][~forced], recording["choice"].values[~forced])
    on_risky = made["choice"] == risky
    assert set(made["reward"][on_risky] * 4) == {0.0, 4.0}
    assert set(made["reward"][~on_risky] * 4) == {1.0}


def test_invalid_trials_stay_invalid_and_teach_nothing():
    recording = pfc.simulate(
        pfc.learners.QLearning(), Bandit(), sessions=30, seed=3, subject="one"
    ).copy(deep=True)
    invalid = np.arange(recording.sizes["trial"]) % 7 == 3
    recording["choice"][invalid] = -1
    recording["reward"][invalid] = -1.0
    design = design_of(recording, "bandit")
    learner = pfc.learners.QLearning()
    made = simulate_design(learner, design, np.random.default_rng(1))
    assert np.all(made.records["choice"][invalid] == -1)
    assert np.all(made.records["choice"][~invalid] >= 0)
    short = replace(made, records=made.records[~invalid])  # the learner does not see them
    assert short.records["learned"].all()
    assert not made.records["learned"][invalid].any()


def test_losses_keep_their_size():
    recording = pfc.simulate(pfc.learners.QLearning(), Bandit(), sessions=30, seed=3, subject="one")
    recording["reward"] = recording["reward"] * 4.0 - 2.0  # 2 and -2
    design = design_of(recording, "bandit")
    made = simulate_design(pfc.learners.QLearning(), design, np.random.default_rng(1))
    assert set(made.records["reward"] * made.reward_scale) == {-2.0, 2.0}
    assert np.array_equal(made.records["rewarded"], made.records["reward"] > 0)


def test_a_repeated_design_has_every_session_again(two_step):
    design = two_step.select_sessions(np.arange(3)).repeat(4)
    assert design.trials.n_sessions == 12
    assert np.array_equal(design.probability[:300], design.probability[900:])
    made = simulate_design(pfc.learners.MixtureOfAgents(), design, np.random.default_rng(1)).records
    assert not np.array_equal(made[:300], made[900:])


def test_every_subject_needs_a_player(two_step):
    with pytest.raises(AnalysisError, match=r"players: found 2, expected one for each of the 1"):
        simulate_subjects([pfc.learners.MixtureOfAgents()] * 2, two_step, np.random.default_rng(1))


def test_a_preference_that_is_no_number_is_named(two_step):
    with pytest.raises(AnalysisError, match=r"preference of Strange.* before trial 0"):
        simulate_design(Strange(), two_step, np.random.default_rng(1))
