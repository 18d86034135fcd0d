"""Summarise how true and recovered parameters agree, in numbers and in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.learners.definition.parameters import Parameter

if TYPE_CHECKING:
    from pfc_analysis.fitting.checks.parameter_recovery import Recovered

IDENTIFIABLE = 0.9
"""Smallest r at which a parameter counts as identifiable: truth then explains 81 % of the variance
of the estimates, so that a correlation of the parameter with anything else shrinks by a tenth at
most."""

TRADE_OFF = 0.7
"""Smallest size of the errors' rank correlation at which two parameters count as trading off: half
of the variance of one error then goes with the other. A setting of ours."""

RUN_OFF = 3.0
"""Estimates count as at most so many of the prior's standard deviations from its mean, or as the
farthest true value. An estimate that ran off to the end of its scale (a rate of .9999, say) would
otherwise decide r and bias by itself, although rates of .9999 and .99 behave alike."""

NORMAL_QUANTILE = 1.959963984540054


def summarise_recovery(
    runs: Mapping[int, Recovered], free: Sequence[Parameter], designs: Mapping[str, Design]
) -> xr.Dataset:
    """Compute the variables of `recover_parameters` from true and estimated values.

    Parameters
    ----------
    runs : mapping
        By how many times the design was repeated: what came out.
    free : sequence of Parameter
        The parameters.
    designs : mapping
        The subjects' designs, by name, which the players took in turn.
    """
    names, subjects = [one.name for one in free], list(designs)
    within = {times: _limit(found, free) for times, found in runs.items()}
    tables = [_summarise(within[times], found) for times, found in runs.items()]
    n_players = len(next(iter(runs.values())).true)
    predicted = np.array([own.trials.n_predicted.sum() for own in designs.values()])
    of_player = np.arange(n_players) % len(subjects)
    by_parameter = {
        name: (("repeat", "parameter"), np.array([table[name] for table in tables]), attributes)
        for name, attributes in _ATTRIBUTES.items()
    }
    values = {
        name: (
            ("repeat", "player", "parameter"),
            np.array([getattr(found, name) for found in runs.values()]),
            {"long_name": text, "units": "unconstrained scale"},
        )
        for name, text in _VALUES.items()
    }
    errors = np.array([_correlate_errors(found) for found in within.values()])
    result = xr.Dataset(
        by_parameter | values,
        coords={
            "repeat": ("repeat", list(runs), {"long_name": _REPEAT}),
            "parameter": names,
            "other": names,
            "subject": ("player", np.array(subjects)[of_player]),
            "range": ("parameter", [one.range for one in free]),
        },
    )
    result["error_correlation"] = (
        ("repeat", "parameter", "other"),
        errors,
        {"long_name": "rank correlation of the errors of two parameters", "units": "1"},
    )
    result["n_trials"] = (
        "repeat",
        float(predicted[of_player].mean()) * np.array(list(runs), dtype=np.float64),
        {"long_name": "predicted choices of a player, mean", "units": "1"},
    )
    result["identifiable"] = (
        "parameter",
        (result["r"].values[0] >= IDENTIFIABLE).astype(np.int64),
        {"long_name": f"1 where r is at least {IDENTIFIABLE} with the trials as they are"},
    )
    return result


_REPEAT = "how many times the sessions were repeated"
_VALUES = {
    "true": "true value",
    "estimate": "estimate",
    "lower": "lower end of the fit's 95 % interval",
    "upper": "upper end of the fit's 95 % interval",
}
_ATTRIBUTES = {
    "r": {"long_name": "correlation of true and estimated values", "units": "1"},
    "r_lower": {"long_name": "lower end of the 95 % interval of r", "units": "1"},
    "r_upper": {"long_name": "upper end of the 95 % interval of r", "units": "1"},
    "rank_correlation": {"long_name": "rank correlation of true and estimated values"},
    "bias": {"long_name": "mean of estimate less truth", "units": "unconstrained scale"},
    "bias_lower": {"long_name": "lower end of the 95 % interval of the bias"},
    "bias_upper": {"long_name": "upper end of the 95 % interval of the bias"},
    "coverage": {"long_name": "share of 95 % intervals that hold the truth", "units": "1"},
    "coverage_lower": {"long_name": "lower end of the 95 % interval of the coverage"},
    "coverage_upper": {"long_name": "upper end of the 95 % interval of the coverage"},
    "n_intervals": {"long_name": "fits that gave an interval", "units": "1"},
    "n_run_off": {"long_name": "estimates that count as at a limit", "units": "1"},
}


def _limit(found: Recovered, free: Sequence[Parameter]) -> Recovered:
    """Limit estimates to the range of `RUN_OFF`."""
    mean = np.array([one.prior_mean for one in free])
    reach = RUN_OFF * np.array([one.prior_sd for one in free])
    lowest = np.minimum(mean - reach, found.true.min(axis=0))
    highest = np.maximum(mean + reach, found.true.max(axis=0))
    return found._replace(estimate=found.estimate.clip(lowest, highest))


def _summarise(found: Recovered, unlimited: Recovered) -> dict[str, FloatArray]:
    """Compute the quantities of `_ATTRIBUTES` for each parameter; float arrays (parameter,)."""
    n = len(found.true)
    pairs = list(zip(found.true.T, found.estimate.T, strict=True))
    r = np.array([_correlate(x, y) for x, y in pairs])
    reach = NORMAL_QUANTILE / np.sqrt(max(n - 3, 1))
    with np.errstate(divide="ignore"):
        z = np.arctanh(r)
    error = found.estimate - found.true
    half = NORMAL_QUANTILE * error.std(axis=0, ddof=1) / np.sqrt(n)
    given = ~(np.isnan(found.lower) | np.isnan(found.upper))
    inside = given & (found.lower <= found.true) & (found.true <= found.upper)
    count = given.sum(axis=0).astype(np.float64)
    coverage = np.divide(
        inside.sum(axis=0), count, out=np.full(count.size, np.nan), where=count > 0
    )
    coverage_lower, coverage_upper = wilson_interval(coverage, count)
    return {
        "r": r,
        "r_lower": np.tanh(z - reach),
        "r_upper": np.tanh(z + reach),
        "rank_correlation": np.array([_correlate(_rank(x), _rank(y)) for x, y in pairs]),
        "bias": error.mean(axis=0),
        "bias_lower": error.mean(axis=0) - half,
        "bias_upper": error.mean(axis=0) + half,
        "coverage": coverage,
        "coverage_lower": coverage_lower,
        "coverage_upper": coverage_upper,
        "n_intervals": count,
        "n_run_off": np.sum(found.estimate != unlimited.estimate, axis=0).astype(np.float64),
    }


def _correlate(x: FloatArray, y: FloatArray) -> float:
    """Correlate two rows; 0 where one of them does not vary, which tells nothing of the other."""
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(np.clip(x @ y / size, -1.0, 1.0)) if size > 0 else 0.0


def _rank(values: FloatArray) -> FloatArray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)


def _correlate_errors(found: Recovered) -> FloatArray:
    """Rank correlation of errors, (parameter, parameter)."""
    ranks = np.array([_rank(column) for column in (found.estimate - found.true).T])
    return np.array([[_correlate(x, y) for y in ranks] for x in ranks])


def describe_recovery(result: xr.Dataset, learner: str) -> list[str]:
    """Say which parameters cannot be identified, and which trade off, in sentences."""
    n = float(result["n_trials"][0])
    weak = [
        str(p.item()) for p in result["parameter"] if not result["identifiable"].sel(parameter=p)
    ]
    if not weak:
        said = [f"All parameters of {learner} are identifiable: r is at least {IDENTIFIABLE}."]
    else:
        said = [_describe_weak(result.sel(parameter=name), learner, name, n) for name in weak]
    names = [str(name) for name in result["parameter"].values]
    table = result["error_correlation"].values[0]
    for i, j in combinations(range(len(names)), 2):
        if abs(table[i, j]) >= TRADE_OFF:
            said.append(
                f"Estimates of {names[i]} and {names[j]} trade off: their errors have a rank "
                f"correlation of {table[i, j]:.2f}."
            )
    return said


def _describe_weak(of_one: xr.Dataset, learner: str, name: str, n_trials: float) -> str:
    first = of_one.isel(repeat=0)
    said = (
        f"{name} of {learner} is not identifiable with these trials ({n_trials:,.0f} choices of "
        f"a subject on average): r "
        f"of true and recovered values is {float(first['r']):.2f} "
        f"({float(first['r_lower']):.2f} to {float(first['r_upper']):.2f}), below {IDENTIFIABLE}."
    )
    for later in range(1, of_one.sizes["repeat"]):
        own = of_one.isel(repeat=later)
        said += f" With {int(own['repeat'])} times the trials it is {float(own['r']):.2f}."
    return said
