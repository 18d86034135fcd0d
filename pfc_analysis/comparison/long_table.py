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
    "n_subjects",
    "n_recorded",
    "n_sessions",
    "n_used",
    "counted",
    "p",
    "p_holm",
    "interval",
    "note",
]
"""Columns of the table.

`level` is group, difference, mixed_effect, subject or session. In rows of differences and effects,
`group` is the comparison ("agents - rats"), and counts are sums over both groups. `n` is
`n_subjects` for a group and a difference, and `n_used` otherwise. `n_subjects` have a value, of
`n_recorded`; they have `n_sessions`. `n_used` counts what entered, and `counted` says what that is:
trials, pairs of trials, blocks, sessions or reversals. `p` and `p_holm` are those of differences.
`interval` says whom the 95 % interval is about.
"""


_COUNTS = ("n_sessions", "n_used", "counted")


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
    repeats = result.sizes["quantity"]
    counts = {name: result[name].values.ravel() for name in ("n_subjects", *_COUNTS)}
    groups = _stack(result, "group", "group").assign(
        group=np.repeat(result["group"].values, repeats),
        n=counts["n_subjects"],
        n_recorded=np.repeat(result["n_recorded"].values, repeats),
        **counts,
        interval=result["inference"].values.ravel(),
        note=result["group_note"].values.ravel(),
    )
    differences = _stack(result, "comparison", "difference", "difference").assign(
        group=np.repeat(result["comparison"].values, repeats),
        **_count_both(result),
        p=result["difference_p"].values.ravel(),
        p_holm=result["difference_p_holm"].values.ravel(),
        interval="difference",
        note=result["sentence"].values.ravel(),
    )
    parts = [groups, differences, _tabulate_effects(result)]
    parts += [_tabulate_rows(result, dim) for dim in ("subject", "session")]
    table = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return _set_types(table.reindex(columns=COLUMNS))


def _count_both(result: xr.Dataset) -> dict[str, np.ndarray]:
    """Sum the counts of the two groups of each difference; (comparison and quantity,)."""
    one, others = result.isel(group=0), result.isel(group=slice(1, None))
    found = {
        name: (one[name] + others[name]).transpose("group", "quantity").values.ravel()
        for name in ("n_subjects", "n_sessions", "n_used")
    }
    recorded = (one["n_recorded"] + others["n_recorded"]).values
    same = (one["counted"] == others["counted"]).transpose("group", "quantity").values
    both = one["counted"].str.cat(others["counted"], sep=" and ").transpose("group", "quantity")
    alone = np.broadcast_to(one["counted"].values, same.shape)
    found["counted"] = np.where(same, alone, both.values).ravel()
    found["n_recorded"] = np.repeat(recorded, result.sizes["quantity"])
    return found | {"n": found["n_subjects"]}


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
            "n_used": result["effect_n"].values,
            "n_subjects": result["effect_n_subjects"].values,
            "counted": "trials",
            "interval": "population",
        }
    )


def _tabulate_rows(result: xr.Dataset, dim: str) -> pd.DataFrame:
    """Make one row for each quantity of each subject, or of each session."""
    repeats = result.sizes["quantity"]
    rows = _stack(result, dim, dim).assign(
        group=np.repeat(result[f"{dim}_group"].values, repeats),
        n=result[f"{dim}_n"].values.ravel(),
        n_used=result[f"{dim}_n"].values.ravel(),
        counted=_find_counted(result, dim),
        n_subjects=1,
        n_recorded=1,
        n_sessions=1,
        interval=f"this {dim}",
        note=result[f"{dim}_note"].values.ravel(),
    )
    name = "subject_name" if dim == "subject" else "session_subject"
    rows["subject"] = np.repeat(result[name].values, repeats)
    if dim == "subject":
        return rows.assign(n_sessions=np.repeat(result["subject_n_sessions"].values, repeats))
    rows["session"] = np.repeat(result["session_name"].values, repeats)
    return _drop_never_measured(rows)


def _find_counted(result: xr.Dataset, dim: str) -> np.ndarray:
    """Find what each row counts, (row and quantity,)."""
    names = result["group"].values.tolist()
    place = [names.index(name) for name in result[f"{dim}_group"].values]
    return np.asarray(result["counted"].values[place]).ravel()


def _set_types(table: pd.DataFrame) -> pd.DataFrame:
    """Give each column its type: numbers, counts that may be missing, or text."""
    for name in COLUMNS:
        if name in ("estimate", "lower", "upper", "p", "p_holm"):
            table[name] = table[name].astype(np.float64)
        elif name == "session" or (name[0] == "n" and name != "note"):
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
