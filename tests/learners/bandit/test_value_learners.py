"""Learners of values: likelihoods from their equations, in plain loops."""

import numpy as np
import pytest

from pfc_analysis import learners
from pfc_analysis.tasks.bandit import Bandit

REWARDS = {"paid or not": (0.0, 1.0), "with losses": (-1.0, -0.25, 0.0, 0.5, 1.0)}


def q_values(p, n_arms, *, good, bad, forgetting=0.0, alpha_kernel=0.0, kernel=0.0, bias=0.0):
    """Q-learning with all of its variants."""
    value, habit = np.zeros(n_arms), np.zeros(n_arms)

    def prefer():
        return p.inverse_temperature * value + kernel * habit + bias * (np.arange(n_arms) == 1)

    def update(choice, reward, _):
        nonlocal value, habit
        made = np.eye(n_arms)[choice]
        error = reward - value[choice]
        step = (good if error > 0 else bad) * error
        value = np.where(made == 1, value + step, (1 - forgetting) * value)
        habit = habit + alpha_kernel * (made - habit)

    return prefer, update


def plain_q_learning(p, n_arms):
    return q_values(p, n_arms, good=p.alpha, bad=p.alpha)


def plain_forgetting(p, n_arms):
    return q_values(p, n_arms, good=p.alpha, bad=p.alpha, forgetting=p.forgetting)


def plain_asymmetric(p, n_arms):
    return q_values(p, n_arms, good=p.alpha_positive, bad=p.alpha_negative)


def plain_choice_kernel(p, n_arms):
    kernel = {"alpha_kernel": p.alpha_kernel, "kernel": p.weight_kernel}
    return q_values(p, n_arms, good=p.alpha, bad=p.alpha, **kernel)


def plain_combined(p, n_arms):
    return q_values(
        p,
        n_arms,
        good=p.alpha_positive,
        bad=p.alpha_negative,
        forgetting=p.forgetting,
        alpha_kernel=p.alpha_kernel,
        kernel=p.weight_kernel,
        bias=p.bias,
    )


def plain_kernel_alone(p, n_arms):
    habit = np.zeros(n_arms)

    def update(choice, *_):
        for arm in range(n_arms):
            habit[arm] += p.alpha_kernel * ((arm == choice) - habit[arm])

    return lambda: p.weight_kernel * habit, update


def plain_pearce_hall(p, n_arms):
    value, surprise, last = np.zeros(n_arms), np.ones(n_arms), np.zeros(n_arms)

    def update(choice, reward, _):
        error = reward - value[choice]
        value[choice] += min(1.0, p.kappa * surprise[choice]) * error
        surprise[choice] = p.eta * abs(error) + (1 - p.eta) * surprise[choice]
        last[:] = np.eye(n_arms)[choice]

    return lambda: p.inverse_temperature * value + p.stickiness * last, update


def plain_win_stay(p, n_arms):
    probability = np.full(n_arms, 1 / n_arms)

    def update(choice, _, rewarded):
        stay = p.stay_after_reward if rewarded else 1 - p.shift_after_none
        probability[:] = (1 - stay) / (n_arms - 1)
        probability[choice] = stay

    return lambda: np.log(probability), update


CASES = [
    (learners.QLearning(alpha=0.35, inverse_temperature=2.5), plain_q_learning),
    (learners.QForgetting(alpha=0.35, forgetting=0.2), plain_forgetting),
    (learners.QAsymmetric(alpha_positive=0.6, alpha_negative=0.15), plain_asymmetric),
    (learners.QChoiceKernel(alpha_kernel=0.4, weight_kernel=-1.2), plain_choice_kernel),
    (learners.QCombined(forgetting=0.25, weight_kernel=1.1, bias=-0.7), plain_combined),
    (learners.ChoiceKernel(alpha_kernel=0.2, weight_kernel=2.0), plain_kernel_alone),
    (learners.PearceHall(kappa=0.9, eta=0.6, stickiness=0.4), plain_pearce_hall),
    (learners.WinStayLoseShift(stay_after_reward=0.8, shift_after_none=0.35), plain_win_stay),
]


@pytest.mark.parametrize("rewards", REWARDS.values(), ids=REWARDS)
@pytest.mark.parametrize("n_arms", [2, 4])
@pytest.mark.parametrize(("learner", "plain"), CASES, ids=[type(one).__name__ for one, _ in CASES])
def test_likelihood(learner, plain, n_arms, rewards, make_trials, hold_to_plain):
    hold_to_plain(learner, make_trials(n_arms, rewards), plain)


def test_the_rate_of_pearce_hall_is_at_most_1(make_trials):
    """With rewards of -1 and 1 the associability may pass 1 / kappa; values then jump no further
    than to the reward.
    """
    learner = learners.PearceHall(kappa=0.99, eta=0.9)
    state = learner.begin(1)
    fastest = 0.0
    for one in make_trials(rewards=(-1.0, 1.0), length=500).records:
        fastest = max(fastest, 0.99 * state.memory["associability"].real.max())
        learner.learn(state, [one["choice"]], [one["reward"]])
        assert abs(state.memory["value"]).max() <= 1
    assert fastest > 1.5


def test_special_cases_agree(make_trials):
    """Learners that become `QLearning` where the added parameter is nothing."""
    trials = make_trials().records
    plain = learners.QLearning(alpha=0.3)
    same = [
        learners.QForgetting(alpha=0.3, forgetting=0.0),
        learners.QAsymmetric(alpha_positive=0.3, alpha_negative=0.3),
        learners.QChoiceKernel(alpha=0.3, weight_kernel=0.0),
        learners.PearceHall(kappa=0.3, eta=0.0),
    ]
    states = [one.begin(1) for one in (plain, *same)]
    for trial in trials:
        expected = plain.choice_probability(states[0])
        for one, state in zip((plain, *same), states, strict=True):
            np.testing.assert_allclose(one.choice_probability(state), expected, rtol=1e-12)
            one.learn(state, [trial["choice"]], [trial["reward"]])


def test_lapses_of_win_stay_lose_shift():
    """The rule of Wilson & Collins: a choice follows it with 1 - epsilon / 2 of two arms."""
    epsilon = 0.2
    share = 1 - epsilon / 2
    learner = learners.WinStayLoseShift(stay_after_reward=share, shift_after_none=share)
    state = learner.begin(2)
    learner.learn(state, [1, 1], [1.0, 0.0])
    np.testing.assert_allclose(
        learner.choice_probability(state), [[epsilon / 2, share], [share, epsilon / 2]]
    )


def test_win_stay_lose_shift_without_lapses_plays():
    """Probabilities of 0 and 1 are allowed: an arm that always pays is never left."""
    import pfc_analysis as pfc

    learner = learners.WinStayLoseShift(stay_after_reward=1.0, shift_after_none=1.0)
    task = Bandit(arms="fixed", left=1.0, right=0.0, trials=20)
    played = pfc.simulate(learner, task, sessions=10, seed=1, subject="rule")
    assert (played["choice"].values.reshape(10, 20)[:, 1:] == 0).all()
