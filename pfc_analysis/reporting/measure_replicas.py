"""Record each replica of a sweep and analyse it, on the worker that trained it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import pfc_analysis.analysis as analysis
from pfc_analysis.recording.record import record_replicas
from pfc_analysis.recording.streaming.session_blocks import Play
from pfc_analysis.training.run.plan import Plan

RECORDING = "recording.nc"
"""File in the folder of a replica."""

MOST_LABELS = 8
"""A variable with more values than this for a subject is no headline number."""

_PARTS = ("lower", "upper", "standard_error", "p_value", "n_effective")


@dataclass(frozen=True)
class MeasureReplicas:
    """What a sweep measures on each trained replica (`pfc_analysis.sweep(measure=...)`).

    Parameters
    ----------
    analyses : sequence of str
        Names of analyses that need only a recording, such as "compute_stay_probability"
        (`pfc_analysis.analysis`).
    record : bool
        Whether to keep the recording, with units, as `recording.nc` in the folder of the replica.
    sessions : int, optional
        Test sessions of each replica; default: the recipe's.

    Raises
    ------
    ValueError
        If there is no such analysis, or it needs more than a recording.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> measure = pfc.MeasureReplicas(("compute_stay_probability",), sessions=10)
    >>> measure.analyses
    ('compute_stay_probability',)

    `sweep` trains replicas, which takes minutes, and adds the numbers of the analysis to its table:

    >>> table = pfc.sweep("two_step", "sweep", measure=measure)  # doctest: +SKIP
    """

    analyses: tuple[str, ...] = ()
    record: bool = False
    sessions: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "analyses", tuple(self.analyses))
        for name in self.analyses:
            _find_analysis(name)

    def describe(self) -> str:
        """Say what is measured."""
        kept = ["recording kept"] if self.record else []
        sessions = "the recipe's" if self.sessions is None else str(self.sessions)
        return "; ".join([f"sessions: {sessions}", *self.analyses, *kept])

    def __call__(self, plan: Plan, seed: int) -> dict[str, float]:
        """Record a replica and analyse the recording.

        Parameters
        ----------
        plan : Plan
            How the replica was trained, and the folder of its agent.
        seed : int
            Seed of the replica.

        Returns
        -------
        dict
            Numbers by "ANALYSIS.VARIABLE[LABEL] (UNITS)": every variable of the results that has
            at most `MOST_LABELS` values for a subject, without intervals and counts.
        """
        recipe, folder = plan.recipe, plan.folder(seed)
        sessions = recipe.recording.sessions if self.sessions is None else self.sessions
        play = Play(recipe, recipe.testing_task(None), sessions, recipe.recording.seed)
        experiment: str | Path = recipe.experiment
        if plan.task_file is not None:
            experiment = plan.task_file.parent
        path = folder / RECORDING if self.record else None
        found: dict[str, float] = {}
        with record_replicas(experiment, play, [folder], path=path) as recording:
            for name in self.analyses:
                result = _run(_find_analysis(name), recording, seed)
                found |= {f"{name}.{column}": value for column, value in headline_numbers(result)}
        return found


def headline_numbers(result: xr.Dataset) -> Iterator[tuple[str, float]]:
    """Yield the numbers of the only subject of a result, each with its name, label and units."""
    for name, array in result.data_vars.items():
        is_part = str(name).startswith("n_") or str(name).endswith(_PARTS)
        if is_part or array.dtype.kind not in "iuf":
            continue
        own = array.isel(subject=0, drop=True) if "subject" in array.dims else array
        if own.size > MOST_LABELS or own.ndim > 1:
            continue
        units = f" ({array.attrs['units']})" if array.attrs.get("units") else ""
        labels = [f"[{label}]" for label in own[own.dims[0]].values] if own.ndim else [""]
        for label, value in zip(labels, np.atleast_1d(own.values), strict=True):
            yield f"{name}{label}{units}", float(value)


def _find_analysis(name: str) -> Callable[..., Any]:
    if name not in dir(analysis):
        raise ValueError(
            f"analyses: found {name!r}, expected names of functions of pfc_analysis.analysis that "
            "need only a recording, such as 'compute_stay_probability'."
        )
    found: Callable[..., Any] = getattr(analysis, name)
    needed = [
        parameter.name
        for parameter in inspect.signature(found).parameters.values()
        if parameter.default is parameter.empty
    ]
    if needed[:1] != ["recording"] or set(needed[1:]) - {"generator"}:
        raise ValueError(
            f"analyses: {name} needs {', '.join(needed)}, expected an analysis that needs only a "
            "recording. Record the replicas (record=True), and call it on their recordings."
        )
    return found


def _run(function: Callable[..., Any], recording: xr.Dataset, seed: int) -> xr.Dataset:
    if inspect.signature(function).parameters.get("generator") is None:
        result: xr.Dataset = function(recording)
    else:
        result = function(recording, generator=np.random.default_rng(seed))
    return result
