"""Tables of a fit's page: models, subjects and parameters."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.reporting.estimate_text import NOTHING, format_estimate
from pfc_analysis.reporting.page import PageTable, Section


def write_estimate(one: xr.Dataset, name: str) -> str:
    """Write a value of a dataset without dimensions, with its interval."""
    return format_estimate(*(float(one[f"{name}{end}"]) for end in ("", "_lower", "_upper")))


def lay_out_models(result: xr.Dataset) -> Section:
    """Lay out how well each model predicts, over subjects."""
    bayes = "protected_exceedance" in result
    criteria = ["aic", "bic"] if (result["kind"] == "learner").any() else []
    rows = []
    for name in result["model"].values:
        one = result.sel(model=name)
        row = [str(one["title"].values), write_estimate(one, "group_heldout")]
        row.append(write_estimate(one, "group_difference"))
        row.append(str(int((result["best_model"] == name).sum())))
        row += [_write_sum(one[criterion]) for criterion in criteria]
        if bayes:
            row.append(format_estimate(float(one["protected_exceedance"]), np.nan, np.nan))
        rows.append(row)
    columns = ["model", ">normalised likelihood", ">difference, nats a choice", ">best in subjects"]
    columns += [f">{criterion.upper()}" for criterion in criteria]
    columns += [">protected exceedance probability"] if bayes else []
    about = sorted(set(map(str, result["inference"].values)))
    held_out = (
        f"Held-out choices, mean over subjects with 95 % intervals (of: {' and '.join(about)}); "
        f"{count_folds(result)} of sessions. "
    )
    text = held_out if count_folds(result) else "No session could be held out. "
    text += "AIC and BIC: sums over subjects, smaller where better." if criteria else ""
    return Section("Which model predicts held-out choices?", [PageTable(columns, rows, text)])


def _write_sum(over_subjects: xr.DataArray) -> str:
    """Write the sum of an information criterion; networks have none."""
    return NOTHING if over_subjects.isnull().any() else f"{float(over_subjects.sum()):.1f}"


def count_folds(result: xr.Dataset) -> str:
    """Write how many folds the sessions were in: "5 folds", "3 to 5 folds"; "" for none.

    A subject with fewer sessions than folds has one fold for each session.
    """
    n_sessions = result["n_sessions"].values
    used = np.minimum(n_sessions[n_sessions > 1], result.attrs["folds"])
    if not used.size:
        return ""
    fewest, most = int(used.min()), int(used.max())
    return f"{most} folds" if fewest == most else f"{fewest} to {most} folds"


def lay_out_subjects(result: xr.Dataset) -> Section:
    """Lay out the normalised likelihood of each model and subject."""
    several = int((result["kind"] == "network").sum()) > 1
    columns = ["subject", *(f">{title}" for title in result["title"].values)]
    columns += [">best number of units"] if several else []
    rows = []
    for name in result["subject"].values:
        one = result.sel(subject=name)
        cells = [
            write_estimate(one.sel(model=model), "heldout") for model in result["model"].values
        ]
        rows.append([str(name), *cells, *([_write_units(one)] if several else [])])
    text = "Normalised likelihood of held-out choices, with 95 % intervals over sessions."
    return Section("Subject by subject", [PageTable(columns, rows, text)], folded=True)


def _write_units(one: xr.Dataset) -> str:
    value, low, high = (float(one[f"n_units{end}"]) for end in ("", "_lower", "_upper"))
    return NOTHING if np.isnan(value) else f"{value:.0f} [{low:.0f}, {high:.0f}]"


def lay_out_parameters(result: xr.Dataset) -> Section:
    """Lay out the parameters of every learner."""
    names = list(map(str, result["subject"].values))
    tables = []
    for learner in dict.fromkeys(map(str, result["learner"].values)):
        own = result.isel(estimated=(result["learner"] == learner).values)
        rows = []
        for label in own["estimated"].values:
            one = own.sel(estimated=label)
            low, high = one["lower"].values, one["upper"].values
            cells = list(map(format_estimate, one["estimate"].values, low, high))
            if "population_mean" in one:
                cells.append(write_estimate(one, "population_mean"))
            rows.append([f"{one['parameter'].values}: {one['meaning'].values}", *cells])
        title = str(result["title"].sel(model=learner).values)
        columns = ["parameter", *(f">{n}" for n in names)]
        columns += [">mean of the population"] if "population_mean" in own else []
        tables.append(PageTable(columns, rows, f"{title}."))
    return Section("Parameters, with 95 % intervals", tables, folded=True)
