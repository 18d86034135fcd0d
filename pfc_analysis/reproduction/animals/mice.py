"""Foraging of mice, from a table that the raw data confirm.

The raw data (Allen Institute for Neural Dynamics) are public, but not part of this package. The
table of the results computed from them is `datasets/published/aind_foraging.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.reproduction.animals.shipped_results import (
    as_published,
    find_results,
    write_shipped,
)
from pfc_analysis.reproduction.numbers import tabulate_result, untabulate_result

DATASET, STUDY = "mouse_dynamic_foraging", "aind_foraging"
SOURCE = (
    "computed by pfc_analysis from public test sessions of the Allen Institute for Neural Dynamics "
    "(pfc data info mouse_dynamic_foraging)"
)
MIN_TRIALS = 10
"""Smallest number of choices in a block. In shorter blocks mice hardly adapt to the change."""

MOST_AUTOMATIC = 0.1
"""Largest share of trials with automatic water in a session that is used. One session, early in
training, has 0.65."""

LIGHT = ("stimulated",)
"""Trials with laser light are left out, because the light may have changed the choice."""

_RATIOS = ("log_reward_ratio", "log_choice_ratio")
_LINE = ("slope", "intercept", "r", "r_squared")
_WEIGHTS = ("reward_weight", "choice_weight")


@dataclass(frozen=True)
class Foraging:
    """How subjects match and how past trials affect their choices.

    Attributes
    ----------
    points : xarray.Dataset
        `log_reward_ratio` and `log_choice_ratio` on `point`, a block of trials; coordinate
        `subject`.
    line : xarray.Dataset
        `slope`, `intercept`, `r`, `r_squared` and their intervals, on `subject`.
    history : xarray.Dataset
        `reward_weight`, `choice_weight` and their intervals, on (`subject`, `lag`).
    """

    points: xr.Dataset
    line: xr.Dataset
    history: xr.Dataset


def select_trained(recording: xr.Dataset) -> xr.Dataset:
    """Leave out sessions in which more than `MOST_AUTOMATIC` of the trials gave automatic water."""
    automatic = recording["automatic_reward"].any("arm")
    names = recording["subject"].str.cat(recording["session"].astype(str), sep=" ")
    share = automatic.groupby(names.rename("of")).mean()
    return recording.isel(trial=(share.sel(of=names) <= MOST_AUTOMATIC).values)


def measure_foraging(recording: xr.Dataset) -> Foraging:
    """Compute matching by blocks, and weights of past rewards and choices, of mice."""
    trained = select_trained(recording)
    points = compute_log_ratios(trained, by="block", min_trials=MIN_TRIALS, leave_out=LIGHT)
    history = fit_reward_history(trained, early_trials="drop", ridge=0.0, leave_out=LIGHT)
    return Foraging(points, fit_matching(points), history)


def mouse_foraging() -> Foraging:
    """Return the results of the mice, from a table that is checked where the raw data are at hand.

    Returns
    -------
    Foraging
        Of three mice, one session each.

    Raises
    ------
    ValueError
        If the raw data are at hand and give other numbers than the shipped table.
    """
    return find_results(STUDY, (DATASET,), measure_foraging, tabulate_foraging, untabulate_foraging)


def tabulate_foraging(foraging: Foraging) -> pd.DataFrame:
    """Convert the results of the mice to a table of published numbers."""
    points = foraging.points
    number = pd.Series(points["subject"].values).groupby(points["subject"].values).cumcount()
    tables = [
        pd.DataFrame(
            {
                "panel": "a",
                "quantity": name,
                "condition": "block " + number.astype(str),
                "subject": points["subject"].values,
                "value": points[name].values,
                "n": points["n_trials"].values,
                "unit": "1",
                "source": "",
            }
        )
        for name in _RATIOS
    ]
    for name in _LINE:
        rows = tabulate_result(foraging.line, name, panel="a", source="mice", quantity=name)
        tables.append(rows.assign(unit="1"))
    for name in _WEIGHTS:
        rows = tabulate_result(foraging.history, name, panel="c", source="mice", quantity=name)
        tables.append(rows.assign(unit="log-odds"))
    return as_published(pd.concat(tables, ignore_index=True), "2", "mice", SOURCE)


def untabulate_foraging(table: pd.DataFrame) -> Foraging:
    """Convert the table of the mice back to their results."""
    blocks = [untabulate_result(table, name, name, {"block": int}) for name in _RATIOS]
    points = xr.merge([block[[name]] for block, name in zip(blocks, _RATIOS, strict=True)])
    points = points.stack(point=("subject", "block")).dropna("point").reset_index("point")
    line = [_with_interval(table, name, {}) for name in _LINE]
    history = [_with_interval(table, name, {"lag": int}) for name in _WEIGHTS]
    return Foraging(points, xr.merge(line, compat="equals"), xr.merge(history, compat="equals"))


def _with_interval(table: pd.DataFrame, name: str, dims: dict[str, type]) -> xr.Dataset:
    """Convert rows back to a variable, with its interval in `<name>_lower` and `<name>_upper`."""
    found = untabulate_result(table, name, name, dims)
    names = {bound: f"{name}_{bound}" for bound in ("lower", "upper")} | {"n_trials": "n_points"}
    return found.rename({old: new for old, new in names.items() if old in found})


if __name__ == "__main__":
    write_shipped(STUDY, tabulate_foraging(measure_foraging(load_dataset(DATASET))))
