"""The observer of the two-step task with three rewards, against enumeration and by hand."""

from itertools import product

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.three_rewards_observer import (
    ThreeRewardsObserver,
    compute_three_rewards_belief,
)
from pfc_analysis.tasks.two_step_three_rewards import TwoStepThreeRewards


def courses(n, shortest, longest):
    """All courses of one picture's level over n trials, with their probabilities."""
    stays = range(shortest, longest + 1)
    found = []

    def go_on(course, probability):
        if len(course) >= n:
            found.append((course[:n], probability))
            return
        for level, stay in product(range(3), stays):
            go_on(course + [level] * stay, probability / 3 / len(stays))

    go_on([], 1.0)
    return found


def test_belief_equals_enumeration_of_all_courses_of_levels():
    n, rng = 7, np.random.default_rng(4)
    observer = ThreeRewardsObserver(shortest=2, longest=4)
    every = courses(n, 2, 4)
    assert sum(probability for _, probability in every) == pytest.approx(1.0)
    levels = np.array([course for course, _ in every])
    prior = np.array([probability for _, probability in every])
    for _ in range(20):
        true = levels[rng.choice(len(every), p=prior)]
        state, weight = observer.begin(1), prior.copy()
        for t in range(n):
            now = [(weight * (levels[:, t] == level)).sum() / weight.sum() for level in range(3)]
            found = state["belief"].sum(axis=-1)[0]
            np.testing.assert_allclose(found[2], now, atol=1e-12)
            np.testing.assert_allclose(found[0].sum(), 1.0)
            seen = rng.random() < 0.5
            if seen:
                weight *= levels[:, t] == true[t]
            picture = np.array([2 if seen else 0])
            level = np.array([true[t]]) if seen else state["belief"].sum(axis=-1)[:, 0].argmax(1)
            observer.learn(state, picture if seen else np.array([-1]), level, np.array([True]))


def test_values_by_hand():
    observer = ThreeRewardsObserver(second_forced_probability=0.1, bonus=0.0)
    state = observer.begin(1)
    np.testing.assert_allclose(observer.value_pictures(state), 0.5)
    observer.learn(state, np.array([1]), np.array([0]), np.array([False]))  # D pays 1
    np.testing.assert_allclose(observer.expect(state), [[0.5, 1.0, 0.5, 0.5]])
    of_state = 0.9 * 1.0 + 0.1 * 0.75, 0.5
    expected = [0.7 * of_state[0] + 0.3 * of_state[1], 0.3 * of_state[0] + 0.7 * of_state[1]]
    np.testing.assert_allclose(observer.value_first(state), [expected])
    # The bonus is in units of the standard deviation of what is not known: sqrt(1 / 6).
    curious = ThreeRewardsObserver(bonus=0.3).value_pictures(state)
    np.testing.assert_allclose(curious, [[0.5 + 0.3 / 6**0.5, 1.0, *[0.5 + 0.3 / 6**0.5] * 2]])


def test_it_answers_every_observation():
    observer = ThreeRewardsObserver(bonus=0.0)
    state = observer.begin(10)
    every = np.arange(10)
    observer.learn(state, np.ones(10, int), np.zeros(10, int), np.zeros(10, bool))  # D pays 1
    half = [0.0, 0.5, 0.5]
    first, other = [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    expected = [[1.0, 0.0, 0.0], first, first, other, other, first, other, half, first, other]
    np.testing.assert_allclose(observer.action_probability(state, every), expected)


def test_a_sure_level_stays_for_the_shortest_time_and_is_then_doubted():
    observer = ThreeRewardsObserver()
    state, shown = observer.begin(1), np.array([0])
    observer.learn(state, shown, shown, np.array([True]))
    for _ in range(4):  # four more trials of the five that are sure
        assert observer.expect(state)[0, 0] == pytest.approx(1.0)
        observer.learn(state, np.array([-1]), shown, np.array([True]))
    # One fifth of the stays is over: then the level is drawn anew, with a mean of one half.
    assert observer.expect(state)[0, 0] == pytest.approx(0.8 * 1.0 + 0.2 * 0.5)


def test_it_earns_more_than_without_the_bonus_and_with_wrong_transitions():
    def earn(observer):
        task = TwoStepThreeRewards()
        played = pfc.simulate(observer, task, sessions=1500, seed=5, subject="one")
        return played["reward"].values.reshape(1500, -1).mean(axis=1)

    best, greedy = earn(ThreeRewardsObserver()), earn(ThreeRewardsObserver(bonus=0.0))
    misled = earn(ThreeRewardsObserver(common_probability=0.5))
    error = best.std() / np.sqrt(1500)
    assert best.mean() > greedy.mean() + 2 * error
    assert greedy.mean() > misled.mean() + 20 * error
    assert misled.mean() > 0.5 + 20 * error


@pytest.fixture(scope="module")
def recording():
    observer = ThreeRewardsObserver()
    return pfc.simulate(observer, TwoStepThreeRewards(), sessions=60, seed=7, subject="observer")


def test_expected_rewards_are_calibrated(recording):
    belief = compute_three_rewards_belief(recording)
    chosen = recording["second_choice"].values.astype(int)
    expected = belief["expected_reward"].values[np.arange(chosen.size), chosen]
    reward = recording["reward"].values
    for low, high in ((0.0, 0.2), (0.2, 0.45), (0.45, 0.55), (0.55, 0.8), (0.8, 1.01)):
        rows = (expected >= low) & (expected < high)
        reach = 4 * reward[rows].std() / np.sqrt(rows.sum())
        assert reward[rows].mean() == pytest.approx(expected[rows].mean(), abs=reach + 1e-9)


def test_the_player_follows_the_belief_along_its_own_trials(recording):
    belief = compute_three_rewards_belief(recording)
    value = belief["action_value"].values
    clear = (recording["forced"].values == 0) & (np.abs(np.diff(value, axis=1)[:, 0]) > 1e-9)
    assert np.array_equal(recording["choice"].values[clear], value[clear].argmax(axis=1))
    assert belief["action_value"].dims == ("trial", "first_picture")


def test_impossible_levels_and_unknown_rewards_are_refused(recording):
    quick = recording.isel(trial=slice(0, 100))
    observer = ThreeRewardsObserver(shortest=90, longest=90)
    with pytest.raises(AnalysisError, match="found a reward level that cannot follow the ones"):
        compute_three_rewards_belief(quick, observer)
    with pytest.raises(AnalysisError, match=r"reward: found 2.0 at trial .* one of \[1.0, 0.5"):
        compute_three_rewards_belief(quick.assign(reward=quick["reward"] * 2))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"common_probability": 1.1}, "ThreeRewardsObserver.common_probability: found 1.1"),
        ({"bonus": -0.1}, "ThreeRewardsObserver.bonus: found -0.1"),
        ({"shortest": 0}, "found shortest 0 and longest 9, expected numbers of trials"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(AnalysisError, match=message):
        ThreeRewardsObserver(**settings)
