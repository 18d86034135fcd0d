"""Measure every group of a comparison, and average each over its subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.group_means import GroupMean, average_group
from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.question_set import Group, QuestionSet
from pfc_analysis.comparison.resampling_units import Units, draw_units
from pfc_analysis.comparison.usable_trials import UsableTrials, select_usable


@dataclass(frozen=True)
class MeasuredGroup:
    """A group that was measured.

    Attributes
    ----------
    name : str
        As the caller named it.
    usable : UsableTrials
        Its trials.
    units : tuple of Units
        What was resampled within each subject.
    measured : Measured
        Estimates by subject and by session.
    mean : GroupMean
        Mean over subjects, by quantity.
    """

    name: str
    usable: UsableTrials
    units: tuple[Units, ...]
    measured: Measured
    mean: GroupMean


def measure_groups(
    asked: QuestionSet,
    recordings: Mapping[str, xr.Dataset],
    keep: Sequence[str],
    n_resamples: int,
    streams: Sequence[np.random.Generator],
) -> tuple[dict[str, Group], list[Measured]]:
    """Select the trials of each group and measure them; an error begins with the group's name.

    Parameters
    ----------
    asked : QuestionSet
        What is measured.
    recordings : mapping of str to xarray.Dataset
        By group, the agents first.
    keep : sequence of str
        Marks of trials to ignore.
    n_resamples : int
        Draws of the bootstrap.
    streams : sequence of numpy.random.Generator
        One for each group.

    Returns
    -------
    groups : dict of str to Group
    measured : list of Measured
        What was measured in each. If a subject of one group has no estimate without a penalty,
        the regressions of all subjects of all groups have Firth's penalty.
    """
    groups: dict[str, Group] = {}
    for name, rng in zip(recordings, streams, strict=True):
        with _named(name):
            usable = select_usable(recordings[name], keep, asked.leave_out)
            groups[name] = Group(usable, draw_units(usable, n_resamples, rng), not groups, rng)
    measured = _measure(asked, groups)
    if any(found.separated for found in measured):
        # One subject without an estimate: then all subjects have the same penalty.
        penalised = {name: replace(group, firth=True) for name, group in groups.items()}
        again = _measure(asked, penalised)
        measured = [
            replace(new, separated=old.separated) for new, old in zip(again, measured, strict=True)
        ]
    return groups, measured


def _measure(asked: QuestionSet, groups: Mapping[str, Group]) -> list[Measured]:
    """Measure each group."""
    found = []
    for name, group in groups.items():
        with _named(name):
            found.append(asked.measure(group))
    return found


@contextmanager
def _named(group: str) -> Iterator[None]:
    """Begin the message of an error with the group's name."""
    try:
        yield
    except AnalysisError as error:
        raise type(error)(f"{group}: {error}") from error


def average_groups(
    groups: Mapping[str, Group], measured: Sequence[Measured]
) -> list[MeasuredGroup]:
    """Average what was measured in each group over its subjects."""
    return [
        MeasuredGroup(name, group.usable, group.units, own, average_group(own.values))
        for (name, group), own in zip(groups.items(), measured, strict=True)
    ]
