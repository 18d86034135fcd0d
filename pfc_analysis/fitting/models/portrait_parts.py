"""Phase portraits of the fitted networks and of each subject's best learner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.models.fit_all import Fitted
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.portraits.fixed_points import find_fixed_points
from pfc_analysis.fitting.portraits.phase_portraits import (
    collect_points,
    trace_curves,
    trace_field,
)
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.packed_parts import pack

MOST_REWARDS = 3
"""Up to how many sizes of reward are told apart, the most frequent ones."""

MOST_POINTS = 600
"""Up to how many trials of a subject are kept as points, evenly spaced over all its trials."""

TRACED: dict[int, tuple[str, Callable[..., xr.Dataset]]] = {
    1: ("curves", trace_curves),
    2: ("field", trace_field),
}
"""Name and function of the portrait of a network, by its number of units."""


def draw_portraits(
    trials: FitTrials, models: Sequence[Model], fitted: Fitted, best_learner: Sequence[str]
) -> xr.Dataset:
    """Compute the phase portraits of networks of one and two units, and of best learners.

    Parameters
    ----------
    trials : FitTrials
        Sessions of all subjects.
    models : sequence of Model
        All models. Portraits are drawn of GRUs and vanilla networks.
    fitted : Fitted
        Of `fit_all`.
    best_learner : sequence of str
        Name of each subject's best learner; "" for none.

    Returns
    -------
    xarray.Dataset
        Parts (`packed_parts.unpack`): "curves" (`trace_curves`, on `subject`) and "field"
        (`trace_field`, on `subject`) of one network each, the one of its starts that predicts
        best; "curves_fixed" and "field_fixed" (`find_fixed_points`, with `owner`, the subject);
        "points" (`collect_points`, with `owner`), of each subject's best learner.
    """
    rewards = list_rewards(trials)
    parts = []
    for model in models:
        network = model.network
        if network is None or network.cell == "lstm" or network.units not in TRACED:
            continue
        name, trace = TRACED[network.units]
        own = [fitted.networks[s, model.name].single for s in range(len(trials.subjects))]
        traced = [trace(one, rewards=rewards) for one in own]
        subjects = list(trials.subjects)
        parts.append(pack(_stack(traced, subjects), name))
        fixed = [find_fixed_points(one, rewards=rewards) for one in own]
        parts.append(pack(_chain(fixed, subjects, "fixed_point"), f"{name}_fixed"))
    points = _collect(trials, fitted, best_learner, rewards)
    return xr.merge([*parts, *([pack(points, "points")] if points is not None else [])])


def list_rewards(trials: FitTrials) -> list[float]:
    """List the most frequent rewards, as shares of the largest, in ascending order."""
    learned = trials.records["learned"] == 1
    values, counts = np.unique(trials.records["reward"][learned], return_counts=True)
    return sorted(float(one) for one in values[np.argsort(-counts, kind="stable")[:MOST_REWARDS]])


def _collect(
    trials: FitTrials, fitted: Fitted, best_learner: Sequence[str], rewards: list[float]
) -> xr.Dataset | None:
    """Collect points of each subject's best learner."""
    found, owners = [], []
    for subject, name in enumerate(best_learner):
        if not name:
            continue
        fit, own = fitted.learners[subject, name], trials.of_subject(subject)
        likelihood = LearnerLikelihood(fit.learner, own, fit.fixed)
        points = collect_points(likelihood.preferences(fit.unconstrained), own, rewards=rewards)
        step = max(1, -(-points.sizes["point"] // MOST_POINTS))
        found.append(points.isel(point=slice(None, None, step)))
        owners.append(trials.subjects[subject])
    return _chain(found, owners, "point") if found else None


def _stack(parts: list[xr.Dataset], subjects: list[str]) -> xr.Dataset:
    """Stack portraits of equal size along `subject`."""
    joined = xr.concat(
        [
            part.reset_coords([name for name in part.coords if name not in part.dims])
            for part in parts
        ],
        xr.IndexVariable("subject", subjects),
        data_vars="different",
        coords="minimal",
        compat="equals",
    )
    return joined.assign_attrs(parts[0].attrs)


def _chain(parts: list[xr.Dataset], owners: list[str], dim: str) -> xr.Dataset:
    """Chain portraits along a dimension, and name the subject of each entry."""
    named = [
        part.assign_coords(owner=(dim, np.repeat(owner, part.sizes[dim])))
        for part, owner in zip(parts, owners, strict=True)
    ]
    return xr.concat(named, dim, data_vars="minimal", coords="minimal", compat="override")
