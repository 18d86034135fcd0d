import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.portraits.phase_portraits import (
    collect_points,
    trace_curves,
    trace_field,
)
from pfc_analysis.fitting.portraits.trial_kinds import list_trial_kinds

from ..networks.simulated_trials import draw_network, draw_trials


def test_curves_of_one_unit_pass_through_the_points_of_its_trials():
    trials = draw_trials([60, 40])
    network = draw_network(units=1)
    curves = trace_curves(network, n_points=2001)
    points = collect_points(network.preferences(trials), trials)
    for kind in range(curves.sizes["trial_kind"]):
        here = points["kind"].values == kind
        log_odds, change = (points[name].values[here] for name in ("log_odds", "change"))
        order = np.argsort(curves["log_odds"].values)
        line = np.interp(
            log_odds, curves["log_odds"].values[order], curves["change"].values[kind][order]
        )
        np.testing.assert_allclose(change, line, atol=1e-5)


def test_kinds_of_the_two_step_task():
    curves = trace_curves(draw_network(units=1))
    assert curves.sizes["trial_kind"] == 8
    assert curves["trial_kind"].values[3] == "choice 0, state 1, reward 1"
    assert curves["choice"].values.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert curves["log_odds"].attrs["units"] == "nats"


def test_field_of_two_units_is_the_change_by_one_trial():
    network = draw_network(units=2, questions="bandit")
    field = trace_field(network, n_points=5)
    assert field["state_change"].dims == ("trial_kind", "second_unit", "first_unit", "unit")
    state = np.array([[[field["first_unit"].values[1], field["second_unit"].values[3]]]])
    before = state.copy()
    odds = network._prefer(before)
    network.learn(state, np.array([1]), np.array([1.0]))
    at = {"trial_kind": 3, "first_unit": 1, "second_unit": 3}
    np.testing.assert_allclose(field["state_change"].isel(at).values, (state - before)[0, 0])
    assert float(field["log_odds"].isel(first_unit=1, second_unit=3)) == pytest.approx(odds[0, 1])
    assert float(field["change"].isel(at)) == pytest.approx((network._prefer(state) - odds)[0, 1])


def test_points_of_a_learner_lie_on_its_equation():
    """A learner of values moves log-odds by its error times learning rate and temperature."""
    trials = draw_trials([50, 30], questions="bandit")
    likelihood = LearnerLikelihood(pfc.learners.QLearning, trials)
    alpha, beta = likelihood.constrain(np.array([0.3, 1.0]))
    preferences = likelihood.preferences(np.array([0.3, 1.0]))
    points = collect_points(preferences, trials)
    arm, reward = (points[n].values[points["kind"].values] for n in ("choice", "reward"))
    trial = points["trial"].values
    error = reward - preferences[trial, arm] / beta
    expected = np.where(arm == 1, 1, -1) * alpha * beta * error
    np.testing.assert_allclose(points["change"].values, expected, atol=1e-12)


def test_points_leave_out_the_last_trial_and_invalid_ones():
    trials = draw_trials([5, 4])
    points = collect_points(np.zeros((9, 2)), trials)
    used = (trials.records["learned"] == 1) & ~np.isin(np.arange(9), [4, 8])
    assert points["trial"].values.tolist() == np.flatnonzero(used).tolist()


def test_rewards_can_be_named():
    kinds = list_trial_kinds("bandit", 2, rewards=(0.0, 0.25, 1.0))
    assert kinds.names[1] == "choice 0, reward 0.25"
    trials = draw_trials([30], questions="bandit")
    only = list_trial_kinds("bandit", 2, rewards=(1.0,)).number(trials)
    assert np.array_equal(
        only >= 0, (trials.records["reward"] == 1) & (trials.records["learned"] == 1)
    )


def test_wrong_calls_are_refused():
    with pytest.raises(AnalysisError, match=r"found gru_2, with a state of 2 numbers, expected 1"):
        trace_curves(draw_network(units=2))
    with pytest.raises(AnalysisError, match="lstm_1, whose cells are states of their own"):
        trace_curves(draw_network("lstm", units=1))
    with pytest.raises(AnalysisError, match="found 2 networks whose preferences are averaged"):
        trace_curves(draw_network(units=1, networks=2))
    with pytest.raises(AnalysisError, match=r"preferences: found \(3, 2\), expected \(9, arm\)"):
        collect_points(np.zeros((3, 2)), draw_trials([9]))
    with pytest.raises(AnalysisError, match=r"rewards: found \(\), expected one or more"):
        trace_curves(draw_network(units=1), rewards=())
