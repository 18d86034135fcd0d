"""States that a kind of trial leaves where they are, and whether they attract."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.dynamics.fixed_point_search import (
    AT_REST,
    Newton,
    find_resting,
    merge_points,
    name_stability,
    repeat_map,
    solve_newton,
    sort_eigenvalues,
)
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.portraits.dynamics import (
    Dynamics,
    NetworkDynamics,
    RepeatedTrial,
    dynamics_of,
)
from pfc_analysis.fitting.portraits.trial_kinds import (
    describe,
    list_trial_kinds,
    log_odds_of,
)
from pfc_analysis.learners.definition.learner_class import Learner

REPEATS = 2_000
"""Repeated trials, after which a state has come to rest or never will."""

N_STARTS, SEED = 400, 0
"""Starts of the search in networks, and the seed that they are drawn with."""


def find_fixed_points(
    model: FittedNetwork | Learner,
    *,
    questions: str | None = None,
    rewards: Sequence[float] = (0.0, 1.0),
    n_arms: int | None = None,
    arm: int = 1,
) -> xr.Dataset:
    """Find the states that stay as they are when one kind of trial is repeated.

    In a network, Newton's method starts from 400 states in and around the unit cube, and from those
    that repeated trials lead to; unstable points are found, too. Points outside the cube, which no
    trial leads to, are left out (not of an LSTM, whose cells have no such limit). In a learner,
    whose memory often keeps what a trial does not touch, only states are found that repeated trials
    lead to, from the start of a session and from where the other kinds of trials lead.

    Parameters
    ----------
    model : FittedNetwork or Learner
        One network (`FittedNetwork.single`), or a learner with its parameters.
    questions : str, optional
        Set of questions of the task, which a learner needs; a network knows it.
    rewards : sequence of float
        Rewards to tell apart, as shares of the largest in size.
    n_arms : int, optional
        Number of arms of a learner, 2 if not given; a network knows it.
    arm : int
        The log-odds are those of this arm against arm 0.

    Returns
    -------
    xarray.Dataset
        For each fixed point, in order of the kind of trial and of the log-odds: ``kind`` (an index
        into ``trial_kind``), ``log_odds``, ``state`` (fixed_point, state_number),
        ``eigenvalue_real`` and ``eigenvalue_imaginary`` of the Jacobian, from the largest in size
        (fixed_point, state_number), ``modulus`` of the largest, and ``stability``: "stable",
        "unstable", or "neutral" if the largest is of size 1.

    Raises
    ------
    AnalysisError
        If a learner is given without `questions`, a network is an average of several, or there is
        no such arm.

    Examples
    --------
    A learner of values with one unrewarded choice repeated: the value goes to 0.

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.portraits.fixed_points import find_fixed_points
    >>> learner = pfc.learners.QLearning(alpha=0.5, inverse_temperature=3.0)
    >>> found = find_fixed_points(learner, questions="bandit")
    >>> first = found.isel(fixed_point=found["kind"].values == 0)
    >>> [round(float(x), 3) for x in sorted(first["log_odds"].values)]
    [0.0, 3.0]
    """
    if isinstance(model, FittedNetwork):
        questions, n_arms = model.questions, model.n_arms
    elif questions is None:
        raise AnalysisError(
            "questions: found None, expected the set of questions of the learner's task, such as "
            '"bandit"'
        )
    n_arms = n_arms or 2
    dynamics = dynamics_of(model, n_arms)
    kinds = list_trial_kinds(questions, n_arms, rewards)
    every = list(zip(kinds.choice.tolist(), kinds.second_state.tolist(), kinds.reward, strict=True))
    starts = _list_starts(dynamics, every)
    found = [_find(dynamics, one, starts) for one in every]
    slopes = [dynamics.jacobian(points, *one) for points, one in zip(found, every, strict=True)]
    number = np.repeat(np.arange(len(every)), [len(points) for points in found])
    table = _describe(dynamics, np.concatenate(found), np.concatenate(slopes), number, arm)
    return describe(table.assign_coords(kinds.coordinates()))


def _list_starts(dynamics: Dynamics, every: list[tuple[int, int, float]]) -> FloatArray:
    """States to start a search from: the session's start, where trials lead, and drawn ones."""
    starts = [dynamics.start()[None]]
    starts += [repeat_map(RepeatedTrial(dynamics, *one), starts[0], REPEATS) for one in every]
    if isinstance(dynamics, NetworkDynamics):
        rng = np.random.default_rng(SEED)
        starts.append(rng.uniform(-1.2, 1.2, (N_STARTS, dynamics.size)))
    return np.concatenate(starts)


def _find(dynamics: Dynamics, one: tuple[int, int, float], starts: FloatArray) -> FloatArray:
    """Find the fixed points of one kind of trial; float array (fixed point, state)."""
    trial = RepeatedTrial(dynamics, *one)
    points = repeat_map(trial, starts, REPEATS)
    if isinstance(dynamics, NetworkDynamics):
        points = np.concatenate([points, solve_newton(trial, starts, Newton())])
    found = find_resting(trial, points)
    if isinstance(dynamics, NetworkDynamics) and dynamics.bounded:
        # Outputs of these units are weighted means of hyperbolic tangents: no trial leads beyond.
        found &= np.abs(points).max(axis=1) <= 1.0 + AT_REST
    return merge_points(points[found])


def _describe(
    dynamics: Dynamics, points: FloatArray, slopes: FloatArray, number: IntArray, arm: int
) -> xr.Dataset:
    log_odds = log_odds_of(dynamics.preferences(points), arm)
    values = sort_eigenvalues(slopes)
    modulus = np.abs(values).max(axis=1)
    order = np.lexsort((log_odds, number))
    table = xr.Dataset(
        {
            "kind": ("fixed_point", number),
            "log_odds": ("fixed_point", log_odds),
            "state": (("fixed_point", "state_number"), points),
            "eigenvalue_real": (("fixed_point", "state_number"), values.real),
            "eigenvalue_imaginary": (("fixed_point", "state_number"), values.imag),
            "modulus": ("fixed_point", modulus),
            "stability": ("fixed_point", name_stability(modulus)),
        }
    )
    return table.isel(fixed_point=order)
