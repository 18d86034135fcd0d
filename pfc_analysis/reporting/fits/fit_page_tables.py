"""Tables of a fit's page: models, subjects, parameters, and notes on single fits."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.reporting.estimate_text import NOTHING, format_estimate
from pfc_analysis.reporting.page import PageList, PageTable, Section


def write_estimate(one: xr.Dataset, name: str) -> str:
    """Write a value of a dataset without dimensions, with its interval."""
    return format_estimate(*(float(one[f"{name}{end}"]) for end in ("", "_lower", "_upper")))


def lay_out_models(result: xr.Dataset) -> Section:
    """Lay out how well each model predicts, over subjects."""
    bayes = "protected_exceedance" in result
    rows = []
    for name in result["model"].values:
        one = result.sel(model=name)
        row = [str(one["title"].values), write_estimate(one, "group_heldout")]
        row.append(write_estimate(one, "group_difference"))
        row.append(str(int((result["best_model"] == name).sum())))
        if bayes:
            row.append(format_estimate(float(one["protected_exceedance"]), np.nan, np.nan))
        rows.append(row)
    columns = ["model", ">normalised likelihood", ">difference, nats a choice", ">best in subjects"]
    columns += [">protected exceedance probability"] if bayes else []
    about = sorted(set(map(str, result["inference"].values)))
    text = (
        f"Held-out choices, mean over subjects with 95 % intervals (of: {' and '.join(about)}); "
        f"{result.attrs['folds']} folds of sessions."
    )
    return Section("Which model predicts held-out choices?", [PageTable(columns, rows, text)])


def lay_out_subjects(result: xr.Dataset) -> Section:
    """Lay out the normalised likelihood of each model and subject."""
    columns = ["subject", *(f">{title}" for title in result["title"].values), ">best units"]
    rows = []
    for name in result["subject"].values:
        one = result.sel(subject=name)
        cells = [
            write_estimate(one.sel(model=model), "heldout") for model in result["model"].values
        ]
        rows.append([str(name), *cells, _write_units(one)])
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


def lay_out_notes(result: xr.Dataset) -> Section:
    """List what must be known about single fits, and who was left out."""
    rows = [f"Left out: {text}." for text in result.attrs["left_out"]]
    for subject in result["subject"].values:
        for model in result["model"].values:
            one = result.sel(subject=subject, model=model)
            for name in ("fit_note", "heldout_note"):
                text = str(one[name].values)
                if text:
                    rows.append(f"{subject}, {one['title'].values}: {text}")
    return Section("Notes on single fits", [PageList(rows)], folded=True)
