"""Lay out the tables of a comparison's page, with numbers formatted for reading."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from pfc_analysis.reporting.estimate_text import NOTHING, as_words, format_estimate, format_p
from pfc_analysis.reporting.page import PageTable, Section

MOST_ROWS = 1500
"""Most rows of the table of sessions; beyond, weights of single trials back are only in the CSV."""


def lay_out_headlines(result: xr.Dataset) -> Section:
    """One row for each headline quantity: groups with n, differences, and p by Holm's method."""
    headline = _headlines(result)
    contrasts = [str(name) for name in headline["comparison"].values]
    groups = [str(name) for name in headline["group"].values]
    rows = []
    for quantity in headline["quantity"].values:
        one = headline.sel(quantity=quantity)
        cells = [_name_measure(one)]
        for group in groups:
            own = one.sel(group=group)
            cells += [_estimate(own, "group"), _count(own)]
        for name in contrasts:
            found = one.sel(comparison=name)
            p = float(found["difference_p_holm"])
            cells += [_estimate(found, "difference"), format_p(p)]
        rows.append(cells)
    titles = [title for group in groups for title in (f">{group}", f"n ({group})")]
    titles += [title for name in contrasts for title in (f">{name}", ">p (Holm)")]
    text = (
        "Values are means over n subjects, with 95 % intervals in brackets; n also says what they "
        f"were counted from. Intervals: {result.attrs['intervals']}. They are not corrected for "
        "the number of measures; p values are corrected by Holm's method. "
        f"'{NOTHING}' stands where there is no number; 'Measure by measure' says why."
    )
    return Section("Measures", [PageTable(["measure", *titles], rows, text)])


def lay_out_effects(result: xr.Dataset) -> PageTable:
    """One row for each fixed effect of the mixed regression."""
    columns = ("name", "value", "lower", "upper", "n_subjects", "n", "comparison")
    rows = [
        [as_words(name), format_estimate(*estimate), f"{n_subjects:,}", f"{n:,}", str(comparison)]
        for name, *estimate, n_subjects, n, comparison in zip(
            *(result[f"effect_{column}"].values for column in columns), strict=True
        )
    ]
    return PageTable(
        ["fixed effect", ">log-odds", ">n (subjects)", ">n (trials)", "groups"],
        rows,
        f"One regression of {result.attrs['mixed_response']} over both groups. The intercept and "
        "the slopes vary between subjects, and as many trials enter from each group. A colon "
        "marks an interaction; effects that begin with 'group' are differences between the groups.",
    )


def lay_out_trials(result: xr.Dataset) -> Section:
    """One row for each subject: trials recorded, analysed, and marked."""
    marks = [as_words(name) for name in result["mark"].values]
    names = ("group", "name", "n_sessions", "n_trials", "n_used")
    columns = [result[f"subject_{name}"].values for name in names]
    rows = [
        [f"{group}, {name}", *(f"{int(count):,}" for count in counts)]
        for group, name, *counts in zip(*columns, *result["marked"].values.T, strict=True)
    ]
    counted = [f">{title}" for title in ("sessions", "trials", "analysed", *marks)]
    text = " ".join(_say_marks(result))
    return Section("Trials recorded and analysed", [PageTable(["subject", *counted], rows, text)])


def _say_marks(result: xr.Dataset) -> list[str]:
    """Say what was done with the trials that carry a mark which occurs, and how many they are."""
    counts = result["mark_count"].transpose("mark", "group").values
    sentences = [
        f"{text} ({'; '.join(str(count) for count in own if count)})"
        for text, own in zip(result["mark_use"].values, counts, strict=True)
        if any(own)
    ]
    return [*sentences, "A trial may carry several marks."] if sentences else []


def lay_out_subjects(result: xr.Dataset) -> Section:
    """One row for each subject and headline quantity, with the reason where it has no value."""
    headline = _headlines(result)
    names = zip(headline["subject_group"].values, headline["subject_name"].values, strict=True)
    rows = _list_estimates(headline, "subject", [f"{group}, {name}" for group, name in names])
    table = PageTable(["subject", "measure", ">estimate", ">n", "note"], rows, _COUNTED)
    return Section("Subjects", [table], folded=True)


_COUNTED = (
    "n counts what the estimate is made of: trials, pairs of trials, points of the matching line "
    "or reversals."
)


def lay_out_sessions(result: xr.Dataset) -> Section:
    """One row for each session of animals and quantity, with the reason where it has no value."""
    agents = str(result["group"].values[0])
    sessions = result.isel(session=(result["session_group"] != agents).values)
    if sessions.sizes["session"] * sessions.sizes["quantity"] > MOST_ROWS:
        sessions = _headlines(sessions)
    left_to_csv = sessions.sizes["quantity"] < result.sizes["quantity"]
    if sessions.sizes["session"] * sessions.sizes["quantity"] > MOST_ROWS:
        sessions = sessions.isel(session=[])
    names = zip(sessions["session_subject"].values, sessions["session_name"].values, strict=True)
    rows = _list_estimates(sessions, "session", [f"{name}, {number}" for name, number in names])
    text = " Weights of single trials back are in the CSV file." if left_to_csv else ""
    columns = ["subject, session", "measure", ">estimate", ">n", "note"]
    return Section("Sessions of animals", [PageTable(columns, rows, _COUNTED + text)], folded=True)


def _list_estimates(result: xr.Dataset, dim: str, names: Sequence[str]) -> list[list[str]]:
    """List the estimates of subjects or of sessions, one row for each quantity."""
    fields = ("value", "lower", "upper", "n", "note")
    columns = [result[f"{dim}_{name}"].transpose(dim, "quantity").values for name in fields]
    titles = [_name_measure(result.isel(quantity=at)) for at in range(result.sizes["quantity"])]
    rows = []
    for place, name in enumerate(names):
        for title, value, lower, upper, n, note in zip(
            titles, *(column[place] for column in columns), strict=True
        ):
            rows.append([name, title, format_estimate(value, lower, upper), f"{n:,}", str(note)])
    return rows


def _count(own: xr.Dataset) -> str:
    """Count the subjects that a mean is of, and what they were counted from."""
    n, every, used = (int(own[name]) for name in ("n_subjects", "n_recorded", "n_used"))
    subjects = f"{n:,}" if n == every else f"{n:,} of {every:,}"
    return f"{subjects} ({used:,} {own['counted'].item()})" if used else subjects


def _headlines(result: xr.Dataset) -> xr.Dataset:
    return result.isel(quantity=(result["headline"] == 1).values)


def _name_measure(one: xr.Dataset) -> str:
    """Name a quantity for a table: "Planning index (log-odds)"."""
    title, unit = str(one["title"].item()).removeprefix("the "), str(one["unit"].item())
    named = f"{title[:1].upper()}{title[1:]}"
    return named if unit == "1" else f"{named} ({unit})"


def _estimate(found: xr.Dataset, stem: str) -> str:
    """Format an estimate of a group, or a difference."""
    value = found["difference" if stem == "difference" else f"{stem}_value"]
    ends = (found[f"{stem}_{end}"].item() for end in ("lower", "upper"))
    return format_estimate(float(value), *ends)
