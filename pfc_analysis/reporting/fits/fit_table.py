"""Tabulate a fit: one row for each number, with its interval."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import xarray as xr

from pfc_analysis.packed_parts import has_part, list_parts, unpack

COLUMNS = ("quantity", "subject", "model", "parameter", "value", "lower", "upper", "unit", "note")

ON_MODELS = ("heldout", "difference")
"""Quantities on (subject, model) with an interval."""

WITHOUT_INTERVAL = ("log_likelihood", "aic", "bic", "n_agreeing")


def tabulate_fit(result: xr.Dataset) -> pd.DataFrame:
    """Lay out the numbers of a fit as a table.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.

    Returns
    -------
    pandas.DataFrame
        Columns `quantity`, `subject` ("" for all), `model`, `parameter`, `value`, `lower`, `upper`
        (95 %), `unit`, `note`. Values that there are none of are left out.
    """
    rows = [*_on_models(result), *_over_subjects(result), *_on_parameters(result)]
    rows += [*_on_subjects(result), *_checks(result)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).fillna(
        {"subject": "", "model": "", "parameter": "", "unit": "", "note": ""}
    )


def _row(result: xr.Dataset, name: str, **labels: object) -> dict[str, object]:
    """Make a row of a number, with its interval if it has one."""
    row: dict[str, object] = {"quantity": name, "unit": result[name].attrs.get("units", "1")}
    row |= {"value": float(result[name])} | labels
    for end in ("lower", "upper"):
        if f"{name}_{end}" in result:
            row[end] = float(result[f"{name}_{end}"])
    return row


def _on_models(result: xr.Dataset) -> Iterator[dict[str, object]]:
    for subject in result["subject"].values:
        for model in result["model"].values:
            one = result.sel(subject=subject, model=model)
            for name in (*ON_MODELS, *WITHOUT_INTERVAL):
                if name in one and one[name].notnull():
                    note = one["heldout_note"] if name == "heldout" else one.get("fit_note", "")
                    yield _row(
                        one,
                        name,
                        subject=subject,
                        model=model,
                        note=str(getattr(note, "values", note)),
                    )


def _over_subjects(result: xr.Dataset) -> Iterator[dict[str, object]]:
    names = [f"group_{name}" for name in ON_MODELS]
    names += ["model_frequency", "exceedance", "protected_exceedance"]
    for model in result["model"].values:
        one = result.sel(model=model)
        for name in names:
            if name in one and one[name].notnull():
                about = str(one["inference"].values) if name.startswith("group_") else ""
                yield _row(one, name, model=model, note=about)


def _on_parameters(result: xr.Dataset) -> Iterator[dict[str, object]]:
    for label in result["estimated"].values:
        one = result.sel(estimated=label)
        labels = {"model": str(one["learner"].values), "parameter": str(one["parameter"].values)}
        for name in ("population_mean", "population_sd"):
            if name in one and one[name].notnull():
                yield _row(one, name, **labels)
    for subject in result["subject"].values:
        for label in result["estimated"].values:
            one = result.sel(subject=subject, estimated=label)
            yield {
                "quantity": "parameter",
                "subject": subject,
                "model": str(one["learner"].values),
                "parameter": str(one["parameter"].values),
                "value": float(one["estimate"]),
                "lower": float(one["lower"]),
                "upper": float(one["upper"]),
                "unit": "1",
                "note": str(one["meaning"].values),
            }


def _on_subjects(result: xr.Dataset) -> Iterator[dict[str, object]]:
    for subject in result["subject"].values:
        one = result.sel(subject=subject)
        for name in ("n_units", "n_choices", "n_sessions"):
            if one[name].notnull():
                yield _row(one, name, subject=subject)


def _checks(result: xr.Dataset) -> Iterator[dict[str, object]]:
    """Rows of recovery, confusion and predictions."""
    for prefix in list_parts(result, "recovery_"):
        part = unpack(result, prefix)
        for name in part["parameter"].values:
            for repeat in part["repeat"].values:
                one = part.sel(parameter=name, repeat=repeat)
                note = f"sessions repeated {repeat} times" if repeat > 1 else ""
                labels = {"model": part.attrs["learner"], "parameter": str(name), "note": note}
                yield _row(one, "r", **labels) | {"quantity": "recovery_r"}
                yield _row(one, "coverage", **labels) | {"quantity": "recovery_coverage"}
    if has_part(result, "confusion"):
        part = unpack(result, "confusion")
        for generating in part["generating"].values:
            for chosen in part["chosen"].values:
                one = part.sel(generating=generating, chosen=chosen)
                row: dict[str, object] = {"quantity": "confusion_share", "model": str(generating)}
                row |= {"note": f"chosen: {chosen}", "value": float(one["share"]), "unit": "1"}
                yield row | {end: float(one[end]) for end in ("lower", "upper")}
    if has_part(result, "predictions"):
        yield from _predictions(unpack(result, "predictions"))


def _predictions(part: xr.Dataset) -> Iterator[dict[str, object]]:
    for subject in part["subject"].values:
        for measure in part["measure"].values:
            one = part.sel(subject=subject, measure=measure)
            labels: dict[str, object] = {"subject": str(subject), "unit": "1"}
            labels["parameter"] = str(measure)
            yield labels | {"quantity": "observed", "value": float(one["observed"])}
            for name in part["learner"].values:
                own = one.sel(learner=name)
                row = labels | {"quantity": "predicted", "model": str(name)}
                yield row | {
                    "value": float(own["mean"]),
                    "lower": float(own["lower"]),
                    "upper": float(own["upper"]),
                    "note": "interval: central 95 % of replicas",
                }
