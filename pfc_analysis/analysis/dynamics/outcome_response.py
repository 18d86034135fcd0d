r"""How much does an outcome change later choices, and how long? By the network's own equations.

The state after trial t differs between the largest and the smallest reward by
:math:`\Delta_t = F_r(x_t) - F_0(x_t)`, all else being the same. Along the trials that follow, the
difference is carried on by their Jacobians, and the choice of trial t + k reads it through the
gradient g of its log-odds:

.. math:: K_t(k) = \pm\, g_{t+k}^T J_{t+k-1} \cdots J_{t+1} \Delta_t, \quad k = 1, 2, \ldots

The sign is that of the choice in trial t, so that K > 0 means: reward makes the same choice more
likely. This is the weight of a past reward as a regression finds it from choices, but computed in
the network, trial by trial. Its size at lag 1 is how much is learned from one outcome, its decay
how long it is kept:

.. math:: s = 1 - K(1) / \sum_k K(k), \qquad \tau = -1 / \log s

is the share that is left after each further trial, if it were the same for all lags.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.dynamics.trial_maps import StateMaps, iterate_groups
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled


@labelled
def compute_outcome_response(
    maps: StateMaps, by: str = "kind", *, n_lags: int = 12, n_sessions: int = 5
) -> xr.Dataset:
    """Compute how a reward changes the log-odds of later choices, by kind of trial or by regime.

    Parameters
    ----------
    maps : StateMaps
        Of agents with two choices (`pfc_analysis.state_maps`).
    by : str
        Groups of trials: "kind", or a variable on trial such as "regime".
    n_lags : int
        Trials after the outcome, at least 2.
    n_sessions : int
        Sessions of each subject, the first ones.

    Returns
    -------
    xarray.Dataset
        On (subject, group): ``response`` (also on lag, 1 to `n_lags`), mean change of the log-odds
        of the same choice, in nats, by the largest reward instead of the smallest;
        ``remaining``, the share of it that is left with each further trial;
        ``time_constant``, in trials, infinite or NaN where the share is not between 0 and 1;
        ``n_trials``. Trials that are followed by fewer than `n_lags` in their session are left out.

    Raises
    ------
    AnalysisError
        If the maps have no readout of a choice, there is no such variable, or a setting is out of
        range.
    EmptySelectionError
        If no trial has enough trials after it.

    Notes
    -----
    The answer is to first order in the difference after trial t. The events of later trials stay as
    they were, so it leaves out that another choice would have led to other outcomes.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("volatility", sessions=1, units=False)
    >>> maps = pfc.state_maps("volatility", recording)
    >>> found = pfc.analysis.compute_outcome_response(maps, by="regime", n_lags=8)
    >>> bool((found["response"].isel(lag=0) > found["response"].isel(lag=7)).all())
    True
    """
    if not maps.readout:
        raise AnalysisError(
            "maps: found no readout of a choice, expected maps of agents (pfc_analysis.state_maps)"
        )
    if n_lags < 2 or n_sessions < 1:
        raise AnalysisError(
            f"n_lags, n_sessions: found {n_lags} and {n_sessions}, expected at least 2 and 1"
        )
    names, group = maps.group_trials(by)
    shape = (len(maps.subjects), len(names))
    total, count = np.zeros((*shape, n_lags)), np.zeros(shape, np.int64)
    for i, subject in enumerate(maps.subjects):
        for rows in _first_sessions(maps, subject, n_sessions):
            response, known = _measure_session(maps, subject, rows, n_lags)
            for k in range(len(names)):
                own = known & (group[rows] == k)
                total[i, k] += response[own].sum(axis=0)
                count[i, k] += own.sum()
    if not count.any():
        raise EmptySelectionError(
            f"trial: no trial has an outcome and {n_lags} trials after it in its session; lower "
            "n_lags"
        )
    return _lay_out_response(maps.subjects, names, total, count)


def _first_sessions(maps: StateMaps, subject: str, n_sessions: int) -> list[IntArray]:
    rows = maps.rows_of(subject)
    session = maps.trials["session"].values[rows]
    starts = np.flatnonzero(np.diff(session, prepend=session[0] - 1))
    return np.split(rows, starts[1:])[:n_sessions]


def _measure_session(
    maps: StateMaps, subject: str, rows: IntArray, n_lags: int
) -> tuple[FloatArray, BoolArray]:
    """Responses to each trial of a session, (trial, lag), and which trials have all lags."""
    difference, known = _differ(maps, subject, rows)
    gradient, chosen = _read_choices(maps, subject, rows)
    jacobian = maps.jacobians(subject, rows)
    n = rows.size
    response = np.zeros((n, n_lags))
    carried = difference
    for lag in range(1, min(n_lags, n - 1) + 1):
        after = np.arange(n - lag)
        response[after, lag - 1] = (gradient[after + lag] * carried[after]).sum(axis=1)
        carried = np.matmul(jacobian[after + lag], carried[after][..., None])[..., 0]
    known &= np.arange(n) < n - n_lags
    return response * chosen[:, None], known


def _differ(maps: StateMaps, subject: str, rows: IntArray) -> tuple[FloatArray, BoolArray]:
    """Difference of the states after a trial between its outcomes, (trial, state)."""
    states, sequence = maps.states_of(subject, rows), maps.trials["sequence"].values[rows]
    difference, known = np.zeros_like(states), np.zeros(rows.size, np.bool_)
    for one, own in iterate_groups(sequence):
        outcomes = maps.events[subject][one].outcomes
        if outcomes is not None:
            worse, better = outcomes
            difference[own], known[own] = better.move(states[own]) - worse.move(states[own]), True
    return difference, known


def _read_choices(maps: StateMaps, subject: str, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Gradients of the log-odds by the state at the first step, and the sign of each choice."""
    states, sequence = maps.states_of(subject, rows), maps.trials["sequence"].values[rows]
    gradient = np.zeros_like(states)
    gradient[:, : maps.n_outputs] = maps.readout[subject]
    for one, own in iterate_groups(sequence):
        to_choice = maps.events[subject][one].to_choice
        if to_choice is not None:
            slope = to_choice.jacobian(states[own])
            gradient[own] = np.einsum("ps,pst->pt", gradient[own], slope)
    choice = maps.trials["choice"].values[rows]
    return gradient, np.select([choice == 1, choice == 0], [1.0, -1.0], 0.0)


def _lay_out_response(
    subjects: list[str], names: list[str], total: FloatArray, count: IntArray
) -> xr.Dataset:
    response = total / np.where(count > 0, count, np.nan)[..., None]
    share = 1.0 - response[..., 0] / response.sum(axis=-1)
    inside = (share > 0) & (share < 1)
    constant = np.where(inside, -1.0 / np.log(np.where(inside, share, 0.5)), np.nan)
    constant[share >= 1] = np.inf
    pair = ("subject", "group")
    described = {
        "response": ((*pair, "lag"), response, "change of the log-odds by a reward", "nats"),
        "remaining": (pair, share, "share of the response that is left after a trial", "1"),
        "time_constant": (pair, constant, "time constant of the response", "trial"),
    }
    found = xr.Dataset(
        {
            name: (dims, values, {"long_name": meaning, "units": units})
            for name, (dims, values, meaning, units) in described.items()
        },
        {"subject": subjects, "group": names, "lag": np.arange(1, response.shape[-1] + 1)},
    )
    return found.assign(n_trials=(pair, count))
