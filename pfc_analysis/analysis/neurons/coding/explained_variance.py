"""How much of each unit's variance do variables explain, beyond what shifted sessions give?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.coding.coding_share import read_groups
from pfc_analysis.analysis.neurons.encoding.drift_removal import build_trend
from pfc_analysis.analysis.neurons.encoding.set_names import check_names
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.trials.unit_design import find_unit_coords

FEWEST = 30
"""Trials of a session with which it counts."""

SILENT = 1e-9
"""Sum of squares up to which a unit does not vary."""

MOST_COSINES = 4
"""A session has at most one cosine for so many trials (ours)."""

NEAREST = 0.1
"""Smallest shift, as a share of the session."""


@labelled
def compute_explained_variance(
    activity: xr.DataArray,
    features: Sequence[FeatureSet],
    generator: np.random.Generator | int,
    *,
    by: str | None = "area",
    n_cosines: int = 3,
    n_shifts: int = 200,
) -> xr.Dataset:
    r"""Compute the share of each unit's variance that sets of features explain, above shifts.

    A regression explains some variance by chance, and more where both sides drift. Here slow drift
    of each session is taken out of activity and features, and what is explained after the features
    of a session were shifted in a circle against its activity is subtracted:

    .. math::
        \frac{1}{S} \left( E(0) - \frac{1}{N} \sum_{n=1}^{N} E(k_n) \right)

    with the sum of squares S of the unit and the part :math:`E(k)` that features explain which are
    shifted by k trials.

    Parameters
    ----------
    activity : xarray.DataArray
        On (`trial`, `unit`), with coordinates `subject` and `session` on `trial`; NaN where a unit
        was not recorded.
    features : sequence of FeatureSet
        The sets that are compared; of sets with several replicas, shares are averaged. Trials in
        which a feature is NaN are left out for all sets.
    generator : numpy.random.Generator or int
        Source of shifts: the same seed gives the same result.
    by : str, optional
        Coordinate on `unit` whose values form groups; None for all units together.
    n_cosines : int
        Cosines of the slow trend of a session that are taken out, besides its mean.
    n_shifts : int
        Shifts of each session, by at least a tenth of it; the same for all its units.

    Returns
    -------
    xarray.Dataset
        `explained` (`features`, `unit`): share of variance above shifts; below 0 is less than by
        chance. `mean_explained` (`features`, `group`) with `_lower` and `_upper`, the mean over
        units; `difference` (`features`, `rival`, `group`) with its interval, paired by unit.
        Intervals are 95 %, Student's t over units, as if units were drawn one by one; NaN with
        fewer than two units. `n_units` (`group`).

    Raises
    ------
    MissingVariableError
        If coordinates are missing.
    AnalysisError
        If sets, trials and activity do not agree, a setting is out of range, or no session has 30
        trials.

    Notes
    -----
    The interval is about the units of these sessions. The null assumes that features are stationary
    within a session once its trend is taken out. 3 cosines and 200 shifts are settings of ours.

    References
    ----------
    Harris (2020), arXiv 2012.06862, on shifts of sessions.

    Examples
    --------
    Units of an agent at the start of the trial: do they follow the values of a planner or those of
    a model-free learner more closely?

    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=4)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> sets = [
    ...     pfc.analysis.build_learner_features(learner, one)
    ...     for learner in (pfc.learners.ModelBased(), pfc.learners.ModelFreeDirect())
    ... ]
    >>> states = one["hidden"].sel(step="fixation")
    >>> found = pfc.analysis.compute_explained_variance(states, sets, 1, by=None, n_shifts=20)
    >>> more = found["difference"].sel(features="ModelBased", rival="ModelFreeDirect")
    >>> bool((more > 0).all())
    True
    """
    rng = as_generator(generator, "generator")
    _check(activity, features, n_cosines, n_shifts)
    groups = read_groups(activity, by)
    values = np.asarray(activity.transpose("trial", "unit").values, dtype=np.float64)
    there = np.all([np.isfinite(one.values).all(axis=(0, 2)) for one in features], axis=0)
    sessions = _list_sessions(activity, there)
    explained = np.zeros((len(features), values.shape[1]))
    total = np.zeros(values.shape[1])
    for rows in sessions:
        shifts = _draw_shifts(rows.size, n_shifts, rng)
        _check_cosines(rows.size, n_cosines)
        recorded = np.isfinite(values[rows]).all(axis=0)
        responses = _remove_trend(values[rows][:, recorded], n_cosines)
        total[recorded] += np.square(responses).sum(axis=0)
        for k, one in enumerate(features):
            own = [_explain(responses, each[rows], shifts, n_cosines) for each in one.values]
            explained[k, recorded] += np.mean(own, axis=0)
    if not (total > SILENT).any():
        raise AnalysisError(
            f"activity: found none of {total.size} unit(s) that varies in sessions in which it was "
            "recorded in all trials, expected one or more"
        )
    share = np.full(explained.shape, np.nan)
    np.divide(explained, total, out=share, where=total > SILENT)
    result = _summarise(share, [one.name for one in features], groups, activity)
    result.attrs = {
        "by": by or "",
        "n_cosines": int(n_cosines),
        "n_shifts": int(n_shifts),
        "n_sessions": len(sessions),
        "interval": "95 %, Student's t over units",
    }
    return result


def _check(
    activity: xr.DataArray, features: Sequence[FeatureSet], n_cosines: int, n_shifts: int
) -> None:
    if set(activity.dims) != {"trial", "unit"}:
        raise AnalysisError(
            f"activity: found dimensions {tuple(activity.dims)}, expected ('trial', 'unit'); "
            "select a step or window with .sel()"
        )
    missing = [name for name in ("subject", "session") if name not in activity.coords]
    if missing:
        raise MissingVariableError(
            f"activity: found no coordinate {missing[0]!r} on 'trial', expected the labels of "
            "subjects and sessions, within which features are shifted"
        )
    if not features:
        raise AnalysisError("features: found none, expected one set of features or more")
    check_names(features)
    for one in features:
        if one.n_trials != activity.sizes["trial"]:
            raise AnalysisError(
                f"features {one.name!r}: found {one.n_trials} trials, expected those of the "
                f"activity, {activity.sizes['trial']}"
            )
    for name, value, fewest in (("n_cosines", n_cosines, 0), ("n_shifts", n_shifts, 1)):
        if not isinstance(value, (int, np.integer)) or value < fewest:
            raise AnalysisError(
                f"{name}: found {value!r}, expected a whole number of at least {fewest}"
            )


def _check_cosines(n_trials: int, n_cosines: int) -> None:
    if n_cosines > n_trials // MOST_COSINES:
        raise AnalysisError(
            f"n_cosines: found {n_cosines} for a session of {n_trials} trials, expected at most "
            f"{n_trials // MOST_COSINES}: more would take out what features explain"
        )


def _list_sessions(activity: xr.DataArray, there: BoolArray) -> list[IntArray]:
    """List the trials of each session that have all features."""
    subject, session = (activity[name].values for name in ("subject", "session"))
    labels = np.array([f"{a}\0{b}" for a, b in zip(subject, session, strict=True)])
    found = [np.flatnonzero((labels == each) & there) for each in dict.fromkeys(labels.tolist())]
    runs = 1 + int((labels[1:] != labels[:-1]).sum())
    if runs > len(found):
        raise AnalysisError(
            f"session: found {len(found)} sessions in {runs} runs of trials, expected the trials "
            "of each session together and in their order, as they are shifted against each other"
        )
    kept = [rows for rows in found if rows.size >= FEWEST]
    if not kept:
        raise AnalysisError(
            f"session: found at most {max(rows.size for rows in found)} trials with all features "
            f"in a session, expected at least {FEWEST}"
        )
    return kept


def _draw_shifts(n_trials: int, n_shifts: int, rng: np.random.Generator) -> IntArray:
    """Draw circular shifts, in trials."""
    nearest = max(1, int(NEAREST * n_trials))
    return rng.integers(nearest, n_trials - nearest, n_shifts, endpoint=True)


def _remove_trend(values: FloatArray, n_cosines: int) -> FloatArray:
    """Take mean and slow cosines out of columns (trial, column)."""
    basis = np.linalg.qr(build_trend(np.zeros(len(values), np.int64), n_cosines))[0]
    return np.asarray(values - basis @ (basis.T @ values))


def _explain(
    responses: FloatArray, features: FloatArray, shifts: IntArray, n_cosines: int
) -> FloatArray:
    """Sum of squares (unit,) that features (trial, feature) explain, less its mean over shifts."""
    # The trend is taken out after shifting: a shifted slow feature has a slow part again.
    own, *shifted = (
        np.square(_span(np.roll(features, k, axis=0), n_cosines).T @ responses).sum(axis=0)
        for k in (0, *shifts)
    )
    return np.asarray(own - np.mean(shifted, axis=0))


def _span(features: FloatArray, n_cosines: int) -> FloatArray:
    """Orthonormal columns that span features without their trend."""
    left, size, _ = np.linalg.svd(_remove_trend(features, n_cosines), full_matrices=False)
    return np.asarray(left[:, size > 1e-9 * max(float(size.max()), 1e-300)])


def _summarise(
    share: FloatArray, names: list[str], label: np.ndarray, activity: xr.DataArray
) -> xr.Dataset:
    """Average over the units of each group, with intervals."""
    groups = list(dict.fromkeys(label.tolist()))
    parts = [share[:, label == group] for group in groups]
    means = np.stack([_estimate(part) for part in parts], axis=-1)
    apart = [_estimate(part[:, None] - part[None]) for part in parts]
    variables: dict[str, Any] = {"explained": (("features", "unit"), share)}
    for k, end in enumerate(("", "_lower", "_upper")):
        variables[f"mean_explained{end}"] = (("features", "group"), means[k])
        between = np.stack(apart, axis=-1)[k]
        variables[f"difference{end}"] = (("features", "rival", "group"), between)
    variables["n_units"] = ("group", [int(np.isfinite(part[0]).sum()) for part in parts])
    coords = {"features": names, "rival": names, "group": groups}
    return xr.Dataset(variables, coords=coords | find_unit_coords(activity))


def _estimate(values: FloatArray) -> FloatArray:
    """Mean over the last axis, and the ends of its interval: (3, ...)."""
    n = np.isfinite(values).sum(axis=-1)
    mean = np.full(n.shape, np.nan)
    np.divide(np.nansum(values, axis=-1), n, out=mean, where=n > 0)
    error = np.full(n.shape, np.nan)
    squares = np.nansum(np.square(values - mean[..., None]), axis=-1)
    np.divide(squares, n * (n - 1.0), out=error, where=n > 1)
    half = student_quantile(0.975, np.maximum(n - 1, 1)) * np.sqrt(error)
    return np.stack([mean, mean - half, mean + half])
