"""Numbers of the dynamics of agents: fixed points, time constants, responses to outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.dynamics.outcome_response import compute_outcome_response
from pfc_analysis.analysis.dynamics.time_constants import compute_time_constants
from pfc_analysis.analysis.dynamics.trial_maps import StateMaps
from pfc_analysis.reproduction.numbers import Numbers

KINDS = ("choice", "common_transition", "reward")
"""Variables that make the kinds of trials of the two-step task."""

TRIAL_TYPES = {
    "common_rewarded": "common_transition 1, reward 1",
    "common_unrewarded": "common_transition 1, reward 0",
    "uncommon_rewarded": "common_transition 0, reward 1",
    "uncommon_unrewarded": "common_transition 0, reward 0",
}
"""How the names of kinds end, by type of trial."""

REGIMES = ("stable", "volatile")


def summarise_fixed_points(found: xr.Dataset) -> xr.Dataset:
    """Average the fixed points of each subject by type of trial, over both choices.

    Parameters
    ----------
    found : xarray.Dataset
        Of `find_fixed_points`, with the kinds `KINDS`.

    Returns
    -------
    xarray.Dataset
        On (subject, trial_type): `time_constant`, in trials, one over the mean rate of decay of the
        slowest mode, NaN where that is not above 0 or no point was found. On subject:
        `n_fixed_points`, their mean number for each kind; `n_stable`, the share that attracts;
        `share_near`, the share nearer to the recorded states than these spread.
    """
    subjects = found["of_subject"].values
    owner, kind = found["subject"].values, found["trial_kind"].values
    rate = np.full((len(subjects), len(TRIAL_TYPES)), np.nan)
    shares = np.full((2, len(subjects)), np.nan)
    for i, subject in enumerate(subjects):
        own = owner == subject
        for k, ending in enumerate(TRIAL_TYPES.values()):
            rows = own & np.array([str(name).endswith(ending) for name in kind])
            if rows.any():
                rate[i, k] = found["decay_rate"].values[rows].mean()
        if own.any():
            shares[0, i] = (found["stability"].values[own] == "stable").mean()
            shares[1, i] = (found["distance"].values[own] < 1).mean()
    constant = np.where(rate > 0, 1.0 / np.where(rate > 0, rate, 1.0), np.nan)
    return xr.Dataset(
        {
            "time_constant": (("subject", "trial_type"), constant),
            "fixed_points_per_kind": ("subject", found["n_fixed_points"].values.mean(axis=1)),
            "share_stable": ("subject", shares[0]),
            "share_near": ("subject", shares[1]),
        },
        {"subject": subjects, "trial_type": list(TRIAL_TYPES)},
    )


def add_fixed_points(
    numbers: Numbers, panels: str, found: Mapping[str, xr.Dataset]
) -> dict[str, xr.Dataset]:
    """Add what the fixed points of several groups of networks are like; return it by group."""
    summaries = {source: summarise_fixed_points(one) for source, one in found.items()}
    for source, one in summaries.items():
        for name in ("fixed_points_per_kind", "share_stable", "share_near", "time_constant"):
            numbers.add(panels, source, name, one)
    return summaries


def measure_regimes(
    maps: Sequence[StateMaps], n_states: int, n_lags: int, n_sessions: int
) -> xr.Dataset:
    """Measure time constants and responses by regime, as means over the orders of both regimes.

    Either order alone confounds the regime with the time since the session began.

    Parameters
    ----------
    maps : sequence of StateMaps
        One for each order.
    n_states, n_lags, n_sessions : int
        As for `compute_time_constants` and `compute_outcome_response`.

    Returns
    -------
    xarray.Dataset
        `decay_rate` and `not_decaying` (subject, regime, mode), `response` (subject, regime, lag),
        `remaining` (subject, regime).
    """
    found = []
    for one in maps:
        rates = compute_time_constants(one, "regime", n_states=n_states)
        effect = compute_outcome_response(one, "regime", n_lags=n_lags, n_sessions=n_sessions)
        joined = xr.merge(
            [rates[["decay_rate", "not_decaying"]], effect[["response", "remaining"]]]
        )
        found.append(joined.rename(group="regime").assign_coords(regime=list(REGIMES)))
    return xr.concat(found, "order").mean("order")


def add_regimes(numbers: Numbers, panels: Sequence[str], found: xr.Dataset) -> xr.Dataset:
    """Add time constants and responses by regime, and how they change; return the changes.

    `panels` are the letters of rates, responses and changes.
    """
    rates, responses, changes = panels
    for name in ("decay_rate", "not_decaying"):
        numbers.add(rates, "agents", name, found)
    for name in ("response", "remaining"):
        numbers.add(responses, "agents", name, found)
    change = found.sel(regime="volatile", drop=True) - found.sel(regime="stable", drop=True)
    first = change["response"].sel(lag=1, drop=True)
    changed = xr.Dataset(
        {
            "response_change": first,
            "response_ratio": first / found["response"].sel(regime="stable", lag=1, drop=True),
            "remaining_change": change["remaining"],
            "decay_rate_change": change["decay_rate"].sel(mode=1, drop=True),
        }
    )
    for quantity in map(str, changed.data_vars):
        numbers.add(changes, "agents", quantity, changed)
    return changed
