"""Turn a comparison into a long-format table: one number a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

COLUMNS = [
    "level",
    "group",
    "subject",
    "session",
    "quantity",
    "condition",
    "estimate",
    "lower",
    "upper",
    "n",
    "interval",
    "note",
]
"""Columns of the table.

`level` is group, difference, mixed_effect, subject or session. In rows of differences and effects,
`group` is the comparison ("agents - rats"). `n` counts subjects for a group, and trials, pairs of
trials, points or reversals otherwise. `interval` says whom the 95 % interval is about.
"""


def tabulate_comparison(result: xr.Dataset) -> pd.DataFrame:
    """Turn a comparison into a table.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. Rows: groups, differences, effects, subjects, sessions.
    """
    groups = _stack(result, "group", "group").assign(
        group=np.repeat(result["group"].values, result.sizes["quantity"]),
        n=result["n_subjects"].values.ravel(),
        interval=result["inference"].values.ravel(),
        note=result["group_note"].values.ravel(),
    )
    differences = _stack(result, "comparison", "difference", "difference").assign(
        group=np.repeat(result["comparison"].values, result.sizes["quantity"]),
        interval="difference",
        note=result["sentence"].values.ravel(),
    )
    parts = [groups, differences, _tabulate_effects(result)]
    parts += [_tabulate_rows(result, dim) for dim in ("subject", "session")]
    table = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return _set_types(table.reindex(columns=COLUMNS))


def _tabulate_effects(result: xr.Dataset) -> pd.DataFrame:
    """Make one row for each fixed effect of the mixed regression."""
    return pd.DataFrame(
        {
            "level": "mixed_effect",
            "group": result["effect_comparison"].values,
            "quantity": result["effect_name"].values,
            "estimate": result["effect_value"].values,
            "lower": result["effect_lower"].values,
            "upper": result["effect_upper"].values,
            "n": result["effect_n"].values,
            "interval": "population",
        }
    )


def _tabulate_rows(result: xr.Dataset, dim: str) -> pd.DataFrame:
    """Make one row for each quantity of each subject, or of each session."""
    repeats = result.sizes["quantity"]
    rows = _stack(result, dim, dim).assign(
        group=np.repeat(result[f"{dim}_group"].values, repeats),
        n=result[f"{dim}_n"].values.ravel(),
        interval=f"this {dim}",
        note=result[f"{dim}_note"].values.ravel(),
    )
    name = "subject_name" if dim == "subject" else "session_subject"
    rows["subject"] = np.repeat(result[name].values, repeats)
    if dim == "subject":
        return rows
    rows["session"] = np.repeat(result["session_name"].values, repeats)
    return _drop_never_measured(rows)


def _set_types(table: pd.DataFrame) -> pd.DataFrame:
    """Give each column its type: numbers, counts that may be missing, or text."""
    for name in COLUMNS:
        if name in ("estimate", "lower", "upper"):
            table[name] = table[name].astype(np.float64)
        elif name in ("n", "session"):
            table[name] = table[name].astype("Int64")
        else:
            table[name] = table[name].fillna("").astype(str)
    return table


def _drop_never_measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop quantities that were measured in no session of a group: thousands of empty rows."""
    measured = rows.groupby(["group", "quantity", "condition"])["estimate"].transform("count") > 0
    return rows[measured]


def _stack(result: xr.Dataset, dim: str, level: str, value: str | None = None) -> pd.DataFrame:
    """Make one row for each quantity of each entry of a dimension."""
    names = [value, f"{value}_lower", f"{value}_upper"] if value else [
        f"{dim}_value", f"{dim}_lower", f"{dim}_upper"]  # fmt: skip
    size = result.sizes[dim]
    columns = {
        column: result[str(name)].transpose(dim, "quantity").values.ravel()
        for column, name in zip(("estimate", "lower", "upper"), names, strict=True)
    }
    return pd.DataFrame(
        columns
        | {
            "level": level,
            "quantity": np.tile(result["name"].values, size),
            "condition": np.tile(result["condition"].values, size),
        }
    )
