"""The page of a comparison: what can be said, the figure, and the numbers behind both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.reporting.comparison_figure import describe_figure, draw_for_page
from pfc_analysis.reporting.page import Page, PageFigure, PageList, PageTable

NOTHING = "-"
"""Stands where there is no number."""

MOST_ROWS = 1500
"""Rows of the table of sessions; where there are more, details of curves are left to the CSV."""

_ABOUT = ("species", "task", "source", "licence", "citation", "doi")
"""Attributes of a recording that say whose data it is."""


def lay_out_page(
    result: xr.Dataset, recordings: Mapping[str, xr.Dataset], command: str, files: Sequence[str]
) -> Page:
    """Lay out the page of a comparison.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.
    recordings : mapping of str to xarray.Dataset
        What was compared, by group; their attributes say where they come from and what was taken
        for granted when they were read.
    command : str
        How to make it again.
    files : sequence of str
        Names of the files beside the page.

    Returns
    -------
    Page
    """
    light, dark = draw_for_page(result)
    groups = [str(name) for name in result["group"].values]
    headline = result.isel(quantity=(result["headline"] == 1).values)
    tables = [
        _headline_table(headline, groups),
        _effect_table(result),
        _trial_table(result),
        _unit_table(headline, "subject", groups),
        _session_table(result, headline, groups),
    ]
    return Page(
        title=f"{result.attrs['experiment']}: {' beside '.join(groups)}",
        subtitle=_count(result, groups),
        summary=[str(text) for text in result["summary"].values],
        figure=PageFigure(light, dark, describe_figure(result), describe_figure(result)),
        tables=[table for table in tables if table.rows],
        lists=_lists(result, headline, recordings),
        command=command,
        files=files,
    )


def _count(result: xr.Dataset, groups: Sequence[str]) -> str:
    parts = []
    for group in groups:
        own = result.isel(subject=(result["subject_group"] == group).values)
        counts = [int(own[f"subject_{name}"].sum()) for name in ("n_sessions", "n_trials")]
        n = own.sizes["subject"]
        parts.append(f"{group}: {n} subjects, {counts[0]:,} sessions, {counts[1]:,} trials")
    return "; ".join(parts) + ". Intervals are 95 %."


def _headline_table(headline: xr.Dataset, groups: Sequence[str]) -> PageTable:
    """One row a quantity: groups, differences, and p with Holm's correction."""
    contrasts = [str(name) for name in headline["comparison"].values]
    rows = []
    for quantity in headline["quantity"].values:
        one = headline.sel(quantity=quantity)
        cells = [_as_words(quantity)]
        cells += [_estimate(one.sel(group=group), "group") for group in groups]
        for name in contrasts:
            found = one.sel(comparison=name)
            cells.append(_estimate(found, "difference"))
            cells.append(_p_value(float(found["difference_p_holm"])))
        rows.append(cells)
    titles = [title for name in contrasts for title in (f">{name}", ">p, Holm")]
    return PageTable(
        "Headline quantities",
        ["quantity", *(f">{group}" for group in groups), *titles],
        rows,
        f"Means over subjects. Intervals by a bootstrap, {headline.attrs['bootstrap']}; "
        f"{headline.attrs['n_resamples']} draws. {headline.attrs['note']}",
    )


def _effect_table(result: xr.Dataset) -> PageTable:
    rows = [
        [_as_words(name), _interval(value, lower, upper), f"{n:,}", str(comparison)]
        for name, value, lower, upper, n, comparison in zip(
            *(result[f"effect_{key}"].values for key in
              ("name", "value", "lower", "upper", "n", "comparison")),
            strict=True,
        )
    ]  # fmt: skip
    return PageTable(
        "Mixed-effects logistic regression",
        ["fixed effect", ">log-odds", ">trials", "groups"],
        rows,
        "Intercept and slopes vary by subject; both groups in one model, with as many trials from "
        "each. Effects that begin with group are the difference between the groups.",
    )


def _trial_table(result: xr.Dataset) -> PageTable:
    """Trials recorded, used, and left out, by subject."""
    marks = [str(name) for name in result["mark"].values]
    names = ("group", "name", "n_sessions", "n_trials", "n_used")
    columns = [result[f"subject_{name}"].values for name in names]
    rows = [
        [str(group), str(name), *(f"{int(count):,}" for count in counts)]
        for group, name, *counts in zip(*columns, *result["marked"].values.T, strict=True)
    ]
    use = "; ".join(
        f"{_as_words(mark)}: {text}"
        for mark, text in zip(marks, result["mark_use"].values, strict=True)
    )
    counted = [f">{title}" for title in ("sessions", "trials", "predicted", *map(_as_words, marks))]
    return PageTable(
        "Trials, and which were left out",
        ["group", "subject", *counted],
        rows,
        f"A trial may carry several marks. {use}.",
    )  # fmt: skip


def _unit_table(result: xr.Dataset, dim: str, groups: Sequence[str]) -> PageTable:
    """One row a subject: its headline quantities."""
    names = [str(name) for name in result["quantity"].values]
    rows = []
    for index in range(result.sizes[dim]):
        one = result.isel({dim: index})
        cells = [str(one[f"{dim}_group"].item()), str(one[f"{dim}_name"].item())]
        cells += [_estimate(one.sel(quantity=name), dim) for name in names]
        rows.append(cells)
    titles = ["group", dim, *(f">{_as_words(name)}" for name in names)]
    return PageTable("Subjects", titles, rows, folded=True)


def _session_table(result: xr.Dataset, headline: xr.Dataset, groups: Sequence[str]) -> PageTable:
    """One row a session and quantity, of animals; why, where it could not be measured."""
    own = (result["session_group"] != groups[0]).values
    sessions = result.isel(session=own)
    if sessions.sizes["session"] * sessions.sizes["quantity"] > MOST_ROWS:
        sessions = headline.isel(session=own)
    left_to_csv = sessions.sizes["quantity"] < result.sizes["quantity"]
    rows = []
    if sessions.sizes["session"] * sessions.sizes["quantity"] <= MOST_ROWS:
        for index in range(sessions.sizes["session"]):
            one = sessions.isel(session=index)
            name = f"{one['session_subject'].item()}, {one['session_name'].item()}"
            for quantity in one["quantity"].values:
                found = one.sel(quantity=quantity)
                note = str(found["session_note"].item())
                count = f"{int(found['session_n']):,}"
                rows.append([name, _as_words(quantity), _estimate(found, "session"), count, note])
    return PageTable(
        "Sessions of animals",
        ["subject, session", "quantity", ">estimate", ">n", "note"],
        rows,
        "Weights over lags are in the CSV." if left_to_csv else "",
        folded=True,
    )


def _lists(
    result: xr.Dataset, headline: xr.Dataset, recordings: Mapping[str, xr.Dataset]
) -> list[PageList]:
    sentences = [str(text) for texts in headline["sentence"].values for text in texts]
    found = [PageList("What can be said", sentences)]
    notes = [str(text) for text in result["mixed_note"].values if str(text)]
    if notes:
        found.append(PageList("Mixed-effects logistic regression", notes))
    for group, recording in recordings.items():
        told = _as_list(recording.attrs.get("assumed"))
        told += [f"left out: {text}" for text in _as_list(recording.attrs.get("left_out"))]
        if told:
            found.append(PageList(f"Taken for granted when {group} were read", told))
        about = [
            f"{name}: {'; '.join(_as_list(recording.attrs[name]))}"
            for name in _ABOUT
            if recording.attrs.get(name)
        ]
        if about:
            found.append(PageList(f"Whose data: {group}", about))
    return found


def _as_list(value: Any) -> list[str]:
    """Entries of an attribute, which netCDF may have made one text of."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(entry) for entry in np.ravel(value)]


def _estimate(found: xr.Dataset, stem: str) -> str:
    value = found["difference" if stem == "difference" else f"{stem}_value"]
    ends = (found[f"{stem}_{end}"].item() for end in ("lower", "upper"))
    return _interval(float(value), *ends)


def _interval(value: float, lower: float, upper: float) -> str:
    """Value with its interval; a dash where there is none."""
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
