"""Gittins indices against the published table; optimal play against brute force."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import optimize

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.bandit_solutions import (
    EITHER,
    LEFT,
    RIGHT,
    compute_gittins_index,
    locate_counts,
    solve_two_arms,
)

# Gittins, Glazebrook & Weber (2011), Multi-armed Bandit Allocation Indices, 2nd edition, discount
# 0.9: rows by 1 + rewarded, columns by 1 + unrewarded.
PUBLISHED = [
    [0.7029, 0.5001, 0.3796, 0.3021, 0.2488],
    [0.8001, 0.6346, 0.5163, 0.4342, 0.3720],
    [0.8452, 0.7072, 0.6010, 0.5184, 0.4561],
]


def test_gittins_indices_are_the_published_ones():
    found = compute_gittins_index(6, 0.9)[:3, :5]
    assert found == pytest.approx(np.array(PUBLISHED), abs=1e-4)


def index_by_root(rewarded: int, unrewarded: int, discount: float, horizon: int) -> float:
    """Solve for the sure pay that makes pulling as good as leaving, counts by plain recursion."""

    def excess(pay: float) -> float:
        @cache
        def gain(s: int, f: int) -> float:
            p = (1 + s) / (2 + s + f)
            if s + f == horizon:
                return max(p - pay, 0.0) / (1 - discount)
            return max(pull(s, f), 0.0)

        def pull(s: int, f: int) -> float:
            p = (1 + s) / (2 + s + f)
            return p - pay + discount * (p * gain(s + 1, f) + (1 - p) * gain(s, f + 1))

        return pull(rewarded, unrewarded)

    return optimize.brentq(excess, 1e-6, 1 - 1e-6, xtol=1e-12)


@pytest.mark.parametrize(("rewarded", "unrewarded"), [(0, 0), (1, 0), (0, 3), (2, 2), (5, 1)])
def test_gittins_index_is_the_pay_of_indifference(rewarded, unrewarded):
    found = compute_gittins_index(6, 0.95, 40)[rewarded, unrewarded]
    expected = index_by_root(rewarded, unrewarded, 0.95, 40)
    assert found == pytest.approx(expected, abs=1.2e-4)


def test_gittins_index_exceeds_the_mean_and_falls_to_it_with_evidence():
    index = compute_gittins_index(20, 0.9)
    for s, f in ((0, 0), (3, 1), (10, 10)):
        assert index[s, f] > (1 + s) / (2 + s + f)
    assert index[10, 10] - 0.5 < index[1, 1] - 0.5
    assert np.isnan(index[11, 10])
    assert np.isfinite(index[10, 10])


def test_tables_cannot_be_changed():
    for table in (compute_gittins_index(6, 0.9), solve_two_arms(3)[0]):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


@cache
def action_values(left: int, a: int, b: int, c: int, d: int) -> tuple[float, float]:
    """What choosing either arm earns, with `left` trials to go, by recursion over histories."""
    if left == 0:
        return 0.0, 0.0

    def later(*counts: int) -> float:
        return max(action_values(left - 1, *counts))

    p, q = (1 + a) / (2 + a + b), (1 + c) / (2 + c + d)
    first = p * (1 + later(a + 1, b, c, d)) + (1 - p) * later(a, b + 1, c, d)
    other = q * (1 + later(a, b, c + 1, d)) + (1 - q) * later(a, b, c, d + 1)
    return first, other


@pytest.mark.parametrize("n", [1, 2, 7])
def test_optimal_reward_equals_brute_force(n):
    assert solve_two_arms(n)[1] == pytest.approx(max(action_values(n, 0, 0, 0, 0)), rel=1e-12)


def test_optimal_reward_in_a_hundred_trials():
    assert solve_two_arms(100)[1] == pytest.approx(64.9, abs=0.05)


def counts_up_to(n: int) -> list[tuple[int, ...]]:
    return [c for c in product(range(n), repeat=4) if sum(c) < n]


def test_policy_equals_brute_force_at_all_counts():
    n = 7
    policy, _ = solve_two_arms(n)
    counts = np.array(counts_up_to(n))
    found = policy[locate_counts(counts[:, [0, 2]], counts[:, [1, 3]])]
    for (a, b, c, d), choice in zip(counts.tolist(), found, strict=True):
        left, right = action_values(n - a - b - c - d, a, b, c, d)
        expected = EITHER if abs(left - right) < 1e-9 else LEFT if left > right else RIGHT
        assert choice == expected


def test_every_count_has_a_place_of_its_own_and_none_is_wasted():
    for n in (1, 4, 9):
        counts = np.array(counts_up_to(n))
        places = locate_counts(counts[:, [0, 2]], counts[:, [1, 3]])
        assert sorted(places.tolist()) == list(range(solve_two_arms(n)[0].size))


def test_policy_is_small():
    policy, _ = solve_two_arms(100)
    assert policy.nbytes == 100 * 101 * 102 * 103 // 24  # 4.4 MB


@pytest.mark.parametrize("n", [0, 301])
def test_trials_out_of_range(n):
    with pytest.raises(AnalysisError, match=f"n_trials: found {n}, expected 1 to 300; memory"):
        solve_two_arms(n)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((5, 1.0), "discount: found 1.0, expected a number above 0 and below 1"),
        ((5, 0.9, 5), r"horizon: found 5, expected more than the 5 pull\(s\)"),
    ],
)
def test_wrong_settings_of_the_index(settings, message):
    with pytest.raises(AnalysisError, match=message):
        compute_gittins_index(*settings)
