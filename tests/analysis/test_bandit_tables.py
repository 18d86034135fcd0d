"""Gittins indices against the published table; optimal play against brute force."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pfc_analysis.analysis.bandit_tables import compute_gittins_index, solve_two_arms

# Gittins, Glazebrook & Weber (2011), Multi-armed Bandit Allocation Indices, 2nd edition, discount
# 0.9: rows by 1 + rewarded, columns by 1 + unrewarded.
PUBLISHED = [
    [0.7029, 0.5001, 0.3796, 0.3021, 0.2488],
    [0.8001, 0.6346, 0.5163, 0.4342, 0.3720],
    [0.8452, 0.7072, 0.6010, 0.5184, 0.4561],
]


def test_gittins_indices_are_the_published_ones():
    found = compute_gittins_index(6, 0.9)[:3, :5]
    assert found == pytest.approx(np.array(PUBLISHED), abs=1.5e-4)


def test_gittins_index_exceeds_the_mean_and_falls_to_it_with_evidence():
    index = compute_gittins_index(20, 0.9)
    for s, f in ((0, 0), (3, 1), (10, 10)):
        assert index[s, f] > (1 + s) / (2 + s + f)
    assert index[10, 10] - 0.5 < index[1, 1] - 0.5
    assert np.isnan(index[11, 10])


def optimal_value(n: int) -> float:
    """What the best policy earns in n trials, by recursion over histories."""

    @cache
    def value(left: int, a: int, b: int, c: int, d: int) -> float:
        if left == 0:
            return 0.0
        p, q = (1 + a) / (2 + a + b), (1 + c) / (2 + c + d)
        first = p * (1 + value(left - 1, a + 1, b, c, d)) + (1 - p) * value(
            left - 1, a, b + 1, c, d
        )
        other = q * (1 + value(left - 1, a, b, c + 1, d)) + (1 - q) * value(
            left - 1, a, b, c, d + 1
        )
        return max(first, other)

    return value(n, 0, 0, 0, 0)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_optimal_reward_equals_brute_force(n):
    assert solve_two_arms(n)[1] == pytest.approx(optimal_value(n), rel=1e-12)


def test_optimal_reward_in_a_hundred_trials():
    """64.9 in 100 trials (methods of this toolkit's sources)."""
    assert solve_two_arms(100)[1] == pytest.approx(64.9, abs=0.05)


def test_optimal_policy_explores_what_it_knows_less():
    policy, _ = solve_two_arms(10)
    assert policy[0, 0, 0, 0] == 2  # nothing is known yet
    assert policy[2, 1, 1, 0] == 1  # equal means, the right arm never tried
    assert policy[9, 5, 1, 1] == 0  # the last trial: the better mean
