"""Reference players of risky choice against Bayes' rule, exact enumeration and known numbers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from pfc_analysis.analysis.choices.risk_preference import compute_risky_preference
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.risk_learners import ExpectedReward, OptimalRisk
from pfc_analysis.analysis.learners.risk_solution import solve_risky_arm
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.risky_choice import RiskyChoice

ALL = [ExpectedReward(), ExpectedReward(inverse_temperature=3.0), OptimalRisk()]
MANIPULATIONS = ("none", "block_risky_reward", "block_safe_reward", "block_risky_loss")


def taught(learner, outcomes, risky_side=1):
    """State of one session after outcomes ('s', '4' or '0')."""
    state = learner.begin(1)
    for outcome in outcomes:
        side = 1 - risky_side if outcome == "s" else risky_side
        paid = {"s": 1.0, "4": 4.0, "0": 0.0}[outcome]
        learner.learn(state, np.array([side]), np.array([paid]))
    return state


@pytest.mark.parametrize("learner", ALL, ids=repr)
def test_nothing_is_known_at_first_and_sides_are_exchangeable(learner):
    np.testing.assert_array_equal(learner.choice_probability(learner.begin(3)), 0.5)
    for outcomes in ("s", "4", "0", "s0004s0", "ss00000"):
        right, left = (
            learner.choice_probability(taught(learner, outcomes, side))[0] for side in (1, 0)
        )
        np.testing.assert_allclose(right, left[::-1])
        assert right.sum() == pytest.approx(1)


@pytest.mark.parametrize("learner", ALL, ids=repr)
def test_sessions_side_by_side_do_not_mix_and_may_be_over(learner):
    state = learner.begin(3)
    learner.learn(state, np.array([0, 1, -1]), np.array([4.0, 1.0, 0.0]))
    learner.learn(state, np.array([1, -1, -1]), np.array([1.0, 0.0, 0.0]))
    assert state["risky_side"].tolist() == [0, 0, -1]
    assert state["pulls"].tolist() == [[1, 1], [1, 0], [0, 0]]
    assert state["pays"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(("paid", "unpaid"), [(0, 0), (0, 5), (2, 3), (7, 1)])
def test_expectation_is_that_of_the_posterior(paid, unpaid):
    learner = ExpectedReward()
    state = taught(learner, "s" + "4" * paid + "0" * unpaid)
    posterior = stats.beta(1 + paid, 1 + unpaid)
    assert learner.expect(state)[0] == pytest.approx([1.0, 4 * posterior.mean()])
    expected = 0.5 if 4 * (1 + paid) == 2 + paid + unpaid else 4 * posterior.mean() > 1
    assert learner.choice_probability(state)[0, 1] == expected


def test_equal_arms_are_chosen_alike():
    assert ExpectedReward().choice_probability(taught(ExpectedReward(), "00"))[0, 1] == 0.5


def test_soft_choices_are_logistic():
    learner = ExpectedReward(inverse_temperature=2.5)
    found = learner.choice_probability(taught(learner, "s40"))[0, 1]
    assert found == pytest.approx(1 / (1 + np.exp(-2.5 * (2.0 - 1.0))))


@pytest.mark.parametrize(
    ("manipulation", "expected"),
    [
        ("none", [1.0, 4 * 3 / 7]),
        ("block_risky_reward", [1.0, 4 / 7]),
        ("block_safe_reward", [2 / 5, 4 * 3 / 7]),
        ("block_risky_loss", [1.0, (4 + 8 + 3) / 7]),
    ],
)
def test_manipulations_change_what_is_perceived(manipulation, expected):
    learner = ExpectedReward(manipulation=manipulation)
    state = taught(learner, "sss44000")
    assert learner.expect(state)[0] == pytest.approx(expected)
    assert state["risky_side"].tolist() == [1]


@cache
def exact_risky_share(p, choose, forced=5, free=20):
    """Share of risky choices in free trials by enumeration; `choose(paid, unpaid, left)`."""
    weight = {(k, forced - k): stats.binom.pmf(k, forced, p) for k in range(forced + 1)}
    share = 0.0
    for left in range(free, 0, -1):
        after: dict[tuple[int, int], float] = {}
        for (paid, unpaid), w in weight.items():
            risky = choose(paid, unpaid, left)
            share += w * risky / free
            for counts, q in (
                ((paid, unpaid), 1 - risky),
                ((paid + 1, unpaid), risky * p),
                ((paid, unpaid + 1), risky * (1 - p)),
            ):
                after[counts] = after.get(counts, 0.0) + w * q
        weight = after
    return share


def greedy(paid, unpaid, left):
    return float(np.sign(4 * (1 + paid) - (2 + paid + unpaid)) + 1) / 2


def optimal(paid, unpaid, left):
    """Stop or go on, by recursion over what is yet to come; knows no table."""
    gain = pull(paid, unpaid, left) - left
    return 0.5 if abs(gain) < 1e-9 else float(gain > 0)


@cache
def best(paid, unpaid, left):
    """Once the safe arm is best it stays so, since it teaches nothing."""
    return max(float(left), pull(paid, unpaid, left)) if left else 0.0


@cache
def pull(paid, unpaid, left):
    p = (1 + paid) / (2 + paid + unpaid)
    lucky, unlucky = best(paid + 1, unpaid, left - 1), best(paid, unpaid + 1, left - 1)
    return p * (4.0 + lucky) + (1 - p) * unlucky


def test_table_equals_stopping_once_for_all():
    advantage, reward = solve_risky_arm()
    for left in (1, 2, 7, 20):
        for paid in range(6):
            for unpaid in range(6 - paid + 20 - left):
                found = advantage[left, paid, unpaid]
                # Where the risky arm is worse now, the best that follows may still differ.
                expected = pull(paid, unpaid, left) - (1 + best(paid, unpaid, left - 1))
                assert found == pytest.approx(expected, abs=1e-9)
    # uniform p: every number of pays in five forced pulls is as likely
    assert reward == pytest.approx(np.mean([best(k, 5 - k, 20) for k in range(6)]) / 20)


def test_bounds_of_the_optimum():
    _, reward = solve_risky_arm()
    knowing = 0.25 + 4 * (1 - 0.25**2) / 2  # the mean of max(1, 4 p)
    assert 1.5 < reward < knowing
    assert solve_risky_arm(100, 50)[1] == pytest.approx(knowing, abs=0.005)
    assert solve_risky_arm(0, 1)[1] == pytest.approx(1.5)  # a coin is thrown: 1 or 2
    # two trials: 1 or 2 for the first; then, knowing which is which, the better of the two:
    # after a safe pull the risky one, 2; after a pay 4 * 2/3, after none 4 / 3
    assert solve_risky_arm(0, 2)[1] == pytest.approx((1.5 + (2 + 2) / 2) / 2)


def free_share(learner, p, sessions=4000):
    task = RiskyChoice(schedule="fixed", probability=p)
    recording = simulate(learner, task, sessions=sessions, seed=5, subject="one")
    return compute_risky_preference(recording).squeeze()


@pytest.mark.parametrize("p", [0.5, 0.125, 0.25])
@pytest.mark.parametrize(("learner", "rule"), [(ALL[0], greedy), (ALL[2], optimal)])
def test_players_choose_as_enumerated(learner, rule, p):
    found = free_share(learner, p)
    standard_error = float(found["upper"] - found["lower"]) / 3.92
    truth = 100 * exact_risky_share(p, rule)
    assert abs(float(found["risky_preference"]) - truth) < 4 * standard_error


@pytest.mark.parametrize(
    ("manipulation", "expected"),
    list(zip(MANIPULATIONS, [(89, 34.4), (17, 17), (98, 78), (98, 78)], strict=True)),
)
def test_manipulations_shift_preference_as_computed_elsewhere(manipulation, expected):
    learner = ExpectedReward(inverse_temperature=3.0, manipulation=manipulation)
    for p, truth in zip((0.5, 0.125), expected, strict=True):
        assert float(free_share(learner, p)["risky_preference"]) == pytest.approx(truth, abs=1.5)


def test_optimum_earns_what_it_should_and_the_greedy_less():
    earned, error = [], []
    for learner in (ALL[2], ALL[0]):
        played = simulate(learner, RiskyChoice(), sessions=20_000, seed=6, subject="one")
        free = played["reward"].values.reshape(-1, 30)[:, 10:].mean(axis=1)
        earned.append(free)
        error.append(free.std() / np.sqrt(free.size))
    assert abs(earned[0].mean() - solve_risky_arm()[1]) < 3 * error[0]
    # The same sessions and luck: what they differ in is small against their scatter.
    difference = earned[0] - earned[1]
    assert difference.mean() > 2 * difference.std() / np.sqrt(difference.size)


def test_forced_trials_are_obeyed_and_learned_from():
    task = RiskyChoice(schedule="fixed", probability=1.0, forced=3, free=4)
    played = simulate(ExpectedReward(), task, sessions=300, seed=7, subject="one")
    assert not played["invalid"].any()
    forced = played["forced"].values.reshape(-1, 10)
    assert (forced == [1] * 6 + [0] * 4).all()
    side = played["choice"].values.reshape(-1, 10)[:, :6]
    assert (side.sum(axis=1) == 3).all()
    assert (played["risky_choice"].values.reshape(-1, 10)[:, 6:] == 1).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExpectedReward(safe_reward=0.0), "safe_reward, risky_reward: found 0.0 and 4.0"),
        (lambda: OptimalRisk(risky_reward=1.0), "expected finite numbers above 0, the risky one"),
        (lambda: ExpectedReward(inverse_temperature=-1.0), "inverse_temperature: found -1.0, exp"),
        (lambda: ExpectedReward(manipulation="block"), r"manipulation: found 'block', expected on"),
        (lambda: solve_risky_arm(-1, 3), "forced, free: found -1 and 3, expected at least 0 and 1"),
        (lambda: solve_risky_arm(100, 101), "together at most 200; memory grows"),
        (
            lambda: ALL[0].learn(ALL[0].begin(1), np.array([2]), np.array([1.0])),
            r"choice: found 2, expected 0 \(left\)",
        ),
        (
            lambda: ALL[0].learn(ALL[0].begin(1), np.array([1]), np.array([3.0])),
            "reward: found 3, expected 1 from the safe side and 4 or 0 from the risky one",
        ),
        (
            lambda: ALL[0].learn(taught(ALL[0], "4"), np.array([1]), np.array([1.0])),
            "reward: found 1, expected 1 from the safe side",
        ),
        (
            lambda: OptimalRisk(forced=0, free=2).choice_probability(taught(ALL[0], "ss")),
            r"OptimalRisk.forced, free: found 0 and 2, expected more than the 2 trial\(s\)",
        ),
    ],
)
def test_settings_and_outcomes_that_cannot_be(make, message):
    with pytest.raises(AnalysisError, match=message):
        make()
