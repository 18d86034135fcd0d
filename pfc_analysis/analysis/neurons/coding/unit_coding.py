"""Which task variables does each unit code? Partial correlations (Wang et al. 2018, Fig. 2b, e)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.coding.coding_estimates import CodingData, estimate_coding
from pfc_analysis.analysis.neurons.coding.coding_summary import (
    QUANTILES,
    VARIABLES,
    summarise_estimates,
)
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors, select_step
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.row_blocks import as_slice, read_rows
from pfc_analysis.analysis.statistics.bootstrap import check_resamples
from pfc_analysis.analysis.statistics.session_permutation import pair_sessions, pair_shifts
from pfc_analysis.analysis.trials.unit_design import find_unit_coords, read_sessions

Null = Literal["sessions", "shift"]

LATER = ("upcoming_action",)
"""Factors that lie after the activity in time. The other factors are partialled out of them, but
they are not partialled out of the others."""

STEP = "step"
"""Attribute under which the selected step is carried to the result."""


@labelled
def compute_unit_coding(
    activity: xr.Dataset | xr.DataArray,
    generator: np.random.Generator | int,
    *,
    factors: xr.Dataset | None = None,
    step: str | None = "fixation",
    null: Null = "sessions",
    n_permutations: int = 1000,
    n_resamples: int = 1000,
    largest_shift: int | None = None,
    level: float = 0.05,
) -> xr.Dataset:
    r"""Correlate every unit's activity with every factor, partialling out the others.

    Parameters
    ----------
    activity : xarray.Dataset or xarray.DataArray
        A recording, whose `hidden` is read; or activity, such as spike counts, on (`trial`,
        `unit`) or (`trial`, `step`, `unit`), with coordinates `subject` and `session` on `trial`.
        NaN where a unit was not recorded: each unit is analysed in its own trials. For activity
        after an event, pass `align_units(recording, event)` and `factors`.
        Activity in a large file (an array of dask, as of `open_recording`) is read block by block,
        with the same numbers; in memory are a block, and a few numbers per trial and factor.
    generator : numpy.random.Generator or int
        Source of permutations and resamples: the same seed gives the same result.
    factors : xarray.Dataset, optional
        Variables on `trial`, NaN where there is none; by default `build_trial_factors` of the
        recording at `step`. Factors are partialled out of each other, except `upcoming_action`: the
        others are partialled out of it, but it is partialled out of none. A trial in which one of
        them is NaN is left out.
    step : str, optional
        Name of the step of the trial; not needed where activity has no steps.
    null : {"sessions", "shift"}
        What is exchanged for the null distribution. `sessions`: activity of one session is paired
        with the task variables of another, all cut to the shortest session's length; for agents,
        whose sessions begin from the same state. `shift`: the middle of a session's activity is
        paired with the task variables some trials before or after; for animals with few sessions.
        It assumes that the task variables are stationary within a session. A slow variable changes
        little under shifts, so its p cannot be small, however strong the coding.
    n_permutations, n_resamples : int
        Permutations, at least ``1 / level - 1``, and resamples of sessions for the intervals.
    largest_shift : int, optional
        In trials, for `shift`; as many trials at each end of a session are left out. By default a
        fifth of the session, 200 at most.
    level : float
        Level of significance.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `factor`, `unit`): `partial_correlation` (-1 to 1); `lower`, `upper` (95 %,
        percentiles of sessions drawn with replacement; with fewer than 10 sessions, of 20 pieces
        of them, too narrow where activity drifts for longer than these); `p_value` (two-sided,
        own order counted); `p_value_family_wise` (the largest absolute correlation over units is
        as large: corrected for the number of units); `significant` and `significant_family_wise`
        (0 or 1, at `level`). On (`subject`, `factor`): `n_significant` and
        `n_significant_family_wise`; `n_significant_null_upper`, the 95 % quantile of
        `n_significant` under the null; `share_significant` (of units, uncorrected) with
        `share_significant_lower` and `_upper` (95 %, Wilson's, as if units were drawn one by one);
        `mean_absolute`, the mean over units of the absolute correlation, with
        `mean_absolute_lower` and `_upper` (95 %, twice the standard error over resamples; chance
        is not 0 but the following), `mean_absolute_null`, its mean under the null,
        `mean_absolute_p_value` (one-sided), and, on `quantile` too (0.95 and 0.975),
        `mean_absolute_null_quantile`. On (`subject`, `unit`): `n_trials`, `n_sessions` that
        entered. On `subject`: `n_units`.

        A unit that a subject lacks, or that does not vary, is NaN (`significant` 0) and not
        counted: where subjects differ in their number of units, pad with NaN. Attributes: `null`,
        `n_permutations`, `n_resamples`, `level`, `step`.

    Raises
    ------
    MissingVariableError
        If `hidden` or a coordinate is missing, or factors are to be built and cannot.
    AnalysisError
        If a setting is unknown or out of range; dimensions do not agree; activity is infinite;
        or, for a subject (named in the message): sessions are too few to be permuted or too short
        to be shifted, factors are constant or collinear, or a unit is explained without residual.

    Notes
    -----
    Between sessions, residuals of the activity on the other factors are exchanged (Freedman & Lane
    1983), so that each factor is tested separately. Under shifts the activity itself is used, and p
    is valid for a unit that codes none of the factors: at most twice p in any case where the
    factors are stationary (Harris 2020). For a unit that codes one factor, the p of another, slow
    factor may be too large or, if the unit drifts as well, too small. See
    `pfc_analysis.analysis.statistics.session_permutation`.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 2e. Tsutsui et al. (2016), Nature
    Communications 7:12554. Harris (2021), bioRxiv 2020.11.29.402719. Harris (2020), arXiv
    2012.06862. Westfall & Young (1993), Resampling-Based Multiple Testing.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5)
    >>> agent = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> coding = pfc.analysis.compute_unit_coding(agent, 1, n_permutations=50, n_resamples=50)
    >>> strength = coding["mean_absolute"].sel(subject="seed_1", factor="last_reward")
    >>> chance = coding["mean_absolute_null"].sel(subject="seed_1", factor="last_reward")
    >>> bool(strength > chance)
    True

    The units of this agent code the last reward more strongly than chance.
    """
    generator = as_generator(generator, "generator")
    _check_settings(null, n_permutations, n_resamples, level)
    array = _read_activity(activity, step)
    if factors is None:
        factors = _build_factors(activity, step)
    if null == "sessions":
        pair = partial(pair_sessions, generator=generator, n_permutations=n_permutations)
    else:
        pair = partial(
            pair_shifts, generator=generator, n_permutations=n_permutations, largest=largest_shift
        )
    found = {}
    for name, data in _split_subjects(array, factors):
        try:
            estimates = estimate_coding(data, pair, generator, n_permutations, n_resamples)
        except AnalysisError as error:
            raise type(error)(f"subject {name!r}: {error}") from error
        found[name] = summarise_estimates(estimates, level)
    result = _label(found, data.names, array)
    result.attrs = {
        "null": null,
        "n_permutations": int(n_permutations),
        "n_resamples": int(n_resamples),
        "level": float(level),
        "step": str(array.attrs.get(STEP, "")),
    }
    return result


def _label(
    found: dict[str, dict[str, Any]], names: tuple[str, ...], array: xr.DataArray
) -> xr.Dataset:
    """Put the subjects' summaries on named dimensions."""
    coords = {"subject": list(found), "factor": list(names), "quantile": list(QUANTILES)}
    variables = {
        name: (
            ("subject", *dims),
            np.array([each[name] for each in found.values()]),
            {"long_name": text},
        )
        for name, (dims, text) in VARIABLES.items()
    }
    return xr.Dataset(variables, coords=coords | find_unit_coords(array))


def _check_settings(null: str, n_permutations: int, n_resamples: int, level: float) -> None:
    if null not in get_args(Null):
        raise AnalysisError(f"null: found {null!r}, expected {listed(get_args(Null))}")
    if not 0 < level < 1:
        raise AnalysisError(f"level: found {level}, expected a number above 0 and below 1")
    fewest = int(np.ceil(1 / level - 1e-9)) - 1
    if not isinstance(n_permutations, (int, np.integer)) or n_permutations < fewest:
        raise AnalysisError(
            f"n_permutations: found {n_permutations!r}, expected a whole number of at least "
            f"{fewest}: with fewer no p is as small as the level, {level:g}"
        )
    check_resamples(n_resamples, fewest=2)


def _read_activity(activity: xr.Dataset | xr.DataArray, step: str | None) -> xr.DataArray:
    """Read activity on (`trial`, `unit`), with its subjects and sessions."""
    if isinstance(activity, xr.Dataset):
        if "hidden" not in activity:
            raise MissingVariableError(
                "hidden: the recording has no such variable; it has "
                f"{listed(activity.variables)}. Pass activity as an array on 'trial' and 'unit'"
            )
        activity = activity["hidden"]
    name = str(activity.name or "activity")
    array = select_step(activity, step)
    if set(array.dims) != {"trial", "unit"}:
        raise AnalysisError(
            f"{name}: found dimensions {listed(array.dims)}, expected 'trial', 'unit' and 'step' "
            "where there are several; select or average the others"
        )
    for coordinate in ("subject", "session"):
        if coordinate not in array.coords or array.coords[coordinate].dims != ("trial",):
            raise MissingVariableError(
                f"{coordinate}: {name} has no such coordinate on 'trial', expected the subject and "
                "the session of each trial; use .assign_coords()"
            )
    if array.dtype.kind not in "biuf":
        raise AnalysisError(
            f"{name}: found values of type {array.dtype}, expected finite numbers, or NaN where a "
            "unit was not recorded"
        )
    selected = "step" in activity.dims
    return array.transpose("trial", "unit").assign_attrs({STEP: step if selected else ""})


def _build_factors(activity: xr.Dataset | xr.DataArray, step: str | None) -> xr.Dataset:
    if isinstance(activity, xr.Dataset):
        return build_trial_factors(activity, step)
    raise AnalysisError(
        "factors: found an array of activity without factors, expected a dataset on 'trial', for "
        "instance from build_trial_factors; or pass a whole recording"
    )


def _split_subjects(array: xr.DataArray, factors: xr.Dataset) -> Iterator[tuple[str, CodingData]]:
    """Iterate over subjects in order of appearance: the name of each, and its data."""
    names, n_main, table = _read_factors(array, factors)
    units, name = tuple(str(u) for u in array["unit"].values), str(array.name or "activity")
    session = read_sessions(array.coords["session"], array)
    codes, subjects = pd.factorize(array.coords["subject"].values)
    for code, subject in enumerate(subjects):
        own = np.flatnonzero(codes == code)
        _, own_session = np.unique(session[own], return_inverse=True)
        values = read_rows(array.isel(trial=as_slice(own)))
        yield (
            str(subject),
            CodingData(values, name, units, table[own], names, n_main, own_session),
        )


def _read_factors(
    array: xr.DataArray, factors: xr.Dataset
) -> tuple[tuple[str, ...], int, FloatArray]:
    """Read names of factors, those in `LATER` last; the number of others; and their values."""
    found = [str(name) for name in factors.data_vars]
    main = [name for name in found if name not in LATER]
    names = (*main, *(name for name in found if name in LATER))
    n_trials = array.sizes["trial"]
    for name in names:
        column = factors[name]
        if column.dims != ("trial",) or column.size != n_trials or column.dtype.kind not in "biuf":
            raise AnalysisError(
                f"factor {name!r}: found {column.dtype} on dimensions {listed(column.dims)} of "
                f"shape {column.shape}, expected numbers on 'trial', {n_trials} as in the activity"
            )
    if not main:
        raise AnalysisError(
            f"factors: found {listed(names)}, expected at least one besides {listed(LATER)}"
        )
    table = np.stack([factors[name].values.astype(np.float64) for name in names], axis=1)
    return names, len(main), table
