"""Sections of a fit's page on what can be trusted: recovery, confusion, predictions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.packed_parts import has_part, list_parts, unpack
from pfc_analysis.reporting.estimate_text import NOTHING, as_words, format_estimate
from pfc_analysis.reporting.page import PageList, PageTable, PageText, Section

RECOVERY = "recovery_"


def lay_out_checks(result: xr.Dataset) -> list[Section]:
    """Lay out what simulations in the subjects' own sessions say about the fits."""
    names = map(str, result["model"].values)
    titles = dict(zip(names, map(str, result["title"].values), strict=True))
    sections = [_lay_out_recovery(result, titles)]
    if has_part(result, "confusion"):
        sections.append(_lay_out_confusion(unpack(result, "confusion"), titles))
    if has_part(result, "predictions"):
        sections.append(_lay_out_predictions(unpack(result, "predictions"), titles))
    return sections


def write_titles(sentences: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    """Write models by their titles, "GRU, 1 unit", in place of their names, "gru_1"."""
    words = "|".join(map(re.escape, titles))
    return [re.sub(rf"\b({words})\b", lambda m: titles[m[0]], text) for text in sentences]


def _lay_out_recovery(result: xr.Dataset, titles: Mapping[str, str]) -> Section:
    """Lay out which parameters can be estimated."""
    parts = [unpack(result, name) for name in list_parts(result, RECOVERY)]
    rows, said, notes = [], [], []
    for part in parts:
        said += write_titles(part.attrs["sentences"], titles)
        notes += part.attrs["notes"]
        for name in part["parameter"].values:
            one = part.sel(parameter=name)
            row = [f"{titles[part.attrs['learner']]}: {as_words(name)}"]
            row += [_write(one.isel(repeat=k), "r") for k in range(part.sizes["repeat"])]
            row += [NOTHING] * (3 - part.sizes["repeat"])
            row.append(_write(one.isel(repeat=0), "coverage"))
            rows.append([*row, "yes" if int(one["identifiable"]) else "no"])
    columns = ["parameter", ">r, these trials", ">r, 2 times", ">r, 4 times"]
    columns += [">share of intervals that cover", "identifiable"]
    text = PageText(
        [
            "Players with known parameters, drawn around the fitted subjects, made choices in the "
            "subjects' own sessions and were fitted again. r is the correlation of true and "
            "estimated values on the scale of the fit, with 95 % intervals. A parameter counts as "
            "identifiable if r is at least .9 with the trials as they are.",
        ]
    )
    table = PageTable(columns, rows)
    return Section(
        "Which parameters can be estimated from these trials?",
        [*([text] if rows else []), table, PageList(said), PageList(list(dict.fromkeys(notes)))],
    )


def _write(one: xr.Dataset, name: str) -> str:
    return format_estimate(*(float(one[f"{name}{end}"]) for end in ("", "_lower", "_upper")))


def _lay_out_confusion(part: xr.Dataset, titles: Mapping[str, str]) -> Section:
    """Lay out which learners can be told apart."""
    names = [titles[str(name)] for name in part["chosen"].values]
    rows = [
        [name, *(f"{share:.2f}" for share in part["share"].values[k])]
        for k, name in enumerate(names)
    ]
    how = "BIC" if part.attrs["criterion"] == "bic" else "held-out likelihood"
    text = (
        f"Each learner (row) played the subjects' own sessions with its fitted parameters; all "
        f"learners were fitted to its choices. Cells: share of data sets in which the learner of "
        f"the column won by {how}, of {int(part['count'].values[0].sum())} in each row."
    )
    table = PageTable(["who played", *(f">{name}" for name in names)], rows, text)
    return Section(
        "Which learners can these trials tell apart?",
        [PageList(write_titles(part.attrs["sentences"], titles)), table],
    )


def _lay_out_predictions(part: xr.Dataset, titles: Mapping[str, str]) -> Section:
    """Lay out whether fitted models behave as the subjects do."""
    learners, subjects = part["learner"].values, part["subject"].values
    rows = []
    for name in learners:
        own = part.sel(learner=name)
        cells = [
            f"{float(m):.1f} (p {float(p):.2f})" if np.isfinite(m) else NOTHING
            for m, p in zip(own["misfit"].values, own["misfit_p_value"].values, strict=True)
        ]
        rows.append([titles[str(name)], *cells])
    text = (
        f"Every fitted model played the subjects' own sessions {part.attrs['n_replicas']} times by "
        "itself, and the choices were analysed as the subjects' are. Cells: mean square distance "
        "of the subject's measures from the model's, in standard deviations of the replicas "
        "(about 1 for a right model), and the share of replicas at least as far from the others."
    )
    table = PageTable(["model", *(f">{name}" for name in subjects)], rows, text)
    return Section(
        "Do the fitted models behave as the subjects do?",
        [
            PageList(write_titles(part.attrs["sentences"], titles)),
            table,
            _list_outside(part, titles),
        ],
    )


def _list_outside(part: xr.Dataset, titles: Mapping[str, str]) -> PageTable:
    """List the measures of each subject outside the interval of the model, model by model."""
    rows = []
    for name in part["learner"].values:
        for measure in part["measure"].values:
            one = part.sel(learner=name, measure=measure)
            n, known = int(one["outside"].sum()), int(one["mean"].notnull().sum())
            if known:
                means = (float(one[key].mean()) for key in ("observed", "mean"))
                values = [f"{value:.3f}" for value in means]
                rows.append([f"{titles[str(name)]}: {measure}", *values, f"{n} of {known}"])
    columns = ["measure", ">subjects, mean", ">model, mean", ">subjects outside the interval"]
    return PageTable(columns, rows, "Measure by measure.")
