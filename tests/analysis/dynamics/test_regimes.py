"""Time constants, responses and flow of linear systems, in which they are formulas."""

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as an
from pfc_analysis.analysis.dynamics.trial_maps import TrialEvents

FAST, SLOW = np.diag([0.2, 0.1]), np.array([[0.9, 0.5], [0.0, 0.4]])
PUSH, READ = np.array([1.0, -0.5]), np.array([2.0, 1.0])


def linear(matrix, offset):
    return an.FunctionMap(lambda x: x @ matrix.T + offset, 2)


def make_maps(n_sessions=2, n_trials=40):
    """A subject whose trials are slow in regime 0 and fast in regime 1; reward pushes the state."""
    n = n_sessions * n_trials
    rng = np.random.default_rng(1)
    regime = (np.arange(n) // 20) % 2
    trials = xr.Dataset(
        {
            "state": (("trial", "state_number"), rng.normal(size=(n, 2))),
            "kind": ("trial", regime),
            "sequence": ("trial", regime),
            "regime": ("trial", regime),
            "choice": ("trial", rng.integers(0, 2, n)),
        },
        {
            "subject": ("trial", np.full(n, "one")),
            "session": ("trial", np.repeat(np.arange(n_sessions), n_trials)),
        },
    )
    maps = {"slow": linear(SLOW, PUSH), "fast": linear(FAST, PUSH)}
    events = [
        TrialEvents(one, None, (linear(matrix, 0 * PUSH), one))
        for one, matrix in zip(maps.values(), (SLOW, FAST), strict=True)
    ]
    return an.StateMaps({"one": maps}, trials, {"one": events}, 2, {"one": READ})


def test_rates_are_minus_the_logarithms_of_eigenvalues():
    found = an.compute_time_constants(make_maps(), "regime", n_modes=2, n_states=10)
    assert found["group"].values.tolist() == ["regime 0", "regime 1"]
    expected = -np.log([[0.9, 0.4], [0.2, 0.1]])
    assert found["decay_rate"].values[0] == pytest.approx(expected, rel=1e-6)
    assert found["time_constant"].values[0] == pytest.approx(1 / expected, rel=1e-6)
    assert found["not_decaying"].values.tolist() == [[[0.0, 0.0], [0.0, 0.0]]]
    assert found["n_trials"].values.tolist() == [[10, 10]]


def test_a_mode_that_grows_has_no_time_constant():
    growing = an.FunctionMap(lambda x: 1.1 * x, 2)
    maps = an.StateMaps.of({"step": growing}, np.ones((5, 2)))
    maps.trials["kind"][:] = 0
    found = an.compute_time_constants(maps, n_modes=1)
    assert found["decay_rate"].item() == pytest.approx(-np.log(1.1))
    assert np.isinf(found["time_constant"].item())
    assert found["not_decaying"].item() == 1.0


def test_responses_are_carried_on_by_the_trials_that_follow():
    maps = make_maps()
    found = an.compute_outcome_response(maps, "regime", n_lags=4)
    sign = np.where(maps.trials["choice"].values == 1, 1.0, -1.0)
    matrix = np.array([SLOW, FAST])[maps.trials["regime"].values]
    total, count = np.zeros((2, 4)), np.zeros(2)
    for t in range(80):
        if t % 40 >= 36:
            continue
        carried, regime = PUSH, int(maps.trials["regime"][t])
        for lag in range(1, 5):
            total[regime, lag - 1] += sign[t] * READ @ carried
            carried = matrix[t + lag] @ carried
        count[regime] += 1
    assert found["response"].values[0] == pytest.approx(total / count[:, None], rel=1e-6)
    assert found["n_trials"].values[0].tolist() == count.tolist()


def test_the_share_that_remains_is_that_of_an_exponential():
    decay = 0.6 * np.eye(2)
    maps = make_maps(n_trials=80)
    maps.trials["choice"][:] = 1
    same = linear(decay, PUSH)
    events = [TrialEvents(same, None, (linear(decay, 0 * PUSH), same))] * 2
    maps = an.StateMaps(maps.maps, maps.trials, {"one": events}, 2, maps.readout)
    found = an.compute_outcome_response(maps, "regime", n_lags=30)
    assert found["response"].values[0, 0] == pytest.approx(1.5 * 0.6 ** np.arange(30), rel=1e-6)
    assert found["remaining"].values == pytest.approx(0.6, abs=1e-5)
    assert found["time_constant"].values == pytest.approx(-1 / np.log(0.6), abs=1e-4)


def test_the_choice_is_read_after_the_steps_that_lead_to_it():
    plain, maps = an.compute_outcome_response(make_maps(), n_lags=2), make_maps()
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    events = [TrialEvents(e.trial, linear(turn, PUSH), e.outcomes) for e in maps.events["one"]]
    turned = {"one": READ @ turn.T}  # READ' turn = READ, so that both read the same
    maps = an.StateMaps(maps.maps, maps.trials, {"one": events}, 2, turned)
    found = an.compute_outcome_response(maps, n_lags=2)
    assert found["response"].values == pytest.approx(plain["response"].values, rel=1e-6)


def test_flow_is_the_mean_displacement_in_the_plane():
    maps = make_maps(20)
    flow = an.compute_state_flow(maps, "one", n_cells=4, least=5)
    states = maps.trials["state"].values
    moved = (states @ FAST.T + PUSH - states) @ flow["loadings"].values.T
    score = flow["score"].values
    edges = [np.linspace(score[:, k].min(), score[:, k].max(), 5) for k in range(2)]
    inside = (score[:, 0] >= edges[0][1]) & (score[:, 0] < edges[0][2])
    inside &= (score[:, 1] >= edges[1][2]) & (score[:, 1] < edges[1][3])
    assert flow["n_states"].values[2, 1] == inside.sum() > 5
    arrow = flow["displacement"].sel(trial_kind="fast").values[2, 1]
    assert arrow == pytest.approx(moved[inside].mean(axis=0))
    empty = flow["n_states"].values < 5
    assert np.isnan(flow["displacement"].values[:, empty]).all()


def test_wrong_calls_are_named():
    maps = make_maps()
    with pytest.raises(an.AnalysisError, match=r"by: found 'regim' \(did you mean 'regime'\?\)"):
        an.compute_time_constants(maps, "regim", n_modes=2)
    with pytest.raises(an.AnalysisError, match="n_modes, n_states: found 3 and 100"):
        an.compute_time_constants(maps, n_modes=3)
    with pytest.raises(an.EmptySelectionError, match="has an outcome and 50 trials after it"):
        an.compute_outcome_response(maps, n_lags=50)
    silent = an.StateMaps(maps.maps, maps.trials, maps.events, 2)
    with pytest.raises(an.AnalysisError, match="maps: found no readout of a choice"):
        an.compute_outcome_response(silent)
    with pytest.raises(an.AnalysisError, match="subject: found 'on'"):
        an.compute_state_flow(maps, "on")
