"""Lay out fits and held-out likelihoods as one dataset with named dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.models.fit_all import Fits, Fitted
from pfc_analysis.fitting.models.held_out_table import (
    Estimate,
    average_over_subjects,
    count_units,
    find_best,
)
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

NATS = {"units": "nats per choice"}
SHARE = {"units": "1"}


def lay_out_parameters(models: Sequence[Model], trials: FitTrials, fits: Fits) -> xr.Dataset:
    """Lay out the parameters of learners.

    Returns
    -------
    xarray.Dataset
        `estimate`, `lower`, `upper` (95 %; NaN where it cannot be estimated) on (`subject`,
        `estimated`), whose labels are "LEARNER PARAMETER", with coordinates `learner`, `parameter`,
        `meaning`; `converged`, `n_agreeing` (starts that end at the best optimum),
        `log_likelihood` (nats), `n_parameters`, `aic`, `bic`, `fit_note` on (`subject`, `model`).
    """
    learners = [model for model in models if model.learner is not None]
    labels = [(model.name, one) for model in learners for one in model.learner.parameters()]  # type: ignore[union-attr]
    size = (len(trials.subjects), len(labels))
    values = {name: np.full(size, np.nan) for name in ("estimate", "lower", "upper")}
    for subject in range(size[0]):
        fitted = [fits[subject, model.name] for model in learners]
        values["estimate"][subject] = [value for fit in fitted for value in fit.values.values()]
        limits = np.concatenate([fit.interval for fit in fitted]) if fitted else np.zeros((0, 2))
        values["lower"][subject], values["upper"][subject] = limits.T
    result = xr.Dataset(
        {name: (("subject", "estimated"), array) for name, array in values.items()},
        coords={
            "subject": list(trials.subjects),
            "estimated": [f"{name} {one.name}" for name, one in labels],
            "learner": ("estimated", [name for name, _ in labels]),
            "parameter": ("estimated", [one.name for _, one in labels]),
            "meaning": ("estimated", [one.meaning for _, one in labels]),
        },
    )
    return result.merge(_lay_out_quality(models, trials, fits))


def _lay_out_quality(models: Sequence[Model], trials: FitTrials, fits: Fits) -> xr.Dataset:
    """Lay out how well learners' searches went, on (subject, model); NaN or "" for networks."""
    size = (len(trials.subjects), len(models))
    names = ("log_likelihood", "n_parameters", "aic", "bic", "converged", "n_agreeing")
    values = {name: np.full(size, np.nan) for name in names}
    notes = np.full(size, "", dtype=object)
    for (subject, name), fit in fits.items():
        column = [model.name for model in models].index(name)
        k, lost = len(fit.free), -2 * fit.log_likelihood
        numbers = (fit.log_likelihood, k, lost + 2 * k, lost + k * np.log(fit.n_trials))
        for key, number in zip(names, (*numbers, fit.converged, fit.n_agreeing), strict=True):
            values[key][subject, column] = number
        notes[subject, column] = fit.note
    units = {"log_likelihood": "nats", "aic": "nats x 2", "bic": "nats x 2"}
    result = xr.Dataset(
        {
            name: (("subject", "model"), array, {"units": units.get(name, "1")})
            for name, array in values.items()
        },
        coords={"model": [model.name for model in models]},
    )
    result["fit_note"] = (("subject", "model"), notes.astype(str))
    return result


def lay_out_held_out(
    models: Sequence[Model],
    trials: FitTrials,
    fitted: Fitted,
    seed: int,
) -> xr.Dataset:
    """Lay out how well models predict held-out sessions.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `model`): `heldout`, the normalised likelihood (exponential of the mean
        log-probability of a choice), with `heldout_lower` and `heldout_upper` (95 %, over
        sessions); `difference`, the mean log-probability of a choice minus that of the subject's
        best learner, in nats, with its interval, paired by session; `heldout_note`. On `model`:
        `group_heldout` and `group_difference` with intervals over subjects, or, below five, of
        these subjects (`inference`). On `subject`: `best_learner`, `best_model`, `n_units` with
        `n_units_lower` and `n_units_upper`, `n_choices`, `n_sessions`. On (`session`, `model`):
        `session_log_likelihood` (nats), with coordinates `session_subject`, `session_number`,
        `session_choices`.
    """
    names, table = [model.name for model in models], fitted.tabulate(models, trials)
    learners = [k for k, model in enumerate(models) if model.learner is not None]
    networks = [k for k, model in enumerate(models) if model.network is not None]
    best_learner = find_best(table.total, learners)
    reference = best_learner if learners else find_best(table.total, networks)
    both = ("subject", "model")
    result = xr.Dataset(
        coords={
            "subject": list(trials.subjects),
            "model": names,
            "title": ("model", [model.title for model in models]),
            "kind": ("model", ["learner" if model.learner else "network" for model in models]),
            "units_of_network": (
                "model",
                [model.network.units if model.network else 0 for model in models],
            ),
            "session_subject": ("session", [trials.subjects[s] for s in trials.subject]),
            "session_number": ("session", trials.session),
            "session_choices": ("session", trials.n_predicted),
        }
    )
    normalised = table.normalised()
    _add(result, "heldout", both, normalised, SHARE)
    differences = table.differences(reference)
    _add(result, "difference", both, differences, NATS)
    logs = average_over_subjects(_as_logs(normalised), table.n_sessions)
    _add(result, "group_heldout", ("model",), [np.exp(one) for one in logs.interval], SHARE)
    apart = average_over_subjects(differences, table.n_sessions)
    _add(result, "group_difference", ("model",), apart.interval, NATS)
    result["inference"] = ("model", np.where(logs.population, "population", "these subjects"))
    result["best_learner"] = ("subject", _names(names, best_learner))
    result["best_model"] = ("subject", _names(names, find_best(table.total, range(len(names)))))
    units = np.array([model.network.units for model in models if model.network], dtype=np.int64)
    drawn = count_units(table, networks, units, stream(seed, "units"))
    _add(result, "n_units", ("subject",), drawn, {"units": "units"})
    result["n_choices"] = ("subject", np.bincount(trials.subject, trials.n_predicted).astype(int))
    n_sessions = np.bincount(trials.subject, minlength=table.n_subjects)
    result["n_sessions"] = ("subject", n_sessions)
    result["session_log_likelihood"] = (("session", "model"), table.log_likelihood)
    notes = {key: one.note for key, one in fitted.held_out.items()}
    found = [[notes.get((s, name), "") for name in names] for s in range(table.n_subjects)]
    result["heldout_note"] = (both, np.array(found, dtype=str))
    return result


def _as_logs(values: Estimate) -> Estimate:
    value, lower, upper = values
    with np.errstate(divide="ignore"):
        return np.log(value), np.log(lower), np.log(upper)


def _names(names: Sequence[str], index: Any) -> list[str]:
    return [names[k] if k >= 0 else "" for k in index]


def _add(
    result: xr.Dataset,
    name: str,
    dims: tuple[str, ...],
    values: Sequence[FloatArray] | FloatArray,
    attrs: Mapping[str, str],
) -> None:
    """Add a value and its interval, `name`, `name_lower` and `name_upper`."""
    for ending, one in zip(("", "_lower", "_upper"), values, strict=True):
        result[f"{name}{ending}"] = (dims, one, dict(attrs))
