"""Which neurons of the two-step task code reward and transition, and whose values, area by area."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.neurons.coding.coding_share import compute_coding_share
from pfc_analysis.analysis.neurons.coding.explained_variance import compute_explained_variance
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet, select_features
from pfc_analysis.analysis.neurons.trial_factors import select_step
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.reproduction.animals.monkey_behaviour import RESULTS, drop_neurons
from pfc_analysis.reproduction.numbers import MEAN

SEED, PERMUTATIONS, SHIFTS = 1, 499, 200
MODEL_BASED, MODEL_FREE = "model-based", "model-free"
_VALUES = {MODEL_BASED: ("QmbPicA", "QmbPicB"), MODEL_FREE: ("QmfPicA", "QmfPicB")}
_ENDS = ("", "_lower", "_upper")
_WINDOWS = {"reward": "outcome_late", "transition": "transition"}
"""When neurons are counted that code a variable."""


def measure_coding(recording: xr.Dataset, lived: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Measure coding by area, and by the same calls in units of networks in the monkey's place.

    Parameters
    ----------
    recording : xarray.Dataset
        The monkey in the two-step task with three rewards, with neurons.
    lived : mapping of str to xarray.Dataset
        Replays by networks (`pfc_analysis.reproduction.animals.monkey_encoding.live`), by name.

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`: `coding_share` and `coding_share_null` (the 95 % quantile under shifts)
        by variable and area; `explained_variance` of model-based and model-free values at the first
        choice, and `explained_difference`, the first minus the second.
    """
    parts = [_count(recording), _explain(recording)]
    parts += [_explain_units(recording, name, replayed) for name, replayed in lived.items()]
    return pd.concat(parts, ignore_index=True)[RESULTS]


def _count(recording: xr.Dataset) -> pd.DataFrame:
    """Share of the neurons of each area that code reward and transition."""
    trials = drop_neurons(recording)
    played = (trials["choice"].values >= 0) & (trials["common_transition"].values >= 0)
    names = {"reward": "reward", "transition": "common_transition", "choice": "choice"}
    factors = xr.Dataset(
        {
            label: ("trial", np.where(played, trials[name].values.astype(float), np.nan))
            for label, name in names.items()
        }
    )
    tables = []
    for variable, window in _WINDOWS.items():
        counts = recording["spike_count"].sel(window=window)
        found = compute_coding_share(counts, factors, SEED, n_permutations=PERMUTATIONS)
        own = found.sel(factor=variable).isel(subject=0)
        about = {"condition": [f"{variable}, {area}" for area in own["group"].values]}
        n = own["n_units"].values.astype(float)
        share = {end: own[f"share_significant{end}"].values for end in ("", "_lower", "_upper")}
        null = own["share_null_upper"].values
        tables += [
            _lay_out("coding_share", about["condition"], share[""], share["_lower"],
                     share["_upper"], n),
            _lay_out("coding_share_null", about["condition"], null, np.nan, np.nan, n),
        ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _lay_out(
    quantity: str, condition: list[str], value: object, lower: object, upper: object, n: object
) -> pd.DataFrame:
    """Lay values out in the columns of results."""
    columns = {"condition": condition, "value": value, "lower": lower, "upper": upper, "n": n}
    return pd.DataFrame(columns).assign(quantity=quantity, subject=MEAN)[RESULTS]


def _list_values(recording: xr.Dataset) -> list[FeatureSet]:
    trials = drop_neurons(recording)
    return [select_features(trials, list(names), label) for label, names in _VALUES.items()]


def _explain(recording: xr.Dataset) -> pd.DataFrame:
    """Variance of neurons at the first choice that values explain, by area."""
    counts = recording["spike_count"].sel(window="choice1")
    found = compute_explained_variance(counts, _list_values(recording), SEED, n_shifts=SHIFTS)
    areas = [str(area) for area in found["group"].values]
    return _tabulate(found, areas)


def _tabulate(found: xr.Dataset, places: list[str]) -> pd.DataFrame:
    n = found["n_units"].values.astype(float)
    tables = []
    for name in _VALUES:
        value, lower, upper = (
            found[f"mean_explained{end}"].sel(features=name).values for end in _ENDS
        )
        condition = [f"{name}, {place}" for place in places]
        tables.append(_lay_out("explained_variance", condition, value, lower, upper, n))
    value, lower, upper = (
        found[f"difference{end}"].sel(features=MODEL_BASED, rival=MODEL_FREE).values
        for end in _ENDS
    )
    tables.append(_lay_out("explained_difference", places, value, lower, upper, n))
    return pd.concat(tables, ignore_index=True)


def _explain_units(recording: xr.Dataset, name: str, replayed: xr.Dataset) -> pd.DataFrame:
    """Explain the units of each network at the step of the first choice in the same way."""
    values = _list_values(recording)
    tables = []
    for replica in dict.fromkeys(replayed["subject"].values.tolist()):
        own = replayed.isel(trial=np.flatnonzero(replayed["subject"].values == replica))
        rows = _find_rows(recording, own)
        states = select_step(own["hidden"], "stage_1").transpose("trial", "unit")
        states = states.assign_coords(session=own["replayed_session"])
        found = compute_explained_variance(
            states, [each.select_trials(rows) for each in values], SEED, by=None, n_shifts=SHIFTS
        )
        table = _tabulate(found, [name])
        # The interval over units of one network is no interval over networks.
        tables.append(table.assign(subject=replica, lower=np.nan, upper=np.nan))
    single = pd.concat(tables, ignore_index=True)
    means = [_average(own) for _, own in single.groupby(["quantity", "condition"], sort=False)]
    return pd.concat([single, *means], ignore_index=True)


def _average(single: pd.DataFrame) -> pd.DataFrame:
    """Average a quantity over networks, with Student's 95 % interval."""
    n = len(single)
    value = single["value"].mean()
    half = float(student_quantile(0.975, n - 1)) * single["value"].std(ddof=1) / np.sqrt(n)
    ends = {"value": value, "lower": value - half, "upper": value + half}
    return single.iloc[:1].assign(subject=MEAN, n=float(n), **ends)


def _find_rows(recording: xr.Dataset, lived: xr.Dataset) -> np.ndarray:
    """Find the recording's trials that a network lived through, in its order."""
    place = pd.MultiIndex.from_arrays(
        [recording[name].values for name in ("session", "trial_in_session")]
    )
    replayed = [lived[f"replayed_{name}"].values for name in ("session", "trial_in_session")]
    return np.asarray(place.get_indexer(pd.MultiIndex.from_arrays(replayed)))
