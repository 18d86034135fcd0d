"""Numbers and words of a comparison on named dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.bootstrap import (
    POPULATION,
    THESE,
    Difference,
    GroupMean,
)
from pfc_analysis.analysis.statistics.mixed_logistic import MixedFit
from pfc_analysis.comparison.measured import Estimates, Measured, Units
from pfc_analysis.comparison.questions import Question
from pfc_analysis.comparison.usable import KEPT, MARKS, UsableTrials


@dataclass(frozen=True)
class MeasuredGroup:
    """A group: its name, trials, estimates, and their mean."""

    name: str
    usable: UsableTrials
    measured: Measured
    mean: GroupMean
    units: tuple[Units, ...]

    @property
    def reasons(self) -> list[str]:
        """Why a quantity has no value, (quantity,); empty where it has one."""
        found = []
        for quantity, value in enumerate(self.mean.value):
            notes = dict.fromkeys(str(n) for n in self.measured.subjects.note[:, quantity] if n)
            found.append("" if np.isfinite(value) else "; ".join(notes) or "no value")
        return found


@dataclass(frozen=True)
class Contrast:
    """One group set against another."""

    name: str
    difference: Difference
    holm: np.ndarray
    sentences: list[str]
    summary: str
    mixed: MixedFit | str


def lay_out_groups(
    questions: tuple[Question, ...], groups: Sequence[MeasuredGroup], keep: Sequence[str]
) -> xr.Dataset:
    """Lay out groups, their subjects and their sessions (`compare_recordings` has the names)."""
    result = xr.Dataset(coords={"quantity": [question.label for question in questions]})
    result = result.assign_coords(
        name=("quantity", [question.name for question in questions]),
        condition=("quantity", [question.condition for question in questions]),
        lag=("quantity", [question.lag for question in questions]),
        title=("quantity", [question.title for question in questions]),
        unit=("quantity", [question.unit for question in questions]),
        headline=("quantity", [int(question.headline) for question in questions]),
        group=[group.name for group in groups],
        mark=list(MARKS),
    )
    _add_means(result, questions, groups)
    _add_subjects(result, groups)
    _add_sessions(result, groups)
    use = [KEPT if name in keep else text for name, text in MARKS.items()]
    result["mark_use"] = ("mark", use, {"long_name": "what was done with trials that carry it"})
    points = [
        group.measured.points.assign_coords(
            point_group=("point", np.repeat(group.name, group.measured.points.sizes["point"]))
        )
        for group in groups
        if group.measured.points is not None
    ]
    return result.merge(xr.concat(points, "point")) if points else result


def lay_out_contrasts(questions: tuple[Question, ...], contrasts: Sequence[Contrast]) -> xr.Dataset:
    """Lay out differences, sentences and the mixed regression."""
    dims = ("comparison", "quantity")
    differences: dict[str, Sequence[object]] = {
        "difference": [contrast.difference.value for contrast in contrasts],
        "difference_lower": [contrast.difference.lower for contrast in contrasts],
        "difference_upper": [contrast.difference.upper for contrast in contrasts],
        "difference_p": [contrast.difference.p for contrast in contrasts],
        "difference_p_holm": [contrast.holm for contrast in contrasts],
        "sentence": [contrast.sentences for contrast in contrasts],
    }
    fits = [(c.name, c.mixed) for c in contrasts if isinstance(c.mixed, MixedFit)]
    effects = {
        "effect_value": "coefficient",
        "effect_lower": "lower",
        "effect_upper": "upper",
    }
    result = xr.Dataset(
        {name: (dims, np.stack([np.asarray(v) for v in values])) for name, values in
         differences.items()}
        | {
            "summary": ("comparison", [contrast.summary for contrast in contrasts]),
            "mixed_note": (
                "comparison",
                [c.mixed if isinstance(c.mixed, str) else "" for c in contrasts],
            ),
        }
        | {
            name: ("effect", _chain([getattr(fit, field) for _, fit in fits], float))
            for name, field in effects.items()
        }
        | {"effect_n": ("effect", _chain([[f.n_trials] * len(f.names) for _, f in fits], int))},
        {
            "quantity": [question.label for question in questions],
            "comparison": [contrast.name for contrast in contrasts],
            "effect_name": ("effect", _chain([fit.names for _, fit in fits], str)),
            "effect_comparison": (
                "effect",
                _chain([[name] * len(fit.names) for name, fit in fits], str),
            ),
        },
    )  # fmt: skip
    for name in effects:
        result[name].attrs["units"] = "log-odds"
    return result


def _add_means(
    result: xr.Dataset, questions: tuple[Question, ...], groups: Sequence[MeasuredGroup]
) -> None:
    dims = ("group", "quantity")
    lowest = np.array([question.lowest for question in questions])
    highest = np.array([question.highest for question in questions])
    ends = [group.mean.interval() for group in groups]
    result["group_value"] = (dims, np.stack([group.mean.value for group in groups]))
    # What cannot leave its range has no interval that does.
    result["group_lower"] = (dims, np.stack([np.maximum(lower, lowest) for lower, _ in ends]))
    result["group_upper"] = (dims, np.stack([np.minimum(upper, highest) for _, upper in ends]))
    result["n_subjects"] = (dims, np.stack([group.mean.n_subjects for group in groups]))
    inference = [np.where(group.mean.population, POPULATION, THESE) for group in groups]
    result["inference"] = (dims, np.stack(inference))
    notes = []
    for group, (lower, _) in zip(groups, ends, strict=True):
        none = "no interval: fewer than 4 subjects, and nothing to draw anew within one of them"
        notes.append(
            [
                reason or (none if np.isnan(end) else "")
                for reason, end in zip(group.reasons, lower, strict=True)
            ]
        )
    result["group_note"] = (dims, np.array(notes, dtype=str))


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
    """Set lists behind each other, as one array of a kind that netCDF takes."""
    return np.array([entry for part in parts for entry in part], dtype=kind)
