"""Dopamine of mice around a cue, from a table that the raw data confirm.

The raw data (Jeong et al. 2022) are public, but not part of this package. The table of the results
computed from them is `datasets/published/jeong_2022.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.signals.mean_traces import compute_mean_traces
from pfc_analysis.analysis.signals.trace_windows import compute_window_response
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.reproduction.animals.reward_move import CUE_WINDOW, SESSIONS, measure_move
from pfc_analysis.reproduction.animals.shipped_results import (
    as_published,
    find_results,
    write_shipped,
)
from pfc_analysis.reproduction.numbers import COLUMNS, MEAN

CUES, DELAY = "mouse_dopamine", "mouse_dopamine_delay"
STUDY, GROUP = "jeong_2022", "mice"
SOURCE = (
    "computed by pfc_analysis from the public data of Jeong et al. (2022), doi "
    "10.1126/science.abq6740 (pfc data info mouse_dopamine)"
)


@dataclass(frozen=True)
class Dopamine:
    """Dopamine responses to a cue, and around the move of a reward.

    Attributes
    ----------
    cue_traces, delay_traces : xarray.Dataset
        `mean`, `lower` and `upper` on (`condition`, `time`): mean over mice with its 95 % interval.
        Conditions are CS+ and CS-; reward at 3 s (last session) and at 9 s (first session).
    responses : xarray.Dataset
        `response` on (`measure`, `subject`), with `lower`, `upper` (95 % interval over trials; none
        for differences) and `n_trials`. Measures: `cue_plus`, `cue_minus` and `cue_difference`,
        `CUE_WINDOW`; `cue_before` and `cue_after`, the same around the move; `old_time_before`,
        `old_time_after`, `old_time_early` (its first `EARLY` trials) and `old_time_difference`
        (before less after), `OLD_TIME` less `BEFORE_OLD_TIME`; `old_time_above_rest`, after the
        move, less `REST`; and in every mouse, over its `cue_before`, `after_ratio`, `early_ratio`
        and `above_rest_ratio`. A dip is a negative number.
    means : xarray.Dataset
        `mean`, `lower`, `upper` (95 % interval, Student's t over mice) and `n_subjects` on
        `measure`.
    """

    cue_traces: xr.Dataset
    delay_traces: xr.Dataset
    responses: xr.Dataset
    means: xr.Dataset


def measure_dopamine(cues: xr.Dataset, delay: xr.Dataset) -> Dopamine:
    """Compute dopamine responses to a cue, and around the move of a reward.

    Parameters
    ----------
    cues, delay : xarray.Dataset
        Recordings of `pfc_analysis.recording.catalogue.dopamine_mice`.

    Returns
    -------
    Dopamine
        Of seven mice, in the unit of the files.
    """
    by_cue = compute_window_response(cues, "photometry", CUE_WINDOW)
    measures = {
        "cue_plus": by_cue.sel(condition="CS+", drop=True),
        "cue_minus": by_cue.sel(condition="CS-", drop=True),
        **measure_move(delay, "photometry"),
    }
    responses = _with_differences(measures)
    return Dopamine(
        _only_means(compute_mean_traces(cues, "photometry")),
        _only_means(_named(compute_mean_traces(delay, "photometry", "session_label"))),
        responses,
        _means(responses),
    )


def dopamine_responses() -> Dopamine:
    """Return the results of the mice, from a table that is checked where the raw data are at hand.

    Returns
    -------
    Dopamine
        Of seven mice.

    Raises
    ------
    ValueError
        If the raw data are at hand and give other numbers than the shipped table.
    """
    return find_results(
        STUDY, (CUES, DELAY), measure_dopamine, tabulate_dopamine, untabulate_dopamine
    )


def tabulate_dopamine(dopamine: Dopamine) -> pd.DataFrame:
    """Convert the results of the mice to a table of published numbers."""
    traces = {"cue_trace": dopamine.cue_traces, "delay_trace": dopamine.delay_traces}
    tables = []
    for panel, (quantity, found) in zip("ab", traces.items(), strict=True):
        rows = found.to_dataframe().reset_index().rename(columns={"mean": "value"})
        at = [f"{c} at {t:g} s" for c, t in zip(rows["condition"], rows["time"], strict=True)]
        rows = rows.rename(columns={"n_subjects": "n"})
        tables.append(rows.assign(panel=panel, quantity=quantity, condition=at, subject=MEAN))
    own = dopamine.responses.to_dataframe().reset_index().rename(columns={"n_trials": "n"})
    means = dopamine.means.to_dataframe().reset_index().rename(columns={"n_subjects": "n"})
    means = means.rename(columns={"mean": "response"}).assign(subject=MEAN)
    rows = pd.concat([own, means], ignore_index=True)
    rows = rows.rename(columns={"measure": "quantity", "response": "value"})
    tables.append(rows.assign(panel="c", condition=""))
    table = pd.concat(tables, ignore_index=True).assign(source="", unit="dF/F")
    table.loc[table["quantity"].str.endswith("_ratio"), "unit"] = "1"
    return as_published(table, "4", GROUP, SOURCE)


def tabulate_responses(mice: Dopamine) -> pd.DataFrame:
    """Convert the responses of the mice to rows of Figure 4; traces are left out."""
    rows = tabulate_dopamine(mice)
    rows = rows[rows["panel"] == "c"]
    return rows.assign(panel="d e", source="mice").reindex(columns=COLUMNS)


def untabulate_dopamine(table: pd.DataFrame) -> Dopamine:
    """Convert the table of the mice back to their results."""
    rows = table[table["panel"] == "c"]
    mice = rows[rows["subject"] != MEAN]
    means = rows[rows["subject"] == MEAN]
    return Dopamine(
        _trace_of(table[table["quantity"] == "cue_trace"]),
        _trace_of(table[table["quantity"] == "delay_trace"]),
        _dataset_of(mice, {"quantity": "measure", "subject": "subject"}, "response", "n_trials"),
        _dataset_of(means, {"quantity": "measure"}, "mean", "n_subjects"),
    )


def _trace_of(rows: pd.DataFrame) -> xr.Dataset:
    parts = rows["condition"].str.extract(r"^(?P<condition>.+) at (?P<time>\S+) s$")
    rows = rows.assign(condition=parts["condition"], time=parts["time"].astype(float))
    labels = {"condition": "condition", "time": "time"}
    return _dataset_of(rows, labels, "mean", "n_subjects")


def _dataset_of(
    rows: pd.DataFrame, labels: Mapping[str, str], value: str, count: str
) -> xr.Dataset:
    """Convert rows to a dataset; the columns in `labels` become dimensions."""
    names = {**labels, "value": value, "n": count}
    columns = [*labels, "value", "lower", "upper", "n"]
    named = rows[columns].rename(columns=names)
    order = {name: pd.unique(named[name]) for name in labels.values()}
    return xr.Dataset.from_dataframe(named.set_index(list(order))).reindex(order)


def _only_means(traces: xr.Dataset) -> xr.Dataset:
    return traces[["mean", "lower", "upper", "n_subjects"]].drop_attrs()


def _named(traces: xr.Dataset) -> xr.Dataset:
    names = [SESSIONS[label] for label in traces["condition"].values.tolist()]
    return traces.assign_coords(condition=names)


def _with_differences(measures: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Join all measures into one dataset, and add differences and ratios within mice."""
    value = {name: measure["response"] for name, measure in measures.items()}
    derived = {
        "cue_difference": value["cue_plus"] - value["cue_minus"],
        "old_time_difference": value["old_time_before"] - value["old_time_after"],
        "after_ratio": value["old_time_after"] / value["cue_before"],
        "early_ratio": value["old_time_early"] / value["cue_before"],
        "above_rest_ratio": value["old_time_above_rest"] / value["cue_before"],
    }
    found = {**measures, **{name: v.to_dataset(name="response") for name, v in derived.items()}}
    whole = xr.concat(
        [one.assign_coords(measure=name) for name, one in found.items()],
        dim="measure",
        data_vars="all",
        join="exact",
        combine_attrs="drop",
    )
    return whole[["response", "lower", "upper", "n_trials"]].drop_attrs()


def _means(responses: xr.Dataset) -> xr.Dataset:
    return compute_subject_mean(responses["response"])[
        ["mean", "lower", "upper", "n_subjects"]
    ].drop_attrs()


if __name__ == "__main__":
    write_shipped(
        STUDY, tabulate_dopamine(measure_dopamine(load_dataset(CUES), load_dataset(DELAY)))
    )
