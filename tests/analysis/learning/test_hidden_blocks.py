"""Two reward probabilities that exchange roles, estimated from outcomes alone."""

import numpy as np
import pytest

from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.learning.hidden_blocks import fit_hidden_blocks


def play(better, worse, exchange, n_sessions=60, n_trials=200, seed=0):
    """Choose at random between two options; the better one is redrawn by a hazard."""
    rng = np.random.default_rng(seed)
    shape = n_sessions, n_trials
    flips = rng.random(shape) < exchange
    flips[:, 0] = rng.random(n_sessions) < 0.5
    state = np.cumsum(flips, axis=1) % 2
    option = rng.integers(0, 2, shape)
    paid = rng.random(shape) < np.where(option == state, better, worse)
    session = np.repeat(np.arange(n_sessions), n_trials)
    return option.ravel(), paid.ravel().astype(np.int64), session


@pytest.mark.parametrize("truth", [(0.8, 0.2, 0.02), (0.9, 0.4, 0.05)])
def test_intervals_cover_the_probabilities_that_were_played(truth):
    """In 95 % of simulations; 40 of them hold fewer than 34 with a probability of .02."""
    found = [fit_hidden_blocks(*play(*truth, n_sessions=30, seed=seed)) for seed in range(40)]
    held = np.mean([(one.lower < truth) & (truth < one.upper) for one in found], axis=0)
    assert (held >= 34 / 40).all()
    np.testing.assert_allclose(np.mean([one.value for one in found], axis=0), truth, atol=0.01)
    assert (found[0].n_trials, found[0].n_sessions) == (6_000, 30)


def test_the_likelihood_is_that_of_a_sum_over_all_paths():
    """Two trials by hand: a, then stay with 1 - h or exchange with h."""
    from pfc_analysis.analysis.learning.hidden_blocks import _log_likelihood

    better, worse, exchange = 0.7, 0.3, 0.1
    option, paid, session = np.array([1, 0]), np.array([1, 1]), np.zeros(2, np.int64)
    one_one = 0.5 * better * (1 - exchange) * worse  # option 1 is the better one in both trials
    one_zero = 0.5 * better * exchange * better
    zero_zero = 0.5 * worse * (1 - exchange) * better
    zero_one = 0.5 * worse * exchange * worse
    found = _log_likelihood(np.array([better, worse, exchange]), option, paid, session, 1)
    assert found[0] == pytest.approx(np.log(one_one + one_zero + zero_zero + zero_one))


def test_trials_without_an_outcome_pass_time_only():
    option, paid, session = play(0.8, 0.2, 0.02)
    hidden = np.where(np.random.default_rng(1).random(option.size) < 0.3, -1, option)
    found = fit_hidden_blocks(hidden, paid, session)
    np.testing.assert_allclose(found.value, (0.8, 0.2, 0.02), atol=0.04)
    assert found.n_trials == int((hidden >= 0).sum())


def test_no_outcome_is_an_error():
    with pytest.raises(EmptySelectionError, match="found no valid trial"):
        fit_hidden_blocks(np.array([-1]), np.array([0]), np.array([0]))
