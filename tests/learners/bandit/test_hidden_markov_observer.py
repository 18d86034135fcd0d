"""The observer's belief against sums over all histories of the better arm."""

from itertools import pairwise, product

import numpy as np
import pytest

from pfc_analysis.learners import HiddenMarkovObserver

OBSERVER = HiddenMarkovObserver(
    hazard=0.15, reward_better=0.75, reward_worse=0.3, inverse_temperature=4.0, stickiness=0.6
)


def belief_by_enumeration(p, n_arms, choices, rewarded):
    """P(arm is the better one in the next trial | outcomes), over all n_arms ** (T + 1) paths."""
    weight = np.zeros(n_arms)
    for path in product(range(n_arms), repeat=len(choices) + 1):
        probability = 1 / n_arms
        for now, after in pairwise(path):
            probability *= 1 - p.hazard if now == after else p.hazard / (n_arms - 1)
        for better, choice, paid in zip(path[:-1], choices, rewarded, strict=True):
            pays = p.reward_better if choice == better else p.reward_worse
            probability *= pays if paid else 1 - pays
        weight[path[-1]] += probability
    return weight / weight.sum()


@pytest.mark.parametrize(("n_arms", "length"), [(2, 9), (3, 5), (4, 4)])
def test_belief_is_the_sum_over_paths(n_arms, length, make_trials):
    from pfc_analysis.learners.definition.play_state import PlayState

    records = make_trials(n_arms, length=length).records[:length]
    choices, rewarded = records["choice"].tolist(), records["rewarded"].tolist()
    state = PlayState(OBSERVER, 1, n_arms)
    for choice, paid in zip(choices, rewarded, strict=True):
        OBSERVER.learn(state, [choice], [float(paid)])
    expected = belief_by_enumeration(OBSERVER, n_arms, choices, rewarded)
    np.testing.assert_allclose(state.memory["belief"][0].real, expected, rtol=1e-12)


def plain_observer(p, n_arms):
    """Forward algorithm with a matrix of transitions."""
    belief, last = np.full(n_arms, 1 / n_arms), np.zeros(n_arms)
    move = np.full((n_arms, n_arms), p.hazard / (n_arms - 1))
    np.fill_diagonal(move, 1 - p.hazard)

    def update(choice, _, rewarded):
        nonlocal belief
        pays = np.where(np.arange(n_arms) == choice, p.reward_better, p.reward_worse)
        belief = belief * (pays if rewarded else 1 - pays)
        belief = move @ (belief / belief.sum())
        last[:] = np.eye(n_arms)[choice]

    return lambda: p.inverse_temperature * belief + p.stickiness * last, update


@pytest.mark.parametrize("n_arms", [2, 3])
def test_likelihood(n_arms, make_trials, hold_to_plain):
    hold_to_plain(OBSERVER, make_trials(n_arms, (-1.0, 0.0, 0.5)), plain_observer)


def test_an_impossible_outcome_teaches_nothing():
    sure = HiddenMarkovObserver(hazard=0.0, reward_better=1.0, reward_worse=0.0)
    state = sure.begin(1)
    sure.learn(state, [0], [1.0])
    sure.learn(state, [0], [0.0])
    assert state.memory["belief"][0].real.tolist() == [1.0, 0.0]
