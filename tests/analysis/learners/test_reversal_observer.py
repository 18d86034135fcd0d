"""The ideal observer, against formulas, enumeration of all histories and realised returns."""

from itertools import pairwise, product

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.reversal_observer import compute_observer_errors
from pfc_analysis.analysis.signals.inferred_rpe import compute_cue_rpe, compute_inferred_ratio


def cue_errors(recording, **settings):
    means = compute_cue_rpe(compute_observer_errors(recording, **settings))
    return means["rpe"].isel(subject=0)


@pytest.mark.parametrize(("hazard", "published"), [(0.05, 0.36), (0.1, 0.32)])
def test_cue_errors_at_the_hazards_computed_elsewhere(play_reversals, hazard, published):
    """Plus or minus gamma^2 (1 - 2 h) / 2 before; gamma^2 / 2 where no reversal can follow yet."""
    recording = play_reversals(400, hazard=hazard)
    error = cue_errors(recording, reversal_probability=hazard)
    before, after = 0.81 * (0.5 - hazard), 0.405
    assert before == pytest.approx(published, abs=0.006)
    expected = [[before, -before], [after, -after], [after, -after]]
    np.testing.assert_allclose(error.sel(arrival="cue"), expected, atol=1e-12)
    np.testing.assert_allclose(error.sel(arrival=["fixation", "on_target"]), 0.0, atol=1e-12)


def test_ratios_exceed_one_where_trial_n_plus_1_is_the_surer(play_reversals):
    observed = compute_observer_errors(play_reversals(400), reversal_probability=0.1)
    found = compute_inferred_ratio(observed, np.random.default_rng(0), n_bootstrap=20)
    np.testing.assert_allclose([found["inferred_ratio"], found["experienced_ratio"]], 1.25)


def test_where_sides_may_change_at_once_all_conditions_are_alike(play_reversals):
    recording = play_reversals(400, shortest=1)
    observed = compute_observer_errors(recording, shortest_block=1)
    found = compute_inferred_ratio(observed, np.random.default_rng(0), n_bootstrap=20)
    np.testing.assert_allclose(found["contrast"], 0.648)
    np.testing.assert_allclose([found["inferred_ratio"], found["experienced_ratio"]], 1.0)


def test_belief_equals_enumeration_of_all_histories(play_reversals):
    """Sum over all 2^9 courses of the paying side, weighted by their prior probability."""
    n, hazard, shortest = 9, 0.3, 3
    recording = play_reversals(60, n, seed=4, hazard=hazard, shortest=shortest, invalid=0.25)
    belief = compute_observer_errors(
        recording, reversal_probability=hazard, shortest_block=shortest
    )["belief"].values.reshape(60, n)

    courses = np.array(list(product((0, 1), repeat=n)))
    prior = np.full(len(courses), 0.5)
    for i, course in enumerate(courses):
        length = 1
        for earlier, later in pairwise(course):
            chance = hazard if length >= shortest else 0.0
            prior[i] *= chance if later != earlier else 1 - chance
            length = 1 if later != earlier else length + 1
    assert prior.sum() == pytest.approx(1.0)

    side, valid = (recording[v].values.reshape(60, n) for v in ("rewarded_side", "choice"))
    assert (valid < 0).sum() > 50
    for s in range(60):
        weight = prior.copy()
        for t in range(n):
            assert belief[s, t] == pytest.approx((weight * courses[:, t]).sum() / weight.sum())
            if valid[s, t] >= 0:  # the outcome of either cue tells the side
                weight *= courses[:, t] == side[s, t]


def test_values_are_the_mean_discounted_reward_that_follows(play_reversals):
    n_sessions, n = 6000, 6
    recording = play_reversals(n_sessions, n, seed=5)
    observed = compute_observer_errors(recording)
    steps = np.zeros((n_sessions, n, 4))
    steps[:, :, 2] = recording["reward"].values.reshape(n_sessions, n)
    rewards = steps.reshape(n_sessions, 4 * n)
    returns = np.zeros((n_sessions, 4 * n + 1))
    for t in reversed(range(4 * n)):
        returns[:, t] = rewards[:, t] + 0.9 * returns[:, t + 1]
    value = observed["value"].values.reshape(n_sessions, 4 * n)
    surprise = returns[:, :-1] - value
    for t in range(4 * n - 1):
        error = surprise[:, t]
        # Unbiased within every level of value: the observer could not do better.
        for level in np.unique(value[:, t].round(9)):
            rows = np.isclose(value[:, t], level)
            reach = 4.5 * error[rows].std() / np.sqrt(rows.sum())
            assert abs(error[rows].mean()) <= reach + 1e-9
    assert np.ptp(value[:, 21]) > 0.5


def test_errors_are_differences_of_values_and_add_up_to_returns(play_reversals):
    recording = play_reversals(30, 8, seed=6)
    observed = compute_observer_errors(recording, discount=0.8)
    value = observed["value"].values.reshape(30, 32)
    rpe = observed["rpe"].values.reshape(30, 32)
    rewards = np.zeros((30, 8, 4))
    rewards[:, :, 2] = recording["reward"].values.reshape(30, 8)
    discounts = 0.8 ** np.arange(32)
    expected = rewards.reshape(30, 32) @ discounts - value[:, 0]
    np.testing.assert_allclose(rpe @ discounts, expected, atol=1e-12)


def test_broken_trials_teach_nothing_and_have_no_value(play_reversals):
    recording = play_reversals(50, seed=7, invalid=0.2)
    observed = compute_observer_errors(recording)
    broken = recording["choice"].values < 0
    assert observed["value"][broken].isnull().all()
    assert observed["value"][~broken].notnull().all()
    assert observed["rpe"][~broken].notnull().all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reversal_probability": 1.5}, "reversal_probability: found 1.5, expected a number from"),
        ({"discount": -0.1}, "discount: found -0.1, expected a number from 0 to 1"),
        ({"shortest_block": 0}, "shortest_block: found 0, expected at least 1"),
        ({"reversal_probability": 0.0}, r"found a reversal at trial \d+ of session .* impossible"),
        ({"shortest_block": 9}, r"impossible with reversal_probability 0.1 and shortest_block 9"),
    ],
)
def test_wrong_settings_are_named(play_reversals, settings, message):
    with pytest.raises(AnalysisError, match=message):
        compute_observer_errors(play_reversals(20), **settings)


def test_lacking_trials_are_named(play_reversals):
    recording = play_reversals(20).isel(trial=slice(2, None))
    with pytest.raises(AnalysisError, match=r"trial_in_session: found 2 at trial 0, expected 0"):
        compute_observer_errors(recording)
