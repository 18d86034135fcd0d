"""What share of the units of each area codes each variable, beyond what drift alone would give?"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.coding.unit_coding import Null, compute_unit_coding
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.analysis.statistics.multiple_tests import adjust_false_discoveries

EVERY = "all units"


@labelled
def compute_coding_share(
    activity: xr.DataArray,
    factors: xr.Dataset,
    generator: np.random.Generator | int,
    *,
    by: str | None = "area",
    null: Null = "shift",
    n_permutations: int = 1000,
    largest_shift: int | None = None,
    level: float = 0.05,
) -> xr.Dataset:
    """Count the units that code each variable given the others, area by area.

    Activity drifts, and so do values: two series that drift are correlated more often than the
    tables of a t test say ("nonsense correlations"). A unit counts here only if its partial
    correlation is larger than when activity is paired with the variables of earlier or later trials
    of the session (see `compute_unit_coding`).

    Parameters
    ----------
    activity : xarray.DataArray
        On (`trial`, `unit`), with coordinates `subject` and `session` on `trial`; NaN where a unit
        was not recorded.
    factors : xarray.Dataset
        Variables on `trial`, NaN where there is none; each is corrected for the others.
    generator : numpy.random.Generator or int
        Source of shifts: the same seed gives the same result.
    by : str, optional
        Coordinate on `unit` whose values form groups; None for all units together.
    null, n_permutations, largest_shift, level
        As for `compute_unit_coding`.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `group`, `factor`): `share_significant`, of units whose p is at most `level`,
        with `_lower` and `_upper` (95 %, Wilson's, as if units were drawn one by one);
        `share_null_upper`, the 95 % quantile of that share if activity is shifted: units that drift
        together are significant together, so that it may lie far above `level`;
        `share_above_chance`, (share - level) / (1 - level), with its interval; and
        `share_corrected`, of units that are significant at `level` after Benjamini and Hochberg's
        correction over the units of the group. `n_units` on (`subject`, `group`). Groups without
        units of a subject are NaN.

    Raises
    ------
    MissingVariableError
        If there is no such coordinate on `unit`.
    AnalysisError
        As `compute_unit_coding`, with the group's name.

    References
    ----------
    Harris (2020), arXiv 2012.06862. Harris (2021), bioRxiv 2020.11.29.402719. Benjamini & Hochberg
    (1995), Journal of the Royal Statistical Society B 57:289.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=5)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> factors = pfc.analysis.build_trial_factors(one)[["last_action", "last_reward"]]
    >>> states = one["hidden"].sel(step="fixation")
    >>> found = pfc.analysis.compute_coding_share(states, factors, 1, by=None, n_permutations=99)
    >>> bool((found["share_significant"] > found["share_null_upper"]).all())
    True
    """
    rng = as_generator(generator, "generator")
    label = read_groups(activity, by)
    groups = list(dict.fromkeys(label.tolist()))
    found = []
    for group in groups:
        units = np.flatnonzero(label == group)
        try:
            coding = compute_unit_coding(
                activity.isel(unit=units), rng, factors=factors, step=None, null=null,
                n_permutations=n_permutations, n_resamples=2, largest_shift=largest_shift,
                level=level,
            )  # fmt: skip
        except AnalysisError as error:
            raise type(error)(f"{by or 'unit'} {group!r}: {error}") from error
        found.append(_count(coding, level).expand_dims(group=[group]))
    result = xr.concat(found, "group").transpose("subject", "group", ...)
    result.attrs = {
        "by": by or "",
        "null": null,
        "n_permutations": int(n_permutations),
        "level": float(level),
        "interval": "95 %, Wilson's score",
    }
    return result


def read_groups(activity: xr.DataArray, by: str | None) -> np.ndarray:
    """Read the group of each unit."""
    if by is None:
        return np.full(activity.sizes["unit"], EVERY)
    if by not in activity.coords or activity.coords[by].dims != ("unit",):
        there = [str(name) for name, c in activity.coords.items() if c.dims == ("unit",)]
        raise MissingVariableError(
            f"by: found no coordinate {by!r} on 'unit', expected one of {listed(there)}; by=None "
            "takes all units together"
        )
    return np.asarray(activity.coords[by].values).astype(str)


def _count(coding: xr.Dataset, level: float) -> xr.Dataset:
    """Turn counts of significant units into shares."""
    n = coding["n_units"].where(coding["n_units"] > 0)
    share = coding["n_significant"] / n
    lower, upper = (
        xr.apply_ufunc(lambda p, m, i=i: wilson_interval(p, m)[i], share, n + 0.0 * share)
        for i in (0, 1)
    )
    corrected = xr.apply_ufunc(
        adjust_false_discoveries,
        coding["p_value"],
        input_core_dims=[["unit"]],
        output_core_dims=[["unit"]],
        vectorize=True,
    )
    variables: dict[str, Any] = {
        "share_significant": share,
        "share_significant_lower": lower,
        "share_significant_upper": upper,
        "share_null_upper": coding["n_significant_null_upper"] / n,
        "share_corrected": (corrected <= level).sum("unit") / n,
        "n_units": coding["n_units"],
    }
    for end, values in (("", share), ("_lower", lower), ("_upper", upper)):
        variables[f"share_above_chance{end}"] = (values - level) / (1 - level)
    return xr.Dataset(variables).drop_vars("quantile", errors="ignore")
