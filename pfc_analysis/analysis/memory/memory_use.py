"""When is memory used? Episodic choices by the age of the memory, or by its reliability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.choices.stay_probability import INDICES, INTERVAL
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.memory.cued_stay import find_references
from pfc_analysis.analysis.memory.cued_trials import CuedTrials, read_cued_trials
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    ChoiceTrials,
    ForcedTrials,
    classify_trials,
    mask_history,
    read_common_transition,
    read_trials,
    read_variable,
    require_any,
)

AGE = "age"
"""Name of the number of trials since the cued trial."""


@labelled
def compute_memory_use(
    recording: xr.Dataset,
    by: str | xr.DataArray = AGE,
    bins: int | Sequence[float] = 4,
    forced_trials: ForcedTrials = "history",
) -> xr.Dataset:
    """Compute how much choices follow the cued trial, by the age of that memory or another number.

    Cued trials are sorted into bins of a number on trial. In each bin the episodic model-based
    index (`compute_cued_stay`) says how much memory is used.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_cued_stay`.
    by : str or xarray.DataArray
        "age", the trials since the cued trial; or a variable of the recording, or an array, on
        `trial`: how reliable the memory is, how uncertain an observer, how open an agent's gate.
        Cued trials where it is NaN are left out.
    bins : int or sequence of float
        Number of bins with about equally many cued trials of all subjects together, or the edges of
        bins: each holds values from its lower edge on, the last one its upper edge as well.
        Each value has a bin of its own where there are no more values than bins.
    forced_trials : {"history", "drop"}
        Whether a forced trial may be the cued one.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `bin`): `memory_use`, the episodic model-based index from -1 to 1, its 95 %
        interval `memory_use_lower`, `memory_use_upper`, and `n_trials`; NaN where a bin lacks one
        of the four types of cued trials. On `bin`: `bin_lower`, `bin_upper` (edges) and `bin_mean`
        (mean over its trials of all subjects). The attribute `by` names what was binned.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If `bins` is no whole number of at least 1 and no list of increasing edges, or no cued trial
        lies within them; and as `compute_cued_stay`.

    See Also
    --------
    compute_cued_stay : stay probabilities over all cued trials.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> learner = pfc.analysis.EpisodicLearner(episodic_model_based=3)
    >>> recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=50, seed=1, subject="one")
    >>> use = pfc.analysis.compute_memory_use(recording, bins=2).sel(subject="one")
    >>> for age, index in zip(use["bin_mean"].values, use["memory_use"].values, strict=True):
    ...     print(f"{age:.0f} trials old: {index:.1f}")
    41 trials old: 0.6
    58 trials old: 0.6

    This learner forgets nothing.
    """
    trials = read_trials(recording)
    cued = read_cued_trials(recording, trials)
    kind = classify_trials(trials, read_common_transition(recording))
    kind = np.where(mask_history(trials, forced_trials), kind, NONE).astype(np.int64)
    row = find_references(trials, cued)["cued_trial"]
    value, name = _read_value(recording, cued, by)
    used = (row >= 0) & (kind[row] >= 0) & trials.predicted & np.isfinite(value)
    require_any(used, f"compare with the cued trial by {name}", trials)
    edges = _find_edges(value[used], bins)
    place = _find_bin(value, edges)
    used &= place >= 0
    if not used.any():
        raise AnalysisError(
            f"bins: found no cued trial with {name} between {edges[0]:g} and {edges[-1]:g}; it "
            f"lies between {np.nanmin(value):g} and {np.nanmax(value):g}"
        )
    stay = (trials.choice == trials.choice[row]).astype(np.float64)
    result = _measure(trials, used, stay, kind[row], place, edges.size - 1)
    means = [value[used & (place == b)] for b in range(edges.size - 1)]
    result = result.assign_coords(
        bin_lower=("bin", edges[:-1]),
        bin_upper=("bin", edges[1:]),
        bin_mean=("bin", [own.mean() if own.size else np.nan for own in means]),
    )
    result.attrs |= trials.counts() | cued.counts()
    result.attrs |= {"by": name, "forced_trials": forced_trials, "interval": INTERVAL}
    return result


def _read_value(
    recording: xr.Dataset, cued: CuedTrials, by: str | xr.DataArray
) -> tuple[FloatArray, str]:
    """Read the number that cued trials are sorted by, and its name."""
    if isinstance(by, str) and by == AGE:
        return np.where(cued.is_cued, cued.age, np.nan), AGE
    if isinstance(by, str):
        value, name = read_variable(recording, by), by
    else:
        value, name = np.asarray(by.values), str(by.name or "by")
    if value.shape != cued.age.shape or value.dtype.kind not in "biuf":
        raise AnalysisError(
            f"by: found {name!r} of shape {value.shape} and type {value.dtype}, expected one "
            f"number for each of {cued.age.size} trials; select a step or unit first"
        )
    return np.where(cued.is_cued, value.astype(np.float64), np.nan), name


def _find_edges(value: FloatArray, bins: int | Sequence[float]) -> FloatArray:
    """Return the edges of the bins, in increasing order; the last two may be the same."""
    if isinstance(bins, (int, np.integer)) and not isinstance(bins, bool) and bins >= 1:
        distinct = np.unique(value)
        if distinct.size <= bins:  # a bin for each value
            return np.append(distinct, distinct[-1])
        return np.unique(np.quantile(value, np.linspace(0.0, 1.0, int(bins) + 1)))
    edges = np.asarray(bins)
    fine = edges.ndim == 1 and edges.size > 1 and edges.dtype.kind in "iuf"
    if not fine or not np.all(np.diff(edges) > 0):
        raise AnalysisError(
            f"bins: found {bins!r}, expected a number of bins (at least 1) or two or more edges in "
            "increasing order"
        )
    return edges.astype(np.float64)


def _find_bin(value: FloatArray, edges: FloatArray) -> IntArray:
    """Find the bin of every value, -1 for none; the last bin holds its upper edge."""
    place = np.searchsorted(edges, value, side="right") - 1
    place = np.where(value == edges[-1], edges.size - 2, place)
    inside = np.isfinite(value) & (value >= edges[0]) & (value <= edges[-1])
    return np.where(inside, place, NONE).astype(np.int64)


def _measure(
    trials: ChoiceTrials,
    used: np.ndarray,
    stay: FloatArray,
    kind: IntArray,
    place: IntArray,
    n_bins: int,
) -> xr.Dataset:
    """Measure the episodic model-based index of every subject in every bin."""
    found = np.full((4, len(trials.subjects), n_bins), np.nan)
    for index, _ in trials.by_subject():
        for b in range(n_bins):
            rows = used & (trials.subject == index) & (place == b)
            found[3, index, b] = rows.sum()
            if np.unique(kind[rows]).size == len(TRIAL_TYPES):
                shares = estimate_clustered_proportions(
                    stay[rows], kind[rows], trials.session[rows], len(TRIAL_TYPES)
                )
                found[:3, index, b] = shares.contrast(INDICES["model_based_index"])
    dims = ("subject", "bin")
    return xr.Dataset(
        {
            "memory_use": (dims, found[0]),
            "memory_use_lower": (dims, found[1]),
            "memory_use_upper": (dims, found[2]),
            "n_trials": (dims, found[3].astype(np.int64)),
        },
        coords={"subject": list(trials.subjects), "bin": np.arange(n_bins)},
    )
