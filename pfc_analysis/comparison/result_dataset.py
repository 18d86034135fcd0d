"""Lay out the numbers of a comparison as a dataset with named dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.group_means import POPULATION, THESE
from pfc_analysis.analysis.statistics.mixed_logistic import MixedFit
from pfc_analysis.analysis.trials.choice_trials import FloatArray
from pfc_analysis.comparison.contrast_groups import Contrast
from pfc_analysis.comparison.estimates import Estimates
from pfc_analysis.comparison.measure_groups import MeasuredGroup
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.result_counts import (
    add_counts,
    add_marks,
    explain_gaps,
    explain_penalty,
)
from pfc_analysis.comparison.usable_trials import KEPT, MARKS


def lay_out_result(
    questions: tuple[Question, ...],
    groups: Sequence[MeasuredGroup],
    contrasts: Sequence[Contrast],
    keep: Sequence[str],
) -> xr.Dataset:
    """Lay out the numbers of a comparison (`compare_recordings` names the variables)."""
    result = _lay_out_groups(questions, groups, keep)
    return result.merge(_lay_out_contrasts(questions, contrasts))


def _lay_out_groups(
    questions: tuple[Question, ...], groups: Sequence[MeasuredGroup], keep: Sequence[str]
) -> xr.Dataset:
    """Lay out groups, their subjects and their sessions."""
    result = xr.Dataset(coords={"quantity": [question.label for question in questions]})
    result = result.assign_coords(
        name=("quantity", [question.name for question in questions]),
        condition=("quantity", [question.condition for question in questions]),
        lag=("quantity", [question.lag for question in questions]),
        along=("quantity", [question.along if question.lag else "" for question in questions]),
        curve=("quantity", [question.curve for question in questions]),
        title=("quantity", [question.title for question in questions]),
        unit=("quantity", [question.unit for question in questions]),
        headline=("quantity", [int(question.headline) for question in questions]),
        group=[group.name for group in groups],
        mark=list(MARKS),
    )
    _add_means(result, questions, groups)
    _add_subjects(result, groups)
    _add_sessions(result, groups)
    add_marks(result, groups)
    use = [
        KEPT.format(mark=name.replace("_", " ")) if name in keep else text
        for name, text in MARKS.items()
    ]
    result["mark_use"] = (
        "mark",
        use,
        {"long_name": "what was done with trials that carry the mark"},
    )
    points = [
        group.measured.points.assign_coords(
            point_group=("point", np.repeat(group.name, group.measured.points.sizes["point"]))
        )
        for group in groups
        if group.measured.points is not None
    ]
    return result.merge(xr.concat(points, "point")) if points else result


def _lay_out_contrasts(
    questions: tuple[Question, ...], contrasts: Sequence[Contrast]
) -> xr.Dataset:
    """Lay out differences and the mixed regression."""
    differences: dict[str, Sequence[FloatArray]] = {
        "difference": [contrast.difference.value for contrast in contrasts],
        "difference_lower": [contrast.difference.lower for contrast in contrasts],
        "difference_upper": [contrast.difference.upper for contrast in contrasts],
        "difference_p": [contrast.difference.p for contrast in contrasts],
        "difference_p_holm": [contrast.holm for contrast in contrasts],
    }
    notes = [c.mixed if isinstance(c.mixed, str) else "" for c in contrasts]
    result = xr.Dataset(
        {name: (("comparison", "quantity"), np.stack(values)) for name, values in
         differences.items()},
        {
            "quantity": [question.label for question in questions],
            "comparison": [contrast.name for contrast in contrasts],
        },
    )  # fmt: skip
    result["mixed_note"] = ("comparison", notes)
    return result.merge(_lay_out_effects(contrasts))


def _lay_out_effects(contrasts: Sequence[Contrast]) -> xr.Dataset:
    """Lay out the fixed effects of the mixed regressions."""
    fits = [(c.name, c.mixed) for c in contrasts if isinstance(c.mixed, MixedFit)]
    units = {"units": "log-odds"}
    fields = {"effect_value": "coefficient", "effect_lower": "lower", "effect_upper": "upper"}
    effects = {
        name: ("effect", _chain([getattr(fit, field) for _, fit in fits], float), units)
        for name, field in fields.items()
    }
    counts = _chain([[fit.n_trials] * len(fit.names) for _, fit in fits], int)
    subjects = _chain([[fit.n_subjects] * len(fit.names) for _, fit in fits], int)
    names = _chain([fit.names for _, fit in fits], str)
    owners = _chain([[name] * len(fit.names) for name, fit in fits], str)
    return xr.Dataset(
        {**effects, "effect_n": ("effect", counts), "effect_n_subjects": ("effect", subjects)},
        {"effect_name": ("effect", names), "effect_comparison": ("effect", owners)},
    )


def _add_means(
    result: xr.Dataset, questions: tuple[Question, ...], groups: Sequence[MeasuredGroup]
) -> None:
    dims = ("group", "quantity")
    lowest = np.array([question.lowest for question in questions])
    highest = np.array([question.highest for question in questions])
    ends = [group.mean.interval() for group in groups]
    result["group_value"] = (dims, np.stack([group.mean.value for group in groups]))
    # Confidence intervals are clipped to the possible range.
    result["group_lower"] = (dims, np.stack([np.maximum(lower, lowest) for lower, _ in ends]))
    result["group_upper"] = (dims, np.stack([np.minimum(upper, highest) for _, upper in ends]))
    add_counts(result, groups)
    inference = [np.where(group.mean.population, POPULATION, THESE) for group in groups]
    result["inference"] = (dims, np.stack(inference))
    notes = [explain_gaps(group) for group in groups]
    result["group_note"] = (dims, np.array(notes, dtype=str))
    result["penalty"] = ("quantity", explain_penalty(questions, groups))


def _add_subjects(result: xr.Dataset, groups: Sequence[MeasuredGroup]) -> None:
    usable = [group.usable for group in groups]
    names = [list(part.trials.subjects) for part in usable]
    owners = [[g.name] * len(n) for g, n in zip(groups, names, strict=True)]
    result.coords["subject_name"] = ("subject", _chain(names, str))
    result.coords["subject_group"] = ("subject", _chain(owners, str))
    for name, field in (
        ("subject_n_sessions", "n_sessions"),
        ("subject_n_trials", "n_trials"),
        ("subject_n_used", "n_used"),
    ):
        result.coords[name] = ("subject", _chain([getattr(part, field) for part in usable], int))
    drawn = [[unit.kind for unit in group.units] for group in groups]
    result.coords["subject_resampled"] = ("subject", _chain(drawn, str))
    result["marked"] = (("subject", "mark"), np.concatenate([part.counts for part in usable]))
    _add_estimates(result, "subject", groups, lambda group: group.measured.subjects)


def _add_sessions(result: xr.Dataset, groups: Sequence[MeasuredGroup]) -> None:
    usable = [group.usable for group in groups]
    owners = [np.array(part.trials.subjects)[part.of_subject] for part in usable]
    of_group = [[g.name] * len(owner) for g, owner in zip(groups, owners, strict=True)]
    result.coords["session_name"] = ("session", _chain([part.label for part in usable], int))
    result.coords["session_subject"] = ("session", _chain(owners, str))
    result.coords["session_group"] = ("session", _chain(of_group, str))
    _add_estimates(result, "session", groups, lambda group: group.measured.sessions)


def _add_estimates(
    result: xr.Dataset,
    dim: str,
    groups: Sequence[MeasuredGroup],
    pick: Callable[[MeasuredGroup], Estimates],
) -> None:
    for field, kind in (("value", float), ("lower", float), ("upper", float), ("n", int),
                        ("note", str)):  # fmt: skip
        values = np.concatenate([getattr(pick(group), field) for group in groups])
        result[f"{dim}_{field}"] = ((dim, "quantity"), values.astype(kind))


def _chain(parts: Iterable[Iterable[object]], kind: type) -> np.ndarray:
    """Join lists into one array of a type that netCDF can store."""
    return np.array([entry for part in parts for entry in part], dtype=kind)
