"""Log-odds before a trial against their change, for each kind of trial.

The same picture can be drawn of networks, learners and agents: a curve for a network of one unit,
whose log-odds are its state; a field of arrows for two units; and for any model the points that it
went through on the trials of a subject (Ji-An, Benna & Mattar 2025, Nature 644:993, Fig. 3).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.portraits.dynamics import NetworkDynamics
from pfc_analysis.fitting.portraits.trial_kinds import (
    DIMENSION,
    TrialKinds,
    describe,
    list_trial_kinds,
    log_odds_of,
)
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

LIMIT = 0.999
"""Portraits show units from -LIMIT to LIMIT; their outputs lie between -1 and 1."""


def trace_curves(
    network: FittedNetwork,
    *,
    rewards: Sequence[float] = (0.0, 1.0),
    n_points: int = 101,
    arm: int = 1,
) -> xr.Dataset:
    """Trace the change of the log-odds by the log-odds, of a network of one unit.

    Parameters
    ----------
    network : FittedNetwork
        One network of one unit, a GRU or vanilla; see `FittedNetwork.single`.
    rewards : sequence of float
        Rewards to tell apart, as shares of the largest in size.
    n_points : int
        Number of states on each curve.
    arm : int
        The log-odds are those of this arm against arm 0.

    Returns
    -------
    xarray.Dataset
        ``log_odds`` (point), ``state`` (point) and ``change`` (trial_kind, point); coordinates
        ``choice``, ``second_state`` and ``reward`` (trial_kind). Points are in order of the state.

    Raises
    ------
    AnalysisError
        If the network has another number of units, or is an average, or there is no such arm.

    Examples
    --------
    >>> import numpy as np
    >>> from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.portraits.phase_portraits import trace_curves
    >>> settings, rng = NetworkSettings(units=1), np.random.default_rng(1)
    >>> network = FittedNetwork.untrained(settings, "bandit", 2, rng)
    >>> dict(trace_curves(network).sizes)
    {'trial_kind': 4, 'point': 101}
    """
    dynamics = _check_size(network, 1)
    kinds = list_trial_kinds(network.questions, network.n_arms, rewards)
    points = np.linspace(-LIMIT, LIMIT, n_points)[:, None]
    before = log_odds_of(dynamics.preferences(points), arm)
    after = [
        log_odds_of(dynamics.preferences(one), arm) for one in _move_all(dynamics, points, kinds)
    ]
    return describe(
        xr.Dataset(
            {"change": ((DIMENSION, "point"), np.array(after) - before)},
            coords={
                **kinds.coordinates(),
                "log_odds": ("point", before),
                "state": ("point", points[:, 0]),
            },
        )
    )


def trace_field(
    network: FittedNetwork,
    *,
    rewards: Sequence[float] = (0.0, 1.0),
    n_points: int = 21,
    arm: int = 1,
) -> xr.Dataset:
    """Trace the change of the state by the state, of a network of two units.

    Parameters
    ----------
    network, rewards, arm
        As for `trace_curves`, but a network of two units.
    n_points : int
        Number of states along each axis.

    Returns
    -------
    xarray.Dataset
        ``state_change`` (trial_kind, second_unit, first_unit, unit), ``change`` of the log-odds
        (trial_kind, second_unit, first_unit) and ``log_odds`` (second_unit, first_unit);
        coordinates ``first_unit`` and ``second_unit`` are states, the others as of `trace_curves`.

    Raises
    ------
    AnalysisError
        As for `trace_curves`.

    Examples
    --------
    >>> import numpy as np
    >>> from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.portraits.phase_portraits import trace_field
    >>> settings, rng = NetworkSettings(units=2), np.random.default_rng(1)
    >>> network = FittedNetwork.untrained(settings, "bandit", 2, rng)
    >>> trace_field(network)["state_change"].shape
    (4, 21, 21, 2)
    """
    dynamics = _check_size(network, 2)
    kinds = list_trial_kinds(network.questions, network.n_arms, rewards)
    axis = np.linspace(-LIMIT, LIMIT, n_points)
    second, first = np.meshgrid(axis, axis, indexing="ij")
    points = np.stack([first.ravel(), second.ravel()], axis=1)
    before = log_odds_of(dynamics.preferences(points), arm)
    moved = _move_all(dynamics, points, kinds)
    after = np.array([log_odds_of(dynamics.preferences(one), arm) for one in moved])
    plane = (n_points, n_points)
    dims = ("second_unit", "first_unit")
    arrows = np.array([one - points for one in moved])
    return describe(
        xr.Dataset(
            {
                "state_change": ((DIMENSION, *dims, "unit"), arrows.reshape(-1, *plane, 2)),
                "change": ((DIMENSION, *dims), (after - before).reshape(-1, *plane)),
                "log_odds": (dims, before.reshape(plane)),
            },
            coords={**kinds.coordinates(), "first_unit": axis, "second_unit": axis},
        )
    )


def collect_points(
    preferences: FloatArray,
    trials: FitTrials,
    *,
    rewards: Sequence[float] = (0.0, 1.0),
    arm: int = 1,
) -> xr.Dataset:
    """Collect log-odds and their change along the trials of subjects, of any model.

    Parameters
    ----------
    preferences : float array (trial, arm)
        Preferences before every trial, as `FittedNetwork.preferences` and
        `LearnerLikelihood.preferences` give them, or logarithms of an agent's policy.
    trials : FitTrials
        The trials.
    rewards, arm
        As for `trace_curves`. Trials with other rewards are left out.

    Returns
    -------
    xarray.Dataset
        ``log_odds`` and ``change`` (point), with the coordinates ``kind`` (an index into
        ``trial_kind``) and ``trial`` (an index into the recording). The last trial of a session has
        no change and is left out, as are trials that nothing is learned from.

    Raises
    ------
    AnalysisError
        If preferences and trials do not have equally many rows, or there is no such arm.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
    >>> from pfc_analysis.fitting.portraits.phase_portraits import collect_points
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning()
    >>> played = pfc.simulate(learner, Bandit(), sessions=2, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> likelihood = LearnerLikelihood(type(learner), trials)
    >>> points = collect_points(likelihood.preferences(np.array([0.0, 1.0])), trials)
    >>> points.sizes["point"] == trials.records.size - 2  # the last of each session has no change
    True
    """
    if preferences.ndim != 2 or len(preferences) != trials.records.size:
        raise AnalysisError(
            f"preferences: found {preferences.shape}, expected ({trials.records.size}, arm), one "
            "row a trial"
        )
    kinds = list_trial_kinds(trials.questions, trials.n_arms, rewards)
    log_odds = log_odds_of(preferences, arm)
    number = kinds.number(trials)
    followed = np.append(np.diff(trials.session_of_trial) == 0, False)
    used = np.flatnonzero((number >= 0) & followed)
    return describe(
        xr.Dataset(
            {
                "log_odds": ("point", log_odds[used]),
                "change": ("point", log_odds[used + 1] - log_odds[used]),
            },
            coords={
                **kinds.coordinates(),
                "kind": ("point", number[used]),
                "trial": ("point", trials.rows[used]),
            },
        )
    )


def _move_all(dynamics: NetworkDynamics, points: FloatArray, kinds: TrialKinds) -> list[FloatArray]:
    """States after a trial of each kind."""
    every = zip(kinds.choice, kinds.second_state, kinds.reward, strict=True)
    return [dynamics.move(points, int(c), int(s), float(r)) for c, s, r in every]


def _check_size(network: FittedNetwork, size: int) -> NetworkDynamics:
    dynamics = NetworkDynamics(network)
    if dynamics.size != size:
        cells = ", whose cells are states of their own" if network.settings.cell == "lstm" else ""
        raise AnalysisError(
            f"network: found {network.settings.name}{cells}, with a state of {dynamics.size} "
            f"numbers, expected {size}. collect_points serves networks of any size"
        )
    return dynamics
