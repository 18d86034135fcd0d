"""Lay out the tables of a comparison's page, with numbers formatted for reading."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.reporting.page import PageTable

NOTHING = "-"
"""Shown where there is no number."""

MOST_ROWS = 1500
"""Most rows of the table of sessions; beyond, weights of single trials back are only in the CSV."""


def lay_out_headlines(result: xr.Dataset) -> PageTable:
    """One row for each headline quantity: groups, differences, and p with Holm's correction."""
    headline = _headlines(result)
    contrasts = [str(name) for name in headline["comparison"].values]
    groups = [str(name) for name in headline["group"].values]
    rows = []
    for quantity in headline["quantity"].values:
        one = headline.sel(quantity=quantity)
        cells = [_name_measure(one)]
        cells += [_estimate(one.sel(group=group), "group") for group in groups]
        for name in contrasts:
            found = one.sel(comparison=name)
            cells.append(_estimate(found, "difference"))
            cells.append(_p_value(float(found["difference_p_holm"])))
        rows.append(cells)
    titles = [title for name in contrasts for title in (f">{name}", ">p (Holm)")]
    return PageTable(
        "Measures",
        ["measure", *(f">{group}" for group in groups), *titles],
        rows,
        "Values are means over subjects, with 95 % intervals in brackets. The intervals come from "
        f"{result.attrs['n_resamples']:,} draws of a {result.attrs['bootstrap']}. They are not "
        "corrected for the number of measures; p values are corrected by Holm's method.",
    )


def lay_out_effects(result: xr.Dataset) -> PageTable:
    """One row for each fixed effect of the mixed regression."""
    columns = ("name", "value", "lower", "upper", "n", "comparison")
    rows = [
        [_as_words(name), _interval(value, lower, upper), f"{n:,}", str(comparison)]
        for name, value, lower, upper, n, comparison in zip(
            *(result[f"effect_{column}"].values for column in columns), strict=True
        )
    ]
    return PageTable(
        "Mixed-effects logistic regression",
        ["fixed effect", ">log-odds", ">trials", "groups"],
        rows,
        f"One regression of {result.attrs['mixed_response']} over both groups. The intercept and "
        "the slopes vary between subjects, and as many trials enter from each group. A colon "
        "marks an interaction; effects that begin with 'group' are differences between the groups.",
    )


def lay_out_trials(result: xr.Dataset) -> PageTable:
    """One row for each subject: trials recorded, analysed, and marked."""
    marks = [_as_words(name) for name in result["mark"].values]
    names = ("group", "name", "n_sessions", "n_trials", "n_used")
    columns = [result[f"subject_{name}"].values for name in names]
    rows = [
        [str(group), str(name), *(f"{int(count):,}" for count in counts)]
        for group, name, *counts in zip(*columns, *result["marked"].values.T, strict=True)
    ]
    counted = [f">{title}" for title in ("sessions", "trials", "analysed", *marks)]
    present = result["marked"].sum("subject").values > 0
    sentences = [str(text) for text in result["mark_use"].values[present]]
    return PageTable(
        "Trials recorded and analysed",
        ["group", "subject", *counted],
        rows,
        " ".join([*sentences, "A trial may carry several marks."] if sentences else []),
    )


def lay_out_subjects(result: xr.Dataset) -> PageTable:
    """One row for each subject: its headline quantities."""
    headline = _headlines(result)
    names = [str(name) for name in headline["quantity"].values]
    rows = []
    for index in range(headline.sizes["subject"]):
        one = headline.isel(subject=index)
        cells = [str(one["subject_group"].item()), str(one["subject_name"].item())]
        rows.append([*cells, *(_estimate(one.sel(quantity=name), "subject") for name in names)])
    titles = [f">{_name_measure(headline.sel(quantity=name))}" for name in names]
    return PageTable("Subjects", ["group", "subject", *titles], rows, folded=True)


def lay_out_sessions(result: xr.Dataset) -> PageTable:
    """One row for each session of animals and quantity, with the reason where it has no value."""
    agents = str(result["group"].values[0])
    sessions = result.isel(session=(result["session_group"] != agents).values)
    if sessions.sizes["session"] * sessions.sizes["quantity"] > MOST_ROWS:
        sessions = _headlines(sessions)
    left_to_csv = sessions.sizes["quantity"] < result.sizes["quantity"]
    fits = sessions.sizes["session"] * sessions.sizes["quantity"] <= MOST_ROWS
    rows = []
    for index in range(sessions.sizes["session"] * fits):
        one = sessions.isel(session=index)
        name = f"{one['session_subject'].item()}, {one['session_name'].item()}"
        for quantity in one["quantity"].values:
            found = one.sel(quantity=quantity)
            count, note = f"{int(found['session_n']):,}", str(found["session_note"].item())
            rows.append([name, _name_measure(found), _estimate(found, "session"), count, note])
    return PageTable(
        "Sessions of animals",
        ["subject, session", "measure", ">estimate", ">n", "note"],
        rows,
        "Weights of single trials back are in the CSV file." if left_to_csv else "",
        folded=True,
    )


def _headlines(result: xr.Dataset) -> xr.Dataset:
    return result.isel(quantity=(result["headline"] == 1).values)


def _name_measure(one: xr.Dataset) -> str:
    """Name a quantity for a table: "Planning index (log-odds)"."""
    title, unit = str(one["title"].item()).removeprefix("the "), str(one["unit"].item())
    named = f"{title[:1].upper()}{title[1:]}"
    return named if unit == "1" else f"{named} ({unit})"


def _estimate(found: xr.Dataset, stem: str) -> str:
    """Format an estimate of a group, a difference, a subject or a session."""
    value = found["difference" if stem == "difference" else f"{stem}_value"]
    ends = (found[f"{stem}_{end}"].item() for end in ("lower", "upper"))
    return _interval(float(value), *ends)


def _interval(value: float, lower: float, upper: float) -> str:
    """Format a value with its interval, or a dash where there is none."""
    if not np.isfinite(value):
        return NOTHING
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return f"{value:.3g}"
    return f"{value:.3g} [{lower:.3g}, {upper:.3g}]"


def _p_value(p: float) -> str:
    if not np.isfinite(p):
        return NOTHING
    return "< .001" if p < 0.001 else f"{p:.3f}"


def _as_words(name: object) -> str:
    return str(name).replace("_", " ")
