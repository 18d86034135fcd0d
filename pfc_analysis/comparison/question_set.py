"""A set of questions: how a group is measured, and what is fitted over two groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.mixed_regression import MixedModel
from pfc_analysis.comparison.resampling_units import Units
from pfc_analysis.comparison.usable_trials import UsableTrials


@dataclass(frozen=True)
class Group:
    """A group of subjects that is to be measured.

    Attributes
    ----------
    usable : UsableTrials
        Its trials.
    units : tuple of Units
        What is resampled within each subject.
    agents : bool
        Whether it is the group of agents. Agents choose almost without noise, and each of their
        sessions stands alone.
    rng : numpy.random.Generator
        For measures that draw more.
    """

    usable: UsableTrials
    units: tuple[Units, ...]
    agents: bool
    rng: np.random.Generator


@dataclass(frozen=True)
class QuestionSet:
    """What agents and animals are asked in one kind of experiment.

    Attributes
    ----------
    measure : callable
        From a `Group` to `Measured`.
    mixed : MixedModel, optional
        Mixed-effects regression over two groups.
    note : str
        What a reader must know about the numbers, in sentences.
    """

    measure: Callable[[Group], Measured]
    mixed: MixedModel | None = None
    note: str = ""
